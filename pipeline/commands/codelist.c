/* codelist: blocks of codes are made side by side, then written one after the other. */
#include "commands/codelist.h"

#include "adapters/codebook.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/count.h"
#include "base/text.h"
#include "stages/bookopen.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>

#define BLOCK_CODES 1024
#define BLOCKS                                                                                     \
    64 /* made side by side: 6 MiB of a seed's codes; 64 MiB if every code is of the longest */

/* The codes from .. to - 1 into out, which fails if one can't be made. */
static void make_block(const struct codebook *b, int64_t from, int64_t to, struct text *out)
{
    char code[CODEBOOK_CODE_MAX];

    text_clear(out);
    for (int64_t i = from; i < to; i++) {
        out->failed = out->failed || codebook_code(b, i, code) != 0;
        if (!text_ok(out))
            return;
        text_puts(out, code);
        text_puts(out, "\n");
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The codes at .. end - 1, not more than fill the blocks; how many blocks they are.  All threads wait for the
 * slowest at the end, and libgomp's do so spinning, which costs much where other processes want the cores:
 * hence the dynamic schedule and large blocks.  3 million codes by two threads on two cores, beside one busy
 * process, medians of 5: static 1.21 s, dynamic 0.85 s, dynamic with blocks of 1024 0.66 s (alone: 0.39 to
 * 0.43 s, all the same).  On a busier machine two threads can still be slower than one. */
static int make_blocks(const struct codebook *b, int64_t at, int64_t end, struct text *blocks)
{
    int n = (int)((end - at + BLOCK_CODES - 1) / BLOCK_CODES);

#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < n; i++) {
        int64_t from = at + (int64_t)i * BLOCK_CODES;

        make_block(b, from, from + least(BLOCK_CODES, end - from), &blocks[i]);
    }
    return n;
}

/* In pieces that a pipe takes whole or not at all: stdio would go on with a write that a signal broke off
 * half way, and wait for a reader that may never come. */
static int write_text(struct outfile *out, const struct text *t, struct err *e)
{
    for (size_t at = 0; at < t->len; at += PIPE_BUF) {
        size_t left = t->len - at;

        if (outfile_write(out, t->ptr + at, left < PIPE_BUF ? left : PIPE_BUF, e))
            return -1;
    }
    return 0;
}

static int write_codes(const struct codelist *o, const struct codebook *b, struct outfile *out,
                       struct text *blocks, struct err *e)
{
    int64_t end = o->start + o->n;

    for (int64_t at = o->start, next; at < end; at = next) {
        next = at + least(end - at, (int64_t)BLOCKS * BLOCK_CODES);
        int n = make_blocks(b, at, next, blocks);
        for (int i = 0; i < n; i++) {
            if (!text_ok(&blocks[i]))
                return err_nomem(e);
            if (stop_signal() || write_text(out, &blocks[i], e))
                return -1;
        }
    }
    return 0;
}

static int write_file(const struct codelist *o, const struct codebook *b, struct err *e)
{
    struct text blocks[BLOCKS];
    struct err why = ERR_INIT;
    struct outfile *out = outfile_open(o->output ? o->output : "-", e);
    int rc;

    if (!out)
        return -1;
    for (int i = 0; i < BLOCKS; i++)
        text_init(&blocks[i]);
    rc = write_codes(o, b, out, blocks, &why);
    if (outfile_close(out, rc == 0, &why))
        rc = -1;
    for (int i = 0; i < BLOCKS; i++)
        text_release(&blocks[i]);
    /* a write to a pipe fails when the signal comes: that is no fault of the output */
    if (rc && stop_signal())
        return err_set(e, EXIT_INTERRUPTED, "interrupted: the codes are not all written");
    return rc ? err_set(e, why.code, "%s", why.text) : 0;
}

static int check_count(const struct codelist *o, const struct codebook *b, struct err *e)
{
    bool said = o->count > 0 && o->count < codebook_count(b);
    int64_t count = said ? o->count : codebook_count(b);

    if (o->start >= 0 && o->n >= 0 && o->start <= count && o->n <= count - o->start)
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s: has %" PRId64 " %s: %" PRId64 " from number %" PRId64
                   " (the first is 0) are more than there are",
                   said       ? "the claim (--count)"
                   : o->codes ? o->codes
                              : "the seed",
                   count, count_word((uint64_t)count, "code", "codes"), o->n, o->start);
}

int codelist_print(const struct codelist *o, struct err *e)
{
    struct codebook *b;
    int rc = -1;

    b = bookopen(o->codes ? NULL : o->seed, o->codes, o->allow_odd, e);
    if (b && check_count(o, b, e) == 0)
        rc = write_file(o, b, e);
    codebook_free(b);
    if (rc == 0)
        return EXIT_DONE;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
