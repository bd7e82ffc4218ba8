/*
 * plainfile: files that people write for us (jobs, presets, routes, lookups, lists, certificates).
 *
 * Each is a regular file, or a pipe that this process was given as a descriptor, as the shell's <(command)
 * does; anything else is refused at once, before it is opened: a FIFO may never get a writer, a device may
 * have no end.  Errors are EXIT_USAGE; what the file is ("job file") is for messages.
 */
#ifndef CLAIMPIPE_ADAPTERS_PLAINFILE_H
#define CLAIMPIPE_ADAPTERS_PLAINFILE_H

#include "base/err.h"

#include <stddef.h>

struct text;

/* A descriptor to read from, or -1. */
int plainfile_open(const char *path, const char *what, struct err *e) MUST_CHECK;
/* Refuses what plainfile_open would, for a file that something else opens by its name.  One that is not
 * there is left to that.  0 or -1. */
int plainfile_check(const char *path, const char *what, struct err *e) MUST_CHECK;

/* All of it, appended to out; more than max bytes are refused. */
int plainfile_read(const char *path, const char *what, size_t max, struct text *out,
                   struct err *e) MUST_CHECK;

#endif
