/* refusal: the sentences that are known, and others like them; what two refusals have in common. */
#include "policy/refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ALICE "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"

static void test_what_it_is_about(void **state)
{
    static const struct {
        const char *reason;
        enum refusal kind;
    } cases[] = {
        /* the service's, of September 2026 */
        {"Overall max uses exceeded", REFUSAL_USED_UP},
        {"Claim halted", REFUSAL_HALTED},
        {"We are currently outside the approved time window.", REFUSAL_NOT_NOW},
        {"Invalid code. Not found in list of codes.", REFUSAL_OF_ROW},
        {"Code already used", REFUSAL_OF_ROW},
        {"Incorrect password", REFUSAL_OF_ROW},
        {"User not in whitelist", REFUSAL_OF_ROW},
        {"User already exceeded max uses", REFUSAL_OF_ROW},
        {"Invalid code in body provided.", REFUSAL_OF_ROW},
        {"User in denylist", REFUSAL_OF_ROW},
        {"BitBadges address must be anonymous.", REFUSAL_OF_ROW},
        {"Invalid address. Provided address does not match the one of the time window",
         REFUSAL_OF_ROW},
        {"Must be authenticated to claim", REFUSAL_OF_ROW},
        {"Could not convert. Please make sure inputted address is well-formed", REFUSAL_OF_ROW},
        {"No doc found", REFUSAL_OF_ROW},
        /* with what stands around them */
        {"Error: Overall max uses exceeded", REFUSAL_USED_UP},
        {"One or more of the challenges were not satisfied (Max Uses) : Overall max uses exceeded",
         REFUSAL_USED_UP},
        {"One or more of the challenges were not satisfied (Transfer Times) : We are currently "
         "outside the approved time window.",
         REFUSAL_NOT_NOW},
        {"One or more of the challenges were not satisfied (Max Uses) : User already exceeded max "
         "uses",
         REFUSAL_OF_ROW},
        /* others that say the same */
        {"OVERALL MAX USES EXCEEDED.", REFUSAL_USED_UP},
        {"Exceeded max uses", REFUSAL_USED_UP},
        {"max-uses reached", REFUSAL_USED_UP},
        {"Maximum number of uses exceeded (1000)", REFUSAL_USED_UP},
        {"There are no uses left", REFUSAL_USED_UP},
        {"The claim is halted.", REFUSAL_HALTED},
        {"This claim has been paused", REFUSAL_HALTED},
        {"Not within the approved times", REFUSAL_NOT_NOW},
        {"Claim has not started yet", REFUSAL_NOT_NOW},
        {"The claim has expired", REFUSAL_NOT_NOW},
        /* a person's or a code's own */
        {"Max uses exceeded for this address", REFUSAL_OF_ROW},
        {"Max uses per address exceeded", REFUSAL_OF_ROW},
        {"You have reached your max uses", REFUSAL_OF_ROW},
        {"Wallet: maximum uses reached", REFUSAL_OF_ROW},
        {"Code expired, says the claim", REFUSAL_OF_ROW},
        {"Uses halted", REFUSAL_OF_ROW},
        {"The time is right", REFUSAL_OF_ROW},
        {"", REFUSAL_OF_ROW},
        {"   ", REFUSAL_OF_ROW},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (refusal_read(slice_of(cases[i].reason)) != cases[i].kind)
            fail_msg("\"%s\"", cases[i].reason);
}

static void test_long_words_do_no_harm(void **state)
{
    char reason[2000];

    (void)state;
    memset(reason, 'x', sizeof(reason));
    assert_int_equal(refusal_read((struct slice){reason, sizeof(reason)}), REFUSAL_OF_ROW);
    memset(reason, ' ', sizeof(reason));
    assert_int_equal(refusal_read((struct slice){reason, sizeof(reason)}), REFUSAL_OF_ROW);
    memcpy(reason + 1900, "claim halted", 12);
    assert_int_equal(refusal_read((struct slice){reason, sizeof(reason)}), REFUSAL_HALTED);
}

static void test_gist(void **state)
{
    static const struct {
        const char *reason, *recipient, *gist;
    } cases[] = {
        {"Incorrect password (Password)", ALICE, "Incorrect password (Password)"},
        {"User " ALICE " is not there", ALICE, "User … is not there"},
        {"User 0x14574a6DFF2Ddf9e07828b4345d3040919AF5652: no", ALICE, "User … no"},
        {"attempt 4f1d-77: refused (17)", ALICE, "attempt … refused (…)"},
        {"ann@example.org, denied", "bob", "…, denied"},
        {"User bob is out, bobby is not", "bob", "User … is out, bobby is not"},
        {"\"Ann B\" is not known", "x", "… is not known"},
        {"'Ann B' can't claim, and won't", "x", "… can't claim, and won't"},
        {"it can't be: \"open", "x", "it can't be: \"open"},
        {"2026-11-29T10:00:00Z too late", "x", "… too late"},
        {"", "x", ""},
        {"no", "", "no"},
    };
    char out[REFUSAL_GIST_MAX], longer[3 * REFUSAL_GIST_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(
            refusal_gist(slice_of(cases[i].reason), slice_of(cases[i].recipient), out),
            cases[i].gist);
    memset(longer, 'y', sizeof(longer));
    assert_int_equal(
        strlen(refusal_gist((struct slice){longer, sizeof(longer)}, slice_of(""), out)),
        REFUSAL_GIST_MAX - 1);
    memset(longer, '1', sizeof(longer));
    for (size_t i = 1; i < sizeof(longer); i += 2)
        longer[i] = ' ';
    assert_int_equal(
        strlen(refusal_gist((struct slice){longer, sizeof(longer)}, slice_of(""), out)),
        REFUSAL_GIST_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_is_about),
        cmocka_unit_test(test_long_words_do_no_harm),
        cmocka_unit_test(test_gist),
    };

    return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
