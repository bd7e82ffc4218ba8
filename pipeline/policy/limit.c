/*
 * limit: GCRA, windows and holds.  GCRA is either free (now >= tat - (burst-1)*T) or waiting; each window is
 * full or not; and besides that all is held until hold_until_ns.  None depends on the others.
 *
 * States of a request: (reserved ->) taken (open) -> done: answered, lost, or never sent.
 */
#include "policy/limit.h"

#include "base/clock.h"
#include "base/crashpoint.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* How soon one looks again whether the only one is answered. */
#define CAREFUL_NS (10 * CLOCK_NS_PER_MS)

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- the pace ---- */

static bool is_paced(int64_t window_ns)
{
    return window_ns <= LIMIT_PACED_NS;
}

/* Does a pace by this one keep more than a pace by that? */
static bool paces_more(const struct rate_policy *a, const struct rate_policy *b)
{
    if (is_paced(a->window_ns) != is_paced(b->window_ns))
        return is_paced(a->window_ns);
    if (!is_paced(a->window_ns))
        return a->window_ns < b->window_ns;
    return (double)a->window_ns * (double)b->limit > (double)b->window_ns * (double)a->limit;
}

size_t limit_pacing(const struct rate_policy *own, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (paces_more(&own[i], &own[best]))
            best = i;
    return best;
}

/* T, and the burst, by all windows. */
static void set_pace(struct limit *l)
{
    struct rate_policy all[LIMIT_WINDOWS_MAX];
    const struct rate_policy *by;

    if (l->n_windows == 0)
        return;
    for (size_t i = 0; i < l->n_windows; i++) {
        all[i] = (struct rate_policy){l->windows[i].count, l->windows[i].window_ns};
        l->burst = larger(1, smaller(l->burst, l->windows[i].count / 2));
    }
    by = &all[limit_pacing(all, l->n_windows)];
    l->interval_ns = by->window_ns / by->limit + (by->window_ns % by->limit != 0);
}

double limit_estimate_ns(const struct rate_policy *own, size_t n, double requests)
{
    size_t paces = n > 0 ? limit_pacing(own, n) : 0;
    double most = 0;

    for (size_t i = 0; i < n; i++) {
        double windows = requests / (double)own[i].limit;

        if (i != paces && !is_paced(own[i].window_ns)) /* filled, and then waited for */
            windows = fmax(0, ceil(windows) - 1);
        most = fmax(most, windows * (double)own[i].window_ns);
    }
    return most;
}

/* ---- windows ---- */

static void put(struct window *w, struct limit_sent sent, int64_t at_ns, int64_t now_ns)
{
    window_put(w, sent.answered, at_ns, now_ns);
    window_put(w, sent.lost, at_ns + w->window_ns, now_ns); /* they may arrive within a window */
}

static void put_all(struct limit *l, struct limit_sent sent, int64_t at_ns, int64_t now_ns)
{
    for (size_t i = 0; i < l->n_windows; i++)
        put(&l->windows[i], sent, at_ns, now_ns);
    for (size_t i = 0; i < LIMIT_PAST; i++)
        put(&l->past[i], sent, at_ns, now_ns);
    l->lost += sent.lost;
    if (sent.lost > 0)
        l->lost_ns = larger(l->lost_ns, at_ns);
}

static int64_t outstanding(const struct limit *l)
{
    return l->open + l->reserved + l->others;
}

static int64_t windows_wait(const struct limit *l, int64_t now_ns)
{
    int64_t wait = 0;

    for (size_t i = 0; i < l->n_windows; i++)
        wait = larger(wait, window_wait(&l->windows[i], outstanding(l), now_ns));
    return wait;
}

