/*
 * unseen: characters that nobody sees, which tell two texts apart that are one to whoever reads them.
 *
 * Those of Unicode's White_Space but for the ASCII ones, and of its Default_Ignorable_Code_Point: no-break and
 * wide blanks, soft hyphens, zero-width joiners, direction marks, variation selectors, tags, a byte order
 * mark; and the blank letters U+2800 and U+FFF9-B.  (Unicode 15.1, PropList.txt, DerivedCoreProperties.txt.)
 * Pure.
 */
#ifndef CLAIMPIPE_BASE_UNSEEN_H
#define CLAIMPIPE_BASE_UNSEEN_H

#include "base/text.h"

#include <stddef.h>

/* The length of the unseen character that s begins with, or ends with, or 0; *code (or NULL): which it is. */
size_t unseen_first(struct slice s, unsigned *code);
size_t unseen_last(struct slice s);
/* Where the first one in s begins, or s.len. */
size_t unseen_find(struct slice s, unsigned *code);

/* Of those: is it a blank that has a width, as U+00A0 and U+3000? */
bool unseen_is_blank(unsigned code);

#endif
