/*
 * watch, in parts: watch.c says which file is next and what becomes of it, watch_file.c runs one,
 * watch_left.c knows whether one was run, watch_inbox.c knows what lies in the inbox, and watch_index.c lists what came of all.
 */
#ifndef CLAIMPIPE_COMMANDS_WATCH_INTERNAL_H
#define CLAIMPIPE_COMMANDS_WATCH_INTERNAL_H

#include "adapters/log.h"
#include "base/text.h"
#include "commands/watch.h"
#include "policy/arrival.h"

struct watchfolder;

/* ---- the run of one file ---- */

#define WATCH_FIELDS_MAX 16

struct watch_outcome {
    int code, signal;
    struct text summary; /* counts and reasons, as its run told them; "": it came to none */
    struct text why;     /* its errors, a line each */
    struct log_field fields[WATCH_FIELDS_MAX];
    size_t n_fields;
};

void watch_outcome_init(struct watch_outcome *out);
void watch_outcome_release(struct watch_outcome *out);
/* Runs the file at path, as results; what it says on the way is said.  A signal that asks us to end is handed on. */
void watch_file_run(const struct watch_options *o, struct log *log, const char *path,
                    const char *results, int lock, struct watch_outcome *out);

/* Has the file at path, which lies in .working, had its run to the end, as it is now?  Then that is what it has come to. */
bool watch_left_ended(const char *ledger, const char *path, struct watch_outcome *out);

/* ---- what lies in the outbox ---- */

/* The names there of the results of a file, and of their page. */
void watch_results_name(const char *name, struct text *out);
void watch_page_name(const char *name, struct text *out);
/* Writes its index.html anew: a list of the files, with what became of each. */
int watch_index(struct watchfolder *folder, const struct watch_options *o,
                struct err *e) MUST_CHECK;

/* ---- what lies in the inbox ---- */

struct watch_arrival {
    char *name;
    struct arrival arrival;
    bool refused; /* it cannot be claimed; said once, while it looks as it does */
    bool late;    /* once: it was not there at the beginning, or has changed since */
};

/* All zero: nothing was seen yet. */
struct watch_inbox {
    struct watch_arrival *list; /* by name */
    size_t n, cap;
    char **landed; /* names that events told of since the last look */
    size_t n_landed, landed_cap;
    bool seen; /* it was looked at */
};

void watch_inbox_release(struct watch_inbox *in);
/* An event tells of this name. */
void watch_inbox_land(struct watch_inbox *in, const char *name);
/* Looks again.  once: what was not there at the first look is late. */
int watch_inbox_look(struct watch_inbox *in, struct watchfolder *w, bool once, int64_t now_ns,
                     struct err *e) MUST_CHECK;
/* The one that is to be taken now, the oldest first, or NULL; then *wait_ns is how long until one is (INT64_MAX: none
 * is waited for). */
struct watch_arrival *watch_inbox_next(struct watch_inbox *in, int64_t stable_ns, int64_t now_ns,
                                       int64_t *wait_ns);
/* It has been claimed. */
void watch_inbox_drop(struct watch_inbox *in, struct watch_arrival *a);

#endif
