/* codeuse: which codes are used, and how that is known, by every combination of what is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/codeuse.h"

#include "actions/claimcodes.h"
#include "adapters/json.h"
#include "base/clock.h"

#include "fixture.h"

#define HASH "8efd6168a055d1e45863c237eb3feab2be94f10b7ccdc5bf8bb54305c8b19f7f"

static void test_ranges(void **state)
{
    static const int64_t ranges[][2] = {{7, 9}, {0, 0}, {8, 12}, {20, 20}, {8, 8}, {13, 13}};
    static const int64_t in[] = {0, 7, 8, 12, 13, 20}, out[] = {-1, 1, 6, 14, 19, 21, INT64_MAX};
    struct codeuse u = {NULL, 0, 0};

    (void)state;
    codeuse_seal(&u);
    assert_false(codeuse_has(&u, 0));
    for (size_t i = 0; i < COUNT(ranges); i++)
        assert_int_equal(codeuse_add(&u, ranges[i][0], ranges[i][1]), 0);
    codeuse_seal(&u);
    for (size_t i = 0; i < COUNT(in); i++)
        assert_true(codeuse_has(&u, in[i]));
    for (size_t i = 0; i < COUNT(out); i++)
        assert_false(codeuse_has(&u, out[i]));
    assert_int_equal(codeuse_count(&u), 9);
    codeuse_release(&u);
}

static void test_number(void **state)
{
    static const struct {
        const char *code;
        int64_t number;
    } cases[] = {
        {HASH "-0", 0},
        {HASH "-17", 17},
        {HASH "-9223372036854775807", INT64_MAX},
        {HASH "-9223372036854775808", -1},
        {HASH "-99999999999999999999", -1},
        {HASH "-017", -1},
        {HASH "-", -1},
        {HASH "", -1},
        {HASH "--1", -1},
        {HASH "-1x", -1},
        {HASH "_17", -1},
        {"x" HASH "-17", -1},
        {"welcome-17", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (codeuse_number(slice_of(cases[i].code)) != cases[i].number)
            fail_msg("case %zu", i);
}

static void test_rule(void **state)
{
    static const struct {
        struct codeuse_facts facts;
        enum codeuse_rule rule;
        const char *no_code, *no_person; /* NULL: it tells */
    } cases[] = {
        /* one seed; lists of its codes beside it; a list in the claim's order */
        {{true, true, 1, 0, 0, 0, 5, 0}, CODEUSE_BY_CODE, NULL, "only which addresses"},
        {{true, true, 1, 2, 0, 0, 5, 5}, CODEUSE_BY_CODE, NULL, NULL},
        {{true, false, 0, 3, 0, 0, 5, 0}, CODEUSE_BY_CODE, NULL, "no list of attempts"},
        {{true, true, 0, 0, 1, 0, 5, 0}, CODEUSE_BY_CODE, NULL, "only which addresses"},
        /* whose numbers are not known, or perhaps another's */
        {{true, true, 0, 0, 0, 1, 5, 5}, CODEUSE_BY_PERSON, "--codes-in-order", NULL},
        {{true, true, 2, 0, 0, 0, 5, 5}, CODEUSE_BY_PERSON, "several seeds", NULL},
        {{true, true, 0, 0, 2, 0, 5, 5}, CODEUSE_BY_PERSON, "several seeds", NULL},
        {{true, true, 1, 0, 1, 0, 5, 5}, CODEUSE_BY_PERSON, "several seeds", NULL},
        {{true, true, 0, 1, 1, 0, 5, 4}, CODEUSE_UNTOLD, "several seeds", "only which addresses"},
        /* the claim hides its state */
        {{false, true, 1, 0, 0, 0, 5, 5}, CODEUSE_BY_PERSON, "does not show", NULL},
        {{false, true, 1, 0, 0, 0, 5, 4}, CODEUSE_UNTOLD, "does not show", "only which addresses"},
        {{false, false, 1, 0, 0, 0, 5, 5}, CODEUSE_UNTOLD, "does not show", "no list of attempts"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *no_code = codeuse_no_code(&cases[i].facts);
        const char *no_person = codeuse_no_person(&cases[i].facts);

        if (codeuse_choose(&cases[i].facts) != cases[i].rule || !no_code != !cases[i].no_code ||
            !no_person != !cases[i].no_person)
            fail_msg("case %zu", i);
        if (no_code)
            assert_says(no_code, cases[i].no_code);
        if (no_person)
            assert_says(no_person, cases[i].no_person);
    }
}

