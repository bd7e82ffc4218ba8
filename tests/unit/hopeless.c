/* hopeless: the first answers of a target, one after the other. */
#include "policy/hopeless.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* r: refused, R: for another reason, n: with the row's number in it, t: taken. */
static int answers_until_hopeless(const char *answers)
{
    struct hopeless h = {0};
    int told = 0;

    for (int i = 0; answers[i]; i++) {
        char reason[64], recipient[32];

        snprintf(recipient, sizeof(recipient), "somebody-%c", 'a' + i % 26);
        snprintf(reason, sizeof(reason),
                 answers[i] == 'n' ? "%s is number %d" : "Incorrect password", recipient, i);
        if (answers[i] == 't')
            hopeless_taken(&h);
        else if (hopeless_refused(&h,
                                  answers[i] == 'R'   ? "not in the list"
                                  : answers[i] == 'a' ? "User already exceeded max uses"
                                                      : reason,
                                  recipient))
            told = told ? -1 : i + 1; /* never twice */
    }
    return told;
}

static void test_first_answers(void **state)
{
    static const struct {
        const char *answers;
        int told; /* after so many; 0: never */
    } cases[] = {
        {"", 0},
        {"rrrrrrrrrrrrrrrrrrrrrrrr", 0},
        {"rrrrrrrrrrrrrrrrrrrrrrrrr", 25},
        {"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr", 25},
        {"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", 25},
        {"trrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr", 0},
        {"rrrrrrrrrrrrrrrrrrrrrrrrtrrrrrrrrrrrrrrrrr", 0},
        {"rrrrrrrrrrrrrrrrrrrrrrrrRrrrrrrrrrrrrrrrrr", 0},
        {"Rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr", 0},
        {"rnrnrnrnrnrnrnrnrnrnrnrnrnrnrnrnrnrnrnrnrn", 0},
        {"rrrrrrrrrrrrrrrrrrrrrrrrrtrrrrrrrrrrrrrrrr", 25},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         0}, /* they have it: no matter for the rest */
        {"aarrrrrrrrrrrrarrrrrrrrrrrrr", 28},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(answers_until_hopeless(cases[i].answers), cases[i].told);
}

static void test_no_more_leave_than_are_needed(void **state)
{
    struct hopeless h = {0};

    (void)state;
    assert_true(hopeless_allows(&h, HOPELESS_ANSWERS - 1));
    assert_false(hopeless_allows(&h, HOPELESS_ANSWERS));
    assert_false(hopeless_refused(&h, "no", "a"));
    assert_true(hopeless_allows(&h, HOPELESS_ANSWERS - 2));
    assert_false(hopeless_allows(&h, HOPELESS_ANSWERS - 1));
    hopeless_taken(&h);
    assert_true(hopeless_allows(&h, 100000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_answers),
        cmocka_unit_test(test_no_more_leave_than_are_needed),
    };

    return cmocka_run_group_tests_name("hopeless", tests, NULL, NULL);
}
