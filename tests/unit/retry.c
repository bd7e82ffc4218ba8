/* retry: back-off within its bounds, and uniform. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "policy/retry.h"

#define MS INT64_C(1000000)

static void the_ceiling_doubles_up_to_the_cap(void **state)
{
    (void)state;
    static const struct {
        unsigned tries;
        int64_t ceiling;
    } cases[] = {
        {1, 500 * MS},     {2, 1000 * MS},    {3, 2000 * MS},     {6, 16000 * MS},
        {7, RETRY_CAP_NS}, {8, RETRY_CAP_NS}, {64, RETRY_CAP_NS}, {UINT32_MAX, RETRY_CAP_NS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ceiling = cases[i].ceiling, sum = 0;
        uint64_t random = i;
        assert_int_equal(retry_backoff_ns(cases[i].tries, (uint64_t)ceiling), ceiling);
        assert_int_equal(retry_backoff_ns(cases[i].tries, (uint64_t)ceiling + 1), 0);
        for (int k = 0; k < 10000; k++) {
            int64_t wait = retry_backoff_ns(cases[i].tries, retry_random(&random));
            assert_true(wait >= 0 && wait <= ceiling);
            sum += wait / 10000;
        }
        assert_true(sum > ceiling * 48 / 100 && sum < ceiling * 52 / 100);
    }
}

static void the_stream_is_splitmix64(void **state)
{
    (void)state;
    /* from the reference implementation, seed 1234567 */
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
    uint64_t random = 1234567;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(retry_random(&random) == expected[i]);
}

static void what_is_put_off_waits_longer_each_time(void **state)
{
    (void)state;
    static const int64_t waits[] = {1, 2, 4, 8};
    int64_t sum = 0;

    for (unsigned tries = 1; tries <= 4; tries++) {
        assert_int_equal(retry_later_ns(tries, 16 * 60 * CLOCK_NS_PER_S),
                         waits[tries - 1] * 60 * CLOCK_NS_PER_S);
        sum += retry_later_ns(tries, 16 * 60 * CLOCK_NS_PER_S);
    }
    assert_int_equal(sum, 15 * 60 * CLOCK_NS_PER_S);
    assert_int_equal(retry_later_ns(5, 16 * 60 * CLOCK_NS_PER_S), -1);
    assert_int_equal(retry_later_ns(UINT32_MAX, INT64_MAX), -1);
    assert_int_equal(retry_later_ns(0, CLOCK_NS_PER_S), -1);
    assert_int_equal(retry_later_ns(4, 0), 0); /* at once, four times */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ceiling_doubles_up_to_the_cap),
        cmocka_unit_test(the_stream_is_splitmix64),
        cmocka_unit_test(what_is_put_off_waits_longer_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
