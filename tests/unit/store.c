/*
 * store: what is sent, to the letter; what each answer means; and that nothing is said to be in a store
 * as long as the store may still have it in its queue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/action.h"
#include "base/clock.h"
#include "policy/redact.h"

#include "answers.h"

#define BATCH "/api/v0/storeActions/batch"
#define ACTIVITY "/api/v0/dynamicStores/activity?dynamicDataId="
#define VALUE "/api/v0/dynamicStore/"
#define SECRET "s3cret/&?"
#define SECRET_ESCAPED "s3cret%2F%26%3F"
#define ADDRESS(address) "\"address\":\"" address "\""
#define ACTION(payload) "{\"actionName\":\"add\",\"payload\":{" payload "}}"
/* An entry of what is pending. */
#define JOB(actions, error) "{\"actions\":[" actions "],\"numRetries\":3,\"error\":\"" error "\"}"
#define SHOWN(jobs) "{\"pending\":[" jobs "],\"history\":{\"docs\":[],\"pagination\":{}}}"
#define SAYS_NOTHING "the store does not show what it holds"

/* Up to three steps in a list, each with its payload; NULL: fields that are not known any more. */
static struct step *steps_of(const char *const (*of)[2], size_t n)
{
    struct step *first = NULL, **end = &first;

    for (size_t i = 0; i < n; i++) {
        *end = step_new(NULL, of[i][0], of[i][1]);
        assert_non_null(*end);
        end = &(*end)->next;
    }
    return first;
}

static void steps_free(struct step *s)
{
    for (struct step *next; s; s = next) {
        next = s->next;
        step_free(s);
    }
}

static const char *const people[][2] = {
    {ALICE, ADDRESS(ALICE)}, {BOB, ADDRESS(BOB)}, {CAROL, ADDRESS(CAROL)}};

/* ---- the row, requests ---- */

static void test_row(void **state)
{
    (void)state;
    assert_true(action_store.repeatable && action_store.fields_bare);
    assert_false(action_store.local);
    assert_int_equal(action_store.batch_max, 10000);
    assert_string_equal(action_store.of, "store id");
    assert_null(action_store.link);
    assert_true(!action_store.is_open && !action_store.ask && !action_store.lookup);
}

static void test_cost(void **state)
{
    static const struct {
        size_t batch;
        bool simulate;
        int64_t n, want;
    } cases[] = {
        {1, false, 0, 0},     {1, false, 7, 14},   {250, false, 1, 2},       {250, false, 250, 2},
        {250, false, 251, 4}, {250, true, 251, 2}, {10000, false, 20000, 4},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct target t = {.batch = cases[i].batch, .simulate = cases[i].simulate};

        assert_int_equal(action_store.cost(&t, cases[i].n), cases[i].want);
    }
}

