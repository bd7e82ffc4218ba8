/* claimed: both forms of an address are one, and nothing is known before the set is sealed. */
#include "policy/claimed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#define HEX "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"
#define BB1 "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"
#define OTHER "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"

static void both_forms_are_one(void **state)
{
    struct claimed c;

    (void)state;
    claimed_init(&c);
    assert_int_equal(claimed_add(&c, slice_of(HEX)), 0);
    assert_int_equal(claimed_add(&c, slice_of("no address")), 0);
    assert_false(claimed_has(&c, BB1)); /* not sealed */
    claimed_seal(&c);
    assert_int_equal(c.n, 1);
    assert_true(claimed_has(&c, BB1));
    assert_false(claimed_has(&c, OTHER));
    claimed_release(&c);
}

static void an_empty_set_has_nobody(void **state)
{
    struct claimed c;

    (void)state;
    claimed_init(&c);
    claimed_seal(&c);
    assert_false(claimed_has(&c, BB1));
    claimed_release(&c);
}

static void many_are_found(void **state)
{
    struct claimed c;
    char address[64], canonical[IDENTITY_TEXT_MAX];

    (void)state;
    claimed_init(&c);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(address, sizeof address, "0x%040x", i * 2654435761u);
        assert_int_equal(claimed_add(&c, slice_of(address)), 0);
    }
    claimed_seal(&c);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(address, sizeof address, "0x%040x", i * 2654435761u);
        assert_null(identity_canonical(slice_of(address), canonical));
        assert_true(claimed_has(&c, canonical));
    }
    claimed_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_one),
        cmocka_unit_test(an_empty_set_has_nobody),
        cmocka_unit_test(many_are_found),
    };

    return cmocka_run_group_tests_name("claimed", tests, NULL, NULL);
}
