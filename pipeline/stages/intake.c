/*
 * intake: leads each row through its steps, and says what became of it.
 *
 * A row is written to the ledger before its step is handed to issue, and its next step begins only when the ledger has the
 * end of the one before: whoever kills the process finds each row where it was.  Rows of a key that is under way wait for
 * it instead of being sent beside it.
 */
#include "stages/intake.h"

#include "adapters/codebook.h"
#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/ledger_former.h"
#include "stages/former_keys.h"
#include "stages/job.h"
#include "stages/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of rows under way, with what is sent for them, after which no further row is taken before some have
 * come to rest.  Ordinary rows do not come near it. */
#define BYTES_MAX ((size_t)8 << 20)

/* A record on its way through the steps of its job. */
struct row {
    struct row *next; /* in `ready` or `waiting` */
    size_t size;      /* bytes that it holds, once it is kept; else 0 */
    size_t sent;      /* and those that are sent for its present step */
    bool handed;      /* over, or waiting: it is no longer the caller's */
    struct record record;
    const char *recipient;
    uint8_t key[KEY_SIZE];
    size_t at;                     /* the step that it is at */
    int64_t waits_for;             /* an item */
    enum status status;            /* once it is over */
    bool dropped;                  /* the row that it waited for has failed */
    bool otherwise;                /* no address is known of its recipient */
    bool has_person;               /* it was looked up, and is no other one by its key */
    uint8_t person[KEY_SIZE];      /* whom the input names, as a key */
    bool acted;                    /* a step of it was done, or is being done, in this run */
    size_t targets[JOB_STEPS_MAX]; /* by step: a target's number, or ROUTE_NONE */
    int64_t codes[JOB_STEPS_MAX];  /* by step: the index of its code, or -1 */
};

/* What admission makes of a row's step. */
enum admitted {
    ADMITTED_SENT,    /* a step is on its way: the row was handed over with it */
    ADMITTED_WAITING, /* likewise for another row's item */
    ADMITTED_DONE,    /* done: go on with the next */
    ADMITTED_OVER,    /* not done, and it will not be in this run */
    ADMITTED_FAULT = -1
};

/* ---- rows ---- */

static size_t own_fields(const struct intake *in)
{
    return in->p->columns.n - (in->p->n_steps - 1);
}

/* A copy that outlives its batch, or the row itself if it is one.  Only a row that has further steps needs
 * its texts.  sent: bytes that it is sent with. */
static struct row *row_keep(struct intake *in, struct row *r, size_t sent)
{
    bool last = r->at + 1 == in->p->n_steps;
    size_t n = last ? 0 : r->record.nfields, size = strlen(r->recipient) + 1;
    struct row *kept;
    char *at;

    if (r->size > 0) {
        in->bytes += sent - r->sent;
        r->sent = sent;
        return r;
    }
    for (size_t i = 0; i < n; i++)
        size += r->record.fields[i].len;
    size += sizeof(*kept) + n * sizeof(struct slice);
    kept = mem_zero(1, size);
    if (!kept)
        return NULL;
    *kept = *r;
    kept->size = size;
    kept->sent = sent;
    in->bytes += size + sent;
    kept->record.fields = (struct slice *)(kept + 1);
    kept->record.nfields = n;
    at = (char *)(kept->record.fields + n);
    for (size_t i = 0; i < n; i++) {
        kept->record.fields[i] = (struct slice){at, r->record.fields[i].len};
        if (r->record.fields[i].len)
            memcpy(at, r->record.fields[i].ptr, r->record.fields[i].len);
        at += r->record.fields[i].len;
    }
    kept->recipient = memcpy(at, r->recipient, strlen(r->recipient) + 1);
    return kept;
}

static void row_free(struct intake *in, struct row *r)
{
    if (r)
        in->bytes -= r->size + r->sent;
    free(r);
}

static void row_ready(struct intake *in, struct row *r)
{
    r->next = NULL;
    *in->ready_end = r;
    in->ready_end = &r->next;
}

static void count_row(struct intake *in, enum status status)
{
    in->progress->done++;
    in->progress->failed += status == STATUS_FAILED || status == STATUS_UNKNOWN;
    in->progress->invalid += status == STATUS_INVALID;
}

void intake_count(struct intake *in, const struct record *r, enum status status, const char *why)
{
    count_row(in, status);
    if (!in->watch)
        return;
    if (status == STATUS_INVALID)
        in->watch->invalid(in->watch->context, r, why);
    else if (status == STATUS_SKIPPED)
        in->watch->skipped(in->watch->context, r, why);
    else
        in->watch->duplicate(in->watch->context, false);
}

