/* action: the table, and that each row of it is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/action.h"
#include "policy/link.h"

#include "fixture.h"

static void test_finds(void **state)
{
    static const struct {
        const char *name;
        const struct action *want;
    } cases[] = {{"claim", &action_claim}, {"code", &action_code}, {"store", &action_store},
                 {"mail", &action_mail},   {"claims", NULL},       {"", NULL},
                 {"Claim", NULL}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_ptr_equal(action_find(cases[i].name), cases[i].want);
}

/* What issue and the driver take for granted of every row. */
static void test_rows(void **state)
{
    size_t n = 0;
    const struct action *a;

    (void)state;
    for (; (a = action_at(n)); n++) {
        assert_ptr_equal(action_find(a->name), a);
        assert_non_null(a->of);
        assert_non_null(a->cost);
        assert_in_range(a->batch_max, 1, 10000);
        assert_true(a->local == !a->send);
        assert_true(a->local || a->read_send);
        assert_int_equal(!a->poll, a->local || a->mails); /* nobody can be asked about a message */
        assert_int_equal(!a->poll, !a->read_poll);
        assert_int_equal(!a->ask, !a->is_open);
        assert_int_equal(!a->ask, !a->read_ask);
        assert_int_equal(!a->lookup, a->repeatable || a->mails);
        assert_int_equal(action_is_followed(a), a->lookup != NULL);
        assert_int_equal(action_mails(a->name), a->mails);
        assert_int_equal(!a->lookup, !a->read_lookup);
        /* only what may be repeated can be halved */
        assert_true(a->batch_max == 1 || a->repeatable);
    }
    assert_int_equal(n, 4);
    assert_null(action_at(n + 1));
    assert_null(action_at(SIZE_MAX));
}

static void test_code(void **state)
{
    const struct target t = TARGET_INIT;

    (void)state;
    assert_true(action_code.local && action_code.repeatable);
    assert_int_equal(action_code.batch_max, 1);
    assert_int_equal(action_code.cost(&t, 1000000), 0);
    assert_string_equal(action_code.of, "claim id");
    assert_string_equal(action_code.link, LINK_CODE);
    assert_string_equal(action_claim.link, LINK_CLAIM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_code),
    };

    return cmocka_run_group_tests_name("action", tests, NULL, NULL);
}
