/* wholes: which columns are of whole numbers, and which a spreadsheet has rounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/cell.h"
#include "policy/wholes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define CELLS 6

static struct wholes of(const char *const *cells)
{
    struct wholes w = {.line = 0};

    for (size_t i = 0; i < CELLS && cells[i]; i++)
        wholes_add(&w, slice_of(cells[i]), i + 2);
    return w;
}

static void zeros_go_from_whole_numbers(void **state)
{
    static const struct {
        const char *cells[CELLS], *in, *out;
    } cases[] = {
        {{"12345", "12345.0", "12345.00"}, "12345.0", "12345"},
        {{"12345.0"}, "12345.0", "12345"},
        {{"7.0", "", "NaN", "NULL", "-"}, "7.0", "7"},
        {{"7,0", "8"}, "7,0", "7"},
        {{"=\"7.0\"", "8"}, "=\"7.0\"", "7"},
        {{"007.0", "8"}, "007.0", "007"},
        {{"12345.000"}, "12345.000", "12345"},
        {{"7.0", "A-7"}, "7.0", "7.0"},
        {{"1.0", "1.1", "2.0"}, "1.0", "1.0"},
        {{"1.0", "1.0.0"}, "1.0", "1.0"},
        {{"12.000", "7"}, "12.000", "12.000"}, /* twelve thousand? */
        {{"7.0", "1.23E+11"}, "7.0", "7.0"},
        {{"7."}, "7.", "7."},
        {{".0"}, ".0", ".0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wholes w = of(cases[i].cells);
        struct slice got = wholes_value(&w, slice_of(cases[i].in));

        if (!slice_equal(got, slice_of(cases[i].out)))
            fail_msg("%zu: %.*s", i, (int)got.len, got.ptr);
    }
    assert_int_equal(wholes_value(NULL, slice_of("7.0")).len, 3);
}

static void zeros_are_told(void **state)
{
    static const char *const with[] = {"1.0", "12,00", "12.000", "0.0"};
    static const char *const without[] = {"",     "1",    "1.",    ".0",  "1.01",
                                          "1.0x", "v1.0", "1.0.0", "-1.0"};

    (void)state;
    for (size_t i = 0; i < COUNT(with); i++)
        assert_true(cell_has_zeros(slice_of(with[i])));
    for (size_t i = 0; i < COUNT(without); i++)
        assert_false(cell_has_zeros(slice_of(without[i])));
}

