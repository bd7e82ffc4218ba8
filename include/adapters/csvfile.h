/*
 * csvfile: a small CSV file of the user's own (not an INPUT), read once from its beginning to its end.
 */
#ifndef CLAIMPIPE_ADAPTERS_CSVFILE_H
#define CLAIMPIPE_ADAPTERS_CSVFILE_H

#include "adapters/csvio.h"
#include "base/err.h"

/* Each record, with commas between its fields, goes to the callback (adapters/csvio.h); one that returns -1
 * sets e itself.  path may be a pipe.  0, or -1 with EXIT_USAGE: not to be read, or no CSV;
 * EXIT_INTERRUPTED: a signal came while it was read. */
int csvfile_read(const char *path, csvio_callback *callback, void *context, struct err *e);

#endif
