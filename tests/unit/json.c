/* json: what the API answers, in all its forms, and what no API should answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json.h"

#include "fixture.h"
#include "residue.h"

static struct json *parse(const char *s)
{
    return json_parse(slice_of(s));
}

static void test_values(void **state)
{
    static const char doc[] =
        "{\"s\":\"text\",\"e\":\"\",\"n\":7,\"t\":true,\"f\":false,\"z\":null,"
        "\"o\":{\"in\":{\"deep\":\"x\"}},\"a\":[1,\"2\",{}]}";
    struct json *j = parse(doc);

    (void)state;
    assert_non_null(j);
    assert_true(json_holds_object(j));
    assert_false(json_holds_array(j));
    assert_true(slice_equal(json_text(json_get(j, "s")), slice_of("text")));
    assert_non_null(json_text(json_get(j, "e")).ptr);
    assert_int_equal(json_text(json_get(j, "e")).len, 0);
    assert_true(json_holds_true(json_get(j, "t")));
    assert_false(json_holds_true(json_get(j, "f")));
    assert_true(
        slice_equal(json_text(json_get(json_get(json_get(j, "o"), "in"), "deep")), slice_of("x")));
    assert_true(json_holds_array(json_get(j, "a")));
    assert_int_equal(json_count(json_get(j, "a")), 3);
    assert_true(json_holds_object(json_at(json_get(j, "a"), 2)));
    json_free(j);
}

/* A path can be followed without checks between. */
static void test_what_is_not_there(void **state)
{
    static const char *const others[] = {"n", "t", "z", "o", "a", "missing"};
    struct json *j = parse("{\"n\":7,\"t\":true,\"z\":null,\"o\":{},\"a\":[\"s\"]}");
    int64_t n = 42;

    (void)state;
    assert_null(json_get(NULL, "x"));
    assert_null(json_at(NULL, 0));
    assert_int_equal(json_count(NULL), 0);
    assert_false(json_holds_object(NULL) || json_holds_array(NULL) || json_holds_true(NULL));
    assert_null(json_text(NULL).ptr);
    assert_int_equal(json_int(NULL, &n), -1);
    json_free(NULL);
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_null(json_text(json_get(j, others[i])).ptr);
        assert_int_equal(json_text(json_get(j, others[i])).len, 0);
        assert_null(json_get(json_get(j, others[i]), "x"));
    }
    assert_null(json_at(json_get(j, "a"), 1));
    assert_null(json_at(json_get(j, "o"), 0));
    assert_int_equal(json_count(json_get(j, "o")), 0);
    assert_int_equal(n, 42);
    json_free(j);
}

