/*
 * read: bytes become records.  How they do is found out by read_find.c.
 *
 * An input: open (in its first pass, inside read_open) -> ended -> reading, by read_rewind -> ended
 * … A pass that fails stays where it is; only read_rewind and read_close make sense after it.
 *
 * The first pass leaves marks, by which a later one sees at once, not at its end, that the bytes are others:
 * nothing is acted on but what was there at first, and the results hold nobody else's columns.
 *
 * csvio may hand out more records at once than a batch has room for (when it goes back over what a quote
 * has swallowed): those wait, copied, for the next batches.
 */
#include "stages/read.h"

#include "adapters/charset.h"
#include "adapters/csvio.h"
#include "adapters/digest.h"
#include "adapters/spool.h"
#include "base/mem.h"
#include "base/visible.h"
#include "policy/added.h"
#include "policy/footer.h"
#include "policy/preset.h"
#include "policy/rowlike.h"
#include "policy/shift.h"
#include "policy/shortrow.h"
#include "policy/wholes.h"
#include "read_internal.h"
#include "stages/intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 65536
#define BLOCK_SIZE 4096 /* of which a mark is taken */
#define FAULT_MAX 256
#define NAME_SHOWN_MAX 40
#define NUMBER_SIZE 24
#define EXTRA_MAX 64   /* fields behind the header's, that are counted */
#define DOS_END "\x1a" /* Ctrl-Z */
#define DOUBTED                                                                                    \
    "stands at the end and is unlike the rows above it, as what a report says beneath a table: "   \
    "if "                                                                                          \
    "it is a row, move it up"
#define HEADING                                                                                    \
    "stands alone and ends in a colon, as the title of rows beneath it: if it is a row, take the " \
    "colon out"

_Static_assert(INPUT_HASH_SIZE == DIGEST_SIZE, "the input's hash is a SHA-256");
_Static_assert(CHUNK_SIZE % BLOCK_SIZE == 0, "a chunk begins with a block");

/* Records that wait for a batch. */
struct waiting {
    struct arena arena;
    struct record *records;
    size_t n, at, cap;
};

/* The bytes of the first pass, block by block: a later pass takes no other for them. */
struct marks {
    uint64_t *hashes;
    size_t n, cap;
    uint64_t total; /* bytes */
    bool whole;     /* the first pass is over */
};

/* What only the end of the first pass tells of the table. */
struct shape {
    uint64_t counted;          /* rows that are not empty */
    uint64_t extra[EXTRA_MAX]; /* of these so many have as many empty fields behind the header's */
    size_t padding;            /* so many most rows have */
    uint64_t footer;           /* from this row on they are none, to the end; 0: all are rows */
    uint64_t footer_line;
    uint64_t doubt;          /* and from this one on they may be none */
    struct footer_rows rows; /* all others */
    struct shift shift;      /* what the first of them have in their columns */
    struct shortrow ends;    /* and where all of them end */
    uint64_t last_line;      /* of the record before */
    bool gap;                /* it was empty */
};

struct input {
    struct spool *spool;
    struct intake_found taken;
    struct csvio_reader *csv;
    struct charset *charset; /* NULL: it is UTF-8 already */
    struct digest *digest;
    struct arena arena; /* the header */
    struct input_facts facts;
    struct wholes *wholes; /* of each of its columns */
    size_t own;            /* columns before those that an earlier run has added */
    size_t needed;         /* cells that a row must have, if it may lack others */
    struct read_tables tables;
    bool comments;      /* lines above the header begin with # */
    struct slice title; /* what stands alone right above it, or empty */
    struct read_found found;
    const char *header_fault;
    struct marks marks;
    struct shape shape;

    /* of the pass at hand */
    bool with_above;   /* records above the header are handed out */
    bool lenient;      /* it ends where the bytes are others; else that is an error */
    bool strayed;      /* there it has ended */
    struct err broken; /* … since they can't be read; EXIT_DONE: they can */
    bool grown;        /* there is more by now */
    bool drained;      /* a read was short: more that comes was not there */
    uint64_t at;       /* bytes that were read */
    bool past_header;
    bool past_table; /* behind the end that the preset knows */
    bool ended;
    uint64_t row;
    bool filled; /* the record before has something in the last column */
    struct batch *batch;
    struct waiting waiting;
    struct text decoded; /* of the chunk */
    const char *bytes;   /* of the chunk, or of decoded */
    size_t have, used;   /* of bytes */
    bool last;           /* the chunk was the last: there are no more */
    char chunk[CHUNK_SIZE];
};

/* ---- the header ---- */

/* The line sep=… is no record. */
static bool is_sep(const struct input *in, const struct csvio_record *record)
{
    return in->found.reading.sep_line && record->line == 1;
}