static void test_sends(void **state)
{
    static const struct {
        struct target target;
        size_t n;
        const char *of[2][2];
        const char *want;
    } cases[] = {
        {{.id = "s1"},
         1,
         {{ALICE, ADDRESS(ALICE)}},
         "{\"dynamicDataId\":\"s1\",\"actions\":[" ACTION(ADDRESS(ALICE)) "]}"},
        {{.id = "s1", .secret = ""},
         1,
         {{ALICE, ADDRESS(ALICE)}},
         "{\"dynamicDataId\":\"s1\",\"actions\":[" ACTION(ADDRESS(ALICE)) "]}"},
        {{.id = "a\"b/ü", .secret = "p\"\\w"},
         2,
         {{ALICE, ADDRESS(ALICE)}, {"x@y.z", "\"email\":\"x@y.z\",\"n\":1"}},
         "{\"dynamicDataId\":\"a\\\"b/ü\",\"actions\":[" ACTION(ADDRESS(ALICE)) "," ACTION(
             "\"email\":\"x@y.z\",\"n\":1") "],\"dataSecret\":\"p\\\"\\\\w\"}"},
        {{.id = "s1", .remove = true},
         1,
         {{BOB, ADDRESS(BOB)}},
         "{\"dynamicDataId\":\"s1\",\"actions\":[{\"actionName\":\"remove\",\"payload\":{" ADDRESS(
             BOB) "}}]}"},
        {{.id = "s1", .secret = "x", .simulate = true},
         1,
         {{BOB, NULL}},
         "{\"dynamicDataId\":\"s1\",\"actions\":[" ACTION("") "],\"dataSecret\":\"x\","
                                                              "\"_isSimulation\":true}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct step *s = steps_of(cases[i].of, cases[i].n);
        struct request r = empty_request();

        action_store.send(&cases[i].target, s, &r);
        assert_request(&r, true, BATCH, cases[i].want);
        steps_free(s);
    }
}

static void test_asks(void **state)
{
    static const struct {
        struct target target;
        const char *of[2];
        const char *want;
    } cases[] = {
        {{.id = "a/b"}, {ALICE, NULL}, ACTIVITY "a%2Fb"},
        {{.id = "s", .secret = ""}, {ALICE, NULL}, ACTIVITY "s"},
        {{.id = "s", .secret = SECRET}, {ALICE, NULL}, ACTIVITY "s&dataSecret=" SECRET_ESCAPED},
        {{.id = "a/b", .mute = true}, {ALICE, NULL}, VALUE "a%2Fb/value?key=" ALICE},
        {{.id = "s", .mute = true, .secret = SECRET},
         {ALICE, ADDRESS(ALICE)},
         VALUE "s/value?key=" ALICE "&dataSecret=" SECRET_ESCAPED},
        {{.id = "s", .mute = true},
         {"a+b@c.d", "\"email\":\"a+b@c.d\""},
         VALUE "s/value?key=a%2Bb%40c.d"},
        /* the address, in its other form */
        {{.id = "s", .mute = true},
         {ALICE, "\"wallet\":\"" ALICE_HEX "\""},
         VALUE "s/value?key=" ALICE},
        /* a payload that was set to something else than the recipient */
        {{.id = "s", .mute = true},
         {ALICE, "\"n\":7,\"none\":\"\",\"id\":\"4 2\",\"more\":\"x\""},
         VALUE "s/value?key=4%202"},
        {{.id = "s", .mute = true},
         {ALICE, "\"more\":\"x\"," ADDRESS(ALICE)},
         VALUE "s/value?key=" ALICE},
        {{.id = "s", .mute = true}, {ALICE, "\"n\":7"}, VALUE "s/value?key=" ALICE},
        {{.id = "s", .mute = true}, {ALICE, ""}, VALUE "s/value?key=" ALICE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct step *s = step_new(NULL, cases[i].of[0], cases[i].of[1]);
        struct request r = empty_request();

        action_store.poll(&cases[i].target, s, &r);
        if (!cases[i].target.mute)
            assert_true(r.answer_max > (size_t)1 << 20); /* a long list */
        assert_request(&r, false, cases[i].want, "");
        step_free(s);
    }
}

/* The question about steps, and its answer.  A mute store that shows what is pending was asked about that
 * before it turned mute. */
static void poll_and_read(struct target *t, struct step *steps, struct answer *a, struct verdict *v)
{
    struct request r = empty_request();
    struct target asked = *t;

    asked.mute = t->mute && !strstr(a->body.ptr, "pending");
    action_store.poll(&asked, steps, &r);
    assert_true(text_ok(&r.path));
    hand_on(&r, a, 100);
    action_store.read_poll(t, steps, a, v);
    request_release(&r);
}

/* ---- what answers mean ---- */

static const struct case_of answers_to_send[] = {
    {"queued", 200, "{}", VERDICT_ACCEPTED, ""},
    {"queued, with more", 200, "{\"x\":1}", VERDICT_ACCEPTED, ""},
    {"200, HTML", 200, HTML, VERDICT_LOST, "HTTP 200 without the API's JSON"},
    {"200, empty", 200, "", VERDICT_LOST, NULL},
    {"200, array", 200, "[]", VERDICT_LOST, NULL},
    {"200 with a refusal", 200, "{\"errorMessage\":\"no\"}", VERDICT_LOST, NULL},
    {"204", 204, "", VERDICT_LOST, NULL},
    /* these hold for every row */
    {"secret", 500, "{\"errorMessage\":\"Invalid data secret\"}", VERDICT_STOP,
     "Invalid data secret: check the store's secret (--secret-from)"},
    {"secret, 400", 400, "{\"errorMessage\":\"Error: Invalid data secret\"}", VERDICT_STOP, NULL},
    {"store", 500, "{\"errorMessage\":\"Dynamic data doc not found\"}", VERDICT_STOP,
     "Dynamic data doc not found: check the store id"},
    {"IDX: store", 500, "{\"errorMessage\":\"No doc found\"}", VERDICT_STOP,
     "No doc found: check the store id"},
    {"S26: store", 404, "{\"errorMessage\":\"Not found\"}", VERDICT_STOP,
     "Not found: check the store id"},
    {"no key", 401, "{\"errorMessage\":\"Unauthorized\"}", VERDICT_STOP,
     "HTTP 401: Unauthorized: check the API key (BITBADGES_API_KEY)"},
    {"session", 401, "{\"errorMessage\":\"Sign in\",\"unauthorized\":true}", VERDICT_STOP, NULL},
    {"credits", 402, "{}", VERDICT_STOP, NULL},
    {"redirect", 302, "", VERDICT_LOST, NULL},
    {"redirect of the same request", 308, "", VERDICT_STOP, NULL},
    /* these are of one row or more, or of their number: half of them may fare better */
    {"address", 500, "{\"errorMessage\":\"Could not convert.\"}", VERDICT_REFUSED,
     "Could not convert."},
    {"schema", 400, "{\"errorMessage\":\"Invalid request payload. Too many actions.\"}",
     VERDICT_REFUSED, "Invalid request payload. Too many actions."},
    {"challenge", 500, "{\"errorMessage\":\"" UNSATISFIED "(x) : y\"}", VERDICT_REFUSED, "y (x)"},
    {"400 in HTML", 400, HTML, VERDICT_REFUSED, NULL},
    {"403", 403, "{\"errorMessage\":\"Forbidden\"}", VERDICT_REFUSED, "Forbidden"},
    {"413", 413, "{\"errorMessage\":\"request entity too large\"}", VERDICT_REFUSED, NULL},
    {"413 in HTML", 413, HTML, VERDICT_REFUSED, "HTTP 413 without the API's JSON"},
    {"limit", 429, "", VERDICT_LIMITED, NULL},
    /* gateways */
    {"404 in HTML", 404, HTML, VERDICT_LOST, NULL},
    {"408", 408, "", VERDICT_LOST, NULL},
    {"500 in HTML", 500, HTML, VERDICT_LOST, NULL},
    {"502", 502, HTML, VERDICT_LOST, NULL},
    {"503 that says so", 503, "{\"errorMessage\":\"Invalid data secret\"}", VERDICT_LOST, NULL},
    {"504", 504, "", VERDICT_LOST, NULL},
};

static void test_answers_to_send(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers_to_send); i++) {
        const struct case_of *c = &answers_to_send[i];
        struct answer a = answered(c->status, c->body);
        struct target t = {.id = "s"};
        struct verdict v;

        memset(&v, 'x', sizeof v);
        action_store.read_send(&t, &a, &v);
        expect(c, &v);
        assert_string_equal(v.attempt, "");
        assert_false(v.reserved);
        t.simulate = true;
        action_store.read_send(&t, &a, &v);
        assert_int_equal(v.kind, c->want == VERDICT_ACCEPTED ? VERDICT_DONE : c->want);
    }
}

