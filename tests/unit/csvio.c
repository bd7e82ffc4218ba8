/*
 * csvio: every case is fed at every chunk size from 1 to its length, and must give the same
 * records, lines and faults.  What came is compared as text: `LINE:[field|field]!fault` for each
 * record, then `error: …` if there was one.
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

static int dump(void *context, const struct csvio_record *record)
{
    struct text *out = context;

    text_printf(out, "%" PRIu64 ":[", record->line);
    for (size_t i = 0; i < record->nfields; i++) {
        assert_int_equal(record->fields[i].ptr[record->fields[i].len], '\0');
        text_puts(out, i ? "|" : "");
        text_append(out, record->fields[i].ptr, record->fields[i].len);
    }
    text_puts(out, "]");
    if (record->fault)
        text_printf(out, "!%s", record->fault);
    text_puts(out, "\n");
    return 0;
}

static int feed_all(struct csvio_reader *r, const char *in, size_t len, size_t chunk, struct err *e)
{
    for (size_t at = 0; at < len; at += chunk)
        if (csvio_feed(r, in + at, len - at < chunk ? len - at : chunk, e))
            return -1;
    return csvio_finish(r, e);
}

/* What reading in, cut into chunks of this size, gives. */
static void read_dump(struct text *out, const char *in, size_t len, size_t chunk, char delimiter)
{
    struct err e = ERR_INIT;

    text_clear(out);
    struct csvio_reader *r = csvio_reader_new("in.csv", delimiter, dump, out, &e);
    assert_non_null(r);
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
    CASE("x\n\"a\nb\" \"c\"\"\nd\n",
         "1:[x]\n2:[a\nb \"c\"\"]!text after a closing quote on line 3\n4:[d]\n"),
    CASE("\"a\"b,\"c\"d\n", "1:[ab|cd]!text after a closing quote on line 1\n"),
    CASE("\"a\"b\n\"c\"\n", "1:[ab]!text after a closing quote on line 1\n2:[c]\n"),
    /* never closed */
    CASE("\"", "1:[]!a quote opened on line 1 is never closed\n"),
    CASE("a,b\n1,\"2\n3,4\n", "1:[a|b]\n2:[1|2\n3,4\n]!a quote opened on line 2 is never closed\n"),
    CASE("\"a\r\nb\",\"c\r\n", "1:[a\r\nb|c\r\n]!a quote opened on line 2 is never closed\n"),
    CASE("\"a\"\"", "1:[a\"]!a quote opened on line 1 is never closed\n"),
    CASE("\"a\"b,\"c\n", "1:[ab|c\n]!text after a closing quote on line 1\n"),
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
    CASE("a,b\n1,\0\n", "1:[a|b]\nerror: in.csv:2: a NUL byte: this is no text, or it is UTF-16: "
                        "save it as \"CSV UTF-8\"\n"),
    CASE("\"a\n\0\"\n", "error: in.csv:2: a NUL byte: this is no text, or it is UTF-16: "
                        "save it as \"CSV UTF-8\"\n"),
    CASE("\xFF\x01,\x7F\xE9\n", "1:[\xFF\x01|\x7F\xE9]\n"),
};

static void test_cases_at_every_chunk_size(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t chunk = 1; chunk <= cases[i].len + 1; chunk++) {
            read_dump(&out, cases[i].in, cases[i].len, chunk, ',');
            if (strcmp(out.ptr, cases[i].want) != 0)
                print_error("case %zu, chunks of %zu\n", i, chunk);
            assert_string_equal(out.ptr, cases[i].want);
        }
    text_release(&out);
}

static void test_other_delimiters(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    read_dump(&out, "a;b,c;\"d;e\"x\n", 13, 1, ';');
    assert_string_equal(out.ptr, "1:[a|b,c|d;ex]!text after a closing quote on line 1\n");
    read_dump(&out, "a\t\t b\t\"c\t\"\n", 11, 1, '\t');
    assert_string_equal(out.ptr, "1:[a|| b|c\t]\n");
    text_release(&out);
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
    };

    (void)state;
    for (size_t i = 0; i < COUNT(notes); i++)
        for (size_t chunk = 1; chunk <= strlen(notes[i].in) + 1; chunk++) {
            struct err e = ERR_INIT;
            struct text out;
            text_init(&out);
            struct csvio_reader *r = csvio_reader_new("in.csv", ',', dump, &out, &e);
            assert_int_equal(feed_all(r, notes[i].in, strlen(notes[i].in), chunk, &e), 0);
            assert_string_equal(csvio_line_end(r), notes[i].line_end);
            assert_int_equal(csvio_had_bom(r), notes[i].bom);
            csvio_reader_free(r);
            text_release(&out);
        }
}

/* A grammar of its own, over the whole input, to hold libcsv's records against. */
struct model {
    struct text out, field;
    uint64_t line;
    bool open; /* a record is */
    char fault[80];
};

