/*
 * read_tables: a table that is not the one whose header was found goes up to where this header stands again, or to
 * the end.  Few files have such; they are kept by their lines, for a later pass can't look ahead from a title to
 * the header beneath it.
 */
#include "adapters/csvio.h"
#include "base/mem.h"
#include "stages/read.h"
#include "stages/read_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define OTHERS_FIRST 4
#define SAY_MAX 160 /* bytes of what to do about two tables */

void read_tables_begin(struct read_tables *t, const struct columns *header, size_t own,
                       uint64_t last_line, bool comments)
{
    *t = (struct read_tables){
        .header_line = header->line, .last_line = last_line, .results = own < header->n};
    table_init(&t->table, header->names, own, comments);
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

static int begin_other(struct read_tables *t, uint64_t line)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : OTHERS_FIRST;
        struct read_other *others = mem_resize(t->others, cap, sizeof(*others));

        if (!others)
            return -1;
        t->others = others;
        t->cap = cap;
    }
    t->others[t->n++] = (struct read_other){t->table.other_line, UINT64_MAX, line};
    return 0;
}

/* Another table begins at this record, or ends before it. */
static int watch(struct read_tables *t, const struct csvio_record *record, size_t n, bool gap)
{
    bool was = t->n > 0 && t->others[t->n - 1].to == UINT64_MAX;
    bool is = table_watch(&t->table, record->line, record->fields, n, gap);

    if (was && !is)
        t->others[t->n - 1].to = record->line;
    return is && !was ? begin_other(t, record->line) : 0;
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

        if (further > t->further)
            t->further_line = record->line;
        t->further = further;
    }
    return t->nth > t->further ? watch(t, record, n, gap) : 0;
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

int read_tables_refuse(const struct read_tables *t, const char *name, const struct read_wishes *w,
                       struct err *e)
{
    const struct read_other *other = t->others;

    while (other < t->others + t->n && other->header <= t->further_line)
        other++;
    if (other == t->others + t->n)
        return 0;
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
        return READ_OTHER;
    if (table_is_header(&t->table, record->fields, n))
        return READ_HEADER;
    if (record->line <= t->further_line)
        return READ_FURTHER;
    return table_is_comment(&t->table, record->fields, n) ? READ_COMMENT : NULL;
}
