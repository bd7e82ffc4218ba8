/*
 * window: how many requests can have reached the server within any window of its length.
 *
 * When a request arrives is not known here: at some time between its leaving and the coming of its answer.
 * So it counts from when it leaves until one whole window after its answer came, and one more may leave
 * as long as fewer than `count` count.
 *
 * Invariant: no window [a, a + window_ns] of the server's holds more than `count` arrivals, however long
 * each request was held up.  For let j be the one among them that was the last to leave, at t <= a + window_ns.
 * Each other one had left before, and then either had no answer yet at t, or had one since a >= t - window_ns:
 * they all counted at t.  The same holds if a request counts from earlier (leave was reserved for it), or until
 * later (its answer was told of later): so several processes share a window (policy/limit.h).
 *
 * Answers are counted by slots of a WINDOW_SLOTS-th of the window, and up to two slots longer than
 * they need be: that much the server's clock may also run faster than ours.
 *
 * Pure: the caller passes a monotonic time in nanoseconds, never going back.  Not thread-safe.
 */
#ifndef CLAIMPIPE_POLICY_WINDOW_H
#define CLAIMPIPE_POLICY_WINDOW_H

#include <stdint.h>

#define WINDOW_SLOTS 500
#define WINDOW_RING (2 * WINDOW_SLOTS + 4)

struct window {
    int64_t count, window_ns; /* count 0: there is no such window, and nothing is ever waited for */
    int64_t slot_ns;
    int64_t
        origin_ns;  /* slots are numbered from here, which no request that counts is older than */
    int64_t oldest; /* the first slot that still counts */
    int64_t held;   /* over all slots */
    int64_t slots[WINDOW_RING];
};

void window_init(struct window *w, int64_t count, int64_t window_ns, int64_t now_ns);

/* n answers came at at_ns: now, or what must be taken for one, up to a window later; or earlier (one that is too old
 * to count is left out). */
void window_put(struct window *w, int64_t n, int64_t at_ns, int64_t now_ns);

/* How many more may leave at now_ns, while `open` are without an answer?  Less than 0: too many have. */
int64_t window_free(struct window *w, int64_t open, int64_t now_ns);

/* May one more leave at now_ns, while `open` are without an answer?  0, or how long to wait until it is
 * worth asking again (an answer may come before). */
int64_t window_wait(const struct window *w, int64_t open, int64_t now_ns);

#endif
