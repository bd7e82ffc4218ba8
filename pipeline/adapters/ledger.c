/*
 * ledger: see the header for the tables and base/state.h for the states of an item.
 *
 * A ledger is: opened -> (in a transaction <-> between transactions) -> closed.
 */
#include "adapters/ledger.h"

#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x636c6d70 /* "clmp" */
#define SCHEMA_VERSION 1
#define BUSY_MS 30000
#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

static const char schema[] =
    "CREATE TABLE targets(id INTEGER PRIMARY KEY, action TEXT NOT NULL, url TEXT NOT NULL,"
    " name TEXT NOT NULL, UNIQUE(action, url, name));"
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES targets,"
    " input TEXT NOT NULL, input_hash BLOB NOT NULL, input_rows INTEGER NOT NULL,"
    " pass INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER,"
    " finished INTEGER NOT NULL DEFAULT 0, exit_code INTEGER);"
    "CREATE TABLE items(id INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES targets,"
    " key BLOB NOT NULL, recipient TEXT NOT NULL, state INTEGER NOT NULL,"
    " run INTEGER NOT NULL REFERENCES runs, pass INTEGER NOT NULL, row INTEGER NOT NULL,"
    " line INTEGER NOT NULL, attempt TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',"
    " reserved INTEGER NOT NULL DEFAULT 0, http_status INTEGER NOT NULL DEFAULT 0,"
    " tries INTEGER NOT NULL DEFAULT 0, intent_ms INTEGER NOT NULL DEFAULT 0,"
    " changed_ms INTEGER NOT NULL, UNIQUE(target, key));"
    "CREATE INDEX items_under_way ON items(target, id) WHERE state IN (1, 2, 5);"
    "CREATE INDEX items_attempt ON items(attempt) WHERE attempt != '';"
    "CREATE TABLE rows(run INTEGER NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, item INTEGER, of_run INTEGER, of_line INTEGER, error TEXT,"
    " PRIMARY KEY(run, row)) WITHOUT ROWID;"
    "PRAGMA application_id = " STRINGIFY(APPLICATION_ID) ";"
                                                         "PRAGMA user_version = " STRINGIFY(
                                                             SCHEMA_VERSION) ";";

#define ITEM_COLUMNS                                                                               \
    "items.id, items.run, items.pass, items.row, items.line, items.state, items.tries,"            \
    " items.intent_ms, items.changed_ms, items.recipient, items.attempt"
#define N_ITEM_COLUMNS 11

enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_TARGET_ADD,
    SQL_TARGET_FIND,
    SQL_RUN_LAST,
    SQL_RUN_ADD,
    SQL_RUN_RESUME,
    SQL_RUN_END,
    SQL_RUN_HOLDER,
    SQL_ROWS_FORGET,
    SQL_FIND,
    SQL_ADD,
    SQL_TAKE,
    SQL_MOVE,
    SQL_UNDER_WAY,
    SQL_HAS_ATTEMPT,
    SQL_PUT_ROW,
    SQL_CURSOR,
    SQL_COUNT
};

