/*
 * issue: the loop of the header: whose turn it is, what leaves, when it is over.  The states of what is
 * under way: issue_flight.h.
 */
#include "stages/issue.h"

#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "issue_internal.h"
#include "issue_looks.h"
#include "issue_sweep.h"
#include "policy/claimed.h"
#include "stages/budget.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_NS (100 * CLOCK_NS_PER_MS)
/* Planned steps at hand, so that requests which carry several are filled. */
#define READY_MAX 20000
/* … for each that may be under way. */
#define READY_OF_SEVERAL 16
#define NO_CREDITS "the credits are used up (--max-credits)"

/* ---- what is to be done ---- */

static void put_due(struct flight *f)
{
    struct channel *c = f->aim->channel;
    bool send = f->state == FLIGHT_RESEND || f->state == FLIGHT_READY;

    c->n_put_off -= f->put_off;
    f->put_off = false;

    line_put(send ? &c->resends : &c->questions, f);
}

/* What is due goes where it waits for its turn. */
static int sort_due(struct issue *is, int64_t now, struct err *e)
{
    const struct heap_entry *top;

    while ((top = heap_peek(&is->timers)) && top->due <= now) {
        struct flight *f = heap_pop(&is->timers);

        if (f->state == FLIGHT_TIME && f->aim->time_ns > now)
            continue; /* it was put forward, and this is how it stood before */
        if (f->state == FLIGHT_TIME) {
            f->aim->time_ns = INT64_MAX;
            if (issue_list_if_due(is, f->aim, now, e) != 0)
                return -1;
        } else if (f->state == FLIGHT_LOST && f->looked > 0) {
            if (issue_lookup_done(is, f, now, e) != 0)
                return -1;
        } else if (f->state == FLIGHT_LOST && !f->aim->target->action->lookup) {
            if (issue_rest_unknown(is, f, e) != 0)
                return -1;
        } else if (issue_seeks(f)) {
            if (issue_seek(is, f, e) != 0)
                return -1;
        } else {
            put_due(f);
        }
    }
    return 0;
}

/* A step that was accepted before is asked about together with its like. */
static int follow_step(struct issue *is, struct aim *aim, struct step *s, struct err *e)
{
    struct flight *f = aim->following_refill == is->refills ? aim->following : NULL;
    int64_t now = clock_now_ns();

    if (f && f->n < aim->target->batch) {
        flight_add(is, f, s);
        is->pending++;
        aim->queued++;
        return 0;
    }
    f = aim->following = flight_new(is, aim, FLIGHT_PENDING);
    aim->following_refill = is->refills;
    if (!f) {
        step_rest(is, s);
        step_free(s);
        return err_nomem(e);
    }
    flight_add(is, f, s);
    return issue_follow(is, f, now, now, e);
}

static struct step *load_step(struct aim *aim, const struct ledger_item *item)
{
    struct step *s = step_new(aim->target, item->recipient, NULL);

    if (!s)
        return NULL;
    s->item = item->id;
    s->state = item->state;
    s->tries = item->tries;
    s->doubtful = item->doubtful;
    s->intent_ms = item->intent_ms;
    snprintf(s->attempt, sizeof(s->attempt), "%s", item->attempt);
    return s;
}

/* What the row says goes to f, whose step is what the ledger says. */
static int take_row(struct flight *f, const char *recipient, const char *fields)
{
    f->recipient = mem_copy(recipient, strlen(recipient));
    f->fields = f->recipient ? mem_copy(fields, strlen(fields)) : NULL;
    return f->fields ? 0 : -1;
}

struct known {
    struct aim *aim;
    struct step *step;
    int64_t floor;
};

static int load_known(void *context, const struct ledger_item *item, struct err *e)
{
    struct known *k = context;

    k->step = load_step(k->aim, item);
    k->floor = item->floor;
    return k->step ? 0 : err_nomem(e);
}