void intake_count_given(struct intake *in, const struct target *t, size_t n)
{
    in->acted += n;
    in->progress->acted += n;
    in->progress->done += n;
    for (size_t i = 0; in->watch && i < n; i++)
        in->watch->act(in->watch->context, 0, t, false);
}

static int put_row(struct intake *in, const struct row *r, enum ledger_row_kind kind, unsigned step,
                   const struct ledger_item *item, const char *error, struct err *e)
{
    bool copy = kind == LEDGER_ROW_DUPLICATE;
    struct ledger_row row = {.kind = kind,
                             .step = step,
                             .row = r->record.row,
                             .line = r->record.line,
                             .item = item ? item->id : 0,
                             .of_run = copy ? item->run : 0,
                             .of_line = copy ? item->line : 0,
                             .error = error};

    return ledger_put_row(in->ledger, in->run, &row, e);
}

/* ---- what a step needs ---- */

/* The row's fields, and behind them the codes of the steps before this one, in in->fields.  A code that is
 * not there yet, as before the row's first step, is a dash: it is only looked whether all can be had. */
static int fill_fields(struct intake *in, const struct row *r, size_t step, size_t *n,
                       struct err *e)
{
    char code[CODEBOOK_CODE_MAX];
    size_t own = own_fields(in);

    memcpy(in->fields, r->record.fields, own * sizeof(*in->fields));
    text_clear(&in->code);
    for (size_t i = 0; i < step; i++) {
        const struct codebook *book =
            r->targets[i] == ROUTE_NONE ? NULL : in->p->with[r->targets[i]].book;

        in->fields[own + i] = (struct slice){"-", book ? 1 : 0};
        if (!book || r->codes[i] < 0)
            continue;
        if (codebook_code(book, r->codes[i], code) != 0)
            return err_nomem(e);
        in->fields[own + i] =
            (struct slice){arena_copy(&in->arena, code, strlen(code)), strlen(code)};
        explicit_bzero(code, sizeof(code));
        if (!in->fields[own + i].ptr)
            return err_nomem(e);
    }
    *n = own + step;
    return 0;
}

/* What is to be sent for the row's step, into in->body; *why: it can't be. */
static int render(struct intake *in, const struct row *r, size_t step, const char **why,
                  struct err *e)
{
    const struct plan *plan = in->p->with[r->targets[step]].plan;
    size_t n = 0;

    if (fill_fields(in, r, step, &n, e) != 0)
        return -1;
    *why = plan_row(plan, r->recipient, in->fields, n, &in->arena, &in->body);
    return text_ok(&in->body) ? 0 : err_nomem(e);
}

/* ---- codes ---- */

/* The first index from *index on that was not given, of a list, whose codes may stand in others; mark is
 * then that of its code. */
static int pass_given(struct intake *in, const struct codebook *book, int64_t end, int64_t *index,
                      uint8_t mark[LEDGER_MARK_SIZE], struct err *e)
{
    for (int given = 1; *index < end; ++*index) {
        if (!codebook_mark(book, *index, mark))
            return err_nomem(e);
        given = ledger_has_mark(in->ledger, mark, e);
        if (given <= 0)
            return given;
    }
    return 0;
}

/* Gives the item the next code of its target, or none is left. */
static enum admitted give_code(struct intake *in, struct row *r, int64_t item,
                               const struct target *t, struct err *e)
{
    const struct job_step *j = in->p->steps[r->at].job;
    const struct codebook *book = in->p->with[t->number].book;
    int64_t end = in->p->with[t->number].codes_end, index;
    bool listed = codebook_is_list(book);
    uint8_t mark[LEDGER_MARK_SIZE];
    char error[128];

    if (ledger_next_code(in->ledger, t->ledger_id, j->start, &index, e) != 0 ||
        (listed && pass_given(in, book, end, &index, mark, e) != 0))
        return ADMITTED_FAULT;
    if (index >= end) {
        struct ledger_move m = {.to = STATE_FAILED, .error = error, .now_ms = clock_wall_ms()};

        snprintf(error, sizeof(error), "codes used up: the last of the %lld %s was given",
                 (long long)end,
                 j->count < codebook_count(book) ? "(--count)"
                 : listed                        ? "in the list"
                                                 : "of the claim");
        r->status = STATUS_FAILED;
        if (in->watch)
            in->watch->used_up(in->watch->context, t);
        return ledger_move(in->ledger, item, &m, e) == 0 ? ADMITTED_OVER : ADMITTED_FAULT;
    }
    r->codes[r->at] = index;
    return ledger_give_code(in->ledger, item, index, listed ? mark : NULL, e) == 0 ? ADMITTED_DONE
                                                                                   : ADMITTED_FAULT;
}

