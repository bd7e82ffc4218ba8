/*
 * footer: is a record at the end of a file no row of its table, but what a report says beneath it?
 *
 *   sums          Total,,57   Grand Totals (2 records)   Gesamtergebnis,12   Average,,3.5
 *   counts        (2 rows)    3 rows exported   Rows: 2   2 rows in set (0.00 sec)
 *   small print   Confidential Information - Do Not Distribute   Copyright (c) 2026 …   Report generated on …
 *   ends          EOF   #end   *** END ***
 *
 * All of a sum's other cells are empty or numbers; the others stand alone in their record.  So does
 * other prose: several words in a record that is shorter than a row, and only behind an empty line, for it could
 * be a row that is cut off.  Some stand between rows as well, where files and pages were put one after the other
 * or parts have sums; there a person may be called Sum or Mean.  The caller knows where the file ends.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_FOOTER_H
#define CLAIMPIPE_POLICY_FOOTER_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum footer {
    FOOTER_NONE,
    FOOTER_DOUBT,            /* could be a row as well */
    FOOTER_DOUBT_BEHIND_GAP, /* the same behind an empty line; without one it is a row */
    FOOTER_BEHIND_GAP,       /* if it stands behind an empty line, or behind another footer */
    FOOTER_SURE
};

/* The record's n cells; columns: how many a row has. */
enum footer footer_look(const struct slice *cells, size_t n, size_t columns);

#define FOOTER_COLUMNS 64 /* the first ones, of which it is known whether rows lack them */

/* The rows above, by their first cells. */
struct footer_rows {
    uint64_t lacked; /* columns, as bits: in which one of them has had nothing */
    uint64_t n, values, blanks,
        marks; /* all, and those that are addresses or numbers, that have a blank in
                                          them, that begin with a mark such as # */
};

void footer_add_row(struct footer_rows *rows, const struct slice *cells, size_t n);
/* Of a record for which footer_look has nothing.  FOOTER_DOUBT: it stands alone, and is unlike them, or a word
 * such as End; or it is a word and figures (`Highest,90`), where rows begin with numbers.  FOOTER_DOUBT_BEHIND_GAP: it
 * lacks what all of them have, and begins with no number and no address.  FOOTER_BEHIND_GAP: a name and its value (`Course,Go 101`); a row, or not, without a
 * gap. */
enum footer footer_doubt(const struct footer_rows *rows, const struct slice *cells, size_t n,
                         size_t columns);

/* Is it a name as reports have it, and its value, and nothing else: `Course,Go 101`? */
bool footer_is_keyed(const struct slice *cells, size_t n);

/* Does it stand alone, and end as what heads others does: `No-shows:`? */
bool footer_is_heading(const struct slice *cells, size_t n);

#define FOOTER_RULED "is a ruled line"
#define FOOTER_PAGE "is the number of a page"
#define FOOTER_SEP "says what stands between the columns"
#define FOOTER_COUNT "is a count of rows"
#define FOOTER_SUM "is a sum of rows"
#define FOOTER_PRINT "is what a report says of itself"

/* Why the record is no row, wherever it stands, or NULL. */
const char *footer_amid(const struct slice *cells, size_t n, size_t columns);

#endif
