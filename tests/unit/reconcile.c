/* reconcile: which attempts are older than the intent, by two clocks; and every verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/reconcile.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define INTENT INT64_C(1788739200000)
#define HOUR INT64_C(3600000)
#define SLACK RECONCILE_SLACK_MS

static void test_age(void **state)
{
    /* attempted and the server's present are by the server's clock */
    static const struct {
        const char *what;
        int64_t attempted, server_now, wall;
        bool older;
    } cases[] = {
        {"one clock: at the intent", INTENT, INTENT + 60000, INTENT + 60000, false},
        {"one clock: later", INTENT + 5, INTENT + 60000, INTENT + 60000, false},
        {"one clock: within the slack", INTENT - SLACK, INTENT + 60000, INTENT + 60000, false},
        {"one clock: before the slack", INTENT - SLACK - 1, INTENT + 60000, INTENT + 60000, true},
        {"one clock: yesterday", INTENT - 24 * HOUR, INTENT + 60000, INTENT + 60000, true},
        {"no Date: at the intent", INTENT, 0, INTENT + 60000, false},
        {"no Date: within the slack", INTENT - SLACK, 0, INTENT + 60000, false},
        {"no Date: before the slack", INTENT - SLACK - 1, 0, INTENT + 60000, true},
        {"server ahead: ours", INTENT + HOUR, INTENT + HOUR + 60000, INTENT + 60000, false},
        {"server ahead: an earlier one that looks later than ours", INTENT + HOUR - 60000,
         INTENT + HOUR + 60000, INTENT + 60000, true},
        {"server ahead: within the slack", INTENT + HOUR - SLACK, INTENT + HOUR + 60000,
         INTENT + 60000, false},
        {"server behind: ours, that looks earlier", INTENT - HOUR, INTENT - HOUR + 60000,
         INTENT + 60000, false},
        {"server behind: within the slack", INTENT - HOUR - SLACK, INTENT - HOUR + 60000,
         INTENT + 60000, false},
        {"server behind: an earlier one", INTENT - HOUR - SLACK - 1, INTENT - HOUR + 60000,
         INTENT + 60000, true},
        {"Date is cut to seconds", INTENT + 700, INTENT + 60000 - 999, INTENT + 60000, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (reconcile_is_older(cases[i].attempted, INTENT, cases[i].server_now, cases[i].wall) !=
            cases[i].older)
            fail_msg("%s", cases[i].what);
}

static void test_verdicts(void **state)
{
    static const struct {
        const char *what;
        bool pages_done, pages_denied, count_done, count_denied;
        int64_t older, count, foreign;
        bool passed;
        enum reconciled want;
    } cases[] = {
        {"nothing was asked", 0, 0, 0, 0, 0, 0, 0, true, RECONCILED_UNKNOWN},
        {"no attempts, no success", 1, 0, 1, 0, 0, 0, 0, true, RECONCILED_ABSENT},
        {"… but it may still be in the queue", 1, 0, 1, 0, 0, 0, 0, false, RECONCILED_LATER},
        {"attempts denied", 0, 1, 1, 0, 0, 0, 0, true, RECONCILED_UNKNOWN},
        {"attempts denied half way", 1, 1, 1, 0, 0, 0, 0, true, RECONCILED_UNKNOWN},
        {"attempts denied, queue not passed", 0, 1, 0, 0, 0, 0, 0, false, RECONCILED_LATER},
        {"count denied (the claim hides its state)", 1, 0, 0, 1, 0, 0, 0, true, RECONCILED_UNKNOWN},
        {"count denied, queue not passed", 1, 0, 0, 1, 0, 0, 0, false, RECONCILED_LATER},
        {"count not asked", 1, 0, 0, 0, 0, 0, 0, true, RECONCILED_UNKNOWN},
        {"pages not read", 0, 0, 1, 0, 0, 0, 0, true, RECONCILED_UNKNOWN},
        {"a success that the attempts do not show", 1, 0, 1, 0, 0, 1, 0, true, RECONCILED_UNKNOWN},
        {"… with the queue not passed", 1, 0, 1, 0, 0, 1, 0, false, RECONCILED_LATER},
        {"earlier successes account for the count", 1, 0, 1, 0, 2, 2, 0, true, RECONCILED_ABSENT},
        {"one more than the earlier ones", 1, 0, 1, 0, 2, 3, 0, true, RECONCILED_UNKNOWN},
        {"other items' successes account for it", 1, 0, 1, 0, 1, 3, 2, true, RECONCILED_ABSENT},
        {"one more than those", 1, 0, 1, 0, 1, 4, 2, true, RECONCILED_UNKNOWN},
        {"fewer than the attempts show", 1, 0, 1, 0, 2, 1, 0, true, RECONCILED_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_lookup l;

        memset(&l, 0, sizeof l);
        l.pages_done = cases[i].pages_done;
        l.pages_denied = cases[i].pages_denied;
        l.count_done = cases[i].count_done;
        l.count_denied = cases[i].count_denied;
        l.older = cases[i].older;
        l.count = cases[i].count;
        if (reconcile_decide(&l, cases[i].foreign, cases[i].passed) != cases[i].want)
            fail_msg("%s", cases[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_verdicts),
    };

    return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}
