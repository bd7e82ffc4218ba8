/*
 * quantity: numbers as exports write them.
 *
 *   100   -3.5   +7   95%   95 %   1,234.5   1.234,5   1 234,5 (also U+00A0, U+202F)   1'234.5   4 / 5
 *
 * Which of . and , is the decimal mark is seen where both stand, where one stands twice, or where other than
 * three digits follow it.  `1.234` has a decimal point unless the mark is said to be a comma; `1,234` can't
 * be told without it being said (0,123 and 1234,567 can).  A percent sign is passed over.  No exponents:
 * those are what a spreadsheet has made of an id; and no more than 15 digits before the mark: those are an id.
 * Equal decimals give equal values.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_QUANTITY_H
#define CLAIMPIPE_POLICY_QUANTITY_H

#include "base/text.h"

#include <stdbool.h>

enum quantity_reading {
    QUANTITY_OK,
    QUANTITY_NONE,     /* not a number */
    QUANTITY_AMBIGUOUS /* say which mark it is */
};

struct quantity {
    double value;    /* of `4 / 5` the 4 */
    double of;       /* and the 5; else 0 */
    bool is_percent; /* it has the sign */
};

/* mark: '.' or ',', or 0: not said.  The whole slice, but for outer blanks. */
enum quantity_reading quantity_read(struct slice s, char mark, struct quantity *out);

#endif
