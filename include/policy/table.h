/*
 * table: what a record is to the table whose header stands above it.
 *
 * Exports are put one after the other in a file, sheets hold two tables, and some headers have more lines than
 * one.  Read as rows, such lines are people who do not exist, or columns of somebody else's.
 * - The header stands again: each of its names, in any case and punctuation.  So it does where exports were put one
 *   after the other, and on each page of a report.  Under a title of its own, which is not the first one's nor the number
 *   of a page, it begins another table.
 * - A further line of the header is among the first records: Qualtrics' {"ImportId": …} and what is above it;
 *   names again, or units or types, in all of its cells (`(max 10)`, kg, string); names under columns
 *   that have none, where nothing stands in the first column nor in a recipient's.
 * - Another table begins with names alone, each once: under an empty line, or the title beneath it, with two that
 *   head columns (policy/kind.h) or are this table's; or anywhere, if two of them, and half of all, are this
 *   table's, but not all in their places, or one of them is a recipient's and stands in its own place, or where all rows
 *   have had numbers or addresses.  One without a header begins with such a title, if rows stand beneath it: a record
 *   that lacks fields, or has no digit, or stands between two empty lines, or has a word where rows have had numbers or addresses; not
 *   where most rows stand apart.  It ends where this table's header stands again without a title, or beneath its own.
 * - A comment begins with # and a blank, or with # alone where lines above the header do so and it stands alone in its
 *   record, or in one of another number of fields.  In a table of one column it has a blank in it; not if the first row
 *   begins with #, too.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_TABLE_H
#define CLAIMPIPE_POLICY_TABLE_H

#include "base/records.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_FURTHER_MAX 3 /* records beneath the header that may belong to it */

#define TABLE_COLUMNS 64 /* the first ones, of which it is known what they have */

/* Borrows the names, and the title.  n == 0: any record is a row.  named == 0: it has no header. */
struct table {
    const struct slice *names;
    size_t n, named;
    struct slice title;       /* what stands alone right above the header, or empty */
    bool firsts[256];         /* bytes that a name begins with, in lower case */
    bool comments;            /* lines above the header begin with # */
    bool hashes;              /* and so does the first row: those are ids */
    size_t values, no_values; /* first cells of the first rows: values, and others */
    size_t gaps, lone;        /* of these rows: under an empty line, and alone in their record */
    uint64_t filled, named_in,
        worded_in; /* columns, as bits: in which a row has had something, a name, a name without digits */
    bool begun;    /* the first row has come */
    bool other;    /* another table has begun */
    bool same;     /* it has the same header */
    bool headless; /* or none */
    uint64_t
        title_line;     /* of a record of one cell beneath an empty line, and nothing since; or 0 */
    uint64_t lone_line; /* of the record before, if it stands alone and can be a title; or 0 */
    bool like_row, is_row,
        ours; /* that title: may be a row's only cell; is one, as others; is this table's */
    uint64_t other_line; /* where the other table, or its title, has begun */
};

/* title: of this table, or empty. */
void table_init(struct table *t, const struct slice *names, size_t n, struct slice title,
                bool comments);

/* All records, from the first beneath the header, in their order.  gap: an empty line stands above it.  Does it
 * belong to another table? */
bool table_watch(struct table *t, uint64_t line, const struct slice *cells, size_t n, bool gap);
/* No other table: this one's header has come again, after all. */
void table_resume(struct table *t);
/* How many of the first records belong to the header, once the nth (from 1) is known and those before it have
 * made it `known`. */
size_t table_further(const struct table *t, size_t known, size_t nth, const struct slice *cells,
                     size_t n);

bool table_is_header(const struct table *t, const struct slice *cells, size_t n);
bool table_is_comment(const struct table *t, const struct slice *cells, size_t n);
/* Could these cells be a header by their looks: names alone, each once, two of which head columns? */
bool table_could_begin(const struct slice *cells, size_t n);

#endif
