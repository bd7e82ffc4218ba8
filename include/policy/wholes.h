/*
 * wholes: what a column of numbers has been through in a spreadsheet or in pandas.
 *
 * 12345.0 is 12345 where all values of the column are whole numbers; beside others (1.1, A-7) it may be another
 * id.  Numbers of more than 15 digits lose the rest of them in Excel, which writes zeros: if all long ones end
 * so, their digits are lost.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_WHOLES_H
#define CLAIMPIPE_POLICY_WHOLES_H

#include "base/text.h"

#include <stdint.h>

/* One column, all zero at first. */
struct wholes {
    bool other;  /* some value is no whole number */
    bool exact;  /* some long one has digits where Excel keeps none */
    bool many;   /* several long ones have not, too many for chance */
    bool uneven; /* some short one does not end in 0 */
    bool any_short;
    uint64_t line, first; /* of the first long one that has not: where, and its last digits kept */
    char shown[32];
};

void wholes_add(struct wholes *w, struct slice cell, uint64_t line);
bool wholes_are_rounded(const struct wholes *w);

/* The cell, without .0 where the column is of whole numbers.  w: its column's, or NULL. */
struct slice wholes_value(const struct wholes *w, struct slice cell);

#endif
