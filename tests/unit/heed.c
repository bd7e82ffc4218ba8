/* heed: what each answer says about waiting, and how long nothing leaves then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/heed.h"
#include "policy/limit.h"
#include "policy/retry.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define S INT64_C(1000000000)
#define NOW (1000 * S)
#define WALL_MS INT64_C(1795466593000) /* Mon, 23 Nov 2026 20:43:13 GMT */
#define FULL UINT64_MAX                /* of the jitter's range */
#define BACKOFF (-2)                   /* of a first refusal */

static struct answer answer_of(int status, const char *head)
{
    struct answer a = {.fate = FATE_ANSWERED, .status = status, .wall_ms = WALL_MS};
    a.head = (struct text){.ptr = (char *)(uintptr_t)head, .len = strlen(head)};
    return a;
}

static void each_answer_is_heeded(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int status;
        const char *head;
        int64_t in_flight, held_ns; /* BACKOFF */
    } cases[] = {
        {"429 with Retry-After", 429, "Retry-After: 7", 0, 7 * S},
        {"… with decimals", 429, "Retry-After: 2.5", 0, 3 * S},
        {"… as a time of day", 429, "Retry-After: 1795466597", 0, 4 * S},
        {"… as a date", 429, "Retry-After: Mon, 23 Nov 2026 20:43:43 GMT", 0, 30 * S},
        {"… and a reset of something else", 429,
         "Retry-After: 7\nRateLimit-Remaining: 50\nRateLimit-Reset: 60", 0, 7 * S},
        {"… and nothing left", 429, "Retry-After: 7\nRateLimit-Remaining: 0\nRateLimit-Reset: 60",
         0, 60 * S},
        {"… absurdly far", 429, "Retry-After: 99999999999999", 0, 86400 * S},
        {"… negative", 429, "Retry-After: -7", 0, BACKOFF},
        {"… zero", 429, "Retry-After: 0", 0, BACKOFF},
        {"… past", 429, "Retry-After: Mon, 23 Nov 2026 20:00:00 GMT", 0, BACKOFF},
        {"… unreadable", 429, "Retry-After: soon", 0, BACKOFF},
        {"… zero, and a reset", 429, "Retry-After: 0\nRateLimit-Reset: 30", 0, 30 * S},
        {"429 with a reset alone", 429, "RateLimit-Reset: 30", 0, 30 * S},
        {"… and much that remains", 429,
         "X-RateLimit-Remaining: 4990\nX-RateLimit-Reset: 1795466623", 0, 30 * S},
        {"… 0.0", 429, "x-ratelimit-remaining: 0.0\nx-ratelimit-reset: 30", 0, 30 * S},
        {"… two of them", 429, "x-ratelimit-remaining: 991, 98\nx-ratelimit-reset: 30", 0, 30 * S},
        {"… unreadable", 429, "X-RateLimit-Remaining: many\nX-RateLimit-Reset: 30", 0, 30 * S},
        {"429 of draft 8", 429, "RateLimit: \"d\"; r=5; t=30", 0, 30 * S},
        {"… as a time of day", 429, "RateLimit: \"d\";r=0;t=1795466598", 0, 5 * S},
        {"… without what remains", 429, "RateLimit: \"d\";t=4", 0, 4 * S},
        {"… which is unreadable", 429, "RateLimit: \"d\";r=0.x;t=4", 0, 4 * S},
        {"429 of draft 7, in ms", 429, "RateLimit: limit=10, remaining=0, reset=1795466598000", 0,
         5 * S},
        {"… with its reset elsewhere", 429, "RateLimit-Reset: 4\nRateLimit: limit=10, remaining=0",
         0, 4 * S},
        {"429, lists", 429, "RateLimit-Remaining: 991, 98\nRateLimit-Reset: 4, 3", 0, 4 * S},
        {"429, Retry-After twice", 429, "Retry-After: 4\nRetry-After: 1", 0, 4 * S},
        {"429 without a word", 429, "Content-Type: text/html", 0, BACKOFF},
        {"503 with Retry-After", 503, "Retry-After: 7", 0, 7 * S},
        {"503 without", 503, "", 0, 0},
        {"200 with Retry-After", 200, "Retry-After: 7", 0, 0},
        {"500 with Retry-After", 500, "Retry-After: 7", 0, 0},
        {"200, nothing left", 200, "RateLimit-Remaining: 0\nRateLimit-Reset: 2.4", 0, 3 * S},
        {"200, nothing left, draft 7", 200, "RateLimit: limit=9, remaining=0, reset=2", 0, 2 * S},
        {"200, nothing left, draft 8", 200, "RateLimit: \"d\"; r=0; t=2", 0, 2 * S},
        {"200, what is under way uses it up", 200, "RateLimit-Remaining: 9\nRateLimit-Reset: 2", 9,
         2 * S},
        {"200, enough left", 200, "RateLimit-Remaining: 9\nRateLimit-Reset: 2", 8, 0},
        {"200 with a reset alone", 200, "RateLimit-Reset: 2", 8, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = answer_of(cases[i].status, cases[i].head);
        struct heed h = {0};
        struct limit l;
        limit_init(&l, NULL, 0, 1, NOW);
        int64_t want = cases[i].held_ns == BACKOFF ? retry_backoff_ns(1, FULL) : cases[i].held_ns;
        int64_t said = heed_answer(&h, &l, &a, cases[i].in_flight, FULL, NOW);
        if (limit_wait(&l, NOW) != want)
            fail_msg("%s: %lld", cases[i].what, (long long)limit_wait(&l, NOW));
        if (said != (want > HEED_SAID_NS ? want : 0))
            fail_msg("%s: said %lld", cases[i].what, (long long)said);
    }
}

