/*
 * help: the usage text, of all commands or of one.
 */
#ifndef CLAIMPIPE_SETTINGS_HELP_H
#define CLAIMPIPE_SETTINGS_HELP_H

#include "base/err.h"

/* first: a command's first word (one that is not known shows all, as NULL does).  To standard output: -1
 * with EXIT_OUTPUT. */
int help_print(const char *first, struct err *e) MUST_CHECK;

#endif
