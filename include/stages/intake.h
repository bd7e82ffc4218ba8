/*
 * intake: the rows of a run on their way from the input to issue: read -> select -> plan -> ledger.
 *
 * A row comes to its steps one after the other; the next is begun when the one before it is done.  What
 * needs no server (codes, duplicates, rows that can't be acted on) is dealt with here.
 *
 *   a row: taken -> [at a step: sent, or followed, or waiting for another row's] -> … -> over
 *
 * Calls from one thread, that of issue's loop; where nothing needs a server, another reads ahead.
 */
#ifndef CLAIMPIPE_STAGES_INTAKE_H
#define CLAIMPIPE_STAGES_INTAKE_H

#include "base/err.h"
#include "base/records.h"
#include "base/text.h"
#include "stages/intake_block.h"
#include "stages/issue.h"
#include "stages/prepared.h"
#include "stages/progress.h"

#include <stdint.h>

struct ledger;
struct ledger_run;

/* What is said of rows that are dealt with, for `check`; may be NULL. */
struct intake_watch {
    void *context;
    /* The row is invalid. */
    void (*invalid)(void *context, const struct record *r, const char *why);
    void (*duplicate)(void *context, bool in_file);
    /* It is left out. */
    void (*skipped)(void *context, const struct record *r, const char *why);
    /* A step would be sent (again), or was begun by an earlier run and would be followed. */
    void (*act)(void *context, size_t step, const struct target *t, bool begun);
    /* A step has failed before, and is not tried again. */
    void (*failed)(void *context);
    /* There is no code left for it. */
    void (*used_up)(void *context, const struct target *t);
};

struct intake {
    struct prepared *p;
    struct ledger *ledger;
    const struct ledger_run *run;
    struct issue *issue; /* NULL: nothing is sent, all that could be is taken for done */
    const struct intake_watch *watch;
    struct progress *progress;

    struct intake_block blocks[2]; /* the one whose rows are taken, and the one after it */
    size_t now;
    bool begun;
    struct err
        broken; /* EXIT_INPUT: the input can't be read any further; the rows before are acted on */
    struct intake_search search;
    struct arena arena;   /* what one row needs */
    bool has_former;      /* the ledger has items that were keyed otherwise: former_keys.h */
    uint64_t acted;       /* rows acted for, which --limit counts */
    struct slice *fields; /* of one row: its own, and what its steps gave */
    struct text body, code;
    struct row *ready, **ready_end; /* their next step may begin */
    struct row *waiting;            /* for another row's item */
    size_t bytes;                   /* that rows under way hold */
    size_t under_way;               /* rows whose step issue has */
};

/* Borrows all of them. */
int intake_init(struct intake *in, struct prepared *p, struct ledger *ledger,
                const struct ledger_run *run, struct progress *progress, struct err *e) MUST_CHECK;
void intake_release(struct intake *in);

/* The trigger's items have its key, if they have had a former one. */
int intake_settle_former(struct intake *in, const struct trigger *t, int64_t target,
                         struct err *e) MUST_CHECK;
/* A row is over that the block has dealt with: why it is invalid, or NULL. */
void intake_count(struct intake *in, const struct record *r, enum status status, const char *why);
/* So many rows were given codes. */
void intake_count_given(struct intake *in, const struct target *t, size_t n);

/* For struct issue_driver, whose context is the intake. */
int intake_next(void *context, struct step **out, struct err *e) MUST_CHECK;
void intake_rested(void *context, const struct step *s);

#endif
