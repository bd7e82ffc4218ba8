/*
 * report_files: the files that a run's results go to: refused -> opened, before anything is sent -> written by report
 * -> kept, or left as they were.
 *
 * A file that is there is replaced only if it is empty, or a results file (policy/added.h): any that has all the added
 * columns, or that has just those which this one is to have; and a page only another page.  A device, a pipe and standard
 * output are no such files.
 */
#ifndef CLAIMPIPE_STAGES_REPORT_FILES_H
#define CLAIMPIPE_STAGES_REPORT_FILES_H

#include "base/err.h"
#include "base/records.h"
#include "stages/report.h"

#include <stdbool.h>
#include <stddef.h>

struct text;

/* All borrowed, paths as long as the files. */
struct report_files_wish {
    const char *results;   /* all rows; "-": standard output; NULL: no such file, … */
    const char *failed_to; /* … likewise those that need a person */
    const char *new_to;    /* … those that the run has done */
    const char *html;      /* … and a page of them */
    const char *columns;   /* policy/chosen.h; NULL: all */
    bool force;            /* whatever is there may be replaced */
    struct reading as;     /* how a CSV is written */
    size_t steps;          /* of the job */
    const struct input_facts *facts;
    const char *input, *ledger; /* paths, which none may replace */
};

/* All zero: none. */
struct report_files {
    struct report_file list[REPORT_FILES_MAX];
    size_t n;
};

/* EXIT_USAGE: a file would replace the input, the ledger, another of them, or what is no results file; or can't be a
 * workbook; or there is no such column.  EXIT_OUTPUT: it can't be written.  Close them in any case. */
int report_files_open(struct report_files *f, const struct report_files_wish *w,
                      struct err *e) MUST_CHECK;
/* Those that are still open.  keep: what was written; all that can be, whatever becomes of the others. */
int report_files_close(struct report_files *f, bool keep, struct err *e) MUST_CHECK;
/* Appends lines, each with its line end before it, on the files beside the results. */
void report_files_words(const struct report_files *f, const struct report_summary *s,
                        bool all_columns, struct text *out);

#endif
