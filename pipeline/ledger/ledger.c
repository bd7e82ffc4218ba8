/*
 * ledger: the file itself: opened, committed, locked, closed.  The header tells what is in it.
 *
 * A ledger is: opened -> (in a transaction <-> between transactions) -> closed.
 */
#include "ledger/ledger.h"

#include "adapters/newfile.h"
#include "base/apiname.h"
#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/fnv.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/ledger_copy.h"
#include "ledger_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES_MAX 8 /* of a file that others make or replace at the same time */
#define CHECKPOINT_NS (2 * CLOCK_NS_PER_S)
#define CHECKPOINT_SHARE 20 /* of a run's time at most one part in so many goes to checkpoints */

/* ---- opening ---- */

/* mkdir -p of the folder that path is in. */
int ledger_make_folder(const char *path, struct err *e)
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

static int refuse(const struct ledger *l, enum trust trust, struct err *e)
{
    return err_set(e, EXIT_OUTPUT, "ledger %s: %s", l->guard.path, trust_words(trust));
}

/* Under its name it is there whole, or not at all: an empty one is always somebody else's. */
static int make_file(const char *path, struct err *e)
{
    char temporary[PATH_MAX];
    int rc = newfile_open(path, temporary, e);

    if (rc == 0)
        rc = ledger_schema_make(temporary, e);
    if (rc == 0)
        rc = newfile_place(temporary, path, e);
    else
        newfile_drop(temporary);
    return rc; /* 1: another process was quicker, and its file is as good */
}

/* What is at the path, and whether it may be opened; it is made if that is right. */
static int find(struct ledger *l, const char *path, const struct ledger_wish *w, struct err *e)
{
    struct trust_file file;
    enum trust trust;
    int made;

    if ((w->make && ledger_make_folder(path, e) != 0) ||
        ledger_guard_find(&l->guard, path, &file, e) != 0)
        return -1;
    if (ledger_seal_read(l->guard.real, &l->seal, e) != 0)
        return -1;
    trust = trust_file(&file, &l->seal.state);
    if (w->looks && (trust == TRUST_LINKED || trust == TRUST_MOUNTED))
        return 0;
    if (trust == TRUST_GONE && w->accept)
        trust = TRUST_FRESH;
    if (trust == TRUST_CHECK)
        return 0;
    if (trust != TRUST_FRESH)
        return refuse(l, trust, e);
    if (!w->make)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: is not there: nothing was done with it yet; name another with "
                       "--ledger",
                       path);
    made = make_file(path, e);
    l->fresh = made == 0;
    return made < 0 ? -1 : ledger_guard_find(&l->guard, path, &file, e);
}

static int hold(struct ledger *l, const char *path, const struct ledger_wish *w, bool *alone,
                struct err *e)
{
    int taken = 1;

    for (int i = 0; taken == 1 && i < TRIES_MAX; i++) {
        if (find(l, path, w, e) != 0)
            return -1;
        taken = ledger_guard_hold(&l->guard, w->looks ? LEDGER_GUARD_LOOK : LEDGER_GUARD_WORK,
                                  alone, e);
    }
    /* It may have been written while we waited for who was there before. */
    if (taken == 0 && ledger_seal_read(l->guard.real, &l->seal, e) != 0)
        return -1;
    return taken == 1 ? err_set(e, EXIT_OUTPUT,
                                "ledger %s: is being replaced by another process: wait for that to "
                                "end",
                                path)
                      : taken;
}

/* Is the file what was sealed?  Before SQLite touches it. */
static int is_unchanged(struct ledger *l, bool *unchanged, struct err *e)
{
    struct ledger_seal now = {.size = 0};

    *unchanged = false;
    if (!l->seal.state.there || !l->seal.state.closed)
        return 0;
    if (ledger_seal_measure(l->guard.path, l->guard.fd, &now, e) != 0)
        return -1;
    *unchanged = now.size == l->seal.size && strcmp(now.digest, l->seal.digest) == 0;
    return 0;
}

