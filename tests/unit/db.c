/* db: queries, transactions, and files that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/db.h"

#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DB "ledger.db"
#define NOBODY 65534
#define BUSY_MS 50

static struct db *open_db(void)
{
    struct err e = ERR_INIT;
    struct db *db;

    close(open(DB, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    db = db_open(DB, BUSY_MS, &e);
    if (!db)
        fail_msg("%s", e.text);
    return db;
}

static void exec(struct db *db, const char *sql)
{
    struct err e = ERR_INIT;

    if (db_exec(db, sql, &e) != 0)
        fail_msg("%s: %s", sql, e.text);
}

static int64_t number(struct db *db, const char *sql)
{
    struct err e = ERR_INIT;
    int64_t n = -1;

    if (db_number(db, sql, &n, &e) != 0)
        fail_msg("%s: %s", sql, e.text);
    return n;
}

static void assert_failed(int rc, const struct err *e, const char *says)
{
    assert_int_equal(rc, -1);
    assert_int_equal(e->code, strstr(says, "memory") ? EXIT_STOPPED : EXIT_OUTPUT);
    assert_says(e->text, DB);
    assert_says(e->text, says);
}

/* ---- queries ---- */

static void test_values(void **state)
{
    static const char insert[] = "INSERT INTO t VALUES(?1, ?2, ?3)";
    static const char select[] = "SELECT a, b, c FROM t ORDER BY rowid";
    struct db *db = open_db();
    struct err e = ERR_INIT;
    struct db_query *q;
    size_t len = 7;

    (void)state;
    exec(db, "CREATE TABLE t(a, b, c)");
    q = db_prepare(db, insert, &e);
    db_bind_int(q, 1, INT64_MIN);
    db_bind_text(q, 2, "Grüße");
    db_bind_blob(q, 3, "\0\1", 2);
    assert_int_equal(db_step(q, &e), 0);
    assert_int_equal(db_last_id(db), 1);
    assert_ptr_equal(db_prepare(db, insert, &e), q); /* compiled once, and empty again */
    assert_int_equal(db_step(q, &e), 0);
    assert_int_equal(db_changes(db), 1);

    q = db_prepare(db, select, &e);
    assert_int_equal(db_step(q, &e), 1);
    assert_true(db_int(q, 0) == INT64_MIN);
    assert_string_equal(db_text(q, 1), "Grüße");
    assert_memory_equal(db_blob(q, 2, &len), "\0\1", 2);
    assert_int_equal(len, 2);
    assert_int_equal(db_step(q, &e), 1); /* NULLs */
    assert_int_equal(db_int(q, 0), 0);
    assert_string_equal(db_text(q, 1), "");
    assert_non_null(db_blob(q, 2, &len));
    assert_int_equal(len, 0);
    assert_int_equal(db_step(q, &e), 0);
    db_close(db);
}

static void test_bad_queries(void **state)
{
    static const char nonsense[] = "SELEC 1", two[] = "SELECT ?1";
    struct db *db = open_db();
    struct err e = ERR_INIT, bound = ERR_INIT, none = ERR_INIT;
    struct db_query *q;
    int64_t n;

    (void)state;
    assert_null(db_prepare(db, nonsense, &e));
    assert_failed(-1, &e, "syntax error");
    q = db_prepare(db, two, &bound);
    db_bind_int(q, 2, 1); /* there is no such place */
    db_bind_int(q, 1, 1);
    assert_failed(db_step(q, &bound), &bound, "out of range");
    q = db_prepare(db, two, &none);
    db_bind_int(q, 1, 1);
    assert_int_equal(db_step(q, &none), 1);
    db_reset(q);
    assert_int_equal(db_number(db, "SELECT 1 WHERE 0", &n, &none), -1);
    db_close(db);
    db_close(NULL);
}

static void test_too_many_queries(void **state)
{
    static char sql[DB_QUERIES_MAX + 1][24];
    struct db *db = open_db();
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < DB_QUERIES_MAX; i++) {
        snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
        assert_non_null(db_prepare(db, sql[i], &e));
    }
    assert_null(db_prepare(db, sql[DB_QUERIES_MAX], &e));
    assert_failed(-1, &e, "more than");
    db_close(db);
}

/* ---- transactions ---- */

