/*
 * db: opens SQLite files, keeps their statements compiled, and turns SQLite's codes into what a person can do.
 *
 * Where anything fails, the transaction is rolled back here, whatever SQLite has done by itself: nobody goes on over half a
 * transaction.  What can't be said at once (a bind, a column) is kept, and told by the next step.
 */
#include "adapters/db.h"

#include "base/apiname.h"
#include "base/mem.h"
#include "base/rowhash.h"
#include "base/text.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_STEP_MS 10
#define SCRATCH_CACHE "32768" /* KiB */

struct db_query {
    struct db *db;
    const char *sql;
    sqlite3_stmt *s;
    int fault; /* of the first bind that failed */
};

struct db {
    char *path; /* of a scratch file: its folder */
    bool scratch;
    sqlite3 *sqlite;
    int busy_ms;
    int unread; /* of the first column that could not be read */
    int64_t resealed;
    struct db_query queries[DB_QUERIES_MAX];
    size_t n;
};

/* ---- errors ---- */

static const char *advice(int code)
{
    switch (code) {
    case SQLITE_FULL:
        return "free some disk space, then run the same command again";
    case SQLITE_IOERR:
        return "see whether the disk is full or failing, then run the same command again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return "make the file and its folder writable, or name another with --ledger";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program holds it: wait for it to end, then run the same command again";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "the file is damaged or no ledger: put a copy of it back (claimpipe ledger restore "
               "FILE), or name another with --ledger (which knows nothing of what was issued "
               "before)";
    case SQLITE_NOMEM:
        return "free some memory, then run the same command again";
    default:
        return "run the same command again when this is mended";
    }
}

/* Nobody has made or named this file. */
static const char *scratch_advice(int code)
{
    return code == SQLITE_NOMEM ? advice(code)
                                : "free some disk space, or set TMPDIR to a folder with room for "
                                  "it, then run the same command again";
}

static const char *kind(const struct db *db)
{
    return db->scratch ? "temporary file in" : "ledger";
}

static int fail_saying(struct db *db, int code, const char *text, struct err *e)
{
    enum exit_code leads_to = (code & 0xff) == SQLITE_NOMEM ? EXIT_STOPPED : EXIT_OUTPUT;

    err_set(e, leads_to, "%s %s: %s: %s", kind(db), db->path, text,
            db->scratch ? scratch_advice(code & 0xff) : advice(code & 0xff));
    /* SQLite has rolled back by itself after some errors, and not after others. */
    db_rollback(db);
    return -1;
}

static int fail(struct db *db, struct err *e)
{
    return fail_saying(db, sqlite3_errcode(db->sqlite), sqlite3_errmsg(db->sqlite), e);
}

/* ---- the file ---- */

/* SQLite takes names such as ":memory:" for more than a path: a relative one is told by its "./". */
static char *plain_name(const char *path)
{
    struct text t;
    char *name;

    text_init(&t);
    text_puts(&t, *path == '/' ? "" : "./");
    text_puts(&t, path);
    name = text_ok(&t) ? mem_copy(t.ptr, t.len) : NULL;
    text_release(&t);
    return name;
}

/* api_name(URL) for SQL: base/apiname.h. */
static void on_api_name(sqlite3_context *context, int n, sqlite3_value **values)
{
    const char *url = n == 1 ? (const char *)sqlite3_value_text(values[0]) : NULL;
    struct text name;

    text_init(&name);
    if (url)
        apiname_append(&name, slice_of(url));
    if (text_ok(&name))
        sqlite3_result_text(context, name.ptr, (int)name.len, SQLITE_TRANSIENT);
    else
        sqlite3_result_error_nomem(context);
    text_release(&name);
}

/* ---- hashes of rows ---- */

static int64_t hash_values(int n, sqlite3_value **values)
{
    uint64_t h = ROWHASH_INIT;

    for (int i = 0; i < n; i++)
        switch (sqlite3_value_type(values[i])) {
        case SQLITE_NULL:
            h = rowhash_null(h);
            break;
        case SQLITE_INTEGER:
            h = rowhash_int(h, sqlite3_value_int64(values[i]));
            break;
        default: {
            const void *bytes = sqlite3_value_blob(values[i]);

            h = rowhash_bytes(h, bytes, (size_t)sqlite3_value_bytes(values[i]));
        }
        }
    return rowhash_end(h);
}

static void row_hash(sqlite3_context *context, int n, sqlite3_value **values)
{
    sqlite3_result_int64(context, hash_values(n, values));
}

static void row_reseal(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct db *db = sqlite3_user_data(context);
    int64_t hash = n > 0 ? hash_values(n - 1, values + 1) : 0;

    if (n > 0)
        db->resealed += hash - sqlite3_value_int64(values[0]);
    sqlite3_result_int64(context, hash);
}

