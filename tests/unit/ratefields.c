/* ratefields: every form of the fields, and what is no form of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/ratefields.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define NOW_MS INT64_C(1795466593000) /* Mon, 23 Nov 2026 20:43:13 GMT */

#define FACTS(a, b, c, d, e)                                                                       \
    {                                                                                              \
        .retry_after_ns = (a), .limit = (b), .window_ns = (c), .remaining = (d), .reset_ns = (e)   \
    }

static void read_line(struct rate_facts *f, const char *name, const char *value)
{
    char line[256];
    assert_in_range(snprintf(line, sizeof line, "%s: %s\r\n", name, value), 1, sizeof line - 1);
    ratefields_read_head(f, slice_of(line), NOW_MS);
}

static struct rate_facts read_one(const char *name, const char *value)
{
    struct rate_facts f = RATE_FACTS_NONE;
    read_line(&f, name, value);
    return f;
}

struct one {
    const char *value;
    int64_t ns; /* -1: cannot be read */
};

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"0", 0},
        {"1", S},
        {" 30\t", 30 * S},
        {"86400", RATEFIELDS_MAX_NS},
        {"86401", RATEFIELDS_MAX_NS},
        {"9223372036854775807", RATEFIELDS_MAX_NS},
        {"99999999999999999999999999", RATEFIELDS_MAX_NS},
        {"Mon, 23 Nov 2026 20:43:43 GMT", 30 * S},
        {"Monday, 23-Nov-26 20:43:43 GMT", 30 * S},
        {"Mon Nov 23 20:43:43 2026", 30 * S},
        {"Tue Dec  1 00:00:00 2026", RATEFIELDS_MAX_NS},
        {"Mon, 23 Nov 2026 20:43:13 GMT", 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0}, /* past */
        {"Sunday, 06-Nov-94 08:49:37 GMT", 0},
        {"Sun Nov  6 08:49:37 1994", 0},
        {"", -1},
        {"-1", -1},
        {"+1", -1},
        {"1.5", 2 * S},
        {"2.0", 2 * S},
        {"0.503", S},
        {"299.997", 300 * S},
        {"0.0", 0},
        {"-0.5", -1},
        {"1.", -1},
        {".5", -1},
        {"1.5.5", -1},
        {"1.x", -1},
        {"1e3", -1},
        {"1795466597", 4 * S}, /* a time of day in seconds, in milliseconds */
        {"1795466597.25", 5 * S},
        {"1795466605000", 12 * S},
        {"1795466500", 0},
        {"30s", -1},
        {"soon", -1},
        {"Mon, 23 Nov 2026 20:43:43", -1},
        {"Mon, 23 Nov 2026 20:43:43 PST", -1},
        {"Mon, 23 Nov 2026 20:43:43 GMT, 5", 30 * S}, /* lines that a proxy has joined */
        {"5, Monday, 23-Nov-26 20:43:43 GMT,Mon, 23 Nov 2026 20:43:33 GMT", 30 * S},
        {"4, 1", 4 * S},
        {"1,4", 4 * S},
        {"x, 4", 4 * S},
        {"1,000", -1},
        {"\"4\"", 4 * S},
        {"\"Mon, 23 Nov 2026 20:43:43 GMT\"", 30 * S},
        {"@1795466597", 4 * S},
        {"@", -1},
        {"Mon, 23 Nov 2026 25:43:43 GMT", -1},
        {"Mon, 23 Nov 2026 20:61:43 GMT", -1},
        {"Mon, 31 Feb 2027 20:43:43 GMT", -1},
        {"Mon, 32 Nov 2026 20:43:43 GMT", -1},
        {"Mon, 23 Foo 2026 20:43:43 GMT", -1},
        {"Xyz, 23 Nov 2026 20:43:43 GMT", -1},
        {"2026-11-23T20:43:43Z", 30 * S},
        {"2026-11-23T20:43:43+00:00", 30 * S},
        {"2026-11-23T20:43:43+02:00", -1},
        {"2026-11-23", -1},
        {"Mon, 23 Nov 2026 20:43:43 GMT                                            x", -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rate_facts f = read_one("Retry-After", cases[i].value);
        if (f.retry_after_ns != cases[i].ns)
            fail_msg("\"%s\": %lld", cases[i].value, (long long)f.retry_after_ns);
    }
}

