/*
 * fuzz_input: bytes to records to verdicts, with everything in between that others may have written.
 *
 * An input is a line `LETTER FILTER` and a file.  The letter says the encoding (a: found out), a capital
 * that there are groups.  Whatever comes:
 * - what was decoded is the same in pieces, and encoded again it is what it was;
 * - a CSV in pieces gives the records that it gives in one; each line that is not empty is of one record,
 *   no other line is; and a line without quotes is the fields of its record;
 * - records that are written are the same when they are read again;
 * - a filter is refused with a message, or judges each record, the same each time; `not` turns the verdict.
 */
#include "adapters/charset.h"
#include "adapters/csvio.h"
#include "base/arena.h"
#include "base/mem.h"
#include "policy/dialect.h"
#include "policy/encoding.h"
#include "policy/filter.h"
#include "policy/header.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define RECORDS_MAX 4096 /* more of them are not judged */
#define MARK "\xEF\xBB\xBF"
#define NOW_MS INT64_C(1790000000000)

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record_kept {
    uint64_t line;
    struct slice *fields;
    size_t n;
    const char *fault;
};

struct records {
    struct arena arena;
    struct record_kept *all;
    size_t n, cap;
    const char *line_end;
    struct err e; /* what ended them too early */
};

/* ---- records ---- */

static int keep_record(void *context, const struct csvio_record *from)
{
    struct records *r = context;

    if (r->n == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->all = mem_resize(r->all, r->cap, sizeof(*r->all));
        MUST(r->all);
    }
    struct record_kept *to = &r->all[r->n++];
    *to = (struct record_kept){from->line, NULL, from->nfields, NULL};
    to->fields = arena_alloc(&r->arena, from->nfields * sizeof(*to->fields));
    MUST(from->nfields > 0 && to->fields);
    for (size_t i = 0; i < to->n; i++) {
        struct slice f = from->fields[i];
        MUST(f.ptr[f.len] == '\0');
        to->fields[i] = (struct slice){arena_copy(&r->arena, f.ptr, f.len), f.len};
    }
    if (from->fault)
        to->fault = arena_copy(&r->arena, from->fault, strlen(from->fault));
    return 0;
}

static void records_read(struct records *r, struct slice text, struct dialect d, size_t chunk)
{
    *r = (struct records){.e = ERR_INIT};
    arena_init(&r->arena);
    struct csvio_reader *csv =
        csvio_reader_new("in.csv", d.delimiter, d.quote, keep_record, r, &r->e);
    int rc = 0;

    MUST(csv);
    csvio_reader_allow(csv, d.escape, d.blanks);
    for (size_t at = 0; at < text.len && rc == 0; at += chunk)
        rc = csvio_feed(csv, text.ptr + at, text.len - at < chunk ? text.len - at : chunk, &r->e);
    if (rc == 0)
        rc = csvio_finish(csv, &r->e);
    MUST(rc == (r->e.code == EXIT_DONE ? 0 : -1));
    r->line_end = csvio_line_end(csv); /* a constant */
    csvio_reader_free(csv);
}

static void records_free(struct records *r)
{
    arena_release(&r->arena);
    free(r->all);
}

static void check_fields(const struct record_kept *a, const struct record_kept *b)
{
    MUST(a->n == b->n);
    for (size_t i = 0; i < a->n; i++)
        MUST(slice_equal(a->fields[i], b->fields[i]));
}

static void check_same(const struct records *a, const struct records *b)
{
    MUST(a->n == b->n && a->e.code == b->e.code && strcmp(a->e.text, b->e.text) == 0);
    MUST(strcmp(a->line_end, b->line_end) == 0);
    for (size_t i = 0; i < a->n; i++) {
        const char *one = a->all[i].fault, *two = b->all[i].fault;
        MUST(a->all[i].line == b->all[i].line);
        MUST(one && two ? strcmp(one, two) == 0 : one == two);
        check_fields(&a->all[i], &b->all[i]);
    }
}

/* ---- lines ---- */

struct lines {
    const char *p, *end;
    uint64_t line; /* the one at p; one more than there are at the end */
};

/* The next line, without its end. */
static struct slice next_line(struct lines *l)
{
    struct slice s = {l->p, 0};

