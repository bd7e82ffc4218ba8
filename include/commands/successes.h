/*
 * successes: the command `claimpipe successes`: the successful attempts of a claim as CSV, those that
 * were not told of before, or all; to be the INPUT of a next job.
 *
 *   address,claim_id,claim_number,attempt_id,claimed_at      (oldest first; UTC, RFC 3339)
 *
 * The ledger learns what was told only after the output is safely in place: a crash between tells some
 * again, and never loses one.  None that is new: the header alone.
 */
#ifndef CLAIMPIPE_COMMANDS_SUCCESSES_H
#define CLAIMPIPE_COMMANDS_SUCCESSES_H

#include "base/err.h"
#include "base/observer.h"

#include <stdbool.h>
#include <stdint.h>

/* How late an attempt may come into the server's list, behind newer ones. */
#define SUCCESSES_LATE_MS (INT64_C(3600) * 1000)

struct successes_options {
    const char *claim;                      /* its id */
    const char *api_url, *api_key, *cacert; /* as in stages/ask.h */
    const char *ledger;                     /* path; made if it is not there */
    const char *output;                     /* path; NULL or "-": standard output */
    bool force;                             /* whatever is there may be replaced */
    bool accept_ledger;                     /* as in job.h */
    bool all;                               /* also those that were told of before */
    bool quiet, json_log;
    const struct observer *observer; /* or NULL */
    const struct rate_policy *rates;
    size_t n_rates;
    int64_t burst;
    int64_t connect_timeout_ns, timeout_ns;
    unsigned tries_max;
};

/* The process's exit code; if e is set, it says why the command could not do it, and the output is as it
 * was before.  EXIT_STOPPED: as in stages/ask.h, or no such claim. */
int successes(const struct successes_options *o, struct err *e) MUST_CHECK;

/* A page of the server's list, as the next function looks at it. */
struct successes_page {
    unsigned told, fresh; /* successes that were told of before, or not */
    int64_t newest_ms;    /* of all its attempts; INT64_MAX: one of them has no time */
};
/* The list is newest first.  Have we come so far down it that all behind was told of before?  newest_ms:
 * of the newest told of before, as far as they were met; 0: none yet.  Pure. */
bool successes_enough(const struct successes_page *page, int64_t newest_ms);

#endif
