/* limit: hours of virtual time, in which no window ever holds more than its count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/limit.h"
#include "policy/retry.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define COUNT_MAX 10000
#define START (INT64_C(123456789) * S)

/* The times of the last requests, to see whether a window of any place holds too many. */
struct witness {
    int64_t count, span_ns;
    int64_t sent[COUNT_MAX];
    uint64_t total;
};

static void witness_see(struct witness *w, int64_t now)
{
    int64_t *oldest = &w->sent[w->total % (uint64_t)w->count];
    if (w->total >= (uint64_t)w->count && now - *oldest <= w->span_ns)
        fail_msg("request %llu: more than %lld within %lld ns", (unsigned long long)w->total,
                 (long long)w->count, (long long)w->span_ns);
    *oldest = now;
    w->total++;
}

/* Takes leave, and the answer comes at once. */
static int64_t take(struct limit *l, int64_t now)
{
    int64_t wait = limit_take(l, now);
    if (wait == 0)
        limit_done(l, FATE_ANSWERED, now);
    return wait;
}

static void begin(struct limit *l, int64_t count, int64_t window_ns, int64_t burst, int64_t now)
{
    const struct rate_policy own = {count, window_ns};
    limit_init(l, &own, count > 0, burst, now);
}

enum arrivals { SATURATING, RANDOM, BURSTS, RESTLESS, ARRIVALS };

/* How long after the last request, or refusal, the caller comes again. */
static int64_t pause(enum arrivals arrivals, int64_t wait, const struct limit *l, uint64_t *random)
{
    uint64_t r = retry_random(random);
    switch (arrivals) {
    case RANDOM: /* on average at the rate that is allowed */
        return (int64_t)(r % (uint64_t)(2 * l->interval_ns));
    case BURSTS: /* long idle, then as fast as it will go */
        return wait +
               (r % 100 == 0 ? (int64_t)(r / 100 % (uint64_t)(2 * l->windows[0].window_ns)) : 0);
    case RESTLESS: /* asks before it is allowed, or a bit later */
        return r % 3 == 0 ? wait / 2 : wait + (int64_t)(r % 1000);
    default:
        return wait;
    }
}

struct scene {
    int64_t count, window_ns, burst;
    enum arrivals arrivals;
    bool restarts;
    uint64_t seed;
};

static void play(const struct scene *s)
{
    static struct witness w;
    uint64_t random = s->seed, requests = (uint64_t)(3 * s->count + 100);
    int64_t now = START;
    struct limit l;
    w = (struct witness){.count = s->count, .span_ns = s->window_ns};
    begin(&l, s->count, s->window_ns, s->burst, now);
    for (uint64_t asked = 0; w.total < requests && asked < 10 * requests; asked++) {
        int64_t foreseen = limit_wait(&l, now), wait = take(&l, now);
        assert_int_equal(foreseen, wait);
        if (wait == 0)
            witness_see(&w, now);
        now += pause(s->arrivals, wait, &l, &random);
        if (s->restarts && retry_random(&random) % (uint64_t)(s->count + 5) == 0) {
            begin(&l, s->count, s->window_ns, s->burst, now);
            for (uint64_t i = 0; i < w.total && i < (uint64_t)w.count; i++)
                limit_heard(&l, (struct limit_sent){.answered = 1}, now - w.sent[i], now);
        }
    }
    assert_true(w.total >= requests / 2);
}

static void no_window_ever_holds_more_than_its_count(void **state)
{
    (void)state;
    static const int64_t counts[] = {1, 2, 7, 64, 1000, COUNT_MAX};
    static const int64_t windows[] = {250 * MS, 10 * S, 3600 * S};
    static const int64_t bursts[] = {0, 1, 8, 64, 1000000};
    uint64_t seed = 1;
    for (size_t c = 0; c < COUNT(counts); c++) {
        for (size_t w = 0; w < COUNT(windows); w++) {
            for (size_t b = 0; b < COUNT(bursts); b++) {
                for (unsigned k = 0; k < 2 * ARRIVALS; k++) {
                    struct scene s = {counts[c],     windows[w],
                                      bursts[b],     (enum arrivals)(k % ARRIVALS),
                                      k >= ARRIVALS, seed++};
                    play(&s);
                }
            }
        }
    }
}

