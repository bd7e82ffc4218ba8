/* htmltext: a letter's HTML as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/htmltext.h"

#include <string.h>

#include "fixture.h"

struct pair {
    const char *in, *out;
};

static void check(void (*make)(struct slice, struct text *), const struct pair *pairs, size_t n)
{
    struct text out;

    text_init(&out);
    for (size_t i = 0; i < n; i++) {
        text_clear(&out);
        make(slice_of(pairs[i].in), &out);
        assert_true(text_ok(&out));
        assert_string_equal(out.ptr, pairs[i].out);
    }
    text_release(&out);
}

static void html_becomes_text(void **state)
{
    static const struct pair pairs[] = {
        {"", "\n"},
        {"Hello", "Hello\n"},
        {"<p>Hi <b>{{First Name|friend}}</b>,</p>\n\n<p>one\n two</p>",
         "Hi {{First Name|friend}},\n\none two\n"},
        {"a<br>b<br/><br>c<br><br><br><br>d", "a\nb\n\nc\n\nd\n"},
        {"<html><head><title>T</title><style>p{color:red}</style></head><body><p>x</p></body>",
         "x\n"},
        {"<head><meta charset=utf-8><body><p>x</p>", "x\n"}, /* whose end is not said */
        {"<!-- no --><script>var a = '<p>';</script>x", "x\n"},
        {"<!--[if mso]><table><tr><td><![endif]-->x", "x\n"},
        {"<ul><li>one</li><li><p>two</p></li>\n<li><div>three</div></li></ul>end",
         "- one\n- two\n\n- three\n\nend\n"},
        {"<a href=\"https://a.b/?x=1&amp;y=2\">Claim</a>", "Claim <https://a.b/?x=1&y=2>\n"},
        {"<a href=\"https://a.b/?x=1&amp;y=2\">https://a.b/?x=1&amp;y=2</a>",
         "https://a.b/?x=1&y=2\n"},
        {"<a class='b' href='{{link}}'><img alt=\"Claim &amp; go\"></a>",
         "Claim & go <{{link}}>\n"},
        {"<a href=\"mailto:a@b.c\">a@b.c</a> <a href=\"#top\">up</a>", "a@b.c up\n"},
        {"<table><tr><th>Day</th><th>Room</th></tr><tr><td>Mo</td><td>1</td></tr></table>",
         "Day Room\nMo 1\n"},
        {"gr&uuml;n &#8364;5 &#x2713; 1 &lt; 2 &unknown; AT&T &nbsp;x",
         "gr\xc3\xbcn \xe2\x82\xac"
         "5 \xe2\x9c\x93 1 < 2 &unknown; AT&T x\n"},
        {"1 < 2 and <3", "1 < 2 and <3\n"},
        {"<p title=\"a>b\">x</p", "x</p\n"},
        {"{{A<b & C}} {{A|f&uuml;r}}", "{{A<b & C}} {{A|f\xc3\xbcr}}\n"},
        {"{{open", "{{open\n"},
    };

    (void)state;
    check(htmltext, pairs, COUNT(pairs));
}

static void a_column_is_as_it_was_meant(void **state)
{
    static const struct pair pairs[] = {
        {"", ""},
        {"<p>{{Name}} {{ code }}</p>", "<p>{{Name}} {{code}}</p>"},
        {"{{First<b>Name</b>}}!", "{{FirstName}}<b></b>!"},
        {"{{<span class=\"x\">First Name</span>}}", "{{First Name}}<span class=\"x\"></span>"},
        {"{{First&nbsp;Name}} {{First\r\n   Name}}", "{{First Name}} {{First Name}}\n"},
        {"{{A &amp; B}} {{A &lt; B}}", "{{A & B}} {{A < B}}"},
        {"{{Name|dear <b>friend</b> &amp; all}}", "{{Name|dear <b>friend</b> &amp; all}}"},
        {"{{Name&#124;friend}} {{Name&#x7c;}}", "{{Name|friend}} {{Name|}}"},
        {"<a href=\"%7B%7blink%7D%7D\">", "<a href=\"{{link}}\">"},
        {"<a href=\"https://a.b/%7B%7BFirst%20Name%7D%7D/%20\">",
         "<a href=\"https://a.b/{{First Name}}/%20\">"},
        {"{{open <b>", "{{open <b>"},
        {"{{}}", "{{}}"},
    };

    (void)state;
    check(htmltext_braces, pairs, COUNT(pairs));
}

static void a_cell_stays_a_cell(void **state)
{
    static const struct pair pairs[] = {
        {"Jo", "Jo"},
        {"<b>\"A\" & 'B'</b>", "&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;"},
        {"&amp;", "&amp;amp;"},
        {"gr\xc3\xbcn", "gr\xc3\xbcn"},
    };

    (void)state;
    check(htmltext_escape, pairs, COUNT(pairs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_becomes_text),
        cmocka_unit_test(a_column_is_as_it_was_meant),
        cmocka_unit_test(a_cell_stays_a_cell),
    };

    return cmocka_run_group_tests_name("htmltext", tests, NULL, NULL);
}