static bool is_above(const struct input *in, const struct csvio_record *record)
{
    return record->line < in->found.reading.header_line;
}

/* Columns without a header are called by their numbers. */
static int number_columns(struct input *in, size_t n)
{
    struct slice *names = arena_alloc(&in->arena, n * sizeof(*names));

    for (size_t i = 0; names && i < n; i++) {
        char number[NUMBER_SIZE];
        size_t len = (size_t)snprintf(number, sizeof(number), "%zu", i + 1);

        names[i] = (struct slice){arena_copy(&in->arena, number, len), len};
        if (!names[i].ptr)
            return -1;
    }
    in->facts.header.names = names;
    in->facts.header.n = in->own = n;
    return names ? 0 : -1;
}

/* Titles, comments and other tables stand also where no header does: its names are empty. */
static int begin_headless(struct input *in, uint64_t line)
{
    size_t n = in->facts.header.n;
    struct slice *names = arena_alloc(&in->arena, n * sizeof(*names));

    for (size_t i = 0; names && i < n; i++)
        names[i] = (struct slice){"", 0};
    if (names)
        read_tables_begin(&in->tables, &(struct columns){.names = names, .n = n}, n, line - 1,
                          (struct slice){"", 0}, false);
    return names ? 0 : -1;
}

static int keep_header(struct input *in, const struct csvio_record *record)
{

    in->facts.header.names = read_copy_fields(&in->arena, record);
    in->facts.header.n = record->nfields;
    in->facts.header.line = (size_t)record->line;
    if (in->facts.header.names)
        in->facts.header.n = added_end(&in->facts.header);
    if (in->facts.header.names && (in->own = added_at(&in->facts.header)) == 0)
        in->own = in->facts.header.n;
    if (in->facts.header.names)
        read_tables_begin(&in->tables, &in->facts.header, in->own, record->last_line, in->title,
                          in->comments);
    if (record->fault)
        in->header_fault = arena_copy(&in->arena, record->fault, strlen(record->fault));
    return in->facts.header.names && (in->header_fault || !record->fault) ? 0 : -1;
}

static bool is_blank(const struct slice *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_trim(fields[i]).len > 0)
            return n == 1 && slice_equal(fields[i], slice_of(DOS_END));
    return true;
}

/* Is there nothing in it?  What an earlier run has said of it does not count. */
static bool is_empty(const struct input *in, const struct csvio_record *record)
{
    size_t n = record->nfields, named = in->facts.header.n;
    size_t own = n < in->own ? n : in->own, end = n < named ? n : named;

    return is_blank(record->fields, own) && is_blank(record->fields + end, n - end);
}

static int begin_wholes(struct input *in)
{
    size_t size = in->facts.header.n * sizeof(*in->wholes);

    in->wholes = arena_alloc(&in->arena, size);
    if (in->wholes)
        memset(in->wholes, 0, size);
    in->facts.wholes = in->wholes;
    return in->wholes ? 0 : -1;
}

static void add_wholes(struct input *in, const struct csvio_record *record)
{
    const struct columns *header = &in->facts.header;

    for (size_t i = 0; i < record->nfields && i < header->n; i++)
        if (!slice_equal(record->fields[i], header->names[i])) /* the header again */
            wholes_add(&in->wholes[i], record->fields[i], record->line);
}

/* How many fields behind the header's it has, if all of them are empty. */
static size_t count_extra(const struct input *in, const struct csvio_record *record)
{
    size_t n = record->nfields;

    while (n > in->facts.header.n && record->fields[n - 1].len == 0)
        n--;
    return n > in->facts.header.n ? 0 : record->nfields - n;
}

/* EXTRA_MAX and more are as one. */
static size_t extra_class(size_t extra)
{
    return extra < EXTRA_MAX ? extra : EXTRA_MAX - 1;
}

/* More than one in two rows has so many. */
static void end_shape(struct shape *s)
{
    uint64_t rows = 0;
    size_t extra = EXTRA_MAX;

    while (extra > 1 && 2 * rows <= s->counted)
        rows += s->extra[--extra];
    s->padding = 2 * rows > s->counted ? extra : 0;
    shift_know(&s->shift);
}

/* Is it a footer, as far as is known: if no row comes behind it? */
static enum footer may_end(struct input *in, const struct csvio_record *record)
{
    struct shape *s = &in->shape;
    size_t n = record->nfields < in->own ? record->nfields : in->own;
    bool behind = s->gap || record->line > s->last_line + 1 || s->footer > 0;
    enum footer looks = record->fault ? FOOTER_NONE : footer_look(record->fields, n, in->own);

    if (record->fault || looks == FOOTER_SURE)
        return looks;
    if (looks == FOOTER_NONE)
        looks = footer_doubt(&s->rows, record->fields, n, in->own);
    if (looks == FOOTER_DOUBT_BEHIND_GAP)
        return behind || s->doubt > 0 ? FOOTER_DOUBT : FOOTER_NONE;
    return looks != FOOTER_BEHIND_GAP ? looks : behind ? FOOTER_SURE : FOOTER_DOUBT;
}

