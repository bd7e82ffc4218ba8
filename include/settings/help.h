/*
 * help: what claimpipe says of itself: one screen, a command, a topic, or all options.
 *
 * Every line fits 80 columns, and the screen has 24 lines at most.
 */
#ifndef CLAIMPIPE_SETTINGS_HELP_H
#define CLAIMPIPE_SETTINGS_HELP_H

#include "base/err.h"

/* on: a command's first word, a topic, "all", or NULL: the one screen.  To standard output: -1 with EXIT_OUTPUT; with
 * EXIT_USAGE and the nearest for what is none of these. */
int help_print(const char *on, struct err *e) MUST_CHECK;

#endif
