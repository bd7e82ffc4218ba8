/*
 * admit: which rows are admitted together, and where they go from there.
 *
 * A row is in the ledger before its step is handed to issue, and its next step begins only when the ledger has the end
 * of the one before: whoever kills the process finds each row where it was.  Rows of a key that is under way wait for
 * it instead of being sent beside it.
 */
#include "stages/admit.h"

#include "admit_internal.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/ledger_block.h"
#include "ledger/ledger_former.h"
#include "policy/added.h"
#include "stages/job.h"
#include "stages/read.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of rows under way, with what is sent for them, after which no further row is taken before some have
 * come to rest.  Ordinary rows do not come near it. */
#define BYTES_MAX ((size_t)8 << 20)
/* Blocks of a transaction in which nothing is sent: a second or two of a run. */
#define BLOCKS_MAX 8

/* ---- one row ---- */

/* No step of it has a target. */
static bool is_unrouted(const struct admit *ad, const struct row *r)
{
    for (size_t i = 0; i < ad->p->n_steps; i++)
        if (r->steps[i].target != ROUTE_NONE)
            return false;
    return true;
}

/* Why its present step is not for it. */
static const char *why_unrouted(const struct admit *ad, const struct row *r)
{
    if (ad->p->steps[r->at].job->otherwise == r->otherwise)
        return "no route";
    return r->otherwise ? "no address is known" : "an address is known";
}

/* Takes the row as far as it goes without waiting.  rendered: what its present step needs stands in ad->body
 * already. */
static int advance(struct admit *ad, struct row *r, bool rendered, struct err *e)
{
    const char *why = NULL;

    for (; r->at < ad->p->n_steps; r->at++, rendered = false) {
        int done;

        if (r->steps[r->at].target == ROUTE_NONE) {
            if (admit_put_row(ad, r, LEDGER_ROW_SKIPPED, (unsigned)r->at + 1, NULL,
                              why_unrouted(ad, r), e) != 0)
                return -1;
            continue;
        }
        if (!rendered && admit_render(ad, r, r->at, &why, e) != 0)
            return -1;
        done = admit_step(ad, r, e);
        if (done < 0)
            return -1;
        if (!done)
            break;
    }
    if (r->fate == ROW_SENT || r->fate == ROW_WAITING)
        return 0;
    if (is_unrouted(ad, r)) {
        r->status = STATUS_SKIPPED;
        r->why = "no route";
    }
    admit_over(ad, r);
    return 0;
}

/* It can't be acted on, or is not to be. */
static int put_aside(struct admit *ad, struct row *r, struct err *e)
{
    enum ledger_row_kind kind =
        r->status == STATUS_SKIPPED ? LEDGER_ROW_SKIPPED : LEDGER_ROW_INVALID;

    if (admit_put_row(ad, r, kind, 0, NULL, r->why, e) != 0)
        return -1;
    admit_over(ad, r);
    return 0;
}

/* It is of a file of rows that need a person, and still says so. */
static bool asks_for_retry(const struct admit *ad, const struct record *r)
{
    return ad->retry < r->nfields &&
           slice_same(slice_trim(r->fields[ad->retry]), slice_of(ADDED_RETRY_YES));
}

static int admit_row(struct admit *ad, struct row *r, struct err *e)
{
    const char *why;

    arena_reset(&ad->row_arena);
    if (r->dropped) {
        r->fate = ROW_OVER;
        admit_count(ad, STATUS_DUPLICATE);
        return admit_drop(ad, r, e);
    }
    if (r->fate == ROW_OVER)
        return put_aside(ad, r, e);
    if (r->steps) /* it has been here before */
        return advance(ad, r, false, e);
    r->retry = asks_for_retry(ad, r->record);
    if (admit_find_way(ad, r, &why, e) != 0)
        return -1;
    if (!why)
        return advance(ad, r, r->steps[0].target != ROUTE_NONE, e);
    return row_end(r, STATUS_INVALID, why) == 0 ? put_aside(ad, r, e) : err_nomem(e);
}

