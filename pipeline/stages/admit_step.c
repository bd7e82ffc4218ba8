/*
 * admit_step: what the ledger says to a row's step, and what is made of it.
 *
 * The decision itself is pure: policy/admission.h.  A step is put into the ledger before it is handed to issue; what is
 * under way already is followed instead of being sent beside it.
 */
#include "adapters/codebook.h"
#include "admit_internal.h"
#include "base/crashpoint.h"
#include "ledger/ledger.h"
#include "ledger/ledger_block.h"
#include "policy/admission.h"
#include "stages/job.h"

#include <stdio.h>
#include <string.h>

#define ERROR_MAX 1024

/* ---- rows in the ledger ---- */

int admit_put_row(struct admit *ad, const struct row *r, enum ledger_row_kind kind, unsigned step,
                  const struct ledger_known *item, const char *error, struct err *e)
{
    bool copy = kind == LEDGER_ROW_DUPLICATE;
    struct ledger_row row = {.kind = kind,
                             .step = step,
                             .row = r->record->row,
                             .line = r->record->line,
                             .item = item ? item->id : 0,
                             .of_run = copy ? item->run : 0,
                             .of_line = copy ? item->line : 0,
                             .error = error};

    return ledger_block_put_row(ad->known, &row, e);
}

static int own(struct admit *ad, const struct row *r, const struct ledger_known *item,
               struct err *e)
{
    return admit_put_row(ad, r, LEDGER_ROW_OWNER, (unsigned)r->at + 1, item, NULL, e);
}

/* What is done for the person whom a lookup gives this address is done, whatever address it gives later. */
static int put_person(struct admit *ad, const struct row *r, const struct ledger_known *item,
                      struct err *e)
{
    return r->has_person && !r->otherwise ? ledger_block_put_person(ad->known, r->person, item, e)
                                          : 0;
}

int admit_drop(struct admit *ad, const struct row *r, struct err *e)
{
    for (size_t i = r->at + 1; i < ad->p->n_steps; i++)
        if (admit_put_row(ad, r, LEDGER_ROW_SKIPPED, (unsigned)i + 1, NULL,
                          "the row that this one repeats has failed", e) != 0)
            return -1;
    return 0;
}

/* ---- how a step ends here: 0, for the row goes no further ---- */

static struct row_step *present(const struct row *r)
{
    return &r->steps[r->at];
}

static int rest(struct row *r, enum status status)
{
    r->fate = ROW_OVER;
    r->status = status;
    return 0;
}

static int hand_over(struct admit *ad, struct row *r, struct target *t,
                     const struct ledger_known *item, enum state state, struct err *e)
{
    struct step *s = step_new(t, r->recipient, ad->body.ptr);

    r->fate = ROW_SENT;
    if (!s || !(s->row = admit_keep(ad, r, ad->body.len))) {
        r->fate = ROW_OPEN;
        step_free(s);
        return err_nomem(e);
    }
    s->item = item->id;
    s->state = state;
    s->tries = item->tries;
    s->doubtful = item->doubtful;
    *ad->out_end = s;
    ad->out_end = &s->next;
    ad->n_out++;
    return 0;
}

static int wait_for(struct admit *ad, struct row *r, int64_t item, struct err *e)
{
    struct row *kept = admit_keep(ad, r, 0);

    if (!kept)
        return err_nomem(e);
    r->fate = kept->fate = ROW_WAITING;
    kept->waits_for = item;
    kept->next = ad->waiting;
    ad->waiting = kept;
    return 0;
}

/* ---- codes ---- */

/* The first index from *index on that was not given, of a list, whose codes may stand in others; mark is
 * then that of its code. */
static int pass_given(struct admit *ad, const struct codebook *book, int64_t end, int64_t *index,
                      uint8_t mark[LEDGER_MARK_SIZE], struct err *e)
{
    for (int given = 1; *index < end; ++*index) {
        if (!codebook_mark(book, *index, mark))
            return err_nomem(e);
        given = ledger_block_has_mark(ad->known, mark, e);
        if (given <= 0)
            return given;
    }
    return 0;
}

