/*
 * former_keys: whoever was acted for before 0.2 stays known, though identities are compared otherwise now: e-mail
 * addresses without regard to case, texts in one Unicode form, ids without their quotes.
 *
 * Their items are found by the key that the same cells made then; and, since Anna@x.org may come as anna@x.org,
 * by the keys of all spellings in which the ledger has the address.  Of a key that has an e-mail column that is
 * not the recipient's only the spelling of the row itself can be tried: the ledger has no more than its digest.
 *
 * Whoever was acted for by a preset whose key was the group (an order) stays known, though it is the recipient now
 * (a buyer): of all that was done for them one item has today's key.
 */
#ifndef CLAIMPIPE_STAGES_FORMER_KEYS_H
#define CLAIMPIPE_STAGES_FORMER_KEYS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/row.h"

#include <stdint.h>

struct ledger;
struct selection;

/* The target's items (and people) of this trigger get its key, if they have a former one. */
int former_keys_settle(struct ledger *l, const struct selection *s, const struct row *t,
                       int64_t target, struct arena *a, struct err *e) MUST_CHECK;
/* *why, in a: its group was done before for another address.  Nobody can tell whether a lookup knows a new one of
 * the same person, or the group is another's. */
int former_keys_refuse(struct ledger *l, const struct selection *s, const struct row *t,
                       int64_t target, struct arena *a, const char **why, struct err *e) MUST_CHECK;

#endif
