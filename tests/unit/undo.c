/* undo: the whole table of verdicts, and what recipients are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/undo.h"

#include "fixture.h"

static void test_judge(void **state)
{
    static const struct {
        struct undo_facts f; /* store, own, undoing, ended, also, removed, state */
        enum undo_verdict want;
    } cases[] = {
        {{1, 1, 0, 0, 0, 0, STATE_SUCCESS}, UNDO_BACK},
        {{1, 1, 0, 0, 1, 0, STATE_SUCCESS}, UNDO_ALSO},
        {{1, 1, 0, 0, 0, 1, STATE_SUCCESS}, UNDO_REMOVED},
        {{1, 1, 0, 0, 1, 1, STATE_SUCCESS}, UNDO_REMOVED},
        {{1, 1, 0, 0, 0, 0, STATE_SENDING}, UNDO_OPEN},
        {{1, 1, 0, 0, 0, 0, STATE_ACCEPTED}, UNDO_OPEN},
        {{1, 1, 0, 0, 0, 0, STATE_UNKNOWN}, UNDO_OPEN},
        {{1, 1, 0, 0, 0, 0, STATE_FAILED}, UNDO_NOTHING},
        {{1, 1, 0, 0, 0, 0, STATE_PLANNED}, UNDO_NOTHING},
        /* an undo has it */
        {{1, 0, 1, 0, 0, 1, STATE_SUCCESS}, UNDO_BEGUN},
        {{1, 0, 1, 0, 0, 1, STATE_SENDING}, UNDO_BEGUN},
        {{1, 0, 1, 0, 0, 1, STATE_PLANNED}, UNDO_BEGUN},
        {{1, 0, 1, 1, 0, 1, STATE_SUCCESS}, UNDO_DONE},
        {{1, 0, 1, 1, 0, 1, STATE_FAILED}, UNDO_BEGUN},
        {{1, 0, 1, 1, 0, 1, STATE_ACCEPTED}, UNDO_BEGUN},
        /* another run has it */
        {{1, 0, 0, 0, 0, 0, STATE_SUCCESS}, UNDO_LATER},
        {{1, 0, 0, 1, 0, 1, STATE_SUCCESS}, UNDO_LATER},
        {{0, 0, 0, 0, 0, 0, STATE_SUCCESS}, UNDO_LATER},
        /* claims and codes */
        {{0, 1, 0, 0, 0, 0, STATE_SUCCESS}, UNDO_KEPT},
        {{0, 1, 0, 0, 1, 0, STATE_SUCCESS}, UNDO_KEPT},
        {{0, 1, 0, 0, 0, 0, STATE_ACCEPTED}, UNDO_OPEN},
        {{0, 1, 0, 0, 0, 0, STATE_FAILED}, UNDO_NOTHING},
        {{0, 1, 0, 0, 0, 0, STATE_ELSEWHERE}, UNDO_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (undo_judge(&cases[i].f) != cases[i].want)
            fail_msg("case %zu: %s", i, undo_words(undo_judge(&cases[i].f)));
    for (int v = 0; v < UNDO_VERDICTS; v++)
        assert_non_null(undo_words((enum undo_verdict)v));
}

static void test_kind(void **state)
{
    static const struct {
        const char *keyed, *recipient;
        int rc;
        enum identity_kind want;
    } cases[] = {
        {"recipient", ALICE, 0, IDENTITY_ADDRESS},
        {"email", "ann@example.org", 0, IDENTITY_EMAIL},
        {"id", "17", 0, IDENTITY_ID},
        {"username", "ann", 0, IDENTITY_USERNAME},
        {"Order", ALICE, 0, IDENTITY_ADDRESS},
        {"Order", "ann@example.org", 0, IDENTITY_EMAIL},
        {"Order", "17", -1, IDENTITY_ADDRESS},
        {"", "ann", -1, IDENTITY_ADDRESS},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum identity_kind kind;

        assert_int_equal(undo_kind(cases[i].keyed, cases[i].recipient, &kind), cases[i].rc);
        assert_int_equal(kind, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_judge), cmocka_unit_test(test_kind)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
