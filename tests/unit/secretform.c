/* secretform: what nobody sees is named, with its place; what belongs to a character that is seen stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secretform.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char blank_end[] = "it ends with U+0020 (a blank)";

/* NULL: it is as it was meant. */
static const struct {
    const char *secret, *written, *given;
} cases[] = {
    {"", NULL, NULL},
    {"sesame", NULL, NULL},
    {"open sesame", NULL, NULL},
    {"open  sesame", NULL, NULL},
    {"Grüße-日本", NULL, NULL},
    {"x ", blank_end, NULL},
    {"x  ", blank_end, NULL},
    {"x \u00a0", blank_end, NULL},
    {" x", "it begins with U+0020 (a blank)", NULL},
    {" ", "it begins with U+0020 (a blank)", NULL},
    {"x\t", "it ends with U+0009 (a tab)", "it ends with U+0009 (a tab)"},
    {"x\ty", "its character 2 is U+0009 (a tab)", "its character 2 is U+0009 (a tab)"},
    {"x\n", "it ends with U+000A (a line end)", "it ends with U+000A (a line end)"},
    {"two\nlines", "its character 4 is U+000A (a line end)",
     "its character 4 is U+000A (a line end)"},
    {" x\r", "it begins with U+0020 (a blank)",
     "it ends with U+000D (a carriage return, as Windows writes it at line ends)"},
    {"\ufeffx", "it begins with U+FEFF (a byte order mark)",
     "it begins with U+FEFF (a byte order mark)"},
    {"ü\ufeffx", "its character 2 is U+FEFF (a byte order mark)",
     "its character 2 is U+FEFF (a byte order mark)"},
    {"ab\u200b", "it ends with U+200B (a zero-width space)", NULL},
    {"ab\u200bc", "its character 3 is U+200B (a zero-width space)", NULL},
    {"x\u00a0", "it ends with U+00A0 (a no-break space)", NULL},
    {"x\u00a0y", "its character 2 is U+00A0 (a no-break space)", NULL},
    {"\u202ax", "it begins with U+202A (which nobody sees)", NULL},
    {"x\u3000", "it ends with U+3000 (a wide blank)", NULL},
    {"x\u2028", "it ends with U+2028 (which nobody sees)", NULL},
    {"x\x7f", "it ends with U+007F (a control character)",
     "it ends with U+007F (a control character)"},
    {"x\xc2\x81y", "its character 2 is U+0081 (a control character)",
     "its character 2 is U+0081 (a control character)"},
    {"x\U000e0041", "it ends with U+E0041 (which nobody sees)", NULL},
    /* characters of several parts */
    {"❤️", NULL, NULL},
    {"1️⃣", NULL, NULL},
    {"👩‍🎓", NULL, NULL},
    {"❤️‍🔥", NULL, NULL},
    {"می‌خواهم", NULL, NULL},
    {"👩\u200d", "it ends with U+200D (a zero-width joiner)", NULL},
    {"\u200d👩", "it begins with U+200D (a zero-width joiner)", NULL},
    {"a\u200db", "its character 2 is U+200D (a zero-width joiner)", NULL},
    {"\ufe0fx", "it begins with U+FE0F (which nobody sees)", NULL},
    {" \ufe0fx", "it begins with U+0020 (a blank)", NULL},
    {"hu\xfcnter", "its character 3 is a byte that is not UTF-8", NULL},
    {"\xffx", "it begins with a byte that is not UTF-8", NULL},
};

static void check(size_t i, enum secretform form, const char *want)
{
    char why[SECRETFORM_TEXT_MAX] = "";
    bool meant = secretform_is_meant(slice_of(cases[i].secret), form, why);

    if (meant != !want || (want && strcmp(why, want) != 0))
        fail_msg("case %zu (form %d): \"%s\", want \"%s\"", i, (int)form, why, want ? want : "");
}

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check(i, SECRETFORM_WRITTEN, cases[i].written);
        check(i, SECRETFORM_GIVEN, cases[i].given);
    }
}

/* Each character that is told as unseen, at each place. */
static void test_places(void **state)
{
    static const char *const unseen[] = {"\u200b", "\u00a0", "\ufeff", "\u2060", "\u202e", "\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(unseen); i++)
        for (size_t at = 0; at <= 4; at++) {
            char secret[16], why[SECRETFORM_TEXT_MAX], *p = secret;

            memcpy(p, "ABCD", at);
            memcpy(p += at, unseen[i], strlen(unseen[i]));
            p += strlen(unseen[i]);
            memcpy(p, &"ABCD"[at], 4 - at);
            assert_false(secretform_is_meant((struct slice){secret, 4 + strlen(unseen[i])},
                                             SECRETFORM_WRITTEN, why));
            assert_null(strstr(why, "ABCD"));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_places)};

    return cmocka_run_group_tests_name("secretform", tests, NULL, NULL);
}
