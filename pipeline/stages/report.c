/*
 * report: a block of rows is gathered (input and ledger) -> rendered (codes and links made) -> written, each
 * row's cells in the file's form (report_csv.c, report_workbook.c, report_page.c).
 *
 * Some blocks take turns: while one is rendered, another thread gathers the next.  A gathered block is
 * whole: it points into nothing that moves on.  The threads wait for each other at a condition, not at
 * OpenMP's barriers, which spin: beside other processes that took ten times as long.
 */
#include "stages/report.h"

#include "adapters/codebook.h"
#include "base/mem.h"
#include "claimpipe.h"
#include "policy/link.h"
#include "report_internal.h"
#include "report_page.h"
#include "report_problems.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 4
/* Bytes of blocks that wait to be rendered after which no more is gathered. */
#define BLOCKS_BYTES ((size_t)2 << 20)

_Static_assert(LEDGER_MARK_SIZE == CODEBOOK_MARK_SIZE, "they are compared");

/* For each record of the batch the cells of the whole row, and behind them those of its steps. */
struct block {
    struct batch batch;
    struct report_cells *cells;
};

/* What one thread gathers with. */
struct gathering {
    const struct source *in;
    struct ledger_cursor *cursor;
    struct ledger_result known;
    int have; /* 1: known is a row that was not come to */
    struct report_judge judge;
    struct report_problems problems;
};

/* What one thread renders with. */
struct rendering {
    const struct report_options *o;
    size_t steps;
    struct chosen columns[REPORT_FILES_MAX]; /* of the files */
    struct arena arena;                      /* of these */
    const struct report_file *files;
    struct report_form forms[REPORT_FILES_MAX]; /* likewise */
    size_t n_forms;
    struct report_added added[ADDED_STEPS_MAX + 1]; /* of one row, as are these: */
    struct text links[ADDED_STEPS_MAX + 1];         /* those that have their code */
    char codes[ADDED_STEPS_MAX][CODEBOOK_CODE_MAX];
    struct report_summary *summary;
};

struct report {
    struct report_aims aims;
    struct gathering gathering;
    struct rendering rendering;
    struct block blocks[BLOCKS]; /* used in turn */
    pthread_mutex_t mutex;       /* over what follows */
    pthread_cond_t moved;
    size_t gathered, rendered; /* how many blocks were */
    size_t bytes;              /* of blocks gathered and not rendered */
    bool over;                 /* no more are gathered, or rendered */
};

/* ---- gathering ---- */

/* What the ledger knows of a record. */
static int gather_row(struct gathering *g, struct arena *a, const struct record *record,
                      struct report_cells *cells, struct err *e)
{
    report_judge_begin(&g->judge, cells);
    while (g->have == 1 && g->known.row.row == record->row) {
        if (report_judge_take(&g->judge, &g->known, a, cells, e) != 0)
            return -1;
        g->have = ledger_cursor_next(g->cursor, &g->known, e);
    }
    if (record->row == 0)
        report_judge_pass_over(cells, record->aside);
    if (g->have < 0 || report_judge_end(&g->judge, a, cells, e) != 0)
        return -1;
    return report_problems_look(&g->problems, record, cells, e);
}

static int note_lost(const struct record *record, struct arena *a, struct report_cells *cells,
                     struct err *e)
{
    struct text note;
    int rc;

    text_init(&note);
    text_printf(&note,
                "line %" PRIu64
                " of the input, which could not be read again as it was: its columns are "
                "not known%s%s",
                record->line, *cells->note ? "; " : "", cells->note);
    cells->note = text_ok(&note) ? arena_copy(a, note.ptr, note.len) : NULL;
    rc = cells->note ? 0 : err_nomem(e);
    text_release(&note);
    return rc;
}

/* Rows of which the input tells no more: what has become of them is told all the same. */
static int gather_lost(struct gathering *g, struct block *b, size_t width, struct err *e)
{
    struct batch *batch = &b->batch;

    for (; batch->n < RECORDS_BATCH && g->have == 1; batch->n++) {
        struct record *record = &batch->records[batch->n];
        struct report_cells *cells = &b->cells[batch->n * width];

        *record = (struct record){.row = g->known.row.row, .line = g->known.row.line};
        if (gather_row(g, &batch->arena, record, cells, e) != 0 ||
            note_lost(record, &batch->arena, cells, e) != 0)
            return -1;
    }
    return 0;
}