int ledger_state(struct db *db, struct trust_state *out, struct err *e)
{
    static const char sql[] = "SELECT id, seq, closed FROM ledger";
    struct db_query *q = db_prepare(db, sql, e);
    int found;

    if (!q)
        return -1;
    found = db_step(q, e);
    if (found == 1) {
        out->there = true;
        snprintf(out->id, sizeof(out->id), "%s", db_text(q, 0));
        out->seq = db_int(q, 1);
        out->closed = db_int(q, 2) != 0;
        db_reset(q);
    }
    return found == 1
               ? 0
               : err_set(e, EXIT_OUTPUT, "ledger %s: %s", db_path(db), trust_words(TRUST_DAMAGED));
}

static int look_through(struct ledger *l, struct err *e)
{
    char *why = NULL;
    int sound = ledger_look_through(l->db, &why, e);

    if (sound == 0)
        err_set(e, EXIT_OUTPUT, "ledger %s: %s (%s)", l->guard.path, trust_words(TRUST_DAMAGED),
                why ? why : "");
    free(why);
    return sound == 1 ? 0 : -1;
}

/* May what it holds be worked with? */
static int judge(struct ledger *l, const struct ledger_wish *w, bool alone, bool unchanged,
                 struct err *e)
{
    struct trust_state state;
    enum trust trust;

    if (ledger_state(l->db, &state, e) != 0)
        return -1;
    trust = trust_content(&l->seal.state, &state, alone, unchanged);
    l->seal = (struct ledger_seal){.state = state};
    if (trust_may_accept(trust) && w->accept)
        trust = TRUST_CHECK;
    if (trust == TRUST_CHECK && alone && !l->fresh)
        return look_through(l, e);
    return trust == TRUST_GOOD || trust == TRUST_CHECK ? 0 : refuse(l, trust, e);
}

/* open: it is worked with from now on, or it is not any more. */
static int mark(struct ledger *l, bool closed, struct err *e)
{
    struct db_query *q;

    if (ledger_begin(l, e) != 0 || !(q = db_prepare(l->db, "UPDATE ledger SET closed = ?1", e)))
        return -1;
    db_bind_int(q, 1, closed);
    return db_step(q, e) == 0 ? ledger_commit(l, e) : -1;
}

/* A copy of the file alone, made from now on, tells that it is one: so the mark goes into the file at once.
 * The seal goes first, for what is not closed is only looked through. */
static int begin_work(struct ledger *l, bool alone, struct err *e)
{
    l->checkpoint_ns = clock_now_ns() + CHECKPOINT_NS;
    l->works = !alone;
    if (!alone)
        return 0;
    l->seal.state.closed = false;
    /* What a killed process has left in the -wal may never have been synced, and is told of by the seal. */
    if (db_checkpoint(l->db, false, e) < 0 || ledger_seal_write(l->guard.real, &l->seal, e) != 0)
        return -1;
    /* Not before: closing would write into a file of which the seal still says that it is closed. */
    l->works = true;
    if (mark(l, false, e) != 0 || db_checkpoint(l->db, false, e) < 0)
        return -1;
    ledger_guard_share(&l->guard);
    return 0;
}

static int watch(struct ledger *l, struct err *e)
{
    return ledger_guard_watch(&l->guard, "-wal", e) == 0 ? ledger_guard_watch(&l->guard, "-shm", e)
                                                         : -1;
}

static int open_held(struct ledger *l, const struct ledger_wish *w, bool alone, struct err *e)
{
    bool unchanged = false;

    if (!w->looks && alone && is_unchanged(l, &unchanged, e) != 0)
        return -1;
    l->db = db_open(l->guard.path, w->busy_ms, e);
    if (!l->db || (w->looks && ledger_schema_is_old(l->db, e)))
        return -1;
    if (ledger_schema_ready(l->db, e) != 0)
        return -1;
    if (w->looks)
        return 0;
    if (judge(l, w, alone, unchanged, e) != 0)
        return -1;
    return begin_work(l, alone, e) == 0 ? watch(l, e) : -1;
}

static struct ledger *ledger_new(struct err *e)
{
    struct ledger *l = mem_zero(1, sizeof(*l));

