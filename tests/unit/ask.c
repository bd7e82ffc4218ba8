/* ask: what every kind of answer leads to, how often it is asked again, and how long that takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/ask.h"
#include "stages/budget.h"

#include "adapters/json.h"
#include "adapters/stop.h"
#include "base/clock.h"

#include "fixture.h"
#include "scripted.h"

#include <signal.h>

#define KEY "the-secret-key"
#define OK JSON("200 OK", "{\"is\":7}")
#define HTML "<html>Bad Gateway</html>"

static char said[1024];

static void keep_said(void *context, const char *text)
{
    (void)context;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", text);
}

static struct budget budget;

static struct budget *limited(int64_t count, int64_t window_ns)
{
    struct err e = ERR_INIT;

    assert_int_equal(
        budget_open(&budget, NULL, "", &(struct rate_policy){count, window_ns}, count > 0, 1, &e),
        0);
    return &budget;
}

static struct budget *unlimited(void)
{
    return limited(0, 1);
}

static struct ask_options options(const char *url)
{
    return (struct ask_options){.api_url = url,
                                .api_key = KEY,
                                .connect_timeout_ns = 2 * CLOCK_NS_PER_S,
                                .timeout_ns = 2 * CLOCK_NS_PER_S,
                                .budget = unlimited(),
                                .tries_max = 3,
                                .seed = 1,
                                .say = keep_said};
}

struct heard {
    int rc, status;
    int64_t is; /* of the answer; -1: none */
    char refusal[512];
    struct err e;
    int64_t took_ns;
    uint64_t requests;
};

static void put_question(const struct ask_options *o, struct heard *h)
{
    struct ask_answer answer;
    struct ask *a;

    *h = (struct heard){.is = -1};
    said[0] = '\0';
    a = ask_new(o, &h->e);
    assert_non_null(a);
    h->took_ns = clock_now_ns();
    h->rc = ask_get(a, "/api/v0/question?x=1", &answer, &h->e);
    h->took_ns = clock_now_ns() - h->took_ns;
    h->requests = ask_requests(a);
    if (h->rc == 0) {
        h->status = answer.status;
        json_int(json_get(answer.doc, "is"), &h->is);
        snprintf(h->refusal, sizeof h->refusal, "%s", answer.refusal);
    }
    ask_free(a);
}

