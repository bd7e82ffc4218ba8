/*
 * workbook: a sheet of an Excel (.xlsx, .xlsm) or OpenDocument (.ods) workbook becomes CSV, as its writer meant it.
 *
 *   file -> parts of the ZIP (adapters/members.h) -> XML (adapters/xml.h) -> cells -> their texts (policy/numformat.h)
 *        -> a record a row: UTF-8, commas, double quotes, LF
 *
 * The n-th record is row n of the sheet, an empty line if the row is empty; a cell that holds line ends is quoted.  Rows
 * end with their last cell that is not empty, and the sheet with its last row that has one: whoever reads it adds the
 * cells up to `width`.  Memory is bounded, whatever the sheet holds.  One thread.
 *
 * Cells: texts as they are (rich text without its phonetic runs); numbers as a person writes them, with at most 15
 * digits, whole ones without a mark, and of 16 and more digits as 1.23E+15, for a spreadsheet keeps no more
 * (policy/cell.h takes that for nobody); percentages as 85%; dates as 2026-11-30, 2026-11-30T15:04:05 or 15:04:05;
 * numbers that are shown with leading zeros with these; TRUE and FALSE; errors as they are shown (#REF!); of formulas
 * the value that was saved with them.
 *
 * Sources: ECMA-376 Part 1 (SpreadsheetML; Strict has other namespaces), ISO/IEC 26300 (OpenDocument).
 */
#ifndef CLAIMPIPE_STAGES_WORKBOOK_H
#define CLAIMPIPE_STAGES_WORKBOOK_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORKBOOK_ROWS_MAX                                                                          \
    1048576u /* LibreOffice's may have more rows: these are EXIT_INPUT, as all that is no such file */

enum workbook_kind {
    WORKBOOK_NONE, /* it is something else */
    WORKBOOK_XLSX,
    WORKBOOK_ODS,
    WORKBOOK_FAULT =
        -1 /* EXIT_INPUT: one that can't be read: with a password, an old .xls, a binary .xlsb, a text
                           document, damaged.  It says so, and what to do */
};
/* By the file's content. */
enum workbook_kind workbook_kind(int fd, const char *name, struct err *e) MUST_CHECK;

struct workbook;
struct spool;

/* fd must stay open as long; name is for messages, and borrowed.  NULL with EXIT_INPUT. */
struct workbook *workbook_open(int fd, const char *name, enum workbook_kind kind,
                               struct err *e) MUST_CHECK;
void workbook_close(struct workbook *w); /* NULL is fine */

struct workbook_sheet {
    const char *name; /* UTF-8 */
    bool hidden;
};
/* Its sheets with cells (no charts), in their order. */
size_t workbook_count(const struct workbook *w);
struct workbook_sheet workbook_sheet(const struct workbook *w, size_t at);

/* Has it two rows with something in them?  1, 0, or -1.  Reads no more of it than needed. */
int workbook_has_table(struct workbook *w, size_t at, struct err *e) MUST_CHECK;

/* What a sheet came to. */
struct workbook_facts {
    uint64_t rows;            /* up to the last that has something in it */
    size_t width;             /* cells of the widest */
    uint64_t hidden_rows;     /* with something in them; by hand, or by a filter */
    uint64_t valueless;       /* formulas whose value was not saved */
    char first_valueless[16]; /* such as B7 */
};
int workbook_write(struct workbook *w, size_t at, struct spool *to, struct workbook_facts *out,
                   struct err *e) MUST_CHECK;

#endif
