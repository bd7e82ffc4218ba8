/*
 * heed: does what an answer says about waiting.
 *
 * First the fields are read, then those are dropped that do not count for this status, and what is left goes to the
 * limiter.  A back-off comes last, where nothing else tells when to go on: answers of requests that were refused together
 * come one by one, and back off only once.
 */
#include "policy/heed.h"

#include "policy/limit.h"
#include "policy/ratefields.h"
#include "policy/retry.h"

#include <stdbool.h>
#include <stddef.h>

#define TOO_MANY_REQUESTS 429
#define SERVICE_UNAVAILABLE 503
#define REFUSED_MAX 30 /* one request, or one after the other */

/* Those that were refused together back off once. */
static void back_off(struct heed *h, struct limit *l, uint64_t random, int64_t now_ns)
{
    if (l->hold_until_ns > now_ns)
        return;
    limit_hold(l, now_ns + retry_backoff_ns(++h->refusals, random));
}

/* A limit that nobody tells shows by its refusals.  held: the request may have left before the last refusal. */
static void note_ceiling(struct heed *h, struct limit *l, bool refused, bool held, int64_t now_ns)
{
    if (refused)
        ceiling_refused(&h->ceiling);
    else
        ceiling_accepted(&h->ceiling, held, now_ns);
    h->rounds = refused ? h->rounds + !held : held ? h->rounds : 0;
    limit_pace(l, h->ceiling.interval_ns, h->ceiling.blocked);
}

int64_t heed_answer(struct heed *h, struct limit *l, const struct answer *a, int64_t in_flight,
                    uint64_t random, int64_t now_ns)
{
    int64_t before_ns = limit_wait(l, now_ns), wait_ns;
    bool refused = a->status == TOO_MANY_REQUESTS, held = l->hold_until_ns > now_ns;
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
    limit_observe(l, &rate, refused, in_flight, now_ns);
    note_ceiling(h, l, refused, held, now_ns);
    if (!refused)
        h->refusals = 0;
    else if (rate.retry_after_ns <= 0 && rate.reset_ns <= 0)
        back_off(h, l, random, now_ns);
    wait_ns = limit_wait(l, now_ns);
    return wait_ns > before_ns + HEED_SAID_NS ? wait_ns : 0;
}

int64_t heed_put_off(struct heed *h, struct limit *l, uint64_t random, int64_t now_ns)
{
    int64_t before_ns = limit_wait(l, now_ns), wait_ns;

    h->rounds += l->hold_until_ns <= now_ns;
    back_off(h, l, random, now_ns);
    wait_ns = limit_wait(l, now_ns);
    return wait_ns > before_ns + HEED_SAID_NS ? wait_ns : 0;
}

void heed_went(struct heed *h)
{
    h->refusals = h->rounds = 0;
}

const char *heed_refused(const struct heed *h, unsigned *refused)
{
    return ++*refused < REFUSED_MAX && h->rounds < REFUSED_MAX
               ? NULL
               : "the server keeps answering 429 (rate limit): try again later";
}
