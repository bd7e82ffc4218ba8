/* visible: nothing is left that a terminal obeys, and everything can still be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json.h"
#include "base/visible.h"

#include "fixture.h"

#define SLICE(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static void test_table(void **state)
{
    static const struct {
        struct slice in;
        const char *keep, *want;
    } cases[] = {
        {SLICE(""), "", ""},
        {SLICE("plain, C:\\x \\x1b"), "", "plain, C:\\x \\x1b"},
        {SLICE("Grüße 日本 🎉"), "", "Grüße 日本 🎉"},
        {SLICE("a\nb\tc\r"), "", "a\\x0ab\\x09c\\x0d"},
        {SLICE("a\nb\tc\r"), "\n", "a\nb\\x09c\\x0d"},
        {SLICE("\0\x01\x1b[2J\a\x7f"), "\n", "\\x00\\x01\\x1b[2J\\x07\\u007f"},
        {SLICE("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), "", "\\u0080\\u009b\\u009f\xc2\xa0"},
        {SLICE("\x9b"
               "31m\xff\xc2"),
         "", "\\x9b31m\\xff\\xc2"},
        {SLICE("\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f"), "", "\xe2\x80\x8d\\u200e\\u200f"},
        {SLICE("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf"), "",
         "\\u2028\\u2029\\u202a\\u202e\xe2\x80\xaf"},
        {SLICE("\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c\xd8\x9b"), "", "\\u2066\\u2069\\u061c\xd8\x9b"},
        {SLICE("\xe2\x80"), "", "\\xe2\\x80"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text out, again;

        text_init(&out);
        text_init(&again);
        visible_append(&out, cases[i].in, cases[i].keep);
        assert_string_equal(out.ptr, cases[i].want);
        visible_append(&again, slice_of(out.ptr), cases[i].keep);
        assert_string_equal(again.ptr, out.ptr);
        assert_true(visible_is(slice_of(out.ptr), cases[i].keep));
        assert_int_equal(visible_is(cases[i].in, cases[i].keep),
                         slice_equal(cases[i].in, slice_of(out.ptr)));
        text_release(&again);
        text_release(&out);
    }
}

/* Every byte and every character, in any place: what is left is harmless, and JSON is the same JSON. */
static void test_all_characters(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 0x3000; c++) {
        char raw[8], shown[VISIBLE_MAX];
        struct text doc, again;
        struct json *a, *b;
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;

        raw[0] = (char)(n == 1 ? c : n == 2 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
        raw[1] = (char)(0x80 | (n == 2 ? c & 0x3f : c >> 6 & 0x3f));
        raw[2] = (char)(0x80 | (c & 0x3f));
        assert_int_equal(visible_next((struct slice){raw, n}, shown), n);
        for (const char *p = shown; *p; p++)
            assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
        text_init(&doc);
        text_init(&again);
        assert_int_equal(json_quote(&doc, (struct slice){raw, n}), 0);
        visible_append(&again, (struct slice){doc.ptr, doc.len}, "\n");
        a = json_parse((struct slice){doc.ptr, doc.len});
        b = json_parse((struct slice){again.ptr, again.len});
        assert_non_null(b);
        assert_true(slice_equal(json_text(a), json_text(b)));
        json_free(b);
        json_free(a);
        text_release(&again);
        text_release(&doc);
    }
    for (unsigned c = 0x80; c < 0x100; c++) {
        char raw = (char)c, shown[VISIBLE_MAX], want[8];

        assert_int_equal(visible_next((struct slice){&raw, 1}, shown), 1);
        snprintf(want, sizeof want, "\\x%02x", c);
        assert_string_equal(shown, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_all_characters),
    };

    return cmocka_run_group_tests_name("visible", tests, NULL, NULL);
}
