/*
 * prepared: what a job comes to for one input: each step's plans, routes, codes and targets.
 *
 *   prepared_open (job and header: everything that can be refused without the ledger)
 *   -> prepared_lock (nobody else works on its targets from now on)
 *   -> prepared_register (the targets get their places in the ledger) -> prepared_close
 *
 * After that it is only read (issue fills in what it learns of the targets).
 */
#ifndef CLAIMPIPE_STAGES_PREPARED_H
#define CLAIMPIPE_STAGES_PREPARED_H

#include "actions/action.h"
#include "base/err.h"
#include "ledger/ledger.h"
#include "policy/claimed.h"
#include "stages/mailing.h"
#include "stages/plan.h"
#include "stages/report.h"
#include "stages/selection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codebook;
struct input;
struct job;
struct job_step;

/* A target, and what goes with it. */
struct prepared_target {
    struct plan *plan;      /* NULL: of mail, which has */
    struct mailing mailing; /* … a letter instead */
    char *link; /* of those for whom it is done: all of it that is known as the run begins */
    struct claimfit_given *given; /* what is set for it */
    struct codebook *book;        /* of a code, else NULL */
    int64_t codes_end; /* behind the number of the last code that may be given; INT64_MAX: the
                                     claim is asked for it */
    struct claimed claimed;
    const char *of_claim;   /* of a code: the claim that it is for, or NULL */
    struct claimfacts told; /* … and what that says of itself, if it was asked: is_told */
    bool is_told;
};

struct prepared_step {
    const struct job_step *job;
    const struct action *action;
    size_t route; /* the column, or COLUMNS_NONE */
    size_t first; /* the number of its first target */
};

struct prepared {
    const struct job *job;
    struct input *input;
    struct columns columns; /* those of the input, and behind them step1.code … */
    struct slice *names;
    char (*virtual_names)[24];
    struct selection selection;
    struct prepared_step *steps;
    size_t n_steps;
    struct target *targets; /* of all steps, in their order */
    struct prepared_target *with;
    size_t n_targets;
    bool needs_server; /* the service */
    bool needs_mail;   /* the mail server, or its outbox */
    uint64_t asked;    /* requests made before the first step: codecount.h */
};

int prepared_open(struct prepared *p, const struct job *j, struct err *e) MUST_CHECK;
void prepared_close(struct prepared *p);

/* What is to be said of it once: recipients of a kind that the service takes only in older stores; or NULL.  Into
 * text. */
#define PREPARED_WARNING_MAX 320
const char *prepared_warning(const struct prepared *p, char text[PREPARED_WARNING_MAX]);

/* What is sent to the target, as it may be shown: each secret, and each field that sounds like one, is ****; the
 * caller fills in no column that does.  To be freed with plan_free; its columns are those that its step sees. */
struct plan *prepared_plan_shown(const struct prepared *p, size_t target, struct err *e) MUST_CHECK;
/* The step that a target is of. */
size_t prepared_step_of(const struct prepared *p, size_t target);
/* As the ledger knows it. */
struct ledger_target prepared_target(const struct prepared *p, size_t target);
/* Writes nothing into the ledger: a run that has to be refused need not wait for the one that writes.  A copy of a ledger needs no
 * locks. */
int prepared_lock(const struct prepared *p, struct ledger *l, struct err *e) MUST_CHECK;
/* Begins the run (or goes on with it) in the ledger: its targets, and what its results are made from.
 * Committed. */
int prepared_register(struct prepared *p, struct ledger *l, struct ledger_run *run,
                      struct err *e) MUST_CHECK;
/* Then what has to be known of the input before its first row is acted on; the input stands at its
 * beginning. */
int prepared_begin(struct prepared *p, const struct ledger_run *run, struct err *e) MUST_CHECK;

/* The target of a step for a record: its number, or ROUTE_NONE: the step is skipped, also since it is for
 * rows of the other kind (otherwise); or -1 and *why (in a) if the row is invalid. */
int prepared_route(const struct prepared *p, size_t step, const struct record *r, bool otherwise,
                   struct arena *a, size_t *target, const char **why);

#endif
