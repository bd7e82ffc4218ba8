/* settle: when to ask, in simulated queues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/settle.h"

#include "fixture.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define START (INT64_C(777) * S)
#define CLAIMS_MAX 4000

static void test_first_question(void **state)
{
    struct settle s;

    (void)state;
    settle_init(&s, 300 * S, START);
    assert_int_equal(settle_due(&s, START, 0, START), START + SETTLE_FIRST_START_NS);
    /* it counts from the acceptance, also when it is asked for late */
    assert_int_equal(settle_due(&s, START, 0, START + 10 * S), START + SETTLE_FIRST_START_NS);
}

static void test_later_questions(void **state)
{
    static const struct {
        int64_t age, gap;
    } cases[] = {
        {1, SETTLE_GAP_MIN_NS}, {S, 500 * MS},     {1100 * MS, 550 * MS},         {4 * S, 2 * S},
        {119 * S, 59500 * MS},  {120 * S, 60 * S}, {1000 * S, SETTLE_GAP_MAX_NS},
    };
    struct settle s;

    (void)state;
    settle_init(&s, 100000 * S, START);
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t now = START + cases[i].age;
        for (unsigned asked = 1; asked < 4; asked++)
            assert_int_equal(settle_due(&s, START, asked, now), now + cases[i].gap);
    }
}

static void test_learning(void **state)
{
    struct settle s;
    int64_t before;

    (void)state;
    settle_init(&s, 300 * S, START);
    before = s.first_ns;
    settle_learn(&s, START, 1, true, START + s.first_ns); /* ready at once: a little sooner */
    assert_true(s.first_ns < before && s.first_ns > before * 9 / 10);
    before = s.first_ns;
    settle_learn(&s, START, 2, true, START + 2 * S); /* ready later: that tells nothing */
    assert_int_equal(s.first_ns, before);
    settle_learn(&s, START, 1, false, START + 4 * S); /* waited in vain: later */
    assert_true(s.first_ns >= 4 * S && s.first_ns <= 6 * S);
    before = s.first_ns;
    settle_learn(&s, START, 1, false, START + S); /* less than what is known already */
    assert_int_equal(s.first_ns, before);
}

static void test_learning_has_bounds(void **state)
{
    struct settle s;

    (void)state;
    settle_init(&s, 300 * S, START);
    for (int i = 1; i <= 1000; i++)
        settle_learn(&s, START + i * 10 * S, 1, true, START + i * 10 * S + s.first_ns);
    assert_int_equal(s.first_ns, SETTLE_FIRST_MIN_NS);
    settle_learn(&s, START, 9, false, START + 86400 * S);
    assert_int_equal(s.first_ns, SETTLE_FIRST_MAX_NS);
}

static void test_deadline(void **state)
{
    struct settle s;

    (void)state;
    settle_init(&s, 300 * S, START);
    assert_false(settle_over(&s, START, START + 300 * S - 1));
    assert_true(settle_over(&s, START, START + 300 * S));
    /* never asked after it, and once at it */
    assert_int_equal(settle_due(&s, START, 5, START + 290 * S), START + 300 * S);
    /* accepted later: its own time */
    assert_false(settle_over(&s, START + 100 * S, START + 399 * S));
    assert_true(settle_over(&s, START + 100 * S, START + 400 * S));
    /* the queue moves: it begins anew, for all */
    settle_learn(&s, START + 200 * S, 3, true, START + 250 * S);
    assert_false(settle_over(&s, START, START + 549 * S));
    assert_true(settle_over(&s, START, START + 550 * S));
    /* an answer that nothing has happened is no movement */
    settle_learn(&s, START, 4, false, START + 500 * S);
    assert_true(settle_over(&s, START, START + 550 * S));
}

static void test_first_question_before_a_short_deadline(void **state)
{
    struct settle s;

    (void)state;
    settle_init(&s, 500 * MS, START);
    assert_int_equal(settle_due(&s, START, 0, START), START + 500 * MS);
    settle_init(&s, 0, START);
    assert_int_equal(settle_due(&s, START + S, 0, START + S), START + S);
    assert_true(settle_over(&s, START + S, START + S));
}

/* ---- queues ---- */

struct claim {
    int64_t accepted, done, due;
    unsigned asked;
    bool settled, given_up;
};
static struct claim claims[CLAIMS_MAX];

