/*
 * claim: what is sent, to the letter; and what each answer means, in the forms of September 2026 (S26)
 * and of the open-source server of 2024 (IDX), from gateways, and from nobody's right mind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/action.h"
#include "policy/baseline.h"

#include "answers.h"

#define ATTEMPT "0123456789abcdef0123456789abcdef"
#define BASE_MS WALL_MS /* the oldest stamp that the claim showed before the first send */
#define LONG_MAX_BODY ((size_t)1 << 20)

static struct verdict sent(const struct answer *a, bool simulate)
{
    const struct target t = {.id = "id", .version = 3, .simulate = simulate};
    struct verdict v;

    memset(&v, 'x', sizeof v);
    action_claim.read_send(&t, a, &v);
    return v;
}

static struct verdict polled(const struct answer *a)
{
    struct target t = {.id = "id", .version = 3};
    struct step *s = step_new(&t, ALICE, NULL);
    struct verdict v;

    memset(&v, 'x', sizeof v);
    action_claim.read_poll(&t, s, a, &v);
    step_free(s);
    return v;
}

/* ---- requests ---- */

static void test_requests(void **state)
{
    static const struct {
        const char *id, *escaped;
    } ids[] = {
        {"69ef0ab0", "69ef0ab0"}, {"a/b c", "a%2Fb%20c"},       {"..", ".."},
        {"a?b#c", "a%3Fb%23c"},   {"Grüße", "Gr%C3%BC%C3%9Fe"}, {"%2f", "%252f"},
    };
    struct step *s = step_new(NULL, ALICE, "\"p\":{\"password\":\"x\"}");

    (void)state;
    snprintf(s->attempt, sizeof s->attempt, "x/y");
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct target t = {.id = ids[i].id, .version = ACTION_VERSION_UNKNOWN};
        char path[256];
        struct request r = empty_request();

        action_claim.ask(&t, &r);
        snprintf(path, sizeof path, "/api/v0/claim/%s", ids[i].escaped);
        assert_request(&r, false, path, "");
        t.version = 3; /* what it shows is asked for next */
        r = empty_request();
        action_claim.ask(&t, &r);
        snprintf(path, sizeof path, "/api/v0/claims/%s/attempts", ids[i].escaped);
        assert_request(&r, false, path, "");
        r = empty_request();
        action_claim.send(&t, s, &r);
        snprintf(path, sizeof path, "/api/v0/claims/complete/%s/" ALICE, ids[i].escaped);
        assert_request(&r, true, path, "{\"_expectedVersion\":3,\"p\":{\"password\":\"x\"}}");
        t.simulate = true;
        r = empty_request();
        action_claim.send(&t, s, &r);
        snprintf(path, sizeof path, "/api/v0/claims/simulate/%s/" ALICE, ids[i].escaped);
        assert_request(&r, true, path, "{\"_expectedVersion\":3,\"p\":{\"password\":\"x\"}}");
        r = empty_request();
        action_claim.poll(&t, s, &r);
        assert_request(&r, false, "/api/v0/claims/status/x%2Fy", "");
    }
    step_free(s);
}

static void test_bodies(void **state)
{
    static const struct {
        int64_t version;
        const char *fields, *want;
    } cases[] = {
        {0, "", "{\"_expectedVersion\":0}"},
        {0, NULL, "{\"_expectedVersion\":0}"},
        {-1, "\"c\":{\"code\":\"A-1\"}", "{\"_expectedVersion\":-1,\"c\":{\"code\":\"A-1\"}}"},
        {INT64_C(9007199254740993), "", "{\"_expectedVersion\":9007199254740993}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct target t = {.id = "id", .version = cases[i].version};
        struct request r = empty_request();
        struct step *s = step_new(NULL, ALICE, cases[i].fields);

        action_claim.send(&t, s, &r);
        assert_request(&r, true, "/api/v0/claims/complete/id/" ALICE, cases[i].want);
        step_free(s);
    }
}

static void test_row(void **state)
{
    (void)state;
    assert_false(action_claim.repeatable || action_claim.local || action_claim.fields_bare);
    assert_int_equal(action_claim.batch_max, 1);
    assert_string_equal(action_claim.of, "claim id");
}

static void test_cost(void **state)
{
    struct claimed claimed = {.sealed = false};
    struct target t = TARGET_INIT;

    (void)state;
    assert_int_equal(action_claim.cost(&t, 100), 108); /* the claim, and what it shows */
    t.version = -1; /* what kind of claim it is has still to be asked */
    assert_int_equal(action_claim.cost(&t, 100), 108);
    t.untold = false;
    assert_int_equal(action_claim.cost(&t, 100), 107);
    t.claimed = &claimed;
    assert_int_equal(action_claim.cost(&t, 100), 108);
    t.baselined = true;
    assert_int_equal(action_claim.cost(&t, 100), 107);
    t.baselined = false;
    t.simulate = true;
    assert_int_equal(action_claim.cost(&t, 100), 101);
    claimed.sealed = true;
    assert_int_equal(action_claim.cost(&t, 100), 100);
    assert_int_equal(action_claim.cost(&t, 0), 0);
    /* each is asked about by itself where the list tells nothing, or too little */
    t.simulate = false;
    t.baselined = true;
    t.facts.on_demand = true;
    assert_int_equal(action_claim.cost(&t, 100), 200);
    t.facts = (struct claimfacts){.vague = true};
    assert_int_equal(action_claim.cost(&t, 100), 200);
    t.facts.vague = false;
    assert_int_equal(action_claim.cost(&t, 2), 4);
    assert_int_equal(action_claim.cost(&t, 10000), 10501);
}

/* ---- what answers mean ---- */

static void test_answers_to_send(void **state)
{
    static const struct case_of cases[] = {
        {"queued", 200, "{\"claimAttemptId\":\"" ATTEMPT "\"}", VERDICT_ACCEPTED, ""},
        {"queued, IDX: 64 digits", 200, "{\"claimAttemptId\":\"" ATTEMPT ATTEMPT "\",\"x\":1}",
         VERDICT_ACCEPTED, NULL},
        {"200 without an attempt", 200, "{}", VERDICT_LOST, "HTTP 200 without the API's JSON"},
        {"200, attempt is a number", 200, "{\"claimAttemptId\":7}", VERDICT_LOST, NULL},
        {"200, attempt is no segment of a path", 200, "{\"claimAttemptId\":\"..\"}", VERDICT_LOST,
         NULL},
        {"200, attempt is empty", 200, "{\"claimAttemptId\":\"\"}", VERDICT_LOST, NULL},
        {"200, attempt is too long", 200,
         "{\"claimAttemptId\":\"" ATTEMPT ATTEMPT ATTEMPT ATTEMPT "0\"}", VERDICT_LOST, NULL},
        {"200, HTML", 200, HTML, VERDICT_LOST, NULL},
        {"200, empty", 200, "", VERDICT_LOST, NULL},
        {"200, cut", 200, "{\"claimAttemptId\":\"0123", VERDICT_LOST, NULL},
        {"204", 204, "", VERDICT_LOST, NULL},
        /* 400 */
        {"schema", 400, "{\"errorMessage\":\"Invalid request payload. _expectedVersion\"}",
         VERDICT_REFUSED, "Invalid request payload. _expectedVersion"},
        {"malformed JSON is answered in HTML", 400, HTML, VERDICT_REFUSED,
         "HTTP 400 without the API's JSON"},
        {"400, error of another type", 400, "{\"errorMessage\":\"no\",\"error\":{\"a\":[1]}}",
         VERDICT_REFUSED, "no"},
        /* 401, 402 */
        {"no key", 401, "{\"errorMessage\":\"Unauthorized\",\"unauthorized\":true}", VERDICT_STOP,
         "HTTP 401: Unauthorized: check the API key (BITBADGES_API_KEY)"},
        {"IDX: daily quota", 401, "{\"error\":\"x\",\"errorMessage\":\"Exceeded daily quota\"}",
         VERDICT_STOP, NULL},
        {"401 in HTML", 401, HTML, VERDICT_STOP, NULL},
        {"401, empty", 401, "", VERDICT_STOP, NULL},
        {"credits", 402,
         "{\"error\":\"Insufficient credits\",\"errorMessage\":\"Insufficient credits\","
         "\"topUpUrl\":\"https://x\",\"used\":\"5\",\"remaining\":0}",
         VERDICT_STOP, "HTTP 402: Insufficient credits: top up the account's credits"},
        {"403", 403, "{\"errorMessage\":\"Forbidden\"}", VERDICT_REFUSED, "Forbidden"},
        /* 404 */
        {"S26: no such claim", 404, "{\"errorMessage\":\"Not found\"}", VERDICT_REFUSED,
         "Not found"},
        {"404 in HTML", 404, HTML, VERDICT_LOST, "HTTP 404 without the API's JSON"},
        {"413: a gateway passes nothing on", 413, HTML, VERDICT_REFUSED,
         "HTTP 413 without the API's JSON"},
        {"408: a gateway gave up", 408, "", VERDICT_LOST, NULL},
        {"limit", 429, "{\"errorMessage\":\"Exceeded rate limit. Too many requests\"}",
         VERDICT_LIMITED, NULL},
        {"limit in HTML", 429, HTML, VERDICT_LIMITED, NULL},
        {"limit, empty", 429, "", VERDICT_LIMITED, NULL},
        {"limit that looks like a success", 429, "{\"claimAttemptId\":\"" ATTEMPT "\"}",
         VERDICT_LIMITED, NULL},
        /* 500: the ordinary refusal */
        {"password", 500, "{\"errorMessage\":\"" UNSATISFIED "(password) : Incorrect password\"}",
         VERDICT_REFUSED, "Incorrect password (password)"},
        {"full", 500, "{\"errorMessage\":\"" UNSATISFIED "(numUses) : Overall max uses exceeded\"}",
         VERDICT_REFUSED, "Overall max uses exceeded (numUses)"},
        {"a reason with brackets and colons", 500,
         "{\"errorMessage\":\"" UNSATISFIED "(a) b) : c) : d\"}", VERDICT_REFUSED, "c) : d (a) b)"},
        {"a reason of another form", 500, "{\"errorMessage\":\"" UNSATISFIED "(x\"}",
         VERDICT_REFUSED, UNSATISFIED "(x"},
        {"exactly the beginning", 500,
         "{\"errorMessage\":\"One or more of the challenges were not satisfied (\"}",
         VERDICT_REFUSED, "One or more of the challenges were not satisfied ("},
        {"with Error:", 500, "{\"errorMessage\":\"Error: No doc found\"}", VERDICT_REFUSED,
         "No doc found"},
        {"IDX: no such claim", 500, "{\"errorMessage\":\"No doc found\",\"error\":{}}",
         VERDICT_REFUSED, "No doc found"},
        {"claim id", 500, "{\"errorMessage\":\"Invalid claimId format\"}", VERDICT_REFUSED, NULL},
        {"address", 500,
         "{\"errorMessage\":\"Could not convert. Please make sure inputted address is "
         "well-formed\"}",
         VERDICT_REFUSED, NULL},
        {"version", 500, "{\"errorMessage\":\"Claim has been updated since last fetch\"}",
         VERDICT_STOP, NULL},
        {"version, 400", 400, "{\"errorMessage\":\"Claim has been updated since last fetch\"}",
         VERDICT_STOP, NULL},
        {"500, empty errorMessage", 500, "{\"errorMessage\":\"\"}", VERDICT_REFUSED, ""},
        {"500, errorMessage is no string", 500, "{\"errorMessage\":{}}", VERDICT_LOST, NULL},
        {"500, only error", 500, "{\"error\":\"x\"}", VERDICT_LOST, NULL},
        {"500 in HTML", 500, HTML, VERDICT_LOST, "HTTP 500 without the API's JSON"},
        {"500, empty", 500, "", VERDICT_LOST, NULL},
        /* gateways */
        {"502", 502, HTML, VERDICT_LOST, NULL},
        {"503", 503, "", VERDICT_LOST, NULL},
        {"504", 504, "upstream timed out", VERDICT_LOST, NULL},
        {"502 in JSON", 502, "{\"errorMessage\":\"Bad gateway\"}", VERDICT_LOST, NULL},
        {"503 in JSON", 503, "{\"errorMessage\":\"Unavailable\"}", VERDICT_LOST, NULL},
        {"504 with an attempt", 504, "{\"claimAttemptId\":\"" ATTEMPT "\"}", VERDICT_LOST, NULL},
        {"520", 520, "", VERDICT_LOST, NULL},
        /* redirects are not followed, and nothing was taken */
        {"302", 302, HTML, VERDICT_LOST, NULL},
        {"307", 307, "{}", VERDICT_STOP, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].status, cases[i].body);
        struct verdict v = sent(&a, false);

        expect(&cases[i], &v);
    }
}

