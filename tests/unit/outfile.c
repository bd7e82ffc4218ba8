/*
 * outfile: whole or not at all, in a folder of the test's own.  Nothing here relies on permissions,
 * which do not bind root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/outfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Each test runs in an empty folder, as the current one. */
static int enter_folder(void **state)
{
    static char folder[PATH_MAX];
    const char *tmp = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/claimpipe-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    char command[PATH_MAX + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", (const char *)*state);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void put(const char *path, const char *content)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void assert_content(const char *path, const char *want)
{
    char got[256];
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    size_t n = fread(got, 1, sizeof got - 1, f);
    got[n] = '\0';
    fclose(f);
    assert_string_equal(got, want);
}

static int entries(const char *folder)
{
    int n = 0;
    DIR *d = opendir(folder);

    assert_non_null(d);
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return n;
}

/* Writes content to path and closes it as told; both must work. */
static void write_file(const char *path, const char *content, bool success)
{
    struct err e = ERR_INIT;
    struct outfile *f = outfile_open(path, &e);

    assert_non_null(f);
    assert_int_equal(outfile_write(f, content, strlen(content), &e), 0);
    assert_int_equal(outfile_close(f, success, &e), 0);
    assert_int_equal(e.code, EXIT_DONE);
}

static void test_new_file(void **state)
{
    struct stat st;

    (void)state;
    umask(0);
    write_file("out.csv", "a,b\n1,2\n", true);
    assert_content("out.csv", "a,b\n1,2\n");
    assert_int_equal(stat("out.csv", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    write_file("empty.csv", "", true);
    assert_content("empty.csv", "");
    assert_int_equal(entries("."), 2);
}

static void test_nothing_is_seen_before_the_end(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    put("out.csv", "old");
    struct outfile *f = outfile_open("./out.csv", &e);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "new", 3, &e), 0);
    assert_content("out.csv", "old");
    assert_in_range(entries("."), 1, 2); /* the new one has no name yet, where that can be */
    assert_int_equal(outfile_close(f, true, &e), 0);
    assert_content("out.csv", "new");
    assert_int_equal(entries("."), 1);
}

static void test_discarded(void **state)
{
    (void)state;
    put("out.csv", "old");
    write_file("out.csv", "new", false);
    assert_content("out.csv", "old");
    write_file("other.csv", "new", false);
    assert_int_equal(access("other.csv", F_OK), -1);
    assert_int_equal(entries("."), 1);
}

static void test_two_at_once(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    struct outfile *one = outfile_open("out.csv", &e);
    struct outfile *two = outfile_open("out.csv", &e);
    assert_non_null(one);
    assert_non_null(two);
    assert_in_range(entries("."), 0, 2);
    assert_int_equal(outfile_write(one, "one", 3, &e), 0);
    assert_int_equal(outfile_write(two, "two", 3, &e), 0);
    assert_int_equal(outfile_close(two, true, &e), 0);
    assert_int_equal(outfile_close(one, true, &e), 0);
    assert_content("out.csv", "one");
}

static void test_links_are_followed(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(mkdir("sub", 0700), 0);
    put("sub/real.csv", "old");
    assert_int_equal(symlink("sub/link.csv", "out.csv"), 0);
    assert_int_equal(symlink("real.csv", "sub/link.csv"), 0);
    write_file("out.csv", "new", true);
    assert_content("sub/real.csv", "new");
    assert_int_equal(lstat("out.csv", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(entries("sub"), 2);
    /* to a file that is yet to come, by an absolute path */
    char target[PATH_MAX + 16];
    char *folder = getcwd(NULL, 0);
    snprintf(target, sizeof target, "%s/sub/new.csv", folder);
    free(folder);
    assert_int_equal(symlink(target, "dangling.csv"), 0);
    write_file("dangling.csv", "fresh", false);
    assert_int_equal(entries("sub"), 2);
    write_file("dangling.csv", "fresh", true);
    assert_content("sub/new.csv", "fresh");
}

static void test_paths_that_cannot_be(void **state)
{
    static const struct {
        const char *path, *says;
    } refused[] = {
        {"", "the output's path is empty"},
        {"sub", "sub: is a folder: name a file in it"},
        {"sub/", "sub/: is a folder"},
        {"missing/out.csv", "No such file or directory"},
        {"file/out.csv", "Not a directory"},
        {"loop", "loop: Too many levels of symbolic links"},
        {"/proc/claimpipe.csv", "/proc/claimpipe.csv: cannot be written"},
    };

    (void)state;
    assert_int_equal(mkdir("sub", 0700), 0);
    put("file", "kept");
    assert_int_equal(symlink("loop", "loop"), 0);
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct err e = ERR_INIT;
        assert_null(outfile_open(refused[i].path, &e));
        assert_int_equal(e.code, EXIT_OUTPUT);
        if (!strstr(e.text, refused[i].says))
            print_error("<%s>: %s\n", refused[i].path, e.text);
        assert_non_null(strstr(e.text, refused[i].says));
    }
    assert_content("file", "kept");
    assert_int_equal(entries("."), 3);
}

static void test_path_too_long(void **state)
{
    static char path[2 * PATH_MAX];
    static const size_t lens[] = {sizeof path - 1, PATH_MAX, PATH_MAX - 1};

    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct err e = ERR_INIT;
        memset(path, 'a', sizeof path);
        for (size_t k = 100; k < lens[i]; k += 100)
            path[k] = '/';
        path[lens[i]] = '\0';
        assert_null(outfile_open(path, &e));
        assert_int_equal(e.code, EXIT_OUTPUT);
    }
}

static void test_same_however_spelt(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"new.csv", "new.csv", true},
        {"new.csv", "./new.csv", true},
        {"new.csv", "there/../new.csv", true},
        {"there/new.csv", "thither/new.csv", true},
        {"there/late.csv", "late.csv", true},
        {"is.csv", "./is.csv", true},
        {"is.csv", "hard.csv", true},
        {"is.csv", "soft.csv", true},
        {"-", "-", true},
        {"-", "/dev/stdout", true},
        {"new.csv", "new2.csv", false},
        {"new.csv", "there/new.csv", false},
        {"new.csv", "is.csv", false},
        {"is.csv", "other.csv", false},
        {"-", "is.csv", false},
        {"/dev/null", "/dev/null", false},
        {"nowhere/a.csv", "nowhere/a.csv", false}, /* neither can be written */
    };

    (void)state;
    assert_int_equal(mkdir("there", 0700), 0);
    assert_int_equal(symlink("there", "thither"), 0);
    assert_int_equal(symlink("there/late.csv", "late.csv"), 0);
    put("is.csv", "x");
    put("other.csv", "x");
    assert_int_equal(link("is.csv", "hard.csv"), 0);
    assert_int_equal(symlink("is.csv", "soft.csv"), 0);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (outfile_same(cases[i].a, cases[i].b) != cases[i].same ||
            outfile_same(cases[i].b, cases[i].a) != cases[i].same)
            fail_msg("%s, %s", cases[i].a, cases[i].b);
}

