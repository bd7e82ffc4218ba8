/*
 * intake_block: reads many rows, and looks them up in the ledger together.
 *
 * Keys are looked up and put down sorted, for the ledger's b-tree reads and writes neighbours fastest; codes are given in
 * the order of the rows, which is what a person expects of the results.
 */
#include "stages/intake_block.h"

#include "adapters/codebook.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "policy/admit.h"
#include "stages/intake.h"
#include "stages/job.h"
#include "stages/read.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

void intake_block_init(struct intake_block *g)
{
    memset(g, 0, sizeof(*g));
}

void intake_block_release(struct intake_block *g)
{
    for (size_t i = 0; i < g->cap_batches; i++)
        batch_release(&g->batches[i]);
    free(g->batches);
    free(g->rows);
}

/* One more batch than are in use. */
static struct batch *next_batch(struct intake_block *g)
{
    if (!g->batches)
        g->batches = mem_zero(GROUP_BATCHES, sizeof(*g->batches));
    if (!g->batches)
        return NULL;
    if (g->n_batches == g->cap_batches)
        batch_init(&g->batches[g->cap_batches++]);
    return &g->batches[g->n_batches++];
}

static int reserve_rows(struct intake_block *g, size_t n)
{
    size_t cap = g->cap ? g->cap : RECORDS_BATCH;
    struct intake_block_row *rows;

    while (cap < n)
        cap *= 2;
    if (cap == g->cap)
        return 0;
    rows = mem_resize(g->rows, cap, sizeof(*rows));
    if (!rows)
        return -1;
    g->rows = rows;
    g->cap = cap;
    return 0;
}

/* Of a job of several steps the routes are found when the row is taken. */
static int read_row(struct intake_block_row *row, struct prepared *p, struct record *record,
                    struct arena *a, uint64_t total, struct err *e)
{
    char skipped[SAMPLE_TEXT_MAX];

    memset(row, 0, sizeof(*row));
    row->record = record;
    row->target = ROUTE_NONE;
    /* Also of rows that are not taken, for they may fill cells of the next. */
    if (selection_row(&p->selection, record, a, &row->trigger, e) != 0)
        return -1;
    row->skipped = row->trigger.skipped;
    if (!sample_takes(&p->job->sample, record->row, total, skipped)) {
        row->skipped = arena_copy(a, skipped, strlen(skipped));
        return row->skipped ? 0 : err_nomem(e);
    }
    if (row->skipped || row->trigger.why || p->n_steps > 1)
        return 0;
    if (prepared_route(p, 0, record, false, a, &row->target, &row->trigger.why) != 0)
        return row->trigger.why ? 0 : err_nomem(e);
    return 0;
}

int intake_block_read(struct intake_block *g, struct prepared *p, uint64_t total, struct err *e)
{
    size_t bytes = 0;

    for (size_t i = 0; i < g->n_batches; i++) /* what was large is given back before more is read */
        arena_reset(&g->batches[i].arena);
    g->n_batches = g->n = g->at = 0;
    while (!g->ended && g->n_batches < GROUP_BATCHES && bytes < GROUP_BYTES) {
        struct batch *b = next_batch(g);

        if (!b)
            return err_nomem(e);
        if (read_batch(p->input, b, e) != 0)
            return -1;
        g->ended = b->n == 0;
        if (reserve_rows(g, g->n + b->n) != 0)
            return err_nomem(e);
        for (size_t i = 0; i < b->n; i++) {
            struct record *record = &b->records[i];

            if (read_row(&g->rows[g->n++], p, record, &b->arena, total, e) != 0)
                return -1;
        }
        bytes += arena_size(&b->arena);
    }
    return 0;
}

/* ---- looking up ---- */

void intake_search_release(struct intake_search *s)
{
    free(s->sought);
    free(s->fresh);
    free(s->rows);
}

static int reserve_search(struct intake_search *s, size_t n, struct err *e)
{
    struct ledger_sought *sought;
    struct ledger_fresh *fresh;
    struct ledger_row *rows;

    if (n <= s->cap)
        return 0;
    sought = mem_resize(s->sought, n, sizeof(*sought));
    s->sought = sought ? sought : s->sought;
    fresh = mem_resize(s->fresh, n, sizeof(*fresh));
    s->fresh = fresh ? fresh : s->fresh;
    rows = mem_resize(s->rows, n, sizeof(*rows));
    s->rows = rows ? rows : s->rows;
    if (!sought || !fresh || !rows)
        return err_nomem(e);
    s->cap = n;
    return 0;
}

/* What a row is put down as, but for its item. */
static struct ledger_row row_of(const struct intake_block_row *row, enum ledger_row_kind kind,
                                unsigned step)
{
    struct ledger_row out = {
        .kind = kind, .step = step, .row = row->record->row, .line = row->record->line};

    return out;
}

