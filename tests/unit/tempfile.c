/* tempfile: what is left when a process is killed at each moment, and what a sweep takes and leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/outfile.h"
#include "adapters/tempfile.h"

#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEFT ".claimpipe-aB3xYz"

static bool there(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static int entries(void)
{
    DIR *d = opendir(".");
    int n = 0;

    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void test_sweep_takes_what_is_dead(void **state)
{
    (void)state;
    put_file(LEFT, "half of the results");
    put_file(".claimpipe-000000", "");
    tempfile_sweep(".");
    assert_int_equal(entries(), 0);
}

static void test_sweep_leaves_the_rest(void **state)
{
    static const char *const others[] = {".claimpipe-", ".claimpipe-abcde", ".claimpipe-abcdefg",
                                         ".claimpipe-abc.ef", "claimpipe-abcdef"};
    struct stat st;

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++)
        put_file(others[i], "x");
    put_file("mine.csv", "x");
    assert_int_equal(symlink("mine.csv", ".claimpipe-symlnk"), 0);
    assert_int_equal(link("mine.csv", ".claimpipe-harded"),
                     0); /* somebody has made it a file of theirs */
    assert_int_equal(link("mine.csv", ".claimpipe-hardln"), 0);
    assert_int_equal(mkfifo(".claimpipe-fifofi", 0600), 0);
    assert_int_equal(mkdir(".claimpipe-folder", 0700), 0);
    assert_int_equal(symlink("nowhere", ".claimpipe-nowher"), 0);
    tempfile_sweep(".");
    assert_int_equal(entries(), (int)COUNT(others) + 7);
    assert_int_equal(stat("mine.csv", &st), 0);
    if (geteuid() == 0) { /* else it can't be made */
        put_file(".claimpipe-theirs", "x");
        assert_int_equal(chown(".claimpipe-theirs", 65534, 65534), 0);
        tempfile_sweep(".");
        assert_true(there(".claimpipe-theirs"));
    }
    tempfile_sweep("no such folder");
}

/* In a child, which says "ready" and then waits to be killed. */
static pid_t begin(void (*act)(void), int *ready)
{
    int ends[2];
    pid_t child;
    char c;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        act();
        if (write(ends[1], "r", 1) == 1)
            pause();
        _exit(1);
    }
    close(ends[1]);
    *ready = ends[0];
    assert_int_equal(read(ends[0], &c, 1), 1);
    return child;
}

static void end(pid_t child, int ready)
{
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ready);
}

static void hold_lock(void)
{
    int fd = open(LEFT, O_RDWR);

    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        _exit(2);
}

static void test_sweep_leaves_what_lives(void **state)
{
    pid_t child;
    int ready;

    (void)state;
    put_file(LEFT, "another process is writing this");
    child = begin(hold_lock, &ready);
    tempfile_sweep(".");
    assert_true(there(LEFT));
    end(child, ready);
    tempfile_sweep(".");
    assert_false(there(LEFT));
}

static void write_half(void)
{
    struct err e = ERR_INIT;
    struct outfile *f = outfile_open("out.csv", &e);

    if (!f || outfile_write(f, "half", 4, &e) != 0)
        _exit(2);
}

static void test_killed_while_writing(void **state)
{
    struct err e = ERR_INIT;
    struct outfile *f;
    pid_t child;
    int ready;

    (void)state;
    put_file("out.csv", "old");
    child = begin(write_half, &ready);
    end(child, ready);
    f = outfile_open("out.csv", &e); /* which sweeps, should there be anything */
    assert_non_null(f);
    assert_int_equal(outfile_close(f, false, &e), 0);
    assert_int_equal(entries(), 1);
}

static void test_published(void **state)
{
    struct tempfile t;
    struct stat st;

    (void)state;
    put_file("target", "old");
    assert_int_equal(tempfile_open(&t, "."), 0);
    assert_int_equal(write(t.fd, "new", 3), 3);
    tempfile_sweep("."); /* its own is in use */
    assert_int_equal(tempfile_publish(&t, "target"), 0);
    assert_int_equal(t.fd, -1);
    assert_int_equal(stat("target", &st), 0);
    assert_int_equal(st.st_size, 3);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(entries(), 1);
}

static void test_not_published(void **state)
{
    struct tempfile t;

    (void)state;
    assert_int_equal(mkdir("target", 0700), 0);
    assert_int_equal(tempfile_open(&t, "."), 0);
    assert_int_equal(tempfile_publish(&t, "target"), -1);
    tempfile_drop(&t);
    assert_int_equal(entries(), 1);
    assert_int_equal(tempfile_open(&t, "no such folder"), -1);
    assert_int_equal(t.fd, -1);
    tempfile_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_sweep_takes_what_is_dead),
        IN_FOLDER(test_sweep_leaves_the_rest),
        IN_FOLDER(test_sweep_leaves_what_lives),
        IN_FOLDER(test_killed_while_writing),
        IN_FOLDER(test_published),
        IN_FOLDER(test_not_published),
    };

    return cmocka_run_group_tests_name("tempfile", tests, NULL, NULL);
}