static const char *say_used_up(struct admit *ad, const struct codebook *book, int64_t count,
                               int64_t end)
{
    char text[128];
    int len = snprintf(text, sizeof(text), "codes used up: the last of the %lld %s was given",
                       (long long)end,
                       count < codebook_count(book) ? "(--count)"
                       : codebook_is_list(book)     ? "in the list"
                                                    : "of the claim");

    return arena_copy(&ad->arena, text, (size_t)len);
}

/* Gives the item the next code of its target, or none is left. */
static int give_code(struct admit *ad, struct row *r, const struct target *t,
                     struct ledger_known *item, struct err *e)
{
    const struct job_step *j = ad->p->steps[r->at].job;
    const struct codebook *book = ad->p->with[t->number].book;
    int64_t end = ad->p->with[t->number].codes_end, index;
    bool listed = codebook_is_list(book);
    uint8_t mark[LEDGER_MARK_SIZE];
    const char *error;

    if (ledger_block_next_code(ad->known, t->ledger_id, j->start, &index, e) != 0 ||
        (listed && pass_given(ad, book, end, &index, mark, e) != 0))
        return -1;
    if (index >= end) {
        error = say_used_up(ad, book, j->count, end);
        if (!error)
            return err_nomem(e);
        present(r)->outcome = OUTCOME_USED_UP;
        return ledger_block_fail(ad->known, item, error, e) == 0 ? rest(r, STATUS_FAILED) : -1;
    }
    present(r)->code = index;
    return ledger_block_give_code(ad->known, item, index, listed ? mark : NULL, e) == 0 ? 1 : -1;
}

/* ---- acting ---- */

static void count_acted(struct admit *ad, struct row *r)
{
    ad->acted += !r->acted;
    r->acted = true;
}

/* The row's step is to be acted on: given its code, or sent.  Its item is planned. */
static int act(struct admit *ad, struct row *r, struct target *t, struct ledger_known *item,
               struct err *e)
{
    count_acted(ad, r);
    present(r)->outcome = OUTCOME_ACTED;
    if (t->action->local)
        return give_code(ad, r, t, item, e);
    return ad->issue ? hand_over(ad, r, t, item, STATE_PLANNED, e) : 1;
}

static int admit_new(struct admit *ad, struct row *r, struct target *t, struct ledger_known *item,
                     struct err *e)
{
    const struct record *record = r->record;

    if (ledger_block_add(ad->known, item, r->recipient, record->row, record->line, t->remove, e) !=
            0 ||
        put_person(ad, r, item, e) != 0 || own(ad, r, item, e) != 0)
        return -1;
    return act(ad, r, t, item, e);
}

/* Sent before, and to be sent again: issue first finds out what became of it, unless it may be repeated.  Until
 * then it is about whom it was sent to, whomever the row names now. */
static bool is_looked_up(const struct admit *ad, const struct target *t,
                         const struct ledger_known *item)
{
    bool lost = item->state == STATE_UNKNOWN || item->doubtful;
    /* A message that was refused certainly was not taken, and one that was lost can't be asked for: but until it is sent
     * again it is as unknown as before, which issue sees to. */
    bool looked_up = action_is_followed(t->action) ? lost || item->state == STATE_FAILED
                                                   : t->action->mails && lost;

    return ad->issue && looked_up && !t->simulate && !crashpoint_breaks("retry");
}

static int send_known(struct admit *ad, struct row *r, struct target *t, struct ledger_known *item,
                      struct err *e)
{
    int rc = 0;

    if (is_looked_up(ad, t, item)) {
        count_acted(ad, r);
        return hand_over(ad, r, t, item, item->state, e);
    }
    /* What may be repeated may go back from wherever it is. */
    if (t->action->repeatable)
        rc = ledger_block_turn(ad->known, item, t->remove, e);
    else if (item->state != STATE_PLANNED)
        rc = ledger_block_plan(ad->known, item, e);
    if (rc != 0 || ledger_readdress(ad->ledger, item->id, r->recipient, e) != 0)
        return -1;
    return act(ad, r, t, item, e);
}

/* The row shows what became of the item before. */
static int keep_known(struct row *r, const struct ledger_known *item)
{
    present(r)->code = item->code;
    if (item->state == STATE_FAILED)
        present(r)->outcome = OUTCOME_FAILED;
    rest(r, state_status(item->state));
    if (!state_is_done(item->state))
        return 0;
    r->fate = ROW_OPEN;
    return 1;
}

