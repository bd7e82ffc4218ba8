/*
 * read: files, standard input, batches and passes; encodings, dialects, headers and presets; and damage,
 * which stays with its row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/csvio.h"
#include "adapters/digest.h"
#include "policy/preset.h"
#include "stages/read.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct batch batch; /* too large for a stack */

static int enter_folder(void **state)
{
    static char folder[PATH_MAX];
    const char *tmp = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/claimpipe-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    *state = folder;
    batch_init(&batch);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    char command[PATH_MAX + 16];

    batch_release(&batch);
    snprintf(command, sizeof command, "rm -rf '%s'", (const char *)*state);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void put_bytes(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void put(const char *path, const char *content)
{
    put_bytes(path, content, strlen(content));
}

static void dump(struct text *out, const struct record *r)
{
    text_printf(out, "%" PRIu64 "@%" PRIu64 ":[", r->row, r->line);
    for (size_t i = 0; i < r->nfields; i++) {
        text_puts(out, i ? "|" : "");
        text_append(out, r->fields[i].ptr, r->fields[i].len);
    }
    text_printf(out, "]%s%s%s%s\n", r->fault ? "!" : "", r->fault ? r->fault : "",
                r->aside ? "~" : "", r->aside ? r->aside : "");
}

/* One whole pass, as text. */
static int pass(struct input *in, struct text *out, struct err *e)
{
    text_clear(out);
    if (read_rewind(in, e))
        return -1;
    do {
        if (read_batch(in, &batch, e))
            return -1;
        for (size_t i = 0; i < batch.n; i++)
            dump(out, &batch.records[i]);
    } while (batch.n > 0);
    return 0;
}

static const struct read_wishes no_wishes;

static struct input *open_as(const char *path, const struct read_wishes *w)
{
    struct err e = ERR_INIT;
    struct input *in = read_open(path, w, &e);

    if (!in)
        print_error("%s\n", e.text);
    assert_non_null(in);
    return in;
}

static struct input *open_ok(const char *path)
{
    return open_as(path, &no_wishes);
}

static void test_facts_and_records(void **state)
{
    static const char content[] = "\xEF\xBB\xBFName,\" Wallet \",\"Wallet\"\r\n"
                                  "Ann,0x1,\r\n"
                                  "\r\n"
                                  "\"B\r\nob\",0x2,x,y\r\n"
                                  "Cy\r\n"
                                  "Di,\"0x\"3,z\r\n"
                                  "Ed,0x4,\"z";
    uint8_t hash[DIGEST_SIZE];
    struct err e = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    put("in.csv", content);
    struct input *in = open_ok("in.csv");
    const struct input_facts *facts = read_facts(in);
    assert_string_equal(facts->name, "in.csv");
    assert_string_equal(facts->header.origin, "in.csv");
    assert_int_equal(facts->header.n, 3);
    assert_int_equal(facts->header.line, 1);
    assert_string_equal(facts->header.names[0].ptr, "Name");
    assert_string_equal(facts->header.names[1].ptr, " Wallet ");
    assert_int_equal(facts->header.names[1].len, 8);
    assert_string_equal(facts->header.names[2].ptr, "Wallet");
    assert_int_equal(facts->rows, 5);
    assert_true(facts->reading.bom);
    assert_string_equal(facts->reading.line_end, "\r\n");
    assert_int_equal(facts->reading.delimiter, ',');
    assert_int_equal(facts->reading.quote, '"');
    assert_string_equal(facts->reading.encoding, READING_UTF8);
    assert_int_equal(facts->reading.header_line, 1);
    assert_null(facts->preset);
    assert_string_equal(facts->notices, "");
    assert_int_equal(digest_once(content, sizeof content - 1, hash), 0);
    assert_memory_equal(facts->hash, hash, sizeof hash);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pass(in, &out, &e), 0);
        assert_string_equal(out.ptr, "1@2:[Ann|0x1|]\n"
                                     "2@4:[B\r\nob|0x2|x|y]!has 4 fields, the header has 3\n"
                                     "3@6:[Cy]!has 1 field, the header has 3\n"
                                     "4@7:[Di|0x3|z]!text after a closing quote on line 7\n"
                                     "5@8:[Ed|0x4|\"z]!a quote opened on line 8 is never closed\n");
    }
    assert_int_equal(read_batch(in, &batch, &e), 0);
    assert_int_equal(batch.n, 0);
    read_close(in);
    text_release(&out);
}

static void test_header_only(void **state)
{
    static const char *const files[] = {"a,b", "a,b\n", "\n\na,b\r\n\r\n"};
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        put("in.csv", files[i]);
        struct input *in = open_ok("in.csv");
        assert_int_equal(read_facts(in)->rows, 0);
        assert_int_equal(read_facts(in)->header.n, 2);
        assert_int_equal(read_facts(in)->header.line, i == 2 ? 3 : 1);
        assert_int_equal(read_rewind(in, &e), 0);
        assert_int_equal(read_batch(in, &batch, &e), 0);
        assert_int_equal(batch.n, 0);
        read_close(in);
    }
}

static void refuse_as(const char *path, const struct read_wishes *w, const char *says)
{
    struct err e = ERR_INIT;

    assert_null(read_open(path, w, &e));
    assert_int_equal(e.code, EXIT_INPUT);
    if (!strstr(e.text, says))
        print_error("%s\n", e.text);
    assert_non_null(strstr(e.text, says));
}

static void refuse(const char *path, const char *says)
{
    refuse_as(path, &no_wishes, says);
}

static void test_files_that_cannot_be_read(void **state)
{
    (void)state;
    assert_int_equal(mkdir("sub", 0700), 0);
    put("file", "a\n");
    refuse("missing.csv", "missing.csv: cannot be opened: No such file or directory");
    refuse("file/in.csv", "file/in.csv: cannot be opened: Not a directory");
    refuse("", ": cannot be opened: No such file or directory");
    refuse("sub", "sub: is a folder: name a CSV file in it");
    /* what even root may not read */
    refuse("/proc/self/mem", "/proc/self/mem: cannot be read: Input/output error");
}

static void test_contents_that_are_no_csv(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *says;
    } contents[] = {
#define BYTES(bytes, says) {bytes, sizeof(bytes) - 1, says}
        BYTES("", "in.csv: is empty: it needs a header line"),
        BYTES("\xEF\xBB\xBF", "in.csv: has no header line, only empty lines"),
        BYTES("\n\r\n\n", "in.csv: has no header line, only empty lines"),
        BYTES("\xFF\xFE", "in.csv: has no header line, only empty lines"),
        BYTES("sep=;\n", "in.csv: has no header line, only empty lines"),
        BYTES("PK\x03\x04\x14", "in.csv: is cut off or damaged"),
        BYTES("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
              "in.csv: is an old Excel workbook (.xls): open it and save it as .xlsx"),
        BYTES("%PDF-1.7\n", "in.csv: is a PDF: export the table behind it as CSV"),
        BYTES("<!DOCTYPE html><html>",
              "in.csv: is a web page, not a file: download the export itself"),
        BYTES("<HTML><body>", "in.csv: is a web page, not a file: download the export itself"),
        BYTES("SQLite format 3\0", "in.csv: is a database: export the table as CSV"),
        BYTES("a,\"b\n1,2\n", "in.csv:1: the header cannot be read: a quote opened on line 1"),
        BYTES("\n\"a\"b,c\n", "in.csv:2: the header cannot be read: text after a closing quote"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        put_bytes("in.csv", contents[i].bytes, contents[i].len);
        refuse("in.csv", contents[i].says);
    }
}

/* A file of n rows, some very short and some longer than a chunk. */
static void make_rows(struct text *content, size_t n, const char *line_end)
{
    static const char long_one[] = "0123456789abcdefghijklmnopqrstuvwxyz";

    text_clear(content);
    text_printf(content, "i%s", line_end);
    for (size_t i = 1; i <= n; i++) {
        text_printf(content, "%zu", i % 10);
        for (size_t k = 0; i % 1000 == 0 && k < 4000; k++)
            text_puts(content, long_one);
        text_puts(content, line_end);
    }
    assert_true(text_ok(content));
    put_bytes("in.csv", content->ptr, content->len);
}

static void check_rows(struct input *in, size_t n)
{
    struct err e = ERR_INIT;
    uint64_t row = 0;

    assert_int_equal(read_rewind(in, &e), 0);
    do {
        assert_int_equal(read_batch(in, &batch, &e), 0);
        for (size_t i = 0; i < batch.n; i++) {
            const struct record *r = &batch.records[i];
            assert_int_equal(r->row, ++row);
            assert_int_equal(r->line, row + 1);
            assert_null(r->fault);
            assert_int_equal(r->fields[0].len, row % 1000 == 0 ? 144001 : 1);
            assert_int_equal(r->fields[0].ptr[0], '0' + (int)(row % 10));
        }
        assert_true(batch.n == RECORDS_BATCH || row == n ||
                    arena_size(&batch.arena) > RECORDS_BATCH_BYTES);
    } while (batch.n > 0);
    assert_int_equal(row, n);
}

