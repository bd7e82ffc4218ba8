/*
 * undo: the command `claimpipe undo`: removes again whom a run has added to a store.
 *
 *   run found -> rows judged (policy/undo.h) -> [told what would be] | listed -> the job that removes them -> told
 *
 * That job is a run of its own: with the limits, the ledger and the results of any run that removes, so that it may be
 * interrupted, goes on when it is said again, and is known to later runs.  Its input is a list, undo-RUN.csv, which is
 * kept beside its results.  What can't be taken back, claims and codes, is counted, and listed by a dry run.
 */
#ifndef CLAIMPIPE_COMMANDS_UNDO_H
#define CLAIMPIPE_COMMANDS_UNDO_H

#include "base/err.h"

#include <stdbool.h>

struct job;
struct undo;

struct undo_options {
    const struct job *
        job; /* the service, pace and ledger; one step, for a store, whose target has what was said */
    const char *run;    /* a number, or "last" */
    const char *output; /* the results; of a dry run the list; NULL: none was said */
    bool dry;
};

/* NULL with e; else undo_free ends it.  *job: what is to be run now, or NULL: there is nothing to be sent. */
struct undo *undo_open(const struct undo_options *o, const struct job **job,
                       struct err *e) MUST_CHECK;
/* What can't be taken back is told.  code: what the job has ended with (EXIT_DONE: there was none).  The exit code of the
 * command. */
int undo_end(const struct undo *u, int code);
void undo_free(struct undo *u);

#endif