static void reset_is_seconds_left_or_an_epoch(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"0", 0},
        {"42", 42 * S},
        {"1000000000", RATEFIELDS_MAX_NS},
        {"1795466613", 20 * S},       /* epoch in seconds */
        {"1795466593", 0},            /* now */
        {"1795466500", 0},            /* past */
        {"1795466594500", 1500 * MS}, /* epoch in milliseconds */
        {"1795466590000", 0},         /* past */
        {"1995466590000", RATEFIELDS_MAX_NS},
        {"99999999999999999999", RATEFIELDS_MAX_NS},
        {"-5", -1},
        {"", -1},
        {"2.4", 3 * S},
        {"4, 3", 4 * S},
        {"3,4", 4 * S},
        {"4, 4", 4 * S},
        {"3, 1795466597, 1795466595000", 4 * S},
        {"Mon, 23 Nov 2026 20:43:43 GMT", 30 * S},
    };
    static const char *const names[] = {"RateLimit-Reset", "X-RateLimit-Reset", "x-ratelimit-reset",
                                        "X-RateLimit-Reset-After"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t k = 0; k < COUNT(names); k++) {
            struct rate_facts f = read_one(names[k], cases[i].value);
            if (f.reset_ns != cases[i].ns)
                fail_msg("%s \"%s\": %lld", names[k], cases[i].value, (long long)f.reset_ns);
        }
    }
}

static void counts_are_whole_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t n;
    } cases[] = {{"0", 0},        {"1000", 1000},    {" 7 ", 7},      {"-1", -1}, {"", -1},
                 {"ten", -1},     {"1,000", -1},     {"10;w=60", -1}, {"0.0", 0}, {"1.9", 1},
                 {"991, 98", 98}, {"98, 991, 5", 5}, {"5, x", -1},    {"5, ", 5}, {"5, -1", -1},
                 {"991,98", 98},  {"\"5\", 7", 5}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(read_one("RateLimit-Limit", cases[i].value).limit, cases[i].n);
        assert_int_equal(read_one("RATELIMIT-REMAINING", cases[i].value).remaining, cases[i].n);
        assert_int_equal(read_one("X-RateLimit-Limit", cases[i].value).limit, cases[i].n);
        assert_int_equal(read_one("X-RateLimit-Remaining", cases[i].value).remaining, cases[i].n);
    }
}

static void a_policy_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t limit, window;
    } cases[] = {
        {"1000;w=60", 1000, 60 * S},
        {" 1000 ; w = 60 ", 1000, 60 * S},
        {"10;w=1, 50;w=60", 10, S},
        {"100;burst=1000;w=60;comment=\"x\"", 100, 60 * S},
        {"1000;w=31536000", 1000, RATEFIELDS_MAX_NS},
        {"1000", -1, -1},
        {"1000;", -1, -1},
        {"1000;w", -1, -1},
        {"1000;w=", -1, -1},
        {"1000;w=0", -1, -1},
        {"1000;w=-60", -1, -1},
        {"0;w=60", -1, -1},
        {"-5;w=60", -1, -1},
        {";w=60", -1, -1},
        {"", -1, -1},
        {",", -1, -1},
        {"\"default\";q=100;w=10", 100, 10 * S},
        {"\"2-in-4sec\"; q=2; w=4; pk=:MTIz:", 2, 4 * S},
        {"\"a;w=1,b\";q=3;w=9", 3, 9 * S}, /* separators in quotes */
        {"\"a\\\";w=1\";q=3;w=9", 3, 9 * S},
        {"\"bytes\";q=65535;qu=\"content-bytes\";w=10, \"r\";qu=\"requests\";q=9;w=60", 9, 60 * S},
        {"\"default\";q=100", -1, -1}, /* a window is not needed by the newer drafts, but by us */
        {"\"default\";w=10", -1, -1},
        {"\"open;q=1;w=1", -1, -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rate_facts f = read_one("RateLimit-Policy", cases[i].value);
        if (f.limit != cases[i].limit || f.window_ns != cases[i].window)
            fail_msg("\"%s\": %lld in %lld", cases[i].value, (long long)f.limit,
                     (long long)f.window_ns);
    }
}