/* What was refused may lie in a queue all the same, if its refusal leaves a doubt: as long as that may take. */
static int64_t doubt_ends(const struct issue *is, const struct step *known, int64_t now)
{
    int64_t past = (clock_wall_ms() - known->intent_ms) * CLOCK_NS_PER_MS;

    if (!known->doubtful || known->state == STATE_UNKNOWN || past >= is->o->queue_delay_ns)
        return now;
    /* The clock may have been put back. */
    return now + is->o->queue_delay_ns - (past > 0 ? past : 0);
}

/* A step that was sent before, and is to be sent again: first it is seen what became of that. */
static int look_first(struct issue *is, struct aim *aim, struct step *s, struct err *e)
{
    bool refused = s->state != STATE_UNKNOWN;
    struct known k = {.aim = aim};
    struct step *known;
    struct flight *f;
    int64_t now = clock_now_ns();

    if (ledger_get(is->o->ledger, s->item, load_known, &k, e) != 1) {
        if (!e->text[0])
            err_set(e, EXIT_OUTPUT, "the ledger has lost item %lld", (long long)s->item);
        goto err0;
    }
    known = k.step;
    f = flight_new(is, aim, FLIGHT_LOST);
    if (!f || take_row(f, s->recipient, s->fields) != 0) {
        err_nomem(e);
        goto err1;
    }
    known->row = s->row;
    f->floor = k.floor;
    flight_add(is, f, known);
    step_free(s);
    f->resend = !refused;
    f->doubtful = known->doubtful;
    is->looked_up += refused;
    return issue_look_up(is, f, refused ? RECONCILE_REFUSED : RECONCILE_LOST, now,
                         doubt_ends(is, known, now), e);

err1:
    if (f)
        flight_free(is, f);
    step_free(known);
err0:
    step_rest(is, s);
    step_free(s);
    return -1;
}

static bool is_seen_first(const struct step *s)
{
    return s->state != STATE_PLANNED || (s->doubtful && !s->target->action->repeatable);
}

