/*
 * ledger_baselines: what the service showed before a target's first send (policy/baseline.h), kept with
 * the items that were sent after it.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_ADAPTERS_LEDGER_BASELINES_H
#define CLAIMPIPE_ADAPTERS_LEDGER_BASELINES_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct baseline;
struct ledger;

/* *id is for struct ledger_move.  Not committed. */
int ledger_put_baseline(struct ledger *l, int64_t target, const struct baseline *b, int64_t *id,
                        struct err *e);
/* The baseline of an item: 1, or 0 if it has none. */
int ledger_baseline(struct ledger *l, int64_t item, struct baseline *out, struct err *e);
/* Its attempt, into out of `size` bytes: 1, or 0 if it has none that fits. */
int ledger_attempt(struct ledger *l, int64_t item, char *out, size_t size, struct err *e);

#endif
