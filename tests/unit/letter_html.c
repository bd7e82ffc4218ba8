/* letter_html: what a cell can't do in a letter, and how its HTML is filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/letter.h"

#include <string.h>

#include "base/records.h"
#include "fixture.h"

#define SLICE(s)                                                                                   \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }
#define HEAD "From: Ann <ann@example.org>\nSubject: Hi\n"

static const struct slice names[] = {SLICE("Name"), SLICE("Site"), SLICE("link"), SLICE("Q&A"),
                                     SLICE("First Name")};
static const struct columns columns = {
    .names = names, .n = COUNT(names), .origin = "in.csv", .line = 1};

/* The members of a row whose Name, Site and link are these, or why there are none. */
static bool render(const struct letter_wishes *w, struct slice name, struct slice site,
                   struct slice link, struct text *out)
{
    static const uint8_t key[64] = {1};
    const struct letter_row row = {
        .recipient = "jo@example.org", .key = key, .salt = "aa", .now_ms = 5};
    const struct slice fields[] = {name, site, link, SLICE("qa"), SLICE("Jo")};
    struct err e = ERR_INIT;
    struct letter *l = letter_open(w, &columns, &e);
    struct arena a;
    const char *why;

    if (!l)
        fail_msg("%s", e.text);
    arena_init(&a);
    why = letter_render(l, &row, fields, COUNT(fields), &a, out);
    if (why) {
        text_clear(out);
        text_puts(out, why);
    }
    assert_true(text_ok(out));
    arena_release(&a);
    letter_close(l);
    return !why;
}

static void each_place_has_its_way(void **state)
{
    static const struct {
        const char *body, *html;
    } cases[] = {
        {"<i>{{<span>Name</span>}}", "<i>a &lt;b&gt;&amp;c<span></span>"},
        {"{{First&nbsp;Name}} {{Q&amp;A}}", "Jo qa"},
        {"<a href='https://x.org/?n={{Name}}&amp;s={{Site|none}}'>",
         "<a href='https://x.org/?n=a%20%3Cb%3E%26c&amp;s=https%3A%2F%2Fs.org%2F%3Fa%26b'>"},
        {"<a href = \\\"{{ Site }}\\\">", "<a href = \\\"https://s.org/?a&amp;b\\\">"},
        {"<a href=\\\"%7B%7BSite%7D%7D\\\">", "<a href=\\\"https://s.org/?a&amp;b\\\">"},
        {"<img alt=\\\"{{Name}}\\\" src=\\\"{{qr}}\\\">",
         "<img alt=\\\"a &lt;b&gt;&amp;c\\\" src=\\\"cid:qr@claimpipe\\\">"},
        {"<a title='{{qr}}' href='{{qr}}'>",
         "<a title='https://b.io/?c=1&amp;d' href='https://b.io/?c=1&amp;d'>"},
        {"<!-- {{Nobody}} --><!--[if mso]>{{Name}}<![endif]-->",
         "<!-- {{Nobody}} --><!--[if mso]>a &lt;b&gt;&amp;c<![endif]-->"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct letter_wishes w = {.path = "l.html"};
        char file[512];
        size_t n = (size_t)snprintf(file, sizeof(file), "%s\n", HEAD);

        for (const char *c = cases[i].body; *c; c++)
            if (*c != '\\')
                file[n++] = *c;
        file[n] = '\0';
        put_file("l.html", file);
        assert_true(render(&w, (struct slice)SLICE("a <b>&c"),
                           (struct slice)SLICE("https://s.org/?a&b"),
                           (struct slice)SLICE("https://b.io/?c=1&d"), &out));
        if (!strstr(out.ptr, cases[i].html))
            fail_msg("%s: %s", cases[i].body, out.ptr);
        unlink("l.html");
    }
    text_release(&out);
}

static void a_text_has_addresses_too(void **state)
{
    const struct letter_wishes w = {.path = "l.txt"};
    struct text out;

    (void)state;
    text_init(&out);
    put_file("l.txt",
             HEAD "\n{{Name}}: https://x.org/{{Name}}/{{First Name}}, <{{link}}> {{Name}}");
    assert_true(render(&w, (struct slice)SLICE("a b"), (struct slice)SLICE(""),
                       (struct slice)SLICE("https://b.io/?c"), &out));
    assert_non_null(strstr(out.ptr, "\"a b: https://x.org/a%20b/Jo, <https://b.io/?c> a b\""));
    unlink("l.txt");
    text_release(&out);
}

static void what_no_cell_can_be_is_refused(void **state)
{
    static const struct {
        const char *body, *says;
    } cases[] = {
        {"<p>\n<img alt={{Name}}>", "l.html:5:10: {{Column}} stands in a tag"},
        {"<a href={{Site}}>", "l.html:4:9: {{Column}} stands in a tag"},
        {"<style>p{color:{{Name}}}</style>", "l.html:4:16: {{Column}} stands in a style"},
        {"<p style=\"color:{{Name}}\">", "l.html:4:17: {{Column}} stands in a style"},
        {"<p onclick='{{Name}}'>", "l.html:4:13: {{Column}} stands in a script"},
        {"<p>{<b>{Name}}", "l.html:4:4: "},
        {"<p>&#123;&#123;Name}}", "l.html:4:4: "},
        {"<p title='&#123;&#123;Name}}'>", "l.html:4:11: "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct letter_wishes w = {.path = "l.html"};
        struct err e = ERR_INIT;
        char file[512];

        snprintf(file, sizeof(file), "%s\n%s", HEAD, cases[i].body);
        put_file("l.html", file);
        assert_null(letter_open(&w, &columns, &e));
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].body, e.text);
        unlink("l.html");
    }
}

