/*
 * limit: GCRA.  A limiter is either free (now >= tat - (burst-1)*T) or waiting, and besides that
 * held until hold_until_ns; neither depends on the other.
 */
#include "policy/limit.h"

#include <stdbool.h>

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t cut_burst(int64_t burst, int64_t count)
{
    return larger(1, smaller(burst, count / 2));
}

static int64_t with_skew(int64_t window_ns)
{
    return window_ns + smaller(window_ns / LIMIT_SKEW_SHARE, LIMIT_SKEW_MAX_NS);
}

/* T, rounded up.  The window is closed at both ends, hence the + 1: see the header. */
static int64_t interval(int64_t count, int64_t window_ns, int64_t burst)
{
    int64_t gaps = count - burst + 1;
    int64_t span_ns = with_skew(window_ns);
    return span_ns / gaps + (span_ns % gaps != 0);
}

/* Nothing saved up: the next request may leave after one whole interval. */
static void start_empty(struct limit *l, int64_t now_ns)
{
    l->tat_ns = larger(l->tat_ns, now_ns + l->burst * l->interval_ns);
}

void limit_init(struct limit *l, int64_t count, int64_t window_ns, int64_t burst, int64_t now_ns)
{
    *l = (struct limit){.count = count,
                        .window_ns = window_ns,
                        .burst = cut_burst(burst, count),
                        .tat_ns = now_ns,
                        .hold_until_ns = now_ns};
    if (count == 0) {
        l->burst = larger(1, burst); /* for a limit that a server may tell */
        return;
    }
    l->interval_ns = interval(count, window_ns, l->burst);
    start_empty(l, now_ns);
}

int64_t limit_wait(const struct limit *l, int64_t now_ns)
{
    int64_t free_at = l->count == 0 ? now_ns : l->tat_ns - (l->burst - 1) * l->interval_ns;
    return larger(0, larger(free_at, l->hold_until_ns) - now_ns);
}

int64_t limit_take(struct limit *l, int64_t now_ns)
{
    int64_t wait = limit_wait(l, now_ns);
    if (wait == 0)
        l->tat_ns = larger(l->tat_ns, now_ns) + l->interval_ns;
    return wait;
}

void limit_hold(struct limit *l, int64_t until_ns)
{
    l->hold_until_ns = larger(l->hold_until_ns, until_ns);
}

/* Would we stay within count a window as we are? */
static bool keeps(const struct limit *l, int64_t count, int64_t window_ns)
{
    return l->count != 0 && l->burst + (with_skew(window_ns) - 1) / l->interval_ns <= count;
}

/* The longer interval and the smaller burst of two limits keep both. */
static void adopt(struct limit *l, int64_t count, int64_t window_ns, int64_t now_ns)
{
    l->burst = cut_burst(l->burst, count);
    int64_t theirs = interval(count, window_ns, l->burst);
    if (theirs > l->interval_ns) {
        l->count = count;
        l->window_ns = window_ns;
        l->interval_ns = theirs;
    }
    start_empty(l, now_ns);
}

void limit_observe(struct limit *l, const struct rate_facts *f, int64_t in_flight, int64_t now_ns)
{
    if (f->retry_after_ns >= 0)
        limit_hold(l, now_ns + f->retry_after_ns);
    if (f->remaining >= 0 && f->reset_ns >= 0 && f->remaining <= in_flight)
        limit_hold(l, now_ns + f->reset_ns);
    if (f->limit > 0 && f->window_ns > 0 && !keeps(l, f->limit, f->window_ns))
        adopt(l, f->limit, f->window_ns, now_ns);
}
