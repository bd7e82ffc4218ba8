/*
 * block: rows of the input that are read and selected together, to be admitted together.
 *
 *   empty -> read: who each row is for, and its key; or why it can't be acted on -> admitted -> read again …
 *
 * One thread at a time; but a block may be read while another one, of the same input, is admitted.
 */
#ifndef CLAIMPIPE_STAGES_BLOCK_H
#define CLAIMPIPE_STAGES_BLOCK_H

#include "base/err.h"
#include "base/row.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_BATCHES 64
#define BLOCK_ROWS_MAX ((size_t)BLOCK_BATCHES * RECORDS_BATCH)
/* Bytes of its rows after which no further batch is read into it; and beside which none is read into another block. */
#define BLOCK_BYTES ((size_t)8 << 20)

struct prepared;

struct block {
    struct batch *batches; /* BLOCK_BATCHES of them; initialised as needed */
    size_t n_batches, cap_batches;
    struct row *rows;
    size_t n, cap;
    size_t at;    /* the next row to be admitted */
    size_t bytes; /* of its rows */
    bool ended;   /* nothing comes after it */
};

void block_init(struct block *b);
void block_release(struct block *b);

/* The next rows of the input; b->n == 0 at the end.  total: rows of the input. */
int block_read(struct block *b, struct prepared *p, uint64_t total, struct err *e) MUST_CHECK;

#endif
