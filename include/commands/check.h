/*
 * check: what a run would do, found out offline (unless it is to ask): nothing is sent, nothing is remembered.
 *
 * The rows take the same way as in a run, over a copy of the ledger that is gone afterwards.
 */
#ifndef CLAIMPIPE_COMMANDS_CHECK_H
#define CLAIMPIPE_COMMANDS_CHECK_H

#include "base/err.h"

/* Of rows that can't be acted on, so many are shown. */
#define CHECK_SHOWN_MAX 20
#define CHECK_SHOWN_JSON_MAX 10000

struct job;

/* The process's exit code: EXIT_ROWS if some rows are invalid or would get nothing; and if it asks, what a
 * claim would end the run with.  Its answer goes to
 * standard output. */
int check_job(const struct job *j, struct err *e) MUST_CHECK;

#endif
