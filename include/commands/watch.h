/*
 * watch: the command `claimpipe watch`: each file that lands in a folder is run, once.
 *
 *   a file: lands -> whole (policy/arrival.h) -> claimed: INBOX/.working -> run -> INBOX/done | INBOX/failed
 *
 * Each is run by a program of its own, claimpipe run, one after the other, so that whatever one does to it, the next is
 * run all the same.  What is not the file's fault (quota, credits, key, ledger, disk) leaves it claimed, and it is tried
 * again later and later.  Claimed files that an earlier watch has left are run first: the ledger sees to it that nobody
 * gets anything twice.
 */
#ifndef CLAIMPIPE_COMMANDS_WATCH_H
#define CLAIMPIPE_COMMANDS_WATCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct observer;

/* What each run writes beside its results and their page. */
struct watch_side {
    const char *option, *path; /* path NULL: none */
};

#define WATCH_SIDES 4

struct watch_options {
    const char *program;       /* what runs a file: the path of a claimpipe; NULL: none is known */
    const char *job_file;      /* that it is given, with … */
    const char *const *passed; /* … these options */
    size_t n_passed;
    /* Can the job and the key still be used, as when the watch began?  Else every file would fail of that. */
    bool (*usable)(void *context);
    void *context;
    const char *inbox, *outbox; /* outbox NULL: INBOX/results */
    struct watch_side sides[WATCH_SIDES];
    const char *ledger; /* of the runs */
    bool once;          /* only what is there now */
    int64_t stable_ns;  /* how long a file must have looked the same */
    bool quiet, json_log;
    const struct observer *observer;
};

/* The process's exit code: 128 and the signal if it was told to end; once: the greatest of its files', EXIT_DONE if
 * there were none.  Else it goes on until the inbox is gone (EXIT_INPUT). */
int watch_run(const struct watch_options *o, struct err *e) MUST_CHECK;

#endif
