/*
 * ledger_runs: the executions that a ledger knows.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_ADAPTERS_LEDGER_RUNS_H
#define CLAIMPIPE_ADAPTERS_LEDGER_RUNS_H

#include "base/err.h"
#include "base/records.h"

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_HASH_SIZE 32

struct ledger;
struct ledger_target;

struct ledger_run {
    int64_t id, target;
    int64_t pass;       /* over the input, from 1 */
    bool resumed;       /* an earlier execution over this input did not finish */
    bool input_changed; /* … and the input was another then */
};
/* The unfinished run of this target over this input goes on if it was of the same variant (what else
 * tells one execution from another, in words; "" if nothing does), else a new one begins.  Committed.
 * EXIT_USAGE: the target has items by another key than t->key, which would all be taken for new. */
int ledger_run_begin(struct ledger *l, const struct ledger_target *t, const char *variant,
                     const char *input, const uint8_t hash[LEDGER_HASH_SIZE], uint64_t rows,
                     struct ledger_run *out, struct err *e);
/* finished: the same command does not resume it any more.  Committed. */
int ledger_run_end(struct ledger *l, const struct ledger_run *run, bool finished, int exit_code,
                   struct err *e);

/* A run as it is told of afterwards, or while it goes on. */
struct ledger_past {
    int64_t id;
    const char *action, *url, *target, *input; /* valid during the callback only */
    uint8_t hash[LEDGER_HASH_SIZE];            /* of the input */
    uint64_t rows;
    int64_t started_ms, ended_ms; /* ended_ms 0: it goes on, or its process died */
    bool finished, pruned;        /* pruned: what its rows were is no longer known */
    int exit_code;
};
typedef int ledger_past_callback(void *context, const struct ledger_past *run, struct err *e);

/* All of them, the newest last. */
int ledger_run_list(struct ledger *l, ledger_past_callback *callback, void *context, struct err *e);
/* One of them, or the last for id 0: 1, or 0 if there is none. */
int ledger_run_find(struct ledger *l, int64_t id, ledger_past_callback *callback, void *context,
                    struct err *e);
/* How many rows of each status it has; those that it has not come to are unsent. */
int ledger_run_count(struct ledger *l, const struct ledger_past *run, uint64_t counts[STATUS_COUNT],
                     struct err *e);

#endif
