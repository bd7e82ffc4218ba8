/*
 * former: what makes a cell the same as another, as 0.1 had it, for ledgers that were made so: an e-mail address
 * as it is with its domain in lower case (ASCII), all else byte for byte, without the blanks that were known.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_FORMER_H
#define CLAIMPIPE_POLICY_FORMER_H

#include "policy/identity.h"

/* In buf, or a part of the cell. */
struct slice former_same(enum identity_kind k, struct slice cell, char buf[IDENTITY_VALUE_MAX]);

#endif
