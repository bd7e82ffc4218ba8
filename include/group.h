/*
 * group: rows that are read and looked up in the ledger together.
 *
 *   empty -> read (their recipients, keys and routes are known, or why they can't be acted on)
 *   -> [a job of one step] looked up: what the ledger or the group itself decides is done
 *   -> the rows that are left are taken one by one -> read again …
 *
 * Reading may go on in another thread while the group before is looked up.
 */
#ifndef CLAIMPIPE_GROUP_H
#define CLAIMPIPE_GROUP_H

#include "adapters/ledger_bulk.h"
#include "base/err.h"
#include "base/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROUP_BATCHES 64
/* Bytes of its rows after which no further batch is read into it. */
#define GROUP_BYTES ((size_t)8 << 20)

struct intake;
struct prepared;

struct group_row {
    const struct record *record;
    struct trigger trigger;
    const char *skipped; /* why it is left out, or NULL */
    size_t target;       /* of a job of one step: its number, or ROUTE_NONE */
    int64_t code;        /* that it is given */
    bool fresh;          /* its key is new to the ledger, and to the group before it */
    bool done;
};

struct group {
    struct batch *batches; /* GROUP_BATCHES of them; initialised as needed */
    size_t n_batches, cap_batches;
    struct group_row *rows;
    size_t n, cap;
    size_t at;  /* the next row to be taken */
    bool ended; /* nothing comes after it */
};

void group_init(struct group *g);
void group_release(struct group *g);

/* The next rows of the input; g->n == 0 at the end.  total: rows of the input. */
int group_read(struct group *g, struct prepared *p, uint64_t total, struct err *e);

/* What groups are looked up with; memory kept from one to the next. */
struct group_search {
    struct ledger_sought *sought;
    struct ledger_fresh *fresh;
    struct ledger_row *rows;
    size_t cap;
};
void group_search_release(struct group_search *s);

/* Rows that are invalid, skipped, or done by earlier runs are put down as such; where codes are given from
 * a seed, rows with new keys get theirs.  All others are left to be taken. */
int group_look_up(struct group *g, struct group_search *s, struct intake *in, struct err *e);

#endif
