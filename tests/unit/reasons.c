/* reasons: like ones meet, also where values hold quotes; nothing is cut within a character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/reasons.h"

#include <string.h>

static void test_alike(void **state)
{
    struct reasons r = {.n = 0};

    (void)state;
    reasons_add(&r, STATUS_INVALID, "column \"A\": \"x\" is no address", 5);
    reasons_add(&r, STATUS_INVALID, "column \"A\": \"say \"hi\", you\" is no address", 3);
    reasons_add(&r, STATUS_SKIPPED, "did not pass B >= 80: \"7\"", 4);
    reasons_add(&r, STATUS_SKIPPED, "did not pass B >= 80: \"\"", 6);
    reasons_add(&r, STATUS_SKIPPED, "over --limit", 7);
    reasons_sort(&r);
    assert_int_equal(r.n, 3);
    assert_string_equal(r.list[0].text, "did not pass B >= 80: …");
    assert_int_equal(r.list[0].rows, 2);
    assert_int_equal(r.list[0].first_line, 4);
    assert_string_equal(r.list[1].text, "over --limit");
    assert_string_equal(r.list[2].text, "column \"A\": … is no address");
    assert_int_equal(r.list[2].rows, 2);
}

/* What failed in earlier runs is another matter than what failed now, whichever runs they were. */
static void test_kept(void **state)
{
    struct reasons r = {.n = 0};

    (void)state;
    reasons_add_kept(&r, 7, "Incorrect password", 9);
    reasons_add(&r, STATUS_FAILED, "Incorrect password", 3);
    reasons_add_kept(&r, 4, "Incorrect password", 5);
    reasons_add_kept(&r, 5, "Incorrect password", 6);
    reasons_add_kept(&r, 5, "not in the list", 8);
    reasons_sort(&r);
    assert_int_equal(r.n, 3);
    assert_int_equal(r.list[0].rows, 3);
    assert_int_equal(r.list[0].first_run, 4);
    assert_int_equal(r.list[0].last_run, 7);
    assert_int_equal(r.list[1].rows, 1);
    assert_int_equal(r.list[1].first_run, 0);
    assert_int_equal(r.list[2].first_run, 5);
}

static void test_many(void **state)
{
    struct reasons r = {.n = 0};
    char why[] = "reason A";

    (void)state;
    for (int i = 0; i < REASONS_MAX + 5; i++) {
        why[sizeof(why) - 2] = (char)('0' + i);
        reasons_add(&r, STATUS_FAILED, why, 1);
    }
    assert_int_equal(r.n, REASONS_MAX);
    assert_int_equal(r.others, 5);
}

static void test_long(void **state)
{
    struct reasons r = {.n = 0};
    char why[4 * REASONS_TEXT_MAX];

    (void)state;
    memset(why, 'x', sizeof(why));
    memcpy(why, "column: \"", 9);
    why[20] = '"';
    memcpy(why + 300, "ä", 2);
    why[sizeof(why) - 1] = '\0';
    reasons_add(&r, STATUS_FAILED, why, 1);
    assert_true(slice_is_utf8(slice_of(r.list[0].text)));
    assert_true(strlen(r.list[0].text) > REASONS_TEXT_MAX - 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
