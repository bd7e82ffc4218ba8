/* keyed: what is put is got again, also more than memory is meant to hold, and a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/keyed.h"

#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>

#define MANY 3000
#define LARGE (40u << 20) /* more than the page cache holds */

static struct keyed *open_keyed(void)
{
    struct err e = ERR_INIT;
    struct keyed *k = keyed_new(&e);

    if (!k)
        fail_msg("%s", e.text);
    return k;
}

static int put(struct keyed *k, const char *name, struct slice value, struct err *e)
{
    uint8_t key[KEYED_KEY_SIZE];

    assert_int_equal(keyed_key(slice_of(name), key, e), 0);
    return keyed_put(k, key, value, e);
}

static void put_ok(struct keyed *k, const char *name, const char *value)
{
    struct err e = ERR_INIT;

    if (put(k, name, slice_of(value), &e))
        fail_msg("%s", e.text);
}

static int get(struct keyed *k, const char *name, struct text *out, struct err *e)
{
    uint8_t key[KEYED_KEY_SIZE];

    assert_int_equal(keyed_key(slice_of(name), key, e), 0);
    return keyed_get(k, key, out, e);
}

static void assert_got(struct keyed *k, const char *name, const char *want)
{
    struct err e = ERR_INIT;
    struct text out;

    text_init(&out);
    text_puts(&out, "left over");
    assert_int_equal(get(k, name, &out, &e), want ? 1 : 0);
    assert_string_equal(out.ptr, want ? want : "");
    text_release(&out);
}

static void test_keys(void **state)
{
    static const uint8_t empty[KEYED_KEY_SIZE] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                                  0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24};
    uint8_t key[KEYED_KEY_SIZE], other[KEYED_KEY_SIZE];
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(keyed_key((struct slice){NULL, 0}, key, &e), 0);
    assert_memory_equal(key, empty, sizeof(key));
    assert_int_equal(keyed_key((struct slice){"a\0b", 3}, key, &e), 0);
    assert_int_equal(keyed_key((struct slice){"a\0c", 3}, other, &e), 0);
    assert_memory_not_equal(key, other, sizeof(key));
}

static void test_put_and_get(void **state)
{
    struct keyed *k = open_keyed(), *other = open_keyed();

    (void)state;
    assert_got(k, "a", NULL);
    put_ok(k, "a", "1");
    put_ok(k, "b", "");
    put_ok(k, "", "nameless");
    assert_got(k, "a", "1");
    assert_got(k, "b", "");
    assert_got(k, "", "nameless");
    put_ok(k, "a", "in its place");
    put_ok(k, "b", "2");
    assert_got(k, "a", "in its place");
    assert_got(k, "b", "2");
    assert_got(k, "A", NULL);
    assert_got(other, "a", NULL);
    keyed_free(other);
    keyed_free(k);
    keyed_free(NULL);
}

static void test_bytes(void **state)
{
    struct keyed *k = open_keyed();
    struct err e = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    assert_int_equal(put(k, "a", (struct slice){"\0\xff'\0", 4}, &e), 0);
    assert_int_equal(put(k, "b", (struct slice){NULL, 0}, &e), 0);
    assert_int_equal(get(k, "a", &out, &e), 1);
    assert_int_equal(out.len, 4);
    assert_memory_equal(out.ptr, "\0\xff'\0", 4);
    assert_int_equal(get(k, "b", &out, &e), 1);
    assert_int_equal(out.len, 0);
    text_release(&out);
    keyed_free(k);
}

static void test_many(void **state)
{
    struct keyed *k = open_keyed();
    char name[16], value[16];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "n%d", i % (MANY / 2));
        snprintf(value, sizeof(value), "v%d", i);
        put_ok(k, name, value);
    }
    for (int i = 0; i < MANY / 2; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        snprintf(value, sizeof(value), "v%d", i + MANY / 2);
        assert_got(k, name, value);
    }
    assert_got(k, "n1500", NULL);
    keyed_free(k);
}

/* A disk that takes no more: what was put before can't be trusted any more, either. */
static void test_no_space(void **state)
{
    static char large[LARGE];
    struct rlimit before, small;
    struct keyed *k = open_keyed();
    struct err e = ERR_INIT, again = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    put_ok(k, "a", "1");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 65536;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(put(k, "b", (struct slice){large, sizeof(large)}, &e), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "temporary file in /");
    assert_says(e.text, "set TMPDIR to a folder with room for it");
    assert_int_equal(get(k, "a", &out, &again), -1);
    assert_int_equal(again.code, EXIT_OUTPUT);
    assert_string_equal(again.text, "a temporary file has failed before: run the same command "
                                    "again when this is mended");
    assert_int_equal(put(k, "a", slice_of("2"), &again), -1);
    text_release(&out);
    keyed_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),     cmocka_unit_test(test_put_and_get),
        cmocka_unit_test(test_bytes),    cmocka_unit_test(test_many),
        cmocka_unit_test(test_no_space),
    };

    return cmocka_run_group_tests_name("keyed", tests, NULL, NULL);
}
