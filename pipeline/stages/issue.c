/*
 * issue: the loop of the header.
 *
 * States of a flight (a step on its way; its item's state in the ledger in brackets):
 *
 *   READY    [planned]   to be sent, in the queue `ready`
 *   RESEND   [sending]   certainly had no effect; to be sent again, in `timers` or `ready`
 *   SENDING  [sending]   its request is at a lane
 *   PENDING  [accepted]  to be asked about, in `timers` or `questions`, or asked about at a lane
 *   LOST     [sending, unknown]  to be looked up, likewise
 *
 * A flight that comes to rest, or has to be left where it is, is freed.
 */
#include "stages/issue.h"

#include "adapters/http.h"
#include "adapters/ledger.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/mem.h"
#include "policy/ratefields.h"
#include "policy/redact.h"
#include "policy/retry.h"
#include "stages/settle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_NS (100 * CLOCK_NS_PER_MS)
/* A lost request is looked up early once, for it is mostly found then. */
#define LOOKUP_FIRST_NS (2 * CLOCK_NS_PER_S)
#define LOOKUP_GAP_NS CLOCK_NS_PER_S
/* What another run has had under way for longer than this is no longer in a queue. */
#define OTHERS_MS (INT64_C(24) * 3600 * 1000)
#define LIMITED_MAX 30 /* 429 in a row for one request */
#define LOSSES_MAX 20  /* of one step, each time found absent */
#define LOST_TEXT "sent, but the answer was lost"
#define UNREACHABLE "the server can't be reached: %s"
#define UNUSABLE "the server gives no usable answer: %s"

enum flight_state { FLIGHT_READY, FLIGHT_RESEND, FLIGHT_SENDING, FLIGHT_PENDING, FLIGHT_LOST };

struct flight {
    enum flight_state state;
    struct step *step; /* NULL: the question for the target's version */
    struct exchange x;
    struct flight *prev, *next; /* in `all` */
    struct flight *queued;      /* the next in `ready` or `questions` */
    char *fields;               /* of a row that attached itself, or NULL */
    size_t loaded;              /* its place in `loaded`, or SIZE_MAX */
    unsigned failures;          /* of the present request, in a row */
    unsigned limited;           /* 429 in a row */
    unsigned losses;            /* how often it was lost, and found absent */
    unsigned asked;             /* questions about the attempt */
    int64_t accepted_ns;        /* for settle */
    int64_t lost_ns;            /* when the present lookups began */
    int64_t quiet_ns;           /* LOST: a look since which the queue was still; 0: no look yet */
    bool queue_passed;          /* LOST: as the present lookup began */
    bool resend;                /* LOST: send it even if the server can't tell */
    struct lookup *lookup;      /* LOST only */
};

struct line {
    struct flight *first, **end;
    size_t n;
};

struct issue {
    const struct issue_options *o;
    const struct issue_driver *d;
    struct flight *all;
    struct flight **loaded; /* what issue_load found, by item id; NULL when gone */
    int64_t *loaded_ids;
    size_t n_loaded, cap_loaded;
    struct line ready;     /* READY and RESEND */
    struct line questions; /* due now */
    struct heap timers;
    struct flight *ask; /* the question for the version, while it is open */
    struct settle settle;
    size_t at_lanes, pending, alive;
    int64_t tried, failed; /* steps that came to rest by an answer */
    int64_t began_ns;
    uint64_t random;
    unsigned hold_failures; /* 429 without a word how long, in a row */
    bool gave_up;           /* an accepted attempt was left pending */
    bool exhausted;         /* next() has no more */
    bool cut_short;         /* … for it failed */
    bool no_sending, no_asking;
    bool said_unreachable; /* since the last answer */
    bool aborted;
    int64_t interrupted_ns;
    struct issue_end *end;
};

/* ---- lines ---- */

static void line_init(struct line *q)
{
    q->first = NULL;
    q->end = &q->first;
    q->n = 0;
}

static void line_put(struct line *q, struct flight *f)
{
    f->queued = NULL;
    *q->end = f;
    q->end = &f->queued;
    q->n++;
}

static struct flight *line_take(struct line *q)
{
    struct flight *f = q->first;

    q->first = f->queued;
    if (!q->first)
        q->end = &q->first;
    q->n--;
    return f;
}

/* ---- flights ---- */

