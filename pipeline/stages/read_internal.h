/*
 * read_internal: what read.c, read_find.c and read_tables.c share.
 */
#ifndef CLAIMPIPE_STAGES_READ_INTERNAL_H
#define CLAIMPIPE_STAGES_READ_INTERNAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/reading.h"
#include "base/text.h"
#include "policy/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csvio_record;
struct intake_found;
struct preset;
struct read_wishes;

/* What was found out about an input. */
struct read_found {
    struct reading reading; /* but for its line_end, which the first pass sees */
    size_t mark;            /* bytes of the byte order mark */
    const struct preset *preset;
    struct text notices; /* a line each */
    struct text about;   /* struct columns */
};

/* The first bytes of an input. */
struct read_first {
    struct slice bytes;
    struct slice telling; /* by which its encoding is known, if they are plain ASCII; or empty */
    bool more;            /* they are not all */
    bool plain;           /* they and all others are plain ASCII */
    const struct intake_found *taken; /* what they came out of */
};

/* name is the file's, for messages. */
int read_find(const char *name, const struct read_first *first, const struct read_wishes *w,
              struct read_found *out, struct err *e) MUST_CHECK;

/* A record's fields in a; NULL: no memory. */
struct slice *read_copy_fields(struct arena *a, const struct csvio_record *from);

/* ---- read_tables.c ---- */

#define READ_OTHER "belongs to another table"
#define READ_FURTHER "a further line of the header"
#define READ_COMMENT "is a comment"

/* Another table in the file: from a line (of its title, or its header) up to one. */
struct read_other {
    uint64_t from, to, header;
    bool headless; /* there a row stands */
    bool above;    /* it is no table, but what stood above the header, and does again */
};

#define READ_PREAMBLE 16 /* lines above the header, that may stand there again */

/* Some records, by their first cells; more than that: none is known. */
struct read_lines {
    uint64_t lines[READ_PREAMBLE], hashes[READ_PREAMBLE];
    size_t n;
};

/* What stands beneath the header and is no row: the first pass watches all records, then each later one asks in
 * the same order. */
struct read_tables {
    struct table table;
    uint64_t header_line, last_line; /* on which the record before has ended */
    bool blank;                      /* and it was one */
    bool results;                    /* of an earlier run: with columns that it has added */
    size_t nth, further;             /* records with anything in them; of those the header's */
    uint64_t further_line;           /* up to which it goes on, or 0 */
    struct read_other *others;
    size_t n, cap, at;
    struct read_lines above, last; /* above the header; and the records before */
};

/* What stands above the header; before read_tables_begin. */
void read_tables_above(struct read_tables *t, const struct csvio_record *record);
/* Borrows the header's first `own` names (line 0: it has none), and the title, which stands alone above it, or "".
 * comments: lines that begin with # stand above it. */
void read_tables_begin(struct read_tables *t, const struct columns *header, size_t own,
                       uint64_t last_line, struct slice title, bool comments);
void read_tables_release(struct read_tables *t);
/* 0, or -1: no memory. */
int read_tables_watch(struct read_tables *t, const struct csvio_record *record);
/* What seems to begin there, or behind it, is no table: the file ends with a footer. */
void read_tables_end(struct read_tables *t, uint64_t line);
void read_tables_rewind(struct read_tables *t);
/* Why the record is no row, or NULL. */
const char *read_tables_aside(struct read_tables *t, const struct csvio_record *record);
/* EXIT_INPUT: the file has two, with headers on these lines. */
int read_tables_say(const char *name, const struct read_wishes *w, uint64_t line, uint64_t other,
                    struct err *e) MUST_CHECK;
/* The same, if there are several. */
int read_tables_refuse(const struct read_tables *t, const char *name, const struct read_wishes *w,
                       struct err *e) MUST_CHECK;

#endif
