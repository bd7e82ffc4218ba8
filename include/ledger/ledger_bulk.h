/*
 * ledger_bulk: many items and rows at a time, for what needs no request: several times as fast as one by
 * one, for keys are random, and a b-tree likes them sorted.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_BULK_H
#define CLAIMPIPE_LEDGER_LEDGER_BULK_H

#include "ledger/ledger_items.h"

#include <stddef.h>

/* A key among many, and what is known of it. */
struct ledger_sought {
    int64_t target;
    uint8_t key[KEY_SIZE];
    size_t tag; /* the caller's */
    /* Found: */
    int64_t id; /* 0: there is none */
    int64_t run, pass, code;
    uint64_t line;
    enum state state;
    bool removed;
};
/* By target and key; of equal ones by tag. */
void ledger_sort_sought(struct ledger_sought *s, size_t n);
/* Fills in what was found; s should be sorted. */
int ledger_find_many(struct ledger *l, struct ledger_sought *s, size_t n, struct err *e) MUST_CHECK;

/* An item that is not there yet, and is given its code at once. */
struct ledger_fresh {
    int64_t target;
    const uint8_t *key;
    const char *recipient;
    uint64_t row, line;
    int64_t code; /* from ledger_next_code on */
    int64_t id;   /* filled in */
};
/* New items, success, owned by their rows; f should be sorted by target and key. */
int ledger_give_many(struct ledger *l, const struct ledger_run *run, struct ledger_fresh *f,
                     size_t n, struct err *e) MUST_CHECK;

int ledger_put_rows(struct ledger *l, const struct ledger_run *run, const struct ledger_row *rows,
                    size_t n, struct err *e) MUST_CHECK;

#endif
