/* sample: which rows are taken, how many, and how they lie. */
#include "policy/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void rows_are_read(void **state)
{
    static const struct {
        const char *value;
        uint64_t first, last;
    } right[] = {
        {"5-10", 5, 10}, {"5-", 5, 0},  {"-10", 0, 10},
        {"5", 5, 5},     {"1-1", 1, 1}, {"9223372036854775807", INT64_MAX, INT64_MAX},
    };
    static const char *const wrong[] = {
        "",
        "-",
        "0",
        "0-5",
        "5-0",
        "10-5",
        "a",
        "5-b",
        "5 ",
        " 5-6",
        "+5",
        "5--6",
        "-5-",
        "5-6-",
        "--5",
        "1.5",
        "9223372036854775808",
        "1-18446744073709551616",
        "00000000000000000000000000000000000000000000000000000000000000000000001",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(right); i++) {
        struct sample s = {.spread = 3, .limit = 4};

        assert_int_equal(sample_read_rows(&s, right[i].value), 0);
        assert_int_equal(s.first, right[i].first);
        assert_int_equal(s.last, right[i].last);
        assert_int_equal(s.spread + s.limit, 7);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct sample s = {.first = 1, .last = 2};

        if (sample_read_rows(&s, wrong[i]) != -1)
            fail_msg("\"%s\" is taken", wrong[i]);
        assert_int_equal(s.first * 10 + s.last, 12);
    }
}

static void rows_are_taken(void **state)
{
    static const struct {
        struct sample s;
        const char *rows; /* one a character: 1 is taken */
    } cases[] = {
        {{0}, "1111111111"},
        {{.first = 3, .last = 5}, "0011100000"},
        {{.first = 9}, "0000000011"},
        {{.last = 2}, "1100000000"},
        {{.first = 11}, "0000000000"},
        {{.first = 9, .last = 99}, "0000000011"},
        {{.limit = 1}, "1111111111"}, /* a matter of sample_allows */
        {{.spread = 1}, "0000100000"},
        {{.spread = 2}, "0010000100"},
        {{.spread = 5}, "1010101010"},
        {{.spread = 10}, "1111111111"},
        {{.spread = 99}, "1111111111"},
        {{.spread = UINT64_MAX}, "1111111111"},
        {{.first = 3, .last = 5, .spread = 1}, "0001000000"},
        {{.first = 5, .spread = 2}, "0000010010"},
        {{.first = 9, .last = 99, .spread = 1}, "0000000010"},
        {{.first = 11, .spread = 1}, "0000000000"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t total = strlen(cases[i].rows);

        for (size_t row = 1; row <= total; row++) {
            char why[SAMPLE_TEXT_MAX] = "";
            bool takes = sample_takes(&cases[i].s, row, total, why);

            if (takes != (cases[i].rows[row - 1] == '1'))
                fail_msg("case %zu, row %zu", i, row);
            assert_int_equal(why[0] == '\0', takes);
        }
    }
}

/* So many as asked for, and each n-th part of the rows has its one. */
static void a_spread_is_exact_and_even(void **state)
{
    char why[SAMPLE_TEXT_MAX];

    (void)state;
    for (uint64_t total = 1; total <= 60; total++)
        for (uint64_t n = 1; n <= total; n++) {
            struct sample s = {.spread = n};
            uint64_t taken = 0;

            for (uint64_t row = 1; row <= total; row++)
                if (sample_takes(&s, row, total, why)) {
                    /* row - 1/2 lies in the taken-th part, or on its border */
                    assert_true((2 * row) * n >= 2 * taken * total);
                    assert_true((2 * row - 2) * n <= 2 * (taken + 1) * total);
                    taken++;
                }
            assert_int_equal(taken, n);
        }
}

static void large_files_do_not_overflow(void **state)
{
    const uint64_t total = INT64_MAX, n = total / 2 + 1;
    struct sample s = {.spread = n};
    char why[SAMPLE_TEXT_MAX];
    unsigned taken = 0;

    (void)state;
    for (uint64_t row = total - 99; row <= total; row++)
        taken += sample_takes(&s, row, total, why);
    assert_in_range(taken, 49, 51);
}

/* An input may have grown since its rows were counted. */
static void rows_beyond_the_total_are_in_no_spread(void **state)
{
    char why[SAMPLE_TEXT_MAX];

    (void)state;
    assert_false(sample_takes(&(struct sample){.spread = 2}, 1, 0, why));
    assert_false(sample_takes(&(struct sample){.spread = 2}, 11, 10, why));
    assert_true(sample_takes(&(struct sample){0}, 11, 10, why));
}

static void reasons_say_which_rule(void **state)
{
    static const struct {
        struct sample s;
        const char *why;
    } cases[] = {
        {{.first = 5, .last = 10}, "outside --rows 5-10"},
        {{.first = 5}, "outside --rows 5-"},
        {{.last = 2}, "outside --rows -2"},
        {{.spread = 1}, "not in --sample 1"},
        {{.first = UINT64_MAX - 1, .last = UINT64_MAX},
         "outside --rows 18446744073709551614-18446744073709551615"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char why[SAMPLE_TEXT_MAX];

        assert_false(sample_takes(&cases[i].s, 4, 100, why));
        assert_string_equal(why, cases[i].why);
    }
}

static void a_limit_allows_so_many(void **state)
{
    (void)state;
    assert_true(sample_allows(&(struct sample){0}, UINT64_MAX));
    assert_true(sample_allows(&(struct sample){.limit = 3}, 2));
    assert_false(sample_allows(&(struct sample){.limit = 3}, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read),
        cmocka_unit_test(rows_are_taken),
        cmocka_unit_test(a_spread_is_exact_and_even),
        cmocka_unit_test(large_files_do_not_overflow),
        cmocka_unit_test(rows_beyond_the_total_are_in_no_spread),
        cmocka_unit_test(reasons_say_which_rule),
        cmocka_unit_test(a_limit_allows_so_many),
    };

    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