/* The file's end, if nothing else comes: from its first footer on, and from the first record that may be one. */
static void note_end(struct input *in, const struct csvio_record *record, enum footer looks)
{
    struct shape *s = &in->shape;

    if (looks != FOOTER_SURE) {
        s->footer = 0;
    } else if (s->footer == 0) {
        s->footer = in->row;
        s->footer_line = record->line;
    }
    if (looks == FOOTER_NONE)
        s->doubt = 0;
    else if (s->doubt == 0)
        s->doubt = in->row;
}

static void learn_row(struct input *in, const struct csvio_record *record)
{
    size_t n = record->nfields < in->own ? record->nfields : in->own;

    footer_add_row(&in->shape.rows, record->fields, n);
    shortrow_learn(&in->shape.ends, record->fields, n);
    if (in->shape.shift.rows < SHIFT_ROWS && !record->fault &&
        record->nfields <= in->facts.header.n && !footer_amid(record->fields, n, in->own) &&
        !table_is_header(&in->tables.table, record->fields, n) &&
        !table_is_comment(&in->tables.table, record->fields, n))
        shift_learn(&in->shape.shift, record->fields, record->nfields, in->own);
}

static void add_row(struct input *in, const struct csvio_record *record)
{
    struct shape *s = &in->shape;
    bool empty = is_empty(in, record);
    enum footer looks = empty ? FOOTER_NONE : may_end(in, record);

    if (!empty)
        note_end(in, record, looks);
    s->gap = empty;
    s->last_line = record->last_line;
    if (empty)
        return;
    in->facts.rows = in->row;
    if (looks == FOOTER_SURE)
        return;
    if (looks == FOOTER_NONE)
        learn_row(in, record);
    s->counted++;
    if (record->nfields > in->facts.header.n)
        s->extra[extra_class(count_extra(in, record))]++;
    add_wholes(in, record);
}

/* ---- records ---- */

/* Columns behind the last that has a name need not be there. */
static size_t count_named(const struct input *in)
{
    const struct columns *header = &in->facts.header;
    size_t named = header->n;

    while (named > 0 && slice_trim(header->names[named - 1]).len == 0)
        named--;
    return named;
}

/* Nor need the last ones that nobody asks for, if all looks as if they were only empty.  A file that ends within a
 * row may be cut off. */
static bool is_long_enough(const struct input *in, const struct csvio_record *record, size_t n)
{
    return n >= count_named(in) ||
           (n >= in->needed && !in->ended &&
            shortrow_is_whole(&in->shape.ends, &in->shape.shift, record->fields, n, in->filled));
}

/* The first field with a byte that could not be decoded, or as many as there are. */
static size_t find_undecoded(const struct csvio_record *record)
{
    size_t i = 0;

    while (i < record->nfields && slice_is_utf8(record->fields[i]))
        i++;
    return i;
}

static void say_undecoded(const struct input *in, size_t column, char fault[FAULT_MAX])
{
    const struct columns *header = &in->facts.header;
    char name[NAME_SHOWN_MAX] = "";

    if (column < header->n)
        visible_line(header->names[column], name, sizeof(name));
    snprintf(fault, FAULT_MAX,
             "column %zu (\"%s\") holds a byte that is no %s: say --encoding, or save the file "
             "again as \"CSV UTF-8\"",
             column + 1, name, in->found.reading.encoding);
}

static void say_shifted(const struct input *in, const struct csvio_record *record, size_t column,
                        char fault[FAULT_MAX])
{
    char name[NAME_SHOWN_MAX], value[NAME_SHOWN_MAX];

    visible_line(in->facts.header.names[column], name, sizeof(name));
    visible_line(slice_trim(record->fields[column]), value, sizeof(value));
    snprintf(fault, FAULT_MAX,
             "its cells seem to stand in the wrong columns: column %zu (\"%s\") holds \"%s\": put "
             "quotes around a cell with the delimiter in it",
             column + 1, name, value);
}

/* Where nobody has said that there are no quotes: the first field that stands in some, or as many as there are. */
static size_t find_quoted(const struct input *in, const struct csvio_record *record)
{
    size_t i = in->found.reading.quote_found ? 0 : record->nfields;

    for (; i < record->nfields; i++) {
        struct slice s = slice_trim(record->fields[i]);
        if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
            break;
    }
    return i;
}

