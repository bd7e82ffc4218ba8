/* overall: a row's status by those of its steps. */
#include "policy/overall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define STEPS_MAX 8

/* One letter a step; '.': the row has not come to it. */
static const char letters[STATUS_COUNT + 1] = {
    [STATUS_SUCCESS] = 'S', [STATUS_FAILED] = 'F',    [STATUS_PENDING] = 'P',
    [STATUS_UNKNOWN] = 'U', [STATUS_DUPLICATE] = 'D', [STATUS_SKIPPED] = 'K',
    [STATUS_INVALID] = 'I', [STATUS_UNSENT] = 'N',
};

static enum status overall_of(const char *row, size_t *decides)
{
    struct overall_step steps[STEPS_MAX];
    size_t n = strlen(row);

    assert_true(n <= STEPS_MAX);
    for (size_t i = 0; i < n; i++) {
        const char *at = strchr(letters, row[i]);

        steps[i].known = at != NULL;
        /* what is not known means nothing, even if it looks bad */
        steps[i].status = at != NULL ? (enum status)(at - letters) : STATUS_FAILED;
    }
    return overall_status(steps, n, decides);
}

static void the_steps_decide(void **state)
{
    static const struct {
        const char *row;
        char overall;
        size_t decides;
    } cases[] = {
        /* one step: its own status */
        {"S", 'S', 0},
        {"F", 'F', 0},
        {"P", 'P', 0},
        {"U", 'U', 0},
        {"D", 'D', 0},
        {"K", 'K', 0},
        {"I", 'I', 0},
        {"N", 'N', 0},
        {".", 'N', 0},
        {"", 'N', 0},
        /* out as a whole */
        {"I..", 'I', 0},
        {"K..", 'K', 0},
        {".I.", 'I', 1},
        {"..I", 'I', 2},
        {".K.", 'K', 1},
        {"I.S", 'I', 0},
        {"...", 'N', 0},
        /* the first that is not done */
        {"SF", 'F', 1},
        {"SP", 'P', 1},
        {"SU", 'U', 1},
        {"SN", 'N', 1},
        {"S.", 'N', 1},
        {"DI", 'I', 1},
        {"F.", 'F', 0},
        {"P.", 'P', 0},
        {"FI", 'F', 0},
        {"SSF", 'F', 2},
        {"SFS", 'F', 1},
        {"KF", 'F', 1},
        {"KKF", 'F', 2},
        {"KN", 'N', 1},
        {"KS.", 'N', 2},
        {"SK.", 'N', 2},
        {".SS", 'N', 0},
        {".F", 'N', 0},
        /* all done */
        {"SS", 'S', 1},
        {"SD", 'S', 0},
        {"DS", 'S', 1},
        {"DD", 'D', 1},
        {"KS", 'S', 1},
        {"SK", 'S', 0},
        {"KK", 'K', 1},
        {"KD", 'D', 1},
        {"DK", 'D', 0},
        {"DKSKD", 'S', 2},
        {"SSSSSSSS", 'S', 7},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t decides = 99;
        char overall = letters[overall_of(cases[i].row, &decides)];

        if (overall != cases[i].overall || decides != cases[i].decides)
            fail_msg("\"%s\": %c by %zu", cases[i].row, overall, decides);
    }
}

/* A choice of rows that leaves out what an earlier pass has planned, or acted on. */
static void a_word_on_the_whole(void **state)
{
    static const struct {
        char whole;
        enum status step;
        bool known, as_whole;
    } cases[] = {
        {'K', STATUS_UNSENT, true, true},   {'K', STATUS_UNSENT, false, true},
        {'K', STATUS_SUCCESS, true, false}, {'K', STATUS_FAILED, true, false},
        {'K', STATUS_PENDING, true, false}, {'K', STATUS_UNKNOWN, true, false},
        {'I', STATUS_UNSENT, true, true},   {'I', STATUS_SUCCESS, true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = strchr(letters, cases[i].whole);
        const struct overall_step whole = {true, (enum status)(at - letters)};
        const struct overall_step step = {cases[i].known, cases[i].step};
        size_t decides = 99;
        enum status s = overall_row(&whole, &step, 1, &decides);

        assert_int_equal(s, cases[i].as_whole ? whole.status : cases[i].step);
        assert_int_equal(decides, cases[i].as_whole ? 1 : 0);
    }
}

static void only_what_is_done_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < STATUS_COUNT; i++)
        assert_int_equal(overall_goes_on((enum status)i), strchr("SDK", letters[i]) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_steps_decide),
        cmocka_unit_test(a_word_on_the_whole),
        cmocka_unit_test(only_what_is_done_goes_on),
    };

    return cmocka_run_group_tests_name("overall", tests, NULL, NULL);
}
