/*
 * limit: how many requests may leave, and when.  One limiter for all lanes and requests.
 *
 * The virtual scheduling form of GCRA (ITU-T I.371): with `tat` the theoretical arrival time and T
 * the emission interval, a request may leave at t >= tat - (burst-1)*T, and tat becomes
 * max(t,tat)+T.
 *
 * Invariant: no window of `window_ns` holds more than `count` requests, wherever it begins.  GCRA
 * lets burst + window/T through, so T is (window + skew) / (count - burst + 1), rounded up; the
 * skew, a LIMIT_SKEW_SHARE-th of the window but at most LIMIT_SKEW_MAX_NS, allows for requests that
 * reach the server later than others.  A new limiter starts
 * with nothing saved up (the first request waits for T), so that the invariant holds over a restart
 * of the program as well.
 *
 * Pure: the caller passes a monotonic time in nanoseconds, never going back.  Not thread-safe.
 */
#ifndef CLAIMPIPE_POLICY_LIMIT_H
#define CLAIMPIPE_POLICY_LIMIT_H

#include "base/answer.h"

#include <stdint.h>

#define LIMIT_SKEW_SHARE 20
#define LIMIT_SKEW_MAX_NS INT64_C(500000000)

struct limit {
    int64_t count, window_ns, burst; /* as asked for; a server may lower them */
    int64_t interval_ns;             /* T */
    int64_t tat_ns;
    int64_t hold_until_ns; /* nothing leaves before, whatever the bucket holds */
};

/* burst is cut to at most half of count, and is at least 1.  count == 0: no limit of our own (holds
 * are obeyed all the same). */
void limit_init(struct limit *l, int64_t count, int64_t window_ns, int64_t burst, int64_t now_ns);

/* Take leave to send one request at now_ns: 0 if granted, else how long to wait. */
int64_t limit_take(struct limit *l, int64_t now_ns);

/* What limit_take would say, without taking. */
int64_t limit_wait(const struct limit *l, int64_t now_ns);

/* Nothing leaves before until_ns.  Holds never shorten each other. */
void limit_hold(struct limit *l, int64_t until_ns);

/*
 * Learn from the rate-limit fields of an answer that came at now_ns, while in_flight further
 * requests were under way: hold for Retry-After; hold until the reset when the requests under way
 * will use up what remains; adopt a limit that ours would not keep (when its window is known),
 * never a higher one.
 */
void limit_observe(struct limit *l, const struct rate_facts *f, int64_t in_flight, int64_t now_ns);

#endif
