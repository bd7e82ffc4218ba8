/*
 * claimfacts: what tells an on-chain claim, and one on demand, in every form that ids come in; and what the
 * action and the lookup make of it.
 */
#include "actions/claimfacts.h"

#include "actions/action.h"
#include "adapters/json.h"
#include "base/text.h"
#include "policy/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "answers.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void what_is_on_chain(void **state)
{
    static const struct {
        const char *claim;
        bool on_chain;
        const char *collection, *approval;
    } cases[] = {
        {"{\"collectionId\":\"5\",\"trackerDetails\":{\"collectionId\":\"5\",\"approvalId\":\"a\"}"
         "}",
         true, "5", "a"},
        {"{\"trackerDetails\":{\"collectionId\":\"7\",\"approvalId\":\"a\"}}", true, "7", "a"},
        {"{\"trackerDetails\":{\"collectionId\":7,\"approvalId\":3}}", true, "7", "3"},
        /* the tracker's own is what its tokens come from */
        {"{\"collectionId\":\"5\",\"trackerDetails\":{\"collectionId\":\"7\",\"approvalId\":\"a\"}"
         "}",
         true, "7", "a"},
        {"{\"collectionId\":\"5\",\"trackerDetails\":{\"approvalId\":\"a\"}}", true, "5", "a"},
        {"{\"collectionId\":\"5\",\"trackerDetails\":{}}", true, "5", ""},
        {"{\"trackerDetails\":{\"approvalId\":\"a\"}}", true, "", "a"},
        {"{\"standaloneClaim\":true,\"trackerDetails\":{\"collectionId\":\"7\"}}", true, "7", ""},
        {"{\"collectionId\":\"5\"}", true, "5", ""},
        {"{\"collectionId\":5,\"standaloneClaim\":false}", true, "5", ""},
        {"{\"collectionId\":\"18446744073709551616\"}", true, "18446744073709551616", ""},
        {"{\"collectionId\":\"a-1\"}", true, "a-1", ""},
        {"{\"collectionId\":\"5\",\"trackerDetails\":null}", true, "5", ""},
        /* off-chain */
        {"{\"collectionId\":\"5\",\"standaloneClaim\":true}", false, "", ""},
        {"{\"standaloneClaim\":true}", false, "", ""},
        {"{}", false, "", ""},
        {"{\"collectionId\":\"0\"}", false, "", ""},
        {"{\"collectionId\":\"-1\"}", false, "", ""},
        {"{\"collectionId\":0}", false, "", ""},
        {"{\"collectionId\":-5}", false, "", ""},
        {"{\"collectionId\":\"\"}", false, "", ""},
        {"{\"collectionId\":null,\"trackerDetails\":null}", false, "", ""},
        {"{\"trackerDetails\":{\"collectionId\":\"0\",\"approvalId\":\"\"}}", false, "", ""},
        {"{\"trackerDetails\":[1]}", false, "", ""},
        {"{\"collectionId\":{\"x\":1}}", false, "", ""},
        {"{\"collectionId\":\"" X64 X64 "x\"}", false, "", ""},
        {"[]", false, "", ""},
        {"null", false, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *j = json_parse(slice_of(cases[i].claim));
        struct claimfacts f;

        memset(&f, 'x', sizeof f);
        claimfacts_read(j, &f);
        if (f.on_chain != cases[i].on_chain)
            fail_msg("%s: on_chain %d", cases[i].claim, f.on_chain);
        assert_string_equal(f.collection, cases[i].collection);
        assert_string_equal(f.approval, cases[i].approval);
        json_free(j);
    }
}

static void what_is_on_demand(void **state)
{
    static const struct {
        const char *claim;
        bool on_demand;
    } cases[] = {
        {"{\"plugins\":[]}", true},
        {"{\"plugins\":[{\"pluginId\":\"password\"}]}", true},
        {"{\"plugins\":[{\"pluginId\":\"numUses2\"},{\"pluginId\":7},{}]}", true},
        {"{\"plugins\":[{\"instanceId\":\"numUses\"}]}", true},
        {"{\"plugins\":[{\"pluginId\":\"password\"},{\"pluginId\":\"numUses\"}]}", false},
        /* nothing is said of its plugins */
        {"{}", false},
        {"{\"plugins\":null}", false},
        {"{\"plugins\":{\"pluginId\":\"password\"}}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *j = json_parse(slice_of(cases[i].claim));
        struct claimfacts f;

        claimfacts_read(j, &f);
        if (f.on_demand != cases[i].on_demand)
            fail_msg("%s: on_demand %d", cases[i].claim, f.on_demand);
        json_free(j);
    }
}

#define CHAIN                                                                                      \
    "{\"claim\":{\"version\":\"7\",\"trackerDetails\":{\"collectionId\":\"5\",\"approvalId\":"     \
    "\"a\"},"                                                                                      \
    "\"plugins\":[{\"pluginId\":\"numUses\"}]}}"
#define DEMAND "{\"claim\":{\"version\":\"7\",\"plugins\":[]}}"

/* It is asked for even if its version is given, once. */
static void a_claim_is_asked_what_it_is(void **state)
{
    struct target t = TARGET_INIT;
    struct answer a = answered(200, CHAIN);
    struct verdict v;

    (void)state;
    t.id = "id";
    t.version = 3;
    t.baselined = true;
    assert_true(action_claim.is_open(&t));
    action_claim.read_ask(&t, &a, &v);
    assert_int_equal(v.kind, VERDICT_DONE);
    assert_false(action_claim.is_open(&t));
    assert_true(t.news && t.facts.on_chain && !t.facts.on_demand);
    assert_string_equal(t.facts.collection, "5");
    assert_int_equal(t.version, 3);
}

/* What it shows would prove nothing. */
static void an_on_demand_claim_has_no_baseline(void **state)
{
    struct target t = TARGET_INIT;
    struct answer a = answered(200, DEMAND);
    struct verdict v;

    (void)state;
    t.id = "id";
    action_claim.read_ask(&t, &a, &v);
    assert_true(t.facts.on_demand);
    assert_int_equal(t.version, 7);
    assert_false(action_claim.is_open(&t));
}

/* It can be done without, if nothing else needs it. */
static void a_claim_that_is_not_told_is_gone_without(void **state)
{
    static const struct {
        int status;
        const char *body;
        bool version_given;
        enum verdict_kind kind;
        bool spare;
    } cases[] = {
        {401, "{\"errorMessage\":\"Unauthorized\",\"unauthorized\":true}", true, VERDICT_DONE,
         true},
        {401, "{\"errorMessage\":\"Unauthorized\",\"unauthorized\":true}", false, VERDICT_STOP,
         false},
        {401, "{\"errorMessage\":\"Unauthorized\"}", true, VERDICT_STOP, true},
        {502, "<html>", true, VERDICT_AGAIN, true},
        {502, "<html>", false, VERDICT_AGAIN, false},
        {200, "{}", true, VERDICT_DONE, false},
        {200, "{}", false, VERDICT_REFUSED, false},
        {404, "{\"errorMessage\":\"Not found\"}", true, VERDICT_REFUSED, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct target t = TARGET_INIT;
        struct answer a = answered(cases[i].status, cases[i].body);
        struct verdict v;

        t.id = "id";
        t.baselined = true;
        t.version = cases[i].version_given ? 3 : ACTION_VERSION_UNKNOWN;
        action_claim.read_ask(&t, &a, &v);
        assert_int_equal(v.kind, cases[i].kind);
        assert_int_equal(v.spare, cases[i].spare);
        assert_false(t.news);
        if (v.spare && v.kind == VERDICT_AGAIN)
            action_claim.read_ask(&t, NULL, NULL);
        if (v.spare && v.kind != VERDICT_STOP)
            assert_false(action_claim.is_open(&t));
    }
}

/* An API key is not shown the code. */
static void a_success_on_the_chain_is_reserved(void **state)
{
    static const char success[] =
        "{\"success\":true,\"error\":\"\",\"bitbadgesAddress\":\"" ALICE "\"}";
    struct target t = {.id = "id", .version = 3};
    struct step *s = step_new(&t, ALICE, NULL);

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct answer a = answered(200, success);
        struct verdict v;

        t.facts.on_chain = i == 1;
        action_claim.read_poll(&t, s, &a, &v);
        assert_int_equal(v.kind, VERDICT_DONE);
        assert_int_equal(v.reserved, i == 1);
    }
    step_free(s);
}

/* Only the pages of the address are asked for; what they do not show may have been taken all the same. */
static void on_demand_nothing_is_proved(void **state)
{
    static const struct {
        enum reconcile_case what;
        bool denied;
        enum reconciled want;
    } cases[] = {
        {RECONCILE_LOST, false, RECONCILED_UNKNOWN},
        {RECONCILE_LOST, true, RECONCILED_UNKNOWN},
        {RECONCILE_FORGOTTEN, false, RECONCILED_UNKNOWN},
        {RECONCILE_FORGOTTEN, true, RECONCILED_UNKNOWN},
        /* The server has said itself that it was not taken, and shows nothing else. */
        {RECONCILE_REFUSED, false, RECONCILED_ABSENT},
        {RECONCILE_REFUSED, true, RECONCILED_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_lookup l = {.what = cases[i].what, .on_demand = true, .fenced = true};
        /* All else is there for ABSENT, or for a SUCCESS that the count tells. */
        const struct reconcile_facts f = {
            .fence_after_ns = 200, .since_loss_ns = 300, .quiet_ns = 100, .delay_ns = 100};

        assert_int_equal(reconcile_next(&l), RECONCILE_ASK_PAGE);
        l.fence_seen = l.unbroken = true;
        *(cases[i].denied ? &l.pages_denied : &l.pages_done) = true;
        assert_int_equal(reconcile_next(&l), RECONCILE_ASK_NOTHING);
        assert_int_equal(reconcile_decide(&l, &f), cases[i].want);
        l.count_done = !cases[i].denied; /* as if somebody had asked */
        for (l.count = 0; l.count < 2; l.count++)
            assert_int_equal(reconcile_decide(&l, &f), cases[i].want);
        assert_non_null(strstr(reconcile_why(&l, &f), "on-demand"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_on_chain),
        cmocka_unit_test(what_is_on_demand),
        cmocka_unit_test(a_claim_is_asked_what_it_is),
        cmocka_unit_test(an_on_demand_claim_has_no_baseline),
        cmocka_unit_test(a_claim_that_is_not_told_is_gone_without),
        cmocka_unit_test(a_success_on_the_chain_is_reserved),
        cmocka_unit_test(on_demand_nothing_is_proved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