/* ---- rows together ---- */

/* How many may be admitted together at most.  For each of their steps an item is kept in memory. */
static size_t rows_max(const struct admit *ad)
{
    return admit_settles_late(ad) ? 1 : (BLOCK_ROWS_MAX + ad->p->n_steps - 1) / ad->p->n_steps;
}

static int reserve_rows(struct admit *ad, size_t n, struct err *e)
{
    struct row **rows;

    if (n <= ad->cap_rows)
        return 0;
    rows = mem_resize(ad->rows, n, sizeof(struct row *));
    if (!rows)
        return err_nomem(e);
    ad->rows = rows;
    ad->cap_rows = n;
    return 0;
}

/* What was about to be sent, or was taken from the line, and will not be admitted any more. */
static void give_up(struct admit *ad)
{
    for (size_t i = 0; i < ad->n_rows; i++)
        if (ad->rows[i]->size > 0 && ad->rows[i]->fate != ROW_SENT &&
            ad->rows[i]->fate != ROW_WAITING)
            admit_free(ad, ad->rows[i]);
    ad->n_rows = 0;
    for (struct step *s = ad->out, *next; s; s = next) {
        next = s->next;
        admit_free(ad, s->row);
        step_free(s);
    }
    ad->out = NULL;
}

/* Those from the n-th on are admitted another time: rows that were ready, and then those of the block. */
static void put_back(struct admit *ad, struct block *b, size_t n)
{
    while (ad->n_rows > n) {
        struct row *r = ad->rows[--ad->n_rows];

        if (r->size == 0) {
            b->at--;
            continue;
        }
        if (!ad->ready)
            ad->ready_end = &r->next;
        r->next = ad->ready;
        ad->ready = r;
    }
}

/* Must rows that are under way come to rest before another is taken?  There are some, so that it goes on. */
static bool is_full(const struct admit *ad)
{
    return ad->bytes > BYTES_MAX && ad->under_way + ad->n_out > 0;
}

static int look_up(struct admit *ad, struct err *e)
{
    for (size_t i = 0; i < ad->n_rows; i++) {
        arena_reset(&ad->row_arena);
        if (admit_seek(ad, ad->rows[i], e) != 0)
            return -1;
    }
    return ledger_block_look_up(ad->known, e);
}

static int decide(struct admit *ad, struct block *b, size_t most, struct err *e)
{
    for (size_t i = 0; i < ad->n_rows; i++) {
        bool is_new = ad->rows[i]->size == 0; /* others hold their bytes already */

        if (ad->n_out == most || (is_new && is_full(ad)))
            put_back(ad, b, i);
        else if (admit_row(ad, ad->rows[i], e) != 0)
            return -1;
    }
    return 0;
}

/* The rows in ad->rows are decided, until so many steps are to be sent for them, which are then in ad->out.  Those that
 * were decided before a failure are written as well: what they have changed in the ledger itself is so already. */
static int admit_rows(struct admit *ad, struct block *b, size_t most, struct err *e)
{
    int rc = look_up(ad, e);

    ad->out = NULL;
    ad->out_end = &ad->out;
    ad->n_out = 0;
    if (rc == 0) {
        rc = decide(ad, b, most, e);
        rc = rc == 0 ? ledger_block_write(ad->known, e) : (ledger_block_rescue(ad->known), -1);
    }
    if (rc != 0) {
        give_up(ad);
        return -1;
    }
    for (size_t i = 0; i < ad->n_rows; i++)
        if (ad->rows[i]->size > 0 && ad->rows[i]->fate == ROW_OVER)
            admit_free(ad, ad->rows[i]);
    ad->under_way += ad->n_out;
    ad->n_rows = ad->n_out = 0;
    arena_reset(&ad->arena);
    return 0;
}

/* ---- issue's driver ---- */

