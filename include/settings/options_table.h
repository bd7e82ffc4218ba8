/*
 * options_table: the table of all options; the parser, the usage text and the checks go by it.
 *
 * A row says who knows the option, where its value goes in a struct options, and by `take` what kind of
 * value that is.  Values are borrowed from argv.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_TABLE_H
#define CLAIMPIPE_SETTINGS_OPTIONS_TABLE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define FLAGS_MAX 96 /* rows */

struct options;

enum flag_group {
    FLAG_CLAIM,
    FLAG_CODE,
    FLAG_STORE,
    FLAG_INPUT,
    FLAG_ROWS,
    FLAG_AGAIN,
    FLAG_PACE,
    FLAG_SERVICE,
    FLAG_OUTPUT
};

struct flag {
    enum flag_group group; /* rows of one stand together */
    char letter;           /* 0: none */
    const char *name;
    const char *arg; /* NULL: none */
    const char *help;
    unsigned commands; /* which know it: bits of commands.h */
    int (*take)(struct options *o, const struct flag *f, const char *value, struct err *e);
    size_t offset, size; /* of its place in struct options */
    int64_t min, max;    /* of a number */
};

/* One after the other; NULL behind the last. */
const struct flag *flags_at(size_t i);
const char *flags_title(enum flag_group group);

/* Calls each for the options of argv in their order; -1 as soon as it does, or with EXIT_USAGE for an option
 * that is not one, or lacks its value.  Then *words is the index of the first of argv's other words: argv
 * is put into that order (getopt_long(3)). */
int flags_each(int argc, char **argv, int *words,
               int (*each)(struct options *o, const struct flag *f, const char *value,
                           struct err *e),
               struct options *o, struct err *e);

#endif
