/* room: what is sent, and what becomes of it, one after the other. */
#include "policy/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_what_may_be_under_way(void **state)
{
    static const struct {
        int64_t left;
        size_t taken, under_way;
        bool allowed;
    } cases[] = {
        /* nothing is known */
        {-1, 0, 0, true},
        {-1, 0, 1000000, true},
        {-1, 7, 1000000, true},
        {INT64_MIN, 0, 1000000, true},
        /* no more than there are places */
        {5, 0, 0, true},
        {5, 0, 4, true},
        {5, 0, 5, false},
        {5, 0, SIZE_MAX, false},
        {5, 3, 1, true},
        {5, 3, 2, false},
        {INT64_MAX, 0, 1000000, true},
        /* the last, and then one at a time */
        {5, 4, 0, true},
        {5, 4, 1, false},
        {5, 5, 0, true},
        {5, 5, 1, false},
        {0, 0, 0, true},
        {0, 0, 1, false},
        /* it takes more than it has said */
        {5, 6, 0, true},
        {5, 6, 1, false},
        {5, 8, 1, true},
        {5, 8, 2, false},
        {0, 6, 3, true},
        {0, 6, 4, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct room r = {0};

        assert_true(room_allows(&r, 9));
        room_set(&r, cases[i].left);
        for (size_t k = 0; k < cases[i].taken; k++)
            room_taken(&r, true);
        assert_int_equal(room_allows(&r, cases[i].under_way), cases[i].allowed);
    }
}

/* They hold their places, and what an earlier run has sent opens none. */
static void test_what_stays_behind(void **state)
{
    struct room r = {0};

    (void)state;
    assert_false(room_hold(&r, 5));
    assert_true(room_allows(&r, 1000));
    room_set(&r, 5);
    assert_false(room_hold(&r, 2));
    assert_true(room_allows(&r, 2));
    assert_false(room_allows(&r, 3));
    room_taken(&r, false);
    room_taken(&r, false);
    assert_false(room_allows(&r, 1));
    room_taken(&r, false);
    room_taken(&r, false);
    room_taken(&r, false);
    assert_false(room_allows(&r, 1));
    room_taken(&r, true);
    assert_false(room_allows(&r, 1));
    room_taken(&r, true);
    room_taken(&r, true);
    assert_true(room_allows(&r, 1));
    room_set(&r, 3);
    assert_true(room_hold(&r, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_may_be_under_way),
                                       cmocka_unit_test(test_what_stays_behind)};

    return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
