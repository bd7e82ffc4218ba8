/*
 * filter_seen: does a column have what a filter compares it with?
 *
 * Borrows the filter.  Memory does not grow with the cells.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_FILTER_SEEN_H
#define CLAIMPIPE_POLICY_FILTER_SEEN_H

#include "policy/filter.h"

struct filter_seen;
/* NULL: no memory. */
struct filter_seen *filter_seen_new(const struct filter *f);
void filter_seen_free(struct filter_seen *s);
/* false: no more records are needed. */
bool filter_seen_add(struct filter_seen *s, const struct slice *cells, uint64_t line);
int filter_seen_refuse(const struct filter_seen *s, struct err *e) MUST_CHECK;
/* Which texts their columns have never been, and what is nearest to them there; or nothing. */
void filter_seen_words(const struct filter_seen *s, struct text *out);

#endif
