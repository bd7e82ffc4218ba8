/*
 * options: argv and environment to what the command needs: mostly one struct job.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_H
#define CLAIMPIPE_SETTINGS_OPTIONS_H

#include "base/err.h"
#include "settings/commands.h"
#include "settings/jobtexts.h"
#include "settings/options_plan.h"
#include "settings/presets.h"
#include "settings/settings.h"
#include "stages/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_BOOKS_MAX 8 /* seeds and lists, of each kind */
#define OPTIONS_CLAIMS_MAX 64
#define OPTIONS_PASSED_MAX 128
#define OPTIONS_UNREAD_MAX 32

/* Of `doctor`: what can't be used is not refused, but told of. */
struct options_faults {
    struct err job, url, key, ledger;
    /* Secrets of the job file that can't be read: env:NAME or file:PATH, and why. */
    const char *sources[OPTIONS_UNREAD_MAX], *unread[OPTIONS_UNREAD_MAX];
    size_t n_unread;
};

/* Points into itself: not to be copied. */
struct options {
    enum command command;     /* of `check`: what is checked; job.mode tells */
    const char *help_on;      /* of `help`: a command's first word or a topic; NULL: one screen */
    struct job job;           /* what other commands share with it is filled in for them, too */
    struct job_step step;     /* what job.steps is, but for `run` … */
    struct job_target target; /* … and its target; of `successes` and `unclaimed` the claim */
    const char *job_file;     /* of `run`, `watch` and `doctor`, or NULL */
    const char *inbox;        /* of `watch` */
    const char *output;       /* what -o says; for a job, job.results is made of it */
    const char *run;     /* of `report`, whose INPUT is the job's, or NULL; of `runs`, or NULL */
    const char *person;  /* of `who` */
    const char *preset;  /* of `presets`, or NULL */
    const char *copy;    /* of `ledger backup` and `ledger restore` */
    const char *mailbox; /* of `bounces` */
    const char *seeds[OPTIONS_BOOKS_MAX],
        *codes[OPTIONS_BOOKS_MAX]; /* of `report`, `who`, `unclaimed` */
    size_t n_seeds, n_codes;
    const char *claims[OPTIONS_CLAIMS_MAX]; /* of `settle`; none: all; and of `doctor` */
    size_t n_claims;
    struct options_faults faults;

    const char *passed[OPTIONS_PASSED_MAX]; /* of `watch`: the options that are run's */
    size_t n_passed;

    char *const *words; /* of `completion`; within argv */
    size_t n_words;
    struct settings_own own;
    const char *notice;              /* what a person is told before anything is done, or NULL */
    const char *credential;          /* env:NAME or file:PATH */
    const struct setting *recipient; /* the one of --address, --email … that was given */
    bool given[SETTINGS_MAX];        /* by their places in the table */
    bool begun[SETTINGS_MAX];        /* of those that may be repeated: the first was taken */
    bool usual_ledger;               /* nobody has named another */
    struct jobtexts texts;
    struct presets presets;             /* that a job borrows */
    struct approval said;               /* of check --save: how the command was said */
    struct options_plan *plan, planned; /* of run --plan */
};

/* -1 with EXIT_USAGE.  Call options_release in any case. */
int options_read(struct options *o, int argc, char **argv, struct err *e) MUST_CHECK;
void options_release(struct options *o);

#endif
