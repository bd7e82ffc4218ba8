/* percent: every byte, and the forms that ids and bookmarks have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/percent.h"

#include "fixture.h"

static void test_every_byte(void **state)
{
    static const char unreserved[] =
        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    (void)state;
    for (int c = 0; c < 256; c++) {
        char raw = (char)c, want[4] = {raw};
        struct text t;

        if (c == 0 || !strchr(unreserved, c))
            snprintf(want, sizeof want, "%%%02X", (unsigned)c);
        text_init(&t);
        percent_append(&t, (struct slice){&raw, 1});
        assert_string_equal(t.ptr, want);
        text_release(&t);
    }
}

static void test_strings(void **state)
{
    static const struct {
        const char *raw, *want;
    } cases[] = {
        {"", "x="},
        {"a/b c", "x=a%2Fb%20c"},
        {"..", "x=.."},
        {"a?b#c&d=e%f+g", "x=a%3Fb%23c%26d%3De%25f%2Bg"},
        {"Grüße", "x=Gr%C3%BC%C3%9Fe"},
        {"\r\n", "x=%0D%0A"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text t;

        text_init(&t);
        text_puts(&t, "x=");
        percent_append(&t, slice_of(cases[i].raw));
        assert_true(text_ok(&t));
        assert_string_equal(t.ptr, cases[i].want);
        text_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_strings),
    };

    return cmocka_run_group_tests_name("percent", tests, NULL, NULL);
}
