/*
 * ledger_counts: how many rows of each status a run has.
 *
 *   none -> kept, when the run ends with all its rows at rest -> none, when it is resumed
 *   none, kept -> open, for good, when another run takes over an item of it, also if it only keeps it
 *
 * What is not kept is counted anew, row by row.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_COUNTS_H
#define CLAIMPIPE_LEDGER_LEDGER_COUNTS_H

#include "ledger/ledger_runs.h"

/* Those that it has not come to are unsent. */
int ledger_counts_get(struct ledger *l, const struct ledger_past *run,
                      uint64_t counts[STATUS_COUNT], struct err *e) MUST_CHECK;
/* At its end.  counts: as its results have them. */
int ledger_counts_keep(struct ledger *l, const struct ledger_run *run,
                       const uint64_t counts[STATUS_COUNT], struct err *e) MUST_CHECK;
/* It is resumed. */
int ledger_counts_forget(struct ledger *l, int64_t run, struct err *e) MUST_CHECK;
/* An item that may be another run's is this one's from now on; call it before. */
int ledger_counts_take(struct ledger *l, const struct ledger_run *run, int64_t item,
                       struct err *e) MUST_CHECK;

#endif
