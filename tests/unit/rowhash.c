/* rowhash: its values stand in ledgers, and each bit counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rowhash.h"
#include "fixture.h"

static void test_it_never_changes(void **state)
{
    uint64_t h = ROWHASH_INIT;

    (void)state;
    h = rowhash_int(h, 1);
    h = rowhash_bytes(h, "\x01\x02", 2);
    h = rowhash_bytes(h, "bb1x", 4);
    h = rowhash_int(h, -3);
    h = rowhash_null(h);
    assert_int_equal(rowhash_end(h), 0x431678b4);
}

static void test_kinds_and_lengths_count(void **state)
{
    const int64_t hashes[] = {
        rowhash_end(ROWHASH_INIT),
        rowhash_end(rowhash_null(ROWHASH_INIT)),
        rowhash_end(rowhash_int(ROWHASH_INIT, 0)),
        rowhash_end(rowhash_bytes(ROWHASH_INIT, "", 0)),
        rowhash_end(rowhash_bytes(ROWHASH_INIT, "\0\0\0\0\0\0\0\0", 8)),
        rowhash_end(rowhash_bytes(rowhash_bytes(ROWHASH_INIT, "a", 1), "b", 1)),
        rowhash_end(rowhash_bytes(rowhash_bytes(ROWHASH_INIT, "ab", 2), "", 0)),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(hashes); i++) {
        assert_in_range(hashes[i], 0, UINT32_MAX);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(hashes[i], hashes[j]);
    }
}

static void test_each_bit_counts(void **state)
{
    unsigned char bytes[40] = "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8m";
    const int64_t whole = rowhash_end(rowhash_bytes(ROWHASH_INIT, bytes, sizeof(bytes)));

    (void)state;
    for (size_t i = 0; i < 8 * sizeof(bytes); i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        assert_int_not_equal(rowhash_end(rowhash_bytes(ROWHASH_INIT, bytes, sizeof(bytes))), whole);
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    for (int i = 0; i < 64; i++)
        assert_int_not_equal(rowhash_end(rowhash_int(ROWHASH_INIT, (int64_t)(UINT64_C(1) << i))),
                             rowhash_end(rowhash_int(ROWHASH_INIT, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_never_changes),
        cmocka_unit_test(test_kinds_and_lengths_count),
        cmocka_unit_test(test_each_bit_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
