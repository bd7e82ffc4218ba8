/*
 * claimfacts: what a claim says of itself, as far as it decides what becomes of its rows.
 *
 * Read by actions/claimfacts.h, kept in the ledger with the target, for a run may settle and report before
 * it has anything to send, and so before it asks.
 */
#ifndef CLAIMPIPE_BASE_CLAIMFACTS_H
#define CLAIMPIPE_BASE_CLAIMFACTS_H

#include <stdbool.h>

#define CLAIMFACTS_ID_MAX 129 /* with its NUL; longer ones are not kept */

struct claimfacts {
    bool on_chain;  /* to complete it is to reserve: the recipient has still to sign */
    bool vague;     /* it does not say whether it is on-chain; the ledger does not keep that */
    bool on_demand; /* it keeps no list of attempts: what was lost can't be looked up */
    char collection[CLAIMFACTS_ID_MAX]; /* on_chain: where its tokens come from; "": not known */
    char approval[CLAIMFACTS_ID_MAX];   /* likewise */
};

#endif
