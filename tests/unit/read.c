/*
 * read: files, standard input, batches and passes; with spool and digest, on which it stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/csvio.h"
#include "adapters/digest.h"
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
    for (size_t i = 0; i < r->nfields; i++)
        text_printf(out, "%s%s", i ? "|" : "", r->fields[i].ptr);
    text_printf(out, "]%s%s\n", r->fault ? "!" : "", r->fault ? r->fault : "");
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

static struct input *open_ok(const char *path)
{
    struct err e = ERR_INIT;
    struct input *in = read_open(path, &e);

    if (!in)
        print_error("%s\n", e.text);
    assert_non_null(in);
    return in;
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
    assert_true(facts->bom);
    assert_string_equal(facts->line_end, "\r\n");
    assert_int_equal(facts->delimiter, ',');
    assert_int_equal(digest_once(content, sizeof content - 1, hash), 0);
    assert_memory_equal(facts->hash, hash, sizeof hash);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pass(in, &out, &e), 0);
        assert_string_equal(out.ptr, "1@2:[Ann|0x1|]\n"
                                     "2@4:[B\r\nob|0x2|x|y]!has 4 fields, the header has 3\n"
                                     "3@6:[Cy]!has 1 field, the header has 3\n"
                                     "4@7:[Di|0x3|z]!text after a closing quote on line 7\n"
                                     "5@8:[Ed|0x4|z]!a quote opened on line 8 is never closed\n");
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

static void refuse(const char *path, const char *says)
{
    struct err e = ERR_INIT;

    assert_null(read_open(path, &e));
    assert_int_equal(e.code, EXIT_INPUT);
    if (!strstr(e.text, says))
        print_error("%s\n", e.text);
    assert_non_null(strstr(e.text, says));
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
        BYTES("\xFF\xFE"
              "a\0,\0",
              "in.csv: looks like UTF-16 (Excel \"Unicode text\"): "
              "save it as \"CSV UTF-8\""),
        BYTES("\xFE\xFF\0a\0,", "in.csv: looks like UTF-16"),
        BYTES("PK\x03\x04\x14", "in.csv: looks like an Excel workbook or a ZIP file"),
        BYTES("a\0,\0b\0", "in.csv:1: a NUL byte"),
        BYTES("a,b\n1,2\n3,\0\n", "in.csv:3: a NUL byte"),
        BYTES("a,\"b\n1,2\n", "in.csv:1: the header cannot be read: a quote opened on line 1"),
        BYTES("\n\"a\"b,c\n", "in.csv:2: the header cannot be read: text after a closing quote"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        put_bytes("in.csv", contents[i].bytes, contents[i].len);
        refuse("in.csv", contents[i].says);
    }
}

static void test_quote_that_swallows_the_file(void **state)
{
    struct text content;

    (void)state;
    text_init(&content);
    text_puts(&content, "a,b\n1,2\n3,\"4\n");
    while (content.len <= 2 * CSVIO_FIELD_MAX)
        text_puts(&content, "5,6\n");
    put_bytes("in.csv", content.ptr, content.len);
    refuse("in.csv", "in.csv:3: the field that begins here is longer than");
    text_release(&content);
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
        assert_true(batch.n == RECORDS_BATCH || row == n);
    } while (batch.n > 0);
    assert_int_equal(row, n);
}

static void test_many_rows(void **state)
{
    static const size_t sizes[] = {1, 2, RECORDS_BATCH - 1, RECORDS_BATCH, 257, 512, 513, 50000};
    static const char *const line_ends[] = {"\n", "\r\n", "\r"};
    struct text content;

    (void)state;
    text_init(&content);
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t k = 0; k < COUNT(line_ends); k++) {
            make_rows(&content, sizes[i], line_ends[k]);
            struct input *in = open_ok("in.csv");
            assert_int_equal(read_facts(in)->rows, sizes[i]);
            assert_string_equal(read_facts(in)->line_end, line_ends[k]);
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
    struct input *in = read_open("-", e);
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
    make_rows(&content, 50000, "\n");
    FILE *cat = popen("cat in.csv", "r");
    assert_non_null(cat);
    struct input *in = open_stdin_as(dup(fileno(cat)), &e);
    assert_non_null(in);
    assert_int_equal(pclose(cat), 0);
    check_rows(in, 50000);
    read_close(in);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(system("cat in.csv > fifo &"), 0);
    in = open_ok("fifo");
    assert_string_equal(read_facts(in)->name, "fifo");
    check_rows(in, 50000);
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
        IN_FOLDER(test_quote_that_swallows_the_file),
        IN_FOLDER(test_many_rows),
        IN_FOLDER(test_rewind_half_way),
        IN_FOLDER(test_changed_content),
        IN_FOLDER(test_name_given_to_another_file),
        IN_FOLDER(test_stdin),
        IN_FOLDER(test_large_stdin),
        IN_FOLDER(test_no_room_for_stdin),
        IN_FOLDER(test_interrupted_stdin),
        cmocka_unit_test(test_digest),
    };

    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
