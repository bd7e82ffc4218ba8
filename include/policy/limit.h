/*
 * limit: how many requests may leave, and when.  One limiter for all lanes and requests.
 *
 * The virtual scheduling form of GCRA (ITU-T I.371): with `tat` the theoretical arrival time and T
 * the emission interval, a request may leave at t >= tat - (burst-1)*T, and tat becomes
 * max(t,tat)+T.
 *
 * Two rules, and a request leaves when both let it.  GCRA paces: it lets burst + window/T through, so T is
 * (window + skew) / (count - burst + 1), rounded up; the skew, a LIMIT_SKEW_SHARE-th of the window but at most
 * LIMIT_SKEW_MAX_NS, allows for ordinary delays on the way.  And policy/window.h counts what can have reached the
 * server, which holds for any delay (a process that is stopped, a network that stalls): one window for our own
 * limit, one for the server's if it tells it.
 *
 * Invariant: no window of the server's holds more than `count` requests, wherever it begins.  A lost
 * request may still be on its way: it counts for two windows.
 *
 * A restart: a new limiter starts with nothing saved up (the first request waits for T), which carries on
 * what GCRA let an earlier process send.  What that had under way may arrive late as well: see limit_after.  Of
 * processes that are killed one after the other within two windows, only the last is known.
 *
 * Pure: the caller passes a monotonic time in nanoseconds, never going back.  Not thread-safe.
 */
#ifndef CLAIMPIPE_POLICY_LIMIT_H
#define CLAIMPIPE_POLICY_LIMIT_H

#include "base/answer.h"
#include "policy/window.h"

#include <stdbool.h>
#include <stdint.h>

#define LIMIT_SKEW_SHARE 20
#define LIMIT_SKEW_MAX_NS INT64_C(500000000)

/* What is known of the process that sent requests before this one. */
struct limit_before {
    bool known;        /* there was one */
    int64_t in_flight; /* it had so many under way at most */
    bool killed;       /* nobody knows when, */
    int64_t late;      /* with so many under way */
    int64_t age_ms;    /* it ended so long ago; not if it was killed */
};

struct limit {
    int64_t count, window_ns, burst; /* as asked for; a server may lower them */
    int64_t interval_ns;             /* T */
    int64_t tat_ns;
    int64_t hold_until_ns; /* nothing leaves before, whatever the bucket holds */
    int64_t open;          /* have left, and are without an answer */
    int64_t done;          /* all others that may have reached the server */
    struct limit_before before;
    int64_t before_ns; /* when that ended */
    struct window own, theirs;
};

/* burst is cut to at most half of count, and is at least 1.  count == 0: no limit of our own (holds
 * are obeyed all the same). */
void limit_init(struct limit *l, int64_t count, int64_t window_ns, int64_t burst, int64_t now_ns);

/*
 * Once, after limit_init.  Requests that an earlier process had under way may have arrived in its last window
 * however early they left, so as many intervals are left out, unless they have passed since it ended.  If it was
 * killed they may arrive even now, and count like lost ones.
 */
void limit_after(struct limit *l, const struct limit_before *b, int64_t now_ns);
/* Then: for how long nothing is sent on account of that process, in seconds; 0: not worth telling. */
int64_t limit_after_s(const struct limit *l, int64_t now_ns);
#define LIMIT_AFTER_TOLD                                                                           \
    "requests of an earlier run may still reach the server: nothing is sent for %lld s, so that "  \
    "the limit is kept"

/* Take leave to send one request at now_ns: 0 if granted, else how long to wait.  One that is granted
 * ends in limit_done. */
int64_t limit_take(struct limit *l, int64_t now_ns);

/* What limit_take would say, without taking. */
int64_t limit_wait(const struct limit *l, int64_t now_ns);

/* What became of a request that limit_take granted was known at now_ns. */
void limit_done(struct limit *l, enum fate fate, int64_t now_ns);

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
