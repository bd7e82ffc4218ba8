/* encoding: by the first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/encoding.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BYTES(s) (s), sizeof(s) - 1

struct sample {
    const char *bytes;
    size_t len;
    const char *name;
    size_t bom;
    bool guessed;
};

static void check(const struct sample *cases, size_t n, bool more)
{
    for (size_t i = 0; i < n; i++) {
        const struct sample *c = &cases[i];
        struct encoding got = encoding_find((struct slice){c->bytes, c->len}, more);
        if (strcmp(got.name, c->name) != 0 || got.bom != c->bom || got.guessed != c->guessed)
            fail_msg("%zu \"%s\": %s, %zu, %d", i, c->bytes, got.name, got.bom, got.guessed);
    }
}

static void a_mark_says_it(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {BYTES("\xef\xbb\xbf"), "UTF-8", 3, false},
        {BYTES("\xef\xbb\xbf"
               "a,Jos\xe9"),
         "UTF-8", 3, false},
        {BYTES("\xff\xfe"), "UTF-16LE", 2, false},
        {BYTES("\xff\xfe"
               "a\0,\0"),
         "UTF-16LE", 2, false},
        {BYTES("\xfe\xff\0a\0,"), "UTF-16BE", 2, false},
        {BYTES("\xff\xfe\0\0a\0\0\0"), "UTF-32LE", 4, false},
        {BYTES("\0\0\xfe\xff\0\0\0a"), "UTF-32BE", 4, false},
    };
    check(cases, COUNT(cases), false);
}

static void nuls_give_utf16_away(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {BYTES("a\0,\0b\0\n\0"), "UTF-16LE", 0, true},
        {BYTES("\0a\0,\0b\0\n"), "UTF-16BE", 0, true},
        {BYTES("a\0,\0b\0\n"), "UTF-16LE", 0, true}, /* cut in a character */
        {BYTES("N\0a\0m\0e\0,\0\x1f\x04\x35\x04\x42\x04\n\0"), "UTF-16LE", 0, true},
        {BYTES("a,b\n1,\0\nc,d\n"), "UTF-8", 0, false}, /* a NUL that came along */
        {BYTES("\0\0\0\0\0\0"), "UTF-8", 0, false},
    };
    check(cases, COUNT(cases), false);
    check(cases, COUNT(cases), true);
}

static void utf8_is_no_guess(void **state)
{
    (void)state;
    static const struct sample always[] = {
        {BYTES(""), "UTF-8", 0, false},
        {BYTES("a,b\n1,2\n"), "UTF-8", 0, false},
        {BYTES("Jos\xc3\xa9,\xe2\x82\xac,\xf0\x9f\x98\x80\n"), "UTF-8", 0, false},
    };
    static const struct sample cut[] = {
        {BYTES("Jos\xc3"), "UTF-8", 0, false},        {BYTES("a,\xe2\x82"), "UTF-8", 0, false},
        {BYTES("a,\xf0\x9f\x98"), "UTF-8", 0, false}, {BYTES("a,\xf0"), "UTF-8", 0, false},
        {BYTES("Jos\xe9"), "UTF-8", 0, false}, /* which may go on */
        {BYTES("Jos\xff"), "UTF-8", 0, true},  /* which can't */
    };
    static const struct sample whole[] = {
        {BYTES("Jos\xc3\xa9,\xe2\x82"), "UTF-8", 0, true},
        {BYTES("Jos\xe9"), "WINDOWS-1252", 0, true},
    };
    check(always, COUNT(always), false);
    check(always, COUNT(always), true);
    check(cut, COUNT(cut), true);
    check(whole, COUNT(whole), false);
}

