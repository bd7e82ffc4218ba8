/*
 * spreadsheet_out: a row is begun -> has cells -> ended; at the end the rest is written.
 *
 * Line ends and commas are owed: they are written before a cell that is not empty, and so none follows the last one.
 */
#include "spreadsheet_internal.h"

#include "adapters/csvio.h"
#include "adapters/spool.h"
#include "adapters/stop.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELD_MAX ((size_t)64 << 10)
#define WRITTEN_MAX                                                                                \
    ((int64_t)4 << 30)  /* a few kilobytes can say that a large text is in every cell */
#define EXACT_DIGITS 15 /* a whole number of so many is written as it is */
#define NUMBER_MAX 400  /* bytes of a number: 309 digits, and some */

void spreadsheet_out_init(struct spreadsheet_out *o, struct spool *to, const char *name,
                          const char *sheet)
{
    *o = (struct spreadsheet_out){.to = to, .name = name, .sheet = sheet};
    text_init(&o->bytes);
    if (to)
        o->base = lseek(spool_fd(to), 0, SEEK_CUR);
}

void spreadsheet_out_release(struct spreadsheet_out *o)
{
    text_release(&o->bytes);
}

static int flush(struct spreadsheet_out *o, struct err *e)
{
    if (!text_ok(&o->bytes))
        return err_nomem(e);
    if (stop_signal())
        return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was read", o->name);
    o->written += (int64_t)o->bytes.len;
    if (o->written > WRITTEN_MAX)
        return err_set(e, EXIT_INPUT,
                       "%s: sheet \"%.100s\" has more than %" PRId64 " bytes of text: split it",
                       o->name, o->sheet, WRITTEN_MAX);
    int rc = o->bytes.len > 0 ? spool_write(o->to, o->bytes.ptr, o->bytes.len, e) : 0;
    text_clear(&o->bytes);
    return rc;
}

void spreadsheet_out_row(struct spreadsheet_out *o, uint64_t row, bool hidden)
{
    o->row = row;
    o->in_row = o->empty_in_row = 0;
    o->columns = 0;
    o->hidden = hidden;
}

static int begin_row(struct spreadsheet_out *o, struct err *e)
{
    if (o->row > SPREADSHEET_ROWS_MAX)
        return err_set(e, EXIT_INPUT, "%s: sheet \"%.100s\" has more than %u rows: split it",
                       o->name, o->sheet, SPREADSHEET_ROWS_MAX);
    if (!o->to)
        return 0;
    for (; o->done + 1 < o->row; o->done++)
        text_append(&o->bytes, "\n", 1);
    o->row_begins = o->written + (int64_t)o->bytes.len;
    return 0;
}

/* A stray one makes every row so wide. */
static int refuse_column(const struct spreadsheet_out *o, uint64_t column, struct err *e)
{
    char ref[SPREADSHEET_REF_MAX];

    if (column >= SPREADSHEET_COLUMNS_MAX)
        return err_set(e, EXIT_INPUT,
                       "%s: sheet \"%.100s\": row %" PRIu64 " has more than %u columns", o->name,
                       o->sheet, o->row, SPREADSHEET_COLUMNS_MAX);
    return err_set(e, EXIT_INPUT,
                   "%s: sheet \"%.100s\": cell %s is behind column %u, as far as a table is read: "
                   "clear it, if it belongs to none",
                   o->name, o->sheet, spreadsheet_ref(o->row, column, ref), CSVIO_FIELDS_MAX);
}

int spreadsheet_out_cell(struct spreadsheet_out *o, uint64_t column, struct slice cell,
                         struct err *e)
{
    char ref[SPREADSHEET_REF_MAX];

    if (cell.len == 0)
        return 0;
    if (column >= CSVIO_FIELDS_MAX)
        return refuse_column(o, column, e);
    if (cell.len > SPREADSHEET_CELL_MAX)
        return err_set(
            e, EXIT_INPUT, "%s: sheet \"%.100s\": cell %s holds more than %zu bytes: shorten it",
            o->name, o->sheet, spreadsheet_ref(o->row, column, ref), SPREADSHEET_CELL_MAX);
    if (o->columns == 0 && begin_row(o, e) != 0)
        return -1;
    if (o->to) {
        for (uint64_t i = o->columns > 0 ? o->columns - 1 : 0; i < column; i++)
            text_append(&o->bytes, ",", 1);
        csvio_append(&o->bytes, cell, ',', '"');
    }
    o->columns = column + 1;
    if (++o->in_row > o->most)
        o->most = o->in_row;
    return o->bytes.len > HELD_MAX ? flush(o, e) : 0;
}