static void several_policies_are_kept(void **state)
{
    (void)state;
    static const char *const values[] = {
        "10;w=1, 50;w=60, 1000;w=3600",
        "\"a\";q=10;w=1,\"b\";q=50;w=60,\"none\";q=5,\"c\";q=1000;w=3600"};
    for (size_t i = 0; i < COUNT(values); i++) {
        struct rate_facts f = read_one("RateLimit-Policy", values[i]);
        assert_int_equal(f.limit, 10);
        assert_int_equal(f.window_ns, S);
        assert_int_equal(f.n_more, 2);
        assert_int_equal(f.more[0].limit, 50);
        assert_int_equal(f.more[0].window_ns, 60 * S);
        assert_int_equal(f.more[1].limit, 1000);
        assert_int_equal(f.more[1].window_ns, 3600 * S);
    }
    struct rate_facts many =
        read_one("RateLimit-Policy", "1;w=1,2;w=2,3;w=3,4;w=4,5;w=5,6;w=6,7;w=7,8;w=8");
    assert_int_equal(many.n_more, RATE_POLICIES_MAX - 1);
}

/* Drafts 7 and 8 to 10 of the IETF's ratelimit-headers. */
static void what_remains_in_one_field(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t remaining, reset;
    } cases[] = {
        {"limit=1000, remaining=0, reset=2", 0, 2 * S},
        {"limit=1000,remaining=7,reset=30", 7, 30 * S},
        {"remaining=0", 0, -1},
        {"reset=1.5", -1, 2 * S},
        {"\"d\"; r=0; t=2", 0, 2 * S},
        {"\"default\";r=50;t=30", 50, 30 * S},
        {"\"hour\";r=900;t=3000, \"second\";r=1;t=1, \"day\";r=5000;t=80000", 1, S},
        {"\"second\";r=1;t=1, \"hour\";r=0;t=3000", 0, 3000 * S},
        {"\"d\";r=3", 3, -1},
        {"\"d\";t=3", -1, 3 * S},
        {"\"default\";r=0.x;t=4", -1, 4 * S},
        {"\"default\";t=4;r=", -1, 4 * S},
        {"\"a\";t=1, \"b\";t=4, \"c\";t=3", -1, 4 * S},
        {"\"a\";t=30, \"b\";r=0;t=1", 0, S},
        {"\"a\";r=0;t=1, \"b\";r=0;t=4", 0, 4 * S},
        {"\"a\";r=0;t=4, \"b\";r=0;t=1", 0, 4 * S},
        {"\"a\";r=0, \"b\";r=0;t=4", 0, 4 * S},
        {"limit=10, remaining=0, reset=1795466598", 0, 5 * S}, /* times of day */
        {"limit=10, remaining=0, reset=1795466598000", 0, 5 * S},
        {"\"default\";r=0;t=1795466598", 0, 5 * S},
        {"\"default\";r=0;t=1795466598000", 0, 5 * S},
        {"\"default\";r=0;t=@1795466598", 0, 5 * S},
        {"limit=10, remaining=0, reset=\"Mon, 23 Nov 2026 20:43:43 GMT\"", 0, 30 * S},
        {"limit=10, reset=Mon, 23 Nov 2026 20:43:43 GMT, remaining=0", 0, 30 * S},
        {"\"default\";t=Monday, 23-Nov-26 20:43:43 GMT;r=0", 0, 30 * S},
        {"limit=10, remaining=0, reset=2026-11-23T20:43:43Z", 0, 30 * S},
        {"reset=4, remaining=0, limit=10", 0, 4 * S}, /* order, case, blanks, quotes, separators */
        {"Limit=10, REMAINING=0, Reset=4", 0, 4 * S},
        {"\"default\";R=0;T=4", 0, 4 * S},
        {" \"default\" ; t = 4 ; pk=:cmVhbGx5: ; r = 0 ", 0, 4 * S},
        {"limit = 10 ,\tremaining = 0 ,\treset = 4", 0, 4 * S},
        {"default;r=\"0\";t=\"4\"", 0, 4 * S},
        {"limit=\"10\", remaining=\"0\", reset=\"4\"", 0, 4 * S},
        {"limit=10; remaining=0; reset=4", 0, 4 * S},
        {"r=0;t=4", 0, 4 * S},
        {"r=0, t=4", 0, 4 * S},
        {"limit=10, remaining=0, reset=4, limit=900, remaining=800, reset=3000", 0, 4 * S},
        {"limit=10, remaining=x, reset=4", -1, 4 * S},
        {"limit=10, remaining=0, reset=x", 0, -1},
        {"\"r=7\";r=0;t=4", 0, 4 * S},
        {"\"a,b;r=0\";r=9;t=1;pk=:cmVhbGx5:", 9, S},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rate_facts f = read_one("RateLimit", cases[i].value);
        if (f.remaining != cases[i].remaining || f.reset_ns != cases[i].reset)
            fail_msg("\"%s\": %lld, %lld", cases[i].value, (long long)f.remaining,
                     (long long)f.reset_ns);
    }
}