static int gather(struct gathering *g, struct block *b, struct err *e)
{
    size_t width = g->judge.aims->steps + 1;

    if (g->in->next(g->in->context, &b->batch, e) != 0)
        return -1;
    for (size_t i = 0; i < b->batch.n; i++)
        if (gather_row(g, &b->batch.arena, &b->batch.records[i], &b->cells[i * width], e) != 0)
            return -1;
    if (b->batch.n == 0 && g->in->strayed && g->in->strayed(g->in->context))
        return gather_lost(g, b, width, e);
    return 0;
}

/* ---- codes ---- */

static int make_code(const struct report_cells *c, char out[CODEBOOK_CODE_MAX], struct err *e)
{
    const struct codebook *book = c->gives->book;

    if (codebook_verify(book, c->code, c->mark, e) != 0)
        return -1;
    return codebook_code(book, c->code, out) == 0 ? 0 : err_nomem(e);
}

/* Those of a row's steps into r->codes; *last is the last of them, or "". */
static int make_codes(struct rendering *r, const struct report_cells *steps, const char **last,
                      struct err *e)
{
    *last = "";
    for (size_t i = 0; i < r->steps; i++) {
        r->codes[i][0] = '\0';
        if (!steps[i].gives)
            continue;
        if (make_code(&steps[i], r->codes[i], e) != 0)
            return -1;
        *last = r->codes[i];
    }
    return 0;
}

/* ---- rendering ---- */

/* Of a row that is out as a whole, steps that were not come to are nothing. */
static const char *step_status(const struct rendering *r, const struct report_cells *whole,
                               const struct report_cells *step)
{
    return whole->known && !step->known ? "" : report_status_name(step->status, r->o->simulated);
}

/* The link with its code. */
static const char *make_link(struct text *link, const struct report_cells *c, const char *code)
{
    const struct link_values known = {.code = code};

    if (!*code)
        return c->link;
    text_clear(link);
    link_append(link, c->link, &known);
    return link->ptr;
}

/* The added cells of a whole row (step 0), or of a step: those have no recipient. */
static int make_added(struct rendering *r, size_t step, const struct report_cells *c,
                      const char *status, const char *code, struct err *e)
{
    struct text *link = &r->links[step];

    r->added[step] = (struct report_added){.texts = {status, c->error, c->note, c->action,
                                                     c->target, step > 0 ? "" : c->recipient,
                                                     c->attempt, code, make_link(link, c, code)},
                                           .status = c->status,
                                           .tries = c->tries,
                                           .http_status = (unsigned)c->http_status,
                                           .finished = c->finished,
                                           .finished_ms = c->finished_ms};
    return text_ok(link) ? 0 : err_nomem(e);
}

static void tell_row(struct rendering *r, const struct record *record, const struct report_cells *c)
{
    const struct observer *o = r->o->observer;
    const char *const *texts = r->added[0].texts;

    o->row(o->row_context, &(struct claimpipe_row){.row = record->row,
                                                   .line = record->line,
                                                   .status = texts[ADDED_STATUS],
                                                   .error = c->error,
                                                   .note = c->note,
                                                   .action = c->action,
                                                   .target = c->target,
                                                   .recipient = c->recipient,
                                                   .attempt_id = c->attempt,
                                                   .code = texts[ADDED_CODE],
                                                   .link = texts[ADDED_LINK],
                                                   .tries = c->tries,
                                                   .http_status = c->http_status,
                                                   .finished_at = c->finished});
}

static int put_row(struct rendering *r, const struct record *record, const struct report_cells *c,
                   struct err *e)
{
    const struct report_row row = {record, r->added};
    const char *code;

    if (make_codes(r, c + 1, &code, e) != 0 ||
        make_added(r, 0, c, report_status_name(c->status, r->o->simulated), c->gives ? code : "",
                   e) != 0)
        return -1;
    if (r->o->observer && r->o->observer->row)
        tell_row(r, record, c);
    for (size_t i = 1; r->steps > 1 && i <= r->steps; i++)
        if (make_added(r, i, &c[i], step_status(r, c, &c[i]), r->codes[i - 1], e) != 0)
            return -1;
    for (size_t i = 0; i < r->n_forms; i++)
        if (report_has(r->files[i].rows, c->status) &&
            r->forms[i].row(r->forms[i].context, &row, e) != 0)
            return -1;
    return 0;
}

