/*
 * shift: do a row's cells stand in other columns than theirs?
 *
 * `Smith, Bob,b@x.org,18` has a comma that nobody has quoted; where the last column is empty in most rows, it fits
 * the header as well as any other, and Smith gets what is Smith, Bob's.  The first rows show what a column holds: e-mail
 * addresses, addresses, numbers and dates, text, or nothing.  A row whose cells contradict that is shifted if all of
 * them agree with it again
 * - one column further left, from some cell on, which belongs to the one before it (a delimiter too many);
 * - one column further right (one too few), where its last cell is empty;
 * - with two neighbours exchanged.
 * A single contradiction is not enough but for an address's column, or where a blank stands in front of what would be
 * the other half of a cell and such blanks are rare.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_SHIFT_H
#define CLAIMPIPE_POLICY_SHIFT_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIFT_COLUMNS 48 /* the first ones, that are looked at */
#define SHIFT_ROWS 64    /* the first ones, that show what a column holds */

enum shift_holds {
    SHIFT_NOTHING,
    SHIFT_TEXT,
    SHIFT_VALUE,
    SHIFT_EMAIL,
    SHIFT_ADDRESS,
    SHIFT_KINDS
};

struct shift {
    size_t rows, blanks; /* and those with a cell that begins with a blank */
    uint8_t counts[SHIFT_COLUMNS][SHIFT_KINDS];
    size_t columns;
    uint8_t holds[SHIFT_COLUMNS]; /* enum shift_holds; SHIFT_KINDS: this and that */
};

/* Rows of that table, from the first; then they are known.  Further ones do not count. */
void shift_learn(struct shift *s, const struct slice *cells, size_t n, size_t columns);
void shift_know(struct shift *s);
/* Is the row shifted?  *column is the first one that holds what is another's. */
bool shift_look(const struct shift *s, const struct slice *cells, size_t n, size_t *column);
/* Can the i-th column hold the cell, as far as the first rows show?  *known: what it is, if that is what the column
 * holds, or may be, and no text. */
bool shift_fits(const struct shift *s, struct slice cell, size_t i, enum shift_holds *known);

#endif