/* 30 refusals without a word take minutes, not seconds; those of one moment count once. */
static void the_back_off_grows(void **state)
{
    (void)state;
    struct answer refusal = answer_of(429, ""), other = answer_of(200, "");
    struct heed h = {0};
    struct limit l;
    int64_t now = NOW, first;
    limit_init(&l, NULL, 0, 1, NOW);
    for (int i = 0; i < 30; i++) {
        for (int together = 0; together < 64; together++)
            heed_answer(&h, &l, &refusal, 0, FULL / 2, now);
        now += limit_wait(&l, now);
        assert_int_equal(limit_wait(&l, now), 0);
    }
    assert_in_range(now - NOW, 300 * S, 600 * S);
    heed_answer(&h, &l, &other, 0, FULL, now);
    heed_answer(&h, &l, &refusal, 0, FULL, now);
    first = limit_wait(&l, now);
    assert_int_equal(first, retry_backoff_ns(1, FULL));
}

/* What has no answer says nothing, whatever stands in it. */
static void only_answers_are_heeded(void **state)
{
    (void)state;
    struct answer a = answer_of(429, "Retry-After: 9");
    struct heed h = {0};
    struct limit l;
    limit_init(&l, NULL, 0, 1, NOW);
    a.fate = FATE_LOST;
    assert_int_equal(heed_answer(&h, &l, &a, 0, FULL, NOW), 0);
    assert_int_equal(limit_wait(&l, NOW), 0);
}

/* Each request is refused so often before it is given up. */
static void refused_for_ever_is_given_up(void **state)
{
    (void)state;
    struct answer refusal = answer_of(429, "Retry-After: 1"), other = answer_of(200, "");
    unsigned refused = 0, others[30] = {0};
    struct heed h = {0};
    struct limit l;
    for (int i = 1; i < 30; i++)
        assert_null(heed_refused(&h, &refused));
    assert_non_null(strstr(heed_refused(&h, &refused), "keeps answering 429"));
    refused = 0; /* another answer came to it */
    assert_null(heed_refused(&h, &refused));
    /* Another request each time: those of one moment count once. */
    limit_init(&l, NULL, 0, 1, NOW);
    for (int i = 1; i < 30; i++) {
        heed_answer(&h, &l, &refusal, 0, FULL, NOW + 2 * i * S);
        heed_answer(&h, &l, &refusal, 0, FULL, NOW + 2 * i * S);
        assert_null(heed_refused(&h, &others[i]));
    }
    heed_answer(&h, &l, &refusal, 0, FULL, NOW + 60 * S);
    assert_non_null(heed_refused(&h, &others[0]));
    heed_answer(&h, &l, &other, 0, FULL, NOW + 62 * S);
    assert_null(heed_refused(&h, &others[0]));
}

/* A mail server has no fields that say how long. */
static void what_puts_off_all_backs_off(void **state)
{
    (void)state;
    struct heed h = {0};
    struct limit l;
    unsigned refused = 0;
    int64_t now = NOW, before = 0;

    limit_init(&l, NULL, 0, 1, NOW);
    for (int i = 1; i <= 5; i++) {
        heed_put_off(&h, &l, (uint64_t)(RETRY_BASE_NS << i), now);
        assert_int_equal(limit_wait(&l, now), RETRY_BASE_NS << i);
        before = limit_wait(&l, now);
        heed_put_off(&h, &l, FULL, now); /* of the same moment: once */
        assert_int_equal(limit_wait(&l, now), before);
        assert_null(heed_refused(&h, &refused));
        now += before;
    }
    heed_went(&h);
    heed_put_off(&h, &l, (uint64_t)(RETRY_BASE_NS << 1), now);
    assert_int_equal(limit_wait(&l, now), RETRY_BASE_NS << 1);
    for (int i = 0; i < 29; i++) {
        now += limit_wait(&l, now);
        heed_put_off(&h, &l, FULL, now);
    }
    refused = 0;
    assert_non_null(heed_refused(&h, &refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_is_heeded),
        cmocka_unit_test(the_back_off_grows),
        cmocka_unit_test(only_answers_are_heeded),
        cmocka_unit_test(refused_for_ever_is_given_up),
        cmocka_unit_test(what_puts_off_all_backs_off),
    };
    return cmocka_run_group_tests_name("heed", tests, NULL, NULL);
}
