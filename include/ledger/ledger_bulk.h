/*
 * ledger_bulk: many items and rows at a time: several times as fast as one by one, for keys are random, and a
 * b-tree likes them sorted.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_BULK_H
#define CLAIMPIPE_LEDGER_LEDGER_BULK_H

#include "ledger/ledger_items.h"

#include <stddef.h>

/* A key, and what is known of its item. */
struct ledger_known {
    int64_t target;
    uint8_t key[KEY_SIZE];
    int64_t id; /* 0: there is none */
    int64_t run, pass;
    uint64_t line; /* of the row that owns it */
    enum state state;
    unsigned tries;
    int64_t code; /* the index of its code, or -1 */
    bool removed, doubtful;
    /* Only of one that is to be added.  Borrowed. */
    uint64_t row;
    const char *recipient, *error; /* error NULL: none */
    const uint8_t *mark;           /* of a code from a list, or NULL */
};

/* By target and key. */
void ledger_sort_known(struct ledger_known **known, size_t n);
/* Sorts them, and fills in what the ledger knows of them.  A transaction for writing begins, so
 * that it stays so until it is committed. */
int ledger_find_many(struct ledger *l, struct ledger_known **known, size_t n,
                     struct err *e) MUST_CHECK;
/* The first of the ids that no item has. */
int ledger_next_id(struct ledger *l, int64_t *id, struct err *e) MUST_CHECK;
/* New items with their ids, owned by their rows: planned; or success, with a code; or failed.  Should be
 * sorted. */
int ledger_add_many(struct ledger *l, const struct ledger_run *run, struct ledger_known **known,
                    size_t n, struct err *e) MUST_CHECK;

int ledger_put_rows(struct ledger *l, const struct ledger_run *run, const struct ledger_row *rows,
                    size_t n, struct err *e) MUST_CHECK;

#endif
