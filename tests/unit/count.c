/* count: numbers and their words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/count.h"
#include "base/text.h"

#include "fixture.h"

static void test_counts(void **state)
{
    static const struct {
        uint64_t n;
        const char *want;
    } cases[] = {
        {0, "0 requests"},
        {1, "1 request"},
        {2, "2 requests"},
        {999, "999 requests"},
        {1000, "1,000 requests"},
        {1505, "1,505 requests"},
        {123456, "123,456 requests"},
        {1234567, "1,234,567 requests"},
        {UINT64_MAX, "18,446,744,073,709,551,615 requests"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&out);
        count_put(&out, cases[i].n, "request", "requests");
        assert_string_equal(out.ptr, cases[i].want);
    }
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts)};

    return cmocka_run_group_tests_name("count", tests, NULL, NULL);
}
