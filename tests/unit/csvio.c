/*
 * csvio: every case is fed at every chunk size from 1 to its length, and must give the same
 * records, lines and faults.  What came is compared as text: `LINE:[field|field]!fault` for each
 * record, then `error: …` if there was one.  A NUL byte is written as `<0>`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/csvio.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BOM "\xEF\xBB\xBF"

static void put_bytes(struct text *out, struct slice bytes)
{
    const char *end = bytes.ptr + bytes.len;

    for (const char *p = bytes.ptr; p < end;) {
        const char *nul = memchr(p, '\0', (size_t)(end - p));
        text_append(out, p, (size_t)((nul ? nul : end) - p));
        text_puts(out, nul ? "<0>" : "");
        p = nul ? nul + 1 : end;
    }
}

static int dump(void *context, const struct csvio_record *record)
{
    struct text *out = context;

    text_printf(out, "%" PRIu64 ":[", record->line);
    for (size_t i = 0; i < record->nfields; i++) {
        assert_int_equal(record->fields[i].ptr[record->fields[i].len], '\0');
        text_puts(out, i ? "|" : "");
        put_bytes(out, record->fields[i]);
    }
    text_puts(out, "]");
    if (record->fault)
        text_printf(out, "!%s", record->fault);
    text_puts(out, "\n");
    return record->line % 2 ? CSVIO_PAUSE : 0;
}

static int feed_all(struct csvio_reader *r, const char *in, size_t len, size_t chunk, struct err *e)
{
    for (size_t at = 0, n; at < len; at += n - csvio_unread(r)) {
        n = len - at < chunk ? len - at : chunk;
        if (csvio_feed(r, in + at, n, e))
            return -1;
    }
    return csvio_finish(r, e);
}

struct marks {
    char delimiter, quote, escape;
    bool blanks;
};

static const struct marks usual = {.delimiter = ',', .quote = '"'};
static size_t sheet_width; /* of what read_dump reads; 0: it is no sheet */

/* What reading in, cut into chunks of this size, gives. */
static void read_dump(struct text *out, const char *in, size_t len, size_t chunk,
                      struct marks marks)
{
    struct err e = ERR_INIT;

    text_clear(out);
    struct csvio_reader *r =
        csvio_reader_new("in.csv", marks.delimiter, marks.quote, dump, out, &e);
    assert_non_null(r);
    csvio_reader_allow(r, marks.escape, marks.blanks);
    if (sheet_width > 0)
        csvio_reader_sheet(r, sheet_width);
    if (feed_all(r, in, len, chunk, &e)) {
        assert_int_equal(e.code, EXIT_INPUT);
        text_printf(out, "error: %s\n", e.text);
        struct err again = ERR_INIT;
        assert_int_equal(csvio_feed(r, "a\n", 2, &again), -1);
        assert_int_equal(again.code, EXIT_INPUT);
        assert_int_equal(csvio_finish(r, &again), -1);
    }
    csvio_reader_free(r);
    assert_true(text_ok(out));
}

#define NEVER(line) "a quote opened on line " #line " is never closed\n"

