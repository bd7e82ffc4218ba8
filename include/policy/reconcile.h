/*
 * reconcile: what became of a request that the server has not answered for, or answered wrongly.
 *
 * The API has no idempotency key.  So the row is looked up, and what is found decides:
 *
 *   LOST       sent, and the answer was lost
 *   FORGOTTEN  accepted, and until the deadline the server knew nothing of the attempt
 *   REFUSED    failed, and the user wants it sent again: first it is seen whether it was taken all the same
 *   RESENT     unknown, sent once more because the user wants so, and then refused by the queue: perhaps
 *              because it was taken the first time
 *
 * The questions of one look, in this order, and what each rests on:
 *
 *   1. listing LOST only, one for all rows of the claim (policy/listing.h): the list of all its attempts,
 *              from the newest down to what is older than the row's request.  Does it show an attempt that
 *              the ledger knows as accepted by this process and settled (the fence)?  A list that shows
 *              nothing proves nothing: it may be empty, cached, or behind.
 *   2. pages   (unless the listing can be believed and proves nothing yet) the attempts of the row's address, read
 *              to their end, after it.  One that the ledger knows for another row is not ours; one that is proved
 *              older (policy/baseline.h) is not; any other is ours, whichever of the two lists has shown it.
 *   3. count   the number of successes of the address.  It must be that of the successes that are
 *              explained: older, or another row's.
 *
 * ABSENT needs all of this: the listing is unbroken and shows the fence, the pages and the count were told and
 * agree, nothing of ours is in either list, and
 *
 *   - the fence was sent delay_ns or more after the loss was known, and it shows.  A gateway may hand on
 *     late what it did not answer, but not so late; and claims of a collection are done one after the
 *     other: what was queued before the fence has settled, and shows as well.  Or,
 *   - where nothing was sent so late: the queue stood still for delay_ns, and the list shows how things
 *     were delay_ns after the loss.  How far it is behind is what it was found to be when it first
 *     showed a fence (lag_ns), by a clock that is never set.
 *
 * A fence that was sent soon after the loss proves nothing by itself: what a gateway holds back is queued
 * behind it, and a list that is behind may show the one and not yet the other.  The pages and the count may
 * come from a host that is further behind than that of the listing: neither is enough without it.
 *
 * A success that only seems older may be ours, stamped by a clock that was put back: then nobody is ABSENT.
 *
 * An on-demand claim has no list, and counts 1 whoever asks.  Its pages are asked for all the same, for what
 * they show would be ours; else what was LOST or FORGOTTEN, or REFUSED in doubt, is UNKNOWN.
 *
 * One thing is taken on trust: that lists which have shown the newest fence go on.  If all of them stop for
 * good just then, and the answer of the very last request is lost, the second way calls it absent.
 *
 * Otherwise it is LATER as long as something may still come to light, and UNKNOWN in the end, never
 * ABSENT.  Taking somebody else's attempt for ours shows a row as done whose recipient has the claim; the
 * other mistake would issue twice.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_RECONCILE_H
#define CLAIMPIPE_POLICY_RECONCILE_H

#include "policy/baseline.h"

#include <stdbool.h>
#include <stdint.h>

#define RECONCILE_BOOKMARK_MAX 256
#define RECONCILE_ATTEMPT_MAX 129
#define RECONCILE_CANDIDATES_MAX 8
#define RECONCILE_PAGES_MAX 40
#define RECONCILE_TEXT_MAX 256

enum reconcile_case { RECONCILE_LOST, RECONCILE_FORGOTTEN, RECONCILE_REFUSED, RECONCILE_RESENT };

/* What has been learned so far.  Zeroed at the beginning of each look, but for what is asked about. */
struct reconcile_lookup {
    enum reconcile_case what;
    bool on_demand; /* the claim keeps no list, and its count is always 1: they prove nothing */
    bool doubtful;  /* REFUSED, by an answer after which it may lie in a queue all the same */
    const struct baseline *baseline; /* of the row's first intent; NULL: there was none to be had */
    unsigned asked;                  /* questions that have left */
    /* The listing; all false: there was none. */
    const char *recipient;             /* canonical */
    char floor[RECONCILE_ATTEMPT_MAX]; /* what is older; "": see the baseline */
    bool floor_seen;                   /* the listing has come to it */
    bool fenced, fence_seen;           /* there is an attempt that must show; and it does */
    bool floor_open; /* what stands above it is not known to join what was read before */
    bool torn;       /* by its numbers something was left out above it */
    bool veiled;     /* something above it is shown without saying whose it is */
    bool unbroken;   /* nothing was left out down to the floor, and all of it was told */