static void a_limit_is_used_nearly_whole(void **state)
{
    (void)state;
    struct limit l;
    int64_t now = START, hour = 3600 * S, sent = 0;
    begin(&l, 10000, 60 * S, 64, now);
    while (now < START + hour) {
        int64_t wait = take(&l, now);
        sent += wait == 0;
        now += wait;
    }
    assert_true(sent >= 60 * 10000 * 99 / 100);
    assert_true(sent <= 61 * 10000); /* the hour's ends lie anywhere */
}

static void what_was_saved_up_may_leave_at_once(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, 100, 60 * S, 50, START);
    int64_t later = START + 3600 * S;
    for (int i = 0; i < 50; i++)
        assert_int_equal(take(&l, later), 0);
    assert_int_equal(take(&l, later), l.interval_ns);
}

static void a_count_of_none_is_no_limit_but_holds_are_kept(void **state)
{
    (void)state;
    struct limit l;
    limit_init(&l, NULL, 0, 64, START);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(take(&l, START), 0);
    limit_hold(&l, START + 5 * S);
    assert_int_equal(take(&l, START), 5 * S);
    assert_int_equal(take(&l, START + 5 * S), 0);
}

static void holds_never_shorten_each_other(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, 1000, S, 10, START);
    limit_hold(&l, START + 30 * S);
    limit_hold(&l, START + 2 * S);
    assert_int_equal(limit_wait(&l, START), 30 * S);
    assert_int_equal(take(&l, START + 29 * S), S);
    assert_int_equal(take(&l, START + 30 * S), 0);
}

#define FACTS(a, b, c, d, e)                                                                       \
    {                                                                                              \
        .retry_after_ns = (a), .limit = (b), .window_ns = (c), .remaining = (d), .reset_ns = (e)   \
    }

