#include "policy/reconcile.h"

bool reconcile_is_older(int64_t attempted_ms, int64_t intent_ms, int64_t server_now_ms,
                        int64_t wall_ms)
{
    int64_t ahead_ms = server_now_ms ? server_now_ms - wall_ms : 0; /* of the server's clock */

    return attempted_ms < intent_ms + ahead_ms - RECONCILE_SLACK_MS;
}

enum reconciled reconcile_decide(const struct reconcile_lookup *l, int64_t foreign,
                                 bool queue_passed)
{
    /* What can't be told now may show itself when the queue has worked it off. */
    if (!queue_passed)
        return RECONCILED_LATER;
    if (l->pages_denied || l->count_denied || !l->pages_done || !l->count_done)
        return RECONCILED_UNKNOWN;
    /* A success that the attempts do not show may be ours. */
    return l->count == l->older + foreign ? RECONCILED_ABSENT : RECONCILED_UNKNOWN;
}
