/*
 * secret: values that must not be seen, from the environment or a file.
 *
 * They are named on the command line as `env:NAME` or `file:PATH` and are never given there
 * literally: argv is shown to every user of the machine by ps, and kept in shell histories.
 */
#ifndef CLAIMPIPE_ADAPTERS_SECRET_H
#define CLAIMPIPE_ADAPTERS_SECRET_H

#include "base/err.h"

#include <stdbool.h>

#define SECRET_MAX 65536

/* Does it name a secret (env: or file:)? */
bool secret_is_named(const char *source);

/* The value that source names, owned by the caller, who ends it with secret_free.  One line end is
 * trimmed from a file.  asked_by is the option, for messages.  NULL with EXIT_USAGE: neither env: nor
 * file: (the value is not repeated), not there, empty, over SECRET_MAX, with a NUL byte, or with a character
 * that nobody sees (base/secretform.h). */
char *secret_read(const char *source, const char *asked_by, struct err *e) MUST_CHECK;

/* Overwrites and frees; NULL is fine. */
void secret_free(char *value);

/* From now on this process leaves no core file, in which secrets could be found. */
void secret_forbid_core(void);

#endif