static void test_transactions(void **state)
{
    struct db *db = open_db();
    struct err e = ERR_INIT;

    (void)state;
    exec(db, "CREATE TABLE t(a PRIMARY KEY)");
    assert_int_equal(db_commit(db, &e), 0); /* nothing to do */
    assert_int_equal(db_begin(db, &e), 0);
    assert_int_equal(db_begin(db, &e), 0); /* goes on */
    exec(db, "INSERT INTO t VALUES(1)");
    assert_true(db_in_transaction(db));
    db_rollback(db);
    assert_false(db_in_transaction(db));
    db_rollback(db);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    assert_int_equal(db_begin(db, &e), 0);
    exec(db, "INSERT INTO t VALUES(1)");
    assert_int_equal(db_commit(db, &e), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    assert_int_equal(db_begin(db, &e), 0);
    exec(db, "INSERT INTO t VALUES(2)");
    assert_failed(db_exec(db, "INSERT INTO t VALUES(1)", &e), &e, "UNIQUE");
    assert_false(db_in_transaction(db)); /* and 2 is gone with it */
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    db_close(db);
}

/* ---- copies ---- */

static void test_copy(void **state)
{
    static const char *const modes[] = {"PRAGMA journal_mode = DELETE",
                                        "PRAGMA journal_mode = WAL"};

    (void)state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct db *db = open_db(), *copy;
        struct err e = ERR_INIT;

        exec(db, modes[i]);
        exec(db, "DROP TABLE IF EXISTS t; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
        copy = db_open_copy(DB, BUSY_MS, &e); /* also while another has it open */
        assert_non_null(copy);
        assert_string_equal(db_path(copy), DB);
        assert_int_equal(db_log_ahead(copy, &e), 0); /* as for any other file */
        exec(db, "INSERT INTO t VALUES(2)");
        assert_int_equal(number(copy, "SELECT count(*) FROM t"), 1);
        assert_int_equal(db_begin(copy, &e), 0);
        exec(copy, "INSERT INTO t VALUES(3), (4)");
        assert_int_equal(db_commit(copy, &e), 0);
        assert_int_equal(number(copy, "SELECT count(*) FROM t"), 3);
        db_close(copy);
        assert_int_equal(number(db, "SELECT group_concat(a, '') FROM t"), 12);
        db_close(db);
    }
}

static void test_copy_of_nothing(void **state)
{
    struct err e = ERR_INIT, none = ERR_INIT;
    struct db *db = db_open_copy(NULL, BUSY_MS, &e);

    (void)state;
    assert_non_null(db);
    exec(db, "CREATE TABLE t(a)");
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    db_close(db);
    assert_null(db_open_copy(DB, BUSY_MS, &none)); /* a name that is no file is no empty one */
    assert_failed(-1, &none, "unable to open");
    assert_int_not_equal(access(DB, F_OK), 0);
}

static void test_scratch(void **state)
{
    struct err e = ERR_INIT, full = ERR_INIT;
    char says[PATH_MAX + 64];
    struct db *db = db_open_scratch(&e);

    (void)state;
    assert_non_null(db);
    snprintf(says, sizeof says, "temporary file in %s: database or disk is full: free some disk ",
             db_path(db));
    assert_int_equal(access(db_path(db), W_OK | X_OK), 0);
    exec(db, "CREATE TABLE t(a)");
    assert_int_equal(db_begin(db, &e), 0);
    exec(db, "INSERT INTO t VALUES(1), (2)");
    assert_int_equal(number(db, "SELECT sum(a) FROM t"), 3);
    assert_int_equal(db_commit(db, &e), 0);
    exec(db, "PRAGMA max_page_count = 8");
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES(zeroblob(100000))", &full), -1);
    assert_int_equal(full.code, EXIT_OUTPUT);
    assert_says(full.text, says);
    assert_says(full.text, "or set TMPDIR to a folder with room for it");
    db_close(db);
}

static void test_scratch_in_folder(void **state)
{
    char here[PATH_MAX];
    struct err e = ERR_INIT;
    struct db *db;

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    setenv("SQLITE_TMPDIR", "/nowhere/at/all", 1);
    setenv("TMPDIR", here, 1);
    db = db_open_scratch(&e);
    assert_non_null(db);
    assert_string_equal(db_path(db), here);
    db_close(db);
}

static void test_log_ahead(void **state)
{
    struct db *db = open_db(), *other;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(db_log_ahead(db, &e), 0);
    exec(db, "CREATE TABLE t(a)");
    assert_int_equal(access(DB "-wal", F_OK), 0);
    other = open_db(); /* the mark is in the file: a reader does not wait for a writer */
    assert_int_equal(db_begin(db, &e), 0);
    exec(db, "INSERT INTO t VALUES(1)");
    assert_int_equal(number(other, "SELECT count(*) FROM t"), 0);
    db_close(other);
    db_close(db);
}

static void test_null(void **state)
{
    static const char sql[] = "SELECT NULL, 0, '', max(a) FROM t";
    struct db *db = open_db();
    struct err e = ERR_INIT;
    struct db_query *q;

    (void)state;
    exec(db, "CREATE TABLE t(a)");
    q = db_prepare(db, sql, &e);
    assert_int_equal(db_step(q, &e), 1);
    assert_true(db_is_null(q, 0));
    assert_false(db_is_null(q, 1) || db_is_null(q, 2));
    assert_true(db_is_null(q, 3)); /* of nothing */
    db_close(db);
}

/* ---- memory that fails ---- */

static sqlite3_mem_methods memory;
static bool no_memory;

static void *take(int size)
{
    return no_memory ? NULL : memory.xMalloc(size);
}

static void *retake(void *old, int size)
{
    return no_memory ? NULL : memory.xRealloc(old, size);
}

/* Before SQLite is at work. */
static void watch_memory(void)
{
    sqlite3_mem_methods watched;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory);
    watched = memory;
    watched.xMalloc = take;
    watched.xRealloc = retake;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &watched);
}

