/*
 * row: a record from selection on, and what becomes of it.
 *
 *   open -> sent or waiting -> open again, at its next step -> … -> over
 *
 * It lives in its block, and what it points to in the arena of its batch; or, as long as a step of it is under way, in
 * an allocation of its own with all that it points to (stages/admit.h).
 */
#ifndef CLAIMPIPE_BASE_ROW_H
#define CLAIMPIPE_BASE_ROW_H

#include "base/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a row is on its way. */
enum row_fate {
    ROW_OPEN,    /* its present step is to be decided */
    ROW_SENT,    /* issue has it */
    ROW_WAITING, /* another row's item is under way: it goes on when that is done */
    ROW_OVER     /* its status says what came of it */
};

/* What admission makes of a step, for `check`: what is under way, or is looked up first, is none of these. */
enum outcome {
    OUTCOME_NONE,    /* nothing yet, or it has none */
    OUTCOME_ACTED,   /* it is sent, or given its code */
    OUTCOME_BEGUN,   /* an earlier run has begun it: it is followed */
    OUTCOME_FAILED,  /* it has failed before, and is not tried again */
    OUTCOME_BEFORE,  /* the row is a duplicate: an earlier run has done it … */
    OUTCOME_IN_FILE, /* … or another row of this run has it */
    OUTCOME_USED_UP  /* there is no code left for it */
};
struct row_step {
    size_t target; /* its number, or ROUTE_NONE */
    int64_t code;  /* the index of its code, or -1 */
    enum outcome outcome;
};

/* A record from selection on: a trigger, if its fate is open. */
struct row {
    const struct record *record;
    const char *recipient; /* canonical */
    uint8_t key[KEY_SIZE];
    bool otherwise; /* no address is known of the recipient, who stands as in the input */
    enum row_fate fate;
    enum status status; /* once it is over */
    const char *why;    /* it is skipped, or invalid; lives as long as the row is looked at */

    /* From admission on: stages/admit.h. */
    struct row *next;         /* in the list that it is in */
    struct row_step *steps;   /* of its job */
    size_t at;                /* the step that it is at */
    uint8_t person[KEY_SIZE]; /* whom the input names, as a key */
    bool has_person;          /* … which is not the row's own: its address is from a lookup */
    bool acted;               /* a step of it was done, or is being done, in this run */
    bool retry;               /* it asks to be tried again, if it has failed */
    bool dropped;             /* the row that it waited for has failed */
    int64_t waits_for;        /* an item */
    size_t size;              /* bytes that it holds, once it is kept; else 0 */
    size_t sent;              /* … and that are sent for its step */
};

/* It is over, and this is why: 0; or -1: that is NULL, for memory ran out. */
int row_end(struct row *r, enum status status, const char *why) MUST_CHECK;

#endif
