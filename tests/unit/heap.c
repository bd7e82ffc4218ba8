/* heap: by time, and by arrival where times are equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/heap.h"
#include "policy/retry.h"

#define THINGS 5000

static void an_empty_heap_has_nothing(void **state)
{
    (void)state;
    struct heap h;
    heap_init(&h);
    assert_null(heap_peek(&h));
    assert_null(heap_pop(&h));
    heap_release(&h);
}

/* Things point into times[]: their order there is that of arrival. */
static void assert_in_order(const int64_t *before, const int64_t *after)
{
    assert_true(*before < *after || (*before == *after && before < after));
}

static void things_come_out_by_time_then_by_arrival(void **state)
{
    (void)state;
    static const uint64_t ranges[] = {1, 3, 100, 1000000};
    static int64_t times[THINGS];
    uint64_t random = 7;
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
        struct heap h;
        heap_init(&h);
        for (size_t i = 0; i < THINGS; i++) {
            times[i] = (int64_t)(retry_random(&random) % ranges[r]) - (int64_t)(ranges[r] / 2);
            assert_int_equal(heap_push(&h, times[i], &times[i]), 0);
        }
        const int64_t *last = heap_pop(&h);
        for (size_t i = 1; i < THINGS; i++) {
            assert_int_equal(heap_peek(&h)->due, *(const int64_t *)heap_peek(&h)->thing);
            const int64_t *next = heap_pop(&h);
            assert_in_order(last, next);
            last = next;
        }
        assert_null(heap_pop(&h));
        heap_release(&h);
    }
}

static void pushes_between_pops_find_their_place(void **state)
{
    (void)state;
    static int64_t times[THINGS];
    uint64_t random = 11;
    int64_t now = 0;
    size_t in = 0, out = 0;
    struct heap h;
    heap_init(&h);
    while (out < THINGS) {
        if (in < THINGS && (in == out || retry_random(&random) % 2 == 0)) {
            times[in] = now + (int64_t)(retry_random(&random) % 50);
            assert_int_equal(heap_push(&h, times[in], &times[in]), 0);
            in++;
        } else {
            const int64_t *thing = heap_pop(&h);
            assert_non_null(thing);
            assert_true(*thing >= now);
            now = *thing;
            out++;
        }
    }
    assert_int_equal(h.len, 0);
    heap_release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_nothing),
        cmocka_unit_test(things_come_out_by_time_then_by_arrival),
        cmocka_unit_test(pushes_between_pops_find_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
