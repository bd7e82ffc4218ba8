/* issue_answers: what an answer means for its flight; the action reads it, here it is acted upon. */
#include "base/clock.h"
#include "base/count.h"
#include "base/crashpoint.h"
#include "issue_internal.h"
#include "issue_looks.h"
#include "issue_sweep.h"
#include "ledger/ledger_looks.h"
#include "ledger/ledger_targets.h"
#include "policy/redact.h"
#include "policy/retry.h"
#include "stages/budget.h"

#include <stdio.h>
#include <stdlib.h>

#define HTTP_NO_CREDITS 402
/* Messages that wait, put off for their recipients' sake. */
#define PUT_OFF_MAX 64

static const struct action *action_of(const struct flight *f)
{
    return f->aim->target->action;
}

static int64_t backoff(struct issue *is, unsigned failures)
{
    return retry_backoff_ns(failures, retry_random(&is->random));
}

/* ---- accepted: follow it ---- */

/* All claims share one, for they may be of one collection. */
struct settle *issue_settle_of(const struct issue *is, const struct flight *f)
{
    if (!action_of(f)->repeatable)
        f->aim->settle.moved_ns = is->moved_ns;
    return &f->aim->settle;
}

static void settled(struct issue *is, struct flight *f, unsigned asked, bool done, int64_t now)
{
    settle_learn(issue_settle_of(is, f), f->accepted_ns, asked, done, now);
    if (!action_of(f)->repeatable)
        is->moved_ns = f->aim->settle.moved_ns;
}

static void leave_queue(struct issue *is, const struct flight *f)
{
    is->pending -= f->n;
    f->aim->queued -= f->n;
    is->queued -= action_of(f)->repeatable ? 0 : f->n;
}

static void enter_queue(struct issue *is, struct flight *f, int64_t now)
{
    f->state = FLIGHT_PENDING;
    f->failures = f->limited = f->asked = 0;
    f->accepted_ns = now;
    is->pending += f->n;
    f->aim->queued += f->n;
    is->queued += action_of(f)->repeatable ? 0 : f->n;
}

int issue_follow(struct issue *is, struct flight *f, int64_t now, int64_t due, struct err *e)
{
    enter_queue(is, f, now);
    exchange_release(&f->x); /* thousands may be waiting */
    return issue_sweeps(f) ? issue_sweep(is, f, now, e) : flight_wait(is, f, due, e);
}

int issue_accept(struct issue *is, struct flight *f, const char *attempt, bool shown, int64_t now,
                 struct err *e)
{
    struct ledger_move m = {.to = STATE_ACCEPTED, .attempt = attempt};

    f->what = RECONCILE_LOST;
    if (flight_move(is, f, &m, e) != 0)
        return -1;
    for (struct step *s = f->steps; s; s = s->next)
        snprintf(s->attempt, sizeof(s->attempt), "%s", attempt);
    if (is->o->no_settle) {
        if (issue_hold_places(is, f, e) != 0)
            return -1;
        flight_rest(is, f);
        return 0;
    }
    if (shown && !f->aim->target->facts.vague) {
        enter_queue(is, f, now);
        return issue_shown(is, f, now, e);
    }
    return issue_follow(is, f, now, settle_due(issue_settle_of(is, f), now, 0, now), e);
}

/* ---- not now ---- */

static int again(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    struct channel *c = f->aim->channel;

    /* How long a server that is gone is tried is not a matter of one request. */
    f->failures += !(f->x.answer.fate == FATE_NOT_SENT && outage_is_down(&c->outage));
    if (f->x.answer.fate == FATE_NOT_SENT && !c->said_unreachable) {
        char text[sizeof(f->x.answer.problem) + 64];

        snprintf(text, sizeof(text), "the %s can't be reached, trying again: %s",
                 issue_server_name(c), f->x.answer.problem);
        is->d->say(is->d->context, text);
        c->said_unreachable = true;
    }
    return flight_wait(is, f, now + backoff(is, f->failures), e);
}

/* What will be said to every other row, too, until somebody has put it right; credits only have to be there. */
static void stop_for(struct issue *is, const struct flight *f, enum course to, const char *why)
{
    if (!is->end->stopped[0])
        is->end->mend = f->x.answer.status != HTTP_NO_CREDITS;
    issue_stop(is, to, "%s", why);
}

