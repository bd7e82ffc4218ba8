/* successes: when the list has been read far enough, and what comes of every shape of list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commands/successes.h"

#include "base/clock.h"

#include "fixture.h"
#include "scripted.h"

#define LATE SUCCESSES_LATE_MS
#define NOW INT64_C(1795564800000) /* 2026-11-25T00:00:00Z */
#define OUT "out.csv"
#define HEADER "address,claim_id,claim_number,attempt_id,claimed_at\n"

static void test_enough(void **state)
{
    static const struct {
        unsigned told, fresh;
        int64_t newest_of_page, newest_told;
        bool enough;
    } cases[] = {
        {25, 0, NOW - LATE - 1, NOW, true},
        {1, 0, NOW - LATE - 1, NOW, true},
        {25, 0, NOW - LATE, NOW, false},     /* not yet older than that */
        {25, 0, NOW, NOW, false},            /* the page with the newest itself */
        {24, 1, NOW - LATE - 1, NOW, false}, /* one is new */
        {0, 25, NOW - LATE - 1, NOW, false},
        {0, 0, NOW - LATE - 1, NOW, false}, /* failed ones alone say nothing */
        {0, 0, INT64_MIN, 0, false},        /* an empty page */
        {25, 0, INT64_MAX, NOW, false},     /* who knows how old it is */
        {25, 0, 0, 0, false},
        {25, 0, INT64_MAX, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct successes_page page = {cases[i].told, cases[i].fresh, cases[i].newest_of_page};

        if (successes_enough(&page, cases[i].newest_told) != cases[i].enough)
            fail_msg("case %zu", i);
    }
}

/* ---- against a server of pages ---- */

#define DONE(id, number, at)                                                                       \
    "{\"success\":true,\"attemptedAt\":\"" at                                                      \
    "\",\"claimId\":\"c1\",\"bitbadgesAddress\":\"" ALICE "\",\"claimAttemptId\":\"" id            \
    "\",\"claimNumber\":" number "}"
#define FAILED(id, at)                                                                             \
    "{\"success\":false,\"attemptedAt\":" at ",\"claimAttemptId\":\"" id                           \
    "\",\"claimNumber\":-1,\"error\":\"no\"}"
#define PAGE(docs, rest) JSON("200 OK", "{\"docs\":[" docs "]" rest "}")
#define ROW(id, number, when) ALICE ",c1," number "," id "," when "\n"
#define AT_0 "1795564800000"
#define AT_1 "1795564801000"
#define AT_2 "1795564802999"
#define WHEN_0 "2026-11-25T00:00:00Z"
#define WHEN_1 "2026-11-25T00:00:01Z"
#define WHEN_2 "2026-11-25T00:00:02Z"
#define OLD "1795500000000"
#define WHEN_OLD "2026-11-24T06:00:00Z"

static char got[65536];

static const char *content(const char *path)
{
    FILE *f = fopen(path, "r");
    size_t n;

    if (!f)
        return NULL;
    n = fread(got, 1, sizeof got - 1, f);
    fclose(f);
    got[n] = '\0';
    return got;
}

static struct successes_options options(const struct scripted *server)
{
    return (struct successes_options){.claim = "c1",
                                      .api_url = server->url,
                                      .ledger = "ledger.db",
                                      .output = OUT,
                                      .quiet = true,
                                      .connect_timeout_ns = 2 * CLOCK_NS_PER_S,
                                      .timeout_ns = 2 * CLOCK_NS_PER_S,
                                      .burst = 1,
                                      .tries_max = 1};
}

static size_t length(const char *const script[], size_t max)
{
    size_t n = 0;

    while (n < max && script[n])
        n++;
    return n;
}

/* Runs the command, which must end with that code, and say so. */
static void run(const struct successes_options *o, int code, const char *words)
{
    struct err e = ERR_INIT;
    int got_code = successes(o, &e);

    if (got_code != code)
        fail_msg("exit code %d, not %d: %s", got_code, code, e.text);
    assert_says(e.text, words);
}

static void test_lists(void **state)
{
    static const struct {
        const char *script[4];
        size_t asked;
        const char *rows;
    } cases[] = {
        {{PAGE("", "")}, 1, ""},
        {{PAGE("", ",\"bookmark\":\"b\"")}, 1, ""},
        {{PAGE(DONE("a1", "0", AT_0), "")}, 1, ROW("a1", "0", WHEN_0)},
        /* no bookmark, a repeated one, an empty page, the total */
        {{PAGE(DONE("a3", "2", AT_2), ",\"bookmark\":\"x y\""),
          PAGE(DONE("a2", "1", AT_1), ",\"bookmark\":\"x y\""), "unasked"},
         2,
         ROW("a2", "1", WHEN_1) ROW("a3", "2", WHEN_2)},
        {{PAGE(DONE("a3", "2", AT_2), ",\"bookmark\":\"1\""),
          PAGE(DONE("a2", "1", AT_1), ",\"bookmark\":\"2\""), PAGE("", ",\"bookmark\":\"3\"")},
         3,
         ROW("a2", "1", WHEN_1) ROW("a3", "2", WHEN_2)},
        {{PAGE(DONE("a3", "2", AT_2), ",\"bookmark\":\"1\",\"total\":\"2\""),
          PAGE(DONE("a2", "1", AT_1), ",\"bookmark\":\"2\",\"total\":2"), "unasked"},
         2,
         ROW("a2", "1", WHEN_1) ROW("a3", "2", WHEN_2)},
        /* failed ones, one in two pages, numbers as strings, one without number and time */
        {{PAGE(FAILED("f1", AT_2) "," DONE("a3", "\"2\"", AT_2), ",\"bookmark\":\"1\""),
          PAGE(DONE("a3", "2", AT_2) ",{\"success\":true,\"claimAttemptId\":\"a2\","
                                     "\"bitbadgesAddress\":\"" ALICE_HEX "\"}",
               ",\"bookmark\":\"2\""),
          PAGE(FAILED("f0", AT_0) "," DONE("fx", "-1", AT_0), "")},
         3,
         ALICE ",c1,,a2,\n" ROW("a3", "2", WHEN_2)},
        /* what others wrote never begins a formula */
        {{PAGE("{\"success\":true,\"claimAttemptId\":\"=1+1\",\"bitbadgesAddress\":\"@x, y\","
               "\"attemptedAt\":\"" AT_0 "\",\"claimNumber\":3}",
               "")},
         1,
         "\"'@x, y\",c1,3,'=1+1," WHEN_0 "\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct successes_options o;
        struct scripted server;
        char want[1024];

        scripted_start(&server, cases[i].script, length(cases[i].script, COUNT(cases[i].script)));
        o = options(&server);
        run(&o, EXIT_DONE, "");
        if (scripted_stop(&server) != cases[i].asked)
            fail_msg("case %zu: asked %zu times", i, server.asked);
        snprintf(want, sizeof want, HEADER "%s", cases[i].rows);
        assert_string_equal(content(OUT), want);
    }
}

/* Bookmarks that go round in a circle. */
static void test_circle(void **state)
{
    static const char *const script[] = {
        PAGE(DONE("a9", "9", AT_2), ",\"bookmark\":\"in\""),
        PAGE(DONE("a8", "8", AT_1), ",\"bookmark\":\"b1\""),
        PAGE(DONE("a7", "7", AT_1), ",\"bookmark\":\"b2\""),
        PAGE(DONE("a6", "6", AT_1), ",\"bookmark\":\"b3\""),
        PAGE(DONE("a8", "8", AT_1), ",\"bookmark\":\"b1\""),
        PAGE(DONE("a7", "7", AT_1), ",\"bookmark\":\"b2\""),
        PAGE(DONE("a6", "6", AT_1), ",\"bookmark\":\"b3\""),
        PAGE(DONE("a8", "8", AT_1), ",\"bookmark\":\"b1\""),
        PAGE(DONE("a7", "7", AT_1), ",\"bookmark\":\"b2\""),
        PAGE(DONE("a6", "6", AT_1), ",\"bookmark\":\"b3\""),
    };
    struct successes_options o;
    struct scripted server;

    (void)state;
    scripted_start(&server, script, COUNT(script));
    o = options(&server);
    run(&o, EXIT_DONE, "");
    assert_true(scripted_stop(&server) < COUNT(script));
    assert_string_equal(content(OUT), HEADER ROW("a6", "6", WHEN_1) ROW("a7", "7", WHEN_1)
                                          ROW("a8", "8", WHEN_1) ROW("a9", "9", WHEN_2));
}

#define GOOD PAGE(DONE("a3", "2", AT_2), "")

/* Whatever goes wrong, the output is as it was, and nothing is taken for told. */
static void test_failures(void **state)
{
    static const struct {
        const char *script[3]; /* the last: what the command finds when it is run again */
        const char *words;
    } cases[] = {
        {{JSON("500 Oops", "{\"errorMessage\":\"No doc found\"}"), GOOD},
         "claim c1: No doc found: check its id"},
        {{PAGE(DONE("a3", "2", AT_2), ",\"bookmark\":\"1\""), JSON("502 Oops", "<html>"), GOOD},
         "the server gives no usable answer: HTTP 502"},
        {{PAGE(DONE("a3", "2", AT_2), ",\"bookmark\":\"1\""),
          JSON("402 Pay", "{\"errorMessage\":\"no\"}"), GOOD},
         "HTTP 402: no: top up the account's credits"},
        {{JSON("200 OK", "{\"docs\":7}"), GOOD}, "has no docs"},
        {{PAGE(DONE("a3", "2", AT_2) ",{\"success\":true}", ""), GOOD}, "without a claimAttemptId"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct successes_options o;
        struct scripted server;

        scripted_start(&server, cases[i].script, length(cases[i].script, 3));
        o = options(&server);
        put_file(OUT, HEADER "before");
        run(&o, EXIT_STOPPED, cases[i].words);
        assert_string_equal(content(OUT), HEADER "before");
        run(&o, EXIT_DONE, "");
        assert_string_equal(content(OUT), HEADER ROW("a3", "2", WHEN_2));
        scripted_stop(&server);
    }
}

/* The same server, by the same name, day by day: only what is new, and no page more than is needed. */
static void test_since_last_time(void **state)
{
    static const char *const script[] = {
        /* the first day: two pages */
        PAGE(DONE("a2", "1", AT_0), ",\"bookmark\":\"1\""),
        PAGE(DONE("a1", "0", OLD), ",\"bookmark\":\"1\""),
        /* the second: one new, and one that was late; the third page is old and told, and the last */
        PAGE(DONE("a3", "2", AT_2), ",\"bookmark\":\"1\""),
        PAGE(DONE("a2", "1", AT_0) "," DONE("late", "3", AT_0), ",\"bookmark\":\"2\""),
        PAGE(DONE("a1", "0", OLD) "," FAILED("f1", OLD), ",\"bookmark\":\"3\""),
        /* the third: nothing new */
        PAGE(DONE("a3", "2", AT_2) "," DONE("a2", "1", AT_0), ",\"bookmark\":\"1\""),
        PAGE(DONE("late", "3", AT_0), ",\"bookmark\":\"2\""),
        PAGE(DONE("a1", "0", OLD), ",\"bookmark\":\"3\""),
        /* all of them: to the end */
        PAGE(DONE("a3", "2", AT_2) "," DONE("a2", "1", AT_0), ",\"bookmark\":\"1\""),
        PAGE(DONE("late", "3", AT_0), ",\"bookmark\":\"2\""),
        PAGE(DONE("a1", "0", OLD), ",\"bookmark\":\"3\""),
        PAGE("", ""),
    };
    static const char *const want[] = {
        HEADER ROW("a1", "0", WHEN_OLD) ROW("a2", "1", WHEN_0),
        HEADER ROW("late", "3", WHEN_0) ROW("a3", "2", WHEN_2),
        HEADER,
        HEADER ROW("a1", "0", WHEN_OLD) ROW("late", "3", WHEN_0) ROW("a2", "1", WHEN_0)
            ROW("a3", "2", WHEN_2),
    };
    struct successes_options o;
    struct scripted server;

    (void)state;
    scripted_start(&server, script, COUNT(script));
    o = options(&server);
    for (size_t i = 0; i < COUNT(want); i++) {
        o.all = i == 3;
        run(&o, EXIT_DONE, "");
        assert_string_equal(content(OUT), want[i]);
    }
    assert_int_equal(scripted_stop(&server), COUNT(script));
    assert_string_equal(server.targets[0], "/api/v0/claims/c1/attempts");
    assert_string_equal(server.targets[1], "/api/v0/claims/c1/attempts?bookmark=1");
}

/* An output that can't be kept: told again the next time. */
static void test_output_fails(void **state)
{
    static const char *const script[] = {PAGE(DONE("a1", "0", AT_0), "")};
    struct successes_options o;
    struct scripted server;

    (void)state;
    scripted_start(&server, script, 1);
    o = options(&server);
    o.output = "/dev/full";
    run(&o, EXIT_OUTPUT, "cannot be written");
    o.output = "ledger.db";
    run(&o, EXIT_USAGE, "is the ledger");
    o.output = "no/such/folder.csv";
    run(&o, EXIT_OUTPUT, "cannot be written");
    o.output = OUT;
    run(&o, EXIT_DONE, "");
    assert_string_equal(content(OUT), HEADER ROW("a1", "0", WHEN_0));
    assert_int_equal(scripted_stop(&server), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enough),   IN_FOLDER(test_lists),
        IN_FOLDER(test_circle),          IN_FOLDER(test_failures),
        IN_FOLDER(test_since_last_time), IN_FOLDER(test_output_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