/* What a refusal is about is read from the server's words alone. */
static void test_what_a_refusal_is_about(void **state)
{
    static const struct {
        const char *words;
        enum refusal refusal;
    } cases[] = {
        {"Overall max uses exceeded", REFUSAL_USED_UP},
        {"Claim halted", REFUSAL_HALTED},
        {"We are currently outside the approved time window.", REFUSAL_NOT_NOW},
        {"User already exceeded max uses", REFUSAL_OF_ROW},
        {"User in denylist", REFUSAL_OF_ROW},
    };
    char body[512];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a;
        struct verdict v;

        snprintf(body, sizeof body, "{\"errorMessage\":\"" UNSATISFIED "(x) : %s\"}",
                 cases[i].words);
        a = answered(500, body);
        v = sent(&a, false);
        assert_int_equal(v.refusal, cases[i].refusal);
        a.status = 502; /* a gateway's is no refusal */
        v = sent(&a, false);
        assert_int_equal(v.refusal, REFUSAL_OF_ROW);
        snprintf(body, sizeof body, "{\"success\":false,\"error\":\"Error: %s\"}", cases[i].words);
        a = answered(200, body); /* what became of it in the queue */
        v = polled(&a);
        assert_int_equal(v.refusal, cases[i].refusal);
    }
}

/* A simulation has no effect, so it may always be sent again; its attempt is all zeros. */
static void test_answers_to_simulate(void **state)
{
    static const struct case_of cases[] = {
        {"it would succeed", 200, "{\"claimAttemptId\":\"00000000000000000000000000000000\"}",
         VERDICT_DONE, ""},
        {"200 without an attempt", 200, "{}", VERDICT_AGAIN, "HTTP 200 without the API's JSON"},
        {"200, HTML", 200, HTML, VERDICT_AGAIN, NULL},
        {"password", 500, "{\"errorMessage\":\"" UNSATISFIED "(password) : Incorrect password\"}",
         VERDICT_REFUSED, "Incorrect password (password)"},
        {"schema", 400, "{\"errorMessage\":\"Invalid request payload.\"}", VERDICT_REFUSED, NULL},
        {"version", 500, "{\"errorMessage\":\"Claim has been updated since last fetch\"}",
         VERDICT_STOP, NULL},
        {"no key", 401, "", VERDICT_STOP, NULL},
        {"credits", 402, "", VERDICT_STOP, NULL},
        {"limit", 429, "", VERDICT_LIMITED, NULL},
        {"500 in HTML", 500, HTML, VERDICT_AGAIN, NULL},
        {"502", 502, HTML, VERDICT_AGAIN, "HTTP 502 without the API's JSON"},
        {"504", 504, "", VERDICT_AGAIN, NULL},
        {"302", 302, "", VERDICT_STOP, NULL},
        {"307", 307, "", VERDICT_STOP, NULL},
    };
    struct answer lost = answer_of(FATE_LOST, 0, slice_of(""), "");

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].status, cases[i].body);
        struct verdict v = sent(&a, true);

        expect(&cases[i], &v);
        assert_string_equal(v.attempt, "");
    }
    assert_int_equal(sent(&lost, true).kind, VERDICT_AGAIN);
}

static void test_attempt_is_kept(void **state)
{
    static const char *const ids[] = {"x", ATTEMPT, ATTEMPT ATTEMPT, "not/hex at all",
                                      ATTEMPT ATTEMPT ATTEMPT ATTEMPT};

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        char body[256];
        struct answer a;
        struct verdict v;

        snprintf(body, sizeof body, "{\"claimAttemptId\":\"%s\"}", ids[i]);
        a = answered(200, body);
        v = sent(&a, false);
        assert_int_equal(v.kind, VERDICT_ACCEPTED);
        assert_string_equal(v.attempt, ids[i]);
        assert_false(v.reserved);
    }
}

