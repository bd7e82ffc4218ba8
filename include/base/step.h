/*
 * step: one action of one trigger, on its way.
 *
 * Made by plan for a row (or by the driver for what an earlier run left under way), handed to issue,
 * which owns it until it comes to rest.  One allocation: every string lies behind the struct.
 */
#ifndef CLAIMPIPE_BASE_STEP_H
#define CLAIMPIPE_BASE_STEP_H

#include "base/state.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define STEP_ATTEMPT_MAX 129 /* a claimAttemptId with its NUL; IDX has 64 digits */

struct step {
    int64_t item;          /* its id in the ledger */
    enum state state;      /* as in the ledger */
    const char *recipient; /* canonical address */
    const char *fields;    /* the body's members as JSON without braces; NULL: not known any more */
    char attempt[STEP_ATTEMPT_MAX];
    int64_t intent_ms; /* wall time of the last intent; 0: none yet */
    unsigned tries;    /* requests sent for it so far */
    bool of_row;       /* a row of this run is waiting for it */
};

/* Planned and without an item; fields may be NULL.  Free with free(); NULL: no memory. */
struct step *step_new(const char *recipient, const char *fields);

#endif
