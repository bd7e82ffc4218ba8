/* admission: the whole table of admissions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/admission.h"

static const char letters[] = {
    [ADMIT_SEND] = 'S', [ADMIT_FOLLOW] = 'F', [ADMIT_KEEP] = 'K', [ADMIT_DUPLICATE] = 'D'};

enum wish { NO_WISH, RETRY_FAILED, RESEND_UNKNOWN, SEND_CLAIMED };

/* What is done with the key of another run, and of this one; and the wish that has it sent. */
static const struct {
    char other_run, this_run;
    enum wish wish;
} table[STATE_COUNT] = {
    [STATE_PLANNED] = {'S', 'S', NO_WISH},        [STATE_SENDING] = {'F', 'F', NO_WISH},
    [STATE_ACCEPTED] = {'F', 'F', NO_WISH},       [STATE_SUCCESS] = {'D', 'K', NO_WISH},
    [STATE_FAILED] = {'K', 'K', RETRY_FAILED},    [STATE_UNKNOWN] = {'F', 'F', RESEND_UNKNOWN},
    [STATE_ELSEWHERE] = {'K', 'K', SEND_CLAIMED},
};

static void check(const struct admission_facts *f, unsigned wishes, char want)
{
    const struct admission_wishes w = {.retry_failed = (wishes & 1u << RETRY_FAILED) != 0,
                                       .resend_unknown = (wishes & 1u << RESEND_UNKNOWN) != 0,
                                       .send_claimed = (wishes & 1u << SEND_CLAIMED) != 0};
    char got = letters[admission_decide(f, &w)];

    if (got != want)
        fail_msg("%s, this run %d, this pass %d, wishes %u: %c, not %c", state_name(f->state),
                 f->this_run, f->this_pass, wishes, got, want);
}

static void test_table(void **state)
{
    (void)state;
    for (enum state s = 0; s < STATE_COUNT; s++) {
        for (unsigned wishes = 0; wishes < 1u << 4; wishes++) {
            bool wanted = table[s].wish != NO_WISH && (wishes & 1u << table[s].wish);
            char other_run = wanted ? 'S' : table[s].other_run;

            check(&(struct admission_facts){.state = s, .this_run = false, .this_pass = false},
                  wishes, other_run);
            check(&(struct admission_facts){.state = s, .this_run = true, .this_pass = false},
                  wishes, wanted ? 'S' : table[s].this_run);
            /* the same pass number in another run says nothing */
            check(&(struct admission_facts){.state = s, .this_run = false, .this_pass = true},
                  wishes, other_run);
            /* an earlier row of the same pass has it, whatever became of it */
            check(&(struct admission_facts){.state = s, .this_run = true, .this_pass = true},
                  wishes, 'D');
        }
    }
}

/* What has failed is tried again if the command says so, or else the row: for a reason, or whatever it was. */
static void test_retries(void **state)
{
    static const struct {
        bool retry, asked;
        const char *reason, *error;
        bool sent;
    } cases[] = {
        {false, false, NULL, "Not on the list", false},
        {false, true, NULL, "Not on the list", true},
        {false, true, NULL, NULL, true},
        {true, false, NULL, NULL, true},
        {true, false, "on the list", "Not on the list", true},
        {true, false, "ON THE LIST", "Not on the list", true},
        {true, false, "too late", "Not on the list", false},
        {true, false, "x", "", false}, /* what was pruned has none */
        {true, false, "x", NULL, false},
        {true, true, "too late", "Not on the list", false}, /* the command wins */
        {true, false, "step 2: Not", "step 2: Not on the list", true},
        {true, false, "field \"a\": … is bad", "field \"a\": \"7\" is bad",
         true}, /* as it is shown */
        {true, false, "\"7\" is", "field \"a\": \"7\" is bad", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct admission_facts f = {
            .state = STATE_FAILED, .asked = cases[i].asked, .error = cases[i].error};
        const struct admission_wishes w = {.retry_failed = cases[i].retry,
                                           .retry_reason = cases[i].reason};

        if ((admission_decide(&f, &w) == ADMIT_SEND) != cases[i].sent)
            fail_msg("case %zu", i);
    }
}

/* Nothing but what has failed: what may have been taken is not sent because a row says so. */
static void test_a_row_asks_for_failed_only(void **state)
{
    const struct admission_wishes none = {.retry_failed = false};

    (void)state;
    for (enum state s = 0; s < STATE_COUNT; s++)
        for (int bits = 0; bits < 4; bits++) {
            struct admission_facts f = {
                .state = s, .this_run = (bits & 1) != 0, .this_pass = (bits & 2) != 0};
            enum admission without = admission_decide(&f, &none);

            f.asked = true;
            if (s != STATE_FAILED || bits == 3)
                assert_int_equal(admission_decide(&f, &none), without);
        }
}

static void test_what_was_kept(void **state)
{
    static const struct {
        int64_t failed, told;
        bool kept;
    } cases[] = {
        {1, 1, false},                /* it failed there, in whichever pass */
        {1, 2, true},                 /* … and the next one has left it */
        {1, 3, true},  {3, 3, false}, /* tried again, and failed again */
        {3, 2, false},                /* of which those before it know nothing else */
        {3, 1, false}, {0, 2, false}, /* an older ledger's */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (admission_was_kept(cases[i].failed, cases[i].told) != cases[i].kept)
            fail_msg("case %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_retries),
                                       cmocka_unit_test(test_a_row_asks_for_failed_only),
                                       cmocka_unit_test(test_what_was_kept)};

    return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}
