/*
 * log: what a person or another program is told while a run goes on, on standard error, or by the calls of
 * an observer.
 *
 * Text or JSON lines.  On a terminal the progress is one line, drawn again and again; elsewhere it is
 * a plain line every LOG_PROGRESS_NS.  Quiet leaves errors alone.  No message ever holds a secret.  Whatever
 * a text holds, a terminal obeys none of it (base/visible.h); a line end stays, so that who puts foreign words
 * into a text of several lines makes them visible first.
 * Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_LOG_H
#define CLAIMPIPE_ADAPTERS_LOG_H

#include "base/observer.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_PROGRESS_NS (INT64_C(10) * 1000000000)
#define LOG_REDRAW_NS (INT64_C(100) * 1000000)

struct log {
    const struct observer *observer; /* or NULL */
    bool quiet, json, terminal;
    bool drawn; /* a progress line stands on the terminal */
    int64_t next_progress_ns;
};

/* One number for the JSON form of a message. */
struct log_field {
    const char *name;
    int64_t value;
};

/* The observer is borrowed. */
void log_init(struct log *log, const struct observer *observer, bool quiet, bool json);
/* One message; event is its name in JSON, where the fields are members too. */
void log_say(struct log *log, enum log_level level, const char *event, const char *text,
             const struct log_field *fields, size_t n);
/* Is a progress line wanted now? */
bool log_wants_progress(const struct log *log, int64_t now_ns);
void log_progress(struct log *log, const char *text, const struct log_field *fields, size_t n,
                  int64_t now_ns);
/* The progress line is taken from the terminal. */
void log_clear(struct log *log);

#endif
