/*
 * claimfacts: reads what a claim says of itself.
 *
 * On-chain is a claim with trackerDetails, or one with a positive collectionId that does not call itself
 * standalone (off-chain claims have none, 0 or -1).  On demand is one without a numUses plugin.
 * Source: the vendor's OpenAPI of SDK 0.42.0 and its documentation of September 2026.  Pure.
 */
#ifndef CLAIMPIPE_ACTIONS_CLAIMFACTS_H
#define CLAIMPIPE_ACTIONS_CLAIMFACTS_H

#include "base/claimfacts.h"

struct json;

/* claim: what `claim` is in the answer to GET claim, or an item of `claims`. */
void claimfacts_read(const struct json *claim, struct claimfacts *out);

#endif