static int render(struct rendering *r, const struct block *b, struct err *e)
{
    for (size_t i = 0; i < b->batch.n; i++) {
        const struct report_cells *cells = &b->cells[i * (r->steps + 1)];

        report_count(r->summary, cells, b->batch.records[i].line);
        if (put_row(r, &b->batch.records[i], cells, e) != 0)
            return -1;
    }
    return 0;
}

/* ---- the pass ---- */

static struct block *block_at(struct report *r, size_t i)
{
    return &r->blocks[i % BLOCKS];
}

static bool has_room(const struct report *r)
{
    return r->gathered - r->rendered < BLOCKS && r->bytes < BLOCKS_BYTES;
}

/* Until there is room for one more block, or (for the other thread) one more; false: nothing comes of
 * waiting any longer. */
static bool wait_for(struct report *r, bool room)
{
    bool yes;

    pthread_mutex_lock(&r->mutex);
    while (!(yes = room ? has_room(r) : r->gathered > r->rendered) && !r->over)
        pthread_cond_wait(&r->moved, &r->mutex);
    yes = yes && !(room && r->over);
    pthread_mutex_unlock(&r->mutex);
    return yes;
}

/* A block was gathered, or rendered: r->bytes have become more by its bytes, or less. */
static void moved(struct report *r, bool gathered, size_t bytes, bool over)
{
    pthread_mutex_lock(&r->mutex);
    *(gathered ? &r->gathered : &r->rendered) += !over;
    if (gathered)
        r->bytes += bytes;
    else
        r->bytes -= bytes;
    r->over = r->over || over;
    pthread_cond_signal(&r->moved);
    pthread_mutex_unlock(&r->mutex);
}

static int gather_all(struct report *r, struct err *e)
{
    int rc = 0;

    while (rc == 0 && wait_for(r, true)) {
        struct block *b = block_at(r, r->gathered);

        rc = gather(&r->gathering, b, e);
        moved(r, true, arena_size(&b->batch.arena), rc != 0 || b->batch.n == 0);
    }
    return rc;
}

static int render_all(struct report *r, struct err *e)
{
    int rc = 0;

    while (rc == 0 && wait_for(r, false)) {
        struct block *b = block_at(r, r->rendered);
        size_t bytes = arena_size(&b->batch.arena);

        rc = render(&r->rendering, b, e);
        arena_reset(&b->batch.arena); /* what was large is given back before more is gathered */
        moved(r, false, bytes, rc != 0);
    }
    return rc;
}

static int pass_alone(struct report *r, struct err *e)
{
    struct block *b = block_at(r, 0);

    do {
        if (gather(&r->gathering, b, e) != 0 || render(&r->rendering, b, e) != 0)
            return -1;
    } while (b->batch.n > 0);
    return 0;
}

/* One gathers, the other renders, unless it is not worth a thread, or OpenMP has none to give. */
static int pass(struct report *r, struct err *e)
{
    struct err gather_e = ERR_INIT;
    int threads = 0, gathered = 0, rendered = 0;

#pragma omp parallel num_threads(2) if (r->gathering.in->facts->rows > RECORDS_BATCH)
    {
        int me;

#pragma omp atomic capture
        me = threads++;
#pragma omp barrier
        if (threads == 1)
            rendered = pass_alone(r, e);
        else if (me == 0)
            gathered = gather_all(r, &gather_e);
        else
            rendered = render_all(r, e);
    }
    if (gathered == 0 && rendered == 0)
        return 0;
    return gathered != 0 ? err_set(e, gather_e.code, "%s", gather_e.text) : -1;
}

static int open_blocks(struct report *r, struct err *e)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        r->blocks[i].cells =
            mem_zero(RECORDS_BATCH * (r->aims.steps + 1), sizeof(*r->blocks[i].cells));
        if (!r->blocks[i].cells)
            return err_nomem(e);
    }
    return 0;
}

