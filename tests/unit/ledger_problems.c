/* ledger_problems: what a finished run has told of is known, by job, as often as it had it, until it is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_problems.h"

#include "ledger/ledger.h"
#include "ledger/ledger_care.h"
#include "ledger/ledger_internal.h"

#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define DB "ledger.db"

static struct ledger *l;

/* A run of claim `name` over `input`, which begins to gather. */
static struct ledger_run begin(const char *name, const char *input, const char *variant)
{
    static const uint8_t hash[LEDGER_HASH_SIZE];
    const struct ledger_target t = {
        .action = "claim", .url = "https://api.bitbadges.io", .name = name};
    const struct ledger_input from = {.name = input, .hash = hash, .rows = 1, .reading = ""};
    struct ledger_run run;
    struct err e = ERR_INIT;
    int64_t target;

    if (ledger_target_id(l, &t, &target, &e) != 0 ||
        ledger_run_begin(l, target, variant, &from, &run, &e) != 0 || ledger_commit(l, &e) != 0 ||
        ledger_problems_begin(l, run.id, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

static int64_t since_of(char problem, bool alike)
{
    uint8_t print[LEDGER_PRINT_SIZE] = {0};
    struct err e = ERR_INIT;
    int64_t out = -1;

    print[7] = (uint8_t)problem;
    if (ledger_problems_add(l, print, alike, &out, &e) != 0)
        fail_msg("%s", e.text);
    return out;
}

static int64_t since(char problem)
{
    return since_of(problem, false);
}

static void finish_some(const struct ledger_run *run, bool keep, bool whole)
{
    struct err e = ERR_INIT;

    ledger_problems_end(l);
    if ((keep && ledger_problems_keep(l, run->id, whole, false, &e) != 0) ||
        ledger_run_end(l, run, true, 1, NULL, &e) != 0)
        fail_msg("%s", e.text);
}

static void finish(const struct ledger_run *run, bool keep)
{
    finish_some(run, keep, true);
}

/* One run with these problems, a letter each; those that are new, as letters. */
static const char *run_as(const char *name, const char *input, const char *variant,
                          const char *problems)
{
    static char fresh[16];
    struct ledger_run run = begin(name, input, variant);
    size_t n = 0;

    for (; *problems; problems++)
        if (since(*problems) == 0)
            fresh[n++] = *problems;
    fresh[n] = '\0';
    finish(&run, true);
    return fresh;
}

static const char *run(const char *input, const char *problems)
{
    return run_as("c1", input, "", problems);
}

static int set_up(void **state)
{
    struct err e = ERR_INIT;

    if (enter_folder(state) != 0)
        return -1;
    l = ledger_open(DB, &e);
    return l ? 0 : -1;
}

static int tear_down(void **state)
{
    ledger_close(l);
    return leave_folder(state);
}

static void test_known(void **state)
{
    struct ledger_run r;

    (void)state;
    assert_string_equal(run("a.csv", "AB"), "AB");
    assert_string_equal(run("a.csv", "BAC"), "C");
    r = begin("c1", "a.csv", "");
    assert_int_equal(since('A'), 1);
    assert_int_equal(since('C'), 2);
    finish(&r, true);
    /* B was gone for once */
    assert_string_equal(run("a.csv", "ABC"), "B");
}

/* Nobody was told by a run that was not kept. */
static void test_not_kept(void **state)
{
    struct ledger_run r = begin("c1", "a.csv", "");

    (void)state;
    assert_int_equal(since('A'), 0);
    finish(&r, false);
    assert_string_equal(run("a.csv", "A"), "A");
    /* nor is what was known forgotten for it */
    r = begin("c1", "a.csv", "");
    finish(&r, false);
    assert_string_equal(run("a.csv", "A"), "");
}

/* What a target refused all alike is new until it was tried again, or is gone. */
static void test_alike(void **state)
{
    struct ledger_run r = begin("c1", "a.csv", "");
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(since_of('A', true), 0);
    assert_int_equal(since_of('B', true), 0);
    assert_int_equal(since_of('C', false), 0);
    ledger_problems_end(l);
    assert_int_equal(ledger_problems_withhold(l, r.id, &e), 0);
    assert_int_equal(ledger_run_end(l, &r, true, 4, NULL, &e), 0);
    assert_string_equal(run("a.csv", "ABC"), "ABC");
    assert_string_equal(run("a.csv", "ABC"), "AB");
    assert_string_equal(run("a.csv", "A"), "A");
    r = begin("c1", "a.csv", "");
    assert_int_equal(since('A'), 0);
    ledger_problems_end(l);
    assert_int_equal(ledger_problems_keep(l, r.id, true, true, &e), 0);
    assert_int_equal(ledger_run_end(l, &r, true, 1, NULL, &e), 0);
    r = begin("c1", "a.csv", "");
    assert_int_equal(since('A'), r.id - 1);
    assert_int_equal(since('B'), 0); /* it was gone, and is no more withheld */
    finish(&r, true);
    assert_string_equal(run("a.csv", "AB"), "");
}

/* Who looks at some rows only does not know what is gone. */
static void test_not_whole(void **state)
{
    struct ledger_run r;

    (void)state;
    assert_string_equal(run("a.csv", "AABB"), "AABB");
    r = begin("c1", "a.csv", "");
    assert_int_equal(since('A'), 1);
    assert_int_equal(since('C'), 0);
    finish_some(&r, true, false);
    assert_string_equal(run("a.csv", "AABBC"), "");
}

/* A second row like the first is one more. */
static void test_times(void **state)
{
    (void)state;
    assert_string_equal(run("a.csv", "AA"), "AA");
    assert_string_equal(run("a.csv", "AAA"), "A");
    assert_string_equal(run("a.csv", "A"), "");
    assert_string_equal(run("a.csv", "AA"), "A");
}

static void test_other_files(void **state)
{
    (void)state;
    assert_string_equal(run("export-2026-11-29.csv", "AB"), "AB");
    assert_string_equal(run("export-2026-11-30.csv", "B"), "");
    assert_string_equal(run("export-2026-12-1.csv", "AB"), "A"); /* dated files are of one kind */
    /* another file, and other rows of it, forget nothing */
    assert_string_equal(run("other.csv", "C"), "C");
    assert_string_equal(run_as("c1", "export-2026-12-02.csv", "rows 1-10", "D"), "D");
    assert_string_equal(run("export-2026-12-02.csv", "AB"), "");
    assert_string_equal(run("other.csv", "C"), "");
    /* another job knows nothing of it */
    assert_string_equal(run_as("c2", "other.csv", "", "C"), "C");
}

/* What tells files apart is no date: none of them knows, or forgets, what the others have. */
static void test_numbered_files(void **state)
{
    (void)state;
    for (int night = 0; night < 3; night++) {
        assert_string_equal(run("/in/course-101.csv", "A"), night == 0 ? "A" : "");
        assert_string_equal(run("/in/course-102.csv", "AAB"), night == 0 ? "AAB" : "");
        assert_string_equal(run("/in/a.csv", "A"), night == 0 ? "A" : "");
        assert_string_equal(run("/in/b.csv", "A"), night == 0 ? "A" : "");
    }
    assert_string_equal(run("/in/course-101.csv", "AA"), "A");
}

/* Watch gives a name that was there before a number. */
static void test_watched(void **state)
{
    (void)state;
    assert_string_equal(run("/in/.working/export.csv", "A"), "A");
    assert_string_equal(run("/in/.working/export-2.csv", "A"), "");
    assert_string_equal(run("/in/.working/export-3.csv", ""), "");
    assert_string_equal(run("/in/.working/export-4.csv", "A"), "A");
    /* elsewhere they are what they are called */
    assert_string_equal(run("/in/export.csv", "A"), "A");
    assert_string_equal(run("/in/export-2.csv", "A"), "A");
    /* the same in a dated name, whose day is no such number */
    assert_string_equal(run("/in/.working/x-2026-11-29.csv", "A"), "A");
    assert_string_equal(run("/in/.working/x-2026-11-30.csv", "A"), "");
    assert_string_equal(run("/in/.working/x-2026-11-30-2.csv", "A"), "");
    assert_string_equal(run("/in/.working/x-2026-12-01.csv", ""), "");
    assert_string_equal(run("/in/.working/x-2026-12-02.csv", "A"), "A");
}

/* … but numbers that files came with tell them apart there, too. */
static void test_watched_numbers(void **state)
{
    static const char *const names[] = {"a-1", "a-2", "a-3", "b-101", "b-102"};
    static const char *const nights[] = {"", "-2", "-3"};
    char path[64];

    (void)state;
    for (size_t night = 0; night < COUNT(nights); night++)
        for (size_t i = 0; i < COUNT(names); i++) {
            const char *has = i % 2 ? "A" : "B";

            snprintf(path, sizeof(path), "/in/.working/%s%s.csv", names[i], nights[night]);
            assert_string_equal(run(path, has), night ? "" : has);
        }
    /* the first was refused, so that no run had it */
    assert_string_equal(run("/in/.working/c-2.csv", "A"), "A");
    assert_string_equal(run("/in/.working/c-3.csv", "A"), "A");
    assert_string_equal(run("/in/.working/c-4.csv", "A"), "");
    assert_string_equal(run("/in/.working/c-5.csv", ""), "");
    assert_string_equal(run("/in/.working/c-6.csv", "A"), "A");
}

static void test_pruned(void **state)
{
    struct ledger_pruned pruned;
    struct err e = ERR_INIT;

    (void)state;
    assert_string_equal(run("a.csv", "A"), "A");
    assert_int_equal(ledger_prune(l, INT64_C(1) << 50, &pruned, &e), 0);
    assert_int_equal(pruned.runs, 1);
    assert_string_equal(run("a.csv", "A"), "A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_alike, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbered_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_watched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_watched_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pruned, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
