/*
 * step: one action of one trigger, on its way.
 *
 * Made by the driver for a row (or for what an earlier run left under way), handed to issue, which
 * owns it until it comes to rest.  One allocation: every string lies behind the struct.
 */
#ifndef CLAIMPIPE_BASE_STEP_H
#define CLAIMPIPE_BASE_STEP_H

#include "base/state.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define STEP_ATTEMPT_MAX 129 /* a claimAttemptId with its NUL; IDX has 64 digits */

struct target; /* what it is aimed at: actions/action.h */
struct row;    /* the driver's */

struct step {
    struct step *next; /* in whatever list it is in */
    struct target *target;
    int64_t item;          /* its id in the ledger */
    enum state state;      /* as in the ledger */
    const char *recipient; /* canonical */
    const char *fields;    /* the body's members as JSON without braces; NULL: not known any more */
    char attempt[STEP_ATTEMPT_MAX];
    int64_t intent_ms; /* wall time of the last intent; 0: none yet */
    unsigned tries;    /* requests sent for it so far */
    bool doubtful;     /* as in the ledger: one of them may have been taken */
    bool held;         /* the action's: it was pending together with others */
    struct row *row;   /* the row of this run that waits for it, or NULL */
    size_t size;       /* of it and the strings behind it; others may have come in their place */
};

/* Planned and without an item; fields may be NULL.  NULL: no memory. */
struct step *step_new(struct target *target, const char *recipient, const char *fields);
/* Overwrites it first; NULL is fine. */
void step_free(struct step *s);

#endif