static const char *const sql[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_TARGET_ADD] = "INSERT INTO targets(action, url, name) VALUES(?1, ?2, ?3)"
                       " ON CONFLICT DO NOTHING",
    [SQL_TARGET_FIND] = "SELECT id FROM targets WHERE action = ?1 AND url = ?2 AND name = ?3",
    [SQL_RUN_LAST] = "SELECT id, pass, input_hash, finished FROM runs"
                     " WHERE target = ?1 AND input = ?2 ORDER BY id DESC LIMIT 1",
    [SQL_RUN_ADD] = "INSERT INTO runs(target, input, input_hash, input_rows, pass, started_ms)"
                    " VALUES(?1, ?2, ?3, ?4, 1, ?5)",
    [SQL_RUN_RESUME] = "UPDATE runs SET pass = pass + 1, input_hash = ?2, input_rows = ?3,"
                       " ended_ms = NULL, exit_code = NULL WHERE id = ?1",
    [SQL_RUN_END] = "UPDATE runs SET ended_ms = ?2, finished = ?3, exit_code = ?4 WHERE id = ?1",
    [SQL_RUN_HOLDER] = "SELECT runs.id, started_ms, input FROM runs JOIN targets"
                       " ON targets.id = runs.target WHERE action = ?1 AND url = ?2 AND name = ?3"
                       " AND ended_ms IS NULL ORDER BY runs.id DESC LIMIT 1",
    [SQL_ROWS_FORGET] = "DELETE FROM rows WHERE run = ?1",
    [SQL_FIND] = "SELECT " ITEM_COLUMNS " FROM items WHERE target = ?1 AND key = ?2",
    [SQL_ADD] = "INSERT INTO items(target, key, recipient, state, run, pass, row, line, changed_ms)"
                " VALUES(?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8)",
    [SQL_TAKE] = "UPDATE items SET run = ?2, pass = ?3, row = ?4, line = ?5 WHERE id = ?1",
    [SQL_MOVE] = "UPDATE items SET state = ?2, attempt = coalesce(?3, attempt), error = ?4,"
                 " reserved = ?5, http_status = iif(?6, ?6, http_status), tries = ?7,"
                 " intent_ms = iif(?8, ?8, intent_ms), changed_ms = ?9"
                 " WHERE id = ?1 AND ?10 >> state & 1",
    [SQL_UNDER_WAY] = "SELECT " ITEM_COLUMNS " FROM items"
                      " WHERE target = ?1 AND state IN (1, 2, 5) ORDER BY id",
    [SQL_HAS_ATTEMPT] = "SELECT 1 FROM items WHERE attempt = ?2 AND attempt != '' AND target = ?1"
                        " AND id != ?3",
    [SQL_PUT_ROW] =
        "INSERT OR REPLACE INTO rows(run, row, line, kind, item, of_run, of_line, error)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [SQL_CURSOR] = "SELECT " ITEM_COLUMNS ", items.error, items.reserved, items.http_status,"
                   " rows.kind, rows.row, rows.line, rows.item, rows.of_run, rows.of_line,"
                   " rows.error FROM rows LEFT JOIN items ON items.id = rows.item"
                   " WHERE rows.run = ?1 ORDER BY rows.row",
};

struct ledger {
    char *path;
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    int lock_fd;
    bool in_transaction;
    unsigned entered; /* bit s: the transaction moves an item to state s */
};

/* ---- errors ---- */

static const char *advice(int code)
{
    switch (code) {
    case SQLITE_FULL:
        return "free some disk space, then run the same command again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return "make the file and its folder writable, or name another with --ledger";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program holds it: wait for it to end, then run the same command again";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "the file is damaged or no ledger: put a copy of it back, or name another with "
               "--ledger (which knows nothing of what was issued before)";
    case SQLITE_NOMEM:
        return "free some memory, then run the same command again";
    default:
        return "run the same command again when this is mended";
    }
}

static int fail(struct ledger *l, struct err *e)
{
    int code = l->db ? sqlite3_errcode(l->db) & 0xff : SQLITE_NOMEM;

    /* SQLite has rolled back by itself after some errors, and not after others. */
    err_set(e, EXIT_OUTPUT, "ledger %s: %s: %s", l->path,
            l->db ? sqlite3_errmsg(l->db) : "out of memory", advice(code));
    if (l->db && !sqlite3_get_autocommit(l->db))
        sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
    l->in_transaction = false;
    l->entered = 0;
    return -1;
}

/* ---- statements ---- */

static sqlite3_stmt *prepare(struct ledger *l, enum statement which)
{
    sqlite3_stmt **s = &l->statements[which];

    if (*s) {
        sqlite3_reset(*s);
        sqlite3_clear_bindings(*s);
    } else if (sqlite3_prepare_v3(l->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL) !=
               SQLITE_OK) {
        return NULL;
    }
    return *s;
}