    while (l->p < l->end && *l->p != '\n' && *l->p != '\r')
        l->p++;
    s.len = (size_t)(l->p - s.ptr);
    if (l->p < l->end)
        l->p += *l->p == '\r' && l->p + 1 < l->end && l->p[1] == '\n' ? 2 : 1;
    l->line++;
    return s;
}

static size_t line_ends(const struct record_kept *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        struct slice f = r->fields[i];
        for (size_t k = 0; k < f.len; k++)
            n += f.ptr[k] == '\n' || (f.ptr[k] == '\r' && !(k + 1 < f.len && f.ptr[k + 1] == '\n'));
    }
    return n;
}

static void check_line(struct slice line, const struct record_kept *r, struct dialect d)
{
    size_t at = 0;

    if (d.quote && memchr(line.ptr, d.quote, line.len))
        return;
    if (d.escape && memchr(line.ptr, d.escape, line.len))
        return;
    for (size_t i = 0; i < r->n; i++) {
        struct slice f = r->fields[i];
        MUST(f.len <= line.len - at && memcmp(line.ptr + at, f.ptr, f.len) == 0);
        at += f.len;
        MUST(i + 1 == r->n ? at == line.len : at < line.len && line.ptr[at] == d.delimiter);
        at++;
    }
}

/* Each line is of one record, or empty.  Ctrl-Z at the end is nothing. */
static void check_lines(struct slice text, const struct records *r, struct dialect d)
{
    while (text.len > 0 && text.ptr[text.len - 1] == 0x1a)
        text.len--;
    size_t mark = text.len >= 3 && memcmp(text.ptr, MARK, 3) == 0 ? 3 : 0;
    struct lines l = {text.ptr + mark, text.ptr + text.len, 1};

    for (size_t i = 0; i < r->n; i++) {
        const struct record_kept *record = &r->all[i];
        MUST(record->line >= l.line);
        while (l.line < record->line)
            MUST(l.p < l.end && next_line(&l).len == 0);
        size_t more = line_ends(record);
        MUST(l.p < l.end);
        struct slice first = next_line(&l);
        MUST(first.len > 0);
        if (more == 0)
            check_line(first, record, d);
        for (; more > 0; more--) {
            MUST(l.p < l.end);
            next_line(&l);
        }
    }
    while (l.p < l.end)
        MUST(next_line(&l).len == 0);
}

/* ---- written and read again ---- */

static void check_written(const struct records *r, struct dialect d)
{
    struct text out;
    struct records again;

    d.quote = d.quote ? d.quote : d.delimiter == '"' ? '\'' : '"'; /* as results have it */
    d.escape = '\0';
    d.blanks = false;

    text_init(&out);
    for (size_t i = 0; i < r->n; i++) {
        const struct record_kept *record = &r->all[i];
        for (size_t k = 0; k < record->n; k++) {
            if (k > 0)
                text_append(&out, &d.delimiter, 1);
            csvio_append(&out, record->fields[k], d.delimiter, d.quote);
        }
        if (record->n == 1 && record->fields[0].len == 0)
            text_append(&out, (char[]){d.quote, d.quote}, 2);
        text_puts(&out, "\r\n");
    }
    MUST(text_ok(&out));
    records_read(&again, (struct slice){out.ptr, out.len}, d, SIZE_MAX / 2);
    MUST(again.n == r->n && again.e.code == EXIT_DONE);
    for (size_t i = 0; i < r->n; i++)
        check_fields(&r->all[i], &again.all[i]);
    records_free(&again);
    text_release(&out);
}

/* ---- filters ---- */

struct judging {
    const struct filter *f, *inverse; /* inverse: not (f), or NULL */
    struct filter_trial *trial;
    struct text why, again;
};

static enum filter_verdict judge(const struct filter *f, const struct slice *cells,
                                 struct text *why)
{
    enum filter_verdict group[FILTER_AGGREGATES_MAX];

    MUST(filter_aggregates(f) <= FILTER_AGGREGATES_MAX);
    for (size_t i = 0; i < filter_aggregates(f); i++) {
        group[i] = filter_judge_part(f, i, cells, NOW_MS, why);
        MUST(filter_join(f, i, group[i], group[i]) == group[i]);
    }
    return filter_judge(f, cells, NOW_MS, group, why);
}