static int add_functions(struct db *db)
{
    int code =
        sqlite3_create_function_v2(db->sqlite, "api_name", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   NULL, on_api_name, NULL, NULL, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db->sqlite, "row_hash", -1,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, row_hash, NULL,
                                          NULL, NULL);
    return code == SQLITE_OK ? sqlite3_create_function_v2(db->sqlite, "row_reseal", -1, SQLITE_UTF8,
                                                          db, row_reseal, NULL, NULL, NULL)
                             : code;
}

void db_reseal(struct db *db, int64_t change)
{
    db->resealed += change;
}

int64_t db_resealed(struct db *db)
{
    int64_t change = db->resealed;

    db->resealed = 0;
    return change;
}

/* ---- opening ---- */

/* name is SQLite's, path the one for messages. */
static struct db *open_named(const char *name, const char *path, bool scratch, int busy_ms,
                             struct err *e)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    struct db *db = mem_zero(1, sizeof(*db));
    int code = SQLITE_NOMEM;

    if (!db || !(db->path = mem_copy(path, strlen(path)))) {
        err_nomem(e);
        goto err;
    }
    db->scratch = scratch;
    db->busy_ms = busy_ms;
    /* Its statistics take a lock with each allocation, for nobody.  (Refused once SQLite is at work.) */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    code = sqlite3_open_v2(name, &db->sqlite, flags, NULL);
    if (code != SQLITE_OK) {
        fail_saying(db, code, db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(code), e);
        goto err;
    }
    code = sqlite3_busy_timeout(db->sqlite, busy_ms);
    if (code == SQLITE_OK)
        code = add_functions(db);
    if (code != SQLITE_OK) {
        fail_saying(db, code, sqlite3_errstr(code), e);
        goto err;
    }
    return db;
err:
    db_close(db);
    return NULL;
}

const char *db_library(void)
{
    return sqlite3_libversion();
}

struct db *db_open(const char *path, int busy_ms, struct err *e)
{
    char *name = plain_name(path);
    struct db *db = name ? open_named(name, path, false, busy_ms, e) : NULL;

    if (!name)
        err_nomem(e);
    free(name);
    return db;
}

static int copy(struct db *to, struct db *from, struct err *e)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->sqlite, "main", from->sqlite, "main");
    int code, end;

    if (!backup)
        return fail(to, e);
    code = sqlite3_backup_step(backup, -1);
    end = sqlite3_backup_finish(backup);
    if (end != SQLITE_OK)
        return fail(to, e);
    /* That the source was busy the end need not tell; nothing was copied then. */
    return code == SQLITE_DONE ? 0 : fail_saying(to, code, sqlite3_errstr(code), e);
}

struct db *db_open_copy(const char *path, int busy_ms, struct err *e)
{
    /* To SQLite a name of no length is a temporary file, which it unlinks at once. */
    struct db *db = open_named("", path ? path : "(none)", false, busy_ms, e), *from;
    int rc = 0;

    if (!db || !path)
        return db;
    from = db_open(path, busy_ms, e);
    rc = from ? copy(db, from, e) : -1;
    db_close(from);
    if (rc == 0)
        return db;
    db_close(db);
    return NULL;
}

int db_backup(struct db *from, const char *path, struct err *e)
{
    struct db *to = db_open(path, from->busy_ms, e);
    int rc = to ? copy(to, from, e) : -1;

    db_close(to);
    return rc;
}

int db_checkpoint(struct db *db, bool whole, struct err *e)
{
    int log = 0, moved = 0, code;

    /* Another process that has it open is not waited for: it does what is left. */
    if (whole)
        sqlite3_busy_timeout(db->sqlite, 0);
    code = sqlite3_wal_checkpoint_v2(db->sqlite, NULL,
                                     whole ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
                                     &log, &moved);
    if (whole)
        sqlite3_busy_timeout(db->sqlite, db->busy_ms);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return 1;
    return code == SQLITE_OK ? moved < log : fail(db, e);
}

/* As SQLite chooses it. */
static const char *temporary_folder(void)
{
    const char *folders[] = {getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (folders[i] && *folders[i] && access(folders[i], W_OK | X_OK) == 0)
            return folders[i];
    return "/tmp";
}

struct db *db_open_scratch(struct err *e)
{
    struct db *db = open_named("", temporary_folder(), true, 0, e);

    if (!db || db_exec(db,
                       "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                       " PRAGMA cache_size = -" SCRATCH_CACHE,
                       e) == 0)
        return db;
    db_close(db);
    return NULL;
}

int db_log_ahead(struct db *db, struct err *e)
{
    int code;

    /* For this one statement SQLite does not wait for other processes by itself. */
    for (int waited_ms = 0;; waited_ms += BUSY_STEP_MS) {
        code = sqlite3_exec(db->sqlite, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (code != SQLITE_BUSY || waited_ms >= db->busy_ms)
            break;
        sqlite3_sleep(BUSY_STEP_MS);
    }
    return code == SQLITE_OK ? 0 : fail(db, e);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < db->n; i++)
        sqlite3_finalize(db->queries[i].s);
    sqlite3_close(db->sqlite);
    free(db->path);
    free(db);
}

const char *db_path(const struct db *db)
{
    return db->path;
}

int db_exec(struct db *db, const char *sql, struct err *e)
{
    return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, e);
}

