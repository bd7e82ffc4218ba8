/*
 * completion: what the last word of a command line could be, for the shells.
 *
 * The first line says of what kind it is: `words`, and each further line is one, in full, and behind a tab what it
 * means; or `files`, and behind a tab what of the word stands before the path.  Columns are those of the INPUT on the
 * line, if that is a file of at most COMPLETION_INPUT_MAX bytes.  What can't be found out is nothing, and no error.
 */
#ifndef CLAIMPIPE_COMMANDS_COMPLETION_H
#define CLAIMPIPE_COMMANDS_COMPLETION_H

#include "base/err.h"

#include <stddef.h>

#define COMPLETION_INPUT_MAX (4 << 20)

/* words: those behind claimpipe; n > 0.  The exit code. */
int completion_print(char *const *words, size_t n, struct err *e) MUST_CHECK;

#endif
