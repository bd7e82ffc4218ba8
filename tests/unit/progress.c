/* progress: the line, to the letter; the rate, over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/progress.h"

#include "fixture.h"

#define S INT64_C(1000000000)
#define START (INT64_C(5000) * S)

static const struct {
    struct progress p;
    int64_t elapsed_ns;
    const char *want;
} lines[] = {
    {{.total = 500}, 0, "0/500 rows  0%  0.0/s"},
    {{.total = 0}, S, "0/0 rows  100%  0.0/s"},
    {{.total = 1}, S, "0/1 row  0%  0.0/s"},
    {{.total = 500, .waiting = 64}, S, "0/500 rows  0%  0.0/s  64 waiting"},
    {{.done = 312, .total = 500, .failed = 3, .invalid = 2, .acted = 312, .waiting = 14},
     3 * S,
     "312/500 rows  62%  104/s  ETA 0:02  14 waiting  3 failed  2 invalid"},
    /* duplicates take no time: neither rate nor ETA goes by them */
    {{.done = 400, .total = 500, .acted = 10}, 10 * S, "400/500 rows  80%  1.0/s  ETA 1:40"},
    {{.done = 10, .total = 20000, .acted = 10}, S, "10/20,000 rows  0%  10/s  ETA 33:19"},
    {{.done = 1, .total = 20001, .acted = 1}, S, "1/20,001 rows  0%  1.0/s  ETA 5:33:20"},
    {{.done = 499, .total = 500, .acted = 499}, 60 * S, "499/500 rows  99%  8.3/s  ETA 0:00"},
    {{.done = 500, .total = 500, .acted = 500}, 60 * S, "500/500 rows  100%  8.3/s"},
    /* what is left waits for the server: no ETA */
    {{.done = 490, .total = 500, .acted = 490, .waiting = 10},
     49 * S,
     "490/500 rows  98%  10/s  settling 10"},
    /* … but messages wait for their turn */
    {{.done = 490, .total = 500, .acted = 490, .waiting = 10, .mails = true},
     49 * S,
     "490/500 rows  98%  10/s  10 waiting"},
    /* those of earlier runs wait beside the rows */
    {{.done = 490, .total = 500, .acted = 490, .waiting = 100},
     49 * S,
     "490/500 rows  98%  10/s  settling 100"},
    /* what it waits for, and until when */
    {{.done = 1, .total = 3, .acted = 1, .stop = PROGRESS_LIMITED, .until = "14:05:10"},
     S,
     "1/3 rows  33%  1.0/s  ETA 0:02  rate limit until 14:05:10"},
    {{.done = 517,
      .total = 520,
      .acted = 511,
      .waiting = 3,
      .failed = 3,
      .invalid = 6,
      .stop = PROGRESS_IDLE,
      .until = "14:05:10"},
     10 * S,
     "517/520 rows  99%  settling 3  3 failed  6 invalid  asks again at 14:05:10"},
    {{.done = 0, .total = 2, .stop = PROGRESS_HELD, .until = "14:05:10"},
     S,
     "0/2 rows  0%  0.0/s  server asks to wait until 14:05:10"},
    {{.done = 1,
      .total = 20,
      .acted = 1,
      .stop = PROGRESS_DOWN,
      .since = "14:03",
      .until = "14:05:10"},
     S,
     "1/20 rows  5%  1.0/s  server down since 14:03, next try 14:05:10"},
    {{.done = 0, .total = 2, .stop = PROGRESS_DOWN, .since = "14:03"},
     S,
     "0/2 rows  0%  0.0/s  server down since 14:03, trying"},
    /* 79 columns: the rate goes first, then invalid, the ETA, waiting, failed */
    {{.done = 312000, .total = 500000, .failed = 3000, .acted = 31200, .waiting = 1400},
     300 * S,
     "312,000/500,000 rows  62%  104/s  ETA 30:08  1,400 waiting  3,000 failed"},
    {{.done = 312000,
      .total = 500000,
      .failed = 3000,
      .invalid = 200,
      .acted = 31200,
      .waiting = 1400},
     300 * S,
     "312,000/500,000 rows  62%  ETA 30:08  1,400 waiting  3,000 failed  200 invalid"},
    {{.done = 312000,
      .total = 500000,
      .failed = 3000,
      .acted = 31200,
      .waiting = 1400,
      .stop = PROGRESS_LIMITED,
      .until = "14:05:10"},
     300 * S,
     "312,000/500,000 rows  62%  3,000 failed  rate limit until 14:05:10"},
    {{.done = 9999999,
      .total = 10000000,
      .failed = 3000000,
      .invalid = 200,
      .acted = 31200,
      .waiting = 1400,
      .stop = PROGRESS_DOWN,
      .since = "14:03",
      .until = "14:05:10"},
     300 * S,
     "9,999,999/10,000,000 rows  99%  server down since 14:03, next try 14:05:10"},
};

