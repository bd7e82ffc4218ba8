/* apiname: spellings of one API have one name, and two APIs have two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/apiname.h"

#include "fixture.h"

static const struct {
    const char *url, *name;
} cases[] = {
    {"https://api.bitbadges.io", "https://api.bitbadges.io"},
    {"HTTPS://API.BitBadges.IO", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io/", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io//", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io.", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io.:443/", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io:443", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io:0443", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io:", "https://api.bitbadges.io"},
    {"https://me:word@api.bitbadges.io", "https://api.bitbadges.io"},
    {"https://me@x@api.bitbadges.io", "https://api.bitbadges.io"},
    {"https://%61pi.bitbadges.io", "https://api.bitbadges.io"},
    {"https://api.bitbadges.io:80", "https://api.bitbadges.io:80"},
    {"https://api.bitbadges.io:8443", "https://api.bitbadges.io:8443"},
    {"http://localhost", "http://127.0.0.1"},
    {"http://LocalHost.:80/", "http://127.0.0.1"},
    {"http://localhost:8080", "http://127.0.0.1:8080"},
    {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
    {"http://127.1:8080", "http://127.0.0.1:8080"},
    {"http://0177.0.0.1:08080", "http://127.0.0.1:8080"},
    {"http://0x7f000001:8080", "http://127.0.0.1:8080"},
    {"http://2130706433:8080", "http://127.0.0.1:8080"},
    {"http://127.0.0.1.:8080", "http://127.0.0.1:8080"},
    {"http://[::1]:8080", "http://127.0.0.1:8080"},
    {"http://[0:0:0:0:0:0:0:1]:8080", "http://127.0.0.1:8080"},
    {"http://[::ffff:127.0.0.1]:8080", "http://127.0.0.1:8080"},
    {"http://127.0.0.2:8080", "http://127.0.0.2:8080"},
    {"https://[2001:DB8:0::1]", "https://[2001:db8::1]"},
    {"https://[2001:db8::1]:443", "https://[2001:db8::1]"},
    {"https://[fe80::1%25eth0]:8443", "https://[fe80::1%25eth0]:8443"},
    {"https://x.localhost", "https://x.localhost"},
    {"https://x.example/API/v0", "https://x.example/API/v0"},
    {"https://x.example/a/./b/../c/", "https://x.example/a/c"},
    {"https://x.example/../..", "https://x.example"},
    {"https://x.example/a/..", "https://x.example"},
    {"https://x.example/%7ea/%2f%c3%bc", "https://x.example/~a/%2F%C3%BC"},
    {"https://x.example/%2e%2e/a", "https://x.example/a"},
    {"https://x.example/100%", "https://x.example/100%"},
    {"https://x.example/%4", "https://x.example/%4"},
    {"https://x.example?a=/../", "https://x.example?a=/../"},
    {"https://b\xc3\xbc"
     "cher.example",
     "https://b\xc3\xbc"
     "cher.example"},
    {"https://xn--bcher-kva.example", "https://xn--bcher-kva.example"},
    {"", ""},
    {"ftp://X.example/", "ftp://X.example/"},
    {"nonsense", "nonsense"},
    {"https://", "https://"},
    {"http://:80", "http://"},
};

static void name_of(const char *url, struct text *t)
{
    text_clear(t);
    apiname_append(t, slice_of(url));
    assert_true(text_ok(t));
}

static void test_names(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT(cases); i++) {
        name_of(cases[i].url, &t);
        if (strcmp(t.ptr, cases[i].name) != 0)
            fail_msg("%s: %s, not %s", cases[i].url, t.ptr, cases[i].name);
    }
    text_release(&t);
}

/* A name is its own name. */
static void test_twice(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT(cases); i++) {
        name_of(cases[i].name, &t);
        assert_string_equal(t.ptr, cases[i].name);
    }
    text_release(&t);
}

static void test_long(void **state)
{
    char url[5000] = "https://";
    struct text t;

    (void)state;
    memset(url + 8, 'A', sizeof(url) - 9);
    text_init(&t);
    name_of(url, &t);
    assert_int_equal(t.len, sizeof(url) - 1);
    assert_int_equal(t.ptr[8], 'a');
    text_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests_name("apiname", tests, NULL, NULL);
}
