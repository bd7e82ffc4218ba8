/* stoprule: each rule alone, at its border. */
#include "policy/stoprule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void rules_stop_at_their_border(void **state)
{
    static const struct {
        struct stoprule rule;
        struct stoprule_facts facts;
        bool stops;
        const char *says;
    } cases[] = {
        {{0}, {1000000, 1000000, INT64_MAX}, false, ""},
        {{.max_failures = 3}, {1000, 2, 0}, false, ""},
        {{.max_failures = 3}, {3, 3, 0}, true, "--max-failures 3"},
        {{.max_failure_percent = 5}, {99, 99, 0}, false, ""},
        {{.max_failure_percent = 5}, {100, 5, 0}, false, ""},
        {{.max_failure_percent = 5}, {100, 6, 0}, true, "6 of 100"},
        {{.max_failure_percent = 100}, {1000, 1000, 0}, false, ""},
        {{.max_duration_ns = 10}, {0, 0, 9}, false, ""},
        {{.max_duration_ns = 10}, {0, 0, 10}, true, "--max-duration"},
    };
    char why[STOPRULE_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        why[0] = '\0';
        if (stoprule_stops(&cases[i].rule, &cases[i].facts, why) != cases[i].stops)
            fail_msg("case %zu", i);
        assert_non_null(strstr(why, cases[i].says));
    }
}

/* Whatever is sent within the credits can also be settled within them. */
static void credits_keep_a_question_for_each_step(void **state)
{
    struct stoprule r = {.max_credits = 9};
    int64_t requests = 1, waiting = 0;

    (void)state;
    while (stoprule_affords_step(&r, requests, waiting)) {
        requests++;
        waiting++;
    }
    assert_int_equal(waiting, 4);
    for (; waiting > 0; waiting--, requests++)
        assert_true(stoprule_affords(&r, requests));
    assert_false(stoprule_affords(&r, requests));
    assert_true(stoprule_affords(&(struct stoprule){0}, INT64_MAX));
}

static void failures_are_a_number_or_a_share(void **state)
{
    static const char *const wrong[] = {"", "0", "-1", "%", "0%", "101%", "5 %", "5%%", "x", "1.5"};
    struct stoprule r = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct err e = ERR_INIT;

        if (stoprule_read_failures(&r, wrong[i], &e) != -1)
            fail_msg("\"%s\" is taken", wrong[i]);
        assert_int_equal(e.code, EXIT_USAGE);
    }
    struct err e = ERR_INIT;
    assert_int_equal(stoprule_read_failures(&r, "25", &e), 0);
    assert_int_equal(r.max_failures, 25);
    assert_int_equal(stoprule_read_failures(&r, "100%", &e), 0);
    assert_int_equal(r.max_failure_percent, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_stop_at_their_border),
        cmocka_unit_test(credits_keep_a_question_for_each_step),
        cmocka_unit_test(failures_are_a_number_or_a_share),
    };

    return cmocka_run_group_tests_name("stoprule", tests, NULL, NULL);
}
