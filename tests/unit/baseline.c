/* baseline: what is proved older, by its id or by its stamp; and what is not, which is nearly everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/baseline.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define T INT64_C(1788739200000)
#define SLACK BASELINE_SLACK_MS
#define NONE BASELINE_NO_STAMP

static bool is_older(const struct baseline *b, const char *id, int64_t at_ms)
{
    return baseline_age(b, slice_of(id), at_ms) != BASELINE_NEW;
}

/* A page of one attempt, "seen", at T. */
static void test_one_seen(void **state)
{
    static const struct {
        const char *what, *id;
        int64_t at_ms;
        bool older;
    } cases[] = {
        {"its id", "seen", T, true},
        {"its id, whatever its stamp is now", "seen", INT64_MAX, true},
        {"its id, and no stamp", "seen", NONE, true},
        {"another at the same time", "new", T, false},
        {"another, later", "new", T + 1, false},
        {"another, much later", "new", INT64_MAX, false},
        {"another, earlier by less than the slack", "new", T - SLACK + 1, false},
        {"another, earlier by the slack", "new", T - SLACK, false},
        {"another, earlier by more", "new", T - SLACK - 1, true},
        {"another, of the first day", "new", 0, true},
        {"another, before the first day", "new", INT64_MIN + 1, true},
        {"another that has no stamp", "new", NONE, false},
        {"the beginning of its id", "see", T, false},
        {"more than its id", "seen2", T, false},
        {"the end of its id", "een", T, false},
        {"its id in capitals", "SEEN", T, false},
        {"no id", "", T, false},
        {"no id, and no stamp", "", NONE, false},
        {"no id, earlier by more", "", T - SLACK - 1, true},
        {"blank", " ", T, false},
        {"its id with a blank before it", " seen", T, false},
    };
    struct baseline b;

    (void)state;
    baseline_init(&b);
    baseline_add(&b, slice_of("seen"), T);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (is_older(&b, cases[i].id, cases[i].at_ms) != cases[i].older)
            fail_msg("%s", cases[i].what);
}

/* An empty page proves nobody older, and neither does none. */
static void test_nothing_seen(void **state)
{
    static const int64_t stamps[] = {NONE, INT64_MIN + 1, -1, 0, T, INT64_MAX};
    struct baseline b;

    (void)state;
    baseline_init(&b);
    assert_int_equal(b.oldest_ms, NONE);
    assert_string_equal(b.ids, "");
    for (size_t i = 0; i < COUNT(stamps); i++) {
        assert_false(is_older(&b, "x", stamps[i]));
        assert_false(is_older(&b, "", stamps[i]));
        assert_false(is_older(NULL, "x", stamps[i]));
        assert_false(is_older(NULL, "", stamps[i]));
    }
}

/* The oldest counts, in whatever order they come. */
static void test_oldest(void **state)
{
    static const struct {
        const char *what;
        int64_t stamps[4];
        size_t n;
        int64_t oldest;
    } cases[] = {
        {"newest first", {T, T - 5, T - 9}, 3, T - 9},
        {"oldest first", {T - 9, T - 5, T}, 3, T - 9},
        {"mixed", {T - 5, T - 9, T}, 3, T - 9},
        {"none has a stamp", {NONE, NONE}, 2, NONE},
        {"some have none", {NONE, T, NONE}, 3, T},
        {"before the first day", {-5, -9}, 2, -9},
        {"the least", {INT64_MIN + 1, 0}, 2, INT64_MIN + 1},
        {"the greatest", {INT64_MAX}, 1, INT64_MAX},
        {"many the same", {T, T, T, T}, 4, T},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct baseline b;
        char id[32];

        baseline_init(&b);
        for (size_t k = 0; k < cases[i].n; k++) {
            snprintf(id, sizeof id, "id%zu", k);
            baseline_add(&b, slice_of(id), cases[i].stamps[k]);
        }
        if (b.oldest_ms != cases[i].oldest)
            fail_msg("%s", cases[i].what);
        for (size_t k = 0; k < cases[i].n; k++) { /* each that was seen is older */
            snprintf(id, sizeof id, "id%zu", k);
            if (!is_older(&b, id, cases[i].stamps[k]))
                fail_msg("%s: id%zu", cases[i].what, k);
        }
    }
}

/* The service's clock is put back: what is new does not look old, unless it is put behind the whole page. */
static void test_a_clock_that_is_put_back(void **state)
{
    struct baseline b;
    char id[16];

    (void)state;
    baseline_init(&b);
    for (int i = 0; i < 25; i++) { /* of the last two hours */
        snprintf(id, sizeof id, "seen%d", i);
        baseline_add(&b, slice_of(id), T - i * 300000);
    }
    assert_false(is_older(&b, "new", T - 3600000));
    assert_false(is_older(&b, "new", T - 24 * 300000 - SLACK));
    assert_true(is_older(&b, "new", T - 24 * 300000 - SLACK - 1));
}

