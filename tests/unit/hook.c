/* hook: which form a URL is posted to in, and which path is pinged for what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/hook.h"

#include "fixture.h"

static void test_read(void **state)
{
    static const struct {
        const char *url, *origin, *path, *query, *host, *fault;
        bool plain;
    } cases[] = {
        {"https://hooks.slack.com/services/T/B/x", "https://hooks.slack.com", "/services/T/B/x", "",
         "hooks.slack.com", NULL, false},
        {"HTTPS://Hc-Ping.COM", "HTTPS://Hc-Ping.COM", "", "", "hc-ping.com", NULL, false},
        {"http://127.0.0.1:81?a=b#c", "http://127.0.0.1:81", "", "a=b", "127.0.0.1", NULL, true},
        {"http://[::1]:81/x?", "http://[::1]:81", "/x", "", "[::1]", NULL, true},
        {"https://a/b?sig=x/y@z", "https://a", "/b", "sig=x/y@z", "a", NULL, false},
        {.url = "ftp://a/b", .fault = "is not an http(s) URL"},
        {.url = "hooks.slack.com/x", .fault = "is not an http(s) URL"},
        {.url = "", .fault = "is not an http(s) URL"},
        {.url = "https://", .fault = "has no host"},
        {.url = "https:///x", .fault = "has no host"},
        {.url = "https://:80/x", .fault = "has no host"},
        {.url = "https://[::1/x", .fault = "has no host"},
        {.url = "https://user:word@a/x",
         .fault = "has a user name, which is not sent to a webhook"},
        {.url = "https://a/x y", .fault = "holds a blank or another character that no URL has"},
        {.url = "https://a/x\n", .fault = "holds a blank or another character that no URL has"},
        {.url = "https://a\\b/x", .fault = "holds a blank or another character that no URL has"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hook h;
        const char *fault = hook_read(&h, cases[i].url);

        if (cases[i].fault) {
            assert_non_null(fault);
            assert_string_equal(fault, cases[i].fault);
            continue;
        }
        assert_null(fault);
        assert_true(slice_equal(h.origin, slice_of(cases[i].origin)));
        assert_true(slice_equal(h.path, slice_of(cases[i].path)));
        assert_true(slice_equal(h.query, slice_of(cases[i].query)));
        assert_string_equal(h.host, cases[i].host);
        assert_int_equal(h.plain, cases[i].plain);
    }
}

static void test_form(void **state)
{
    static const struct {
        const char *url;
        enum hook_form form;
    } cases[] = {
        {"https://hooks.slack.com/services/T/B/x", HOOK_SLACK},
        {"https://HOOKS.slack.com:443/services/T/B/x", HOOK_SLACK},
        {"https://hooks.slack-gov.com/services/T/B/x", HOOK_SLACK},
        {"https://hooks.slack.com.evil.example/services", HOOK_SUMMARY},
        {"https://slack.com/services", HOOK_SUMMARY},
        {"https://school.webhook.office.com/webhookb2/x", HOOK_TEAMS},
        {"https://prod-01.westeurope.logic.azure.com:443/workflows/x?sig=y", HOOK_TEAMS},
        {"https://default1.e.environment.api.powerplatform.com:443/powerautomate/x", HOOK_TEAMS},
        {"https://notlogic.azure.com/x", HOOK_SUMMARY},
        {"https://evilwebhook.office.com/x", HOOK_SUMMARY},
        {"https://discord.com/api/webhooks/1/x", HOOK_DISCORD},
        {"https://ptb.discord.com/api/webhooks/1/x", HOOK_DISCORD},
        {"https://discordapp.com/api/webhooks/1/x", HOOK_DISCORD},
        {"https://discord.com/api/channels/1", HOOK_SUMMARY},
        {"https://hooks.zapier.com/hooks/catch/1/x/", HOOK_SUMMARY},
        {"http://127.0.0.1:80/api/webhooks/1", HOOK_SUMMARY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hook h;

        assert_null(hook_read(&h, cases[i].url));
        if (hook_form(&h) != cases[i].form)
            fail_msg("%s: form %d", cases[i].url, hook_form(&h));
        assert_true(hook_text_max(hook_form(&h)) >= 1000);
    }
}

static void test_ping(void **state)
{
    static const struct {
        const char *url;
        enum hook_event event;
        const char *paths[2]; /* NULL: no more */
        bool body;
    } cases[] = {
        {"https://hc-ping.com/u-1", HOOK_START, {"/u-1/start"}, true},
        {"https://hc-ping.com/u-1", HOOK_SUCCESS, {"/u-1"}, true},
        {"https://hc-ping.com/u-1", HOOK_WARNING, {"/u-1/log", "/u-1"}, true},
        {"https://hc-ping.com/u-1", HOOK_FAILURE, {"/u-1/fail"}, true},
        {"https://hc-ping.com/key/nightly/?create=1",
         HOOK_FAILURE,
         {"/key/nightly/fail?create=1"},
         true},
        {"https://hc-ping.com/key/nightly?create=1", HOOK_SUCCESS, {"/key/nightly?create=1"}, true},
        {"https://a", HOOK_START, {"/start"}, true},
        {"https://a", HOOK_SUCCESS, {"/"}, true},
        {"https://kuma.example/api/push/T?status=up&msg=OK&ping=", HOOK_START, {NULL}, false},
        {"https://kuma.example/api/push/T?status=up&msg=OK&ping=",
         HOOK_SUCCESS,
         {"/api/push/T?status=up&msg=2%20rows%20%26"},
         false},
        {"https://x/kuma/api/push/T",
         HOOK_WARNING,
         {"/kuma/api/push/T?status=up&msg=2%20rows%20%26"},
         false},
        {"https://kuma.example/api/push/T",
         HOOK_FAILURE,
         {"/api/push/T?status=down&msg=2%20rows%20%26"},
         false},
        {"https://cronitor.link/p/K/night", HOOK_START, {"/p/K/night?state=run"}, false},
        {"https://cronitor.link/p/K/night?env=eu",
         HOOK_SUCCESS,
         {"/p/K/night?env=eu&state=complete&message=2%20rows%20%26"},
         false},
        {"https://cronitor.link/p/K/night",
         HOOK_WARNING,
         {"/p/K/night?state=complete&message=2%20rows%20%26"},
         false},
        {"https://cronitor.link/p/K/night",
         HOOK_FAILURE,
         {"/p/K/night?state=fail&message=2%20rows%20%26"},
         false},
    };
    struct text path;

    (void)state;
    text_init(&path);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hook h;
        bool body;
        size_t n = 0;

        assert_null(hook_read(&h, cases[i].url));
        for (; n < 2 && cases[i].paths[n]; n++) {
            assert_true(hook_ping(&h, cases[i].event, n, "2 rows &\nand more", &path, &body));
            assert_string_equal(path.ptr, cases[i].paths[n]);
            assert_int_equal(body, cases[i].body);
        }
        assert_false(hook_ping(&h, cases[i].event, n, "", &path, &body));
    }
    text_release(&path);
}

