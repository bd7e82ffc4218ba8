/*
 * stoprule: when a run has to stop sending, by what its user has allowed.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_STOPRULE_H
#define CLAIMPIPE_POLICY_STOPRULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A share of failures means something only when this many were tried. */
#define STOPRULE_TRIED_MIN 100
#define STOPRULE_TEXT_MAX 160

struct stoprule { /* 0: no such rule */
    int64_t max_failures;
    int64_t max_failure_percent;
    int64_t max_credits; /* each request costs one */
    int64_t max_duration_ns;
    bool force;      /* whatever a claim shows of its plugins (policy/claimfit.h) */
    bool keep_going; /* also where there seems to be no point in it (policy/hopeless.h) */
};

struct stoprule_facts {
    int64_t tried, failed; /* rows that were sent and answered for good, in this run */
    int64_t elapsed_ns;
};

/* "25" or "5%": 0, or -1 with EXIT_USAGE. */
int stoprule_read_failures(struct stoprule *r, const char *value, struct err *e) MUST_CHECK;

/* Must sending stop?  Then why says so. */
bool stoprule_stops(const struct stoprule *r, const struct stoprule_facts *f,
                    char why[STOPRULE_TEXT_MAX]);

/* May one more step be sent, after `requests`, with `waiting` steps that need a question each?  A step
 * costs two: what is sent should also be settled. */
bool stoprule_affords_step(const struct stoprule *r, int64_t requests, int64_t waiting);
/* May one more request of any kind leave? */
bool stoprule_affords(const struct stoprule *r, int64_t requests);

#endif