void limit_init(struct limit *l, const struct rate_policy *own, size_t n, int64_t burst,
                int64_t now_ns)
{
    static const int64_t past_s[LIMIT_PAST] = {60, 3600, 86400};

    assert(n <= LIMIT_OWN_MAX);
    memset(l, 0, sizeof(*l));
    l->burst = larger(1, burst);
    l->tat_ns = l->hold_until_ns = now_ns;
    for (size_t i = 0; i < n; i++)
        window_init(&l->windows[i], own[i].limit, own[i].window_ns, now_ns);
    l->n_own = l->n_windows = n;
    for (size_t i = 0; i < LIMIT_PAST; i++)
        window_init(&l->past[i], INT64_MAX, past_s[i] * CLOCK_NS_PER_S, now_ns);
    set_pace(l);
}

/* ---- one request ---- */

static int64_t pace_wait(const struct limit *l, int64_t now_ns)
{
    int64_t free_at = l->hold_until_ns;

    if (l->learnt_ns > 0)
        free_at = larger(free_at, l->tat_ns);
    else if (l->n_windows > 0)
        free_at = larger(free_at, l->tat_ns - (l->burst - 1) * l->interval_ns);
    if (l->careful && l->open > 0)
        free_at = larger(free_at, now_ns + CAREFUL_NS);
    return larger(0, free_at - now_ns);
}

int64_t limit_wait(const struct limit *l, int64_t now_ns)
{
    return larger(l->reserved > 0 ? 0 : windows_wait(l, now_ns), pace_wait(l, now_ns));
}

int64_t limit_take(struct limit *l, int64_t now_ns)
{
    int64_t wait = crashpoint_breaks("limit") ? 0 : limit_wait(l, now_ns);
    int64_t interval_ns = larger(l->interval_ns, l->learnt_ns);

    if (wait == 0) {
        /* Whoever was told to wait comes a little late, which must not add up. */
        l->tat_ns = larger(l->tat_ns, now_ns - (l->refused ? interval_ns : 0)) + interval_ns;
        l->open++;
        l->reserved -= l->reserved > 0;
    }
    l->refused = wait > 0;
    return wait;
}

void limit_done(struct limit *l, enum fate fate, int64_t now_ns)
{
    struct limit_sent sent = {.answered = fate == FATE_ANSWERED, .lost = fate == FATE_LOST};

    l->open--;
    l->untold.answered += sent.answered;
    l->untold.lost += sent.lost;
    put_all(l, sent, now_ns, now_ns);
}

void limit_hold(struct limit *l, int64_t until_ns)
{
    l->hold_until_ns = larger(l->hold_until_ns, until_ns);
}

void limit_pace(struct limit *l, int64_t interval_ns, bool careful)
{
    l->learnt_ns = interval_ns > l->interval_ns ? interval_ns : 0;
    l->careful = careful;
}

/* ---- what the server tells ---- */

/* All that may have been sent within such a window, as far as it is known: the shortest that is as long knows best.
 * Of the lost it does not tell which they are. */
static struct limit_sent sent_within(struct limit *l, int64_t window_ns, int64_t now_ns)
{
    struct window *best = &l->past[LIMIT_PAST - 1];
    int64_t lost = 0;

    for (size_t i = 0; i < LIMIT_PAST; i++)
        if (l->past[i].window_ns >= window_ns && l->past[i].window_ns < best->window_ns)
            best = &l->past[i];
    for (size_t i = 0; i < l->n_windows; i++)
        if (l->windows[i].window_ns >= window_ns && l->windows[i].window_ns < best->window_ns)
            best = &l->windows[i];
    window_free(best, 0, now_ns);
    if (l->lost > 0 && now_ns - l->lost_ns <= 2 * window_ns)
        lost = smaller(l->lost, best->held);
    return (struct limit_sent){.answered = best->held - lost, .lost = lost};
}

/* Where one more window of the server's goes: beside the others, or in the place of the least strict; NULL: it is
 * that. */
static struct window *place(struct limit *l, int64_t count, int64_t window_ns)
{
    struct window *least = &l->windows[l->n_own];