/* The server refuses for its limit's sake: the limiter knows until when (policy/heed.h). */
static int limited(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    const char *why = heed_refused(&f->aim->channel->heed, &f->limited);

    if (why)
        issue_stop(is, COURSE_LEAVING, "%s", why);
    return flight_wait(is, f, now, e);
}

/* ---- what was sent ---- */

/* A refusal of several is one of them all: each half is sent by itself. */
static int halve(struct issue *is, struct flight *f, struct err *e)
{
    struct flight *other = flight_split(is, f, f->n / 2);

    if (!other)
        return err_nomem(e);
    f->state = other->state = FLIGHT_RESEND;
    f->failures = f->limited = 0;
    line_put(&f->aim->channel->resends, f);
    line_put(&f->aim->channel->resends, other);
    return 0;
}

/* Refused for the target's sake, not for its own: it is like those that were not sent, but that a later run
 * first sees whether it was taken all the same. */
static int go_back(struct issue *is, struct flight *f, const struct verdict *v, struct err *e)
{
    f->doubtful = !crashpoint_breaks("closed");
    if (flight_move_to(is, f, STATE_PLANNED, v->text, e) != 0)
        return -1;
    issue_leave_out(is, f->aim->target);
    flight_rest(is, f);
    return 0;
}

static int rest_sent(struct issue *is, struct flight *f, const struct verdict *v, struct err *e)
{
    bool done = v->kind == VERDICT_DONE;

    if (!done && f->n > 1)
        return halve(is, f, e);
    if (!done && v->refusal != REFUSAL_OF_ROW && f->aim->target->closed)
        return go_back(is, f, v, e);
    /* A service that fails may have queued it before it did; a mail server says so and means it. */
    f->doubtful = f->doubtful || (!done && !action_of(f)->mails && f->x.answer.status >= 500);
    if (flight_move_to(is, f, done ? STATE_SUCCESS : STATE_FAILED, v->text, e) != 0)
        return -1;
    if (done)
        hopeless_taken(&f->aim->answers);
    else if (issue_heed_refusal(is, f, &f->aim->answers, v, e) != 0)
        return -1;
    flight_rest(is, f);
    return 0;
}

/* An attempt that the ledger knows for another row is not this one's: then nobody knows what is. */
static int accept_sent(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                       struct err *e)
{
    int known = action_of(f)->repeatable || crashpoint_breaks("foreign")
                    ? 0
                    : ledger_has_attempt(is->o->ledger, v->attempt, NULL, f->steps->item, e);

    if (known < 0)
        return -1;
    hopeless_taken(&f->aim->answers);
    return known ? issue_lose(is, f, now, e) : issue_accept(is, f, v->attempt, false, now, e);
}

static bool is_lost(const struct verdict *v)
{
    return v->kind == VERDICT_LOST || v->kind == VERDICT_PENDING || v->kind == VERDICT_SPLIT;
}

/* Must it be looked up what became of it?  What was sent before may be refused because that was taken. */
static bool is_looked_up(const struct flight *f, const struct verdict *v)
{
    bool doubtful = v->kind == VERDICT_REFUSED && f->doubtful && !crashpoint_breaks("doubtful");

    return !action_of(f)->repeatable && (is_lost(v) || doubtful);
}

/* ---- what a mail server has not taken ---- */

/* It certainly has not: from now on it is as if it had never left, also if this process dies while it waits. */
static int unsend(struct issue *is, struct flight *f, const char *why, struct err *e)
{
    /* What was sent before, and lost, may have been taken all the same. */
    f->state = f->doubtful ? FLIGHT_RESEND : FLIGHT_READY;
    return f->doubtful ? flight_move_to(is, f, STATE_UNKNOWN, ISSUE_UNTOLD, e)
                       : flight_move_to(is, f, STATE_PLANNED, why, e);
}

static int wait_unsent(struct issue *is, struct flight *f, int64_t due, struct err *e)
{
    return unsend(is, f, NULL, e) == 0 ? flight_wait(is, f, due, e) : -1;
}