static struct flight *flight_new(struct issue *is, struct step *s, enum flight_state state)
{
    struct flight *f = mem_zero(1, sizeof(*f));

    if (!f)
        return NULL;
    f->step = s;
    f->state = state;
    f->loaded = SIZE_MAX;
    exchange_init(&f->x, f);
    f->next = is->all;
    if (is->all)
        is->all->prev = f;
    is->all = f;
    is->alive++;
    return f;
}

static void flight_free(struct issue *is, struct flight *f)
{
    if (f->prev)
        f->prev->next = f->next;
    else
        is->all = f->next;
    if (f->next)
        f->next->prev = f->prev;
    if (f->loaded != SIZE_MAX)
        is->loaded[f->loaded] = NULL;
    is->alive--;
    exchange_release(&f->x);
    free(f->lookup);
    free(f->fields);
    free(f->step);
    free(f);
}

/* The flight is over for this run. */
static void flight_rest(struct issue *is, struct flight *f)
{
    if (f->step) {
        is->tried += f->step->state == STATE_SUCCESS || f->step->state == STATE_FAILED;
        is->failed += f->step->state == STATE_FAILED;
        is->d->rested(is->d->context, f->step);
    }
    flight_free(is, f);
}

static int move(struct issue *is, struct flight *f, struct ledger_move *m, struct err *e)
{
    m->tries = f->step->tries;
    m->now_ms = clock_wall_ms();
    if (!m->http_status)
        m->http_status = f->x.answer.status;
    if (ledger_move(is->o->ledger, f->step->item, m, e) != 0)
        return -1;
    f->step->state = m->to;
    return 0;
}

static int move_to(struct issue *is, struct flight *f, enum state to, const char *error,
                   struct err *e)
{
    struct ledger_move m = {.to = to, .error = error};

    return move(is, f, &m, e);
}

static int wait_until(struct issue *is, struct flight *f, int64_t due_ns, struct err *e)
{
    return heap_push(&is->timers, due_ns, f) == 0 ? 0 : err_nomem(e);
}

static int64_t backoff(struct issue *is, unsigned failures)
{
    return retry_backoff_ns(failures, retry_random(&is->random));
}

/* ---- stopping ---- */

__attribute__((format(printf, 2, 3))) static void stop_sending(struct issue *is, const char *fmt,
                                                               ...)
{
    va_list args;

    is->no_sending = true;
    if (is->end->stopped[0])
        return;
    va_start(args, fmt);
    vsnprintf(is->end->stopped, sizeof(is->end->stopped), fmt, args);
    va_end(args);
}

/* ---- accepted: follow it ---- */

static int follow(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    f->state = FLIGHT_PENDING;
    f->failures = f->limited = f->asked = 0;
    f->accepted_ns = now;
    is->pending++;
    exchange_release(&f->x); /* thousands may be waiting */
    return wait_until(is, f, settle_due(&is->settle, now, 0, now), e);
}

static int accept(struct issue *is, struct flight *f, const char *attempt, int64_t now,
                  struct err *e)
{
    struct ledger_move m = {.to = STATE_ACCEPTED, .attempt = attempt};

    if (move(is, f, &m, e) != 0)
        return -1;
    snprintf(f->step->attempt, sizeof(f->step->attempt), "%s", attempt);
    return follow(is, f, now, e);
}

/* ---- lost: look it up ---- */

/* A lookup that knows nothing yet, to begin at due_ns. */
static int begin_lookup(struct issue *is, struct flight *f, int64_t due_ns, struct err *e)
{
    if (!f->lookup)
        f->lookup = mem_zero(1, sizeof(*f->lookup));
    if (!f->lookup)
        return err_nomem(e);
    memset(f->lookup, 0, sizeof(*f->lookup));
    f->lookup->intent_ms = f->step->intent_ms;
    f->failures = f->limited = 0;
    return wait_until(is, f, due_ns, e);
}

static int lose(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    int64_t delay = is->o->queue_delay_ns;

    f->state = FLIGHT_LOST;
    f->lost_ns = now;
    f->quiet_ns = 0;
    return begin_lookup(is, f, now + (delay < LOOKUP_FIRST_NS ? delay : LOOKUP_FIRST_NS), e);
}

/* Claims of one collection are done one after the other, and those that stand before f may be lost as
 * well.  So the queue's delay counts between two looks of f, from the first after which the queue was not
 * seen to move or to hold anything.  What was given up on still lies in it, for all that is known. */
