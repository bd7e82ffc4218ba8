/*
 * report_internal: what the files of report share: report.c (the pass, and what is in a row), report_aims.c (what the
 * steps of the run were aimed at), report_cells.c (what became of a row), report_problems.c (which a person was told of),
 * report_csv.c and report_workbook.c (how rows are written; pages: report_page.h), report_summary.c (the counts, and their words),
 * report_tally.c (the counts without the input).
 */
#ifndef CLAIMPIPE_STAGES_REPORT_INTERNAL_H
#define CLAIMPIPE_STAGES_REPORT_INTERNAL_H

#include "base/arena.h"
#include "base/clock.h"
#include "ledger/ledger.h"
#include "policy/added.h"
#include "policy/chosen.h"
#include "stages/report.h"

/* ---- aims ---- */

struct report_aim {
    unsigned step;
    int64_t target;
    const struct codebook *book; /* from which its codes can be made again, or NULL */
    char *action, *name, *link;  /* link: all of it filled in but a code */
    bool reserves;               /* its successes are reservations: it is an on-chain claim */
    char *same; /* how its duplicates are like what they duplicate: "same recipient" */
};
struct report_aims {
    struct report_aim *list; /* by step and target */
    size_t n, cap;
    size_t steps; /* 1 .. ADDED_STEPS_MAX */
};
/* All of a run; the books outlive them.  EXIT_USAGE: it gave a code that none of the books has.  Release
 * them in any case. */
int report_aims_load(struct report_aims *a, struct ledger *l, const struct report_options *o,
                     struct err *e) MUST_CHECK;
void report_aims_release(struct report_aims *a);
/* NULL: the job has changed since, and has no such aim any more. */
const struct report_aim *report_aims_find(const struct report_aims *a, unsigned step,
                                          int64_t target);
/* For a code that none of the books has. */
int report_aims_lack(const struct report_options *o, struct err *e) MUST_CHECK;

/* ---- cells ---- */

/* The texts of the added columns of a row, or of one of its steps.  They live in the row's arena, with the
 * aims, or for ever. */
struct report_cells {
    bool known; /* the ledger has a word on it; of a whole row: on the whole itself */
    enum status status;
    const char *error, *note, *action, *target, *recipient, *attempt, *link;
    bool back;    /* its mail came back: note says it */
    int64_t kept; /* the run in which it failed, if it was not tried again; else 0 */
    int64_t
        since; /* of a whole row that needs a person: the run that told of it first; 0: none did */
    const char *why; /* … and why, which error says as well */
    /* link still lacks its code.  gives: of what it is, or NULL */
    const struct report_aim *gives;
    int64_t code;
    uint8_t mark[LEDGER_MARK_SIZE];
    unsigned tries;
    int http_status;
    char finished[CLOCK_RFC3339_MAX];
    int64_t finished_ms; /* the same; 0: it has not, or not in this run */
};

/* How cells are made; for one thread. */
struct report_judge {
    const struct report_options *o;
    const struct report_aims *aims;
    struct report_cells blanks[ADDED_STEPS_MAX + 1]; /* by step; 0: of a row as a whole */
    const char *actions[ADDED_STEPS_MAX + 1];        /* by step, from 1 */
    int64_t second;                                  /* of which text is the time */
    char text[CLOCK_RFC3339_MAX];
};
void report_judge_init(struct report_judge *j, const struct report_options *o,
                       const struct report_aims *aims);
/* Cells 0 (the row as a whole) to steps, not come to. */
void report_judge_begin(const struct report_judge *j, struct report_cells *cells);
/* What the ledger knows of one step, or of the row as a whole, into its cells. */
int report_judge_take(struct report_judge *j, const struct ledger_result *l, struct arena *a,
                      struct report_cells *cells, struct err *e) MUST_CHECK;
/* It stands above the header, so that the ledger knows nothing of it; why is kept. */
void report_judge_pass_over(struct report_cells *cells, const char *why);
/* When all is taken: the cells of the whole row. */
int report_judge_end(const struct report_judge *j, struct arena *a, struct report_cells *cells,
                     struct err *e) MUST_CHECK;

/* ---- forms ---- */

#define REPORT_TEXTS ADDED_TRIES /* added columns that are texts are those before it */

/* The added cells of a whole row, or of a step.  0 is no number, and "" no text: such cells are empty. */
struct report_added {
    const char *texts[REPORT_TEXTS];
    enum status status;
    unsigned tries, http_status;
    const char *finished;
    int64_t finished_ms; /* in this run, or 0 */
};

/* Valid until the next one.  added: of the whole row, and if there are several steps of each of them. */
struct report_row {
    const struct record *record;
    const struct report_added *added;
};

/* How a results file is written: row after row, then the end, which may add to the summary.  What was opened is closed
 * in any case. */
struct report_form {
    void *context;
    int (*row)(void *context, const struct report_row *row, struct err *e);
    int (*end)(void *context, struct report_summary *s, struct err *e);
    void (*close)(void *context);
};
/* The row's cell of the column `retry`. */
const char *report_retry(const struct report_options *o, const struct report_row *row);

/* Each borrows everything until it is closed.  Behind the columns stand fields for which the header has no name, if all
 * columns are there.  If it fails there is nothing to close. */
int report_csv(struct report_form *form, const struct report_options *o,
               const struct chosen *columns, struct outfile *out, struct err *e) MUST_CHECK;
int report_workbook(struct report_form *form, const struct report_options *o,
                    const struct chosen *columns, const struct input_facts *facts, struct ledger *l,
                    const struct report_file *file, struct err *e) MUST_CHECK;

/* ---- summary ---- */

/* Of cells; of XLSXOUT_CELL_MAX. */
#define REPORT_CUT "longer than the %u characters that a workbook takes, and cut there"
/* `failed: Incorrect password`, `failed in run 12, not tried again: Incorrect password` */
void report_reason(const struct report_summary *s, const struct reason *r, struct text *out);

void report_count(struct report_summary *s, const struct report_cells *whole, uint64_t line);

#endif
