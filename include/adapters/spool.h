/*
 * spool: an input that can be read again from its beginning, with the same bytes each time.
 *
 * A regular file is kept open, so that it stays the same file even if its name is given to another.
 * Standard input, and a path that names a pipe or a device, are copied whole into an unlinked
 * temporary file first ($TMPDIR, else /var/tmp; mode 0600).  A file that somebody writes to while
 * it is read is for the caller to notice.
 *
 * Errors are EXIT_INPUT; EXIT_INTERRUPTED if a signal came while waiting for a pipe.
 * Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_SPOOL_H
#define CLAIMPIPE_ADAPTERS_SPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

struct spool;

/* "-" is standard input, and is called "stdin". */
struct spool *spool_open(const char *path, struct err *e);
void spool_close(struct spool *s);
const char *spool_name(const struct spool *s);

/* The next bytes, at most size: how many, 0 at the end, -1 upon an error. */
ssize_t spool_read(struct spool *s, void *buf, size_t size, struct err *e);
/* Begin again. */
void spool_rewind(struct spool *s);

#endif
