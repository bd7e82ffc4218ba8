/*
 * spool: repeated reads of a file or of a copy of a stream.
 */
#include "adapters/spool.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_SIZE 65536

struct spool {
    int fd;
    off_t offset;
    char *name;
};

static int cannot_read(const char *name, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s: cannot be read: %s: run the same command again when this is mended", name,
                   strerror(errno));
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* A temporary file without a name.  Its descriptor, or -1. */
static int open_nameless(const char *folder, struct err *e)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/claimpipe-XXXXXX", folder);
    if (len < 0 || (size_t)len >= sizeof path)
        return err_set(e, EXIT_INPUT, "the path in TMPDIR is too long: set it to a shorter one");
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return err_set(e, EXIT_INPUT,
                       "no temporary file can be made in %s: %s: set TMPDIR to a folder that can "
                       "be written to",
                       folder, strerror(errno));
    unlink(path);
    return fd;
}

static int copy(int from, int to, const char *name, const char *folder, struct err *e)
{
    char buf[COPY_SIZE];

    for (;;) {
        ssize_t n = read(from, buf, sizeof buf);
        if (n == 0)
            return 0;
        /* Nothing has been done yet, and the stream may be silent for ever: obey Ctrl-C at once. */
        if (n < 0 && errno == EINTR)
            return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was read", name);
        if (n < 0)
            return cannot_read(name, e);
        if (write_all(to, buf, (size_t)n))
            return err_set(e, EXIT_INPUT,
                           "%s: cannot be kept in %s: %s: set TMPDIR to a folder with room for it",
                           name, folder, strerror(errno));
    }
}

/* A copy of a stream that can be read but once.  Its descriptor, or -1. */
static int open_copy(int from, const char *name, struct err *e)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/var/tmp";
    int fd = open_nameless(folder, e);
    if (fd >= 0 && copy(from, fd, name, folder, e)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_input(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && errno == EINTR)
        return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was opened", path);
    if (fd < 0)
        return err_set(e, EXIT_INPUT,
                       "%s: cannot be opened: %s: check the path and who may read it", path,
                       strerror(errno));
    return fd;
}

/* The descriptor to read from, given that of the input; from is not closed. */
static int settle_on(int from, bool may_keep, const char *name, struct err *e)
{
    struct stat st;

    if (fstat(from, &st))
        return cannot_read(name, e);
    if (S_ISDIR(st.st_mode))
        return err_set(e, EXIT_INPUT, "%s: is a folder: name a CSV file in it", name);
    if (may_keep && S_ISREG(st.st_mode))
        return from;
    return open_copy(from, name, e);
}

struct spool *spool_open(const char *path, struct err *e)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct spool *s = mem_zero(1, sizeof *s);
    if (!s) {
        err_nomem(e);
        goto err0;
    }
    const char *name = is_stdin ? "stdin" : path;
    s->name = mem_copy(name, strlen(name));
    if (!s->name) {
        err_nomem(e);
        goto err1;
    }
    int from = is_stdin ? STDIN_FILENO : open_input(path, e);
    if (from < 0)
        goto err2;
    s->fd = settle_on(from, !is_stdin, s->name, e);
    if (s->fd != from && !is_stdin)
        close(from);
    if (s->fd < 0)
        goto err2;
    return s;

err2:
    free(s->name);
err1:
    free(s);
err0:
    return NULL;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    close(s->fd);
    free(s->name);
    free(s);
}

const char *spool_name(const struct spool *s)
{
    return s->name;
}

ssize_t spool_read(struct spool *s, void *buf, size_t size, struct err *e)
{
    ssize_t n;

    do
        n = pread(s->fd, buf, size, s->offset);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return cannot_read(s->name, e);
    s->offset += n;
    return n;
}

void spool_rewind(struct spool *s)
{
    s->offset = 0;
}
