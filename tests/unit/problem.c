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

/* What a date in the name makes no other kind, and what does. */
static void test_kind(void **state)
{
    static const struct {
        const char *path, *kind;
    } cases[] = {
        {"-", "-"},
        {"/in/export.csv", "/in/export.csv"},
        {"/in/export-2026-11-30.csv", "/in/export-*.csv"},
        {"/in/export-2026-12-1.csv", "/in/export-*.csv"},
        {"/in/export-20261130.csv", "/in/export-*.csv"},
        {"/in/export_2026_11_30.csv", "/in/export_*.csv"},
        {"/in/30.11.2026.csv", "/in/*.csv"},
        {"/in/11-30-2026.csv", "/in/*.csv"},
        {"/2026-11-30/export.csv", "/*/export.csv"},
        {"/in/a 2026-11-30 10.15.csv", "/in/a *.csv"},
        {"/in/a_20261130-1015.csv", "/in/a_*.csv"},
        {"/in/a_20261130101559.csv", "/in/a_*.csv"},
        {"/in/a2026-11-30T10-15-59-123Z.csv", "/in/a*Z.csv"},
        {"/in/a2026-11-30T10:15:59.csv", "/in/a*.csv"},
        {"/in/export (1).csv", "/in/export.csv"},
        {"/in/export(12).csv", "/in/export.csv"},
        {"/in/export-2026-11-30 (1).csv.gz", "/in/export-*.csv.gz"},
        /* these tell one course from another */
        {"/in/course-101.csv", "/in/course-101.csv"},
        {"/in/course-20.csv", "/in/course-20.csv"},
        {"/in/order-12345678.csv", "/in/order-12345678.csv"},
        {"/in/x120261130.csv", "/in/x120261130.csv"},
        {"/in/2026-11-301.csv", "/in/2026-11-301.csv"},
        {"/in/2026-13-40.csv", "/in/2026-13-40.csv"},
        {"/in/2026-11-30-7.csv", "/in/*-7.csv"},
        {"/in/2026-11.csv", "/in/2026-11.csv"},
        {"/in/course (101).csv", "/in/course (101).csv"},
        {"/in/course (1) b.csv", "/in/course (1) b.csv"},
    };
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&t);
        problem_append_kind(&t, cases[i].path);
        assert_string_equal(t.ptr, cases[i].kind);
    }
    text_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fails),
        cmocka_unit_test(test_reason),
        cmocka_unit_test(test_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
