/*
 * limit: GCRA, windows and holds.  GCRA is either free (now >= tat - (burst-1)*T) or waiting; each window is
 * full or not; and besides that all is held until hold_until_ns.  None depends on the others.
 *
 * States of a request: taken (open) -> done: answered, lost, or never sent.
 */
#include "policy/limit.h"

#include "base/clock.h"
#include "base/crashpoint.h"

#include <stdbool.h>

/* What is older is of no account. */
#define AGE_MAX_MS (INT64_C(30) * 86400 * 1000)
#define TOLD_NS (2 * CLOCK_NS_PER_S)

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

/* Nothing saved up: the next request may leave after one whole interval; after an earlier process
 * later, by as many as that may have had under way when it ended. */
static void start_empty(struct limit *l, int64_t now_ns)
{
    int64_t carried = smaller(l->before.in_flight, l->count);
    l->tat_ns = larger(l->tat_ns, now_ns + l->burst * l->interval_ns);
    if (l->before.known)
        l->tat_ns = larger(l->tat_ns, l->before_ns + (l->burst + carried) * l->interval_ns);
}

/* They may still arrive within a window. */
static void count_lost(struct window *w, int64_t n, int64_t now_ns)
{
    window_put(w, n, now_ns + w->window_ns, now_ns);
}

void limit_init(struct limit *l, int64_t count, int64_t window_ns, int64_t burst, int64_t now_ns)
{
    *l = (struct limit){.count = count,
                        .window_ns = window_ns,
                        .burst = cut_burst(burst, count),
                        .tat_ns = now_ns,
                        .hold_until_ns = now_ns};
    window_init(&l->own, count, window_ns, now_ns);
    window_init(&l->theirs, 0, 0, now_ns);
    if (count == 0) {
        l->burst = larger(1, burst); /* for a limit that a server may tell */
        return;
    }
    l->interval_ns = interval(count, window_ns, l->burst);
    start_empty(l, now_ns);
}

void limit_after(struct limit *l, const struct limit_before *b, int64_t now_ns)
{
    int64_t age_ms = b->killed ? 0 : larger(0, smaller(b->age_ms, AGE_MAX_MS));
    if (!b->known)
        return;
    l->before = *b; /* also for a limit that the server has yet to tell */
    l->before_ns = now_ns - age_ms * CLOCK_NS_PER_MS;
    if (l->count == 0)
        return;
    start_empty(l, now_ns);
    count_lost(&l->own, smaller(b->late, l->count), now_ns);
}

int64_t limit_wait(const struct limit *l, int64_t now_ns)
{
    int64_t free_at = l->count == 0 ? now_ns : l->tat_ns - (l->burst - 1) * l->interval_ns;
    int64_t full =
        larger(window_wait(&l->own, l->open, now_ns), window_wait(&l->theirs, l->open, now_ns));
    return larger(full, larger(0, larger(free_at, l->hold_until_ns) - now_ns));
}

int64_t limit_after_s(const struct limit *l, int64_t now_ns)
{
    int64_t wait_ns = l->before.known ? limit_wait(l, now_ns) - l->interval_ns : 0;
    return wait_ns > TOLD_NS ? wait_ns / CLOCK_NS_PER_S : 0;
}

int64_t limit_take(struct limit *l, int64_t now_ns)
{
    int64_t wait = crashpoint_breaks("limit") ? 0 : limit_wait(l, now_ns);
    if (wait == 0) {
        l->tat_ns = larger(l->tat_ns, now_ns) + l->interval_ns;
        l->open++;
    }
    return wait;
}

void limit_done(struct limit *l, enum fate fate, int64_t now_ns)
{
    l->open--;
    if (fate == FATE_NOT_SENT)
        return;
    l->done++;
    if (fate == FATE_LOST) {
        count_lost(&l->own, 1, now_ns);
        count_lost(&l->theirs, 1, now_ns);
        return;
    }
    window_put(&l->own, 1, now_ns, now_ns);
    window_put(&l->theirs, 1, now_ns, now_ns);
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

/*
 * The server's own window, when it first tells it, or a stricter one.  What has been sent until then counts as
 * answered now: all of it, if our own window is too short to know better.
 */
static void watch(struct limit *l, int64_t count, int64_t window_ns, int64_t now_ns)
{
    const struct window *t = &l->theirs;
    bool known = l->own.count != 0 && window_ns <= l->own.window_ns;
    if (t->count != 0 &&
        (double)count * (double)t->window_ns >= (double)t->count * (double)window_ns)
        return;
    window_init(&l->theirs, count, window_ns, now_ns);
    window_put(&l->theirs, known ? l->own.held : l->done, now_ns, now_ns);
    count_lost(&l->theirs, smaller(l->before.late, count), now_ns);
}

/* A policy of the server's is kept, if ours does not keep it anyway. */
static void keep(struct limit *l, int64_t count, int64_t window_ns, int64_t now_ns)
{
    if (count <= 0 || window_ns <= 0)
        return;
    watch(l, count, window_ns, now_ns);
    if (!keeps(l, count, window_ns))
        adopt(l, count, window_ns, now_ns);
}

void limit_observe(struct limit *l, const struct rate_facts *f, int64_t in_flight, int64_t now_ns)
{
    if (f->retry_after_ns >= 0)
        limit_hold(l, now_ns + f->retry_after_ns);
    if (f->remaining >= 0 && f->reset_ns >= 0 && f->remaining <= in_flight)
        limit_hold(l, now_ns + f->reset_ns);
    keep(l, f->limit, f->window_ns, now_ns);
    for (unsigned i = 0; i < f->n_more; i++)
        keep(l, f->more[i].limit, f->more[i].window_ns, now_ns);
}
