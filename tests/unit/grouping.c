/* grouping: rows of groups in any order, and what is said of the groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/grouping.h"

#include "fixture.h"

#define COLUMNS 3
#define MANY 2000
#define SLICE(s)                                                                                   \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }

static const struct slice names[COLUMNS] = {SLICE("Order"), SLICE("Status"), SLICE("Score")};
static const struct columns columns = {.names = names, .n = COLUMNS, .origin = "in.csv", .line = 1};

struct world {
    struct filter *filter;
    struct grouping *grouping;
};

static void enter(struct world *w)
{
    static const struct filter_text text = {"all(Status = 'done') and any(Score >= 50)", "--where"};
    static const struct filter_options options = {.grouped = true};
    struct err e = ERR_INIT;

    w->filter = filter_new(&text, 1, &columns, &options, &e);
    if (!w->filter)
        fail_msg("%s", e.text);
    assert_int_equal(filter_aggregates(w->filter), 2);
    w->grouping = grouping_new(w->filter, &e);
    if (!w->grouping)
        fail_msg("%s", e.text);
}

static void leave(struct world *w)
{
    grouping_free(w->grouping);
    filter_free(w->filter);
}

static void add(struct world *w, const char *const cells[COLUMNS], uint64_t line)
{
    struct slice slices[COLUMNS];
    struct err e = ERR_INIT;

    for (size_t i = 0; i < COLUMNS; i++)
        slices[i] = slice_of(cells[i]);
    if (grouping_add(w->grouping, slices[0], slices, line, 0, &e))
        fail_msg("%s", e.text);
}

/* P: passes, F: fails, ?: is a fault; of all(…), of any(…). */
static void assert_verdicts(struct world *w, const char *group, const char *want, uint64_t line,
                            const char *why)
{
    static const char letters[] = {
        [FILTER_PASSES] = 'P', [FILTER_FAILS] = 'F', [FILTER_FAULT] = '?'};
    enum filter_verdict out[FILTER_AGGREGATES_MAX];
    struct err e = ERR_INIT;
    uint64_t got = 99;

    if (grouping_get(w->grouping, slice_of(group), out, &got, &e))
        fail_msg("%s", e.text);
    char verdicts[] = {letters[out[0]], letters[out[1]], '\0'};
    assert_string_equal(verdicts, want);
    assert_int_equal(got, line);
    if (*why)
        assert_says(grouping_why(w->grouping), why);
    else
        assert_string_equal(grouping_why(w->grouping), "");
}

/* ---- tests ---- */

static void test_groups(void **state)
{
    static const char *const rows[][COLUMNS] = {
        /* A line each, from the second. */
        {"a", "done", "80"},   {"b", "done", "10"},    {"a", "done", "20"},  {"c", "open", "90"},
        {"b", "open", "20"},   {"", "done", "50"},     {"c", "done", ""},    {"A", "done", "49"},
        {"d", "done", "lots"}, {"e", "done", "many"},  {"d", "done", "few"}, {"e", "done", "60"},
        {"f", "open", "60"},   {"f", "done", "a few"},
    };
    static const struct {
        const char *group, *want;
        uint64_t line;
        const char *why;
    } cases[] = {
        {"a", "PP", 0, ""}, {"b", "FF", 0, ""},
        {"c", "FP", 0, ""}, {"", "PP", 0, ""}, /* no cell is a group, too: the caller decides */
        {"A", "PF", 0, ""}, {"d", "P?", 10, "\"lots\""}, /* the first one that did it */
        {"e", "PP", 0, ""},                              /* decided later */
        {"f", "FP", 0, ""},                              /* or before */
    };
    struct world w;

    (void)state;
    enter(&w);
    for (size_t i = 0; i < COUNT(rows); i++)
        add(&w, rows[i], i + 2);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_verdicts(&w, cases[i].group, cases[i].want, cases[i].line, cases[i].why);
    leave(&w);
}

static void test_damaged(void **state)
{
    static const char fault[] = "has 1 field, the header has 3";
    static const char *const good[] = {"a", "done", "80"}, *const bad[] = {"a", "open", "0"},
                             *const low[] = {"b", "done", "0"}, *const text[] = {"b", "done", "x"};
    struct world w;
    struct err e = ERR_INIT;

    (void)state;
    enter(&w);
    assert_int_equal(grouping_add_damaged(w.grouping, slice_of("a"), 2, fault, &e), 0);
    assert_verdicts(&w, "a", "??", 2, fault);
    add(&w, good, 3);
    assert_verdicts(&w, "a", "?P", 2, fault);
    add(&w, bad, 4);
    assert_verdicts(&w, "a", "FP", 0, "");

    add(&w, low, 5);
    add(&w, text, 6);
    assert_verdicts(&w, "b", "P?", 6, "\"x\"");
    assert_int_equal(grouping_add_damaged(w.grouping, slice_of("b"), 7, fault, &e), 0);
    assert_verdicts(&w, "b", "??", 7, fault); /* of all(…); any(…) was one before */
    leave(&w);
}

static void test_unknown_group(void **state)
{
    enum filter_verdict out[FILTER_AGGREGATES_MAX];
    struct world w;
    struct err e = ERR_INIT;
    uint64_t line = 7;

    (void)state;
    enter(&w);
    assert_int_equal(grouping_get(w.grouping, slice_of("A\n7"), out, &line, &e), -1);
    assert_int_equal(e.code, EXIT_INPUT);
    assert_string_equal(e.text, "the group \"A 7\" was not there when the input was read first: "
                                "wait until it is written whole, then run the same command again");
    assert_int_equal(line, 0);
    assert_string_equal(grouping_why(w.grouping), "");
    leave(&w);
    grouping_free(NULL);
}

static void test_many(void **state)
{
    char group[16];
    const char *cells[] = {group, NULL, "50"};
    struct world w;

    (void)state;
    enter(&w);
    for (uint64_t i = 0; i < MANY; i++) {
        snprintf(group, sizeof(group), "%d", (int)i % (MANY / 2));
        cells[1] = i % 3 ? "done" : "open";
        add(&w, cells, i + 2);
    }
    for (int i = 0; i < MANY / 2; i++) {
        snprintf(group, sizeof(group), "%d", i);
        assert_verdicts(&w, group, i % 3 && (i + MANY / 2) % 3 ? "PP" : "FP", 0, "");
    }
    leave(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_unknown_group),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests_name("grouping", tests, NULL, NULL);
}
