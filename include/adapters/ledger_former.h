/*
 * ledger_former: items that were keyed before identities were compared as they are now (policy/former.h).  Each
 * gets its key of today when somebody comes whom it may be about.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_ADAPTERS_LEDGER_FORMER_H
#define CLAIMPIPE_ADAPTERS_LEDGER_FORMER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/records.h"

#include <stddef.h>
#include <stdint.h>

struct ledger;

/* Are there any? */
int ledger_former_any(struct ledger *l, bool *any, struct err *e);
/* The i-th spelling, with capital letters, of an e-mail address (lower) that the target's items have: 1, in a; 0. */
int ledger_former_spelling(struct ledger *l, int64_t target, const char *lower, int64_t i,
                           struct arena *a, const char **out, struct err *e);
/* The item and the person of that key have this one from now on, unless another has it already. */
int ledger_former_rekey(struct ledger *l, int64_t target, const uint8_t from[KEY_SIZE],
                        const uint8_t to[KEY_SIZE], struct err *e);

#endif