static const struct {
    const char *in;
    size_t len;
    const char *want;
} cases[] = {
#define CASE(in, want)                                                                             \
    {                                                                                              \
        in, sizeof(in) - 1, want                                                                   \
    }
    /* plain */
    CASE("", ""),
    CASE("a,b\n1,2\n", "1:[a|b]\n2:[1|2]\n"),
    CASE("a,b\n1,2", "1:[a|b]\n2:[1|2]\n"),
    CASE("a", "1:[a]\n"),
    CASE(",", "1:[|]\n"),
    CASE(",\n,", "1:[|]\n2:[|]\n"),
    CASE("a,\n", "1:[a|]\n"),
    /* line ends */
    CASE("a,b\r\n1,2\r\n", "1:[a|b]\n2:[1|2]\n"),
    CASE("a,b\r1,2\r", "1:[a|b]\n2:[1|2]\n"),
    CASE("a\r\nb\nc\rd\n\re\r\r\nf", "1:[a]\n2:[b]\n3:[c]\n4:[d]\n6:[e]\n8:[f]\n"),
    CASE("\"x\ry\r\nz\n\"\r\nb\n", "1:[x\ry\r\nz\n]\n5:[b]\n"),
    CASE("\"x\r\"\n\nb\n", "1:[x\r]\n4:[b]\n"),
    CASE("\"x\n\r\n\ry\",\"\n\"\nb", "1:[x\n\r\n\ry|\n]\n6:[b]\n"),
    /* DOS's mark of the end */
    CASE("a,b\r\n1,2\r\n\x1A", "1:[a|b]\n2:[1|2]\n"),
    CASE("a\n1\x1A\x1A\x1A", "1:[a]\n2:[1]\n"),
    CASE("a\n\x1A\x1A"
         "b\n\x1A\n",
         "1:[a]\n2:[\x1A\x1A"
         "b]\n3:[\x1A]\n"),
    CASE("\x1A", ""),
    /* empty lines */
    CASE("\n\n\na\n\n\r\nb\n\n", "4:[a]\n7:[b]\n"),
    CASE("\r\r\na", "3:[a]\n"),
    CASE("\n", ""),
    CASE("\"\"", "1:[]\n"),
    CASE("a\n\"\"\n\nb\n", "1:[a]\n2:[]\n4:[b]\n"),
    CASE(" \n\t\na", "1:[ ]\n2:[\t]\n3:[a]\n"),
    /* blanks */
    CASE(" a , b\t,\tc\n", "1:[ a | b\t|\tc]\n"),
    CASE("\" a \",\"\t\"\n", "1:[ a |\t]\n"),
    CASE(" \"a\" ,b\n", "1:[ \"a\" |b]\n"),
    CASE("\"a\" ,\"b\"\t\n\"c\"  ", "1:[a |b\t]\n2:[c  ]\n"),
    CASE("\xC2\xA0"
         "a,\x0B\x0C"
         "b\n",
         "1:[\xC2\xA0"
         "a|\x0B\x0C"
         "b]\n"),
    /* quotes */
    CASE("\"a,b\",\"c\"\"d\",\"\"\"\"\n", "1:[a,b|c\"d|\"]\n"),
    CASE("\"\"\"\"\"\"\n", "1:[\"\"]\n"),
    CASE("\"\",\"\"\n", "1:[|]\n"),
    CASE("a\"b,c\"\n", "1:[a\"b|c\"]\n"),
    CASE("a\"\"b,=\"001\"\n2,3\n", "1:[a\"\"b|=\"001\"]\n2:[2|3]\n"),
    /* text after a closing quote ends where an unquoted field would, and swallows nothing */
    CASE("a,\"b\"c,d\n1,2,3\n", "1:[a|bc|d]!text after a closing quote on line 1\n2:[1|2|3]\n"),
    CASE("\"b\"c", "1:[bc]!text after a closing quote on line 1\n"),
    CASE("\"He said \"hi\", ok\",x\n1,2\n",
         "1:[He said hi\"| ok\"|x]!text after a closing quote on line 1\n2:[1|2]\n"),
    CASE("\"a\"b,\"c\"d\n", "1:[ab|cd]!text after a closing quote on line 1\n"),
    CASE("\"a\"b\n\"c\"\n", "1:[ab]!text after a closing quote on line 1\n2:[c]\n"),
    /* never closed: the line ends its record, as it is, and the next one is read as ever */
    CASE("\"", "1:[\"]!" NEVER(1)),
    CASE("\"\n", "1:[\"]!" NEVER(1)),
    CASE("a,\"\"\"", "1:[a|\"\"\"]!" NEVER(1)),
    CASE("\"a\"\"", "1:[\"a\"\"]!" NEVER(1)),
    CASE("a,\"b,c\n1,2\n3,4\n", "1:[a|\"b|c]!" NEVER(1) "2:[1|2]\n3:[3|4]\n"),
    CASE("a,b\n1,\"2\n3,4\n", "1:[a|b]\n2:[1|\"2]!" NEVER(2) "3:[3|4]\n"),
    CASE("a,b\n\n1,\"2,\n\n\n3,4", "1:[a|b]\n3:[1|\"2|]!" NEVER(3) "6:[3|4]\n"),
    CASE("a\r\n\"b\"\"c,d\r\ne\r\n", "1:[a]\n2:[\"b\"\"c|d]!" NEVER(2) "3:[e]\n"),
    CASE("a\r\"b\rc\r", "1:[a]\n2:[\"b]!" NEVER(2) "3:[c]\n"),
    CASE("\"a\n\rb\r\n\nc\r\rd", "1:[\"a]!" NEVER(1) "3:[b]\n5:[c]\n7:[d]\n"),
    CASE("x,\"a\r\n\r\n\r\n", "1:[x|\"a]!" NEVER(1)),
    CASE("\"a\r\nb\",\"c\r\n", "1:[a\r\nb|\"c]!" NEVER(2)),
    CASE("1,\"a\r\nb\",c,\"d,e\r\n2,f\r\n", "1:[1|a\r\nb|c|\"d|e]!" NEVER(2) "3:[2|f]\n"),
    CASE("\"\n\n\",\"\n\",\"\",\"a\n,", "1:[\n\n|\n||\"a]!" NEVER(4) "5:[|]\n"),
    CASE("\"a\"b,\"c\n", "1:[ab|\"c]!" NEVER(1)),
    CASE("\"a\" ,\"c\n", "1:[a |\"c]!" NEVER(1)),
    CASE("\"a\nb\" ,\"c,d\ne", "1:[a\nb |\"c|d]!" NEVER(2) "3:[e]\n"),
    CASE(BOM "\"a\nb", "1:[\"a]!" NEVER(1) "2:[b]\n"),
    /* closed by a quote of another line */
    CASE("a,\"b\nc,\"d\"\ne,f\n", "1:[a|\"b]!" NEVER(1) "2:[c|d]\n3:[e|f]\n"),
    CASE("a,\"b\nc,\"d,d\"\ne,\"f\"\n", "1:[a|\"b]!" NEVER(1) "2:[c|d,d]\n3:[e|f]\n"),
    CASE("a,\"b\nc,\"d\ne,\"f\"\n", "1:[a|\"b]!" NEVER(1) "2:[c|\"d]!" NEVER(2) "3:[e|f]\n"),
    CASE("\"a\n\"b\n\"c\n\"d\n",
         "1:[\"a]!" NEVER(1) "2:[\"b]!" NEVER(2) "3:[\"c]!" NEVER(3) "4:[\"d]!" NEVER(4)),
    CASE("\"a\n\"b", "1:[\"a]!" NEVER(1) "2:[\"b]!" NEVER(2)),
    CASE("\"a\nb\"c", "1:[\"a]!" NEVER(1) "2:[b\"c]\n"),
    CASE("\"a\nb\" c,d", "1:[\"a]!" NEVER(1) "2:[b\" c|d]\n"),
    CASE("\"a\nb\" \t,d", "1:[a\nb \t|d]\n"),
    CASE("x\n\"a\nb\" \"c\"\"\nd\n", "1:[x]\n2:[\"a]!" NEVER(2) "3:[b\" \"c\"\"]\n4:[d]\n"),
    CASE("a,\"b\nc,\"d\ne\",f\ng,\"h\"\n", "1:[a|\"b]!" NEVER(1) "2:[c|d\ne|f]\n4:[g|h]\n"),
    CASE("a,\"b\n\n1,\"x\ny\"\n2,\"\"\"z\"\"\"\n",
         "1:[a|\"b]!" NEVER(1) "3:[1|x\ny]\n5:[2|\"z\"]\n"),
    CASE("a,\"b\n\"c\"d,\"e\n", "1:[a|\"b]!" NEVER(1) "2:[cd|\"e]!" NEVER(2)),
    CASE("1,\"a\nb\",\"c\nd,\"e\nf\",g\n", "1:[1|a\nb|\"c]!" NEVER(2) "3:[d|e\nf|g]\n"),
    /* it may have been meant so, and nothing tells */
    CASE("a,\"b\nc,d\"\ne\n", "1:[a|b\nc,d]\n3:[e]\n"),
    /* byte order mark */
    CASE(BOM, ""),
    CASE(BOM "a,b\n", "1:[a|b]\n"),
    CASE(BOM "\"a\",b\n", "1:[a|b]\n"),
    CASE(BOM BOM "a\n" BOM "b\n", "1:[" BOM "a]\n2:[" BOM "b]\n"),
    CASE("\"" BOM "a\"\n", "1:[" BOM "a]\n"),
    CASE("\xEF\xBB", "1:[\xEF\xBB]\n"),
    CASE("\xEF\xBB\n", "1:[\xEF\xBB]\n"),
    CASE("\xEF"
         "a\n",
         "1:[\xEF"
         "a]\n"),
    /* bytes that are no text; those that are, in whatever encoding */
    CASE("\0", "1:[<0>]!a NUL byte on line 1\n"),
    CASE("a,b\n1,\0\n2,3\n", "1:[a|b]\n2:[1|<0>]!a NUL byte on line 2\n3:[2|3]\n"),
    CASE("\0\0a,\0\0\n\0\n",
         "1:[<0><0>a|<0><0>]!a NUL byte on line 1\n2:[<0>]!a NUL byte on line 2\n"),
    CASE("h\n\"a\n\0,\0\",\0\nb\n", "1:[h]\n2:[a\n<0>,<0>|<0>]!a NUL byte on line 3\n4:[b]\n"),
    CASE("\"\0\"\0,\0\"\n", "1:[<0><0>|<0>\"]!text after a closing quote on line 1\n"),
    CASE("\"\0\0,\0\n\0\nb\n",
         "1:[\"<0><0>|<0>]!" NEVER(1) "2:[<0>]!a NUL byte on line 2\n3:[b]\n"),
    CASE("a,\"b\n\0\nc", "1:[a|\"b]!" NEVER(1) "2:[<0>]!a NUL byte on line 2\n3:[c]\n"),
    CASE("\xFF\xFE"
         "a\0,\0b\0\n\0",
         "1:[\xFF\xFE"
         "a<0>|<0>b<0>]!a NUL byte on line 1\n2:[<0>]!a NUL byte on line 2\n"),
    CASE("\xFF\x01,\x7F\xE9\n", "1:[\xFF\x01|\x7F\xE9]\n"),
};