/* Is nothing sent, so that whole blocks can be admitted? */
static bool is_local(const struct admit *ad)
{
    return !ad->issue || !(ad->p->needs_server || ad->p->needs_mail);
}

/* So many rows at most: those whose next step may begin, and then those of the block. */
static void gather(struct admit *ad, struct block *b, size_t n)
{
    for (; ad->ready && ad->n_rows < n; ad->ready = ad->ready->next)
        ad->rows[ad->n_rows++] = ad->ready;
    if (!ad->ready)
        ad->ready_end = &ad->ready;
    while (b->at < b->n && ad->n_rows < n)
        ad->rows[ad->n_rows++] = &b->rows[b->at++];
}

/* All of a block, of which nothing is sent. */
static int admit_block(struct admit *ad, struct block *b, struct err *e)
{
    size_t n = rows_max(ad);

    if (reserve_rows(ad, n, e) != 0)
        return -1;
    while (b->at < b->n) {
        gather(ad, b, n);
        if (admit_rows(ad, b, SIZE_MAX, e) != 0)
            return -1;
    }
    return 0;
}

/* Where the input breaks there are no more rows, as at its end: what was sent is still followed, and told.
 * Those of the batch that it breaks in are left for the next run. */
static int read_block(struct admit *ad, struct block *b, uint64_t total, struct err *e)
{
    int rc = block_read(b, ad->p, total, e);

    if (rc == 0 || e->code != EXIT_INPUT || !ad->issue)
        return rc;
    ad->broken = *e;
    *e = (struct err)ERR_INIT;
    b->ended = true;
    return 0;
}

/* Another process that wants to write waits for one block at most.  If no other process works with the ledger, and
 * nothing is sent, several blocks are one transaction: keys are random, so that each block changes pages all over the
 * indexes, and those are written once for all of them. */
static int commit_blocks(struct admit *ad, struct err *e)
{
    if (is_local(ad) && ++ad->uncommitted < BLOCKS_MAX && ledger_is_alone(ad->ledger))
        return 0;
    ad->uncommitted = 0;
    return ledger_commit(ad->ledger, e);
}

/* The next block takes the place of this one, and the one after it is read meanwhile. */
static int next_block(struct admit *ad, struct err *e)
{
    uint64_t total = ad->progress->total;
    struct err read_e = ERR_INIT;
    struct block *now, *next;
    int read = 0, admitted = 0;

    if (commit_blocks(ad, e) != 0)
        return -1;
    ad->now = 1 - ad->now;
    now = &ad->blocks[ad->now];
    next = &ad->blocks[1 - ad->now];
    if (!ad->begun && read_block(ad, now, total, e) != 0)
        return -1;
    ad->begun = true;
    next->ended = now->ended;
    if (!is_local(ad))
        return read_block(ad, next, total, e);
    /* Rows so large that few make a block are not worth the memory that both take at once. */
    if (now->ended || now->bytes >= BLOCK_BYTES)
        return admit_block(ad, now, e) == 0 ? read_block(ad, next, total, e) : -1;
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
        read = read_block(ad, next, total, &read_e);
#pragma omp section
        admitted = admit_block(ad, now, e);
    }
    if (read != 0)
        return err_set(e, read_e.code, "%s", read_e.text);
    return admitted;
}

/* The next rows are admitted: 1 with what is to be sent for them, 0 if there are none at hand.  As long as nothing is to
 * be sent, twice as many are taken each time, for many are looked up faster together. */
static int admit_some(struct admit *ad, size_t most, struct step **out, struct err *e)
{
    struct block *b = &ad->blocks[ad->now];

    for (*out = NULL; !*out; *out = ad->out) {
        size_t n = ad->together > most ? ad->together : most;

        if (n > rows_max(ad))
            n = rows_max(ad);
        if (!ad->ready && (b->at == b->n || is_full(ad)))
            return 0;
        if (reserve_rows(ad, n, e) != 0)
            return -1;
        gather(ad, b, n);
        if (admit_rows(ad, b, most, e) != 0)
            return -1;
        ad->together = ad->out ? 0 : 2 * n;
    }
    return 1;
}