/* A batch is bounded by its bytes as well, whatever its rows look like. */
static void test_large_rows(void **state)
{
    static const struct {
        size_t fields, len, quotes;
    } cases[] = {{1, 300000, 0}, {1, 300000, 1}, {40, 20000, 0}, {9000, 20, 1}, {9000, 0, 0}};
    struct err e = ERR_INIT;
    struct text content;
    size_t rows, most, n;

    (void)state;
    text_init(&content);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *quote = cases[i].quotes ? "\"" : "";

        text_clear(&content);
        for (size_t row = 0; row <= 60; row++) {
            for (size_t f = 0; f < cases[i].fields; f++)
                text_printf(&content, "%s%s%s%0*zu%s", f ? "," : "", quote, row ? "" : "c",
                            (int)(row ? cases[i].len : 1), f + 1, quote);
            text_puts(&content, "\n");
        }
        assert_true(text_ok(&content));
        put_bytes("in.csv", content.ptr, content.len);
        struct input *in = open_ok("in.csv");
        assert_int_equal(read_rewind(in, &e), 0);
        /* A field takes 32 bytes more than its own, at most. */
        most = RECORDS_BATCH_BYTES + ARENA_KEPT_MAX + cases[i].fields * (cases[i].len + 48);
        rows = 0;
        do {
            assert_int_equal(read_batch(in, &batch, &e), 0);
            rows += n = batch.n;
            assert_true(arena_size(&batch.arena) <= most);
        } while (n > 0);
        assert_int_equal(rows, 60);
        read_close(in);
    }
    text_release(&content);
}

static void test_many_rows(void **state)
{
    static const size_t sizes[] = {1, 2, RECORDS_BATCH - 1, RECORDS_BATCH, 257, 512, 513, 20000};
    static const char *const line_ends[] = {"\n", "\r\n", "\r"};
    struct text content;

    (void)state;
    text_init(&content);
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t k = 0; k < COUNT(line_ends); k++) {
            make_rows(&content, sizes[i], line_ends[k]);
            struct input *in = open_ok("in.csv");
            assert_int_equal(read_facts(in)->rows, sizes[i]);
            assert_string_equal(read_facts(in)->reading.line_end, line_ends[k]);
            check_rows(in, sizes[i]);
            check_rows(in, sizes[i]);
            read_close(in);
        }
    text_release(&content);
}

/* A pass may be given up anywhere. */
static void test_rewind_half_way(void **state)
{
    struct err e = ERR_INIT;
    struct text content;

    (void)state;
    text_init(&content);
    make_rows(&content, 3000, "\n");
    struct input *in = open_ok("in.csv");
    assert_int_equal(read_rewind(in, &e), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(read_batch(in, &batch, &e), 0);
    check_rows(in, 3000);
    read_close(in);
    text_release(&content);
}

static void test_changed_content(void **state)
{
    static const char *const changes[] = {"a,b\n1,3\n", "a,b\n1,2\n3,4\n", "a,b\n", "",
                                          "a,b\n1,2\n\n"};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct err e = ERR_INIT;
        put("in.csv", "a,b\n1,2\n");
        struct input *in = open_ok("in.csv");
        assert_int_equal(pass(in, &out, &e), 0);
        put("in.csv", changes[i]); /* the same file, written over */
        assert_int_equal(pass(in, &out, &e), -1);
        assert_int_equal(e.code, EXIT_INPUT);
        assert_non_null(strstr(e.text, "in.csv changed while it was read: "));
        read_close(in);
    }
    text_release(&out);
}

/* How many records a source has, and whether the first differs from what it was. */
static size_t count_source(const struct source *source, struct err *e, int *rc)
{
    struct batch b;
    size_t n = 0;

    batch_init(&b);
    *rc = source->rewind(source->context, e);
    while (*rc == 0 && (*rc = source->next(source->context, &b, e)) == 0 && b.n > 0)
        n += b.n;
    batch_release(&b);
    return n;
}

/* 1,000 rows of 20 bytes each behind the header, of which the one with that number is another. */
static void put_thousand(const char *path, size_t rows, size_t other)
{
    FILE *f = fopen(path, "r+");

    if (!f)
        f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), 0), 0);
    fputs("name,number of the\n", f);
    for (size_t i = 1; i <= rows; i++)
        fprintf(f, "%s,%012zu\n", i == other ? "OTHER.." : "somebod", i);
    assert_int_equal(fclose(f), 0);
}

/* No record of a block that has changed is handed out, neither to act on nor to report. */
static void test_changed_block(void **state)
{
    static const struct {
        size_t rows, other, least, most; /* records that are as they were */
        bool grown;
    } cases[] = {
        {1000, 0, 1000, 1000, false}, {1000, 1000, 1, 999, false}, {1000, 500, 300, 499, false},
        {1000, 1, 0, 0, false},       {1001, 0, 1000, 1000, true}, {999, 0, 1, 999, false},
        {300, 0, 1, 300, false},      {0, 0, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool same = cases[i].most == 1000 && !cases[i].grown;
        struct err e = ERR_INIT;
        struct source source;
        struct input *in;
        const char *why;
        size_t n;
        int rc;

        put_thousand("in.csv", 1000, 0);
        in = open_ok("in.csv");
        put_thousand("in.csv", cases[i].rows, cases[i].other);
        source = read_source(in);
        n = count_source(&source, &e, &rc);
        assert_int_equal(rc, same ? 0 : -1);
        assert_true(n <= cases[i].most);
        assert_int_equal(e.code, same ? EXIT_DONE : EXIT_INPUT);
        assert_null(source.strayed);
        e = (struct err)ERR_INIT;
        source = read_source_as_far(in);
        n = count_source(&source, &e, &rc);
        assert_int_equal(rc, 0);
        assert_in_range(n, cases[i].least, cases[i].most);
        assert_int_equal(source.strayed(in), !same);
        put_thousand("in.csv", 1000, 0); /* it is as it was again */
        assert_int_equal(count_source(&source, &e, &rc), 1000);
        assert_false(read_strayed(in, &why));
        assert_null(why);
        read_close(in);
    }
}

static void test_name_given_to_another_file(void **state)
{
    struct err e = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    put("in.csv", "a,b\n1,2\n");
    put("new.csv", "other\n");
    struct input *in = open_ok("in.csv");
    assert_int_equal(rename("new.csv", "in.csv"), 0);
    assert_int_equal(pass(in, &out, &e), 0);
    assert_string_equal(out.ptr, "1@2:[1|2]\n");
    read_close(in);
    text_release(&out);
}

/* Standard input is fd for one read_open. */
static struct input *open_stdin_as(int fd, struct err *e)
{
    int saved = dup(STDIN_FILENO);

    assert_true(fd >= 0);
    dup2(fd, STDIN_FILENO);
    struct input *in = read_open("-", &no_wishes, e);
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    close(fd);
    return in;
}

static int pipe_with(const char *content)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], content, strlen(content)), (ssize_t)strlen(content));
    close(fds[1]);
    return fds[0];
}

static void test_stdin(void **state)
{
    struct err e = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    struct input *in = open_stdin_as(pipe_with("a,b\n1,2\n3\n"), &e);
    assert_non_null(in);
    assert_string_equal(read_facts(in)->name, "stdin");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pass(in, &out, &e), 0);
        assert_string_equal(out.ptr, "1@2:[1|2]\n2@3:[3]!has 1 field, the header has 2\n");
    }
    read_close(in);
    assert_null(open_stdin_as(pipe_with(""), &e));
    assert_int_equal(e.code, EXIT_INPUT);
    assert_string_equal(e.text, "stdin: is empty: it needs a header line");
    struct err folder = ERR_INIT;
    assert_null(open_stdin_as(open(".", O_RDONLY), &folder));
    assert_non_null(strstr(folder.text, "stdin: is a folder"));
    text_release(&out);
}

/* More than a pipe holds; and a path that names a pipe, as <(command) does. */
static void test_large_stdin(void **state)
{
    struct err e = ERR_INIT;
    struct text content;

    (void)state;
    text_init(&content);
    make_rows(&content, 20000, "\n");
    FILE *cat = popen("cat in.csv", "r");
    assert_non_null(cat);
    struct input *in = open_stdin_as(dup(fileno(cat)), &e);
    assert_non_null(in);
    assert_int_equal(pclose(cat), 0);
    check_rows(in, 20000);
    read_close(in);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(system("cat in.csv > fifo &"), 0);
    in = open_ok("fifo");
    assert_string_equal(read_facts(in)->name, "fifo");
    check_rows(in, 20000);
    read_close(in);
    text_release(&content);
}

