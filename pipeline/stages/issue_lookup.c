/*
 * issue_lookup: what became of a request that was not answered, or not rightly (policy/reconcile.h).
 *
 *   lost      -> looked up (issue_listing.c, then question by question) -> found: accepted, and followed
 *                         |                       -> absent: sent again
 *                         |                       -> not known: unknown, or sent once more (resend)
 *                         +- it may still come to light: looked up again, later
 *   forgotten -> looked up once -> found: success     -> else: unknown
 *   refused   -> looked up once -> found: success     -> else: sent again (also for its target's sake)
 */
#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "issue_internal.h"
#include "issue_looks.h"
#include "ledger/ledger_looks.h"
#include "policy/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A lost request is looked up early once, for it is mostly found then. */
#define LOOKUP_FIRST_NS (2 * CLOCK_NS_PER_S)
#define LOOKUP_GAP_NS CLOCK_NS_PER_S
/* What another run has had under way for longer than this is no longer in a queue. */
#define OTHERS_MS (INT64_C(24) * 3600 * 1000)
#define LOSSES_MAX 20 /* of one step, each time found absent */
/* So many in a row beyond what may be in flight: the others would be lost as well. */
#define LOSSES_IN_A_ROW_MAX 20
/* So often, so long apart, a look that is over waits for those of others. */
#define LOOKED_MAX 100
#define LOOKED_GAP_NS (100 * CLOCK_NS_PER_MS)
#define LOST_TEXT "sent, but the answer was lost"
#define FORGOTTEN_TEXT "accepted, but the server does not know of it any more"
#define RESENT_TEXT "sent twice, and the second time refused"
#define REFUSED_TEXT "sent, and refused because the claim took nothing at that time"

/* ---- beginning ---- */

static int keep_baseline(struct issue *is, struct flight *f, struct err *e)
{
    int found;

    if (f->baseline)
        return 0;
    f->baseline = mem_zero(1, sizeof(*f->baseline));
    if (!f->baseline)
        return err_nomem(e);
    found = ledger_baseline(is->o->ledger, f->steps->item, f->baseline, e);
    if (found == 1)
        return 0;
    free(f->baseline);
    f->baseline = NULL;
    return found;
}

/* A look that knows nothing yet, to begin at due_ns. */
static int begin_look(struct issue *is, struct flight *f, int64_t due_ns, struct err *e)
{
    if (!f->lookup)
        f->lookup = mem_zero(1, sizeof(*f->lookup));
    if (!f->lookup)
        return err_nomem(e);
    memset(f->lookup, 0, sizeof(*f->lookup));
    f->lookup->what = f->what;
    f->lookup->on_demand = f->aim->target->facts.on_demand;
    f->lookup->doubtful = f->doubtful;
    f->lookup->baseline = f->baseline;
    f->facts = (struct reconcile_facts){.lag_ns = INT64_MAX};
    f->looked = 0;
    f->failures = f->limited = 0;
    return flight_wait(is, f, due_ns, e);
}

int issue_look_up(struct issue *is, struct flight *f, enum reconcile_case what, int64_t now,
                  int64_t due_ns, struct err *e)
{
    f->state = FLIGHT_LOST;
    f->what = what;
    f->lost_ns = now;
    f->quiet_ns = 0;
    return keep_baseline(is, f, e) == 0 ? begin_look(is, f, due_ns, e) : -1;
}

/* ---- as a look begins ---- */

/* Claims of one collection are done one after the other, and those that stand before f may be lost as
 * well.  So the queue's delay counts from the loss, or that look of f, after which the queue was not
 * seen to move or to hold anything.  What was given up on still lies in it, for all that is known. */
static void note_queue(const struct issue *is, struct flight *f, bool others, int64_t now)
{
    bool crowded = others || f->crowded;

    f->crowded = others;
    if (f->quiet_ns == 0 || crowded || is->queued > 0 || is->gave_up || is->moved_ns > f->quiet_ns)
        f->quiet_ns = now;
}

int issue_has_others(const struct issue *is, const struct aim *aim, struct err *e)
{
    /* Another run's claim of the same collection shares the queue; those of this one are counted by issue. */
    return ledger_others_under_way(is->o->ledger, is->o->run, aim->target->ledger_id,
                                   clock_wall_ms() - OTHERS_MS, e);
}

