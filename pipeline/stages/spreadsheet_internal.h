/*
 * spreadsheet, inside: the parts of the package, the way through their XML, the texts, and the CSV.
 *
 *   spreadsheet_kind.c   what a file is                  spreadsheet_strings.c  texts that cells share
 *   spreadsheet_parts.c  parts by name, and their XML    spreadsheet_sheet.c    a sheet of a .xlsx
 *   spreadsheet_xlsx.c   what a .xlsx has                spreadsheet_ods.c      an .ods
 *   spreadsheet_out.c    cells to CSV
 */
#ifndef CLAIMPIPE_STAGES_SPREADSHEET_INTERNAL_H
#define CLAIMPIPE_STAGES_SPREADSHEET_INTERNAL_H

#include "base/arena.h"
#include "policy/numformat.h"
#include "spreadsheet_parts.h"
#include "stages/spreadsheet.h"

#define SPREADSHEET_COLUMNS_MAX 16384u
#define SPREADSHEET_SHEETS_MAX 1000u
/* Excel's cells have 32,767 characters at most; a reader of CSV takes a longer field for one that was never closed. */
#define SPREADSHEET_CELL_MAX ((size_t)256 << 10)

/* ---- texts ---- */

/* _x000D_ and the like become what they stand for (ECMA-376 Part 1, 22.9.2.19), and CR LF becomes LF. */
void spreadsheet_unescape(struct text *t);
void spreadsheet_plain_lines(struct text *t);
/* The number that v is in this format: how long out is; 0: it is none. */
size_t spreadsheet_number(struct slice v, struct numformat f, bool from_1904,
                          char out[NUMFORMAT_TEXT_MAX]);
/* B7; row from 1, column from 0. */
#define SPREADSHEET_REF_MAX 16
const char *spreadsheet_ref(uint64_t row, uint64_t column, char out[SPREADSHEET_REF_MAX]);
bool spreadsheet_is_true(const char *value); /* NULL is not */

struct spreadsheet_strings;
struct spreadsheet_strings *spreadsheet_strings_open(const struct spreadsheet_parts *p,
                                                     const char *path, struct err *e) MUST_CHECK;
/* The text of this number from 0, until the next call: 1; 0: there is none; -1. */
int spreadsheet_strings_get(struct spreadsheet_strings *s, uint64_t at, struct slice *out,
                            struct err *e) MUST_CHECK;
/* Reads to its end, which shows whether it is whole. */
int spreadsheet_strings_finish(struct spreadsheet_strings *s, struct err *e) MUST_CHECK;
void spreadsheet_strings_close(struct spreadsheet_strings *s); /* NULL is fine */

/* ---- CSV ---- */

struct spreadsheet_out {
    struct spool *to; /* NULL: rows are counted only */
    const char *name, *sheet;
    struct spreadsheet_facts facts;
    uint64_t filled; /* rows with something in them, also a formula without a value */
    uint64_t most;   /* cells of such a row */
    uint64_t in_row,
        empty_in_row; /* of the row at hand; and of them the formulas without a value */
    uint64_t row;     /* at hand */
    uint64_t done;    /* up to this row everything is written */
    uint64_t columns; /* of the row at hand, up to its last cell that was written */
    bool hidden;
    int64_t written, row_begins, base; /* bytes; base: where the spool's file was */
    struct text bytes;                 /* not yet written */
};
void spreadsheet_out_init(struct spreadsheet_out *o, struct spool *to, const char *name,
                          const char *sheet);
void spreadsheet_out_release(struct spreadsheet_out *o);
/* Rows come in their order, from 1; so do their cells, from 0.  An empty cell is nothing. */
void spreadsheet_out_row(struct spreadsheet_out *o, uint64_t row, bool hidden);
int spreadsheet_out_cell(struct spreadsheet_out *o, uint64_t column, struct slice cell,
                         struct err *e) MUST_CHECK;
/* The row, and as many like it behind it that it is there `times` times. */
int spreadsheet_out_end(struct spreadsheet_out *o, uint64_t times, struct err *e) MUST_CHECK;
void spreadsheet_out_valueless(struct spreadsheet_out *o, uint64_t column);
int spreadsheet_out_finish(struct spreadsheet_out *o, struct err *e) MUST_CHECK;
/* As far as it is read: has it two rows, or a row of two cells? */
bool spreadsheet_out_is_table(const struct spreadsheet_out *o);

/* ---- a workbook ---- */

struct spreadsheet_source {
    struct spreadsheet_sheet sheet;
    const char *part; /* of a .xlsx */
    bool is_table;    /* of an .ods, as spreadsheet_out_is_table has it */
};
struct spreadsheet {
    enum spreadsheet_kind kind;
    const char *name;
    struct arena arena;
    struct spreadsheet_parts parts;
    struct spreadsheet_source *sheets;
    size_t n_sheets, cap_sheets;
    /* of a .xlsx */
    bool from_1904;
    const char *strings, *styles; /* parts, or NULL */
    struct numformat *formats;    /* of the cells' styles */
    size_t n_formats;
};
int spreadsheet_add_sheet(struct spreadsheet *w, const struct spreadsheet_source *sheet,
                          struct err *e) MUST_CHECK;

/* The part that _rels/.rels names as what the package is about: 0, with NULL if there is none; -1. */
int spreadsheet_main_part(const struct spreadsheet_parts *p, const char **path,
                          struct err *e) MUST_CHECK;
int spreadsheet_xlsx_open(struct spreadsheet *w, struct err *e) MUST_CHECK;
/* XML_ENOUGH: o only counts, and has counted two. */
int spreadsheet_xlsx_read(struct spreadsheet *w, size_t at, struct spreadsheet_out *o,
                          struct err *e) MUST_CHECK;
int spreadsheet_ods_open(struct spreadsheet *w, struct err *e) MUST_CHECK;
int spreadsheet_ods_read(struct spreadsheet *w, size_t at, struct spreadsheet_out *o,
                         struct err *e) MUST_CHECK;

#endif
