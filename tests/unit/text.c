/* text: growing strings and slices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/visible.h"

#include "residue.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define SLICE(s)                                                                                   \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }

static void an_empty_text_is_a_c_string(void **state)
{
    (void)state;
    struct text t;
    text_init(&t);
    assert_string_equal(t.ptr, "");
    text_clear(&t);
    text_append(&t, NULL, 0);
    assert_int_equal(t.len, 0);
    assert_true(text_ok(&t));
    text_release(&t);
    assert_string_equal(t.ptr, "");
}

static void appended_bytes_are_kept_in_order(void **state)
{
    (void)state;
    struct text t;
    text_init(&t);
    text_puts(&t, "one ");
    text_append(&t, "t\0o", 3);
    text_printf(&t, " %s %d", "three", 4);
    assert_int_equal(t.len, 15);
    assert_memory_equal(t.ptr, "one t\0o three 4", 16);
    text_clear(&t);
    assert_string_equal(t.ptr, "");
    text_puts(&t, "again");
    assert_string_equal(t.ptr, "again");
    text_release(&t);
}

static void a_text_grows_over_every_boundary(void **state)
{
    (void)state;
    struct text t;
    text_init(&t);
    for (size_t i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);
        if (i % 2 == 0)
            text_append(&t, &c, 1);
        else
            text_printf(&t, "%c", c);
        assert_int_equal(t.len, i + 1);
        assert_int_equal(strlen(t.ptr), i + 1);
    }
    for (size_t i = 0; i < t.len; i++)
        assert_int_equal(t.ptr[i], 'a' + (int)(i % 26));
    text_release(&t);
}

static void a_failed_text_keeps_its_content_and_stays_failed(void **state)
{
    (void)state;
    struct text t;
    text_init(&t);
    text_puts(&t, "kept");
    text_append(&t, "x", SIZE_MAX - 2);
    assert_false(text_ok(&t));
    text_puts(&t, "more");
    text_printf(&t, "%d", 7);
    assert_string_equal(t.ptr, "kept");
    text_clear(&t);
    assert_false(text_ok(&t));
    text_release(&t);
    assert_true(text_ok(&t));
}

static void slices_are_equal_byte_for_byte(void **state)
{
    (void)state;
    static const struct slice b = SLICE("a\0b"), same = SLICE("a\0b"), c = SLICE("a\0c"),
                              longer = SLICE("a\0bc");
    assert_true(slice_equal(b, same));
    assert_false(slice_equal(b, c));
    assert_false(slice_equal(b, longer));
    assert_true(slice_equal((struct slice){NULL, 0}, slice_of("")));
}

static void outer_blanks_of_all_kinds_are_trimmed(void **state)
{
    (void)state;
    static const struct {
        struct slice in;
        const char *out;
    } cases[] = {
        {SLICE(""), ""},
        {SLICE(" \t\r\n\v\f"), ""},
        {SLICE(" a b "), "a b"},
        {SLICE("\xef\xbb\xbf"
               "a\xc2\xa0"),
         "a"},
        {SLICE("\xe2\x80\x8b \xc2\xa0"
               "a\xe2\x80\x8b"),
         "a"},
        {SLICE("\xc2\xa0"), ""},
        {SLICE("\u200e\u202d"
               "a\u2060\u00ad"),
         "a"},
        {SLICE("\u3000\u2003"
               "a b\u202f\ufe0f\u180e"),
         "a b"},
        {SLICE("a\u200e"
               "b"),
         "a\u200e"
         "b"},
        {SLICE("\u00e9"), "\u00e9"},
        {SLICE("\U000e0041a\U000e0041"), "a"},
        {SLICE("a\x85"), "a\x85"},
        {SLICE("\x8b"
               "a"),
         "\x8b"
         "a"},
        {SLICE("a\xc2"), "a\xc2"},
        {SLICE("\xe4\xbd\xa0"), "\xe4\xbd\xa0"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(slice_equal(slice_trim(cases[i].in), slice_of(cases[i].out)));
    assert_int_equal(slice_trim((struct slice){NULL, 0}).len, 0);
}

static void only_well_formed_utf8_is_utf8(void **state)
{
    (void)state;
    static const struct {
        struct slice in;
        bool good;
    } cases[] = {
        {SLICE(""), true},
        {SLICE("plain\0text"), true},
        {SLICE("Gr\xc3\xbc\xc3\x9f"
               "e \xf0\x9f\x8e\x89 \xe6\x97\xa5"),
         true},
        {SLICE("\xc2\x80\xdf\xbf"), true},
        {SLICE("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true},
        {SLICE("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true},
        {SLICE("\x80"), false},             /* a continuation alone */
        {SLICE("\xc0\xaf"), false},         /* overlong */
        {SLICE("\xc1\xbf"), false},         /* overlong */
        {SLICE("\xe0\x9f\xbf"), false},     /* overlong */
        {SLICE("\xf0\x8f\xbf\xbf"), false}, /* overlong */
        {SLICE("\xed\xa0\x80"), false},     /* surrogate */
        {SLICE("\xf4\x90\x80\x80"), false}, /* over U+10FFFF */
        {SLICE("\xf5\x80\x80\x80"), false},
        {SLICE("\xff"), false},
        {SLICE("a\xc3"), false}, /* cut short */
        {SLICE("a\xe2\x82"), false},
        {SLICE("a\xf0\x9f\x8e"), false},
        {SLICE("\xe2\x28\xa1"), false},
        {SLICE("\xe2\x82\x28"), false},
        {SLICE("caf\xe9"), false}, /* CP1252 */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (slice_is_utf8(cases[i].in) != cases[i].good)
            fail_msg("case %zu", i);
    }
}

