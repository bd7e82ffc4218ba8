/*
 * codebook: numbers to codes.
 *
 * A list that is read: no record yet -> its columns known -> ended -> judged -> no code found twice.
 */
#include "adapters/codebook.h"

#include "adapters/csvio.h"
#include "adapters/digest.h"
#include "adapters/plainfile.h"
#include "adapters/spool.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CHUNK_SIZE 65536
#define NAME_HASH_SIZE 16
#define NAME_ROUNDS                                                                                \
    100000 /* so that the ledger does not tell quickly whether a guessed seed is right */
#define INDEX_TEXT_MAX 24
#define CODES_FIRST 1024
#define COLUMN_NAME_MAX 16

_Static_assert(CODEBOOK_CODE_MAX - 1 == 1023, "judge says so");

struct code {
    size_t at;     /* in `codes`, which moves while it grows */
    uint64_t line; /* of the file */
};

struct codebook {
    char name[CODEBOOK_NAME_MAX];
    struct digest_state prefix; /* a seed: SEED "-"; a list: mark_prefix */
    int64_t n;
    struct code *list;
    struct text codes; /* of a list, each with its NUL */
    char *path;        /* of a list */
};

static const char mark_prefix[] = "claimpipe code mark"; /* with its NUL */

static void put_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static int set_name(struct codebook *b, const char *kind, const char *secret, const char *salt)
{
    uint8_t hash[DIGEST_SIZE];
    char hex[2 * NAME_HASH_SIZE + 1];

    if (digest_slow(secret, strlen(secret), salt, NAME_ROUNDS, hash))
        return -1;
    put_hex(hash, NAME_HASH_SIZE, hex);
    snprintf(b->name, sizeof(b->name), "%s:%s", kind, hex);
    return 0;
}

static struct codebook *new_codebook(struct err *e)
{
    struct codebook *b = mem_zero(1, sizeof(*b));

    if (b)
        text_init(&b->codes);
    else
        err_nomem(e);
    return b;
}

void codebook_free(struct codebook *b)
{
    if (!b)
        return;
    if (b->codes.len > 0)
        explicit_bzero(b->codes.ptr, b->codes.len);
    text_release(&b->codes);
    free(b->list);
    free(b->path);
    explicit_bzero(b, sizeof(*b));
    free(b);
}

/* ---- a seed ---- */

static int begin_prefix(struct codebook *b, const char *seed)
{
    size_t len = strlen(seed);
    char *prefix = mem_copy(seed, len);
    int rc;

    if (!prefix)
        return -1;
    prefix[len] = '-'; /* in place of its NUL */
    rc = digest_state_begin(&b->prefix, prefix, len + 1);
    explicit_bzero(prefix, len + 1);
    free(prefix);
    return rc;
}

struct codebook *codebook_of_seed(const char *seed, struct err *e)
{
    struct codebook *b;

    if (!*seed || !slice_is_utf8(slice_of(seed))) {
        err_set(e, EXIT_USAGE, "the seed is %s: give the one that the claim was made with",
                *seed ? "not UTF-8" : "empty");
        return NULL;
    }
    b = new_codebook(e);
    if (!b)
        return NULL;
    b->n = INT64_MAX;
    if (begin_prefix(b, seed) || set_name(b, "seed", seed, "claimpipe seed")) {
        err_nomem(e);
        codebook_free(b);
        return NULL;
    }
    return b;
}

/* ---- a list ---- */

struct reading {
    struct codebook *b;
    const char *path;
    const struct codebook_table *table; /* or NULL */
    const struct codebook_judge *judge; /* or NULL */
    size_t cap;                         /* of b->list */
    size_t nfields;                     /* of each record; 0: none has come yet */
    size_t column;
    struct err *e;
};

static int refuse(const struct reading *r, uint64_t line, const char *why)
{
    return err_set(r->e, EXIT_USAGE, "%s:%" PRIu64 ": %s", r->path, line, why);
}