static int bind_text(sqlite3_stmt *s, int i, const char *text)
{
    return sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC);
}

/* One step of a query: 1 if there is a row, 0 if there is none, -1. */
static int step(struct ledger *l, sqlite3_stmt *s, struct err *e)
{
    int rc = s ? sqlite3_step(s) : SQLITE_ERROR;

    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE) {
        sqlite3_reset(s);
        return 0;
    }
    fail(l, e);
    if (s)
        sqlite3_reset(s);
    return -1;
}

/* A write: its transaction begins if none is under way. */
static sqlite3_stmt *prepare_write(struct ledger *l, enum statement which, struct err *e)
{
    sqlite3_stmt *s;

    if (!l->in_transaction) {
        if (step(l, prepare(l, SQL_BEGIN), e) < 0)
            return NULL;
        l->in_transaction = true;
    }
    s = prepare(l, which);
    if (!s)
        fail(l, e);
    return s;
}

static void pass_crashpoints(const struct ledger *l, const char *when)
{
    for (int s = 0; s < STATE_COUNT; s++)
        if (l->entered >> s & 1)
            crashpoint(when, state_name((enum state)s));
}

int ledger_commit(struct ledger *l, struct err *e)
{
    if (!l->in_transaction)
        return 0;
    pass_crashpoints(l, "before");
    if (step(l, prepare(l, SQL_COMMIT), e) < 0)
        return -1;
    pass_crashpoints(l, "after");
    l->in_transaction = false;
    l->entered = 0;
    return 0;
}

/* ---- opening ---- */

/* mkdir -p of the folder that path is in. */
static int make_folder(const char *path, struct err *e)
{
    char folder[PATH_MAX];
    int n = snprintf(folder, sizeof(folder), "%s", path);

    if (n < 0 || (size_t)n >= sizeof(folder))
        return err_set(e, EXIT_OUTPUT, "ledger %s: the path is too long", path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return err_set(e, EXIT_OUTPUT,
                           "ledger %s: can't make the folder %s: %s: make it, or name another "
                           "with --ledger",
                           path, folder, strerror(errno));
        *slash = '/';
    }
    return 0;
}

/* SQLite makes its -wal and -shm files with the mode of the database: so it must be right first. */
static int make_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: %s: make it writable, or name another with --ledger", path,
                       strerror(errno));
    close(fd);
    return 0;
}