    bool pages_done;   /* the attempts were read to their end */
    bool pages_denied; /* the server would not show them, or they can't be believed */
    unsigned pages;
    char bookmark[RECONCILE_BOOKMARK_MAX]; /* of the list that is being read */
    int64_t older;                         /* successful attempts that are older, or seem so */
    bool ageless;                          /* one of them only seems so */
    /* Attempts of the row's address that are not, newest first. */
    struct reconcile_candidate {
        char attempt[RECONCILE_ATTEMPT_MAX];
        bool success;
    } candidates[RECONCILE_CANDIDATES_MAX];
    unsigned n_candidates;

    bool count_done, count_denied;
    int64_t count; /* successes of this address, by the claim's state */

    char text[RECONCILE_TEXT_MAX]; /* why something was denied */
};

enum reconcile_question { RECONCILE_ASK_PAGE, RECONCILE_ASK_COUNT, RECONCILE_ASK_NOTHING };
/* The next question of the look, after the listing. */
enum reconcile_question reconcile_next(const struct reconcile_lookup *l);
/* An attempt of the row's address that a list shows: it is older, or it may be ours.  counts: the older ones of
 * this list are counted, as the count of successes has them. */
void reconcile_add(struct reconcile_lookup *l, struct slice attempt, int64_t at_ms, bool success,
                   bool counts);
/* One more candidate, unless it is there already. */
void reconcile_add_candidate(struct reconcile_lookup *l, struct slice attempt, bool success);

/* What the look is judged by.  Spans are of our monotonic clock, when the look began. */
struct reconcile_facts {
    int64_t foreign;        /* successes of the address that the ledger knows for other rows */
    int64_t fence_after_ns; /* how long after the loss was known the fence was sent; < 0: before */
    int64_t since_loss_ns;  /* since the loss was known */
    int64_t quiet_ns;       /* for how long the queue had stood still */
    int64_t lag_ns;         /* how old a fence was when it first showed; INT64_MAX: none has */
    int64_t delay_ns;       /* the longest that an accepted request may lie in the queue */
    bool idle; /* nothing else is on its way to this target that could become a fence */
};

enum reconciled {
    RECONCILED_ABSENT,  /* certainly not taken: send (REFUSED: as far as can be told) */
    RECONCILED_SUCCESS, /* taken, and done */
    RECONCILED_LATER,   /* not there, but it may still come to light: look again */
    RECONCILED_UNKNOWN  /* can't be told */
};
/* What to make of a look that was asked to its end and gave no candidate of ours. */
enum reconciled reconcile_decide(const struct reconcile_lookup *l, const struct reconcile_facts *f);
/* Does the claim count successes of the address that nothing explains?  Then what can't be told was most likely
 * taken, and is not sent again whoever wants it. */
bool reconcile_counts_more(const struct reconcile_lookup *l, const struct reconcile_facts *f);
/* Why it can't be told, or "". */
const char *reconcile_why(const struct reconcile_lookup *l, const struct reconcile_facts *f);
/* LATER: how long from the beginning of this look until another one may tell more; >= 0. */
int64_t reconcile_wait_ns(const struct reconcile_lookup *l, const struct reconcile_facts *f);

#endif
