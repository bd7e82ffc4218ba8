/*
 * shortrow: is a row whole that lacks its last cells?
 *
 * Excel leaves out the delimiters behind a row's last cell for as long as sixteen rows have nothing there.  A file that is
 * cut, or a cell with a line end that nobody has quoted, leaves short rows, too.  Those are told from the others:
 * - among the rows some others end as early, which a column that is always filled does not let them;
 * - no cell contradicts its column (policy/shift.h), and none begins with a blank where others do not;
 * - some cell is what only its column holds: an e-mail address, an address, a number or a date.  A word may be the
 *   rest of any cell, and so may a number that stands alone;
 * - an e-mail address that stands alone is not beneath a row whose last cell has something in it.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_SHORTROW_H
#define CLAIMPIPE_POLICY_SHORTROW_H

#include "base/text.h"
#include "policy/shift.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHORTROW_COLUMNS 256 /* of a table that has more no row is short and whole */

struct shortrow {
    uint64_t rows;
    uint64_t
        ends[SHORTROW_COLUMNS + 1]; /* so many have their last cell with something in it there */
};

/* Every row of the table. */
void shortrow_learn(struct shortrow *s, const struct slice *cells, size_t n);
/* Then: can a row with these cells lack all behind them?  under_filled: the record before it has something in
 * the table's last column. */
bool shortrow_is_whole(const struct shortrow *s, const struct shift *columns,
                       const struct slice *cells, size_t n, bool under_filled);
/* How many cells there are up to the last with something in it. */
size_t shortrow_end(const struct slice *cells, size_t n);

#endif
