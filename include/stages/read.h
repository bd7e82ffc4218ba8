/*
 * read: bytes of a file, of standard input or of a URL become records.
 *
 *   input -> intake (stages/intake.h) -> spool -> decoded -> taken apart -> records
 *
 * How (struct reading) is found out by the first 64 KiB, unless the user says it.  The input is passed over
 * three times: once to count, hash and refuse what can't be read at all (before anything is sent), once to
 * act, once to report.  What can be read only once is spooled to an unlinked temporary file first, and a
 * named file is kept open, so that all three see the same file even if its name is given to another
 * meanwhile.  That its content was the same each time is checked by the hash of the bytes.
 *
 * Every record behind the header is handed out, but for empty ones (all cells blank) at the very end.
 * - fault: its number of fields differs from the header's (empty cells and nameless columns at the end do
 *   not count), a byte of it can't be decoded, or what csvio finds.  It has all its fields.
 * - aside: all of its cells are blank, or the header's again, or it stands behind the end of the preset's
 *   table, or above the header (row 0: handed out only by the sources below, for the results).
 *
 * Memory: one batch, and twice the longest record.  One thread.
 */
#ifndef CLAIMPIPE_STAGES_READ_H
#define CLAIMPIPE_STAGES_READ_H

#include "base/err.h"
#include "base/records.h"

#include <stddef.h>
#include <stdint.h>

#define READ_ABOVE "stands above the header"
#define READ_HEADER "the header again"

struct fetch_options;
struct input; /* an open input; each pass begins with read_rewind */
struct preset;

/* What the user says of an input; all zero: nothing. */
struct read_wishes {
    const char *encoding; /* a name that iconv knows */
    char delimiter;       /* 0: unsaid */
    char quote;           /* 0: unsaid */
    bool no_quotes;       /* fields are never quoted */
    char escape;          /* 0: unsaid */
    bool no_escapes;      /* nothing is escaped */
    uint64_t header_line; /* 0: unsaid */
    bool no_header;       /* columns are called 1, 2, … (results have that as a header) */
    bool
        header_only; /* nothing but the header is wanted: no pass may be begun, and rows are not known */
    bool by_itself;               /* the user can't say how it is read, and is not told to */
    const char *named;            /* a column that it must have, by which the header is found */
    const char *member;           /* of a ZIP or tar: the file in it */
    const char *sheet;            /* of a workbook: its sheet's name, or number */
    const char *sheet_option;     /* by which the user says that, or NULL */
    const struct preset *presets; /* that may be chosen */
    size_t n_presets;
    const struct preset *preset;       /* the user's choice among them */
    const struct fetch_options *fetch; /* for URLs; NULL: none may be */
    const struct reading
        *as; /* exactly so, as an earlier run has read it; the rest does not count */
};

/* Open path ("-": standard input; or a URL, also a link to a page of policy/sharelink.h), take the first pass.  w is needed only here, but presets as long
 * as the input.  NULL with EXIT_INPUT: not there, not readable, a folder, empty, no header, a row
 * in its place, no CSV, a workbook that can't be read, a field without end, a line for the header that has none, a preset
 * that refuses it, two that fit it and count other rows, or one that was asked for and does not fit;
 * EXIT_USAGE: an unknown encoding, quotes or escapes that are the delimiter, a single column that could be several,
 * several sheets or files in a ZIP of which none is said. */
struct input *read_open(const char *path, const struct read_wishes *w, struct err *e) MUST_CHECK;
void read_close(struct input *in);
const struct input_facts *read_facts(const struct input *in);
/* Of a row that lacks its last cells the first n must be there: by default all.  Before a further pass. */
void read_need(struct input *in, size_t n);

/* Begin another pass. */
int read_rewind(struct input *in, struct err *e) MUST_CHECK;
/* The next batch (b's arena is reset first): b->n == 0 at the end.  A content that differs from the first
 * pass is EXIT_INPUT where it does: "NAME changed while it was read: …". */
int read_batch(struct input *in, struct batch *b, struct err *e) MUST_CHECK;

/* The same as a source, for stages that need not know where records come from; also what stands above the
 * header. */
struct source read_source(struct input *in);
/* One that ends where the content differs, or can't be read any more, as if there were no more. */
struct source read_source_as_far(struct input *in);
/* Has the last pass of such a source ended so, or is there more by now?  *why: it could not be read any more, or NULL. */
bool read_strayed(const struct input *in, const char **why);

#endif
