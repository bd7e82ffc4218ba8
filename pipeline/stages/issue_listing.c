/*
 * issue_listing: readings of the list of what a claim shows (policy/listing.h), each for all that it can tell of.
 *
 *   accepted and swept, and it is time (issue_sweep.c) --+
 *                                                        +--> a reading: page after page --> each goes on by itself
 *   lost, a look is due -> seekers, for a while ---------+
 *
 * Of each target one reading is under way at most; what comes due meanwhile waits for the next one.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "issue_internal.h"
#include "issue_looks.h"
#include "issue_sweep.h"
#include "ledger/ledger_looks.h"

#include <stdio.h>
#include <stdlib.h>

/* A reading begins this part of the queue's delay, or so long, after the first look that needs it was due: what was lost
 * together is looked for together, and what is sent again then does not hold up the proof of the others. */
#define GATHERING_PART 8
#define GATHERING_MAX_NS (5 * CLOCK_NS_PER_S)

struct wave {
    struct listing listing;
    struct line seekers; /* its rows */
    bool seeks;          /* it has rows, which are still looked for */
    bool begun;          /* its first page is asked for */
    int64_t fence_sent_ns;
    struct sweeping sweeping;
};

struct listing *issue_listing_of(const struct flight *f)
{
    return &f->aim->wave->listing;
}

void issue_free_wave(struct wave *w)
{
    if (w)
        free(w->listing.rows);
    free(w);
}

/* ---- beginning ---- */

bool issue_seeks(const struct flight *f)
{
    return f->state == FLIGHT_LOST && f->what == RECONCILE_LOST && f->lookup->asked == 0 &&
           f->aim->fence.item && !f->aim->target->facts.on_demand && !f->far;
}

static int begin_wave(struct issue *is, struct aim *aim, bool seeks, struct err *e)
{
    struct wave *w = mem_zero(1, sizeof(*w));
    struct flight *f = w ? flight_new(is, aim, FLIGHT_LISTING) : NULL;

    if (!f) {
        free(w);
        return err_nomem(e);
    }
    line_init(&w->seekers);
    line_init(&w->sweeping.found);
    line_init(&w->sweeping.odd);
    w->seeks = seeks;
    w->sweeping.is = is;
    w->sweeping.aim = aim;
    w->listing.see = issue_sweep_see;
    w->listing.context = &w->sweeping;
    aim->wave = w;
    line_put(&is->questions, f);
    return 0;
}

static void gather(struct issue *is, struct aim *aim)
{
    int64_t wait_ns = is->o->queue_delay_ns / GATHERING_PART;

    aim->gather_ns = clock_now_ns() + (wait_ns < GATHERING_MAX_NS ? wait_ns : GATHERING_MAX_NS);
}

/* Towards the end of a run nobody else may come. */
static bool all_seek(const struct issue *is, const struct aim *aim)
{
    return is->supply == SUPPLY_NONE && !aim->n_ready && !aim->sending &&
           aim->seekers.n == aim_lost(is, aim);
}

int issue_seek(struct issue *is, struct flight *f, struct err *e)
{
    struct aim *aim = f->aim;

    line_put(&aim->seekers, f);
    if (aim->wave) /* its end sees to them */
        return 0;
    if (aim->seekers.n == 1)
        gather(is, aim);
    if (all_seek(is, aim))
        aim->gather_ns = clock_now_ns();
    return issue_set_time(is, aim, aim->gather_ns, e);
}

/* Those that gather are not taken into a reading that is due before. */
int issue_list_if_due(struct issue *is, struct aim *aim, int64_t now, struct err *e)
{
    bool sweeps, seeks;
    int64_t due;

    if (aim->wave)
        return 0;
    sweeps = issue_sweep_is_due(is, aim, now);
    seeks = aim->seekers.n && aim->gather_ns <= now;
    if (sweeps || seeks)
        return begin_wave(is, aim, seeks, e);
    due = issue_sweep_due(is, aim);
    return issue_set_time(is, aim, aim->seekers.n && aim->gather_ns < due ? aim->gather_ns : due,
                          e);
}