static void note_queue(const struct issue *is, struct flight *f, bool others, int64_t now)
{
    if (f->quiet_ns == 0 || others || is->pending > 0 || is->gave_up ||
        is->settle.moved_ns >= f->quiet_ns)
        f->quiet_ns = now;
}

/* How long until the queue has had the time to work off what was sent with f; 0: it has. */
static int64_t queue_left_ns(const struct issue *is, const struct flight *f)
{
    int64_t left_ns = is->o->queue_delay_ns - (clock_now_ns() - f->quiet_ns);

    return left_ns > 0 ? left_ns : 0;
}

/* Whether the queue has passed is judged before the first question of a lookup leaves: an answer tells
 * how things were some time after the question left, and no later. */
static int mind_queue(struct issue *is, struct flight *f, struct err *e)
{
    int others;

    if (f->lookup->asked++ > 0)
        return 0;
    /* Another claim of the same collection shares the queue. */
    others = ledger_others_under_way(is->o->ledger, is->o->run, clock_wall_ms() - OTHERS_MS, e);
    if (others < 0)
        return -1;
    note_queue(is, f, others > 0, clock_now_ns());
    f->queue_passed = queue_left_ns(is, f) == 0;
    return 0;
}

/* Send it (again), if a row of this run says with which fields. */
static int send_lost(struct issue *is, struct flight *f, struct err *e)
{
    if (move_to(is, f, STATE_PLANNED, NULL, e) != 0)
        return -1;
    if (f->fields)
        f->step->fields = f->fields;
    if (!f->step->fields) {
        flight_rest(is, f);
        return 0;
    }
    f->state = FLIGHT_READY;
    f->failures = f->limited = 0;
    if (++f->losses >= LOSSES_MAX)
        stop_sending(is, UNUSABLE, f->x.answer.problem[0] ? f->x.answer.problem : "each is lost");
    line_put(&is->ready, f);
    return 0;
}

/* The server could not tell. */
static int rest_unknown(struct issue *is, struct flight *f, struct err *e)
{
    const char *why = f->lookup->text;
    char error[ACTION_TEXT_MAX];

    if (f->resend)
        return send_lost(is, f, e);
    snprintf(error, sizeof(error), LOST_TEXT "; the server can't tell whether it was taken%s%s%s",
             *why ? " (" : "", why, *why ? ")" : "");
    redact_apply(is->o->secrets, error);
    if (f->step->state != STATE_UNKNOWN && move_to(is, f, STATE_UNKNOWN, error, e) != 0)
        return -1;
    flight_rest(is, f);
    return 0;
}

/* Looking up ends when nothing in the queue has moved for so long that it would be given up as well. */
static bool lookup_over(const struct issue *is, const struct flight *f, int64_t now)
{
    int64_t since = f->lost_ns > is->settle.moved_ns ? f->lost_ns : is->settle.moved_ns;

    /* With short times, too, there is room for more than one look. */
    return now - since > is->o->queue_delay_ns + is->o->settle_timeout_ns + 5 * LOOKUP_GAP_NS;
}

/* Is a request for the same recipient at the server, whose attempt may be what f's lookup has found? */
static bool has_rival(const struct issue *is, const struct flight *f)
{
    for (const struct flight *other = is->all; other; other = other->next)
        if (other->state == FLIGHT_SENDING &&
            strcmp(other->step->recipient, f->step->recipient) == 0)
            return true;
    return false;
}

/* All questions of a lookup are answered, as far as they can be. */
static int lookup_done(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    const struct lookup *l = f->lookup;
    int64_t foreign = 0, left_ns;
    const char *ours = NULL;

    for (unsigned i = 0; i < l->n_candidates; i++) {
        int known = ledger_has_attempt(is->o->ledger, is->o->run, l->candidates[i].attempt,
                                       f->step->item, e);
        if (known < 0)
            return -1;
        if (known)
            foreign += l->candidates[i].success;
        else if (!ours || l->candidates[i].success)
            ours = l->candidates[i].attempt;
    }
    if (has_rival(is, f))
        return begin_lookup(is, f, now + LOOKUP_GAP_NS, e);
    if (ours) {
        is->settle.moved_ns = now; /* the queue has moved, or somebody's in it */
        return accept(is, f, ours, now, e);
    }
    switch (reconcile_decide(l, foreign, f->queue_passed)) {
    case RECONCILED_ABSENT:
        return send_lost(is, f, e);
    case RECONCILED_LATER:
        if (lookup_over(is, f, now))
            return rest_unknown(is, f, e);
        left_ns = queue_left_ns(is, f);
        return begin_lookup(is, f, now + (left_ns > LOOKUP_GAP_NS ? left_ns : LOOKUP_GAP_NS), e);
    case RECONCILED_UNKNOWN:
        break;
    }
    return rest_unknown(is, f, e);
}

