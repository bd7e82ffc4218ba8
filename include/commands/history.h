/*
 * history: what a ledger tells of earlier runs, and what keeps it in order: the commands runs, report and
 * ledger check, export, prune, backup, restore.
 *
 * Each is a whole command and returns the process's exit code; if e is set, it says why the command could
 * not do it.  A ledger that is not there is EXIT_OUTPUT, and is not made.  All but prune and restore may be
 * used while a run goes on, and tell what is known by then.  Lists go to standard output, summaries to standard error.
 * One thread.
 */
#ifndef CLAIMPIPE_COMMANDS_HISTORY_H
#define CLAIMPIPE_COMMANDS_HISTORY_H

#include "base/err.h"
#include "base/observer.h"
#include "stages/job.h"

#include <stdbool.h>
#include <stddef.h>

struct text;

/* A table of the runs, the newest last; or one of them, whole: what came of it, why, and how to go on. */
struct history_runs {
    const char *ledger;
    bool usual_ledger; /* nobody has named it: if it is not there, there are no runs yet */
    const char *run;   /* its number, or "last"; NULL: all */
    bool json;
};
/* EXIT_USAGE: no such run. */
int history_runs(const struct history_runs *o, struct err *e) MUST_CHECK;

/* The results CSV of a run, from the ledger and the input. */
struct history_report {
    const char *ledger;
    const char *run;     /* a number as history_runs shows it, or "last" */
    const char *input;   /* NULL: where the run had it from; "-": standard input */
    const char *results; /* NULL: as joboutput_name has it; "-": standard output */
    const char *failed_to, *new_to, *html;
    /* or NULL; with one of them, and results NULL, there are no others */
    const char *columns; /* or NULL */
    bool force;          /* stages/report_files.h */
    /* From which the codes that it gave can be made again. */
    const char *const *seeds; /* the seeds themselves */
    size_t n_seeds;
    const char *const *codes; /* paths of lists */
    size_t n_codes;
    enum joboutput output;      /* how they are written, */
    bool safe_cells;            /* and the input's cells */
    struct fetch_options fetch; /* for a run over a URL */
    bool quiet, json_log;
    bool json;                       /* the summary goes to standard output as well, as JSON */
    const struct observer *observer; /* or NULL */
};
/* EXIT_USAGE: no such run, or it was pruned, or INPUT must be given, or what its codes were made from, or
 * that is no longer what it was.  EXIT_INPUT: its content is not what
 * the run has read. */
int history_report(const struct history_report *o, struct err *e) MUST_CHECK;

/* "ok", or EXIT_OUTPUT and a line for each thing that is wrong. */
int history_check(const char *ledger, bool json, struct err *e) MUST_CHECK;
/* A CSV of every item.  output NULL: standard output; force: over whatever is there. */
int history_export(const char *ledger, const char *output, bool force, struct err *e) MUST_CHECK;
/* before: YYYY-MM-DD, the beginning of that day in UTC.  What is removed: ledger/ledger_care.h. */
int history_prune(const char *ledger, const char *before, bool accept, bool json,
                  struct err *e) MUST_CHECK;
/* To a new file, whole as of one moment; replace: also over one that is there. */
int history_backup(const char *ledger, const char *copy, bool replace, bool json,
                   struct err *e) MUST_CHECK;
/* The copy becomes the ledger, and what was there is kept beside it.  accept: also if the copy knows less. */
int history_restore(const char *ledger, const char *copy, bool accept, bool json,
                    struct err *e) MUST_CHECK;

#endif