static void test_what_is_overwritten(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    put("full.csv", "x");
    put("empty.csv", "");
    assert_int_equal(symlink("full.csv", "link.csv"), 0);
    assert_true(outfile_overwrites("full.csv"));
    assert_true(outfile_overwrites("link.csv"));
    assert_false(outfile_overwrites("empty.csv"));
    assert_false(outfile_overwrites("new.csv"));
    assert_false(outfile_overwrites("/dev/null"));
    assert_false(outfile_overwrites("-"));
    assert_true(outfile_is_there("empty.csv"));
    put("ours.csv", "a,b\n1,2\n");
    put("cut.csv", "a,b");
    assert_int_equal(outfile_refuse_other("ours.csv", "a,b\n", "-o", false, &e), 0);
    assert_int_equal(outfile_refuse_other("empty.csv", "a,b\n", "-o", false, &e), 0);
    assert_int_equal(outfile_refuse_other("new.csv", "a,b\n", "-o", false, &e), 0);
    assert_int_equal(outfile_refuse_other("-", "a,b\n", "-o", false, &e), 0);
    assert_int_equal(outfile_refuse_other("link.csv", "a,b\n", "-o", true, &e), 0);
    assert_int_equal(outfile_refuse_other("cut.csv", "a,b\n", "--html", false, &e), -1);
    assert_int_equal(outfile_refuse_other("link.csv", "a,b\n", "--html", false, &e), -1);
    assert_int_equal(e.code, EXIT_USAGE);
    assert_non_null(strstr(e.text, "name another file with --html"));
    assert_false(outfile_is_there("new.csv"));
}

