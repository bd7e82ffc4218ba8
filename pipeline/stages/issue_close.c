/*
 * issue_close: targets to which nothing more is sent in this run, while others go on.
 *
 *   open -> closed (why is known) -> told (something was left out for it: the run has stopped early)
 *
 * What is under way is followed to its end.  What certainly had no effect goes back, and is unsent like the rows
 * that were not come to.  If nothing is left out, nothing was stopped: then the file is simply at its end.
 */
#include "base/mem.h"
#include "issue_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REASON_MAX 200 /* of the server's words in a message */

/* The first text, and then who else. */
static void tell(struct issue *is, const struct aim *aim)
{
    struct issue_end *end = is->end;
    size_t len = strlen(end->stopped);

    if (len == 0)
        end->mend = aim->mend;
    if (len == 0)
        snprintf(end->stopped, sizeof(end->stopped), "%s", aim->why);
    else if (is->n_told > 0)
        snprintf(end->stopped + len, sizeof(end->stopped) - len, "; the same for %s %.64s",
                 aim->target->action->name, aim->target->id);
    if (is->o->n_targets > 1)
        is->d->say(is->d->context, aim->why);
    is->n_told++;
    if (is->n_told == is->o->n_targets)
        issue_go(is, COURSE_FOLLOWING);
}

static void leave_out(struct issue *is, struct aim *aim)
{
    if (aim->told)
        return;
    aim->told = true;
    tell(is, aim);
}

void issue_leave_out(struct issue *is, const struct target *t)
{
    leave_out(is, &is->aims[t->number]);
}

/* mend: time alone changes nothing of it. */
static int close_aim(struct issue *is, struct aim *aim, const char *why, bool mend, struct err *e)
{
    aim->target->closed = true;
    aim->mend = mend;
    aim->why = mem_copy(why, strlen(why));
    if (!aim->why)
        return err_nomem(e);
    while (aim->ready) {
        struct step *s = aim_take(is, aim);

        step_rest(is, s);
        step_free(s);
        leave_out(is, aim);
    }
    return 0;
}

static const char *words_of(enum refusal kind)
{
    switch (kind) {
    case REFUSAL_USED_UP:
        return "is used up";
    case REFUSAL_HALTED:
        return "is halted";
    case REFUSAL_NOT_NOW:
        return "is not open at this time";
    case REFUSAL_OF_ROW:
        break;
    }
    return "takes nothing more";
}

/* ---- when ---- */

static bool may_close(const struct issue *is, const struct aim *aim)
{
    return !is->o->stoprule->keep_going && !aim->target->closed;
}

int issue_heed_closing(struct issue *is, struct aim *aim, const struct verdict *v, bool queued,
                       struct err *e)
{
    char why[ACTION_TEXT_MAX];

    if (v->refusal == REFUSAL_OF_ROW || !may_close(is, aim))
        return 0;
    snprintf(why, sizeof(why),
             "%s %.64s %s (%.*s): nothing more is sent to it; run the same command again when that "
             "has changed%s (--keep-going sends the rest all the same)",
             aim->target->action->name, aim->target->id, words_of(v->refusal), REASON_MAX, v->text,
             queued ? ", with --retry-failed for what it has refused" : "");
    return close_aim(is, aim, why, true, e);
}

int issue_hold_places(struct issue *is, const struct flight *f, struct err *e)
{
    struct aim *aim = f->aim;
    char why[ACTION_TEXT_MAX];

    if (!room_hold(&aim->room, f->n) || !may_close(is, aim))
        return 0;
    snprintf(why, sizeof(why),
             "%s %.64s: what lies in its queue may take all places that it has: nothing more is "
             "sent to it; run the same command again later (--keep-going sends the rest all the "
             "same)",
             aim->target->action->name, aim->target->id);
    return close_aim(is, aim, why, false, e);
}

int issue_heed_refusal(struct issue *is, struct flight *f, struct hopeless *h,
                       const struct verdict *v, struct err *e)
{
    struct aim *aim = f->aim;
    char why[ACTION_TEXT_MAX];

    if (f->retried || !hopeless_refused(h, v->text, f->steps->recipient) || !may_close(is, aim))
        return 0;
    is->end->alike = true;
    snprintf(
        why, sizeof(why),
        "%s %.64s: its first %d answers all refuse for the same reason (%.*s): nothing more is "
        "sent to it; put that right and add --retry-failed, or go on with --keep-going",
        aim->target->action->name, aim->target->id, HOPELESS_ANSWERS, REASON_MAX, v->text);
    return close_aim(is, aim, why, true, e);
}