/* The item is under way, and issue follows it: the row comes back with it.  It does so even if a later one of the rows
 * that are admitted together fails, so that what is known of it is written first. */
static int follow(struct admit *ad, struct row *r, int64_t item, bool resend, struct err *e)
{
    struct row *kept;

    if (ledger_block_write(ad->known, e) != 0)
        return -1;
    kept = admit_keep(ad, r, ad->body.len);
    if (!kept)
        return err_nomem(e);
    if (issue_attach(ad->issue, item, r->recipient, ad->body.ptr, resend, kept, e) != 0) {
        if (kept != r)
            admit_free(ad, kept);
        return -1;
    }
    r->fate = kept->fate = ROW_SENT;
    ad->under_way++;
    return 0;
}

/* An earlier run has begun with it: it is found out what became of that.  What may be repeated is asked
 * about if it was accepted, and else sent again, for once more does no harm. */
static int admit_begun(struct admit *ad, struct row *r, struct target *t, struct ledger_known *item,
                       enum admission admission, struct err *e)
{
    bool repeatable = t->action->repeatable, accepted = item->state == STATE_ACCEPTED;

    if (ad->issue && issue_follows(ad->issue, item->id))
        return follow(ad, r, item->id, admission == ADMIT_SEND, e);
    if (repeatable && accepted && ad->issue && !ad->p->job->no_settle)
        return hand_over(ad, r, t, item, STATE_ACCEPTED, e);
    if (admission == ADMIT_SEND || (repeatable && !accepted && !t->closed))
        return send_known(ad, r, t, item, e);
    present(r)->outcome = OUTCOME_BEGUN;
    return keep_known(r, item);
}

/* The row takes over an item that was there before. */
static int admit_known(struct admit *ad, struct row *r, struct target *t, struct ledger_known *item,
                       enum admission admission, struct err *e)
{
    if (ledger_block_take(ad->known, item, r->record->row, r->record->line, e) != 0 ||
        put_person(ad, r, item, e) != 0 || own(ad, r, item, e) != 0)
        return -1;
    if (item->state == STATE_SENDING || item->state == STATE_ACCEPTED ||
        item->state == STATE_UNKNOWN)
        return admit_begun(ad, r, t, item, admission, e);
    if (admission == ADMIT_SEND)
        return send_known(ad, r, t, item, e);
    return keep_known(r, item);
}

/* No step behind its present one has a target. */
static bool is_last(const struct admit *ad, const struct row *r)
{
    for (size_t i = r->at + 1; i < ad->p->n_steps; i++)
        if (r->steps[i].target != ROUTE_NONE)
            return false;
    return true;
}

/* Another row has the item: of this file, or of one before. */
static int admit_duplicate(struct admit *ad, struct row *r, const struct ledger_known *item,
                           struct err *e)
{
    bool last = is_last(ad, r), failed = item->state == STATE_FAILED;

    if (put_person(ad, r, item, e) != 0 ||
        admit_put_row(ad, r, LEDGER_ROW_DUPLICATE, (unsigned)r->at + 1, item, NULL, e) != 0)
        return -1;
    r->status = STATUS_DUPLICATE;
    present(r)->code = item->code;
    if (last || failed)
        present(r)->outcome = item->run == ad->run->id ? OUTCOME_IN_FILE : OUTCOME_BEFORE;
    if (failed)
        return admit_drop(ad, r, e) == 0 ? rest(r, STATUS_DUPLICATE) : -1;
    if (state_is_done(item->state) || last || !ad->issue)
        return 1;
    if (ad->p->job->no_settle) /* it may be left where it is, and nothing waits for that */
        return rest(r, STATUS_DUPLICATE);
    return wait_for(ad, r, item->id, e);
}

/* ---- deciding ---- */

/* The first closed target of its present step and those behind it, or NULL: what can't be brought to its end is
 * not begun. */
static const struct target *find_closed(const struct admit *ad, const struct row *r)
{
    for (size_t i = r->at; i < ad->p->n_steps; i++)
        if (r->steps[i].target != ROUTE_NONE && ad->p->targets[r->steps[i].target].closed)
            return &ad->p->targets[r->steps[i].target];
    return NULL;
}