static void model_field(struct model *m, bool first)
{
    text_puts(&m->out, first ? "" : "|");
    text_append(&m->out, m->field.ptr, m->field.len);
    text_clear(&m->field);
}

static const char *model_quoted(struct model *m, const char *p, const char *end)
{
    uint64_t opened = m->line;

    for (p++; p < end; p++) {
        if (*p == '"' && (p + 1 == end || p[1] != '"'))
            return p + 1;
        if (*p == '"')
            p++;
        m->line += *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n'));
        text_append(&m->field, p, 1);
    }
    if (!m->fault[0])
        snprintf(m->fault, sizeof m->fault, "!a quote opened on line %" PRIu64 " is never closed",
                 opened);
    return p;
}

static const char *model_record(struct model *m, const char *p, const char *end)
{
    bool more = true;

    text_printf(&m->out, "%" PRIu64 ":[", m->line);
    m->fault[0] = '\0';
    for (bool first = true; more; first = false) {
        bool quoted = p < end && *p == '"';
        if (quoted)
            p = model_quoted(m, p, end);
        for (; p < end && !strchr(",\r\n", *p); p++) {
            if (quoted && !strchr(" \t", *p) && !m->fault[0])
                snprintf(m->fault, sizeof m->fault, "!text after a closing quote on line %" PRIu64,
                         m->line);
            text_append(&m->field, p, 1);
        }
        model_field(m, first);
        more = p < end && *p == ',';
        p += more;
    }
    text_printf(&m->out, "]%s\n", m->fault);
    return p;
}

static void model_read(struct model *m, const char *p, size_t len)
{
    const char *end = p + len;

    text_clear(&m->out);
    m->line = 1;
    while (p < end) {
        if (*p != '\r' && *p != '\n') {
            p = model_record(m, p, end);
            continue;
        }
        p += *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
        m->line++;
    }
}

static void test_random_text_against_the_model(void **state)
{
    static const char alphabet[] = "aa,,\"\"\"\r\n \t";
    struct model m;
    struct text got;
    char in[24];

    (void)state;
    srand(20261123);
    text_init(&got);
    text_init(&m.out);
    text_init(&m.field);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand() % sizeof in;
        for (size_t i = 0; i < len; i++)
            in[i] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        model_read(&m, in, len);
        read_dump(&got, in, len, 1 + (size_t)rand() % sizeof in, ',');
        if (strcmp(got.ptr, m.out.ptr) != 0)
            print_error("input: <%.*s>\n", (int)len, in);
        assert_string_equal(got.ptr, m.out.ptr);
    }
    text_release(&got);
    text_release(&m.out);
    text_release(&m.field);
}

/* A record of one field, `before`, then n times c, then `after`: what reading it says. */
static void read_long(struct text *out, const char *before, size_t n, const char *after,
                      size_t chunk)
{
    struct text in;

    text_init(&in);
    text_puts(&in, before);
    for (size_t i = 0; i < n; i++)
        text_append(&in, "x", 1);
    text_puts(&in, after);
    assert_true(text_ok(&in));
    read_dump(out, in.ptr, in.len, chunk, ',');
    text_release(&in);
}

static void test_longest_field(void **state)
{
    static const char *const edges[][2] = {
        {"h\n\na,", "\n"},   {"h\n\na,", ",b\n"}, {"h\n\na,", ""},      {"h\n\na,\"", "\"\n"},
        {"h\n\na,\"", "\""}, {"h\n\na,\"", ""},   {"h\n\na,\"", "\",b"}};
    static const size_t chunks[] = {5, 65536, SIZE_MAX / 2};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(edges); i++)
        for (size_t k = 0; k < COUNT(chunks); k++) {
            for (size_t n = CSVIO_FIELD_MAX - 1; n <= CSVIO_FIELD_MAX; n++) {
                read_long(&out, edges[i][0], n, edges[i][1], chunks[k]);
                assert_null(strstr(out.ptr, "error"));
                assert_in_range(out.len, n, n + 80);
            }
            for (size_t n = CSVIO_FIELD_MAX + 1; n <= CSVIO_FIELD_MAX + 4; n++) {
                read_long(&out, edges[i][0], n, edges[i][1], chunks[k]);
                assert_string_equal(out.ptr,
                                    "1:[h]\nerror: in.csv:3: the field that begins here is longer "
                                    "than 1048576 bytes: most likely its quote is never closed\n");
            }
        }
    /* in two parts, the quoted and the rest */
    read_long(&out, "\"x\"", CSVIO_FIELD_MAX - 1, "\n", 4096);
    assert_null(strstr(out.ptr, "error"));
    read_long(&out, "\"x\"", CSVIO_FIELD_MAX, "\n", 4096);
    assert_non_null(strstr(out.ptr, "error: in.csv:1: the field"));
    text_release(&out);
}

