/* records: the words of the status column are those of the design. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/records.h"

static void every_status_has_its_word(void **state)
{
    (void)state;
    static const char *const words[] = {"success",   "failed",  "pending", "unknown",
                                        "duplicate", "skipped", "invalid", "unsent"};
    assert_int_equal(sizeof words / sizeof words[0], STATUS_COUNT);
    for (unsigned i = 0; i < STATUS_COUNT; i++)
        assert_string_equal(status_name((enum status)i), words[i]);
}

static void a_status_that_is_none_is_no_crash(void **state)
{
    (void)state;
    assert_string_equal(status_name(STATUS_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_word),
        cmocka_unit_test(a_status_that_is_none_is_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
