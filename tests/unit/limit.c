/* limit: hours of virtual time, in which no window ever holds more than its count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/limit.h"
#include "policy/retry.h"

#include <stdbool.h>

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

enum arrivals { SATURATING, RANDOM, BURSTS, RESTLESS, ARRIVALS };

/* How long after the last request, or refusal, the caller comes again. */
static int64_t pause(enum arrivals arrivals, int64_t wait, const struct limit *l, uint64_t *random)
{
    uint64_t r = retry_random(random);
    switch (arrivals) {
    case RANDOM: /* on average at the rate that is allowed */
        return (int64_t)(r % (uint64_t)(2 * l->interval_ns));
    case BURSTS: /* long idle, then as fast as it will go */
        return wait + (r % 100 == 0 ? (int64_t)(r / 100 % (uint64_t)(2 * l->window_ns)) : 0);
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
    limit_init(&l, s->count, s->window_ns, s->burst, now);
    for (uint64_t asked = 0; w.total < requests && asked < 10 * requests; asked++) {
        int64_t foreseen = limit_wait(&l, now), wait = limit_take(&l, now);
        assert_int_equal(foreseen, wait);
        if (wait == 0)
            witness_see(&w, now);
        now += pause(s->arrivals, wait, &l, &random);
        if (s->restarts && retry_random(&random) % (uint64_t)(s->count + 5) == 0)
            limit_init(&l, s->count, s->window_ns, s->burst, now);
    }
    assert_true(w.total >= requests / 2);
}

static void no_window_ever_holds_more_than_its_count(void **state)
{
    (void)state;
    static const int64_t counts[] = {1, 2, 3, 7, 10, 64, 150, 1000, COUNT_MAX};
    static const int64_t windows[] = {250 * MS, S, 10 * S, 60 * S, 3600 * S};
    static const int64_t bursts[] = {0, 1, 2, 8, 64, 5000, 1000000};
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

/* Requests of half a second ago, delayed, may reach the server together with those of now. */
static void delays_up_to_the_skew_are_allowed_for(void **state)
{
    (void)state;
    static struct witness w;
    struct limit l;
    int64_t now = START;
    w = (struct witness){.count = 100, .span_ns = 10 * S + LIMIT_SKEW_MAX_NS - 1};
    limit_init(&l, 100, 10 * S, 20, now);
    while (w.total < 2000) {
        int64_t wait = limit_take(&l, now);
        if (wait == 0)
            witness_see(&w, now);
        now += wait;
    }
}

static void a_limit_is_used_nearly_whole(void **state)
{
    (void)state;
    struct limit l;
    int64_t now = START, hour = 3600 * S, sent = 0;
    limit_init(&l, 10000, 60 * S, 64, now);
    while (now < START + hour) {
        int64_t wait = limit_take(&l, now);
        sent += wait == 0;
        now += wait;
    }
    assert_true(sent >= 60 * 10000 * 95 / 100);
    assert_true(sent <= 60 * 10000);
}

static void a_new_limiter_has_nothing_saved_up(void **state)
{
    (void)state;
    struct limit l;
    limit_init(&l, 100, 60 * S, 50, START);
    int64_t wait = limit_take(&l, START);
    assert_int_equal(wait, l.interval_ns);
    assert_int_equal(limit_take(&l, START + wait), 0);
    assert_int_equal(limit_take(&l, START + wait), l.interval_ns);
}

static void what_was_saved_up_may_leave_at_once(void **state)
{
    (void)state;
    struct limit l;
    limit_init(&l, 100, 60 * S, 50, START);
    int64_t later = START + 3600 * S;
    for (int i = 0; i < 50; i++)
        assert_int_equal(limit_take(&l, later), 0);
    assert_int_equal(limit_take(&l, later), l.interval_ns);
}

static void a_count_of_none_is_no_limit_but_holds_are_kept(void **state)
{
    (void)state;
    struct limit l;
    limit_init(&l, 0, 0, 64, START);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(limit_take(&l, START), 0);
    limit_hold(&l, START + 5 * S);
    assert_int_equal(limit_take(&l, START), 5 * S);
    assert_int_equal(limit_take(&l, START + 5 * S), 0);
}

static void holds_never_shorten_each_other(void **state)
{
    (void)state;
    struct limit l;
    limit_init(&l, 1000, S, 10, START);
    limit_hold(&l, START + 30 * S);
    limit_hold(&l, START + 2 * S);
    assert_int_equal(limit_wait(&l, START), 30 * S);
    assert_int_equal(limit_take(&l, START + 29 * S), S);
    assert_int_equal(limit_take(&l, START + 30 * S), 0);
}

static void answers_are_learnt_from(void **state)
{
    (void)state;
    static const struct {
        struct rate_facts facts;
        int64_t in_flight, wait;
    } cases[] = {
        {RATE_FACTS_NONE, 64, 0},
        {{7 * S, -1, -1, -1, -1}, 0, 7 * S}, /* Retry-After holds for all */
        {{0, -1, -1, -1, -1}, 0, 0},
        {{7 * S, -1, -1, 0, 9 * S}, 0, 9 * S}, /* the later of both */
        {{9 * S, -1, -1, 0, 7 * S}, 0, 9 * S},
        {{-1, -1, -1, 0, 7 * S}, 0, 7 * S},   /* used up */
        {{-1, -1, -1, 64, 7 * S}, 64, 7 * S}, /* will be used up by those under way */
        {{-1, -1, -1, 65, 7 * S}, 64, 0},
        {{-1, -1, -1, 0, -1}, 64, 0}, /* until when is not known */
        {{-1, -1, -1, -1, 7 * S}, 64, 0},
        {{-1, 0, 60 * S, -1, -1}, 0, 0},     /* a limit of 0 says nothing */
        {{-1, 1000, -1, -1, -1}, 0, 0},      /* a limit without window neither */
        {{-1, 20000, 60 * S, -1, -1}, 0, 0}, /* a higher one is not ours to take */
        {{-1, 10000, 60 * S, -1, -1}, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct limit l;
        int64_t now = START + 60 * S;
        limit_init(&l, 10000, 60 * S, 64, START);
        int64_t interval = l.interval_ns;
        limit_observe(&l, &cases[i].facts, cases[i].in_flight, now);
        if (limit_wait(&l, now) != cases[i].wait || l.interval_ns != interval || l.count != 10000)
            fail_msg("case %zu: waits %lld", i, (long long)limit_wait(&l, now));
    }
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
        const struct rate_facts facts = {-1, cases[i].limit, cases[i].limit_window_ns, -1, -1};
        int64_t now = START;
        limit_init(&l, cases[i].count, cases[i].window_ns, cases[i].burst, now);
        for (int k = 0; k < 500; k++)
            now += limit_take(&l, now);
        now += 7200 * S; /* all is saved up */
        theirs = (struct witness){.count = cases[i].limit, .span_ns = cases[i].limit_window_ns};
        limit_observe(&l, &facts, 1, now);
        while (theirs.total < (uint64_t)(5 * cases[i].limit + 50)) {
            int64_t wait = limit_take(&l, now);
            if (wait == 0) {
                witness_see(&theirs, now);
                limit_observe(&l, &facts, 1, now); /* each answer says it again */
            }
            now += wait;
        }
    }
}

static void an_adopted_limit_is_the_servers(void **state)
{
    (void)state;
    struct limit l;
    const struct rate_facts facts = {-1, 1000, 60 * S, -1, -1};
    int64_t now = START + 60 * S, end = now + 3600 * S, sent = 0;
    limit_init(&l, 10000, 60 * S, 64, START);
    limit_observe(&l, &facts, 0, now);
    assert_int_equal(l.count, 1000);
    assert_int_equal(l.window_ns, 60 * S);
    assert_int_equal(limit_wait(&l, now), l.interval_ns); /* what was saved up is forgotten */
    while (now < end) {
        int64_t wait = limit_take(&l, now);
        sent += wait == 0;
        if (wait == 0)
            limit_observe(&l, &facts, 0, now);
        now += wait;
    }
    assert_true(sent <= 60 * 1000);
    assert_true(sent >= 60 * 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_ever_holds_more_than_its_count),
        cmocka_unit_test(delays_up_to_the_skew_are_allowed_for),
        cmocka_unit_test(a_limit_is_used_nearly_whole),
        cmocka_unit_test(a_new_limiter_has_nothing_saved_up),
        cmocka_unit_test(what_was_saved_up_may_leave_at_once),
        cmocka_unit_test(a_count_of_none_is_no_limit_but_holds_are_kept),
        cmocka_unit_test(holds_never_shorten_each_other),
        cmocka_unit_test(answers_are_learnt_from),
        cmocka_unit_test(a_lower_limit_is_adopted_and_kept),
        cmocka_unit_test(an_adopted_limit_is_the_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