/* It asks to wait with all, as at 421. */
static int put_off_all(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                       struct err *e)
{
    struct channel *c = f->aim->channel;
    int64_t wait_ns = heed_put_off(&c->heed, &c->budget->limit, retry_random(&is->random), now);
    char text[ACTION_TEXT_MAX];

    if (heed_refused(&c->heed, &f->limited))
        issue_stop(is, COURSE_FOLLOWING, "the mail server keeps asking to wait: %s", v->text);
    if (wait_ns > 0) {
        snprintf(text, sizeof(text),
                 "the mail server asks to wait (%.200s): nothing is sent for %lld s", v->text,
                 (long long)(wait_ns / CLOCK_NS_PER_S));
        is->d->say(is->d->context, text);
    }
    return wait_unsent(is, f, now, e);
}

/* This message alone: a later run goes on where this one gives it up. */
static int put_off(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                   struct err *e)
{
    int64_t wait_ns = retry_later_ns(++f->failures, is->o->mail_later_ns);
    struct channel *c = f->aim->channel;

    /* Too many that wait would leave no room for those that need not. */
    if (wait_ns >= 0 && c->n_put_off < PUT_OFF_MAX) {
        f->put_off = true;
        c->n_put_off++;
        return wait_unsent(is, f, now + wait_ns, e);
    }
    if (unsend(is, f, v->text, e) != 0)
        return -1;
    flight_rest(is, f);
    return 0;
}

/* Nothing of it left the door. */
static int send_again(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                      struct err *e)
{
    if (f->failures + 1 >= is->o->tries_max)
        issue_stop(is, COURSE_FOLLOWING, ISSUE_UNREACHABLE, issue_server_name(f->aim->channel),
                   v->text);
    return unsend(is, f, NULL, e) == 0 ? again(is, f, now, e) : -1;
}

/* Sent again, and refused: that says nothing of the first time. */
static int rest_doubtful(struct issue *is, struct flight *f, const struct verdict *v, struct err *e)
{
    char error[ACTION_TEXT_MAX];

    snprintf(error, sizeof(error), "%s; sent again, and refused (%.200s)", ISSUE_UNTOLD, v->text);
    if (flight_move_to(is, f, STATE_UNKNOWN, error, e) != 0)
        return -1;
    flight_rest(is, f);
    return 0;
}

static int handle_mailed(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                         struct err *e)
{
    if (v->kind != VERDICT_LOST)
        f->aim->channel->losses = 0;
    if (v->kind != VERDICT_LIMITED && f->x.answer.fate == FATE_ANSWERED)
        heed_went(&f->aim->channel->heed);
    switch (v->kind) {
    case VERDICT_DONE:
        return rest_sent(is, f, v, e);
    case VERDICT_REFUSED:
        return f->doubtful ? rest_doubtful(is, f, v, e) : rest_sent(is, f, v, e);
    case VERDICT_LATER:
        return put_off(is, f, v, now, e);
    case VERDICT_LIMITED:
        return put_off_all(is, f, v, now, e);
    case VERDICT_AGAIN:
        return send_again(is, f, v, now, e);
    case VERDICT_STOP:
        stop_for(is, f, COURSE_FOLLOWING, v->text);
        return wait_unsent(is, f, now, e);
    default:
        return issue_lose(is, f, now, e);
    }
}

static int handle_sent(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                       struct err *e)
{
    bool lost = is_lost(v);
    bool stop = v->kind == VERDICT_STOP || v->stop_after;

    if (!lost)
        f->aim->channel->losses = 0;
    if (stop)
        stop_for(is, f, COURSE_FOLLOWING, v->text);
    if (issue_heed_closing(is, f->aim, v, false, e) != 0)
        return -1;
    if (v->kind == VERDICT_ACCEPTED)
        return accept_sent(is, f, v, now, e);
    if (is_looked_up(f, v))
        return issue_lose(is, f, now, e);
    if (v->kind == VERDICT_DONE || v->kind == VERDICT_REFUSED)
        return rest_sent(is, f, v, e);
    f->state = FLIGHT_RESEND;
    f->doubtful = f->doubtful || lost;
    if (v->kind == VERDICT_LIMITED)
        return limited(is, f, now, e);
    if (!stop && f->failures + 1 < is->o->tries_max)
        return again(is, f, now, e);
    if (!stop)
        issue_stop(is, COURSE_FOLLOWING, lost ? ISSUE_UNUSABLE : ISSUE_UNREACHABLE,
                   issue_server_name(f->aim->channel), v->text);
    return flight_wait(is, f, now, e);
}