/* Why a record that is whole may be no row, or not as it stands; or NULL. */
static const char *doubt(const struct input *in, const struct csvio_record *record, size_t n,
                         char fault[FAULT_MAX])
{
    size_t column = 0;

    if (shift_look(&in->shape.shift, record->fields, n, &column)) {
        say_shifted(in, record, column, fault);
        return fault;
    }
    if (in->shape.doubt > 0 && in->row >= in->shape.doubt)
        return DOUBTED;
    return footer_is_heading(record->fields, n < in->own ? n : in->own) ? HEADING : NULL;
}

/* Why the record can't be taken whole; *out is NULL if it can.  -1: no memory. */
static int judge(const struct input *in, struct arena *a, const struct csvio_record *record,
                 size_t n, const char **out)
{
    char buf[FAULT_MAX];
    const char *fault = record->fault;

    size_t undecoded = find_undecoded(record);

    *out = NULL;
    if (record->last_line > record->line &&
        rowlike(record->fields, record->nfields, in->found.reading.delimiter, in->facts.header.n)) {
        snprintf(buf, sizeof(buf),
                 "lines %" PRIu64 " to %" PRIu64 " are one row, for they stand in quotes, but look "
                 "like rows of their own: is there a quote too many or too few?",
                 record->line, record->last_line);
        fault = buf;
    }
    if (!fault && undecoded < record->nfields) {
        say_undecoded(in, undecoded, buf);
        fault = buf;
    }
    size_t quoted = find_quoted(in, record);
    if (!fault && quoted < record->nfields) {
        snprintf(buf, sizeof(buf),
                 "column %zu stands in quotes, which in the rest of the file are none: say --quote",
                 quoted + 1);
        fault = buf;
    }
    if (!fault && (n > in->facts.header.n || !is_long_enough(in, record, n))) {
        snprintf(buf, sizeof(buf), "has %zu field%s, the header has %zu", n, n == 1 ? "" : "s",
                 in->facts.header.n);
        fault = buf;
    }
    if (!fault)
        fault = doubt(in, record, n, buf);
    if (!fault)
        return 0;
    *out = arena_copy(a, fault, strlen(fault));
    return *out ? 0 : -1;
}

/* The i-th of some fields, or what one that is not there is worth. */
static struct slice value_at(const struct slice *fields, size_t n, size_t i)
{
    return i < n ? slice_trim(fields[i]) : (struct slice){"", 0};
}

/* A results CSV says of a row that it was none of the table's, which can't be seen there any more: why, or
 * NULL. */
static const char *was_aside(const struct input *in, const struct csvio_record *record)
{
    static const char *const reasons[] = {READ_ABOVE, READ_FURTHER, READ_OTHER, READ_COMMENT};
    size_t n = record->nfields < in->facts.header.n ? record->nfields : in->facts.header.n;

    if (in->own == in->facts.header.n)
        return NULL;

    struct slice status = value_at(record->fields, n, in->own + ADDED_STATUS);
    struct slice error = value_at(record->fields, n, in->own + ADDED_ERROR);

    if (!slice_equal(status, slice_of(status_name(STATUS_SKIPPED))))
        return NULL;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (slice_equal(error, slice_of(reasons[i])))
            return reasons[i];
    return NULL;
}

static bool has_ended(struct input *in, const struct csvio_record *record)
{
    const struct preset *p = in->found.preset;

    if (p && !in->past_table)
        in->past_table = preset_begins(&p->end, record->fields,
                                       record->nfields < in->own ? record->nfields : in->own);
    return in->past_table;
}

static const char *put_aside(struct input *in, const struct csvio_record *record)
{
    const char *was = was_aside(in, record);

    if (is_empty(in, record))
        return "the row is empty";
    if (was)
        return was;
    if (has_ended(in, record) || (in->shape.footer > 0 && in->row >= in->shape.footer))
        return "stands behind the end of the table";

    const char *why = read_tables_aside(&in->tables, record);
    size_t n = record->nfields < in->own ? record->nfields : in->own;

    return why || record->fault ? why : footer_amid(record->fields, n, in->own);
}

/* 0, or -1: no memory. */
static int note_title(struct input *in, const struct csvio_record *record, struct slice first)
{
    bool alone = record->nfields > 0 && is_blank(record->fields + 1, record->nfields - 1);

    read_tables_above(&in->tables, record);
    in->title = (struct slice){"", 0};
    if (!alone || first.len == 0)
        return 0;
    in->title = (struct slice){arena_copy(&in->arena, first.ptr, first.len), first.len};
    return in->title.ptr ? 0 : -1;
}

static int count_above(struct input *in, const struct csvio_record *record)
{
    struct slice first = record->nfields ? slice_trim(record->fields[0]) : (struct slice){"", 0};

    if (in->facts.above++ == 0)
        in->facts.above_line = record->line;
    in->comments = in->comments || (first.len > 0 && *first.ptr == '#');
    return note_title(in, record, first);
}

/* Other tables are looked for where rows are: not behind the end that a preset knows, nor among what an earlier
 * run has put aside. */
