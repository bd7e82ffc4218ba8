/*
 * header: which record is the header, among the first ones of a file.
 *
 * - The record on the line that the user says; or the first after a line that a preset's `after` names, if
 *   it fits that preset; or the first that fits a preset (two of them: neither is chosen, and that is said),
 *   but no row of a table that the first record begins.  A preset with `after` fits without such a line
 *   only the first record, or by the user's word, and not without the columns that tell it from others there.
 *   A preset that the user has said may lack columns (policy/nearness.h).
 * - Else the first record, unless it is a preamble: it has fewer fields than most records, or nothing but
 *   its first one or two cells, and a later one has a column that was asked for, or one of a recipient's
 *   usual names (policy/columns.h), or is the first to have as many fields as most, none of them empty,
 *   twice there, a number, a date, or an address; and empty lines, values or titles above it, or values
 *   beneath its names, make it sure (header.c says how).  Where nothing is sure the first record is the
 *   header: a row that is taken for one is lost without a word.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_HEADER_H
#define CLAIMPIPE_POLICY_HEADER_H

#include "base/text.h"
#include "policy/preset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEADER_RECORDS_MAX 256 /* that are looked at */

/* Of the first records. */
struct header_record {
    uint64_t line; /* on which it begins: gaps between records are empty lines */
    const struct slice *cells;
    size_t n;
    bool faulty;
};

struct header_wishes {
    uint64_t line;     /* what the user says, or 0 */
    const char *named; /* a column that was asked for, or NULL */
    const struct preset *presets;
    size_t n_presets;
    const struct preset *preset; /* this one only, or NULL */
};

struct header_found {
    size_t at;                   /* its index; n: none (the line said has no record) */
    const struct preset *preset; /* that it fits, or NULL */
    const struct preset *other;  /* one more that it fits as well: neither is chosen */
    const struct preset *near;   /* where it fits none: one that a record nearly fits, */
    size_t near_at;              /* and which record that is */
    size_t asked; /* the first record with the column that was asked for by its name, or n */
    size_t above; /* a header above it that has rows, so that neither is sure; or n */
};

struct header_found header_find(const struct header_record *records, size_t n,
                                const struct header_wishes *w);

/* A record above the header at, as wide as it, with an account in one of its columns of accounts: somebody, who would
 * be lost; or n. */
size_t header_person_above(const struct header_record *records, size_t n, size_t at,
                           const struct header_wishes *w);

/* Why a record that no preset knows may be a row. */
enum header_doubt_why {
    HEADER_SURE,
    HEADER_ACCOUNT, /* a cell is an address, or an e-mail address (nothing else around it, a domain as on the
                        internet), as rows have them and headers hardly */
    HEADER_VALUE, /* a cell is a number or a date, and none is a word that heads columns */
    HEADER_AGAIN, /* a cell stands again in its column, and none is a word that heads columns */
    HEADER_KEYED, /* it is a name and its value (`Course,Go 101`), and the record `cell` looks like the header */
    HEADER_LIKE_ROWS /* nothing tells it from the rows beneath, and the column is asked for by its number */
};
struct header_doubt {
    enum header_doubt_why why;
    size_t cell; /* a column; for HEADER_KEYED a record */
};
struct header_doubt header_doubt(const struct header_record *records, size_t n, size_t at,
                                 const struct header_wishes *w);

/* Where there should be none: the first of these records that looks like one, for names alone stand there, one of them
 * a recipient's usual one, or above it names and their values; or n. */
size_t header_spot(const struct header_record *records, size_t n);

/* Do most of its cells head columns, as far as words tell? */
bool header_is_plausible(const struct header_record *r);

#endif