/* ---- what was asked about ---- */

/* Each step is asked about by itself from now on. */
static int scatter(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    while (f->n > 1) {
        struct flight *other = flight_split(is, f, f->n - 1);

        if (!other)
            return err_nomem(e);
        if (flight_wait(is, other, now, e) != 0)
            return -1;
    }
    return flight_wait(is, f, now, e);
}

/* It will be the same for all that it has accepted. */
static void say_silent(struct issue *is, const struct flight *f, const struct verdict *v)
{
    struct aim *aim = f->aim;
    char text[ACTION_TEXT_MAX];

    if (v->kind != VERDICT_AGAIN || f->x.answer.fate != FATE_ANSWERED || aim->said_silent)
        return;
    aim->said_silent = true;
    snprintf(text, sizeof(text),
             "%s %.64s: the server does not say what became of what it has accepted (%.200s): it "
             "stays pending",
             action_of(f)->name, aim->target->id, v->text);
    is->d->say(is->d->context, text);
}

/* Time is up: a later run asks again.  What the server has said of it until now is kept; and of several
 * each is asked about by itself, for one may hold up the others.  One that the server does not know is looked
 * for by its recipient. */
static int give_up(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                   struct err *e)
{
    if (action_of(f)->repeatable && v->kind == VERDICT_PENDING && v->text[0] &&
        flight_move_to(is, f, STATE_ACCEPTED, v->text, e) != 0)
        return -1;
    if (f->n > 1 && v->kind == VERDICT_PENDING)
        return scatter(is, f, now, e);
    say_silent(is, f, v);
    is->gave_up = is->gave_up || !action_of(f)->repeatable;
    leave_queue(is, f);
    issue_unprobe(f);
    if (v->astray)
        return issue_look_up(is, f, RECONCILE_FORGOTTEN, now, now, e);
    if (issue_hold_places(is, f, e) != 0)
        return -1;
    flight_rest(is, f);
    return 0;
}

/* A success is shown in the claim's attempts from now on. */
static void note_fence(struct flight *f)
{
    struct aim *aim = f->aim;

    if (action_of(f)->repeatable || f->turn <= aim->fence.turn)
        return;
    aim->fence.item = f->steps->item;
    aim->fence.turn = f->turn;
    aim->fence.sent_ns = f->sent_ns;
}

/* What was sent before it may be why it is refused. */
static int refuse_resent(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                         struct err *e)
{
    if (issue_look_up(is, f, RECONCILE_RESENT, now, now, e) != 0)
        return -1;
    snprintf(f->lookup->text, sizeof(f->lookup->text), "%.200s", v->text);
    return 0;
}

/* What was accepted may be refused in the queue all the same; that is final.  Of what an earlier run has sent it may
 * have been refused long ago: that says nothing of how the target is now. */
static int heed_outcome(struct issue *is, struct flight *f, const struct verdict *v, struct err *e)
{
    struct aim *aim = f->aim;

    if (v->kind != VERDICT_REFUSED) {
        hopeless_taken(&aim->outcomes);
        room_taken(&aim->room, f->turn > 0);
        return 0;
    }
    if (f->turn > 0 && issue_heed_closing(is, aim, v, true, e) != 0)
        return -1;
    return issue_heed_refusal(is, f, &aim->outcomes, v, e);
}

/* f has left the queue: v says how. */
static int rest_settled(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                        struct err *e)
{
    bool refused = v->kind == VERDICT_REFUSED;
    struct ledger_move m = {.to = refused ? STATE_FAILED : STATE_SUCCESS,
                            .error = refused ? v->text : NULL,
                            .reserved = v->reserved};

    leave_queue(is, f);
    if (refused && f->doubtful)
        return refuse_resent(is, f, v, now, e);
    if (!refused)
        note_fence(f);
    if (flight_move(is, f, &m, e) != 0 || heed_outcome(is, f, v, e) != 0)
        return -1;
    flight_rest(is, f);
    return 0;
}

