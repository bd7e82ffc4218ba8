/*
 * run: one execution of a job over an input, from the first byte read to the results written.
 *
 * Wires the stages together and owns their lifetimes.  A whole run is one call; it may be called
 * again in the same process, but not twice at once.
 */
#ifndef CLAIMPIPE_COMMANDS_RUN_H
#define CLAIMPIPE_COMMANDS_RUN_H

#include "base/err.h"

struct job;

/* The exit code of the process.  If e is set, it says why the run could not go on; what was done until
 * then is in the ledger, and the same job goes on from there. */
int run_job(const struct job *j, struct err *e) MUST_CHECK;
/* A run that is refused before it is one, for the reason in e: whoever is to be told of its end is told.  The exit
 * code. */
int run_refused(const struct job *j, struct err *e) MUST_CHECK;

#endif
