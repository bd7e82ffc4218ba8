/* reading: as a text for the ledger, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/reading.h"

#include "base/text.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void assert_same(const struct reading *a, const struct reading *b)
{
    assert_string_equal(a->encoding, b->encoding);
    assert_int_equal(a->bom, b->bom);
    assert_int_equal(a->sep_line, b->sep_line);
    assert_int_equal(a->delimiter, b->delimiter);
    assert_int_equal(a->quote, b->quote);
    assert_string_equal(a->line_end, b->line_end);
    assert_int_equal(a->header_line, b->header_line);
    assert_int_equal(a->plain, b->plain);
    assert_int_equal(a->guessed, b->guessed);
    assert_int_equal(a->quote_found, b->quote_found);
    assert_int_equal(a->escape, b->escape);
    assert_int_equal(a->blanks, b->blanks);
    assert_int_equal(a->member, b->member);
    assert_int_equal(a->sheet, b->sheet);
    assert_int_equal(a->sheet_mark, b->sheet_mark);
}

/* Formatted it must say want (NULL: anything), and be the same when parsed again. */
static void go_round(const struct reading *r, const char *want)
{
    struct reading again;
    struct text text;

    text_init(&text);
    reading_format(r, &text);
    assert_true(text_ok(&text));
    if (want)
        assert_string_equal(text.ptr, want);
    memset(&again, '#', sizeof(again));
    if (reading_parse(text.ptr, &again))
        fail_msg("\"%s\" is refused", text.ptr);
    assert_same(&again, r);
    text_release(&text);
}

static void what_is_formatted_is_parsed(void **state)
{
    (void)state;
    static const struct {
        struct reading r;
        const char *text;
    } cases[] = {
        {{"UTF-8", false, false, ',', '"', "\n", 1, false, false, false, '\0', false, 0, 0, 0},
         "UTF-8, comma, \", LF, header 1"},
        {{"UTF-8", false, false, ',', '"', "\n", 4, false, false, false, '\0', false, 3, 12, 0},
         "UTF-8, comma, \", LF, member 3, sheet 12 0000000000000000, header 4"},
        {{"UTF-8", false, false, ',', '"', "\n", 0, false, false, false, '\0', false, 0, 1, 0xff},
         "UTF-8, comma, \", LF, sheet 1 00000000000000ff, no header"},
        {{"UTF-16LE", true, false, '\t', '"', "\r\n", 3, false, false, false, '\0', false, 0, 0, 0},
         "UTF-16LE, bom, tab, \", CRLF, header 3"},
        {{"WINDOWS-1252", false, true, ';', '\'', "\r", 0, false, false, false, '\0', false, 0, 0,
          0},
         "WINDOWS-1252, sep, semicolon, ', CR, no header"},
        {{"UTF-8", true, true, '|', '\0', "\n", UINT64_C(9223372036854775807), false, false, false,
          '\0', false, 0, 0, 0},
         "UTF-8, bom, sep, pipe, no quotes, LF, header 9223372036854775807"},
        {{"ISO_8859-1:1987", false, false, '\x1f', '"', "\n", 12, false, false, false, '\0', false,
          0, 0, 0},
         "ISO_8859-1:1987, 0x1F, \", LF, header 12"},
        {{"UTF-8", false, false, '0', ',', "\n", 1, false, false, false, '\0', false, 0, 0, 0},
         "UTF-8, 0, comma, LF, header 1"},
        {{"UTF-8", false, false, ' ', '\xa7', "\n", 1, false, false, false, '\0', false, 0, 0, 0},
         "UTF-8, 0x20, 0xA7, LF, header 1"},
        {{"UTF-8", true, false, ',', '"', "\n", 1, true, false, false, '\0', false, 0, 0, 0},
         "UTF-8, plain, bom, comma, \", LF, header 1"},
        {{"WINDOWS-1252", false, true, ',', '"', "\n", 1, false, true, false, '\0', false, 0, 0, 0},
         "WINDOWS-1252, guessed, sep, comma, \", LF, header 1"},
        {{"ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", false, false, 'x', '`', "\n", 1, false, false, false,
          '\0', false, 0, 0, 0},
         "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234, x, `, LF, header 1"},
        {{"UTF-8", false, false, '\t', '\0', "\n", 1, false, false, true, '\\', false, 0, 0, 0},
         "UTF-8, tab, no quotes found, escape \\, LF, header 1"},
        {{"UTF-8", false, false, ',', '"', "\n", 1, false, false, false, ',', true, 0, 0, 0},
         "UTF-8, comma, \", escape comma, blanks, LF, header 1"},
        {{"UTF-8", false, false, ',', '\'', "\n", 0, false, false, false, '\0', true, 0, 0, 0},
         "UTF-8, comma, ', blanks, LF, no header"},
    };
    struct reading r;
    reading_init(&r);
    assert_same(&r, &cases[0].r);
    for (size_t i = 0; i < COUNT(cases); i++)
        go_round(&cases[i].r, cases[i].text);
}

