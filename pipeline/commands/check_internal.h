/*
 * check_internal: what check.c counts, check_ask.c asks, and check_words.c says.
 */
#ifndef CLAIMPIPE_COMMANDS_CHECK_INTERNAL_H
#define CLAIMPIPE_COMMANDS_CHECK_INTERNAL_H

#include "base/text.h"
#include "ledger/ledger_runs.h"
#include "policy/limit.h"
#include "policy/reasons.h"
#include "stages/admit.h"
#include "stages/prepared.h"
#include "stages/progress.h"

#include <stdint.h>

struct job;
struct ledger;

struct check_target {
    uint64_t act, begun;
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
    int64_t requests;
};

/* Each claim is asked whether what would be sent can complete it.  *code becomes what a run would end with. */
int check_ask(struct check *c, enum exit_code *code, struct err *e) MUST_CHECK;

/* What is known by then, into c->out: as text, or as JSON. */
void check_say_text(struct check *c);
void check_say_json(struct check *c);

#endif