static void test_cases_at_every_chunk_size(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t chunk = 1; chunk <= cases[i].len + 1; chunk++) {
            read_dump(&out, cases[i].in, cases[i].len, chunk, usual);
            if (strcmp(out.ptr, cases[i].want) != 0)
                print_error("case %zu, chunks of %zu\n", i, chunk);
            assert_string_equal(out.ptr, cases[i].want);
        }
    text_release(&out);
}

static void test_other_marks(void **state)
{
    static const struct {
        struct marks marks;
        const char *in;
        size_t len;
        const char *want;
    } others[] = {
#define OTHER(delimiter, quote, in, want) {{delimiter, quote, 0, false}, in, sizeof(in) - 1, want}
#define ESCAPED(delimiter, quote, in, want)                                                        \
    {                                                                                              \
        {delimiter, quote, '\\', false}, in, sizeof(in) - 1, want                                  \
    }
#define BLANKS(delimiter, in, want)                                                                \
    {                                                                                              \
        {delimiter, '"', 0, true}, in, sizeof(in) - 1, want                                        \
    }
        OTHER(';', '"', "a;b,c;\"d;e\"x\n",
              "1:[a|b,c|d;ex]!text after a closing quote on line 1\n"),
        OTHER('\t', '"', "a\t\t b\t\"c\t\"\n", "1:[a|| b|c\t]\n"),
        OTHER('|', '\'', "'a|''b'|\"c|d\"\n", "1:[a|'b|\"c|d\"]\n"),
        OTHER(',', '\'', "'a'b,it's\n\"c\n'd\ne",
              "1:[ab|it's]!text after a closing quote on line 1\n"
              "2:[\"c]\n3:['d]!" NEVER(3) "4:[e]\n"),
        OTHER(',', '\'', "a,'\0\nb,\0'\n", "1:[a|<0>\nb,<0>]!a NUL byte on line 1\n"),
        OTHER(';', '\0', "\"a;b\"\n;'c;\"\"\r\"\n", "1:[\"a|b\"]\n2:[|'c|\"\"]\n3:[\"]\n"),
        OTHER(',', '\0', "\0\0,a\0\n\"\0\nb\n\n\0",
              "1:[<0><0>|a<0>]!a NUL byte on line 1\n"
              "2:[\"<0>]!a NUL byte on line 2\n3:[b]\n5:[<0>]!a NUL byte on line 5\n"),
        OTHER(',', '\0', BOM "\"", "1:[\"]\n"),
        ESCAPED(',', '"', "1,\"a \\\"b\\\" c\",x\n2,\"\\\"d\\\"\"\n",
                "1:[1|a \"b\" c|x]\n2:[2|\"d\"]\n"),
        ESCAPED(',', '"', "a\\,b,c\\\nd,\\\\,C:\\e\\N\n\\\"f\n",
                "1:[a,b|c\nd|\\|C:\\e\\N]\n3:[\"f]\n"),
        ESCAPED(',', '"', "a\\\r\nb\\\rc\r\nd\\", "1:[a\r\nb\rc]\n4:[d\\]\n"),
        ESCAPED(',', '"', "\"a\"\"b\\\\\",c\n", "1:[a\"b\\|c]\n"),
        ESCAPED(',', '"', "\"a\"\\\"b,c\n", "1:[a\"b|c]!text after a closing quote on line 1\n"),
        ESCAPED(',', '"', "1,\"C:\\a\\\",x\n2,\"C:\\b\\\",y\n3,z\\,\n",
                "1:[1|\"C:\\a\\\"|x]!" NEVER(1) "2:[2|\"C:\\b\\\"|y]!" NEVER(2) "3:[3|z,]\n"),
        ESCAPED(',', '"', "a,\"b\\", "1:[a|\"b\\]!" NEVER(1)),
        ESCAPED('\t', '\0', "\"a\\\tb\t\\N\\\\\n\\", "1:[\"a\tb|\\N\\]\n2:[\\]\n"),
        ESCAPED(',', '\'', "'it\\'s','\\\"'\n", "1:[it's|\\\"]\n"),
        BLANKS(',', "a, \"b, c\",\t \"\", d\n \"e\" , f\"\n", "1:[a|b, c|| d]\n2:[e | f\"]\n"),
        BLANKS('\t', "a\t \"b\tc\"\t\td\n", "1:[a|b\tc||d]\n"),
        BLANKS(',', "a, \"b\"c, d\"e\"\n, \"f\n g\n",
               "1:[a|bc| d\"e\"]!text after a closing quote on line 1\n"
               "2:[| \"f]!" NEVER(2) "3:[ g]\n"),
        BLANKS(',', " \"a\nb\", \"c\n \"d\"\n", "1:[a\nb| \"c]!" NEVER(2) "3:[d]\n"),
        BLANKS(',', "\"a\" \"b\",c\n", "1:[a \"b\"|c]!text after a closing quote on line 1\n"),
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(others); i++)
        for (size_t chunk = 1; chunk <= others[i].len + 1; chunk++) {
            read_dump(&out, others[i].in, others[i].len, chunk, others[i].marks);
            assert_string_equal(out.ptr, others[i].want);
        }
    text_release(&out);
}

