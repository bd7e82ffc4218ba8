/*
 * intake: an input, as people have it, becomes the bytes of one table.
 *
 *   path, - or URL -> fetched, unpacked (adapters/spool.h) -> [taken out of a ZIP or tar] -> [a sheet of a workbook]
 *
 * By its content, not its name.  Of several files in a ZIP, or several sheets with a table, the user says which: none is
 * guessed.  A sheet with a table has two rows with something in them, or one of two cells, which may be a header that has
 * no rows tonight; hidden ones, and the summary that a results workbook has beside its results, are passed over, unless
 * they are asked for.  One thread.
 */
#ifndef CLAIMPIPE_STAGES_INTAKE_H
#define CLAIMPIPE_STAGES_INTAKE_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch_options;
struct spool;

/* All zero: nothing is said. */
struct intake_wishes {
    const struct fetch_options *fetch; /* for URLs; NULL: none may be */
    const char *member;                /* a file's path in the ZIP, or its name there */
    const char *sheet;                 /* a sheet's name, or its number */
    const char *sheet_option;          /* by which the user says that; NULL: it can't be said */
    uint32_t as_member, as_sheet;      /* exactly these, as an earlier run has read it; 0: none */
};

/* What came of it. */
struct intake_found {
    uint32_t member, sheet; /* numbers; 0: it was none */
    size_t width;           /* of the sheet: csvio_reader_sheet */
    uint64_t hidden_rows;   /* of it */
    uint64_t valueless;     /* its formulas without a value */
    struct text title;      /* its name, or empty */
    struct text notices;    /* a line each */
};
void intake_found_init(struct intake_found *f);
void intake_found_release(struct intake_found *f);

/* EXIT_INPUT: it can't be read; EXIT_USAGE: it is not said which, or there is no such; EXIT_INTERRUPTED.  out is
 * initialized. */
struct spool *intake_open(const char *path, const struct intake_wishes *w, struct intake_found *out,
                          struct err *e) MUST_CHECK;

/* Is it a ZIP, a tar or a workbook, by its first bytes?  1, 0, or -1.  The spool is rewound. */
int intake_is_packed(struct spool *s, struct err *e) MUST_CHECK;

#endif
