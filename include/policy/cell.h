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
/* Is it a whole number with zeros behind a mark (12345.0, 12345,00)?  Without them, or as it is: it is none, or 12.000
 * and 12,000, which may be twelve thousand. */
bool cell_has_zeros(struct slice value);
struct slice cell_whole(struct slice value);
/*
 * Does it stand for nobody and nothing?  Of the whole cell beneath its wrappings and quotes, without case and blanks,
 * in NFKC (ＮＵＬＬ); null@x.org is somebody.  Whoever is really called so is refused, which can be seen; taken for a
 * person, a word would give one's code to all the others.  The one place where this is decided, for recipients,
 * keys, groups and lookups alike.  Empty, dashes, dots, question marks and masks (***) alone, and what writes
 * nothing:
 *   databases     NULL (null) <null> \N nil  0000…-0000      pandas, R    nan NaT None <NA> NA
 *   JavaScript    undefined, [object Object], null null     pivot tables (blank) (leer) (vide) (not set)
 *   people        n/a n.a. k.A. n.v.t. none unknown nobody anonymous tbd, and in other languages
 *   spreadsheets  #N/A #REF! #NAME? #DIV/0! #BEZUG! #ССЫЛКА! (in all languages) Err:502 ####
 *   templates     {{email}} ${email} *|EMAIL|* <%= email %>
 */
bool cell_is_nobody(struct slice cell);
/* Does nothing stand there at all, for a filter: empty, `-`, `--`, `N/A`, `#N/A`, `anonymous` (without case)?  All
 * else is compared, or can't be: a row with #REF! for a number is invalid, which passing over would hide. */
bool cell_is_nothing(struct slice value);

#endif
