/*
 * who: the command `claimpipe who PERSON`: all that was done for one person, of all targets and runs, from the ledger
 * alone.
 *
 * PERSON is what a file may call them: an address in either form, an e-mail address in any spelling, an id or a user
 * name (policy/identity.h); what it may be of several kinds is shown of all.  Whoever was found by a lookup is found by
 * what it knew them by.  Nobody is found by a part of a name, nor by a column of --key.  One thread.
 */
#ifndef CLAIMPIPE_COMMANDS_WHO_H
#define CLAIMPIPE_COMMANDS_WHO_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct who_options {
    const char *ledger, *person;
    bool usual_ledger; /* nobody has named it: if it is not there, nothing was done yet */
    bool json;
    /* From which codes that were given can be made again; those of others are told by their numbers. */
    const char *const *seeds; /* the seeds themselves */
    size_t n_seeds;
    const char *const *codes; /* paths of lists */
    size_t n_codes;
};

/* The process's exit code: EXIT_ROWS: the ledger knows nothing of them, and what it does know is told.  EXIT_USAGE:
 * PERSON can be nobody's name; a list's codes are no longer what they were.  A ledger that is not there is EXIT_OUTPUT,
 * unless it is the usual one, and is not made. */
int who(const struct who_options *o, struct err *e) MUST_CHECK;

#endif