/* ---- admission ---- */

static void watch_act(struct intake *in, const struct row *r, const struct target *t, bool begun)
{
    if (in->watch)
        in->watch->act(in->watch->context, r->at, t, begun);
}

static enum admitted hand_over(struct intake *in, struct row *r, struct target *t,
                               const struct ledger_item *item, enum state state, struct step **out,
                               struct err *e)
{
    struct step *s = step_new(t, r->recipient, in->body.ptr);

    if (!s || !(s->row = row_keep(in, r, in->body.len))) {
        step_free(s);
        err_nomem(e);
        return ADMITTED_FAULT;
    }
    s->item = item->id;
    s->state = state;
    s->tries = item->tries;
    s->doubtful = item->doubtful;
    in->under_way++;
    *out = s;
    return ADMITTED_SENT;
}

/* The row's step is to be acted on: given its code, or sent.  Its item is planned. */
static enum admitted act(struct intake *in, struct row *r, struct target *t,
                         const struct ledger_item *item, struct step **out, struct err *e)
{
    in->acted += !r->acted;
    r->acted = true;
    if (!in->issue || t->action->local)
        watch_act(in, r, t, false);
    if (t->action->local)
        return give_code(in, r, item->id, t, e);
    return in->issue ? hand_over(in, r, t, item, STATE_PLANNED, out, e) : ADMITTED_DONE;
}

/* What is done for the person whom a lookup gives this address is done, whatever address it gives later. */
static int put_person(struct intake *in, const struct row *r, const struct target *t, int64_t item,
                      struct err *e)
{
    return r->has_person && !r->otherwise
               ? ledger_put_person(in->ledger, t->ledger_id, r->person, item, e)
               : 0;
}

static enum admitted admit_new(struct intake *in, struct row *r, struct target *t,
                               struct step **out, struct err *e)
{
    const struct record *record = &r->record;
    struct ledger_item item = {.tries = 0};

    if (ledger_add(in->ledger, in->run, t->ledger_id, r->key, r->recipient, record->row,
                   record->line, &item.id, e) != 0 ||
        (t->remove && ledger_turn(in->ledger, item.id, true, e) != 0) ||
        put_person(in, r, t, item.id, e) != 0 ||
        put_row(in, r, LEDGER_ROW_OWNER, (unsigned)r->at + 1, &item, NULL, e) != 0)
        return ADMITTED_FAULT;
    return act(in, r, t, &item, out, e);
}

/* The item is under way: 1 if it is being followed, and the row with it. */
static int follow(struct intake *in, struct row *r, int64_t item, bool resend, struct err *e)
{
    struct row *kept = in->issue ? row_keep(in, r, in->body.len) : NULL;
    int followed;

    if (!in->issue)
        return 0;
    if (!kept)
        return err_nomem(e);
    followed = issue_attach(in->issue, item, r->recipient, in->body.ptr, resend, kept, e);
    if (followed == 1)
        in->under_way++;
    else if (kept != r)
        row_free(in, kept);
    return followed;
}

/* Sent before, and to be sent again: issue first finds out what became of it, unless it may be repeated.  Until
 * then it is about whom it was sent to, whomever the row names now. */
static bool is_looked_up(const struct intake *in, const struct target *t,
                         const struct ledger_item *known)
{
    return in->issue && !t->action->local && !t->action->repeatable && !t->simulate &&
           (known->state == STATE_FAILED || known->state == STATE_UNKNOWN || known->doubtful) &&
           !crashpoint_breaks("retry");
}

static enum admitted send_known(struct intake *in, struct row *r, struct target *t,
                                const struct ledger_item *known, struct step **out, struct err *e)
{
    struct ledger_move back = {
        .to = STATE_PLANNED, .tries = known->tries, .now_ms = clock_wall_ms()};
    int rc = 0;

    if (is_looked_up(in, t, known)) {
        in->acted += !r->acted;
        r->acted = true;
        return hand_over(in, r, t, known, known->state, out, e);
    }
    /* What may be repeated may go back from wherever it is. */
    if (t->action->repeatable)
        rc = ledger_turn(in->ledger, known->id, t->remove, e);
    else if (known->state != STATE_PLANNED)
        rc = ledger_move(in->ledger, known->id, &back, e);
    if (rc != 0 || ledger_readdress(in->ledger, known->id, r->recipient, e) != 0)
        return ADMITTED_FAULT;
    return act(in, r, t, known, out, e);
}