static int watch_tables(struct input *in, const struct csvio_record *record)
{
    if (was_aside(in, record) || has_ended(in, record))
        return 0;
    return read_tables_watch(&in->tables, record);
}

/* Callbacks of csvio; they fail only for want of memory. */

static int on_counted(void *context, const struct csvio_record *record)
{
    struct input *in = context;
    bool has_header = in->found.reading.header_line > 0;

    if (is_sep(in, record))
        return 0;
    if (is_above(in, record))
        return count_above(in, record);
    if (!in->past_header) {
        in->past_header = true;
        in->shape.last_line = has_header ? record->last_line : record->line - 1;
        if (has_header)
            return keep_header(in, record) == 0 ? begin_wholes(in) : -1;
        if (number_columns(in, record->nfields) != 0 || begin_wholes(in) != 0 ||
            begin_headless(in, record->line) != 0)
            return -1;
    }
    in->row++;
    add_row(in, record);
    return watch_tables(in, record);
}

/* A record that lacks columns without names has them, empty. */
static int fill_up(struct input *in, struct arena *a, struct record *r)
{
    size_t n = in->facts.header.n;
    struct slice *fields;

    if (r->fault || r->nfields >= n)
        return 0;
    fields = arena_alloc(a, n * sizeof(*fields));
    if (!fields)
        return -1;
    for (size_t i = 0; i < n; i++)
        fields[i] = i < r->nfields ? r->fields[i] : (struct slice){"", 0};
    r->fields = fields;
    r->nfields = n;
    return 0;
}

/* How many fields do not count: empty ones behind the header's, where most rows have such, and of a sheet, all of whose
 * rows are as wide as its widest.  Where most rows have not, one stands for a delimiter too many, and the fields before
 * it are not where they belong. */
static size_t extra_fields(const struct input *in, const struct csvio_record *record, bool aside)
{
    size_t extra = count_extra(in, record);

    return aside || in->found.reading.sheet > 0 || extra_class(extra) <= in->shape.padding ? extra
                                                                                           : 0;
}

static int make_record(struct input *in, struct arena *a, const struct csvio_record *from,
                       struct record *to)
{
    memset(to, 0, sizeof(*to));
    to->row = is_above(in, from) ? 0 : in->row;
    to->line = from->line;
    to->aside = to->row == 0 ? READ_ABOVE : put_aside(in, from);
    to->fields = read_copy_fields(a, from);
    to->nfields = from->nfields - extra_fields(in, from, to->aside != NULL);
    if (!to->fields || (!to->aside && judge(in, a, from, to->nfields, &to->fault) != 0))
        return -1;
    in->filled = shortrow_end(from->fields, from->nfields) >= count_named(in);
    return fill_up(in, a, to);
}

static struct record *next_waiting(struct waiting *w)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : RECORDS_BATCH;
        struct record *records = mem_resize(w->records, cap, sizeof(*records));

        if (!records)
            return NULL;
        w->records = records;
        w->cap = cap;
    }
    return &w->records[w->n++];
}

static bool is_full(const struct batch *b)
{
    return b->n == RECORDS_BATCH || arena_size(&b->arena) > RECORDS_BATCH_BYTES;
}

static int on_batched(void *context, const struct csvio_record *from)
{
    struct input *in = context;
    struct batch *b = in->batch;
    bool above = is_above(in, from);
    struct record *to;

    if (is_sep(in, from) || (above && !in->with_above))
        return 0;
    if (!above && !in->past_header) {
        in->past_header = true;
        if (in->found.reading.header_line > 0)
            return 0;
    }
    if (!above && ++in->row > in->facts.rows)
        return 0; /* empty, as all after it */
    if (b->n < RECORDS_BATCH) {
        to = &b->records[b->n++];
        return make_record(in, &b->arena, from, to) != 0 ? -1 : is_full(b) ? CSVIO_PAUSE : 0;
    }
    to = next_waiting(&in->waiting);
    return to && make_record(in, &in->waiting.arena, from, to) == 0 ? CSVIO_PAUSE : -1;
}

/* Those that have waited go first: 0 or -1. */
static int take_waiting(struct waiting *w, struct batch *b)
{
    for (; !is_full(b) && w->at < w->n; w->at++) {
        const struct record *from = &w->records[w->at];
        const struct csvio_record fields = {.fields = from->fields, .nfields = from->nfields};
        struct record *to = &b->records[b->n];

        *to = *from;
        to->fields = read_copy_fields(&b->arena, &fields);
        if (from->fault)
            to->fault = arena_copy(&b->arena, from->fault, strlen(from->fault));
        if (!to->fields || (from->fault && !to->fault))
            return -1;
        b->n++;
    }
    if (w->at == w->n) {
        w->at = w->n = 0;
        arena_reset(&w->arena);
    }
    return 0;
}