static bool is_code_column(struct slice field)
{
    static const char *const names[] = {"code", "codes", "claimcode", "claimcodes"};
    char name[COLUMN_NAME_MAX];
    struct slice s = slice_trim(field);
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (strchr(" -_", s.ptr[i]))
            continue;
        if (len == sizeof(name) - 1)
            return false;
        name[len++] = s.ptr[i];
    }
    name[len] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A header whose columns something other than commas divides: each of its lines would be a code. */
static bool is_foreign_header(const char *field)
{
    for (;;) {
        size_t len = strcspn(field, ";\t");

        if (is_code_column((struct slice){field, len}))
            return true;
        if (!field[len])
            return false;
        field += len + 1;
    }
}

/* What the first record tells: 1 if it is a header, 0 if it is a code. */
static int read_columns(struct reading *r, const struct csvio_record *first)
{
    size_t found = 0;

    r->nfields = first->nfields;
    for (size_t i = first->nfields; i-- > 0;)
        if (is_code_column(first->fields[i])) {
            r->column = i;
            found++;
        }
    if (first->nfields > 1 && found == 0)
        return refuse(r, first->line, "no column is called code: name the one with the codes so");
    if (found > 1)
        return refuse(r, first->line, "more than one column is called code: rename the others");
    if (found == 0 && is_foreign_header(first->fields[0].ptr))
        return refuse(r, first->line, "its columns are not divided by commas: save it as CSV");
    return (int)found;
}

/* ASCII's and Latin-1's (U+0080 to U+009F); s is UTF-8. */
static bool has_control(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s.ptr[i + 1] < 0xa0))
            return true;
    }
    return false;
}

/* Why it can be none, or NULL. */
static const char *judge(struct slice code)
{
    if (code.len == 0)
        return "has no code";
    if (code.len >= CODEBOOK_CODE_MAX)
        return "the code is too long: a code has at most 1023 bytes";
    if (!slice_is_utf8(code))
        return "the code is not UTF-8: save the file as \"CSV UTF-8\"";
    if (has_control(code))
        return "the code holds a control character or a line end: remove it";
    return NULL;
}

static int add_code(struct reading *r, uint64_t line, struct slice code)
{
    struct codebook *b = r->b;
    size_t n = (size_t)b->n;

    if (n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : CODES_FIRST;
        struct code *list = mem_resize(b->list, cap, sizeof(*list));

        if (!list)
            return err_nomem(r->e);
        b->list = list;
        r->cap = cap;
    }
    b->list[n] = (struct code){b->codes.len, line};
    text_append(&b->codes, code.ptr, code.len);
    text_append(&b->codes, "", 1);
    if (!text_ok(&b->codes))
        return err_nomem(r->e);
    b->n++;
    return 0;
}

static int take_code(struct reading *r, const struct csvio_record *record)
{
    struct slice code;
    const char *why;

    if (record->nfields != r->nfields)
        return err_set(r->e, EXIT_USAGE,
                       "%s:%" PRIu64 ": has %zu fields, the first record has %zu: a code with a "
                       "comma needs quotes",
                       r->path, record->line, record->nfields, r->nfields);
    code = slice_trim(record->fields[r->column]);
    why = judge(code);
    if (!why && r->judge)
        why = r->judge->first(r->judge->context, code);
    if (why)
        return refuse(r, record->line, why);
    if (r->b->n == CODEBOOK_LIST_MAX)
        return err_set(r->e, EXIT_USAGE, "%s:%" PRIu64 ": a list has at most %d codes: split it",
                       r->path, record->line, CODEBOOK_LIST_MAX);
    return add_code(r, record->line, code);
}

static int on_record(void *context, const struct csvio_record *record)
{
    struct reading *r = context;
    int header = 0;

    if (record->fault)
        return refuse(r, record->line, record->fault);
    if (record->nfields == 1 && slice_trim(record->fields[0]).len == 0)
        return 0;
    if (r->nfields == 0)
        header = read_columns(r, record);
    if (header != 0)
        return header < 0 ? -1 : 0;
    return take_code(r, record);
}

static int cannot_read(const char *path, struct err *e)
{
    if (errno == EINTR)
        return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was read", path);
    return err_set(e, EXIT_USAGE, "%s: the list of codes cannot be read: %s", path,
                   strerror(errno));
}

