/*
 * tempfile: opened -> locked -> [linked to a name] -> renamed, or dropped.
 *
 * What is left by SIGKILL at each moment: nothing while the file has no name; a file with our pattern and
 * without a lock between the link and the rename, or where there are no nameless files.
 */
#include "adapters/tempfile.h"

#include "adapters/folders.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PREFIX ".claimpipe-"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define RANDOM_LEN 6
#define NAMES_MAX 100 /* tries to find a name that is free */

static int join(const char *folder, const char *name, char out[PATH_MAX])
{
    int len = snprintf(out, PATH_MAX, "%s/%s", folder, name);

    errno = ENAMETOOLONG;
    return len < 0 || len >= PATH_MAX ? -1 : 0;
}

/* ---- what others have left ---- */

static bool is_ours(const char *name)
{
    if (strncmp(name, PREFIX, PREFIX_LEN) != 0 || strlen(name) != PREFIX_LEN + RANDOM_LEN)
        return false;
    for (name += PREFIX_LEN; *name; name++)
        if (!isalnum((unsigned char)*name))
            return false;
    return true;
}

/* Is the file system shared with other hosts, of whose locks this one may know nothing? */
static bool is_shared(int folder)
{
    /* NFS, SMB (three forms), Ceph, AFS, 9p, FUSE (also sshfs), Lustre, GFS2, OCFS2 */
    static const unsigned shared[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42,
                                      0x00c36400, 0x5346414f, 0x01021997, 0x65735546,
                                      0x0bd00bd0, 0x01161970, 0x7461636f};
    struct statfs fs;

    if (fstatfs(folder, &fs) != 0)
        return true;
    for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
        if ((unsigned)fs.f_type == shared[i])
            return true;
    return false;
}

/* Does the name in the folder stand for the file that is open as fd, and for no other name's?  -1: that can't be seen,
 * errno is set. */
static int names_it(int folder, const char *name, int fd)
{
    struct stat named, open_one;

    if (fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -1;
    if (fstat(fd, &open_one) != 0)
        return -1;
    return named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino &&
           S_ISREG(named.st_mode) && named.st_nlink == 1 && named.st_uid == geteuid();
}

static void sweep_one(void *context, int folder, const char *name)
{
    bool *shared = context;
    int fd;

    if (!is_ours(name))
        return;
    *shared = *shared || is_shared(folder);
    if (*shared)
        return;
    fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && names_it(folder, name, fd) == 1)
        unlinkat(folder, name, 0);
    close(fd);
}

void tempfile_sweep(const char *folder)
{
    bool shared = false;

    folders_each(folder, sweep_one, &shared);
}

/* ---- our own ---- */

static void descriptor_path(int fd, char *out, size_t size)
{
    snprintf(out, size, "/proc/self/fd/%d", fd);
}

/* -1 where there are no nameless files, or none could be given a name afterwards (no /proc). */
static int open_nameless(const char *folder)
{
    char path[64];
    struct stat by_path, st;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return -1;
    descriptor_path(fd, path, sizeof(path));
    if (stat(path, &by_path) == 0 && fstat(fd, &st) == 0 && by_path.st_ino == st.st_ino &&
        by_path.st_dev == st.st_dev)
        return fd;
    close(fd);
    return -1;
}

/* Takes away what was made and can't be used; -1, with the errno of before. */
static int give_up(const char *name, int fd)
{
    int why = errno;

    unlink(name);
    close(fd);
    errno = why;
    return -1;
}

/* A sweep may come between the making and the lock: then it is swept, and another is made. */
static int open_named(struct tempfile *t)
{
    for (int i = 0; i < NAMES_MAX; i++) {
        int fd, ours;

        if (join(t->folder, PREFIX "XXXXXX", t->name) != 0)
            return -1;
        fd = mkostemp(t->name, O_CLOEXEC);
        if (fd < 0)
            return -1;
        ours = flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
                   ? names_it(AT_FDCWD, t->name, fd)
                   : 0;
        if (ours == 1)
            return fd;
        if (ours < 0)
            return give_up(t->name, fd);
        close(fd);
    }
    errno = EEXIST;
    return -1;
}

int tempfile_open(struct tempfile *t, const char *folder)
{
    *t = (struct tempfile){.fd = -1};
    if (strlen(folder) >= sizeof(t->folder)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(t->folder, folder, strlen(folder) + 1);
    t->fd = open_nameless(folder);
    if (t->fd >= 0)
        (void)flock(t->fd, LOCK_EX | LOCK_NB); /* for when it gets its name */
    else
        t->fd = open_named(t);
    if (t->fd < 0)
        t->name[0] = '\0';
    return t->fd < 0 ? -1 : 0;
}

/* A file can't be linked over another: it gets a name of its own first. */
static int give_name(struct tempfile *t)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char random[RANDOM_LEN];
    char name[PREFIX_LEN + RANDOM_LEN + 1] = PREFIX, path[64];

    descriptor_path(t->fd, path, sizeof(path));
    for (int i = 0; i < NAMES_MAX; i++) {
        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
            return -1;
        for (size_t k = 0; k < RANDOM_LEN; k++)
            name[PREFIX_LEN + k] = letters[random[k] % (sizeof(letters) - 1)];
        if (join(t->folder, name, t->name) != 0)
            return -1;
        if (linkat(AT_FDCWD, path, AT_FDCWD, t->name, AT_SYMLINK_FOLLOW) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    t->name[0] = '\0';
    return -1;
}

int tempfile_publish(struct tempfile *t, const char *target)
{
    if (!t->name[0] && give_name(t) != 0)
        return -1;
    if (rename(t->name, target) != 0)
        return -1;
    t->name[0] = '\0';
    tempfile_drop(t);
    return 0;
}

void tempfile_drop(struct tempfile *t)
{
    if (t->name[0])
        unlink(t->name);
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    t->name[0] = '\0';
}
