/*
 * options: argv and environment to one struct job; the usage text.
 */
#ifndef CLAIMPIPE_OPTIONS_H
#define CLAIMPIPE_OPTIONS_H

#include "base/err.h"
#include "job.h"

#define OPTIONS_TEXTS_MAX (JOB_SETTINGS_MAX * 3 + 16)

enum options_wish { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
    enum options_wish wish;
    struct job job;
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
