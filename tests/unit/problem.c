/* problem: which rows make a run fail, and which reasons are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/problem.h"

#include "fixture.h"

static void test_fails(void **state)
{
    static const struct {
        struct problem_counts n;
        bool fails[3]; /* by new, any, none */
    } cases[] = {
        {{0, 0, 0}, {false, false, false}}, {{3, 0, 0}, {false, true, false}},
        {{3, 1, 0}, {true, true, false}},   {{0, 0, 2}, {true, true, false}},
        {{3, 0, 2}, {true, true, false}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int on = PROBLEM_FAIL_NEW; on <= PROBLEM_FAIL_NONE; on++)
            assert_int_equal(problem_fails((enum problem_fail)on, &cases[i].n), cases[i].fails[on]);
}

static void test_reason(void **state)
{
    static const struct {
        const char *why, *same;
    } cases[] = {
        {"", ""},
        {"Incorrect password", "Incorrect password"},
        {"has no address in people.csv (line 1207): fill it in",
         "has no address in people.csv (line 0): fill it in"},
        {"lines 3 and 4", "lines 0 and 4"},
        {"failed in run 12, HTTP 500", "failed in run 0, HTTP 500"},
        {"\"0x12\" is too short: 40 hex digits", "\"0x12\" is too short: 40 hex digits"},
    };
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&t);
        problem_append_reason(&t, cases[i].why);
        assert_string_equal(t.ptr, cases[i].same);
    }
    text_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fails),
        cmocka_unit_test(test_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
