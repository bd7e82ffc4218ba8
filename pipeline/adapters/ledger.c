/*
 * ledger: the file itself: opened, committed, locked, closed.  The header tells what is in it.
 *
 * A ledger is: opened -> (in a transaction <-> between transactions) -> closed.
 */
#include "adapters/ledger.h"

#include "adapters/ledger_parts.h"
#include "base/apiname.h"
#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
static int touch_file(const char *path, bool make, struct err *e)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);

    if (fd < 0 && errno == ENOENT && !make)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: is not there: nothing was done with it yet; name another with "
                       "--ledger",
                       path);
    if (fd < 0)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: %s: make it writable, or name another with --ledger", path,
                       strerror(errno));
    close(fd);
    return 0;
}

struct ledger *ledger_open_as(const char *path, bool make, int busy_ms, struct err *e)
{
    struct ledger *l;

    if ((make && make_folder(path, e) != 0) || touch_file(path, make, e) != 0)
        return NULL;
    l = mem_zero(1, sizeof(*l));
    if (!l) {
        err_nomem(e);
        return NULL;
    }
    l->lock_fd = -1;
    l->db = db_open(path, busy_ms, e);
    if (!l->db || ledger_schema_ready(l->db, e) != 0) {
        ledger_close(l);
        return NULL;
    }
    return l;
}

struct ledger *ledger_open_copy(const char *path, struct err *e)
{
    struct ledger *l = mem_zero(1, sizeof(*l));

    if (!l) {
        err_nomem(e);
        return NULL;
    }
    l->lock_fd = -1;
    l->is_copy = true;
    /* One that can't be looked at is not one that is not there. */
    l->db =
        db_open_copy(access(path, F_OK) != 0 && errno == ENOENT ? NULL : path, LEDGER_BUSY_MS, e);
    if (l->db && ledger_schema_ready(l->db, e) == 0)
        return l;
    ledger_close(l);
    return NULL;
}

struct ledger *ledger_open(const char *path, struct err *e)
{
    return ledger_open_as(path, true, LEDGER_BUSY_MS, e);
}

struct ledger *ledger_open_known(const char *path, struct err *e)
{
    return ledger_open_as(path, false, LEDGER_BUSY_MS, e);
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    db_close(l->db);
    if (l->lock_fd >= 0)
        close(l->lock_fd);
    free(l);
}

/* ---- transactions ---- */

int ledger_begin(struct ledger *l, struct err *e)
{
    if (db_in_transaction(l->db))
        return 0;
    l->entered = 0;
#ifndef CLAIMPIPE_BREAK_CODES /* `make crash` shows that it finds this out */
    l->code_target = 0;
#endif
    return db_begin(l->db, e);
}

struct db_query *ledger_write(struct ledger *l, const char *sql, struct err *e)
{
    return ledger_begin(l, e) == 0 ? db_prepare(l->db, sql, e) : NULL;
}

static void pass_crashpoints(const struct ledger *l, const char *when)
{
    for (int s = 0; s < STATE_COUNT; s++)
        if (l->entered >> s & 1)
            crashpoint(when, state_name((enum state)s));
}

int ledger_commit(struct ledger *l, struct err *e)
{
    if (!db_in_transaction(l->db))
        return 0;
    pass_crashpoints(l, "before");
    if (db_commit(l->db, e) != 0)
        return -1;
    pass_crashpoints(l, "after");
    return 0;
}

/* ---- the lock ---- */

void ledger_bind_target(struct db_query *q, const struct ledger_target *t)
{
    db_bind_text(q, 1, t->action);
    db_bind_text(q, 2, t->url);
    db_bind_text(q, 3, t->name);
}

/* FNV-1a (Fowler, Noll, Vo): which byte of the lock file stands for this target; url is its API's name. */
static off_t lock_offset(const struct ledger_target *t, const char *url, const char *input)
{
    const char *parts[] = {t->action, url, t->name, input ? input : ""};
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (int i = 0; i < (input ? 4 : 3); i++)
        for (const char *c = parts[i];; c++) {
            h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
            if (!*c)
                break;
        }
    return (off_t)(h >> 2);
}

