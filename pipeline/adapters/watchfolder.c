/*
 * watchfolder: opened (folders made, locked, watched) -> waiting and listing, claiming and moving -> closed
 *
 * Files are named from descriptors of their folders, so that an inbox which is renamed is not mixed up with another that
 * takes its name; that it is no longer where it was is then found out, and told.
 */
#include "adapters/watchfolder.h"

#include "adapters/folders.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACES 5
#define MADE WATCHFOLDER_FAILED /* these come with the inbox */
#define LOCK ".lock"
#define HOLDER_MAX 128
#define HOST_MAX 64
#define WAIT_MAX_NS CLOCK_NS_PER_S /* what asks for an end without a signal is seen after this */
#define CHANGES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE)
#define ENDS (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

struct watchfolder {
    char path[PATH_MAX], outbox[PATH_MAX]; /* absolute */
    int folders[PLACES];
    int lock, events; /* -1: none */
};

static const char *const place_names[PLACES] = {[WATCHFOLDER_INBOX] = "",
                                                [WATCHFOLDER_WORKING] = ".working",
                                                [WATCHFOLDER_DONE] = "done",
                                                [WATCHFOLDER_FAILED] = "failed",
                                                [WATCHFOLDER_OUTBOX] = "results"};

/* ---- the lock ---- */

/* Who has it, as it says itself. */
static void write_holder(int lock)
{
    char text[HOLDER_MAX], host[HOST_MAX] = "";
    int n;

    gethostname(host, sizeof(host) - 1);
    n = snprintf(text, sizeof(text), "%ld %s\n", (long)getpid(), host);
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, (size_t)n, 0) != n)
        return; /* it is held all the same; only its name is not known */
}

/* The process id, or 0: not known; and its host. */
static long read_holder(int lock, char host[HOST_MAX])
{
    char text[HOLDER_MAX];
    ssize_t n = pread(lock, text, sizeof(text) - 1, 0);
    char *end;
    long pid;

    host[0] = '\0';
    if (n <= 0)
        return 0;
    text[n] = '\0';
    pid = strtol(text, &end, 10);
    while (*end == ' ')
        end++;
    end[strcspn(end, "\n")] = '\0';
    snprintf(host, HOST_MAX, "%.*s", HOST_MAX - 1, end);
    return pid;
}

/* Is it a process of this host that has ended?  Then a program that it started has inherited the lock. */
static bool is_dead(long pid, const char *host)
{
    char here[HOST_MAX] = "";

    gethostname(here, sizeof(here) - 1);
    return pid > 0 && strcmp(host, here) == 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

static int take_lock(struct watchfolder *w, void (*say)(void *, const char *), void *context,
                     struct err *e)
{
    char host[HOST_MAX];
    long pid;

    /* of a group that shares the inbox each may have it */
    w->lock = openat(w->folders[WATCHFOLDER_WORKING], LOCK,
                     O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (w->lock < 0)
        return err_set(e, EXIT_OUTPUT, "%s/.working/" LOCK ": cannot be written: %s", w->path,
                       strerror(errno));
    if (flock(w->lock, LOCK_EX | LOCK_NB) != 0) {
        pid = read_holder(w->lock, host);
        if (!is_dead(pid, host))
            return err_set(e, EXIT_OUTPUT,
                           "%s: is watched already, by process %ld on %s: end that first, or leave "
                           "the files to it",
                           w->path, pid, host);
        say(context, "the last file of a watch that was killed is still under way: waiting for it");
        if (flock(w->lock, LOCK_EX) != 0)
            return err_set(e, errno == EINTR ? EXIT_INTERRUPTED : EXIT_OUTPUT, "%s: is in use: %s",
                           w->path, strerror(errno));
    }
    write_holder(w->lock);
    return 0;
}

/* ---- opening ---- */

static int gone(const struct watchfolder *w, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s: the inbox is not there any more (removed, renamed or unmounted): see that "
                   "it is there, then begin to watch again",
                   w->path);
}

static int open_folder(struct watchfolder *w, enum watchfolder_place place, struct err *e)
{
    const char *name = place_names[place];
    int inbox = w->folders[WATCHFOLDER_INBOX];

    if (mkdirat(inbox, name, 0777) != 0 && errno != EEXIST)
        return err_set(e, EXIT_OUTPUT, "%s/%s: cannot be made: %s: files are moved there", w->path,
                       name, strerror(errno));
    w->folders[place] = openat(inbox, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return w->folders[place] >= 0 ? 0
                                  : err_set(e, EXIT_OUTPUT, "%s/%s: %s: files are moved there",
                                            w->path, name, strerror(errno));
}

/* Without events listings do; so it is no error that there are none. */
static void hear(struct watchfolder *w)
{
    w->events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->events >= 0 && inotify_add_watch(w->events, w->path, CHANGES | ENDS | IN_ONLYDIR) < 0) {
        close(w->events);
        w->events = -1;
    }
}

static int open_all(struct watchfolder *w, const char *path, void (*say)(void *, const char *),
                    void *context, struct err *e)
{
    if (!realpath(path, w->path))
        return err_set(e, EXIT_INPUT, "%s: the inbox cannot be opened: %s: make the folder first",
                       path, strerror(errno));
    w->folders[WATCHFOLDER_INBOX] = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->folders[WATCHFOLDER_INBOX] < 0)
        return err_set(e, EXIT_INPUT, "%s: the inbox cannot be opened: %s: name a folder", path,
                       strerror(errno));
    for (int i = WATCHFOLDER_WORKING; i <= MADE; i++)
        if (open_folder(w, (enum watchfolder_place)i, e) != 0)
            return -1;
    if (take_lock(w, say, context, e) != 0)
        return -1;
    hear(w);
    return 0;
}

