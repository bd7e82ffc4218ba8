/*
 * target: what steps are aimed at.  An action looks at what concerns it; who fills what in is said beside it.
 * Borrows all that it points to, but for `shown`.
 */
#ifndef CLAIMPIPE_ACTIONS_TARGET_H
#define CLAIMPIPE_ACTIONS_TARGET_H

#include "base/claimfacts.h"
#include "policy/claimed.h"
#include "policy/claimfit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACTION_VERSION_UNKNOWN INT64_MIN

/* Of its action, its id, and per_address. */
#define TARGET_PER_ADDRESS                                                                         \
    "%s %.64s has maxUsesPerAddress %lld: with --key, --group or --again an address may have "     \
    "more "                                                                                        \
    "rows, and those are refused"

struct action;
struct baseline;

struct target {
    const struct action *action;
    const char *id;    /* claim id, store id */
    int64_t ledger_id; /* by which the ledger knows it */
    size_t number;     /* its place among the targets of the run */
    size_t batch;      /* steps that one request may carry, >= 1 */
    bool simulate;     /* send the API's dry run only */
    bool closed;       /* nothing more is sent to it in this run */
    bool baselined; /* claim: what it shows was asked for before the first send; *shown is that, */
    struct baseline
        *shown;       /* until the ledger has taken it (then NULL); also NULL if it was refused */
    int64_t baseline; /* by which the ledger knows it; 0: none was to be had */

    /* claim: what it says of itself; untold: that has not been asked for by this run, and what stands here
     * is an earlier one's; news: the ledger has not taken it yet. */
    struct claimfacts facts;
    bool untold, news;

    int64_t version; /* claim: sent as _expectedVersion; -1: no check */
    struct claimed
        *claimed; /* claim: who has claimed already: asked for if not NULL, then sealed */

    /* claim: what is set for it; how many rows may be for it (0: not known), and how many more it takes
     * (CLAIMFIT_UNKNOWN); shared: some of what is set may be for other claims; forced: it is tried whatever
     * it shows of its plugins. */
    const struct claimfit_given *given;
    size_t n_given;
    int64_t rows, left;
    int64_t per_address; /* claim: how often it takes one; CLAIMFIT_UNKNOWN */
    bool repeats;        /* one address may have more than one row */
    bool shared, forced;

    bool hides_values; /* what is set for it may be secret whatever its field's name says */

    const char *secret; /* store: dataSecret, or NULL */
    bool remove;        /* store: from it, not into it */
    bool mute;          /* store: it does not show what is pending */
};

/* A claim is asked for what it is, and for its version if nobody has given it. */
#define TARGET_INIT                                                                                \
    {                                                                                              \
        .batch = 1, .untold = true, .left = CLAIMFIT_UNKNOWN, .per_address = CLAIMFIT_UNKNOWN,     \
        .version = ACTION_VERSION_UNKNOWN                                                          \
    }

#endif