static bool is_done(enum state state)
{
    return state == STATE_SUCCESS || state == STATE_ELSEWHERE;
}

/* The row shows what became of the item before. */
static enum admitted keep_known(struct intake *in, struct row *r, const struct ledger_item *known)
{
    r->codes[r->at] = known->code;
    r->status = state_status(known->state);
    if (in->watch && known->state == STATE_FAILED)
        in->watch->failed(in->watch->context);
    return is_done(known->state) ? ADMITTED_DONE : ADMITTED_OVER;
}

/* An earlier run has begun with it: it is found out what became of that.  What may be repeated is asked
 * about if it was accepted, and else sent again, for once more does no harm. */
static enum admitted admit_begun(struct intake *in, struct row *r, struct target *t,
                                 const struct ledger_item *known, enum admission admission,
                                 struct step **out, struct err *e)
{
    bool repeatable = t->action->repeatable, accepted = known->state == STATE_ACCEPTED;
    int followed = follow(in, r, known->id, admission == ADMIT_SEND, e);

    if (followed != 0)
        return followed < 0 ? ADMITTED_FAULT : ADMITTED_SENT;
    if (repeatable && accepted && in->issue)
        return hand_over(in, r, t, known, STATE_ACCEPTED, out, e);
    if (admission == ADMIT_SEND || (repeatable && !accepted && !t->closed))
        return send_known(in, r, t, known, out, e);
    watch_act(in, r, t, true);
    return keep_known(in, r, known);
}

/* The row takes over an item that was there before. */
static enum admitted admit_known(struct intake *in, struct row *r, struct target *t,
                                 const struct ledger_item *known, enum admission admission,
                                 struct step **out, struct err *e)
{
    if (ledger_take(in->ledger, in->run, known->id, r->record.row, r->record.line, e) != 0 ||
        put_person(in, r, t, known->id, e) != 0 ||
        put_row(in, r, LEDGER_ROW_OWNER, (unsigned)r->at + 1, known, NULL, e) != 0)
        return ADMITTED_FAULT;
    if (known->state == STATE_SENDING || known->state == STATE_ACCEPTED ||
        known->state == STATE_UNKNOWN)
        return admit_begun(in, r, t, known, admission, out, e);
    if (admission == ADMIT_SEND)
        return send_known(in, r, t, known, out, e);
    return keep_known(in, r, known);
}

/* The row that it repeats has failed: its further steps are not begun for it. */
static int drop(struct intake *in, const struct row *r, struct err *e)
{
    for (size_t i = r->at + 1; i < in->p->n_steps; i++)
        if (put_row(in, r, LEDGER_ROW_SKIPPED, (unsigned)i + 1, NULL,
                    "the row that this one repeats has failed", e) != 0)
            return -1;
    return 0;
}

/* No step behind its present one has a target. */
static bool is_last(const struct intake *in, const struct row *r)
{
    for (size_t i = r->at + 1; i < in->p->n_steps; i++)
        if (r->targets[i] != ROUTE_NONE)
            return false;
    return true;
}

/* Another row has the item: of this file, or of one before. */
static enum admitted admit_duplicate(struct intake *in, struct row *r,
                                     const struct ledger_item *known, struct err *e)
{
    bool last = is_last(in, r);
    struct row *kept;

    if (put_person(in, r, &in->p->targets[r->targets[r->at]], known->id, e) != 0 ||
        put_row(in, r, LEDGER_ROW_DUPLICATE, (unsigned)r->at + 1, known, NULL, e) != 0)
        return ADMITTED_FAULT;
    r->codes[r->at] = known->code;
    r->status = STATUS_DUPLICATE;
    if (in->watch && (last || known->state == STATE_FAILED))
        in->watch->duplicate(in->watch->context, known->run == in->run->id);
    if (known->state == STATE_FAILED)
        return drop(in, r, e) == 0 ? ADMITTED_OVER : ADMITTED_FAULT;
    if (is_done(known->state) || last || !in->issue)
        return ADMITTED_DONE;
    kept = row_keep(in, r, 0);
    if (!kept) {
        err_nomem(e);
        return ADMITTED_FAULT;
    }
    kept->waits_for = known->id;
    kept->next = in->waiting;
    in->waiting = kept;
    return ADMITTED_WAITING;
}