struct watchfolder *watchfolder_open(const char *path, void (*say)(void *context, const char *text),
                                     void *context, struct err *e)
{
    struct watchfolder *w = mem_zero(1, sizeof(*w));

    if (!w) {
        err_nomem(e);
        return NULL;
    }
    for (int i = 0; i < PLACES; i++)
        w->folders[i] = -1;
    w->lock = w->events = -1;
    if (open_all(w, path, say, context, e) != 0) {
        watchfolder_close(w);
        return NULL;
    }
    return w;
}

void watchfolder_close(struct watchfolder *w)
{
    if (!w)
        return;
    if (w->events >= 0)
        close(w->events);
    if (w->lock >= 0)
        close(w->lock);
    for (int i = 0; i < PLACES; i++)
        if (w->folders[i] >= 0)
            close(w->folders[i]);
    free(w);
}

int watchfolder_lock(const struct watchfolder *w)
{
    return w->lock;
}

bool watchfolder_hears(const struct watchfolder *w)
{
    return w->events >= 0;
}

/* ---- events ---- */

/* 1: something has happened.  -1: the inbox is gone. */
static int read_events(struct watchfolder *w, watchfolder_landed *landed, void *context,
                       struct err *e)
{
    _Alignas(struct inotify_event) char buf[16384];
    int rc = 0;
    ssize_t n;

    while ((n = read(w->events, buf, sizeof(buf))) > 0) {
        rc = 1;
        for (char *at = buf; at < buf + n;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;

            if (event->mask & ENDS)
                return gone(w, e);
            if ((event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) && event->len > 0)
                landed(context, event->name);
            at += sizeof(*event) + event->len;
        }
    }
    return rc;
}

int watchfolder_wait(struct watchfolder *w, int64_t ns, watchfolder_landed *landed, void *context,
                     struct err *e)
{
    struct pollfd fd = {.fd = w->events, .events = POLLIN}; /* a negative one is passed over */
    int64_t most = ns < WAIT_MAX_NS ? ns : WAIT_MAX_NS;

    /* up to a whole millisecond, or what is due in half of one would be asked for without a rest */
    if (most > 0)
        (void)poll(&fd, 1, (int)((most + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS));
    return w->events >= 0 ? read_events(w, landed, context, e) : 0;
}

/* ---- files ---- */

static int look(int folder, const char *name, struct watchfolder_file *out)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return 1;
    *out = (struct watchfolder_file){.name = name,
                                     .inode = (uint64_t)st.st_ino,
                                     .size = (int64_t)st.st_size,
                                     .mtime_ns = (int64_t)st.st_mtim.tv_sec * CLOCK_NS_PER_S +
                                                 (int64_t)st.st_mtim.tv_nsec};
    return 0;
}

/* Is the folder that is open still the one of its path? */
static bool is_there(const struct watchfolder *w)
{
    struct stat named, open_one;

    return stat(w->path, &named) == 0 && fstat(w->folders[WATCHFOLDER_INBOX], &open_one) == 0 &&
           named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino;
}

struct listing {
    watchfolder_see *see;
    void *context;
    struct err *e;
    int rc;
};

static void see_name(void *context, int folder, const char *name)
{
    struct listing *l = context;
    struct watchfolder_file file;

    if (l->rc == 0 && look(folder, name, &file) == 0)
        l->rc = l->see(l->context, &file, l->e);
}

int watchfolder_list(struct watchfolder *w, enum watchfolder_place place, watchfolder_see *see,
                     void *context, struct err *e)
{
    struct listing l = {.see = see, .context = context, .e = e};

    if (!is_there(w))
        return gone(w, e);
    if (folders_each_in(w->folders[place], see_name, &l) != 0)
        return err_set(e, EXIT_INPUT, "%s/%s: the folder cannot be read: %s", w->path,
                       place_names[place], strerror(errno));
    return l.rc;
}