static int feed_file(struct csvio_reader *csv, int fd, const char *path, struct err *e)
{
    char chunk[CHUNK_SIZE];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) > 0)
        if (csvio_feed(csv, chunk, (size_t)n, e))
            return -1;
    return n < 0 ? cannot_read(path, e) : csvio_finish(csv, e);
}

static int feed_table(struct csvio_reader *csv, const struct codebook_table *t, struct err *e)
{
    char chunk[CHUNK_SIZE];
    ssize_t n;

    if (t->width > 0)
        csvio_reader_sheet(csv, t->width);
    while ((n = spool_read(t->spool, chunk, sizeof(chunk), e)) > 0)
        if (csvio_feed(csv, chunk, (size_t)n, e))
            return -1;
    return n < 0 ? -1 : csvio_finish(csv, e);
}

/* An error of csvio becomes one of the command line, unless r->e tells one already. */
static int read_file(struct reading *r)
{
    struct err e = ERR_INIT;
    struct csvio_reader *csv = csvio_reader_new(r->path, ',', '"', on_record, r, &e);
    int fd = -1, rc = -1;

    if (!csv)
        goto done;
    if (!r->table)
        fd = plainfile_open(r->path, "list of codes", &e);
    if (r->table)
        rc = feed_table(csv, r->table, &e);
    else if (fd >= 0)
        rc = feed_file(csv, fd, r->path, &e);
done:
    if (fd >= 0)
        close(fd);
    csvio_reader_free(csv);
    if (e.code != EXIT_DONE)
        err_set(r->e, e.code == EXIT_INPUT ? EXIT_USAGE : e.code, "%s", e.text);
    return rc;
}

static const char *listed(const struct codebook *b, size_t index)
{
    return b->codes.ptr + b->list[index].at;
}

/* Puts code i into the table (a power of two of slots, open addressing), by its mark, so that nobody
 * can make a list that is slow.  A slot holds the upper half of a hash, which spares most looks at codes,
 * and a number from 1.  The number of an equal code; i if there is none; -1 if libcrypto failed. */
static int64_t meet(const struct codebook *b, uint64_t *slots, size_t mask, size_t i)
{
    uint8_t mark[CODEBOOK_MARK_SIZE];
    uint64_t hash;

    if (!codebook_mark(b, (int64_t)i, mark))
        return -1;
    memcpy(&hash, mark, sizeof(hash));
    size_t slot = (size_t)hash & mask;
    for (; slots[slot]; slot = (slot + 1) & mask) {
        size_t other = (uint32_t)slots[slot] - 1;

        if (slots[slot] >> 32 == hash >> 32 && strcmp(listed(b, i), listed(b, other)) == 0)
            return (int64_t)other;
    }
    slots[slot] = (hash >> 32 << 32) | (i + 1);
    return (int64_t)i;
}

static int refuse_repeats(const struct reading *r)
{
    const struct codebook *b = r->b;
    size_t n = (size_t)b->n, size = 2;
    int rc = 0;

    while (size < 2 * n)
        size *= 2;
    uint64_t *slots = mem_zero(size, sizeof(*slots));
    if (!slots)
        return err_nomem(r->e);
    for (size_t i = 0; i < n && rc == 0; i++) {
        int64_t first = meet(b, slots, size - 1, i);

        if (first < 0)
            rc = err_nomem(r->e);
        else if (first != (int64_t)i)
            rc = err_set(r->e, EXIT_USAGE,
                         "%s:%" PRIu64 ": the code of line %" PRIu64 " again: a code can be given "
                         "but once: remove one of them",
                         r->path, b->list[i].line, b->list[first].line);
    }
    free(slots);
    return rc;
}

static int judge_all(const struct reading *r)
{
    const struct codebook *b = r->b;

    for (size_t i = 0; r->judge && i < (size_t)b->n; i++) {
        const char *why = r->judge->second(r->judge->context, slice_of(listed(b, i)), i);

        if (why)
            return refuse(r, b->list[i].line, why);
    }
    return 0;
}

