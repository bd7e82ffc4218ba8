/*
 * overall: what a row's status is, from those of its steps.  Pure.
 *
 * A row on which there is a word as a whole is that: invalid in any case, skipped as long as none of its steps was sent.
 * Else it is invalid as a whole if its first step that has a word on it says so, and skipped if no other
 * step has a word on it; else it is what its first step is that is not done (done: success, duplicate,
 * or skipped for want of a route; a step that the row has not come to is unsent).  If all are done it
 * is success when any of them was done in this run, skipped when all were skipped, else duplicate.
 */
#ifndef CLAIMPIPE_POLICY_OVERALL_H
#define CLAIMPIPE_POLICY_OVERALL_H

#include "base/records.h"

#include <stdbool.h>
#include <stddef.h>

/* One step of a row. */
struct overall_step {
    bool known; /* false: the row has not come to it; status means nothing then */
    enum status status;
};

/* The overall status, and in *decides the index of the step that decides it (of several that are done,
 * the last one of that status; 0 if none has a word). */
enum status overall_status(const struct overall_step *steps, size_t n, size_t *decides);
/* The same of a row on which there may be a word as a whole.  *decides: n, if that holds. */
enum status overall_row(const struct overall_step *whole, const struct overall_step *steps,
                        size_t n, size_t *decides);
/* May the next step of a row begin, after one of that status? */
bool overall_goes_on(enum status status);

#endif
