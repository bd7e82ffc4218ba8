/* mimeread: messages as mail programs write them, and as nobody should; every text comes out as UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/mimeread.h"
#include "base/text.h"

#include "fixture.h"

/* The tree in one line a part: depth, type, disposition, file name, id, line of the body, body. */
static void put_tree(const struct mimeread *m, struct text *out)
{
    for (const struct mimeread_part *p = mimeread_top(m); p; p = mimeread_next(p)) {
        for (const struct mimeread_part *up = p->parent; up; up = up->parent)
            text_puts(out, "  ");
        text_printf(out, "%s", p->type);
        if (*p->disposition)
            text_printf(out, " %s", p->disposition);
        if (*p->filename)
            text_printf(out, " \"%s\"", p->filename);
        if (*p->id)
            text_printf(out, " <%s>", p->id);
        if (p->bad_charset)
            text_puts(out, " !");
        text_printf(out, " @%zu [", p->line);
        for (size_t i = 0; i < p->body.len; i++)
            text_append(out, p->body.ptr[i] == '\n' ? "|" : p->body.ptr + i, 1);
        text_puts(out, "]\n");
    }
    if (mimeread_cut(m))
        text_puts(out, "cut\n");
}

static void test_trees(void **state)
{
    static const struct {
        const char *message, *tree;
    } cases[] = {
        {"", "text/plain @1 []\n"},
        {"\n", "text/plain @2 []\n"},
        {"no field here\nat all", "text/plain @1 [no field here|at all]\n"},
        {"Subject: x", "text/plain @1 []\n"},
        {"Subject: x\r\n\r\nHi\r\nyou\r\n", "text/plain @3 [Hi|you|]\n"},
        {"Subject: x\rTo: y\r\rHi\ryou", "text/plain @4 [Hi|you]\n"},
        {"\xef\xbb\xbf"
         "From me@x Mon Jan  1 00:00:00 2026\nSubject: x\n\nHi",
         "text/plain @4 [Hi]\n"},
        {"Content-Type: TEXT/HTML; charset=\"ISO-8859-1\"\nContent-Transfer-Encoding: "
         "Quoted-Printable\n\na=E9b =\nc \t\n=3d=3D =zz=",
         "text/html @4 [a\xc3\xa9"
         "b c|== =zz]\n"},
        {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
         "R3LDvMOf\n ZQ==\r\n",
         "text/plain @4 [Gr\xc3\xbc\xc3\x9f"
         "e]\n"},
        {"Content-Type: text/plain\n\nna\xefve", "text/plain @3 [na\xc3\xafve]\n"},
        {"Content-Type: text/plain; charset=utf-8\n\nna\xefve",
         "text/plain ! @3 [na\xef\xbf\xbdve]\n"},
        {"Content-Type: text/plain; charset=no-such\n\nna\xefve",
         "text/plain ! @3 [na\xc3\xafve]\n"},
        {"Content-Type: text/plain; charset=gb2312\n\n\xc4\xe3", "text/plain @3 [\xe4\xbd\xa0]\n"},
        {"Content-Type: multipart/mixed\n\nno boundary", "text/plain @3 [no boundary]\n"},
        {"Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n\none\n--a  \n"
         "Content-Type: multipart/alternative; boundary=\"a b\"\n\n--a b\n\ntwo\n\n--a b--\nend\n"
         "--a--\nepilogue\n--a\n\nnot",
         "multipart/mixed @3 []\n  text/plain @6 [one]\n  multipart/alternative @10 []\n"
         "    text/plain @12 [two|]\n"},
        /* cut off */
        {"Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\nContent-Type: text/html",
         "multipart/mixed @3 []\n  text/plain @5 [one]\n  text/html @7 []\n"},
        {"Content-Type: multipart/mixed; boundary=a\n\n--ab\n--a",
         "multipart/mixed @3 []\n  text/plain @4 []\n"},
        {"Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: x\n\ny\n--a--",
         "multipart/digest @3 []\n  message/rfc822 @5 []\n    text/plain @7 [y]\n"},
        {"Content-Type: message/rfc822\n\nContent-Type: text/html\n\nhi",
         "message/rfc822 @3 []\n  text/html @5 [hi]\n"},
        {"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
         "U3ViamVjdDogeAoKaGk=",
         "message/rfc822 @4 []\n  text/plain @0 [hi]\n"},
        {"Content-Type: image/png (a picture); name=logo.png\nContent-ID: <l@x>\n"
         "Content-Disposition: INLINE; filename=\"big logo.png\"\n\n\x89PNG\r\n",
         "image/png inline \"big logo.png\" <l@x> @5 [\x89PNG\r|]\n"},
        {"Content-Type: image/png; name=logo.png\n\n", "image/png \"logo.png\" @3 []\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text out;
        char *copy = malloc(strlen(cases[i].message) + 1);
        size_t len = strlen(cases[i].message);
        struct mimeread *m;

        memcpy(copy, cases[i].message, len);
        copy = realloc(copy, len + (len == 0)); /* so that a sanitizer sees what is behind it */
        text_init(&out);
        m = mimeread_new((struct slice){copy, len});
        assert_non_null(m);
        put_tree(m, &out);
        assert_string_equal(out.ptr, cases[i].tree);
        mimeread_free(m);
        text_release(&out);
        free(copy);
    }
}

static void test_fields(void **state)
{
    static const struct {
        const char *field, *raw, *value;
    } cases[] = {
        {"X:", "", ""},
        {"X: a\r\n\tb\r\n  c ", "a b  c", "a b  c"},
        {"x : a", "a", "a"},
        {"X: =?utf-8?Q?Gr=C3=BC=C3=9Fe_an?= =?utf-8?q?_alle?=",
         "=?utf-8?Q?Gr=C3=BC=C3=9Fe_an?= =?utf-8?q?_alle?=",
         "Gr\xc3\xbc\xc3\x9f"
         "e an alle"},
        /* a character in two words, as some cut it */
        {"X: =?utf-8?B?w4?=\n =?utf-8?B?Q=?= x", "=?utf-8?B?w4?= =?utf-8?B?Q=?= x",
         "\xef\xbf\xbd x"},
        {"X: =?utf-8?q?=C3?=\n =?UTF-8?b?vA==?= x", "=?utf-8?q?=C3?= =?UTF-8?b?vA==?= x",
         "\xc3\xbc x"},
        {"X: =?iso-8859-1*de?q?=FC?=  =?utf-8?q?=C3=BC?= a",
         "=?iso-8859-1*de?q?=FC?=  =?utf-8?q?=C3=BC?= a", "\xc3\xbc\xc3\xbc a"},
        {"X: a =?q?=?= =?utf-8?z?x?= =?utf-8?q?x", "a =?q?=?= =?utf-8?z?x?= =?utf-8?q?x",
         "a =?q?=?= =?utf-8?z?x?= =?utf-8?q?x"},
        {"X: =?utf-8?q?a=0D=0ABcc:_b=00?=", "=?utf-8?q?a=0D=0ABcc:_b=00?=", "a  Bcc: b "},
        {"X: \xfc", "\xc3\xbc", "\xc3\xbc"},
        {"X: \xc3\xbc", "\xc3\xbc", "\xc3\xbc"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mimeread *m = mimeread_new(slice_of(cases[i].field));
        const struct mimeread_field *f;

        assert_non_null(m);
        f = mimeread_field(mimeread_top(m), "x");
        assert_non_null(f);
        assert_string_equal(f->raw, cases[i].raw);
        assert_string_equal(f->value, cases[i].value);
        assert_int_equal(f->line, 1);
        assert_null(mimeread_field(mimeread_top(m), "y"));
        mimeread_free(m);
    }
}

static void test_parameters(void **state)
{
    static const struct {
        const char *params, *name, *value;
    } cases[] = {
        {"; a=b", "a", "b"},
        {"; A = \"b; \\\"c\\\\\" (d); e=f", "a", "b; \"c\\"},
        {"; A = \"b\" (d); e=f", "e", "f"},
        {";;a;=x; e=f g;", "e", "f g"},
        {"; a=\"open", "a", "open"},
        {"; a*=utf-8''%e2%82%ac%20x", "a", "\xe2\x82\xac x"},
        {"; a*=iso-8859-1'en'%A3", "a", "\xc2\xa3"},
        {"; a*=bare%41", "a", "bareA"},
        {"; a=plain; a*=utf-8''better", "a", "better"},
        {"; a*1=\"two \"; a*0=\"one \"; a*2=three; a*4=five", "a", "one two three"},
        {"; a*0*=utf-8'de'%C3; a*1*=%BC; a*2=%41", "a", "\xc3\xbc%41"},
        {"; a=\"=?utf-8?q?=C3=BC?=\"", "a", "\xc3\xbc"},
        {"; a*=utf-8''x%0d%0ay%00", "a", "x  y "},
        {"; a*99999999999999999999=x; a=y", "a", "y"},
        {"; a=1; a=2", "a", "1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text t;
        struct mimeread *m;

        text_init(&t);
        text_printf(&t, "Content-Type: x/y%s\n\n", cases[i].params);
        m = mimeread_new((struct slice){t.ptr, t.len});
        assert_non_null(m);
        assert_string_equal(mimeread_top(m)->type, "x/y");
        assert_non_null(mimeread_param(mimeread_top(m), cases[i].name));
        assert_string_equal(mimeread_param(mimeread_top(m), cases[i].name), cases[i].value);
        assert_null(mimeread_param(mimeread_top(m), "none"));
        mimeread_free(m);
        text_release(&t);
    }
}

/* As mail servers report what became of a message (RFC 3464). */
static void test_a_delivery_report(void **state)
{
    static const char report[] =
        "From: MAILER-DAEMON@mx\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n"
        "\tboundary=\"r/1\"\r\n\r\n--r/1\r\n\r\nSorry.\r\n--r/1\r\nContent-Type: "
        "message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; "
        "bob@x\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no\r\n such user\r\n\r\n\r\n--r/1\r\n"
        "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1@x>\r\n--r/1--\r\n";
    struct mimeread *m = mimeread_new(slice_of(report));
    const struct mimeread_part *p;
    const struct mimeread_field *fields;
    struct slice rest;
    struct arena a;

    (void)state;
    assert_non_null(m);
    arena_init(&a);
    assert_string_equal(mimeread_param(mimeread_top(m), "report-type"), "delivery-status");
    p = mimeread_top(m)->first->next;
    assert_string_equal(p->type, "message/delivery-status");
    rest = p->body;
    assert_int_equal(mimeread_group(&rest, &a, &fields), 1);
    assert_string_equal(fields[0].value, "dns; mx");
    assert_int_equal(mimeread_group(&rest, &a, &fields), 3);
    assert_true(slice_is(fields[2].name, "diagnostic-code"));
    assert_string_equal(fields[2].value, "smtp; 550 no such user");
    assert_int_equal(mimeread_group(&rest, &a, &fields), 0);
    rest = p->next->body;
    assert_int_equal(mimeread_group(&rest, &a, &fields), 1);
    assert_string_equal(fields[0].value, "<1@x>");
    rest = slice_of("junk\n\n\nA: b");
    assert_int_equal(mimeread_group(&rest, &a, &fields), 1);
    arena_release(&a);
    mimeread_free(m);
}

static void repeat(struct text *t, const char *s, size_t n)
{
    while (n-- > 0)
        text_puts(t, s);
}

/* What would take a stack, or a memory, of its own is not looked into. */
static void test_bounds(void **state)
{
    static const struct {
        const char *begin, *again;
        size_t n;
        bool cut;
    } cases[] = {
        {"", "Content-Type: message/rfc822\n\n", 100000, true},
        {"", "Content-Type: message/rfc822\n\n", MIMEREAD_DEPTH_MAX - 1, false},
        {"", "Content-Type: message/rfc822\n\n", MIMEREAD_DEPTH_MAX, true},
        {"", "Content-Type: multipart/mixed; boundary=a\n\n--a\n", 100000, true},
        {"Content-Type: multipart/mixed; boundary=a\n", "\n--a\n", MIMEREAD_PARTS_MAX - 1, false},
        {"Content-Type: multipart/mixed; boundary=a\n", "\n--a\n", 100000, true},
        {"", "X: y\n", MIMEREAD_FIELDS_MAX, false},
        {"", "X: y\n", 100000, true},
        {"X: ", "=?koi8-r?q?a?= =?big5?q?b?= ", 20000, false},
        {"Content-Type: x/y", "; a=b", 100000, false},
        {"Content-Type: x/y", "; a*1=b", 100000, false},
        {"Content-Type: ", "(", 100000, false},
        {"Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n",
         "\nContent-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n", 100000,
         true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text t;
        struct mimeread *m;
        size_t n = 0;

        text_init(&t);
        text_puts(&t, cases[i].begin);
        repeat(&t, cases[i].again, cases[i].n);
        m = mimeread_new((struct slice){t.ptr, t.len});
        assert_non_null(m);
        for (const struct mimeread_part *p = mimeread_top(m); p; p = mimeread_next(p))
            n++;
        assert_true(n <= MIMEREAD_PARTS_MAX);
        assert_int_equal(mimeread_cut(m), cases[i].cut);
        mimeread_free(m);
        text_release(&t);
    }
    mimeread_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),      cmocka_unit_test(test_fields),
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_a_delivery_report),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests_name("mimeread", tests, NULL, NULL);
}
