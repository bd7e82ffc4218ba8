/*
 * report_csv: a results CSV: opened (its header is written) -> rows -> end.
 *
 * It is as struct reading says.  A cell is a few bytes appended to a text, which goes to the file now and then.
 */
#include "report_internal.h"

#include "adapters/charset.h"
#include "adapters/csvio.h"
#include "adapters/outfile.h"
#include "base/formula.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FLUSH_BYTES 65536
#define OUT_KEPT_MAX ((size_t)4 * FLUSH_BYTES)
#define NUMBER_MAX 24

struct rendering {
    const struct report_options *o;
    const struct reading *as;
    const struct chosen *columns;
    struct charset *charset; /* NULL: UTF-8 */
    struct outfile *file;
    struct text out, encoded, note, valid;
};

/* ---- cells ---- */

/* The same, or what can be shown of it, until the next call. */
static struct slice make_valid(struct rendering *r, struct slice s)
{
    if (!r->o->valid_utf8 || slice_is_utf8(s))
        return s;
    text_clear(&r->valid);
    while (s.len > 0) {
        struct slice shown;
        size_t n = charset_shown(s, &shown);
        text_append(&r->valid, shown.ptr, shown.len);
        s = (struct slice){s.ptr + n, s.len - n};
    }
    r->out.failed = r->out.failed || !text_ok(&r->valid);
    return (struct slice){r->valid.ptr, r->valid.len};
}

static void put_field(struct rendering *r, struct slice field)
{
    field = make_valid(r, field);
    (r->o->safe_cells ? csvio_append_safe : csvio_append)(&r->out, field, r->as->delimiter,
                                                          r->as->quote);
}

static void put_delimiter(struct rendering *r)
{
    text_append(&r->out, &r->as->delimiter, 1);
}

static void put_added(struct rendering *r, const char *s, bool guard)
{
    if (*s)
        (guard ? csvio_append_safe : csvio_append)(&r->out, make_valid(r, slice_of(s)),
                                                   r->as->delimiter, r->as->quote);
}

/* What a server says may begin like a formula; of our own cells the user decides. */
static bool is_guarded(const struct rendering *r, int text)
{
    return text == ADDED_ERROR || text == ADDED_ATTEMPT || r->o->safe_cells;
}

/* The note, and which of these cells are not quite what they are. */
static const char *make_note(struct rendering *r, const char *const texts[REPORT_TEXTS])
{
    static const char *const names[REPORT_TEXTS] = {
        "status", "error", "note", "action", "target", "recipient", "attempt_id", "code", "link"};
    size_t n = 0;

    for (int i = 0; i < REPORT_TEXTS; i++) {
        if (!is_guarded(r, i) || !formula_begins(slice_of(texts[i])))
            continue;
        if (n == 0) {
            text_clear(&r->note);
            text_puts(&r->note, texts[ADDED_NOTE]);
        }
        text_puts(&r->note, n++ > 0 ? ", " : *texts[ADDED_NOTE] ? "; " : "");
        text_puts(&r->note, names[i]);
    }
    if (n == 0)
        return texts[ADDED_NOTE];
    text_puts(&r->note, " shown with a leading '");
    text_puts(&r->note, r->o->safe_cells ? " (--safe-cells)" : "");
    r->out.failed = r->out.failed || !text_ok(&r->note);
    return r->note.ptr;
}

static void put_number(struct rendering *r, unsigned n)
{
    char digits[NUMBER_MAX], *end = digits + sizeof(digits), *first = end;

    for (; n; n /= 10)
        *--first = (char)('0' + n % 10);
    text_append(&r->out, first, (size_t)(end - first));
}

/* One of a whole row, or of a step. */
static void put_cell(struct rendering *r, const struct report_row *row,
                     const struct report_added *added, enum added at)
{
    switch (at) {
    case ADDED_NOTE:
        put_added(r, make_note(r, added->texts), is_guarded(r, ADDED_NOTE));
        break;
    case ADDED_TRIES:
        put_number(r, added->tries);
        break;
    case ADDED_HTTP_STATUS:
        put_number(r, added->http_status);
        break;
    case ADDED_FINISHED:
        put_added(r, added->finished, false);
        break;
    case ADDED_RETRY:
        put_added(r, report_retry(r->o, row), false);
        break;
    default:
        put_added(r, added->texts[at], is_guarded(r, (int)at));
        break;
    }
}

