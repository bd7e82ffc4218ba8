/*
 * observer: who looks on while a command works, and wants to be told by calls.
 *
 * Handed down as const, with the job; NULL, or a function that is NULL: nobody does, and a person is told on
 * standard error.  When each is called, and what with: include/claimpipe.h.
 */
#ifndef CLAIMPIPE_BASE_OBSERVER_H
#define CLAIMPIPE_BASE_OBSERVER_H

#include "base/err.h"

#include <stddef.h>

struct claimpipe_progress;
struct claimpipe_row;

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };

struct observer {
    struct err *why; /* NULL, or: takes the first text of LOG_ERROR */
    void (*message)(void *context, enum log_level level, const char *event, const char *text);
    void *message_context;
    void (*progress)(void *context, const struct claimpipe_progress *p);
    void *progress_context;
    void (*row)(void *context, const struct claimpipe_row *row);
    void *row_context;
    void (*answer)(void *context, const char *text, size_t len);
    void *answer_context;
};

#endif
