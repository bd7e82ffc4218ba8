/*
 * ledger_codes: which codes were given, by their indexes and marks.  Errors, threads, transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_CODES_H
#define CLAIMPIPE_LEDGER_LEDGER_CODES_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct ledger;

#define LEDGER_MARK_SIZE 16

/* The next free index of a target that gives codes: of all runs, files and processes, for the transaction for writing
 * has begun and lasts until ledger_commit. */
int ledger_next_code(struct ledger *l, int64_t target, int64_t *index, struct err *e) MUST_CHECK;
/* 1 if a code of that mark was given, by whatever target; 0 if not. */
int ledger_has_mark(struct ledger *l, const uint8_t mark[LEDGER_MARK_SIZE],
                    struct err *e) MUST_CHECK;
int ledger_marks_any(struct ledger *l, struct err *e) MUST_CHECK; /* 1: there are some */
/* 1 with the run of the row that was given the code of that mark, by whatever target; 0 if none was. */
int ledger_mark_run(struct ledger *l, const uint8_t mark[LEDGER_MARK_SIZE], int64_t *run,
                    struct err *e) MUST_CHECK;
/* The indexes and marks of the listed codes that a target has given. */
typedef int ledger_mark_callback(void *context, int64_t index, const uint8_t mark[LEDGER_MARK_SIZE],
                                 struct err *e);
int ledger_marks(struct ledger *l, int64_t target, ledger_mark_callback *callback, void *context,
                 struct err *e) MUST_CHECK;
/* The item is given the code of that index, in the same transaction: planned or failed becomes success.
 * mark: of a code from a list, or NULL. */
int ledger_give_code(struct ledger *l, int64_t item, int64_t index, const uint8_t *mark,
                     struct err *e) MUST_CHECK;

#endif
