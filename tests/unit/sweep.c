/* sweep: when a list is read, how far, and when no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/sweep.h"

#include "fixture.h"

#define S INT64_C(1000000000)
#define MS INT64_C(1000000)
#define NOW (INT64_C(1000) * S)

static void test_due(void **state)
{
    struct sweep s = {.began_ns = 0};

    (void)state;
    assert_int_equal(sweep_due(&s, NOW, NOW + S), NOW + S);
    s = (struct sweep){.began_ns = NOW, .gap_ns = 7 * S};
    assert_int_equal(sweep_due(&s, NOW - S, NOW), NOW + 7 * S);
    /* a queue that was empty: how fast another one moved says nothing of it */
    assert_int_equal(sweep_due(&s, NOW + 3 * S, NOW + 4 * S), NOW + 4 * S);
    assert_int_equal(sweep_due(&s, NOW + 1, NOW + 2), NOW + SWEEP_GAP_MIN_NS);
}

static void test_gaps(void **state)
{
    static const struct {
        int64_t since_ns;
        size_t found, left;
        int64_t gap_ns;
    } cases[] = {
        {S, 100, SIZE_MAX, S},              /* four pages */
        {S, 1000, SIZE_MAX, 500 * MS},      /* never sooner */
        {S, 50, SIZE_MAX, 2 * S},           /* four pages */
        {S, 20, SIZE_MAX, 2 * S},           /* not four, but one */
        {S, 5, SIZE_MAX, 5 * S},            /* one page */
        {S, 1, SIZE_MAX, SWEEP_GAP_MAX_NS}, /* never later */
        {S, 5, 10, 2 * S},                  /* all that is left */
        {S, 1, 3, 3 * S},                   /* likewise */
        {10 * S, 0, SIZE_MAX, 5 * S},       /* nothing: half as long again */
        {1, 0, 5, SWEEP_GAP_MIN_NS},
        {1000 * S, 0, 5, SWEEP_GAP_IDLE_MAX_NS},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sweep s = {.began_ns = NOW - cases[i].since_ns};
        struct sweep_reading r = {.began_ns = NOW,
                                  .oldest_ns = NOW - cases[i].since_ns,
                                  .pages = 1,
                                  .found = cases[i].found};

        sweep_learn(&s, &r, cases[i].left, NOW);
        assert_int_equal(s.gap_ns, cases[i].gap_ns);
        assert_int_equal(s.began_ns, NOW);
        assert_false(s.given_up);
    }
}

static void test_how_far(void **state)
{
    struct sweep_reading r = {.pages = 1};

    (void)state;
    assert_true(sweep_goes_on(&r, 1));
    assert_false(sweep_goes_on(&r, 0));
    r.marked = true;
    assert_false(sweep_goes_on(&r, 1));
    r = (struct sweep_reading){.pages = 9, .barren = SWEEP_BARREN_MAX - 1};
    assert_true(sweep_goes_on(&r, 1));
    r.barren++;
    assert_false(sweep_goes_on(&r, 1));
    assert_true(sweep_goes_on(&r, SWEEP_PAGE));
    r = (struct sweep_reading){.pages = SWEEP_PAGES_MAX};
    assert_false(sweep_goes_on(&r, 1));
}

/* Pages that are full of others' are done without, soon; and what was saved before does not pay for them for ever. */
static void test_flood(void **state)
{
    struct sweep s = {.began_ns = 0};
    struct sweep_reading good = {.pages = 4, .found = 100}, bad = {.pages = 3, .others = true};
    unsigned readings = 0;

    (void)state;
    assert_false(sweep_pays(&s, SWEEP_LEAST - 1));
    assert_true(sweep_pays(&s, SWEEP_LEAST));
    for (unsigned i = 0; i < 1000; i++)
        sweep_learn(&s, &good, 100, NOW);
    while (sweep_pays(&s, 100) && readings < 100) {
        sweep_learn(&s, &bad, 100, NOW);
        readings++;
    }
    assert_in_range(readings, 5, (SWEEP_LOSS_MAX + SWEEP_SAVED_MAX) / 3 + 1);
    assert_false(sweep_pays(&s, 10000));
}

/* A queue that stands still costs a page a reading, and is no reason to ask about each. */
static void test_standstill(void **state)
{
    struct sweep s = {.began_ns = 0};
    struct sweep_reading still = {.pages = 1, .barren = 1, .marked = true};

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        sweep_learn(&s, &still, 100, NOW);
    assert_true(sweep_pays(&s, 100));
}

/* A list that does not show what is known to be there. */
static void test_blind(void **state)
{
    struct sweep s = {.began_ns = 0};
    struct sweep_reading blind = {.pages = 1, .unseen = true}, seen = {.pages = 1, .found = 1};

    (void)state;
    for (unsigned i = 1; i < SWEEP_BLIND_MAX; i++)
        sweep_learn(&s, &blind, 100, NOW);
    sweep_learn(&s, &seen, 100, NOW);
    assert_true(sweep_pays(&s, 100));
    for (unsigned i = 0; i < SWEEP_BLIND_MAX; i++)
        sweep_learn(&s, &blind, 100, NOW);
    assert_false(sweep_pays(&s, 100));
}

static void test_cost(void **state)
{
    (void)state;
    assert_int_equal(sweep_cost(0), 0);
    assert_int_equal(sweep_cost(2), 2);
    assert_int_equal(sweep_cost(3), 1);
    assert_int_equal(sweep_cost(10000), 501);
    assert_int_equal(sweep_cost_of(0, 0), 0);
    assert_int_equal(sweep_cost_of(10, 10), 10);
    assert_int_equal(sweep_cost_of(1000, 2), 54);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_how_far),    cmocka_unit_test(test_flood),
        cmocka_unit_test(test_standstill), cmocka_unit_test(test_blind),
        cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