static void test_answers_to_poll(void **state)
{
    static const struct case_of cases[] = {
        {"S26: done", 200, "{\"success\":true,\"error\":\"\",\"bitbadgesAddress\":\"" ALICE "\"}",
         VERDICT_DONE, ""},
        {"IDX: done", 200, "{\"success\":true}", VERDICT_DONE, NULL},
        {"S26: pending", 200, "{\"success\":false,\"error\":\"\",\"bitbadgesAddress\":\"\"}",
         VERDICT_PENDING, NULL},
        {"pending: success is absent", 200, "{}", VERDICT_PENDING, NULL},
        {"pending: no error", 200, "{\"success\":false}", VERDICT_PENDING, NULL},
        {"pending: error is null", 200, "{\"success\":false,\"error\":null}", VERDICT_PENDING,
         NULL},
        {"success is no bool", 200, "{\"success\":\"true\",\"error\":\"\"}", VERDICT_PENDING, NULL},
        {"failed", 200, "{\"success\":false,\"error\":\"Code already used\"}", VERDICT_REFUSED,
         "Code already used"},
        {"failed, with Error:", 200,
         "{\"success\":false,\"error\":\"Error: " UNSATISFIED "(codes) : Code already used\"}",
         VERDICT_REFUSED, "Code already used (codes)"},
        {"IDX: pending or unknown", 500, "{\"errorMessage\":\"No doc found\"}", VERDICT_PENDING,
         NULL},
        {"IDX, with Error:", 500, "{\"errorMessage\":\"Error: No doc found\"}", VERDICT_PENDING,
         NULL},
        {"S26: unknown", 404, "{\"errorMessage\":\"No doc found\"}", VERDICT_PENDING, NULL},
        {"S26: unknown, in other words", 404, "{\"errorMessage\":\"Not found\"}", VERDICT_PENDING,
         NULL},
        {"404 in HTML", 404, HTML, VERDICT_PENDING, "the server does not know the attempt"},
        {"200, HTML", 200, HTML, VERDICT_AGAIN, NULL},
        {"200, empty", 200, "", VERDICT_AGAIN, NULL},
        {"200, array", 200, "[]", VERDICT_PENDING, "the server does not know the attempt"},
        {"500 of another kind", 500, "{\"errorMessage\":\"Something broke\"}", VERDICT_AGAIN,
         "Something broke"},
        {"500 in HTML", 500, HTML, VERDICT_AGAIN, NULL},
        {"502", 502, HTML, VERDICT_AGAIN, NULL},
        {"503", 503, "", VERDICT_AGAIN, NULL},
        {"503 that says so", 503, "{\"errorMessage\":\"No doc found\"}", VERDICT_AGAIN, NULL},
        {"504", 504, "", VERDICT_AGAIN, NULL},
        {"400", 400, "{\"errorMessage\":\"Invalid request payload.\"}", VERDICT_AGAIN, NULL},
        {"limit", 429, "", VERDICT_LIMITED, NULL},
        {"no key", 401, "{\"errorMessage\":\"Unauthorized\"}", VERDICT_STOP, NULL},
        {"credits", 402, "{}", VERDICT_STOP, NULL},
        {"redirect", 302, "", VERDICT_STOP, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].status, cases[i].body);
        struct verdict v = polled(&a);

        expect(&cases[i], &v);
        assert_false(v.reserved);
    }
}

/* An on-chain claim is only reserved: its answer carries a code, which is not kept. */
static void test_reserved(void **state)
{
    static const struct {
        const char *body;
        bool reserved;
    } cases[] = {
        {"{\"success\":true,\"error\":\"\",\"code\":\"s3cr3t\"}", true},
        {"{\"success\":true,\"error\":\"\",\"code\":\"\"}", false},
        {"{\"success\":true,\"error\":\"\",\"code\":null}", false},
        {"{\"success\":true,\"error\":\"\"}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(200, cases[i].body);
        struct verdict v = polled(&a);

        assert_int_equal(v.kind, VERDICT_DONE);
        assert_int_equal(v.reserved, cases[i].reserved);
        assert_silent(v.text, "s3cr3t");
    }
}

static void test_answers_to_ask(void **state)
{
    static const struct {
        struct case_of c;
        int64_t version;
    } cases[] = {
        {{"string", 200, "{\"claim\":{\"claimId\":\"x\",\"version\":\"3\"}}", VERDICT_DONE, NULL},
         3},
        {{"number", 200, "{\"claim\":{\"version\":0}}", VERDICT_DONE, NULL}, 0},
        {{"no version", 200, "{\"claim\":{}}", VERDICT_REFUSED, NULL}, ACTION_VERSION_UNKNOWN},
        {{"a broken version", 200, "{\"claim\":{\"version\":\"v3\"}}", VERDICT_REFUSED, NULL},
         ACTION_VERSION_UNKNOWN},
        {{"200, HTML", 200, HTML, VERDICT_AGAIN, NULL}, ACTION_VERSION_UNKNOWN},
        {{"IDX: no such claim", 500, "{\"errorMessage\":\"No doc found\"}", VERDICT_REFUSED,
          "No doc found"},
         ACTION_VERSION_UNKNOWN},
        {{"S26: no such claim", 404, "{\"errorMessage\":\"Not found\"}", VERDICT_REFUSED,
          "Not found"},
         ACTION_VERSION_UNKNOWN},
        {{"404 in HTML", 404, HTML, VERDICT_REFUSED, NULL}, ACTION_VERSION_UNKNOWN},
        {{"500 in HTML", 500, HTML, VERDICT_AGAIN, NULL}, ACTION_VERSION_UNKNOWN},
        {{"502", 502, HTML, VERDICT_AGAIN, NULL}, ACTION_VERSION_UNKNOWN},
        {{"503 in JSON", 503, "{\"errorMessage\":\"later\"}", VERDICT_AGAIN, NULL},
         ACTION_VERSION_UNKNOWN},
        {{"limit", 429, "", VERDICT_LIMITED, NULL}, ACTION_VERSION_UNKNOWN},
        {{"no key", 401, "", VERDICT_STOP, NULL}, ACTION_VERSION_UNKNOWN},
        {{"credits", 402, "", VERDICT_STOP, NULL}, ACTION_VERSION_UNKNOWN},
        {{"redirect", 301, "", VERDICT_STOP, NULL}, ACTION_VERSION_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].c.status, cases[i].c.body);
        struct target t = {.id = "id", .version = ACTION_VERSION_UNKNOWN};
        struct verdict v;

        action_claim.read_ask(&t, &a, &v);
        expect(&cases[i].c, &v);
        assert_int_equal(t.version, cases[i].version);
    }
}

/* DONE means that the version is known: else it would be asked for without end. */
static void test_absurd_versions(void **state)
{
    static const char *const bodies[] = {
        "{\"claim\":{\"version\":\"-9223372036854775808\"}}",
        "{\"claim\":{\"version\":-9223372036854775808}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct answer a = answered(200, bodies[i]);
        struct target t = {.id = "id", .version = ACTION_VERSION_UNKNOWN};
        struct verdict v;

        action_claim.read_ask(&t, &a, &v);
        assert_int_equal(v.kind, VERDICT_REFUSED);
    }
}

/* Who has claimed already, from the claim's public state. */
/* The question, and its answer. */
static void ask_and_read(struct target *t, struct answer *a, size_t piece, struct verdict *v)
{
    struct request r = empty_request();

    action_claim.ask(t, &r);
    assert_true(text_ok(&r.path));
    hand_on(&r, a, piece);
    action_claim.read_ask(t, a, v);
    request_release(&r);
}

static void test_who_has_claimed(void **state)
{
    static const struct {
        const char *what, *body;
        bool alice, bob;
    } cases[] = {
        {"shown",
         "{\"claim\":{\"version\":\"0\",\"plugins\":[{\"pluginId\":\"password\"},"
         "{\"pluginId\":\"numUses\",\"publicState\":{\"claimedUsers\":{\"" ALICE "\":[1,2],\"" BOB
         "\":[0]}}}]}}",
         true, true},
        {"in the other form",
         "{\"claim\":{\"version\":0,\"plugins\":[{\"publicState\":{\"claimedUsers\":"
         "{\"" ALICE_HEX "\":[1],\"not an address\":[2],\"\":[3]}}}]}}",
         true, false},
        {"no numbers: not claimed",
         "{\"claim\":{\"version\":0,\"plugins\":[{\"publicState\":{\"claimedUsers\":"
         "{\"" ALICE "\":[],\"" BOB "\":[7]}}}]}}",
         false, true},
        {"hidden", "{\"claim\":{\"version\":0,\"plugins\":[{\"publicState\":{}}]}}", false, false},
        {"no plugins", "{\"claim\":{\"version\":0}}", false, false},
        {"wrong types",
         "{\"claim\":{\"version\":0,\"plugins\":[7,null,{\"publicState\":[]},"
         "{\"publicState\":{\"claimedUsers\":[\"" ALICE "\"]}}]}}",
         false, false},
        {"elsewhere",
         "{\"claimedUsers\":{\"" ALICE "\":[1]},\"claim\":{\"version\":0,\"claimedUsers\":{\"" ALICE
         "\":[1]},\"plugins\":[{\"claimedUsers\":{\"" ALICE
         "\":[1]},\"privateState\":{\"claimedUsers\":{\"" ALICE
         "\":[1]}},\"publicState\":{\"a\":{\"claimedUsers\":{\"" ALICE
         "\":[1]}}}}],\"publicState\":{\"claimedUsers\":{\"" ALICE "\":[1]}}}}",
         false, false},
        {"brackets and quotes in texts",
         "{\"a\":\"}]{\\\"\",\"claim\":{\"version\":0,\"plugins\":[{\"x\":\"[{\",\"publicState\":{"
         "\"claimedUsers\" : {\"}\\\"]\":[\"}\"], \"" BOB "\" : [ 1 , 2 ] } } } ]}}",
         false, true},
        {"in two plugins",
         "{\"claim\":{\"version\":0,\"plugins\":[{\"publicState\":{\"claimedUsers\":{\"" ALICE
         "\":[1]}}},{\"publicState\":{\"claimedUsers\":{\"" BOB "\":[1]}}}]}}",
         true, true},
        {"plugins is no array", "{\"claim\":{\"version\":0,\"plugins\":{\"a\":1}}}", false, false},
    };

    (void)state;
    for (size_t i = 0; i < 3 * COUNT(cases); i++) {
        static const size_t pieces[] = {1, 7, SIZE_MAX};
        const char *what = cases[i / 3].what;
        struct answer a = answered(200, cases[i / 3].body);
        struct claimed claimed;
        struct target t = {.id = "id", .version = ACTION_VERSION_UNKNOWN, .claimed = &claimed};
        struct verdict v;

        claimed_init(&claimed);
        assert_true(action_claim.is_open(&t));
        t.baselined = true;
        ask_and_read(&t, &a, pieces[i % 3], &v);
        assert_int_equal(v.kind, VERDICT_DONE);
        assert_false(action_claim.is_open(&t));
        assert_int_equal(t.version, 0);
        if (claimed_has(&claimed, ALICE) != cases[i / 3].alice ||
            claimed_has(&claimed, BOB) != cases[i / 3].bob)
            fail_msg("%s", what);
        claimed_release(&claimed);
    }
}

