/*
 * csvio: libcsv 3.0.3, led so that it keeps what csvio.h promises.
 *
 * A reader's states: start (a byte order mark?) -> text -> finished; or troubled, for good.
 *
 * libcsv is fed line by line, since it counts no lines, and in strict mode, where it stops at a
 * stray quote instead of guessing: left to itself it takes `"b"c,d` as a quoted field that goes on,
 * and swallows rows up to the next quote.  Its two stops are told apart by the byte:
 * - a quote, inside an unquoted field: it is fed again without strictness, and stands for itself;
 * - any other, after a closing quote: a delimiter is slipped in: libcsv ends the quoted part and
 *   takes the rest as an unquoted field, and the two are then joined (`joins`).
 *
 * libcsv's callbacks return nothing: what goes wrong in them is kept in `trouble`, and asked for
 * after each call.
 */
#include "adapters/csvio.h"

#include "base/mem.h"

#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRICT (CSV_STRICT | CSV_STRICT_FINI)
#define FAULT_MAX 80
#define FIELDS_FIRST 16
#define WINDOW ((size_t)1024)
/* libcsv keeps the closing quote too, and wants a free byte before each byte that it reads. */
#define FIELD_BUFFER_MAX (CSVIO_FIELD_MAX + 2)

static const char mark[] = {'\xEF', '\xBB', '\xBF'};

enum trouble {
    TROUBLE_NONE,
    TROUBLE_STOPPED, /* by the callback */
    TROUBLE_NOMEM,
    TROUBLE_NUL,
    TROUBLE_FIELD,
    TROUBLE_FIELDS,
    TROUBLE_RECORD
};

struct csvio_reader {
    struct csv_parser parser;
    const char *name;
    csvio_callback *callback;
    void *context;
    char delimiter;
    enum trouble trouble;

    bool started;   /* past the place of a byte order mark */
    size_t matched; /* bytes of the mark seen, and held back until it is whole */
    bool had_bom;

    uint64_t line; /* of the next byte */
    uint64_t record_line, field_line;
    bool in_record;
    bool after_cr;        /* a LF now belongs to the CR before it */
    const char *line_end; /* NULL: none seen yet */
    bool line_end_open;   /* it is the CR just seen, and may become CRLF */