/* A long text is cut between characters. */
static void test_long(void **state)
{
    char words[512] = "";
    struct text path;
    struct hook h;
    bool body;

    (void)state;
    words[0] = 'a';
    for (size_t i = 1; i + 2 < sizeof words; i += 2)
        memcpy(words + i, "\xc3\xa9", 3);
    text_init(&path);
    assert_null(hook_read(&h, "https://k/api/push/T"));
    assert_true(hook_ping(&h, HOOK_SUCCESS, 0, words, &path, &body));
    assert_true(path.len > 400 && path.len < 700);
    assert_string_equal(path.ptr + path.len - 6, "%C3%A9");
    text_release(&path);
}

static void test_answers(void **state)
{
    (void)state;
    assert_true(hook_taken(200) && hook_taken(202) && hook_taken(204));
    assert_false(hook_taken(0) || hook_taken(199) || hook_taken(302) || hook_taken(404));
    assert_true(hook_again(0) && hook_again(429) && hook_again(500) && hook_again(503));
    assert_false(hook_again(302) || hook_again(400) || hook_again(404) || hook_again(410));
    assert_int_equal(hook_event_of(0), HOOK_SUCCESS);
    assert_int_equal(hook_event_of(1), HOOK_WARNING);
    for (int code = 2; code <= 5; code++)
        assert_int_equal(hook_event_of(code), HOOK_FAILURE);
    assert_int_equal(hook_event_of(130), HOOK_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read), cmocka_unit_test(test_form),    cmocka_unit_test(test_ping),
        cmocka_unit_test(test_long), cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