static void test_full_disk(void **state)
{
    struct err e = ERR_INIT;
    char block[4096];
    int rc = 0;

    (void)state;
    memset(block, 'x', sizeof block);
    struct outfile *f = outfile_open("/dev/full", &e);
    assert_non_null(f);
    for (int i = 0; i < 64 && rc == 0; i++)
        rc = outfile_write(f, block, sizeof block, &e);
    assert_int_equal(rc, -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_non_null(strstr(e.text, "/dev/full: cannot be written: No space left on device"));
    struct err later = ERR_INIT;
    assert_int_equal(outfile_write(f, "x", 1, &later), -1);
    assert_int_equal(later.code, EXIT_OUTPUT);
    struct err last = ERR_INIT;
    assert_int_equal(outfile_close(f, true, &last), -1);
    assert_int_equal(last.code, EXIT_OUTPUT);
    /* so little that only the flush at the end finds out */
    struct err late = ERR_INIT;
    f = outfile_open("/dev/full", &late);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "x", 1, &late), 0);
    assert_int_equal(outfile_close(f, true, &late), -1);
    assert_int_equal(late.code, EXIT_OUTPUT);
    assert_non_null(strstr(late.text, "No space left on device"));
    /* not wanted any more: no error */
    struct err none = ERR_INIT;
    f = outfile_open("/dev/full", &none);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "x", 1, &none), 0);
    assert_int_equal(outfile_close(f, false, &none), 0);
}

/* The target turns into a folder meanwhile, so that the rename cannot work. */
static void test_rename_fails(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    struct outfile *f = outfile_open("out.csv", &e);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "new", 3, &e), 0);
    assert_int_equal(mkdir("out.csv", 0700), 0);
    assert_int_equal(outfile_close(f, true, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_non_null(strstr(e.text, "out.csv: cannot be written: Is a directory"));
    assert_int_equal(entries("."), 1);
}

static void test_devices_and_pipes_in_place(void **state)
{
    struct stat st;
    char got[4];

    (void)state;
    write_file("/dev/null", "gone", true);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(mkfifo("pipe", 0600), 0);
    int fd = open("pipe", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    write_file("pipe", "abc", true);
    assert_int_equal(read(fd, got, sizeof got), 3);
    assert_memory_equal(got, "abc", 3);
    close(fd);
}

/* Runs with standard output led to path; what close gives, and its error. */
static int write_stdout_to(const char *path, struct err *e)
{
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(saved >= 0 && fd >= 0);
    dup2(fd, STDOUT_FILENO);
    struct outfile *f = outfile_open("-", e);
    int rc = f && outfile_write(f, "a,b\n", 4, e) == 0 ? outfile_close(f, true, e) : -1;
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(fd);
    return rc;
}

static void test_stdout(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(write_stdout_to("captured", &e), 0);
    assert_content("captured", "a,b\n");
    assert_int_equal(entries("."), 1);
    assert_int_equal(write_stdout_to("/dev/full", &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_non_null(strstr(e.text, "stdout: cannot be written: No space left on device"));
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_new_file),
        IN_FOLDER(test_nothing_is_seen_before_the_end),
        IN_FOLDER(test_discarded),
        IN_FOLDER(test_two_at_once),
        IN_FOLDER(test_links_are_followed),
        IN_FOLDER(test_paths_that_cannot_be),
        IN_FOLDER(test_path_too_long),
        IN_FOLDER(test_full_disk),
        IN_FOLDER(test_same_however_spelt),
        IN_FOLDER(test_what_is_overwritten),
        IN_FOLDER(test_rename_fails),
        IN_FOLDER(test_devices_and_pipes_in_place),
        IN_FOLDER(test_stdout),
    };

    return cmocka_run_group_tests_name("outfile", tests, NULL, NULL);
}
