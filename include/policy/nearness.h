/*
 * nearness: how near a header that is none of a preset's comes to it, and what the preset then lacks.
 *
 * An export has fewer columns than another of the same platform, or other names for some: read as if it were of no
 * platform, the rows that the preset's filter leaves out would be acted for, and nobody would be told.  A header is
 * told by its telling columns, those that hardly another table has ("Attendee Status", not Email or Status).  It is near
 * - with a hint of the preset's, also in another language; or
 * - with at least two telling ones of those by which the preset is known, and twice as many of these as are missing; or
 * - with two telling ones, if the preset knows half of its columns and more; or
 * - with one, if the preset knows three quarters of them, and what its filter tests is among them.
 * A preset that is chosen by its name only comes near to none.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_NEARNESS_H
#define CLAIMPIPE_POLICY_NEARNESS_H

#include "base/text.h"
#include "policy/preset.h"

#include <stdbool.h>
#include <stddef.h>

/* 0: it is not near, or fits; else the more, the nearer. */
size_t nearness_of(const struct preset *p, const struct columns *header);

/* Does the header lack what the preset tests, so that it can't be used?  Appends it: `"Attendee Status"`. */
bool nearness_lacks_test(const struct preset *p, const struct columns *header, struct text *out);
/* Or its groups?  They can be said with --group. */
bool nearness_lacks_group(const struct preset *p, const struct columns *header);
/* Or is there no column that the preset knows people by, or that is usual for it?  It can be said with --email and
 * the like. */
bool nearness_lacks_people(const struct preset *p, const struct columns *header);

#endif