/* Ours may be set wrong. */
static void times_of_day_are_by_the_answers_own_date(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "Date: Mon, 23 Nov 2026 22:43:13 GMT\r\nRetry-After: Mon, 23 Nov 2026 22:43:43 GMT\r\n",
        "Retry-After: 1795473823\r\nDate: Mon, 23 Nov 2026 22:43:13 GMT\r\n"};
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct rate_facts f = RATE_FACTS_NONE;
        ratefields_read_head(&f, slice_of(heads[i]), NOW_MS);
        assert_int_equal(f.retry_after_ns, 30 * S);
    }
}

static void other_and_unreadable_fields_change_nothing(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        {"Date", "Mon, 23 Nov 2026 20:43:43 GMT"},
        {"Retry-Afte", "9"},
        {"Retry-After2", "9"},
        {"X-Retry-After", "9"},
        {"", "9"},
        {"Retry-After", "later"},
        {"RateLimit-Limit", "many"},
        {"RateLimit-Remaining", "-4"},
        {"RateLimit-Reset", "never"},
        {"RateLimit-Policy", "none"},
        {"RateLimit", "none"},
        {"RateLimit", "limit=5"},
        {"RateLimit", "\"d\";r=x;t=y"},
        {"RateLimit", ""},
        {"Retry-After-Ms", "soon"},
    };
    struct rate_facts f = FACTS(1, 2, 3, 4, 5);
    for (size_t i = 0; i < COUNT(fields); i++) {
        read_line(&f, fields[i][0], fields[i][1]);
        const struct rate_facts same = FACTS(1, 2, 3, 4, 5);
        assert_memory_equal(&f, &same, sizeof f);
    }
    ratefields_read_head(&f, (struct slice){NULL, 0}, NOW_MS);
}

static void the_order_of_the_fields_does_not_matter(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        {"X-RateLimit-Limit", "5000"},     {"RateLimit-Limit", "900"},
        {"RateLimit-Policy", "1000;w=60"}, {"X-RateLimit-Remaining", "77"},
        {"RateLimit-Remaining", "3"},      {"X-RateLimit-Reset", "1795466613"},
        {"RateLimit-Reset", "9"},          {"Retry-After", "4"},
    };
    const size_t n = COUNT(fields);
    for (size_t start = 0; start < n; start++) {
        for (size_t stride = 1; stride < n; stride += 2) { /* odd: visits each of the eight */
            struct rate_facts f = RATE_FACTS_NONE;
            char head[512];
            size_t len = 0;
            for (size_t i = 0; i < n; i++) {
                const char *const *field = fields[(start + i * stride) % n];
                len += (size_t)snprintf(head + len, sizeof head - len, "%s: %s\r\n", field[0],
                                        field[1]);
            }
            ratefields_read_head(&f, slice_of(head), NOW_MS);
            const struct rate_facts all = FACTS(4 * S, 1000, 60 * S, 3, 9 * S);
            assert_memory_equal(&f, &all, sizeof f);
        }
    }
}

