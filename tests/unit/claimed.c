/* claimed: both forms of an address are one, and nothing is known before the set is sealed. */
#include "policy/claimed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/address.h"
#include "policy/identity.h"
#include "policy/retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    assert_int_equal(claimed_count(&c), 1);
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

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Random addresses of both lengths, some twice, in either form, against a sorted list of texts. */
static void a_set_holds_what_was_put_into_it(void **state)
{
    enum { N = 3000, ASKED = 6000 };
    static char texts[ASKED][ADDRESS_BECH32_MAX], kept[N][ADDRESS_BECH32_MAX];
    uint64_t random = 7;

    (void)state;
    for (size_t n = 0; n <= N; n = n < 20 ? n + 1 : n * 7 / 2) {
        struct claimed c;

        claimed_init(&c);
        for (size_t i = 0; i < ASKED; i++) {
            uint8_t bytes[ADDRESS_MODULE_SIZE];
            bool module = retry_random(&random) % 4 == 0;

            for (size_t k = 0; k < sizeof bytes; k++)
                bytes[k] = (uint8_t)(retry_random(&random) % (k % 3 ? 3 : 256));
            address_write_bech32(bytes, module ? ADDRESS_MODULE_SIZE : ADDRESS_SIZE, texts[i]);
            if (i < n)
                memcpy(kept[i], texts[i], sizeof kept[i]);
            if (i < n && i % 5 == 0)
                assert_int_equal(claimed_add(&c, slice_of(texts[i])), 0);
            if (i < n)
                assert_int_equal(claimed_add(&c, slice_of(texts[i])), 0);
        }
        assert_int_equal(claimed_count(&c), n + (n + 4) / 5);
        assert_true(n == 0 || !claimed_has(&c, texts[0]));
        claimed_seal(&c);
        qsort(kept, n, sizeof kept[0], by_text);
        for (size_t i = 0; i < ASKED; i++)
            assert_int_equal(claimed_has(&c, texts[i]),
                             bsearch(texts[i], kept, n, sizeof kept[0], by_text) != NULL);
        claimed_release(&c);
        assert_int_equal(claimed_count(&c), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_one),
        cmocka_unit_test(an_empty_set_has_nobody),
        cmocka_unit_test(many_are_found),
        cmocka_unit_test(a_set_holds_what_was_put_into_it),
    };

    return cmocka_run_group_tests_name("claimed", tests, NULL, NULL);
}
