/*
 * synced: preloaded into the program, it keeps what a power cut would leave of the ledger.  The
 * page cache survives SIGKILL but not the loss of power, so that files copied after a kill hold too
 * much: only what was synced is certain.
 *
 *   CLAIMPIPE_SYNCED     a folder: each of the ledger's files is copied there when it has been synced,
 *                        and `syncs` grows by a byte for each time; so is one that comes to its name, for it
 *                        was synced under another
 *   CLAIMPIPE_SYNC_KILL  N: SIGKILL when the Nth sync is asked for, before it is done
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COPY_SIZE 65536

/* The name of the ledger's file that is open at fd, in path, or NULL. */
static const char *synced_name(int fd, char path[PATH_MAX])
{
    char link[64];
    const char *name;
    struct stat st;
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, PATH_MAX - 1);
    if (n < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return NULL;
    path[n] = '\0';
    name = strrchr(path, '/');
    return name && strncmp(name, "/ledger.db", 10) == 0 ? name + 1 : NULL;
}

/* By the descriptor that is there: to open the file anew, and to close it, would drop SQLite's locks
 * (fcntl(2)). */
static int synced_copy(int from, int to)
{
    static char buf[COPY_SIZE];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(from, buf, sizeof(buf), at)) > 0) {
        if (write(to, buf, (size_t)n) != n)
            return -1;
        at += n;
    }
    return n == 0 ? 0 : -1;
}

static int synced_keep(int fd, const char *folder, const char *name)
{
    char fresh[PATH_MAX], path[PATH_MAX];
    int to, rc;

    snprintf(fresh, sizeof(fresh), "%s/fresh", folder);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0)
        return -1;
    rc = synced_copy(fd, to);
    close(to);
    return rc == 0 ? rename(fresh, path) : -1;
}

static void synced_count(const char *folder)
{
    static unsigned long seen;
    const char *kill_at = getenv("CLAIMPIPE_SYNC_KILL");
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof(path), "%s/syncs", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || write(fd, ".", 1) != 1)
        abort();
    close(fd);
    if (kill_at && ++seen == strtoul(kill_at, NULL, 10))
        raise(SIGKILL);
}

static int synced(int fd, long call)
{
    const char *folder = getenv("CLAIMPIPE_SYNCED");
    char path[PATH_MAX];
    const char *name = folder ? synced_name(fd, path) : NULL;
    int rc;

    if (name)
        synced_count(folder);
    rc = (int)syscall(call, fd);
    if (rc == 0 && name && synced_keep(fd, folder, name) != 0)
        abort(); /* a proof that can't be kept must not pass */
    return rc;
}

int fsync(int fd)
{
    return synced(fd, SYS_fsync);
}

int fdatasync(int fildes)
{
    return synced(fildes, SYS_fdatasync);
}

/* Nobody has locks on it yet. */
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
    int rc = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags), fd;
    const char *folder = getenv("CLAIMPIPE_SYNCED");
    char path[PATH_MAX];
    const char *name;

    if (rc != 0 || !folder)
        return rc;
    fd = openat(to_folder, to, O_RDONLY | O_CLOEXEC);
    name = fd < 0 ? NULL : synced_name(fd, path);
    if (fd < 0 || (name && synced_keep(fd, folder, name) != 0))
        abort();
    close(fd);
    return rc;
}
