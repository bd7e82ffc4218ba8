/* mailwords: fields that every mail program reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/mailwords.h"

#include <string.h>

#include "adapters/mimeread.h"
#include "fixture.h"

#define TEN "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN
#define TREE "\xf0\x9f\x8c\xb3" /* one character of four bytes */
#define ALEF "\xd7\x90"

/* Every line is a continuation but the first, and has 78 bytes at the most. */
static void assert_folded(const char *field)
{
    for (const char *line = field; *line;) {
        const char *end = strstr(line, "\r\n");

        assert_non_null(end);
        if (end - line > 78)
            fail_msg("%.*s", (int)(end - line), line);
        assert_true(line == field || *line == ' ');
        line = end + 2;
    }
}

/* Each encoded word by itself is well-formed UTF-8 of whole characters. */
static void assert_whole(const char *field)
{
    struct text one;

    text_init(&one);
    for (const char *at = field; (at = strstr(at, "=?"));) {
        const char *end = strstr(at + 10, "?=");

        assert_non_null(end);
        assert_true(end + 2 - at <= 75);
        text_clear(&one);
        mimeread_words((struct slice){at, (size_t)(end + 2 - at)}, &one);
        assert_null(strstr(one.ptr, "\xef\xbf\xbd"));
        at = end + 2;
    }
    text_release(&one);
}

static void a_text_comes_back_as_it_was(void **state)
{
    static const struct {
        const char *value;
        bool plain; /* stands as it is */
    } cases[] = {
        {"Your badge", true},
        {"Two  blanks within", true},
        {FIFTY " " FIFTY " " FIFTY, true},
        {"Is 2+2=4? Yes, =? is not a word", false},
        {"=?UTF-8?B?SGVsbG8=?=", false}, /* it is those letters, and not Hello */
        {"Gr\xc3\xbc\xc3\x9f"
         "e an alle",
         false},
        {TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE,
         false},
        {ALEF ALEF ALEF " " ALEF ALEF " abc", false},
        {"a\ttab", false},
        {FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY, false}, /* 300 bytes that can't be folded */
        {"\xc3\xbc " FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY, false},
        {"aaaaa\xc3\xbc" FIFTY "\xc3\xbc" FIFTY TREE FIFTY TREE, false},
    };
    struct text out;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mimeread *m;

        text_init(&out);
        mailwords_text(&out, "Subject", slice_of(cases[i].value));
        assert_true(text_ok(&out));
        assert_folded(out.ptr);
        assert_whole(out.ptr);
        assert_int_equal(strstr(out.ptr, "=?UTF-8?") == NULL, cases[i].plain);
        text_puts(&out, "\r\n");
        m = mimeread_new((struct slice){out.ptr, out.len});
        assert_string_equal(mimeread_field(mimeread_top(m), "Subject")->value, cases[i].value);
        mimeread_free(m);
        text_release(&out);
    }
}

static void a_line_break_is_a_fault(void **state)
{
    static const struct slice bad[] = {
        {"a\r\nBcc: x@y.z", 13}, {"a\nb", 3}, {"a\rb", 3}, {"a\0b", 3}, {"\n", 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_says(mailwords_fault(bad[i]), "line break");
    assert_null(mailwords_fault(slice_of("a b\tc \xc3\xbc")));
    assert_null(mailwords_fault(slice_of("")));
}

static void a_name_stands_before_its_address(void **state)
{
    static const struct {
        const char *display, *address, *field;
    } cases[] = {
        {"", "a@b.c", "To: a@b.c\r\n"},
        {" Ann Lee ", "a@b.c", "To: Ann Lee <a@b.c>\r\n"},
        {"Lee, Ann", "a@b.c", "To: \"Lee, Ann\" <a@b.c>\r\n"},
        {"Ann \"Q\" Lee", "a@b.c", "To: \"Ann \\\"Q\\\" Lee\" <a@b.c>\r\n"},
        {"A\\B", "a@b.c", "To: \"A\\\\B\" <a@b.c>\r\n"},
        {"a@b.c", "a@b.c", "To: \"a@b.c\" <a@b.c>\r\n"},
        {"J\xc3\xb6, \"x\"", "a@b.c", "To: =?UTF-8?B?SsO2LCAieCI=?= <a@b.c>\r\n"},
        {FIFTY, TEN TEN TEN "@b.c", "To: " FIFTY "\r\n <" TEN TEN TEN "@b.c>\r\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&out);
        mailwords_address(&out, "To", slice_of(cases[i].display), slice_of(cases[i].address));
        assert_string_equal(out.ptr, cases[i].field);
        assert_folded(out.ptr);
    }
    text_release(&out);
}

static void addresses_are_encoded_one_by_one(void **state)
{
    static const char *const cases[][2] = {
        {"a@b.c", "Reply-To: a@b.c\r\n"},
        {"a@b.c,, d@e.f,", "Reply-To: a@b.c, d@e.f\r\n"},
        {"J\xc3\xb6 <a@b.c>", "Reply-To: =?UTF-8?B?SsO2?= <a@b.c>\r\n"},
        {"\"Lee, A\" <a@b.c>, J\xc3\xb6 <d@e.f>",
         "Reply-To: \"Lee, A\" <a@b.c>, =?UTF-8?B?SsO2?= <d@e.f>\r\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&out);
        mailwords_addresses(&out, "Reply-To", slice_of(cases[i][0]));
        assert_string_equal(out.ptr, cases[i][1]);
    }
    text_release(&out);
}

static void a_name_of_a_file_comes_back(void **state)
{
    static const struct {
        const char *name;
        bool plain;
    } cases[] = {
        {"ticket.pdf", true},
        {"a \"b\" \\c.pdf", true},
        {"Eintrittskarte f\xc3\xbcr J\xc3\xb6.pdf", false},
        {TREE TREE TREE TREE TREE TREE TREE TREE TREE TREE ".pdf", false},
        {FIFTY FIFTY FIFTY FIFTY ".pdf", false},
        {"100% *'();.pdf", true},
        {"\xc3\xbc 100% *'();.pdf", false},
    };
    struct text out;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mimeread *m;

        text_init(&out);
        text_puts(&out, "Content-Disposition: attachment");
        mailwords_param(&out, "filename", slice_of(cases[i].name));
        text_puts(&out, "\r\n");
        assert_folded(out.ptr);
        assert_int_equal(strstr(out.ptr, "filename=\"") != NULL, cases[i].plain);
        text_puts(&out, "\r\n");
        m = mimeread_new((struct slice){out.ptr, out.len});
        assert_string_equal(mimeread_top(m)->filename, cases[i].name);
        mimeread_free(m);
        text_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_comes_back_as_it_was),
        cmocka_unit_test(a_line_break_is_a_fault),
        cmocka_unit_test(a_name_stands_before_its_address),
        cmocka_unit_test(addresses_are_encoded_one_by_one),
        cmocka_unit_test(a_name_of_a_file_comes_back),
    };

    return cmocka_run_group_tests_name("mailwords", tests, NULL, NULL);
}