static void test_answers(void **state)
{
    static const struct {
        const char *script[4];
        size_t asked;
        int status; /* 0: an error, with EXIT_STOPPED */
        const char *words;
    } cases[] = {
        {{OK}, 1, 200, ""},
        {{JSON("404 Not Found", "{\"errorMessage\":\"No doc found\"}")}, 1, 404, "No doc found"},
        {{JSON("500 Oops", "{\"errorMessage\":\"No doc found\"}")}, 1, 500, "No doc found"},
        {{JSON("400 Bad", HTML)}, 1, 400, "HTTP 400 without the API's JSON"},
        {{JSON("500 Oops", HTML), OK}, 2, 200, ""},
        {{JSON("502 Oops", HTML), "", OK}, 3, 200, ""},
        {{JSON("503 Oops", "{\"errorMessage\":\"down\"}"), OK}, 2, 200, ""},
        {{JSON("200 OK", "{\"is\":"), OK}, 2, 200, ""},
        {{JSON("429 Slow", "{}"), JSON("429 Slow", "{}"), OK}, 3, 200, ""},
        {{JSON("502 Oops", HTML)},
         3,
         0,
         "the server gives no usable answer: HTTP 502 without the API's JSON"},
        {{JSON("503 Oops", "{\"errorMessage\":\"down for now\"}")},
         3,
         0,
         "the server gives no usable answer: down for now"},
        {{""}, 3, 0, "the server can't be reached: "},
        {{JSON("401 No", "{\"errorMessage\":\"Unauthorized " KEY "\"}")},
         1,
         0,
         "HTTP 401: Unauthorized ****: check the API key (BITBADGES_API_KEY)"},
        {{JSON("401 No", HTML)}, 1, 0, "HTTP 401: refused: check the API key (BITBADGES_API_KEY)"},
        {{JSON("402 Pay", "{\"errorMessage\":\"no credits\"}")},
         1,
         0,
         "HTTP 402: no credits: top up the account's credits"},
        {{JSON_WITH("302 Found", "Location: /elsewhere", "")}, 1, 0, "with a redirect"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scripted server;
        struct ask_options o;
        struct heard h;
        size_t n = 0;

        while (n < COUNT(cases[i].script) && cases[i].script[n])
            n++;
        scripted_start(&server, cases[i].script, n);
        o = options(server.url);
        put_question(&o, &h);
        if (scripted_stop(&server) != cases[i].asked || h.requests != cases[i].asked)
            fail_msg("case %zu: asked %zu times: %s", i, server.asked, h.e.text);
        assert_string_equal(server.targets[0], "/api/v0/question?x=1");
        if (cases[i].status) {
            assert_int_equal(h.rc, 0);
            assert_int_equal(h.status, cases[i].status);
            assert_string_equal(h.refusal, cases[i].words);
            assert_int_equal(h.is, h.status == 200 ? 7 : -1);
        } else {
            assert_int_equal(h.rc, -1);
            assert_int_equal(h.e.code, EXIT_STOPPED);
            assert_says(h.e.text, cases[i].words);
            assert_silent(h.e.text, KEY);
        }
    }
}

static void test_unreachable(void **state)
{
    static const char *const script[] = {OK};
    struct scripted server;
    struct ask_options o;
    struct heard h;

    (void)state;
    scripted_start(&server, script, 1);
    scripted_stop(&server);
    o = options(server.url);
    put_question(&o, &h);
    assert_int_equal(h.e.code, EXIT_STOPPED);
    assert_says(h.e.text, "the server can't be reached: ");
    assert_says(said, "the server can't be reached, trying again: ");
}

static void test_endless_429(void **state)
{
    static const char *const script[] = {JSON_WITH("429 Slow", "Retry-After-Ms: 5", "{}")};
    struct scripted server;
    struct ask_options o;
    struct heard h;

    (void)state;
    scripted_start(&server, script, 1);
    o = options(server.url);
    put_question(&o, &h);
    assert_int_equal(scripted_stop(&server), 30);
    assert_int_equal(h.e.code, EXIT_STOPPED);
    assert_string_equal(h.e.text, "the server keeps answering 429 (rate limit): try again later");
}

static void test_too_large(void **state)
{
    static char big[(2 << 20) + 128];
    const char *const script[] = {big};
    struct scripted server;
    struct ask_options o;
    struct heard h;

    (void)state;
    memset(big, ' ', sizeof big - 1);
    memcpy(big, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 38);
    scripted_start(&server, script, 1);
    o = options(server.url);
    put_question(&o, &h);
    assert_int_equal(scripted_stop(&server), 1);
    assert_int_equal(h.e.code, EXIT_STOPPED);
    assert_says(h.e.text, "the answer is larger than");
}

/* Retry-After and RateLimit-Remaining 0 hold the next request. */
static void test_obeys(void **state)
{
    static const char *const script[] = {
        JSON_WITH("503 Oops", "Retry-After: 3", HTML), OK,
        JSON_WITH("200 OK", "RateLimit-Limit: 9\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: 1",
                  "{}"),
        OK};
    struct scripted server;
    struct ask_options o;
    struct heard h;
    struct ask_answer answer;
    struct err e = ERR_INIT;
    struct ask *a;

    (void)state;
    scripted_start(&server, script, COUNT(script));
    o = options(server.url);
    put_question(&o, &h);
    assert_int_equal(h.status, 200);
    assert_true(h.took_ns >= 3 * CLOCK_NS_PER_S);
    assert_says(said, "the server asks to wait: nothing is sent for ");
    a = ask_new(&o, &e);
    assert_non_null(a);
    assert_int_equal(ask_get(a, "/1", &answer, &e), 0);
    assert_int_equal(ask_get(a, "/2", &answer, &e), 0);
    ask_free(a);
    assert_int_equal(scripted_stop(&server), 4);
    assert_string_equal(server.targets[3], "/2");
    assert_true(server.times[3].tv_sec * CLOCK_NS_PER_S + server.times[3].tv_nsec >=
                (server.times[2].tv_sec + 1) * CLOCK_NS_PER_S + server.times[2].tv_nsec);
}

/* The first goes at once, each other after an interval. */
static void test_keeps_rate(void **state)
{
    static const char *const script[] = {OK};
    struct scripted server;
    struct ask_options o;
    struct ask_answer answer;
    struct err e = ERR_INIT;
    int64_t began;
    struct ask *a;

    (void)state;
    scripted_start(&server, script, 1);
    o = options(server.url);
    o.budget = limited(10, CLOCK_NS_PER_S);
    a = ask_new(&o, &e);
    assert_non_null(a);
    began = clock_now_ns();
    for (int i = 0; i < 5; i++)
        assert_int_equal(ask_get(a, "/", &answer, &e), 0);
    assert_true(clock_now_ns() - began >= 4 * CLOCK_NS_PER_S / 10);
    ask_free(a);
    assert_int_equal(scripted_stop(&server), 5);
}

static void *send_signal(void *context)
{
    usleep(200000);
    pthread_kill(*(pthread_t *)context, SIGTERM);
    return NULL;
}

/* While a request is under way, and while waiting for a turn.  Last, for the stop flag stays. */
static void test_interrupted(void **state)
{
    static const char *const script[] = {"hang"};
    struct scripted server;
    struct ask_options o;
    struct heard h;
    pthread_t me = pthread_self(), sender;

    (void)state;
    stop_install();
    scripted_start(&server, script, 1);
    o = options(server.url);
    o.timeout_ns = 60 * CLOCK_NS_PER_S;
    assert_int_equal(pthread_create(&sender, NULL, send_signal, &me), 0);
    put_question(&o, &h);
    assert_int_equal(pthread_join(sender, NULL), 0);
    assert_int_equal(scripted_stop(&server), 1);
    assert_int_equal(h.e.code, EXIT_INTERRUPTED);
    assert_true(h.took_ns < 2 * CLOCK_NS_PER_S);
    assert_int_equal(stop_signal(), SIGTERM);

    o.budget = limited(1, 60 * CLOCK_NS_PER_S);
    limit_hold(&budget.limit, clock_now_ns() + 60 * CLOCK_NS_PER_S);
    put_question(&o, &h);
    assert_int_equal(h.e.code, EXIT_INTERRUPTED);
    assert_int_equal(h.requests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),     cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_endless_429), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_obeys),       cmocka_unit_test(test_keeps_rate),
        cmocka_unit_test(test_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