/* ---- what an answer means for its flight ---- */

static int again(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    f->failures++;
    if (f->x.answer.fate == FATE_NOT_SENT && !is->said_unreachable) {
        char text[sizeof(f->x.answer.problem) + 64];

        snprintf(text, sizeof(text), "the server can't be reached, trying again: %s",
                 f->x.answer.problem);
        is->d->say(is->d->context, text);
        is->said_unreachable = true;
    }
    return wait_until(is, f, now + backoff(is, f->failures), e);
}

/* The server refuses for its limit's sake, and may have said how long (limit_observe knows). */
static int limited(struct issue *is, struct flight *f, const struct rate_facts *rate, int64_t now,
                   struct err *e)
{
    if (rate->retry_after_ns < 0 && rate->reset_ns < 0)
        limit_hold(is->o->limit, now + backoff(is, ++is->hold_failures));
    else if (rate->retry_after_ns <= 0 && rate->reset_ns <= 0)
        limit_hold(is->o->limit, now + RETRY_BASE_NS); /* "at once", and yet refused */
    if (++f->limited == LIMITED_MAX) {
        stop_sending(is, "the server keeps answering 429 (rate limit): try again later");
        is->no_asking = true;
    }
    return wait_until(is, f, now, e);
}

static int handle_sent(struct issue *is, struct flight *f, const struct verdict *v,
                       const struct rate_facts *rate, int64_t now, struct err *e)
{
    switch (v->kind) {
    case VERDICT_ACCEPTED:
        return accept(is, f, v->attempt, now, e);
    case VERDICT_DONE:
    case VERDICT_REFUSED:
        if (move_to(is, f, v->kind == VERDICT_DONE ? STATE_SUCCESS : STATE_FAILED, v->text, e) != 0)
            return -1;
        flight_rest(is, f);
        return 0;
    case VERDICT_LIMITED:
        f->state = FLIGHT_RESEND;
        return limited(is, f, rate, now, e);
    case VERDICT_AGAIN:
        f->state = FLIGHT_RESEND;
        if (f->failures + 1 < is->o->tries_max)
            return again(is, f, now, e);
        stop_sending(is, UNREACHABLE, v->text);
        return wait_until(is, f, now, e);
    case VERDICT_STOP:
        f->state = FLIGHT_RESEND;
        stop_sending(is, "%s", v->text);
        return wait_until(is, f, now, e);
    case VERDICT_LOST:
    case VERDICT_PENDING:
        break;
    }
    if (is->o->action->repeatable) {
        f->state = FLIGHT_RESEND;
        return again(is, f, now, e);
    }
    return lose(is, f, now, e);
}

static int handle_polled(struct issue *is, struct flight *f, const struct verdict *v,
                         const struct rate_facts *rate, int64_t now, struct err *e)
{
    struct ledger_move m = {.to = v->kind == VERDICT_DONE ? STATE_SUCCESS : STATE_FAILED,
                            .error = v->kind == VERDICT_DONE ? NULL : v->text,
                            .reserved = v->reserved};

    if (v->kind == VERDICT_LIMITED && !settle_over(&is->settle, f->accepted_ns, now))
        return limited(is, f, rate, now, e);
    if (v->kind == VERDICT_STOP) {
        stop_sending(is, "%s", v->text);
        is->no_asking = true;
        return wait_until(is, f, now, e);
    }
    if (v->kind == VERDICT_DONE || v->kind == VERDICT_REFUSED) {
        settle_learn(&is->settle, f->accepted_ns, ++f->asked, true, now);
        is->pending--;
        if (move(is, f, &m, e) != 0)
            return -1;
        flight_rest(is, f);
        return 0;
    }
    if (settle_over(&is->settle, f->accepted_ns, now)) {
        is->gave_up = true;
        is->pending--;
        flight_rest(is, f);
        return 0;
    }
    if (v->kind == VERDICT_AGAIN)
        return again(is, f, now, e);
    settle_learn(&is->settle, f->accepted_ns, ++f->asked, false, now);
    return wait_until(is, f, settle_due(&is->settle, f->accepted_ns, f->asked, now), e);
}

