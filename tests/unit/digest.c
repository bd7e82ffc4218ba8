/* digest: published vectors, and that every way to a hash leads to the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/digest.h"

#include "fixture.h"

static void assert_hex(const uint8_t hash[DIGEST_SIZE], const char *want)
{
    char got[2 * DIGEST_SIZE + 1];

    for (size_t i = 0; i < DIGEST_SIZE; i++)
        snprintf(got + 2 * i, 3, "%02x", (unsigned)hash[i]);
    assert_string_equal(got, want);
}

/* FIPS 180-4's examples (NIST). */
static void test_vectors(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    uint8_t hash[DIGEST_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(digest_once(cases[i].in, strlen(cases[i].in), hash), 0);
        assert_hex(hash, cases[i].want);
    }
}

/* Bytes cut in two at each place, around the ends of blocks too. */
static void test_ways_agree(void **state)
{
    uint8_t bytes[200], once[DIGEST_SIZE], other[DIGEST_SIZE];
    struct digest *d = digest_new();
    struct digest_state s, as_it_was;

    (void)state;
    assert_non_null(d);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        assert_int_equal(digest_state_begin(&s, bytes, cut), 0);
        as_it_was = s;
        for (size_t len = cut; len <= sizeof bytes; len++) {
            assert_int_equal(digest_once(bytes, len, once), 0);
            assert_int_equal(digest_state_finish(&s, bytes + cut, len - cut, other), 0);
            assert_memory_equal(once, other, DIGEST_SIZE);
            digest_update(d, bytes, cut);
            digest_update(d, bytes + cut, len - cut);
            assert_int_equal(digest_finish(d, other), 0);
            assert_memory_equal(once, other, DIGEST_SIZE);
        }
        assert_memory_equal(&s, &as_it_was, sizeof s);
    }
    digest_free(d);
}

/* RFC 7914, section 11, the first 32 of 64 bytes. */
static void test_slow(void **state)
{
    uint8_t hash[DIGEST_SIZE];

    (void)state;
    assert_int_equal(digest_slow("passwd", 6, "salt", 1, hash), 0);
    assert_hex(hash, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    assert_int_equal(digest_slow("Password", 8, "NaCl", 80000, hash), 0);
    assert_hex(hash, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
    assert_int_equal(digest_slow("x", SIZE_MAX, "salt", 1, hash), -1);
    assert_int_equal(digest_slow("x", 1, "salt", 0, hash), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_ways_agree),
        cmocka_unit_test(test_slow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
