/* letter: from a file to what is sent for a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/letter.h"

#include <string.h>

#include "base/records.h"
#include "fixture.h"
#include "policy/columns.h"

#define SLICE(s)                                                                                   \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }
#define HEAD "From: Ann <ann@example.org>\nSubject: Hi\n"

static const struct slice names[] = {SLICE("Name"), SLICE("E-mail"),       SLICE("Page"),
                                     SLICE("link"), SLICE("First & Last"), SLICE("File")};
static const struct columns columns = {
    .names = names, .n = COUNT(names), .origin = "in.csv", .line = 1};
static const struct slice cells[] = {
    SLICE("J\xc3\xb6 <b>"),           SLICE("jo@example.org"), SLICE("https://a.b/?x&y"),
    SLICE("https://claim.example/1"), SLICE("Jo Q"),           SLICE("/tmp/a.pdf")};

static struct letter *open_it(const struct letter_wishes *w)
{
    struct err e = ERR_INIT;
    struct letter *l = letter_open(w, &columns, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

/* The members of a row, or why there are none, into out. */
static bool render(const struct letter *l, const struct slice *fields, struct text *out)
{
    static const uint8_t key[64] = {1};
    const struct letter_row row = {
        .recipient = "jo@example.org", .key = key, .salt = "aa", .now_ms = 5};
    struct arena a;
    const char *why;

    arena_init(&a);
    why = letter_render(l, &row, fields, COUNT(cells), &a, out);
    if (why) {
        text_clear(out);
        text_puts(out, why);
    }
    assert_true(text_ok(out));
    arena_release(&a);
    return !why;
}

