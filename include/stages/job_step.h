/*
 * job_step: the steps of a job, in their order: what is done, and for which rows to which target.
 *
 * Plain data, filled with the job and borrowed with it (stages/job.h): strings belong to whoever filled it.
 */
#ifndef CLAIMPIPE_STAGES_JOB_STEP_H
#define CLAIMPIPE_STAGES_JOB_STEP_H

#include "policy/route.h"
#include "stages/letterwish.h"
#include "stages/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_STEPS_MAX 8
#define JOB_SETTINGS_MAX 32 /* of one target */

/* What a step of some rows is aimed at. */
struct job_target {
    const char *
        id; /* claim, store; of a code the claim that it is for, or NULL; of mail the letter's file */
    int64_t version;             /* claim: ACTION_VERSION_UNKNOWN: ask the server */
    const char *secret;          /* store: its data secret, or NULL */
    const char *seed;            /* code: the seed itself, or */
    const char *codes;           /* code: the path of a list */
    struct letter_wishes letter; /* mail */
    struct plan_setting settings[JOB_SETTINGS_MAX];
    size_t n_settings;
};

struct job_step {
    const char *action; /* a row of actions/action.c */
    struct job_target *targets;
    size_t n_targets;    /* >= 1; without a route the first is everybody's */
    const char *route;   /* the column by whose value a row finds its target, or NULL */
    struct route routes; /* values to indexes of targets */
    bool skip_unrouted;  /* a value without a route: the step is skipped, else the row is invalid */
    bool otherwise;      /* for rows of which no address is known, and only for those */
    size_t batch;        /* store: rows to a request */
    bool remove;         /* store */
    int64_t start;       /* code: the first index */
    int64_t count;       /* code: how many there are; INT64_MAX: as many as the list has */
    bool allow_odd_codes; /* code: the list is taken as it is (policy/codeshape.h) */
    const char *link;     /* code: see policy/link.h; NULL: the usual one */
};

/* The defaults of a step with one target, zeroed memory of the caller's. */
void job_step_init(struct job_step *s, const char *action, struct job_target *target);

#endif
