/*
 * chunks: every CSV of the repository, fed to charset and csvio in chunks of many sizes, gives the records
 * that it gives in one.  A small file is cut at every size, a larger one at small ones and at primes.
 * Paths are of the repository's folder, in which the tests run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/charset.h"
#include "adapters/csvio.h"
#include "policy/dialect.h"
#include "policy/encoding.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define EVERY_SIZE_MAX 300 /* bytes of a file that is cut at every size */
#define SMALL_SIZE_MAX 32
#define SIZE_LAST 400
#define FILES_MIN 200 /* there are more: the patterns still find them */

struct file {
    struct slice bytes;
    struct encoding encoding;
    struct dialect dialect;
};

/* All of a record, so that no two different ones look the same. */
static int dump(void *context, const struct csvio_record *record)
{
    struct text *out = context;

    text_printf(out, "%" PRIu64 " %zu %s\n", record->line, record->nfields,
                record->fault ? record->fault : "-");
    for (size_t i = 0; i < record->nfields; i++) {
        text_printf(out, "%zu ", record->fields[i].len);
        text_append(out, record->fields[i].ptr, record->fields[i].len);
    }
    return 0;
}

static int feed(const struct file *f, size_t chunk, struct csvio_reader *r, struct charset *c,
                struct err *e)
{
    struct text decoded;
    int rc = 0;

    text_init(&decoded);
    for (size_t at = f->encoding.bom; at < f->bytes.len && rc == 0; at += chunk) {
        size_t left = f->bytes.len - at;
        text_clear(&decoded);
        charset_decode(c, f->bytes.ptr + at, left < chunk ? left : chunk, left <= chunk, &decoded);
        rc = csvio_feed(r, decoded.ptr, decoded.len, e);
    }
    assert_true(text_ok(&decoded));
    text_release(&decoded);
    return rc == 0 ? csvio_finish(r, e) : -1;
}

static void read_dump(const struct file *f, size_t chunk, struct text *out)
{
    struct err e = ERR_INIT;
    struct charset *c = charset_decoder(f->encoding.name, "", &e);
    struct csvio_reader *r =
        csvio_reader_new("in.csv", f->dialect.delimiter, f->dialect.quote, dump, out, &e);

    assert_non_null(c);
    assert_non_null(r);
    csvio_reader_allow(r, f->dialect.escape, f->dialect.blanks);
    text_clear(out);
    if (feed(f, chunk, r, c, &e) != 0)
        text_puts(out, e.text);
    text_puts(out, csvio_line_end(r));
    assert_true(text_ok(out));
    csvio_reader_free(r);
    charset_free(c);
}

static bool is_prime(size_t n)
{
    for (size_t i = 2; i * i <= n; i++)
        if (n % i == 0)
            return false;
    return true;
}

static size_t next_size(size_t size, size_t len)
{
    size++;
    while (len > EVERY_SIZE_MAX && size > SMALL_SIZE_MAX && !is_prime(size))
        size++;
    return size;
}

static struct file examine(struct slice bytes)
{
    struct file f = {bytes, encoding_find(bytes, false), {.delimiter = ','}};
    struct err e = ERR_INIT;
    struct charset *c = charset_decoder(f.encoding.name, "", &e);
    struct text text;

    assert_non_null(c);
    text_init(&text);
    charset_decode(c, bytes.ptr + f.encoding.bom, bytes.len - f.encoding.bom, true, &text);
    f.dialect = dialect_find((struct slice){text.ptr, text.len}, false, DIALECT_NOTHING_SAID);
    assert_true(text_ok(&text));
    text_release(&text);
    charset_free(c);
    return f;
}

static void try_file(const char *path, struct slice bytes)
{
    struct file f = examine(bytes);
    struct text whole, cut;

    text_init(&whole);
    text_init(&cut);
    read_dump(&f, bytes.len + 1, &whole);
    for (size_t n = 1; n <= bytes.len && (n < SIZE_LAST || bytes.len <= EVERY_SIZE_MAX);
         n = next_size(n, bytes.len)) {
        read_dump(&f, n, &cut);
        if (cut.len != whole.len || memcmp(cut.ptr, whole.ptr, cut.len) != 0)
            fail_msg("%s: in chunks of %zu bytes it is:\n%s\nin one:\n%s", path, n, cut.ptr,
                     whole.ptr);
    }
    text_release(&whole);
    text_release(&cut);
}

static void try_path(const char *path)
{
    static char bytes[1 << 20];
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    size_t len = fread(bytes, 1, sizeof(bytes), f);
    assert_true(feof(f));
    fclose(f);
    try_file(path, (struct slice){bytes, len});
}

static void test_every_file_at_many_chunk_sizes(void **state)
{
    static const char *const patterns[] = {"tests/corpora/*/*.csv", "tests/corpora/*/*/*.csv",
                                           "tests/cases/in*.csv",   "tests/cases/*/*/in*.csv",
                                           "samples/*.csv",         "samples/exports/*.csv"};
    glob_t found = {.gl_pathc = 0};

    (void)state;
    for (size_t i = 0; i < COUNT(patterns); i++)
        assert_int_equal(glob(patterns[i], i > 0 ? GLOB_APPEND : 0, NULL, &found), 0);
    assert_true(found.gl_pathc > FILES_MIN);
    for (size_t i = 0; i < found.gl_pathc; i++)
        try_path(found.gl_pathv[i]);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_file_at_many_chunk_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
