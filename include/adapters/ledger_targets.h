/*
 * ledger_targets: what the ledger knows of a target.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_ADAPTERS_LEDGER_TARGETS_H
#define CLAIMPIPE_ADAPTERS_LEDGER_TARGETS_H

#include "base/err.h"

#include <stdint.h>

struct ledger;
struct text;

/* Appends what makes a trigger the same again, in the words of struct ledger_target's key. */
int ledger_targets_key(struct ledger *l, int64_t target, struct text *out, struct err *e);

#endif