/* A quote of line 2 is closed by the one that opens a field 500 lines later; that one is not hurt. */
/* Lines are rows, also below cells of several lines; and each row is as wide as the sheet. */
static void test_sheets(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
        size_t width;
    } sheets[] = {
        {"a,b,c\n1\n\n4,5\n", "1:[a|b|c]\n2:[1||]\n4:[4|5|]\n", 3},
        {"a\n\"1\n2\n3\",x\n5\n\n\"6\n7\"\n8", "1:[a|]\n2:[1\n2\n3|x]\n3:[5|]\n5:[6\n7|]\n6:[8|]\n",
         2},
        {"a,b,c,d\n", "1:[a|b|c|d]\n", 2},
        {"\n\n,\"x\"\"y\"\n", "3:[|x\"y]\n", 2},
    };
    struct text got;

    text_init(&got);
    for (size_t i = 0; i < COUNT(sheets); i++) {
        size_t len = strlen(sheets[i].in);

        sheet_width = sheets[i].width;
        for (size_t chunk = 1; chunk <= len; chunk++) {
            read_dump(&got, sheets[i].in, len, chunk, usual);
            assert_string_equal(got.ptr, sheets[i].want);
        }
    }
    sheet_width = 0;
    text_release(&got);
}

static void test_quote_over_many_lines(void **state)
{
    static const size_t chunks[] = {1, 7, 1000, 4096, SIZE_MAX / 2};
    struct text in, want, got;

    (void)state;
    text_init(&in);
    text_init(&want);
    text_init(&got);
    text_puts(&in, "h,i\r\n\"1,2\r\n");
    text_puts(&want, "1:[h|i]\n2:[\"1|2]!" NEVER(2));
    for (int line = 3; line < 503; line++) {
        text_printf(&in, line % 50 ? "%d,\"\"\r\n" : "%d,\r\n\r\n", line);
        text_printf(&want, "%d:[%d|]\n", line + (line - 1) / 50, line);
    }
    text_puts(&in, "a,\"b\r\nc\"\r\n");
    text_puts(&want, "513:[a|b\r\nc]\n");
    for (size_t k = 0; k < COUNT(chunks); k++) {
        read_dump(&got, in.ptr, in.len, chunks[k], usual);
        assert_string_equal(got.ptr, want.ptr);
    }
    text_release(&in);
    text_release(&want);
    text_release(&got);
}