static int read_list(struct codebook *b, const char *path, const struct codebook_table *table,
                     const struct codebook_judge *judge, struct err *e)
{
    struct reading r = {.b = b, .path = path, .table = table, .judge = judge, .e = e};

    if (digest_state_begin(&b->prefix, mark_prefix, sizeof(mark_prefix)))
        return err_nomem(e);
    if (read_file(&r))
        return -1;
    if (b->n == 0)
        return err_set(e, EXIT_USAGE, "%s: has no codes: it needs one on each line", path);
    if (judge_all(&r) || refuse_repeats(&r))
        return -1;
    return set_name(b, "list", listed(b, 0), "claimpipe list") ? err_nomem(e) : 0;
}

struct codebook *codebook_of_judged_list(const char *path, const struct codebook_table *table,
                                         const struct codebook_judge *judge, struct err *e)
{
    struct codebook *b = new_codebook(e);

    if (!b)
        return NULL;
    b->path = mem_copy(path, strlen(path));
    if (b->path ? read_list(b, path, table, judge, e) : err_nomem(e)) {
        codebook_free(b);
        return NULL;
    }
    return b;
}

struct codebook *codebook_of_list(const char *path, struct err *e)
{
    return codebook_of_judged_list(path, NULL, NULL, e);
}

/* ---- both ---- */

const char *codebook_name(const struct codebook *b)
{
    return b->name;
}

bool codebook_is_list(const struct codebook *b)
{
    return b->list != NULL;
}

const char *codebook_path(const struct codebook *b)
{
    return b->path;
}

int64_t codebook_count(const struct codebook *b)
{
    return b->n;
}

static bool is_index(const struct codebook *b, int64_t index)
{
    return index >= 0 && index < b->n;
}

static int seed_code(const struct codebook *b, int64_t index, char out[CODEBOOK_CODE_MAX])
{
    uint8_t hash[DIGEST_SIZE];
    char number[INDEX_TEXT_MAX];
    int len = snprintf(number, sizeof(number), "%" PRId64, index);

    if (digest_state_finish(&b->prefix, number, (size_t)len, hash))
        return -1;
    put_hex(hash, sizeof(hash), out);
    snprintf(out + 2 * sizeof(hash), CODEBOOK_CODE_MAX - 2 * sizeof(hash), "-%s", number);
    return 0;
}

int codebook_code(const struct codebook *b, int64_t index, char out[CODEBOOK_CODE_MAX])
{
    if (!is_index(b, index))
        return -1;
    if (!b->list)
        return seed_code(b, index, out);
    const char *code = listed(b, (size_t)index);
    memcpy(out, code, strlen(code) + 1);
    return 0;
}

bool codebook_mark(const struct codebook *b, int64_t index, uint8_t mark[CODEBOOK_MARK_SIZE])
{
    uint8_t hash[DIGEST_SIZE];

    if (!b->list || !is_index(b, index))
        return false;
    const char *code = listed(b, (size_t)index);
    if (digest_state_finish(&b->prefix, code, strlen(code), hash))
        return false;
    memcpy(mark, hash, CODEBOOK_MARK_SIZE);
    return true;
}

int codebook_verify(const struct codebook *b, int64_t index, const uint8_t mark[CODEBOOK_MARK_SIZE],
                    struct err *e)
{
    static const char advice[] = "give the list as it was (new codes may be appended)";
    uint8_t now[CODEBOOK_MARK_SIZE];

    if (!b->list)
        return 0;
    if (!is_index(b, index))
        return err_set(e, EXIT_USAGE,
                       "%s: has only %" PRId64 " %s, and number %" PRId64
                       " (the first is 0) was given out: %s",
                       b->path, b->n, count_word((uint64_t)b->n, "code", "codes"), index, advice);
    if (!codebook_mark(b, index, now))
        return err_nomem(e);
    if (memcmp(now, mark, sizeof(now)) != 0)
        return err_set(e, EXIT_USAGE,
                       "%s:%" PRIu64 ": is not the code that was given out from there: %s", b->path,
                       b->list[index].line, advice);
    return 0;
}
