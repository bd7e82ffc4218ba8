/*
 * job: everything that a run is told, by the command line or by a job file.
 *
 * Filled once, then handed around as const.  The strings belong to whoever filled it and outlive the
 * run; secrets among them are in `secrets`, too, so that they can be kept out of every text.
 */
#ifndef CLAIMPIPE_STAGES_JOB_H
#define CLAIMPIPE_STAGES_JOB_H

#include "adapters/fetch.h"
#include "base/observer.h"
#include "policy/admission.h"
#include "policy/approval.h"
#include "policy/filter.h"
#include "policy/identity.h"
#include "policy/limit.h"
#include "policy/redact.h"
#include "policy/sample.h"
#include "policy/stoprule.h"
#include "policy/when.h"
#include "stages/job_step.h"
#include "stages/jobmail.h"
#include "stages/joboutput.h"
#include "stages/jobtell.h"
#include "stages/read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_USUAL_API "https://api.bitbadges.io"

/* Of the refusal that refuse_results is about. */
#define JOB_IS_RESULTS "is a results file of claimpipe"

enum job_mode {
    JOB_RUN,
    JOB_SIMULATE, /* the API's dry run for each row; nothing is remembered */
    JOB_CHECK     /* offline: what would be done */
};

struct job {
    enum job_mode mode;
    const char *name; /* a job file's path, for the ledger, too; NULL: one step, one target */
    struct job_step *steps;
    size_t n_steps;

    const char *input; /* path, "-", or a URL */
    struct fetch_options fetch;
    struct read_wishes read; /* how */
    const char *preset;      /* its name, "none", or NULL: as the header has it */
    enum identity_kind kind; /* what the recipients are */
    const char *recipient;   /* their column, or that of `lookup`'s; NULL: by its usual names */
    bool kind_said;
    struct filter_text where[FILTER_TEXTS_MAX];
    size_t n_where;
    enum when_order date_order;
    char decimal_mark;        /* or 0 */
    const char *group;        /* the column whose rows are one trigger, or NULL */
    const char *fill_down;    /* COLUMN,... that are blank where they repeat, or NULL */
    const char *lookup;       /* a CSV or workbook that knows addresses, or NULL */
    const char *lookup_sheet; /* its sheet, or NULL */
    const char *on;           /* COLUMN[=COLUMN there] by which it is asked; NULL: found */
    bool skip_otherwise; /* a row of which no address is known is skipped, else it is invalid */
    const char *key;     /* COLUMN,... that make a trigger the same again; NULL: the recipient */
    int64_t again; /* this is the n-th time that the targets are issued on purpose; 1: the first */
    struct sample sample;
    const char *results;                             /* path, or "-" for standard output */
    const char *failed_to, *new_to, *html, *columns; /* stages/report_files.h; or NULL */
    enum joboutput output;
    bool allow_burn;     /* addresses that are nobody's are recipients */
    bool refuse_results; /* an input that is results of an earlier run */
    bool allow_rounded;  /* numbers that a spreadsheet has rounded name people */
    bool safe_cells;     /* no cell of the results begins a formula */
    const char *ledger;  /* path */
    bool accept_ledger;  /* it is taken as it is, though it does not know all that was issued */
    bool json, ask;      /* check: its answer as JSON; ask the service about its claims */
    struct approval_wishes plan;
    const struct undone *undo; /* a run is taken back: stages/undone.h; or NULL */

    struct admission_wishes wishes;
    struct stoprule stoprule;

    const char *api_url, *api_key, *cacert;
    int64_t connect_timeout_ns, timeout_ns;
    size_t in_flight, lanes;
    struct job_rates rates;
    unsigned tries_max;
    int64_t burst, patience_ns, settle_timeout_ns, queue_delay_ns;
    bool no_settle; /* what was accepted is left for a later run */
    struct jobmail mail;
    bool quiet, json_log;
    struct jobtell tell;             /* whom else it tells how it ended */
    const struct observer *observer; /* or NULL */
    const char *retry_hint;          /* the command that would try the failed rows again */
    struct redact secrets;
};

/* The defaults, which fit the service; no steps. */
void job_init(struct job *j);

/* "10000/m,100000/d" is added to the rates: 0; 1: there would be more than LIMIT_OWN_MAX; -1: it is none.  "none"
 * takes all away that there were. */
int job_add_rates(struct job_rates *rates, const char *text);

#endif