int db_number(struct db *db, const char *sql, int64_t *out, struct err *e)
{
    sqlite3_stmt *s = NULL;
    int rc = -1;

    if (sqlite3_prepare_v2(db->sqlite, sql, -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW) {
        fail(db, e);
    } else {
        *out = sqlite3_column_int64(s, 0);
        rc = 0;
    }
    sqlite3_finalize(s);
    return rc;
}

/* ---- transactions ---- */

bool db_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(db->sqlite);
}

static int step_alone(struct db *db, const char *sql, struct err *e)
{
    struct db_query *q = db_prepare(db, sql, e);

    return q && db_step(q, e) == 0 ? 0 : -1;
}

int db_begin(struct db *db, struct err *e)
{
    static const char sql[] = "BEGIN IMMEDIATE";

    if (db_in_transaction(db))
        return 0;
    db->resealed = 0;
    return step_alone(db, sql, e);
}

int db_commit(struct db *db, struct err *e)
{
    static const char sql[] = "COMMIT";

    return db_in_transaction(db) ? step_alone(db, sql, e) : 0;
}

void db_rollback(struct db *db)
{
    db->resealed = 0;
    if (db->sqlite && db_in_transaction(db))
        sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- queries ---- */

static struct db_query *find(struct db *db, const char *sql)
{
    for (size_t i = 0; i < db->n; i++)
        if (db->queries[i].sql == sql)
            return &db->queries[i];
    return NULL;
}

static struct db_query *add(struct db *db, const char *sql, struct err *e)
{
    struct db_query *q = &db->queries[db->n];

    if (db->n == DB_QUERIES_MAX) {
        err_set(e, EXIT_OUTPUT, "%s %s: more than %d kinds of queries: please report this",
                kind(db), db->path, DB_QUERIES_MAX);
        return NULL;
    }
    *q = (struct db_query){.db = db, .sql = sql};
    if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->s, NULL) !=
        SQLITE_OK) {
        fail(db, e);
        return NULL;
    }
    db->n++;
    return q;
}

struct db_query *db_prepare(struct db *db, const char *sql, struct err *e)
{
    struct db_query *q = find(db, sql);

    if (!q)
        return add(db, sql, e);
    sqlite3_reset(q->s);
    sqlite3_clear_bindings(q->s);
    q->fault = SQLITE_OK;
    return q;
}

static void note(struct db_query *q, int code)
{
    if (q->fault == SQLITE_OK)
        q->fault = code;
}

void db_bind_int(struct db_query *q, int place, int64_t value)
{
    note(q, sqlite3_bind_int64(q->s, place, value));
}

void db_bind_text(struct db_query *q, int place, const char *text)
{
    note(q, sqlite3_bind_text(q->s, place, text, -1, SQLITE_STATIC));
}

void db_bind_blob(struct db_query *q, int place, const void *bytes, size_t len)
{
    note(q, sqlite3_bind_blob(q->s, place, bytes, (int)len, SQLITE_STATIC));
}

int db_step(struct db_query *q, struct err *e)
{
    int code;

    if (q->db->unread != SQLITE_OK) {
        code = q->db->unread;
        q->db->unread = SQLITE_OK;
        return fail_saying(q->db, code, sqlite3_errstr(code), e);
    }
    if (q->fault != SQLITE_OK)
        return fail_saying(q->db, q->fault, sqlite3_errstr(q->fault), e);
    code = sqlite3_step(q->s);
    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE)
        fail(q->db, e);
    sqlite3_reset(q->s);
    return code == SQLITE_DONE ? 0 : -1;
}

void db_reset(struct db_query *q)
{
    sqlite3_reset(q->s);
}

int64_t db_int(struct db_query *q, int column)
{
    return sqlite3_column_int64(q->s, column);
}

/* NULL is what SQLite says of a NULL, and where it finds no memory: a recipient is not nobody for that. */
static void note_unread(struct db *db)
{
    if (sqlite3_errcode(db->sqlite) == SQLITE_NOMEM)
        db->unread = SQLITE_NOMEM;
}

const char *db_text(struct db_query *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q->s, column);

    if (!text)
        note_unread(q->db);
    return text ? text : "";
}

bool db_is_null(struct db_query *q, int column)
{
    return sqlite3_column_type(q->s, column) == SQLITE_NULL;
}

bool db_is_int(struct db_query *q, int column)
{
    return sqlite3_column_type(q->s, column) == SQLITE_INTEGER;
}

const void *db_blob(struct db_query *q, int column, size_t *len)
{
    const void *bytes = sqlite3_column_blob(q->s, column);

    *len = (size_t)sqlite3_column_bytes(q->s, column);
    if (!bytes)
        note_unread(q->db);
    return bytes ? bytes : "";
}

int64_t db_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->sqlite);
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->sqlite);
}
