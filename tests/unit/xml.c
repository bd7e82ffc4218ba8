/* xml: the same events whatever the pieces; what no workbook has, or would take too much, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/xml.h"

#include "base/text.h"
#include "fixture.h"

struct seen {
    struct text all;
    bool in_text;
    const char *enough_at;
};

static int on_start(void *context, const char *name, const char *const *attributes)
{
    struct seen *s = context;

    text_printf(&s->all, "<%s", name);
    for (; *attributes; attributes += 2)
        text_printf(&s->all, " %s=%s", attributes[0], attributes[1]);
    text_puts(&s->all, ">");
    return s->enough_at && strcmp(name, s->enough_at) == 0 ? XML_ENOUGH : 0;
}

static int on_end(void *context, const char *name)
{
    struct seen *s = context;

    text_printf(&s->all, "</%s>", name);
    return 0;
}

static int on_text(void *context, const char *bytes, size_t len)
{
    struct seen *s = context;

    text_append(&s->all, bytes, len);
    return 0;
}

static const struct xml_events events = {on_start, on_end, on_text};

static int read_xml(struct seen *s, const char *bytes, size_t len, size_t piece, struct err *e)
{
    struct xml *x = xml_new("a.xlsx: its part p.xml", &events, s, e);
    int rc = 0;

    assert_non_null(x);
    text_init(&s->all);
    for (size_t at = 0; at < len && rc == 0; at += piece)
        rc = xml_feed(x, bytes + at, len - at < piece ? len - at : piece, e);
    if (rc == 0)
        rc = xml_finish(x, e);
    if (rc != 0) /* for ever after */
        assert_int_equal(xml_feed(x, "<a/>", 4, e), rc);
    assert_int_equal(rc == -1, e->code == EXIT_INPUT);
    xml_free(x);
    return rc;
}

static void events_come_whatever_the_pieces(void **state)
{
    (void)state;
    static const char utf16[] = "\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>\0";
    static const struct {
        const char *xml;
        size_t len;
        const char *want;
    } cases[] = {
#define CASE(xml, want) {xml, sizeof(xml) - 1, want}
        CASE("<a/>", "<a></a>"),
        CASE("<?xml version='1.0'?><a b='1' c:d='2'>x&lt;&#65;y</a>", "<a b=1 c:d=2>x<Ay</a>"),
        CASE("<x:a><y:b/></x:a>", "<a><b></b></a>"),
        CASE("<a><!-- no --><?no no?><![CDATA[<&>]]></a>", "<a><&></a>"),
        CASE("<a>\r\n\t</a>", "<a>\n\t</a>"),
        CASE("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "<a>\xc3\xa9</a>"),
        CASE(utf16, "<a>\xc3\xa9</a>"),
        CASE("\xef\xbb\xbf<a>\xc3\xa9</a>", "<a>\xc3\xa9</a>"),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t piece = 1; piece <= cases[i].len; piece++) {
            struct seen s = {.enough_at = NULL};
            struct err e = ERR_INIT;
            if (read_xml(&s, cases[i].xml, cases[i].len, piece, &e) != 0)
                fail_msg("%s: %s", cases[i].xml, e.text);
            assert_string_equal(s.all.ptr, cases[i].want);
            text_release(&s.all);
        }
    }
}

static void what_is_no_xml_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *says;
    } cases[] = {
        {"", "line 1, column 1 (no element found)"},
        {"<a>", "(no element found)"},
        {"<a>\n <b></a>", "line 2, column 7 (mismatched tag): save it again"},
        {"a,b\n", "line 1, column 1 (syntax error)"},
        {"<a>\xff</a>", "(not well-formed"},
        {"<a>\1</a>", "(not well-formed"},
        {"<a>&b;</a>", "(undefined entity)"},
        {"<a/><b/>", "(junk after document element)"},
        {"<!DOCTYPE a><a/>", "(it holds a document type, which no workbook has)"},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"},
        {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document type"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t piece = 1; piece < 20; piece += 3) {
            struct seen s = {.enough_at = NULL};
            struct err e = ERR_INIT;
            assert_int_equal(read_xml(&s, cases[i].xml, strlen(cases[i].xml), piece, &e), -1);
            assert_says(e.text, cases[i].says);
            assert_says(e.text, "a.xlsx: its part p.xml is damaged on line ");
            text_release(&s.all);
        }
    }
}

static void enough_is_enough(void **state)
{
    (void)state;
    static const char xml[] = "<a><b/><c/>";
    struct seen s = {.enough_at = "b"};
    struct err e = ERR_INIT;

    assert_int_equal(read_xml(&s, xml, strlen(xml), 100, &e), XML_ENOUGH);
    assert_string_equal(s.all.ptr, "<a><b>");
    text_release(&s.all);
}

/* n times a text with a number in it, between two others. */
static int read_many(const char *before, const char *form, unsigned n, const char *after,
                     struct err *e)
{
    struct seen s = {.enough_at = NULL};
    struct text xml;

    text_init(&xml);
    text_puts(&xml, before);
    for (unsigned i = 0; i < n; i++) {
        const char *percent = strchr(form, '%');
        text_append(&xml, form, percent ? (size_t)(percent - form) : strlen(form));
        if (percent)
            text_printf(&xml, "%u%s", i, percent + 1);
    }
    text_puts(&xml, after);
    int rc = read_xml(&s, xml.ptr, xml.len, 4096, e);
    text_release(&xml);
    text_release(&s.all);
    return rc;
}

static void depth_tags_and_names_are_bounded(void **state)
{
    (void)state;
    struct err ok = ERR_INIT, deep = ERR_INIT, names = ERR_INIT, attributes = ERR_INIT,
               tag = ERR_INIT;

    assert_int_equal(read_many("<a>", "<b/>", 100000, "</a>", &ok), 0);
    assert_int_equal(read_many("<a>", "<b%/>", XML_NAMES_MAX, "</a>", &ok), 0);
    assert_int_equal(read_many("", "<a>", XML_DEPTH_MAX + 1, "", &deep), -1);
    assert_says(deep.text, "nested too deep");
    assert_int_equal(read_many("<a>", "<b%/>", XML_NAMES_MAX + 1, "</a>", &names), -1);
    assert_says(names.text, "too many different names");
    assert_int_equal(read_many("<a>", "<b c%=''/>", XML_NAMES_MAX + 1, "</a>", &attributes), -1);
    assert_says(attributes.text, "too many different names");
    assert_int_equal(read_many("<a b='", "x", XML_TAG_MAX + 70000, "'/>", &tag), -1);
    assert_says(tag.text, "a tag is too long");
    assert_int_equal(read_many("<a>", "x", XML_TAG_MAX + 70000, "</a>", &ok), 0);
}

static void attributes_are_found(void **state)
{
    (void)state;
    static const char *const attributes[] = {"id", "1", "r:id", "2", "b:c", "3", NULL};

    assert_string_equal(xml_attribute(attributes, "id"), "1");
    assert_string_equal(xml_attribute(attributes, "r:id"), "2");
    assert_null(xml_attribute(attributes, "c"));
    assert_string_equal(xml_prefixed(attributes, "id"), "2");
    assert_string_equal(xml_prefixed(attributes, "c"), "3");
    assert_null(xml_prefixed(attributes, "d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_whatever_the_pieces),
        cmocka_unit_test(what_is_no_xml_is_refused),
        cmocka_unit_test(enough_is_enough),
        cmocka_unit_test(depth_tags_and_names_are_bounded),
        cmocka_unit_test(attributes_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