static int handle_looked_up(struct issue *is, struct flight *f, const struct verdict *v,
                            const struct rate_facts *rate, int64_t now, struct err *e)
{
    struct exchange none;
    bool more;

    switch (v->kind) {
    case VERDICT_LIMITED:
        return limited(is, f, rate, now, e);
    case VERDICT_STOP:
        stop_sending(is, "%s", v->text);
        is->no_asking = true;
        return wait_until(is, f, now, e);
    case VERDICT_AGAIN:
        if (f->failures + 1 < is->o->tries_max)
            return again(is, f, now, e);
        snprintf(f->lookup->text, sizeof(f->lookup->text), "%.200s", v->text);
        return rest_unknown(is, f, e);
    default:
        break;
    }
    f->failures = f->limited = 0;
    exchange_init(&none, NULL);
    more = is->o->action->lookup(is->o->target, f->step, f->lookup, &none.request);
    exchange_release(&none);
    return more ? wait_until(is, f, now, e) : lookup_done(is, f, now, e);
}

/* The version of the target, without which nothing can be sent. */
static int handle_asked(struct issue *is, struct flight *f, const struct verdict *v,
                        const struct rate_facts *rate, int64_t now, struct err *e)
{
    if (v->kind == VERDICT_LIMITED && !is->no_sending)
        return limited(is, f, rate, now, e);
    if (v->kind == VERDICT_AGAIN && f->failures + 1 < is->o->tries_max)
        return again(is, f, now, e);
    if (v->kind == VERDICT_AGAIN)
        stop_sending(is, f->x.answer.fate == FATE_ANSWERED ? UNUSABLE : UNREACHABLE, v->text);
    else if (v->kind == VERDICT_STOP)
        stop_sending(is, "%s", v->text);
    else if (v->kind != VERDICT_DONE)
        stop_sending(is, "%s %s: %s: check its id", is->o->action->name, is->o->target->id,
                     v->text);
    is->ask = NULL;
    flight_free(is, f);
    return 0;
}

/* Tell the limiter what the answer says of the limit, and a person if it means a long wait. */
static void observe(struct issue *is, const struct answer *a, struct rate_facts *rate, int64_t now)
{
    int64_t wait_ns = limit_wait(is->o->limit, now);
    char text[128];

    *rate = (struct rate_facts)RATE_FACTS_NONE;
    if (a->fate != FATE_ANSWERED)
        return;
    is->said_unreachable = false;
    ratefields_read_head(rate, (struct slice){a->head.ptr, a->head.len}, a->wall_ms);
    /* Retry-After counts on a refusal alone. */
    if (a->status != 429 && a->status != 503)
        rate->retry_after_ns = -1;
    limit_observe(is->o->limit, rate, (int64_t)is->at_lanes, now);
    if (a->status != 429)
        is->hold_failures = 0;
    if (limit_wait(is->o->limit, now) > wait_ns + 2 * CLOCK_NS_PER_S) {
        snprintf(text, sizeof(text), "the server asks to wait: nothing is sent for %lld s",
                 (long long)(limit_wait(is->o->limit, now) / CLOCK_NS_PER_S));
        is->d->say(is->d->context, text);
    }
}

static int handle(struct issue *is, struct flight *f, struct err *e)
{
    const struct action *action = is->o->action;
    const struct answer *a = &f->x.answer;
    int64_t now = clock_now_ns();
    struct rate_facts rate;
    struct verdict v;

    is->at_lanes--;
    observe(is, a, &rate, now);
    if (f == is->ask)
        action->read_ask(is->o->target, a, &v);
    else if (f->state == FLIGHT_SENDING)
        action->read_send(a, &v);
    else if (f->state == FLIGHT_PENDING)
        action->read_poll(a, &v);
    else
        action->read_lookup(f->step, f->lookup, a, &v);
    redact_apply(is->o->secrets, v.text);

    if (f == is->ask)
        return handle_asked(is, f, &v, &rate, now, e);
    if (f->state == FLIGHT_SENDING)
        return handle_sent(is, f, &v, &rate, now, e);
    if (f->state == FLIGHT_PENDING)
        return handle_polled(is, f, &v, &rate, now, e);
    return handle_looked_up(is, f, &v, &rate, now, e);
}

