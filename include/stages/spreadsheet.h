/*
 * spreadsheet: a sheet of an Excel (.xlsx, .xlsm) or OpenDocument (.ods) workbook becomes CSV, as its writer meant it.
 *
 *   file -> parts of the ZIP (adapters/members.h) -> XML (adapters/xml.h) -> cells -> their texts (policy/numformat.h)
 *        -> a record a row: UTF-8, commas, double quotes, LF
 *
 * The n-th record is row n of the sheet, an empty line if the row is empty; a cell that holds line ends is quoted.  Rows
 * end with their last cell that is not empty, and the sheet with its last row that has one: whoever reads it adds the
 * cells up to `width`.  Memory is bounded, whatever the sheet holds.  One thread.
 *
 * Cells: texts as they are (rich text without its phonetic runs); numbers as a person writes them, with at most 15
 * digits, whole ones without a mark, and as 1.23E+15 where digits are lost: of 16 and more, and of those that have 15
 * before the mark and some behind it (policy/cell.h knows that form, and no id is taken in it); whole numbers in a mask
 * (0000-0000, "ID-"0000) and numbers with an exponent as they are shown (0012-3456, 1.20E+04); percentages as 85%;
 * dates as 2026-11-30, 2026-11-30T15:04:05 or 15:04:05, durations as 27:15:00 and 00:14:24, to the nearest second;
 * TRUE and FALSE; errors as they are shown (#REF!); of formulas the value that was saved with them.  An .ods has no
 * formats where its cells are: policy/numshown.h tells by what is shown.
 *
 * Sources: ECMA-376 Part 1 (SpreadsheetML; Strict has other namespaces), ISO/IEC 26300 (OpenDocument).
 */
#ifndef CLAIMPIPE_STAGES_SPREADSHEET_H
#define CLAIMPIPE_STAGES_SPREADSHEET_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPREADSHEET_ROWS_MAX                                                                       \
    1048576u /* LibreOffice's may have more rows: these are EXIT_INPUT, as all that is no such file */

enum spreadsheet_kind {
    SPREADSHEET_NONE, /* it is something else */
    SPREADSHEET_XLSX,
    SPREADSHEET_ODS,
    SPREADSHEET_FAULT =
        -1 /* EXIT_INPUT: one that can't be read: with a password, an old .xls, a binary .xlsb, a text
                           document, damaged.  It says so, and what to do */
};
/* By the file's content. */
enum spreadsheet_kind spreadsheet_kind(int fd, const char *name, struct err *e) MUST_CHECK;

struct spreadsheet;
struct spool;

/* fd must stay open as long; name is for messages, and borrowed.  NULL with EXIT_INPUT. */
struct spreadsheet *spreadsheet_open(int fd, const char *name, enum spreadsheet_kind kind,
                                     struct err *e) MUST_CHECK;
void spreadsheet_close(struct spreadsheet *w); /* NULL is fine */

struct spreadsheet_sheet {
    const char *name; /* UTF-8 */
    bool hidden;
};
/* Its sheets with cells (no charts), in their order. */
size_t spreadsheet_count(const struct spreadsheet *w);
struct spreadsheet_sheet spreadsheet_sheet(const struct spreadsheet *w, size_t at);

/* Has it two rows with something in them, or a row of two such cells, which may be a header without rows?  1, 0, or -1.
 * A formula without a value is something.  Reads no more of it than needed. */
int spreadsheet_has_table(struct spreadsheet *w, size_t at, struct err *e) MUST_CHECK;

/* What a sheet came to. */
struct spreadsheet_facts {
    uint64_t rows;        /* up to the last that has something in it */
    size_t width;         /* cells of the widest */
    uint64_t hidden_rows; /* with something in them; by hand, or by a filter */
    uint64_t
        valueless; /* formulas whose value was not saved; a row that has nothing else is EXIT_INPUT */
    char first_valueless[16]; /* such as B7 */
};
int spreadsheet_write(struct spreadsheet *w, size_t at, struct spool *to,
                      struct spreadsheet_facts *out, struct err *e) MUST_CHECK;

#endif