static int rest_polled(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                       struct err *e)
{
    settled(is, f, ++f->asked, true, now);
    return issue_probed(is, f, v->kind == VERDICT_DONE, now, e) == 0
               ? rest_settled(is, f, v, now, e)
               : -1;
}

int issue_shown(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    struct verdict v = {.kind = VERDICT_DONE, .reserved = f->aim->target->facts.on_chain};

    f->x.answer.status = 200; /* the list's */
    settled(is, f, SETTLE_LATER, true, now);
    return rest_settled(is, f, &v, now, e);
}

static int handle_polled(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                         struct err *e)
{
    bool over = settle_over(issue_settle_of(is, f), f->accepted_ns, now);

    if (v->kind == VERDICT_LIMITED && !over)
        return limited(is, f, now, e);
    if (v->kind == VERDICT_STOP) {
        stop_for(is, f, COURSE_LEAVING, v->text);
        return flight_wait(is, f, now, e);
    }
    if (v->kind == VERDICT_SPLIT && f->n > 1)
        return scatter(is, f, now, e);
    if (v->kind == VERDICT_DONE || v->kind == VERDICT_REFUSED)
        return rest_polled(is, f, v, now, e);
    if (over)
        return give_up(is, f, v, now, e);
    if (v->kind == VERDICT_AGAIN)
        return again(is, f, now, e);
    settled(is, f, ++f->asked, false, now);
    return flight_wait(is, f, settle_due(issue_settle_of(is, f), f->accepted_ns, f->asked, now), e);
}

/* A question of a look was not answered: 1 if it waits for another try, which may be in another run; 0: it has
 * been tried often enough. */
static int retry_look(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                      struct err *e)
{
    int rc;

    if (v->kind == VERDICT_AGAIN && f->failures + 1 >= is->o->tries_max)
        return 0;
    if (v->kind == VERDICT_STOP)
        stop_for(is, f, COURSE_LEAVING, v->text);
    rc = v->kind == VERDICT_AGAIN     ? again(is, f, now, e)
         : v->kind == VERDICT_LIMITED ? limited(is, f, now, e)
                                      : flight_wait(is, f, now, e);
    return rc == 0 ? 1 : -1;
}

static bool is_unanswered(const struct verdict *v)
{
    return v->kind == VERDICT_AGAIN || v->kind == VERDICT_LIMITED || v->kind == VERDICT_STOP;
}

static int handle_listed(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                         struct err *e)
{
    int waits = is_unanswered(v) ? retry_look(is, f, v, now, e) : 0;

    if (waits != 0)
        return waits < 0 ? -1 : 0;
    f->failures = f->limited = 0;
    return issue_handle_list(is, f, is_unanswered(v) ? v->text : NULL, now, e);
}

static int handle_looked_up(struct issue *is, struct flight *f, const struct verdict *v,
                            int64_t now, struct err *e)
{
    int waits = is_unanswered(v) ? retry_look(is, f, v, now, e) : 0;
    struct exchange none;
    bool more;

    if (waits != 0)
        return waits < 0 ? -1 : 0;
    if (is_unanswered(v)) {
        snprintf(f->lookup->text, sizeof(f->lookup->text), "%.200s", v->text);
        return issue_look_fails(is, f, e);
    }
    f->failures = f->limited = 0;
    exchange_init(&none, NULL);
    more = action_of(f)->lookup(f->steps, f->lookup, &none.request);
    exchange_release(&none);
    return more ? flight_wait(is, f, now, e) : issue_lookup_done(is, f, now, e);
}

/* What the target is and shows goes into the ledger, with the intents that follow at the latest. */
static int keep_shown(struct issue *is, struct target *t, struct err *e)
{
    int rc = t->news ? ledger_targets_keep(is->o->ledger, t->ledger_id, &t->facts, e) : 0;

    t->news = false;
    if (t->shown && rc == 0)
        rc = ledger_put_baseline(is->o->ledger, t->ledger_id, t->shown, &t->baseline, e);
    free(t->shown);
    t->shown = NULL;
    return rc;
}

