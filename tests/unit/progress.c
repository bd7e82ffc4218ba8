/* progress: the line, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/progress.h"

#include "fixture.h"

#define S INT64_C(1000000000)
#define START (INT64_C(5000) * S)

static void test_lines(void **state)
{
    static const struct {
        struct progress p;
        int64_t elapsed_ns;
        const char *want;
    } cases[] = {
        {{.total = 500}, 0, "0/500 rows  0%  0.0/s"},
        {{.total = 0}, S, "0/0 rows  100%  0.0/s"},
        {{.total = 500, .waiting = 64}, S, "0/500 rows  0%  0.0/s  64 waiting"},
        {{.done = 312, .total = 500, .failed = 3, .invalid = 2, .acted = 312, .waiting = 14},
         3 * S,
         "312/500 rows  62%  104/s  ETA 0:02  14 waiting  3 failed  2 invalid"},
        /* duplicates take no time: neither rate nor ETA goes by them */
        {{.done = 400, .total = 500, .acted = 10}, 10 * S, "400/500 rows  80%  1.0/s  ETA 1:40"},
        {{.done = 10, .total = 20000, .acted = 10}, S, "10/20000 rows  0%  10/s  ETA 33:19"},
        {{.done = 1, .total = 20001, .acted = 1}, S, "1/20001 rows  0%  1.0/s  ETA 5:33:20"},
        {{.done = 499, .total = 500, .acted = 499}, 60 * S, "499/500 rows  99%  8.3/s  ETA 0:00"},
        {{.done = 500, .total = 500, .acted = 500}, 60 * S, "500/500 rows  100%  8.3/s"},
        /* what is left waits for the server: no ETA */
        {{.done = 490, .total = 500, .acted = 490, .waiting = 10},
         49 * S,
         "490/500 rows  98%  10/s  10 waiting"},
        /* those of earlier runs wait beside the rows */
        {{.done = 490, .total = 500, .acted = 490, .waiting = 100},
         49 * S,
         "490/500 rows  98%  10/s  100 waiting"},
        {{.done = 1, .total = 2, .acted = 1, .held_ns = S - 1},
         S,
         "1/2 rows  50%  1.0/s  ETA 0:01"},
        {{.done = 0, .total = 2, .held_ns = 61 * S},
         S,
         "0/2 rows  0%  0.0/s  waiting as the server asks 1:01"},
        {{.done = 0, .total = 2, .held_ns = 61 * S, .down_since = "14:03", .next_ns = 19 * S + 1},
         S,
         "0/2 rows  0%  0.0/s  server does not answer since 14:03, next try in 0:20"},
        {{.done = 0, .total = 2, .down_since = "14:03", .next_ns = INT64_MAX},
         S,
         "0/2 rows  0%  0.0/s  server does not answer since 14:03, trying"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct progress p = cases[i].p;

        p.started_ns = START;
        progress_line(&p, START + cases[i].elapsed_ns, &out);
        assert_string_equal(out.ptr, cases[i].want);
    }
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};

    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
