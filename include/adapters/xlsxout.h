/*
 * xlsxout: an Excel workbook (.xlsx; ECMA-376) is written, row after row; the sole user of libxlsxwriter.
 *
 *   new -> sheet -> cells, from left to right -> next row … -> [table] -> [another sheet …] -> end | free
 *
 * Memory does not grow with the rows.  What is not written yet lies in nameless files in $TMPDIR (else /var/tmp;
 * mode 0600), about twice the size of the sheet's XML: rows may hold secrets, and nothing of them is left behind.
 *
 * A text stays what it is: it is never a formula, a number or a date, also if somebody edits the cell later.  What XML
 * can't hold is written as _xHHHH_ (ECMA-376 Part 1, 22.9.2.19), and what looks like that already as _x005F_xHHHH_, so
 * that all of it comes back; what is no UTF-8 becomes U+FFFD.  A text of more than XLSXOUT_CELL_MAX is cut between
 * characters, and ends with an ellipsis.
 *
 * Errors are EXIT_OUTPUT, or that there is no memory.  One thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_XLSXOUT_H
#define CLAIMPIPE_ADAPTERS_XLSXOUT_H

#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

#define XLSXOUT_ROWS_MAX 1048576u
#define XLSXOUT_COLUMNS_MAX 16384u
/* UTF-16 units of a cell. */
#define XLSXOUT_CELL_MAX 32767u
/* Links that can be clicked: each takes 3 KiB until the end.  (Excel takes 65530 of a sheet.) */
#define XLSXOUT_LINKS_MAX 10000u

enum xlsxout_look {
    XLSXOUT_PLAIN,
    XLSXOUT_HEAD, /* bold */
    XLSXOUT_GREEN,
    XLSXOUT_RED,
    XLSXOUT_ORANGE,
    XLSXOUT_GREY,
    XLSXOUT_LOOKS
};

struct outfile;
struct xlsxout;

/* Could one be begun now?  That $TMPDIR can't be written to is known before there is anything to be written. */
int xlsxout_can_begin(const char *name, struct err *e) MUST_CHECK;
/* name: for messages; borrowed. */
struct xlsxout *xlsxout_new(const char *name, struct err *e) MUST_CHECK;
void xlsxout_free(struct xlsxout *x); /* NULL is fine */

/* Cells go into this one from now on. */
int xlsxout_sheet(struct xlsxout *x, const char *name, struct err *e) MUST_CHECK;
/* How wide a column is, in characters; before any of its cells. */
int xlsxout_width(struct xlsxout *x, size_t column, double width, struct err *e) MUST_CHECK;

/* The next cell of the row.  "" leaves it empty.  1: the text had to be cut. */
int xlsxout_text(struct xlsxout *x, struct slice text, enum xlsxout_look look,
                 struct err *e) MUST_CHECK;
/* One that can be clicked, if it is a web address and there is room for it; else a text. */
int xlsxout_link(struct xlsxout *x, struct slice url, struct err *e) MUST_CHECK;
int xlsxout_number(struct xlsxout *x, uint64_t n, struct err *e) MUST_CHECK;
void xlsxout_empty(struct xlsxout *x);
int xlsxout_next_row(struct xlsxout *x, struct err *e) MUST_CHECK;

/* The rows so far are a table: the first names its columns, stays in view, and filters. */
int xlsxout_table(struct xlsxout *x, size_t columns, struct err *e) MUST_CHECK;

/* All of it into out, which the caller closes; then only xlsxout_free may follow. */
int xlsxout_end(struct xlsxout *x, struct outfile *out, struct err *e) MUST_CHECK;

#endif