static int64_t pragma(struct ledger *l, const char *query, struct err *e)
{
    sqlite3_stmt *s = NULL;
    int64_t value = -1;

    if (sqlite3_prepare_v2(l->db, query, -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW)
        fail(l, e);
    else
        value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

static int make_schema(struct ledger *l, struct err *e)
{
    int64_t version, application, tables;

    if (sqlite3_exec(l->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
        (version = pragma(l, "PRAGMA user_version", e)) < 0 ||
        (application = pragma(l, "PRAGMA application_id", e)) < 0 ||
        (tables = pragma(l, "SELECT count(*) FROM sqlite_schema", e)) < 0)
        return fail(l, e);
    if (version == SCHEMA_VERSION && application == APPLICATION_ID)
        return sqlite3_exec(l->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(l, e);
    if (tables != 0) {
        err_set(e, EXIT_OUTPUT,
                application == APPLICATION_ID
                    ? "ledger %s: made by a newer claimpipe (schema %d): use that one"
                    : "ledger %s: is another program's database (schema %d): name another with "
                      "--ledger",
                l->path, (int)version);
        return fail(l, e);
    }
    if (sqlite3_exec(l->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(l->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return fail(l, e);
    return 0;
}

struct ledger *ledger_open(const char *path, struct err *e)
{
    struct ledger *l = mem_zero(1, sizeof(*l));

    if (!l) {
        err_nomem(e);
        return NULL;
    }
    l->lock_fd = -1;
    l->path = mem_copy(path, strlen(path));
    if (!l->path) {
        err_nomem(e);
        goto err;
    }
    if (make_folder(path, e) != 0 || make_file(path, e) != 0)
        goto err;
    if (sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_busy_timeout(l->db, BUSY_MS) != SQLITE_OK ||
        sqlite3_exec(l->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", NULL, NULL,
                     NULL) != SQLITE_OK) {
        fail(l, e);
        goto err;
    }
    if (make_schema(l, e) != 0)
        goto err;
    return l;
err:
    ledger_close(l);
    return NULL;
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(l->statements[i]);
    sqlite3_close(l->db);
    if (l->lock_fd >= 0)
        close(l->lock_fd);
    free(l->path);
    free(l);
}

/* ---- the lock ---- */

/* FNV-1a (Fowler, Noll, Vo): which byte of the lock file stands for this target. */
static off_t lock_offset(const struct ledger_target *t)
{
    const char *parts[] = {t->action, t->url, t->name};
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (int i = 0; i < 3; i++)
        for (const char *c = parts[i];; c++) {
            h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
            if (!*c)
                break;
        }
    return (off_t)(h >> 2);
}

static int bind_target(sqlite3_stmt *s, const struct ledger_target *t)
{
    return bind_text(s, 1, t->action) | bind_text(s, 2, t->url) | bind_text(s, 3, t->name);
}

static int say_holder(struct ledger *l, const struct ledger_target *t, long pid, struct err *e)
{
    char when[CLOCK_RFC3339_MAX];
    sqlite3_stmt *s = prepare(l, SQL_RUN_HOLDER);
    int found;

    if (!s || bind_target(s, t) != SQLITE_OK)
        return fail(l, e);
    found = step(l, s, e);
    if (found < 0)
        return -1;
    if (found)
        err_set(
            e, EXIT_OUTPUT,
            "%s %s is being worked on by process %ld (run %lld over %s, begun %s) with the same "
            "ledger %s: wait for it to end",
            t->action, t->name, pid, (long long)sqlite3_column_int64(s, 0),
            (const char *)sqlite3_column_text(s, 2),
            clock_rfc3339(sqlite3_column_int64(s, 1), when), l->path);
    else
        err_set(
            e, EXIT_OUTPUT,
            "%s %s is being worked on by process %ld with the same ledger %s: wait for it to end",
            t->action, t->name, pid, l->path);
    sqlite3_reset(s);
    return -1;
}

int ledger_lock(struct ledger *l, const struct ledger_target *t, struct err *e)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s-lock", l->path);
    l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (l->lock_fd < 0)
        return err_set(e, EXIT_OUTPUT, "%s: %s: make it writable", path, strerror(errno));
    lock.l_start = lock_offset(t);
    if (fcntl(l->lock_fd, F_SETLK, &lock) == 0)
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return err_set(e, EXIT_OUTPUT, "%s: can't lock it: %s", path, strerror(errno));
    if (fcntl(l->lock_fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        lock.l_pid = 0; /* it ended this moment */
    return say_holder(l, t, (long)lock.l_pid, e);
}

/* ---- runs ---- */

static int64_t find_target(struct ledger *l, const struct ledger_target *t, struct err *e)
{
    sqlite3_stmt *s = prepare_write(l, SQL_TARGET_ADD, e);
    int64_t id;

    if (!s)
        return -1;
    if (bind_target(s, t) != SQLITE_OK)
        return fail(l, e);
    if (step(l, s, e) < 0)
        return -1;
    s = prepare(l, SQL_TARGET_FIND);
    if (!s || bind_target(s, t) != SQLITE_OK)
        return fail(l, e);
    if (step(l, s, e) != 1)
        return err_set(e, EXIT_OUTPUT, "ledger %s: lost a target", l->path);
    id = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return id;
}

/* Does an unfinished run go on?  1 with out->id and so on, 0, -1. */
static int find_unfinished(struct ledger *l, const char *input, const uint8_t *hash,
                           struct ledger_run *out, struct err *e)
{
    sqlite3_stmt *s = prepare(l, SQL_RUN_LAST);
    int found;

    if (!s || sqlite3_bind_int64(s, 1, out->target) != SQLITE_OK ||
        bind_text(s, 2, input) != SQLITE_OK)
        return fail(l, e);
    found = step(l, s, e);
    if (found <= 0)
        return found;
    found = sqlite3_column_int(s, 3) == 0;
    if (found) {
        const void *before = sqlite3_column_blob(s, 2);

        out->resumed = true;
        out->id = sqlite3_column_int64(s, 0);
        out->pass = sqlite3_column_int64(s, 1) + 1;
        out->input_changed = sqlite3_column_bytes(s, 2) != LEDGER_HASH_SIZE ||
                             memcmp(before, hash, LEDGER_HASH_SIZE) != 0;
    }
    sqlite3_reset(s);
    return found;
}

static int resume_run(struct ledger *l, const uint8_t *hash, uint64_t rows,
                      const struct ledger_run *run, struct err *e)
{
    sqlite3_stmt *s;

    /* Row numbers of another content mean nothing any more; items are matched by key. */
    if (run->input_changed) {
        s = prepare_write(l, SQL_ROWS_FORGET, e);
        if (!s)
            return -1;
        sqlite3_bind_int64(s, 1, run->id);
        if (step(l, s, e) < 0)
            return -1;
    }
    s = prepare_write(l, SQL_RUN_RESUME, e);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, run->id) | sqlite3_bind_int64(s, 3, (int64_t)rows) |
        sqlite3_bind_blob(s, 2, hash, LEDGER_HASH_SIZE, SQLITE_STATIC))
        return fail(l, e);
    return step(l, s, e);
}

static int add_run(struct ledger *l, const char *input, const uint8_t *hash, uint64_t rows,
                   struct ledger_run *out, struct err *e)
{
    sqlite3_stmt *s = prepare_write(l, SQL_RUN_ADD, e);

    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, out->target) | bind_text(s, 2, input) |
        sqlite3_bind_blob(s, 3, hash, LEDGER_HASH_SIZE, SQLITE_STATIC) |
        sqlite3_bind_int64(s, 4, (int64_t)rows) | sqlite3_bind_int64(s, 5, clock_wall_ms()))
        return fail(l, e);
    if (step(l, s, e) < 0)
        return -1;
    out->id = sqlite3_last_insert_rowid(l->db);
    out->pass = 1;
    return 0;
}

int ledger_run_begin(struct ledger *l, const struct ledger_target *t, const char *input,
                     const uint8_t hash[LEDGER_HASH_SIZE], uint64_t rows, struct ledger_run *out,
                     struct err *e)
{
    int found;

    memset(out, 0, sizeof(*out));
    out->target = find_target(l, t, e);
    if (out->target < 0)
        return -1;
    found = find_unfinished(l, input, hash, out, e);
    if (found < 0)
        return -1;
    if ((found ? resume_run(l, hash, rows, out, e) : add_run(l, input, hash, rows, out, e)) < 0)
        return -1;
    return ledger_commit(l, e);
}

int ledger_run_end(struct ledger *l, const struct ledger_run *run, bool finished, int exit_code,
                   struct err *e)
{
    sqlite3_stmt *s = prepare_write(l, SQL_RUN_END, e);

    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, run->id) | sqlite3_bind_int64(s, 2, clock_wall_ms()) |
        sqlite3_bind_int(s, 3, finished) | sqlite3_bind_int(s, 4, exit_code))
        return fail(l, e);
    if (step(l, s, e) < 0)
        return -1;
    return ledger_commit(l, e);
}

/* ---- items ---- */

static const char *column_text(sqlite3_stmt *s, int i)
{
    const char *text = (const char *)sqlite3_column_text(s, i);

    return text ? text : "";
}

/* The columns of ITEM_COLUMNS. */
static void read_item(sqlite3_stmt *s, struct ledger_item *out)
{
    out->id = sqlite3_column_int64(s, 0);
    out->run = sqlite3_column_int64(s, 1);
    out->pass = sqlite3_column_int64(s, 2);
    out->row = (uint64_t)sqlite3_column_int64(s, 3);
    out->line = (uint64_t)sqlite3_column_int64(s, 4);
    out->state = (enum state)sqlite3_column_int(s, 5);
    out->tries = (unsigned)sqlite3_column_int(s, 6);
    out->intent_ms = sqlite3_column_int64(s, 7);
    out->changed_ms = sqlite3_column_int64(s, 8);
    out->recipient = column_text(s, 9);
    out->attempt = column_text(s, 10);
}

int ledger_find(struct ledger *l, const struct ledger_run *run, const uint8_t key[KEY_SIZE],
                struct ledger_item *out, struct err *e)
{
    sqlite3_stmt *s = prepare(l, SQL_FIND);
    int found;

    if (!s || sqlite3_bind_int64(s, 1, run->target) |
                  sqlite3_bind_blob(s, 2, key, KEY_SIZE, SQLITE_STATIC))
        return fail(l, e);
    found = step(l, s, e);
    if (found == 1) {
        read_item(s, out);
        out->recipient = out->attempt = NULL;
        /* Left open it would hold a snapshot, over which no write can begin. */
        sqlite3_reset(s);
    }
    return found;
}

int ledger_add(struct ledger *l, const struct ledger_run *run, const uint8_t key[KEY_SIZE],
               const char *recipient, uint64_t row, uint64_t line, int64_t *id, struct err *e)
{
    sqlite3_stmt *s = prepare_write(l, SQL_ADD, e);

    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, run->target) |
        sqlite3_bind_blob(s, 2, key, KEY_SIZE, SQLITE_STATIC) | bind_text(s, 3, recipient) |
        sqlite3_bind_int64(s, 4, run->id) | sqlite3_bind_int64(s, 5, run->pass) |
        sqlite3_bind_int64(s, 6, (int64_t)row) | sqlite3_bind_int64(s, 7, (int64_t)line) |
        sqlite3_bind_int64(s, 8, clock_wall_ms()))
        return fail(l, e);
    if (step(l, s, e) < 0)
        return -1;
    *id = sqlite3_last_insert_rowid(l->db);
    l->entered |= 1u << STATE_PLANNED;
    return 0;
}

