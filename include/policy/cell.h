/*
 * cell: what a cell says, beneath what spreadsheets and exports wrap around it.
 *
 * `="00123"` is 00123 (a formula that keeps leading zeros; Canvas writes names so); `'+31 6…` is +31 6…
 * (an apostrophe that keeps a formula from being one; see base/formula.h).  Outer blanks are passed over as
 * slice_trim does.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_CELL_H
#define CLAIMPIPE_POLICY_CELL_H

#include "base/text.h"

#include <stdbool.h>

/* A part of the cell. */
struct slice cell_value(struct slice cell);
/* Is it a number as a spreadsheet has shortened it (1.23E+11, 1,23E+11), its digits lost? */
bool cell_is_shortened(struct slice value);
/* Does it stand for nobody and nothing: empty, or `-`, `--`, `N/A`, `#N/A`, `anonymous` (without case)? */
bool cell_is_nobody(struct slice value);

#endif
