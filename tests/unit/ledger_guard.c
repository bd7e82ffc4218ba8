/* ledger_guard: who has the file, and what becomes of it. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "ledger/ledger_guard.h"

#define DB "ledger.db"

static struct ledger_guard guard_of(const char *path)
{
    struct ledger_guard g;
    struct trust_file file;
    struct err e = ERR_INIT;

    if (ledger_guard_find(&g, path, &file, &e) != 0)
        fail_msg("%s", e.text);
    return g;
}

static int hold(struct ledger_guard *g, enum ledger_guard_use use, bool *alone)
{
    struct err e = ERR_INIT;

    return ledger_guard_hold(g, use, alone, &e);
}

static void test_find(void **state)
{
    struct ledger_guard g;
    struct trust_file file;
    struct err e = ERR_INIT, folder = ERR_INIT, dangling = ERR_INIT;

    (void)state;
    assert_int_equal(ledger_guard_find(&g, DB, &file, &e), 0);
    assert_false(file.there || file.wal);
    put_file(DB, "content");
    put_file(DB "-wal", "");
    assert_int_equal(ledger_guard_find(&g, DB, &file, &e), 0);
    assert_true(file.there && file.size == 7 && file.links == 1 && !file.mounted && !file.wal);
    put_file(DB "-wal", "x");
    assert_int_equal(link(DB, "second"), 0);
    assert_int_equal(symlink(DB, "soft"), 0);
    assert_int_equal(ledger_guard_find(&g, "soft", &file, &e), 0);
    assert_true(file.links == 2 && file.wal);
    assert_int_equal(symlink("none", "lost"), 0);
    assert_int_equal(ledger_guard_find(&g, "lost", &file, &dangling), -1);
    assert_says(dangling.text, "symbolic link");
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(ledger_guard_find(&g, "folder", &file, &folder), -1);
    assert_says(folder.text, "is no file");
}

static void test_alone_and_with_others(void **state)
{
    struct ledger_guard first, second, whole;
    bool alone;

    (void)state;
    put_file(DB, "content");
    first = guard_of(DB);
    second = guard_of(DB);
    whole = guard_of(DB);
    assert_int_equal(hold(&first, LEDGER_GUARD_WORK, &alone), 0);
    assert_true(alone);
    ledger_guard_share(&first);
    assert_int_equal(hold(&second, LEDGER_GUARD_WORK, &alone), 0);
    assert_false(alone);
    assert_int_equal(hold(&whole, LEDGER_GUARD_WHOLE, &alone), 1);
    assert_false(ledger_guard_last(&first));
    ledger_guard_close(&first);
    assert_true(ledger_guard_last(&second));
    ledger_guard_close(&second);
    assert_int_equal(hold(&whole, LEDGER_GUARD_WHOLE, &alone), 0);
    first = guard_of(DB);
    assert_int_equal(hold(&first, LEDGER_GUARD_LOOK, &alone), 1);
    ledger_guard_close(&whole);
}

/* Somebody waits for a lock on the file: a line `… -> OFDLCK … major:minor:inode …` of the kernel's. */
static bool is_waited_for(void)
{
    char line[256], inode[32];
    FILE *f = fopen("/proc/locks", "r");
    bool found = false;
    struct stat st;

    assert_non_null(f);
    assert_int_equal(stat(DB, &st), 0);
    snprintf(inode, sizeof inode, ":%llu ", (unsigned long long)st.st_ino);
    while (fgets(line, sizeof line, f))
        found = found || (strstr(line, "->") && strstr(line, inode));
    fclose(f);
    return found;
}

struct comer {
    struct ledger_guard guard;
    int rc;
    bool alone;
};

static void *come(void *arg)
{
    struct comer *c = arg;

    c->rc = hold(&c->guard, LEDGER_GUARD_WORK, &c->alone);
    return NULL;
}

/* Whoever waits for the last one to close it begins it anew: nothing of it is open then. */
static void test_coming_while_it_is_closed(void **state)
{
    struct ledger_guard last;
    struct comer c;
    pthread_t thread;
    bool alone;

    (void)state;
    put_file(DB, "content");
    last = guard_of(DB);
    c.guard = guard_of(DB);
    assert_int_equal(hold(&last, LEDGER_GUARD_WORK, &alone), 0);
    ledger_guard_share(&last);
    assert_true(ledger_guard_last(&last));
    assert_int_equal(pthread_create(&thread, NULL, come, &c), 0);
    while (!is_waited_for())
        sched_yield();
    ledger_guard_close(&last);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(c.rc, 0);
    assert_true(c.alone);
    ledger_guard_close(&c.guard);
}

