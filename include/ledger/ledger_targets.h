/*
 * ledger_targets: what the ledger knows of a target.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_TARGETS_H
#define CLAIMPIPE_LEDGER_LEDGER_TARGETS_H

#include "base/err.h"

#include <stdint.h>

struct claimfacts;
struct ledger;
struct text;

/* Appends what makes a trigger the same again, in the words of struct ledger_target's key. */
int ledger_targets_key(struct ledger *l, int64_t target, struct text *out,
                       struct err *e) MUST_CHECK;

/* What a claim was last known to say of itself; all is false and "" if nothing is known. */
int ledger_targets_facts(struct ledger *l, int64_t target, struct claimfacts *out,
                         struct err *e) MUST_CHECK;
/* The same for a claim that is not a target, but may once have been. */
int ledger_targets_claim(struct ledger *l, const char *url, const char *claim,
                         struct claimfacts *out, struct err *e) MUST_CHECK;
/* Every target of the API, by id, and how many of its items are under way (ledger_under_way).  The texts are valid
 * during the callback only. */
struct ledger_target_found {
    int64_t id;
    const char *action, *name;
    uint64_t under_way;
};
typedef int ledger_target_callback(void *context, const struct ledger_target_found *found,
                                   struct err *e);
int ledger_targets_each(struct ledger *l, const char *url, ledger_target_callback *callback,
                        void *context, struct err *e) MUST_CHECK;
/* How many of its items are done, by this program or by another way. */
int ledger_targets_done(struct ledger *l, int64_t target, int64_t *n, struct err *e) MUST_CHECK;
/* How many items it has, and a sum that is another one once any of them has changed its state, recipient, attempt or
 * code (base/rowhash.h).  Reads the whole target. */
int ledger_targets_state(struct ledger *l, int64_t target, int64_t *items, int64_t *seals,
                         struct err *e) MUST_CHECK;
/* Not committed. */
int ledger_targets_keep(struct ledger *l, int64_t target, const struct claimfacts *facts,
                        struct err *e) MUST_CHECK;

#endif
