/*
 * settle: the command `claimpipe settle`: ends what runs of claims have left under way, without their input.
 *
 *   ledger opened -> claims found, locked -> asked about (issue, which sends nothing) -> told
 *
 * Accepted and lost requests of one API, of all claims or of those that are named, are followed as the next run of
 * their command would do it; what has become of each is in the ledger as soon as it is known.  There is no run in the
 * history for it, and the rows stay those of the run that sent them.
 */
#ifndef CLAIMPIPE_COMMANDS_SETTLE_H
#define CLAIMPIPE_COMMANDS_SETTLE_H

#include "base/err.h"

#include <stddef.h>

struct job;

struct settle_options {
    const struct job *job;     /* the service, pace and ledger; it has no steps */
    const char *const *claims; /* their ids */
    size_t n_claims;           /* 0: all */
};

/* The process's exit code: EXIT_DONE: all of it is success, or nothing was under way; EXIT_ROWS: some is not; and as
 * run.h has it.  EXIT_USAGE: a claim is named that the ledger does not know.  A ledger that is not there is
 * EXIT_OUTPUT, and is not made. */
int settle_run(const struct settle_options *o, struct err *e) MUST_CHECK;

#endif
