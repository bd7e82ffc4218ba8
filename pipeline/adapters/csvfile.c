#include "adapters/csvfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE 65536

static int cannot_read(const char *path, struct err *e)
{
    if (errno == EINTR)
        return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was read", path);
    return err_set(e, EXIT_USAGE, "%s: cannot be read: %s", path, strerror(errno));
}

static int feed_file(struct csvio_reader *csv, int fd, const char *path, struct err *e)
{
    char chunk[CHUNK_SIZE];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) > 0)
        if (csvio_feed(csv, chunk, (size_t)n, e) != 0)
            return -1;
    return n < 0 ? cannot_read(path, e) : csvio_finish(csv, e);
}

int csvfile_read(const char *path, csvio_callback *callback, void *context, struct err *e)
{
    struct err why = ERR_INIT; /* for csvio speaks of an INPUT */
    struct csvio_reader *csv = csvio_reader_new(path, ',', callback, context, &why);
    int fd = -1, rc = -1;

    if (!csv)
        goto done;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    rc = fd < 0 ? cannot_read(path, &why) : feed_file(csv, fd, path, &why);
done:
    if (fd >= 0)
        close(fd);
    csvio_reader_free(csv);
    if (why.code != EXIT_DONE)
        err_set(e, why.code == EXIT_INPUT ? EXIT_USAGE : why.code, "%s", why.text);
    return rc;
}
