/*
 * chosen: which columns results have, and in which order.
 *
 * By default all of the input's own, then the added ones (policy/added.h).  A list names them instead, as columns of
 * the whole results (policy/columns.h, also `#3`), with two words for many: `@input` for all of the input's own that the
 * list does not name, `@added` for all added ones that it does not name.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_CHOSEN_H
#define CLAIMPIPE_POLICY_CHOSEN_H

#include "base/arena.h"
#include "base/err.h"
#include "policy/added.h"

#include <stdbool.h>
#include <stddef.h>

#define CHOSEN_INPUT SIZE_MAX

struct chosen_column {
    size_t step; /* CHOSEN_INPUT: of the input; 0: added, of the whole row; else of that step */
    size_t at;   /* its place in the input, or its enum added */
};

struct chosen {
    const struct columns *header; /* of the input, of which the first `own` are its own */
    size_t own;
    const struct chosen_column *list; /* in the arena */
    size_t n;
    bool all; /* nothing was chosen */
};

/* header is borrowed.  list NULL: all.  steps: of the job; columns of steps are there if it has several.  retry: the file
 * has that column.  EXIT_USAGE: no such column, with the nearest; or one that is named twice. */
int chosen_make(const char *list, const struct columns *header, size_t steps, bool retry,
                struct arena *a, struct chosen *out, struct err *e) MUST_CHECK;
/* How the results call their i-th column. */
void chosen_name(const struct chosen *c, size_t i, struct text *out);
/* Is that the header of such results?  Only if an added column is among them: else any table might have it. */
bool chosen_is(const struct chosen *c, const struct columns *header);

#endif
