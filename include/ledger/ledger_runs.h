/*
 * ledger_runs: the executions that a ledger knows.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_RUNS_H
#define CLAIMPIPE_LEDGER_LEDGER_RUNS_H

#include "base/err.h"
#include "base/records.h"

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_HASH_SIZE 32

struct claimfacts;
struct ledger;
struct ledger_target;

struct ledger_run {
    int64_t id;
    int64_t target;     /* what it is about as a whole */
    int64_t pass;       /* over the input, from 1 */
    bool resumed;       /* an earlier execution over this input did not finish */
    bool input_changed; /* … and the input was another then */
    int64_t started_ms; /* when it first began */
};

/* What a run reads. */
struct ledger_input {
    const char *name;
    const uint8_t *hash; /* LEDGER_HASH_SIZE bytes */
    uint64_t rows;
    const char *reading; /* base/reading.h */
    const char *preset;  /* by which its header is known; NULL or "": none */
};

/* The target's id, which is made if it is not there.  EXIT_USAGE: it has items by another key than
 * t->key, which would all be taken for new. */
int ledger_target_id(struct ledger *l, const struct ledger_target *t, int64_t *id,
                     struct err *e) MUST_CHECK;
/* The unfinished run of this target over this input goes on if it was of the same variant (what else
 * tells one execution from another, in words; "" if nothing does), else a new one begins, which aims at
 * nothing yet.  Not committed. */
int ledger_run_begin(struct ledger *l, int64_t target, const char *variant,
                     const struct ledger_input *input, struct ledger_run *out,
                     struct err *e) MUST_CHECK;
/* How an earlier run of this target over an input of that name has read it. */
struct ledger_before {
    int64_t run;
    const char *reading; /* valid during the callback only; "": an older claimpipe's */
    const char *preset;  /* likewise; "": none */
};
/* 1: that is enough; 0: go on with the one before it; -1. */
typedef int ledger_before_callback(void *context, const struct ledger_before *before,
                                   struct err *e);
/* All of them, finished or not, pruned or not, the newest first. */
int ledger_run_before(struct ledger *l, int64_t target, const char *input,
                      ledger_before_callback *callback, void *context, struct err *e) MUST_CHECK;
/* A step of the run (from 1) aims at this target; link: for its results (policy/link.h), or "". */
int ledger_run_aim(struct ledger *l, const struct ledger_run *run, unsigned step, int64_t target,
                   const char *link, struct err *e) MUST_CHECK;
/* The run has its aims.  If it was resumed, rows of steps and targets that are no longer among them are
 * forgotten.  EXIT_USAGE: requests to such a target are under way, which nobody would ask about any more. */
int ledger_run_aimed(struct ledger *l, const struct ledger_run *run, struct err *e) MUST_CHECK;
/* finished: the same command does not resume it any more.  counts: how many rows of each status its results have;
 * NULL: nobody knows.  Committed. */
int ledger_run_end(struct ledger *l, const struct ledger_run *run, bool finished, int exit_code,
                   const uint64_t counts[STATUS_COUNT], struct err *e) MUST_CHECK;

/* A run as it is told of afterwards, or while it goes on. */
struct ledger_past {
    int64_t id;
    const char *action, *url, *target, *input; /* valid during the callback only */
    const char *variant;                       /* likewise; as in ledger_run_begin */
    const char *reading;                       /* likewise; "": an older claimpipe's */
    const char *counts;                        /* likewise: see ledger_counts.h */
    uint8_t hash[LEDGER_HASH_SIZE];            /* of the input */
    uint64_t rows;
    int64_t started_ms, ended_ms; /* ended_ms 0: it goes on, or its process died */
    bool finished, pruned;        /* pruned: what its rows were is no longer known */
    int exit_code;
};
typedef int ledger_past_callback(void *context, const struct ledger_past *run, struct err *e);

/* All of them, the newest last. */
int ledger_run_list(struct ledger *l, ledger_past_callback *callback, void *context,
                    struct err *e) MUST_CHECK;
/* One of them, or the last for id 0: 1, or 0 if there is none. */
int ledger_run_find(struct ledger *l, int64_t id, ledger_past_callback *callback, void *context,
                    struct err *e) MUST_CHECK;
/* What the steps of a run aim at, by step.  The texts are valid during the callback only. */
struct ledger_aim {
    unsigned step;
    int64_t target;
    const char *action, *name, *link;
    const struct claimfacts *facts; /* what a claim was last known to be */
};
typedef int ledger_aim_callback(void *context, const struct ledger_aim *aim, struct err *e);
int ledger_run_aims(struct ledger *l, int64_t run, ledger_aim_callback *callback, void *context,
                    struct err *e) MUST_CHECK;

#endif