/* Asks about n claims until all are settled; the number of questions about those from `from` on. */
static unsigned run_queue(struct settle *s, size_t n, size_t from, unsigned *most)
{
    unsigned questions = 0;

    *most = 0;
    for (size_t i = 0; i < n; i++)
        claims[i].due = -1;
    for (;;) {
        struct claim *next = NULL;
        int64_t now = INT64_MAX;

        for (size_t i = 0; i < n; i++) { /* the next thing to happen */
            int64_t when = claims[i].due < 0 ? claims[i].accepted : claims[i].due;
            if (!claims[i].settled && !claims[i].given_up && when < now) {
                now = when;
                next = &claims[i];
            }
        }
        if (!next)
            return questions;
        if (next->due < 0) {
            next->due = settle_due(s, next->accepted, 0, now);
            continue;
        }
        next->settled = now >= next->done;
        next->asked++;
        settle_learn(s, next->accepted, next->asked, next->settled, now);
        questions += next >= claims + from;
        *most = next->asked > *most ? next->asked : *most;
        if (!next->settled && settle_over(s, next->accepted, now))
            next->given_up = true;
        else if (!next->settled)
            next->due = settle_due(s, next->accepted, next->asked, now);
    }
}

/* n claims, one accepted each gap, each done so long afterwards. */
static void steady(size_t n, int64_t gap, int64_t wait)
{
    memset(claims, 0, sizeof claims);
    for (size_t i = 0; i < n; i++) {
        claims[i].accepted = START + (int64_t)i * gap;
        claims[i].done = claims[i].accepted + wait;
    }
}

static void test_steady_queues(void **state)
{
    static const struct {
        const char *what;
        int64_t gap, wait;
    } cases[] = {
        {"instant", 20 * MS, 0},
        {"two seconds", 20 * MS, 2 * S},
        {"one claim a second, 500 waiting", S, 500 * S},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct settle s;
        unsigned most, questions;
        size_t n = 3000, learnt = 1000;

        settle_init(&s, 300 * S, START);
        steady(n, cases[i].gap, cases[i].wait);
        questions = run_queue(&s, n, learnt, &most);
        for (size_t k = 0; k < n; k++)
            if (claims[k].given_up && cases[i].wait < 300 * S)
                fail_msg("%s: claim %zu was given up", cases[i].what, k);
        if (questions * 10 > (n - learnt) * 13)
            fail_msg("%s: %u questions for %zu claims", cases[i].what, questions, n - learnt);
    }
}

/* What is asked in vain grows with the logarithm of the wait. */
static void test_questions_of_one_claim(void **state)
{
    static const struct {
        int64_t wait;
        unsigned most;
    } cases[] = {{0, 1}, {S, 2}, {2 * S, 4}, {20 * S, 10}, {100 * S, 14}, {3600 * S, 80}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct settle s;
        unsigned most;

        settle_init(&s, 86400 * S, START);
        steady(1, 0, cases[i].wait);
        run_queue(&s, 1, 0, &most);
        assert_true(claims[0].settled);
        if (most > cases[i].most)
            fail_msg("%lld s: %u questions", (long long)(cases[i].wait / S), most);
    }
}

/* 500 accepted at once, worked off one a second: none is given up, though the last waits for longer
 * than the timeout, for the queue moves. */
static void test_burst_over_a_slow_queue(void **state)
{
    struct settle s;
    unsigned most, questions;
    size_t n = 500;

    (void)state;
    settle_init(&s, 60 * S, START);
    memset(claims, 0, sizeof claims);
    for (size_t i = 0; i < n; i++) {
        claims[i].accepted = START + (int64_t)i * MS;
        claims[i].done = START + (int64_t)(i + 1) * S;
    }
    questions = run_queue(&s, n, 0, &most);
    for (size_t i = 0; i < n; i++)
        assert_true(claims[i].settled);
    assert_in_range(most, 1, 30);
    assert_in_range(questions, n, 20 * n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_question),
        cmocka_unit_test(test_later_questions),
        cmocka_unit_test(test_learning),
        cmocka_unit_test(test_learning_has_bounds),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_first_question_before_a_short_deadline),
        cmocka_unit_test(test_steady_queues),
        cmocka_unit_test(test_questions_of_one_claim),
        cmocka_unit_test(test_burst_over_a_slow_queue),
    };

    return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
