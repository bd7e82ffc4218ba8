/*
 * ledger_former: items that were keyed before identities were compared as they are now (policy/former.h), or by
 * what an older version of a preset made the key.  Each gets its key of today when somebody comes whom it may be
 * about.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_FORMER_H
#define CLAIMPIPE_LEDGER_LEDGER_FORMER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/records.h"

#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_target;

/* Are there any? */
int ledger_former_any(struct ledger *l, bool *any, struct err *e) MUST_CHECK;
/* The i-th spelling, with capital letters, of an e-mail address (lower) that the target's items have: 1, in a; 0. */
int ledger_former_spelling(struct ledger *l, int64_t target, const char *lower, int64_t i,
                           struct arena *a, const char **out, struct err *e) MUST_CHECK;
/* If the target's items are keyed by `former`, in words, what comes from now on is keyed by t->key: they may have
 * former keys, too, and are known by their recipients. */
int ledger_former_key(struct ledger *l, const struct ledger_target *t, const char *former,
                      struct err *e) MUST_CHECK;
/* Of the items that were noted so, and are the recipient's, the one that matters most has this key from now on,
 * unless another has it already: what was done rather than what failed. */
int ledger_former_adopt(struct ledger *l, int64_t target, const char *recipient,
                        const uint8_t key[KEY_SIZE], struct err *e) MUST_CHECK;
/* The item and the person of that key have this one from now on, unless another has it already. */
int ledger_former_rekey(struct ledger *l, int64_t target, const uint8_t from[KEY_SIZE],
                        const uint8_t to[KEY_SIZE], struct err *e) MUST_CHECK;

#endif