/* The difference of two stamps may be more than a number holds. */
static void test_extreme_stamps(void **state)
{
    static const struct {
        int64_t newest, at_ms;
        bool older;
    } cases[] = {
        {INT64_MAX, INT64_MIN + 1, true},
        {INT64_MAX, INT64_MAX - SLACK - 1, true},
        {INT64_MAX, INT64_MAX - SLACK, false},
        {INT64_MIN + 1, INT64_MAX, false},
        {INT64_MIN + 1, INT64_MIN + 1, false},
        {INT64_MIN + SLACK, INT64_MIN + 1, false},
        {INT64_MIN + SLACK + 1, INT64_MIN + 1, false},
        {INT64_MIN + SLACK + 2, INT64_MIN + 1, true},
        {INT64_MIN + SLACK + 2, INT64_MIN + 2, false},
        {0, -SLACK, false},
        {0, -SLACK - 1, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct baseline b;

        baseline_init(&b);
        baseline_add(&b, slice_of("seen"), cases[i].newest);
        if (is_older(&b, "x", cases[i].at_ms) != cases[i].older)
            fail_msg("case %zu", i);
    }
}

/* Ids that would be taken for others, or for two, are not kept: by them nothing is older. */
static void test_odd_ids(void **state)
{
    static const struct {
        const char *what;
        struct slice id;
        bool kept;
    } cases[] = {
        {"a blank within", {"a b", 3}, false}, {"a blank before", {" a", 2}, false},
        {"a blank behind", {"a ", 2}, false},  {"a blank", {" ", 1}, false},
        {"a NUL within", {"a\0b", 3}, false},  {"a NUL behind", {"a\0", 2}, false},
        {"nothing", {"", 0}, false},           {"no text", {NULL, 0}, false},
        {"a tab", {"a\tb", 3}, true},          {"a line end", {"a\nb", 3}, true},
        {"not UTF-8", {"\xff\xfe", 2}, true},  {"one byte", {"a", 1}, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct baseline b;

        baseline_init(&b);
        baseline_add(&b, cases[i].id, T);
        if ((baseline_age(&b, cases[i].id, T) == BASELINE_OLDER) != cases[i].kept ||
            (b.ids[0] != '\0') != cases[i].kept)
            fail_msg("%s", cases[i].what);
        assert_int_equal(b.oldest_ms, cases[i].kept ? T : NONE);
        if (!cases[i].kept) {
            assert_false(is_older(&b, "a", T));
            assert_false(is_older(&b, "b", T));
        }
    }
}

static void test_prefixes(void **state)
{
    static const char *const seen[] = {"ab", "abcd", "b"};
    static const char *const others[] = {"a", "abc", "abcde", "bc", "ab abcd", "cd", "d"};
    struct baseline b;

    (void)state;
    baseline_init(&b);
    for (size_t i = 0; i < COUNT(seen); i++)
        baseline_add(&b, slice_of(seen[i]), T);
    for (size_t i = 0; i < COUNT(seen); i++)
        assert_true(is_older(&b, seen[i], T));
    for (size_t i = 0; i < COUNT(others); i++)
        if (is_older(&b, others[i], T))
            fail_msg("\"%s\"", others[i]);
}

/* One that does not fit is not proved older, and makes no other one so; shorter ones still go in. */
static void test_more_than_fit(void **state)
{
    char id[72];
    struct baseline b;
    unsigned n = 0, kept = 0;

    (void)state;
    baseline_init(&b);
    for (; n < 100; n++) {
        snprintf(id, sizeof id, "%061u", n);
        baseline_add(&b, slice_of(id), T);
    }
    for (unsigned i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%061u", i);
        kept += is_older(&b, id, T);
        assert_int_equal(is_older(&b, id, T), i < (sizeof b.ids - 1) / 62);
    }
    assert_int_equal(kept, (sizeof b.ids - 1) / 62);
    baseline_add(&b, slice_of("y"), T);
    assert_true(is_older(&b, "y", T));
    assert_true(strlen(b.ids) < sizeof b.ids);
}

/* An id of every length up to the whole of the room. */
static void test_long_ids(void **state)
{
    static char id[BASELINE_IDS_MAX + 2];

    (void)state;
    memset(id, 'x', sizeof id - 1);
    for (size_t len = BASELINE_IDS_MAX - 4; len <= BASELINE_IDS_MAX + 1; len++) {
        struct slice s = {id, len};
        struct baseline b;

        baseline_init(&b);
        baseline_add(&b, s, T);
        assert_int_equal(baseline_age(&b, s, T) == BASELINE_OLDER, len <= BASELINE_IDS_MAX - 2);
    }
}

/* A page so long that not all ids fit: those left out are behind the others, and so are older by their
 * stamps, but for the slack. */
static void test_a_long_page(void **state)
{
    struct baseline b;
    char id[72];

    (void)state;
    baseline_init(&b);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "%061u", i);
        baseline_add(&b, slice_of(id), T - i * SLACK);
    }
    for (unsigned i = 0; i < 1000; i++) {
        unsigned last = (sizeof b.ids - 1) / 62 - 1;

        snprintf(id, sizeof id, "%061u", i);
        assert_int_equal(is_older(&b, id, T - i * SLACK), i <= last || i > last + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_seen),       cmocka_unit_test(test_nothing_seen),
        cmocka_unit_test(test_oldest),         cmocka_unit_test(test_a_clock_that_is_put_back),
        cmocka_unit_test(test_extreme_stamps), cmocka_unit_test(test_odd_ids),
        cmocka_unit_test(test_prefixes),       cmocka_unit_test(test_more_than_fit),
        cmocka_unit_test(test_long_ids),       cmocka_unit_test(test_a_long_page),
    };

    return cmocka_run_group_tests_name("baseline", tests, NULL, NULL);
}
