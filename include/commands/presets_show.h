/*
 * presets_show: the command `claimpipe presets`.
 */
#ifndef CLAIMPIPE_COMMANDS_PRESETS_SHOW_H
#define CLAIMPIPE_COMMANDS_PRESETS_SHOW_H

#include "base/err.h"

#include <stdbool.h>

/* All names and titles, or one preset in words: its columns, its filter, its file; as JSON: its file.  Returns the
 * process's exit code. */
int presets_show(const char *name, bool json, struct err *e) MUST_CHECK;

#endif
