/*
 * numshown: where a file has a number and what is shown of it, but not the format, which of the two the cell says.
 *
 * That is so in OpenDocument, whose formats lie behind styles of cells, columns and sheets.  Both functions take the
 * text that is shown, without outer blanks, and the number as numformat writes it (1234).  Pure.
 */
#ifndef CLAIMPIPE_POLICY_NUMSHOWN_H
#define CLAIMPIPE_POLICY_NUMSHOWN_H

#include "base/slice.h"

#include <stdbool.h>

/*
 * Is it shown in a mask (policy/numformat.h): 00123, 0012-3456, ID-0042, (030) 123-4567, 1234 5678?  It has the number's
 * digits, perhaps behind others that are set off from them (2026-0042), and a zero before them, or between or before
 * them a character that no sum has.  12,345 and 1 234 are sums, and so are $5, kr 1.200, 5 pcs, 12.00.
 */
bool numshown_is_mask(struct slice shown, struct slice number);
/* Is it shown with an exponent by its format (1.20E+04, 1,20E+04), not only for being large or small? */
bool numshown_has_exponent(struct slice shown, struct slice number);

#endif
