/*
 * unclaimed: the command `claimpipe unclaimed CLAIM_ID`: who was given a code for a claim and has not used it, as CSV; to be
 * the INPUT of a next job, such as a reminder.
 *
 *   recipient,code,link,number,given_at,run,input,line,claim_id      (by seed or list and number; UTC, RFC 3339)
 *
 * Whom the ledger knows to have a code; which codes are used the service says (policy/codeuse.h).  code and link are filled
 * in for the seeds and lists that are given.  Nobody left: the header alone.  Nothing is sent, and nothing remembered but
 * the requests.
 */
#ifndef CLAIMPIPE_COMMANDS_UNCLAIMED_H
#define CLAIMPIPE_COMMANDS_UNCLAIMED_H

#include "base/err.h"
#include "base/observer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate_policy;

struct unclaimed_options {
    const char *claim;                      /* its id */
    const char *api_url, *api_key, *cacert; /* as in stages/ask.h */
    const char *ledger;                     /* path; must be there */
    const char *output;                     /* path; NULL or "-": standard output */
    bool force;                             /* whatever is there may be replaced */
    bool accept_ledger;                     /* as in job.h */
    /* From which codes can be made again. */
    const char *const *seeds; /* the seeds themselves */
    size_t n_seeds;
    const char *const *codes; /* paths of lists … */
    size_t n_codes;
    bool in_order;         /* … which have the claim's codes in the claim's order */
    int64_t older_than_ns; /* codes that were given at least so long ago */
    bool quiet, json_log;
    const struct observer *observer; /* or NULL */
    const struct rate_policy *rates;
    size_t n_rates;
    int64_t burst;
    int64_t connect_timeout_ns, timeout_ns;
    unsigned tries_max;
};

/* The process's exit code; if e is set, it says why the command could not do it, and the output is as it was before.
 * EXIT_USAGE: no code was given for the claim, the claim takes none, or nobody can tell which are used.  EXIT_STOPPED: as
 * in stages/ask.h, or no such claim. */
int unclaimed(const struct unclaimed_options *o, struct err *e) MUST_CHECK;

#endif
