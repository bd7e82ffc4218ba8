/*
 * spool: opened -> [downloaded, or copied] -> [unpacked] -> read, again and again.
 */
#include "adapters/spool.h"

#include "adapters/fetch.h"
#include "adapters/stop.h"
#include "adapters/unpack.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_SIZE 65536
#define MAGIC_SIZE 16 /* bytes by which something compressed is known */

struct spool {
    int fd;
    off_t offset;
    char *name;
    const char *unpacked;
};

static int cannot_read(const char *name, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s: cannot be read: %s: run the same command again when this is mended", name,
                   strerror(errno));
}

static int cannot_keep(const char *name, const char *folder, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s: cannot be kept in %s: %s: set TMPDIR to a folder with room for it", name,
                   folder, strerror(errno));
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
    int len = snprintf(path, sizeof(path), "%s/claimpipe-XXXXXX", folder);
    int fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    /* The file system has no such files, or something is wrong that is told now. */
    if (len < 0 || (size_t)len >= sizeof(path))
        return err_set(e, EXIT_INPUT, "the path in TMPDIR is too long: set it to a shorter one");
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return err_set(e, EXIT_INPUT,
                       "no temporary file can be made in %s: %s: set TMPDIR to a folder that can "
                       "be written to",
                       folder, strerror(errno));
    unlink(path);
    return fd;
}

/* A device may have no end, and a copy of it would fill the disk.  One that has nothing, as /dev/null, is an
 * empty input like any other; a terminal is typed at. */
static int refuse_device(int from, const struct stat *st, const char *name, struct err *e)
{
    char first;
    ssize_t n = S_ISBLK(st->st_mode) ? 1 : 0;

    if (S_ISCHR(st->st_mode) && !isatty(from))
        n = read(from, &first, 1);
    return n > 0 ? err_set(e, EXIT_INPUT, "%s: is a device: name a CSV file", name) : 0;
}

static int copy(int from, int to, const char *name, const char *folder, struct err *e)
{
    char buf[COPY_SIZE];

    for (int64_t total = 0;;) {
        ssize_t n = read(from, buf, sizeof(buf));
        if (n == 0)
            return 0;
        /* Nothing has been done yet, and the stream may be silent, or go on, for ever: obey Ctrl-C at once. */
        if ((n < 0 && errno == EINTR) || stop_signal())
            return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was read", name);
        if (n < 0)
            return cannot_read(name, e);
        total += n;
        if (total > SPOOL_MAX)
            return err_set(e, EXIT_INPUT,
                           "%s: is larger than %" PRId64 " bytes: is it the right one?  (A file on "
                           "disk may be larger.)",
                           name, SPOOL_MAX);
        if (write_all(to, buf, (size_t)n))
            return cannot_keep(name, folder, e);
    }
}

static const char *copies_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && *folder ? folder : "/var/tmp";
}

/* A copy of a stream that can be read but once.  Its descriptor, or -1. */
static int open_copy(int from, const char *name, struct err *e)
{
    int fd = open_nameless(copies_folder(), e);

    if (fd >= 0 && copy(from, fd, name, copies_folder(), e)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_input(const char *path, const char *name, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && errno == EINTR)
        return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was opened", name);
    if (fd < 0)
        return err_set(e, EXIT_INPUT,
                       "%s: cannot be opened: %s: check the path and who may read it", name,
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
    if (refuse_device(from, &st, name, e))
        return -1;
    return open_copy(from, name, e);
}

static int open_path(struct spool *s, const char *path, struct err *e)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int from = is_stdin ? STDIN_FILENO : open_input(path, s->name, e);

    if (from < 0)
        return -1;
    s->fd = settle_on(from, !is_stdin, s->name, e);
    if (s->fd != from && !is_stdin)
        close(from);
    return s->fd < 0 ? -1 : 0;
}

static int open_url(struct spool *s, const char *url, const struct fetch_options *fetch,
                    struct err *e)
{
    s->fd = open_nameless(copies_folder(), e);
    return s->fd < 0 ? -1 : fetch_file(url, fetch, s->fd, copies_folder(), e);
}

/* What is compressed gives its place to what is in it. */
static int unpack(struct spool *s, struct err *e)
{
    char first[MAGIC_SIZE];
    ssize_t n;
    int packed = s->fd;

    do
        n = pread(packed, first, sizeof(first), 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return cannot_read(s->name, e);
    s->unpacked = unpack_kind((struct slice){first, (size_t)n});
    if (!s->unpacked)
        return 0;
    s->fd = open_nameless(copies_folder(), e);
    int rc = s->fd < 0 ? -1 : unpack_file(packed, s->fd, UNPACK_MAX, s->name, copies_folder(), e);
    close(packed);
    return rc;
}

static char *name_of(const char *path, bool is_url)
{
    struct text name;
    char *kept = NULL;

    text_init(&name);
    if (is_url)
        fetch_name(path, &name);
    else
        text_puts(&name, strcmp(path, "-") == 0 ? "stdin" : path);
    if (text_ok(&name))
        kept = mem_copy(name.ptr, name.len);
    text_release(&name);
    return kept;
}

/* As yet without a file; its name is the caller's to be freed by spool_close. */
static struct spool *new_named(char *name, struct err *e)
{
    struct spool *s = mem_zero(1, sizeof(*s));

    if (!s || !name) {
        err_nomem(e);
        free(s);
        free(name);
        return NULL;
    }
    s->fd = -1;
    s->name = name;
    return s;
}

struct spool *spool_open(const char *path, const struct fetch_options *fetch, struct err *e)
{
    bool is_url = fetch_is_url(path); /* its query is a secret also where it can't be fetched */
    struct spool *s = new_named(name_of(path, is_url), e);

    if (!s)
        return NULL;
    if ((is_url && fetch ? open_url(s, path, fetch, e) : open_path(s, path, e)) == 0 &&
        unpack(s, e) == 0)
        return s;
    spool_close(s);
    return NULL;
}

struct spool *spool_new(const char *name, struct err *e)
{
    struct spool *s = new_named(mem_copy(name, strlen(name)), e);

    if (!s)
        return NULL;
    s->fd = open_nameless(copies_folder(), e);
    if (s->fd >= 0)
        return s;
    spool_close(s);
    return NULL;
}

int spool_write(struct spool *s, const void *bytes, size_t len, struct err *e)
{
    return write_all(s->fd, bytes, len) == 0 ? 0 : cannot_keep(s->name, copies_folder(), e);
}

int spool_fd(const struct spool *s)
{
    return s->fd;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s->name);
    free(s);
}

const char *spool_name(const struct spool *s)
{
    return s->name;
}

const char *spool_unpacked(const struct spool *s)
{
    return s->unpacked;
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
