/* message: its bytes, as mimeread reads them again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/message.h"

#include <string.h>

#include "adapters/mimeread.h"
#include "fixture.h"

#define TEN "abcdefghi "
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static struct message plain(const char *text, const char *html)
{
    return (struct message){.id = slice_of("0123@example.org"),
                            .date_ms = 1764553980000,
                            .from = slice_of("ann@example.org"),
                            .from_name = slice_of("Lee, Ann"),
                            .to = slice_of("bob@example.org"),
                            .to_name = {"", 0},
                            .subject = slice_of("Hello"),
                            .text = slice_of(text),
                            .html = slice_of(html)};
}

/* Every line ends with CR LF and has 78 bytes at the most; none begins with what servers change, none ends with a blank. */
static void assert_safe(const struct text *out)
{
    size_t line = 0;

    for (size_t i = 0; i < out->len; i++) {
        const char *at = out->ptr + i;

        assert_true((unsigned char)*at < 0x80 && *at != '\0');
        assert_int_equal(*at == '\r', at[1] == '\n');
        if (*at == '\n') {
            assert_true(i > 1 && at[-1] == '\r' && at[-2] != ' ');
            assert_true(line <= 79);
            line = 0;
            assert_true(at[1] != '.' && strncmp(at + 1, "From ", 5) != 0);
        } else {
            line++;
        }
    }
    assert_true(out->len > 2 && out->ptr[out->len - 1] == '\n');
}

static void a_text_keeps_its_lines(void **state)
{
    static const struct {
        const char *in, *out, *encoding;
    } cases[] = {
        {"Hello\n", "Hello\n", "7bit"},
        {"Hello", "Hello\n", "7bit"},
        {"", "\n", "7bit"},
        {"a\n\nb\n", "a\n\nb\n", "7bit"},
        {"a\r\nb\rc\n", "a\nb\nc\n", "quoted-printable"},
        {"blank \nbefore \r\nthe end ", "blank \nbefore \nthe end \n", "quoted-printable"},
        {".\n..\nFrom me\nFrom: x\n", ".\n..\nFrom me\nFrom: x\n", "quoted-printable"},
        {"gr\xc3\xbcn = green\n", "gr\xc3\xbcn = green\n", "quoted-printable"},
        {HUNDRED HUNDRED "\n", HUNDRED HUNDRED "\n", "quoted-printable"},
        {"\xf0\x9f\x8c\xb3\xd7\x90\n\n\n", "\xf0\x9f\x8c\xb3\xd7\x90\n\n\n", "quoted-printable"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct message m = plain(cases[i].in, "");
        struct mimeread *r;
        struct text out;

        text_init(&out);
        message_write(&m, &out, NULL);
        assert_true(text_ok(&out));
        assert_safe(&out);
        r = mimeread_new((struct slice){out.ptr, out.len});
        assert_string_equal(mimeread_top(r)->type, "text/plain");
        assert_string_equal(mimeread_field(mimeread_top(r), "Content-Transfer-Encoding")->value,
                            cases[i].encoding);
        assert_string_equal(mimeread_top(r)->body.ptr, cases[i].out);
        mimeread_free(r);
        text_release(&out);
    }
}

static void its_head_says_who_when_and_what(void **state)
{
    struct message m = plain("Hello\n", "");
    struct text out;

    (void)state;
    text_init(&out);
    m.fields[m.n_fields++] = (struct message_field){slice_of("X-Tag"), slice_of("J\xc3\xb6")};
    m.fields[m.n_fields++] =
        (struct message_field){slice_of("Reply-To"), slice_of("J\xc3\xb6 <jo@example.org>")};
    m.fields[m.n_fields++] = (struct message_field){slice_of("List-Unsubscribe"),
                                                    slice_of("<https://example.org/?a=?x>")};
    message_write(&m, &out, NULL);
    assert_string_equal(out.ptr, "Date: Mon, 1 Dec 2025 01:53:00 +0000\r\n"
                                 "From: \"Lee, Ann\" <ann@example.org>\r\n"
                                 "To: bob@example.org\r\n"
                                 "Subject: Hello\r\n"
                                 "Message-ID: <0123@example.org>\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "X-Tag: =?UTF-8?B?SsO2?=\r\n"
                                 "Reply-To: =?UTF-8?B?SsO2?= <jo@example.org>\r\n"
                                 "List-Unsubscribe: <https://example.org/?a=?x>\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Transfer-Encoding: 7bit\r\n\r\nHello\r\n");
    text_release(&out);
}

/* mixed { related { alternative { text, HTML }, picture }, file, file } */
static void parts_stand_in_each_other(void **state)
{
    static const char *const types[] = {
        "multipart/mixed", "multipart/related", "multipart/alternative", "text/plain",
        "text/html",       "image/png",         "application/pdf",       "text/csv"};
    struct message m = plain("Hello\n", "<p>H\xc3\xa4llo</p>\n");
    struct request_file places[MESSAGE_FILES_MAX];
    const struct mimeread_part *p;
    struct mimeread *r;
    struct text out;
    size_t n = 0;

    (void)state;
    text_init(&out);
    m.pictures[m.n_pictures++] = (struct message_picture){.id = slice_of("qr@claimpipe"),
                                                          .name = slice_of("qr.png"),
                                                          .type = slice_of("image/png"),
                                                          .bytes = {"\x89P\0G", 4}};
    m.files[m.n_files++].path = slice_of("/home/ann/Eintritt f\xc3\xbcr Jo.PDF");
    m.files[m.n_files++].path = slice_of("list.csv");
    message_write(&m, &out, places);
    assert_true(places[0].at < places[1].at && places[1].at < out.len);
    assert_memory_equal(out.ptr + places[0].at - 4, "\r\n\r\n--", 6);
    r = mimeread_new((struct slice){out.ptr, out.len});
    for (p = mimeread_top(r); p; p = mimeread_next(p), n++) {
        assert_true(n < COUNT(types));
        assert_string_equal(p->type, types[n]);
        if (n == 4)
            assert_string_equal(p->body.ptr, "<p>H\xc3\xa4llo</p>");
        if (n == 5) {
            assert_string_equal(p->id, "qr@claimpipe");
            assert_string_equal(p->disposition, "inline");
            assert_string_equal(p->filename, "qr.png");
            assert_memory_equal(p->body.ptr, "\x89P\0G", 4);
        }
        if (n == 6)
            assert_string_equal(p->filename, "Eintritt f\xc3\xbcr Jo.PDF");
    }
    assert_int_equal(n, COUNT(types));
    mimeread_free(r);
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_keeps_its_lines),
        cmocka_unit_test(its_head_says_who_when_and_what),
        cmocka_unit_test(parts_stand_in_each_other),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
