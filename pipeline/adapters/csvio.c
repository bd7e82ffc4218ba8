/*
 * csvio: libcsv 3.0.3, led so that it keeps what csvio.h promises.
 *
 * A reader's states: start (a byte order mark?) -> text -> finished; or troubled, for good, but for
 * TROUBLE_QUOTE: a quote that was none.  Then the record is read again from its first byte: up to
 * that quote as before, from there to the end of its line literally, and what follows as any text.
 * The bytes for this are those of the chunk at hand; only of a record that is still open at a
 * chunk's end are they kept (`held`).  No byte is read more than a few times: between a quote that
 * was none and the byte that showed it stand only pairs of quotes, and these open nothing that they
 * do not close.
 *
 * libcsv is fed line by line, since it counts no lines, and in strict mode, where it stops at a
 * stray quote instead of guessing: left to itself it takes `"b"c,d` as a quoted field that goes on,
 * and swallows rows up to the next quote.  Its two stops are told apart by the byte:
 * - a quote, inside an unquoted field: it is fed again without strictness, and stands for itself;
 * - any other, after a closing quote: a delimiter is slipped in: libcsv ends the quoted part and
 *   takes the rest as an unquoted field, and the two are then joined (`joins`).
 *
 * It cannot do without a quote; literally means that it is given one which is not in the text.
 *
 * Nor does it know escapes, or blanks before a quote.  An escaped byte is fed to it alone, while nothing is a
 * delimiter, a quote or a line end; the escape is not fed at all.  Where it stops at a quote behind blanks, a
 * delimiter is slipped in, and the field that these were is dropped.
 *
 * A line that is a record, without escapes, and with quotes where they belong, needs none of this: it is cut here, in
 * a tenth of the time of libcsv, which takes some forty steps for each byte.
 *
 * libcsv's callbacks return nothing: what goes wrong in them is kept in `trouble`, and asked for
 * after each call.
 */
#include "adapters/csvio.h"

#include "base/formula.h"
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
static const char dos_end[] = {'\x1A'}; /* Ctrl-Z */

enum trouble {
    TROUBLE_NONE,
    TROUBLE_STOPPED, /* by the callback */
    TROUBLE_NOMEM,
    TROUBLE_QUOTE, /* not final: the record is to be read again, for a quote was none (or a field is too long) */
    TROUBLE_FIELD,
    TROUBLE_FIELDS,
    TROUBLE_RECORD
};

struct csvio_reader {
    struct csv_parser parser;
    const char *name;
    csvio_callback *callback;
    void *context;
    char delimiter, quote;
    char escape;  /* 0: none */
    bool blanks;  /* a quote behind blanks opens a field as well */
    bool blank;   /* the field at hand has had nothing else so far */
    bool escaped; /* the escape has come, and not yet what it escapes */
    bool after_escaped_cr;
    bool hidden;    /* nothing that is fed has a meaning */
    size_t dos_end; /* Ctrl-Z held back, until something follows them */
    enum trouble trouble;
    bool literal;  /* up to the end of the record */
    bool nuls;     /* there are some, somewhere: each line is searched for them */
    bool paused;   /* by the callback, at the end of this record */
    size_t unread; /* bytes of the last feed */

    bool started;   /* past the place of a byte order mark */
    size_t matched; /* bytes of the mark seen, and held back until it is whole */
    bool had_bom;

    bool sheet;     /* lines are rows */
    size_t width;   /* … which have so many fields, or more */
    uint64_t inner; /* … but for so many, which were inside cells */

    uint64_t line; /* of the next byte */
    uint64_t record_line, field_line;
    uint64_t nul_line; /* 0: none in the record */
    bool in_record;
    bool after_cr;        /* a LF now belongs to the CR before it */
    const char *line_end; /* NULL: none seen yet */
    bool line_end_open;   /* it is the CR just seen, and may become CRLF */

