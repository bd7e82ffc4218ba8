/* heed: see the header for the rule. */
#include "policy/heed.h"

#include "policy/limit.h"
#include "policy/ratefields.h"
#include "policy/retry.h"

#include <stdbool.h>

#define TOO_MANY_REQUESTS 429
#define SERVICE_UNAVAILABLE 503

/* Those that were refused together back off once. */
static void back_off(struct heed *h, struct limit *l, uint64_t random, int64_t now_ns)
{
    if (l->hold_until_ns > now_ns)
        return;
    limit_hold(l, now_ns + retry_backoff_ns(++h->refusals, random));
}

int64_t heed_answer(struct heed *h, struct limit *l, const struct answer *a, int64_t in_flight,
                    uint64_t random, int64_t now_ns)
{
    int64_t before_ns = limit_wait(l, now_ns), wait_ns;
    bool refused = a->status == TOO_MANY_REQUESTS;
    struct rate_facts rate = RATE_FACTS_NONE;

    if (a->fate != FATE_ANSWERED)
        return 0;
    ratefields_read_head(&rate, (struct slice){a->head.ptr, a->head.len}, a->wall_ms);
    /* Retry-After counts on a refusal alone. */
    if (!refused && a->status != SERVICE_UNAVAILABLE)
        rate.retry_after_ns = -1;
    /* A refusal is what remains. */
    if (refused && rate.retry_after_ns <= 0)
        rate.remaining = 0;
    limit_observe(l, &rate, in_flight, now_ns);
    if (!refused)
        h->refusals = 0;
    else if (rate.retry_after_ns <= 0 && rate.reset_ns <= 0)
        back_off(h, l, random, now_ns);
    wait_ns = limit_wait(l, now_ns);
    return wait_ns > before_ns + HEED_SAID_NS ? wait_ns : 0;
}