static void test_integers(void **state)
{
    static const struct {
        const char *json;
        int rc;
        int64_t want;
    } cases[] = {
        {"0", 0, 0},
        {"-1", 0, -1},
        {"1788739200000", 0, INT64_C(1788739200000)},
        {"\"1788739200000\"", 0, INT64_C(1788739200000)},
        {"\"0\"", 0, 0},
        {"\"-1\"", 0, -1},
        {"\"9223372036854775807\"", 0, INT64_MAX},
        {"9223372036854775807", 0, INT64_MAX},
        {"9223372036854775808", -1, 0},
        {"\"9223372036854775808\"", -1, 0},
        {"1.5", -1, 0},
        {"\"1.5\"", -1, 0},
        {"\"\"", -1, 0},
        {"\" 1\"", -1, 0},
        {"\"1x\"", -1, 0},
        {"\"0x10\"", -1, 0},
        {"\"5\\u0000x\"", -1, 0},
        {"true", -1, 0},
        {"null", -1, 0},
        {"[1]", -1, 0},
        {"{}", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *j = parse(cases[i].json);
        int64_t got = 0;

        if (json_int(j, &got) != cases[i].rc || got != cases[i].want)
            fail_msg("%s: %lld", cases[i].json, (long long)got);
        json_free(j);
    }
}

static void test_documents(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int taken;
    } cases[] = {
        {"{}", 2, 1},
        {"[]", 2, 1},
        {"\"s\"", 3, 1},
        {"null", 4, 1},
        {" {} \n", 5, 1},
        {"\"a\\u0000b\"", 10, 1},
        {"", 0, 0},
        {" ", 1, 0},
        {"{", 1, 0},
        {"{}{}", 4, 0},
        {"{} x", 4, 0},
        {"{\"a\":1,}", 8, 0},
        {"<html>", 6, 0},
        {"{}\0", 3, 0},
        {"\"\xff\"", 3, 0},
        {"\"\xed\xa0\x80\"", 5, 0},
        {"\"\\ud800\"", 8, 0},
        {"\xef\xbb\xbf{}", 5, 0},
        {NULL, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *j = json_parse((struct slice){cases[i].bytes, cases[i].len});

        if ((j != NULL) != cases[i].taken)
            fail_msg("document %zu: %s", i, cases[i].bytes ? cases[i].bytes : "NULL");
        json_free(j);
    }
}

/* What people write is told where it goes wrong, and never shown. */
static void test_strict(void **state)
{
    static const struct {
        const char *doc;
        int line, column;
        const char *text;
    } cases[] = {
        {"", 1, 1, "unexpected token"},
        {"{\n  \"a\": hunter2\n}", 2, 13, "invalid token"},
        {"{\"a\": \"hunter2\n\"}", 1, 14, "unexpected newline"},
        {"{\"a\": \"hunter2", 1, 14, "premature end of input"},
        {"{\"hunter2\":1,\"hunter2\":2}", 1, 22, "duplicate object key"},
        {"{\"a\":1,}", 1, 8, "string or '}' expected"},
        {"{} hunter2", 1, 9, "end of file expected"},
        {"\"hunter2\\u0000\"", 1, 15, "\\u0000 can't stand in a text"},
        {"\"\xff\"", 1, 1, "unable to decode byte 0xff"},
        {"9223372036854775808", 1, 19, "too big integer"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_fault f = {.line = -1};

        assert_null(json_parse_strict(slice_of(cases[i].doc), &f));
        assert_silent(f.text, "hunter2");
        if (f.line != cases[i].line || f.column != cases[i].column ||
            strcmp(f.text, cases[i].text) != 0)
            fail_msg("%s: %d:%d: %s", cases[i].doc, f.line, f.column, f.text);
    }
}

static void test_kinds(void **state)
{
    static const struct {
        const char *doc, *kind;
        bool is_bool;
    } cases[] = {
        {"{}", "an object", false},       {"[]", "a list", false},
        {"\"\"", "a text", false},        {"1", "a number", false},
        {"1.5", "a number", false},       {"true", "true or false", true},
        {"false", "true or false", true}, {"null", "null", false},
    };
    struct json_fault f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *j = json_parse_strict(slice_of(cases[i].doc), &f);

        assert_non_null(j);
        assert_string_equal(json_kind(j), cases[i].kind);
        assert_int_equal(json_holds_bool(j), cases[i].is_bool);
        json_free(j);
    }
    assert_string_equal(json_kind(NULL), "nothing");
    assert_false(json_holds_bool(NULL));
}

static void test_nul_is_kept(void **state)
{
    struct json *j = parse("\"a\\u0000b\"");

    (void)state;
    assert_int_equal(json_text(j).len, 3);
    assert_memory_equal(json_text(j).ptr, "a\0b", 3);
    json_free(j);
}

static void test_depth(void **state)
{
    static char deep[1000000];

    (void)state;
    memset(deep, '[', sizeof deep);
    assert_null(json_parse((struct slice){deep, sizeof deep}));
    memset(deep + sizeof deep / 2, ']', sizeof deep / 2);
    assert_null(json_parse((struct slice){deep, sizeof deep}));
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        struct json *j;

        memset(deep + depth, ']', depth);
        j = json_parse((struct slice){deep, 2 * depth});
        assert_int_equal(j != NULL, depth == JSON_DEPTH_MAX);
        json_free(j);
        memset(deep, '[', 4 * depth);
    }
}