/* The seekers become the reading's rows. */
static int take_seekers(struct issue *is, struct aim *aim, struct err *e)
{
    struct listing *l = &aim->wave->listing;
    int others = issue_has_others(is, aim, e);
    int64_t now = clock_now_ns();

    if (others < 0)
        return -1;
    l->rows = mem_zero(aim->seekers.n, sizeof(struct reconcile_lookup *));
    if (!l->rows)
        return err_nomem(e);
    while (aim->seekers.n) {
        struct flight *f = line_take(&aim->seekers);

        line_put(&aim->wave->seekers, f);
        issue_judge(is, f, others > 0, now);
        f->lookup->recipient = f->steps->recipient;
        f->lookup->fenced = true;
        if (f->floor && ledger_attempt(is->o->ledger, f->floor, f->lookup->floor,
                                       sizeof(f->lookup->floor), e) < 0)
            return -1;
        l->rows[l->n_rows++] = f->lookup;
    }
    return 0;
}

/* The fence is chosen before the first page, so that the list is asked after it has settled. */
static int choose_fence(struct issue *is, struct aim *aim, struct err *e)
{
    struct wave *w = aim->wave;

    w->fence_sent_ns = aim->fence.sent_ns;
    return ledger_attempt(is->o->ledger, aim->fence.item, w->listing.fence,
                          sizeof(w->listing.fence), e) < 0
               ? -1
               : 0;
}

int issue_ask_list(struct issue *is, struct flight *f, struct err *e)
{
    struct aim *aim = f->aim;

    if (!aim->wave->begun)
        issue_sweep_begin(aim, &aim->wave->sweeping, clock_now_ns());
    if (!aim->wave->begun && aim->wave->seeks &&
        (choose_fence(is, aim, e) != 0 || take_seekers(is, aim, e) != 0))
        return -1;
    aim->wave->begun = true;
    aim->target->action->list(aim->target, &aim->wave->listing, &f->x.request);
    return 0;
}

/* ---- its end ---- */

/* How far the list was behind, at the most, when it showed the fence. */
static void note_lag(struct aim *aim, int64_t now)
{
    int64_t lag_ns = now - aim->wave->fence_sent_ns;

    if (aim->wave->listing.fence_seen && lag_ns < aim->lag_ns)
        aim->lag_ns = lag_ns;
}

/* Each row goes on by itself; or its look fails. */
static int release_seekers(struct issue *is, struct wave *w, const char *failed, int64_t now,
                           struct err *e)
{
    int rc = 0;

    w->seeks = false;
    listing_close(&w->listing);
    while (w->seekers.n && rc == 0) {
        struct flight *f = line_take(&w->seekers);

        if (is->moved_ns > f->quiet_ns) /* as this very reading may have shown */
            f->quiet_ns = now;
        f->far = w->listing.pages == LISTING_PAGES_MAX && !f->lookup->floor_seen;
        if (failed)
            snprintf(f->lookup->text, sizeof(f->lookup->text), "%.200s", failed);
        rc = failed ? issue_look_fails(is, f, e) : issue_look_on(is, f, now, e);
    }
    return rc;
}

/* Those who have come to seek meanwhile wait for their like. */
static int end_wave(struct issue *is, struct aim *aim, bool failed, int64_t now, struct err *e)
{
    struct wave *w = aim->wave;

    aim->wave = NULL;
    issue_sweep_end(is, &w->sweeping, !failed && !w->listing.denied, now);
    issue_free_wave(w);
    if (aim->seekers.n)
        gather(is, aim);
    return issue_list_if_due(is, aim, now, e);
}

int issue_handle_list(struct issue *is, struct flight *f, const char *failed, int64_t now,
                      struct err *e)
{
    struct aim *aim = f->aim;
    struct wave *w = aim->wave;
    int wanted;

    if (w->seeks)
        note_lag(aim, now);
    wanted = issue_sweep_turn(is, &w->sweeping, !failed && !w->listing.denied, now, e);
    if (wanted < 0 ||
        (w->seeks && (failed || w->listing.over) && release_seekers(is, w, failed, now, e) != 0))
        return -1;
    if (!failed && !w->listing.ended && (wanted || w->seeks)) {
        line_put(&is->questions, f);
        return 0;
    }
    flight_free(is, f);
    return end_wave(is, aim, failed, now, e);
}
