/*
 * issue_listing: readings of the list of what a claim shows (policy/listing.h), each for all that it can tell of.
 *
 *   accepted and swept, and it is time (issue_sweep.c) --+
 *                                                        +--> a reading: page after page --> each goes on by itself
 *   lost, a look is due -> seekers, for a while ---------+
 *
 * A reading may serve both.  Of each target one at most is under way for either; what comes due meanwhile waits for the
 * next one.
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
#define GATHERING_PART 3
#define GATHERING_MAX_NS (5 * CLOCK_NS_PER_S)

struct wave {
    struct listing listing;
    struct line seekers; /* its rows */
    bool begun;          /* its first page is asked for */
    int64_t fence_sent_ns;
    struct sweeping sweeping;
};

struct listing *issue_listing_of(const struct flight *f)
{
    return &f->wave->listing;
}

static void free_wave(struct wave *w)
{
    free(w->listing.rows);
    free(w);
}

/* Only a run that ends has any. */
void issue_free_waves(struct aim *aim)
{
    if (aim->seeking)
        free_wave(aim->seeking);
    if (aim->sweeping && aim->sweeping != aim->seeking)
        free_wave(aim->sweeping);
}

/* ---- beginning ---- */

bool issue_seeks(const struct flight *f)
{
    return f->state == FLIGHT_LOST && f->what == RECONCILE_LOST && f->lookup->asked == 0 &&
           f->aim->fence.item && !f->aim->target->facts.on_demand && !f->far;
}

static int begin_wave(struct issue *is, struct aim *aim, bool seeks, bool sweeps, struct err *e)
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
    w->sweeping.is = is;
    w->sweeping.aim = aim;
    f->wave = w;
    if (seeks)
        aim->seeking = w;
    if (sweeps) {
        aim->sweeping = w;
        w->listing.see = issue_sweep_see;
        w->listing.context = &w->sweeping;
    }
    line_put(&f->aim->channel->questions, f);
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
    if (aim->seekers.n == 1)
        gather(is, aim);
    if (all_seek(is, aim))
        aim->gather_ns = clock_now_ns();
    return issue_set_time(is, aim, aim->gather_ns, e);
}

/* When something is due that no reading under way is for. */
static int64_t next_due(const struct issue *is, const struct aim *aim)
{
    int64_t due = aim->sweeping ? INT64_MAX : issue_sweep_due(is, aim);

    return !aim->seeking && aim->seekers.n && aim->gather_ns < due ? aim->gather_ns : due;
}

/* Those that gather are not taken into a reading that is due before. */
int issue_list_if_due(struct issue *is, struct aim *aim, int64_t now, struct err *e)
{
    bool sweeps = !aim->sweeping && issue_sweep_is_due(is, aim, now);
    bool seeks = !aim->seeking && aim->seekers.n && aim->gather_ns <= now;
    bool free_ride = seeks && !aim->sweeping && aim->swept.n;

    if ((sweeps || seeks) && begin_wave(is, aim, seeks, sweeps || free_ride, e) != 0)
        return -1;
    return issue_set_time(is, aim, next_due(is, aim), e);
}

/* The seekers become the reading's rows. */
static int take_seekers(struct issue *is, struct aim *aim, struct wave *w, struct err *e)
{
    struct listing *l = &w->listing;
    int others = issue_has_others(is, aim, e);
    int64_t now = clock_now_ns();

    if (others < 0)
        return -1;
    l->rows = mem_zero(aim->seekers.n, sizeof(struct reconcile_lookup *));
    if (!l->rows)
        return err_nomem(e);
    while (aim->seekers.n) {
        struct flight *f = line_take(&aim->seekers);

        line_put(&w->seekers, f);
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
static int choose_fence(struct issue *is, struct aim *aim, struct wave *w, struct err *e)
{
    w->fence_sent_ns = aim->fence.sent_ns;
    return ledger_attempt(is->o->ledger, aim->fence.item, w->listing.fence,
                          sizeof(w->listing.fence), e) < 0
               ? -1
               : 0;
}

int issue_ask_list(struct issue *is, struct flight *f, struct err *e)
{
    struct aim *aim = f->aim;
    struct wave *w = f->wave;

    if (!w->begun && aim->sweeping == w)
        issue_sweep_begin(aim, &w->sweeping, clock_now_ns());
    if (!w->begun && aim->seeking == w &&
        (choose_fence(is, aim, w, e) != 0 || take_seekers(is, aim, w, e) != 0))
        return -1;
    w->begun = true;
    aim->target->action->list(aim->target, &w->listing, &f->x.request);
    return 0;
}

/* ---- its end ---- */

/* How far the list was behind, at the most, when it showed the fence. */
static void note_lag(struct aim *aim, const struct wave *w, int64_t now)
{
    int64_t lag_ns = now - w->fence_sent_ns;

    if (w->listing.fence_seen && lag_ns < aim->lag_ns)
        aim->lag_ns = lag_ns;
}

/* Each row goes on by itself; or its look fails. */
static int end_seeking(struct issue *is, struct aim *aim, const char *failed, int64_t now,
                       struct err *e)
{
    struct wave *w = aim->seeking;
    int rc = 0;

    listing_close(&w->listing);
    while (w->seekers.n && rc == 0) {
        struct flight *f = line_take(&w->seekers);

        f->far = w->listing.pages == LISTING_PAGES_MAX && !f->lookup->floor_seen;
        if (failed)
            snprintf(f->lookup->text, sizeof(f->lookup->text), "%.200s", failed);
        rc = failed ? issue_look_fails(is, f, e) : issue_look_on(is, f, now, e);
    }
    if (rc == 0) /* else it is freed in the end */
        aim->seeking = NULL;
    return rc;
}

static int turn_sweep(struct issue *is, struct aim *aim, bool believed, int64_t now, struct err *e)
{
    struct wave *w = aim->sweeping;
    int wanted = issue_sweep_turn(is, &w->sweeping, believed, now, e);

    if (wanted < 0)
        return -1;
    if (wanted && !w->listing.ended)
        return 0;
    aim->sweeping = NULL;
    w->listing.see = NULL;
    issue_sweep_end(is, &w->sweeping, believed, now);
    return 0;
}

int issue_handle_list(struct issue *is, struct flight *f, const char *failed, int64_t now,
                      struct err *e)
{
    struct aim *aim = f->aim;
    struct wave *w = f->wave;

    if (aim->seeking == w)
        note_lag(aim, w, now);
    if (aim->sweeping == w && turn_sweep(is, aim, !failed && !w->listing.denied, now, e) != 0)
        return -1;
    if (aim->seeking == w && (failed || w->listing.over) &&
        end_seeking(is, aim, failed, now, e) != 0)
        return -1;
    if (aim->sweeping == w || aim->seeking == w) {
        line_put(&f->aim->channel->questions, f);
    } else {
        free_wave(w);
        flight_free(is, f);
    }
    return issue_list_if_due(is, aim, now, e);
}
