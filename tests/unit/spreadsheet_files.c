/*
 * spreadsheet_files: each workbook of tests/workbooks, made by the programs that people use, gives the rows of its twins:
 * FILE.SHEET.csv has those of a sheet, record by record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/csvio.h"
#include "adapters/spool.h"
#include "stages/spreadsheet.h"

#include "fixture.h"

#include <glob.h>
#include <inttypes.h>

#define FOLDER "tests/workbooks/"

static int dump(void *context, const struct csvio_record *record)
{
    struct text *out = context;
    size_t n = record->nfields;

    while (n > 0 && record->fields[n - 1].len == 0)
        n--;
    if (n == 0)
        return 0;
    text_printf(out, "%" PRIu64 ":", record->line);
    for (size_t i = 0; i < n; i++)
        text_printf(out, "[%s]", record->fields[i].ptr);
    text_puts(out, record->fault ? "!\n" : "\n");
    return 0;
}

/* The records of a sheet as it was written, or of its twin. */
static void read_rows(struct spool *s, struct text *out)
{
    struct err e = ERR_INIT;
    struct csvio_reader *csv = csvio_reader_new("rows", ',', '"', dump, out, &e);
    char chunk[4096];
    ssize_t n;

    assert_non_null(csv);
    csvio_reader_sheet(csv, 1);
    spool_rewind(s);
    while ((n = spool_read(s, chunk, sizeof(chunk), &e)) > 0)
        assert_int_equal(csvio_feed(csv, chunk, (size_t)n, &e), 0);
    assert_int_equal(n, 0);
    assert_int_equal(csvio_finish(csv, &e), 0);
    csvio_reader_free(csv);
    assert_true(text_ok(out));
}

static void read_twin(const char *path, struct text *out)
{
    struct err e = ERR_INIT;
    struct spool *s = spool_open(path, NULL, &e);

    if (!s)
        fail_msg("%s", e.text);
    read_rows(s, out);
    spool_close(s);
}

static void read_sheet(struct spreadsheet *w, size_t at, const char *path, struct text *out)
{
    struct err e = ERR_INIT;
    struct spreadsheet_facts facts;
    struct spool *s = spool_new(path, &e);

    assert_non_null(s);
    if (spreadsheet_write(w, at, s, &facts, &e) != 0)
        fail_msg("%s", e.text);
    read_rows(s, out);
    spool_close(s);
}

/* From the first record on that differs. */
static void fail_different(const char *twin, const char *got, const char *want)
{
    size_t same = 0;

    while (got[same] == want[same])
        same++;
    while (same > 0 && got[same - 1] != '\n')
        same--;
    fail_msg("%s: %.200s … and not %.200s", twin, got + same, want + same);
}

/* How many of its sheets have a twin. */
static size_t compare(const char *path)
{
    struct err e = ERR_INIT;
    struct spool *s = spool_open(path, NULL, &e);
    struct spreadsheet *w;
    size_t twins = 0;

    assert_non_null(s);
    w = spreadsheet_open(spool_fd(s), path, spreadsheet_kind(spool_fd(s), path, &e), &e);
    if (!w)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < spreadsheet_count(w); i++) {
        struct text want, got;
        char twin[PATH_MAX];

        snprintf(twin, sizeof(twin), "%s.%s.csv", path, spreadsheet_sheet(w, i).name);
        if (access(twin, R_OK) != 0)
            continue;
        text_init(&want);
        text_init(&got);
        read_twin(twin, &want);
        read_sheet(w, i, path, &got);
        if (strcmp(got.ptr, want.ptr) != 0)
            fail_different(twin, got.ptr, want.ptr);
        text_release(&got);
        text_release(&want);
        twins++;
    }
    spreadsheet_close(w);
    spool_close(s);
    return twins;
}

static void test_twins(void **state)
{
    static const char *const patterns[] = {FOLDER "*.xlsx", FOLDER "*.ods"};
    size_t files = 0, twins = 0;
    glob_t found;

    (void)state;
    for (size_t i = 0; i < COUNT(patterns); i++) {
        assert_int_equal(glob(patterns[i], 0, NULL, &found), 0);
        for (size_t f = 0; f < found.gl_pathc; f++)
            twins += compare(found.gl_pathv[f]);
        files += found.gl_pathc;
        globfree(&found);
    }
    assert_true(files >= 14);
    assert_int_equal(glob(FOLDER "*.csv", 0, NULL, &found), 0);
    assert_int_equal(twins, found.gl_pathc); /* none is left over */
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins)};

    return cmocka_run_group_tests_name("spreadsheet_files", tests, NULL, NULL);
}