/* ---- letting requests go ---- */

/* What is due goes where it waits for its turn. */
static void sort_due(struct issue *is, int64_t now)
{
    const struct heap_entry *top;

    while ((top = heap_peek(&is->timers)) && top->due <= now) {
        struct flight *f = heap_pop(&is->timers);

        line_put(f->state == FLIGHT_RESEND ? &is->ready : &is->questions, f);
    }
}

/* Keep as many steps at hand as can be in flight. */
static int refill(struct issue *is, struct err *e)
{
    while (!is->exhausted && !is->no_sending && is->ready.n < is->o->in_flight) {
        struct step *s = NULL;
        struct flight *f;

        if (is->d->next(is->d->context, &s, e) != 0) {
            /* What was sent is followed to its end all the same. */
            is->exhausted = is->cut_short = is->no_sending = true;
            break;
        }
        if (!s) {
            is->exhausted = true;
            break;
        }
        f = flight_new(is, s, FLIGHT_READY);
        if (!f) {
            free(s);
            return err_nomem(e);
        }
        line_put(&is->ready, f);
    }
    return 0;
}

/* The target is asked about once, when the first step is to be sent. */
static int ask_target(struct issue *is, struct err *e)
{
    if (!target_is_open(is->o->target) || is->ask || !is->ready.n || is->no_sending)
        return 0;
    is->ask = flight_new(is, NULL, FLIGHT_PENDING);
    if (!is->ask)
        return err_nomem(e);
    line_put(&is->questions, is->ask);
    return 0;
}

static bool may_send(const struct issue *is)
{
    return is->ready.n > 0 && !is->no_sending && is->pending < ISSUE_PENDING_MAX &&
           !target_is_open(is->o->target);
}

static bool may_ask(const struct issue *is)
{
    return is->questions.n > 0 && !is->no_asking;
}

/* Steps whose recipients have claimed by another way are done, at no cost. */
static int pass_claimed(struct issue *is, struct err *e)
{
    const struct claimed *claimed = is->o->target->claimed;

    while (claimed && may_send(is) && is->ready.first->state == FLIGHT_READY &&
           claimed_has(claimed, is->ready.first->step->recipient)) {
        struct flight *f = line_take(&is->ready);

        if (move_to(is, f, STATE_ELSEWHERE, "claimed elsewhere", e) != 0)
            return -1;
        flight_rest(is, f);
    }
    return 0;
}

/* What the user's credits allow; a step that can't be afforded any more ends the sending. */
static void mind_credits(struct issue *is, size_t going)
{
    int64_t requests = (int64_t)(is->end->requests + going);
    int64_t waiting = (int64_t)(is->alive - is->ready.n);

    if (may_send(is) && !stoprule_affords_step(is->o->stoprule, requests, waiting))
        stop_sending(is, "the credits are used up (--max-credits)");
    if (may_ask(is) && !stoprule_affords(is->o->stoprule, requests)) {
        stop_sending(is, "the credits are used up (--max-credits)");
        is->no_asking = true;
    }
}

/* The next flight that may go into *out, or NULL.  Questions first: they end what was begun. */
static int choose(struct issue *is, size_t going, int64_t now, struct flight **out, struct err *e)
{
    *out = NULL;
    if (pass_claimed(is, e) != 0)
        return -1;
    mind_credits(is, going);
    if (is->at_lanes + going < is->o->in_flight && (may_ask(is) || may_send(is)) &&
        limit_take(is->o->limit, now) == 0)
        *out = line_take(may_ask(is) ? &is->questions : &is->ready);
    return 0;
}

/* Make the flight's request; a send becomes an intent in the ledger. */
static int prepare(struct issue *is, struct flight *f, struct err *e)
{
    const struct action *action = is->o->action;
    struct ledger_move m = {.to = STATE_SENDING};

    exchange_reset(&f->x);
    if (f == is->ask) {
        action->ask(is->o->target, &f->x.request);
    } else if (f->state == FLIGHT_PENDING) {
        action->poll(is->o->target, f->step, &f->x.request);
    } else if (f->state == FLIGHT_LOST) {
        if (mind_queue(is, f, e) != 0)
            return -1;
        action->lookup(is->o->target, f->step, f->lookup, &f->x.request);
    } else {
        action->send(is->o->target, f->step, &f->x.request);
        f->step->tries++;
        f->step->intent_ms = m.intent_ms = clock_wall_ms();
        /* Also when it is sent again: what may be in the queue is judged by the last intent's time. */
        if (move(is, f, &m, e) != 0)
            return -1;
        f->state = FLIGHT_SENDING;
    }
    if (!text_ok(&f->x.request.path) || !text_ok(&f->x.request.body))
        return err_nomem(e);
    return 0;
}