static void test_lines(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct progress p = lines[i].p;

        p.started_ns = START;
        progress_see(&p, START + lines[i].elapsed_ns);
        progress_line(&p, &out);
        assert_string_equal(out.ptr, lines[i].want);
        assert_in_range(out.len, 1, PROGRESS_COLUMNS);
    }
    text_release(&out);
}

/* The largest counts that there can be fit, too. */
static void test_width(void **state)
{
    static const enum progress_stop stops[] = {PROGRESS_GOES, PROGRESS_LIMITED, PROGRESS_HELD,
                                               PROGRESS_DOWN, PROGRESS_IDLE};
    struct text out;

    (void)state;
    text_init(&out);
    for (uint64_t n = 1; n < UINT64_C(1000000000); n *= 10)
        for (size_t i = 0; i < COUNT(stops); i++) {
            struct progress p = {.done = n,
                                 .total = 9 * n,
                                 .failed = n,
                                 .invalid = n,
                                 .acted = n,
                                 .waiting = 10000,
                                 .started_ns = START,
                                 .stop = stops[i],
                                 .since = "14:03",
                                 .until = "14:05:10"};

            progress_see(&p, START + 100 * S);
            progress_line(&p, &out);
            assert_in_range(out.len, 1, PROGRESS_COLUMNS);
        }
    text_release(&out);
}

/* So many rows a second for so many seconds, looked at ten times a second. */
static void go(struct progress *p, int64_t *now_ns, double per_s, int seconds)
{
    double rows = 0;

    for (int i = 0; i < 10 * seconds; i++) {
        uint64_t whole;

        rows += per_s / 10;
        whole = (uint64_t)rows;
        rows -= (double)whole;
        p->acted += whole;
        p->done += whole;
        *now_ns += S / 10;
        progress_see(p, *now_ns);
    }
}

static void must_say(const struct progress *p, const char *want)
{
    struct text out;

    text_init(&out);
    progress_line(p, &out);
    assert_string_equal(out.ptr, want);
    text_release(&out);
}

/* The ETA settles, follows a change within a minute, and is not shaken by a moment. */
static void test_rate(void **state)
{
    struct progress p = {.total = 100000, .started_ns = START};
    int64_t now_ns = START;

    (void)state;
    go(&p, &now_ns, 100, 10);
    must_say(&p, "1,000/100,000 rows  1%  100/s  ETA 16:30");
    go(&p, &now_ns, 100, 100);
    must_say(&p, "11,000/100,000 rows  11%  100/s  ETA 14:50");
    go(&p, &now_ns, 0, 1); /* one slow answer */
    must_say(&p, "11,000/100,000 rows  11%  95/s  ETA 15:36");
    go(&p, &now_ns, 10, 60); /* the server has become slow */
    must_say(&p, "11,600/100,000 rows  11%  14/s  ETA 1:43:36");
    go(&p, &now_ns, 10, 60);
    must_say(&p, "12,200/100,000 rows  12%  10/s  ETA 2:23:19");
    go(&p, &now_ns, 0, 300); /* a long stop: it is no rate at all */
    must_say(&p, "12,200/100,000 rows  12%  0.0/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_width),
                                       cmocka_unit_test(test_rate)};

    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
