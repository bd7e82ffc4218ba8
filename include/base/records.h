/*
 * records: the words in which the stages speak to each other.
 *
 *   read -> struct record -> select -> struct row (base/row.h) -> admit -> struct step (base/step.h) -> issue, settle
 *
 * Records live in the arena of their batch and die with it.
 */
#ifndef CLAIMPIPE_BASE_RECORDS_H
#define CLAIMPIPE_BASE_RECORDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/reading.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* What became of a row: the `status` column. */
enum status {
    STATUS_SUCCESS,
    STATUS_FAILED,
    STATUS_PENDING,
    STATUS_UNKNOWN,
    STATUS_DUPLICATE,
    STATUS_SKIPPED,
    STATUS_INVALID,
    STATUS_UNSENT,
    STATUS_COUNT
};
const char *status_name(enum status s);

/* One CSV row as read.  Row and line count from 1; the header row is no record.  Row 0 stands above the header:
 * nothing acts on it, and the ledger knows nothing of it. */
struct record {
    uint64_t row;
    uint64_t line; /* the line on which it begins */
    struct slice *fields;
    size_t nfields;
    const char *fault; /* why the reader could not take it whole, or NULL */
    const char *aside; /* why it is no row of the table (empty, behind its end), or NULL */
};

#define RECORDS_BATCH 256
/* Bytes of a batch after which no further record is read into it. */
#define RECORDS_BATCH_BYTES ((size_t)256 << 10)

/* Some records on their way together, with the arena that their texts live in.  So many at most, and so
 * many bytes and the last record. */
struct batch {
    struct arena arena;
    struct record records[RECORDS_BATCH];
    size_t n;
};
void batch_init(struct batch *b);
void batch_release(struct batch *b);

/* Another name of a column: @trigger. */
struct columns_alias {
    const char *name;
    size_t column;
};

/* The columns of an input, by its header.  Borrowed. */
struct columns {
    const struct slice *names;
    size_t n;
    const char *origin; /* the file's name, for messages */
    size_t line;        /* the header's line, for messages */
    const struct columns_alias *aliases;
    size_t n_aliases;
    const char *about; /* what else could be the header, for messages; or NULL */
    size_t *asked;     /* NULL, or as many columns as those that were asked for by name are among */
};

#define INPUT_HASH_SIZE 32 /* SHA-256 of the input's bytes */

struct preset;
struct wholes;

/* What is known of an input once it was read. */
struct input_facts {
    const char *name;  /* as in messages: the path as given, "stdin", or a URL without its query */
    const char *sheet; /* the name of the workbook's sheet; "" */
    uint64_t hidden_rows; /* of that sheet */
    struct columns header;
    const struct wholes *wholes; /* of each column: policy/wholes.h */
    uint64_t rows;               /* records after the header, but for empty ones at the end */
    uint64_t above;              /* records above it */
    uint64_t above_line;         /* of the first of them */
    uint8_t hash[INPUT_HASH_SIZE];
    struct reading reading;
    const struct preset *preset; /* that its header fits, or NULL */
    const char *notices;         /* what was guessed or passed over, a line each; "" */
};

/* Where records come from, as often as wanted. */
struct source {
    void *context;
    const struct input_facts *facts;
    int (*rewind)(void *context, struct err *e);                /* begin another pass */
    int (*next)(void *context, struct batch *b, struct err *e); /* b->n == 0: the end */
    bool (*strayed)(
        void *context); /* NULL: never.  Is the end where what was read before is not there? */
};

#define KEY_SIZE 16 /* SHA-256 of what makes the trigger the same again, cut to 16 bytes */

#endif
