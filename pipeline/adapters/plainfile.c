/* plainfile: looked at by its name -> opened, without waiting -> looked at once more, for names may move. */
#include "adapters/plainfile.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_SIZE 65536

/* Does it name a descriptor of this process? */
static bool is_given(const char *path)
{
    static const char *const prefixes[] = {"/dev/fd/", "/proc/self/fd/"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
        if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return strcmp(path, "/dev/stdin") == 0;
}

static int judge(const char *path, const struct stat *st, const char *what, struct err *e)
{
    const char *is = "is no file";

    if (S_ISREG(st->st_mode) || (S_ISFIFO(st->st_mode) && is_given(path)))
        return 0;
    if (S_ISDIR(st->st_mode))
        is = "is a folder";
    else if (S_ISFIFO(st->st_mode))
        is = "is a named pipe";
    else if (S_ISSOCK(st->st_mode))
        is = "is a socket";
    else if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
        is = "is a device";
    return err_set(e, EXIT_USAGE, "%s: %s: a %s is an ordinary file: name that", path, is, what);
}

static int cannot_read(const char *path, const char *what, struct err *e)
{
    return err_set(e, EXIT_USAGE, "%s: the %s cannot be read: %s", path, what, strerror(errno));
}

int plainfile_check(const char *path, const char *what, struct err *e)
{
    struct stat st;

    return stat(path, &st) == 0 ? judge(path, &st, what, e) : 0;
}

int plainfile_open(const char *path, const char *what, struct err *e)
{
    struct stat st;
    int fd;

    if (plainfile_check(path, what, e) != 0)
        return -1;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return cannot_read(path, what, e);
    if (fstat(fd, &st) != 0 || fcntl(fd, F_SETFL, 0) != 0)
        cannot_read(path, what, e);
    else if (judge(path, &st, what, e) == 0)
        return fd;
    close(fd);
    return -1;
}

static int read_bytes(int fd, size_t max, struct text *out)
{
    char chunk[CHUNK_SIZE];
    ssize_t n;

    while (out->len <= max && (n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n > 0)
            text_append(out, chunk, (size_t)n);
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

int plainfile_read(const char *path, const char *what, size_t max, struct text *out, struct err *e)
{
    int fd = plainfile_open(path, what, e);
    int rc = fd < 0 ? -1 : read_bytes(fd, max, out);

    if (rc != 0) /* unless it could not be opened: the first error wins */
        err_set(e, EXIT_USAGE, "%s: the %s cannot be read: %s", path, what, strerror(errno));
    else if (out->len > max)
        rc = err_set(e, EXIT_USAGE, "%s: is larger than %zu bytes: is that a %s?", path, max, what);
    else if (!text_ok(out))
        rc = err_nomem(e);
    if (fd >= 0)
        close(fd);
    return rc;
}