static void a_cell_that_cant_be_makes_the_row_invalid(void **state)
{
    static char long_link[2400] = "https://b.io/?";
    static const struct {
        const char *body;
        struct slice name, site;
        const char *says;
    } cases[] = {
        {"<a href = '{{Site}}'>", SLICE("x"), SLICE("javascript:x"), "\"Site\" is a link"},
        {"<a href = '{{Site}}'>", SLICE("x"), SLICE("data:x"), "\"Site\" is a link"},
        {"{{Name}}", SLICE("a\0b"), SLICE("x"), "\"Name\" holds a NUL byte"},
        {"<a href='http://x/{{Name}}'>", SLICE("a\0b"), SLICE("x"), "holds a NUL byte"},
        {"<a href='http://x/{{Name}}'>", SLICE("\xff"), SLICE("x"), "\"Name\" is not UTF-8"},
        {"<a href='http://x/{{Name}}'>", SLICE("  "), SLICE("x"), "\"Name\" is empty"},
        {"{{qr}}", SLICE("x"), SLICE("x"), "too long for a QR code"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    memset(long_link + 14, 'x', sizeof(long_link) - 15);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct letter_wishes w = {.path = "l.html"};
        char file[512];

        snprintf(file, sizeof(file), "%s\n%s", HEAD, cases[i].body);
        put_file("l.html", file);
        if (render(&w, cases[i].name, cases[i].site, slice_of(long_link), &out) ||
            !strstr(out.ptr, cases[i].says))
            fail_msg("%s: %s", cases[i].body, out.ptr);
        unlink("l.html");
    }
    text_release(&out);
}

static void a_cell_leads_to_no_other_folder(void **state)
{
    static const struct {
        const char *attach, *cell, *says; /* NULL: it is attached */
    } cases[] = {
        {"{{Name}}", "/tmp/a.pdf", "leads out of its folder"},
        {"{{Name}}", "certs/a..b.pdf", NULL},
        {"../certs/{{Name}}", "a.pdf", NULL},
        {"/certs/{{Name}}.pdf", "b/a", NULL},
        {"{{Name}}", "certs/../../a.pdf", "leads out of its folder"},
        {"{{Name}}", "..", "leads out of its folder"},
        {"../certs/{{Name}}", "../a.pdf", "leads out of its folder"},
        {"certs/{{Name}}./a", ".", "leads out of its folder"},
        {"certs/{{Name}}", "/etc/passwd", "leads out of its folder"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    put_file("l.txt", HEAD "\nx");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct letter_wishes w = {.path = "l.txt", .files = {{cases[i].attach}, 1}};
        bool ok = render(&w, slice_of(cases[i].cell), slice_of("x"), slice_of("x"), &out);

        if (ok != !cases[i].says || (cases[i].says && !strstr(out.ptr, cases[i].says)))
            fail_msg("%s, %s: %s", cases[i].attach, cases[i].cell, out.ptr);
    }
    unlink("l.txt");
    text_release(&out);
}

static void one_click_is_of_the_web(void **state)
{
    const struct letter_wishes w = {
        .path = "l.txt", .unsubscribe = "mailto:u@a.org", .one_click = true};
    const struct letter_wishes cell = {
        .path = "l.txt", .unsubscribe = "{{Site}}", .one_click = true};
    const struct letter_wishes both = {.path = "l.txt", .one_click = true};
    struct err e = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    put_file("l.txt", HEAD "\nx");
    assert_null(letter_open(&w, &columns, &e));
    assert_non_null(strstr(e.text, "--one-click needs an https:// address"));
    assert_false(render(&cell, slice_of("x"), slice_of("http://a.org"), slice_of("x"), &out));
    assert_non_null(strstr(out.ptr, "no https:// address"));
    put_file("l.txt", HEAD "List-Unsubscribe: <mailto:u@a.org>, <https://a.org/u?n={{Name}}>\n\nx");
    assert_true(render(&both, slice_of("x"), slice_of("x"), slice_of("x"), &out));
    assert_non_null(strstr(out.ptr, "\"List-Unsubscribe\":\"<https://a.org/u?n=x>\""));
    unlink("l.txt");
    text_release(&out);
}

#define BODY(type, body) HEAD "Content-Type: " type "\n\n" body

static void what_a_file_cant_be_is_said(void **state)
{
    static const struct {
        const char *txt, *html, *eml; /* NULL: there is none */
        const char *says;
    } cases[] = {
        {HEAD "\nx", HEAD "\n<p>x", NULL, NULL},
        {HEAD "\nx", "From: Ann <ann@example.org>\nX-A: b\nSubject: Ho\n\n<p>x", NULL,
         "l.html:3: Subject is not what l.txt:2 says"},
        {HEAD "X-A: c\n\nx", "X-A: b\n\n<p>x", NULL, "l.html:1: X-A is not what l.txt:3 says"},
        {HEAD "X-1: x\nX-2: x\nX-3: x\nX-4: x\nX-5: x\nX-6: x\nX-7: x\nX-8: x\nX-9: x\n"
              "X-10: x\nX-11: x\nX-12: x\n\nx",
         NULL, NULL, NULL},
        {HEAD "X-1: x\nX-2: x\nX-3: x\nX-4: x\nX-5: x\nX-6: x\nX-7: x\nX-8: x\nX-9: x\n"
              "X-10: x\nX-11: x\nX-12: x\nX-13: x\n\nx",
         NULL, NULL, "l.txt:15: X-13 is one field too many"},
        {"From: a@b.c\nX-A: b\n c\nSubject: {{Nmae}}\n\nx", NULL, NULL,
         "no column \"Nmae\" (l.txt:4, Subject)"},
        {NULL, NULL, BODY("text/plain; charset=iso-2022-jp", "\x1b$B$3\x1b(B {{Name}}"),
         "\"iso-2022-jp\": save it as UTF-8"},
        {NULL, NULL, BODY("multipart/signed; boundary=b", "--b\n\nx\n--b--\n"),
         "is signed or encrypted (multipart/signed)"},
        {NULL, NULL, BODY("application/pkcs7-mime; name=smime.p7m", "MIAG"),
         "is signed or encrypted (application/pkcs7-mime)"},
        {NULL, NULL, "From: a@b.c\nSubject:\n {{Nmae}}\n\nx",
         "no column \"Nmae\" (l.eml:2, Subject)"},
        {NULL, NULL, BODY("text/plain", "Hi\n{{Name}} {{Nmae}}\n"),
         "no column \"Nmae\" (l.eml:6:10)"},
        {NULL, NULL,
         BODY("multipart/alternative; boundary=b",
              "--b\n\n{{Name}}\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: "
              "quoted-printable\n\n<p title=3D'{{Name}}'>\n{{Nmae}} {{Name}}\n--b--\n"),
         "no column \"Nmae\" (l.eml:13:1)"},
        {NULL, NULL,
         BODY("text/plain\nContent-Transfer-Encoding: quoted-printable", "Hi\n\n{{Nm=\nae}}\n"),
         "no column \"Nmae\" (l.eml, text, line 3)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct letter_wishes w = {.path = cases[i].eml ? "l.eml" : "l.txt"};
        struct err e = ERR_INIT;
        struct letter *l;

        if (cases[i].txt)
            put_file("l.txt", cases[i].txt);
        if (cases[i].html)
            put_file("l.html", cases[i].html);
        if (cases[i].eml)
            put_file("l.eml", cases[i].eml);
        l = letter_open(&w, &columns, &e);
        if (!!l != !cases[i].says || (!l && !strstr(e.text, cases[i].says)))
            fail_msg("%zu: %s", i, e.text);
        letter_close(l);
        unlink("l.txt");
        unlink("l.html");
        unlink("l.eml");
    }
}

static void flowed_text_has_its_paragraphs(void **state)
{
    const struct letter_wishes w = {.path = "l.eml"};
    struct text out;

    (void)state;
    text_init(&out);
    put_file("l.eml", BODY("text/plain; format=flowed", "Dear \n{{Name}}, \nhello\n-- \nAnn\n"));
    assert_true(render(&w, slice_of("Jo"), slice_of("x"), slice_of("x"), &out));
    assert_non_null(strstr(out.ptr, "\"text\":\"Dear Jo, hello\\n-- \\nAnn"));
    put_file("l.eml", BODY("text/plain; format=flowed; delsp=yes", "long- \nword {{Name}}\n"));
    assert_true(render(&w, slice_of("Jo"), slice_of("x"), slice_of("x"), &out));
    assert_non_null(strstr(out.ptr, "\"text\":\"long-word Jo"));
    unlink("l.eml");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(each_place_has_its_way),
        IN_FOLDER(a_text_has_addresses_too),
        IN_FOLDER(what_no_cell_can_be_is_refused),
        IN_FOLDER(a_cell_that_cant_be_makes_the_row_invalid),
        IN_FOLDER(a_cell_leads_to_no_other_folder),
        IN_FOLDER(one_click_is_of_the_web),
        IN_FOLDER(what_a_file_cant_be_is_said),
        IN_FOLDER(flowed_text_has_its_paragraphs),
    };

    return cmocka_run_group_tests_name("letter_html", tests, NULL, NULL);
}
