/* reply: what any answer of the API may be, and in which words it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/reply.h"
#include "base/step.h"
#include "policy/redact.h"

#include "answers.h"

#define UNDECIDED VERDICT_SPLIT /* here: left to the action */

static enum verdict_kind common(const struct answer *a, bool question, struct verdict *v)
{
    struct json *doc;
    bool decided;

    memset(v, 'x', sizeof *v);
    decided = question ? reply_common_question(a, v, &doc) : reply_common(a, v, &doc);
    if (decided)
        assert_null(doc);
    else
        assert_string_equal(v->text, "");
    json_free(doc);
    assert_string_equal(v->attempt, "");
    assert_false(v->reserved);
    return decided ? v->kind : UNDECIDED;
}

static void test_common(void **state)
{
    static const struct case_of cases[] = {
        {"200", 200, "{}", UNDECIDED, NULL},
        {"200, HTML", 200, HTML, UNDECIDED, NULL},
        {"400", 400, "", UNDECIDED, NULL},
        {"404", 404, "{\"errorMessage\":\"x\"}", UNDECIDED, NULL},
        {"500", 500, "{\"errorMessage\":\"x\"}", UNDECIDED, NULL},
        {"503", 503, HTML, UNDECIDED, NULL},
        {"limit", 429, HTML, VERDICT_LIMITED, "the server's rate limit (429)"},
        {"no key", 401, "{\"errorMessage\":\"Unauthorized\"}", VERDICT_STOP,
         "HTTP 401: Unauthorized: check the API key (BITBADGES_API_KEY)"},
        {"no key, HTML", 401, HTML, VERDICT_STOP,
         "HTTP 401: refused: check the API key (BITBADGES_API_KEY)"},
        {"credits", 402, "{\"errorMessage\":7}", VERDICT_STOP,
         "HTTP 402: refused: top up the account's credits"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].status, cases[i].body);
        struct verdict v;

        for (int question = 0; question < 2; question++) {
            enum verdict_kind kind = common(&a, question, &v);

            if (kind != cases[i].want)
                fail_msg("%s: %s", cases[i].what, kinds[kind]);
            if (cases[i].text)
                assert_string_equal(v.text, cases[i].text);
        }
    }
}

/* Only 307 and 308 say that the request is still to be done. */
static void test_redirects(void **state)
{
    static const struct {
        int status;
        enum verdict_kind sent;
    } cases[] = {{300, VERDICT_LOST}, {301, VERDICT_LOST}, {302, VERDICT_LOST}, {303, VERDICT_LOST},
                 {304, VERDICT_LOST}, {305, VERDICT_LOST}, {306, VERDICT_LOST}, {307, VERDICT_STOP},
                 {308, VERDICT_STOP}, {309, VERDICT_LOST}, {399, VERDICT_LOST}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].status, i % 2 ? "{\"claimAttemptId\":\"1\"}" : HTML);
        struct verdict v;

        assert_int_equal(common(&a, false, &v), cases[i].sent);
        assert_int_equal(v.stop_after, cases[i].sent == VERDICT_LOST);
        assert_non_null(strstr(v.text, "redirect, which is not followed: check the API's URL"));
        assert_int_equal(common(&a, true, &v), VERDICT_STOP);
        assert_false(v.stop_after);
    }
}

static void test_fates(void **state)
{
    static const struct {
        enum fate fate;
        enum verdict_kind sent, asked;
    } cases[] = {{FATE_NOT_SENT, VERDICT_AGAIN, VERDICT_AGAIN},
                 {FATE_LOST, VERDICT_LOST, VERDICT_AGAIN}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answer_of(cases[i].fate, 200, slice_of("{}"), "");
        struct verdict v;

        assert_int_equal(common(&a, false, &v), cases[i].sent);
        assert_string_equal(v.text, "the wire broke");
        assert_int_equal(common(&a, true, &v), cases[i].asked);
        assert_string_equal(v.text, "the wire broke");
    }
}