/* SQLite's locks are the process's, and are gone when any descriptor of the file is closed. */
static void test_closing_leaves_posix_locks(void **state)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1};
    struct ledger_guard first, second;
    int sqlite, status;
    bool alone;
    pid_t child;

    (void)state;
    put_file(DB, "content");
    first = guard_of(DB);
    second = guard_of(DB);
    assert_int_equal(hold(&first, LEDGER_GUARD_LOOK, &alone), 0);
    assert_int_equal(hold(&second, LEDGER_GUARD_LOOK, &alone), 0);
    sqlite = open(DB, O_RDWR);
    assert_int_equal(fcntl(sqlite, F_SETLK, &lock), 0);
    ledger_guard_close(&first);
    child = fork();
    if (child == 0) {
        int other = open(DB, O_RDWR);

        _exit(fcntl(other, F_SETLK, &lock) == 0 ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(sqlite);
    ledger_guard_close(&second);
}

static void test_target_locks(void **state)
{
    struct ledger_guard first, second;
    struct err e = ERR_INIT;
    bool alone;

    (void)state;
    put_file(DB, "content");
    first = guard_of(DB);
    second = guard_of(DB);
    assert_int_equal(hold(&first, LEDGER_GUARD_WORK, &alone), 0);
    ledger_guard_share(&first);
    assert_int_equal(hold(&second, LEDGER_GUARD_WORK, &alone), 0);
    assert_int_equal(ledger_guard_lock(&first, 7, 1, &e), 0);
    assert_int_equal(ledger_guard_lock(&second, 7, 1, &e), 1);
    assert_int_equal(ledger_guard_lock(&second, 8, 1, &e), 0);
    assert_int_equal(ledger_guard_lock(&second, 0, 0, &e), 1);
    ledger_guard_close(&first);
    assert_int_equal(ledger_guard_lock(&second, 0, 0, &e), 0);
    ledger_guard_close(&second);
}

static void replace(void)
{
    put_file("new", "content");
    assert_int_equal(rename("new", DB), 0);
}
static void delete (void)
{
    assert_int_equal(unlink(DB), 0);
}
static void cut(void)
{
    assert_int_equal(truncate(DB, 0), 0);
}
static void cut_a_little(void)
{
    assert_int_equal(truncate(DB, 6), 0);
}
static void give_second_name(void)
{
    assert_int_equal(link(DB, "second"), 0);
}
static void delete_beside(void)
{
    assert_int_equal(unlink(DB "-lock"), 0);
}
static void grow(void)
{
    put_file(DB, "more content");
}

static void test_still(void **state)
{
    static const struct {
        void (*happens)(void);
        enum ledger_guard_found want;
        const char *path;
    } cases[] = {
        {replace, LEDGER_GUARD_GONE, DB},
        {delete, LEDGER_GUARD_GONE, DB},
        {cut, LEDGER_GUARD_CUT, DB},
        {cut_a_little, LEDGER_GUARD_CUT, DB},
        {give_second_name, LEDGER_GUARD_LINKED, DB},
        {delete_beside, LEDGER_GUARD_BESIDE, DB "-lock"},
        {grow, LEDGER_GUARD_SAME, DB},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ledger_guard g;
        struct err e = ERR_INIT;
        const char *path;
        bool alone;

        (void)unlink("second");
        put_file(DB, "content");
        put_file(DB "-lock", "");
        g = guard_of(DB);
        assert_int_equal(hold(&g, LEDGER_GUARD_WORK, &alone), 0);
        assert_int_equal(ledger_guard_watch(&g, "-lock", &e), 0);
        assert_int_equal(ledger_guard_still(&g, &path), LEDGER_GUARD_SAME);
        cases[i].happens();
        assert_int_equal(ledger_guard_still(&g, &path), cases[i].want);
        if (cases[i].want != LEDGER_GUARD_SAME)
            assert_says(path, cases[i].path);
        ledger_guard_close(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_find),
        IN_FOLDER(test_alone_and_with_others),
        IN_FOLDER(test_coming_while_it_is_closed),
        IN_FOLDER(test_closing_leaves_posix_locks),
        IN_FOLDER(test_target_locks),
        IN_FOLDER(test_still),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
