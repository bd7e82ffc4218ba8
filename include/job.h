/*
 * job: everything that a run is told, from the command line today and from a job file tomorrow.
 *
 * Filled once, then handed around as const.  The strings belong to whoever filled it and outlive the
 * run; secrets among them are in `secrets`, too, so that they can be kept out of every text.
 */
#ifndef CLAIMPIPE_JOB_H
#define CLAIMPIPE_JOB_H

#include "policy/admit.h"
#include "policy/redact.h"
#include "policy/stoprule.h"
#include "stages/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_SETTINGS_MAX 32

struct job {
    const char *action; /* a row of actions/action.c */
    const char *target; /* claim id */
    int64_t version;    /* ACTION_VERSION_UNKNOWN: ask the server */

    const char *input;   /* path, or "-" */
    const char *address; /* the recipient's column; NULL: by its usual names */
    const char *key;     /* COLUMN,... that make a trigger the same again; NULL: the recipient */
    int64_t again; /* this is the n-th time that the target is issued on purpose; 1: the first */
    const char *results; /* path, or "-" for standard output */
    const char *ledger;  /* path */

    struct plan_setting settings[JOB_SETTINGS_MAX];
    size_t n_settings;
    struct admit_wishes wishes;
    struct stoprule stoprule;

    const char *api_url, *api_key, *cacert;
    int64_t connect_timeout_ns, timeout_ns;
    size_t in_flight, lanes;
    int64_t rate_count, rate_window_ns, burst;
    unsigned tries_max;
    int64_t settle_timeout_ns, queue_delay_ns;

    bool quiet, json_log;
    const char *retry_hint; /* the command that would try the failed rows again */
    struct redact secrets;
};

/* The defaults, which fit the service. */
void job_init(struct job *j);

#endif