/* ---- passes ---- */

static int begin_pass(struct input *in, csvio_callback *callback, struct err *e)
{
    const struct reading *r = &in->found.reading;

    csvio_reader_free(in->csv);
    charset_free(in->charset);
    digest_free(in->digest); /* it may be half way through */
    in->charset = NULL;
    in->csv = csvio_reader_new(in->facts.name, r->delimiter, r->quote, callback, in, e);
    in->digest = digest_new();
    if (!in->csv || !in->digest)
        return err_nomem(e);
    csvio_reader_allow(in->csv, r->escape, r->blanks);
    if (r->sheet > 0)
        csvio_reader_sheet(in->csv, in->taken.width);
    if (strcmp(r->encoding, READING_UTF8) != 0 &&
        !(in->charset = charset_decoder(r->encoding, "--encoding", e)))
        return -1;
    spool_rewind(in->spool);
    in->strayed = in->grown = in->drained = false;
    in->broken = (struct err)ERR_INIT;
    in->at = 0;
    read_tables_rewind(&in->tables);
    in->past_header = in->past_table = in->ended = in->last = false;
    in->row = 0;
    in->filled = false;
    in->have = in->used = 0;
    in->waiting.n = in->waiting.at = 0;
    arena_reset(&in->waiting.arena);
    return 0;
}

/* The next chunk, as UTF-8, but for the first `skipped` bytes. */
static int take_chunk(struct input *in, size_t n, size_t skipped, struct err *e)
{
    const char *bytes = in->chunk + (skipped < n ? skipped : n);

    n -= skipped < n ? skipped : n;
    in->bytes = bytes;
    in->have = n;
    in->used = 0;
    if (!in->charset)
        return 0;
    text_clear(&in->decoded);
    charset_decode(in->charset, bytes, n, in->last, &in->decoded);
    if (!text_ok(&in->decoded))
        return err_nomem(e);
    in->bytes = in->decoded.ptr;
    in->have = in->decoded.len;
    return 0;
}

/* Fast, and good enough against accidents; nobody gains by making two blocks alike. */
static uint64_t block_hash(const char *bytes, size_t n)
{
    uint64_t h = n;

    for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t word = 0;

        memcpy(&word, bytes + i, n - i < sizeof(word) ? n - i : sizeof(word));
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    return h;
}

static size_t block_len(size_t n, size_t begin)
{
    return n - begin < BLOCK_SIZE ? n - begin : BLOCK_SIZE;
}

/* -1: no memory. */
static int marks_add(struct marks *m, const char *chunk, size_t n)
{
    for (size_t i = 0; i < n; i += BLOCK_SIZE) {
        if (m->n == m->cap) {
            size_t cap = m->cap ? 2 * m->cap : CHUNK_SIZE / BLOCK_SIZE;
            uint64_t *hashes = mem_resize(m->hashes, cap, sizeof(*hashes));

            if (!hashes)
                return -1;
            m->hashes = hashes;
            m->cap = cap;
        }
        m->hashes[m->n++] = block_hash(chunk + i, block_len(n, i));
    }
    m->total += n;
    return 0;
}

/* How many of these bytes, which begin at `at`, are as they were.  They may break off within a block. */
static size_t marks_match(const struct marks *m, uint64_t at, const char *chunk, size_t n)
{
    size_t i = 0;

    while (i < n && block_hash(chunk + i, block_len(n, i)) == m->hashes[(at + i) / BLOCK_SIZE])
        i += block_len(n, i);
    return i;
}

static int say_changed(const struct input *in, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s changed while it was read: wait until it is written whole, then run "
                   "the same command again",
                   in->facts.name);
}

