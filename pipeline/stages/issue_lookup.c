/*
 * issue_lookup: what became of a request whose answer was lost.
 *
 *   lost -> looked up (question by question) -> found: accepted, and followed
 *                    |                       -> absent: sent again
 *                    |                       -> not known: unknown
 *                    +- it may still lie in the queue: looked up again, later
 */
#include "base/clock.h"
#include "base/mem.h"
#include "policy/redact.h"
#include "stages/issue_parts.h"

#include <stdio.h>
#include <string.h>

/* A lost request is looked up early once, for it is mostly found then. */
#define LOOKUP_FIRST_NS (2 * CLOCK_NS_PER_S)
#define LOOKUP_GAP_NS CLOCK_NS_PER_S
/* What another run has had under way for longer than this is no longer in a queue. */
#define OTHERS_MS (INT64_C(24) * 3600 * 1000)
#define LOSSES_MAX 20 /* of one step, each time found absent */
#define LOST_TEXT "sent, but the answer was lost"

/* A lookup that knows nothing yet, to begin at due_ns. */
int issue_begin_lookup(struct issue *is, struct flight *f, int64_t due_ns, struct err *e)
{
    if (!f->lookup)
        f->lookup = mem_zero(1, sizeof(*f->lookup));
    if (!f->lookup)
        return err_nomem(e);
    memset(f->lookup, 0, sizeof(*f->lookup));
    f->lookup->intent_ms = f->steps->intent_ms;
    f->failures = f->limited = 0;
    return flight_wait(is, f, due_ns, e);
}

int issue_lose(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    int64_t delay = is->o->queue_delay_ns;

    f->state = FLIGHT_LOST;
    f->lost_ns = now;
    f->quiet_ns = 0;
    return issue_begin_lookup(is, f, now + (delay < LOOKUP_FIRST_NS ? delay : LOOKUP_FIRST_NS), e);
}

/* Claims of one collection are done one after the other, and those that stand before f may be lost as
 * well.  So the queue's delay counts between two looks of f, from the first after which the queue was not
 * seen to move or to hold anything.  What was given up on still lies in it, for all that is known. */
static void note_queue(const struct issue *is, struct flight *f, bool others, int64_t now)
{
    if (f->quiet_ns == 0 || others || is->queued > 0 || is->gave_up || is->moved_ns >= f->quiet_ns)
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
int issue_mind_queue(struct issue *is, struct flight *f, struct err *e)
{
    int others;

    if (f->lookup->asked++ > 0)
        return 0;
    /* Another run's claim of the same collection shares the queue; those of this one are counted by issue. */
    others = ledger_others_under_way(is->o->ledger, is->o->run, f->aim->target->ledger_id,
                                     clock_wall_ms() - OTHERS_MS, e);
    if (others < 0)
        return -1;
    note_queue(is, f, others > 0, clock_now_ns());
    f->queue_passed = queue_left_ns(is, f) == 0;
    return 0;
}

/* Send it (again), if a row of this run says with which fields. */
static int send_lost(struct issue *is, struct flight *f, struct err *e)
{
    if (flight_move_to(is, f, STATE_PLANNED, NULL, e) != 0)
        return -1;
    /* What was asked about was sent to whom the ledger says; what is sent now goes to whom the row says. */
    if (f->recipient && ledger_readdress(is->o->ledger, f->steps->item, f->recipient, e) != 0)
        return -1;
    if (f->recipient)
        f->steps->recipient = f->recipient;
    if (f->fields)
        f->steps->fields = f->fields;
    if (!f->steps->fields) {
        flight_rest(is, f);
        return 0;
    }
    f->state = FLIGHT_READY;
    f->failures = f->limited = 0;
    if (++f->losses >= LOSSES_MAX)
        issue_stop_sending(is, ISSUE_UNUSABLE,
                           f->x.answer.problem[0] ? f->x.answer.problem : "each is lost");
    line_put(&is->resends, f);
    return 0;
}

/* The server could not tell. */
int issue_rest_unknown(struct issue *is, struct flight *f, struct err *e)
{
    const char *why = f->lookup->text;
    char error[ACTION_TEXT_MAX];

    if (f->resend)
        return send_lost(is, f, e);
    snprintf(error, sizeof(error), LOST_TEXT "; the server can't tell whether it was taken%s%s%s",
             *why ? " (" : "", why, *why ? ")" : "");
    redact_apply(is->o->secrets, error);
    if (f->steps->state != STATE_UNKNOWN && flight_move_to(is, f, STATE_UNKNOWN, error, e) != 0)
        return -1;
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

/* Is a request for the same recipient at the server, whose attempt may be what f's lookup has found? */
static bool has_rival(const struct issue *is, const struct flight *f)
{
    for (const struct flight *other = is->all; other; other = other->next)
        if (other->state == FLIGHT_SENDING && other->aim == f->aim &&
            strcmp(other->steps->recipient, f->steps->recipient) == 0)
            return true;
    return false;
}

int issue_lookup_done(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    const struct reconcile_lookup *l = f->lookup;
    int64_t foreign = 0, left_ns;
    const char *ours = NULL;

    for (unsigned i = 0; i < l->n_candidates; i++) {
        int known = ledger_has_attempt(is->o->ledger, f->aim->target->ledger_id,
                                       l->candidates[i].attempt, f->steps->item, e);
        if (known < 0)
            return -1;
        if (known)
            foreign += l->candidates[i].success;
        else if (!ours || l->candidates[i].success)
            ours = l->candidates[i].attempt;
    }
    if (has_rival(is, f))
        return issue_begin_lookup(is, f, now + LOOKUP_GAP_NS, e);
    if (ours) {
        is->moved_ns = now; /* the queue has moved, or somebody's in it */
        return issue_accept(is, f, ours, now, e);
    }
    switch (reconcile_decide(l, foreign, f->queue_passed)) {
    case RECONCILED_ABSENT:
        return send_lost(is, f, e);
    case RECONCILED_LATER:
        if (lookup_over(is, f, now))
            return issue_rest_unknown(is, f, e);
        left_ns = queue_left_ns(is, f);
        return issue_begin_lookup(is, f, now + (left_ns > LOOKUP_GAP_NS ? left_ns : LOOKUP_GAP_NS),
                                  e);
    case RECONCILED_UNKNOWN:
        break;
    }
    return issue_rest_unknown(is, f, e);
}
