/*
 * read: bytes become records.
 *
 * An input: open (in its first pass, inside read_open) -> ended -> reading, by read_rewind -> ended
 * … A pass that fails stays where it is; only read_rewind and read_close make sense after it.
 */
#include "stages/read.h"

#include "adapters/csvio.h"
#include "adapters/digest.h"
#include "adapters/spool.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 65536
#define FAULT_MAX 80

_Static_assert(INPUT_HASH_SIZE == DIGEST_SIZE, "the input's hash is a SHA-256");

struct input {
    struct spool *spool;
    struct csvio_reader *csv;
    struct digest *digest;
    struct arena arena; /* the header, and the name */
    struct input_facts facts;
    const char *header_fault;

    /* of the pass at hand */
    bool past_header;
    bool ended;
    uint64_t row;
    struct batch *batch;
    size_t have, used; /* of the chunk */
    char chunk[CHUNK_SIZE];
};

#define SAVE ": save it as \"CSV UTF-8\""

/* What people hand over in place of CSV, by the first bytes, and what to do about it. */
static const struct {
    const char *magic;
    size_t len;
    const char *what;
} no_csv[] = {
    {"\xFF\xFE", 2, "looks like UTF-16 (Excel \"Unicode text\")" SAVE},
    {"\xFE\xFF", 2, "looks like UTF-16 (Excel \"Unicode text\")" SAVE},
    {"PK\x03\x04", 4, "looks like an Excel workbook or a ZIP file" SAVE},
    {"\xD0\xCF\x11\xE0", 4, "looks like an old Excel workbook" SAVE},
    {"\x1F\x8B", 2, "looks like a gzip file: unpack it first (zcat FILE | claimpipe claim - …)"},
};

static struct slice *copy_fields(struct arena *a, const struct csvio_record *from)
{
    struct slice *fields = arena_alloc(a, from->nfields * sizeof *fields);

    for (size_t i = 0; fields && i < from->nfields; i++) {
        fields[i].len = from->fields[i].len;
        fields[i].ptr = arena_copy(a, from->fields[i].ptr, from->fields[i].len);
        if (!fields[i].ptr)
            return NULL;
    }
    return fields;
}

/* Callbacks of csvio; they fail only for want of memory. */

static int on_counted(void *context, const struct csvio_record *record)
{
    struct input *in = context;

    if (in->past_header) {
        in->facts.rows++;
        return 0;
    }
    in->past_header = true;
    in->facts.header.names = copy_fields(&in->arena, record);
    in->facts.header.n = record->nfields;
    in->facts.header.line = (size_t)record->line;
    if (record->fault)
        in->header_fault = arena_copy(&in->arena, record->fault, strlen(record->fault));
    return in->facts.header.names && (in->header_fault || !record->fault) ? 0 : -1;
}

/* Why the record can't be taken whole; *out is NULL if it can.  -1: no memory. */
static int judge(struct arena *a, const struct csvio_record *record, size_t header_n,
                 const char **out)
{
    char buf[FAULT_MAX];
    const char *fault = record->fault;

    *out = NULL;
    if (!fault && record->nfields != header_n) {
        snprintf(buf, sizeof buf, "has %zu field%s, the header has %zu", record->nfields,
                 record->nfields == 1 ? "" : "s", header_n);
        fault = buf;
    }
    if (!fault)
        return 0;
    *out = arena_copy(a, fault, strlen(fault));
    return *out ? 0 : -1;
}

static int on_batched(void *context, const struct csvio_record *from)
{
    struct input *in = context;
    struct batch *b = in->batch;

    if (!in->past_header) {
        in->past_header = true;
        return 0;
    }
    struct record *to = &b->records[b->n];
    to->row = ++in->row;
    to->line = from->line;
    to->nfields = from->nfields;
    to->fields = copy_fields(&b->arena, from);
    if (!to->fields || judge(&b->arena, from, in->facts.header.n, &to->fault))
        return -1;
    b->n++;
    return 0;
}

static int begin_pass(struct input *in, csvio_callback *callback, struct err *e)
{
    csvio_reader_free(in->csv);
    digest_free(in->digest); /* it may be half way through */
    in->csv = csvio_reader_new(in->facts.name, in->facts.delimiter, callback, in, e);
    in->digest = digest_new();
    if (!in->csv || !in->digest)
        return err_nomem(e);
    spool_rewind(in->spool);
    in->past_header = false;
    in->ended = false;
    in->row = 0;
    in->have = in->used = 0;
    return 0;
}

/* The next chunk; have == 0 at the end. */
static int fill(struct input *in, struct err *e)
{
    ssize_t n = spool_read(in->spool, in->chunk, sizeof in->chunk, e);
    if (n < 0)
        return -1;
    digest_update(in->digest, in->chunk, (size_t)n);
    in->have = (size_t)n;
    in->used = 0;
    return 0;
}