static void a_line_is_one_line_cut_between_characters(void **state)
{
    static const struct {
        struct slice in;
        size_t size;
        const char *want;
    } cases[] = {
        {SLICE("two\nlines\t"), 64, "two lines "},
        {SLICE("a\x1b[31mb\x7f\xc2\x9b"), 64, "a\\x1b[31mb\\u007f\\u009b"},
        {SLICE("ab\x1b"), 6, "ab"},
        {SLICE("ab\x1b"), 7, "ab\\x1b"},
        {SLICE("\xff\xe2\x80"), 64, "\\xff\\xe2\\x80"},
        {SLICE("caf\xc3\xa9"), 6, "caf\xc3\xa9"},
        {SLICE("caf\xc3\xa9"), 5, "caf"},
        {SLICE("caf\xc3\xa9s"), 6, "caf\xc3\xa9"},
        {SLICE("abc"), 1, ""},
        {SLICE(""), 8, ""},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(visible_line(cases[i].in, out, cases[i].size), cases[i].want);
}

static void a_reset_gives_large_memory_back(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    text_puts(&t, "small");
    text_reset(&t);
    assert_true(t.cap > 0 && t.len == 0);
    assert_string_equal(t.ptr, "");
    while (t.len < 2 * TEXT_KEPT_MAX)
        text_puts(&t, "0123456789");
    text_reset(&t);
    assert_int_equal(t.cap, 0);
    assert_string_equal(t.ptr, "");
    text_puts(&t, "again");
    assert_string_equal(t.ptr, "again");
    t.failed = true;
    text_reset(&t);
    assert_false(text_ok(&t));
    text_release(&t);
}

static void test_same_words(void **state)
{
    static const char *const words[] = {"ann", "Total:", "é"};
    static const struct {
        const char *s, *word;
        bool is, begins;
    } cases[] = {
        {"Total", "total", true, true},
        {"TOTAL: 3", "Total", false, true},
        {"Tot", "total", false, false},
        {"", "total", false, false},
        {"", "", true, true},
        {"x", "", false, true},
        {"{a", "[a", false, false},
        {"@b", "`b", false, false},
        {"\xc3\x89", "\xc3\xa9", false, false},
        {"\xc3\xa9", "\xc3\xa9", true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice s = slice_of(cases[i].s), word = slice_of(cases[i].word);

        if (slice_is(s, cases[i].word) != cases[i].is || slice_same(s, word) != cases[i].is ||
            slice_begins(s, cases[i].word) != cases[i].begins)
            fail_msg("%s, %s", cases[i].s, cases[i].word);
    }
    assert_true(slice_ends(slice_of("a.XLSX"), ".xlsx"));
    assert_true(slice_ends(slice_of(".xlsx"), ".xlsx"));
    assert_true(slice_ends(slice_of(""), ""));
    assert_false(slice_ends(slice_of("xlsx"), ".xlsx"));
    assert_false(slice_ends(slice_of("a.xlsx.csv"), ".xlsx"));
    assert_true(slice_ends((struct slice){"a.xlsx.csv", 6}, ".xlsx"));
    assert_true(slice_is_any(slice_of("TOTAL:"), words, 3));
    assert_false(slice_is_any(slice_of("Total"), words, 3));
    assert_false(slice_is_any(slice_of("ann"), words, 0));
}

/* Grown past it, cut after it, given back by a reset, or whole. */
static void nothing_is_left_of_a_secret(void **state)
{
    static char more[TEXT_KEPT_MAX];
    char secret[RESIDUE_SIZE];

    (void)state;
    memset(more, '.', sizeof(more));
    for (unsigned n = 1; n <= 4; n++) {
        struct text t;

        text_init(&t);
        text_puts(&t, residue_make(n, secret));
        explicit_bzero(secret, sizeof(secret));
        assert_int_equal(residue_left(n), 1);
        for (unsigned i = 0; n == 2 && i < 1000; i++)
            text_puts(&t, "0123456789");
        if (n == 3)
            text_clear(&t);
        if (n == 4) {
            text_append(&t, more, sizeof(more));
            text_reset(&t);
            assert_int_equal(residue_left(n), 0);
        }
        text_release(&t);
        assert_int_equal(residue_left(n), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_words),
        cmocka_unit_test(an_empty_text_is_a_c_string),
        cmocka_unit_test(appended_bytes_are_kept_in_order),
        cmocka_unit_test(a_text_grows_over_every_boundary),
        cmocka_unit_test(a_failed_text_keeps_its_content_and_stays_failed),
        cmocka_unit_test(slices_are_equal_byte_for_byte),
        cmocka_unit_test(outer_blanks_of_all_kinds_are_trimmed),
        cmocka_unit_test(only_well_formed_utf8_is_utf8),
        cmocka_unit_test(a_line_is_one_line_cut_between_characters),
        cmocka_unit_test(a_reset_gives_large_memory_back),
        cmocka_unit_test(nothing_is_left_of_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