    struct text bytes; /* the record's fields so far, each with a NUL after it */
    struct slice *fields;
    size_t nfields, fields_cap;
    bool joins;
    char fault[FAULT_MAX];
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* For libcsv, which would trim what is a space. */
static int is_space(unsigned char c)
{
    (void)c;
    return 0;
}

/* libcsv's only way to limit a field: refuse it the memory. */
static void *field_resize(void *old, size_t size)
{
    return size > FIELD_BUFFER_MAX ? NULL : mem_resize(old, 1, size);
}

static int troubled(const struct csvio_reader *r, struct err *e)
{
    switch (r->trouble) {
    case TROUBLE_NOMEM:
        return err_nomem(e);
    case TROUBLE_NUL:
        return err_set(e, EXIT_INPUT,
                       "%s:%" PRIu64 ": a NUL byte: this is no text, or it is UTF-16: save it as "
                       "\"CSV UTF-8\"",
                       r->name, r->line);
    case TROUBLE_FIELD:
        return err_set(e, EXIT_INPUT,
                       "%s:%" PRIu64 ": the field that begins here is longer than %u bytes: most "
                       "likely its quote is never closed",
                       r->name, r->field_line, CSVIO_FIELD_MAX);
    case TROUBLE_FIELDS:
        return err_set(e, EXIT_INPUT,
                       "%s:%" PRIu64
                       ": the record that begins here has more than %u fields: is this "
                       "a CSV file, with its line ends?",
                       r->name, r->record_line, CSVIO_FIELDS_MAX);
    case TROUBLE_RECORD:
        return err_set(e, EXIT_INPUT,
                       "%s:%" PRIu64
                       ": the record that begins here is longer than %u bytes: is this "
                       "a CSV file, with its line ends?",
                       r->name, r->record_line, CSVIO_RECORD_MAX);
    case TROUBLE_STOPPED:
    case TROUBLE_NONE:
        break;
    }
    return -1;
}

static int set_trouble(struct csvio_reader *r, enum trouble trouble)
{
    r->trouble = trouble;
    return -1;
}

static void set_fault(struct csvio_reader *r, const char *what, uint64_t line, const char *rest)
{
    if (!r->fault[0])
        snprintf(r->fault, sizeof r->fault, "%s on line %" PRIu64 "%s", what, line, rest);
}

/* Room for one more field, empty so far. */
static int add_field(struct csvio_reader *r)
{
    if (r->nfields == CSVIO_FIELDS_MAX)
        return set_trouble(r, TROUBLE_FIELDS);
    if (r->nfields == r->fields_cap) {
        size_t cap = r->fields_cap ? 2 * r->fields_cap : FIELDS_FIRST;
        struct slice *fields = mem_resize(r->fields, cap, sizeof *fields);
        if (!fields)
            return set_trouble(r, TROUBLE_NOMEM);
        r->fields = fields;
        r->fields_cap = cap;
    }
    r->fields[r->nfields++] = (struct slice){NULL, 0};
    return 0;
}

/* The field goes on after its closing quote: harmless if only with blanks. */
static void join_field(struct csvio_reader *r, const char *bytes, size_t len)
{
    size_t blanks = 0;

    while (blanks < len && is_blank(bytes[blanks]))
        blanks++;
    if (blanks < len)
        set_fault(r, "text after a closing quote", r->line, "");
    r->bytes.len--; /* the NUL between the parts */
}

static void on_field(void *bytes, size_t len, void *context)
{
    struct csvio_reader *r = context;

    if (r->trouble)
        return;
    if (r->joins)
        join_field(r, bytes, len);
    else if (add_field(r))
        return;
    r->joins = false;
    text_append(&r->bytes, bytes, len);
    text_append(&r->bytes, "", 1);
    size_t *field_len = &r->fields[r->nfields - 1].len;
    *field_len += len;
    if (!text_ok(&r->bytes))
        r->trouble = TROUBLE_NOMEM;
    else if (*field_len > CSVIO_FIELD_MAX)
        r->trouble = TROUBLE_FIELD;
    else if (r->bytes.len > CSVIO_RECORD_MAX)
        r->trouble = TROUBLE_RECORD;
    else
        r->field_line = r->line; /* of the field to come */
}

static void on_row(int c, void *context)
{
    struct csvio_reader *r = context;

    (void)c;
    r->in_record = false;
    if (r->trouble)
        return;
    const char *p = r->bytes.ptr;
    for (size_t i = 0; i < r->nfields; i++) {
        r->fields[i].ptr = p;
        p += r->fields[i].len + 1;
    }
    struct csvio_record record = {r->record_line, r->fields, r->nfields,
                                  r->fault[0] ? r->fault : NULL};
    if (r->callback(r->context, &record))
        r->trouble = TROUBLE_STOPPED;
    text_clear(&r->bytes);
    r->nfields = 0;
    r->fault[0] = '\0';
}

/* Hand the byte at which libcsv stopped to it in another way.  Returns how many bytes that used up.
 */
static size_t pass_stray_quote(struct csvio_reader *r, char c)
{
    if (c == '"') {
        csv_set_opts(&r->parser, 0);
        csv_parse(&r->parser, &c, 1, on_field, on_row, r);
        csv_set_opts(&r->parser, STRICT);
        return 1;
    }
    csv_parse(&r->parser, &r->delimiter, 1, on_field, on_row, r);
    r->joins = true;
    return 0;
}

static int parse(struct csvio_reader *r, const char *p, size_t len)
{
    while (len > 0) {
        size_t n = csv_parse(&r->parser, p, len, on_field, on_row, r);
        p += n;
        len -= n;
        if (len > 0 && !r->trouble && csv_error(&r->parser) != CSV_EPARSE)
            r->trouble =
                csv_get_buffer_size(&r->parser) == FIELD_BUFFER_MAX ? TROUBLE_FIELD : TROUBLE_NOMEM;
        if (r->trouble)
            return -1;
        if (len > 0) {
            n = pass_stray_quote(r, *p);
            p += n;
            len -= n;
        }
    }
    return r->trouble ? -1 : 0;
}

static void end_line(struct csvio_reader *r, char c)
{
    r->line++;
    r->after_cr = c == '\r';
    if (!r->line_end && !r->in_record) {
        r->line_end = c == '\r' ? "\r" : "\n";
        r->line_end_open = c == '\r';
    }
}

/* A line, or a part of one: at most one CR or LF, and that at its end. */
static int feed_line(struct csvio_reader *r, const char *p, size_t len)
{
    char last = p[len - 1];
    bool ends = last == '\r' || last == '\n';
    bool completes_crlf = r->after_cr && *p == '\n';

    if (completes_crlf && r->line_end_open)
        r->line_end = "\r\n";
    r->line_end_open = false;
    r->after_cr = false;
    if (!r->in_record && !(ends && len == 1)) {
        r->in_record = true;
        r->record_line = r->field_line = r->line;
    }
    if (parse(r, p, len))
        return -1;
    if (ends && !completes_crlf)
        end_line(r, last);
    return 0;
}

/* How far to the end of the line at p.  A file without LF must not be searched to its end for each
 * of its lines, hence the window; a long line is fed in parts. */
static size_t line_len(const char *p, size_t left)
{
    size_t len = left < WINDOW ? left : WINDOW;
    const char *lf = memchr(p, '\n', len);

    if (lf)
        len = (size_t)(lf + 1 - p);
    const char *cr = memchr(p, '\r', len);
    return cr ? (size_t)(cr + 1 - p) : len;
}

static int feed_text(struct csvio_reader *r, const char *p, size_t len)
{
    while (len > 0) {
        size_t n = line_len(p, len);
        if (feed_line(r, p, n))
            return -1;
        p += n;
        len -= n;
    }
    return 0;
}

/* What was held back as the beginning of a mark was none. */
static int end_start(struct csvio_reader *r)
{
    r->started = true;
    r->had_bom = r->matched >= sizeof mark;
    return r->had_bom ? 0 : feed_text(r, mark, r->matched);
}

/* Moves *p past what belongs to a mark, which may come in pieces. */
static int feed_start(struct csvio_reader *r, const char **p, const char *end)
{
    while (*p < end && r->matched < sizeof mark && **p == mark[r->matched]) {
        ++*p;
        r->matched++;
    }
    if (*p == end && r->matched < sizeof mark)
        return 0;
    return end_start(r);
}

int csvio_feed(struct csvio_reader *r, const void *bytes, size_t len, struct err *e)
{
    const char *p = bytes;
    const char *end = p + len;

    if (r->trouble || (!r->started && feed_start(r, &p, end)))
        return troubled(r, e);
    if (p == end)
        return 0;
    const char *nul = memchr(p, '\0', (size_t)(end - p));
    if (feed_text(r, p, (size_t)((nul ? nul : end) - p)))
        return troubled(r, e);
    if (nul) {
        r->trouble = TROUBLE_NUL;
        return troubled(r, e);
    }
    return 0;
}

int csvio_finish(struct csvio_reader *r, struct err *e)
{
    if (r->trouble || (!r->started && end_start(r)))
        return troubled(r, e);
    if (csv_fini(&r->parser, on_field, on_row, r)) {
        set_fault(r, "a quote opened", r->field_line, " is never closed");
        csv_set_opts(&r->parser, 0);
        csv_fini(&r->parser, on_field, on_row, r);
    }
    return r->trouble ? troubled(r, e) : 0;
}

struct csvio_reader *csvio_reader_new(const char *name, char delimiter, csvio_callback *callback,
                                      void *context, struct err *e)
{
    struct csvio_reader *r = mem_zero(1, sizeof *r);
    if (!r) {
        err_nomem(e);
        return NULL;
    }
    csv_init(&r->parser, STRICT);
    csv_set_delim(&r->parser, (unsigned char)delimiter);
    csv_set_space_func(&r->parser, is_space);
    csv_set_realloc_func(&r->parser, field_resize);
    csv_set_blk_size(&r->parser, FIELD_BUFFER_MAX); /* pages it does not touch cost nothing */
    text_init(&r->bytes);
    r->name = name;
    r->delimiter = delimiter;
    r->callback = callback;
    r->context = context;
    r->line = 1;
    return r;
}

void csvio_reader_free(struct csvio_reader *r)
{
    if (!r)
        return;
    free(r->fields);
    text_release(&r->bytes);
    csv_free(&r->parser);
    free(r);
}

bool csvio_had_bom(const struct csvio_reader *r)
{
    return r->had_bom;
}

const char *csvio_line_end(const struct csvio_reader *r)
{
    return r->line_end ? r->line_end : "\n";
}

static bool needs_quotes(struct slice field, char delimiter)
{
    if (field.len == 0)
        return false;
    if (is_blank(field.ptr[0]) || is_blank(field.ptr[field.len - 1]))
        return true;
    if (field.len >= sizeof mark && memcmp(field.ptr, mark, sizeof mark) == 0)
        return true;
    for (size_t i = 0; i < field.len; i++) {
        char c = field.ptr[i];
        if (c == delimiter || c == '"' || c == '\r' || c == '\n')
            return true;
    }
    return false;
}

/* The field with `before` in front of it. */
static void append_field(struct text *out, const char *before, struct slice field, char delimiter)
{
    if (!needs_quotes(field, delimiter)) {
        if (*before)
            text_puts(out, before);
        text_append(out, field.ptr, field.len);
        return;
    }
    const char *p = field.ptr;
    const char *end = p + field.len;
    const char *quote;

    text_puts(out, "\"");
    text_puts(out, before);
    while ((quote = memchr(p, '"', (size_t)(end - p)))) {
        text_append(out, p, (size_t)(quote + 1 - p));
        text_puts(out, "\"");
        p = quote + 1;
    }
    text_append(out, p, (size_t)(end - p));
    text_puts(out, "\"");
}

void csvio_append(struct text *out, struct slice field, char delimiter)
{
    append_field(out, "", field, delimiter);
}

static bool begins_formula(struct slice field)
{
    char c = field.len > 0 ? field.ptr[0] : 'a';

    return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

void csvio_append_safe(struct text *out, struct slice field, char delimiter)
{
    append_field(out, begins_formula(field) ? "'" : "", field, delimiter);
}
