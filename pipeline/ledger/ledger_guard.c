/*
 * ledger_guard: where the locks lie.
 *
 *   2^60 …    SENDERS: a byte a sender of requests (ledger_spent.h)
 *   2^61      PRESENT: who works with it has it shared; who looks through it or closes it, alone
 *   2^61 + 1  LOOKING: who has it open at all has it shared; who replaces it, alone
 *   2^61 + 2  TURN: who opens it for work or closes it has it alone
 *   2^62 …    TARGETS: a byte a target (ledger.c)
 */
#include "ledger/ledger_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SENDERS ((off_t)1 << 60)
#define PRESENT ((off_t)1 << 61)
#define LOOKING (PRESENT + 1)
#define TURN (PRESENT + 2)
#define TARGETS ((off_t)1 << 62)

/* The kernel's POSIX locks belong to the process as a whole: so does the knowledge which descriptors may be
 * closed. */
static pthread_mutex_t guards_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct ledger_guard *guards;

/* ---- finding ---- */

static bool is_mounted(const char *path)
{
    struct statx x;

    return statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &x) == 0 &&
           (x.stx_attributes_mask & x.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static bool holds_something(const char *real, const char *ending)
{
    char name[PATH_MAX];
    struct stat st;
    int n = snprintf(name, sizeof(name), "%s%s", real, ending);

    return n > 0 && (size_t)n < sizeof(name) && stat(name, &st) == 0 && st.st_size > 0;
}

static int cannot(const struct ledger_guard *g, struct err *e)
{
    return err_set(e, EXIT_OUTPUT, "ledger %s: %s: make it writable, or name another with --ledger",
                   g->path, strerror(errno));
}

int ledger_guard_find(struct ledger_guard *g, const char *path, struct trust_file *out,
                      struct err *e)
{
    struct stat st, link;

    *out = (struct trust_file){.there = false};
    *g = (struct ledger_guard){.fd = -1};
    if (strlen(path) + sizeof("-journal") > PATH_MAX)
        return err_set(e, EXIT_OUTPUT, "ledger %.100s…: the path is too long", path);
    memcpy(g->path, path, strlen(path) + 1);
    memcpy(g->real, path, strlen(path) + 1);
    if (stat(path, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return cannot(g, e);
        if (lstat(path, &link) == 0)
            return err_set(e, EXIT_OUTPUT,
                           "ledger %s: is a symbolic link to a file that is not there: see whether "
                           "its disk is mounted, or name the file itself with --ledger",
                           path);
    } else if (!S_ISREG(st.st_mode)) {
        return err_set(e, EXIT_OUTPUT, "ledger %s: is no file: name another with --ledger", path);
    } else {
        if (!realpath(path, g->real))
            return cannot(g, e);
        out->there = true;
        out->size = st.st_size;
        out->links = (int64_t)st.st_nlink;
        out->mounted = is_mounted(g->real);
    }
    out->wal = holds_something(g->real, "-wal");
    return 0;
}

/* ---- locks ---- */

static int set_lock(int fd, int command, short type, off_t start, off_t len)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    int rc;

    do
        rc = fcntl(fd, command, &lock);
    while (rc != 0 && errno == EINTR);
    return rc;
}

/* 0; 1: another has it; -1. */
static int try_lock(struct ledger_guard *g, short type, off_t start, off_t len, struct err *e)
{
    if (set_lock(g->fd, F_OFD_SETLK, type, start, len) == 0)
        return 0;
    if (errno == EACCES || errno == EAGAIN)
        return 1;
    return err_set(e, EXIT_OUTPUT,
                   "ledger %s: can't lock it: %s: put the ledger on a local disk, or name another "
                   "with --ledger",
                   g->path, strerror(errno));
}

/* Has nobody else a lock on this byte? */
static bool is_free(const struct ledger_guard *g, off_t start)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};

    return g->fd < 0 || (fcntl(g->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
}

static int take_place(struct ledger_guard *g, enum ledger_guard_use use, bool *alone, struct err *e)
{
    int taken = try_lock(g, use == LEDGER_GUARD_WHOLE ? F_WRLCK : F_RDLCK, LOOKING, 1, e);

    *alone = false;
    if (taken != 0 || use == LEDGER_GUARD_LOOK)
        return taken;
    /* Who came while the last one closes it must find it closed, and be the first again: not be let in beside one
     * that is as good as gone. */
    if (use == LEDGER_GUARD_WORK && set_lock(g->fd, F_OFD_SETLKW, F_WRLCK, TURN, 1) != 0)
        return cannot(g, e);
    taken = try_lock(g, F_WRLCK, PRESENT, 1, e);
    *alone = taken == 0;
    if (taken <= 0 || use == LEDGER_GUARD_WHOLE)
        return taken;
    taken = try_lock(g, F_RDLCK, PRESENT, 1, e);
    set_lock(g->fd, F_OFD_SETLK, F_UNLCK, TURN, 1);
    return taken;
}

int ledger_guard_lock(struct ledger_guard *g, off_t start, off_t len, struct err *e)
{
    return g->fd < 0 ? 0 : try_lock(g, F_WRLCK, TARGETS + start, len, e);
}

int ledger_guard_lock_sender(struct ledger_guard *g, int64_t sender, struct err *e)
{
    return g->fd < 0 ? 0 : try_lock(g, F_WRLCK, SENDERS + (off_t)sender, 1, e);
}

bool ledger_guard_has_sender(const struct ledger_guard *g, int64_t sender)
{
    return !is_free(g, SENDERS + (off_t)sender);
}

void ledger_guard_share(struct ledger_guard *g)
{
    if (g->fd >= 0)
        set_lock(g->fd, F_OFD_SETLK, F_RDLCK, PRESENT, 1);
    if (g->fd >= 0)
        set_lock(g->fd, F_OFD_SETLK, F_UNLCK, TURN, 1);
}

bool ledger_guard_alone(const struct ledger_guard *g)
{
    return is_free(g, PRESENT);
}

bool ledger_guard_last(struct ledger_guard *g)
{
    if (g->fd < 0)
        return false;
    /* Of two that end at once the second is the last. */
    return set_lock(g->fd, F_OFD_SETLKW, F_WRLCK, TURN, 1) == 0 &&
           set_lock(g->fd, F_OFD_SETLK, F_WRLCK, PRESENT, 1) == 0;
}

/* ---- holding and letting go ---- */

static bool same_file(const struct ledger_guard *a, const struct ledger_guard *b)
{
    return a->files[0].dev == b->files[0].dev && a->files[0].ino == b->files[0].ino;
}

static void enlist(struct ledger_guard *g)
{
    pthread_mutex_lock(&guards_mutex);
    g->next = guards;
    guards = g;
    pthread_mutex_unlock(&guards_mutex);
}

int ledger_guard_hold(struct ledger_guard *g, enum ledger_guard_use use, bool *alone, struct err *e)
{
    struct stat mine, there;
    int taken;

    g->fd = open(g->real, O_RDWR | O_CLOEXEC);
    if (g->fd < 0)
        return errno == ENOENT ? 1 : cannot(g, e);
    if (fstat(g->fd, &mine) != 0) {
        close(g->fd);
        g->fd = -1;
        return cannot(g, e);
    }
    g->files[0].dev = mine.st_dev;
    g->files[0].ino = mine.st_ino;
    enlist(g);
    taken = take_place(g, use, alone, e);
    if (taken == 0 &&
        (stat(g->real, &there) != 0 || there.st_dev != mine.st_dev || there.st_ino != mine.st_ino))
        taken = 1;
    if (taken == 0)
        taken = ledger_guard_watch(g, "", e);
    if (taken != 0)
        ledger_guard_close(g);
    return taken;
}

/* Leaves its descriptors to another that has the same file open: false, there is none. */
static bool bequeath(struct ledger_guard *g)
{
    for (struct ledger_guard *heir = guards; heir; heir = heir->next) {
        if (!same_file(g, heir) || heir->n_kept + g->n_kept + 1 > LEDGER_GUARD_FILES)
            continue;
        heir->kept[heir->n_kept++] = g->fd;
        for (int i = 0; i < g->n_kept; i++)
            heir->kept[heir->n_kept++] = g->kept[i];
        return true;
    }
    return false;
}

void ledger_guard_close(struct ledger_guard *g)
{
    if (g->fd < 0)
        return;
    set_lock(g->fd, F_OFD_SETLK, F_UNLCK, SENDERS, 0);
    pthread_mutex_lock(&guards_mutex);
    for (struct ledger_guard **at = &guards; *at; at = &(*at)->next)
        if (*at == g) {
            *at = g->next;
            break;
        }
    if (!bequeath(g)) {
        close(g->fd);
        for (int i = 0; i < g->n_kept; i++)
            close(g->kept[i]);
    }
    pthread_mutex_unlock(&guards_mutex);
    g->fd = -1;
    g->n_kept = 0;
}

/* ---- watching ---- */

int ledger_guard_watch(struct ledger_guard *g, const char *ending, struct err *e)
{
    int at = g->n_files, n;
    struct stat st;

    if (g->fd < 0 || at == LEDGER_GUARD_FILES)
        return 0;
    n = snprintf(g->files[at].path, PATH_MAX, "%s%s", g->real, ending);
    if (n < 0 || n >= PATH_MAX)
        return err_set(e, EXIT_OUTPUT, "ledger %s: the path is too long", g->path);
    if (stat(g->files[at].path, &st) != 0)
        return err_set(e, EXIT_OUTPUT, "%s: %s: it was deleted by another program",
                       g->files[at].path, strerror(errno));
    g->files[at].dev = st.st_dev;
    g->files[at].ino = st.st_ino;
    g->n_files++;
    if (at == 0)
        g->size = st.st_size;
    return 0;
}

enum ledger_guard_found ledger_guard_still(struct ledger_guard *g, const char **path)
{
    struct stat st;

    for (int i = 0; i < g->n_files; i++) {
        *path = i == 0 ? g->path : g->files[i].path;
        if (stat(*path, &st) != 0 || st.st_dev != g->files[i].dev || st.st_ino != g->files[i].ino)
            return i == 0 ? LEDGER_GUARD_GONE : LEDGER_GUARD_BESIDE;
        if (i > 0)
            continue;
        if (st.st_nlink > 1)
            return LEDGER_GUARD_LINKED;
        if (st.st_size < g->size)
            return LEDGER_GUARD_CUT;
        g->size = st.st_size;
    }
    return LEDGER_GUARD_SAME;
}