static void judge_record(struct judging *j, const struct slice *cells, uint64_t line)
{
    enum filter_verdict verdict = judge(j->f, cells, &j->why);

    MUST(verdict == judge(j->f, cells, &j->again));
    MUST(text_ok(&j->why) && (verdict == FILTER_PASSES || j->why.len > 0));
    if (verdict != FILTER_PASSES)
        MUST(strcmp(j->why.ptr, j->again.ptr) == 0);
    filter_try(j->trial, cells, line);
    if (!j->inverse)
        return;
    enum filter_verdict other = judge(j->inverse, cells, &j->again);
    MUST((verdict == FILTER_FAULT) == (other == FILTER_FAULT));
    MUST((verdict == FILTER_PASSES) == (other == FILTER_FAILS));
}

static void judge_all(struct judging *j, const struct records *r, const struct columns *columns)
{
    struct slice *cells = mem_zero(columns->n, sizeof(*cells));
    struct err e = ERR_INIT;

    MUST(cells);
    j->trial = filter_trial_new(j->f, &e);
    MUST(j->trial);
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = 0; k < columns->n; k++)
            cells[k] = k < r->all[i].n ? r->all[i].fields[k] : (struct slice){"", 0};
        judge_record(j, cells, r->all[i].line);
    }
    MUST(filter_tried(j->trial, &e) == (e.code == EXIT_USAGE ? -1 : 0));
    filter_trial_free(j->trial);
    free(cells);
}

static struct filter *compile(const char *text, const struct columns *columns, bool grouped)
{
    struct filter_text one = {text, "--where"};
    struct filter_options options = {.grouped = grouped};
    struct err e = ERR_INIT;
    struct filter *f = filter_new(&one, 1, columns, &options, &e);

    MUST(f ? e.code == EXIT_DONE : e.code == EXIT_USAGE && e.text[0]);
    return f;
}

static void check_filter(const char *text, const struct columns *columns, bool grouped,
                         const struct records *r)
{
    struct filter *f = compile(text, columns, grouped);
    struct text inverse;

    if (!f)
        return;
    text_init(&inverse);
    text_printf(&inverse, "not (%s)", text);
    struct filter *inverted = compile(inverse.ptr, columns, grouped); /* NULL: it is too deep */
    struct judging j = {.f = f, .inverse = inverted};
    text_init(&j.why);
    text_init(&j.again);
    judge_all(&j, r, columns);
    text_release(&j.why);
    text_release(&j.again);
    filter_free(inverted);
    filter_free(f);
    text_release(&inverse);
}

/* ---- header ---- */

/* A preset of which more is known than its columns. */
static const char *const presets_after[] = {"Attendee Details"};
static const char *const presets_email[] = {"Email", "E-mail"};
static struct preset_names presets_header[] = {{presets_email, 2}};
static const struct preset presets[] = {
    {.name = "zoom", .header = presets_header, .n_header = 1, .after = {presets_after, 1}}};

static void check_header(const char *filter, bool grouped, const struct records *r)
{
    struct header_record first[HEADER_RECORDS_MAX];
    size_t n = r->n < COUNT(first) ? r->n : COUNT(first);
    struct header_wishes wishes = {.presets = presets, .n_presets = COUNT(presets)};

    for (size_t i = 0; i < n; i++)
        first[i] = (struct header_record){r->all[i].line, r->all[i].fields, r->all[i].n,
                                          r->all[i].fault != NULL};
    struct header_found found = header_find(first, n, &wishes);
    MUST(n == 0 ? found.at == 0 : found.at < n);
    if (n == 0 || r->n > RECORDS_MAX)
        return;
    wishes.line = first[n - 1].line;
    wishes.named = "score";
    MUST(header_find(first, n, &wishes).at == n - 1);
    struct columns columns = {.names = first[found.at].cells,
                              .n = first[found.at].n,
                              .origin = "in.csv",
                              .line = (size_t)first[found.at].line};
    check_filter(filter, &columns, grouped, r);
}

/* ---- bytes ---- */

static void decode_in_pieces(const char *encoding, struct slice in, size_t chunk, struct text *out)
{
    struct err e = ERR_INIT;
    struct charset *c = charset_decoder(encoding, "--encoding", &e);

    MUST(c);
    for (size_t at = 0; at < in.len; at += chunk) {
        size_t left = in.len - at;
        charset_decode(c, in.ptr + at, left < chunk ? left : chunk, left <= chunk, out);
    }
    MUST(text_ok(out));
    charset_free(c);
}