/* Why the item has failed, as the results say it. */
static int find_error(const struct admit *ad, size_t step, const struct ledger_known *item,
                      char error[ERROR_MAX], struct err *e)
{
    int len = ad->p->n_steps > 1 ? snprintf(error, ERROR_MAX, "step %zu: ", step + 1) : 0;

    error[len] = '\0';
    return ledger_error(ad->ledger, item->id, error + len, ERROR_MAX - (size_t)len, e) < 0 ? -1 : 0;
}

/* What is to be done with a key that is known.  *turned: it was about the opposite until now. */
static int decide(const struct admit *ad, const struct row *r, size_t step,
                  const struct ledger_known *item, bool closed, enum admission *out, bool *turned,
                  struct err *e)
{
    const struct target *t = &ad->p->targets[r->steps[step].target];
    const struct admission_wishes none = {false};
    struct admission_wishes wishes = closed ? none : ad->p->job->wishes;
    struct admission_facts facts = {.state = item->state,
                                    .this_run = item->run == ad->run->id,
                                    .this_pass = item->pass == ad->run->pass,
                                    .asked = r->retry && !closed};
    char error[ERROR_MAX];

    if (t->action->local && !closed) { /* that codes were used up costs nothing to try again */
        wishes.retry_failed = true;
        wishes.retry_reason = NULL;
    }
    if (wishes.retry_reason && item->state == STATE_FAILED) {
        if (find_error(ad, step, item, error, e) != 0)
            return -1;
        facts.error = error;
    }
    *turned = item->removed != t->remove && !(facts.this_run && facts.this_pass);
    *out = *turned ? ADMIT_SEND : admission_decide(&facts, &wishes);
    return 0;
}

int admit_is_done(struct admit *ad, const struct row *r, size_t step, struct err *e)
{
    const struct target *t = &ad->p->targets[r->steps[step].target];
    enum admission admission;
    struct ledger_known *item;
    bool turned;

    if (ledger_block_find(ad->known, t->ledger_id, r->key, &item, e) != 0)
        return -1;
    if (item->id == 0 || !state_is_done(item->state))
        return 0;
    return decide(ad, r, step, item, false, &admission, &turned, e) == 0 ? admission != ADMIT_SEND
                                                                         : -1;
}

/* It is as if the run had stopped before it. */
static int leave_unsent(struct admit *ad, struct row *r, const struct target *closed)
{
    issue_leave_out(ad->issue, closed);
    return rest(r, STATUS_UNSENT);
}

static int leave_out(struct admit *ad, struct row *r, struct err *e)
{
    r->why = "over --limit";
    rest(r, STATUS_SKIPPED);
    return admit_put_row(ad, r, LEDGER_ROW_SKIPPED, 0, NULL, r->why, e);
}

int admit_step(struct admit *ad, struct row *r, struct err *e)
{
    const struct target *closed = find_closed(ad, r);
    struct target *t = &ad->p->targets[present(r)->target];
    enum admission admission = ADMIT_SEND;
    struct ledger_known *item;
    bool turned = false;

    if (ledger_block_find(ad->known, t->ledger_id, r->key, &item, e) != 0)
        return -1;
    if (item->id && decide(ad, r, r->at, item, closed != NULL, &admission, &turned, e) != 0)
        return -1;
    if (admission == ADMIT_SEND && closed)
        return leave_unsent(ad, r, closed);
    if (admission == ADMIT_SEND && !r->acted && !sample_allows(&ad->p->job->sample, ad->acted))
        return leave_out(ad, r, e);
    if (!item->id)
        return admit_new(ad, r, t, item, e);
    ad->retried += admission == ADMIT_SEND && item->state == STATE_FAILED && !turned;
    if (turned) { /* whatever became of the opposite, which its row goes on to say */
        if (ledger_block_leave(ad->known, item, e) != 0)
            return -1;
        item->state = STATE_PLANNED;
    }
    if (admission == ADMIT_DUPLICATE)
        return admit_duplicate(ad, r, item, e);
    return admit_known(ad, r, t, item, admission, e);
}
