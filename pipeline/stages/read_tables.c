/*
 * read_tables: a table that is not the one whose header was found goes up to where this header stands again, or to
 * the end.  Few files have such; they are kept by their lines, for a later pass can't look ahead from a title to
 * the header beneath it.
 */
#include "adapters/csvio.h"
#include "base/fnv.h"
#include "base/mem.h"
#include "read_internal.h"
#include "stages/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define OTHERS_FIRST 4
#define SAY_MAX 160 /* bytes of what to do about two tables */

void read_tables_begin(struct read_tables *t, const struct columns *header, size_t own,
                       uint64_t last_line, struct slice title, bool comments)
{
    *t = (struct read_tables){.header_line = header->line,
                              .last_line = last_line,
                              .results = own < header->n,
                              .above = t->above};
    table_init(&t->table, header->names, own, title, comments);
}

void read_tables_release(struct read_tables *t)
{
    free(t->others);
}

/* But for what an earlier run has added. */
static size_t count_fields(const struct read_tables *t, const struct csvio_record *record)
{
    return t->results && record->nfields > t->table.n ? t->table.n : record->nfields;
}

/* ---- The first pass ---- */

static bool is_blank(const struct slice *fields, size_t n)
{
    size_t i = 0;

    while (i < n && slice_trim(fields[i]).len == 0)
        i++;
    return i == n;
}

/* Of its first cell, and how many are filled: the second of `Exported,2026-09-01` changes. */
static uint64_t shape_hash(const struct csvio_record *record)
{
    struct slice cell = record->nfields > 0 ? slice_trim(record->fields[0]) : (struct slice){"", 0};
    uint64_t hash = cell.len;

    for (size_t i = 0; i < record->nfields; i++)
        hash += (uint64_t)(slice_trim(record->fields[i]).len > 0) << 32;
    return fnv_add(hash, cell.ptr, cell.len);
}

static void note_line(struct read_lines *l, const struct csvio_record *record)
{
    size_t at = l->n++ % READ_PREAMBLE;

    l->lines[at] = record->line;
    l->hashes[at] = shape_hash(record);
}

void read_tables_above(struct read_tables *t, const struct csvio_record *record)
{
    if (!is_blank(record->fields, record->nfields))
        note_line(&t->above, record);
}

/* Do the records before begin as those above the header do, one by one?  The line of the first, or 0. */
static uint64_t find_preamble(const struct read_tables *t)
{
    size_t n = t->above.n, first = t->last.n - n;

    if (n == 0 || n > READ_PREAMBLE || t->last.n < n)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (t->above.hashes[i] != t->last.hashes[(first + i) % READ_PREAMBLE])
            return 0;
    return t->last.lines[first % READ_PREAMBLE];
}

static int add_other(struct read_tables *t, struct read_other other)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : OTHERS_FIRST;
        struct read_other *others = mem_resize(t->others, cap, sizeof(*others));

        if (!others)
            return -1;
        t->others = others;
        t->cap = cap;
    }
    t->others[t->n++] = other;
    return 0;
}

/* Another table begins at this record, or ends before it. */
static int watch(struct read_tables *t, const struct csvio_record *record, size_t n, bool gap)
{
    bool was = t->n > 0 && t->others[t->n - 1].to == UINT64_MAX;
    bool is = table_watch(&t->table, record->line, record->fields, n, gap);

    if (was && !is)
        t->others[t->n - 1].to = record->line;
    if (is && !was)
        return add_other(t, (struct read_other){t->table.other_line, UINT64_MAX, record->line,
                                                t->table.headless, false});
    return 0;
}

/* The same file once more, from the lines above its header on. */
static int watch_preamble(struct read_tables *t, const struct csvio_record *record, size_t n)
{
    bool again = t->above.n > 0 && table_is_header(&t->table, record->fields, n);
    uint64_t from = again ? find_preamble(t) : 0;

    if (t->above.n > 0)
        note_line(&t->last, record);
    if (from == 0)
        return 0;
    while (t->n > 0 && t->others[t->n - 1].from >= from)
        t->n--;
    if (t->n > 0 && t->others[t->n - 1].to == UINT64_MAX)
        t->others[t->n - 1].to = from;
    table_resume(&t->table);
    return add_other(t, (struct read_other){from, record->line, record->line, false, true});
}

