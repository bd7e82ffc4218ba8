/*
 * ledger_looks: what a look for a lost request (policy/reconcile.h) asks the ledger: what the service showed
 * before a target's first send (policy/baseline.h), and whose attempts are whose.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_LOOKS_H
#define CLAIMPIPE_LEDGER_LEDGER_LOOKS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct baseline;
struct ledger;
struct ledger_run;

/* *id is for struct ledger_move.  Not committed. */
int ledger_put_baseline(struct ledger *l, int64_t target, const struct baseline *b, int64_t *id,
                        struct err *e) MUST_CHECK;
/* The baseline of an item: 1, or 0 if it has none. */
int ledger_baseline(struct ledger *l, int64_t item, struct baseline *out, struct err *e) MUST_CHECK;
/* Its attempt, into out of `size` bytes: 1, or 0 if it has none that fits. */
int ledger_attempt(struct ledger *l, int64_t item, char *out, size_t size,
                   struct err *e) MUST_CHECK;

/* Whose attempt is it?  1 if it is that of an item other than `except`, of this recipient (NULL: any); else 0. */
int ledger_has_attempt(struct ledger *l, const char *attempt, const char *recipient, int64_t except,
                       struct err *e) MUST_CHECK;
/* How many items of the target other than `except` are a success of this recipient.  Reads the whole target. */
int ledger_successes(struct ledger *l, int64_t target, const char *recipient, int64_t except,
                     int64_t *out, struct err *e) MUST_CHECK;

/* Without a run: this is one of the targets that are worked on, until the ledger is closed.  It is remembered in a
 * temporary table: other processes are not held up by it. */
int ledger_looks_own(struct ledger *l, int64_t target, struct err *e) MUST_CHECK;
/* 1 if items of targets that the run does not aim at (NULL: that are not those of ledger_looks_own), but of the same action and API as this one, are under
 * way, and have changed since since_ms; else 0. */
int ledger_others_under_way(struct ledger *l, const struct ledger_run *run, int64_t target,
                            int64_t since_ms, struct err *e) MUST_CHECK;

#endif