struct polled {
    struct case_of c;
    size_t n; /* steps */
    bool mute;
    bool mute_then;
};

static void expect_polled(const struct polled *p, bool removing)
{
    struct answer a = answered(p->c.status, p->c.body);
    struct target t = {.id = "s", .mute = p->mute, .remove = removing};
    struct step *s = steps_of(people, p->n);
    struct verdict v;

    memset(&v, 'x', sizeof v);
    poll_and_read(&t, s, &a, &v);
    expect(&p->c, &v);
    if (t.mute != p->mute_then)
        fail_msg("%s: the store is %smute", p->c.what, t.mute ? "" : "not ");
    steps_free(s);
}

static void test_what_is_pending(void **state)
{
    static const struct polled cases[] = {
        {{"nothing", 200, SHOWN(""), VERDICT_DONE, ""}, 3, false, false},
        {{"only history", 200,
          "{\"pending\":[],\"history\":{\"docs\":[" JOB(ACTION(ADDRESS(ALICE)), "x") "]}}",
          VERDICT_DONE, ""},
         1,
         false,
         false},
        {{"somebody else's", 200, SHOWN(JOB(ACTION(ADDRESS(CAROL)), "stuck")), VERDICT_DONE, ""},
         2,
         false,
         false},
        {{"ours", 200, SHOWN(JOB(ACTION(ADDRESS(ALICE)), "")), VERDICT_PENDING, ""},
         1,
         false,
         false},
        {{"the last of ours", 200,
          SHOWN(JOB(ACTION("\"email\":\"x\""),
                    "no") "," JOB(ACTION(ADDRESS("zz")) "," ACTION(ADDRESS(CAROL)), "")),
          VERDICT_PENDING, ""},
         3,
         false,
         false},
        {{"in its other form", 200, SHOWN(JOB(ACTION("\"wallet\":\"" ALICE_HEX "\""), "")),
          VERDICT_PENDING, ""},
         3,
         false,
         false},
        {{"with an error", 200,
          SHOWN(JOB(ACTION(ADDRESS("zz")), "theirs") "," JOB(ACTION(ADDRESS(BOB)), "") "," JOB(
              ACTION(ADDRESS(BOB)), "Store is\\nfull") "," JOB(ACTION(ADDRESS(BOB)), "later")),
          VERDICT_PENDING, "the store says: Store is full"},
         3,
         false,
         false},
        {{"error is no text", 200,
          "{\"pending\":[{\"actions\":[" ACTION(ADDRESS(BOB)) "],\"error\":{\"a\":1}}]}",
          VERDICT_PENDING, ""},
         3,
         false,
         false},
        /* never is DONE said for want of understanding */
        {{"no actions", 200, SHOWN("{\"error\":\"x\"}"), VERDICT_SPLIT, SAYS_NOTHING},
         3,
         false,
         true},
        {{"actions is an object", 200, "{\"pending\":[{\"actions\":{}}]}", VERDICT_SPLIT, NULL},
         3,
         false,
         true},
        {{"no payload", 200, SHOWN(JOB("{\"actionName\":\"add\"}", "")), VERDICT_SPLIT, NULL},
         1,
         false,
         true},
        {{"an action is a string", 200, SHOWN(JOB("\"" ALICE "\"", "")), VERDICT_SPLIT, NULL},
         1,
         false,
         true},
        {{"unreadable, but ours is there", 200, SHOWN("7," JOB(ACTION(ADDRESS(BOB)), "")),
          VERDICT_PENDING, ""},
         3,
         false,
         false},
        {{"ours is there, but unreadable", 200, SHOWN(JOB(ACTION(ADDRESS(BOB)), "") ",7"),
          VERDICT_PENDING, ""},
         3,
         false,
         false},
        {{"pending is an object", 200, "{\"pending\":{}}", VERDICT_SPLIT, NULL}, 3, false, true},
        {{"200 of another form", 200, "{}", VERDICT_SPLIT, NULL}, 1, false, true},
        /* it was asked before the store turned mute */
        {{"mute, nothing is pending", 200, SHOWN(""), VERDICT_DONE, ""}, 1, true, true},
        {{"mute, ours is pending", 200, SHOWN(JOB(ACTION(ADDRESS(ALICE)), "")), VERDICT_PENDING,
          ""},
         3,
         true,
         true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_polled(&cases[i], false);
        expect_polled(&cases[i], true);
    }
}

static void test_refused_questions(void **state)
{
    static const struct polled cases[] = {
        {{"session", 401, "{\"errorMessage\":\"Sign in\",\"unauthorized\":true}", VERDICT_SPLIT,
          SAYS_NOTHING},
         3,
         false,
         true},
        {{"session, mute", 401, "{\"errorMessage\":\"Sign in\",\"unauthorized\":true}",
          VERDICT_PENDING, SAYS_NOTHING},
         1,
         true,
         true},
        {{"403", 403, "{\"errorMessage\":\"Not the manager\"}", VERDICT_SPLIT, "Not the manager"},
         3,
         false,
         true},
        {{"403, one step", 403, "{\"errorMessage\":\"Not the manager\"}", VERDICT_SPLIT, NULL},
         1,
         false,
         true},
        {{"403, mute", 403, "{\"errorMessage\":\"Not the manager\"}", VERDICT_PENDING,
          "Not the manager"},
         1,
         true,
         true},
        {{"403, mute and several", 403, "{\"errorMessage\":\"x\"}", VERDICT_SPLIT, NULL},
         2,
         true,
         true},
        {{"404", 404, HTML, VERDICT_SPLIT, SAYS_NOTHING}, 3, false, true},
        {{"404, mute", 404, HTML, VERDICT_PENDING, SAYS_NOTHING}, 1, true, true},
        {{"500", 500, "{\"errorMessage\":\"Invalid data secret\"}", VERDICT_SPLIT,
          "Invalid data secret"},
         3,
         false,
         true},
        {{"500, mute", 500, "{\"errorMessage\":\"Invalid data secret\"}", VERDICT_PENDING,
          "Invalid data secret"},
         1,
         true,
         true},
        {{"400", 400, "{\"errorMessage\":\"Invalid request payload.\"}", VERDICT_SPLIT, NULL},
         3,
         false,
         true},
        /* these tell nothing */
        {{"500 in HTML", 500, HTML, VERDICT_AGAIN, "HTTP 500 without the API's JSON"},
         3,
         false,
         false},
        {{"502", 502, HTML, VERDICT_AGAIN, NULL}, 3, false, false},
        {{"503 in JSON", 503, "{\"errorMessage\":\"x\"}", VERDICT_AGAIN, NULL}, 1, true, true},
        {{"200, HTML", 200, HTML, VERDICT_AGAIN, NULL}, 3, false, false},
        {{"200, empty", 200, "", VERDICT_AGAIN, NULL}, 1, true, true},
        {{"limit", 429, "", VERDICT_LIMITED, NULL}, 3, false, false},
        {{"credits", 402, "{\"unauthorized\":true}", VERDICT_STOP, NULL}, 3, false, false},
        {{"no key", 401, "{\"errorMessage\":\"Unauthorized\",\"unauthorized\":false}", VERDICT_STOP,
          NULL},
         3,
         false,
         false},
        {{"no key, mute", 401, "", VERDICT_STOP, NULL}, 1, true, true},
        {{"redirect", 307, "{}", VERDICT_STOP, NULL}, 3, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_polled(&cases[i], false);
}

/* `in the store` is what an adding waits for, and a removing is not. */
static void test_values(void **state)
{
    static const struct {
        const char *body;
        enum verdict_kind adding, removing;
    } cases[] = {
        {"{\"key\":\"" ALICE "\",\"inStore\":true}", VERDICT_DONE, VERDICT_PENDING},
        {"{\"key\":\"" ALICE "\",\"inStore\":false}", VERDICT_PENDING, VERDICT_DONE},
        {"{\"inStore\":null}", VERDICT_PENDING, VERDICT_PENDING},
        {"{\"inStore\":\"true\"}", VERDICT_PENDING, VERDICT_PENDING},
        {"{\"inStore\":1}", VERDICT_PENDING, VERDICT_PENDING},
        {"{}", VERDICT_PENDING, VERDICT_PENDING},
        {"[]", VERDICT_PENDING, VERDICT_PENDING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct polled one = {{"value", 200, cases[i].body, cases[i].adding, NULL}, 1, true, true};
        struct polled several = {
            {"value, several", 200, cases[i].body, VERDICT_SPLIT, NULL}, 2, true, true};

        expect_polled(&one, false);
        expect_polled(&several, false);
        one.c.want = cases[i].removing;
        expect_polled(&one, true);
    }
}

static void test_fates(void **state)
{
    struct answer unsent = answer_of(FATE_NOT_SENT, 0, slice_of(""), "");
    struct answer lost = answer_of(FATE_LOST, 200, slice_of(SHOWN("")), "");
    struct target t = {.id = "s"};
    struct step *s = steps_of(people, 2);
    struct verdict v;

    (void)state;
    action_store.read_send(&t, &unsent, &v);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    action_store.read_send(&t, &lost, &v);
    assert_int_equal(v.kind, VERDICT_LOST);
    assert_string_equal(v.text, "the wire broke");
    poll_and_read(&t, s, &unsent, &v);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    poll_and_read(&t, s, &lost, &v);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    assert_false(t.mute);
    /* a list too long to be told is no help */
    lost.too_large = true;
    poll_and_read(&t, s, &lost, &v);
    assert_int_equal(v.kind, VERDICT_SPLIT);
    assert_true(t.mute);
    poll_and_read(&t, s, &lost, &v);
    assert_int_equal(v.kind, VERDICT_AGAIN);
    steps_free(s);
}

/* A step is also recognised by a payload that was set to something else than its recipient. */
static void test_other_payloads(void **state)
{
    static const char *const of[][2] = {{ALICE, "\"id\":\"42\",\"course\":\"Go\""},
                                        {BOB, "\"note\":\"x\"," ADDRESS(BOB)}};
    static const struct {
        const char *pending;
        enum verdict_kind want;
    } cases[] = {
        {SHOWN(JOB(ACTION("\"id\":\"42\",\"course\":\"Go\""), "")), VERDICT_PENDING},
        {SHOWN(JOB(ACTION("\"id\":\"43\",\"course\":\"Go\""), "")), VERDICT_DONE},
        {SHOWN(JOB(ACTION("\"note\":\"x\"," ADDRESS(CAROL)), "")), VERDICT_DONE},
        {SHOWN(JOB(ACTION("\"note\":\"x\"," ADDRESS(BOB)), "")), VERDICT_PENDING},
    };
    struct step *s = steps_of(of, COUNT(of));
    struct target t = {.id = "s"};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(200, cases[i].pending);
        struct verdict v;

        poll_and_read(&t, s, &a, &v);
        if (v.kind != cases[i].want)
            fail_msg("%s: %s", cases[i].pending, kinds[v.kind]);
    }
    steps_free(s);
}

/* As many as one request may carry, and as many pending: they are not compared each with each. */
static void test_many(void **state)
{
    struct target t = {.id = "s"};
    struct step *first = NULL;
    struct text body;
    struct verdict v;
    struct answer a;
    int64_t began = clock_now_ns();

    (void)state;
    text_init(&body);
    text_puts(&body, "{\"pending\":[");
    for (int i = 0; i < 10000; i++) {
        char id[32], fields[64];
        struct step *s;

        snprintf(id, sizeof id, "learner %d", i);
        snprintf(fields, sizeof fields, "\"id\":\"learner %d\"", i);
        s = step_new(NULL, id, fields);
        s->next = first;
        first = s;
        text_printf(&body, "%s" JOB(ACTION("\"id\":\"other %d\""), ""), i ? "," : "", i);
    }
    text_puts(&body, "]}");
    a = answered(200, body.ptr);
    poll_and_read(&t, first, &a, &v);
    assert_int_equal(v.kind, VERDICT_DONE);
    body.len -= 2;
    body.ptr[body.len] = '\0';
    text_puts(&body, "," JOB(ACTION("\"id\":\"learner 7777\""), "oh") "]}");
    a = answered(200, body.ptr);
    poll_and_read(&t, first, &a, &v);
    assert_int_equal(v.kind, VERDICT_PENDING);
    assert_string_equal(v.text, "the store says: oh");
    assert_in_range(clock_now_ns() - began, 0, 10 * CLOCK_NS_PER_S);
    text_release(&body);
    steps_free(first);
}

static void test_secret_is_never_said(void **state)
{
    static const struct {
        int status;
        const char *body;
    } cases[] = {
        {500, "{\"errorMessage\":\"Invalid data secret: " SECRET "\"}"},
        {500, "{\"errorMessage\":\"No doc found for " SECRET "\"}"},
        {400, "{\"errorMessage\":\"" SECRET " is no secret\"}"},
        {404, "{\"errorMessage\":\"GET /x?dataSecret=" SECRET_ESCAPED "\"}"},
        {401, "{\"errorMessage\":\"" SECRET "\"}"},
        {401, "{\"errorMessage\":\"" SECRET "\",\"unauthorized\":true}"},
        {200, SHOWN(JOB(ACTION(ADDRESS(ALICE)), "not " SECRET))},
    };
    const struct redact secrets = {.secrets = {SECRET}, .n = 1};
    struct step *s = steps_of(people, 1);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].status, cases[i].body);
        struct target t = {.id = "s", .secret = SECRET};
        struct verdict v;

        a.secrets = &secrets;
        action_store.read_send(&t, &a, &v);
        assert_silent(v.text, "s3cret");
        for (int turn = 0; turn < 2; turn++) { /* the second may find it mute */
            poll_and_read(&t, s, &a, &v);
            assert_silent(v.text, "s3cret");
        }
    }
    steps_free(s);
}

