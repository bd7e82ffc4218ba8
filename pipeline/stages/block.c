/*
 * block: reads batch after batch, and selects each of its rows at once.
 *
 * Selection goes row by row in the order of the input, for a cell may be filled from the row above.
 */
#include "stages/block.h"

#include "base/mem.h"
#include "stages/job.h"
#include "stages/prepared.h"
#include "stages/read.h"

#include <stdlib.h>
#include <string.h>

void block_init(struct block *b)
{
    memset(b, 0, sizeof(*b));
}

void block_release(struct block *b)
{
    for (size_t i = 0; i < b->cap_batches; i++)
        batch_release(&b->batches[i]);
    free(b->batches);
    free(b->rows);
}

/* One more batch than are in use. */
static struct batch *next_batch(struct block *b)
{
    if (!b->batches)
        b->batches = mem_zero(BLOCK_BATCHES, sizeof(*b->batches));
    if (!b->batches)
        return NULL;
    if (b->n_batches == b->cap_batches)
        batch_init(&b->batches[b->cap_batches++]);
    return &b->batches[b->n_batches++];
}

static int reserve_rows(struct block *b, size_t n)
{
    size_t cap = b->cap ? b->cap : RECORDS_BATCH;
    struct row *rows;

    while (cap < n)
        cap *= 2;
    if (cap == b->cap)
        return 0;
    rows = mem_resize(b->rows, cap, sizeof(*rows));
    if (!rows)
        return -1;
    b->rows = rows;
    b->cap = cap;
    return 0;
}

static int read_row(struct row *r, struct prepared *p, struct record *record, struct arena *a,
                    uint64_t total, struct err *e)
{
    char skipped[SAMPLE_TEXT_MAX];

    /* Also of rows that are not taken, for they may fill cells of the next. */
    if (selection_row(&p->selection, record, a, r, e) != 0)
        return -1;
    if (sample_takes(&p->job->sample, record->row, total, skipped))
        return 0;
    return row_end(r, STATUS_SKIPPED, arena_copy(a, skipped, strlen(skipped))) == 0 ? 0
                                                                                    : err_nomem(e);
}

int block_read(struct block *b, struct prepared *p, uint64_t total, struct err *e)
{
    for (size_t i = 0; i < b->n_batches; i++) /* what was large is given back before more is read */
        arena_reset(&b->batches[i].arena);
    b->n_batches = b->n = b->at = b->bytes = 0;
    while (!b->ended && b->n_batches < BLOCK_BATCHES && b->bytes < BLOCK_BYTES) {
        struct batch *batch = next_batch(b);

        if (!batch)
            return err_nomem(e);
        if (read_batch(p->input, batch, e) != 0)
            return -1;
        b->ended = batch->n == 0;
        if (reserve_rows(b, b->n + batch->n) != 0)
            return err_nomem(e);
        for (size_t i = 0; i < batch->n; i++)
            if (read_row(&b->rows[b->n++], p, &batch->records[i], &batch->arena, total, e) != 0)
                return -1;
        b->bytes += arena_size(&batch->arena);
    }
    return 0;
}
