/* wholes: which columns are of whole numbers, and which a spreadsheet has rounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/cell.h"
#include "policy/wholes.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_go_from_whole_numbers),
        cmocka_unit_test(zeros_are_told),
        cmocka_unit_test(rounded_numbers_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
