/*
 * grouping: what all(…) and any(…) say of groups of rows, found out in a pass of its own over the input.
 *
 * Groups are rows with the same cell in a column, wherever they stand; kept on disk, so that there may be
 * any number.  One thread.
 */
#ifndef CLAIMPIPE_STAGES_GROUPING_H
#define CLAIMPIPE_STAGES_GROUPING_H

#include "base/err.h"
#include "base/text.h"
#include "policy/filter.h"

#include <stddef.h>
#include <stdint.h>

struct grouping;

/* For the aggregates of f (borrowed). */
struct grouping *grouping_new(const struct filter *f, struct err *e) MUST_CHECK;
void grouping_free(struct grouping *g);

/* One more row of the group that its cell names (as cell_value shows it). */
int grouping_add(struct grouping *g, struct slice group, const struct slice *cells, uint64_t line,
                 int64_t now_ms, struct err *e) MUST_CHECK;
/* One more row of the group, of which nobody knows what it says: a fault of every aggregate.  why: the
 * record's. */
int grouping_add_damaged(struct grouping *g, struct slice group, uint64_t line, const char *why,
                         struct err *e) MUST_CHECK;
/* What the aggregates say of the group.  *line: the first row that made a fault of the first one that is a
 * fault in the end, else 0.  EXIT_INPUT: no row of it was added. */
int grouping_get(struct grouping *g, struct slice group,
                 enum filter_verdict out[FILTER_AGGREGATES_MAX], uint64_t *line,
                 struct err *e) MUST_CHECK;
/* Why that row did (as filter_judge says it), until the next call; "" where *line is 0. */
const char *grouping_why(const struct grouping *g);

#endif