static int rest_unseen(struct issue *is, struct flight *f, struct err *e)
{
    char error[ACTION_TEXT_MAX];

    snprintf(error, sizeof(error), "%s (%.200s): nobody can tell whether it was taken", LOST_TEXT,
             f->x.answer.problem);
    redact_apply(is->o->secrets, error);
    if (flight_move_to(is, f, STATE_UNKNOWN, error, e) != 0)
        return -1;
    flight_rest(is, f);
    return 0;
}

int issue_lose(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    struct channel *c = f->aim->channel;
    int64_t delay = is->o->queue_delay_ns;
    int others;

    /* A file is not burnt on a server whose answers are all lost. */
    if (++c->losses >= c->in_flight + LOSSES_IN_A_ROW_MAX)
        issue_stop(is, COURSE_FOLLOWING, ISSUE_UNUSABLE, issue_server_name(c),
                   f->x.answer.problem[0] ? f->x.answer.problem : "each is lost");
    if (!f->aim->target->action->lookup) /* nobody can be asked what became of it */
        return rest_unseen(is, f, e);
    if (is->o->no_settle) {
        flight_rest(is, f);
        return 0;
    }
    others = issue_has_others(is, f->aim, e);
    if (others < 0)
        return -1;
    if (issue_look_up(is, f, RECONCILE_LOST, now,
                      now + (delay < LOOKUP_FIRST_NS ? delay : LOOKUP_FIRST_NS), e) != 0)
        return -1;
    note_queue(is, f, others > 0, now);
    return 0;
}

/* How things are is judged before the first question of a look leaves: an answer tells how they were some
 * time after the question left, and no later. */
void issue_judge(const struct issue *is, struct flight *f, bool others, int64_t now)
{
    note_queue(is, f, others, now);
    f->lookup->asked++;
    f->facts = (struct reconcile_facts){.since_loss_ns = now - f->lost_ns,
                                        .quiet_ns = now - f->quiet_ns,
                                        .delay_ns = is->o->queue_delay_ns,
                                        .fence_after_ns = f->aim->fence.sent_ns - f->lost_ns};
}

int issue_begin_question(struct issue *is, struct flight *f, struct err *e)
{
    int others =
        f->lookup->asked == 0 && f->what == RECONCILE_LOST ? issue_has_others(is, f->aim, e) : 0;

    if (others < 0)
        return -1;
    if (f->lookup->asked == 0 && f->what == RECONCILE_LOST)
        issue_judge(is, f, others > 0, clock_now_ns());
    return 0;
}

/* ---- as it ends ---- */

/* What is sent now goes to whom the row says; what was asked about was sent to whom the ledger says. */
static int readdress(struct issue *is, struct flight *f, struct err *e)
{
    if (f->recipient && ledger_readdress(is->o->ledger, f->steps->item, f->recipient, e) != 0)
        return -1;
    if (f->recipient)
        f->steps->recipient = f->recipient;
    if (f->fields)
        f->steps->fields = f->fields;
    return 0;
}

static void leave_looks(struct issue *is, struct flight *f)
{
    is->looked_up -= f->what == RECONCILE_REFUSED;
    f->what = RECONCILE_LOST;
    f->failures = f->limited = 0;
}

/* Certainly not taken: send it (again), if a row of this run says with which fields. */
static int send_absent(struct issue *is, struct flight *f, struct err *e)
{
    if (f->what == RECONCILE_LOST && ++f->losses >= LOSSES_MAX) {
        snprintf(f->lookup->text, sizeof(f->lookup->text), "%u times; it was not there afterwards",
                 f->losses);
        f->resend = false;
        return issue_rest_unknown(is, f, e);
    }
    f->doubtful = false;
    if ((f->steps->state != STATE_PLANNED && flight_move_to(is, f, STATE_PLANNED, NULL, e) != 0) ||
        readdress(is, f, e) != 0)
        return -1;
    f->retried = f->retried || f->what == RECONCILE_REFUSED;
    leave_looks(is, f);
    if (!f->steps->fields) {
        flight_rest(is, f);
        return 0;
    }
    f->state = FLIGHT_READY;
    line_put(&f->aim->channel->resends, f);
    return 0;
}

/* The user wants it sent although an earlier request may have had its effect: once, and to whom that was
 * sent.  Until it leaves it is as unknown as before. */
