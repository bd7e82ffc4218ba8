/*
 * reconcile: decides the next question about a lost request, and what its answer proves.
 *
 * The API has no idempotency key: who sends again without proof may issue twice.  The questions stand in the order of what
 * they cost and prove, and only the absence that is proved lets a row be sent again.
 */
#include "policy/reconcile.h"

#include "base/crashpoint.h"

#include <stdio.h>
#include <string.h>

/* ---- a look ---- */

enum reconcile_question reconcile_next(const struct reconcile_lookup *l)
{
    bool pages_over = l->pages_done || l->pages_denied;

    if (!pages_over)
        return RECONCILE_ASK_PAGE;
    if (l->on_demand)
        return RECONCILE_ASK_NOTHING;
    /* Without the pages the count proves nobody absent; that somebody has succeeded it tells. */
    return l->count_done || l->count_denied ? RECONCILE_ASK_NOTHING : RECONCILE_ASK_COUNT;
}

void reconcile_add_candidate(struct reconcile_lookup *l, struct slice attempt, bool success)
{
    struct reconcile_candidate *c = &l->candidates[l->n_candidates];

    if (!attempt.len || attempt.len >= sizeof(c->attempt)) {
        l->pages_denied = true;
        snprintf(l->text, sizeof(l->text), "an attempt id of %zu bytes", attempt.len);
        return;
    }
    for (unsigned i = 0; i < l->n_candidates; i++)
        if (slice_equal(attempt, slice_of(l->candidates[i].attempt))) {
            l->candidates[i].success = l->candidates[i].success || success;
            return;
        }
    if (l->n_candidates == RECONCILE_CANDIDATES_MAX) {
        l->pages_denied = true;
        snprintf(l->text, sizeof(l->text), "more than %d new attempts of this address",
                 RECONCILE_CANDIDATES_MAX);
        return;
    }
    memcpy(c->attempt, attempt.ptr, attempt.len);
    c->attempt[attempt.len] = '\0';
    c->success = success;
    l->n_candidates++;
}

void reconcile_add(struct reconcile_lookup *l, struct slice attempt, int64_t at_ms, bool success,
                   bool counts)
{
    enum baseline_age age = baseline_age(l->baseline, attempt, at_ms);

    if (age == BASELINE_NEW) {
        reconcile_add_candidate(l, attempt, success);
        return;
    }
    l->older += counts && success;
    l->ageless = l->ageless || (age == BASELINE_SEEMS_OLDER && success);
}

/* ---- what to make of it ---- */

/* How long after the beginning of this look its proof would hold; 0: it does; < 0: it has none. */
static int64_t proof_left_ns(const struct reconcile_lookup *l, const struct reconcile_facts *f)
{
    int64_t quiet_left, shown_left;

    if (!(l->fence_seen && l->unbroken) && !crashpoint_breaks("fence"))
        return -1;
    if (f->fence_after_ns >= f->delay_ns)
        return 0;
    if (crashpoint_breaks("fence"))
        return f->since_loss_ns >= f->delay_ns ? 0 : f->delay_ns - f->since_loss_ns;
    if (f->lag_ns == INT64_MAX)
        return -1;
    quiet_left = f->delay_ns - f->quiet_ns;
    shown_left = f->lag_ns + f->delay_ns - f->since_loss_ns;
    if (shown_left > quiet_left && !crashpoint_breaks("lag"))
        quiet_left = shown_left;
    return quiet_left > 0 ? quiet_left : 0;
}

static enum reconciled decide_lost(const struct reconcile_lookup *l,
                                   const struct reconcile_facts *f)
{
    int64_t left_ns = proof_left_ns(l, f);
    bool over = f->since_loss_ns >= f->delay_ns && f->quiet_ns >= f->delay_ns;

    /* What can't be told now may show itself when the queue has worked it off. */
    if (left_ns > 0 || (left_ns < 0 && !over))
        return RECONCILED_LATER;
    if (l->pages_denied || l->count_denied || !l->pages_done || !l->count_done)
        return RECONCILED_UNKNOWN;
    /* A success that the attempts do not show may be ours. */
    if (l->count != l->older + f->foreign && !crashpoint_breaks("count"))
        return RECONCILED_UNKNOWN;
    if (left_ns == 0)
        return l->ageless ? RECONCILED_UNKNOWN : RECONCILED_ABSENT;
    return f->idle && !l->fenced ? RECONCILED_UNKNOWN : RECONCILED_LATER;
}

static bool was_told_nothing(const struct reconcile_lookup *l)
{
    return (l->pages_denied || !l->pages_done) && !l->count_done && !crashpoint_breaks("denied");
}

bool reconcile_counts_more(const struct reconcile_lookup *l, const struct reconcile_facts *f)
{
    return l->count_done && !l->on_demand && l->count > l->older + f->foreign;
}

enum reconciled reconcile_decide(const struct reconcile_lookup *l, const struct reconcile_facts *f)
{
    bool more = reconcile_counts_more(l, f);

    if (l->on_demand && (l->what != RECONCILE_REFUSED || l->doubtful))
        return RECONCILED_UNKNOWN;
    switch (l->what) {
    case RECONCILE_FORGOTTEN:
        if (crashpoint_breaks("forgotten"))
            return RECONCILED_ABSENT;
        return more ? RECONCILED_SUCCESS : RECONCILED_UNKNOWN;
    case RECONCILE_RESENT:
        return more ? RECONCILED_SUCCESS : RECONCILED_UNKNOWN;
    case RECONCILE_REFUSED:
        if (more)
            return RECONCILED_SUCCESS;
        return l->ageless || was_told_nothing(l) ? RECONCILED_UNKNOWN : RECONCILED_ABSENT;
    case RECONCILE_LOST:
        break;
    }
    return decide_lost(l, f);
}

const char *reconcile_why(const struct reconcile_lookup *l, const struct reconcile_facts *f)
{
    if (l->on_demand)
        return "an on-demand claim (without numUses) keeps no list of attempts";
    if (l->text[0])
        return l->text;
    if (l->count_done && l->count != l->older + f->foreign)
        return "its count of successes and its list of attempts do not agree";
    if (l->ageless)
        return "an attempt of this address seems older, and only by its stamp";
    if (l->what != RECONCILE_LOST)
        return "";
    if (l->fence_seen && !l->unbroken)
        return "its list has gaps, or does not reach back to when it was sent";
    return l->fenced ? "its list does not show what was accepted, so it proves nothing"
                     : "nothing that was sent later shows that its list can be believed";
}

int64_t reconcile_wait_ns(const struct reconcile_lookup *l, const struct reconcile_facts *f)
{
    int64_t left_ns = proof_left_ns(l, f), by_age_ns = f->since_loss_ns / 4, later_ns;

    if (left_ns > 0 && f->idle)
        return left_ns;
    if (left_ns > 0) { /* another fence may come before that */
        later_ns = f->delay_ns - f->fence_after_ns;
        later_ns = later_ns > by_age_ns ? later_ns : by_age_ns;
        return later_ns < left_ns ? later_ns : left_ns;
    }
    /* Until the delay has passed there is no point in asking; then less and less often. */
    left_ns = f->delay_ns - (f->quiet_ns < f->since_loss_ns ? f->quiet_ns : f->since_loss_ns);
    return left_ns > by_age_ns ? left_ns : by_age_ns;
}
