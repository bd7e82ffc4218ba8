/*
 * ledger_unclaimed: the codes that were given for a claim, and who of those who have them has claimed.  Errors, threads and
 * transactions: ledger.h.
 *
 * Who has claimed is gathered in a temporary table, as ledger_told.h has it: nobody else is held up, and it is gone when the
 * ledger is closed.  For which claim a code was given is known of the seeds and lists that were given with --claim.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_UNCLAIMED_H
#define CLAIMPIPE_LEDGER_LEDGER_UNCLAIMED_H

#include "base/err.h"
#include "ledger/ledger_items.h"

#include <stdint.h>

struct ledger;

/* Nobody has claimed yet. */
int ledger_unclaimed_begin(struct ledger *l, struct err *e) MUST_CHECK;
/* A canonical address has claimed, once more. */
int ledger_unclaimed_claimed(struct ledger *l, const char *address, struct err *e) MUST_CHECK;
/* All are known: counts how many codes those have who have claimed. */
int ledger_unclaimed_count(struct ledger *l, const char *claim, struct err *e) MUST_CHECK;

struct ledger_unclaimed {
    int64_t target, run, code, given_ms;
    uint64_t line;
    uint64_t claimed,
        codes; /* how often its recipient has claimed; if they have: how many codes they have */
    const char *recipient, *book, *input; /* book: codebook_name; input: of the run */
    uint8_t mark[LEDGER_MARK_SIZE];
};
/* Each code of the claim, by seed or list and number.  The texts are valid during the callback only. */
typedef int ledger_unclaimed_callback(void *context, const struct ledger_unclaimed *given,
                                      struct err *e);
int ledger_unclaimed_each(struct ledger *l, const char *claim, ledger_unclaimed_callback *callback,
                          void *context, struct err *e) MUST_CHECK;

/* Each claim for which codes were given, and how many; "" for those of which nobody has said for which. */
typedef int ledger_unclaimed_claim(void *context, const char *claim, uint64_t codes, struct err *e);
int ledger_unclaimed_claims(struct ledger *l, ledger_unclaimed_claim *callback, void *context,
                            struct err *e) MUST_CHECK;

#endif