/* UTF-16 with half a unit at the end can't come back (charset.h). */
static bool is_lossy(const char *encoding, struct slice in)
{
    return strncmp(encoding, "UTF-16", 6) == 0 && in.len % 2 != 0;
}

/* Has each character one form only? */
static bool is_exact(const char *encoding)
{
    return strncmp(encoding, "UTF", 3) == 0 || strncmp(encoding, "WINDOWS", 7) == 0;
}

/* Where there are several forms of a character, the text at least stays what it is. */
static void check_encoded(const char *encoding, struct slice in, const struct text *decoded)
{
    struct err e = ERR_INIT;
    struct charset *c = charset_encoder(encoding, &e);
    struct text out, again;

    MUST(c);
    text_init(&out);
    text_init(&again);
    charset_encode(c, (struct slice){decoded->ptr, decoded->len}, &out);
    MUST(text_ok(&out));
    if (is_exact(encoding))
        MUST(slice_equal((struct slice){out.ptr, out.len}, in));
    decode_in_pieces(encoding, (struct slice){out.ptr, out.len}, SIZE_MAX / 2, &again);
    MUST(again.len == decoded->len && memcmp(again.ptr, decoded->ptr, again.len) == 0);
    charset_free(c);
    text_release(&out);
    text_release(&again);
}

static void check_text(struct slice text, size_t chunk, const char *filter, bool grouped)
{
    struct dialect d = dialect_find(text, false, DIALECT_NOTHING_SAID);
    struct records whole, pieces;

    MUST(d.sep_line <= text.len && d.delimiter != d.quote);
    MUST(d.sep_line > 0 || strchr(",;\t|", d.delimiter));
    MUST(d.escape == '\0' || (d.escape == '\\' && d.escape != d.quote));
    MUST(d.odd <= d.records);
    dialect_find(text, true, DIALECT_NOTHING_SAID);
    records_read(&whole, text, d, SIZE_MAX / 2);
    records_read(&pieces, text, d, chunk);
    check_same(&whole, &pieces);
    if (whole.e.code == EXIT_DONE) {
        check_lines(text, &whole, d);
        check_written(&whole, d);
        check_header(filter, grouped, &whole);
    }
    records_free(&whole);
    records_free(&pieces);
}

static const char *const encodings[] = {NULL,           "UTF-8",        "UTF-16LE",  "UTF-16BE",
                                        "WINDOWS-1252", "WINDOWS-1251", "SHIFT_JIS", "GB18030",
                                        "EUC-KR",       "UTF-32LE",     "UTF-32BE"};

static void check_file(struct slice in, char letter, const char *filter)
{
    struct encoding found = encoding_find(in, false);
    const char *said = encodings[(((unsigned)letter - 1u) & 0x1f) % COUNT(encodings)];
    const char *name = said ? said : found.name;
    size_t mark = encoding_bom(name, in);
    size_t chunk = 1 + in.len % 31;
    struct text whole, pieces;

    MUST(found.bom <= in.len && mark <= in.len && (said || mark == found.bom));
    encoding_find(in, true);
    text_init(&whole);
    text_init(&pieces);
    in = (struct slice){in.ptr + mark, in.len - mark};
    decode_in_pieces(name, in, SIZE_MAX / 2, &whole);
    decode_in_pieces(name, in, chunk, &pieces);
    MUST(whole.len == pieces.len && memcmp(whole.ptr, pieces.ptr, whole.len) == 0);
    if (!is_lossy(name, in))
        check_encoded(name, in, &whole);
    check_text((struct slice){whole.ptr, whole.len}, chunk, filter,
               !((unsigned char)letter & 0x20));
    text_release(&whole);
    text_release(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    const char *end = size > 0 ? memchr(p, '\n', size) : NULL;
    struct text filter;

    if (!end || end == p)
        return 0;
    text_init(&filter);
    text_append(&filter, p + 1, (size_t)(end - p - 1));
    MUST(text_ok(&filter));
    check_file((struct slice){end + 1, size - (size_t)(end + 1 - p)}, *p, filter.ptr);
    text_release(&filter);
    return 0;
}
