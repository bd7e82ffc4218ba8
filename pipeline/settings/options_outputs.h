/*
 * options_outputs: which files the outputs of a command may replace: none that it reads, none of each other, and none
 * that would not be what its name says.  One thread; nothing is opened for writing.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_OUTPUTS_H
#define CLAIMPIPE_SETTINGS_OPTIONS_OUTPUTS_H

#include "base/err.h"

struct options;

/* Once all values are taken: EXIT_USAGE for an output in the place of a list of codes or a seed, say, which would take
 * with it what was not given yet.  What the command reads is then known to o->texts. */
int options_outputs_refuse(struct options *o, struct err *e) MUST_CHECK;

#endif
