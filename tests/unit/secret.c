/* secret: where they may come from, and that a message never shows one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/secret.h"

#include "fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>

static void test_names(void **state)
{
    static const struct {
        const char *source;
        bool named;
    } cases[] = {
        {"env:NAME", true}, {"file:PATH", true}, {"file:", true},     {"env:", true},
        {"", false},        {"hunter2", false},  {"ENV:NAME", false}, {"env", false},
        {"file", false},    {"file/x", false},   {" env:X", false},   {"environ:", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(secret_is_named(cases[i].source), cases[i].named);
}

static void test_environment(void **state)
{
    struct err e = ERR_INIT;
    char *value;

    (void)state;
    setenv("CLAIMPIPE_TEST", " sesame\u200b ", 1);
    value = secret_read("env:CLAIMPIPE_TEST", "--set p.password", &e);
    assert_string_equal(value, " sesame\u200b "); /* as it is */
    secret_free(value);
    secret_free(NULL);
    unsetenv("CLAIMPIPE_TEST");
}

static void test_files(void **state)
{
    static const struct {
        const char *content, *want;
    } cases[] = {
        {"sesame", "sesame"}, {"sesame\n", "sesame"},   {"sesame\r\n", "sesame"},
        {"a  b", "a  b"},     {"Grüße-🎉\n", "Grüße-🎉"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        char *value;

        put_file("secret", cases[i].content);
        value = secret_read("file:secret", "--api-key", &e);
        assert_non_null(value);
        assert_string_equal(value, cases[i].want);
        secret_free(value);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *source, *says;
    } cases[] = {
        {"hunter2", "--api-key: a secret on the command line"},
        {"", "--api-key: a secret on the command line"},
        {"Env:X", "a secret on the command line"},
        {"env:CLAIMPIPE_NONE", "the environment has no CLAIMPIPE_NONE"},
        {"env:CLAIMPIPE_EMPTY", "CLAIMPIPE_EMPTY is empty"},
        {"env:", "--api-key env:…: what stands behind env: is no variable's name"},
        {"env::", "is no variable's name (letters, digits and _): say env:NAME"},
        {"env:hunter2!", "is no variable's name"}, /* perhaps the secret itself */
        {"file:missing", "--api-key file:missing: No such file or directory"},
        {"file:", "No such file or directory"},
        {"file:.", "Is a directory"},
        {"file:empty", "file:empty: the file is empty"},
        {"file:newline", "the file is empty"},
        {"file:crlf", "the file is empty"},
        {"file:nul", "holds a NUL byte"},
        {"file:/dev/zero", "file:/dev/zero"},
        {"file:utf16", "file:utf16: is UTF-16: save it as UTF-8"},
        {"file:blank", "file:blank: it ends with U+0020 (a blank): remove it"},
        {"file:lines", "file:lines: it ends with U+000A (a line end)"},
        {"file:mark", "file:mark: it begins with U+FEFF (a byte order mark)"},
        {"file:within", "file:within: its character 4 is U+00AD (a soft hyphen)"},
        {"file:latin", "file:latin: its character 3 is a byte that is not UTF-8"},
        {"env:CLAIMPIPE_CR", "it ends with U+000D (a carriage return"},
    };

    (void)state;
    setenv("CLAIMPIPE_EMPTY", "", 1);
    unsetenv("CLAIMPIPE_NONE");
    put_file("empty", "");
    put_file("newline", "\n");
    put_file("crlf", "\r\n");
    put_bytes("nul", "hunter2\0x", 9);
    put_bytes("utf16", "\xff\xfeh\0u\0", 6);
    put_file("blank", "hunter2 \n");
    put_file("lines", "hunter2\n\n");
    put_file("mark", "\ufeffhunter2\n");
    put_file("within", "hun\u00adter2");
    put_file("latin", "hu\xfcnter2");
    setenv("CLAIMPIPE_CR", "hunter2\r", 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        assert_null(secret_read(cases[i].source, "--api-key", &e));
        assert_int_equal(e.code, EXIT_USAGE);
        assert_says(e.text, cases[i].says);
        assert_silent(e.text, "hunter2");
    }
}

static void test_largest(void **state)
{
    static char big[SECRET_MAX + 8];
    struct err e = ERR_INIT;
    char *value;

    (void)state;
    memset(big, 'x', sizeof big);
    put_bytes("secret", big, SECRET_MAX);
    value = secret_read("file:secret", "--api-key", &e);
    assert_non_null(value);
    assert_int_equal(strlen(value), SECRET_MAX);
    secret_free(value);
    memcpy(big + SECRET_MAX, "\r\n", 2);
    put_bytes("secret", big, SECRET_MAX + 2);
    value = secret_read("file:secret", "--api-key", &e);
    assert_non_null(value);
    assert_int_equal(strlen(value), SECRET_MAX);
    secret_free(value);
}

/* Nothing too large is taken in part. */
static void test_too_large(void **state)
{
    static const char *const ends[] = {"x", "xx", "\nx", "\n\n", "\rx", "xxxxxx"};
    static char big[SECRET_MAX + 8];

    (void)state;
    memset(big, 'x', sizeof big);
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct err e = ERR_INIT;

        memcpy(big + SECRET_MAX, ends[i], strlen(ends[i]));
        put_bytes("secret", big, SECRET_MAX + strlen(ends[i]));
        if (secret_read("file:secret", "--api-key", &e))
            fail_msg("%zu bytes beyond the maximum were taken (case %zu)", strlen(ends[i]), i);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_says(e.text, "larger than");
    }
}

static void test_too_large_in_environment(void **state)
{
    static char big[SECRET_MAX + 2];
    struct err e = ERR_INIT;

    (void)state;
    memset(big, 'x', sizeof big - 1);
    setenv("CLAIMPIPE_TEST", big, 1);
    assert_null(secret_read("env:CLAIMPIPE_TEST", "--api-key", &e));
    assert_int_equal(e.code, EXIT_USAGE);
    unsetenv("CLAIMPIPE_TEST");
}

static void test_no_core(void **state)
{
    struct rlimit limit = {1, 1};

    (void)state;
    secret_forbid_core();
    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    assert_int_equal(limit.rlim_cur, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_environment),
        IN_FOLDER(test_files),
        IN_FOLDER(test_refused),
        IN_FOLDER(test_largest),
        IN_FOLDER(test_too_large),
        cmocka_unit_test(test_too_large_in_environment),
        cmocka_unit_test(test_no_core),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
