/* hooks: what each form of a message is, whatever stands in the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/hooks.h"

#include "adapters/json.h"

#include "fixture.h"

#define WORDS "claim c1: <!channel> & \"x\"\n2 rows need a person"

/* Parsed, to be freed. */
static struct json *body(enum hook_form form, const char *words)
{
    struct text out;
    struct json *doc;

    text_init(&out);
    hooks_body(form, words, "{\"format\":1}", &out);
    assert_true(text_ok(&out));
    doc = json_parse((struct slice){out.ptr, out.len});
    if (!doc)
        fail_msg("no JSON: %s", out.ptr);
    text_release(&out);
    return doc;
}

static void test_summary(void **state)
{
    struct json *doc = body(HOOK_SUMMARY, WORDS);
    int64_t format = 0;

    (void)state;
    assert_int_equal(json_int(json_get(doc, "format"), &format), 0);
    assert_int_equal(format, 1);
    json_free(doc);
}

static void test_slack(void **state)
{
    struct json *doc = body(HOOK_SLACK, WORDS);

    (void)state;
    assert_string_equal(json_text(json_get(doc, "text")).ptr,
                        "claim c1: &lt;!channel&gt; &amp; \"x\"\n2 rows need a person");
    json_free(doc);
}

static void test_teams(void **state)
{
    struct json *doc = body(HOOK_TEAMS, WORDS);
    const struct json *one = json_at(json_get(doc, "attachments"), 0);
    const struct json *blocks = json_get(json_get(one, "content"), "body");

    (void)state;
    assert_string_equal(json_text(json_get(doc, "type")).ptr, "message");
    assert_string_equal(json_text(json_get(one, "contentType")).ptr,
                        "application/vnd.microsoft.card.adaptive");
    assert_string_equal(json_text(json_get(json_get(one, "content"), "type")).ptr, "AdaptiveCard");
    assert_int_equal(json_count(blocks), 2);
    assert_string_equal(json_text(json_get(json_at(blocks, 0), "text")).ptr,
                        "claim c1: <!channel> & \"x\"");
    assert_string_equal(json_text(json_get(json_at(blocks, 1), "text")).ptr,
                        "2 rows need a person");
    json_free(doc);
}

static void test_discord(void **state)
{
    struct json *doc = body(HOOK_DISCORD, WORDS);

    (void)state;
    assert_string_equal(json_text(json_get(doc, "content")).ptr, WORDS);
    assert_int_equal(json_count(json_get(json_get(doc, "allowed_mentions"), "parse")), 0);
    json_free(doc);
}

/* Discord takes 2000 characters; none is cut in two. */
static void test_long(void **state)
{
    char words[5001];
    struct json *doc;
    struct slice content;

    (void)state;
    words[0] = 'a';
    for (size_t i = 1; i + 1 < sizeof words; i += 2)
        memcpy(words + i, "\xc3\xa9", 2);
    words[sizeof words - 2] = '\0';
    doc = body(HOOK_DISCORD, words);
    content = json_text(json_get(doc, "content"));
    assert_true(content.len > 1800 && content.len < 2000);
    assert_true(slice_ends(content, "\xc3\xa9…"));
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary), cmocka_unit_test(test_slack), cmocka_unit_test(test_teams),
        cmocka_unit_test(test_discord), cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
