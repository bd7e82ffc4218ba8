/*
 * options: argv and environment to what the command needs: mostly one struct job.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_H
#define CLAIMPIPE_SETTINGS_OPTIONS_H

#include "base/err.h"
#include "settings/commands.h"
#include "settings/jobtexts.h"
#include "settings/options_table.h"
#include "settings/presets.h"
#include "stages/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_BOOKS_MAX 8 /* seeds and lists, of each kind */

enum options_wish { OPTIONS_COMMAND, OPTIONS_HELP, OPTIONS_VERSION };

/* Points into itself: not to be copied. */
struct options {
    enum options_wish wish;
    const char *help_on;      /* OPTIONS_HELP: a command's first word, or NULL: all */
    enum command command;     /* of `check`: what is checked; job.mode tells */
    struct job job;           /* what other commands share with it is filled in for them, too */
    struct job_step step;     /* what job.steps is, but for `run` … */
    struct job_target target; /* … and its target; of `successes` the claim */
    const char *job_file;     /* of `run` */
    const char *output;       /* what -o says; for a job, job.results is made of it */
    const char *run;          /* of `report`; its INPUT is the job's, or NULL */
    const char *before;       /* of `ledger prune` */
    const char *preset;       /* of `presets`, or NULL */
    int64_t list;             /* of `code --list`: how many */
    bool all;                 /* of `successes` */
    const char *copy;         /* of `ledger backup` and `ledger restore` */
    bool replace;             /* of `ledger backup` */
    const char *seeds[OPTIONS_BOOKS_MAX], *codes[OPTIONS_BOOKS_MAX]; /* of `report` */
    size_t n_seeds, n_codes;

    const char *credential, *api_key_source; /* env:NAME or file:PATH */
    const struct flag *recipient;            /* the one of --address, --email … that was given */
    bool given[FLAGS_MAX];                   /* by the flags' places in their table */
    struct jobtexts texts;
    struct presets presets; /* that a job borrows */
};

/* -1 with EXIT_USAGE.  Call options_release in any case. */
int options_read(struct options *o, int argc, char **argv, struct err *e);
void options_release(struct options *o);

#endif
