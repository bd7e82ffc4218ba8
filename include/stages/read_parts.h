/*
 * read_parts: what read.c and read_find.c share.
 */
#ifndef CLAIMPIPE_STAGES_READ_PARTS_H
#define CLAIMPIPE_STAGES_READ_PARTS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/reading.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct csvio_record;
struct preset;
struct read_wishes;

/* What was found out about an input. */
struct read_found {
    struct reading reading; /* but for its line_end, which the first pass sees */
    size_t mark;            /* bytes of the byte order mark */
    const struct preset *preset;
    struct text notices; /* a line each */
};

/* The first bytes of an input. */
struct read_first {
    struct slice bytes;
    struct slice telling; /* by which its encoding is known, if they are plain ASCII; or empty */
    bool more;            /* they are not all */
    bool plain;           /* they and all others are plain ASCII */
};

/* name is the file's, for messages. */
int read_find(const char *name, const struct read_first *first, const struct read_wishes *w,
              struct read_found *out, struct err *e);

/* A record's fields in a; NULL: no memory. */
struct slice *read_copy_fields(struct arena *a, const struct csvio_record *from);

#endif