    if (!l) {
        err_nomem(e);
        return NULL;
    }
    l->guard.fd = l->seal_fd = l->lock_fd = -1;
    return l;
}

struct ledger *ledger_open_wish(const char *path, const struct ledger_wish *w, struct err *e)
{
    struct ledger_wish work = *w;
    struct ledger *l = ledger_new(e);
    bool alone = false, old;

    if (!l)
        return NULL;
    if (hold(l, path, w, &alone, e) == 0 && open_held(l, w, alone, e) == 0)
        return l;
    /* An older claimpipe's is brought up to date, for which it must be worked with. */
    old = w->looks && l->db && e->code == EXIT_DONE;
    ledger_close(l);
    work.looks = false;
    return old ? ledger_open_wish(path, &work, e) : NULL;
}

struct ledger *ledger_open_as(const char *path, bool make, int busy_ms, struct err *e)
{
    return ledger_open_wish(path, &(struct ledger_wish){.make = make, .busy_ms = busy_ms}, e);
}

struct ledger *ledger_open_copy(const char *path, bool accept, struct err *e)
{
    struct ledger *l = ledger_new(e);
    struct trust_file file;
    enum trust trust;

    if (!l)
        return NULL;
    l->is_copy = true;
    if (ledger_guard_find(&l->guard, path, &file, e) != 0 ||
        ledger_seal_read(l->guard.real, &l->seal, e) != 0)
        goto fail;
    trust = trust_file(&file, &l->seal.state);
    if (trust != TRUST_CHECK && trust != TRUST_FRESH && !(trust == TRUST_GONE && accept)) {
        refuse(l, trust, e);
        goto fail;
    }
    l->fresh = !file.there;
    l->db = db_open_copy(file.there ? path : NULL, LEDGER_BUSY_MS, e);
    if (l->db && ledger_schema_ready(l->db, e) == 0 && ledger_state(l->db, &l->seal.state, e) == 0)
        return l;
fail:
    ledger_close(l);
    return NULL;
}

int ledger_is_none(const char *path, struct err *e)
{
    struct ledger *l = ledger_new(e);
    struct trust_file file;
    int none = -1;

    if (!l)
        return -1;
    if (ledger_guard_find(&l->guard, path, &file, e) == 0 &&
        ledger_seal_read(l->guard.real, &l->seal, e) == 0)
        none = trust_file(&file, &l->seal.state) == TRUST_FRESH;
    ledger_close(l);
    return none;
}

struct ledger *ledger_open(const char *path, struct err *e)
{
    return ledger_open_as(path, true, LEDGER_BUSY_MS, e);
}

struct ledger *ledger_open_accepted(const char *path, bool make, struct err *e)
{
    return ledger_open_wish(
        path, &(struct ledger_wish){.make = make, .accept = true, .busy_ms = LEDGER_BUSY_MS}, e);
}

struct ledger *ledger_open_known(const char *path, struct err *e)
{
    return ledger_open_as(path, false, LEDGER_BUSY_MS, e);
}

struct ledger *ledger_open_look(const char *path, struct err *e)
{
    return ledger_open_wish(path, &(struct ledger_wish){.looks = true, .busy_ms = LEDGER_BUSY_MS},
                            e);
}

int ledger_doubt(struct ledger *l, enum trust *out, struct err *e)
{
    struct trust_state state;
    struct ledger_seal again;
    bool closed = l->seal.state.there && l->seal.state.closed, unchanged = true;

    *out = TRUST_GOOD;
    if (ledger_state(l->db, &state, e) != 0 || is_unchanged(l, &unchanged, e) != 0 ||
        ledger_seal_read(l->guard.real, &again, e) != 0)
        return -1;
    /* A run may have begun since. */
    if (closed && !(again.state.closed && again.state.seq == l->seal.state.seq))
        return 0;
    *out = trust_content(&l->seal.state, &state, closed, unchanged);
    return 0;
}

/* ---- closing ---- */

/* Nothing may be left in the -wal, or the file alone is not the ledger.  What can't be done here is no loss:
 * whoever opens it next looks through it. */
