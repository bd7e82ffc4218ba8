/*
 * jsonfile: a file that people write as JSON, read whole.
 */
#ifndef CLAIMPIPE_ADAPTERS_JSONFILE_H
#define CLAIMPIPE_ADAPTERS_JSONFILE_H

#include "base/err.h"

#include <stddef.h>

struct json;

/* To be freed with json_free.  what it is ("job file") is for messages.  NULL with EXIT_USAGE: it can't be
 * read, is larger than max bytes, or goes wrong somewhere: `job.json:3:7: …` (line and column). */
struct json *jsonfile_read(const char *path, const char *what, size_t max,
                           struct err *e) MUST_CHECK;

#endif
