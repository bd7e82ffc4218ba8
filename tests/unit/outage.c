/* outage: when a server that is gone is tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/outage.h"

#define S INT64_C(1000000000)
#define NOW (INT64_C(1000) * S)

static void break_off(struct outage *o, unsigned times, int64_t now_ns)
{
    for (unsigned i = 0; i < times; i++)
        outage_note(o, false, FATE_NOT_SENT, now_ns);
}

static void test_down(void **state)
{
    struct outage o = {.failures = 0};

    (void)state;
    break_off(&o, OUTAGE_FAILURES - 1, NOW);
    assert_false(outage_is_down(&o));
    assert_int_equal(outage_wait(&o, NOW), 0);
    outage_note(&o, false, FATE_ANSWERED, NOW); /* not in a row */
    break_off(&o, OUTAGE_FAILURES - 1, NOW);
    assert_false(outage_is_down(&o));
    outage_note(&o, false, FATE_LOST, NOW); /* it was reached */
    break_off(&o, OUTAGE_FAILURES, NOW);
    assert_true(outage_is_down(&o));
    assert_int_equal(outage_wait(&o, NOW), OUTAGE_WAIT_MIN_NS);
    break_off(&o, 60, NOW + S / 2); /* which had left before */
    outage_note(&o, false, FATE_LOST, NOW + S / 2);
    assert_true(outage_is_down(&o));
    assert_int_equal(outage_wait(&o, NOW + S / 2), OUTAGE_WAIT_MIN_NS - S / 2);
}

/* One at a time, 1, 2, 4, 8, 16, 30, 30 … seconds after the one before. */
static void test_probes(void **state)
{
    static const int64_t waits[] = {1, 2, 4, 8, 16, 30, 30};
    struct outage o = {.failures = 0};
    int64_t now = NOW;

    (void)state;
    break_off(&o, OUTAGE_FAILURES, now);
    for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        assert_int_equal(outage_wait(&o, now), waits[i] * S);
        now += waits[i] * S;
        assert_int_equal(outage_wait(&o, now), 0);
        assert_true(outage_sent(&o));
        break_off(&o, 1, now); /* an old one is no probe */
        assert_int_equal(outage_wait(&o, now + 100 * S), INT64_MAX);
        now += S;
        outage_note(&o, true, FATE_NOT_SENT, now);
    }
    assert_true(outage_sent(&o));
    outage_note(&o, true, FATE_LOST, now);
    assert_int_equal(outage_wait(&o, now), 0);
    assert_false(outage_sent(&o));
    assert_int_equal(outage_wait(&o, now), 0);
}

static void test_patience(void **state)
{
    struct outage o = {.failures = 0};

    (void)state;
    break_off(&o, 1, NOW);
    assert_false(outage_over(&o, 0, NOW + 100 * S));
    break_off(&o, OUTAGE_FAILURES - 1, NOW + S);
    assert_false(outage_over(&o, 0, NOW + 100 * S)); /* not without having tried */
    assert_true(outage_sent(&o));
    outage_note(&o, true, FATE_NOT_SENT, NOW + 2 * S);
    assert_false(outage_over(&o, 3 * S, NOW + 2 * S));
    assert_true(outage_over(&o, 3 * S, NOW + 3 * S)); /* from the first failure on */
    outage_note(&o, false, FATE_ANSWERED, NOW + 2 * S);
    assert_false(outage_over(&o, 2 * S, NOW + 4 * S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_down),
        cmocka_unit_test(test_probes),
        cmocka_unit_test(test_patience),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