static bool end_work(struct ledger *l)
{
    struct err ignored = ERR_INIT;
    const char *path;

    db_rollback(l->db);
    return l->works && !l->lost && ledger_guard_last(&l->guard) &&
           ledger_guard_still(&l->guard, &path) == LEDGER_GUARD_SAME &&
           mark(l, true, &ignored) == 0 && db_checkpoint(l->db, true, &ignored) == 0;
}

static void seal_closed(struct ledger *l)
{
    struct err ignored = ERR_INIT;
    struct trust_file file;
    struct ledger_guard now;

    if (ledger_guard_find(&now, l->guard.real, &file, &ignored) != 0 || file.wal ||
        ledger_seal_measure(l->guard.path, l->guard.fd, &l->seal, &ignored) != 0)
        return;
    l->seal.state.closed = true;
    err_ignore(ledger_seal_write(l->guard.real, &l->seal, &ignored));
}

void ledger_close(struct ledger *l)
{
    bool whole;

    if (!l)
        return;
    whole = l->db && end_work(l);
    db_close(l->db);
    if (whole)
        seal_closed(l);
    if (l->seal_fd >= 0)
        close(l->seal_fd);
    if (l->lock_fd >= 0)
        close(l->lock_fd);
    ledger_guard_close(&l->guard);
    free(l);
}

const char *ledger_name(const struct ledger *l)
{
    return l->guard.path;
}

bool ledger_is_alone(const struct ledger *l)
{
    return ledger_guard_alone(&l->guard);
}

bool ledger_is_fresh(const struct ledger *l)
{
    return l->fresh;
}

const struct trust_state *ledger_trust(const struct ledger *l)
{
    return &l->seal.state;
}

int ledger_trust_now(struct ledger *l, struct trust_state *out, struct err *e)
{
    *out = l->seal.state;
    return ledger_state(l->db, out, e);
}

/* ---- transactions ---- */

int ledger_begin(struct ledger *l, struct err *e)
{
    if (db_in_transaction(l->db))
        return 0;
    l->entered = 0;
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

/* The file is not at its path any more, or not what it was.  What SQLite still has of it is saved. */
static int lose(struct ledger *l, enum ledger_guard_found found, const char *path, struct err *e)
{
    char saved[PATH_MAX];

    l->lost = true;
    switch (found) {
    case LEDGER_GUARD_GONE:
        if (ledger_save_rest(l, saved) == 0)
            return err_set(
                e, EXIT_OUTPUT,
                "ledger %s: was deleted or replaced during the run, and nothing more was "
                "sent: what it held is saved in %s: claimpipe ledger restore %s, then "
                "run the same command again",
                path, saved, saved);
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: was deleted or replaced during the run, and nothing more was "
                       "sent: put it back, then run the same command again",
                       path);
    case LEDGER_GUARD_CUT:
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: was cut during the run, and nothing more was sent: put a copy "
                       "back with claimpipe ledger restore FILE, then run the same command again",
                       path);
    case LEDGER_GUARD_LINKED:
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: was given a second name (a hard link) during the run, and "
                       "nothing more was sent: remove that, then run the same command again",
                       path);
    default: {
        struct err ignored = ERR_INIT;

        /* Of the -wal: then the file itself has everything. */
        err_ignore(db_checkpoint(l->db, false, &ignored));
        return err_set(e, EXIT_OUTPUT,
                       "%s: was deleted or replaced during the run, and nothing more was sent: let "
                       "other programs leave the ledger's folder alone, then run the same command "
                       "again",
                       path);
    }
    }
}

/* Before anything is sent that a transaction told of. */
static int still_ours(struct ledger *l, struct err *e)
{
    const char *path = l->guard.path;
    enum ledger_guard_found found =
        l->lost ? LEDGER_GUARD_SAME : ledger_guard_still(&l->guard, &path);

    if (l->lost)
        return err_set(e, EXIT_OUTPUT, "ledger %s: is not at its path any more", path);
    return found == LEDGER_GUARD_SAME ? 0 : lose(l, found, path, e);
}