/* The first closed target of its present step and those behind it, or NULL: what can't be brought to its end is
 * not begun. */
static const struct target *find_closed(const struct intake *in, const struct row *r)
{
    for (size_t i = r->at; i < in->p->n_steps; i++)
        if (r->targets[i] != ROUTE_NONE && in->p->targets[r->targets[i]].closed)
            return &in->p->targets[r->targets[i]];
    return NULL;
}

/* What is to be done with a key that is known.  *turned: it was about the opposite until now. */
static enum admission decide(const struct intake *in, const struct target *t,
                             const struct ledger_item *known, bool closed, bool *turned)
{
    const struct admit_wishes none = {false};
    struct admit_wishes wishes = closed ? none : in->p->job->wishes;
    struct admit_facts facts = {.state = known->state,
                                .this_run = known->run == in->run->id,
                                .this_pass = known->pass == in->run->pass};

    /* That codes were used up costs nothing to try again. */
    wishes.retry_failed = wishes.retry_failed || (t->action->local && !closed);
    *turned = known->removed != t->remove && !(facts.this_run && facts.this_pass);
    return *turned ? ADMIT_SEND : admit_decide(&facts, &wishes);
}

/* It is as if the run had stopped before it. */
static enum admitted leave_unsent(struct intake *in, struct row *r, const struct target *closed)
{
    r->status = STATUS_UNSENT;
    issue_leave_out(in->issue, closed);
    return ADMITTED_OVER;
}

static enum admitted leave_out(struct intake *in, struct row *r, struct err *e)
{
    static const char why[] = "over --limit";

    if (in->watch)
        in->watch->skipped(in->watch->context, &r->record, why);
    r->status = STATUS_SKIPPED;
    return put_row(in, r, LEDGER_ROW_SKIPPED, 0, NULL, why, e) == 0 ? ADMITTED_OVER
                                                                    : ADMITTED_FAULT;
}

int intake_settle_former(struct intake *in, const struct trigger *t, int64_t target, struct err *e)
{
    return in->has_former
               ? former_keys_settle(in->ledger, &in->p->selection, t, target, &in->arena, e)
               : 0;
}

/* What the ledger says to a row's step. */
static enum admitted admit(struct intake *in, struct row *r, struct step **out, struct err *e)
{
    const struct target *closed = find_closed(in, r);
    struct target *t = &in->p->targets[r->targets[r->at]];
    enum admission admission = ADMIT_SEND;
    struct ledger_item known;
    bool turned = false;
    int found;

    /* Another process may be giving codes to the same recipients. */
    if (t->action->local && ledger_begin(in->ledger, e) != 0)
        return ADMITTED_FAULT;
    found = ledger_find(in->ledger, t->ledger_id, r->key, &known, e);
    if (found < 0)
        return ADMITTED_FAULT;
    if (found)
        admission = decide(in, t, &known, closed != NULL, &turned);
    if (admission == ADMIT_SEND && closed)
        return leave_unsent(in, r, closed);
    if (admission == ADMIT_SEND && !r->acted && !sample_allows(&in->p->job->sample, in->acted))
        return leave_out(in, r, e);
    if (!found)
        return admit_new(in, r, t, out, e);
    if (turned) /* whatever became of the opposite */
        known.state = STATE_PLANNED;
    if (admission == ADMIT_DUPLICATE)
        return admit_duplicate(in, r, &known, e);
    return admit_known(in, r, t, &known, admission, out, e);
}

/* ---- a row's way ---- */

/* No step of it has a target. */
static bool is_unrouted(const struct intake *in, const struct row *r)
{
    for (size_t i = 0; i < in->p->n_steps; i++)
        if (r->targets[i] != ROUTE_NONE)
            return false;
    return true;
}

/* Why its present step is not for it. */
static const char *why_unrouted(const struct intake *in, const struct row *r)
{
    if (in->p->steps[r->at].job->otherwise == r->otherwise)
        return "no route";
    return r->otherwise ? "no address is known" : "an address is known";
}

/* Takes the row as far as it goes without waiting: 0 or -1.  rendered: what its present step needs stands
 * in in->body already. */
static int advance(struct intake *in, struct row *r, bool rendered, struct step **out,
                   struct err *e)
{
    const char *why = NULL;

