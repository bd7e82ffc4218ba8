/*
 * filter_near: which cells are what a filter asks for but for case and blanks, beside those that are it.
 *
 * Where none is it the filter is refused before anything is sent (policy/filter_seen.h).  Where some are, the others
 * are counted while rows are judged, so that it is no secret whom a filter tells apart.  Borrows the filter.  Memory
 * does not grow with the cells.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_FILTER_NEAR_H
#define CLAIMPIPE_POLICY_FILTER_NEAR_H

#include "policy/filter.h"

struct filter_near;
/* NULL: no memory. */
struct filter_near *filter_near_new(const struct filter *f);
void filter_near_free(struct filter_near *n);
void filter_near_add(struct filter_near *n, const struct slice *cells, uint64_t line);
/* Appends `column "Done": 2 rows have "Yes" (the first on line 3), which differs …`; or nothing. */
void filter_near_words(const struct filter_near *n, struct text *out);

#endif