/* At most so many bytes of the chunk. */
static int feed(struct input *in, size_t most, struct err *e)
{
    size_t left = in->have - in->used;
    size_t n = left < most ? left : most;

    if (csvio_feed(in->csv, in->chunk + in->used, n, e))
        return err_nomem(e); /* unless csvio has said something else: the first error wins */
    in->used += n;
    return 0;
}

static int end_pass(struct input *in, uint8_t hash[INPUT_HASH_SIZE], struct err *e)
{
    in->ended = true;
    if (csvio_finish(in->csv, e) || digest_finish(in->digest, hash))
        return err_nomem(e);
    return 0;
}

static int refuse_other_formats(const struct input *in, struct err *e)
{
    for (size_t i = 0; i < sizeof no_csv / sizeof *no_csv; i++)
        if (in->have >= no_csv[i].len && memcmp(in->chunk, no_csv[i].magic, no_csv[i].len) == 0)
            return err_set(e, EXIT_INPUT, "%s: %s", in->facts.name, no_csv[i].what);
    return 0;
}

static int first_pass(struct input *in, struct err *e)
{
    if (begin_pass(in, on_counted, e) || fill(in, e))
        return -1;
    if (in->have == 0)
        return err_set(e, EXIT_INPUT, "%s: is empty: it needs a header line", in->facts.name);
    if (refuse_other_formats(in, e))
        return -1;
    while (in->have > 0)
        if (feed(in, CHUNK_SIZE, e) || fill(in, e))
            return -1;
    if (end_pass(in, in->facts.hash, e))
        return -1;
    if (!in->past_header)
        return err_set(e, EXIT_INPUT, "%s: has no header line, only empty lines", in->facts.name);
    if (in->header_fault)
        return err_set(e, EXIT_INPUT, "%s:%zu: the header cannot be read: %s", in->facts.name,
                       in->facts.header.line, in->header_fault);
    in->facts.bom = csvio_had_bom(in->csv);
    in->facts.line_end = csvio_line_end(in->csv);
    return 0;
}

/* A header that is one field with other delimiters in it is no CSV as we read it. */
static int refuse_delimiter(const struct columns *header, struct err *e)
{
    const struct slice *only = header->names;

    if (header->n != 1 ||
        (!memchr(only->ptr, ';', only->len) && !memchr(only->ptr, '\t', only->len)))
        return 0;
    return err_set(
        e, EXIT_INPUT, "%s:%zu: the columns are separated by %s: save it with commas between them",
        header->origin, header->line, memchr(only->ptr, '\t', only->len) ? "tabs" : "semicolons");
}

static int open_all(struct input *in, const char *path, struct err *e)
{
    arena_init(&in->arena);
    in->spool = spool_open(path, e);
    if (!in->spool)
        return -1;
    in->facts.name = spool_name(in->spool);
    in->facts.header.origin = in->facts.name;
    in->facts.delimiter = ',';
    return first_pass(in, e) == 0 ? refuse_delimiter(&in->facts.header, e) : -1;
}

struct input *read_open(const char *path, struct err *e)
{
    struct input *in = mem_zero(1, sizeof *in);
    if (!in) {
        err_nomem(e);
        return NULL;
    }
    if (open_all(in, path, e)) {
        read_close(in);
        return NULL;
    }
    return in;
}

void read_close(struct input *in)
{
    if (!in)
        return;
    csvio_reader_free(in->csv);
    digest_free(in->digest);
    spool_close(in->spool);
    arena_release(&in->arena);
    free(in);
}

const struct input_facts *read_facts(const struct input *in)
{
    return &in->facts;
}

int read_rewind(struct input *in, struct err *e)
{
    return begin_pass(in, on_batched, e);
}

static int check_unchanged(struct input *in, struct err *e)
{
    uint8_t hash[INPUT_HASH_SIZE];

    if (end_pass(in, hash, e))
        return -1;
    if (memcmp(hash, in->facts.hash, sizeof hash) != 0)
        return err_set(e, EXIT_INPUT,
                       "%s changed while it was read: wait until it is written whole, then run "
                       "the same command again",
                       in->facts.name);
    return 0;
}

int read_batch(struct input *in, struct batch *b, struct err *e)
{
    arena_reset(&b->arena);
    b->n = 0;
    in->batch = b;
    while (b->n < RECORDS_BATCH && !in->ended) {
        if (in->used == in->have && fill(in, e))
            return -1;
        if (in->have == 0)
            return check_unchanged(in, e);
        /* A record takes two bytes at least, one and its line end, and the first of these may have
         * come before: so many bytes cannot hold more records than there is room for. */
        size_t room = RECORDS_BATCH - b->n;
        if (feed(in, 2 * room - 1, e))
            return -1;
    }
    return 0;
}

static int rewind_source(void *context, struct err *e)
{
    return read_rewind(context, e);
}

static int next_of_source(void *context, struct batch *b, struct err *e)
{
    return read_batch(context, b, e);
}

struct source read_source(struct input *in)
{
    return (struct source){in, read_facts(in), rewind_source, next_of_source};
}