int ledger_take(struct ledger *l, const struct ledger_run *run, int64_t item, uint64_t row,
                uint64_t line, struct err *e)
{
    sqlite3_stmt *s = prepare_write(l, SQL_TAKE, e);

    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, item) | sqlite3_bind_int64(s, 2, run->id) |
        sqlite3_bind_int64(s, 3, run->pass) | sqlite3_bind_int64(s, 4, (int64_t)row) |
        sqlite3_bind_int64(s, 5, (int64_t)line))
        return fail(l, e);
    return step(l, s, e);
}

int ledger_move(struct ledger *l, int64_t item, const struct ledger_move *m, struct err *e)
{
    sqlite3_stmt *s = prepare_write(l, SQL_MOVE, e);

    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, item) | sqlite3_bind_int(s, 2, (int)m->to) |
        bind_text(s, 3, m->attempt) | bind_text(s, 4, m->error ? m->error : "") |
        sqlite3_bind_int(s, 5, m->reserved) | sqlite3_bind_int(s, 6, m->http_status) |
        sqlite3_bind_int(s, 7, (int)m->tries) | sqlite3_bind_int64(s, 8, m->intent_ms) |
        sqlite3_bind_int64(s, 9, m->now_ms) | sqlite3_bind_int(s, 10, (int)state_sources(m->to)))
        return fail(l, e);
    if (step(l, s, e) < 0)
        return -1;
    if (sqlite3_changes(l->db) != 1)
        return err_set(e, EXIT_OUTPUT, "ledger %s: item %lld may not become %s: please report this",
                       l->path, (long long)item, state_name(m->to));
    l->entered |= 1u << m->to;
    return 0;
}

