/* window: what counts, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/window.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define S INT64_C(1000000000)
#define START (INT64_C(123456789) * S)

static void open_ones_count(void **state)
{
    struct window w;

    (void)state;
    window_init(&w, 3, 10 * S, START);
    assert_int_equal(window_wait(&w, 2, START), 0);
    assert_int_equal(window_wait(&w, 3, START), w.slot_ns); /* until answers come */
    assert_int_equal(window_wait(&w, 3, START + 3600 * S), w.slot_ns);
    assert_int_equal(window_wait(&w, 2, START + 3600 * S), 0);
}

static void answered_ones_count_for_a_window_and_little_more(void **state)
{
    static const int64_t windows[] = {1, 500, 250000000, S, 10 * S, 60 * S, 86400 * S};
    static const int64_t starts[] = {0, 1, S, START}; /* also soon after the machine began */

    (void)state;
    for (size_t i = 0; i < COUNT(windows); i++)
        for (size_t k = 0; k < COUNT(starts); k++) {
            struct window w;
            int64_t wait, now = starts[k];

            window_init(&w, 2, windows[i], now);
            window_put(&w, 2, now, now);
            wait = window_wait(&w, 0, now);
            assert_in_range(wait, windows[i] + 1, (WINDOW_SLOTS + 2) * w.slot_ns);
            assert_true(window_wait(&w, 0, now + wait - 1) > 0);
            assert_int_equal(window_wait(&w, 0, now + wait), 0);
            window_put(&w, 0, now + wait, now + wait);
            assert_int_equal(w.held, 0);
        }
}

static void a_later_one_counts_from_then(void **state)
{
    struct window w;
    int64_t wait;

    (void)state;
    window_init(&w, 1, 10 * S, START);
    window_put(&w, 1, START + 10 * S, START);
    wait = window_wait(&w, 0, START);
    assert_in_range(wait, 20 * S + 1, 20 * S + 3 * w.slot_ns);
    assert_int_equal(window_wait(&w, 0, START + wait), 0);
}

/* Each leaves when its own time is over. */
static void they_go_one_after_the_other(void **state)
{
    struct window w;
    int64_t now = START;

    (void)state;
    window_init(&w, 100, 10 * S, now);
    for (int i = 0; i < 100; i++)
        window_put(&w, 1, START + i * S / 20, START + i * S / 20);
    for (int i = 0; i < 100; i++) {
        now += window_wait(&w, i, now);
        assert_in_range(now - START, 10 * S + i * S / 20, 10 * S + i * S / 20 + 3 * w.slot_ns);
    }
}

static void a_count_of_none_is_no_window(void **state)
{
    struct window w;

    (void)state;
    window_init(&w, 0, 0, START);
    window_put(&w, 1000000, START, START);
    assert_int_equal(window_wait(&w, 1000000, START), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_ones_count),
        cmocka_unit_test(answered_ones_count_for_a_window_and_little_more),
        cmocka_unit_test(a_later_one_counts_from_then),
        cmocka_unit_test(they_go_one_after_the_other),
        cmocka_unit_test(a_count_of_none_is_no_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