/* Everything that may go now: intents, commit, and then the bytes. */
static int dispatch(struct issue *is, struct err *e)
{
    int64_t now = clock_now_ns();
    struct line going;
    struct flight *f;

    line_init(&going);
#ifdef CLAIMPIPE_BREAK_INTENT
    if (ledger_commit(is->o->ledger, e) != 0)
        return -1;
#endif
    for (;;) {
        if (choose(is, going.n, now, &f, e) != 0)
            return -1;
        if (!f)
            break;
        if (prepare(is, f, e) != 0)
            return -1;
        line_put(&going, f);
    }
#ifndef CLAIMPIPE_BREAK_INTENT /* `make crash` shows that it finds this out */
    if (ledger_commit(is->o->ledger, e) != 0)
        return -1;
#endif
    while (going.n) {
        f = line_take(&going);
        is->at_lanes++;
        is->end->requests++;
        http_pool_submit(is->o->pool, &f->x);
    }
    return 0;
}

/* ---- the loop ---- */

static int64_t sleep_ns(const struct issue *is, int64_t now)
{
    const struct heap_entry *top = heap_peek(&is->timers);
    int64_t wait = TICK_NS;

    if (top && top->due - now < wait)
        wait = top->due - now;
    if (is->at_lanes < is->o->in_flight && (may_ask(is) || may_send(is))) {
        int64_t limit = limit_wait(is->o->limit, now);

        if (limit < wait)
            wait = limit;
    }
    return wait < 0 ? 0 : wait;
}

static int take_in(struct issue *is, int64_t wait_ns, struct err *e)
{
    struct exchange *x = http_pool_collect(is->o->pool, wait_ns), *next;
    int rc = 0;

    for (; x; x = next) {
        next = x->next;
        if (rc == 0)
            rc = handle(is, x->owner, e);
        else
            is->at_lanes--; /* the ledger is gone: what these answers say is found out by a later run */
    }
    return rc;
}

/* The rules by which the user wants the run to stop. */
static void heed_rules(struct issue *is, int64_t now)
{
    struct stoprule_facts facts = {is->tried, is->failed, now - is->began_ns};
    char why[STOPRULE_TEXT_MAX];

    if (is->no_sending || !stoprule_stops(is->o->stoprule, &facts, why))
        return;
    stop_sending(is, "%s", why);
}

static void heed_signal(struct issue *is, int signal, int64_t now)
{
    if (signal && !is->interrupted_ns) {
        is->end->signal = signal;
        is->interrupted_ns = now;
        is->no_sending = is->no_asking = true;
        if (is->at_lanes > 0)
            is->d->say(is->d->context, "interrupted: waiting for the answers that are under way; a "
                                       "second signal ends at once");
    }
    if (is->interrupted_ns && now - is->interrupted_ns > ISSUE_GRACE_NS && !is->aborted) {
        is->aborted = true;
        http_pool_abort(is->o->pool);
    }
}

/* Is there anything left that may still happen in this run? */
static bool is_over(const struct issue *is)
{
    if (is->at_lanes > 0)
        return false;
    if (is->no_sending && is->no_asking)
        return true;
    if (!is->no_sending)
        return is->exhausted && is->alive == 0;
    for (const struct flight *f = is->all; f; f = f->next)
        if (f->state == FLIGHT_PENDING || f->state == FLIGHT_LOST)
            return false;
    return true;
}

/* What certainly had no effect goes back; the rest stays as it is for a later run. */
static int leave(struct issue *is, struct err *e)
{
    int rc = 0;

    for (struct flight *f = is->all, *next; f; f = next) {
        next = f->next;
        if (rc == 0 && f->state == FLIGHT_RESEND)
            rc = move_to(is, f, STATE_PLANNED, NULL, e);
        flight_rest(is, f);
    }
    return rc == 0 ? ledger_commit(is->o->ledger, e) : -1;
}

