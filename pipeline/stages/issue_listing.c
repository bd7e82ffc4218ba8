/*
 * issue_listing: the rows of a claim whose answers were lost are looked for together, in one reading of the
 * list of what the claim shows (policy/listing.h).
 *
 *   a look is due -> seekers -> the next reading -> each goes on by itself (issue_lookup.c)
 *
 * Of each target one reading is under way at most; what comes due meanwhile waits for the next one.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "issue_internal.h"
#include "issue_looks.h"
#include "ledger/ledger_looks.h"

#include <stdio.h>
#include <stdlib.h>

/* A reading begins this part of the queue's delay after the first look that needs it was due: what was lost
 * together is looked for together, and what is sent again then does not hold up the proof of the others. */
#define GATHERING_PART 20

struct wave {
    struct listing listing;
    struct line seekers; /* its rows */
    int64_t fence_sent_ns;
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

static int begin_wave(struct issue *is, struct aim *aim, struct err *e)
{
    struct wave *w = mem_zero(1, sizeof(*w));
    struct flight *f = w ? flight_new(is, aim, FLIGHT_LISTING) : NULL;

    if (!f) {
        free(w);
        return err_nomem(e);
    }
    line_init(&w->seekers);
    aim->wave = w;
    return flight_wait(is, f, clock_now_ns() + is->o->queue_delay_ns / GATHERING_PART, e);
}

int issue_seek(struct issue *is, struct flight *f, struct err *e)
{
    line_put(&f->aim->seekers, f);
    return f->aim->wave ? 0 : begin_wave(is, f->aim, e);
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

    if (!aim->wave->seekers.n && (choose_fence(is, aim, e) != 0 || take_seekers(is, aim, e) != 0))
        return -1;
    aim->target->action->list(aim->target, &aim->wave->listing, &f->x.request);
    return 0;
}

/* ---- its end ---- */

/* Each row goes on by itself; or its look fails. */
static int end_wave(struct issue *is, struct aim *aim, const char *failed, struct err *e)
{
    struct wave *w = aim->wave;
    int rc = 0;

    aim->wave = NULL;
    listing_close(&w->listing);
    while (w->seekers.n && rc == 0) {
        struct flight *f = line_take(&w->seekers);

        f->far = w->listing.pages == LISTING_PAGES_MAX && !f->lookup->floor_seen;
        if (!failed) {
            line_put(&is->questions, f);
            continue;
        }
        snprintf(f->lookup->text, sizeof(f->lookup->text), "%.200s", failed);
        rc = issue_look_fails(is, f, e);
    }
    issue_free_wave(w);
    return rc;
}

/* How far the list was behind, at the most, when it showed the fence. */
static void note_lag(struct aim *aim, int64_t now)
{
    int64_t lag_ns = now - aim->wave->fence_sent_ns;

    if (aim->wave->listing.fence_seen && lag_ns < aim->lag_ns)
        aim->lag_ns = lag_ns;
}

int issue_handle_list(struct issue *is, struct flight *f, const char *failed, int64_t now,
                      struct err *e)
{
    struct aim *aim = f->aim;

    note_lag(aim, now);
    if (!failed && !aim->wave->listing.over) {
        line_put(&is->questions, f);
        return 0;
    }
    flight_free(is, f);
    if (end_wave(is, aim, failed, e) != 0)
        return -1;
    return aim->seekers.n ? begin_wave(is, aim, e) : 0;
}
