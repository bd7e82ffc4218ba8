/*
 * check_parts: what check.c counts, and check_words.c says.
 */
#ifndef CLAIMPIPE_CHECK_PARTS_H
#define CLAIMPIPE_CHECK_PARTS_H

#include "adapters/ledger_runs.h"
#include "base/text.h"
#include "intake.h"
#include "policy/reasons.h"
#include "prepared.h"
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
    struct intake intake;
    struct intake_watch watch;
    struct check_target *targets;
    uint64_t invalid, in_file, before, skipped, failed, used_up;
    struct reasons reasons; /* why rows are skipped */
    struct text shown;      /* the invalid rows */
    uint64_t n_shown;
    struct text out;
    int64_t requests;
};

/* What is known by then, into c->out: as text, or as JSON. */
void check_say_text(struct check *c);
void check_say_json(struct check *c);

#endif