static void answers_are_learnt_from(void **state)
{
    (void)state;
    static const struct {
        struct rate_facts facts;
        int64_t in_flight, wait;
    } cases[] = {
        {RATE_FACTS_NONE, 64, 0},
        {FACTS(7 * S, -1, -1, -1, -1), 0, 7 * S}, /* Retry-After holds for all */
        {FACTS(0, -1, -1, -1, -1), 0, 0},
        {FACTS(7 * S, -1, -1, 0, 9 * S), 0, 9 * S}, /* the later of both */
        {FACTS(9 * S, -1, -1, 0, 7 * S), 0, 9 * S},
        {FACTS(-1, -1, -1, 0, 7 * S), 0, 7 * S},   /* used up */
        {FACTS(-1, -1, -1, 64, 7 * S), 64, 7 * S}, /* will be used up by those under way */
        {FACTS(-1, -1, -1, 65, 7 * S), 64, 0},
        {FACTS(-1, -1, -1, 0, -1), 64, 0}, /* until when is not known */
        {FACTS(-1, -1, -1, -1, 7 * S), 64, 0},
        {FACTS(-1, 0, 60 * S, -1, -1), 0, 0},     /* a limit of 0 says nothing */
        {FACTS(-1, 1000, -1, -1, -1), 0, 0},      /* a limit without window neither */
        {FACTS(-1, 20000, 60 * S, -1, -1), 0, 0}, /* a higher one is not ours to take */
        {FACTS(-1, 10000, 60 * S, -1, -1), 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct limit l;
        int64_t now = START + 60 * S;
        begin(&l, 10000, 60 * S, 64, START);
        int64_t interval = l.interval_ns;
        limit_observe(&l, &cases[i].facts, false, cases[i].in_flight, now);
        if (limit_wait(&l, now) != cases[i].wait || l.interval_ns != interval || l.n_windows != 1)
            fail_msg("case %zu: waits %lld", i, (long long)limit_wait(&l, now));
    }
}

static void all_policies_are_kept(void **state)
{
    (void)state;
    const struct rate_facts facts = {.retry_after_ns = -1,
                                     .limit = 1000,
                                     .window_ns = 3600 * S,
                                     .remaining = -1,
                                     .reset_ns = -1,
                                     .more = {{10, S}, {50, 60 * S}},
                                     .n_more = 2};
    struct limit l;
    int64_t now = START + 60 * S, sent = 0, first_second = 0;
    begin(&l, 10000, 60 * S, 64, START);
    limit_observe(&l, &facts, false, 0, now);
    for (int64_t t = 0; t < 3600 * S; t += 10 * MS)
        while (limit_take(&l, now + t) == 0) {
            limit_done(&l, FATE_ANSWERED, now + t);
            sent++;
            first_second += t < S;
        }
    assert_in_range(sent, 800, 1000);
    assert_in_range(first_second, 0, 10);
}

static void a_lower_limit_is_adopted_and_kept(void **state)
{
    (void)state;
    static const struct {
        int64_t count, window_ns, burst; /* ours */
        int64_t limit, limit_window_ns;  /* the server's */
    } cases[] = {
        {10000, 60 * S, 64, 1000, 60 * S}, {0, 0, 64, 1000, 60 * S}, {10000, 60 * S, 64, 10, S},
        {100, 3600 * S, 50, 10, 60 * S},   {1000, S, 500, 3, S},     {10, 10 * S, 5, 1, 60 * S},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static struct witness theirs;
        struct limit l;
        const struct rate_facts facts = {.retry_after_ns = -1,
                                         .limit = cases[i].limit,
                                         .window_ns = cases[i].limit_window_ns,
                                         .remaining = -1,
                                         .reset_ns = -1};
        int64_t now = START;
        begin(&l, cases[i].count, cases[i].window_ns, cases[i].burst, now);
        for (int k = 0; k < 500; k++)
            now += take(&l, now);
        now += 7200 * S; /* all is saved up */
        theirs = (struct witness){.count = cases[i].limit, .span_ns = cases[i].limit_window_ns};
        limit_observe(&l, &facts, false, 1, now);
        while (theirs.total < (uint64_t)(5 * cases[i].limit + 50)) {
            int64_t wait = take(&l, now);
            if (wait == 0) {
                witness_see(&theirs, now);
                limit_observe(&l, &facts, false, 1, now); /* each answer says it again */
            }
            now += wait;
        }
    }
}

static void an_adopted_limit_is_the_servers(void **state)
{
    (void)state;
    struct limit l;
    const struct rate_facts facts = {
        .retry_after_ns = -1, .limit = 1000, .window_ns = 60 * S, .remaining = -1, .reset_ns = -1};
    int64_t now = START + 60 * S, end = now + 3600 * S, sent = 0;
    begin(&l, 10000, 60 * S, 64, START);
    limit_observe(&l, &facts, false, 0, now);
    assert_int_equal(l.n_windows, 1); /* of the same length */
    assert_int_equal(l.windows[0].count, 1000);
    assert_int_equal(limit_wait(&l, now), l.interval_ns); /* what was saved up is forgotten */
    while (now < end) {
        int64_t wait = take(&l, now);
        sent += wait == 0;
        if (wait == 0)
            limit_observe(&l, &facts, false, 0, now);
        now += wait;
    }
    assert_true(sent <= 61 * 1000);
    assert_true(sent >= 60 * 985);
}

/* ---- as the server sees it ---- */

/* A network and a process in which everything goes wrong; all by a seed. */
struct weather {
    int64_t delay_ns; /* on the way, at most */
    int64_t stall_ns,
        every_ns;          /* the network holds everything back for so long, so often; 0: never */
    int64_t stop_ns;       /* likewise the process: answers that came are seen afterwards */
    unsigned lost, unsent; /* of 100 */
    int64_t lives_ns; /* ends (killed if with something under way), and begins again; 0: never */
};

struct request {
    int64_t arrives, answered;
    enum fate fate;
};

enum { UNDER_WAY_MAX = 64, ARRIVALS_MAX = 6000 };

/* ---- several processes, who tell each other ---- */

enum { PROCESSES_MAX = 3, ROWS_MAX = 4 * ARRIVALS_MAX };

/* What the ledger is to them: stages/budget.c in small. */
struct book {
    struct {
        int64_t at;
        struct limit_sent sent;
    } rows[ROWS_MAX];
    size_t n;
    int64_t holds[PROCESSES_MAX];
};

struct process {
    struct limit l;
    struct request under_way[UNDER_WAY_MAX];
    size_t n, heard;
    int64_t ends;
};

struct world {
    const struct weather *weather;
    struct rate_policy own;
    int64_t burst;
    size_t processes, in_flight;
    uint64_t random;
    struct book book;
    struct process process[PROCESSES_MAX];
    int64_t arrivals[ARRIVALS_MAX + PROCESSES_MAX];
    size_t arrived;
};

static int64_t chance(struct world *w, int64_t below)
{
    return below > 0 ? (int64_t)(retry_random(&w->random) % (uint64_t)below) : 0;
}

/* Now, or when the trouble that has just begun is over. */
static int64_t after(int64_t t, int64_t lasts, int64_t every)
{
    return lasts > 0 && t % every < lasts ? t - t % every + lasts : t;
}

static void let_go(struct world *w, struct process *p, int64_t now)
{
    const struct weather *c = w->weather;
    struct request *r = &p->under_way[p->n++];
    int64_t dice = chance(w, 100);
    r->fate = dice < c->lost               ? FATE_LOST
              : dice < c->lost + c->unsent ? FATE_NOT_SENT
                                           : FATE_ANSWERED;
    r->arrives = after(now + chance(w, c->delay_ns), c->stall_ns, c->every_ns);
    r->answered = after(r->arrives + chance(w, c->delay_ns), c->stall_ns, c->every_ns);
    if (r->fate ==
        FATE_LOST) /* given up on, at times before it arrives: by no more than a window */
        r->answered = now + c->delay_ns;
    r->answered = after(r->answered, c->stop_ns, c->every_ns + S);
    if (r->fate != FATE_NOT_SENT)
        w->arrivals[w->arrived++] = r->arrives;
}

static struct request *first_answer(struct process *p)
{
    struct request *first = &p->under_way[0];
    for (size_t i = 1; i < p->n; i++)
        if (p->under_way[i].answered < first->answered)
            first = &p->under_way[i];
    return p->n > 0 ? first : NULL;
}

static void put_row(struct world *w, struct limit_sent sent, int64_t at)
{
    assert_true(w->book.n < ROWS_MAX);
    w->book.rows[w->book.n].at = at;
    w->book.rows[w->book.n++].sent = sent;
}

static void listen(struct world *w, struct process *p, int64_t now)
{
    int64_t others = 0;
    for (; p->heard < w->book.n; p->heard++)
        limit_heard(&p->l, w->book.rows[p->heard].sent, now - w->book.rows[p->heard].at, now);
    for (size_t i = 0; i < w->processes; i++)
        others += &w->process[i] == p ? 0 : w->book.holds[i];
    limit_others(&p->l, others);
}

static void tell(struct world *w, struct process *p, int64_t now)
{
    struct limit_sent sent = limit_report(&p->l);
    if (sent.answered + sent.lost > 0)
        put_row(w, sent, now);
    p->heard = w->book.n;
    w->book.holds[p - w->process] = p->l.open + p->l.reserved;
}

static void set_up(struct world *w, struct process *p, int64_t now)
{
    limit_init(&p->l, &w->own, 1, w->burst, now);
    p->l.shared = true;
    p->heard = p->n = 0;
    p->ends = now + 3 * w->own.window_ns + chance(w, w->weather->lives_ns);
    listen(w, p, now);
}

/* Killed, and run again.  What it had under way arrives all the same. */
static void kill_and_run(struct world *w, struct process *p, int64_t now)
{
    put_row(w, (struct limit_sent){.lost = w->book.holds[p - w->process]}, now);
    w->book.holds[p - w->process] = 0;
    set_up(w, p, now);
}

/* It does one thing, if there is one to do now; else when there may be. */
static int64_t act(struct world *w, struct process *p, int64_t now)
{
    struct request *first = first_answer(p);
    int64_t wait;
    if (w->weather->lives_ns > 0 && now >= p->ends) {
        kill_and_run(w, p, now);
        return now;
    }
    if (first && first->answered <= now) {
        limit_done(&p->l, first->fate, now);
        *first = p->under_way[--p->n];
        return now;
    }
    if (p->n == w->in_flight)
        return first->answered;
    if (limit_must_reserve(&p->l, now)) {
        listen(w, p, now);
        limit_reserve(&p->l, now);
        tell(w, p, now);
    }
    wait = limit_take(&p->l, now);
    if (wait == 0)
        let_go(w, p, now);
    else if (first && first->answered - now < wait)
        wait = first->answered - now;
    return now + wait;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The most that arrived within a window, both ends of which belong to it. */
static size_t most_within(struct world *w, int64_t window_ns)
{
    size_t most = 0;
    qsort(w->arrivals, w->arrived, sizeof(w->arrivals[0]), by_time);
    for (size_t i = 0, from = 0; i < w->arrived; i++) {
        while (w->arrivals[i] - w->arrivals[from] > window_ns)
            from++;
        if (i - from + 1 > most)
            most = i - from + 1;
    }
    return most;
}

/* As much as is allowed leaves, until so many have arrived.  The most of them in any window. */
static size_t live(struct world *w)
{
    int64_t now = START;
    for (size_t i = 0; i < w->processes; i++)
        set_up(w, &w->process[i], now);
    while (w->arrived < ARRIVALS_MAX && now < START + 100 * w->own.window_ns) {
        int64_t next = INT64_MAX;
        for (size_t i = 0; i < w->processes; i++) {
            int64_t mine = act(w, &w->process[i], now);
            next = mine < next ? mine : next;
        }
        now = after(next, w->weather->stop_ns, w->weather->every_ns + S);
    }
    return most_within(w, w->own.window_ns);
}

static void the_server_sees_no_more_however_late_they_come(void **state)
{
    (void)state;
    static const struct weather weathers[] = {
        {.delay_ns = 1},
        {.delay_ns = S / 20},
        {.delay_ns = 5 * S},
        {.delay_ns = S / 20, .stall_ns = 5 * S, .every_ns = 37 * S},
        {.delay_ns = S / 20, .stall_ns = 30 * S, .every_ns = 61 * S},
        {.delay_ns = S / 20, .stop_ns = 7 * S, .every_ns = 37 * S},
        {.delay_ns = S, .stall_ns = 3 * S, .stop_ns = 5 * S, .every_ns = 17 * S},
        {.delay_ns = 2 * S, .lost = 20, .unsent = 10},
        {.delay_ns = 2 * S, .stall_ns = 2 * S, .every_ns = 29 * S, .lost = 20},
        {.delay_ns = S / 20, .lives_ns = 3 * S},
        {.delay_ns = S, .lives_ns = 30 * S},
        {.delay_ns = S / 20, .stall_ns = 2 * S, .every_ns = 7 * S, .lives_ns = 20 * S},
    };
    static const struct {
        int64_t count, window_ns, burst;
    } limits[] = {{1, 10 * S, 1},    {8, 10 * S, 4},   {60, 2 * S, 1},
                  {100, 10 * S, 50}, {100, 10 * S, 2}, {1000, 60 * S, 20}};
    static struct world w;
    for (size_t i = 0; i < COUNT(weathers); i++)
        for (size_t k = 0; k < COUNT(limits); k++)
            for (uint64_t seed = 1; seed <= 4; seed++) {
                size_t most;
                memset(&w, 0, sizeof(w));
                w.weather = &weathers[i];
                w.own = (struct rate_policy){limits[k].count, limits[k].window_ns};
                w.burst = limits[k].burst;
                w.in_flight = seed % 2 ? UNDER_WAY_MAX : 5;
                w.processes = 1 + seed % PROCESSES_MAX;
                w.random = seed;
                most = live(&w);
                if (most > (size_t)limits[k].count || (w.arrived < 20 && weathers[i].lives_ns == 0))
                    fail_msg("weather %zu, limit %zu, seed %d: %zu of %d; %zu in all", i, k,
                             (int)seed, most, (int)limits[k].count, w.arrived);
            }
}

/* Late arrivals, and several processes, cost little while they are not late. */
static void the_limit_is_used_nearly_whole_by_any_number(void **state)
{
    (void)state;
    static struct world w;
    const struct weather weather = {.delay_ns = S / 20};
    for (size_t processes = 1; processes <= PROCESSES_MAX; processes++) {
        memset(&w, 0, sizeof(w));
        w = (struct world){.weather = &weather,
                           .own = {500, 60 * S},
                           .burst = 10,
                           .processes = processes,
                           .in_flight = UNDER_WAY_MAX,
                           .random = 1};
        live(&w);
        qsort(w.arrivals, w.arrived, sizeof(w.arrivals[0]), by_time);
        /* Twelve windows full, of which the last need not be over. */
        assert_true(w.arrivals[11 * 500] - START <= 11 * 60 * S * 102 / 100);
    }
}

static void several_limits_are_kept_and_the_long_one_is_not_spread(void **state)
{
    (void)state;
    static const struct rate_policy own[] = {{1000, 60 * S}, {5000, 86400 * S}};
    struct limit l;
    int64_t sent = 0, full = 0;
    limit_init(&l, own, 2, 20, START);
    for (int64_t t = 0; t < 2 * 86400 * S; t += t < 600 * S ? S / 20 : 60 * S) {
        while (limit_take(&l, START + t) == 0) {
            limit_done(&l, FATE_ANSWERED, START + t);
            sent++;
        }
        if (sent == 5000 && full == 0)
            full = t;
    }
    assert_in_range(full, 4 * 60 * S, 6 * 60 * S);
    assert_int_equal(sent, 10000);
}

static void an_estimate_is_what_it_takes(void **state)
{
    (void)state;
    static const struct {
        struct rate_policy own[2];
        size_t n;
        double requests, seconds;
    } cases[] = {
        {{{0}}, 0, 1e6, 0},
        {{{10000, 60 * S}}, 1, 20000, 120},
        {{{10000, 60 * S}, {100000, 86400 * S}}, 2, 50000, 300},
        {{{10000, 60 * S}, {100000, 86400 * S}}, 2, 150000, 86400},
        {{{10000, 60 * S}, {100000, 86400 * S}}, 2, 250000, 2 * 86400},
        {{{100000, 86400 * S}}, 1, 50000, 43200},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(limit_estimate_ns(cases[i].own, cases[i].n, cases[i].requests) ==
                    cases[i].seconds * 1e9);
}

static void the_servers_window_counts_what_was_sent_before(void **state)
{
    (void)state;
    struct limit l;
    const struct rate_facts facts = {
        .retry_after_ns = -1, .limit = 100, .window_ns = 60 * S, .remaining = -1, .reset_ns = -1};
    int64_t now = START;
    limit_init(&l, NULL, 0, 64, now);
    for (int i = 0; i < 98; i++)
        assert_int_equal(limit_take(&l, now), 0);
    for (int i = 0; i < 40; i++)
        limit_done(&l, FATE_ANSWERED, now);
    limit_observe(&l, &facts, false, 58, now);
    now += 50 * S; /* all that the pace allows is saved up */
    assert_int_equal(limit_take(&l, now), 0);
    assert_int_equal(limit_take(&l, now), 0);
    assert_in_range(limit_take(&l, now), 10 * S, 11 * S); /* then the 40 count no more */
}

/* What was lost before the server told its limit may arrive for a window yet, and counts for two. */
static void what_was_lost_before_a_limit_is_told_counts_twice_as_long(void **state)
{
    (void)state;
    struct limit l;
    const struct rate_facts facts = {
        .retry_after_ns = -1, .limit = 100, .window_ns = 10 * S, .remaining = -1, .reset_ns = -1};
    limit_init(&l, NULL, 0, 64, START);
    limit_heard(&l, (struct limit_sent){.lost = 100}, 0, START);
    limit_observe(&l, &facts, false, 0, START);
    assert_in_range(limit_wait(&l, START), 20 * S, 21 * S);
    limit_init(&l, NULL, 0, 64, START);
    limit_heard(&l, (struct limit_sent){.answered = 100}, 0, START);
    limit_observe(&l, &facts, false, 0, START);
    assert_in_range(limit_wait(&l, START), 10 * S, 11 * S);
}

/* However many it tells: what the user wants is kept. */
static void ours_are_never_given_up_for_theirs(void **state)
{
    (void)state;
    struct limit l;
    const struct rate_policy own = {10, S};
    int64_t n = 0;
    limit_init(&l, &own, 1, 5, START);
    for (int64_t i = 1; i < 100; i++) {
        const struct rate_facts facts = {.retry_after_ns = -1,
                                         .limit = 1000 - i,
                                         .window_ns = (3600 + i) * S,
                                         .remaining = -1,
                                         .reset_ns = -1};
        limit_observe(&l, &facts, false, 0, START);
    }
    l.burst = 1000;
    l.tat_ns = 0;
    while (limit_take(&l, START + 1) == 0)
        n++;
    assert_int_equal(n, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_ever_holds_more_than_its_count),
        cmocka_unit_test(a_limit_is_used_nearly_whole),
        cmocka_unit_test(what_was_saved_up_may_leave_at_once),
        cmocka_unit_test(a_count_of_none_is_no_limit_but_holds_are_kept),
        cmocka_unit_test(holds_never_shorten_each_other),
        cmocka_unit_test(answers_are_learnt_from),
        cmocka_unit_test(all_policies_are_kept),
        cmocka_unit_test(a_lower_limit_is_adopted_and_kept),
        cmocka_unit_test(an_adopted_limit_is_the_servers),
        cmocka_unit_test(the_server_sees_no_more_however_late_they_come),
        cmocka_unit_test(the_limit_is_used_nearly_whole_by_any_number),
        cmocka_unit_test(several_limits_are_kept_and_the_long_one_is_not_spread),
        cmocka_unit_test(an_estimate_is_what_it_takes),
        cmocka_unit_test(the_servers_window_counts_what_was_sent_before),
        cmocka_unit_test(what_was_lost_before_a_limit_is_told_counts_twice_as_long),
        cmocka_unit_test(ours_are_never_given_up_for_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