/* n fields of len bytes each, on line 2. */
static void read_wide(struct text *out, size_t n, size_t len, size_t chunk)
{
    struct text in;

    text_init(&in);
    text_puts(&in, "h\n");
    for (size_t i = 0; i < n; i++) {
        text_puts(&in, i ? "," : "");
        for (size_t k = 0; k < len; k++)
            text_append(&in, "x", 1);
    }
    text_puts(&in, "\n");
    assert_true(text_ok(&in));
    read_dump(out, in.ptr, in.len, chunk, ',');
    text_release(&in);
}

static void test_largest_record(void **state)
{
    static const size_t chunks[] = {5, 65536, SIZE_MAX / 2};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t k = 0; k < COUNT(chunks); k++) {
        read_wide(&out, CSVIO_FIELDS_MAX, 1, chunks[k]);
        assert_null(strstr(out.ptr, "error"));
        read_wide(&out, CSVIO_FIELDS_MAX + 1, 1, chunks[k]);
        assert_non_null(strstr(out.ptr, "error: in.csv:2: the record that begins here has more"));
        read_wide(&out, 1024, CSVIO_RECORD_MAX / 1024 - 1, chunks[k]);
        assert_null(strstr(out.ptr, "error"));
        read_wide(&out, 1024, CSVIO_RECORD_MAX / 1024, chunks[k]);
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
    struct csvio_reader *r = csvio_reader_new("in.csv", ',', stop_at_second, &calls, &e);
    assert_int_equal(csvio_feed(r, "a\nb\nc\nd", 7, &e), -1);
    assert_int_equal(csvio_feed(r, "e\n", 2, &e), -1);
    assert_int_equal(csvio_finish(r, &e), -1);
    assert_int_equal(calls, 2);
    assert_int_equal(e.code, EXIT_DONE); /* the reason is the callback's to tell */
    csvio_reader_free(r);
}

static void test_append(void **state)
{
    static const struct {
        const char *field, *want;
    } appended[] = {
        {"", ""},
        {"a b", "a b"},
        {" a", "\" a\""},
        {"a\t", "\"a\t\""},
        {"a,b", "\"a,b\""},
        {"a;b", "a;b"},
        {"a\nb", "\"a\nb\""},
        {"a\rb", "\"a\rb\""},
        {"\"", "\"\"\"\""},
        {"a\"b\"", "\"a\"\"b\"\"\""},
        {BOM "a", "\"" BOM "a\""},
        {"é", "é"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(appended); i++) {
        text_clear(&out);
        csvio_append(&out, slice_of(appended[i].field), ',');
        assert_string_equal(out.ptr, appended[i].want);
    }
    text_clear(&out);
    csvio_append(&out, (struct slice){NULL, 0}, ',');
    csvio_append(&out, slice_of("a;b,c"), ';');
    assert_string_equal(out.ptr, "\"a;b,c\"");
    text_release(&out);
}

#define TRIP_FIELDS 8
#define TRIP_LEN 40

static int keep_fields(void *context, const struct csvio_record *record)
{
    struct text *fields = context;

    assert_null(record->fault);
    assert_int_equal(record->nfields, TRIP_FIELDS);
    for (size_t i = 0; i < TRIP_FIELDS; i++) {
        assert_int_equal(fields[i].len, 0);
        text_append(&fields[i], record->fields[i].ptr, record->fields[i].len);
    }
    return 0;
}

/* Any byte but NUL; in every other field mostly those that matter. */
static void random_field(struct text *field)
{
    static const char special[] = "\",;\r\n \ta" BOM;
    size_t len = (size_t)rand() % TRIP_LEN;
    bool rough = rand() % 2;

    text_clear(field);
    for (size_t i = 0; i < len; i++) {
        char any = (char)(1 + rand() % 255);
        text_append(field, rough ? &special[(size_t)rand() % (sizeof special - 1)] : &any, 1);
    }
}

static void round_trip(struct text *fields, struct text *got, struct text *line, char delimiter)
{
    struct err e = ERR_INIT;

    text_clear(line);
    for (size_t i = 0; i < TRIP_FIELDS; i++) {
        text_clear(&got[i]);
        random_field(&fields[i]);
        text_append(line, &delimiter, i ? 1 : 0);
        csvio_append(line, (struct slice){fields[i].ptr, fields[i].len}, delimiter);
    }
    text_puts(line, rand() % 2 ? "\r\n" : "\n");
    struct csvio_reader *r = csvio_reader_new("in.csv", delimiter, keep_fields, got, &e);
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
    for (int round = 0; round < 20000; round++)
        round_trip(fields, got, &line, ",;\t"[round % 3]);
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
        cmocka_unit_test(test_other_delimiters),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_random_text_against_the_model),
        cmocka_unit_test(test_longest_field),
        cmocka_unit_test(test_largest_record),
        cmocka_unit_test(test_callback_stops),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests_name("csvio", tests, NULL, NULL);
}
