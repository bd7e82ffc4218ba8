/* step: one allocation that holds its texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/step.h"

#include "fixture.h"
#include "residue.h"

static void test_new(void **state)
{
    static const struct {
        const char *recipient, *fields;
    } cases[] = {{ALICE, "\"p\":{\"password\":\"x\"}"}, {ALICE, ""}, {ALICE, NULL}, {"", NULL}};

    struct target *target = (struct target *)(void *)&(int){0}; /* it is not looked into */

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char recipient[64], fields[64];

        snprintf(recipient, sizeof recipient, "%s", cases[i].recipient);
        snprintf(fields, sizeof fields, "%s", cases[i].fields ? cases[i].fields : "");
        struct step *s = step_new(target, recipient, cases[i].fields ? fields : NULL);
        assert_non_null(s);
        assert_ptr_equal(s->target, target);
        memset(recipient, 'x', sizeof recipient); /* it has copies */
        memset(fields, 'x', sizeof fields);
        assert_string_equal(s->recipient, cases[i].recipient);
        if (cases[i].fields)
            assert_string_equal(s->fields, cases[i].fields);
        else
            assert_null(s->fields);
        assert_int_equal(s->state, STATE_PLANNED);
        assert_int_equal(s->item, 0);
        assert_int_equal(s->tries, 0);
        assert_int_equal(s->intent_ms, 0);
        assert_string_equal(s->attempt, "");
        assert_null(s->row);
        assert_null(s->next);
        step_free(s);
    }
}

static void test_forgotten(void **state)
{
    char fields[RESIDUE_SIZE];
    struct step *s = step_new(NULL, "bb1", residue_make(21, fields));

    (void)state;
    explicit_bzero(fields, sizeof(fields));
    assert_non_null(s);
    assert_int_equal(residue_left(21), 1);
    s->recipient = s->fields = "of somebody else, and much longer than what was behind it";
    step_free(s);
    assert_int_equal(residue_left(21), 0);
    step_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_new),
                                       cmocka_unit_test(test_forgotten)};

    return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