/* A text that could not be read is not taken for none. */
static void test_unread(void **state)
{
    static const char sql[] = "SELECT a FROM t", write[] = "DELETE FROM t";
    struct db *db = open_db();
    struct err e = ERR_INIT, told = ERR_INIT;
    struct db_query *q;

    (void)state;
    /* It is read as UTF-8, for which there must be room. */
    exec(db, "PRAGMA encoding = 'UTF-16'; CREATE TABLE t(a);"
             " INSERT INTO t VALUES(printf('%10000d', 1))");
    assert_int_equal(db_begin(db, &e), 0);
    q = db_prepare(db, sql, &e);
    assert_int_equal(db_step(q, &e), 1);
    no_memory = true;
    assert_string_equal(db_text(q, 0), "");
    no_memory = false;
    db_reset(q);
    assert_failed(db_step(db_prepare(db, write, &e), &told), &told, "out of memory");
    assert_false(db_in_transaction(db)); /* nothing of it is kept */
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    q = db_prepare(db, sql, &e);
    assert_int_equal(db_step(q, &e), 1);
    assert_int_equal(strlen(db_text(q, 0)), 10000);
    db_close(db);
}

/* ---- files that fail ---- */

/* Another process is in a transaction until the pipe is closed. */
static pid_t hold(const char *sql, int *release)
{
    int ready[2], wait[2];
    pid_t child;
    char c;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(wait), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(wait[1]);
        exec(open_db(), sql);
        _exit(write(ready[1], "r", 1) == 1 && read(wait[0], &c, 1) == 0 ? 0 : 1);
    }
    close(ready[1]);
    close(wait[0]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    *release = wait[1];
    return child;
}