int issue_run(struct issue *is, struct issue_end *end, struct err *e)
{
    int rc = 0;

    memset(end, 0, sizeof(*end));
    is->end = end;
    is->began_ns = clock_now_ns();
    do {
        int64_t now = clock_now_ns();

        heed_signal(is, is->d->tick(is->d->context, is->alive - is->ready.n, now), now);
        heed_rules(is, now);
        sort_due(is, now);
        if (refill(is, e) != 0 || ask_target(is, e) != 0 || dispatch(is, e) != 0 ||
            (!is_over(is) && take_in(is, sleep_ns(is, clock_now_ns()), e) != 0)) {
            rc = -1;
            break;
        }
    } while (!is_over(is));
    if (rc != 0) {
        /* Without a ledger no answer can be written down: give up what is under way. */
        http_pool_abort(is->o->pool);
        while (is->at_lanes > 0)
            for (struct exchange *x = http_pool_collect(is->o->pool, TICK_NS); x; x = x->next)
                is->at_lanes--;
    }
    return leave(is, e) == 0 && !is->cut_short ? rc : -1;
}

/* ---- beginning and end ---- */

struct issue *issue_new(const struct issue_options *o, const struct issue_driver *d, struct err *e)
{
    struct issue *is = mem_zero(1, sizeof(*is));

    if (!is) {
        err_nomem(e);
        return NULL;
    }
    is->o = o;
    is->d = d;
    is->random = o->seed;
    heap_init(&is->timers);
    line_init(&is->ready);
    line_init(&is->questions);
    settle_init(&is->settle, o->settle_timeout_ns, clock_now_ns());
    return is;
}

void issue_free(struct issue *is)
{
    if (!is)
        return;
    for (struct flight *f = is->all, *next; f; f = next) {
        next = f->next;
        flight_free(is, f);
    }
    heap_release(&is->timers);
    free(is->loaded_ids);
    free(is->loaded);
    free(is);
}

static int load_reserve(struct issue *is)
{
    size_t cap = is->cap_loaded ? is->cap_loaded * 2 : 64;
    struct flight **flights;
    int64_t *ids;

    if (is->n_loaded < is->cap_loaded)
        return 0;
    flights = mem_resize(is->loaded, cap, sizeof(*flights));
    if (!flights)
        return -1;
    is->loaded = flights;
    ids = mem_resize(is->loaded_ids, cap, sizeof(*ids));
    if (!ids)
        return -1;
    is->loaded_ids = ids;
    is->cap_loaded = cap;
    return 0;
}

static int load_one(void *context, const struct ledger_item *item, struct err *e)
{
    struct issue *is = context;
    struct step *s = load_reserve(is) == 0 ? step_new(item->recipient, NULL) : NULL;
    struct flight *f = s ? flight_new(is, s, FLIGHT_LOST) : NULL;
    int64_t now = clock_now_ns();

    if (!f) {
        free(s);
        return err_nomem(e);
    }
    s->item = item->id;
    s->state = item->state;
    s->tries = item->tries;
    s->intent_ms = item->intent_ms;
    f->loaded = is->n_loaded;
    is->loaded_ids[is->n_loaded] = item->id;
    is->loaded[is->n_loaded++] = f;
    if (item->state != STATE_ACCEPTED) {
        f->lost_ns = now;
        return begin_lookup(is, f, now, e);
    }
    snprintf(s->attempt, sizeof(s->attempt), "%s", item->attempt);
    f->state = FLIGHT_PENDING;
    f->accepted_ns = now;
    is->pending++;
    return wait_until(is, f, now, e);
}

int issue_load(struct issue *is, struct err *e)
{
    return ledger_under_way(is->o->ledger, is->o->run, load_one, is, e);
}

int issue_attach(struct issue *is, int64_t item, const char *fields, bool resend, struct err *e)
{
    size_t low = 0, high = is->n_loaded;
    struct flight *f;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (is->loaded_ids[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    f = low < is->n_loaded && is->loaded_ids[low] == item ? is->loaded[low] : NULL;
    if (!f)
        return 0;
    if (!f->fields) {
        f->fields = mem_copy(fields, strlen(fields));
        if (!f->fields)
            return err_nomem(e);
    }
    f->step->of_row = true;
    f->resend = resend;
    return 1;
}