static void what_makes_sense_in_windows_1252_is_that(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {BYTES("Name\nJos\xe9\n"), "WINDOWS-1252", 0, true},
        {BYTES("Name\n\xc9" /* É */ "cole\nMU\xd1OZ\n"), "WINDOWS-1252", 0, true},
        {BYTES("\xfe\xfd\xf0ing\n"), "WINDOWS-1252", 0, true}, /* þýðing */
        {BYTES("pain \xe0 la carte,\xe0 Paris\n"), "WINDOWS-1252", 0, true},
        {BYTES("Price,\x80 5\n"), "WINDOWS-1252", 0, true},
        {BYTES("O\x92Neil,\x93yes\x94,\x91no\x92\n"), "WINDOWS-1252", 0, true},
        {BYTES("Part 1 \x96 intro,a\x97"
               "b,\x95 point\n"),
         "WINDOWS-1252", 0, true},
        {BYTES("3 m\xb2,20 \xb0"
               "C,n\xba 5,col\xb7lecci\xf3,\xbfqu\xe9?\n"),
         "WINDOWS-1252", 0, true},
        {BYTES("L'Ha\xff,\xe9t\xe9,h\xf4tel,na\xefve,\xe0 c\xf4t\xe9,gar\xe7on,f\xeate,no\xebl\n"),
         "WINDOWS-1252", 0, true},
        /* one in ten may be odd */
        {BYTES("\xe9t\xe9 \xe9t\xe9 \xe9t\xe9 \xe9t\xe9 \xe9t\xe9,a\x81\n"), "WINDOWS-1252", 0,
         true},
    };
    check(cases, COUNT(cases), false);
    check(cases, COUNT(cases), true);
}

static void what_does_not_is_utf8_with_damage(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {BYTES("a,b\xff,c\n"), "UTF-8", 0, true},
        {BYTES("a,\xff\n"), "UTF-8", 0, true},
        {BYTES("Jos\x81\n"), "UTF-8", 0, true},
        {BYTES("Jos\x8d\n"), "UTF-8", 0, true},
        {BYTES("Jos\x8f\n"), "UTF-8", 0, true},
        {BYTES("Jos\x90\n"), "UTF-8", 0, true},
        {BYTES("Jos\x9d\n"), "UTF-8", 0, true},
        {BYTES("\xe9t\xe9,a\x81\n"), "UTF-8", 0, true}, /* one in three may not */
        {BYTES("\xc3\xa9,\xff\n"), "UTF-8", 0, true},
        {BYTES("Jos\xc3\xa9,Jos\xe9\n"), "UTF-8", 0, true},
        {BYTES("K\x94ln\n"), "UTF-8", 0, true}, /* DOS */
        {BYTES("Jos\x8e\n"), "UTF-8", 0, true}, /* Macintosh */
        {BYTES("Pawe\xb3"
               "ek\n"),
         "UTF-8", 0, true},                                      /* Windows-1250 */
        {BYTES("\xcc\xee\xf1\xea\xe2\xe0\n"), "UTF-8", 0, true}, /* Windows-1251 */
        {BYTES("a,\xe9,b\n"), "UTF-8", 0, true},
    };
    check(cases, COUNT(cases), false);
    check(cases, COUNT(cases), true);
}

static void a_mark_belongs_to_its_encoding(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {BYTES("\xef\xbb\xbf"), "utf-8", 3, false},
        {BYTES("\xef\xbb"), "UTF-8", 0, false},
        {BYTES("\xff\xfe"), "UTF-8", 0, false},
        {BYTES("\xff\xfe"), "UTF-16LE", 2, false},
        {BYTES("\xff\xfe"), "UTF-16BE", 0, false},
        {BYTES("\xfe\xff"), "utf-16be", 2, false},
        {BYTES("\xff\xfe\0\0"), "UTF-16LE", 2, false},
        {BYTES("\xff\xfe\0\0"), "UTF-32LE", 4, false},
        {BYTES("\xff\xfe\0\0"), "WINDOWS-1252", 0, false},
        {BYTES(""), "UTF-8", 0, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(encoding_bom(cases[i].name, (struct slice){cases[i].bytes, cases[i].len}),
                         cases[i].bom);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_says_it),
        cmocka_unit_test(nuls_give_utf16_away),
        cmocka_unit_test(utf8_is_no_guess),
        cmocka_unit_test(what_makes_sense_in_windows_1252_is_that),
        cmocka_unit_test(what_does_not_is_utf8_with_damage),
        cmocka_unit_test(a_mark_belongs_to_its_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