static void close_report(struct report *r)
{
    pthread_cond_destroy(&r->moved);
    pthread_mutex_destroy(&r->mutex);
    ledger_cursor_close(r->gathering.cursor);
    report_problems_end(&r->gathering.problems);
    for (size_t i = 0; i < BLOCKS; i++) {
        free(r->blocks[i].cells);
        batch_release(&r->blocks[i].batch);
    }
    for (size_t i = 0; i < r->rendering.n_forms; i++)
        r->rendering.forms[i].close(r->rendering.forms[i].context);
    for (size_t i = 0; i <= ADDED_STEPS_MAX; i++)
        text_release(&r->rendering.links[i]); /* which wipes them: codes are secrets */
    arena_release(&r->rendering.arena);
    report_aims_release(&r->aims);
    explicit_bzero(r->rendering.codes, sizeof(r->rendering.codes));
    free(r);
}

/* What each file is made of, and how; their headers are in them. */
static int open_forms(struct report *r, struct ledger *l, const struct report_options *o, size_t n,
                      struct err *e)
{
    struct rendering *rendering = &r->rendering;
    const struct input_facts *facts = r->gathering.in->facts;

    rendering->steps = r->aims.steps;
    for (; rendering->n_forms < n; rendering->n_forms++) {
        const struct report_file *file = &rendering->files[rendering->n_forms];
        struct report_form *form = &rendering->forms[rendering->n_forms];
        struct chosen *columns = &rendering->columns[rendering->n_forms];

        if (file->rows == REPORT_PAGE) {
            if (report_page(form, o, &r->aims, facts, l, file, e) != 0)
                return -1;
            continue;
        }
        if (chosen_make(o->columns, &facts->header, r->aims.steps, file->rows == REPORT_PERSON,
                        &rendering->arena, columns, e) != 0)
            return -1;
        if ((file->path && report_is_workbook(file->path)
                 ? report_workbook(form, o, columns, facts, l, file, e)
                 : report_csv(form, o, columns, file->out, e)) != 0)
            return -1;
    }
    return 0;
}

/* Each adds to the summary what it alone knows. */
static int end_forms(struct rendering *r, struct err *e)
{
    for (size_t i = 0; i < r->n_forms; i++)
        if (r->forms[i].end(r->forms[i].context, r->summary, e) != 0)
            return -1;
    return 0;
}

static int write_all(struct report *r, struct ledger *l, const struct report_options *o, size_t n,
                     struct err *e)
{
    struct gathering *g = &r->gathering;

    if (report_aims_load(&r->aims, l, o, e) != 0 || open_blocks(r, e) != 0)
        return -1;
    report_judge_init(&g->judge, o, &r->aims);
    if (report_problems_begin(&g->problems, l, o, &g->in->facts->header, e) != 0)
        return -1;
    g->cursor = ledger_cursor_open(l, o->run, e);
    if (!g->cursor)
        return -1;
    g->have = ledger_cursor_next(g->cursor, &g->known, e);
    if (g->have < 0 || g->in->rewind(g->in->context, e) != 0 || open_forms(r, l, o, n, e) != 0 ||
        pass(r, e) != 0)
        return -1;
    reasons_sort(&r->rendering.summary->reasons);
    return end_forms(&r->rendering, e);
}

int report_write(const struct source *in, struct ledger *l, const struct report_options *o,
                 const struct report_file *files, size_t n, struct report_summary *summary,
                 struct err *e)
{
    struct report *r = mem_zero(1, sizeof(*r));
    int rc;

    memset(summary, 0, sizeof(*summary));
    summary->simulated = o->simulated;
    summary->tells = o->about != 0;
    if (!r)
        return err_nomem(e);
    r->gathering.in = in;
    r->rendering.o = o;
    r->rendering.files = files;
    r->rendering.summary = summary;
    arena_init(&r->rendering.arena);
    for (size_t i = 0; i <= ADDED_STEPS_MAX; i++)
        text_init(&r->rendering.links[i]);
    for (size_t i = 0; i < BLOCKS; i++)
        batch_init(&r->blocks[i].batch);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->moved, NULL);
    rc = write_all(r, l, o, n, e);
    close_report(r);
    return rc;
}
