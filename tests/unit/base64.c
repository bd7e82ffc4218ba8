/* base64: the vectors of RFC 4648, 10, and bytes that a char may take for negative. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"

#include <string.h>

static void bytes_become_letters(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *letters;
    } cases[] = {
        {"", 0, ""},
        {"f", 1, "Zg=="},
        {"fo", 2, "Zm8="},
        {"foo", 3, "Zm9v"},
        {"foob", 4, "Zm9vYg=="},
        {"fooba", 5, "Zm9vYmE="},
        {"foobar", 6, "Zm9vYmFy"},
        {"\xff\xfe\xfd", 3, "//79"},
        {"\0\0", 2, "AAA="},
        {"\xfb\xef\xbe", 3, "++++"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char to[16];
        size_t len = base64_encode(cases[i].bytes, cases[i].n, to);

        assert_int_equal(len, BASE64_LEN(cases[i].n));
        assert_int_equal(len, strlen(cases[i].letters));
        assert_memory_equal(to, cases[i].letters, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_become_letters)};

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
