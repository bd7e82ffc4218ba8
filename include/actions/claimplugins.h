/*
 * claimplugins: reads what a claim shows of its plugins, for policy/claimfit.h.
 *
 * What can't be read is left out, and then the list is not whole.  Of a numUses plugin are left its maxUses without
 * the numUses of its state, unless either is hidden; of a codes plugin its numCodes without its usedCodeRanges.  A halt plugin has
 * no parameters: a claim that shows one is halted (as the open server of 2024 has it).
 * Pure.
 */
#ifndef CLAIMPIPE_ACTIONS_CLAIMPLUGINS_H
#define CLAIMPIPE_ACTIONS_CLAIMPLUGINS_H

#include "policy/claimfit.h"

struct json;

/* claim: what `claim` is in the answer to GET claim. */
void claimplugins_read(const struct json *claim, struct claimfit_claim *out);

#endif
