/*
 * problem: a row that needs a person, and whether it is one that a person was told of before.
 *
 * Exports grow, and some have their newest row first: so a problem is known by what stands in its row and by its
 * reason, whatever the row's number.  The numbers of lines and runs in a reason count no more than that.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_PROBLEM_H
#define CLAIMPIPE_POLICY_PROBLEM_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Which rows make the exit code of a run that has finished 1. */
enum problem_fail {
    PROBLEM_FAIL_NEW, /* problems that nobody was told of, and rows that are not done with */
    PROBLEM_FAIL_ANY, /* known problems, too */
    PROBLEM_FAIL_NONE
};

struct problem_counts {
    uint64_t all,
        fresh; /* rows that need a person (failed, invalid, unknown); those that nobody was told of */
    uint64_t unfinished; /* pending and unsent: the next run goes on with them */
};
bool problem_fails(enum problem_fail on, const struct problem_counts *n);

/* Appends a reason as it is the same in another file and run: `(line 12)` as `(line 0)`. */
void problem_append_reason(struct text *out, const char *why);
/* Appends an input's path as it is the same for the next file of its kind: a date with or without a time of day
 * (2026-11-30, 20261130-1015, 30.11.2026) is a `*`, and the number that a browser gives to a copy, ` (1)`, is gone.
 * Other numbers tell one course or shop from another, and stay. */
void problem_append_kind(struct text *out, const char *path);

#endif