static void test_hostile_bodies(void **state)
{
    static const int statuses[] = {100, 200, 201, 204, 301, 400, 401, 402, 403, 404,
                                   408, 413, 429, 500, 501, 502, 503, 504, 599};
    static const char *const bodies[] = {
        "",
        " \r\n",
        HTML,
        "{\"pending\":[",
        "null",
        "true",
        "1e999",
        "\"pending\"",
        "[{\"pending\":[]}]",
        "{\"pending\":null,\"inStore\":null}",
        "{\"pending\":7,\"inStore\":[],\"errorMessage\":[]}",
        "{\"pending\":[null,7,[],\"x\"]}",
        "{\"pending\":[{\"actions\":[null]}]}",
        "{\"errorMessage\":\"a\\r\\nb\\u001b[31mc\\u0000d\\u007f\"}",
        "{\"errorMessage\":\"\xff\xfe\"}",
        "{\"pending\":[]}{\"pending\":[]}",
    };
    struct step *s = steps_of(people, 2);

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        for (size_t k = 0; k < COUNT(statuses); k++)
            for (int mute = 0; mute < 2; mute++) {
                struct answer a = answered(statuses[k], bodies[i]);
                struct target t = {.id = "s", .mute = mute};
                struct verdict v;

                poll_and_read(&t, s, &a, &v);
                if (v.kind == VERDICT_DONE || v.kind == VERDICT_ACCEPTED || v.kind == VERDICT_LOST)
                    fail_msg("HTTP %d, %s: %s", statuses[k], bodies[i], kinds[v.kind]);
                action_store.read_send(&t, &a, &v);
                if (v.kind == VERDICT_DONE || v.kind == VERDICT_AGAIN ||
                    (v.kind == VERDICT_ACCEPTED && (statuses[k] != 200 || bodies[i][0] != '{')))
                    fail_msg("HTTP %d, %s: %s", statuses[k], bodies[i], kinds[v.kind]);
                for (const char *c = v.text; *c; c++)
                    assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
            }
    steps_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_sends),
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_answers_to_send),
        cmocka_unit_test(test_what_is_pending),
        cmocka_unit_test(test_refused_questions),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_fates),
        cmocka_unit_test(test_other_payloads),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_secret_is_never_said),
        cmocka_unit_test(test_hostile_bodies),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
