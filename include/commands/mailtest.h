/*
 * mailtest: `claimpipe mail --test-to`: one real message, made from the first row that counts, to somebody who wants to see
 * it.  Neither the ledger nor a results file learns of it.
 */
#ifndef CLAIMPIPE_COMMANDS_MAILTEST_H
#define CLAIMPIPE_COMMANDS_MAILTEST_H

#include "base/err.h"

struct job;

/* Returns what the process ends with.  The job's letter goes to `to`, which stands in it already. */
int mailtest_run(const struct job *j, const char *to, struct err *e) MUST_CHECK;

#endif