static void test_no_room_for_stdin(void **state)
{
    struct err e = ERR_INIT;
    const char *tmp = getenv("TMPDIR");
    char *kept = tmp ? strdup(tmp) : NULL;

    (void)state;
    setenv("TMPDIR", "missing/folder", 1);
    assert_null(open_stdin_as(pipe_with("a\n"), &e));
    assert_int_equal(e.code, EXIT_INPUT);
    assert_non_null(strstr(e.text, "missing/folder: No such file or directory: set TMPDIR"));
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A pipe that says nothing must not make Ctrl-C wait. */
static void test_interrupted_stdin(void **state)
{
    const struct sigaction act = {.sa_handler = on_alarm};
    const struct itimerval soon = {{0, 20000}, {0, 20000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    struct err e = ERR_INIT;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_null(open_stdin_as(fds[0], &e));
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(e.code, EXIT_INTERRUPTED);
    close(fds[1]);
}

/* ---- how a file is read ---- */

/* All records of a file that is read so; what is found out of it is in *facts until the next call. */
static void read_all(const struct read_wishes *w, struct text *out, struct input **in)
{
    struct err e = ERR_INIT;

    *in = open_as("in.csv", w);
    if (pass(*in, out, &e) != 0)
        fail_msg("%s", e.text);
}

/* Of text up to U+00FF, each a byte: UTF-16. */
static void put_utf16(const char *text, bool big, bool mark)
{
    struct text out;

    text_init(&out);
    if (mark)
        text_append(&out, big ? "\xFE\xFF" : "\xFF\xFE", 2);
    for (; *text; text++) {
        const char pair[] = {*text, '\0', *text};

        text_append(&out, pair + big, 2);
    }
    assert_true(text_ok(&out));
    put_bytes("in.csv", out.ptr, out.len);
    text_release(&out);
}

static void test_utf16(void **state)
{
    static const char *const wanted[] = {NULL, "UTF-16", "utf-16"};
    static const struct {
        bool big, mark;
        const char *name;
    } forms[] = {{false, true, "UTF-16LE"},
                 {true, true, "UTF-16BE"},
                 {false, false, "UTF-16LE"},
                 {true, false, "UTF-16BE"}};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(forms); i++)
        for (size_t k = 0; k < COUNT(wanted); k++) {
            struct read_wishes w = {.encoding = wanted[k]};
            struct input *in;
            const struct input_facts *facts;

            if (forms[i].big && !forms[i].mark && k > 0)
                w.encoding = "UTF-16be"; /* without a mark UTF-16 is as Windows writes it */
            put_utf16("Name\tWallet\r\nJos\xE9\t\"0x1\r\n2\"\r\n", forms[i].big, forms[i].mark);
            read_all(&w, &out, &in);
            facts = read_facts(in);
            assert_string_equal(facts->reading.encoding, forms[i].name);
            assert_int_equal(facts->reading.bom, forms[i].mark);
            assert_int_equal(facts->reading.delimiter, '\t');
            assert_string_equal(facts->reading.line_end, "\r\n");
            assert_string_equal(facts->header.names[0].ptr, "Name");
            assert_int_equal(facts->rows, 1);
            assert_string_equal(out.ptr, "1@2:[Jos\xC3\xA9|0x1\r\n2]\n");
            if (forms[i].mark || w.encoding)
                assert_string_equal(facts->notices, "");
            read_close(in);
        }
    text_release(&out);
}

static void test_encodings(void **state)
{
    static const struct {
        const char *what, *wish, *bytes, *encoding, *notices, *want;
    } cases[] = {
        {"UTF-8", NULL, "Name\nJos\xC3\xA9\n", "UTF-8", "", "1@2:[Jos\xC3\xA9]\n"},
        {"a guess is named", NULL, "Name\nJos\xE9\n", "WINDOWS-1252",
         "in.csv: is not UTF-8, and no mark says what it is: read as WINDOWS-1252, which is a "
         "guess "
         "(--encoding says it)\n",
         "1@2:[Jos\xC3\xA9]\n"},
        {"what is said is no guess", "windows-1252", "Name\nJos\xE9\n", "WINDOWS-1252", "",
         "1@2:[Jos\xC3\xA9]\n"},
        {"said, against the looks", "ISO-8859-2", "Name\nJos\xE9 \xB3\n", "ISO-8859-2", "",
         "1@2:[Jos\xC3\xA9 \xC5\x82]\n"},
        {"the usual short name", "utf8", "Name\nJos\xC3\xA9\n", "UTF-8", "", "1@2:[Jos\xC3\xA9]\n"},
        {"a mark, and said as well", "UTF-8",
         "\xEF\xBB\xBF"
         "Name\nJos\xC3\xA9\n",
         "UTF-8", "", "1@2:[Jos\xC3\xA9]\n"},
        {"more than one byte", "SHIFT_JIS", "Name\n\x83\x5C\x83\x7C\n", "SHIFT_JIS", "",
         "1@2:[\xE3\x82\xBD\xE3\x83\x9D]\n"},
        {"a byte that is none", "windows-1252", "a,Name\n1,\x81\n2,x\n", "WINDOWS-1252", "",
         "1@2:[1|\xED\xB2\x81]!column 2 (\"Name\") holds a byte that is no WINDOWS-1252: say "
         "--encoding, or save the file again as \"CSV UTF-8\"\n2@3:[2|x]\n"},
        {"damage in UTF-8", "UTF-8", "a,Name\n1,x\xE9y\n2,x\n", "UTF-8", "",
         "1@2:[1|x\xE9y]!column 2 (\"Name\") holds a byte that is no UTF-8: say --encoding, or "
         "save "
         "the file again as \"CSV UTF-8\"\n2@3:[2|x]\n"},
        {"damage, not said", NULL, "Name,b\nJos\xC3\xA9,\xE3\x82\xBD\nx,\xC3\xA9\nx\xFFy,z\n",
         "UTF-8",
         "in.csv: holds bytes that are not UTF-8: rows with them are invalid (--encoding says it "
         "if "
         "all of it is something else)\n",
         "1@2:[Jos\xC3\xA9|\xE3\x82\xBD]\n2@3:[x|\xC3\xA9]\n3@4:[x\xFFy|z]!column 1 (\"Name\") "
         "holds "
         "a byte that is no UTF-8: say --encoding, or save the file again as \"CSV UTF-8\"\n"},
        {"the first of two", "UTF-8", "a,b\n\xFF,\xFE\n", "UTF-8", "",
         "1@2:[\xFF|\xFE]!column 1 (\"a\") holds a byte that is no UTF-8: say --encoding, or save "
         "the file again as \"CSV UTF-8\"\n"},
        {"an own fault is said first", "UTF-8", "a,b\n\xFF,\"x\"y\n", "UTF-8", "",
         "1@2:[\xFF|xy]!text after a closing quote on line 2\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct read_wishes w = {.encoding = cases[i].wish};
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&w, &out, &in);
        if (strcmp(out.ptr, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].what, out.ptr);
        assert_string_equal(read_facts(in)->reading.encoding, cases[i].encoding);
        assert_string_equal(read_facts(in)->notices, cases[i].notices);
        read_close(in);
    }
    text_release(&out);
}

#define CHUNK_ROWS 5000 /* of 20 bytes: more than a chunk */

/* What can be told of an encoding at all. */
static void test_plain_and_guessed(void **state)
{
    static const struct {
        const char *what, *wish, *bytes;
        size_t rows; /* of plain ASCII before the bytes */
        bool plain, guessed;
    } cases[] = {
        {"ASCII", NULL, "x\n", 0, true, false},
        {"ASCII of two chunks", NULL, "x\n", CHUNK_ROWS, true, false},
        {"UTF-8", NULL, "Jos\xC3\xA9\n", 0, false, false},
        {"late UTF-8", NULL, "Jos\xC3\xA9\n", CHUNK_ROWS, false, false},
        {"Windows", NULL, "Jos\xE9\n", 0, false, true},
        {"late Windows", NULL, "Jos\xE9\n", CHUNK_ROWS, false, true},
        {"damage", NULL, "\xC3\xA9\xC3\xA9 \xFF\n", 0, false, true},
        {"said", "windows-1252", "Jos\xE9\n", 0, false, false},
        {"said of ASCII", "windows-1252", "x\n", 0, true, false},
        {"a mark", NULL, "\xFF\xFEx", 0, false, false},
    };
    struct text bytes;

    (void)state;
    text_init(&bytes);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct read_wishes w = {.encoding = cases[i].wish};
        const struct reading *got;
        struct err e = ERR_INIT;
        struct input *in;

        text_clear(&bytes);
        for (size_t k = 0; k < cases[i].rows; k++)
            text_puts(&bytes, "a123456789012345678\n");
        text_puts(&bytes, cases[i].bytes);
        put_bytes("in.csv", bytes.ptr, bytes.len + (strcmp(cases[i].what, "a mark") == 0));
        in = read_open("in.csv", &w, &e);
        if (!in)
            fail_msg("%s: %s", cases[i].what, e.text);
        got = &read_facts(in)->reading;
        if (got->plain != cases[i].plain || got->guessed != cases[i].guessed)
            fail_msg("%s: %d %d", cases[i].what, got->plain, got->guessed);
        read_close(in);
    }
    text_release(&bytes);
}

static void test_wishes_that_cannot_be(void **state)
{
    static const struct {
        struct read_wishes w;
        const char *says;
    } cases[] = {
        {{.encoding = "UTF-9"}, "--encoding: \"UTF-9\" is no encoding that is known here"},
        {{.delimiter = '|', .quote = '|'},
         "in.csv: \"|\" stands between the columns, and can't be what they are quoted in: say "
         "another --quote, or --quote none"},
        {{.delimiter = '\\', .escape = '\\'},
         "in.csv: \"\\\" stands between the columns, and can't be what it is escaped with: say "
         "another --escape, or --escape none"},
    };

    (void)state;
    put("in.csv", "a\n1\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        assert_null(read_open("in.csv", &cases[i].w, &e));
        assert_int_equal(e.code, EXIT_USAGE);
        if (strncmp(e.text, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("%s", e.text);
    }
}

/* A whole line is nobody's id. */
static void test_lines_in_quotes(void **state)
{
    static const struct {
        const char *bytes;
        struct read_wishes w;
        const char *says; /* NULL: it is read */
    } cases[] = {
        {"\"id,name\"\n\"1,\"\"Lee, Ann\"\"\"\n\"2,Bob\"\n",
         {0},
         "in.csv: has a single column, with a comma in each line: "},
        {"\"1;Ann\"\n\"2;Bob\"\n",
         {.no_header = true},
         "in.csv: has a single column, with a semicolon in"},
        {"id^name\n1^Ann\n", {0}, "in.csv: has a single column, with a ^ in each line: "},
        {"\"id,name\"\n\"1,Ann\"\n", {.delimiter = ','}, NULL},
        {"name\n\"Lee, Ann\"\n", {0}, NULL},
        {"\"Lee, Ann\"\n", {0}, NULL},
        {"sep=,\n\"id,name\"\n\"1,Ann\"\n", {0}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        put("in.csv", cases[i].bytes);
        struct input *in = read_open("in.csv", &cases[i].w, &e);
        if ((in == NULL) != (cases[i].says != NULL) || e.code != (in ? 0 : EXIT_USAGE) ||
            (!in && strncmp(e.text, cases[i].says, strlen(cases[i].says)) != 0))
            fail_msg("%zu: %s", i, e.text);
        read_close(in);
    }
}

/* A character at the edge of two chunks is whole, wherever the edge is. */
static void test_encoded_over_chunks(void **state)
{
    struct err e = ERR_INIT;
    struct text wide;

    (void)state;
    text_init(&wide);
    for (size_t shift = 0; shift < 4; shift++) {
        uint64_t row = 0;
        struct input *in;

        text_clear(&wide);
        text_append(&wide, "\xFF\xFE", 2);
        for (size_t i = 0; i <= shift; i++)
            text_append(&wide, "a\0", 2);
        text_append(&wide, "\n\0", 2);
        for (int i = 0; i < 12000; i++) /* U+1F389, a surrogate pair */
            text_append(&wide, "\x3C\xD8\x89\xDF\n\0", 6);
        put_bytes("in.csv", wide.ptr, wide.len);
        in = open_ok("in.csv");
        assert_int_equal(read_facts(in)->rows, 12000);
        assert_int_equal(read_rewind(in, &e), 0);
        do {
            assert_int_equal(read_batch(in, &batch, &e), 0);
            for (size_t i = 0; i < batch.n; i++) {
                assert_int_equal(batch.records[i].row, ++row);
                assert_null(batch.records[i].fault);
                assert_string_equal(batch.records[i].fields[0].ptr, "\xF0\x9F\x8E\x89");
            }
        } while (batch.n > 0);
        assert_int_equal(row, 12000);
        read_close(in);
    }
    text_release(&wide);
}

static void test_nul(void **state)
{
    static const char bytes[] = "a,b\n1,2\n3,x\0y\n5,6\n\0,\0\n7,8\n";
    struct text out;
    struct input *in;

    (void)state;
    text_init(&out);
    put_bytes("in.csv", bytes, sizeof bytes - 1);
    read_all(&no_wishes, &out, &in);
    assert_int_equal(out.len, strlen("1@2:[1|2]\n2@3:[3|x_y]!a NUL byte on line 3\n3@4:[5|6]\n"
                                     "4@5:[_|_]!a NUL byte on line 5\n5@6:[7|8]\n"));
    for (size_t i = 0; i < out.len; i++)
        if (out.ptr[i] == '\0')
            out.ptr[i] = '_';
    assert_string_equal(out.ptr, "1@2:[1|2]\n2@3:[3|x_y]!a NUL byte on line 3\n3@4:[5|6]\n"
                                 "4@5:[_|_]!a NUL byte on line 5\n5@6:[7|8]\n");
    read_close(in);
    text_release(&out);
}

static void test_dialects(void **state)
{
    static const struct {
        const char *what;
        struct read_wishes w;
        const char *bytes;
        char delimiter, quote;
        bool sep_line;
        uint64_t header_line;
        const char *want;
    } cases[] = {
        {"semicolons", {0}, "a;b\n1,5;2\n", ';', '"', false, 1, "1@2:[1,5|2]\n"},
        {"tabs", {0}, "a\tb\n1\t2\n", '\t', '"', false, 1, "1@2:[1|2]\n"},
        {"bars", {0}, "a|b\n1|2\n", '|', '"', false, 1, "1@2:[1|2]\n"},
        {"one column",
         {0},
         "a\n1;2\n3\n4\n5\n",
         ',',
         '"',
         false,
         1,
         "1@2:[1;2]\n2@3:[3]\n3@4:[4]\n4@5:[5]\n"},
        {"apostrophes", {0}, "'a','b'\n'1','2, 3'\n", ',', '\'', false, 1, "1@2:[1|2, 3]\n"},
        {"sep=", {0}, "sep=;\na;b\n1,2;3\n", ';', '"', true, 2, "1@3:[1,2|3]\n"},
        {"sep= after a mark",
         {0},
         "\xEF\xBB\xBFsep=\t\r\na\tb\r\n1\t2\r\n",
         '\t',
         '"',
         true,
         2,
         "1@3:[1|2]\n"},
        {"sep= in quotes", {0}, "\"sep=|\"\na|b\n1|2\n", '|', '"', true, 2, "1@3:[1|2]\n"},
        {"said, against sep=",
         {.delimiter = ','},
         "sep=;\na,b\n1;2,3\n",
         ',',
         '"',
         true,
         2,
         "1@3:[1;2|3]\n"},
        {"said, against the looks",
         {.delimiter = ':'},
         "a;b:c\n1;2:3\n",
         ':',
         '"',
         false,
         1,
         "1@2:[1;2|3]\n"},
        {"quotes said",
         {.quote = '\''},
         "a,b\n'1,2',\"3\"\n",
         ',',
         '\'',
         false,
         1,
         "1@2:[1,2|\"3\"]\n"},
        {"no quotes", {.no_quotes = true}, "a,b\n\"1,2\"\n", ',', 0, false, 1, "1@2:[\"1|2\"]\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct reading *got;
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&cases[i].w, &out, &in);
        got = &read_facts(in)->reading;
        if (strcmp(out.ptr, cases[i].want) != 0 || got->delimiter != cases[i].delimiter ||
            got->quote != cases[i].quote || got->sep_line != cases[i].sep_line ||
            got->header_line != cases[i].header_line)
            fail_msg("%s: %c %c %d: %s", cases[i].what, got->delimiter, got->quote, got->sep_line,
                     out.ptr);
        read_close(in);
    }
    text_release(&out);
}

/* How fields are quoted is found in the first 64 KiB; rows behind them that have it otherwise are damaged. */
static void test_rows_that_disagree(void **state)
{
    static const struct {
        const char *what;
        struct read_wishes w;
        const char *header, *row;
        const char *late, *want; /* the row behind all others, and what comes of it */
    } cases[] = {
        {"no quotes found",
         {0},
         "a\tb\n\"x\" y\t1\n",
         "\"x\" y\t1\n",
         "2\t \"Lee, Ann\" \n",
         "[2| \"Lee, Ann\" ]!column 2 stands in quotes, which in the rest of the file are none: "
         "say --quote\n"},
        {"no quotes said",
         {.no_quotes = true},
         "a\tb\n",
         "x\t1\n",
         "2\t\"Lee\"\n",
         "[2|\"Lee\"]\n"},
        {"no escapes",
         {0},
         "a,b\n",
         "\"x\",1\n",
         "2,\"an \\\"A\\\" b\"\n",
         "[2|an \\A\\\" b\"]!text after a closing quote on line L\n"},
        {"escapes",
         {0},
         "a,b\n",
         "\"x \\\"y\\\" z\",1\n",
         "\"C:\\d\\\",2\n",
         "[\"C:\\d\\\"|2]!a quote opened on line L is never closed\n"},
        {"escapes said", {.escape = '^'}, "a,b\n", "x^,y,1\n", "\"x^\"\",^^\n", "[x\"|^]\n"},
        {"escapes denied", {.no_escapes = true}, "a,b\n", "x\\,1\n", "x\\,2\n", "[x\\|2]\n"},
        {"no blanks",
         {0},
         "a,b\n",
         "\"x\",1\n",
         "2, \"Lee, Ann\"\n",
         "[2| \"Lee| Ann\"]!has 3 fields, the header has 2\n"},
        {"blanks",
         {0},
         "a,b\n",
         "x, \"1, 2\"\n",
         "2, \"Lee\" Ann\n",
         "[2|Lee Ann]!text after a closing quote on line L\n"},
    };
    struct text bytes, out, want;

    (void)state;
    text_init(&bytes);
    text_init(&out);
    text_init(&want);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input *in;
        size_t line = 1;

        text_clear(&bytes);
        text_puts(&bytes, cases[i].header);
        for (const char *p = cases[i].header; *p; p++)
            line += *p == '\n';
        for (; bytes.len < 70000; line++)
            text_puts(&bytes, cases[i].row);
        text_puts(&bytes, cases[i].late);
        put("in.csv", bytes.ptr);
        read_all(&cases[i].w, &out, &in);
        text_clear(&want);
        text_printf(&want, "@%zu:", line);
        const char *l = strstr(cases[i].want, "line L");
        text_append(&want, cases[i].want,
                    l ? (size_t)(l - cases[i].want) + 5 : strlen(cases[i].want));
        if (l)
            text_printf(&want, "%zu%s", line, l + 6);
        if (out.len < want.len || strcmp(out.ptr + out.len - want.len, want.ptr) != 0)
            fail_msg("%s: %s\nwant %s", cases[i].what,
                     out.ptr + out.len - (out.len < 200 ? out.len : 200), want.ptr);
        read_close(in);
    }
    text_release(&want);
    text_release(&out);
    text_release(&bytes);
}

/* What is no row of it, or may be none; what is cut off, or somebody called so, is. */
static void test_what_is_no_row(void **state)
{
    static const struct {
        const char *bytes;
        uint64_t rows;
        const char *want;
    } cases[] = {
        {"a,b\n1,x\n\n\"Grand Totals (1 records)\"\n\n\"For the staff only, please\"\n", 3,
         "1@2:[1|x]\n2@4:[Grand Totals (1 records)|]~stands behind the end of the table\n"
         "3@6:[For the staff only, please|]~stands behind the end of the table\n"},
        {"a,b\n1,x\nTotal,5\n,\n", 2,
         "1@2:[1|x]\n2@3:[Total|5]~stands behind the end of the table\n"},
        {"a,b\n1,x\nTotal,5\n2,y\n", 3, "1@2:[1|x]\n2@3:[Total|5]~is a sum of rows\n3@4:[2|y]\n"},
        {"a,b,c\nx,a@x.org,\ny, z,b@x.org\nw,c@x.org,\n", 3,
         "1@2:[x|a@x.org|]\n"
         "2@3:[y| z|b@x.org]!its cells seem to stand in the wrong columns: column 2 (\"b\") holds "
         "\"z\": put quotes around a cell with the delimiter in it\n"
         "3@4:[w|c@x.org|]\n"},
        {"a,b\n1,x\nSum,5\n2,y\n", 3, "1@2:[1|x]\n2@3:[Sum|5]\n3@4:[2|y]\n"},
        {"a\n----\n1\nPage 2\n2\nsep=,\n3\n", 6,
         "1@2:[----]~is a ruled line\n2@3:[1]\n3@4:[Page 2]~is the number of a page\n4@5:[2]\n"
         "5@6:[sep=]~says what stands between the columns\n6@7:[3]\n"},
        {"a,b\n1,x\n2,y\nThe end,\n-- end of file --\n", 4,
         "1@2:[1|x]\n2@3:[2|y]\n3@4:[The end|]!stands at the end and is unlike the rows above it, "
         "as "
         "what a report says beneath a table: if it is a row, move it up\n"
         "4@5:[-- end of file --|]~stands behind the end of the table\n"},
        {"a,b\nu1,x\nu2,y\n,\nFrom HR,\nu3,\n", 5,
         "1@2:[u1|x]\n2@3:[u2|y]\n3@4:[|]~the row is empty\n"
         "4@5:[From HR|]!stands at the end and is unlike the rows above it, as "
         "what a report says beneath a table: if it is a row, move it up\n"
         "5@6:[u3|]!stands at the end and is unlike the rows above it, as "
         "what a report says beneath a table: if it is a row, move it up\n"},
        {"a\nann\nAbsent:\nbob\n", 3,
         "1@2:[ann]\n2@3:[Absent:]!stands alone and ends in a colon, as the title of rows beneath "
         "it: if it is a row, take the colon out\n3@4:[bob]\n"},
        {"a,b\n1,x\nTotal,5\n,\n2 rows\n", 4,
         "1@2:[1|x]\n2@3:[Total|5]~stands behind the end of the table\n3@4:[|]~the row is empty\n"
         "4@5:[2 rows|]~stands behind the end of the table\n"},
        {"a,b\n1,x\nfor the staff only\n", 2,
         "1@2:[1|x]\n2@3:[for the staff only]!has 1 field, the header has 2\n"},
        {"a,b\n1,x\n,\nfor the staff only\n", 3,
         "1@2:[1|x]\n2@3:[|]~the row is empty\n3@4:[for the staff only|]~stands behind the end of "
         "the table\n"},
        {"a,b\n1,x\n\"Total\"x,5\n", 2,
         "1@2:[1|x]\n2@3:[Totalx|5]!text after a closing quote on line 3\n"},
        {"a,status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,"
         "finished_at\n"
         "1,success,,,,,,,,,,,\nTotal: 5,skipped,x,,,,,,,,,,\n",
         2,
         "1@2:[1|success|||||||||||]\n2@3:[Total: 5|skipped|x||||||||||]~stands behind the end of "
         "the table\n"},
        {"a,b\n1,2\n\nConfidential information\nTotal,5\n", 3,
         "1@2:[1|2]\n2@4:[Confidential information|]~stands behind the end of the table\n"
         "3@5:[Total|5]~stands behind the end of the table\n"},
        {"a,b\r\n1,x\r\n\x1a\r\n", 1, "1@2:[1|x]\n"},
        {"a,b\n1,x\n\x1a\n2,y\x1a", 3, "1@2:[1|x]\n2@3:[\x1a|]~the row is empty\n3@4:[2|y]\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&no_wishes, &out, &in);
        if (strcmp(out.ptr, cases[i].want) != 0 || read_facts(in)->rows != cases[i].rows)
            fail_msg("%zu: %s", i, out.ptr);
        read_close(in);
    }
    text_release(&out);
}

/* ---- where the header is ---- */

#define ZOOM                                                                                       \
    "Attendee Report\n\nTopic,Webinar ID\nGo 101,123\n\nName,Email,Minutes\nAnn,ann@x.org,5\n"     \
    "Bob,bob@x.org,50\n"

static void test_headers(void **state)
{
    static const struct {
        const char *what;
        struct read_wishes w;
        const char *bytes;
        uint64_t line;
        const char *names, *notices, *want;
    } cases[] = {
        {"found beneath a preamble",
         {0},
         ZOOM,
         6,
         "Name|Email|Minutes",
         "in.csv: the header is on line 6: what is above it is skipped\n",
         "1@7:[Ann|ann@x.org|5]\n2@8:[Bob|bob@x.org|50]\n"},
        {"said",
         {.header_line = 6},
         ZOOM,
         6,
         "Name|Email|Minutes",
         "",
         "1@7:[Ann|ann@x.org|5]\n2@8:[Bob|bob@x.org|50]\n"},
        {"said, against the looks",
         {.header_line = 7},
         ZOOM,
         7,
         "Ann|ann@x.org|5",
         "",
         "1@8:[Bob|bob@x.org|50]\n"},
        {"the column that was asked for",
         {.named = "wer"},
         "Liste\n\nWer,Was\nx,y\nz,w\n",
         3,
         "Wer|Was",
         "in.csv: the header is on line 3: what is above it is skipped\n",
         "1@4:[x|y]\n2@5:[z|w]\n"},
        {"none: numbers",
         {.no_header = true},
         "x,y,z\n1,2,3\n",
         0,
         "1|2|3",
         "",
         "1@1:[x|y|z]\n2@2:[1|2|3]\n"},
        {"none, but sep=",
         {.no_header = true},
         "sep=;\nx;y\n1;2\n",
         0,
         "1|2",
         "",
         "1@2:[x|y]\n2@3:[1|2]\n"},
        {"numbers as names", {.header_line = 1}, "1,2\nx,y\n", 1, "1|2", "", "1@2:[x|y]\n"},
        {"a line that is one more in quotes",
         {.header_line = 3},
         "\"x\ny\",z\na,b\n1,2\n",
         3,
         "a|b",
         "",
         "1@4:[1|2]\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct input_facts *facts;
        char names[64] = "";
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&cases[i].w, &out, &in);
        facts = read_facts(in);
        for (size_t k = 0; k < facts->header.n; k++)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", k ? "|" : "",
                     facts->header.names[k].ptr);
        if (strcmp(out.ptr, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].what, out.ptr);
        assert_int_equal(facts->reading.header_line, cases[i].line);
        assert_int_equal(facts->header.line, cases[i].line);
        assert_string_equal(names, cases[i].names);
        assert_string_equal(facts->notices, cases[i].notices);
        read_close(in);
    }
    text_release(&out);
}

static void test_headers_that_are_not_there(void **state)
{
    static const struct {
        uint64_t line;
        const char *says;
    } cases[] = {
        {2, "in.csv: --header-line 2: no row begins on that line (or it is too far down): count "
            "lines as an editor does"},
        {4, "in.csv: --header-line 4: no row begins on that line"},
        {99, "in.csv: --header-line 99: no row begins on that line"},
    };

    (void)state;
    put("in.csv", "a,b\n\n\"1\n2\",3\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct read_wishes w = {.header_line = cases[i].line};

        refuse_as("in.csv", &w, cases[i].says);
    }
}

/* ---- empty rows and columns, and rows that do not fit ---- */

static void test_emptiness(void **state)
{
    static const struct {
        const char *what, *bytes;
        uint64_t rows;
        const char *want;
    } cases[] = {
        {"at the end", "a,b\n1,2\n,\n,,,,\n \xC2\xA0,\"\"\n\n", 1, "1@2:[1|2]\n"},
        {"nothing else", "a,b\n,\n,\n", 0, ""},
        {"in the middle", "a,b\n,\n1,2\n,,,\n\"\"\n3,4\n", 5,
         "1@2:[|]~the row is empty\n2@3:[1|2]\n3@4:[|]~the row is empty\n4@5:[|]~the row is empty\n"
         "5@6:[3|4]\n"},
        {"columns at the end", "a,b,,\n1,2\n1,2,,\n1,2,,,,\n1\n", 4,
         "1@2:[1|2||]\n2@3:[1|2||]\n3@4:[1|2||||]!has 6 fields, the header has 4\n4@5:[1]!has 1 "
         "field, the header has 4\n"},
        {"more columns at the end of most rows", "a,b\n1,2,\n3,4,\n5,6\n7,8,,\n,x,9,\n", 5,
         "1@2:[1|2]\n2@3:[3|4]\n3@4:[5|6]\n4@5:[7|8||]!has 4 fields, the header has 2\n"
         "5@6:[|x|9|]!has 4 fields, the header has 2\n"},
        {"a row that is shifted", "a,b,c\n1,2,\nx, y,3,\n4,5,\n", 3,
         "1@2:[1|2|]\n2@3:[x| y|3|]!has 4 fields, the header has 3\n3@4:[4|5|]\n"},
        {"more fields", "a,b\n1,2,3\n1,2,,4\n1,2,,\n", 3,
         "1@2:[1|2|3]!has 3 fields, the header has 2\n2@3:[1|2||4]!has 4 fields, the header has 2\n"
         "3@4:[1|2||]!has 4 fields, the header has 2\n"},
        {"a blank is no empty cell", "a,b\n1,2, \n", 1,
         "1@2:[1|2| ]!has 3 fields, the header has 2\n"},
        {"fewer", "a,b,c\n1,2\n1\n", 2,
         "1@2:[1|2]!has 2 fields, the header has 3\n2@3:[1]!has 1 field, the header has 3\n"},
        {"a nameless column in the middle", "a,,c\n1,2,3\n1\n", 2,
         "1@2:[1|2|3]\n2@3:[1]!has 1 field, the header has 3\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&no_wishes, &out, &in);
        if (strcmp(out.ptr, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].what, out.ptr);
        assert_int_equal(read_facts(in)->rows, cases[i].rows);
        read_close(in);
    }
    text_release(&out);
}

/* ---- quotes that are none, after which many records come at once ---- */

/* Each row once and in its order: i,i in line i + 1; but for those where the quote is. */
static void check_each(struct input *in, size_t n, size_t bad)
{
    struct err e = ERR_INIT;
    uint64_t row = 0;
    char want[32];

    if (read_rewind(in, &e) != 0)
        fail_msg("%s", e.text);
    do {
        if (read_batch(in, &batch, &e) != 0)
            fail_msg("%s", e.text);
        for (size_t i = 0; i < batch.n; i++) {
            const struct record *r = &batch.records[i];

            assert_int_equal(r->row, ++row);
            assert_int_equal(r->line, row + 1);
            assert_int_equal(r->nfields, 2);
            snprintf(want, sizeof want, "%s%u", row == bad ? "\"" : "", (unsigned)row);
            assert_string_equal(r->fields[0].ptr, want);
            assert_string_equal(r->fields[1].ptr, want + (row == bad));
            snprintf(want, sizeof want, "a quote opened on line %u ", (unsigned)row + 1);
            assert_int_equal(r->fault != NULL, row == bad);
            if (r->fault)
                assert_non_null(strstr(r->fault, want));
            assert_null(r->aside);
        }
    } while (batch.n > 0);
    assert_int_equal(row, n);
}

static void test_records_that_wait(void **state)
{
    enum { ROWS = 5003 };
    static const size_t bad[] = {1, 250, 255, 257, ROWS - 300, ROWS};
    static const struct read_wishes wide = {.encoding = "ISO-8859-1"};
    struct text content;

    (void)state;
    text_init(&content);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct input *in;

        text_clear(&content);
        text_puts(&content, "a,b\n");
        for (size_t row = 1; row <= ROWS; row++)
            text_printf(&content, "%s%zu,%zu\n", row == bad[i] ? "\"" : "", row, row);
        put_bytes("in.csv", content.ptr, content.len);
        in = open_as("in.csv", i % 2 ? &wide : &no_wishes);
        assert_int_equal(read_facts(in)->rows, ROWS);
        check_each(in, ROWS, bad[i]);
        check_each(in, ROWS, bad[i]);
        read_close(in);
    }
    text_release(&content);
}

/* Rewound while records wait, the pass begins anew. */
static void test_rewind_while_records_wait(void **state)
{
    enum { ROWS = 2000 };
    struct err e = ERR_INIT;
    struct text content;
    struct input *in;

    (void)state;
    text_init(&content);
    text_puts(&content, "a,b\n\"1,1\n");
    for (size_t row = 2; row <= ROWS; row++)
        text_printf(&content, "%zu,%zu\n", row, row);
    put_bytes("in.csv", content.ptr, content.len);
    in = open_ok("in.csv");
    for (size_t batches = 0; batches < 4; batches++) {
        assert_int_equal(read_rewind(in, &e), 0);
        for (size_t i = 0; i < batches; i++) {
            assert_int_equal(read_batch(in, &batch, &e), 0);
            assert_int_equal(batch.n, RECORDS_BATCH);
            assert_int_equal(batch.records[0].row, i * RECORDS_BATCH + 1);
        }
    }
    check_each(in, ROWS, 1);
    read_close(in);
    text_release(&content);
}

/* A quote over more than a field may hold: the damage stays with its row. */
static void test_quote_that_would_swallow_the_file(void **state)
{
    struct text content;
    struct input *in;
    size_t n = 2;

    (void)state;
    text_init(&content);
    text_puts(&content, "a,b\n1,1\n\"2,2\n");
    while (content.len <= CSVIO_FIELD_MAX + 100000) {
        n++;
        text_printf(&content, "%zu,%zu\n", n, n);
    }
    put_bytes("in.csv", content.ptr, content.len);
    in = open_ok("in.csv");
    assert_int_equal(read_facts(in)->rows, n);
    check_each(in, n, 2);
    read_close(in);
    text_release(&content);
}

static void test_what_is_too_long(void **state)
{
    struct text content;

    (void)state;
    text_init(&content);
    text_puts(&content, "a,b\n1,2\n3,");
    while (content.len <= CSVIO_FIELD_MAX + 20)
        text_puts(&content, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    put_bytes("in.csv", content.ptr, content.len);
    refuse("in.csv", "in.csv:3: ");
    text_release(&content);
}

/* ---- the same reading again ---- */

static void test_as(void **state)
{
    static const struct read_wishes first[] = {
        {.encoding = "ISO-8859-2"},
        {.header_line = 6},
        {.no_header = true},
        {.delimiter = ';', .no_quotes = true},
        {.quote = '\'', .header_line = 7},
        {0},
    };
    struct text one, two;

    (void)state;
    text_init(&one);
    text_init(&two);
    for (size_t i = 0; i < COUNT(first); i++) {
        put("in.csv",
            first[i].no_header ? "Zo\xEB,'a;b',\"c\"\n,,\n" : ZOOM "Zo\xEB,'a;b',\"c\"\n,,\n");
        struct reading kept;
        struct text words;
        struct input *in;
        /* what is wished beside it does not count */
        const struct read_wishes again = {
            .as = &kept, .encoding = "UTF-16", .delimiter = '|', .header_line = 1};

        read_all(&first[i], &one, &in);
        text_init(&words); /* as a ledger keeps it */
        reading_format(&read_facts(in)->reading, &words);
        assert_int_equal(reading_parse(words.ptr, &kept), 0);
        text_release(&words);
        read_close(in);
        read_all(&again, &two, &in);
        assert_string_equal(two.ptr, one.ptr);
        assert_memory_equal(&read_facts(in)->reading, &kept, sizeof kept);
        assert_null(read_facts(in)->preset);
        assert_string_equal(read_facts(in)->notices, "");
        read_close(in);
    }
    text_release(&two);
    text_release(&one);
}

/* ---- presets ---- */

#define ONE(name)                                                                                  \
    {                                                                                              \
        (const char *const[]){name}, 1                                                             \
    }
#define HEADER(a, b) .header = (struct preset_names[]){ONE(a), ONE(b)}, .n_header = 2

static const struct preset presets[] = {
    {.name = "webinar", .title = "Webinar report", HEADER("Name", "Minutes"), .end = ONE("Total")},
    {.name = "graded", .title = "Graded", HEADER("Login", "Grade"), .where = "Grade >= 5"},
    {.name = "counts",
     .title = "Counts alone",
     HEADER("CourseID", "Total Issued"),
     .refuse = "it says how many, not who: export the grades instead"},
    {.name = "twin", .title = "Twin of graded", HEADER("Login", "Grade"), .by_name_only = true},
    {.name = "login", .title = "Anything with Login and Team", HEADER("Login", "Team")},
};
enum { WEBINAR, GRADED, COUNTS, TWIN, LOGIN };

#define KNOWN .presets = presets, .n_presets = COUNT(presets)

static void test_presets(void **state)
{
    static const struct {
        const char *what;
        struct read_wishes w;
        const char *bytes;
        const struct preset *preset;
        uint64_t header_line, rows;
        const char *notices, *want;
    } cases[] = {
        {"by itself",
         {KNOWN},
         ZOOM "Total,,\nZoe,zoe@x.org,7\n,,\n",
         &presets[WEBINAR],
         6,
         4,
         "in.csv: read with preset webinar (Webinar report); --preset none turns this off\n"
         "in.csv: the header is on line 6: what is above it is skipped\n",
         "1@7:[Ann|ann@x.org|5]\n2@8:[Bob|bob@x.org|50]\n"
         "3@9:[Total||]~stands behind the end of the table\n"
         "4@10:[Zoe|zoe@x.org|7]~stands behind the end of the table\n"},
        {"by name",
         {KNOWN, .preset = &presets[TWIN]},
         "Login,Grade\na,1\n",
         &presets[TWIN],
         1,
         1,
         "in.csv: read with preset twin (Twin of graded)\n",
         "1@2:[a|1]\n"},
        {"with a filter",
         {KNOWN},
         "Login,Grade\na,1\n",
         &presets[GRADED],
         1,
         1,
         "in.csv: read with preset graded (Graded): only rows with Grade >= 5 count; --preset "
         "none turns this off\n",
         "1@2:[a|1]\n"},
        {"none fits", {KNOWN}, "a,b\n1,2\n", NULL, 1, 1, "", "1@2:[1|2]\n"},
        {"none known", {0}, "Login,Grade\na,1\n", NULL, 1, 1, "", "1@2:[a|1]\n"},
        {"without a header",
         {KNOWN, .no_header = true},
         "CourseID,Total Issued\n",
         NULL,
         0,
         1,
         "",
         "1@1:[CourseID|Total Issued]\n"},
        {"behind the end all fits",
         {KNOWN},
         "Name,Minutes\nAnn,1\nTOTAL\nx,y,z\n",
         &presets[WEBINAR],
         1,
         3,
         "in.csv: read with preset webinar (Webinar report); --preset none turns this off\n",
         "1@2:[Ann|1]\n2@3:[TOTAL|]~stands behind the end of the table\n"
         "3@4:[x|y|z]~stands behind the end of the table\n"},
    };
    struct err e = ERR_INIT;
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct input_facts *facts;
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&cases[i].w, &out, &in);
        facts = read_facts(in);
        if (strcmp(out.ptr, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].what, out.ptr);
        if (strcmp(facts->notices, cases[i].notices) != 0)
            fail_msg("%s: %s", cases[i].what, facts->notices);
        assert_ptr_equal(facts->preset, cases[i].preset);
        assert_int_equal(facts->reading.header_line, cases[i].header_line);
        assert_int_equal(facts->rows, cases[i].rows);
        assert_int_equal(pass(in, &out, &e), 0); /* the end of the table is another pass's */
        assert_string_equal(out.ptr, cases[i].want);
        read_close(in);
    }
    text_release(&out);
}

static void test_presets_that_cannot_be(void **state)
{
    static const struct read_wishes known = {KNOWN}, asked = {KNOWN, .preset = &presets[WEBINAR]},
                                    refused = {KNOWN, .preset = &presets[COUNTS]},
                                    on_line = {KNOWN, .preset = &presets[WEBINAR],
                                               .header_line = 1};

    (void)state;
    put("in.csv", "CourseID,Total Issued\nGo,7\n");
    refuse_as("in.csv", &known,
              "in.csv: is of Counts alone: it says how many, not who: export the grades instead");
    refuse_as("in.csv", &refused, "in.csv: is of Counts alone: it says how many");
    refuse_as("in.csv", &asked,
              "in.csv: has no header of preset webinar: line 1 has no column \"Name\", none "
              "\"Minutes\": say with --header-line which line it is, or see with claimpipe presets "
              "webinar which export is meant");
    put("in.csv", "Login,Grade,Team\na,1,x\n");
    refuse_as("in.csv", &known,
              "in.csv: could be of preset graded or login: say which with --preset "
              "(none: neither)");
    put("in.csv", ZOOM);
    refuse_as("in.csv", &on_line, "in.csv: has no header of preset webinar: line 1 has no column");
}

static struct preset_names near_header[] = {ONE("Was There"), ONE("Seat Row"), ONE("Is Guest")};
static const struct preset near[] = {
    {.name = "near",
     .title = "Near",
     .header = near_header,
     .n_header = 3,
     .where = "[Was There] = Yes"},
    {.name = "below",
     .title = "Below",
     .header = near_header,
     .n_header = 3,
     .after = ONE("Attendees"),
     .alone = ONE("Approval")},
};

/* What is nearly a preset's is never quietly none: it is refused, until the user says which. */
static void test_presets_that_nearly_fit(void **state)
{
    static const struct read_wishes one = {.presets = near, .n_presets = 1},
                                    said = {.presets = near, .n_presets = 1, .preset = &near[0]},
                                    below = {.presets = &near[1], .n_presets = 1},
                                    it = {.presets = &near[1], .n_presets = 1, .preset = &near[1]};
    struct err e = ERR_INIT;
    struct input *in;

    (void)state;
    put("in.csv", "Was There,Seat Row,Email\nYes,x,a@x.org\n");
    refuse_as(
        "in.csv", &one,
        "in.csv:1: is nearly of preset near (Near), but has no column \"Is Guest\": say "
        "--preset near if it is one, or --preset none if not (then nothing tests [Was There] = "
        "Yes: say with --where who counts)");
    in = read_open("in.csv", &said, &e);
    if (!in)
        fail_msg("%s", e.text);
    assert_ptr_equal(read_facts(in)->preset, &near[0]);
    assert_string_equal(read_facts(in)->notices,
                        "in.csv: read with preset near (Near): only rows with [Was There] "
                        "= Yes count, though it has no column \"Is Guest\"\n");
    read_close(in);
    /* Its filter has nothing to test: neither word of the user's takes it away unsaid. */
    put("in.csv", "Seat Row,Is Guest,Email\nx,No,a@x.org\n");
    refuse_as(
        "in.csv", &one,
        "in.csv:1: is nearly of preset near (Near), but has no column \"Was There\": without a "
        "column \"Was There\" preset near can't tell who counts, which is [Was There] = Yes: "
        "export the file again with it, or say --preset none, and with --where who counts");
    refuse_as("in.csv", &said,
              "in.csv:1: without a column \"Was There\" preset near can't tell who counts");
    /* Hosts or attendees: nobody can tell, and the user's word does not. */
    put("in.csv", "Was There,Seat Row,Is Guest,Email\nYes,x,No,a@x.org\n");
    refuse_as(
        "in.csv", &below,
        "in.csv:1: is nearly of preset below (Below), but has no line \"Attendees\" above it: "
        "put such a line there if these are the right people, or --preset none if not");
    refuse_as("in.csv", &it,
              "in.csv: has no header of preset below: line 1 has no line \"Attendees\" above it");
}

/* ---- exports one after the other, results of headerless files, and rows that pass for headers ---- */

#define ADDED                                                                                      \
    "status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,finished_at"
#define AGAIN "~the header again"

static void test_header_again(void **state)
{
    static const struct {
        const char *what;
        struct read_wishes w;
        const char *bytes, *want;
    } cases[] = {
        {"between rows, at the end",
         {0},
         "ID,Name\n7,Ann\nID,Name\n8,Bob\nID,Name\n",
         "1@2:[7|Ann]\n2@3:[ID|Name]" AGAIN "\n3@4:[8|Bob]\n4@5:[ID|Name]" AGAIN "\n"},
        {"with its mark and blanks",
         {0},
         "\xEF\xBB\xBFID,Name\n7,Ann\n\xEF\xBB\xBF ID,Name \n8,Bob\n",
         "1@2:[7|Ann]\n2@3:[\xEF\xBB\xBF ID|Name ]" AGAIN "\n3@4:[8|Bob]\n"},
        {"one column", {0}, "ID\n7\nID\n8\n", "1@2:[7]\n2@3:[ID]" AGAIN "\n3@4:[8]\n"},
        {"nameless columns",
         {0},
         "ID,Name,,\n7,Ann,,\nID,Name\nID,Name,,,,\n",
         "1@2:[7|Ann||]\n2@3:[ID|Name||]" AGAIN "\n3@4:[ID|Name||]" AGAIN "\n"},
        {"results: what they add does not count",
         {0},
         "ID,Name," ADDED "\nID,Name,skipped,the header again,,,,,,,,,,\n",
         "1@2:[ID|Name|skipped|the header again||||||||||]" AGAIN "\n"},
        {"another letter, or a field more or less",
         {0},
         "ID,Name\nID,name\nID,Name,x\nID\n,\n1,2\n",
         "1@2:[ID|name]" AGAIN "\n2@3:[ID|Name|x]!has 3 fields, the header has 2\n"
         "3@4:[ID]!has 1 field, the header has 2\n4@5:[|]~the row is empty\n5@6:[1|2]\n"},
        {"without a header there is none",
         {.no_header = true},
         "1,2\n1,2\n",
         "1@1:[1|2]\n2@2:[1|2]\n"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&cases[i].w, &out, &in);
        if (strcmp(out.ptr, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].what, out.ptr);
        read_close(in);
    }
    text_release(&out);
}

/* What looks like a header, or a title, is nobody: said, whatever the user says of the file. */
static void test_what_could_be_others(void **state)
{
    static const struct {
        struct read_wishes w;
        const char *bytes, *want;
    } cases[] = {
        {{.no_header = true},
         "Email,Name\na@x.org,Ann\n",
         "in.csv:1: looks like the header, though"},
        {{.no_header = true},
         ADDED "\nsuccess,,,,,,,,,,,\n",
         "in.csv:1: looks like the header, though"},
        {{.no_header = true},
         "Course,Go 101\nTrainer,Zed\nCode,Learner\nu1,Ann\n",
         "in.csv:3: looks like the header, though"},
        {{.no_header = true},
         "1,Ann\n\nWithdrawn\n\n2,Bob\n",
         "in.csv:3: may be the title of another"},
        {{.no_header = true},
         "1,Ann\n2,Bob\nCode,Town\n3,Graz\n",
         "in.csv:3: looks like a header, and"},
        {{.named = "#1"},
         "Course,Go 101\nTrainer,Zed\nCode,Learner\nu1,Ann\n",
         "in.csv:3: can be the header, for above"},
        {{0}, "ID,Name\n1,Ann\n\nWithdrawn\n\n2,Bob\n", "in.csv:4: may be the title of another"},
        {{0}, "ID,Name\nu1,Ann\n,\nWithdrawn,\nu2,Bob\n", "in.csv:4: may be the title of another"},
        {{0},
         "a@x.org,Ann\nEmail,Name\nb@x.org,Bob\n",
         "in.csv:1: looks like a row, but stands above the header on line 2: take the header to "
         "the top, or say --header-line 2 (what"},
        {{.by_itself = true},
         "Present\nID,Name\n1,Ann\nAbsent\nID,Name\n2,Bob\n",
         "in.csv: holds more than one table: the header of one is on line 2, that of another on "
         "line 5: "
         "save each"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        put("in.csv", cases[i].bytes);
        assert_null(read_open("in.csv", &cases[i].w, &e));
        assert_int_equal(e.code, EXIT_INPUT);
        if (strncmp(e.text, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s", e.text);
    }
}

/* The same file twice in one, from the lines above its header on. */
static void test_preamble_again(void **state)
{
    static const char part[] = "Present\nExported,2026-09-0%d\nID,Name\n%d,Ann\n%s";
    static const char *const between[] = {"", "\n"};
    struct text bytes, out;

    (void)state;
    text_init(&bytes);
    text_init(&out);
    for (size_t i = 0; i < COUNT(between); i++) {
        struct input *in;

        text_clear(&bytes);
        text_printf(&bytes, part, 1, 1, between[i]);
        text_printf(&bytes, part, 2, 2, "");
        put("in.csv", bytes.ptr);
        read_all(&no_wishes, &out, &in);
        assert_non_null(strstr(out.ptr, ":[Present|]~stands above the header\n"));
        assert_non_null(strstr(out.ptr, ":[Exported|2026-09-02]~stands above the header\n"));
        assert_non_null(strstr(out.ptr, ":[ID|Name]~the header again\n"));
        assert_int_equal(read_facts(in)->rows, 5);
        read_close(in);
    }
    struct input *in;
    put("in.csv", "Ann\nID,Name\n1,Cy\nAnn,Ann Lee\nID,Name\n2,Bob\n");
    read_all(&no_wishes, &out, &in);
    assert_non_null(strstr(out.ptr, ":[Ann|Ann Lee]\n")); /* she is no title */
    read_close(in);
    text_release(&out);
    text_release(&bytes);
}

static void test_results_of_headerless(void **state)
{
    static const struct {
        const char *what, *bytes;
        uint64_t line;
    } cases[] = {
        {"two columns", "1,2," ADDED "\nx,y,success,,,,,,,,,,,\n", 1},
        {"beneath sep=",
         "sep=;\n1;status;error;note;action;target;recipient;attempt_id;code;link;"
         "tries;http_status;finished_at\nx;success;;;;;;;;;;;\n",
         2},
        {"other numbers", "1,3," ADDED "\nx,y,success,,,,,,,,,,,\n", 0},
        {"nothing added", "1,2\nx,y\n", 0},
    };
    const struct read_wishes w = {.no_header = true};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input *in;

        put("in.csv", cases[i].bytes);
        read_all(&w, &out, &in);
        if (read_facts(in)->reading.header_line != cases[i].line)
            fail_msg("%s: %s", cases[i].what, out.ptr);
        assert_int_equal(read_facts(in)->rows, cases[i].line ? 1 : 2);
        assert_string_equal(read_facts(in)->header.names[0].ptr, "1");
        read_close(in);
    }
    text_release(&out);
}

#define SAY ": say --no-header, or put a header above it (--header-line "

static void test_rows_that_pass_for_headers(void **state)
{
    static const struct {
        struct read_wishes w;
        const char *bytes, *says; /* NULL: it is a header */
    } cases[] = {
        {{.named = "#1"},
         "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652,J\nx,y\n",
         "in.csv:1: looks like a row, not a header (\"0x14574a6DFF2Ddf9e07828b4345d3040919AF5652\" "
         "is an address)" SAY "1 if it is one)"},
        {{.named = "#1"},
         "sep=,\nJ, Jo@X.org\nx,y\n",
         "in.csv:2: looks like a row, not a header (\"Jo@X.org\" is an e-mail address)" SAY
         "2 if it is one)"},
        {{.named = "#2"}, "Email,jo@x.org\nx,y\n", "in.csv:1: looks like a row"},
        {{.header_line = 1}, "J,jo@x.org\nx,y\n", NULL},
        {{.no_header = true}, "J,jo@x.org\nx,y\n", NULL},
        {{.named = "j"}, "J,jo@x.org\nx,y\n", NULL},
        {{0}, "Email,jo@x.org\nx,y\n", NULL},
        {{0}, "J,Write to jo@x.org\nx,y\n", NULL},
        {{.named = "#1"},
         "17,2026-10-01\n18,2026-10-02\n",
         "1: looks like a row, not a header (\"17\" is a number"},
        {{0}, "ann,7\nbo,8\n", "(\"7\" is a number or a date)" SAY "1 if"},
        {{.named = "#1"}, "ann,2026-10-01\n", "(\"2026-10-01\" is"},
        {{0}, "4915112345678\n4915112345679\n", "1: looks like a row"},
        {{.named = "#1"},
         ",,\nann,Graz,x\nbob,Graz,y\n",
         "2: looks like a row, not a header (\"Graz\" stands in a row"},
        {{.named = "#1"}, "jdoe\nbkim\n", "1: can be the header or the first row"},
        {{.named = "#1"}, "jdoe,Graz\nbkim,Linz\n", "say --header-line 1 or --no-header"},
        {{.named = "#1"}, "Kennung\nu17\nu18\n", NULL},
        {{.named = "#1"}, "Name,2024,2025\nann,7,8\n", NULL},
        {{.named = "who"}, "Who,2024,2025\nann,7,8\n", NULL},
        {{0}, "Email,1,2,2026-10-01\nann@x.org,7,8,x\n", NULL},
        {{.named = "#1"}, "Member,Town\nann,Town\n", NULL},
        {{.named = "#1"}, "Member\n", NULL},
        {{0}, "J,Precision@10,mAP@0.5,Score@Home\nx,y,z,a\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        put("in.csv", cases[i].bytes);
        if (cases[i].says)
            refuse_as("in.csv", &cases[i].w, cases[i].says);
        else
            read_close(open_as("in.csv", &cases[i].w));
    }
}

/* ---- compressed ---- */

/* gzip -9n of "a,b\n1,2\n3,4\n" */
static const unsigned char gzipped[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xd4, 0x49, 0xe2, 0x32, 0xd4,
    0x31, 0xe2, 0x32, 0xd6, 0x31, 0xe1, 0x02, 0x00, 0xe5, 0xe9, 0xd6, 0xce, 0x0c, 0x00, 0x00, 0x00};

static void test_compressed(void **state)
{
    struct text out;
    struct input *in;
    uint8_t hash[DIGEST_SIZE];

    (void)state;
    text_init(&out);
    put_bytes("in.csv", gzipped, sizeof gzipped);
    read_all(&no_wishes, &out, &in);
    assert_string_equal(out.ptr, "1@2:[1|2]\n2@3:[3|4]\n");
    assert_string_equal(read_facts(in)->name, "in.csv");
    assert_int_equal(digest_once("a,b\n1,2\n3,4\n", 12, hash), 0);
    assert_memory_equal(read_facts(in)->hash, hash, sizeof hash); /* of what is in it */
    read_close(in);
    put_bytes("in.csv", gzipped, sizeof gzipped - 9);
    refuse("in.csv", "in.csv: ");
    put_bytes("in.csv", "\x1f\x8b\x08 no gzip after all, whatever it begins with", 40);
    refuse("in.csv", "in.csv: ");
    text_release(&out);
}

static void test_digest(void **state)
{
    static const uint8_t abc[DIGEST_SIZE] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}; /* FIPS 180-4's own example */
    uint8_t got[DIGEST_SIZE];

    (void)state;
    assert_int_equal(digest_once("abc", 3, got), 0);
    assert_memory_equal(got, abc, sizeof abc);
    struct digest *d = digest_new();
    assert_non_null(d);
    for (int i = 0; i < 2; i++) {
        digest_update(d, "a", 1);
        digest_update(d, "", 0);
        digest_update(d, "bc", 2);
        memset(got, 0, sizeof got);
        assert_int_equal(digest_finish(d, got), 0);
        assert_memory_equal(got, abc, sizeof abc);
    }
    digest_free(d);
    digest_free(NULL);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_facts_and_records),
        IN_FOLDER(test_header_only),
        IN_FOLDER(test_files_that_cannot_be_read),
        IN_FOLDER(test_contents_that_are_no_csv),
        IN_FOLDER(test_many_rows),
        IN_FOLDER(test_large_rows),
        IN_FOLDER(test_rewind_half_way),
        IN_FOLDER(test_changed_content),
        IN_FOLDER(test_changed_block),
        IN_FOLDER(test_name_given_to_another_file),
        IN_FOLDER(test_stdin),
        IN_FOLDER(test_large_stdin),
        IN_FOLDER(test_no_room_for_stdin),
        IN_FOLDER(test_interrupted_stdin),
        IN_FOLDER(test_utf16),
        IN_FOLDER(test_encodings),
        IN_FOLDER(test_plain_and_guessed),
        IN_FOLDER(test_wishes_that_cannot_be),
        IN_FOLDER(test_encoded_over_chunks),
        IN_FOLDER(test_nul),
        IN_FOLDER(test_dialects),
        IN_FOLDER(test_lines_in_quotes),
        IN_FOLDER(test_rows_that_disagree),
        IN_FOLDER(test_what_is_no_row),
        IN_FOLDER(test_headers),
        IN_FOLDER(test_headers_that_are_not_there),
        IN_FOLDER(test_emptiness),
        IN_FOLDER(test_records_that_wait),
        IN_FOLDER(test_rewind_while_records_wait),
        IN_FOLDER(test_quote_that_would_swallow_the_file),
        IN_FOLDER(test_what_is_too_long),
        IN_FOLDER(test_as),
        IN_FOLDER(test_presets),
        IN_FOLDER(test_presets_that_cannot_be),
        IN_FOLDER(test_presets_that_nearly_fit),
        IN_FOLDER(test_header_again),
        IN_FOLDER(test_what_could_be_others),
        IN_FOLDER(test_preamble_again),
        IN_FOLDER(test_results_of_headerless),
        IN_FOLDER(test_rows_that_pass_for_headers),
        IN_FOLDER(test_compressed),
        cmocka_unit_test(test_digest),
    };

    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