int ledger_under_way(struct ledger *l, const struct ledger_run *run, ledger_item_callback *callback,
                     void *context, struct err *e)
{
    sqlite3_stmt *s = prepare(l, SQL_UNDER_WAY);
    struct ledger_item item;
    int found;

    if (!s || sqlite3_bind_int64(s, 1, run->target) != SQLITE_OK)
        return fail(l, e);
    while ((found = step(l, s, e)) == 1) {
        read_item(s, &item);
        if (callback(context, &item, e) != 0) {
            sqlite3_reset(s);
            return -1;
        }
    }
    return found;
}

int ledger_has_attempt(struct ledger *l, const struct ledger_run *run, const char *attempt,
                       int64_t except, struct err *e)
{
    sqlite3_stmt *s = prepare(l, SQL_HAS_ATTEMPT);
    int found;

    if (!s || sqlite3_bind_int64(s, 1, run->target) | bind_text(s, 2, attempt) |
                  sqlite3_bind_int64(s, 3, except))
        return fail(l, e);
    found = step(l, s, e);
    sqlite3_reset(s);
    return found;
}

/* ---- rows ---- */

int ledger_put_row(struct ledger *l, const struct ledger_run *run, const struct ledger_row *row,
                   struct err *e)
{
    sqlite3_stmt *s = prepare_write(l, SQL_PUT_ROW, e);
    int rc;