static void what_is_wrong_with_a_letter_is_said_first(void **state)
{
    static const struct {
        const char *path, *text, *says;
    } cases[] = {
        {"l.txt", "From: a@b.c\nSubject: s\nCc: d@e.f\n\nx", "l.txt:3: \"Cc\" is no field"},
        {"l.txt", HEAD "\nHi {{Nmae}}\n", "no column \"Nmae\" (l.txt:4:4): nearest is \"Name\""},
        {"l.txt", "Hi\n\n\xc3\xbc {{Name}} {{open\n", "no subject|says nobody"},
        {"l.txt", HEAD "\nHi\n\xc3\xbc {{Name}} {{open\n", "l.txt:5:12: a \"{{\" is not closed"},
        {"l.txt", HEAD "\n{{}}\n", "l.txt:4:1: \"{{}}\" names no column"},
        {"l.html", HEAD "\n<p>\n<b>{{First<i>\nNmae</i>}}</b>\n", "(l.html:5:4)"},
        {"l.html", HEAD "\n<p>{<b>{Name}}</b></p>\n", "formatting between the two braces"},
        {"l.html", HEAD "\n<p>&#123;{Name}}</p>\n", "formatting between the two braces"},
        {"l.txt", "From: Ann\nSubject: x\n\nx\n", "l.txt, From \"Ann\" is not"},
        {"l.txt", HEAD "Reply-To: a@b.c, d\n\nx\n", "l.txt, Reply-To \"a@b.c, d\" is not"},
        {"l.txt", HEAD "Bcc: a@b.c, d@e.f\n\nx\n", "l.txt, Bcc"},
        {"l.txt", "From: a@b.c\nSubject: {{Nmae}}\n\nx\n", "no column \"Nmae\" (l.txt:2, Subject)"},
        {"l.eml", HEAD "Content-Type: text/html\n\n<p>\n\n{{Nmae}}", "(l.eml:7:1)"},
        {"l.eml", HEAD "\n\nHi\n{{Nmae}}", "(l.eml:6:1)"},
        {"l.eml", HEAD "Content-Type: text/plain; charset=klingon\n\nh\xc3\xbc\n", "klingon"},
        {"l.eml",
         HEAD
         "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: "
         "text/html\n\n<p>x\n--b\n"
         "Content-Type: image/png; name=logo.png\nContent-ID: <a@b>\nContent-Disposition: inline\n"
         "Content-Transfer-Encoding: base64\n\niVBO\n--b--\n",
         "holds a picture, logo.png"},
        {"l.eml",
         HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: "
              "message/rfc822\n\n"
              "Subject: in it\n\nHello\n--b--\n",
         "holds a file, message/rfc822"},
        {"l.eml", HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n\ny\n--b--\n",
         "more than one text"},
        {"l.doc", "x", "ends in .eml, .txt or .html"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct letter_wishes w = {.path = cases[i].path};
        const char *bar = strchr(cases[i].says, '|');
        struct err e = ERR_INIT;

        put_file(cases[i].path, cases[i].text);
        assert_null(letter_open(&w, &columns, &e));
        if (!strstr(e.text, bar ? bar + 1 : cases[i].says))
            fail_msg("%zu: %s", i, e.text);
        unlink(cases[i].path);
    }
}

static void a_row_is_filled_in(void **state)
{
    static const struct {
        const char *path, *text, *members[4];
    } cases[] = {
        {"l.txt",
         "From: \"Lee \\\"Q\\\", Ann\" <ann@Example.org>\nSubject: For\n\t{{Name}}\nReply-To: "
         "J\xc3\xb6 <a@b.c>, "
         "d@e.f\n\nHi {{Name}}",
         {"\"from\":\"\\\"Lee \\\\\\\"Q\\\\\\\", Ann\\\" <ann@example.org>\"",
          "\"subject\":\"For J\xc3\xb6 <b>\"", "\"Reply-To\":\"\\\"J\xc3\xb6\\\" <a@b.c>, d@e.f\"",
          "\"text\":\"Hi J\xc3\xb6 <b>\""}},
        {"l.html",
         HEAD "\n<p>{{Name}} {{First &amp;\n Last}}</p>{{qr}}",
         {"<p>J\xc3\xb6 &lt;b&gt; Jo Q\\n</p><img src=\\\"cid:qr@claimpipe\\\"",
          "\"text\":\"J\xc3\xb6 <b> Jo Q\\n\\nhttps://claim.example/1\\n\"",
          "\"qr\":\"https://claim.example/1\""}},
        {"l.html",
         HEAD "\n<a href=\"%7b%7bPage%7d%7d\">go</a>",
         {"<a href=\\\"https://a.b/?x&amp;y\\\">go</a>", "\"text\":\"go <https://a.b/?x&y>\\n\""}},
        {"l.eml",
         "From: =?utf-8?Q?Lee=2C_Ann?= <ann@example.org>\nSubject: =?windows-1252?Q?F=FCr_{{Na?=\n"
         " =?windows-1252?Q?me}}?=\nTo: old@example.org\nX-Mozilla-Status: 0001\nX-Spam-Status: "
         "No\nX-PM-Tag: t\n"
         "Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: "
         "quoted-printable\n\n"
         "Gr=FC=DFe {{Na=\nme}} =80\n",
         {"\"from\":\"\\\"Lee, Ann\\\" <ann@example.org>\"",
          "\"subject\":\"F\xc3\xbcr J\xc3\xb6 <b>\"",
          "\"text\":\"Gr\xc3\xbc\xc3\x9f"
          "e J\xc3\xb6 <b> \xe2\x82\xac\\n\"",
          "\"headers\":{\"Auto-Submitted\":\"auto-generated\",\"X-PM-Tag\":\"t\"}"}},
        {"l.txt",
         HEAD "To: {{Name}} <{{E-mail}}>\nList-Unsubscribe: <https://a.b/\xc3\xbc?n={{First & "
              "Last}}>\n\nx",
         {"\"name\":\"J\xc3\xb6 <b>\"", "\"to\":\"jo@example.org\""}}, /* a cell is no syntax */
        {"l.txt",
         HEAD "To: {{First & Last}} <{{E-mail}}>\nList-Unsubscribe: "
              "<https://a.b/\xc3\xbc?n={{First & Last}}>\n\nx\ry",
         {"\"to\":\"jo@example.org\"", "\"name\":\"Jo Q\"",
          "\"List-Unsubscribe\":\"<https://a.b/%C3%BC?n=Jo%20Q>\"", "\"text\":\"x\\ny\""}},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct letter_wishes w = {.path = cases[i].path};
        struct letter *l;
        bool ok;

        put_file(cases[i].path, cases[i].text);
        l = open_it(&w);
        ok = render(l, cells, &out);
        for (size_t k = 0; ok && k < 4 && cases[i].members[k]; k++)
            if (!strstr(out.ptr, cases[i].members[k]))
                fail_msg("%zu: no %s in %s", i, cases[i].members[k], out.ptr);
        if (ok != (strcmp(cases[i].members[0], "\"why\"") != 0))
            fail_msg("%zu: %s", i, out.ptr);
        letter_close(l);
        unlink(cases[i].path);
    }
    text_release(&out);
}

static void a_row_that_cant_be_mailed_says_why(void **state)
{
    static const struct {
        const char *text;
        size_t column;
        struct slice cell;
        const char *says;
    } cases[] = {
        {HEAD "\n{{Name}}", 0, SLICE(" "), "column \"Name\" is empty"},
        {"From: a@b.c\nSubject: {{Name}}\n\nx", 0, SLICE("a\r\nBcc: x@y.z"),
         "Subject holds a line"},
        {"From: a@b.c\nSubject: {{Name}}\n\nx", 0, SLICE("a\0b"), "Subject holds a line"},
        {"From: {{Name}} <a@b.c>\nSubject: x\n\nx", 0, SLICE("Jo\nBcc: j@k.l"),
         "From holds a line"},
        {HEAD "Bcc: {{Name}}\n\nx", 0, SLICE("nobody"), "Bcc \"nobody\" is not"},
        {HEAD "Reply-To: {{Name}}\n\nx", 0, SLICE("a@b.c, nobody"), "Reply-To \"nobody\" is not"},
        {HEAD "Reply-To: {{Name}}\n\nx", 0, SLICE(","), "Reply-To"},
        {HEAD "To: {{E-mail}}\n\nx", 1, SLICE("a@b.c, d@e.f"), "To \"a@b.c, d@e.f\""},
        {HEAD "List-Unsubscribe: <{{Page}}>\n\nx", 2, SLICE("javascript:x"), "List-Unsubscribe"},
        {HEAD "\n<a href = '{{Page}}'>x</a>", 2, SLICE("javascript:x"), "is a link in the letter"},
        {HEAD "\n<img src='{{Page}}'>", 2, SLICE("data:x"), "is a link in the letter"},
        {HEAD "\n{{Name}}", 0, SLICE("\xff"), "not UTF-8"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path =
            strchr(cases[i].text, '<') && strstr(cases[i].text, "\n<") ? "l.html" : "l.txt";
        const struct letter_wishes w = {.path = path};
        struct slice fields[COUNT(cells)];
        struct letter *l;

        memcpy(fields, cells, sizeof(cells));
        fields[cases[i].column] = cases[i].cell;
        put_file(path, cases[i].text);
        l = open_it(&w);
        if (render(l, fields, &out) || !strstr(out.ptr, cases[i].says))
            fail_msg("%zu: %s", i, out.ptr);
        letter_close(l);
        unlink(path);
    }
    text_release(&out);
}

static void a_person_sees_it_wrapped(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    letter_show(
        slice_of(
            "\"from\":\"a@b.c\",\"to\":\"d@e.f\",\"subject\":\"x\\u001b[2J\",\"headers\":{"
            "\"Auto-Submitted\":\"auto-generated\",\"Reply-To\":\"g@h.i\"},\"files\":[\"/a.pdf\"],"
            "\"text\":\"one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen\\n\\n  in\\r\\n\""),
        &out);
    assert_string_equal(out.ptr,
                        "From: a@b.c\nTo: d@e.f\nSubject: x\\x1b[2J\nReply-To: g@h.i\n"
                        "Attached: /a.pdf\n\n"
                        "one two three four five six seven eight nine ten eleven twelve thirteen\n"
                        "fourteen\n\n  in\n");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_wrong_with_a_letter_is_said_first),
        IN_FOLDER(a_row_is_filled_in),
        IN_FOLDER(a_row_that_cant_be_mailed_says_why),
        cmocka_unit_test(a_person_sees_it_wrapped),
    };

    return cmocka_run_group_tests_name("letter", tests, NULL, NULL);
}
