/* quantity: numbers as exports write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/quantity.h"

#include "fixture.h"

static void numbers_are_read_in_the_forms_of_exports(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        char mark;
        double value, of;
        bool is_percent;
    } cases[] = {
        {"100", 0, 100, 0, false},
        {"-3.5", 0, -3.5, 0, false},
        {"+7", 0, 7, 0, false},
        {"\xe2\x88\x92"
         "7",
         0, -7, 0, false},
        {"0", 0, 0, 0, false},
        {"007", 0, 7, 0, false},
        {".5", 0, 0.5, 0, false},
        {",5", 0, 0.5, 0, false},
        {"95%", 0, 95, 0, true},
        {" 95 % ", 0, 95, 0, true},
        {"95\xc2\xa0%", 0, 95, 0, true},
        {"79,5 %", 0, 79.5, 0, true},
        {"56.00", 0, 56, 0, false},
        {"4 / 5", 0, 4, 5, false},
        {"28.00/30", 0, 28, 30, false},
        {"28,00 / 30,00", 0, 28, 30, false},
        {"28.333333333333332", 0, 28.333333333333332, 0, false},
        {"123456789012345", 0, 123456789012345.0, 0, false},
        /* both marks */
        {"1,234.5", 0, 1234.5, 0, false},
        {"1.234,5", 0, 1234.5, 0, false},
        {"1,234.5", ',', 1234.5, 0, false}, /* what is seen counts, whatever is said */
        {"1,234,567.891", 0, 1234567.891, 0, false},
        {"-1.234.567,89", 0, -1234567.89, 0, false},
        /* one of them, twice */
        {"1,234,567", 0, 1234567, 0, false},
        {"1.234.567", 0, 1234567, 0, false},
        /* other than three digits after it, or before it what no thousands have */
        {"1,23", 0, 1.23, 0, false},
        {"1,2345", 0, 1.2345, 0, false},
        {"1234,567", 0, 1234.567, 0, false},
        {"0,123", 0, 0.123, 0, false},
        {"0.123", ',', 0.123, 0, false},
        {"95.5", ',', 95.5, 0, false},
        /* it has to be said */
        {"1.234", 0, 1.234, 0, false},
        {"1.234", '.', 1.234, 0, false},
        {"1.234", ',', 1234, 0, false},
        {"1,234", '.', 1234, 0, false},
        {"1,234", ',', 1.234, 0, false},
        /* other separators */
        {"1 234", 0, 1234, 0, false},
        {"1 234,5", 0, 1234.5, 0, false},
        {"1 234,567", 0, 1234.567, 0, false},
        {"1\xc2\xa0"
         "234\xc2\xa0"
         "567",
         0, 1234567, 0, false},
        {"1\xe2\x80\xaf"
         "234.5",
         0, 1234.5, 0, false},
        {"1'234.5", 0, 1234.5, 0, false},
        {"1\xe2\x80\x99"
         "234",
         0, 1234, 0, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct quantity q;
        if (quantity_read(slice_of(cases[i].s), cases[i].mark, &q) != QUANTITY_OK)
            fail_msg("\"%s\" is no number", cases[i].s);
        if (q.value != cases[i].value || q.of != cases[i].of || q.is_percent != cases[i].is_percent)
            fail_msg("\"%s\" is %.17g of %g", cases[i].s, q.value, q.of);
    }
}

static void what_is_no_number_is_none(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "-",
        "+",
        "%",
        ".",
        "n.a.",
        "Yes",
        "1e5",
        "1.23E+11",
        "5.03E+02",
        "1,23E+11",
        "0x10",
        "12 34",
        "1,23,4",
        "1,234,56",
        "1.2.3",
        "1 234'567",
        "1,234.567,8",
        "1.2 345",
        "12a",
        "a12",
        "1..2",
        "1,.2",
        "100.",
        "100%%",
        "% 95",
        "4 /",
        "/ 5",
        "4 / 0",
        "4 / -5",
        "4 / 5 %",
        "4 / 5 / 6",
        "8/4/2025",
        "- 5",
        "--5",
        "(5)",
        "$5",
        "2026-10-01",
        "10:50",
        "1h 13m",
        "0 123",
        "1234567890123456", /* an id */
        "123456789012345678901234567890123456789012345678901234567890123456789",
        "1 234 567 890 123 456 789 012 345 678 901 234 567 890 123 456 789 012 345 678 901",
        "inf",
        "nan",
        "\xd9\xa1" /* an Arabic-Indic one */,
        "1\xc2",
        "1\xe2\x80",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct quantity q;
        if (quantity_read(slice_of(cases[i]), 0, &q) != QUANTITY_NONE)
            fail_msg("\"%s\" is %.17g", cases[i], q.value);
    }
    struct quantity q;
    assert_int_equal(quantity_read((struct slice){NULL, 0}, 0, &q), QUANTITY_NONE);
    assert_int_equal(quantity_read((struct slice){"1\0", 2}, 0, &q), QUANTITY_NONE);
}

static void a_comma_before_three_digits_has_to_be_said(void **state)
{
    (void)state;
    static const char *const cases[] = {"1,234",         "-12,345",   "123,000%",
                                        "1,234 / 2,000", "5 / 1,234", "1,234 / 5"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct quantity q;
        assert_int_equal(quantity_read(slice_of(cases[i]), 0, &q), QUANTITY_AMBIGUOUS);
        assert_int_equal(quantity_read(slice_of(cases[i]), '.', &q), QUANTITY_OK);
        assert_int_equal(quantity_read(slice_of(cases[i]), ',', &q), QUANTITY_OK);
    }
    struct quantity q; /* what is left over makes it no number at all */
    assert_int_equal(quantity_read(slice_of("1,234 pieces"), 0, &q), QUANTITY_NONE);
}

static void equal_decimals_are_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
    } cases[] = {
        {"0.3", "0.30"},
        {"0.1", ",10000000000000000000000000000"},
        {"79.5", "79,50 %"},
        {"1234.1", "1 234,1"},
        {"0.1234567890123456", "000.12345678901234560"},
        {"99999999999.99", "99,999,999,999.990"},
        {"1.1", "+1.100000000000000000000"},
        {"0", "-0.00"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct quantity a, b;
        assert_int_equal(quantity_read(slice_of(cases[i].a), 0, &a), QUANTITY_OK);
        assert_int_equal(quantity_read(slice_of(cases[i].b), 0, &b), QUANTITY_OK);
        if (a.value != b.value)
            fail_msg("%s is %.17g, %s is %.17g", cases[i].a, a.value, cases[i].b, b.value);
    }
}

/* As the C library reads it, which rounds correctly. */
static void values_are_the_nearest_doubles(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20000; i += 7) {
        char s[32];
        struct quantity q;
        snprintf(s, sizeof s, "%u.%02u", i / 100, i % 100);
        assert_int_equal(quantity_read(slice_of(s), '.', &q), QUANTITY_OK);
        assert_true(q.value == strtod(s, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_the_forms_of_exports),
        cmocka_unit_test(what_is_no_number_is_none),
        cmocka_unit_test(a_comma_before_three_digits_has_to_be_said),
        cmocka_unit_test(equal_decimals_are_equal),
        cmocka_unit_test(values_are_the_nearest_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