/* Line ends and the mark as noted, for writing the same again. */
static void test_notes(void **state)
{
    static const struct {
        const char *in, *line_end;
        bool bom;
    } notes[] = {
        {"", "\n", false},
        {"a", "\n", false},
        {"a\n", "\n", false},
        {"a\r\nb\n", "\r\n", false},
        {"a\rb\r\n", "\r", false},
        {"a\r", "\r", false},
        {"\r\na\n", "\r\n", false},
        {"\n\r\n", "\n", false},
        {"\"a\nb\"\r\n", "\r\n", false},
        {"\"a\r\nb\"\n", "\n", false},
        {"\"a\r\"\n", "\n", false},
        {BOM "a\r\n", "\r\n", true},
        {BOM, "\n", true},
        {"\xEF\xBB", "\n", false},
        {"a\r\r\n", "\r", false},
        {"\"a\r\nb\n", "\r\n", false},
        {"a,\"b\rc,\"d\"\n", "\r", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(notes); i++)
        for (size_t chunk = 1; chunk <= strlen(notes[i].in) + 1; chunk++) {
            struct err e = ERR_INIT;
            struct text out;
            text_init(&out);
            struct csvio_reader *r = csvio_reader_new("in.csv", ',', '"', dump, &out, &e);
            assert_int_equal(feed_all(r, notes[i].in, strlen(notes[i].in), chunk, &e), 0);
            assert_string_equal(csvio_line_end(r), notes[i].line_end);
            assert_int_equal(csvio_had_bom(r), notes[i].bom);
            csvio_reader_free(r);
            text_release(&out);
        }
}

/* A grammar of its own, over the whole input, to hold libcsv's records against. */
struct model {
    struct text out;
    struct marks marks;
    const char *end;
    uint64_t line, nul_line;
    char fault[80];
};

static bool at_line_end(const struct model *m, const char *p)
{
    return p < m->end && (*p == '\n' || *p == '\r');
}

static bool at_field_end(const struct model *m, const char *p)
{
    return p == m->end || *p == m->marks.delimiter || at_line_end(m, p);
}

static void model_fault(struct model *m, const char *what, uint64_t line, const char *rest)
{
    snprintf(m->fault, sizeof m->fault, "!%s on line %" PRIu64 "%s", what, line, rest);
}

/* How many bytes an escape and what it escapes are, or 0. */
static size_t escaped_len(const struct model *m, const char *p)
{
    if (!m->marks.escape || *p != m->marks.escape || p + 1 >= m->end || !p[1])
        return 0;
    if (p[1] == '\r' && p + 2 < m->end && p[2] == '\n')
        return 3;
    return at_line_end(m, p + 1) || memchr(&m->marks, p[1], 3) ? 2 : 0;
}

/* One byte of a field. */
static void model_byte(struct model *m, const char *p)
{
    if (*p == '\0' && m->nul_line == 0)
        m->nul_line = m->line;
    m->line += *p == '\n' || (*p == '\r' && (p + 1 == m->end || p[1] != '\n'));
    put_bytes(&m->out, (struct slice){p, 1});
}

/* The same, or what is escaped; behind it. */
static const char *model_unit(struct model *m, const char *p, bool literal)
{
    const char *end = literal ? NULL : p + escaped_len(m, p);

    if (literal || end == p) {
        model_byte(m, p);
        return p + 1;
    }
    while (++p < end)
        model_byte(m, p);
    return end;
}

/* Where the quoted part that begins at p ends, behind its quote; NULL if it can't be one. */
static const char *quoted_end(const struct model *m, const char *p)
{
    bool lines = false;
    size_t len = 0;

    for (p++; p < m->end; p++, len++) {
        for (size_t n; p < m->end && (n = escaped_len(m, p)) > 0; p += n)
            lines = lines || at_line_end(m, p + 1);
        if (p == m->end)
            break;
        lines = lines || at_line_end(m, p);
        if (*p == m->marks.quote && (p + 1 == m->end || p[1] != m->marks.quote))
            break;
        p += *p == m->marks.quote;
    }
    if (p == m->end)
        return NULL;
    bool text = false;
    const char *rest = p + 1;
    for (size_t n; !at_field_end(m, rest); rest += n ? n : 1, len++) {
        n = escaped_len(m, rest);
        lines = lines || (n && at_line_end(m, rest + 1));
        text = text || (*rest != ' ' && *rest != '\t');
    }
    return (lines && text) || len > CSVIO_FIELD_MAX ? NULL : p + 1;
}

static const char *model_quoted(struct model *m, const char *p, const char *quoted)
{
    for (p++; p + 1 < quoted;) {
        p += *p == m->marks.quote;
        p = model_unit(m, p, false);
    }
    for (p = quoted; !at_field_end(m, p);) {
        if (*p != ' ' && *p != '\t' && !m->fault[0])
            model_fault(m, "text after a closing quote", m->line, "");
        p = model_unit(m, p, false);
    }
    return p;
}

static const char *model_record(struct model *m, const char *p)
{
    bool literal = m->marks.quote == 0;

    text_printf(&m->out, "%" PRIu64 ":[", m->line);
    m->fault[0] = '\0';
    m->nul_line = 0;
    for (;;) {
        const char *quoted = NULL, *at = p;
        while (m->marks.blanks && at < m->end && !at_field_end(m, at) &&
               (*at == ' ' || *at == '\t'))
            at++;
        if (!literal && at < m->end && *at == m->marks.quote) {
            quoted = quoted_end(m, at);
            literal = !quoted;
            if (literal)
                model_fault(m, "a quote opened", m->line, " is never closed");
        }
        if (quoted)
            p = model_quoted(m, at, quoted);
        while (!at_field_end(m, p))
            p = model_unit(m, p, literal && m->marks.quote);
        if (p == m->end || *p != m->marks.delimiter)
            break;
        text_puts(&m->out, "|");
        p++;
    }
    if (m->nul_line > 0 && !m->fault[0])
        model_fault(m, "a NUL byte", m->nul_line, "");
    text_printf(&m->out, "]%s\n", m->fault);
    return p;
}

static void model_read(struct model *m, const char *p, size_t len, struct marks marks)
{
    text_clear(&m->out);
    m->end = p + len;
    m->line = 1;
    m->marks = marks;
    while (p < m->end) {
        if (!at_line_end(m, p)) {
            p = model_record(m, p);
            continue;
        }
        p += *p == '\r' && p + 1 < m->end && p[1] == '\n' ? 2 : 1;
        m->line++;
    }
}

static void test_random_text_against_the_model(void **state)
{
    static const char *const alphabets[] = {
        "aa,,\"\"\"\r\n \t'\\\\", "aaa,,\"'\n\n",
        "aa,,\"\"\"\r\n \t'\\\\"}; /* the last one with its NUL */
    static const struct marks all[] = {{',', '"', 0, false},    {',', '"', 0, false},
                                       {',', '\'', 0, false},   {',', 0, 0, false},
                                       {',', '"', 0, true},     {',', '"', '\\', false},
                                       {',', '\'', '\\', true}, {',', 0, '\\', false}};
    struct model m;
    struct text got;
    char in[48];

    (void)state;
    srand(20261123);
    text_init(&got);
    text_init(&m.out);
    for (int round = 0; round < 5000; round++) {
        size_t len = (size_t)rand() % sizeof in;
        struct marks marks = all[(size_t)rand() % COUNT(all)];
        const char *alphabet = alphabets[round % 3];
        size_t letters = strlen(alphabet) + (round % 3 == 2);
        for (size_t i = 0; i < len; i++)
            in[i] = alphabet[(size_t)rand() % letters];
        model_read(&m, in, len, marks);
        read_dump(&got, in, len, 1 + (size_t)rand() % sizeof in, marks);
        if (strcmp(got.ptr, m.out.ptr) != 0)
            print_error("quote: %c, escape %d, blanks %d, input: <%.*s>\n", marks.quote,
                        marks.escape, marks.blanks, (int)len, in);
        assert_string_equal(got.ptr, m.out.ptr);
    }
    text_release(&got);
    text_release(&m.out);
}

static char many_x[CSVIO_RECORD_MAX];

static int fill_many_x(void **state)
{
    (void)state;
    memset(many_x, 'x', sizeof many_x);
    return 0;
}

/* A record of one field, `before`, then n times c, then `after`: what reading it says. */
static void read_long(struct text *out, const char *before, size_t n, const char *after,
                      size_t chunk)
{
    struct text in;

    text_init(&in);
    text_puts(&in, before);
    text_append(&in, many_x, n);
    text_puts(&in, after);
    assert_true(text_ok(&in));
    read_dump(out, in.ptr, in.len, chunk, usual);
    text_release(&in);
}

#define TOO_LONG                                                                                   \
    "error: in.csv:3: the field that begins here is longer than 1048576 bytes: is this a CSV "     \
    "file, with its line ends?\n"

static const size_t long_chunks[] = {1000, SIZE_MAX / 2};

/* One line of text cannot be that long, quoted or not. */
static void test_longest_field(void **state)
{
    static const char *const edges[][2] = {{"h\n\na,", "\n"},      {"h\n\na,", ",b\n"},
                                           {"h\n\na,", ""},        {"h\n\na,\"", "\"\n"},
                                           {"h\n\na,\"", "\""},    {"h\n\na,\"", "\",b"},
                                           {"h\n\na,\"x\"", "\n"}, {"h\n\na,\"x\"y", ",\n"}};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(edges); i++)
        for (size_t k = 0; k < COUNT(long_chunks); k++) {
            bool joined = i >= 6;
            for (size_t n = CSVIO_FIELD_MAX - 2; n <= CSVIO_FIELD_MAX - 2 * joined; n++) {
                read_long(&out, edges[i][0], n, edges[i][1], long_chunks[k]);
                assert_null(strstr(out.ptr, "error"));
                assert_in_range(out.len, n, n + 80);
            }
            for (size_t n = CSVIO_FIELD_MAX + 1; n <= CSVIO_FIELD_MAX + 2; n++) {
                read_long(&out, edges[i][0], n, edges[i][1], long_chunks[k]);
                assert_string_equal(out.ptr, "1:[h]\n" TOO_LONG);
            }
        }
    text_release(&out);
}

