/*
 * report: a block of rows is gathered (input and ledger) -> rendered (codes made, bytes written).
 *
 * Some blocks take turns: while one is rendered, another thread gathers the next.  A gathered block is
 * whole: it points into nothing that moves on.  The threads wait for each other at a condition, not at
 * OpenMP's barriers, which spin: beside other processes that took ten times as long.
 */
#include "stages/report.h"

#include "adapters/charset.h"
#include "adapters/codebook.h"
#include "adapters/csvio.h"
#include "adapters/outfile.h"
#include "base/formula.h"
#include "base/mem.h"
#include "claimpipe.h"
#include "policy/link.h"
#include "report_internal.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_BYTES 65536
#define OUT_KEPT_MAX ((size_t)4 * FLUSH_BYTES)
#define BLOCKS 4
/* Bytes of blocks that wait to be rendered after which no more is gathered. */
#define BLOCKS_BYTES ((size_t)2 << 20)
#define NUMBER_MAX 24
#define NOTE_MAX 128
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

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
};

/* What one thread renders with. */
struct rendering {
    const struct report_options *o;
    const struct reading *as;
    const struct input_facts *facts;
    struct charset *charset; /* NULL: UTF-8 */
    size_t steps, kept;      /* columns of the input that are written again */
    struct outfile *file;
    struct text out, encoded, link, note, valid;
    char codes[ADDED_STEPS_MAX][CODEBOOK_CODE_MAX]; /* of one row */
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
    return g->have < 0 ? -1 : report_judge_end(&g->judge, a, cells, e);
}

static int note_lost(const struct record *record, struct arena *a, struct report_cells *cells,
                     struct err *e)
{
    char note[NOTE_MAX];

