/* flow: how many requests are under way, as a server is well and is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/flow.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

/* A round: as many as are allowed leave, and are answered after took_ns.  The time after it. */
static int64_t play(struct flow *f, struct flow_times *times, int64_t took_ns, int64_t now)
{
    size_t n = flow_allows(f);

    for (size_t i = 0; i < n; i++)
        flow_answered(f, n, times, now, now + took_ns);
    return now + took_ns;
}

static void opens_fast_up_to_the_most(void **state)
{
    struct flow f;

    (void)state;
    flow_init(&f, 100);
    assert_int_equal(flow_allows(&f), FLOW_FIRST);
    play(&f, NULL, MS, S);
    assert_int_equal(flow_allows(&f), 2 * FLOW_FIRST);
    for (int i = 0; i < 10; i++)
        play(&f, NULL, MS, S);
    assert_int_equal(flow_allows(&f), 100);
    flow_init(&f, 3);
    assert_int_equal(flow_allows(&f), 3);
    flow_init(&f, 0);
    assert_int_equal(flow_allows(&f), 1);
}

static void is_halved_once_a_round_and_opens_slowly(void **state)
{
    struct flow f;
    int64_t now = S;

    (void)state;
    flow_init(&f, 64);
    for (int i = 0; i < 5; i++)
        now = play(&f, NULL, MS, now);
    assert_int_equal(flow_allows(&f), 64);
    for (int i = 0; i < 64; i++) /* all of them left before the first came back */
        flow_strained(&f, 64, now, now + MS);
    assert_int_equal(flow_allows(&f), 32);
    now += 2 * MS;
    for (size_t want = 32; want < 36; want++) {
        assert_int_equal(flow_allows(&f), want);
        now = play(&f, NULL, MS, now) + MS;
        now = play(&f, NULL, MS, now) + MS; /* two rounds are a bit more than one more */
        assert_in_range(flow_allows(&f), want + 1, want + 2);
        f.now = (double)want + 1;
    }
}

static void never_falls_below_one(void **state)
{
    struct flow f;

    (void)state;
    flow_init(&f, 64);
    for (int64_t now = S; now < 20 * S; now += S)
        flow_strained(&f, flow_allows(&f), now, now + MS);
    assert_int_equal(flow_allows(&f), 1);
    for (int64_t now = 30 * S; now < 40 * S; now += S)
        play(&f, NULL, MS, now);
    assert_in_range(flow_allows(&f), 3, 11);
}

/* What was allowed and not used says nothing: half of what was under way is allowed. */
static void what_is_not_filled_does_not_open(void **state)
{
    struct flow f;

    (void)state;
    flow_init(&f, 64);
    for (int i = 0; i < 100; i++)
        flow_answered(&f, 4, NULL, S, S);
    assert_int_equal(flow_allows(&f), FLOW_FIRST);
    flow_strained(&f, 4, S, S + 1);
    assert_int_equal(flow_allows(&f), 2);
}

static void answers_that_take_much_longer_are_a_strain(void **state)
{
    static const struct {
        int64_t before_ns, then_ns;
        size_t least, most; /* of those allowed in the end */
    } cases[] = {
        {100 * MS, 100 * MS, 64, 64}, {100 * MS, 350 * MS, 64, 64}, /* an everyday matter */
        {5 * MS, 80 * MS, 64, 64}, /* likewise, though it is sixteen times as much */
        {100 * MS, 3 * S, 1, 20},     {2 * S, 6 * S, 64, 64}, /* it was slow before */
        {2 * S, 30 * S, 1, 20},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct flow f;
        struct flow_times times = {0};
        int64_t now = S;

        flow_init(&f, 64);
        for (int k = 0; k < 5; k++)
            now = play(&f, &times, cases[i].before_ns, now) + 1;
        assert_int_equal(flow_allows(&f), 64);
        for (int k = 0; k < 4; k++)
            now = play(&f, &times, cases[i].then_ns, now) + 1;
        assert_in_range(flow_allows(&f), cases[i].least, cases[i].most);
    }
}

/* A server that has become slow for good is taken as it is. */
static void slow_for_good_is_the_new_usual(void **state)
{
    struct flow f;
    struct flow_times times = {0};
    int64_t now = S;

    (void)state;
    flow_init(&f, 8);
    for (int k = 0; k < 50; k++)
        now = play(&f, &times, 50 * MS, now) + 1;
    for (int k = 0; k < 3000; k++)
        now = play(&f, &times, 2 * S, now) + 1;
    assert_int_equal(flow_allows(&f), 8);
}

/* Refusals come quickly, and what is accepted takes its time: that is no strain. */
static void answers_of_two_speeds_do_not_end_in_one_at_a_time(void **state)
{
    struct flow f;
    struct flow_times times = {0};
    int64_t now = S;

    (void)state;
    flow_init(&f, 64);
    for (int k = 0; k < 2000; k++) {
        size_t n = flow_allows(&f);
        int64_t took = k % 4 == 0 ? 30 * MS : 800 * MS;

        for (size_t i = 0; i < n; i++)
            flow_answered(&f, n, &times, now, now + took);
        now += took + 1;
        assert_true(k < 200 || flow_allows(&f) > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_fast_up_to_the_most),
        cmocka_unit_test(is_halved_once_a_round_and_opens_slowly),
        cmocka_unit_test(never_falls_below_one),
        cmocka_unit_test(what_is_not_filled_does_not_open),
        cmocka_unit_test(answers_that_take_much_longer_are_a_strain),
        cmocka_unit_test(slow_for_good_is_the_new_usual),
        cmocka_unit_test(answers_of_two_speeds_do_not_end_in_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