/* Those that can't be acted on; the others' keys are to be looked up. */
static int sort_out(struct intake_block *g, struct intake_search *s, struct intake *in,
                    size_t *n_rows, size_t *n_sought, struct err *e)
{
    for (size_t i = 0; i < g->n; i++) {
        struct intake_block_row *row = &g->rows[i];
        const char *why = row->skipped ? row->skipped : row->trigger.why;

        if (why && in->watch)
            continue; /* whoever watches wants them in their order */
        if (why) {
            struct ledger_row put =
                row_of(row, row->skipped ? LEDGER_ROW_SKIPPED : LEDGER_ROW_INVALID, 0);

            put.error = why;
            s->rows[(*n_rows)++] = put;
            row->done = true;
            intake_count(in, row->record, row->skipped ? STATUS_SKIPPED : STATUS_INVALID, why);
        } else if (row->target != ROUTE_NONE) {
            struct ledger_sought *sought = &s->sought[(*n_sought)++];

            sought->target = in->p->targets[row->target].ledger_id;
            if (intake_settle_former(in, &row->trigger, sought->target, e) != 0)
                return -1;
            memcpy(sought->key, row->trigger.key, KEY_SIZE);
            sought->tag = i;
        }
    }
    return 0;
}

/* Was it done for another row, by an earlier run? */
static bool is_done_before(const struct intake *in, const struct ledger_sought *s,
                           const struct target *t)
{
    struct admit_facts facts = {.state = s->state, .this_run = s->run == in->run->id};

    return s->id && s->removed == t->remove && !facts.this_run &&
           admit_decide(&facts, &in->p->job->wishes) == ADMIT_DUPLICATE;
}

static void put_done_before(struct intake_block *g, struct intake_search *s, struct intake *in,
                            size_t n, size_t *n_rows)
{
    for (size_t i = 0; i < n; i++) {
        const struct ledger_sought *sought = &s->sought[i];
        struct intake_block_row *row = &g->rows[sought->tag];
        struct ledger_row put;

        if (!is_done_before(in, sought, &in->p->targets[row->target]))
            continue;
        put = row_of(row, LEDGER_ROW_DUPLICATE, 1);
        put.item = sought->id;
        put.of_run = sought->run;
        put.of_line = sought->line;
        s->rows[(*n_rows)++] = put;
        row->done = true;
        intake_count(in, row->record, STATUS_DUPLICATE, NULL);
    }
}

static int by_row(const void *a, const void *b)
{
    const struct ledger_row *x = a, *y = b;

    return (x->row > y->row) - (x->row < y->row);
}

/* ---- giving codes ---- */

/* May new keys be given codes as they come?  Each code of a list has to be looked at, and so has each row
 * if their number is limited, or if somebody may have another key (a lookup). */
static bool gives_at_once(const struct intake *in)
{
    const struct codebook *book = in->p->with[0].book;

    return in->p->n_steps == 1 && in->p->n_targets == 1 && in->p->job->sample.limit == 0 && book &&
           !codebook_is_list(book) && !in->p->selection.select.looked_up;
}

static bool is_fresh(const struct ledger_sought *s, size_t i)
{
    return !s[i].id && (i == 0 || s[i - 1].target != s[i].target ||
                        memcmp(s[i - 1].key, s[i].key, KEY_SIZE) != 0);
}

/* The codes of new keys, in the order of the rows: how many there are left for. */
static int give_codes(struct intake_block *g, struct intake_search *s, struct intake *in,
                      size_t n_sought, size_t *n_rows, struct err *e)
{
    const struct job_step *j = in->p->steps[0].job;
    const struct target *t = &in->p->targets[0];
    int64_t index, end = in->p->with[0].codes_end;
    size_t n = 0;

    if (ledger_next_code(in->ledger, t->ledger_id, j->start, &index, e) != 0)
        return -1;
    for (size_t i = 0; i < n_sought; i++)
        g->rows[s->sought[i].tag].fresh = is_fresh(s->sought, i);
    for (size_t i = 0; i < g->n && index < end; i++)
        if (g->rows[i].fresh) {
            g->rows[i].done = true;
            g->rows[i].code = index++;
        }
    for (size_t i = 0; i < n_sought; i++) {
        const struct intake_block_row *row = &g->rows[s->sought[i].tag];

        if (row->fresh && row->done)
            s->fresh[n++] = (struct ledger_fresh){.target = t->ledger_id,
                                                  .key = s->sought[i].key,
                                                  .recipient = row->trigger.recipient,
                                                  .row = row->record->row,
                                                  .line = row->record->line,
                                                  .code = row->code};
    }
    if (ledger_give_many(in->ledger, in->run, s->fresh, n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct ledger_row put = {.kind = LEDGER_ROW_OWNER,
                                 .step = 1,
                                 .row = s->fresh[i].row,
                                 .line = s->fresh[i].line,
                                 .item = s->fresh[i].id};

        s->rows[(*n_rows)++] = put;
    }
    intake_count_given(in, t, n);
    return 0;
}

int intake_block_look_up(struct intake_block *g, struct intake_search *s, struct intake *in,
                         struct err *e)
{
    size_t n_rows = 0, n_sought = 0;

    if (reserve_search(s, g->n, e) != 0)
        return -1;
    if (sort_out(g, s, in, &n_rows, &n_sought, e) != 0)
        return -1;
    ledger_sort_sought(s->sought, n_sought);
    if (ledger_find_many(in->ledger, s->sought, n_sought, e) != 0)
        return -1;
    put_done_before(g, s, in, n_sought, &n_rows);
    if (gives_at_once(in) && give_codes(g, s, in, n_sought, &n_rows, e) != 0)
        return -1;
    if (n_rows > 0)
        qsort(s->rows, n_rows, sizeof(*s->rows), by_row);
    return ledger_put_rows(in->ledger, in->run, s->rows, n_rows, e);
}