/* ---- rows ---- */

static void put_header(struct rendering *r)
{
    const struct chosen *c = r->columns;

    if (r->as->bom)
        text_puts(&r->out, "\xef\xbb\xbf");
    if (r->as->sep_line)
        text_printf(&r->out, "sep=%c%s", r->as->delimiter, r->as->line_end);
    for (size_t i = 0; i < c->n; i++) {
        if (i > 0)
            put_delimiter(r);
        if (c->list[i].step == CHOSEN_INPUT)
            put_field(r, c->header->names[c->list[i].at]);
        else
            chosen_name(c, i, &r->out);
    }
    text_puts(&r->out, r->as->line_end);
}

/* What a large row needed is given back; there is no other one in it. */
static void release_large(struct text *t)
{
    if (t->cap > OUT_KEPT_MAX && t->len == 0 && text_ok(t))
        text_release(t);
}

/* What is rendered goes to the file, once it is `least` bytes. */
static int drain(struct rendering *r, size_t least, struct err *e)
{
    int rc;

    if (!r->charset) {
        rc = outfile_drain(r->file, &r->out, least, e);
        release_large(&r->out);
        return rc;
    }
    if (r->out.len < least)
        return 0;
    charset_encode(r->charset, (struct slice){r->out.ptr, r->out.len}, &r->encoded);
    r->encoded.failed = r->encoded.failed || !text_ok(&r->out);
    text_clear(&r->out);
    release_large(&r->out);
    rc = outfile_drain(r->file, &r->encoded, 1, e);
    release_large(&r->encoded);
    return rc;
}

static int put_row(void *context, const struct report_row *row, struct err *e)
{
    struct rendering *r = context;
    const struct record *record = row->record;
    const struct chosen *c = r->columns;
    size_t begin = r->out.len;

    for (size_t i = 0; i < c->n; i++) {
        const struct chosen_column *column = &c->list[i];

        if (i > 0)
            put_delimiter(r);
        if (column->step != CHOSEN_INPUT)
            put_cell(r, row, &row->added[column->step], (enum added)column->at);
        else if (column->at < record->nfields)
            put_field(r, record->fields[column->at]);
    }
    if (r->out.len == begin) /* else its line would be taken for an empty one, which is no row */
        text_printf(&r->out, "%c%c", r->as->quote, r->as->quote);
    for (size_t i = c->header->n; c->all && i < record->nfields; i++) {
        put_delimiter(r);
        put_field(r, record->fields[i]);
    }
    text_puts(&r->out, r->as->line_end);
    return drain(r, FLUSH_BYTES, e);
}

static int end(void *context, struct report_summary *s, struct err *e)
{
    (void)s;
    return drain(context, 1, e);
}

static void close_csv(void *context)
{
    struct rendering *r = context;

    text_release(&r->out); /* which wipes them: codes are secrets */
    text_release(&r->encoded);
    text_release(&r->valid);
    text_release(&r->note);
    charset_free(r->charset);
    free(r);
}

int report_csv(struct report_form *form, const struct report_options *o,
               const struct chosen *columns, struct outfile *out, struct err *e)
{
    struct rendering *r = mem_zero(1, sizeof(*r));

    if (!r)
        return err_nomem(e);
    r->o = o;
    r->as = &o->as;
    r->columns = columns;
    r->file = out;
    text_init(&r->out);
    text_init(&r->encoded);
    text_init(&r->valid);
    text_init(&r->note);
    if (strcmp(o->as.encoding, READING_UTF8) != 0 &&
        !(r->charset = charset_encoder(o->as.encoding, e))) {
        close_csv(r);
        return -1;
    }
    put_header(r);
    *form = (struct report_form){r, put_row, end, close_csv};
    return 0;
}
