/*
 * code: give out one claim code.
 *
 * No server is asked: the ledger takes the next free index in the transaction that records the
 * recipient, and the code follows from the index (adapters/codebook.h).
 */
#include "actions/action.h"
#include "policy/link.h"

static int64_t cost(const struct target *t, int64_t n)
{
    (void)t;
    (void)n;
    return 0;
}

const struct action action_code = {
    .name = "code",
    .of = "claim id",
    .local = true,
    .repeatable = true,
    .batch_max = 1,
    .link = LINK_CODE,
    .cost = cost,
};