/* At most `want` bytes into the chunk, fewer only at the end: how many, or -1. */
static ssize_t read_chunk(struct input *in, size_t want, struct err *e)
{
    size_t have = 0;

    while (have < want && !in->drained) {
        ssize_t n = spool_read(in->spool, in->chunk + have, want - have, e);

        if (n < 0)
            return -1;
        in->drained = n == 0;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

/* The bytes of the first pass again, as far as they are the same: how many, or -1. */
static ssize_t reread_chunk(struct input *in, struct err *e)
{
    uint64_t left = in->marks.total - in->at;
    size_t want = left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE, same;
    ssize_t n = read_chunk(in, want, in->lenient ? &in->broken : e);

    if (n < 0 && !in->lenient)
        return -1;
    same = n > 0 ? marks_match(&in->marks, in->at, in->chunk, (size_t)n) : 0;
    in->strayed = same < want;
    if (want == 0)
        in->grown = (n = read_chunk(in, 1, in->lenient ? &in->broken : e)) > 0;
    if (in->lenient)
        return (ssize_t)same;
    if (n < 0)
        return -1;
    return in->strayed || in->grown ? say_changed(in, e) : (ssize_t)same;
}

static int fill(struct input *in, size_t skipped, struct err *e)
{
    ssize_t n = in->marks.whole ? reread_chunk(in, e) : read_chunk(in, CHUNK_SIZE, e);

    if (n < 0)
        return -1;
    if (!in->marks.whole && marks_add(&in->marks, in->chunk, (size_t)n) != 0)
        return err_nomem(e);
    digest_update(in->digest, in->chunk, (size_t)n);
    in->at += (uint64_t)n;
    in->last = n == 0;
    return take_chunk(in, (size_t)n, skipped, e);
}

/* The first chunk of a pass. */
static int fill_first(struct input *in, struct err *e)
{
    return fill(in, in->found.mark, e);
}

/* The chunk, or as much of it as there is room for. */
static int feed(struct input *in, struct err *e)
{
    if (csvio_feed(in->csv, in->bytes + in->used, in->have - in->used, e))
        return err_nomem(e); /* unless csvio has said something else: the first error wins */
    in->used = in->have - csvio_unread(in->csv);
    return 0;
}

static int end_pass(struct input *in, uint8_t hash[INPUT_HASH_SIZE], struct err *e)
{
    in->ended = true;
    if (csvio_finish(in->csv, e) || digest_finish(in->digest, hash))
        return err_nomem(e);
    return 0;
}

static int count_all(struct input *in, bool header_only, struct err *e)
{
    if (begin_pass(in, on_counted, e) || fill_first(in, e))
        return -1;
    for (;;) {
        if (feed(in, e))
            return -1;
        if (header_only && in->past_header)
            return 0;
        if (in->last) {
            in->marks.whole = true;
            if (end_pass(in, in->facts.hash, e) != 0)
                return -1;
            end_shape(&in->shape);
            if (in->shape.footer > 0)
                read_tables_end(&in->tables, in->shape.footer_line);
            return 0;
        }
        if (fill(in, 0, e))
            return -1;
    }
}

static bool is_ascii(const char *bytes, size_t n)
{
    size_t i = 0;

    while (i < n && bytes[i] > 0)
        i++;
    return i == n;
}

/* The first chunk that is not plain ASCII, of those behind the first, or one of 0 bytes. */
static ssize_t find_telling(struct input *in, char chunk[CHUNK_SIZE], struct err *e)
{
    ssize_t n;

    do
        n = spool_read(in->spool, chunk, CHUNK_SIZE, e);
    while (n > 0 && is_ascii(chunk, (size_t)n));
    return n;
}

/* By the first bytes, which are then read again; if they are plain ASCII, which can be anything, the encoding
 * by the first that are not. */
static int find_out(struct input *in, const struct read_wishes *w, struct err *e)
{
    ssize_t n = spool_read(in->spool, in->chunk, sizeof(in->chunk), e), telling = 0;
    bool more = (size_t)n == sizeof(in->chunk), ascii, look;
    char *chunk;
    int rc = -1;

    if (n < 0)
        return -1;
    if (n == 0)
        return err_set(e, EXIT_INPUT, "%s: is empty: it needs a header line", in->facts.name);
    if (in->taken.sheet > 0)
        return read_find(in->facts.name,
                         &(struct read_first){
                             .bytes = {in->chunk, (size_t)n}, .more = more, .taken = &in->taken},
                         w, &in->found, e);
    chunk = mem_zero(1, CHUNK_SIZE);
    if (!chunk)
        return err_nomem(e);
    ascii = is_ascii(in->chunk, (size_t)n);
    look = ascii && more && !w->encoding && !w->as && !w->header_only;
    if (look)
        telling = find_telling(in, chunk, e);
    if (telling >= 0) {
        struct read_first first = {.bytes = {in->chunk, (size_t)n},
                                   .telling = {chunk, (size_t)telling},
                                   .more = more,
                                   .plain = ascii && telling == 0 && (look || !more),
                                   .taken = &in->taken};

        rc = read_find(in->facts.name, &first, w, &in->found, e);
    }
    free(chunk);
    return rc;
}

static int first_pass(struct input *in, const struct read_wishes *w, struct err *e)
{
    const char *first_end;

    if (find_out(in, w, e) != 0 || count_all(in, w->header_only, e) != 0)
        return -1;
    if (!in->past_header)
        return err_set(e, EXIT_INPUT, "%s: has no header line, only empty lines", in->facts.name);
    if (in->header_fault)
        return err_set(e, EXIT_INPUT,
                       "%s:%zu: the header cannot be read: %s (--quote, --escape say how it is "
                       "quoted, --header-line where it is)",
                       in->facts.name, in->facts.header.line, in->header_fault);
    if (!w->as && !w->header_line && !w->header_only &&
        read_tables_refuse(&in->tables, in->facts.name, w, e) != 0)
        return -1;
    first_end = csvio_line_end(in->csv);
    memcpy(in->found.reading.line_end, first_end, strlen(first_end) + 1);
    in->needed = in->facts.header.n;
    in->facts.reading = in->found.reading;
    in->facts.preset = in->found.preset;
    in->facts.notices = in->found.notices.ptr;
    if (in->found.about.len > 0)
        in->facts.header.about = in->found.about.ptr;
    return 0;
}

static int open_all(struct input *in, const char *path, const struct read_wishes *w, struct err *e)
{
    const struct intake_wishes wishes = {.fetch = w->fetch,
                                         .member = w->member,
                                         .sheet = w->sheet,
                                         .sheet_option = w->sheet_option,
                                         .as_member = w->as ? w->as->member : 0,
                                         .as_sheet = w->as ? w->as->sheet : 0};

    in->spool = intake_open(path, &wishes, &in->taken, e);
    if (!in->spool)
        return -1;
    in->facts.name = spool_name(in->spool);
    in->facts.header.origin = in->facts.name;
    in->facts.sheet = in->taken.title.ptr;
    in->facts.hidden_rows = in->taken.hidden_rows;
    if (!w->as)
        text_puts(&in->found.notices, in->taken.notices.ptr);
    return first_pass(in, w, e);
}

struct input *read_open(const char *path, const struct read_wishes *w, struct err *e)
{
    struct input *in = mem_zero(1, sizeof(*in));

    if (!in) {
        err_nomem(e);
        return NULL;
    }
    arena_init(&in->arena);
    arena_init(&in->waiting.arena);
    intake_found_init(&in->taken);
    text_init(&in->decoded);
    text_init(&in->found.notices);
    text_init(&in->found.about);
    if (open_all(in, path, w, e)) {
        read_close(in);
        return NULL;
    }
    return in;
}

void read_close(struct input *in)
{
    if (!in)
        return;
    csvio_reader_free(in->csv);
    charset_free(in->charset);
    digest_free(in->digest);
    spool_close(in->spool);
    intake_found_release(&in->taken);
    text_release(&in->found.notices);
    text_release(&in->found.about);
    text_release(&in->decoded);
    read_tables_release(&in->tables);
    free(in->marks.hashes);
    free(in->waiting.records);
    arena_release(&in->waiting.arena);
    arena_release(&in->arena);
    free(in);
}

void read_need(struct input *in, size_t n)
{
    in->needed = n;
}

const struct input_facts *read_facts(const struct input *in)
{
    return &in->facts;
}

static int rewind_as(struct input *in, bool with_above, bool lenient, struct err *e)
{
    in->with_above = with_above;
    in->lenient = lenient;
    return begin_pass(in, on_batched, e) == 0 ? fill_first(in, e) : -1;
}

int read_rewind(struct input *in, struct err *e)
{
    return rewind_as(in, false, false, e);
}

bool read_strayed(const struct input *in, const char **why)
{
    *why = in->broken.code != EXIT_DONE ? in->broken.text : NULL;
    return in->strayed || in->grown;
}

static int check_unchanged(struct input *in, struct err *e)
{
    uint8_t hash[INPUT_HASH_SIZE];

    if (end_pass(in, hash, e))
        return -1;
    return memcmp(hash, in->facts.hash, sizeof(hash)) == 0 ? 0 : say_changed(in, e);
}

/* A record that is not whole where the pass has strayed is none. */
static int go_on(struct input *in, struct err *e)
{
    if (in->strayed) {
        in->ended = true;
        return 0;
    }
    return in->last ? check_unchanged(in, e) : fill(in, 0, e);
}

int read_batch(struct input *in, struct batch *b, struct err *e)
{
    arena_reset(&b->arena);
    b->n = 0;
    in->batch = b;
    if (take_waiting(&in->waiting, b) != 0)
        return err_nomem(e);
    while (!is_full(b) && !in->ended) {
        if (feed(in, e))
            return -1;
        if (in->used < in->have)
            continue;
        if (go_on(in, e) != 0)
            return -1;
    }
    return 0;
}

static int rewind_source(void *context, struct err *e)
{
    return rewind_as(context, true, false, e);
}

static int next_of_source(void *context, struct batch *b, struct err *e)
{
    return read_batch(context, b, e);
}

struct source read_source(struct input *in)
{
    return (struct source){in, read_facts(in), rewind_source, next_of_source, NULL};
}

static int rewind_lenient(void *context, struct err *e)
{
    return rewind_as(context, true, true, e);
}

static bool source_strayed(void *context)
{
    const char *why;

    return read_strayed(context, &why);
}

struct source read_source_as_far(struct input *in)
{
    return (struct source){in, read_facts(in), rewind_lenient, next_of_source, source_strayed};
}
