/*
 * intake_block: rows that are read and looked up in the ledger together.
 *
 *   empty -> read (their recipients, keys and routes are known, or why they can't be acted on)
 *   -> [a job of one step] looked up: what the ledger or the block itself decides is done
 *   -> the rows that are left are taken one by one -> read again …
 *
 * Reading may go on in another thread while the block before is looked up.
 */
#ifndef CLAIMPIPE_STAGES_INTAKE_BLOCK_H
#define CLAIMPIPE_STAGES_INTAKE_BLOCK_H

#include "base/err.h"
#include "base/records.h"
#include "ledger/ledger_bulk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROUP_BATCHES 64
/* Bytes of its rows after which no further batch is read into it. */
#define GROUP_BYTES ((size_t)8 << 20)

struct intake;
struct prepared;

struct intake_block_row {
    const struct record *record;
    struct trigger trigger;
    const char *skipped; /* why it is left out, or NULL */
    size_t target;       /* of a job of one step: its number, or ROUTE_NONE */
    int64_t code;        /* that it is given */
    bool fresh;          /* its key is new to the ledger, and to the block before it */
    bool done;
};

struct intake_block {
    struct batch *batches; /* GROUP_BATCHES of them; initialised as needed */
    size_t n_batches, cap_batches;
    struct intake_block_row *rows;
    size_t n, cap;
    size_t at;  /* the next row to be taken */
    bool ended; /* nothing comes after it */
};

void intake_block_init(struct intake_block *g);
void intake_block_release(struct intake_block *g);

/* The next rows of the input; g->n == 0 at the end.  total: rows of the input. */
int intake_block_read(struct intake_block *g, struct prepared *p, uint64_t total,
                      struct err *e) MUST_CHECK;

/* What blocks are looked up with; memory kept from one to the next. */
struct intake_search {
    struct ledger_sought *sought;
    struct ledger_fresh *fresh;
    struct ledger_row *rows;
    size_t cap;
};
void intake_search_release(struct intake_search *s);

/* Rows that are invalid, skipped, or done by earlier runs are put down as such; where codes are given from
 * a seed, rows with new keys get theirs.  All others are left to be taken. */
int intake_block_look_up(struct intake_block *g, struct intake_search *s, struct intake *in,
                         struct err *e) MUST_CHECK;

#endif