/* What only looks like a quoted field is too long as well; one that is quoted was none. */
static void test_longest_field_with_marks(void **state)
{
    static const struct {
        const char *before;
        struct marks marks;
        const char *want;
    } fields[] = {
        {"h\n\na, ", {',', '"', 0, true}, "1:[h]\n" TOO_LONG},
        {"h\n\na, \" \n", {',', '"', 0, false}, "1:[h]\n3:[a| \" ]\n"},
        {"h\n\na, \" \n", {',', '"', 0, true}, "1:[h]\n3:[a| \" ]!" NEVER(3)},
        {"h\n\na,\\\"", {',', '"', '\\', false}, "1:[h]\n" TOO_LONG},
        {"h\n\na,\\\n", {',', '"', '\\', false}, "1:[h]\n" TOO_LONG},
        {"h\n\n\"a\n\n\",", {',', '"', 0, false}, "1:[h]\nerror: in.csv:5: the field "},
        {"h\n\n'a' '", {' ', '\'', 0, true}, "1:[h]\n" TOO_LONG},
        {"h\n\n\"", {',', 0, 0, false}, "1:[h]\n" TOO_LONG},
    };
    struct text in, out;

    (void)state;
    text_init(&in);
    text_init(&out);
    for (size_t i = 0; i < COUNT(fields); i++) {
        text_clear(&in);
        text_puts(&in, fields[i].before);
        text_append(&in, many_x, CSVIO_FIELD_MAX + 1);
        for (size_t k = 0; k < COUNT(long_chunks); k++) {
            read_dump(&out, in.ptr, in.len, long_chunks[k], fields[i].marks);
            out.ptr[strlen(fields[i].want)] = '\0';
            assert_string_equal(out.ptr, fields[i].want);
        }
    }
    text_release(&in);
    text_release(&out);
}

/* One over many lines that is too long was none, and begins as given; its lines are records then. */
static void test_longest_quoted_field(void **state)
{
    static const struct {
        const char *before, *after, *want, *want_end;
        size_t spare; /* of the field's most, that before and after use up */
        bool unfit;   /* it is none however short */
    } quoted[] = {
        {"h\n\na,\"b,c\n\n", "\"\n", "1:[h]\n3:[a|\"b|c]!" NEVER(3) "5:[xx", "xx\"]\n", 5, false},
        {"h\n\"\n\",\"b\n\n\n", "\",d", "1:[h]\n2:[\n|\"b]!" NEVER(3) "6:[xx", "xx\"|d]\n", 4,
         false},
        {"\"b\r\n\n\n\n", "\" \t", "1:[\"b]!" NEVER(1) "5:[xx", "xx\" \t]\n", 8, false},
        {"\"b\n", "\n\n\"\nq", "1:[\"b]!" NEVER(1) "2:[xx", "xx]\n4:[\"]!" NEVER(4) "5:[q]\n", 4,
         false},
        {"\"b\n", "\n\"\"\n\"", "1:[\"b]!" NEVER(1) "2:[xx", "xx]\n3:[]\n4:[\"]!" NEVER(4), 5,
         false},
        {"\"b\n\n\n\n", "\"", "1:[\"b]!" NEVER(1) "5:[xx", "xx\"]\n", 5, false},
        {"\"b\n\n\n\n", "\"y", "1:[\"b]!" NEVER(1) "5:[xx", "xx\"y]\n", 6, true},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(quoted); i++)
        for (size_t k = 0; k < COUNT(long_chunks); k++)
            for (size_t over = 0; over < 4; over++) {
                size_t n = CSVIO_FIELD_MAX - quoted[i].spare + over;
                read_long(&out, quoted[i].before, n, quoted[i].after, long_chunks[k]);
                assert_null(strstr(out.ptr, "error"));
                size_t begins = strlen(quoted[i].want), ends = strlen(quoted[i].want_end);
                bool given_up = strncmp(out.ptr, quoted[i].want, begins) == 0;
                assert_int_equal(given_up, over > 0 || quoted[i].unfit);
                if (given_up)
                    assert_string_equal(out.ptr + out.len - ends, quoted[i].want_end);
            }
    text_release(&out);
}

