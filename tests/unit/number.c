/* number: the whole string, in range, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/number.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define UNTOUCHED INT64_C(-4242)
#define S INT64_C(1000000000)
#define DAY (86400 * S)

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        int64_t min, max;
        int rc;
        int64_t out;
    } cases[] = {
        {"0", 0, 10, 0, 0},
        {"007", 0, 10, 0, 7},
        {"10", 0, 10, 0, 10},
        {"11", 0, 10, -1, 0},
        {"4", 5, 10, -1, 0},
        {"-1", -1, 10, 0, -1},
        {"-2", -1, 10, -1, 0},
        {"-0", -1, 10, 0, 0},
        {"-0", 0, 10, -1, 0},
        {"-1", 0, 10, -1, 0},
        {"--1", -5, 10, -1, 0},
        {"-", -5, 10, -1, 0},
        {"", 0, 10, -1, 0},
        {" 1", 0, 10, -1, 0},
        {"1 ", 0, 10, -1, 0},
        {"+1", 0, 10, -1, 0},
        {"1.0", 0, 10, -1, 0},
        {"0x1", 0, 10, -1, 0},
        {"1e1", 0, 10, -1, 0},
        {"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
        {"9223372036854775808", INT64_MIN, INT64_MAX, -1, 0},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, -1, 0},
        {"18446744073709551616", INT64_MIN, INT64_MAX, -1, 0},
        {"99999999999999999999999999", 0, INT64_MAX, -1, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t out = UNTOUCHED;
        int rc = number_int(cases[i].in, cases[i].min, cases[i].max, &out);
        if (rc != cases[i].rc || out != (rc == 0 ? cases[i].out : UNTOUCHED))
            fail_msg("\"%s\": rc %d, %lld", cases[i].in, rc, (long long)out);
    }
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        int64_t ns; /* UNTOUCHED: refused */
    } cases[] = {
        {"0", 0},
        {"90", 90 * S},
        {"90s", 90 * S},
        {"1.5s", 1500000000},
        {"1.5", 1500000000},
        {"0.000000001s", 1},
        {"0.0000000019s", 1},
        {"250ms", 250000000},
        {"0.5ms", 500000},
        {"5m", 300 * S},
        {"2h", 7200 * S},
        {"1d", DAY},
        {"0.25d", DAY / 4},
        {"366d", 366 * DAY},
        {"366.0000d", 366 * DAY},
        {"366.0001d", UNTOUCHED},
        {"367d", UNTOUCHED},
        {"31622400", 366 * DAY},
        {"31622401", UNTOUCHED},
        {"9223372036854775807", UNTOUCHED},
        {"99999999999999999999999", UNTOUCHED},
        {"", UNTOUCHED},
        {"s", UNTOUCHED},
        {".5s", UNTOUCHED},
        {"5.s", UNTOUCHED},
        {"1.5.5s", UNTOUCHED},
        {"-1s", UNTOUCHED},
        {" 1s", UNTOUCHED},
        {"1 s", UNTOUCHED},
        {"1s ", UNTOUCHED},
        {"1S", UNTOUCHED},
        {"1sec", UNTOUCHED},
        {"1m30s", UNTOUCHED},
        {"1,5s", UNTOUCHED},
        {"1e3s", UNTOUCHED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t out = UNTOUCHED;
        int rc = number_duration(cases[i].in, &out);
        if (out != cases[i].ns || (rc == 0) != (cases[i].ns != UNTOUCHED))
            fail_msg("\"%s\": rc %d, %lld", cases[i].in, rc, (long long)out);
    }
}

static void rates(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        int64_t count, window; /* UNTOUCHED: refused */
    } cases[] = {
        {"10000/m", 10000, 60 * S},
        {"150/s", 150, S},
        {"5/250ms", 5, S / 4},
        {"1000/h", 1000, 3600 * S},
        {"10000/d", 10000, DAY},
        {"10/10s", 10, 10 * S},
        {"1/1.5s", 1, 3 * S / 2},
        {"7/ms", 7, S / 1000},
        {"1000000000/s", 1000000000, S},
        {"1000000001/s", UNTOUCHED, UNTOUCHED},
        {"0/s", UNTOUCHED, UNTOUCHED},
        {"10", UNTOUCHED, UNTOUCHED},
        {"10/", UNTOUCHED, UNTOUCHED},
        {"10/60", UNTOUCHED, UNTOUCHED},
        {"10/0s", UNTOUCHED, UNTOUCHED},
        {"10/w", UNTOUCHED, UNTOUCHED},
        {"/s", UNTOUCHED, UNTOUCHED},
        {"", UNTOUCHED, UNTOUCHED},
        {"-1/s", UNTOUCHED, UNTOUCHED},
        {"1.5/s", UNTOUCHED, UNTOUCHED},
        {"10 /s", UNTOUCHED, UNTOUCHED},
        {"10/ s", UNTOUCHED, UNTOUCHED},
        {"10/s ", UNTOUCHED, UNTOUCHED},
        {"10//s", UNTOUCHED, UNTOUCHED},
        {"10/min", UNTOUCHED, UNTOUCHED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t count = UNTOUCHED, window = UNTOUCHED;
        int rc = number_rate(cases[i].in, &count, &window);
        if (count != cases[i].count || window != cases[i].window ||
            (rc == 0) != (cases[i].count != UNTOUCHED))
            fail_msg("\"%s\": rc %d, %lld in %lld", cases[i].in, rc, (long long)count,
                     (long long)window);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(durations),
        cmocka_unit_test(rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
