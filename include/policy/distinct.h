/*
 * distinct: how many different texts there were, in the same memory however many.
 *
 * Of the texts those are kept whose hash is below a limit; when too many are, the limit is halved.  So the kept
 * ones are a fair sample of the different texts, however often each comes (P. Gibbons, "Distinct sampling for
 * highly-accurate answers to distinct values queries", VLDB 2001).  Up to DISTINCT_KEPT texts the count is exact;
 * beyond, it is some 10% off.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_DISTINCT_H
#define CLAIMPIPE_POLICY_DISTINCT_H

#include "base/text.h"

#include <stdint.h>

#define DISTINCT_KEPT 64u

/* All zero at first. */
struct distinct {
    uint64_t hashes[DISTINCT_KEPT];
    unsigned char n;
    unsigned char halvings; /* of the limit */
};

void distinct_add(struct distinct *d, struct slice s);
double distinct_count(const struct distinct *d);

#endif