/* A quoted line without an end in sight: its fields count as they would without the quote. */
static void test_long_line_taken_literally(void **state)
{
    struct text in, out;

    (void)state;
    text_init(&in);
    text_init(&out);
    text_puts(&in, "h\n1,\"");
    while (in.len < CSVIO_FIELD_MAX + 100000)
        text_puts(
            &in,
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\",");
    text_puts(&in, "\"y\"\r\n2,\"3\"");
    for (size_t k = 0; k < COUNT(long_chunks); k++) {
        read_dump(&out, in.ptr, in.len, long_chunks[k], usual);
        assert_memory_equal(out.ptr, "1:[h]\n2:[1|\"xxx", 15);
        const char *end = strrchr(out.ptr, 'y');
        assert_non_null(end);
        assert_string_equal(end - 6, "xx\"\"|\"y\"]!" NEVER(2) "3:[2|3]\n");
    }
    text_release(&in);
    text_release(&out);
}

static int count_faults(void *context, const struct csvio_record *record)
{
    assert_int_equal(record->nfields, 3);
    assert_string_equal(record->fields[1].ptr, "\"b");
    assert_non_null(record->fault);
    ++*(int *)context;
    return 0;
}

/* Each line has a quote that is none.  (If all that follows were read again each time, this would
 * take minutes.) */
static void test_many_stray_quotes(void **state)
{
    struct err e = ERR_INIT;
    struct text in;
    int faults = 0;

    (void)state;
    text_init(&in);
    for (int i = 0; i < 20000; i++)
        text_puts(&in, "a,\"b,\"\"\n");
    struct csvio_reader *r = csvio_reader_new("in.csv", ',', '"', count_faults, &faults, &e);
    assert_int_equal(feed_all(r, in.ptr, in.len, 65536, &e), 0);
    assert_int_equal(faults, 20000);
    csvio_reader_free(r);
    text_release(&in);
}

/* n fields of len bytes each, on line 2. */
static void read_wide(struct text *out, size_t n, size_t len, size_t chunk)
{
    struct text in;

    text_init(&in);
    text_puts(&in, "h\n");
    for (size_t i = 0; i < n; i++) {
        text_puts(&in, i ? "," : "");
        text_append(&in, many_x, len);
    }
    text_puts(&in, "\n");
    assert_true(text_ok(&in));
    read_dump(out, in.ptr, in.len, chunk, usual);
    text_release(&in);
}

static void test_largest_record(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t k = 0; k < COUNT(long_chunks); k++) {
        read_wide(&out, CSVIO_FIELDS_MAX, 1, long_chunks[k]);
        assert_null(strstr(out.ptr, "error"));
        read_wide(&out, CSVIO_FIELDS_MAX + 1, 1, long_chunks[k]);
        assert_non_null(strstr(out.ptr, "error: in.csv:2: the record that begins here has more"));
        read_wide(&out, 1024, CSVIO_RECORD_MAX / 1024 - 1, long_chunks[k]);
        assert_null(strstr(out.ptr, "error"));
        read_wide(&out, 1024, CSVIO_RECORD_MAX / 1024, long_chunks[k]);
        assert_non_null(strstr(out.ptr, "error: in.csv:2: the record that begins here is longer"));
    }
    text_release(&out);
}

static int stop_at_second(void *context, const struct csvio_record *record)
{
    (void)record;
    return ++*(int *)context == 2 ? -1 : 0;
}

static void test_callback_stops(void **state)
{
    struct err e = ERR_INIT;
    int calls = 0;

    (void)state;
    struct csvio_reader *r = csvio_reader_new("in.csv", ',', '"', stop_at_second, &calls, &e);
    assert_int_equal(csvio_feed(r, "a\nb\nc\nd", 7, &e), -1);
    assert_int_equal(csvio_feed(r, "e\n", 2, &e), -1);
    assert_int_equal(csvio_finish(r, &e), -1);
    assert_int_equal(calls, 2);
    assert_int_equal(e.code, EXIT_DONE); /* the reason is the callback's to tell */
    csvio_reader_free(r);
}

static int pause_always(void *context, const struct csvio_record *record)
{
    (void)record;
    ++*(int *)context;
    return CSVIO_PAUSE;
}

/* One record at a time; but what a quote had swallowed in the bytes before comes at once. */
static void test_callback_pauses(void **state)
{
    static const struct {
        const char *feed;
        size_t unread;
        int records; /* so far */
    } steps[] = {
        {"a,b\r\n\"c\",d\r\n\x1a", 9, 1}, /* the CR ends a record */
        {"\n\"c\",d\r\n\x1a", 2, 2},      {"\n", 0, 2},         {"\"e\nf\n", 0, 2},
        {"g\"x\nh\ni\n\x1a", 5, 5},       {"h\ni\n\x1a", 3, 6}, {"i\n\x1a", 0, 7},
    };
    struct err e = ERR_INIT;
    int calls = 0;

    (void)state;
    struct csvio_reader *r = csvio_reader_new("in.csv", ',', '"', pause_always, &calls, &e);
    for (size_t i = 0; i < COUNT(steps); i++) {
        assert_int_equal(csvio_feed(r, steps[i].feed, strlen(steps[i].feed), &e), 0);
        assert_int_equal(csvio_unread(r), steps[i].unread);
        assert_int_equal(calls, steps[i].records);
    }
    assert_int_equal(csvio_finish(r, &e), 0);
    assert_int_equal(calls, 7);
    csvio_reader_free(r);
}