int admit_next(void *context, size_t most, struct step **out, struct err *e)
{
    struct admit *ad = context;
    int rc = admit_some(ad, most, out, e);

    text_reset(&ad->body);
    if (rc != 0)
        return rc < 0 ? -1 : ISSUE_STEP;
    if (is_full(ad))
        return ISSUE_NONE;
    if (ad->begun && ad->blocks[ad->now].ended)
        return ISSUE_NONE;
    return next_block(ad, e) == 0 ? ISSUE_LATER : -1;
}

/* The rows that wait for this item go on, or are over with it. */
static void wake(struct admit *ad, const struct step *s)
{
    bool done = state_is_done(s->state);

    for (struct row **at = &ad->waiting, *r; (r = *at);) {
        if (r->waits_for != s->item) {
            at = &r->next;
            continue;
        }
        *at = r->next;
        r->at += done;
        r->dropped = s->state == STATE_FAILED;
        if (done || r->dropped) {
            admit_ready(ad, r);
        } else { /* a later run finds out, and goes on with both */
            admit_count(ad, STATUS_DUPLICATE);
            admit_free(ad, r);
        }
    }
}

void admit_rested(void *context, const struct step *s)
{
    struct admit *ad = context;
    bool done = state_is_done(s->state);
    struct row *r = s->row;
    bool goes_on = r && done && r->at + 1 < ad->p->n_steps;

    ad->under_way -= r != NULL;
    /* The row whose item it is comes first, so that those which wait for it are its duplicates. */
    if (goes_on) {
        r->at++;
        r->acted = true;
        admit_ready(ad, r);
    }
    if (s->state != STATE_PLANNED && ad->waiting)
        wake(ad, s);
    if (r)
        ad->progress->acted += s->state != STATE_PLANNED;
    if (!r || goes_on)
        return;
    if (s->state != STATE_PLANNED)
        admit_count(ad, state_status(s->state));
    admit_free(ad, r);
}

/* ---- beginning and end ---- */

int admit_init(struct admit *ad, struct prepared *p, struct ledger *ledger,
               const struct ledger_run *run, struct progress *progress, struct err *e)
{
    memset(ad, 0, sizeof(*ad));
    ad->broken = (struct err)ERR_INIT;
    ad->p = p;
    ad->ledger = ledger;
    ad->run = run;
    ad->progress = progress;
    ad->ready_end = &ad->ready;
    ad->retry = added_retry(&read_facts(p->input)->header);
    block_init(&ad->blocks[0]);
    block_init(&ad->blocks[1]);
    arena_init(&ad->arena);
    arena_init(&ad->row_arena);
    text_init(&ad->body);
    text_init(&ad->code);
    ad->fields = mem_zero(p->columns.n + 2, sizeof(*ad->fields)); /* see mailing_render */
    if (!ad->fields)
        return err_nomem(e);
    ad->known = ledger_block_new(ledger, run, e);
    if (!ad->known || ledger_former_any(ledger, &ad->has_former, e) != 0)
        return -1;
    ad->has_former = ad->has_former && !p->job->undo; /* whose keys are those that items have now */
    return 0;
}

static void free_rows(struct row *r)
{
    for (struct row *next; r; r = next) {
        next = r->next;
        free(r);
    }
}

void admit_release(struct admit *ad)
{
    free_rows(ad->ready);
    free_rows(ad->waiting);
    free(ad->rows);
    free(ad->fields);
    ledger_block_free(ad->known);
    text_release(&ad->code);
    text_release(&ad->body);
    arena_release(&ad->row_arena);
    arena_release(&ad->arena);
    block_release(&ad->blocks[0]);
    block_release(&ad->blocks[1]);
}