static void test_question_who_has_claimed(void **state)
{
    struct claimed claimed;
    struct target t = {.id = "a/b", .version = 7, .claimed = &claimed};
    struct request r = empty_request();
    struct answer a = answered(200, "{\"claim\":{\"version\":\"9\"}}");
    struct verdict v;

    (void)state;
    claimed_init(&claimed);
    assert_true(action_claim.is_open(&t)); /* though its version is given */
    action_claim.ask(&t, &r);
    assert_true(r.answer_max > (size_t)100 << 20); /* a long list */
    assert_request(&r, false, "/api/v0/claim/a%2Fb?fetchAllClaimedUsers=true", "");
    ask_and_read(&t, &a, 3, &v);
    assert_int_equal(v.kind, VERDICT_DONE);
    assert_int_equal(t.version, 7); /* what was given counts */
    assert_true(action_claim.is_open(&t));
    t.baselined = true;
    assert_false(action_claim.is_open(&t));
    claimed_release(&claimed);
    /* too many to be told: the next question goes without them */
    claimed_init(&claimed);
    t = (struct target){.id = "a/b", .version = ACTION_VERSION_UNKNOWN, .claimed = &claimed};
    a = answer_of(FATE_LOST, 200, slice_of(""), "");
    a.too_large = true;
    action_claim.read_ask(&t, &a, &v);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    r = empty_request();
    action_claim.ask(&t, &r);
    assert_request(&r, false, "/api/v0/claim/a%2Fb", "");
    claimed_release(&claimed);
}

static void test_fates(void **state)
{
    struct answer unsent = answer_of(FATE_NOT_SENT, 0, slice_of(""), "");
    struct answer lost = answer_of(FATE_LOST, 0, slice_of(""), "");
    /* a status came, and half a body */
    struct answer cut = answer_of(FATE_LOST, 200, slice_of("{\"claimAttemptId\":\"x\"}"), "");
    struct target t = {.id = "id", .version = ACTION_VERSION_UNKNOWN};
    struct reconcile_lookup l = {.what = RECONCILE_LOST};
    struct verdict v;

    (void)state;
    v = sent(&unsent, false);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    assert_string_equal(v.text, "the wire broke");
    v = sent(&lost, false);
    assert_int_equal(v.kind, VERDICT_LOST);
    assert_string_equal(v.text, "the wire broke");
    v = sent(&cut, false);
    assert_int_equal(v.kind, VERDICT_LOST);
    /* questions may be asked again, whatever their fate */
    const struct answer *const fates[] = {&unsent, &lost, &cut};
    for (size_t i = 0; i < COUNT(fates); i++) {
        action_claim.read_ask(&t, fates[i], &v);
        assert_int_equal(v.kind, VERDICT_AGAIN);
        v = polled(fates[i]);
        assert_int_equal(v.kind, VERDICT_AGAIN);
        action_claim.read_lookup(NULL, &l, fates[i], &v);
        assert_int_equal(v.kind, VERDICT_AGAIN);
    }
    assert_int_equal(t.version, ACTION_VERSION_UNKNOWN);
    assert_false(l.pages_done || l.pages_denied || l.count_done || l.count_denied);
}

/* ---- looking up ---- */

struct look {
    struct step *step;
    struct reconcile_lookup l;
    struct verdict v;
};

static struct look look_new(void)
{
    static struct target target = {.id = "a/b", .version = 1};
    static struct baseline shown;
    struct look k = {.step = step_new(&target, ALICE, NULL)};

    baseline_init(&shown);
    baseline_add(&shown, slice_of("seen"), BASE_MS);
    k.l.baseline = &shown;
    return k;
}

/* The next question's path, or "" if there is none. */
static const char *question(struct look *k)
{
    static char path[1024];
    struct request r = empty_request();
    bool more = action_claim.lookup(k->step, &k->l, &r);

    assert_false(r.post);
    assert_int_equal(more, r.path.len > 0);
    snprintf(path, sizeof path, "%s", r.path.ptr);
    text_release(&r.path);
    text_release(&r.body);
    return path;
}

static enum verdict_kind tell(struct look *k, int status, const char *body)
{
    struct answer a = answered(status, body);

    action_claim.read_lookup(k->step, &k->l, &a, &k->v);
    return k->v.kind;
}

#define ALL "/api/v0/claims/a%2Fb/attempts"
#define ATTEMPTS ALL "?address=" ALICE
#define SUCCESS "/api/v0/claims/success/a%2Fb/" ALICE
#define OF(address) ",\"claimId\":\"a/b\",\"bitbadgesAddress\":\"" address "\"}"
#define DOC(id, at, success, address)                                                              \
    "{\"success\":" success ",\"attemptedAt\":" at ",\"claimAttemptId\":\"" id "\"" OF(address)
#define OURS DOC("ours", "\"1788739201000\"", "true", ALICE)
#define THEIRS DOC("theirs", "\"1788739201000\"", "true", BOB)
#define OLD DOC("old", "\"1788739100000\"", "true", ALICE)

static void test_lookup_finds(void **state)
{
    struct look k = look_new();

    (void)state;
    assert_string_equal(question(&k), ATTEMPTS);
    assert_int_equal(
        tell(&k, 200,
             "{\"docs\":["
             "{\"success\":true,\"attemptedAt\":\"1788739201000\",\"claimAttemptId\":\"new\","
             "\"claimNumber\":4" OF(
                 ALICE) ","
                        "{\"success\":false,\"attemptedAt\":1788739200500,\"claimAttemptId\":"
                        "\"bad\","
                        "\"claimNumber\":-1,\"error\":\"x\"" OF(ALICE_HEX) "," DOC(
                            "seen", "\"1788739205000\"", "true",
                            ALICE) "," OLD "," DOC("older", "\"1788739100000\"", "false",
                                                   ALICE) "],\"bookmark\":\"x y\",\"total\":30}"),
        VERDICT_PENDING);
    assert_int_equal(k.l.n_candidates, 2);
    assert_string_equal(k.l.candidates[0].attempt, "new");
    assert_true(k.l.candidates[0].success);
    assert_string_equal(k.l.candidates[1].attempt, "bad");
    assert_false(k.l.candidates[1].success);
    assert_int_equal(k.l.older, 2);
    assert_string_equal(question(&k), ATTEMPTS "&bookmark=x%20y");
    assert_int_equal(tell(&k, 200, "{\"docs\":[],\"bookmark\":\"zz\"}"), VERDICT_PENDING);
    assert_string_equal(question(&k), SUCCESS);
    assert_int_equal(tell(&k, 200, "{\"successCount\":2,\"claimNumbers\":[1,4]}"), VERDICT_PENDING);
    assert_true(k.l.count_done);
    assert_int_equal(k.l.count, 2);
    assert_string_equal(question(&k), "");
    free(k.step);
}

/* Of a row that nothing is known to have preceded, all that is shown may be its own. */
static void test_no_baseline(void **state)
{
    struct look k = look_new();

    (void)state;
    k.l.baseline = NULL;
    assert_int_equal(tell(&k, 200, "{\"docs\":[" OLD "," DOC("first", "1", "true", ALICE) "]}"),
                     VERDICT_PENDING);
    assert_int_equal(k.l.n_candidates, 2);
    assert_int_equal(k.l.older, 0);
    free(k.step);
}