static void test_not_taken(void **state)
{
    static const struct {
        struct case_of c;
        bool refuses;
    } cases[] = {
        {{"500", 500, "{\"errorMessage\":\"x\"}", VERDICT_REFUSED, "x"}, true},
        {{"400", 400, "{\"errorMessage\":\"x\"}", VERDICT_REFUSED, "x"}, true},
        {{"404", 404, "{\"errorMessage\":\"x\"}", VERDICT_REFUSED, "x"}, true},
        {{"499", 499, "{\"errorMessage\":\"\"}", VERDICT_REFUSED, ""}, true},
        {{"400 in HTML", 400, HTML, VERDICT_REFUSED, "HTTP 400 without the API's JSON"}, false},
        {{"413 in HTML", 413, HTML, VERDICT_REFUSED, "HTTP 413 without the API's JSON"}, false},
        {{"404 in HTML", 404, HTML, VERDICT_LOST, "HTTP 404 without the API's JSON"}, false},
        {{"500 in HTML", 500, HTML, VERDICT_LOST, NULL}, false},
        {{"500, no message", 500, "{\"error\":\"x\"}", VERDICT_LOST, NULL}, false},
        {{"501", 501, "{\"errorMessage\":\"x\"}", VERDICT_LOST, NULL}, false},
        {{"503", 503, "{\"errorMessage\":\"x\"}", VERDICT_LOST, NULL}, false},
        {{"200", 200, "{\"errorMessage\":\"x\"}", VERDICT_LOST, NULL}, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(cases[i].c.status, cases[i].c.body);
        struct verdict v;
        struct json *doc;

        assert_false(reply_common(&a, &v, &doc));
        assert_int_equal(reply_refuses(&a, doc), cases[i].refuses);
        reply_not_taken(&a, doc, &v);
        expect(&cases[i].c, &v);
        json_free(doc);
    }
}

static void test_refusals(void **state)
{
    static const char *const cases[][2] = {
        {"Incorrect password", "Incorrect password"},
        {"Error: Incorrect password", "Incorrect password"},
        {"Error: ", "Error: "},
        {UNSATISFIED "(codes) : Code already used", "Code already used (codes)"},
        {"Error: " UNSATISFIED "(codes) : Code already used", "Code already used (codes)"},
        {UNSATISFIED "(a) b) : c) : d", "c) : d (a) b)"},
        {UNSATISFIED "(x", UNSATISFIED "(x"},
        {UNSATISFIED "(", UNSATISFIED "("},
        {UNSATISFIED "() : ", " ()"},
        {"", ""},
        {"two\nlines", "two lines"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct verdict v = {.kind = VERDICT_REFUSED};

        reply_say_refusal(&v, slice_of(cases[i][0]));
        assert_string_equal(v.text, cases[i][1]);
    }
}

/* What to do is told, however long the server's words are. */
static void test_advice(void **state)
{
    char said[4096];
    struct verdict v = {.answer = NULL};

    (void)state;
    reply_say_advice(&v, slice_of("No"), "look");
    assert_string_equal(v.text, "No: look");
    for (size_t i = 0; i + 4 < sizeof said; i += 3)
        memcpy(said + i, "…", 4);
    reply_say_advice(&v, slice_of(said), "look");
    assert_true(slice_is_utf8(slice_of(v.text)));
    assert_says(v.text, "…: look");
}

/* ---- secrets ---- */

static void test_secrets(void **state)
{
    static const struct {
        const char *body, *want;
    } cases[] = {
        {"{\"errorMessage\":\"wrong: open\\tsesame!\"}", "wrong: ****!"},
        {"{\"errorMessage\":\"wrong: open%09sesame!\"}", "wrong: ****!"},
        {"{\"errorMessage\":\"no such code: AB-17!\"}", "no such code: ****!"},
        {"{\"errorMessage\":\"no such code: QX-9000!\"}", "no such code: ****!"},
        {"{\"errorMessage\":\"no token zz-1!\"}", "no token zz-1!"},
        {"{\"errorMessage\":\"Ann is not alone\"}", "Ann is not alone"},
        {"{\"errorMessage\":\"is it WX-4?\",\"code\":\"WX-4\"}", "is it ****?"},
        {"{\"errorMessage\":\"Error: " UNSATISFIED "(open\\tsesame) : is AB-17\"}",
         "is **** (****)"},
    };
    const struct redact secrets = {.secrets = {"open\tsesame"}, .n = 1};
    struct target t = {.hides_values = false};
    struct step *s =
        step_new(&t, ALICE, "\"code-1\":{\"code\":\"AB-17\",\"name\":\"Ann\"},\"p\":{\"x\":\"y\"}");

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answered(500, cases[i].body);
        struct verdict v;
        struct json *doc;

        a.secrets = &secrets;
        a.steps = s;
        a.fields = "\"c\":{\"seedCode\":\"QX-9000\"}";
        assert_false(reply_common(&a, &v, &doc));
        reply_not_taken(&a, doc, &v);
        assert_int_equal(v.kind, VERDICT_REFUSED);
        assert_string_equal(v.text, cases[i].want);
        json_free(doc);
    }
    step_free(s);
}

/* A field whose name says nothing may hold a code; the recipient is no secret. */
static void test_hidden_values(void **state)
{
    static const char *const wants[] = {"ticket T-1000 of " ALICE "!", "ticket **** of " ALICE "!"};
    struct target t = {.hides_values = false};
    struct step *s = step_new(&t, ALICE, "\"h\":{\"ticket\":\"T-1000\",\"to\":\"" ALICE "\"}");
    struct answer a = answered(500, "{\"errorMessage\":\"ticket T-1000 of " ALICE "!\"}");

    (void)state;
    a.steps = s;
    for (int hides = 0; hides < 2; hides++) {
        struct json *doc;
        struct verdict v;

        t.hides_values = hides;
        assert_false(reply_common(&a, &v, &doc));
        reply_not_taken(&a, doc, &v);
        assert_string_equal(v.text, wants[hides]);
        json_free(doc);
    }
    step_free(s);
}

/* Each place where the server's words are cut. */
static void test_secrets_at_cuts(void **state)
{
    static const char *const forms[] = {"%s%s", UNSATISFIED "(x) : %s%s", UNSATISFIED "(%s%s) : x",
                                        "Error: %s%s"};
    const struct redact secrets = {.secrets = {"opensesame-and-more-of-it"}, .n = 1};

    (void)state;
    for (size_t f = 0; f < COUNT(forms); f++)
        for (size_t n = 0; n < ACTION_TEXT_MAX; n++) {
            char before[ACTION_TEXT_MAX + 1], words[2048], body[4096], said[64];
            struct verdict v;
            struct json *doc;

            memset(before, '.', n);
            before[n] = '\0';
            snprintf(words, sizeof words, forms[f], before, secrets.secrets[0]);
            snprintf(body, sizeof body, "{\"errorMessage\":\"%s\"}", words);
            for (int status = 400; status < 403; status++) {
                struct answer a = answered(status, body);

                a.secrets = &secrets;
                if (!reply_common(&a, &v, &doc))
                    reply_not_taken(&a, doc, &v);
                assert_silent(v.text, "open");
                reply_line(&a, doc, slice_of(words), said, sizeof said);
                assert_silent(said, "open");
                json_free(doc);
            }
        }
}

/* What is decided by the server's words is decided by them, whatever the secret is. */
static void test_secret_words(void **state)
{
    const struct redact secrets = {.secrets = {"found", "doc found"}, .n = 2};
    struct answer a = answered(500, "{\"errorMessage\":\"No doc found\"}");
    struct verdict v;
    struct json *doc;

    (void)state;
    a.secrets = &secrets;
    assert_false(reply_common(&a, &v, &doc));
    assert_true(reply_contains(reply_error(doc), REPLY_UNFOUND));
    reply_not_taken(&a, doc, &v);
    assert_string_equal(v.text, "No ****");
    json_free(doc);
}

static void test_contains(void **state)
{
    (void)state;
    assert_true(reply_contains(slice_of("Error: No doc found."), REPLY_UNFOUND));
    assert_false(reply_contains((struct slice){"No doc found", 11}, REPLY_UNFOUND));
    assert_false(reply_contains((struct slice){NULL, 0}, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_common),       cmocka_unit_test(test_fates),
        cmocka_unit_test(test_not_taken),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_advice),       cmocka_unit_test(test_contains),
        cmocka_unit_test(test_secrets),      cmocka_unit_test(test_secrets_at_cuts),
        cmocka_unit_test(test_secret_words), cmocka_unit_test(test_hidden_values),
        cmocka_unit_test(test_redirects),
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