/* What is held from the first step to the last is no empty file. */
static void test_copy_of_a_busy_file(void **state)
{
    struct db *db = open_db(), *copy;
    struct err e = ERR_INIT, backup_e = ERR_INIT, none = ERR_INIT;
    int fd, status = -1;
    pid_t child;

    (void)state;
    exec(db, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    child = hold("BEGIN EXCLUSIVE", &fd);
    assert_null(db_open_copy(DB, BUSY_MS, &e));
    assert_failed(-1, &e, "another program holds it");
    close(open("copy.db", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(db_backup(db, "copy.db", &backup_e), -1);
    assert_says(backup_e.text, "another program holds it");
    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    copy = db_open_copy(DB, BUSY_MS, &none);
    assert_non_null(copy);
    assert_int_equal(number(copy, "SELECT count(*) FROM t"), 1);
    db_close(copy);
    db_close(db);
}

static void test_busy(void **state)
{
    static const char *const holds[] = {
        "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE; INSERT INTO t VALUES(1)",
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO t VALUES(2)"};
    struct db *db = open_db();

    (void)state;
    exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE t(a)");
    db_close(db);
    for (size_t i = 0; i < COUNT(holds); i++) {
        struct err e = ERR_INIT, none = ERR_INIT;
        int fd, status = -1;
        pid_t child = hold(holds[i], &fd);

        db = open_db();
        assert_failed(db_begin(db, &e), &e, "another program holds it");
        close(fd);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(db_begin(db, &none), 0);
        db_close(db);
    }
}

/* What root may write is no test: the rest is done as nobody. */
static void drop_root(void)
{
    if (geteuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
}

static void regain_root(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void test_read_only_file(void **state)
{
    struct db *db = open_db();
    struct err e = ERR_INIT;

    (void)state;
    exec(db, "CREATE TABLE t(a)");
    db_close(db);
    assert_int_equal(chmod(".", 0777), 0);
    assert_int_equal(chmod(DB, 0444), 0);
    drop_root();
    db = db_open(DB, BUSY_MS, &e);
    assert_non_null(db);
    assert_failed(db_exec(db, "INSERT INTO t VALUES(1)", &e), &e,
                  "make the file and its folder writable");
    db_close(db);
    regain_root();
}

static void test_read_only_folder(void **state)
{
    struct db *db = open_db();
    struct err e = ERR_INIT;

    (void)state;
    exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE t(a)");
    db_close(db);
    assert_int_equal(chmod(DB, 0666), 0);
    assert_int_equal(chmod(".", 0555), 0);
    drop_root();
    db = db_open(DB, BUSY_MS, &e);
    assert_non_null(db);
    assert_failed(db_exec(db, "INSERT INTO t VALUES(1)", &e), &e,
                  "make the file and its folder writable");
    db_close(db);
    regain_root();
    assert_int_equal(chmod(".", 0700), 0);
}

static void test_not_there(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_null(db_open(DB, BUSY_MS, &e));
    assert_failed(-1, &e, "unable to open");
}

static void test_corrupt(void **state)
{
    struct db *db = open_db();
    struct err e = ERR_INIT;
    char junk[4096];
    int fd;

    (void)state;
    exec(db, "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
             " WHERE i < 5000) INSERT INTO t SELECT i FROM n");
    db_close(db);
    memset(junk, 'x', sizeof junk);
    fd = open(DB, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, junk, sizeof junk, 4096), sizeof junk);
    close(fd);
    db = open_db();
    assert_failed(db_exec(db, "UPDATE t SET a = a + 1", &e), &e,
                  "the file is damaged or no ledger");
    db_close(db);
}

/* A disk that takes no more. */
static void test_no_space(void **state)
{
    struct rlimit before, small;
    struct db *db = open_db();
    struct err e = ERR_INIT, full = ERR_INIT;

    (void)state;
    exec(db, "CREATE TABLE t(a)");
    exec(db, "PRAGMA max_page_count = 8");
    assert_failed(db_exec(db, "INSERT INTO t VALUES(zeroblob(100000))", &full), &full,
                  "free some disk space");
    exec(db, "PRAGMA max_page_count = 100000");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 65536;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES(zeroblob(1000000))", &e), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_failed(-1, &e, "disk");
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    exec(db, "INSERT INTO t VALUES(zeroblob(1000000))"); /* there is room again */
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_values),
        IN_FOLDER(test_bad_queries),
        IN_FOLDER(test_too_many_queries),
        IN_FOLDER(test_transactions),
        IN_FOLDER(test_copy),
        IN_FOLDER(test_copy_of_nothing),
        IN_FOLDER(test_scratch),
        IN_FOLDER(test_log_ahead),
        IN_FOLDER(test_null),
        IN_FOLDER(test_unread),
        IN_FOLDER(test_copy_of_a_busy_file),
        IN_FOLDER(test_busy),
        IN_FOLDER(test_read_only_file),
        IN_FOLDER(test_read_only_folder),
        IN_FOLDER(test_not_there),
        IN_FOLDER(test_corrupt),
        IN_FOLDER(test_no_space),
        IN_FOLDER(test_scratch_in_folder), /* the last: it sets TMPDIR */
    };

    watch_memory();
    return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