static void rounded_numbers_are_told(void **state)
{
    static const struct {
        const char *cells[CELLS];
        bool rounded;
    } cases[] = {
        {{"123456789012345000", "223456789012346000"}, true},
        {{"123456789012345000"}, true}, /* three zeros are no chance */
        {{"1234567890123450", "2234567890123460"}, true},
        {{"1234567890123450", "7", "2234567890123460", "x"}, true},
        {{"123456789012345000", "NULL", "12"}, true},
        {{"123456789012345000.0"}, true},
        {{"1234567890123450"}, false},
        {{"1234567890123450", "1234567890123450"}, false}, /* one person twice */
        {{"123456789012345000", "123456789012345678"}, false},
        {{"123456789012345678", "123456789012345000"}, false},
        {{"123456789012345000", "10", "20"}, false}, /* ids that end so */
        {{"123456789012345"}, false},
        {{"x123456789012345000"}, false},
        {{"0x123456789012345000"}, false},
        {{"1.23E+17"}, false},
        /* one that was typed in, among those that are rounded */
        {{"123456789012345000", "223456789012345000", "323456789012345678"}, true},
        {{"323456789012345678", "12345678901234500", "22345678901234500", "7"}, true},
        {{"123456789012345000", "223456789012345000", "32345678901234567", "10"}, true},
        {{"123456789012345000.0", "323456789012345678", "x", "223456789012345000.0"}, true},
        {{"123456789012345000", "123456789012345000", "323456789012345678"}, false},
        {{"1234567890123450", "2234567890123460", "3234567890123456"}, false},
        {{NULL}, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wholes w = of(cases[i].cells);

        if (wholes_are_rounded(&w) != cases[i].rounded)
            fail_msg("%zu", i);
    }
    struct wholes w = of((const char *const[CELLS]){"x", "123456789012345000", NULL});
    assert_int_equal(w.line, 3);
    assert_string_equal(w.shown, "123456789012345000");
}

/* n numbers of so many digits, of which z end in zeros; each so many times. */
static struct wholes column(uint64_t n, uint64_t z, int digits, int times)
{
    struct wholes w = {.line = 0};
    char cell[40];

    for (int t = 0; t < times; t++)
        for (uint64_t i = 0; i < n; i++) {
            int len = snprintf(cell, sizeof(cell), "%015" PRIu64, UINT64_C(123456000000000) + i);

            for (; len < digits; len++)
                cell[len] = i < z ? '0' : i % 7 ? '1' + (char)(i % 7) : '5';
            wholes_add(&w, (struct slice){cell, (size_t)len}, i + 2);
        }
    return w;
}

/* As many as chance makes, or more. */
static void rounded_ones_are_told_from_chance(void **state)
{
    static const struct {
        uint64_t n, z;
        int digits, times;
        bool rounded;
    } cases[] = {
        {16, 5, 16, 1, false},       {16, 8, 16, 1, true},        {1000, 100, 16, 1, false},
        {1000, 160, 16, 1, false},   {1000, 500, 16, 1, true},    {100, 1, 18, 1, false},
        {100, 3, 18, 1, true},       {1000, 2, 18, 1, false},     {1000, 10, 18, 1, true},
        {50000, 50, 18, 1, false},   {50000, 80, 18, 1, false},   {50000, 500, 18, 1, true},
        {500, 1, 18, 60, false},     {500, 60, 17, 20, true},     {60, 2, 17, 100, false},
        {20000, 2000, 16, 3, false}, {20000, 12000, 16, 3, true}, {64, 2, 19, 1, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wholes w = column(cases[i].n, cases[i].z, cases[i].digits, cases[i].times);

        if (wholes_are_rounded(&w) != cases[i].rounded)
            fail_msg("%zu", i);
    }
}

/* The bound is that of the header. */
static void chance_is_bounded(void **state)
{
    (void)state;
    assert_false(wholes_is_no_chance(1, 0.001, 1));
    assert_false(wholes_is_no_chance(10, 1, 1.9));
    assert_true(wholes_is_no_chance(3, 0.03, 2)); /* 0.0007 */
    assert_false(wholes_is_no_chance(3, 0.3, 2)); /* 0.068 */
    assert_false(wholes_is_no_chance(4, 0.4, 3)); /* 0.0085 */
    assert_true(wholes_is_no_chance(5, 0.5, 4));  /* 0.0011 */
    assert_true(wholes_is_no_chance(3, 0.3, 3));  /* 0.001 */
    assert_false(wholes_is_no_chance(1e7, 1e6, 1.9e6));
    assert_true(wholes_is_no_chance(1e7, 1e6, 2e6));
}

static void different_texts_are_counted(void **state)
{
    struct distinct d = {.n = 0};

    (void)state;
    assert_true(distinct_count(&d) < 1);
    for (uint64_t i = 0; i < 3 * 100000; i++) {
        char text[16];
        double count, in = (double)(i < 100000 ? i + 1 : 100000);

        snprintf(text, sizeof(text), "%" PRIu64, i % 100000);
        distinct_add(&d, slice_of(text));
        count = distinct_count(&d);
        if (in <= DISTINCT_KEPT ? count < in || count > in : count < in / 2 || count > in * 2)
            fail_msg("%g of %g", count, in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_go_from_whole_numbers),
        cmocka_unit_test(zeros_are_told),
        cmocka_unit_test(rounded_numbers_are_told),
        cmocka_unit_test(rounded_ones_are_told_from_chance),
        cmocka_unit_test(chance_is_bounded),
        cmocka_unit_test(different_texts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