/* Once more what stands from row_begins to here, so often; from the file, for a row can be larger than memory. */
static int repeat_row(struct spreadsheet_out *o, uint64_t times, struct err *e)
{
    int64_t from = o->row_begins, len = 0;
    char piece[4096];

    if (flush(o, e) != 0)
        return -1;
    len = o->written - from;
    for (; times > 0; times--) {
        for (int64_t at = 0; at < len;) {
            size_t want = len - at < (int64_t)sizeof(piece) ? (size_t)(len - at) : sizeof(piece);
            ssize_t n = pread(spool_fd(o->to), piece, want, o->base + from + at);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return err_set(e, EXIT_INPUT, "%s: its temporary file cannot be read: %s", o->name,
                               n < 0 ? strerror(errno) : "it is too short");
            text_append(&o->bytes, piece, (size_t)n);
            at += n;
            if (o->bytes.len > HELD_MAX && flush(o, e) != 0)
                return -1;
        }
    }
    return 0;
}

/* It would be an empty row, and nobody would learn of who stands in it. */
static int refuse_valueless(const struct spreadsheet_out *o, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s: sheet \"%.100s\": row %" PRIu64 " has only formulas whose values were not "
                   "saved with them: open it in a spreadsheet program and save it again",
                   o->name, o->sheet, o->row);
}

int spreadsheet_out_end(struct spreadsheet_out *o, uint64_t times, struct err *e)
{
    if (o->columns == 0 && o->empty_in_row > 0 && o->to)
        return refuse_valueless(o, e);
    if (o->columns == 0) {
        o->filled += o->empty_in_row > 0 ? times : 0;
        return 0;
    }
    if (times > SPREADSHEET_ROWS_MAX || o->row + times - 1 > SPREADSHEET_ROWS_MAX)
        return err_set(e, EXIT_INPUT, "%s: sheet \"%.100s\" has more than %u rows: split it",
                       o->name, o->sheet, SPREADSHEET_ROWS_MAX);
    o->filled += times;
    o->facts.hidden_rows += o->hidden ? times : 0;
    o->facts.rows = o->done = o->row + times - 1;
    if (o->columns > o->facts.width)
        o->facts.width = (size_t)o->columns;
    if (!o->to)
        return 0;
    text_append(&o->bytes, "\n", 1);
    return times > 1 ? repeat_row(o, times - 1, e) : 0;
}

void spreadsheet_out_valueless(struct spreadsheet_out *o, uint64_t column)
{
    o->empty_in_row++;
    if (++o->in_row > o->most)
        o->most = o->in_row;
    if (o->facts.valueless++ == 0)
        spreadsheet_ref(o->row, column, o->facts.first_valueless);
}

bool spreadsheet_out_is_table(const struct spreadsheet_out *o)
{
    return o->filled >= 2 || o->most >= 2;
}

int spreadsheet_out_finish(struct spreadsheet_out *o, struct err *e)
{
    return o->to ? flush(o, e) : 0;
}

/* ---- cells ---- */

const char *spreadsheet_ref(uint64_t row, uint64_t column, char out[SPREADSHEET_REF_MAX])
{
    char letters[8];
    size_t at = sizeof(letters) - 1;

    letters[at] = '\0';
    for (uint64_t c = column % SPREADSHEET_COLUMNS_MAX + 1; c > 0; c = (c - 1) / 26)
        letters[--at] = (char)('A' + (c - 1) % 26);
    snprintf(out, SPREADSHEET_REF_MAX, "%s%u", letters + at, (unsigned)row);
    return out;
}

bool spreadsheet_is_true(const char *value)
{
    return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

/* The usual one: its text is what is in the file. */
static bool is_exact(struct slice v)
{
    size_t at = v.len > 0 && *v.ptr == '-';

    if (v.len == at || v.len - at > EXACT_DIGITS || v.ptr[at] == '0')
        return v.len == 1 && *v.ptr == '0';
    for (; at < v.len; at++)
        if (v.ptr[at] < '0' || v.ptr[at] > '9')
            return false;
    return true;
}

size_t spreadsheet_number(struct slice v, struct numformat f, bool from_1904,
                          char out[NUMFORMAT_TEXT_MAX])
{
    char text[NUMBER_MAX];
    char *end = NULL;

    v = slice_trim(v);
    if (f.kind == NUMFORMAT_NUMBER && is_exact(v)) {
        memcpy(out, v.ptr, v.len);
        out[v.len] = '\0';
        return v.len;
    }
    if (v.len == 0 || v.len >= sizeof(text))
        return 0;
    for (size_t i = 0; i < v.len; i++) /* neither hex nor inf, which strtod knows as well */
        if (!v.ptr[i] || !strchr("0123456789+-.eE", v.ptr[i]))
            return 0;
    memcpy(text, v.ptr, v.len);
    text[v.len] = '\0';
    double value = strtod(text, &end);
    return *end == '\0' && isfinite(value) ? numformat_text(f, value, from_1904, out) : 0;
}