    if (l->n_windows < LIMIT_WINDOWS_MAX)
        return &l->windows[l->n_windows++];
    for (size_t i = l->n_own + 1; i < l->n_windows; i++)
        if ((double)l->windows[i].count * (double)least->window_ns >
            (double)least->count * (double)l->windows[i].window_ns)
            least = &l->windows[i];
    return (double)count * (double)least->window_ns < (double)least->count * (double)window_ns
               ? least
               : NULL;
}

/* A policy of the server's is kept, if ours do not keep it anyway: what is no more in a longer window is no more in
 * this.  What the pace has saved up is forgotten. */
static void keep(struct limit *l, int64_t count, int64_t window_ns, int64_t now_ns)
{
    struct window *w = NULL;
    struct limit_sent sent;

    if (count <= 0 || window_ns <= 0)
        return;
    for (size_t i = 0; i < l->n_windows; i++) {
        if (l->windows[i].window_ns >= window_ns && l->windows[i].count <= count)
            return;
        if (l->windows[i].window_ns == window_ns)
            w = &l->windows[i];
    }
    if (w) {
        w->count = count;
    } else {
        sent = sent_within(l, window_ns, now_ns);
        w = place(l, count, window_ns);
        if (!w)
            return;
        window_init(w, count, window_ns, now_ns);
        put(w, sent, now_ns, now_ns);
    }
    l->reserved = 0; /* by the windows that there were */
    set_pace(l);
    l->tat_ns = larger(l->tat_ns, now_ns + l->burst * l->interval_ns);
}

/* Is what is missing of it no more than we may have sent, so that nobody else uses it up, and is it kept? */
static bool is_ours(struct limit *l, const struct rate_facts *f, int64_t now_ns)
{
    if (f->limit <= 0 || f->window_ns <= 0)
        return false;
    for (size_t i = 0; i < l->n_windows; i++) {
        struct window *w = &l->windows[i];

        if (w->window_ns >= f->window_ns && w->count <= f->limit)
            return f->limit - f->remaining <= w->count - window_free(w, l->open, now_ns);
    }
    return false;
}

void limit_observe(struct limit *l, const struct rate_facts *f, bool refused, int64_t in_flight,
                   int64_t now_ns)
{
    if (f->retry_after_ns >= 0)
        limit_hold(l, now_ns + f->retry_after_ns);
    keep(l, f->limit, f->window_ns, now_ns);
    for (unsigned i = 0; i < f->n_more; i++)
        keep(l, f->more[i].limit, f->more[i].window_ns, now_ns);
    if (f->remaining >= 0 && f->reset_ns >= 0 && f->remaining <= in_flight &&
        (refused || !is_ours(l, f, now_ns)))
        limit_hold(l, now_ns + f->reset_ns);
}

/* ---- among several processes ---- */

bool limit_must_reserve(const struct limit *l, int64_t now_ns)
{
    if (!l->shared || l->n_windows == 0 || l->reserved > 0 || pace_wait(l, now_ns) > 0)
        return false;
    /* What fills a window by itself is not made less by anything that others could tell. */
    for (size_t i = 0; i < l->n_windows; i++)
        if (window_wait(&l->windows[i], l->open, now_ns) > 0)
            return false;
    return true;
}

void limit_heard(struct limit *l, struct limit_sent sent, int64_t age_ns, int64_t now_ns)
{
    put_all(l, sent, now_ns - age_ns, now_ns);
}

void limit_others(struct limit *l, int64_t n)
{
    l->others = n;
}

int64_t limit_reserve(struct limit *l, int64_t now_ns)
{
    int64_t n = INT64_MAX;

    for (size_t i = 0; i < l->n_windows; i++) {
        int64_t share = larger(1, l->windows[i].count / LIMIT_SHARES);

        n = smaller(n, smaller(share, window_free(&l->windows[i], outstanding(l), now_ns)));
    }
    if (l->n_windows > 0)
        l->reserved += larger(0, n);
    return l->reserved;
}

struct limit_sent limit_report(struct limit *l)
{
    struct limit_sent sent = l->untold;

    l->untold = (struct limit_sent){0};
    return sent;
}
