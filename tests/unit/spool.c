/* spool: files, standard input and what is compressed are read again and again, the same each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/spool.h"
#include "base/text.h"

#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define FIRST_MEMBER 24u /* bytes */

/* gzip -n of "abc\n" and of "defg\n", one after the other: a file of two members. */
static const unsigned char gzipped[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                        0x4b, 0x4c, 0x4a, 0xe6, 0x02, 0x00, 0x4e, 0x81, 0x88, 0x47,
                                        0x04, 0x00, 0x00, 0x00, 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00,
                                        0x00, 0x00, 0x02, 0x03, 0x4b, 0x49, 0x4d, 0x4b, 0xe7, 0x02,
                                        0x00, 0x4d, 0x82, 0x5b, 0x20, 0x05, 0x00, 0x00, 0x00};

static struct spool *open_ok(const char *path)
{
    struct err e = ERR_INIT;
    struct spool *s = spool_open(path, NULL, &e);

    if (!s)
        fail_msg("%s: %s", path, e.text);
    return s;
}

/* All of it, n bytes at a time, from where it stands. */
static void read_all(struct spool *s, size_t n, struct text *out)
{
    struct err e = ERR_INIT;
    char buf[64];
    ssize_t got;

    assert_true(n <= sizeof buf);
    text_clear(out);
    while ((got = spool_read(s, buf, n, &e)) > 0)
        text_append(out, buf, (size_t)got);
    assert_int_equal(got, 0);
    assert_int_equal(spool_read(s, buf, n, &e), 0); /* the end stays the end */
}

static void assert_holds(struct spool *s, const char *want)
{
    struct text out;

    text_init(&out);
    for (size_t n = 1; n < 64; n += 7) {
        spool_rewind(s);
        read_all(s, n, &out);
        assert_string_equal(out.ptr, want);
    }
    text_release(&out);
}

/* The spool of standard input, which is this descriptor meanwhile. */
static struct spool *open_stdin(int fd)
{
    int saved = dup(STDIN_FILENO);
    struct spool *s;

    assert_true(fd >= 0);
    dup2(fd, STDIN_FILENO);
    s = open_ok("-");
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    close(fd);
    return s;
}

static int pipe_with(const void *bytes, size_t len)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], bytes, len), (ssize_t)len);
    close(fds[1]);
    return fds[0];
}

static void test_file(void **state)
{
    struct spool *s;

    (void)state;
    put_file("in.csv", "a,b\n1,2\n");
    s = open_ok("in.csv");
    assert_string_equal(spool_name(s), "in.csv");
    assert_null(spool_unpacked(s));
    put_file("other", "x");
    assert_int_equal(rename("other", "in.csv"), 0);
    assert_holds(s, "a,b\n1,2\n"); /* the same file, whatever the name is given to */
    spool_close(s);
    spool_close(NULL);
}

static void test_empty(void **state)
{
    struct spool *s;

    (void)state;
    put_file("in.csv", "");
    s = open_ok("in.csv");
    assert_holds(s, "");
    spool_close(s);
}

static void test_stdin(void **state)
{
    struct spool *s = open_stdin(pipe_with("a,b\n1,2\n", 8));

    (void)state;
    assert_string_equal(spool_name(s), "stdin");
    assert_holds(s, "a,b\n1,2\n");
    spool_close(s);
    /* a file that it was redirected to is read whole, and from where it stands */
    put_file("in.csv", "skipped\na\n");
    int fd = open("in.csv", O_RDONLY);
    assert_int_equal(lseek(fd, 8, SEEK_SET), 8);
    s = open_stdin(fd);
    assert_holds(s, "a\n");
    spool_close(s);
}

static void test_compressed(void **state)
{
    struct spool *s;

    (void)state;
    put_bytes("in.csv", gzipped, sizeof gzipped);
    s = open_ok("in.csv");
    assert_string_equal(spool_name(s), "in.csv");
    assert_string_equal(spool_unpacked(s), "gzip");
    assert_holds(s, "abc\ndefg\n");
    spool_close(s);
    s = open_stdin(pipe_with(gzipped, sizeof gzipped));
    assert_string_equal(spool_unpacked(s), "gzip");
    assert_holds(s, "abc\ndefg\n");
    spool_close(s);
}

/* Copies have no name: nothing is left in the folder, even of a process that is killed. */
static void test_copies_leave_nothing(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char *kept = tmp ? strdup(tmp) : NULL;
    size_t entries = 0;
    struct spool *s;
    DIR *d;

    (void)state;
    assert_int_equal(mkdir("tmp", 0700), 0);
    setenv("TMPDIR", "tmp", 1);
    s = open_stdin(pipe_with(gzipped, sizeof gzipped));
    d = opendir("tmp");
    assert_non_null(d);
    while (readdir(d))
        entries++;
    closedir(d);
    assert_int_equal(entries, 2); /* . and .. */
    assert_holds(s, "abc\ndefg\n");
    spool_close(s);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *path, *says;
    } cases[] = {
        {"missing.csv", "missing.csv: cannot be opened: No such file or directory: check the path "
                        "and who may read it"},
        {"sub", "sub: is a folder: name a CSV file in it"},
        {"", ": cannot be opened: No such file or directory: check the path and who may read it"},
        /* without fetch_options a URL is a path like any other */
        {"https://127.0.0.1:9/in.csv", "https://127.0.0.1:9/in.csv: cannot be opened: No such file "
                                       "or directory: check the path and who may read it"},
    };

    (void)state;
    assert_int_equal(mkdir("sub", 0700), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        assert_null(spool_open(cases[i].path, NULL, &e));
        assert_int_equal(e.code, EXIT_INPUT);
        assert_string_equal(e.text, cases[i].says);
    }
    for (size_t cut = 11; cut < sizeof gzipped; cut++) {
        struct err e = ERR_INIT;
        struct spool *s;

        put_bytes("cut.csv", gzipped, cut);
        s = spool_open("cut.csv", NULL, &e);
        if (cut == FIRST_MEMBER) { /* nobody can tell: the first member is whole */
            assert_non_null(s);
            spool_close(s);
            continue;
        }
        assert_null(s);
        assert_int_equal(e.code, EXIT_INPUT);
        assert_int_equal(strncmp(e.text, "cut.csv: ", 9), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_file),
        IN_FOLDER(test_empty),
        IN_FOLDER(test_stdin),
        IN_FOLDER(test_compressed),
        IN_FOLDER(test_copies_leave_nothing),
        IN_FOLDER(test_refusals),
    };

    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
