/*
 * ledger_books: what the ledger knows of the codes of a target.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_BOOKS_H
#define CLAIMPIPE_LEDGER_LEDGER_BOOKS_H

#include "base/err.h"

#include <stdint.h>

struct ledger;
struct text;

/* The target's codes are for this claim from now on: 0; or 1: some were given for another, which is appended to
 * before, and nothing changes. */
int ledger_books_claim(struct ledger *l, int64_t target, const char *claim, struct text *before,
                       struct err *e) MUST_CHECK;

/* What the ledger knows of a target's codes. */
struct ledger_books {
    int64_t next;                 /* behind the highest number that was given, from 0 */
    int64_t beyond, first_beyond; /* those of number `end` and on: how many, and the first */
};
int ledger_books_codes(struct ledger *l, int64_t target, int64_t end, struct ledger_books *out,
                       struct err *e) MUST_CHECK;
/* How many of them runs over this run's input gave. */
int ledger_books_given(struct ledger *l, int64_t target, int64_t run, int64_t *n,
                       struct err *e) MUST_CHECK;

#endif