    if (*cells->note)
        return 0;
    snprintf(note, sizeof(note),
             "line %" PRIu64
             " of the input, which could not be read again as it was: its columns are "
             "not known",
             record->line);
    cells->note = arena_copy(a, note, strlen(note));
    return cells->note ? 0 : err_nomem(e);
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

/* ---- cells ---- */

/* A byte as adapters/charset.h keeps it takes three. */
static size_t undecoded_len(struct slice s)
{
    return s.len >= 3 && s.ptr[0] == '\xED' && (unsigned char)s.ptr[1] >= 0xA0 ? 3 : 1;
}

/* The same, or what can be shown of it, until the next call. */
static struct slice make_valid(struct rendering *r, struct slice s)
{
    if (!r->o->valid_utf8 || slice_is_utf8(s))
        return s;
    text_clear(&r->valid);
    while (s.len > 0) {
        size_t n = slice_character(s);
        if (n > 0)
            text_append(&r->valid, s.ptr, n);
        else
            text_puts(&r->valid, REPLACEMENT);
        n = n > 0 ? n : undecoded_len(s);
        s = (struct slice){s.ptr + n, s.len - n};
    }
    r->out.failed = r->out.failed || !text_ok(&r->valid);
    return (struct slice){r->valid.ptr, r->valid.len};
}

static void put_field(struct rendering *r, struct slice field)
{
    field = make_valid(r, field);
    (r->o->safe_cells ? csvio_append_safe : csvio_append)(&r->out, field, r->as->delimiter,
                                                          r->as->quote);
}

static void put_delimiter(struct rendering *r)
{
    text_append(&r->out, &r->as->delimiter, 1);
}

/* The text cells that are added, in their order. */
enum {
    TEXT_STATUS,
    TEXT_ERROR,
    TEXT_NOTE,
    TEXT_ACTION,
    TEXT_TARGET,
    TEXT_RECIPIENT,
    TEXT_ATTEMPT,
    TEXT_CODE,
    TEXT_LINK,
    TEXTS
};

static void put_added(struct rendering *r, const char *s, bool guard)
{
    put_delimiter(r);
    if (*s)
        (guard ? csvio_append_safe : csvio_append)(&r->out, make_valid(r, slice_of(s)),
                                                   r->as->delimiter, r->as->quote);
}

/* What a server says may begin like a formula; of our own cells the user decides. */
static bool is_guarded(const struct rendering *r, int text)
{
    return text == TEXT_ERROR || text == TEXT_ATTEMPT || r->o->safe_cells;
}

/* The note, and which of these cells are not quite what they are. */
static const char *make_note(struct rendering *r, const char *const texts[TEXTS])
{
    static const char *const names[TEXTS] = {"status",    "error",      "note", "action", "target",
                                             "recipient", "attempt_id", "code", "link"};
    size_t n = 0;

    for (int i = 0; i < TEXTS; i++) {
        if (!is_guarded(r, i) || !formula_begins(slice_of(texts[i])))
            continue;
        if (n == 0) {
            text_clear(&r->note);
            text_puts(&r->note, texts[TEXT_NOTE]);
        }
        text_puts(&r->note, n++ > 0 ? ", " : *texts[TEXT_NOTE] ? "; " : "");
        text_puts(&r->note, names[i]);
    }
    if (n == 0)
        return texts[TEXT_NOTE];
    text_puts(&r->note, " shown with a leading '");
    text_puts(&r->note, r->o->safe_cells ? " (--safe-cells)" : "");
    r->out.failed = r->out.failed || !text_ok(&r->note);
    return r->note.ptr;
}

static void put_number(struct rendering *r, unsigned n)
{
    char digits[NUMBER_MAX], *end = digits + sizeof(digits), *first = end;

    for (; n; n /= 10)
        *--first = (char)('0' + n % 10);
    put_delimiter(r);
    text_append(&r->out, first, (size_t)(end - first));
}

/* The link with its code. */
static const char *make_link(struct rendering *r, const struct report_cells *c, const char *code)
{
    const struct link_values known = {.code = code};

    if (!*code)
        return c->link;
    text_clear(&r->link);
    link_append(&r->link, c->link, &known);
    r->out.failed = r->out.failed || !text_ok(&r->link);
    return r->link.ptr;
}

/* The added columns of a whole row, or of a step: those have no recipient. */
static void put_cells(struct rendering *r, const struct report_cells *c, const char *status,
                      const char *code, bool of_step)
{
    const char *texts[TEXTS] = {status,     c->error,  c->note,
                                c->action,  c->target, of_step ? "" : c->recipient,
                                c->attempt, code,      make_link(r, c, code)};

    texts[TEXT_NOTE] = make_note(r, texts);
    for (int i = 0; i < TEXTS; i++)
        if (i != TEXT_RECIPIENT || !of_step)
            put_added(r, texts[i], is_guarded(r, i));
    put_number(r, c->tries);
    put_number(r, (unsigned)c->http_status);
    put_added(r, c->finished, false);
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

static void put_header(struct rendering *r)
{
    const struct columns *header = &r->facts->header;

    r->kept = added_at(header);
    if (r->as->bom)
        text_puts(&r->out, "\xef\xbb\xbf");
    if (r->as->sep_line)
        text_printf(&r->out, "sep=%c%s", r->as->delimiter, r->as->line_end);
    for (size_t i = 0; i < r->kept; i++) {
        if (i > 0)
            put_delimiter(r);
        put_field(r, header->names[i]);
    }
    for (size_t i = 0; i < ADDED_COUNT; i++) {
        if (i > 0 || r->kept > 0)
            put_delimiter(r);
        added_append_name(header, r->kept, i, &r->out);
    }
    for (size_t step = 1; r->steps > 1 && step <= r->steps; step++)
        for (size_t i = 0; i < ADDED_STEP_COUNT; i++) {
            put_delimiter(r);
            added_append_step_name(header, r->kept, step, added_of_step(i), &r->out);
        }
    text_puts(&r->out, r->as->line_end);
}

/* Of a row that is out as a whole, steps that were not come to are nothing. */
static const char *step_status(const struct rendering *r, const struct report_cells *whole,
                               const struct report_cells *step)
{
    return whole->known && !step->known ? "" : report_status_name(step->status, r->o->simulated);
}

static void tell_row(struct rendering *r, const struct record *record, const struct report_cells *c,
                     const char *code)
{
    const struct observer *o = r->o->observer;

    o->row(o->row_context,
           &(struct claimpipe_row){.row = record->row,
                                   .line = record->line,
                                   .status = report_status_name(c->status, r->o->simulated),
                                   .error = c->error,
                                   .note = c->note,
                                   .action = c->action,
                                   .target = c->target,
                                   .recipient = c->recipient,
                                   .attempt_id = c->attempt,
                                   .code = code,
                                   .link = make_link(r, c, code),
                                   .tries = c->tries,
                                   .http_status = c->http_status,
                                   .finished_at = c->finished});
}

static int put_row(struct rendering *r, const struct record *record, const struct report_cells *c,
                   struct err *e)
{
    const char *code;

    if (make_codes(r, c + 1, &code, e) != 0)
        return -1;
    code = c->gives ? code : "";
    if (r->o->observer && r->o->observer->row)
        tell_row(r, record, c, code);
    for (size_t i = 0; i < r->kept; i++) {
        if (i > 0)
            put_delimiter(r);
        if (i < record->nfields)
            put_field(r, record->fields[i]);
    }
    put_cells(r, c, report_status_name(c->status, r->o->simulated), code, false);
    for (size_t i = 1; r->steps > 1 && i <= r->steps; i++)
        put_cells(r, &c[i], step_status(r, c, &c[i]), r->codes[i - 1], true);
    for (size_t i = r->facts->header.n; i < record->nfields; i++) {
        put_delimiter(r);
        put_field(r, record->fields[i]);
    }
    text_puts(&r->out, r->as->line_end);
    return 0;
}

/* Codes are secrets. */
static void wipe(struct text *t)
{
    if (t->cap > 0)
        explicit_bzero(t->ptr, t->cap);
    text_release(t);
}

/* What a large row needed is given back; there is no other one in it. */
static void wipe_large(struct text *t)
{
    if (t->cap > OUT_KEPT_MAX && t->len == 0 && text_ok(t))
        wipe(t);
}

/* What is rendered goes to the file, once it is `least` bytes. */
static int drain(struct rendering *r, size_t least, struct err *e)
{
    int rc;

    if (!r->charset) {
        rc = outfile_drain(r->file, &r->out, least, e);
        wipe_large(&r->out);
        return rc;
    }
    if (r->out.len < least)
        return 0;
    charset_encode(r->charset, (struct slice){r->out.ptr, r->out.len}, &r->encoded);
    r->encoded.failed = r->encoded.failed || !text_ok(&r->out);
    text_clear(&r->out);
    wipe_large(&r->out);
    rc = outfile_drain(r->file, &r->encoded, 1, e);
    wipe_large(&r->encoded);
    return rc;
}

static int render(struct rendering *r, const struct block *b, struct err *e)
{
    for (size_t i = 0; i < b->batch.n; i++) {
        const struct report_cells *cells = &b->cells[i * (r->steps + 1)];

        report_count(r->summary, cells, b->batch.records[i].line);
        if (put_row(r, &b->batch.records[i], cells, e) != 0 || drain(r, FLUSH_BYTES, e) != 0)
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

#pragma omp parallel num_threads(2) if (r->rendering.facts->rows > RECORDS_BATCH)
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
        return drain(&r->rendering, 1, e);
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
    for (size_t i = 0; i < BLOCKS; i++) {
        free(r->blocks[i].cells);
        batch_release(&r->blocks[i].batch);
    }
    text_release(&r->rendering.note);
    wipe(&r->rendering.link);
    wipe(&r->rendering.out);
    wipe(&r->rendering.encoded);
    wipe(&r->rendering.valid);
    charset_free(r->rendering.charset);
    report_aims_release(&r->aims);
    explicit_bzero(r->rendering.codes, sizeof(r->rendering.codes));
    free(r);
}

static int write_all(struct report *r, struct ledger *l, const struct report_options *o,
                     struct err *e)
{
    struct gathering *g = &r->gathering;

    if (report_aims_load(&r->aims, l, o, e) != 0 || open_blocks(r, e) != 0)
        return -1;
    r->rendering.steps = r->aims.steps;
    report_judge_init(&g->judge, o, &r->aims);
    if (strcmp(o->as.encoding, READING_UTF8) != 0 &&
        !(r->rendering.charset = charset_encoder(o->as.encoding, e)))
        return -1;
    g->cursor = ledger_cursor_open(l, o->run, e);
    if (!g->cursor)
        return -1;
    g->have = ledger_cursor_next(g->cursor, &g->known, e);
    if (g->have < 0 || g->in->rewind(g->in->context, e) != 0)
        return -1;
    put_header(&r->rendering);
    return pass(r, e);
}

int report_write(const struct source *in, struct ledger *l, const struct report_options *o,
                 struct outfile *out, struct report_summary *summary, struct err *e)
{
    struct report *r = mem_zero(1, sizeof(*r));
    int rc;

    memset(summary, 0, sizeof(*summary));
    summary->simulated = o->simulated;
    if (!r)
        return err_nomem(e);
    r->gathering.in = in;
    r->rendering.o = o;
    r->rendering.as = &o->as;
    r->rendering.facts = in->facts;
    r->rendering.file = out;
    r->rendering.summary = summary;
    text_init(&r->rendering.out);
    text_init(&r->rendering.encoded);
    text_init(&r->rendering.valid);
    text_init(&r->rendering.link);
    text_init(&r->rendering.note);
    for (size_t i = 0; i < BLOCKS; i++)
        batch_init(&r->blocks[i].batch);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->moved, NULL);
    rc = write_all(r, l, o, e);
    if (rc == 0)
        reasons_sort(&summary->reasons);
    close_report(r);
    return rc;
}
