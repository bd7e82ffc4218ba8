/* page: templates, what foreign text becomes, times, the policy; and the list of runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "stages/page.h"
#include "stages/page_index.h"

#include "fixture.h"

#define SECOND INT64_C(1788739200000)

static void test_templates(void **state)
{
    struct slice before, place;
    const char *at = "a {{one}}{{two}} b {{ not closed";

    (void)state;
    at = page_next(at, &before, &place);
    assert_true(slice_is(before, "a ") && slice_is(place, "one"));
    at = page_next(at, &before, &place);
    assert_true(before.len == 0 && slice_is(place, "two"));
    at = page_next(at, &before, &place);
    assert_null(at);
    assert_null(place.ptr);
    assert_true(slice_is(before, " b {{ not closed"));
}

static void test_first_line(void **state)
{
    const char *const pages[] = {page_run_html, page_index_html};

    (void)state;
    for (size_t i = 0; i < COUNT(pages); i++)
        assert_int_equal(strncmp(pages[i], PAGE_FIRST_LINE "\n", strlen(PAGE_FIRST_LINE) + 1), 0);
}

static void test_foreign_text(void **state)
{
    static const struct {
        const char *text, *html, *json;
    } cases[] = {
        {"", "", "\"\""},
        {"Grüße שלום 日本", "Grüße שלום 日本", "\"Grüße שלום 日本\""},
        {"<b a=\"x\" c='y'>&amp;", "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;",
         "\"\\u003cb a=\\\"x\\\" c='y'>&amp;\""},
        {"</script><!--", "&lt;/script&gt;&lt;!--", "\"\\u003c/script>\\u003c!--\""},
        {"a\\u003c", "a\\u003c", "\"a\\\\u003c\""},
        {"a\xe2\x80\xa8g\xe2\x80\xae\xff\x01\n", "a\\u2028g\\u202e\\xff\\x01\\x0a",
         "\"a\\\\u2028g\\\\u202e\\\\xff\\\\x01\\\\x0a\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text out;

        text_init(&out);
        page_put(&out, cases[i].text);
        assert_string_equal(out.ptr, cases[i].html);
        text_clear(&out);
        page_quote(&out, cases[i].text, 100);
        assert_string_equal(out.ptr, cases[i].json);
        text_release(&out);
    }
}

static void test_cut(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    page_quote(&out, "abcdef", 6);
    page_quote(&out, "abcdefg", 6);
    page_quote(&out, "abcdé", 5); /* between characters */
    assert_string_equal(out.ptr, "\"abcdef\"\"abcdef…\"\"abcd…\"");
    text_release(&out);
}

static void test_times(void **state)
{
    static const struct {
        int64_t ms;
        const char *words;
    } cases[] = {{-5, "0 s"},       {0, "0 s"},
                 {100, "0.1 s"},    {1000, "1 s"},
                 {6150, "6.1 s"},   {10900, "10 s"},
                 {60000, "1 min"},  {200000, "3 min 20 s"},
                 {3600000, "1 h"},  {7500000, "2 h 5 min"},
                 {86400000, "1 d"}, {277200000, "3 d 5 h"}};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&out);
        page_put_length(&out, cases[i].ms);
        assert_string_equal(out.ptr, cases[i].words);
    }
    text_clear(&out);
    page_put_span(&out, SECOND, SECOND + 1000);
    assert_string_equal(out.ptr,
                        "<span><time datetime=\"2026-09-07T00:00:00Z\">00:00:00 UTC</time></span>"
                        "<span><time datetime=\"2026-09-07T00:00:01Z\">00:00:01 UTC</time></span>");
    text_clear(&out);
    page_put_span(&out, SECOND, SECOND + INT64_C(86400000));
    assert_says(out.ptr, ">2026-09-07 00:00:00 UTC<");
    assert_says(out.ptr, ">2026-09-08 00:00:00 UTC<");
    text_release(&out);
}

static void test_policy(void **state)
{
    struct err e = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    assert_int_equal(page_put_policy(&out, "", &e), 0);
    assert_says(out.ptr, "default-src 'none'; ");
    /* of nothing: FIPS 180-4's example, in base64 */
    assert_says(out.ptr, "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    text_clear(&out);
    assert_int_equal(page_put_policy(&out, NULL, &e), 0);
    assert_silent(out.ptr, "script-src");
    assert_says(out.ptr, "style-src 'sha256-");
    text_release(&out);
}

/* ---- the list of runs ---- */

static char content[800000];

static const char *write_index(const struct page_run *list, size_t n)
{
    struct err e = ERR_INIT;
    FILE *f;
    size_t len;

    if (page_index_write("index.html", "Inbox <x>", list, n, &e) != 0)
        fail_msg("%s", e.text);
    f = fopen("index.html", "r");
    assert_non_null(f);
    len = fread(content, 1, sizeof content - 1, f);
    content[len] = '\0';
    fclose(f);
    assert_silent(content, "{{");
    return content;
}

/* page_test.py shows it to a browser. */
static const struct page_run runs[] = {
    {.name = "c\"<3>.csv", .started_ms = SECOND, .rows = {[STATUS_SUCCESS] = 3}},
    {.name = "b.csv",
     .run = 2,
     .started_ms = SECOND,
     .ended_ms = SECOND,
     .rows = {[STATUS_SUCCESS] = 1200, [STATUS_FAILED] = 1},
     .page = "javascript:alert(1)?#\"&.html",
     .results = "done/b results.csv"},
    {.name = "a.csv",
     .started_ms = SECOND,
     .ended_ms = SECOND,
     .stopped = "column \"<W>\" is missing"}};

static void test_index(void **state)
{
    (void)state;
    assert_says(write_index(NULL, 0), "There was no run yet.");
    assert_silent(content, "<table");
    assert_says(write_index(runs, 1), "1 run, which needs nobody.");
    assert_says(write_index(runs, 3), "2 of 3 runs need a person.");
    assert_says(content, "<title>Inbox &lt;x&gt;</title>");
    assert_says(content, "c&quot;&lt;3&gt;.csv");
    assert_says(content, "1 of 1,201 rows needs a person. The rest: 1,200 issued.");
    assert_says(content, "<small>run 2</small>");
    assert_says(content, "href=\"javascript%3Aalert%281%29%3F%23%22%26.html\"");
    assert_says(content, "href=\"done/b%20results.csv\"");
    assert_says(content, "The run could not begin.");
    assert_says(content, "column &quot;&lt;W&gt;&quot; is missing");
}

static void test_index_is_whole(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(page_index_write("no/index.html", "x", NULL, 0, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
}

static void test_many_runs(void **state)
{
    static struct page_run many[PAGE_INDEX_MAX + 5];

    (void)state;
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (struct page_run){.name = "x", .started_ms = SECOND, .ended_ms = SECOND};
    assert_says(write_index(many, COUNT(many)), "The newest first: 1,000 of 1,005");
}

/* With a path: the list of runs goes there, and nothing is tested. */
int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_templates),
                                       cmocka_unit_test(test_first_line),
                                       cmocka_unit_test(test_foreign_text),
                                       cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_times),
                                       cmocka_unit_test(test_policy),
                                       IN_FOLDER(test_index),
                                       IN_FOLDER(test_index_is_whole),
                                       IN_FOLDER(test_many_runs)};

    if (argc > 1)
        return page_index_write(argv[1], "Runs of inbox", runs, COUNT(runs), &e) == 0 ? 0 : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