static void test_append(void **state)
{
    static const struct {
        const char *field;
        struct marks marks;
        const char *want, *safe;
    } appended[] = {
        {"", {.delimiter = ',', .quote = '"'}, "", ""},
        {"a b", {.delimiter = ',', .quote = '"'}, "a b", "a b"},
        {" a", {.delimiter = ',', .quote = '"'}, "\" a\"", "\" a\""},
        {"a\t", {.delimiter = ',', .quote = '"'}, "\"a\t\"", "\"a\t\""},
        {"a,b", {.delimiter = ',', .quote = '"'}, "\"a,b\"", "\"a,b\""},
        {"a;b", {.delimiter = ',', .quote = '"'}, "a;b", "a;b"},
        {"a;b,c", {.delimiter = ';', .quote = '"'}, "\"a;b,c\"", "\"a;b,c\""},
        {"a\nb", {.delimiter = ',', .quote = '"'}, "\"a\nb\"", "\"a\nb\""},
        {"a\rb", {.delimiter = ',', .quote = '"'}, "\"a\rb\"", "\"a\rb\""},
        {"\"", {.delimiter = ',', .quote = '"'}, "\"\"\"\"", "\"\"\"\""},
        {"a\"b\"", {.delimiter = ',', .quote = '"'}, "\"a\"\"b\"\"\"", "\"a\"\"b\"\"\""},
        {BOM "a", {.delimiter = ',', .quote = '"'}, "\"" BOM "a\"", "\"" BOM "a\""},
        {"é", {.delimiter = ',', .quote = '"'}, "é", "é"},
        {"=1+1", {.delimiter = ',', .quote = '"'}, "=1+1", "'=1+1"},
        {"-a,b\"", {.delimiter = ',', .quote = '"'}, "\"-a,b\"\"\"", "\"'-a,b\"\"\""},
        /* another quote, for which the apostrophe may need one */
        {"\"a\"", {.delimiter = ',', .quote = '\''}, "\"a\"", "\"a\""},
        {"it's", {.delimiter = ',', .quote = '\''}, "'it''s'", "'it''s'"},
        {"=1+1", {.delimiter = ',', .quote = '\''}, "=1+1", "'''=1+1'"},
        {"=a'b", {.delimiter = ',', .quote = '\''}, "'=a''b'", "'''=a''b'"},
        /* none */
        {" a,\"b'\n ", {.delimiter = ',', .quote = 0}, " a,\"b'\n ", " a,\"b'\n "},
        {"@a", {.delimiter = ';', .quote = 0}, "@a", "'@a"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(appended); i++) {
        struct slice field = slice_of(appended[i].field);
        struct marks marks = appended[i].marks;
        text_clear(&out);
        csvio_append(&out, field, marks.delimiter, marks.quote);
        assert_string_equal(out.ptr, appended[i].want);
        text_clear(&out);
        csvio_append_safe(&out, field, marks.delimiter, marks.quote);
        assert_string_equal(out.ptr, appended[i].safe);
    }
    text_clear(&out);
    csvio_append(&out, (struct slice){NULL, 0}, ',', '"');
    csvio_append_safe(&out, (struct slice){NULL, 0}, ',', '"');
    csvio_append(&out, (struct slice){"a\0\"", 3}, ',', '"');
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.ptr, "\"a\0\"\"\"", 6);
    text_release(&out);
}

#define TRIP_FIELDS 8
#define TRIP_LEN 40

static int keep_fields(void *context, const struct csvio_record *record)
{
    struct text *fields = context;

    assert_true(!record->fault || strncmp(record->fault, "a NUL byte", 10) == 0);
    assert_int_equal(record->nfields, TRIP_FIELDS);
    for (size_t i = 0; i < TRIP_FIELDS; i++) {
        assert_int_equal(fields[i].len, 0);
        text_append(&fields[i], record->fields[i].ptr, record->fields[i].len);
    }
    return 0;
}

/* Any byte; in every other field mostly those that matter. */
static void random_field(struct text *field)
{
    static const char special[] = "\"',;\r\n \ta" BOM;
    size_t len = (size_t)rand() % TRIP_LEN;
    bool rough = rand() % 2;

    text_clear(field);
    for (size_t i = 0; i < len; i++) {
        char any = (char)(rand() % 256);
        text_append(field, rough ? &special[(size_t)rand() % (sizeof special - 1)] : &any, 1);
    }
}

static void round_trip(struct text *fields, struct text *got, struct text *line, struct marks marks)
{
    struct err e = ERR_INIT;

    text_clear(line);
    for (size_t i = 0; i < TRIP_FIELDS; i++) {
        text_clear(&got[i]);
        random_field(&fields[i]);
        text_append(line, &marks.delimiter, i ? 1 : 0);
        csvio_append(line, (struct slice){fields[i].ptr, fields[i].len}, marks.delimiter,
                     marks.quote);
    }
    text_puts(line, rand() % 2 ? "\r\n" : "\n");
    struct csvio_reader *r =
        csvio_reader_new("in.csv", marks.delimiter, marks.quote, keep_fields, got, &e);
    assert_int_equal(feed_all(r, line->ptr, line->len, 1 + (size_t)rand() % 50, &e), 0);
    csvio_reader_free(r);
    for (size_t i = 0; i < TRIP_FIELDS; i++) {
        assert_int_equal(got[i].len, fields[i].len);
        assert_memory_equal(got[i].ptr, fields[i].ptr, fields[i].len);
    }
}

static void test_round_trip(void **state)
{
    struct text fields[TRIP_FIELDS], got[TRIP_FIELDS], line;

    (void)state;
    srand(20261123);
    text_init(&line);
    for (size_t i = 0; i < TRIP_FIELDS; i++) {
        text_init(&fields[i]);
        text_init(&got[i]);
    }
    for (int round = 0; round < 2500; round++)
        round_trip(fields, got, &line,
                   (struct marks){.delimiter = ",;\t"[round % 3], .quote = "\"'"[round % 2]});
    for (size_t i = 0; i < TRIP_FIELDS; i++) {
        text_release(&fields[i]);
        text_release(&got[i]);
    }
    text_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_at_every_chunk_size),
        cmocka_unit_test(test_other_marks),
        cmocka_unit_test(test_sheets),
        cmocka_unit_test(test_quote_over_many_lines),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_random_text_against_the_model),
        cmocka_unit_test(test_longest_field),
        cmocka_unit_test(test_longest_field_with_marks),
        cmocka_unit_test(test_longest_quoted_field),
        cmocka_unit_test(test_long_line_taken_literally),
        cmocka_unit_test(test_many_stray_quotes),
        cmocka_unit_test(test_largest_record),
        cmocka_unit_test(test_callback_stops),
        cmocka_unit_test(test_callback_pauses),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests_name("csvio", tests, fill_many_x, NULL);
}
