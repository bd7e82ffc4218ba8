/* htmlmarks: what a place in HTML means for a column that stands there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "policy/htmlmarks.h"

#include <string.h>

/* The pieces as `.` for what is literal, and a letter for each column. */
static void write_kinds(const char *html, struct text *out, struct text *whole)
{
    static const char letters[] = ".talif";
    struct htmlmarks m;
    struct htmlmark mark;

    text_clear(out);
    text_clear(whole);
    htmlmarks_init(&m, slice_of(html));
    while (htmlmarks_next(&m, &mark)) {
        assert_true(mark.source.len > 0);
        assert_int_equal(mark.kind == HTMLMARK_FAULT, mark.fault != NULL);
        text_append(out, &letters[mark.kind], 1);
        if (mark.picture)
            text_puts(out, "p");
        text_append(whole, mark.source.ptr, mark.source.len);
    }
}

static void a_column_is_what_its_place_says(void **state)
{
    static const struct {
        const char *html, *kinds;
    } cases[] = {
        {"", ""},
        {"plain { } }} &lt;", "."},
        {"{{A}}", "t"},
        {"<p>{{A}}, {{B|c}}</p>", ".t.t."},
        {"<p>{{A", ".t"},
        {"a < {{A}} > b", ".t."},
        {"<a href=\"{{A}}\">{{A}}</a>", ".l.t."},
        {"<a HREF = '\n {{A}}{{B}}?x={{C}}'>", ".li.i."},
        {"<a href=\"https://x/?n={{A}}\" title=\"{{A}}\">", ".i.a."},
        {"<img alt='{{A}}' src=\"{{qr}}\">", ".a.lp."},
        {"<a title='a > b' href='{{A}}'>", ".l."},
        {"<a href={{A}}>{{A}}", ".f.t"},
        {"<a href = {{A}}>", ".f."},
        {"<img alt=x{{A}} {{B}}>", ".f.f."},
        {"<img {{A}}=\"x\"><p{{B}}>", ".f.f."},
        {"<p style=\"color:{{A}}\" onclick='{{A}}' srcdoc='{{A}}'>", ".f.f.f."},
        {"<style>p{color:{{A}}}</style>{{A}}", ".f.t"},
        {"<style>@media x{{p{a:b}</style>{{A}}", ".f"}, /* said, and not guessed */
        {"<STYLE>p{}</STYLE ><b>{{A}}</b>", ".t."},
        {"<script>'{{A}}'</script>{{A}}", ".f.t"},
        {"<!-- {{A}} <b -->{{A}}", ".t"},
        {"<!-->{{A}}", ".t"},
        {"<!-- {{A}}", "."},
        {"<!--[if mso]><v:rect href=\"{{A}}\">{{B}}<![endif]-->", ".l.t."},
        {"<!DOCTYPE html>{{A}}<?xml {{B}}?>", ".t."},
        {"{<b>{A}}</b>", "f."},
        {"<p>&#123;{A}} &lcub;&#x7b;A}}", ".f.f."},
        {"{ {A}} {<b>A{", "."},
        {"<p title=\"&#123;{A}}\" title=\"{<b>{\">", ".f."},
    };
    struct text kinds, whole;

    (void)state;
    text_init(&kinds);
    text_init(&whole);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_kinds(cases[i].html, &kinds, &whole);
        if (strcmp(kinds.ptr, cases[i].kinds) != 0)
            fail_msg("%s: %s", cases[i].html, kinds.ptr);
        assert_string_equal(whole.ptr, cases[i].html); /* nothing is lost */
    }
    text_release(&whole);
    text_release(&kinds);
}

static void any_bytes_come_to_an_end(void **state)
{
    static const char bytes[] = "<a\0=\"'{{}}/>!-&#123;\0 <style";
    struct htmlmarks m;
    struct htmlmark mark;

    (void)state;
    for (size_t from = 0; from < sizeof(bytes); from++)
        for (size_t len = 0; len <= sizeof(bytes) - from; len++) {
            size_t n = 0;

            htmlmarks_init(&m, (struct slice){bytes + from, len});
            while (htmlmarks_next(&m, &mark))
                n += mark.source.len;
            assert_int_equal(n, len);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_column_is_what_its_place_says),
                                       cmocka_unit_test(any_bytes_come_to_an_end)};

    return cmocka_run_group_tests_name("htmlmarks", tests, NULL, NULL);
}