int watchfolder_look(struct watchfolder *w, enum watchfolder_place place, const char *name,
                     struct watchfolder_file *out)
{
    return look(w->folders[place], name, out);
}

bool watchfolder_has(struct watchfolder *w, enum watchfolder_place place, const char *name)
{
    return faccessat(w->folders[place], name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Some file systems cannot rename without taking the place of another; what is there is seen before, then. */
static int rename_new(int from, const char *name, int to, const char *as)
{
    if (renameat2(from, name, to, as, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (faccessat(to, as, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(from, name, to, as);
}

int watchfolder_move(struct watchfolder *w, enum watchfolder_place from, const char *name,
                     enum watchfolder_place to, const char *as, struct err *e)
{
    if (rename_new(w->folders[from], name, w->folders[to], as) == 0)
        return 0;
    if (errno == ENOENT)
        return is_there(w) ? 1 : gone(w, e);
    if (errno == EEXIST)
        return 2;
    return err_set(e, EXIT_OUTPUT, "it cannot be moved to %s/%s: %s", w->path, place_names[to],
                   strerror(errno));
}

void watchfolder_remove(struct watchfolder *w, enum watchfolder_place place, const char *name)
{
    int rc = unlinkat(w->folders[place], name, 0);

    (void)rc; /* then it stays */
}

void watchfolder_share(struct watchfolder *w, enum watchfolder_place place, const char *name)
{
    int fd = openat(w->folders[place], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
        rc = 0;
    struct stat st;

    if (fd >= 0 && fstat(w->folders[place], &st) == 0)
        rc = fchmod(fd, st.st_mode & 0666);
    (void)rc; /* then it stays ours alone */
    if (fd >= 0)
        close(fd);
}

void watchfolder_path(const struct watchfolder *w, enum watchfolder_place place, const char *name,
                      struct text *out)
{
    text_puts(out, place == WATCHFOLDER_OUTBOX ? w->outbox : w->path);
    if (place != WATCHFOLDER_INBOX && place != WATCHFOLDER_OUTBOX)
        text_printf(out, "/%s", place_names[place]);
    if (*name)
        text_printf(out, "/%s", name);
}

/* ---- where results go ---- */

static bool is_folder(int folder, const struct stat *other)
{
    struct stat st;

    return fstat(folder, &st) == 0 && st.st_dev == other->st_dev && st.st_ino == other->st_ino;
}

static int outbox_fails(const char *path, const char *what, struct err *e)
{
    return err_set(e, EXIT_OUTPUT, "%s: the folder for results cannot be %s: %s", path, what,
                   strerror(errno));
}

/* Is it one from which files are taken? */
static bool is_read(const struct watchfolder *w, const struct stat *folder)
{
    return is_folder(w->folders[WATCHFOLDER_INBOX], folder) ||
           is_folder(w->folders[WATCHFOLDER_WORKING], folder);
}

int watchfolder_outbox(struct watchfolder *w, const char *path, struct err *e)
{
    char usual[PATH_MAX + sizeof("/results")];
    struct stat st;

    snprintf(usual, sizeof(usual), "%s/%s", w->path, place_names[WATCHFOLDER_OUTBOX]);
    path = path ? path : usual;
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return outbox_fails(path, "made", e);
    w->folders[WATCHFOLDER_OUTBOX] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->folders[WATCHFOLDER_OUTBOX] < 0 || !realpath(path, w->outbox) ||
        fstat(w->folders[WATCHFOLDER_OUTBOX], &st) != 0)
        return outbox_fails(path, "opened", e);
    if (is_read(w, &st))
        return err_set(e, EXIT_USAGE,
                       "%s: results would land where files are read: name another folder with "
                       "--out (default: INBOX/results)",
                       path);
    return access(w->outbox, W_OK | X_OK) == 0 ? 0 : outbox_fails(path, "written", e);
}

/* A link is written through: what it leads to counts. */
int watchfolder_refuse(struct watchfolder *w, const char *option, const char *path, struct err *e)
{
    char real[PATH_MAX], *slash;
    struct stat st;

    if (!realpath(path, real) && snprintf(real, sizeof(real), "%s", path) >= (int)sizeof(real))
        return 0; /* whoever opens it says so */
    slash = strrchr(real, '/');
    if (slash)
        slash[1] = '\0';
    if (stat(slash ? real : ".", &st) != 0 || !is_read(w, &st))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s %s: would land where files are read, and be run as one of them: name a file "
                   "in another folder",
                   option, path);
}
