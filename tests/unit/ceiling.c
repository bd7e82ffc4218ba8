/* ceiling: servers that have a limit and do not tell it, over hours of virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/ceiling.h"
#include "policy/flow.h"
#include "policy/heed.h"
#include "policy/limit.h"
#include "policy/retry.h"

#include <stdbool.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

enum { UNDER_WAY_MAX = 64 };

/* A server that refuses what is over its limit, in windows of the clock or in ones that slide. */
struct server {
    struct rate_policy limit;
    bool slides;
    const char *says; /* with a refusal */
    int64_t times[20000];
    int64_t taken, refused;
    int64_t window, in_window; /* of the clock: which, and what was taken in it */
};

static int serve(struct server *s, int64_t now)
{
    int64_t *oldest = &s->times[s->taken % s->limit.limit];
    bool full;

    if (s->window != now / s->limit.window_ns) {
        s->window = now / s->limit.window_ns;
        s->in_window = 0;
    }
    full = s->slides ? s->taken >= s->limit.limit && now - *oldest <= s->limit.window_ns
                     : s->in_window >= s->limit.limit;
    if (full) {
        s->refused++;
        return 429;
    }
    *oldest = now;
    s->taken++;
    s->in_window++;
    return 200;
}

struct request {
    int64_t back_ns, left_ns;
    int status;
};

/* Sends until so many are taken; how long that took. */
static int64_t send_all(struct server *s, int64_t want, int64_t rtt_ns,
                        const struct rate_policy *own, size_t n)
{
    static struct limit l;
    struct request under_way[UNDER_WAY_MAX];
    struct heed h = {0};
    struct flow f;
    size_t going = 0;
    uint64_t random = 7;
    int64_t begun = 1000 * S, now = begun;

    limit_init(&l, own, n, UNDER_WAY_MAX, now);
    flow_init(&f, UNDER_WAY_MAX);
    while (s->taken < want) {
        int64_t wait = S;

        if (going > 0 && under_way[0].back_ns <= now) {
            struct answer a = {.fate = FATE_ANSWERED, .status = under_way[0].status};
            const char *head = a.status == 429 ? s->says : "";

            a.head = (struct text){.ptr = (char *)(uintptr_t)head, .len = strlen(head)};
            limit_done(&l, FATE_ANSWERED, now);
            heed_answer(&h, &l, &a, (int64_t)going, retry_random(&random), now);
            if (a.status == 429)
                flow_strained(&f, going, under_way[0].left_ns, now);
            else
                flow_answered(&f, going, NULL, under_way[0].left_ns, now);
            memmove(under_way, under_way + 1, --going * sizeof(under_way[0]));
            continue;
        }
        if (going < flow_allows(&f) && (wait = limit_take(&l, now)) == 0) {
            under_way[going++] = (struct request){now + rtt_ns, now, serve(s, now + rtt_ns / 2)};
            continue;
        }
        if (going > 0 && under_way[0].back_ns - now < wait)
            wait = under_way[0].back_ns - now;
        now += wait;
    }
    return now - begun;
}

/* Of 20,000 or 400 windows; the first windows, which it takes to find a limit of minutes, are few then. */
static void few_are_refused_and_most_of_the_limit_is_used(void **state)
{
    static const struct {
        struct rate_policy limit;
        double refused, time; /* at most: a share, and times the ideal */
    } cases[] = {{{20, S}, 0.01, 1.2},
                 {{50, S}, 0.01, 1.15},
                 {{500, 10 * S}, 0.01, 1.2},
                 {{3000, 60 * S}, 0.02, 1.5}};
    static const struct rate_policy ours = {10000, 60 * S};
    static const char *const says[] = {"", "Retry-After: 1\r\n"};
    static const int64_t rtts[] = {2 * MS, 40 * MS, 300 * MS};
    static struct server s;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < 2 * COUNT(says) * COUNT(rtts); k++)
            for (size_t n = 0; n < 2; n++) { /* without a limit of ours, and with a higher one */
                int64_t took, want = 400 * cases[i].limit.limit;
                double ideal;

                want = want < 20000 ? want : 20000;
                memset(&s, 0, sizeof(s));
                s.limit = cases[i].limit;
                s.slides = k % 2;
                s.says = says[k / 2 % COUNT(says)];
                took = send_all(&s, want, rtts[k / 2 / COUNT(says)], &ours, n);
                ideal = (double)(want - s.limit.limit) * (double)s.limit.window_ns /
                        (double)s.limit.limit;
                if ((double)s.refused > cases[i].refused * (double)want ||
                    (double)took > cases[i].time * ideal)
                    fail_msg(
                        "limit %zu, way %zu, own %zu: %d of %d refused, %.3f of the ideal time", i,
                        k, n, (int)s.refused, (int)s.taken, (double)took / ideal);
            }
}

static void what_is_not_refused_goes_at_our_pace(void **state)
{
    struct ceiling c = {0};

    (void)state;
    for (int64_t now = S; now < 1000 * S; now += S)
        ceiling_accepted(&c, false, now);
    assert_int_equal(c.interval_ns, 0);
}

/* Answers to what left before the refusal measure nothing. */
static void it_is_measured_to_the_end_of_the_blockade(void **state)
{
    struct ceiling c = {0};

    (void)state;
    for (int64_t now = S; now < S + 50 * MS; now += MS)
        ceiling_accepted(&c, false, now);
    ceiling_refused(&c);
    ceiling_refused(&c);
    ceiling_accepted(&c, true, S + 60 * MS);
    assert_true(c.blocked);
    assert_int_equal(c.interval_ns, 0);
    ceiling_accepted(&c, false, 2 * S);
    assert_false(c.blocked);
    assert_in_range(c.interval_ns, S / 51, S / 51 + S / 51 / 20 + 1);
}

/* Somebody else has used the limit up, and we are told to wait for long: that says nothing of the pace. */
static void a_long_wait_after_few_is_no_measure(void **state)
{
    struct ceiling c = {0};

    (void)state;
    for (int i = 0; i < 10; i++)
        ceiling_accepted(&c, false, S + i * MS);
    ceiling_refused(&c);
    ceiling_accepted(&c, false, 61 * S);
    assert_false(c.blocked);
    assert_int_equal(c.interval_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_refused_and_most_of_the_limit_is_used),
        cmocka_unit_test(what_is_not_refused_goes_at_our_pace),
        cmocka_unit_test(a_long_wait_after_few_is_no_measure),
        cmocka_unit_test(it_is_measured_to_the_end_of_the_blockade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