    if (!s)
        return -1;
    rc = sqlite3_bind_int64(s, 1, run->id) | sqlite3_bind_int64(s, 2, (int64_t)row->row) |
         sqlite3_bind_int64(s, 3, (int64_t)row->line) | sqlite3_bind_int(s, 4, (int)row->kind) |
         bind_text(s, 8, row->error);
    if (row->item)
        rc |= sqlite3_bind_int64(s, 5, row->item);
    if (row->of_run)
        rc |=
            sqlite3_bind_int64(s, 6, row->of_run) | sqlite3_bind_int64(s, 7, (int64_t)row->of_line);
    if (rc)
        return fail(l, e);
    return step(l, s, e);
}

struct ledger_cursor {
    struct ledger *ledger;
    sqlite3_stmt *s;
};

struct ledger_cursor *ledger_cursor_open(struct ledger *l, int64_t run, struct err *e)
{
    struct ledger_cursor *c = mem_zero(1, sizeof(*c));

    if (!c) {
        err_nomem(e);
        return NULL;
    }
    c->ledger = l;
    c->s = prepare(l, SQL_CURSOR);
    if (!c->s || sqlite3_bind_int64(c->s, 1, run) != SQLITE_OK) {
        fail(l, e);
        free(c);
        return NULL;
    }
    return c;
}

int ledger_cursor_next(struct ledger_cursor *c, struct ledger_result *out, struct err *e)
{
    int at = N_ITEM_COLUMNS;
    int found = step(c->ledger, c->s, e);

    if (found != 1)
        return found;
    read_item(c->s, &out->item);
    out->item_error = column_text(c->s, at++);
    out->reserved = sqlite3_column_int(c->s, at++) != 0;
    out->http_status = sqlite3_column_int(c->s, at++);
    out->row.kind = (enum ledger_row_kind)sqlite3_column_int(c->s, at++);
    out->row.row = (uint64_t)sqlite3_column_int64(c->s, at++);
    out->row.line = (uint64_t)sqlite3_column_int64(c->s, at++);
    out->row.item = sqlite3_column_int64(c->s, at++);
    out->row.of_run = sqlite3_column_int64(c->s, at++);
    out->row.of_line = (uint64_t)sqlite3_column_int64(c->s, at++);
    out->row.error = column_text(c->s, at);
    return 1;
}

void ledger_cursor_close(struct ledger_cursor *c)
{
    if (!c)
        return;
    sqlite3_reset(c->s);
    free(c);
}