/* Now and then the file itself gets everything, so that a copy of it lacks seconds, not hours. */
static int checkpoint(struct ledger *l, struct err *e)
{
    int64_t began = clock_now_ns(), took;

    if (began < l->checkpoint_ns)
        return 0;
    if (db_checkpoint(l->db, false, e) < 0 || ledger_seal_write(l->guard.real, &l->seal, e) != 0)
        return -1;
    took = (clock_now_ns() - began) * CHECKPOINT_SHARE;
    l->checkpoint_ns = began + (took > CHECKPOINT_NS ? took : CHECKPOINT_NS);
    return 0;
}

static int keep_seal(struct ledger *l, struct err *e)
{
    if (!l->works)
        return 0;
    return still_ours(l, e) == 0 && ledger_seal_mark(l->guard.real, &l->seal_fd, &l->seal, e) == 0
               ? checkpoint(l, e)
               : -1;
}

/* The transaction is one more, and tells how it has changed the items. */
static int count_transaction(struct ledger *l, struct err *e)
{
    static const char sql[] = "UPDATE ledger SET seq = seq + 1, seals = seals + ?1 RETURNING seq";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, db_resealed(l->db));
    if (db_step(q, e) != 1)
        return err_set(e, EXIT_OUTPUT, "ledger %s: %s", db_path(l->db), trust_words(TRUST_DAMAGED));
    l->seal.state.seq = db_int(q, 0);
    db_reset(q);
    return 0;
}

bool ledger_is_writing(const struct ledger *l)
{
    return db_in_transaction(l->db);
}

int ledger_commit(struct ledger *l, struct err *e)
{
    if (!db_in_transaction(l->db))
        return 0;
    pass_crashpoints(l, "before");
    if (count_transaction(l, e) != 0 || db_commit(l->db, e) != 0)
        return -1;
    pass_crashpoints(l, "after");
    return keep_seal(l, e);
}

/* ---- the lock ---- */

void ledger_bind_target(struct db_query *q, const struct ledger_target *t)
{
    db_bind_text(q, 1, t->action);
    db_bind_text(q, 2, t->url);
    db_bind_text(q, 3, t->name);
}

/* Which byte of the lock file stands for this target; url is its API's name. */
static off_t lock_offset(const struct ledger_target *t, const char *url, const char *input)
{
    const char *parts[] = {t->action, url, t->name, input ? input : ""};
    uint64_t h = FNV_INIT;

    for (int i = 0; i < (input ? 4 : 3); i++)
        h = fnv_add(h, parts[i], strlen(parts[i]) + 1);
    return (off_t)(h >> 2);
}

/* The bytes are ours now: 0.  Another process has some of them: 1, and its id in *pid (0 if it ended
 * this moment, or its -lock file was deleted).  -1.  The lock of the -lock file names the other process;
 * that of the ledger itself can't be deleted. */
static int take_lock(struct ledger *l, off_t start, off_t len, long *pid, struct err *e)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    char path[PATH_MAX];
    char real[PATH_MAX]; /* one lock, by whatever name the ledger is called */
    int n = snprintf(path, sizeof(path), "%s-lock",
                     realpath(db_path(l->db), real) ? real : db_path(l->db));

    if (n < 0 || (size_t)n >= sizeof(path))
        return err_set(e, EXIT_OUTPUT, "ledger %s: the path is too long", db_path(l->db));
    if (l->lock_fd < 0) {
        l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (l->lock_fd < 0)
            return err_set(e, EXIT_OUTPUT, "%s: %s: make it writable", path, strerror(errno));
        if (ledger_guard_watch(&l->guard, "-lock", e) != 0)
            return -1;
    }
    *pid = 0;
    if (fcntl(l->lock_fd, F_SETLK, &lock) == 0)
        return ledger_guard_lock(&l->guard, start, len, e);
    if (errno != EACCES && errno != EAGAIN)
        return err_set(
            e, EXIT_OUTPUT,
            "%s: can't lock it: %s: put the ledger on a local disk, or name another with --ledger",
            path, strerror(errno));
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
    static const char *const beside[] = {"", "-wal", "-shm", "-journal", "-lock", "-seal"};
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