static void stop_asked(struct issue *is, const struct flight *f, const struct verdict *v)
{
    is->end->usage = is->end->usage || (v->usage && !is->end->stopped[0]);
    stop_for(is, f, COURSE_FOLLOWING, v->text);
}

static void stop_unfound(struct issue *is, const struct flight *f, const struct verdict *v)
{
    char why[2 * ACTION_TEXT_MAX];

    snprintf(why, sizeof(why), "%s %s: %s: check its id", action_of(f)->name, f->aim->target->id,
             v->text);
    stop_for(is, f, COURSE_FOLLOWING, why);
}

/* An address with more rows than it is taken for will be refused. */
static void warn_of_repeats(struct issue *is, struct target *t)
{
    char text[256];

    if (t->repeats && t->per_address > 0 && is->course == COURSE_SENDING) {
        snprintf(text, sizeof(text), TARGET_PER_ADDRESS, t->action->name, t->id,
                 (long long)t->per_address);
        is->d->say(is->d->context, text);
    }
    t->per_address = CLAIMFIT_UNKNOWN;
}

/* Once it is known how many more a target takes: no more leave than that, and a person is told.  Rows that were done
 * before are not sent to it again, as far as they are in this input: so nothing is said of exports that grow. */
static int mind_room(struct issue *is, struct target *t, struct err *e)
{
    int64_t done = 0, left = t->left;
    char text[256];

    if (left >= 0 && !t->simulate)
        room_set(&is->aims[t->number].room, left);
    t->left = CLAIMFIT_UNKNOWN;
    if (left < 0 || t->rows <= left || is->course != COURSE_SENDING)
        return 0;
    if (ledger_targets_done(is->o->ledger, t->ledger_id, &done, e) != 0)
        return -1;
    if (t->rows - done <= left)
        return 0;
    snprintf(
        text, sizeof(text),
        "%s %.64s takes %lld more, and there %s up to %lld %s for it: those that it does not take "
        "will %s",
        t->action->name, t->id, (long long)left,
        count_word((uint64_t)(t->rows - done), "is", "are"), (long long)(t->rows - done),
        count_word((uint64_t)(t->rows - done), "row", "rows"),
        is->o->stoprule->keep_going ? "fail" : "be left unsent");
    is->d->say(is->d->context, text);
    return 0;
}

/* What has to be known of a target before anything is sent to it. */
static int handle_asked(struct issue *is, struct flight *f, const struct verdict *v, int64_t now,
                        struct err *e)
{
    struct aim *aim = f->aim;

    if (v->kind == VERDICT_LIMITED && is->course == COURSE_SENDING)
        return limited(is, f, now, e);
    if (v->kind == VERDICT_AGAIN && f->failures + 1 < is->o->tries_max)
        return again(is, f, now, e);
    if (v->kind == VERDICT_AGAIN && v->spare)
        action_of(f)->read_ask(aim->target, NULL, NULL);
    else if (v->kind == VERDICT_AGAIN)
        issue_stop(is, COURSE_FOLLOWING,
                   f->x.answer.fate == FATE_ANSWERED ? ISSUE_UNUSABLE : ISSUE_UNREACHABLE,
                   issue_server_name(aim->channel), v->text);
    else if (v->kind == VERDICT_STOP)
        stop_asked(is, f, v);
    else if (v->kind != VERDICT_DONE)
        stop_unfound(is, f, v);
    aim->ask = NULL;
    flight_free(is, f);
    warn_of_repeats(is, aim->target);
    return mind_room(is, aim->target, e) == 0 ? keep_shown(is, aim->target, e) : -1;
}

/* ---- any answer ---- */

/* What the answer says about waiting is obeyed; a person is told if it means a long wait. */
static void heed(struct issue *is, struct channel *c, const struct answer *a, int64_t now)
{
    int64_t wait_ns = heed_answer(&c->heed, &c->budget->limit, a, (int64_t)c->at_lanes,
                                  retry_random(&is->random), now);
    char text[128];

    if (a->fate == FATE_ANSWERED)
        c->said_unreachable = false;
    if (wait_ns == 0)
        return;
    snprintf(text, sizeof(text), HEED_SAID, (long long)(wait_ns / CLOCK_NS_PER_S));
    is->d->say(is->d->context, text);
}

