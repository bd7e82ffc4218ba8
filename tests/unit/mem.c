/* mem: sizes that overflow are refused, sizes of nothing are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

#include <stdlib.h>

static volatile size_t huge = SIZE_MAX; /* unknown to the compiler, which would warn */

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    assert_null(mem_zero(huge / 2, 3));
    assert_null(mem_resize(NULL, huge / 2, 3));
    assert_null(mem_resize(NULL, 3, huge / 2));
    assert_null(mem_copy("", huge));
}

static void old_memory_outlives_a_refusal(void **state)
{
    (void)state;
    char *p = mem_copy("abc", 3);
    assert_non_null(p);
    assert_null(mem_resize(p, huge / 2, 4));
    assert_string_equal(p, "abc");
    free(p);
}

static void nothing_is_not_out_of_memory(void **state)
{
    (void)state;
    void *zero = mem_zero(0, 8), *none = mem_resize(NULL, 0, 8);
    char *copy = mem_copy(NULL, 0);
    assert_non_null(zero);
    assert_non_null(none);
    none = mem_resize(none, 8, 0);
    assert_non_null(none);
    assert_string_equal(copy, "");
    free(zero);
    free(none);
    free(copy);
}

static void zeroed_memory_is_zero(void **state)
{
    (void)state;
    unsigned char *p = mem_zero(100, 10);
    assert_non_null(p);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(old_memory_outlives_a_refusal),
        cmocka_unit_test(nothing_is_not_out_of_memory),
        cmocka_unit_test(zeroed_memory_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
