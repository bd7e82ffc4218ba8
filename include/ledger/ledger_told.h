/*
 * ledger_told: which attempts of a claim were told of before, and those about to be.  Errors, threads
 * and transactions: ledger.h.
 *
 * What is about to be told is a list in a temporary table: it is not in the ledger's file, other
 * processes are not held up by it, and SQLite moves it to a nameless file ($SQLITE_TMPDIR, $TMPDIR or
 * /var/tmp) when it outgrows a few MB.  It is gone when the ledger is closed.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_TOLD_H
#define CLAIMPIPE_LEDGER_LEDGER_TOLD_H

#include "base/err.h"

#include <stdint.h>

struct ledger;

/* 1 if that attempt was told of before, 0 if not.  target: as ledger_target_id has it. */
int ledger_told_has(struct ledger *l, int64_t target, const char *attempt,
                    struct err *e) MUST_CHECK;

/* The list begins, empty. */
int ledger_told_begin(struct ledger *l, struct err *e) MUST_CHECK;

struct ledger_told {
    const char *attempt, *address;
    int64_t number, at_ms; /* -1: not known */
};
/* One more: 1, or 0 if an attempt of that id is in the list already. */
int ledger_told_add(struct ledger *l, const struct ledger_told *told, struct err *e) MUST_CHECK;

/* The list, from the last added to the first.  The texts are valid during the callback only. */
typedef int ledger_told_callback(void *context, const struct ledger_told *told, struct err *e);
int ledger_told_each(struct ledger *l, ledger_told_callback *callback, void *context,
                     struct err *e) MUST_CHECK;

/* All of the list is told of from now on.  Not committed. */
int ledger_told_keep(struct ledger *l, int64_t target, struct err *e) MUST_CHECK;

#endif