static void any_byte_may_be_the_delimiter_and_the_quote(void **state)
{
    (void)state;
    struct reading r;
    reading_init(&r);
    for (int c = 1; c < 256; c++) {
        r.delimiter = (char)c;
        r.quote = (char)(256 - c);
        go_round(&r, NULL);
    }
}

static void what_no_reading_wrote_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "UTF-8",
        "UTF-8, comma",
        "UTF-8, comma, \"",
        "UTF-8, comma, \", LF",
        "UTF-8, comma, \", LF, ",
        "UTF-8, comma, \", LF, header 1, ",
        "UTF-8, comma, \", LF, header 1, more",
        "UTF-8, comma, \", LF, header 0",
        "UTF-8, comma, \", LF, header -1",
        "UTF-8, comma, \", LF, header 1x",
        "UTF-8, comma, \", LF, header 9223372036854775808",
        "UTF-8, comma, \", LFCR, header 1",
        "UTF-8, comma, \", lf, header 1",
        "UTF-8, commas, \", LF, header 1",
        "UTF-8, 0x00, \", LF, header 1",
        "UTF-8, 0x1, \", LF, header 1",
        "UTF-8, 0x1f, \", LF, header 1",
        "UTF-8, 0x1FF, \", LF, header 1",
        "UTF-8, 0x, \", LF, header 1",
        "UTF-8, comma, quotes, LF, header 1",
        "UTF-8, comma, \", escape, LF, header 1",
        "UTF-8, comma, \", escape , LF, header 1",
        "UTF-8, comma, \", escape \\\\, LF, header 1",
        "UTF-8, comma, \", blanks, escape \\, LF, header 1",
        "UTF-8, comma, no quotes found, no quotes, LF, header 1",
        "UTF-8, \t, \", LF, header 1",
        "UTF-8,comma,\",LF,header 1",
        "UTF-8, sep, bom, comma, \", LF, header 1",
        "UTF-8, guessed, plain, comma, \", LF, header 1",
        "UTF-8, bom, plain, comma, \", LF, header 1",
        "plain, UTF-8, comma, \", LF, header 1",
        "UTF 8, comma, \", LF, header 1",
        "\xc3\x9cTF-8, comma, \", LF, header 1",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345, comma, \", LF, header 1",
        "UTF-8, comma, \", LF, header 00000000000000000000000000000000000000000000001",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reading r;
        if (reading_parse(cases[i], &r) != -1)
            fail_msg("\"%s\" is taken", cases[i]);
    }
}

static void delimiters_have_names(void **state)
{
    (void)state;
    char buf[2];
    assert_string_equal(reading_delimiter_name(',', buf), "comma");
    assert_string_equal(reading_delimiter_name(';', buf), "semicolon");
    assert_string_equal(reading_delimiter_name('\t', buf), "tab");
    assert_string_equal(reading_delimiter_name('|', buf), "pipe");
    assert_string_equal(reading_delimiter_name(':', buf), ":");
    assert_string_equal(reading_delimiter_name('\x1f', buf), "\x1f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_formatted_is_parsed),
        cmocka_unit_test(any_byte_may_be_the_delimiter_and_the_quote),
        cmocka_unit_test(what_no_reading_wrote_is_refused),
        cmocka_unit_test(delimiters_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
