/* redact: no secret is left in a text that somebody else wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/redact.h"

#include "fixture.h"

static void test_table(void **state)
{
    static const struct {
        const char *secrets[3], *text, *want;
    } cases[] = {
        {{NULL}, "nothing is secret", "nothing is secret"},
        {{"hunter2"}, "", ""},
        {{"hunter2"}, "hunter2", "*******"},
        {{"hunter2"}, "wrong password: hunter2!", "wrong password: *******!"},
        {{"hunter2"}, "hunter2hunter2 hunter", "************** hunter"},
        {{"hunter2"}, "Hunter2", "Hunter2"},
        {{"hunter2", "sesame"}, "sesame hunter2 sesame", "****** ******* ******"},
        {{"Grüße-🎉"}, "für Grüße-🎉: nein", "für ************: nein"},
        {{"abc"}, "abcabc", "abcabc"}, /* shorter than REDACT_MIN */
        {{""}, "text", "text"},
        {{"****"}, "hidden: ****", "hidden: ****"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct redact r = {.n = 0};
        char text[128];

        for (size_t k = 0; k < 3 && cases[i].secrets[k]; k++)
            assert_int_equal(redact_add(&r, cases[i].secrets[k]), 0);
        snprintf(text, sizeof text, "%s", cases[i].text);
        redact_apply(&r, text);
        assert_string_equal(text, cases[i].want);
    }
}

/* A secret that is part of another must not save the rest of it from being found. */
static void test_nested_secrets(void **state)
{
    static const char *const orders[][2] = {{"open", "opensesame"}, {"opensesame", "open"}};

    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct redact r = {.n = 0};
        char text[] = "wrong password: opensesame";

        assert_int_equal(redact_add(&r, orders[i][0]), 0);
        assert_int_equal(redact_add(&r, orders[i][1]), 0);
        redact_apply(&r, text);
        assert_string_equal(text, "wrong password: **********");
    }
}

static void test_too_many(void **state)
{
    struct redact r = {.n = 0};
    char text[] = "the last one";

    (void)state;
    for (int i = 0; i < REDACT_SECRETS_MAX; i++)
        assert_int_equal(redact_add(&r, i + 1 < REDACT_SECRETS_MAX ? "another" : "last"), 0);
    assert_int_equal(redact_add(&r, "one too many"), -1);
    redact_apply(&r, text);
    assert_string_equal(text, "the **** one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_nested_secrets),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