static void test_person(void **state)
{
    (void)state;
    assert_false(codeuse_person_is_done(0, 0)); /* nobody counts the codes of who has not claimed */
    assert_true(codeuse_person_is_done(1, 1));
    assert_true(codeuse_person_is_done(1, 3));
    assert_true(codeuse_person_is_done(2, 2));
    assert_false(codeuse_person_is_done(2, 1));
}

static void test_age(void **state)
{
    const int64_t now = INT64_C(1795564800000), day = INT64_C(86400) * CLOCK_NS_PER_S;

    (void)state;
    assert_true(codeuse_is_old(now, now, 0));
    assert_false(codeuse_is_old(now + 1, now, 0)); /* given while the command runs */
    assert_true(codeuse_is_old(now - day / CLOCK_NS_PER_MS, now, day));
    assert_false(codeuse_is_old(now - day / CLOCK_NS_PER_MS + 1, now, day));
}

/* ---- what a claim shows ---- */

#define CLAIM(params, state)                                                                       \
    "{\"claim\":{\"plugins\":[{\"pluginId\":\"numUses\"},{\"pluginId\":\"codes\","                 \
    "\"publicParams\":{" params "},\"publicState\":{" state "}}]}}"
#define RANGES(list) "\"usedCodeRanges\":[" list "]"

static void test_claim(void **state)
{
    static const struct {
        const char *doc;
        int shown;
        uint64_t used;
    } cases[] = {
        {CLAIM("\"numCodes\":9", RANGES("")), 1, 0},
        {CLAIM("\"numCodes\":\"9\"",
               RANGES("{\"start\":\"0\",\"end\":\"3\"},{\"start\":5,\"end\":5}")),
         1, 5},
        /* hidden, with and without a list; of a form that can't be believed */
        {CLAIM("\"numCodes\":9", ""), 0, 0},
        {CLAIM("\"numCodes\":9,\"hideCurrentState\":true", RANGES("")), 0, 0},
        {CLAIM("", RANGES("{\"start\":0,\"end\":3}")), 0, 0},
        {CLAIM("\"numCodes\":9", RANGES("{\"start\":0,\"end\":9}")), 0, 0},
        {CLAIM("\"numCodes\":9", RANGES("{\"start\":3,\"end\":2}")), 0, 0},
        {CLAIM("\"numCodes\":9", RANGES("{\"start\":-1,\"end\":2}")), 0, 0},
        {CLAIM("\"numCodes\":9", RANGES("7")), 0, 0},
        {CLAIM("\"numCodes\":9", "\"usedCodeRanges\":{}"), 0, 0},
        {"{\"claim\":{\"plugins\":[{\"pluginId\":\"numUses\"}]}}", 0, 0},
        {"{}", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *doc = json_parse(slice_of(cases[i].doc));
        struct codeuse u = {NULL, 0, 0};
        int shown = claimcodes_used(doc, &u);

        if (shown != cases[i].shown || (shown && codeuse_count(&u) != cases[i].used))
            fail_msg("case %zu: %d", i, shown);
        codeuse_release(&u);
        json_free(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges), cmocka_unit_test(test_number), cmocka_unit_test(test_rule),
        cmocka_unit_test(test_person), cmocka_unit_test(test_age),    cmocka_unit_test(test_claim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
