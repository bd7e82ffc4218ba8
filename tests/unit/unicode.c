/* unicode, unseen: texts that look the same have one form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"
#include "policy/unicode.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void texts_have_one_form(void **state)
{
    static const struct {
        unsigned how;
        const char *in, *out;
    } cases[] = {
        {0, "", ""},
        {0, "plain", "plain"},
        {0, "rene\u0301", "ren\u00e9"},
        {0, "\u1100\u1161", "\uac00"},
        {0, "q\u0307\u0323", "q\u0323\u0307"},
        {0, "\u212b", "\u00c5"},
        {0, "\ufb01", "\ufb01"}, /* a ligature is another letter, in NFC */
        {0, "１Ａ\u00ad", "１Ａ\u00ad"},
        {UNICODE_DIGITS, "１Ａ٢۳", "1Ａ23"},
        {UNICODE_NARROW, "Ａ＠ｂ．ｃ", "A@b.c"},
        {UNICODE_LOWER, "ÄΩЖ", "äωж"},
        {UNICODE_SEEN, "a\u00ad\u200bb\u3000c\ufeff", "ab c"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int n = unicode_form(slice_of(cases[i].in), cases[i].how, out, sizeof(out));

        if (n < 0 || strcmp(out, cases[i].out) != 0)
            fail_msg("%s: %s", cases[i].in, n < 0 ? "-1" : out);
        assert_int_equal(n, strlen(out));
    }
}

static void what_does_not_fit_is_told(void **state)
{
    static char in[UNICODE_MAX + 1], out[2 * UNICODE_MAX];

    (void)state;
    assert_int_equal(unicode_form(slice_of("a\xff"), 0, out, sizeof(out)), -1);
    assert_int_equal(unicode_form(slice_of("abc"), 0, out, 3), -1);
    assert_int_equal(unicode_form(slice_of("abc"), 0, out, 4), 3);
    for (size_t i = 0; i + 1 < UNICODE_MAX; i += 2) /* the character that grows most */
        memcpy(in + i, "\u0390", 2);
    assert_int_equal(unicode_form((struct slice){in, UNICODE_MAX}, UNICODE_LOWER, out, sizeof(out)),
                     UNICODE_MAX);
    for (size_t i = 0; i + 1 < UNICODE_MAX; i += 2)
        memcpy(in + i, "\u023a", 2);
    assert_int_equal(unicode_form((struct slice){in, UNICODE_MAX}, UNICODE_LOWER, out, sizeof(out)),
                     UNICODE_MAX / 2 * 3);
    assert_int_equal(unicode_form((struct slice){in, UNICODE_MAX + 1}, 0, out, sizeof(out)), -1);
}

static void equal_texts_are_equal(void **state)
{
    static char x[UNICODE_MAX + 1], y[UNICODE_MAX + 1];

    (void)state;
    assert_true(unicode_equal(slice_of("Caf\u00e9"), slice_of("Cafe\u0301")));
    assert_true(unicode_equal(slice_of(""), slice_of("")));
    assert_true(unicode_equal(slice_of("\xff"), slice_of("\xff")));
    assert_false(unicode_equal(slice_of("\xff\xe9"), slice_of("\xff")));
    assert_false(unicode_equal(slice_of("Caf\u00e9"), slice_of("Cafe")));
    assert_false(unicode_equal(slice_of("caf\u00e9"), slice_of("Caf\u00e9")));
    assert_false(unicode_equal(slice_of("1"), slice_of("１")));
    memset(x, 'a', sizeof(x));
    memcpy(x, "\u00e9", 2);
    memcpy(y, x, sizeof(x));
    assert_true(unicode_equal((struct slice){x, sizeof(x)}, (struct slice){y, sizeof(y)}));
}

static void the_unseen_is_found(void **state)
{
    static const unsigned unseen[] = {0x85,   0xa0,   0xad,   0x34f,  0x61c,  0x115f, 0x180e,
                                      0x2003, 0x200b, 0x200e, 0x202e, 0x2060, 0x2069, 0x2800,
                                      0x3000, 0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xe0041};
    static const char *const seen[] = {"a", "é", "\u0301", "\u2010", "、", "🎉", "\xff", "\xe2\x80"};
    unsigned code = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(unseen); i++) {
        char text[8] = "a";
        size_t n = 1;
        unsigned c = unseen[i];

        if (c < 0x800) {
            text[n++] = (char)(0xc0 | c >> 6);
        } else if (c < 0x10000) {
            text[n++] = (char)(0xe0 | c >> 12);
            text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        } else {
            text[n++] = (char)(0xf0 | c >> 18);
            text[n++] = (char)(0x80 | (c >> 12 & 0x3f));
            text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        }
        text[n++] = (char)(0x80 | (c & 0x3f));
        assert_int_equal(slice_unseen_find((struct slice){text, n}, &code), 1);
        assert_int_equal(code, c);
        assert_int_equal(slice_unseen_last((struct slice){text, n}), n - 1);
        assert_int_equal(slice_trim((struct slice){text, n}).len, 1);
        for (size_t cut = 2; cut < n; cut++)
            assert_int_equal(slice_unseen_last((struct slice){text, cut}), 0);
    }
    for (size_t i = 0; i < COUNT(seen); i++) {
        struct slice s = slice_of(seen[i]);

        assert_int_equal(slice_unseen_find(s, &code), s.len);
        assert_int_equal(slice_unseen_last(s), 0);
    }
    assert_int_equal(slice_unseen_last((struct slice){"", 0}), 0);
    assert_true(slice_unseen_is_blank(0x3000) && slice_unseen_is_blank(0xa0) &&
                !slice_unseen_is_blank(0x200b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_one_form),
        cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(equal_texts_are_equal),
        cmocka_unit_test(the_unseen_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