static int send_doubtful(struct issue *is, struct flight *f, struct err *e)
{
    if (f->fields)
        f->steps->fields = f->fields;
    if (f->steps->state == STATE_SENDING && flight_move_to(is, f, STATE_UNKNOWN, LOST_TEXT, e) != 0)
        return -1;
    leave_looks(is, f);
    f->resend = crashpoint_breaks("resend");
    f->state = FLIGHT_RESEND;
    f->doubtful = true;
    line_put(&f->aim->channel->resends, f);
    return 0;
}

int issue_rest_unknown(struct issue *is, struct flight *f, struct err *e)
{
    const char *why = reconcile_why(f->lookup, &f->facts);
    char error[ACTION_TEXT_MAX];

    if (f->resend && f->what == RECONCILE_LOST && (f->fields || f->steps->fields) &&
        !reconcile_counts_more(f->lookup, &f->facts))
        return send_doubtful(is, f, e);
    snprintf(error, sizeof(error), "%s; the server can't tell whether it was taken%s%s%s",
             f->what == RECONCILE_FORGOTTEN ? FORGOTTEN_TEXT
             : f->what == RECONCILE_RESENT  ? RESENT_TEXT
             : f->what == RECONCILE_REFUSED ? REFUSED_TEXT
                                            : LOST_TEXT,
             *why ? " (" : "", why, *why ? ")" : "");
    if (!f->aim->target->action->lookup)
        snprintf(error, sizeof(error), "%s", ISSUE_UNTOLD);
    redact_apply(is->o->secrets, error);
    if (f->steps->state != STATE_UNKNOWN && flight_move_to(is, f, STATE_UNKNOWN, error, e) != 0)
        return -1;
    leave_looks(is, f);
    flight_rest(is, f);
    return 0;
}

int issue_look_fails(struct issue *is, struct flight *f, struct err *e)
{
    f->resend = false; /* never without having looked */
    if (f->what == RECONCILE_LOST || f->what == RECONCILE_RESENT ||
        f->steps->state == STATE_PLANNED)
        return issue_rest_unknown(is, f, e);
    /* It stays what it was: pending, or failed. */
    leave_looks(is, f);
    flight_rest(is, f);
    return 0;
}

/* What is taken for done without a question about its attempt, which the server would not answer. */
static int rest_success(struct issue *is, struct flight *f, const char *attempt, struct err *e)
{
    struct ledger_move m = {.to = STATE_SUCCESS, .attempt = attempt};

    is->moved_ns = clock_now_ns();
    if (flight_move(is, f, &m, e) != 0)
        return -1;
    leave_looks(is, f);
    flight_rest(is, f);
    return 0;
}

/* Looking up ends when nothing in the queue has moved for so long that it would be given up as well. */
static bool lookup_over(const struct issue *is, const struct flight *f, int64_t now)
{
    int64_t since = f->lost_ns > is->moved_ns ? f->lost_ns : is->moved_ns;

    /* With short times, too, there is room for more than one look. */
    return now - since > is->o->queue_delay_ns + is->o->settle_timeout_ns + 5 * LOOKUP_GAP_NS;
}

/* Is a request for the same recipient at the server, whose attempt may be what f's look has found?  And where
 * a count decides: is one in its queue, which may be done between the pages and the count? */
static bool has_rival(const struct issue *is, const struct flight *f)
{
    for (const struct flight *other = is->all; other; other = other->next)
        if ((other->state == FLIGHT_SENDING ||
             (other->state == FLIGHT_PENDING && f->what != RECONCILE_LOST)) &&
            other->aim == f->aim && strcmp(other->steps->recipient, f->steps->recipient) == 0)
            return true;
    return false;
}

/* Is there nothing more on its way to the target of f that could become a fence? */
static bool is_idle(const struct issue *is, const struct flight *f)
{
    if (f->aim->n_ready || is->supply != SUPPLY_NONE)
        return false;
    for (const struct flight *other = is->all; other; other = other->next)
        if (other->aim == f->aim && other->state != FLIGHT_LOST && other->state != FLIGHT_ASKING &&
            other->state != FLIGHT_LISTING)
            return false;
    return true;
}