static size_t less(size_t most, size_t n)
{
    return n < most ? most - n : 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* As many steps are kept at hand as can be in flight, whatever becomes of them: they are sent, followed, or looked up
 * first. */
static size_t wants(const struct issue *is)
{
    if (is->course != COURSE_SENDING)
        return 0;
    return least(less(is->ready_max, is->n_ready),
                 least(less(ISSUE_PENDING_MAX, is->pending), less(is->ready_max, is->looked_up)));
}

static int take_step(struct issue *is, struct step *s, struct err *e)
{
    struct aim *aim = &is->aims[s->target->number];

    if (s->state == STATE_ACCEPTED)
        return follow_step(is, aim, s, e);
    if (is_seen_first(s))
        return look_first(is, aim, s, e);
    aim_put(is, aim, s);
    return 0;
}

/* Of those behind one that can't be taken nothing has left yet. */
static int take_all(struct issue *is, struct step *steps, struct err *e)
{
    int rc = 0;

    for (struct step *s = steps, *next; s; s = next) {
        next = s->next;
        s->next = NULL;
        if (rc == 0) {
            rc = take_step(is, s, e);
        } else {
            step_rest(is, s);
            step_free(s);
        }
    }
    return rc;
}

static int refill(struct issue *is, struct err *e)
{
    size_t most;

    is->refills++;
    if (is->supply == SUPPLY_BROKEN)
        return 0;
    is->supply = SUPPLY_LATER;
    while ((most = wants(is)) > 0) {
        struct step *s = NULL;
        int next = is->d->next(is->d->context, most, &s, e);

        if (next == ISSUE_STEP) {
            if (take_all(is, s, e) != 0)
                return -1;
            continue;
        }
        if (next == ISSUE_LATER)
            return 0;
        is->supply = next < 0 ? SUPPLY_BROKEN : SUPPLY_NONE;
        if (next < 0) /* what was sent is followed to its end all the same */
            issue_go(is, COURSE_FOLLOWING);
        return 0;
    }
    is->supply = SUPPLY_ENOUGH;
    return 0;
}

static bool is_open(const struct aim *aim)
{
    const struct target *t = aim->target;

    return t->action->is_open && t->action->is_open(t);
}

/* A target is asked about once, when the first step is to be sent to it. */
static int ask_target(struct issue *is, struct aim *aim, struct err *e)
{
    if (!is_open(aim) || aim->ask)
        return 0;
    aim->ask = flight_new(is, aim, FLIGHT_ASKING);
    if (!aim->ask)
        return err_nomem(e);
    line_put(&aim->channel->questions, aim->ask);
    return 0;
}

static int ask_targets(struct issue *is, const struct channel *c, struct err *e)
{
    struct aim *aim = c->turn;

    if (is->course != COURSE_SENDING)
        return 0;
    for (size_t i = 0; i < c->n_turn; i++, aim = aim->next)
        if (ask_target(is, aim, e) != 0)
            return -1;
    /* What an earlier run has lost may be sent again before anything else. */
    return c->resends.n > 0 ? ask_target(is, c->resends.first->aim, e) : 0;
}

static int ask_all_targets(struct issue *is, struct err *e)
{
    for (const struct channel *c = is->channels; c < is->channels + CHANNELS; c++)
        if (ask_targets(is, c, e) != 0)
            return -1;
    return 0;
}

/* What it does not take would fail in its queue. */
static bool has_room(const struct issue *is, const struct aim *aim)
{
    size_t under_way = aim->sending + aim->queued;

    if (is->o->stoprule->keep_going || room_allows(&aim->room, is->alive + 1))
        return true; /* without a look at each flight */
    /* What may have been taken holds its place until it is known. */
    return room_allows(&aim->room, under_way) &&
           room_allows(&aim->room, under_way + aim_lost(is, aim));
}

/* Targets that have something to send share what may be under way: one that answers slowly leaves the others theirs. */
static size_t share(const struct channel *c)
{
    size_t all = flow_allows(&c->flow);

    return c->n_turn > 1 ? (all + c->n_turn - 1) / c->n_turn : all;
}

/* May the steps of this target leave, as many as it has? */
static bool may_leave(const struct issue *is, const struct aim *aim)
{
    return !is_open(aim) && aim->sending < share(aim->channel) &&
           (aim->n_ready >= aim->target->batch || is->supply != SUPPLY_LATER) &&
           (is->o->stoprule->keep_going || hopeless_allows(&aim->answers, aim->sending)) &&
           has_room(is, aim);
}

/* The aim whose turn it is moves to the end of the circle, or out of it if it has nothing more. */
static void pass_turn(struct channel *c)
{
    struct aim *aim = c->turn;

    c->turn = aim->next;
    if (!c->turn)
        c->turn_end = &c->turn;
    c->n_turn--;
    aim->next = NULL;
    aim->in_turn = false;
    if (aim->n_ready == 0)
        return;
    aim->in_turn = true;
    *c->turn_end = aim;
    c->turn_end = &aim->next;
    c->n_turn++;
}

/* Turns the circle until it is the turn of one that may send; or there is none. */
static struct aim *next_aim(const struct issue *is, struct channel *c)
{
    size_t n = c->n_turn;

    if (is->course != COURSE_SENDING || is->pending >= ISSUE_PENDING_MAX)
        return NULL;
    for (; n > 0; n--) {
        if (c->turn->n_ready > 0 && may_leave(is, c->turn))
            return c->turn;
        pass_turn(c);
    }
    return NULL;
}

/* Steps whose recipients have claimed by another way are done, at no cost. */
static int pass_claimed(struct issue *is, struct aim *aim, struct err *e)
{
    const struct claimed *claimed = aim->target->claimed;

    while (claimed && aim->ready && claimed_has(claimed, aim->ready->recipient)) {
        struct ledger_move m = {.to = STATE_ELSEWHERE, .error = "claimed elsewhere"};
        struct step *s = aim_take(is, aim);

        if (step_move(is, s, &m, e) != 0) {
            aim_put(is, aim, s);
            return -1;
        }
        step_rest(is, s);
        step_free(s);
    }
    return 0;
}

static bool may_resend(const struct issue *is, const struct channel *c)
{
    return c->resends.n > 0 && is->course == COURSE_SENDING && !is_open(c->resends.first->aim) &&
           has_room(is, c->resends.first->aim);
}

static bool may_send(const struct issue *is, struct channel *c)
{
    return !is->o->asks_only && (may_resend(is, c) || next_aim(is, c));
}

static bool may_ask(const struct issue *is, const struct channel *c)
{
    return c->questions.n > 0 && is->course <= COURSE_FOLLOWING;
}

/* What the user's credits allow; a step that can't be afforded any more ends the sending. */
static void mind_credits(struct issue *is, struct channel *c, size_t going)
{
    int64_t requests = (int64_t)(is->end->requests + going);
    size_t together = is->n_swept + is->n_to_sweep;
    int64_t waiting =
        (int64_t)(c->alive - c->resends.n - together) +
        sweep_cost_of(together, least(is->n_sweeping + is->n_to_sweep, is->o->n_targets));

    if (is->o->stoprule->max_credits == 0 || c != &is->channels[CHANNEL_SERVICE])
        return;
    if (may_send(is, c) && !stoprule_affords_step(is->o->stoprule, requests, waiting))
        issue_stop(is, COURSE_FOLLOWING, NO_CREDITS);
    if (may_ask(is, c) && !stoprule_affords(is->o->stoprule, requests))
        issue_stop(is, COURSE_LEAVING, NO_CREDITS);
}

/* As many steps of the target as one request may carry. */
static struct flight *take_steps(struct issue *is, struct aim *aim)
{
    struct flight *f = flight_new(is, aim, FLIGHT_READY);

    if (!f)
        return NULL;
    flight_fill(is, f);
    pass_turn(aim->channel);
    return f;
}

/* What would be sent to a target that has been closed meanwhile, and certainly had no effect, goes back. */
static int pass_closed(struct issue *is, struct channel *c, struct err *e)
{
    while (c->resends.n > 0 && c->resends.first->aim->target->closed) {
        struct flight *f = line_take(&c->resends);

        issue_leave_out(is, f->aim->target);
        if (f->state == FLIGHT_RESEND && !f->doubtful &&
            flight_move_to(is, f, STATE_PLANNED, NULL, e) != 0)
            return -1;
        flight_rest(is, f);
    }
    return 0;
}

/* The next flight that may go into *out, or NULL.  Questions first: they end what was begun. */
static int choose(struct issue *is, struct channel *c, size_t going, int64_t now,
                  struct flight **out, struct err *e)
{
    struct aim *aim;
    int64_t wait_ns;

    *out = NULL;
    if (pass_closed(is, c, e) != 0)
        return -1;
    while ((aim = next_aim(is, c)) && aim->target->claimed &&
           claimed_has(aim->target->claimed, aim->ready->recipient))
        if (pass_claimed(is, aim, e) != 0)
            return -1;
    mind_credits(is, c, going);
    if (c->at_lanes + going >= flow_allows(&c->flow) || !(may_ask(is, c) || may_send(is, c)) ||
        outage_wait(&c->outage, now) > 0)
        return 0;
    if (budget_take(c->budget, now, &wait_ns, e) != 0)
        return -1;
    if (wait_ns > 0)
        return 0;
    if (may_ask(is, c))
        *out = line_take(&c->questions);
    else if (may_resend(is, c))
        *out = line_take(&c->resends);
    else
        *out = take_steps(is, next_aim(is, c));
    if (!*out)
        return err_nomem(e);
    (*out)->is_probe = outage_sent(&c->outage);
    return 0;
}

/* ---- letting requests go ---- */

/* The steps' intents, with what the target showed before the first of them.  A page that was read after a
 * request which may have had its effect would prove that one's attempt older, and so would a later floor. */
static int intend(struct issue *is, struct flight *f, struct err *e)
{
    struct ledger_move m = {.to = STATE_SENDING,
                            .intent_ms = clock_wall_ms(),
                            .doubtful = f->doubtful,
                            .baseline = f->doubtful ? 0 : f->aim->target->baseline};

    /* By which a message is known when it comes back. */
    if (f->aim->target->action->mails)
        m.attempt = f->x.request.mail.id;
    else if (!f->doubtful)
        m.floor = f->floor = f->aim->fence.item;
    f->turn = ++is->turns;
    f->sent_ns = clock_now_ns();
    for (struct step *s = f->steps; s; s = s->next) {
        s->tries++;
        s->intent_ms = m.intent_ms;
        if (step_move(is, s, &m, e) != 0)
            return -1;
    }
    f->state = FLIGHT_SENDING;
    f->aim->sending++;
    f->to_sweep = issue_sweeps(f);
    is->n_to_sweep += f->to_sweep;
    return 0;
}

/* Make the flight's request; a send becomes an intent in the ledger. */
static int prepare(struct issue *is, struct flight *f, struct err *e)
{
    const struct action *action = f->aim->target->action;

    exchange_reset(&f->x);
    if (f->state == FLIGHT_ASKING) {
        action->ask(f->aim->target, &f->x.request);
    } else if (f->state == FLIGHT_PENDING) {
        action->poll(f->aim->target, f->steps, &f->x.request);
    } else if (f->state == FLIGHT_LOST) {
        if (issue_begin_question(is, f, e) != 0)
            return -1;
        action->lookup(f->steps, f->lookup, &f->x.request);
    } else if (f->state == FLIGHT_LISTING) {
        if (issue_ask_list(is, f, e) != 0)
            return -1;
    } else {
        action->send(f->aim->target, f->steps, &f->x.request);
        if (intend(is, f, e) != 0)
            return -1;
    }
    if (!text_ok(&f->x.request.path) || !text_ok(&f->x.request.body))
        return err_nomem(e);
    return 0;
}

/* All that may go to the channel now, as intents. */
static int gather_requests(struct issue *is, struct channel *c, int64_t now, struct line *going,
                           struct err *e)
{
    size_t before = going->n;
    struct flight *f;

    for (;;) {
        if (choose(is, c, going->n - before, now, &f, e) != 0)
            return -1;
        if (!f)
            return 0;
        if (prepare(is, f, e) != 0)
            return -1;
        line_put(going, f);
    }
}

/* Others learn what this run has reserved. */
static int tell_budgets(struct issue *is, int64_t now, struct err *e)
{
    for (struct channel *c = is->channels; c < is->channels + CHANNELS; c++)
        if (c->budget && (budget_tell(c->budget, now, e) != 0 || budget_commit(c->budget, e) != 0))
            return -1;
    return 0;
}

static void let_go(struct issue *is, struct flight *f, int64_t now)
{
    bool mail = f->aim->target->action->mails;

    f->left_ns = now;
    f->aim->channel->at_lanes++;
    is->end->requests += !mail;
    is->end->messages += mail;
    http_pool_submit(is->o->pool, &f->x);
}

/* Everything that may go now: intents, commit, and then the bytes.  As long as next() is busy with rows
 * that need no request, it commits by itself. */
static int dispatch(struct issue *is, struct err *e)
{
    int64_t now = clock_now_ns();
    struct line going;

    line_init(&going);
    if (crashpoint_breaks("intent") && ledger_commit(is->o->ledger, e) != 0)
        return -1;
    for (struct channel *c = is->channels; c < is->channels + CHANNELS; c++)
        if (gather_requests(is, c, now, &going, e) != 0)
            return -1;
    if ((going.n || is->supply != SUPPLY_LATER) && !crashpoint_breaks("intent") &&
        ledger_commit(is->o->ledger, e) != 0)
        return -1;
    if (tell_budgets(is, now, e) != 0)
        return -1;
    while (going.n)
        let_go(is, line_take(&going), now);
    return 0;
}

/* ---- the loop ---- */

/* Until something may go to the channel, if anything is to; else INT64_MAX. */
static int64_t channel_wait(const struct issue *is, struct channel *c, int64_t now)
{
    int64_t limit, down;

    if (c->at_lanes >= flow_allows(&c->flow) || !(may_ask(is, c) || may_send(is, c)))
        return INT64_MAX;
    limit = limit_wait(&c->budget->limit, now);
    down = outage_wait(&c->outage, now);
    return limit > down ? limit : down;
}

static int64_t sleep_ns(struct issue *is, int64_t now)
{
    const struct heap_entry *top = heap_peek(&is->timers);
    int64_t wait = is->supply == SUPPLY_LATER ? 0 : TICK_NS;

    if (top && top->due - now < wait)
        wait = top->due - now;
    for (struct channel *c = is->channels; c < is->channels + CHANNELS; c++) {
        int64_t ns = channel_wait(is, c, now);

        wait = ns < wait ? ns : wait;
    }
    return wait < 0 ? 0 : wait;
}

static int take_in(struct issue *is, int64_t wait_ns, struct err *e)
{
    /* Without a lane (nothing needs a request) there is nothing to wait for. */
    struct exchange *x = is->o->pool ? http_pool_collect(is->o->pool, wait_ns) : NULL, *next;
    int rc = 0;

    for (; x; x = next) {
        struct flight *f = x->owner;

        next = x->next;
        if (rc == 0)
            rc = issue_handle(is, f, e);
        else
            f->aim->channel
                ->at_lanes--; /* the ledger is gone: what these answers say is found out by a later run */
    }
    return rc;
}

/* The rules by which the user wants the run to stop. */
static void heed_rules(struct issue *is, int64_t now)
{
    struct stoprule_facts facts = {is->tried, is->failed, now - is->began_ns};
    char why[STOPRULE_TEXT_MAX];

    if (is->course != COURSE_SENDING || !stoprule_stops(is->o->stoprule, &facts, why))
        return;
    issue_stop(is, is->o->asks_only ? COURSE_LEAVING : COURSE_FOLLOWING, "%s", why);
}

static void heed_outage(struct issue *is, int64_t now)
{
    for (const struct channel *c = is->channels; c < is->channels + CHANNELS; c++)
        if (outage_over(&c->outage, is->o->patience_ns, now))
            issue_stop(is, COURSE_LEAVING, ISSUE_UNREACHABLE, issue_server_name(c), c->unreached);
}

bool issue_is_down(const struct issue *is, int64_t now_ns, int64_t *since_ns, int64_t *next_ns)
{
    const struct channel *c = is->channels;

    while (c < is->channels + CHANNELS - 1 && !outage_is_down(&c->outage))
        c++;
    *since_ns = now_ns - c->outage.since_ns;
    *next_ns = outage_wait(&c->outage, now_ns);
    if (*next_ns == 0 && heap_peek(&is->timers)) /* what is to be tried has a wait of its own */
        *next_ns = heap_peek(&is->timers)->due - now_ns;
    return outage_is_down(&c->outage);
}

int64_t issue_idle(const struct issue *is, int64_t now_ns)
{
    const struct heap_entry *next = heap_peek(&is->timers);

    if (issue_at_lanes(is) > 0 || is->n_ready > 0 || (next && next->due <= now_ns))
        return 0;
    return next ? next->due - now_ns : INT64_MAX;
}

static void heed_signal(struct issue *is, int signal, int64_t now)
{
    if (signal && !is->interrupted_ns) {
        is->end->signal = signal;
        is->interrupted_ns = now;
        issue_go(is, COURSE_LEAVING);
        if (issue_at_lanes(is) > 0)
            is->d->say(is->d->context, "interrupted: waiting for the answers that are under way; a "
                                       "second signal ends at once");
    }
    if (is->interrupted_ns && now - is->interrupted_ns > ISSUE_GRACE_NS &&
        is->course != COURSE_ABORTED) {
        issue_go(is, COURSE_ABORTED);
        http_pool_abort(is->o->pool);
    }
}

/* Is there anything left that may still happen in this run? */
static bool is_over(const struct issue *is)
{
    if (issue_at_lanes(is) > 0)
        return false;
    if (is->course >= COURSE_LEAVING)
        return true;
    if (is->course == COURSE_SENDING)
        return is->supply == SUPPLY_NONE && is->alive == 0 && is->n_ready == 0;
    for (const struct flight *f = is->all; f; f = f->next)
        if (f->state == FLIGHT_PENDING || (f->state == FLIGHT_LOST && f->what != RECONCILE_REFUSED))
            return false;
    return true;
}

/* What certainly had no effect goes back; the rest stays as it is for a later run. */
static int leave(struct issue *is, struct err *e)
{
    int rc = 0;

    for (struct flight *f = is->all, *next; f; f = next) {
        next = f->next;
        if (rc == 0 && f->state == FLIGHT_RESEND && !f->doubtful)
            rc = flight_move_to(is, f, STATE_PLANNED, NULL, e);
        flight_rest(is, f);
    }
    for (size_t i = 0; i < is->o->n_targets; i++)
        while (is->aims[i].ready) {
            struct step *s = aim_take(is, &is->aims[i]);

            step_rest(is, s);
            step_free(s);
        }
    return rc == 0 ? ledger_commit(is->o->ledger, e) : -1;
}

/* Without a ledger no answer can be written down: give up what is under way. */
static void abandon(struct issue *is)
{
    if (issue_at_lanes(is) > 0)
        http_pool_abort(is->o->pool);
    while (issue_at_lanes(is) > 0)
        for (struct exchange *x = http_pool_collect(is->o->pool, TICK_NS); x; x = x->next)
            ((struct flight *)x->owner)->aim->channel->at_lanes--;
}

int issue_run(struct issue *is, struct issue_end *end, struct err *e)
{
    int rc;

    memset(end, 0, sizeof(*end));
    is->end = end;
    is->began_ns = clock_now_ns();
    /* The first rows attach themselves to what is under way before its first answer can come. */
    rc = refill(is, e);
    while (rc == 0) {
        int64_t now = clock_now_ns();

        heed_signal(is, is->d->tick(is->d->context, is->aloft, now), now);
        heed_rules(is, now);
        heed_outage(is, now);
        if (sort_due(is, now, e) != 0 || refill(is, e) != 0 || ask_all_targets(is, e) != 0 ||
            dispatch(is, e) != 0 ||
            (!is_over(is) && take_in(is, sleep_ns(is, clock_now_ns()), e) != 0))
            rc = -1;
        if (is_over(is))
            break;
    }
    if (rc != 0)
        abandon(is);
    return leave(is, e) == 0 && is->supply != SUPPLY_BROKEN ? rc : -1;
}

/* ---- beginning and end ---- */

/* A code is given when its row is admitted: not long before what follows can be sent, for that may be never. */
static bool gives_codes(const struct issue_options *o)
{
    for (size_t i = 0; i < o->n_targets; i++)
        if (o->targets[i].action->local)
            return true;
    return false;
}

/* How many steps are worth having at hand: of several targets more, so that behind those of a slow one there are some
 * of the others. */
static size_t ready_max(const struct issue_options *o)
{
    size_t most = o->n_targets > 1 && !gives_codes(o) ? READY_OF_SEVERAL : 1;

    for (size_t i = 0; i < o->n_targets; i++)
        if (o->targets[i].batch > most)
            most = o->targets[i].batch;
    most *= o->in_flight > o->mail_in_flight ? o->in_flight : o->mail_in_flight;
    return most < READY_MAX ? most : READY_MAX;
}

static void channel_init(struct channel *c, bool mails, struct budget *budget, size_t in_flight)
{
    c->mails = mails;
    c->budget = budget;
    c->in_flight = in_flight;
    c->turn_end = &c->turn;
    flow_init(&c->flow, in_flight);
    line_init(&c->resends);
    line_init(&c->questions);
}

struct issue *issue_new(const struct issue_options *o, const struct issue_driver *d, struct err *e)
{
    struct issue *is = mem_zero(1, sizeof(*is));

    if (!is || !(is->aims = mem_zero(o->n_targets, sizeof(*is->aims)))) {
        free(is);
        err_nomem(e);
        return NULL;
    }
    is->o = o;
    is->d = d;
    is->random = o->seed;
    is->moved_ns = clock_now_ns();
    channel_init(&is->channels[CHANNEL_SERVICE], false, o->budget, o->in_flight);
    channel_init(&is->channels[CHANNEL_MAIL], true, o->mail_budget, o->mail_in_flight);
    is->ready_max = ready_max(o);
    heap_init(&is->timers);
    for (size_t i = 0; i < o->n_targets; i++) {
        is->aims[i].target = &o->targets[i];
        is->aims[i].channel =
            &is->channels[o->targets[i].action->mails ? CHANNEL_MAIL : CHANNEL_SERVICE];
        is->aims[i].ready_end = &is->aims[i].ready;
        is->aims[i].lag_ns = INT64_MAX;
        line_init(&is->aims[i].seekers);
        is->aims[i].time = (struct flight){.state = FLIGHT_TIME, .aim = &is->aims[i]};
        is->aims[i].time_ns = INT64_MAX;
        settle_init(&is->aims[i].settle, o->settle_timeout_ns, is->moved_ns);
    }
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
    for (size_t i = 0; i < is->o->n_targets; i++) {
        issue_free_waves(&is->aims[i]);
        while (is->aims[i].ready)
            step_free(aim_take(is, &is->aims[i]));
        free(is->aims[i].why);
    }
    heap_release(&is->timers);
    free(is->loaded);
    free(is->swept);
    free(is->aims);
    free(is);
}

/* ---- what earlier runs left under way ---- */

static int load_reserve(struct issue *is)
{
    size_t cap = is->cap_loaded ? is->cap_loaded * 2 : 64;
    struct loaded *loaded;

    if (is->n_loaded < is->cap_loaded)
        return 0;
    loaded = mem_resize(is->loaded, cap, sizeof(*loaded));
    if (!loaded)
        return -1;
    is->loaded = loaded;
    is->cap_loaded = cap;
    return 0;
}

struct loading {
    struct issue *is;
    struct aim *aim;
};

static int load_one(void *context, const struct ledger_item *item, struct err *e)
{
    struct loading *l = context;
    struct issue *is = l->is;
    struct step *s = load_reserve(is) == 0 ? load_step(l->aim, item) : NULL;
    struct flight *f = s ? flight_new(is, l->aim, FLIGHT_LOST) : NULL;
    int64_t now = clock_now_ns();

    if (!f) {
        step_free(s);
        return err_nomem(e);
    }
    f->loaded = true;
    f->floor = item->floor;
    f->doubtful = item->doubtful;
    flight_add(is, f, s);
    is->loaded[is->n_loaded++] = (struct loaded){item->id, s, f};
    if (item->state == STATE_ACCEPTED)
        return issue_follow(is, f, now, now, e);
    return issue_look_up(is, f, RECONCILE_LOST, now, now, e);
}

static int by_item(const void *a, const void *b)
{
    const struct loaded *x = a, *y = b;

    return x->item < y->item ? -1 : x->item > y->item;
}

int issue_load(struct issue *is, struct err *e)
{
    for (size_t i = 0; i < is->o->n_targets; i++) {
        struct loading l = {.is = is, .aim = &is->aims[i]};

        if (!l.aim->target->action->local && !l.aim->target->action->repeatable &&
            ledger_under_way(is->o->ledger, l.aim->target->ledger_id, load_one, &l, e) != 0)
            return -1;
    }
    if (is->n_loaded)
        qsort(is->loaded, is->n_loaded, sizeof(*is->loaded), by_item);
    return 0;
}

bool issue_follows(const struct issue *is, int64_t item)
{
    const struct loaded *l = issue_loaded(is, item);

    return l && l->step;
}

int issue_attach(struct issue *is, int64_t item, const char *recipient, const char *fields,
                 bool resend, struct row *row, struct err *e)
{
    struct loaded *l = issue_loaded(is, item);
    struct flight *f;

    assert(l && l->step);
    f = l->flight;
    if (!f->fields && take_row(f, recipient, fields) != 0)
        return err_nomem(e);
    l->step->row = row;
    f->resend = resend;
    return 0;
}
