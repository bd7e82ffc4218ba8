/*
 * options_take: what the command line makes of a setting's value, by its kind.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_TAKE_H
#define CLAIMPIPE_SETTINGS_OPTIONS_TAKE_H

#include "base/err.h"

struct options;
struct setting;

/* Where it belongs in o: 0, or -1 with EXIT_USAGE.  value is borrowed; no message shows what may be a secret. */
int options_take(struct options *o, const struct setting *s, const char *value,
                 struct err *e) MUST_CHECK;

#endif