/* The bytes are ours now: 0.  Another process has some of them: 1, and its id in *pid (0 if it ended
 * this moment).  -1. */
static int take_lock(struct ledger *l, off_t start, off_t len, long *pid, struct err *e)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    char path[PATH_MAX];
    char real[PATH_MAX]; /* one lock, by whatever name the ledger is called */
    int n = snprintf(path, sizeof(path), "%s-lock",
                     realpath(db_path(l->db), real) ? real : db_path(l->db));

    if (n < 0 || (size_t)n >= sizeof(path))
        return err_set(e, EXIT_OUTPUT, "ledger %s: the path is too long", db_path(l->db));
    if (l->lock_fd < 0)
        l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (l->lock_fd < 0)
        return err_set(e, EXIT_OUTPUT, "%s: %s: make it writable", path, strerror(errno));
    if (fcntl(l->lock_fd, F_SETLK, &lock) == 0)
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return err_set(
            e, EXIT_OUTPUT,
            "%s: can't lock it: %s: put the ledger on a local disk, or name another with --ledger",
            path, strerror(errno));
    *pid = 0;
    if (fcntl(l->lock_fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        *pid = (long)lock.l_pid;
    return 1;
}

static int say_holder(struct ledger *l, const struct ledger_target *t, long pid, struct err *e)
{
    static const char sql[] =
        "SELECT runs.id, started_ms, input FROM runs JOIN targets ON targets.id = runs.target"
        " WHERE action = ?1 AND url = api_name(?2) AND name = ?3 AND ended_ms IS NULL"
        " ORDER BY runs.id DESC LIMIT 1";
    struct db_query *q = db_prepare(l->db, sql, e);
    char when[CLOCK_RFC3339_MAX];
    int found;

    if (!q)
        return -1;
    ledger_bind_target(q, t);
    found = db_step(q, e);
    if (found < 0)
        return -1;
    if (found)
        err_set(
            e, EXIT_OUTPUT,
            "%s %s is being worked on by process %ld (run %lld over %s, begun %s) with the same "
            "ledger %s: wait for it to end",
            t->action, t->name, pid, (long long)db_int(q, 0), db_text(q, 2),
            clock_rfc3339(db_int(q, 1), when), db_path(l->db));
    else
        err_set(
            e, EXIT_OUTPUT,
            "%s %s is being worked on by process %ld with the same ledger %s: wait for it to end",
            t->action, t->name, pid, db_path(l->db));
    db_reset(q);
    return -1;
}

int ledger_lock(struct ledger *l, const struct ledger_target *t, const char *input, struct err *e)
{
    long pid = 0;
    struct text url;
    int taken = -1;

    text_init(&url);
    apiname_append(&url, slice_of(t->url));
    if (!text_ok(&url))
        err_nomem(e);
    else
        taken = l->is_copy ? 0 : take_lock(l, lock_offset(t, url.ptr, input), 1, &pid, e);
    text_release(&url);
    return taken > 0 ? say_holder(l, t, pid, e) : taken;
}

int ledger_lock_all(struct ledger *l, struct err *e)
{
    long pid = 0;
    int taken = l->is_copy ? 0 : take_lock(l, 0, 0, &pid, e);

    return taken > 0 ? err_set(e, EXIT_OUTPUT,
                               "ledger %s: is being worked on by process %ld: wait for it to end",
                               db_path(l->db), pid)
                     : taken;
}

bool ledger_is_file(const char *ledger, const char *path)
{
    static const char *const beside[] = {"", "-wal", "-shm", "-journal", "-lock"};
    struct stat a, b;
    char name[PATH_MAX];

    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", ledger, beside[i]);
        if (strcmp(path, name) == 0 || (stat(path, &a) == 0 && stat(name, &b) == 0 &&
                                        a.st_dev == b.st_dev && a.st_ino == b.st_ino))
            return true;
    }
    return false;
}