/* Documents of as many values as are taken, and of one more; what is in a string does not count. */
static void test_limits(void **state)
{
    static const struct {
        const char *what, *begin, *item, *end;
        size_t items; /* with so many it has as many values as are taken */
    } cases[] = {
        {"zeros", "[0", ",0", "]", JSON_NODES_MAX - 2},
        {"zeros with blanks", " [ 0", " ,\n0", "\t] ", JSON_NODES_MAX - 2},
        {"strings", "[\"\"", ",\"[[,,{\\\"1,2\\\\\"", "]", JSON_NODES_MAX - 2},
        {"members", "{\"a\":1,\"b\":[", "{},", "0]}", JSON_NODES_MAX - 6},
        {"words", "[null", ",true", "]", JSON_NODES_MAX - 2},
        {"lists", "[1.5e3", ",[]", "]", JSON_NODES_MAX - 2},
    };
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t more = 0; more < 2; more++) {
            struct json_fault f = {.line = -1};
            struct json *j;

            text_clear(&t);
            text_puts(&t, cases[i].begin);
            for (size_t k = 0; k < cases[i].items + more; k++)
                text_puts(&t, cases[i].item);
            text_puts(&t, cases[i].end);
            assert_true(text_ok(&t));
            j = json_parse((struct slice){t.ptr, t.len});
            if ((j != NULL) != (more == 0))
                fail_msg("%s, %zu more", cases[i].what, more);
            json_free(j);
            j = json_parse_strict((struct slice){t.ptr, t.len}, &f);
            if (more && (j || f.line < 1 || strcmp(f.text, "holds more than 100000 values") != 0))
                fail_msg("%s: %d: %s", cases[i].what, f.line, f.text);
            json_free(j);
        }
    text_release(&t);
}

static void test_quote(void **state)
{
    static const struct {
        struct slice raw;
        const char *want; /* NULL: refused */
    } cases[] = {
        {{"", 0}, "\"\""},
        {{NULL, 0}, "\"\""},
        {{"plain", 5}, "\"plain\""},
        {{"a\"b\\c/", 6}, "\"a\\\"b\\\\c/\""},
        {{"\n\r\t\x01", 4}, "\"\\n\\r\\t\\u0001\""},
        {{"a\0b", 3}, "\"a\\u0000b\""},
        {{"Gr\xc3\xbc\xc3\x9f", 6}, "\"Gr\xc3\xbc\xc3\x9f\""},
        {{"\xf0\x9f\x8e\x89", 4}, "\"\xf0\x9f\x8e\x89\""},
        {{"\xff", 1}, NULL},
        {{"\xc3", 1}, NULL},
        {{"\xed\xa0\x80", 3}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text out;

        text_init(&out);
        text_puts(&out, ">");
        assert_int_equal(json_quote(&out, cases[i].raw), cases[i].want ? 0 : -1);
        if (cases[i].want)
            assert_string_equal(out.ptr + 1, cases[i].want);
        text_release(&out);
    }
}

static void test_nothing_is_left(void **state)
{
    char secret[RESIDUE_SIZE];
    struct json *doc;
    struct text t;

    (void)state;
    text_init(&t);
    residue_make(31, secret);
    text_printf(&t, "{\"%s\": [1, {\"p\": \"%s\"}, \"", secret, secret);
    for (int i = 0; i < 100; i++) /* a text that grows while it is read */
        text_puts(&t, secret);
    text_puts(&t, "\"]}");
    explicit_bzero(secret, sizeof(secret));
    doc = json_parse((struct slice){t.ptr, t.len});
    assert_non_null(doc);
    text_release(&t);
    assert_true(residue_left(31) >= 102);
    json_free(doc);
    assert_int_equal(residue_left(31), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),          cmocka_unit_test(test_what_is_not_there),
        cmocka_unit_test(test_integers),        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_depth),           cmocka_unit_test(test_nul_is_kept),
        cmocka_unit_test(test_quote),           cmocka_unit_test(test_strict),
        cmocka_unit_test(test_kinds),           cmocka_unit_test(test_limits),
        cmocka_unit_test(test_nothing_is_left),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