/* Of what the look has found: what belongs to other rows, and the best of the rest. */
static int sort_candidates(struct issue *is, struct flight *f,
                           const struct reconcile_candidate **ours, struct err *e)
{
    const struct reconcile_lookup *l = f->lookup;

    *ours = NULL;
    f->facts.foreign = 0;
    for (unsigned i = 0; i < l->n_candidates; i++) {
        /* One that the ledger knows for another recipient is this one's all the same: it is shown so. */
        int known = ledger_has_attempt(is->o->ledger, l->candidates[i].attempt, f->steps->recipient,
                                       f->steps->item, e);

        if (known < 0)
            return -1;
        if (known && !crashpoint_breaks("foreign"))
            f->facts.foreign += l->candidates[i].success;
        else if (!*ours || (l->candidates[i].success && !(*ours)->success))
            *ours = &l->candidates[i];
    }
    /* Where the attempts were not shown, the ledger alone tells which successes are other rows'. */
    return l->pages_denied && l->count_done && l->count > 0
               ? ledger_successes(is->o->ledger, f->aim->target->ledger_id, f->steps->recipient,
                                  f->steps->item, &f->facts.foreign, e)
               : 0;
}

static int look_again(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    int64_t left_ns;

    if (lookup_over(is, f, now))
        return issue_rest_unknown(is, f, e);
    left_ns = reconcile_wait_ns(f->lookup, &f->facts);
    return begin_look(is, f, now + (left_ns > LOOKUP_GAP_NS ? left_ns : LOOKUP_GAP_NS), e);
}

/* The queue may have been seen to move since the look began: by what another row's has found. */
static void complete_facts(const struct issue *is, struct flight *f)
{
    if (is->moved_ns > f->quiet_ns) {
        f->quiet_ns = is->moved_ns;
        f->facts.quiet_ns = 0;
    }
    f->facts.lag_ns = f->aim->lag_ns;
    f->facts.idle = is_idle(is, f);
}

/* Has another's look begun that may yet see the queue move?  Answers come in any order, and what stands before f may be
 * lost as well. */
static bool others_look(const struct issue *is, const struct flight *f)
{
    for (const struct flight *other = is->all; other; other = other->next)
        if (other != f && other->state == FLIGHT_LOST && other->aim == f->aim &&
            other->lookup->asked > 0 && other->looked == 0)
            return true;
    return false;
}

/* Does it hang on how long the queue was still? */
static bool rests_on_quiet(const struct flight *f, enum reconciled found)
{
    return f->what == RECONCILE_LOST &&
           (found == RECONCILED_UNKNOWN ||
            (found == RECONCILED_ABSENT && f->facts.fence_after_ns < f->facts.delay_ns));
}

static int lookup_decide(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    enum reconciled found;

    complete_facts(is, f);
    found = reconcile_decide(f->lookup, &f->facts);
    if (rests_on_quiet(f, found) && f->looked < LOOKED_MAX && others_look(is, f)) {
        f->looked++;
        return flight_wait(is, f, now + LOOKED_GAP_NS, e);
    }
    switch (found) {
    case RECONCILED_ABSENT:
        return send_absent(is, f, e);
    case RECONCILED_SUCCESS:
        return rest_success(is, f, NULL, e);
    case RECONCILED_LATER:
        return look_again(is, f, now, e);
    case RECONCILED_UNKNOWN:
        break;
    }
    return f->what == RECONCILE_REFUSED ? issue_look_fails(is, f, e) : issue_rest_unknown(is, f, e);
}

int issue_lookup_done(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    const struct reconcile_candidate *ours;

    if (sort_candidates(is, f, &ours, e) != 0)
        return -1;
    if (has_rival(is, f))
        return begin_look(is, f, now + LOOKUP_GAP_NS, e);
    if (ours && f->what == RECONCILE_LOST) {
        is->moved_ns = now; /* the queue has moved, or somebody's in it */
        f->turn = 0;        /* it may be older than what was sent, and so is no fence */
        f->doubtful = false;
        return issue_accept(is, f, ours->attempt, ours->success, now, e);
    }
    if (ours && ours->success)
        return rest_success(is, f, ours->attempt, e);
    return lookup_decide(is, f, now, e);
}

int issue_look_on(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    const struct reconcile_candidate *ours;

    if (sort_candidates(is, f, &ours, e) != 0)
        return -1;
    if (ours)
        return issue_lookup_done(is, f, now, e);
    complete_facts(is, f);
    if (f->lookup->fence_seen && f->lookup->unbroken && !lookup_over(is, f, now) &&
        reconcile_decide(f->lookup, &f->facts) == RECONCILED_LATER)
        return look_again(is, f, now, e);
    line_put(&f->aim->channel->questions, f);
    return 0;
}
