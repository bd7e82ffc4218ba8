/*
 * reconcile: what became of a request whose answer was lost.
 *
 * The API has no idempotency key, so the row is looked up: the attempts of its address that are
 * newer than the intent, and the number of its successes.  The server's clock and ours may differ,
 * so an attempt's age is measured by the server's own Date; RECONCILE_SLACK_MS is what remains of
 * doubt, and an attempt within the slack counts as ours: taking somebody else's attempt for ours shows
 * a row as done whose recipient has the claim; the other mistake would issue twice.
 *
 * Absent is said only when the queue had time to work the request off, both questions were answered,
 * and they agree.  Whatever can't be told is unknown, never absent.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_RECONCILE_H
#define CLAIMPIPE_POLICY_RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#define RECONCILE_SLACK_MS INT64_C(5000)
#define RECONCILE_BOOKMARK_MAX 256
#define RECONCILE_ATTEMPT_MAX 129
#define RECONCILE_CANDIDATES_MAX 8
#define RECONCILE_PAGES_MAX 40
#define RECONCILE_TEXT_MAX 256

/* What has been learned so far.  Zeroed at the beginning of each look. */
struct reconcile_lookup {
    int64_t intent_ms; /* of the lost request, by our wall clock */
    unsigned asked;    /* questions that have left */

    bool pages_done;   /* the attempts were read to their end, or to those older than the intent */
    bool pages_denied; /* the server would not show them */
    unsigned pages;
    char bookmark[RECONCILE_BOOKMARK_MAX];
    int64_t older; /* successful attempts before the intent */
    /* Attempts not before the intent, newest first. */
    struct {
        char attempt[RECONCILE_ATTEMPT_MAX];
        bool success;
    } candidates[RECONCILE_CANDIDATES_MAX];
    unsigned n_candidates;

    bool count_done, count_denied;
    int64_t count; /* successes of this address, by the claim's state */

    char text[RECONCILE_TEXT_MAX]; /* why something was denied */
};

/* Was an attempt that the server dates at attempted_ms made before our intent?  server_now_ms is the
 * answer's Date (0: it had none), wall_ms our clock when it came. */
bool reconcile_is_older(int64_t attempted_ms, int64_t intent_ms, int64_t server_now_ms,
                        int64_t wall_ms);

enum reconciled {
    RECONCILED_ABSENT, /* certainly not taken: send */
    RECONCILED_LATER,  /* not there, but it may still be in the queue: look again */
    RECONCILED_UNKNOWN /* can't be told */
};
/*
 * What to make of a lookup that was asked to its end and gave no candidate of ours.  foreign is the
 * number of its successful candidates that are known to belong to other items of this ledger.  queue_passed: has the queue had the time to work off what was sent at intent_ms?
 */
enum reconciled reconcile_decide(const struct reconcile_lookup *l, int64_t foreign,
                                 bool queue_passed);

#endif