/* A line takes nothing back that another has told. */
static void several_lines_are_as_a_list(void **state)
{
    (void)state;
    static const struct {
        const char *lines[2];
        int64_t retry_after, remaining, reset;
    } cases[] = {
        {{"Retry-After: 4", "Retry-After: 1"}, 4 * S, -1, -1},
        {{"Retry-After: 4", "Retry-After: soon"}, 4 * S, -1, -1},
        {{"Retry-After: 1", "Retry-After-Ms: 4000"}, S, -1, -1},
        {{"RateLimit-Remaining: 991, 98", "RateLimit-Reset: 4, 3"}, -1, 98, 4 * S},
        {{"RateLimit-Reset: 4", "RateLimit-Reset: 3"}, -1, -1, 4 * S},
        {{"X-RateLimit-Reset: 4", "X-RateLimit-Reset: 3"}, -1, -1, 4 * S},
        {{"RateLimit-Remaining: 0", "RateLimit-Remaining: 9"}, -1, 0, -1},
        {{"RateLimit-Reset: 4", "RateLimit: limit=10, remaining=0"}, -1, 0, 4 * S},
        {{"X-RateLimit-Reset: 4", "RateLimit: \"d\";r=0"}, -1, 0, 4 * S},
        {{"RateLimit-Remaining: 0", "RateLimit: \"d\";t=4"}, -1, 0, 4 * S},
        {{"RateLimit-Reset: 9", "RateLimit: \"d\";r=0;t=4"}, -1, 0, 4 * S},
        {{"RateLimit: \"s\";r=0;t=4", "RateLimit: \"h\";r=900;t=3000"}, -1, 0, 4 * S},
        {{"RateLimit: \"a\";r=0;t=4", "RateLimit: \"b\";r=0;t=1"}, -1, 0, 4 * S},
    };
    for (size_t i = 0; i < 2 * COUNT(cases); i++) { /* in both orders */
        const char *const *lines = cases[i / 2].lines;
        struct rate_facts f = RATE_FACTS_NONE;
        char head[256];
        snprintf(head, sizeof head, "%s\r\n%s\r\n", lines[i % 2], lines[1 - i % 2]);
        ratefields_read_head(&f, slice_of(head), NOW_MS);
        if (f.retry_after_ns != cases[i / 2].retry_after || f.remaining != cases[i / 2].remaining ||
            f.reset_ns != cases[i / 2].reset)
            fail_msg("%s: %lld, %lld, %lld", head, (long long)f.retry_after_ns,
                     (long long)f.remaining, (long long)f.reset_ns);
    }
}

static void a_head_is_read_line_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        int64_t retry_after_ns, remaining, date_ms;
    } cases[] = {
        {"HTTP/1.1 429 Too Many Requests\r\nDate: Mon, 23 Nov 2026 20:43:13 GMT\r\n"
         "retry-after:7\r\nX-Empty:\r\nRateLimit-Remaining:  0 \r\n\r\n",
         7 * S, 0, NOW_MS},
        {"Retry-After: 7", 7 * S, -1, 0},
        {"Retry-After\r\n: 7\r\nDate: yesterday\r\n", -1, -1, 0},
        {"Expires: Mon, 23 Nov 2026 20:43:13 GMT\n", -1, -1, 0},
        {"\n\n:\n", -1, -1, 0},
        {"", -1, -1, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rate_facts f = RATE_FACTS_NONE;
        ratefields_read_head(&f, slice_of(cases[i].head), NOW_MS);
        assert_int_equal(f.retry_after_ns, cases[i].retry_after_ns);
        assert_int_equal(f.remaining, cases[i].remaining);
        assert_int_equal(ratefields_date(slice_of(cases[i].head)), cases[i].date_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
        cmocka_unit_test(reset_is_seconds_left_or_an_epoch),
        cmocka_unit_test(counts_are_whole_numbers),
        cmocka_unit_test(a_policy_is_read_whole_or_not_at_all),
        cmocka_unit_test(several_policies_are_kept),
        cmocka_unit_test(what_remains_in_one_field),
        cmocka_unit_test(times_of_day_are_by_the_answers_own_date),
        cmocka_unit_test(other_and_unreadable_fields_change_nothing),
        cmocka_unit_test(several_lines_are_as_a_list),
        cmocka_unit_test(a_head_is_read_line_by_line),
        cmocka_unit_test(the_order_of_the_fields_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
