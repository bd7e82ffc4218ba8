/*
 * heed: what an answer says about waiting, and what we do about it.  One rule for every request.
 *
 *   429                 the request had no effect.  Nothing leaves before its Retry-After; without one, before
 *                       its reset, whatever Remaining says; with neither, or if that has passed, for a
 *                       back-off (policy/retry.h) that grows from refusal to refusal.
 *                       Where nothing tells the limit, it is found by its refusals (policy/ceiling.h).  Until an
 *                       answer is no refusal, one request at a time is tried
 *   429, 30 times       in a row for one request, or tried in a row with any: it is given up, and nothing else is
 *                       asked
 *   503, Retry-After    nothing leaves before that
 *   any other answer    nothing leaves before the reset if nothing remains; its policies are kept
 *                       (policy/limit.h)
 *
 * The forms of the fields: policy/ratefields.h.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_HEED_H
#define CLAIMPIPE_POLICY_HEED_H

#include "base/answer.h"
#include "policy/ceiling.h"

#include <stdint.h>

/* A wait that has grown by less is not worth a word. */
#define HEED_SAID_NS INT64_C(2000000000)
/* The word, with seconds. */
#define HEED_SAID "the server asks to wait: nothing is sent for %lld s"

struct limit;

struct heed {
    unsigned refusals; /* back-offs in a row */
    unsigned rounds;   /* refusals in a row, of which those that were refused together count once */
    struct ceiling ceiling;
};

/* Takes in an answer that came at now_ns, while in_flight further requests were under way; random: any 64
 * uniform bits.  Returns how long nothing leaves now, if the answer has made that worth a word; else 0. */
int64_t heed_answer(struct heed *h, struct limit *l, const struct answer *a, int64_t in_flight,
                    uint64_t random, int64_t now_ns);

/* A server without such fields asks to wait (a mail server's 421): nothing leaves for a back-off that grows from one to the
 * next, until heed_went says that an answer was none.  Returns as heed_answer. */
int64_t heed_put_off(struct heed *h, struct limit *l, uint64_t random, int64_t now_ns);
void heed_went(struct heed *h);

/* One request was refused again, which h has heeded; refused: how often in a row, counted here.  Not NULL: that is
 * enough, and why. */
const char *heed_refused(const struct heed *h, unsigned *refused);

#endif
