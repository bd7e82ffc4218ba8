/*
 * claimed: the addresses that have a claim already, by whatever way.
 *
 * Filled once from the claim's public state, sealed, then only asked: any number of threads may ask.  There
 * may be millions: each takes its bytes (20; those of a module's account 32) and nothing else.
 */
#ifndef CLAIMPIPE_POLICY_CLAIMED_H
#define CLAIMPIPE_POLICY_CLAIMED_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Addresses of one length. */
struct claimed_list {
    uint8_t *bytes; /* one address behind the other; sorted when sealed */
    size_t n, cap;
};

struct claimed {
    struct claimed_list accounts, modules;
    bool sealed;
};

void claimed_init(struct claimed *c);
/* It is empty again, and may be filled again. */
void claimed_release(struct claimed *c);
/* In any form; what is no address is passed over.  0, or -1 when memory runs out. */
int claimed_add(struct claimed *c, struct slice address);
void claimed_seal(struct claimed *c);
size_t claimed_count(const struct claimed *c);
/* false as long as it is not sealed. */
bool claimed_has(const struct claimed *c, const char *canonical);

#endif
