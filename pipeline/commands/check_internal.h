/*
 * check_internal: what check.c counts, check_ask.c asks, check_preview.c shows, check_words.c says, and check_plan.c keeps.
 */
#ifndef CLAIMPIPE_COMMANDS_CHECK_INTERNAL_H
#define CLAIMPIPE_COMMANDS_CHECK_INTERNAL_H

#include "base/arena.h"
#include "base/text.h"
#include "ledger/ledger_runs.h"
#include "policy/limit.h"
#include "policy/reasons.h"
#include "stages/admit.h"
#include "stages/approving.h"
#include "stages/prepared.h"
#include "stages/progress.h"

#include <stdint.h>

struct job;
struct ledger;

struct check_target {
    uint64_t act, begun;
};

struct plan;

/* The first rows, of --preview. */
struct check_preview {
    int64_t rows;
    size_t shown;    /* steps of them */
    struct text out; /* JSON, or the cells of a table, each with its NUL */
    size_t widths[5];
    struct plan **plans; /* of the targets, as they are needed */
    struct text body;
    struct text letters; /* messages, as a person reads them */
    bool hidden;         /* a cell of them is not shown */
    struct arena arena;  /* of one row */
};

struct check {
    const struct job *job;
    struct prepared prepared;
    struct ledger *ledger;
    struct ledger_run run;
    struct progress progress;
    struct admit admit;
    struct check_target *targets;
    uint64_t invalid, in_file, before, skipped, failed, used_up;
    struct reasons reasons; /* why rows are skipped */
    struct text shown;      /* the invalid rows */
    uint64_t n_shown;
    struct text asked; /* what was asked of claims */
    struct text out;
    int64_t requests, messages;
    struct check_preview preview;
    struct approving approving; /* of --save */
};

/* As the answer calls it. */
const char *check_target_name(const struct check *c, size_t target);

/* A row that is over; what was seen of them, as a table; and its end, whether or not anything was shown. */
void check_preview_row(struct check *c, const struct row *r);
void check_preview_say(struct check *c, struct text *out);
void check_preview_release(struct check *c);

/* What was checked is kept, once all is counted. */
int check_plan_keep(struct check *c, struct err *e) MUST_CHECK;

/* Each claim is asked whether what would be sent can complete it.  *code becomes what a run would end with. */
int check_ask(struct check *c, enum exit_code *code, struct err *e) MUST_CHECK;

/* What is known by then, into c->out: as text, or as JSON. */
void check_say_text(struct check *c);
void check_say_json(struct check *c);

#endif