static void test_pages_end(void **state)
{
    static const struct {
        const char *what, *first, *second;
    } cases[] = {
        {"empty docs", "{\"docs\":[],\"bookmark\":\"a\"}", NULL},
        {"no bookmark", "{\"docs\":[" OLD "]}", NULL},
        {"bookmark is null", "{\"docs\":[" OLD "],\"bookmark\":null}", NULL},
        {"bookmark is empty", "{\"docs\":[" OLD "],\"bookmark\":\"\"}", NULL},
        {"bookmark is a number", "{\"docs\":[" OLD "],\"bookmark\":7}", NULL},
        {"repeated bookmark", "{\"docs\":[" OLD "],\"bookmark\":\"a\"}",
         "{\"docs\":[" OLD "],\"bookmark\":\"a\"}"},
        {"empty second page", "{\"docs\":[" OLD "],\"bookmark\":\"a\"}",
         "{\"docs\":[],\"bookmark\":\"b\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look k = look_new();

        assert_int_equal(tell(&k, 200, cases[i].first), VERDICT_PENDING);
        assert_string_equal(question(&k), cases[i].second ? ATTEMPTS "&bookmark=a" : SUCCESS);
        if (cases[i].second) {
            assert_int_equal(tell(&k, 200, cases[i].second), VERDICT_PENDING);
            assert_string_equal(question(&k), SUCCESS);
        }
        assert_true(k.l.pages_done);
        free(k.step);
    }
}

/* What would be absent if it were proved: a look that saw its fence, and all the time there is. */
static enum reconciled decided(const struct reconcile_lookup *l, int64_t foreign)
{
    const struct reconcile_facts f = {.foreign = foreign,
                                      .fence_after_ns = INT64_C(1) << 50,
                                      .since_loss_ns = INT64_C(1) << 50,
                                      .quiet_ns = INT64_C(1) << 50,
                                      .delay_ns = 1,
                                      .idle = true};
    struct reconcile_lookup seen = *l;

    seen.fenced = seen.fence_seen = seen.unbroken = true;
    return reconcile_decide(&seen, &f);
}

/* A bookmark that can't be kept must not end the list as if nothing came after it. */
static void test_bookmark_too_long(void **state)
{
    struct look k = look_new();
    char body[1024], bookmark[RECONCILE_BOOKMARK_MAX + 1];

    (void)state;
    memset(bookmark, 'b', sizeof bookmark);
    bookmark[RECONCILE_BOOKMARK_MAX] = '\0';
    snprintf(body, sizeof body, "{\"docs\":[" OLD "],\"bookmark\":\"%s\"}", bookmark);
    tell(&k, 200, body);
    assert_true(k.l.pages_denied);
    assert_says(k.l.text, "bookmark");
    assert_int_equal(decided(&k.l, 0), RECONCILED_UNKNOWN);
    free(k.step);
    k = look_new();
    bookmark[RECONCILE_BOOKMARK_MAX - 1] = '\0'; /* the longest that can */
    snprintf(body, sizeof body, "{\"docs\":[" OLD "],\"bookmark\":\"%s\"}", bookmark);
    tell(&k, 200, body);
    assert_false(k.l.pages_done || k.l.pages_denied);
    free(k.step);
}

static void test_too_many_pages(void **state)
{
    struct look k = look_new();
    unsigned pages = 0;

    (void)state;
    while (strncmp(question(&k), ATTEMPTS, strlen(ATTEMPTS)) == 0) {
        char body[256];

        snprintf(body, sizeof body, "{\"docs\":[" OLD "],\"bookmark\":\"%u\"}", ++pages);
        assert_in_range(pages, 1, RECONCILE_PAGES_MAX);
        assert_int_equal(tell(&k, 200, body), VERDICT_PENDING);
    }
    assert_int_equal(pages, RECONCILE_PAGES_MAX);
    assert_true(k.l.pages_denied);
    assert_says(k.l.text, "40 pages");
    assert_string_equal(question(&k), SUCCESS);
    assert_int_equal(decided(&k.l, 0), RECONCILED_UNKNOWN);
    free(k.step);
}

static void test_too_many_candidates(void **state)
{
    struct look k = look_new();
    struct text body;

    (void)state;
    text_init(&body);
    text_puts(&body, "{\"docs\":[");
    for (int i = 0; i <= RECONCILE_CANDIDATES_MAX; i++)
        text_printf(&body,
                    "%s{\"success\":true,\"attemptedAt\":\"1788739201000\","
                    "\"claimAttemptId\":\"%d\"" OF(ALICE),
                    i ? "," : "", i);
    text_puts(&body, "]}");
    assert_int_equal(tell(&k, 200, body.ptr), VERDICT_PENDING);
    assert_int_equal(k.l.n_candidates, RECONCILE_CANDIDATES_MAX);
    assert_true(k.l.pages_denied);
    assert_int_equal(decided(&k.l, RECONCILE_CANDIDATES_MAX), RECONCILED_UNKNOWN);
    text_release(&body);
    free(k.step);
}

/* What can't be read is never taken for older, and a list that holds it proves nobody absent. */
static void test_attempts_of_odd_form(void **state)
{
    static const struct {
        const char *doc;
        unsigned candidates;
        bool denied;
    } cases[] = {
        {"{\"claimAttemptId\":\"x\",\"success\":true" OF(ALICE), 1, false},
        {"{\"claimAttemptId\":\"x\",\"success\":true,\"attemptedAt\":\"\"" OF(ALICE), 1, false},
        {"{\"claimAttemptId\":\"x\",\"success\":true,\"attemptedAt\":null" OF(ALICE), 1, false},
        {"{\"claimAttemptId\":\"x\",\"success\":true,\"attemptedAt\":1.5" OF(ALICE), 1, false},
        {"{\"claimAttemptId\":\"x\",\"success\":true,\"attemptedAt\":\"9223372036854775808\"" OF(
             ALICE),
         1, false},
        {"{\"claimAttemptId\":\"x\",\"success\":\"true\"" OF(ALICE), 1, false},
        {"{\"claimAttemptId\":\"x\",\"bitbadgesAddress\":\"" ALICE "\"}", 1, false},
        {"{\"claimAttemptId\":\"x\",\"claimId\":7,\"bitbadgesAddress\":\"" ALICE "\"}", 1, false},
        {"{\"claimAttemptId\":\"\",\"success\":true" OF(ALICE), 0, true},
        {"{\"claimAttemptId\":9,\"success\":true" OF(ALICE), 0, true},
        {"{\"success\":true" OF(ALICE), 0, true},
        {"{\"claimAttemptId\":\"" ATTEMPT ATTEMPT ATTEMPT ATTEMPT "0\",\"success\":true" OF(ALICE),
         0, true},
        {"{\"claimAttemptId\":\"x\",\"success\":true}", 0, true}, /* of nobody */
        {"{\"claimAttemptId\":\"x\",\"bitbadgesAddress\":\"0x12\"}", 0, true},
        {"{\"claimAttemptId\":\"x\",\"bitbadgesAddress\":[\"" ALICE "\"]}", 0, true},
        {"{\"claimAttemptId\":\"x\",\"claimId\":\"b\",\"bitbadgesAddress\":\"" ALICE "\"}", 0,
         true},
        {"{\"claimAttemptId\":\"x\",\"claimId\":\"\",\"bitbadgesAddress\":\"" ALICE "\"}", 0, true},
        {"{}", 0, true},
        {"[]", 0, true},
        {"\"x\"", 0, true},
        {"null", 0, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look k = look_new();
        char body[512];

        snprintf(body, sizeof body, "{\"docs\":[%s]}", cases[i].doc);
        assert_int_equal(tell(&k, 200, body), VERDICT_PENDING);
        if (k.l.n_candidates != cases[i].candidates || k.l.pages_denied != cases[i].denied)
            fail_msg("%s", cases[i].doc);
        assert_int_equal(k.l.older, 0);
        k.l.count_done = true;
        if (cases[i].denied)
            assert_int_equal(decided(&k.l, 0), RECONCILED_UNKNOWN);
        free(k.step);
    }
}

/* A server that does not mind the address, or was not told: nobody else's attempt is ever adopted, and
 * what such a list does not show proves nothing. */
static void test_attempts_of_others(void **state)
{
    static const struct {
        const char *docs;
        unsigned candidates;
    } cases[] = {
        {THEIRS, 0},
        {THEIRS "," OURS, 0},
        {OURS "," THEIRS, 1},
        {DOC("theirs", "1", "true", BOB), 0}, /* though it is old */
        {DOC("seen", "1", "true", BOB), 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look k = look_new();
        char body[1024];

        snprintf(body, sizeof body, "{\"docs\":[%s]}", cases[i].docs);
        assert_int_equal(tell(&k, 200, body), VERDICT_PENDING);
        assert_int_equal(k.l.n_candidates, cases[i].candidates);
        if (cases[i].candidates)
            assert_string_equal(k.l.candidates[0].attempt, "ours");
        assert_true(k.l.pages_denied);
        assert_says(k.l.text, "another address");
        k.l.count_done = true;
        assert_int_equal(decided(&k.l, 0), RECONCILED_UNKNOWN);
        free(k.step);
    }
}

/* No clock of ours has a say: neither when the answer came, nor the Date of its head. */
static void test_only_the_stamps_count(void **state)
{
    static const char body[] = "{\"docs\":[" DOC("x", "\"1788739200000\"", "true", ALICE) "]}";
    static const char *const heads[] = {
        "", "HTTP/1.1 200 OK\r\nDate: Mon, 07 Sep 2026 01:00:00 GMT\r\n",
        "HTTP/1.1 200 OK\r\nDate: Mon, 07 Sep 2036 01:00:00 GMT\r\n",
        "HTTP/1.1 200 OK\r\nDate: Mon, 07 Sep 2015 01:00:00 GMT\r\n"};
    static const int64_t walls[] = {0, WALL_MS, WALL_MS - 7200000, WALL_MS + 7200000, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT(heads) * COUNT(walls); i++) {
        struct look k = look_new();
        struct answer a = answer_of(FATE_ANSWERED, 200, slice_of(body), heads[i % COUNT(heads)]);

        a.wall_ms = walls[i / COUNT(heads)];
        action_claim.read_lookup(k.step, &k.l, &a, &k.v);
        assert_int_equal(k.l.n_candidates, 1);
        assert_int_equal(k.l.older, 0);
        free(k.step);
    }
}

/* ---- the list of all ---- */

#define FENCE DOC("fence", "\"1788739300000\"", "true", BOB)

/* A reading of the list for one row, Alice's. */
struct listed {
    struct look look;
    struct reconcile_lookup *row;
    struct listing l;
};

static struct listed *listed_new(void)
{
    struct listed *k = calloc(1, sizeof *k);

    k->look = look_new();
    k->look.l.recipient = k->look.step->recipient;
    k->row = &k->look.l;
    k->l = (struct listing){.fence = "fence", .rows = &k->row, .n_rows = 1};
    return k;
}

static void listed_free(struct listed *k)
{
    free(k->look.step);
    free(k);
}

static void assert_asks(struct listed *k, const char *path)
{
    struct request r = empty_request();

    action_claim.list(k->look.step->target, &k->l, &r);
    assert_request(&r, false, path, "");
}

static enum verdict_kind tell_list(struct listed *k, int status, const char *body)
{
    struct answer a = answered(status, body);
    struct verdict v;

    action_claim.read_list(k->look.step->target, &k->l, &a, &v);
    text_release(&a.body);
    return v.kind;
}

/* Page by page; what is found of ours on the way is kept. */
static void test_list(void **state)
{
    struct listed *k = listed_new();

    (void)state;
    assert_asks(k, ALL);
    assert_int_equal(tell_list(k, 200, "{\"docs\":[" THEIRS "],\"bookmark\":\"x y\"}"),
                     VERDICT_PENDING);
    assert_asks(k, ALL "?bookmark=x%20y");
    assert_false(k->l.fence_seen || k->l.over);
    assert_int_equal(tell_list(k, 200, "{\"docs\":[" FENCE "," OURS "],\"bookmark\":\"z\"}"),
                     VERDICT_PENDING);
    assert_true(k->l.fence_seen);
    assert_false(k->l.over); /* what is older than ours has not shown yet */
    assert_int_equal(tell_list(k, 200,
                               "{\"docs\":[" OLD
                               "," DOC("seen", "1", "true", BOB) "],"
                                                                 "\"bookmark\":\"y\"}"),
                     VERDICT_PENDING);
    assert_true(k->l.over);
    listing_close(&k->l);
    assert_true(k->row->fence_seen && k->row->unbroken);
    assert_int_equal(k->row->older, 0); /* that is counted by the pages */
    assert_int_equal(k->row->n_candidates, 1);
    assert_string_equal(k->row->candidates[0].attempt, "ours");
    assert_false(k->row->pages_done || k->row->pages_denied);
    listed_free(k);
}

static void test_list_that_proves_nothing(void **state)
{
    static const struct {
        const char *what;
        int status;
        const char *body;
    } cases[] = {
        {"an empty list", 200, "{\"docs\":[],\"bookmark\":\"a\"}"},
        {"others only", 200, "{\"docs\":[" THEIRS "]}"},
        {"an id that begins like it", 200,
         "{\"docs\":[" DOC("fence2", "1", "true", BOB) "," DOC("fenc", "1", "true", BOB) "]}"},
        {"of another claim", 200,
         "{\"docs\":[{\"claimAttemptId\":\"fence\",\"claimId\":\"other\",\"success\":true}]}"},
        {"seen, and then something of another claim", 200,
         "{\"docs\":[" FENCE ",{\"claimAttemptId\":\"x\",\"claimId\":\"other\"}]}"},
        {"denied", 403, "{\"errorMessage\":\"no\"}"},
        {"not found", 404, HTML},
        {"in another form", 200, "{\"attempts\":[]}"},
        {"for a user's session", 401, "{\"errorMessage\":\"x\",\"unauthorized\":true}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct listed *k = listed_new();

        if (tell_list(k, cases[i].status, cases[i].body) != VERDICT_PENDING || k->l.fence_seen ||
            !k->l.over)
            fail_msg("%s", cases[i].what);
        listing_close(&k->l);
        assert_false(k->row->fence_seen || k->row->pages_denied);
        listed_free(k);
    }
}

/* A page that does not come is asked for again, and tells nothing. */
static void test_list_in_bad_weather(void **state)
{
    struct listed *k = listed_new();

    (void)state;
    assert_int_equal(tell_list(k, 502, HTML), VERDICT_AGAIN);
    assert_int_equal(tell_list(k, 200, HTML), VERDICT_AGAIN);
    assert_int_equal(tell_list(k, 429, ""), VERDICT_LIMITED);
    assert_int_equal(tell_list(k, 402, ""), VERDICT_STOP);
    assert_false(k->l.over || k->l.fence_seen);
    assert_asks(k, ALL);
    assert_int_equal(tell_list(k, 200, "{\"docs\":[" FENCE "]}"), VERDICT_PENDING);
    assert_true(k->l.fence_seen && k->l.over);
    listed_free(k);
}

/* ---- what it shows before the first send ---- */

static void told_baseline(struct target *t, int status, const char *body, struct verdict *v)
{
    struct answer a = answered(status, body);

    *t = (struct target){.id = "a/b", .version = 7};
    assert_true(action_claim.is_open(t));
    action_claim.read_ask(t, &a, v);
}

static void test_baseline(void **state)
{
    struct target t;
    struct verdict v;

    (void)state;
    told_baseline(&t, 200,
                  "{\"docs\":[" OURS "," THEIRS "," OLD "],\"bookmark\":\"x\",\"total\":3}", &v);
    assert_int_equal(v.kind, VERDICT_DONE);
    assert_true(t.baselined);
    assert_false(action_claim.is_open(&t)); /* one page is enough */
    assert_non_null(t.shown);
    assert_int_equal(t.shown->oldest_ms, INT64_C(1788739100000));
    assert_string_equal(t.shown->ids, " ours theirs old"); /* whoever they are of */
    free(t.shown);
    told_baseline(&t, 200, "{\"docs\":[]}", &v);
    assert_int_equal(v.kind, VERDICT_DONE);
    assert_non_null(t.shown); /* nothing: and that proves nobody older */
    assert_int_equal(t.shown->oldest_ms, BASELINE_NO_STAMP);
    free(t.shown);
}

/* Without one it goes on, unless something else may come of it. */
static void test_no_baseline_to_be_had(void **state)
{
    static const struct {
        const char *what;
        int status;
        const char *body;
        enum verdict_kind want;
        bool spare;
    } cases[] = {
        {"denied", 403, "{\"errorMessage\":\"no\"}", VERDICT_DONE, false},
        {"hidden", 500, "{\"errorMessage\":\"State is hidden\"}", VERDICT_DONE, false},
        {"for a user's session", 401, "{\"errorMessage\":\"x\",\"unauthorized\":true}",
         VERDICT_DONE, false},
        {"not found", 404, HTML, VERDICT_DONE, false},
        {"in another form", 200, "{\"attempts\":[]}", VERDICT_DONE, false},
        {"docs is no array", 200, "{\"docs\":{}}", VERDICT_DONE, false},
        {"of another claim", 200,
         "{\"docs\":[" OURS ",{\"claimAttemptId\":\"x\",\"claimId\":\"other\"}]}", VERDICT_DONE,
         false},
        {"HTML", 200, HTML, VERDICT_AGAIN, true},
        {"500 in HTML", 500, HTML, VERDICT_AGAIN, true},
        {"502", 502, HTML, VERDICT_AGAIN, true},
        {"503 in JSON", 503, "{\"errorMessage\":\"later\"}", VERDICT_AGAIN, true},
        {"limit", 429, "", VERDICT_LIMITED, false},
        {"no key", 401, "{\"errorMessage\":\"Unauthorized\"}", VERDICT_STOP, false},
        {"credits", 402, "", VERDICT_STOP, false},
        {"redirect", 302, "", VERDICT_STOP, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct target t;
        struct verdict v;

        told_baseline(&t, cases[i].status, cases[i].body, &v);
        if (v.kind != cases[i].want || v.spare != cases[i].spare ||
            t.baselined != (cases[i].want == VERDICT_DONE))
            fail_msg("%s: %s", cases[i].what, kinds[v.kind]);
        assert_null(t.shown);
        action_claim.read_ask(&t, NULL, NULL); /* it is not asked for again */
        assert_false(action_claim.is_open(&t));
        assert_null(t.shown);
    }
}

/* The wire, and a simulation, which leaves nothing that would have to be found again. */
static void test_baseline_and_the_wire(void **state)
{
    struct answer lost = answer_of(FATE_LOST, 200, slice_of("{\"docs\":[]}"), ""),
                  unsent = answer_of(FATE_NOT_SENT, 0, slice_of(""), "");
    struct target t = {.id = "id", .version = 7},
                  dry = {.id = "id", .version = 7, .simulate = true};
    struct verdict v;

    (void)state;
    action_claim.read_ask(&t, &lost, &v);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    action_claim.read_ask(&t, &unsent, &v);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    assert_true(action_claim.is_open(&t));
    assert_null(t.shown);
    lost.too_large = true; /* it would be again */
    action_claim.read_ask(&t, &lost, &v);
    assert_int_equal(v.kind, VERDICT_DONE);
    assert_null(t.shown);
    assert_false(action_claim.is_open(&dry));
}

/* ---- whose attempt a status is of ---- */

static void test_status_of_others(void **state)
{
    static const struct {
        const char *what, *body;
        enum verdict_kind want;
        bool astray;
    } cases[] = {
        {"ours", "{\"success\":true,\"error\":\"\",\"bitbadgesAddress\":\"" ALICE "\"}",
         VERDICT_DONE, false},
        {"ours, in the other form",
         "{\"success\":true,\"error\":\"\",\"bitbadgesAddress\":\"" ALICE_HEX "\"}", VERDICT_DONE,
         false},
        {"nobody's, as in 2024", "{\"success\":true}", VERDICT_DONE, false},
        {"nobody's", "{\"success\":true,\"bitbadgesAddress\":\"\"}", VERDICT_DONE, false},
        {"null's", "{\"success\":true,\"bitbadgesAddress\":null}", VERDICT_DONE, false},
        {"another's", "{\"success\":true,\"error\":\"\",\"bitbadgesAddress\":\"" BOB "\"}",
         VERDICT_PENDING, true},
        {"another's, failed",
         "{\"success\":false,\"error\":\"x\",\"bitbadgesAddress\":\"" BOB "\"}", VERDICT_PENDING,
         true},
        {"another's, pending",
         "{\"success\":false,\"error\":\"\",\"bitbadgesAddress\":\"" BOB "\"}", VERDICT_PENDING,
         true},
        {"no address", "{\"success\":true,\"bitbadgesAddress\":\"0x1\"}", VERDICT_PENDING, true},
        {"ours, and failed",
         "{\"success\":false,\"error\":\"full\",\"bitbadgesAddress\":\"" ALICE "\"}",
         VERDICT_REFUSED, false},
        {"ours, and pending",
         "{\"success\":false,\"error\":\"\",\"bitbadgesAddress\":\"" ALICE "\"}", VERDICT_PENDING,
         false},
    };
    static const struct {
        int status;
        const char *body;
        bool astray;
    } unknown[] = {
        {500, "{\"errorMessage\":\"No doc found\"}", true},
        {404, "{\"errorMessage\":\"Not found\"}", true},
        {404, HTML, true},
        {404, "{\"message\":\"gone\"}", true},
        {410, "{\"errorMessage\":\"Attempt has expired\"}", true},
        {400, "{\"errorMessage\":\"Claim attempt not found\"}", true},
        {500, "{\"errorMessage\":\"Attempt does not exist\"}", true},
        {200, "null", true},
        {200, "{}", true},
        {200, "{\"success\":false,\"error\":\"\"}", false},
        {400, "{\"errorMessage\":\"Bad request\"}", false},
        {500, "{\"errorMessage\":\"Something broke\"}", false},
        {502, HTML, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(200, cases[i].body);
        struct verdict v = polled(&a);

        if (v.kind != cases[i].want || v.astray != cases[i].astray)
            fail_msg("%s: %s", cases[i].what, kinds[v.kind]);
    }
    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct answer a = answered(unknown[i].status, unknown[i].body);

        assert_int_equal(polled(&a).astray, unknown[i].astray);
    }
}

/* ---- what is denied ---- */

static void test_denials(void **state)
{
    static const struct {
        const char *what;
        int status;
        const char *body;
        enum verdict_kind want;
        bool denied;
        const char *text;
    } cases[] = {
        {"manager only", 401, "{\"errorMessage\":\"x\",\"unauthorized\":true}", VERDICT_PENDING,
         true, "HTTP 401"},
        {"no key", 401, "{\"errorMessage\":\"x\"}", VERDICT_STOP, false, ""},
        {"forbidden", 403, "{\"errorMessage\":\"Not the manager\"}", VERDICT_PENDING, true,
         "Not the manager"},
        {"hidden", 500, "{\"errorMessage\":\"State is hidden\"}", VERDICT_PENDING, true,
         "State is hidden"},
        {"404 in HTML", 404, HTML, VERDICT_PENDING, true, "HTTP 404"},
        {"200 of another form", 200, "{}", VERDICT_PENDING, true, "HTTP 200"},
        {"200, HTML", 200, HTML, VERDICT_AGAIN, false, ""},
        {"docs is no array", 200, "{\"docs\":{}}", VERDICT_PENDING, true, "HTTP 200"},
        {"count is no number", 200, "{\"successCount\":\"many\"}", VERDICT_PENDING, true,
         "HTTP 200"},
        {"500 in HTML", 500, HTML, VERDICT_AGAIN, false, ""},
        {"502", 502, "", VERDICT_AGAIN, false, ""},
        {"503", 503, HTML, VERDICT_AGAIN, false, ""},
        {"limit", 429, "", VERDICT_LIMITED, false, ""},
        {"credits", 402, "", VERDICT_STOP, false, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look k = look_new();

        if (tell(&k, cases[i].status, cases[i].body) != cases[i].want ||
            k.l.pages_denied != cases[i].denied || k.l.pages_done)
            fail_msg("attempts: %s", cases[i].what);
        assert_string_equal(k.l.text, cases[i].text);
        assert_string_equal(question(&k), cases[i].denied ? SUCCESS : ATTEMPTS);
        memset(&k.l, 0, sizeof k.l);
        k.l.pages_done = true;
        if (tell(&k, cases[i].status, cases[i].body) != cases[i].want ||
            k.l.count_denied != cases[i].denied || k.l.count_done)
            fail_msg("count: %s", cases[i].what);
        assert_string_equal(k.l.text, cases[i].text);
        assert_string_equal(question(&k), cases[i].denied ? "" : SUCCESS);
        free(k.step);
    }
}

static void test_counts(void **state)
{
    static const struct {
        const char *body;
        int64_t want;
    } cases[] = {{"{\"successCount\":0}", 0},
                 {"{\"successCount\":\"3\"}", 3},
                 {"{\"successCount\":2,\"claimNumbers\":[0,5]}", 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look k = look_new();

        k.l.pages_done = true;
        assert_int_equal(tell(&k, 200, cases[i].body), VERDICT_PENDING);
        assert_true(k.l.count_done);
        assert_int_equal(k.l.count, cases[i].want);
        free(k.step);
    }
}

/* ---- hostile bodies ---- */

static char huge[LONG_MAX_BODY + 64];

static struct slice huge_of(const char *head, char fill, const char *tail)
{
    size_t n = strlen(head), m = strlen(tail);

    memset(huge, fill, LONG_MAX_BODY);
    memcpy(huge, head, n);
    memcpy(huge + LONG_MAX_BODY - m, tail, m);
    return (struct slice){huge, LONG_MAX_BODY};
}

/* One line of UTF-8 without control characters, for it goes to terminals and into CSV files. */
static void assert_fit_to_show(const char *text, size_t size, const char *what, int status)
{
    size_t len = strnlen(text, size);

    assert_true(len < size);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            fail_msg("%s, HTTP %d: a control character (%d) is shown", what, status, text[i]);
    if (!slice_is_utf8((struct slice){text, len}))
        fail_msg("%s, HTTP %d: \"%s\" is not UTF-8", what, status, text);
}

static void throw_at_all(const char *what, int status, struct slice body)
{
    struct answer a = answer_of(FATE_ANSWERED, status, body, "");
    struct target t = {.id = "id", .version = ACTION_VERSION_UNKNOWN};
    struct step *s = step_new(&t, ALICE, NULL);
    struct verdict v;

    v = sent(&a, false);
    assert_fit_to_show(v.text, sizeof v.text, what, status);
    if (v.kind == VERDICT_ACCEPTED || v.kind == VERDICT_DONE || v.kind == VERDICT_AGAIN)
        fail_msg("send: %s, HTTP %d: %s", what, status, kinds[v.kind]);
    v = polled(&a);
    assert_fit_to_show(v.text, sizeof v.text, what, status);
    if (v.kind == VERDICT_ACCEPTED || v.kind == VERDICT_DONE || v.kind == VERDICT_LOST)
        fail_msg("poll: %s, HTTP %d: %s", what, status, kinds[v.kind]);
    action_claim.read_ask(&t, &a, &v);
    assert_fit_to_show(v.text, sizeof v.text, what, status);
    if (v.kind == VERDICT_DONE)
        fail_msg("ask: %s, HTTP %d", what, status);
    for (int done = 0; done < 2; done++) {
        struct reconcile_lookup l = {.what = RECONCILE_LOST, .pages_done = done};

        action_claim.read_lookup(s, &l, &a, &v);
        assert_fit_to_show(v.text, sizeof v.text, what, status);
        assert_fit_to_show(l.text, sizeof l.text, what, status);
        if (decided(&l, 0) == RECONCILED_ABSENT)
            fail_msg("lookup: %s, HTTP %d: absent", what, status);
    }
    if (body.len < LONG_MAX_BODY) { /* those take their time */
        struct listing l = {.fence = "f"};

        action_claim.read_list(&t, &l, &a, &v);
        assert_false(l.fence_seen);
        assert_fit_to_show(v.text, sizeof v.text, what, status);
    }
    t.version = body.len < LONG_MAX_BODY ? 1 : ACTION_VERSION_UNKNOWN;
    action_claim.read_ask(&t, &a, &v);
    assert_fit_to_show(v.text, sizeof v.text, what, status);
    free(t.shown);
    step_free(s);
}

static void throw_with_every_status(const char *what, struct slice body)
{
    static const int statuses[] = {100, 200, 201, 204, 301, 400, 401, 402, 403, 404,
                                   408, 413, 429, 499, 500, 501, 502, 503, 504, 599};

    for (size_t i = 0; i < COUNT(statuses); i++)
        throw_at_all(what, statuses[i], body);
}

#define S(literal)                                                                                 \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static void test_hostile_bodies(void **state)
{
    static const struct {
        const char *what;
        struct slice body;
    } cases[] = {
        {"empty", S("")},
        {"NUL", S("\0")},
        {"blanks", S(" \r\n")},
        {"HTML", S(HTML)},
        {"cut", S("{\"claimAttemptId\":\"0123\"")},
        {"null", S("null")},
        {"true", S("true")},
        {"number", S("1e999")},
        {"string", S("\"claimAttemptId\"")},
        {"array", S("[{\"claimAttemptId\":\"x\",\"success\":true}]")},
        {"wrong types", S("{\"claimAttemptId\":[\"x\"],\"success\":\"true\",\"error\":{},"
                          "\"errorMessage\":[],\"claim\":[],\"docs\":{},\"successCount\":{},"
                          "\"bookmark\":[]}")},
        {"more wrong types", S("{\"claimAttemptId\":{},\"success\":1,\"error\":true,"
                               "\"errorMessage\":7,\"claim\":{\"version\":[]},\"docs\":7,"
                               "\"successCount\":1.5}")},
        {"nulls", S("{\"claimAttemptId\":null,\"success\":null,\"error\":null,"
                    "\"errorMessage\":null,\"claim\":null,\"docs\":null,\"successCount\":null}")},
        {"invalid UTF-8", S("{\"errorMessage\":\"\xff\xfe\",\"claimAttemptId\":\"\xff\"}")},
        {"a lone surrogate", S("{\"errorMessage\":\"\\ud800\",\"claimAttemptId\":\"x\"}")},
        {"two documents", S("{\"claimAttemptId\":\"x\"}{\"claimAttemptId\":\"y\"}")},
        {"NUL behind the document", S("{\"claimAttemptId\":\"x\"}\0")},
        {"controls", S("{\"errorMessage\":\"a\\r\\nb\\u001b[31mc\\u0000d\\u007f\","
                       "\"error\":\"a\\r\\nb\\u001b[31mc\\u0000d\\u007f\"}")},
        {"controls in a refusal",
         S("{\"errorMessage\":\"" UNSATISFIED
           "(a\\nb) : \\u001b[2Jc\\u0000d\",\"error\":\"Error: " UNSATISFIED
           "(a\\nb) : \\u001b[2Jc\"}")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        throw_with_every_status(cases[i].what, cases[i].body);
}

static void test_huge_bodies(void **state)
{
    static const struct {
        const char *what, *head;
        char fill;
        const char *tail;
    } cases[] = {
        {"deep arrays", "", '[', ""},
        {"deep objects that end", "{\"a\":", '[', "]}"},
        {"a huge message", "{\"errorMessage\":\"", 'x', "\"}"},
        {"a huge error", "{\"success\":false,\"error\":\"", 'x', "\"}"},
        {"a huge reason", "{\"errorMessage\":\"" UNSATISFIED "(x) : ", 'y', "\"}"},
        {"a huge name", "{\"errorMessage\":\"" UNSATISFIED "(", 'y', ") : x\"}"},
        {"a huge attempt", "{\"claimAttemptId\":\"", 'x', "\"}"},
        {"a huge bookmark", "{\"docs\":[{}],\"bookmark\":\"", 'x', "\"}"},
        {"blanks", "", ' ', "{\"claimAttemptId\":7}"},
    };

    /* One of each kind: a body of a megabyte takes long, and test_hostile_bodies tries them all. */
    static const int statuses[] = {200, 301, 401, 404, 429, 500};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice body = huge_of(cases[i].head, cases[i].fill, cases[i].tail);

        for (size_t k = 0; k < COUNT(statuses); k++)
            throw_at_all(cases[i].what, statuses[k], body);
    }
}

/* Texts of every length are cut between characters, also where they are put together anew. */
static void test_long_texts_stay_utf8(void **state)
{
    static const char *const forms[] = {
        "{\"errorMessage\":\"%s\",\"error\":\"%s\"}",
        "{\"errorMessage\":\"" UNSATISFIED "(x) : %s\",\"error\":\"" UNSATISFIED "(%s) : x\"}",
        "{\"errorMessage\":\"" UNSATISFIED "(%s) : x\",\"error\":\"" UNSATISFIED "(x) : %s\"}",
    };

    (void)state;
    for (size_t form = 0; form < COUNT(forms); form++) {
        for (size_t n = 60; n < 280; n++) {
            char reason[1024] = "", body[4096];

            for (size_t i = 0; i < n; i++)
                memcpy(reason + 3 * i, "…", 4); /* three bytes each */
            for (size_t shift = 0; shift < 3; shift++) {
                snprintf(body, sizeof body, forms[form], reason, reason);
                throw_at_all("a long text", 500, slice_of(body));
                throw_at_all("a long text", 200, slice_of(body));
                throw_at_all("a long text", 401, slice_of(body));
                memmove(reason + 1, reason, strlen(reason) + 1);
                reason[0] = 'x';
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_row),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_answers_to_send),
        cmocka_unit_test(test_what_a_refusal_is_about),
        cmocka_unit_test(test_answers_to_simulate),
        cmocka_unit_test(test_attempt_is_kept),
        cmocka_unit_test(test_answers_to_poll),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_answers_to_ask),
        cmocka_unit_test(test_absurd_versions),
        cmocka_unit_test(test_who_has_claimed),
        cmocka_unit_test(test_question_who_has_claimed),
        cmocka_unit_test(test_fates),
        cmocka_unit_test(test_lookup_finds),
        cmocka_unit_test(test_no_baseline),
        cmocka_unit_test(test_pages_end),
        cmocka_unit_test(test_bookmark_too_long),
        cmocka_unit_test(test_too_many_pages),
        cmocka_unit_test(test_too_many_candidates),
        cmocka_unit_test(test_attempts_of_odd_form),
        cmocka_unit_test(test_attempts_of_others),
        cmocka_unit_test(test_only_the_stamps_count),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_that_proves_nothing),
        cmocka_unit_test(test_list_in_bad_weather),
        cmocka_unit_test(test_baseline),
        cmocka_unit_test(test_no_baseline_to_be_had),
        cmocka_unit_test(test_baseline_and_the_wire),
        cmocka_unit_test(test_status_of_others),
        cmocka_unit_test(test_denials),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_hostile_bodies),
        cmocka_unit_test(test_huge_bodies),
        cmocka_unit_test(test_long_texts_stay_utf8),
    };

    return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