int read_tables_watch(struct read_tables *t, const struct csvio_record *record)
{
    bool gap = t->blank || record->line > t->last_line + 1;
    size_t n = count_fields(t, record);

    if (t->table.n == 0)
        return 0;
    t->last_line = record->last_line;
    t->blank = is_blank(record->fields, n);
    if (t->blank)
        return 0;
    if (++t->nth <= TABLE_FURTHER_MAX) {
        size_t further = table_further(&t->table, t->further, t->nth, record->fields, n);

        if (further > t->further) { /* so were those between, whatever they looked like */
            t->further_line = record->line;
            t->n = 0;
            table_resume(&t->table);
        }
        t->further = further;
    }
    if (t->nth <= t->further)
        return 0;
    return watch(t, record, n, gap) != 0 ? -1 : watch_preamble(t, record, n);
}

int read_tables_say(const char *name, const struct read_wishes *w, uint64_t line, uint64_t other,
                    struct err *e)
{
    char say[SAY_MAX] = "";

    if (!w->by_itself)
        snprintf(say, sizeof(say),
                 ", or say which with --header-line %" PRIu64 " or --header-line %" PRIu64
                 " (rows of the others are then skipped)",
                 line, other);
    return err_set(e, EXIT_INPUT,
                   "%s: holds more than one table: the header of one is on line %" PRIu64
                   ", that of another on line %" PRIu64
                   ": save each of them in a file of its own%s",
                   name, line, other, say);
}

/* Rows beneath a title, which may be another table's or not. */
static int say_title(const struct read_tables *t, const char *name, const struct read_wishes *w,
                     const struct read_other *other, struct err *e)
{
    char say[SAY_MAX] = "";

    if (!w->by_itself && t->header_line > 0)
        snprintf(say, sizeof(say),
                 ", or say --header-line %" PRIu64 " (rows beneath it are then skipped)",
                 t->header_line);
    return err_set(e, EXIT_INPUT,
                   "%s:%" PRIu64
                   ": may be the title of another table, for it stands alone, and rows "
                   "follow: take it out if these belong to the same table, save them in a file of "
                   "their own if not%s",
                   name, other->from, say);
}

/* Where there should be none. */
static int say_header(const char *name, const struct read_wishes *w, const struct read_other *other,
                      struct err *e)
{
    char say[SAY_MAX] = "";

    if (!w->by_itself)
        snprintf(say, sizeof(say), ", or say --header-line %" PRIu64, other->header);
    return err_set(e, EXIT_INPUT,
                   "%s:%" PRIu64
                   ": looks like a header, and the file is read as if it had none: take "
                   "it out if the rows above and beneath it belong together%s",
                   name, other->header, say);
}

int read_tables_refuse(const struct read_tables *t, const char *name, const struct read_wishes *w,
                       struct err *e)
{
    const struct read_other *other = t->others;

    while (other < t->others + t->n && other->above)
        other++;
    if (other == t->others + t->n)
        return 0;
    if (other->headless)
        return say_title(t, name, w, other, e);
    if (t->header_line == 0)
        return say_header(name, w, other, e);
    return read_tables_say(name, w, t->header_line, other->header, e);
}

void read_tables_end(struct read_tables *t, uint64_t line)
{
    while (t->n > 0 && t->others[t->n - 1].from >= line)
        t->n--;
}

/* ---- Later passes ---- */

void read_tables_rewind(struct read_tables *t)
{
    t->at = 0;
}

static bool is_in_other(struct read_tables *t, uint64_t line)
{
    while (t->at < t->n && t->others[t->at].to <= line)
        t->at++;
    return t->at < t->n && t->others[t->at].from <= line;
}

const char *read_tables_aside(struct read_tables *t, const struct csvio_record *record)
{
    size_t n = count_fields(t, record);

    if (t->table.n == 0)
        return NULL;
    if (is_in_other(t, record->line))
        return t->others[t->at].above ? READ_ABOVE : READ_OTHER;
    if (table_is_header(&t->table, record->fields, n))
        return READ_HEADER;
    if (record->line <= t->further_line)
        return READ_FURTHER;
    return table_is_comment(&t->table, record->fields, n) ? READ_COMMENT : NULL;
}
