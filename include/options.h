/*
 * options: argv and environment to one struct job; the usage text.
 */
#ifndef CLAIMPIPE_OPTIONS_H
#define CLAIMPIPE_OPTIONS_H

#include "base/err.h"
#include "job.h"

#define OPTIONS_TEXTS_MAX (JOB_SETTINGS_MAX * 3 + 16)

enum options_wish { OPTIONS_COMMAND, OPTIONS_HELP, OPTIONS_VERSION };

/* Bits, so that a flag can say which commands know it. */
enum options_command {
    COMMAND_CLAIM = 1,
    COMMAND_RUNS = 2,
    COMMAND_REPORT = 4,
    COMMAND_CHECK = 8, /* of the ledger */
    COMMAND_EXPORT = 16,
    COMMAND_PRUNE = 32
};

struct options {
    enum options_wish wish;
    enum options_command command;
    struct job
        job; /* of COMMAND_CLAIM; its ledger, results, quiet and json_log of the others, too */
    const char *run;      /* of COMMAND_REPORT; its input is the job's, or NULL */
    const char *before;   /* of COMMAND_PRUNE */
    unsigned known_by;    /* the commands that know every flag given */
    const char *stranger; /* a flag that not every command knows */
    const char *credential, *api_key_source;
    char *texts[OPTIONS_TEXTS_MAX]; /* what job borrows, overwritten when released */
    size_t n_texts;
};

/* -1 with EXIT_USAGE.  Call options_release in any case. */
int options_read(struct options *o, int argc, char **argv, struct err *e);
void options_release(struct options *o);
/* To standard output: -1 with EXIT_OUTPUT. */
int options_print_help(struct err *e);

#endif
