/*
 * admit: decides what is to be done for each row: read -> select -> [admit] -> issue.
 *
 * Rows are admitted some at a time: their keys are looked up in the ledger together, they are decided one by one in
 * the order of the input, each knowing what was decided of those before it, and what that makes of the ledger is
 * written together.  As many at once as issue wants steps, and more as long as nothing is to be sent for them.
 *
 *   a row: open -> [at a step: done here (a code), or was done before -> the next step]
 *              -> sent (issue has its step), or waiting (for another row's item) -> open again, at its next step
 *              -> over
 *
 * Calls from one thread, that of issue's loop; where nothing is sent, another reads ahead.
 */
#ifndef CLAIMPIPE_STAGES_ADMIT_H
#define CLAIMPIPE_STAGES_ADMIT_H

#include "base/err.h"
#include "base/row.h"
#include "base/text.h"
#include "stages/block.h"
#include "stages/issue.h"
#include "stages/prepared.h"
#include "stages/progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_block;
struct ledger_run;

struct admit {
    struct prepared *p;
    struct ledger *ledger;
    const struct ledger_run *run;
    struct issue *issue; /* NULL: nothing is sent, all that could be is taken for done */
    struct progress *progress;
    /* A row is over; or NULL. */
    void (*over)(void *context, const struct row *r);
    void *over_context;

    struct block blocks[2]; /* the one whose rows are admitted, and the one after it */
    size_t now;
    bool begun;
    unsigned uncommitted; /* blocks */
    struct err
        broken; /* EXIT_INPUT: the input can't be read any further; the rows before are acted on */

    struct ledger_block *known; /* of the rows that are admitted together */
    bool has_former;            /* the ledger has items that were keyed otherwise: former_keys.h */
    struct row **rows;          /* those that are admitted together */
    size_t n_rows, cap_rows;
    size_t together;             /* so many may be; 0: as many as steps are wanted */
    struct step *out, **out_end; /* what is to be sent for them */
    size_t n_out;
    struct arena arena;     /* lives as long as they are together */
    struct arena row_arena; /* lives as long as one of them is looked at */
    struct slice *fields;   /* of one row: its own, and what its steps gave */
    struct text body, code;

    struct row *ready, **ready_end; /* their next step may begin */
    struct row *waiting;            /* for another row's item */
    uint64_t acted;                 /* rows acted for, which --limit counts */
    size_t bytes;                   /* that rows under way hold */
    size_t under_way;               /* rows whose step issue has */
    size_t retry;     /* the column in which rows ask to be tried again, or COLUMNS_NONE */
    uint64_t retried; /* steps that had failed, and are tried again */
};

/* Borrows all of them. */
int admit_init(struct admit *ad, struct prepared *p, struct ledger *ledger,
               const struct ledger_run *run, struct progress *progress, struct err *e) MUST_CHECK;
void admit_release(struct admit *ad);

/* For struct issue_driver, whose context is the struct admit. */
int admit_next(void *context, size_t most, struct step **out, struct err *e) MUST_CHECK;
void admit_rested(void *context, const struct step *s);

#endif