    for (; r->at < in->p->n_steps; r->at++, rendered = false) {
        enum admitted admitted = ADMITTED_DONE;

        if (r->targets[r->at] == ROUTE_NONE) {
            if (put_row(in, r, LEDGER_ROW_SKIPPED, (unsigned)r->at + 1, NULL, why_unrouted(in, r),
                        e) != 0)
                return -1;
            continue;
        }
        if (!rendered && render(in, r, r->at, &why, e) != 0)
            return -1;
        admitted = admit(in, r, out, e);
        if (admitted == ADMITTED_FAULT)
            return -1;
        r->handed = admitted == ADMITTED_SENT || admitted == ADMITTED_WAITING;
        if (r->handed)
            return 0;
        if (admitted == ADMITTED_OVER)
            break;
    }
    if (is_unrouted(in, r)) {
        r->status = STATUS_SKIPPED;
        if (in->watch)
            in->watch->skipped(in->watch->context, &r->record, "no route");
    }
    in->progress->acted += r->acted;
    count_row(in, r->status);
    return 0;
}

/* `step 2: …` where there are several. */
static const char *of_step(struct intake *in, size_t step, const char *why)
{
    text_clear(&in->code);
    text_printf(&in->code, "step %zu: %s", step + 1, why);
    return in->p->n_steps > 1 && text_ok(&in->code) ? in->code.ptr : why;
}

/* 1: the step was done before, and will not be again, so that it does not matter what it would lack. */
static int is_done_already(struct intake *in, const struct row *r, size_t step, struct err *e)
{
    const struct target *t = &in->p->targets[r->targets[step]];
    struct ledger_item known;
    bool turned;
    int found = ledger_find(in->ledger, t->ledger_id, r->key, &known, e);

    return found == 1 ? is_done(known.state) && decide(in, t, &known, false, &turned) != ADMIT_SEND
                      : found;
}

/* Its items have its key, whatever they were keyed by. */
static int settle_former(struct intake *in, const struct row *r, const char **why, struct err *e)
{
    struct trigger t = {&r->record, .recipient = r->recipient, .otherwise = r->otherwise};

    memcpy(t.key, r->key, KEY_SIZE);
    for (size_t i = 0; in->has_former && i < in->p->n_steps; i++) {
        int64_t target;

        if (r->targets[i] == ROUTE_NONE)
            continue;
        target = in->p->targets[r->targets[i]].ledger_id;
        if (intake_settle_former(in, &t, target, e) != 0 ||
            former_keys_refuse(in->ledger, &in->p->selection, &t, target, &in->arena, why, e) != 0)
            return -1;
    }
    return 0;
}

/* Finds each step's target, and what a step would lack; *why: the row is invalid as a whole, for nothing
 * is begun that can't be brought to its end. */
static int find_ways(struct intake *in, struct row *r, const char **why, struct err *e)
{
    const struct prepared *p = in->p;
    int was_done = 0;

    for (size_t i = 0; i < p->n_steps && !*why; i++) {
        r->codes[i] = -1;
        if (prepared_route(p, i, &r->record, r->otherwise, &in->arena, &r->targets[i], why) != 0) {
            if (!*why)
                return err_nomem(e);
            *why = of_step(in, i, *why);
        }
    }
    if (!*why && settle_former(in, r, why, e) != 0)
        return -1;
    /* From the last to the first, whose body is wanted at once. */
    for (size_t i = p->n_steps; i-- > 0 && !*why;) {
        if (r->targets[i] == ROUTE_NONE)
            continue;
        if (render(in, r, i, why, e) != 0)
            return -1;
        if (*why)
            was_done = is_done_already(in, r, i, e);
        if (was_done < 0)
            return -1;
        if (*why)
            *why = was_done ? NULL : of_step(in, i, *why);
    }
    return 0;
}

/* Has the key got what it gets, or is it about to? */
static bool is_taken(const struct intake *in, const struct ledger_item *known)
{
    bool now = known->run == in->run->id && known->pass == in->run->pass;

    return known->state == STATE_PLANNED ? now : known->state != STATE_FAILED;
}

/* Was a step taken on that way, for the key, or for the person with a key of its own, which is then put
 * into key?  1 with the item, 0, -1. */
static int find_taken(struct intake *in, const struct row *r, const struct trigger *named,
                      bool otherwise, bool person, uint8_t key[KEY_SIZE], struct ledger_item *known,
                      struct err *e)
{
    const struct prepared *p = in->p;
    const char *ignored;
    size_t target;

