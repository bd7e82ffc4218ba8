/*
 * options_each: argv, option by option (getopt_long(3)).
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_EACH_H
#define CLAIMPIPE_SETTINGS_OPTIONS_EACH_H

#include "base/err.h"

struct options;
struct setting;

/* Calls each for the options of argv in their order; -1 as soon as it does, or with EXIT_USAGE for an option
 * that is not one, or lacks its value.  Then *words is the index of the first of argv's other words: argv
 * is put into that order.  Values are borrowed from argv. */
int options_each(int argc, char **argv, int *words,
                 int (*each)(struct options *o, const struct setting *s, const char *value,
                             struct err *e),
                 struct options *o, struct err *e) MUST_CHECK;

#endif
