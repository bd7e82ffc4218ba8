/*
 * ledger_pace: when a run has made its requests, and the limit that it kept; for a picture of it (policy/timeline.h).
 *
 * Nothing is decided by it.  One row a run, written when it ends, and as one that is resumed ends again; what a process
 * that was killed has not written is not in it.  Errors, threads and transactions: ledger.h; nothing here commits.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_PACE_H
#define CLAIMPIPE_LEDGER_LEDGER_PACE_H

#include "base/err.h"

#include <stdint.h>

struct ledger;
struct timeline;

/* The limit that paces: so many requests in so long; 0 and 0: there was none. */
struct ledger_pace {
    int64_t limit, window_ms;
};

/* t begins with the run. */
int ledger_pace_keep(struct ledger *l, int64_t run, const struct timeline *t,
                     const struct ledger_pace *pace, struct err *e) MUST_CHECK;
/* 1: its requests are added to t, which begins with the run; 0: nothing is known, or it is damaged; -1. */
int ledger_pace_find(struct ledger *l, int64_t run, struct timeline *t, struct ledger_pace *pace,
                     struct err *e) MUST_CHECK;

#endif