    for (size_t i = 0; i < p->n_steps; i++) {
        int64_t id;
        int found = 0;

        if (prepared_route(p, i, &r->record, otherwise, &in->arena, &target, &ignored) != 0 ||
            target == ROUTE_NONE)
            continue;
        id = p->targets[target].ledger_id;
        if (intake_settle_former(in, named, id, e) != 0)
            return -1;
        if (!person || (found = ledger_person(in->ledger, id, r->person, key, e)) == 1)
            found = ledger_find(in->ledger, id, key, known, e);
        if (found < 0 || (found == 1 && is_taken(in, known)))
            return found;
    }
    return 0;
}

/* The row goes this way, as this item went. */
static int go(struct intake *in, struct row *r, bool otherwise, const uint8_t key[KEY_SIZE],
              const struct ledger_item *known, struct err *e)
{
    r->otherwise = otherwise;
    memcpy(r->key, key, KEY_SIZE);
    return ledger_recipient(in->ledger, known->id, &in->arena, &r->recipient, e) < 0 ? -1 : 0;
}

/* Once is enough for whomever a lookup knows, or the input with or without an address: who was given something at another address, or when there was
 * none, or got an address while they have something without one, goes the way that was gone for them. */
static int keep_way(struct intake *in, struct row *r, struct err *e)
{
    struct selection *s = &in->p->selection;
    struct trigger named;
    struct ledger_item known;
    uint8_t key[KEY_SIZE];
    int found = s->select.looked_up ? selection_otherwise(s, &r->record, &in->arena, &named, e) : 0;

    if (found != 1)
        return found;
    r->has_person = s->select.n_key == 0; /* else their key is the same, whatever the address */
    memcpy(r->person, named.key, KEY_SIZE);
    memcpy(key, named.key, KEY_SIZE);
    found = find_taken(in, r, &named, false, r->has_person, key, &known, e);
    if (found == 1)
        return go(in, r, false, key, &known, e);
    memcpy(key, named.key, KEY_SIZE);
    if (found == 0 && s->has_otherwise)
        found = find_taken(in, r, &named, true, false, key, &known, e);
    return found == 1 ? go(in, r, true, key, &known, e) : found;
}

/* Why an invalid row is invalid was found out only now. */
static int put_invalid(struct intake *in, const struct row *r, const char *why, struct err *e)
{
    intake_count(in, &r->record, STATUS_INVALID, why);
    return put_row(in, r, LEDGER_ROW_INVALID, 0, NULL, why, e);
}

static int put_skipped(struct intake *in, const struct row *r, const char *why, struct err *e)
{
    intake_count(in, &r->record, STATUS_SKIPPED, why);
    return put_row(in, r, LEDGER_ROW_SKIPPED, 0, NULL, why, e);
}

static int take_row(struct intake *in, const struct intake_block_row *from, struct step **out,
                    struct err *e)
{
    struct row r = {
        .record = *from->record, .recipient = from->trigger.recipient, .status = STATUS_SUCCESS};
    const char *why = from->trigger.why;

    arena_reset(&in->arena);
    memcpy(r.key, from->trigger.key, KEY_SIZE);
    r.otherwise = from->trigger.otherwise;
    if (from->skipped)
        return put_skipped(in, &r, from->skipped, e);
    if (!why && (keep_way(in, &r, e) != 0 || find_ways(in, &r, &why, e) != 0))
        return -1;
    return why ? put_invalid(in, &r, why, e) : advance(in, &r, r.targets[0] != ROUTE_NONE, out, e);
}

/* ---- issue's driver ---- */

/* A row whose step before is done. */
static int take_ready(struct intake *in, struct step **out, struct err *e)
{
    struct row *r = in->ready;
    int rc;

    arena_reset(&in->arena);
    in->ready = r->next;
    if (!in->ready)
        in->ready_end = &in->ready;
    r->handed = false;
    if (r->dropped)
        count_row(in, STATUS_DUPLICATE);
    rc = r->dropped ? drop(in, r, e) : advance(in, r, false, out, e);
    if (!r->handed)
        row_free(in, r);
    return rc;
}

/* Where the input breaks there are no more rows, as at its end: what was sent is still followed, and told.
 * Those of the batch that it breaks in are left for the next run. */
static int read_block(struct intake *in, struct intake_block *g, uint64_t total, struct err *e)
{
    int rc = intake_block_read(g, in->p, total, e);

    if (rc == 0 || e->code != EXIT_INPUT || !in->issue)
        return rc;
    in->broken = *e;
    *e = (struct err)ERR_INIT;
    g->ended = true;
    return 0;
}

