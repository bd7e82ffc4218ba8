/*
 * spool: an input that can be read again from its beginning, with the same bytes each time.
 *
 * A regular file is kept open, so that it stays the same file even if its name is given to another.
 * Standard input, a path that names a pipe or a device, a URL (adapters/fetch.h), and what is compressed
 * (adapters/unpack.h, told by its first bytes) are copied whole into an unlinked temporary file first
 * ($TMPDIR, else /var/tmp; mode 0600).  A file that somebody writes to while it is read is for the caller
 * to notice.
 *
 * Errors are EXIT_INPUT; EXIT_INTERRUPTED if a signal came while waiting for a pipe or a server.
 * Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_SPOOL_H
#define CLAIMPIPE_ADAPTERS_SPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of a stream that are copied. */
#define SPOOL_MAX ((int64_t)16 << 30)

struct spool;

struct fetch_options;

/* "-" is standard input, and is called "stdin".  fetch: how URLs are downloaded; NULL: they are paths like
 * any other. */
struct spool *spool_open(const char *path, const struct fetch_options *fetch,
                         struct err *e) MUST_CHECK;
void spool_close(struct spool *s);
const char *spool_name(const struct spool *s);
/* How it was compressed, or NULL. */
const char *spool_unpacked(const struct spool *s);

/* One that holds what is written into it; name as of spool_open's.  What can't be written is EXIT_INPUT, and says to
 * free some disk space, or to set TMPDIR. */
struct spool *spool_new(const char *name, struct err *e) MUST_CHECK;
int spool_write(struct spool *s, const void *bytes, size_t len, struct err *e) MUST_CHECK;
/* Its file, for those that seek in it (with pread, or from an offset that they set): it stays the spool's. */
int spool_fd(const struct spool *s);

/* The next bytes, at most size: how many, 0 at the end, -1 upon an error. */
ssize_t spool_read(struct spool *s, void *buf, size_t size, struct err *e) MUST_CHECK;
/* Begin again. */
void spool_rewind(struct spool *s);

#endif
