/* timeline: spans, how they become longer, and words; no count is ever lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "policy/timeline.h"

#include <stdio.h>

#define BEGIN INT64_C(1788739200000)

static void test_spans(void **state)
{
    static const struct {
        int64_t at_ms[4];
        int64_t width_ms;
        size_t n;
        const char *words;
    } cases[] = {
        {{0, 99, 100, 250}, 100, 3, "2,1,1"},
        {{-5000, 0, 0, 0}, 100, 1, "4"},           /* the clock was set */
        {{0, 0, 0, 59999}, 100, 600, NULL},        /* the last that fits */
        {{0, 150, 250, 60000}, 200, 301, NULL},    /* twice as long */
        {{0, 999, 1000, 120000}, 1000, 121, NULL}, /* from a fifth of a second to a whole one */
        {{0, 0, 0, 30 * 86400000LL}, 7200000, 361, NULL}, /* a month */
        {{0, 0, 0, 5000 * 86400000LL}, 16 * 86400000LL, 313, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct timeline t;
        struct text words;

        text_init(&words);
        timeline_init(&t, BEGIN);
        for (int k = 0; k < 4; k++)
            timeline_add(&t, TIMELINE_FAILED, BEGIN + cases[i].at_ms[k], 1);
        timeline_write(&t, TIMELINE_FAILED, &words);
        assert_int_equal(t.width_ms, cases[i].width_ms);
        assert_int_equal(t.n, cases[i].n);
        assert_int_equal(timeline_sum(&t, TIMELINE_FAILED), 4);
        assert_int_equal(timeline_sum(&t, TIMELINE_ISSUED), 0);
        if (cases[i].words)
            assert_string_equal(words.ptr, cases[i].words);
        text_release(&words);
    }
}

static void test_widening(void **state)
{
    struct timeline t;

    (void)state;
    timeline_init(&t, BEGIN);
    for (int i = 0; i < 45; i++)
        timeline_add(&t, TIMELINE_ISSUED, BEGIN + i * 100, (uint64_t)i);
    timeline_add(&t, TIMELINE_REQUESTS, BEGIN + 4400, 7);
    timeline_widen(&t, 45, 100);
    assert_int_equal(t.n, 45);
    assert_int_equal(timeline_peak(&t, TIMELINE_ISSUED), 44);
    timeline_widen(&t, 5, 0);
    assert_int_equal(t.n, 5);
    assert_int_equal(t.width_ms, 1000);
    assert_int_equal(t.counts[TIMELINE_ISSUED][0], 45); /* 0 + ... + 9 */
    assert_int_equal(t.counts[TIMELINE_ISSUED][4], 210);
    assert_int_equal(t.counts[TIMELINE_REQUESTS][4], 7);
    timeline_widen(&t, 600, 60000);
    assert_int_equal(t.n, 1);
    assert_int_equal(timeline_sum(&t, TIMELINE_ISSUED), 44 * 45 / 2);
}

static void test_words(void **state)
{
    static const char *const bad[] = {"",    ",", "1,", "1,,2",       "-1",
                                      "1 2", "x", "1x", "5000000000", "99999999999999999999999"};
    struct timeline t;
    struct text words;

    (void)state;
    text_init(&words);
    timeline_init(&t, BEGIN);
    timeline_add(&t, TIMELINE_ISSUED, BEGIN + 150, 1);
    assert_int_equal(timeline_read(&t, TIMELINE_REQUESTS, 1000, "3,0,12"), 0);
    assert_int_equal(t.width_ms, 1000);
    timeline_write(&t, TIMELINE_REQUESTS, &words);
    assert_string_equal(words.ptr, "3,0,12");
    assert_int_equal(timeline_read(&t, TIMELINE_REQUESTS, 1000, words.ptr), 0); /* added */
    assert_int_equal(timeline_sum(&t, TIMELINE_REQUESTS), 30);
    assert_int_equal(timeline_sum(&t, TIMELINE_ISSUED), 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(timeline_read(&t, TIMELINE_REQUESTS, 1000, bad[i]), -1);
    assert_int_equal(timeline_read(&t, TIMELINE_REQUESTS, 0, "1"), -1);
    assert_int_equal(timeline_read(&t, TIMELINE_REQUESTS, 300, "1"), -1);
    assert_int_equal(timeline_read(&t, TIMELINE_REQUESTS, INT64_MAX, "1"), -1);
    assert_int_equal(timeline_sum(&t, TIMELINE_REQUESTS), 30);
    text_clear(&words);
    for (int i = 0; i <= TIMELINE_MAX; i++)
        text_puts(&words, i ? ",1" : "1");
    assert_int_equal(timeline_read(&t, TIMELINE_REQUESTS, 1000, words.ptr), -1);
    text_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_widening),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