/* The next block takes the place of this one, and the one after it is read meanwhile. */
static int next_block(struct intake *in, struct err *e)
{
    uint64_t total = in->progress->total;
    struct err read_e = ERR_INIT;
    struct intake_block *now, *next;
    int read = 0, looked_up = 0;

    /* Another process that wants to write does not have to wait for more than a block. */
    if (ledger_commit(in->ledger, e) != 0)
        return -1;
    in->now = 1 - in->now;
    now = &in->blocks[in->now];
    next = &in->blocks[1 - in->now];
    if (!in->begun && read_block(in, now, total, e) != 0)
        return -1;
    in->begun = true;
    next->ended = now->ended;
    if (in->p->n_steps > 1)
        return read_block(in, next, total, e);
#pragma omp parallel sections num_threads(2) if (!in->p->needs_server && !now->ended)
    {
#pragma omp section
        read = read_block(in, next, total, &read_e);
#pragma omp section
        looked_up = intake_block_look_up(now, &in->search, in, e);
    }
    if (read != 0)
        return err_set(e, read_e.code, "%s", read_e.text);
    return looked_up;
}

/* Must rows that are under way come to rest before another is taken?  There are some, so that it goes on. */
static bool is_full(const struct intake *in)
{
    return in->bytes > BYTES_MAX && in->under_way > 0;
}

int intake_next(void *context, struct step **out, struct err *e)
{
    struct intake *in = context;
    struct intake_block *g = &in->blocks[in->now];

    *out = NULL;
    while (in->ready && !*out)
        if (take_ready(in, out, e) != 0)
            return -1;
    while (!*out && g->at < g->n && !is_full(in)) {
        const struct intake_block_row *row = &g->rows[g->at++];

        if (!row->done && take_row(in, row, out, e) != 0)
            return -1;
    }
    text_reset(&in->body);
    if (*out)
        return ISSUE_STEP;
    if (is_full(in))
        return ISSUE_NONE;
    if (in->begun && g->ended)
        return ISSUE_NONE;
    return next_block(in, e) == 0 ? ISSUE_LATER : -1;
}

/* The rows that wait for this item go on, or are over with it. */
static void wake(struct intake *in, const struct step *s)
{
    bool done = is_done(s->state);

    for (struct row **at = &in->waiting, *r; (r = *at);) {
        if (r->waits_for != s->item) {
            at = &r->next;
            continue;
        }
        *at = r->next;
        r->at += done;
        r->dropped = s->state == STATE_FAILED;
        if (done || r->dropped) {
            row_ready(in, r);
        } else { /* a later run finds out, and goes on with both */
            count_row(in, STATUS_DUPLICATE);
            row_free(in, r);
        }
    }
}

void intake_rested(void *context, const struct step *s)
{
    struct intake *in = context;
    bool done = is_done(s->state);
    struct row *r = s->row;
    bool goes_on = r && done && r->at + 1 < in->p->n_steps;

    in->under_way -= r != NULL;
    /* The row whose item it is comes first, so that those which wait for it are its duplicates. */
    if (goes_on) {
        r->at++;
        r->acted = true;
        row_ready(in, r);
    }
    if (s->state != STATE_PLANNED && in->waiting)
        wake(in, s);
    if (r)
        in->progress->acted += s->state != STATE_PLANNED;
    if (!r || goes_on)
        return;
    if (s->state != STATE_PLANNED)
        count_row(in, state_status(s->state));
    row_free(in, r);
}

/* ---- beginning and end ---- */

int intake_init(struct intake *in, struct prepared *p, struct ledger *ledger,
                const struct ledger_run *run, struct progress *progress, struct err *e)
{
    memset(in, 0, sizeof(*in));
    in->broken = (struct err)ERR_INIT;
    in->p = p;
    in->ledger = ledger;
    in->run = run;
    in->progress = progress;
    in->ready_end = &in->ready;
    intake_block_init(&in->blocks[0]);
    intake_block_init(&in->blocks[1]);
    arena_init(&in->arena);
    text_init(&in->body);
    text_init(&in->code);
    in->fields = mem_zero(p->columns.n, sizeof(*in->fields));
    return in->fields ? ledger_former_any(ledger, &in->has_former, e) : err_nomem(e);
}

static void free_rows(struct row *r)
{
    for (struct row *next; r; r = next) {
        next = r->next;
        free(r);
    }
}

void intake_release(struct intake *in)
{
    free_rows(in->ready);
    free_rows(in->waiting);
    free(in->fields);
    text_release(&in->code);
    text_release(&in->body);
    intake_search_release(&in->search);
    arena_release(&in->arena);
    intake_block_release(&in->blocks[0]);
    intake_block_release(&in->blocks[1]);
}
