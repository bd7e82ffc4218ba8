/*
 * claimed: the addresses that have a claim already, by whatever way.
 *
 * Filled once from the claim's public state, sealed, then only asked: any number of threads may ask.
 */
#ifndef CLAIMPIPE_POLICY_CLAIMED_H
#define CLAIMPIPE_POLICY_CLAIMED_H

#include "base/text.h"
#include "policy/identity.h"

#include <stdbool.h>
#include <stddef.h>

struct claimed {
    char (*addresses)[IDENTITY_TEXT_MAX]; /* canonical; sorted when sealed */
    size_t n, cap;
    bool sealed;
};

void claimed_init(struct claimed *c);
void claimed_release(struct claimed *c);
/* In any form; what is no address is passed over.  0, or -1 when memory runs out. */
int claimed_add(struct claimed *c, struct slice address);
void claimed_seal(struct claimed *c);
/* false as long as it is not sealed. */
bool claimed_has(const struct claimed *c, const char *canonical);

#endif
