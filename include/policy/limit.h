/*
 * limit: how many requests may leave, and when.  One limiter for all lanes and requests of a process; several
 * processes share what it allows by telling each other what they have sent.
 *
 * Two rules, and a request leaves when both let it.
 *
 * Windows (policy/window.h) count what can have reached the server, which holds for any delay (a process that is
 * stopped, a network that stalls) and is the promise: no window of the server's holds more than its count, wherever
 * it begins.  There is one for each limit of our own, and for each that the server tells.  A lost request may still
 * be on its way: it counts for two windows.
 *
 * The pace spreads requests over the windows that are no longer than LIMIT_PACED_NS; longer ones are used as fast
 * as these allow, until they are full (a limit of a day is not spread over the day, unless it is the only one).  It is
 * the virtual scheduling form of GCRA (ITU-T I.371): with `tat` the theoretical arrival time and T the emission
 * interval (the longest of window/count), a request may leave at t >= tat - (burst-1)*T, and tat becomes max(t,tat)+T; max(t-T,tat)+T
 * for one that had to wait.
 *
 * Sharing: before a request leaves, leave is reserved for it where all processes see it, and only as much as the
 * windows have free besides what the others have reserved or sent (limit_heard, limit_others, limit_reserve,
 * limit_report; stages/budget.h carries them through the ledger).  What a process that was killed had reserved counts
 * as lost.  A limiter that is not shared reserves for itself.
 *
 * Pure: the caller passes a monotonic time in nanoseconds, never going back.  Not thread-safe.
 */
#ifndef CLAIMPIPE_POLICY_LIMIT_H
#define CLAIMPIPE_POLICY_LIMIT_H

#include "base/answer.h"
#include "policy/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_OWN_MAX 4
#define LIMIT_WINDOWS_MAX 8
#define LIMIT_PAST 3
#define LIMIT_PACED_NS (INT64_C(3600) * 1000000000)
#define LIMIT_SHARES 200 /* so small a part of a window is reserved at once */

/* What became of requests. */
struct limit_sent {
    int64_t answered, lost;
};

struct limit {
    int64_t burst, interval_ns; /* T */
    int64_t tat_ns;
    bool refused;          /* the last that asked was told to wait */
    bool careful;          /* one request at a time: the last ones were refused */
    int64_t learnt_ns;     /* T of a limit that nobody tells (policy/ceiling.h), or 0 */
    int64_t hold_until_ns; /* nothing leaves before, whatever is free */
    int64_t open;          /* have left, and are without an answer */
    int64_t reserved;      /* may leave, by the windows */
    bool shared;
    int64_t others;           /* requests that others have open or reserved */
    struct limit_sent untold; /* since the last limit_report */
    int64_t lost, lost_ns;    /* so many were lost, the last one then */
    size_t n_own, n_windows;
    struct window windows[LIMIT_WINDOWS_MAX]; /* ours, then those that the server has told */
    struct window past[LIMIT_PAST];           /* what was sent, for windows that it tells later */
};

/* n limits of our own, at most LIMIT_OWN_MAX; none: only holds are obeyed.  burst is cut to at most half of each
 * count, and is at least 1. */
void limit_init(struct limit *l, const struct rate_policy *own, size_t n, int64_t burst,
                int64_t now_ns);

/* Take leave to send one request at now_ns: 0 if granted, else how long to wait.  One that is granted
 * ends in limit_done.  Of a limiter that is shared, only after limit_must_reserve has said no. */
int64_t limit_take(struct limit *l, int64_t now_ns);

/* What limit_take would say, without taking, for all that is known of others. */
int64_t limit_wait(const struct limit *l, int64_t now_ns);

/* What became of a request that limit_take granted was known at now_ns. */
void limit_done(struct limit *l, enum fate fate, int64_t now_ns);

/* Nothing leaves before until_ns.  Holds never shorten each other. */
void limit_hold(struct limit *l, int64_t until_ns);

/* The pace is no faster than one request in so many nanoseconds, and nothing is saved up; 0: by the windows alone.
 * careful: only one is under way at a time. */
void limit_pace(struct limit *l, int64_t interval_ns, bool careful);

/*
 * Learn from the rate-limit fields of an answer that came at now_ns, while in_flight further
 * requests were under way: hold for Retry-After; hold until the reset when the requests under way
 * will use up what remains, unless it is but what we have sent that is missing, and the answer no refusal: that
 * the windows see to; keep each limit that ours do not (when its window is known), never a higher one.
 */
void limit_observe(struct limit *l, const struct rate_facts *f, bool refused, int64_t in_flight,
                   int64_t now_ns);

/* ---- among several processes ---- */

/* Does nothing leave before more is reserved, though it could for all that this process has sent and heard of? */
bool limit_must_reserve(const struct limit *l, int64_t now_ns);
/* Others, or an earlier process, have told of these age_ns ago. */
void limit_heard(struct limit *l, struct limit_sent sent, int64_t age_ns, int64_t now_ns);
/* Others have so many open or reserved now. */
void limit_others(struct limit *l, int64_t n);
/* As many as the windows have free, up to a small part: how many are reserved then. */
int64_t limit_reserve(struct limit *l, int64_t now_ns);
/* What others are to be told, besides open + reserved: it counts as told. */
struct limit_sent limit_report(struct limit *l);

/* How long so many requests take, by these limits, in nanoseconds. */
double limit_estimate_ns(const struct rate_policy *own, size_t n, double requests);
/* The limit that paces, of ours: its index; n > 0. */
size_t limit_pacing(const struct rate_policy *own, size_t n);

#endif
