/*
 * report: the results (CSV, or a workbook) and the summary, as a function of the input and the ledger alone (and of
 * what codes are made from, where codes were given).
 *
 * One row for each record of the input, in its order, with all its fields as they were, then the added
 * columns: those of the whole row, and if the run has several steps those of each of them.  A record with
 * more fields than the header keeps its extra ones behind the added columns; one with fewer is filled up
 * with empty ones, so that the columns stay aligned.  An added column whose name the input has already
 * takes the prefix `claimpipe_`; an input that is itself a results file has its added columns replaced, not
 * doubled.  Delimiter, quotes, line ends, encoding, byte order mark and a line sep=… are as `as` says.
 *
 * Of several steps that decides what a whole row is which policy/overall.h says; its error then begins
 * `step 2: `.  Tries are those of all steps, code and link those of the last step that gave one.
 *
 * A list of columns (policy/chosen.h) says which there are instead, and in which order.  A file of the rows that need
 * a person has `retry` behind the others (policy/added.h).
 *
 * What a server says (error, attempt_id) never begins a formula (base/formula.h): it takes a leading
 * apostrophe; with safe_cells so does every cell.  Wherever that changes an added cell, its note says so.
 *
 * A page (HTML) has no row that is done: a sentence, counts, a timeline, reasons, and of the rows those that need a
 * person; no codes.  All its times are UTC.
 *
 * A workbook (a path that ends in .xlsx) has all cells as they are, as texts, and none of these; `as` and
 * safe_cells do not count there.  Its second sheet (policy/added.h) has the summary.
 */
#ifndef CLAIMPIPE_STAGES_REPORT_H
#define CLAIMPIPE_STAGES_REPORT_H

#include "base/err.h"
#include "base/observer.h"
#include "base/reading.h"
#include "base/records.h"
#include "policy/reasons.h"
#include "stages/report_next.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codebook;
struct ledger;
struct outfile;

struct report_summary {
    uint64_t rows[STATUS_COUNT];
    uint64_t
        kept; /* of the failed ones: those that failed in an earlier run, and were not tried again */
    uint64_t back; /* of how many rows the mail came back */
    /* Of those that need a person, if the run tells: which nobody was told of, and since which runs the others are known. */
    bool tells;
    uint64_t fresh, known;
    int64_t known_first, known_last;
    struct reasons reasons; /* why rows are not done */
    uint64_t cut, cut_line; /* cells too long for a workbook, and the line of the first */
    bool simulated;
};

/* Its name, of a dry run `would succeed` for success and `would fail` for failed. */
const char *report_status_name(enum status status, bool simulated);

/* Which rows a file has. */
enum report_rows {
    REPORT_ALL,
    REPORT_PERSON, /* those that need a person: failed, invalid, unknown */
    REPORT_FRESH,  /* those that this run has done */
    REPORT_PAGE    /* all, as an HTML page */
};

struct report_file {
    enum report_rows rows;
    const char *path;    /* or NULL */
    struct outfile *out; /* which the caller closes */
};
#define REPORT_FILES_MAX 4

struct report_options {
    int64_t run;
    /* The run's target: problems that are known to it are told from new ones, and gathered for ledger_problems; 0: not */
    int64_t about;
    int64_t ended_ms;    /* it ends with these results, now; 0: as the ledger has it */
    const char *stopped; /* why the run stopped early; NULL: it did not, or nobody knows */
    const struct codebook *const *books; /* from which the codes that it gave can be made again */
    size_t n_books;
    bool alike; /* … for a target refused all alike: of what has failed nothing becomes known */
    bool simulated; /* it was a dry run: what would have been, and no codes */
    bool no_codes;  /* no file has codes: none are made, and books need not be there */
    struct report_next next;
    struct reading as;               /* how the results are written; fields must have quotes */
    bool safe_cells;                 /* no cell begins a formula */
    const struct observer *observer; /* is told of each row, or NULL */
    const char *columns;             /* policy/chosen.h; NULL: all */
    bool valid_utf8; /* what could not be decoded becomes U+FFFD, not the same bytes again */
};

bool report_is_workbook(const char *path);
/* EXIT_USAGE: the results are to be a workbook (path may be NULL), and have more rows than one takes. */
int report_fits(const char *path, const struct input_facts *facts, struct err *e) MUST_CHECK;
/* EXIT_OUTPUT: they are to be a workbook, and it can't be put together where that is done. */
int report_can_begin(const char *path, struct err *e) MUST_CHECK;

/* Does a row of this status belong to such a file? */
bool report_has(enum report_rows rows, enum status status);

/* Reads the input once, from its beginning, and writes the n (<= REPORT_FILES_MAX) files.  EXIT_USAGE: the run gave
 * codes whose seed or list is not among the books, or the list is no longer what it was. */
int report_write(const struct source *in, struct ledger *l, const struct report_options *o,
                 const struct report_file *files, size_t n, struct report_summary *summary,
                 struct err *e) MUST_CHECK;

/* The summary of a run of so many rows, from the ledger alone. */
int report_tally(struct ledger *l, int64_t run, uint64_t rows, struct report_summary *summary,
                 struct err *e) MUST_CHECK;

/* How many rows need a person. */
uint64_t report_problems(const struct report_summary *s);
/* The summary in words, a line each for text: counts, then the reasons. */
struct text;
void report_words(const struct report_summary *s, struct text *out);
/* Only what nobody was told of: nothing, if there is nothing new. */
void report_news(const struct report_summary *s, struct text *out);
/* The same as members of the JSON object that is open: rows, counts, reasons. */
struct jsonout;
void report_json(const struct report_summary *s, struct jsonout *out);

#endif