/* That the list of who has claimed is done without must not go unsaid. */
static void read_asked(struct issue *is, struct flight *f, struct verdict *v)
{
    struct target *t = f->aim->target;
    bool wanted = t->claimed != NULL;
    char text[256];

    action_of(f)->read_ask(t, &f->x.answer, v);
    if (!wanted || t->claimed)
        return;
    snprintf(text, sizeof(text),
             "%s %.64s: the list of who has claimed already can't be read (%.80s): rows of those "
             "who have are sent as well",
             action_of(f)->name, t->id, f->x.answer.problem);
    is->d->say(is->d->context, text);
}

/* While the server could not be reached its queue may have stood still: that was no quiet time. */
static void note_reached(struct issue *is, const struct flight *f, int64_t now)
{
    struct outage *outage = &f->aim->channel->outage;
    enum trouble trouble = f->x.answer.trouble;
    bool was_down = outage_is_down(outage);

    /* That an attachment is not there says nothing of the mail server. */
    if ((trouble == TROUBLE_MESSAGE || trouble == TROUBLE_OUTBOX) && !f->is_probe)
        return;
    outage_note(outage, f->is_probe, f->x.answer.fate, now);
    if (was_down && !outage_is_down(outage))
        is->moved_ns = now;
}

/* What the answer says of how much the server can do; f has not been counted off. */
static void note_flow(struct flight *f, int64_t now)
{
    struct channel *c = f->aim->channel;
    const struct answer *a = &f->x.answer;

    if (a->fate == FATE_NOT_SENT)
        return;
    if (a->status == 429 || a->status == 503)
        flow_strained(&c->flow, c->at_lanes, f->left_ns, now);
    else
        flow_answered(&c->flow, c->at_lanes, f->state == FLIGHT_SENDING ? &f->aim->times : NULL,
                      f->left_ns, now);
}

int issue_handle(struct issue *is, struct flight *f, struct err *e)
{
    const struct action *action = action_of(f);
    struct channel *c = f->aim->channel;
    struct answer *a = &f->x.answer;
    int64_t now = clock_now_ns();
    struct verdict v;

    note_flow(f, now);
    c->at_lanes--;
    f->aim->sending -= f->state == FLIGHT_SENDING;
    is->n_to_sweep -= f->to_sweep;
    f->to_sweep = false;
    budget_done(c->budget, a->fate, now);
    if (!c->mails)
        heed(is, c, a, now);
    else if (a->fate == FATE_ANSWERED)
        c->said_unreachable = false;
    a->secrets = is->o->secrets;
    a->steps = f->steps;
    a->fields = f->fields;
    redact_apply(is->o->secrets, a->problem);
    note_reached(is, f, now);
    if (a->fate == FATE_NOT_SENT)
        snprintf(c->unreached, sizeof(c->unreached), "%s", a->problem);
    if (f->state == FLIGHT_ASKING)
        read_asked(is, f, &v);
    else if (f->state == FLIGHT_SENDING)
        action->read_send(f->aim->target, a, &v);
    else if (f->state == FLIGHT_PENDING)
        action->read_poll(f->aim->target, f->steps, a, &v);
    else if (f->state == FLIGHT_LISTING)
        action->read_list(f->aim->target, issue_listing_of(f), a, &v);
    else
        action->read_lookup(f->steps, f->lookup, a, &v);
    exchange_forget(&f->x); /* it may wait for long */

    if (f->state == FLIGHT_ASKING)
        return handle_asked(is, f, &v, now, e);
    if (f->state == FLIGHT_SENDING)
        return c->mails ? handle_mailed(is, f, &v, now, e) : handle_sent(is, f, &v, now, e);
    if (f->state == FLIGHT_PENDING)
        return handle_polled(is, f, &v, now, e);
    if (f->state == FLIGHT_LISTING)
        return handle_listed(is, f, &v, now, e);
    return handle_looked_up(is, f, &v, now, e);
}
