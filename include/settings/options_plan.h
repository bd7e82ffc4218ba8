/*
 * options_plan: a command line that is kept in a plan (check --save), and one that comes from it (run --plan).
 *
 * What a plan holds of a command are its words and options as they were said, without those of the output; secrets are
 * named there by their sources, env:NAME or file:PATH, as on every command line.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_PLAN_H
#define CLAIMPIPE_SETTINGS_OPTIONS_PLAN_H

#include "base/err.h"
#include "stages/planfile.h"

struct options;

struct options_plan {
    struct planfile file; /* of run --plan */
    char **argv;          /* … and the command that it says; argv[0] is the program */
    int argc;
    char *check; /* … in one line: what checks it again */
};

/* How a check is said, into o->said, if it is to be kept.  The options were taken.  -1 with EXIT_USAGE: it can't be said
 * again. */
int options_plan_say(struct options *o, int argc, char **argv, struct err *e) MUST_CHECK;

/* The plan that o names is read; argv is what was typed with it.  p outlives what is made of its argv. */
int options_plan_open(struct options *o, struct options_plan *p, int argc, char **argv,
                      struct err *e) MUST_CHECK;
void options_plan_close(struct options_plan *p);

#endif