    struct text held;  /* of the record that is open: its bytes before this chunk */
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
    case TROUBLE_FIELD:
        return err_set(e, EXIT_INPUT,
                       "%s:%" PRIu64
                       ": the field that begins here is longer than %u bytes: is this "
                       "a CSV file, with its line ends?",
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
    case TROUBLE_QUOTE:
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
        snprintf(r->fault, sizeof(r->fault), "%s on line %" PRIu64 "%s", what, line, rest);
}

/* Room for one more field, empty so far. */
static int add_field(struct csvio_reader *r)
{
    if (r->nfields == CSVIO_FIELDS_MAX)
        return set_trouble(r, TROUBLE_FIELDS);
    if (r->nfields == r->fields_cap) {
        size_t cap = r->fields_cap ? 2 * r->fields_cap : FIELDS_FIRST;
        struct slice *fields = mem_resize(r->fields, cap, sizeof(*fields));
        if (!fields)
            return set_trouble(r, TROUBLE_NOMEM);
        r->fields = fields;
        r->fields_cap = cap;
    }
    r->fields[r->nfields++] = (struct slice){NULL, 0};
    return 0;
}

/* Whether the field has begun with a quote, which then was none, tells only its first byte: it is read again. */
static enum trouble too_long(const struct csvio_reader *r)
{
    return r->literal ? TROUBLE_FIELD : TROUBLE_QUOTE;
}

/* The field goes on after its closing quote: harmless if only with blanks. */
static int join_field(struct csvio_reader *r, const char *bytes, size_t len)
{
    size_t blanks = 0;

    while (blanks < len && is_blank(bytes[blanks]))
        blanks++;
    if (blanks < len && r->field_line < r->line)
        return set_trouble(r, TROUBLE_QUOTE);
    if (blanks < len)
        set_fault(r, "text after a closing quote", r->line, "");
    r->bytes.len--; /* the NUL between the parts */
    r->joins = false;
    return 0;
}

static void on_field(void *bytes, size_t len, void *context)
{
    struct csvio_reader *r = context;
    size_t whole = len + (r->joins ? r->fields[r->nfields - 1].len : 0);

    if (r->trouble)
        return;
    if (whole > CSVIO_FIELD_MAX) {
        r->trouble = too_long(r);
        return;
    }
    if (r->joins ? join_field(r, bytes, len) : add_field(r))
        return;
    text_append(&r->bytes, bytes, len);
    text_append(&r->bytes, "", 1);
    r->fields[r->nfields - 1].len = whole;
    if (!text_ok(&r->bytes))
        r->trouble = TROUBLE_NOMEM;
    else if (r->bytes.len > CSVIO_RECORD_MAX)
        r->trouble = TROUBLE_RECORD;
    else
        r->field_line = r->line; /* of the field to come */
}

/* Nothing of a record is known. */
static void clear_record(struct csvio_reader *r)
{
    text_reset(&r->bytes);
    r->nfields = 0;
    r->joins = false;
    r->literal = r->quote == 0;
    r->nul_line = 0;
    r->fault[0] = '\0';
}

/* The record gets the cells that its row does not need to name. */
static int widen(struct csvio_reader *r)
{
    while (r->nfields < r->width) {
        if (add_field(r) != 0)
            return -1;
        text_append(&r->bytes, "", 1);
    }
    return text_ok(&r->bytes) ? 0 : set_trouble(r, TROUBLE_NOMEM);
}

static void on_row(int c, void *context)
{
    struct csvio_reader *r = context;

    (void)c;
    r->in_record = false;
    if (r->trouble)
        return;
    if (r->nul_line)
        set_fault(r, "a NUL byte", r->nul_line, "");
    if (r->nfields < r->width && widen(r) != 0)
        return;
    const char *p = r->bytes.ptr;
    for (size_t i = 0; i < r->nfields; i++) {
        r->fields[i].ptr = p;
        p += r->fields[i].len + 1;
    }
    struct csvio_record record = {.line = r->record_line - r->inner,
                                  .last_line = r->line - r->inner,
                                  .fields = r->fields,
                                  .nfields = r->nfields,
                                  .fault = r->fault[0] ? r->fault : NULL};
    if (r->sheet) {
        r->inner += record.last_line - record.line;
        record.last_line = record.line;
    }
    text_reset(&r->held); /* before the callback, which may make a copy of the record */
    int rc = r->callback(r->context, &record);
    if (rc < 0)
        r->trouble = TROUBLE_STOPPED;
    r->paused = rc > 0;
    clear_record(r);
}

/* Copies what stands in quotes from p on to *out, which is before it, and moves *out behind that.  Returns where the
 * field ends; NULL: libcsv must tell. */
static char *take_quoted(const struct csvio_reader *r, char *p, char *end, char **out)
{
    for (;; p++) {
        char *found = memchr(p, r->quote, (size_t)(end - p));
        if (!found)
            return NULL;
        memmove(*out, p, (size_t)(found - p));
        *out += found - p;
        p = found + 1;
        if (p == end || *p == r->delimiter)
            return p;
        if (*p != r->quote)
            return NULL;
        *(*out)++ = r->quote; /* it is doubled */
    }
}

/* The same of a field without quotes. */
static char *take_unquoted(const struct csvio_reader *r, bool quotes, char *p, char *end,
                           char **out)
{
    char *stop = memchr(p, r->delimiter, (size_t)(end - p));

    if (!stop)
        stop = end;
    if (quotes && memchr(p, r->quote, (size_t)(stop - p)))
        return NULL;
    if (*out != p)
        memmove(*out, p, (size_t)(stop - p));
    *out += stop - p;
    return stop;
}

/* The fields of a line, end: its line end.  False: libcsv must tell, or trouble. */
static bool take_fields(struct csvio_reader *r, bool quotes, char *p, char *end)
{
    char *out = p, *stop = p;

    for (; stop < end; p = stop + 1) {
        char *begin = out;
        stop = quotes && p < end && *p == r->quote ? take_quoted(r, p + 1, end, &out)
                                                   : take_unquoted(r, quotes, p, end, &out);
        if (!stop || add_field(r))
            return false;
        r->fields[r->nfields - 1].len = (size_t)(out - begin);
        *out++ = '\0';
    }
    r->bytes.len = (size_t)(out - r->bytes.ptr);
    return true;
}

/* A record that is one line, whose quotes stand around fields, and doubled in these; its line end is one byte.  False:
 * libcsv must tell, or trouble. */
static bool take_plain(struct csvio_reader *r, const char *p, size_t len)
{
    if (r->nuls || (r->escape && memchr(p, r->escape, len)))
        return false;
    text_append(&r->bytes, p, len);
    if (!text_ok(&r->bytes)) {
        r->trouble = TROUBLE_NOMEM;
        return false;
    }
    char *begin = r->bytes.ptr;
    if (take_fields(r, r->quote && memchr(p, r->quote, len), begin, begin + len - 1)) {
        on_row(0, r);
        return true;
    }
    if (!r->trouble)
        clear_record(r);
    return false;
}

/* While they are hidden, what the user may escape has no meaning for libcsv. */
static int is_no_term(unsigned char c)
{
    (void)c;
    return 0;
}

static void hide_marks(struct csvio_reader *r, bool hide)
{
    r->hidden = hide;
    csv_set_delim(&r->parser, hide ? '\0' : (unsigned char)r->delimiter);
    csv_set_quote(&r->parser, hide ? '\0' : (unsigned char)r->quote);
    csv_set_term_func(&r->parser, hide ? is_no_term : NULL);
}

/* End the field at hand, where the text has no delimiter. */
static void slip_delimiter(struct csvio_reader *r)
{
    uint64_t field_line = r->field_line;
    bool hidden = r->hidden;

    if (hidden)
        hide_marks(r, false);
    csv_parse(&r->parser, &r->delimiter, 1, on_field, on_row, r);
    r->field_line = field_line; /* it is still the same field */
    if (hidden)
        hide_marks(r, true);
}

static bool ends_field(const struct csvio_reader *r, char c)
{
    return !r->hidden && (c == r->delimiter || c == '\r' || c == '\n');
}

/* Does an unquoted field at `end` hold nothing but blanks?  What was fed lately begins at `from`. */
static bool is_blank_until(const struct csvio_reader *r, const char *from, const char *end)
{
    while (end > from && is_blank(end[-1]) && !ends_field(r, end[-1]))
        end--;
    return end > from ? ends_field(r, end[-1]) : r->blank;
}

/* The field of blanks that has just ended was none. */
static void drop_blanks(struct csvio_reader *r)
{
    r->nfields--;
    r->bytes.len -= r->fields[r->nfields].len + 1;
}

/* Hand the byte at which libcsv stopped to it in another way; blank: only blanks are before it.  Returns how many
 * bytes that used up. */
static size_t pass_stray_quote(struct csvio_reader *r, char c, bool blank)
{
    bool is_quote = c == r->quote && !r->hidden;

    if (is_quote && r->blanks && blank && !r->joins) {
        slip_delimiter(r);
        if (!r->trouble)
            drop_blanks(r);
        return 0;
    }
    if (is_quote) {
        csv_set_opts(&r->parser, 0);
        csv_parse(&r->parser, &c, 1, on_field, on_row, r);
        csv_set_opts(&r->parser, STRICT);
        return 1;
    }
    slip_delimiter(r);
    r->joins = !r->trouble;
    return 0;
}

static int parse(struct csvio_reader *r, const char *p, size_t len)
{
    const char *from = p;

    while (len > 0) {
        size_t n = csv_parse(&r->parser, p, len, on_field, on_row, r);
        p += n;
        len -= n;
        if (len > 0 && !r->trouble && csv_error(&r->parser) != CSV_EPARSE)
            r->trouble =
                csv_get_buffer_size(&r->parser) == FIELD_BUFFER_MAX ? too_long(r) : TROUBLE_NOMEM;
        if (r->trouble)
            return -1;
        if (len > 0) {
            n = pass_stray_quote(r, *p, is_blank_until(r, from, p));
            p += n;
            len -= n;
        }
    }
    r->blank = is_blank_until(r, from, p);
    return r->trouble ? -1 : 0;
}

/* No byte of these is a quote, not even the one that libcsv must have. */
static int parse_literally(struct csvio_reader *r, const char *p, size_t len)
{
    int rc = 0;

    while (len > 0 && rc == 0) {
        const char *nul = r->nuls ? memchr(p, '\0', len) : NULL;
        size_t n = nul == p ? 1 : nul ? (size_t)(nul - p) : len;
        csv_set_quote(&r->parser, nul == p ? '"' : '\0');
        rc = parse(r, p, n);
        p += n;
        len -= n;
    }
    csv_set_quote(&r->parser, (unsigned char)r->quote);
    return rc;
}

/* A quote that was none is taken as it is to the end of its line, and so are escapes. */
static bool has_escapes(const struct csvio_reader *r)
{
    return r->escape && !(r->literal && r->quote);
}

static int parse_any(struct csvio_reader *r, const char *p, size_t len)
{
    return r->literal ? parse_literally(r, p, len) : parse(r, p, len);
}

static int parse_hidden(struct csvio_reader *r, char c)
{
    hide_marks(r, true);
    int rc = parse(r, &c, 1);
    hide_marks(r, false);
    return rc;
}

/* An escape before anything else stands for itself, as in C:\dir and \N. */
static bool is_escapable(const struct csvio_reader *r, char c)
{
    return c == r->escape || c == r->delimiter || (c == r->quote && c) || c == '\r' || c == '\n';
}

/* The byte behind an escape. */
static int parse_escaped(struct csvio_reader *r, char c)
{
    r->escaped = false;
    if (is_escapable(r, c)) {
        r->after_escaped_cr = c == '\r';
        return parse_hidden(r, c);
    }
    return parse_hidden(r, r->escape) ? -1 : parse_any(r, &c, 1);
}

static int parse_with_escapes(struct csvio_reader *r, const char *p, size_t len)
{
    const char *end = p + len;
    int rc = 0;

    if (r->after_escaped_cr && *p == '\n')
        rc = parse_hidden(r, *p++);
    r->after_escaped_cr = false;
    while (p < end && rc == 0) {
        if (r->escaped) {
            rc = parse_escaped(r, *p++);
            continue;
        }
        const char *at = memchr(p, r->escape, (size_t)(end - p));
        rc = parse_any(r, p, (size_t)((at ? at : end) - p));
        r->escaped = at != NULL;
        p = at ? at + 1 : end;
    }
    return rc;
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

/* What these bytes are for the record that they belong to, if any. */
static void enter_record(struct csvio_reader *r, const char *p, size_t len, bool ends)
{
    if (!r->in_record && !(ends && len == 1)) {
        r->in_record = true;
        r->record_line = r->field_line = r->line;
    }
    if (r->nuls && !r->nul_line && memchr(p, '\0', len))
        r->nul_line = r->line;
}

/* Is it a record's only line, unless a quote goes on behind it? */
static bool is_whole(const struct csvio_reader *r, size_t len, bool ends)
{
    return ends && len > 1 && !r->in_record && !(r->literal && r->quote);
}

static void read_line(struct csvio_reader *r, const char *p, size_t len, bool whole)
{
    if ((whole && take_plain(r, p, len)) || r->trouble)
        return;
    if (has_escapes(r))
        parse_with_escapes(r, p, len);
    else
        parse_any(r, p, len);
}

/* A line, or a part of one: at most one CR or LF, and that at its end. */
static void feed_line(struct csvio_reader *r, const char *p, size_t len)
{
    char last = p[len - 1];
    bool ends = last == '\r' || last == '\n';
    bool completes_crlf = r->after_cr && *p == '\n';
    bool whole = is_whole(r, len, ends);

    if (completes_crlf && r->line_end_open)
        r->line_end = "\r\n";
    r->line_end_open = false;
    r->after_cr = false;
    enter_record(r, p, len, ends);
    read_line(r, p, len, whole);
    if (!r->trouble && ends && !completes_crlf)
        end_line(r, last);
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

/* Does the field that begins here begin with a quote? */
static bool opens_quote(const struct csvio_reader *r, const char *p, size_t len)
{
    size_t i = 0;

    while (r->blanks && i < len && is_blank(p[i]) && p[i] != r->delimiter)
        i++;
    return r->quote && i < len && p[i] == r->quote;
}

/* The quote that begins the field at hand was none; or there is none, and the field is too long.  p: the record's
 * bytes so far.  Reads them again, hands out what ends with that quote's line, and returns how many of them that used
 * up. */
static size_t give_up_quote(struct csvio_reader *r, const char *p, size_t len)
{
    uint64_t line = r->field_line;
    size_t before = r->nfields - (r->joins ? 1 : 0); /* so many fields */
    size_t at = 0;
    size_t n;

    csv_set_opts(&r->parser, 0);
    csv_fini(&r->parser, NULL, NULL, NULL); /* it forgets the record */
    csv_set_opts(&r->parser, STRICT);
    clear_record(r);
    r->line = r->record_line;
    r->trouble = TROUBLE_NONE;
    r->blank = true;
    r->in_record = r->after_cr = r->escaped = r->after_escaped_cr = false;
    for (; r->line < line && at < len && !r->trouble; at += n) {
        n = line_len(p + at, len - at);
        feed_line(r, p + at, n);
    }
    while ((r->nfields < before || r->joins) && at < len && !r->trouble)
        feed_line(r, p + at++, 1);
    if (!r->trouble && !opens_quote(r, p + at, len - at)) {
        r->trouble = TROUBLE_FIELD;
        return at;
    }
    r->fault[0] = '\0'; /* this one weighs more */
    set_fault(r, "a quote opened", line, " is never closed");
    for (r->literal = true; r->literal && at < len && !r->trouble; at += n) {
        n = line_len(p + at, len - at);
        feed_line(r, p + at, n);
    }
    return at;
}

static int reread_held(struct csvio_reader *r);

/* Returns how many bytes were read: all, if nobody pauses.  It calls itself, by reread_held, once at most: nothing is
 * held then. */
static size_t feed_text(struct csvio_reader *r, const char *p, size_t len)
{
    size_t at = 0;
    size_t first = 0; /* what of the record is not held begins here */

    r->paused = false;
    while (at < len && (!r->paused || r->in_record)) {
        size_t n = line_len(p + at, len - at);
        if (!r->in_record)
            first = at;
        feed_line(r, p + at, n);
        at += n;
        if (r->trouble == TROUBLE_QUOTE && r->held.len == 0) {
            at = first + give_up_quote(r, p + first, at - first);
        } else if (r->trouble == TROUBLE_QUOTE) {
            text_append(&r->held, p + first, at - first);
            reread_held(r);
            first = at;
        }
        if (r->trouble)
            return at;
    }
    if (r->in_record && !r->literal)
        text_append(&r->held, p + first, len - first);
    if (!text_ok(&r->held))
        r->trouble = TROUBLE_NOMEM;
    return at;
}

/* Once more, since a quote was none; what is of an open record then is held again. */
static int reread_held(struct csvio_reader *r)
{
    struct text in = r->held;

    if (!text_ok(&in))
        return set_trouble(r, TROUBLE_NOMEM);
    text_init(&r->held);
    size_t at = give_up_quote(r, in.ptr, in.len);
    while (at < in.len && !r->trouble) /* also if somebody pauses: these bytes are here once */
        at += feed_text(r, in.ptr + at, in.len - at);
    text_release(&in);
    return r->trouble ? -1 : 0;
}

/* With nothing behind it an escape stands for itself. */
static int end_escape(struct csvio_reader *r)
{
    int rc = r->escaped ? parse_hidden(r, r->escape) : 0;

    r->escaped = false;
    return rc;
}

/* No more text comes. */
static int end_text(struct csvio_reader *r)
{
    do {
        if (r->trouble == TROUBLE_QUOTE && reread_held(r))
            return -1;
        if (end_escape(r) == 0 && csv_fini(&r->parser, on_field, on_row, r))
            r->trouble = TROUBLE_QUOTE;
    } while (r->trouble == TROUBLE_QUOTE);
    return r->trouble ? -1 : 0;
}

/* What was held back as the beginning of a mark was none. */
static int end_start(struct csvio_reader *r)
{
    r->started = true;
    r->had_bom = r->matched >= sizeof(mark);
    if (!r->had_bom)
        feed_text(r, mark, r->matched);
    return r->trouble ? -1 : 0;
}

/* Moves *p past what belongs to a mark, which may come in pieces. */
static int feed_start(struct csvio_reader *r, const char **p, const char *end)
{
    while (*p < end && r->matched < sizeof(mark) && **p == mark[r->matched]) {
        ++*p;
        r->matched++;
    }
    if (*p == end && r->matched < sizeof(mark))
        return 0;
    return end_start(r);
}

static int feed_bytes(struct csvio_reader *r, const char *p, const char *end)
{
    if (r->trouble || (!r->started && feed_start(r, &p, end)))
        return -1;
    if (p == end)
        return 0;
    r->nuls = r->nuls || memchr(p, '\0', (size_t)(end - p));
    r->unread = (size_t)(end - p) - feed_text(r, p, (size_t)(end - p));
    return r->trouble ? -1 : 0;
}

/* Something follows them. */
static int feed_dos_ends(struct csvio_reader *r)
{
    int rc = 0;

    for (; r->dos_end > 0 && rc == 0; r->dos_end--)
        rc = feed_bytes(r, dos_end, dos_end + 1);
    return rc;
}

int csvio_feed(struct csvio_reader *r, const void *bytes, size_t len, struct err *e)
{
    const char *p = bytes;
    size_t ends = 0;

    r->unread = 0;
    while (ends < len && p[len - 1 - ends] == *dos_end)
        ends++;
    if (ends < len && (feed_dos_ends(r) || feed_bytes(r, p, p + len - ends)))
        return troubled(r, e);
    if (r->unread > 0)
        r->unread += ends;
    else
        r->dos_end += ends;
    return r->trouble ? troubled(r, e) : 0;
}

int csvio_finish(struct csvio_reader *r, struct err *e)
{
    if (r->trouble || (!r->started && end_start(r)) || end_text(r))
        return troubled(r, e);
    return 0;
}

struct csvio_reader *csvio_reader_new(const char *name, char delimiter, char quote,
                                      csvio_callback *callback, void *context, struct err *e)
{
    struct csvio_reader *r = mem_zero(1, sizeof(*r));
    if (!r) {
        err_nomem(e);
        return NULL;
    }
    csv_init(&r->parser, STRICT);
    csv_set_delim(&r->parser, (unsigned char)delimiter);
    csv_set_quote(&r->parser, (unsigned char)quote);
    csv_set_space_func(&r->parser, is_space);
    csv_set_realloc_func(&r->parser, field_resize);
    csv_set_blk_size(&r->parser, FIELD_BUFFER_MAX); /* pages it does not touch cost nothing */
    text_init(&r->held);
    text_init(&r->bytes);
    r->name = name;
    r->delimiter = delimiter;
    r->quote = quote;
    r->literal = quote == 0;
    r->callback = callback;
    r->context = context;
    r->line = 1;
    r->blank = true;
    return r;
}

void csvio_reader_allow(struct csvio_reader *r, char escape, bool blanks)
{
    r->escape = escape;
    r->blanks = blanks;
}

void csvio_reader_sheet(struct csvio_reader *r, size_t width)
{
    r->sheet = true;
    r->width = width;
}

void csvio_reader_free(struct csvio_reader *r)
{
    if (!r)
        return;
    free(r->fields);
    text_release(&r->held);
    text_release(&r->bytes);
    csv_free(&r->parser);
    free(r);
}

size_t csvio_unread(const struct csvio_reader *r)
{
    return r->unread;
}

bool csvio_had_bom(const struct csvio_reader *r)
{
    return r->had_bom;
}

const char *csvio_line_end(const struct csvio_reader *r)
{
    return r->line_end ? r->line_end : "\n";
}

static bool holds(struct slice field, char c)
{
    return memchr(field.ptr, c, field.len) != NULL;
}

/* A byte that could not be decoded (adapters/charset.h)?  In an encoding of two bytes a character it would take the
 * delimiter behind it for its second. */
static bool holds_undecoded(struct slice field)
{
    const char *end = field.ptr + field.len;
    const char *p = field.ptr;

    while ((p = memchr(p, '\xED', (size_t)(end - p))) && ++p < end)
        if ((unsigned char)*p >= 0xA0)
            return true;
    return false;
}

static bool needs_quotes(struct slice field, char delimiter, char quote)
{
    if (quote == 0 || field.len == 0)
        return false;
    if (is_blank(field.ptr[0]) || is_blank(field.ptr[field.len - 1]))
        return true;
    if (field.len >= sizeof(mark) && memcmp(field.ptr, mark, sizeof(mark)) == 0)
        return true;
    return holds(field, delimiter) || holds(field, quote) || holds(field, '\r') ||
           holds(field, '\n') || holds_undecoded(field);
}

static void append_doubled(struct text *out, struct slice field, char quote)
{
    const char *p = field.ptr;
    const char *end = p + field.len;
    const char *found;

    while (p < end && (found = memchr(p, quote, (size_t)(end - p)))) {
        text_append(out, p, (size_t)(found + 1 - p));
        text_append(out, &quote, 1);
        p = found + 1;
    }
    text_append(out, p, (size_t)(end - p));
}

/* The field with `before` in front of it. */
static void append_field(struct text *out, struct slice before, struct slice field, char delimiter,
                         char quote)
{
    if (!needs_quotes(field, delimiter, quote) && !needs_quotes(before, delimiter, quote)) {
        text_append(out, before.ptr, before.len);
        text_append(out, field.ptr, field.len);
        return;
    }
    text_append(out, &quote, 1);
    append_doubled(out, before, quote);
    append_doubled(out, field, quote);
    text_append(out, &quote, 1);
}

void csvio_append(struct text *out, struct slice field, char delimiter, char quote)
{
    append_field(out, (struct slice){"", 0}, field, delimiter, quote);
}

void csvio_append_safe(struct text *out, struct slice field, char delimiter, char quote)
{
    append_field(out, slice_of(formula_begins(field) ? "'" : ""), field, delimiter, quote);
}
