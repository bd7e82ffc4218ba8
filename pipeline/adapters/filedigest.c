/* filedigest: reads a file once, in pieces. */
#include "adapters/filedigest.h"

#include "adapters/plainfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE 65536

int filedigest(const char *path, const char *what, uint8_t out[DIGEST_SIZE], struct err *e)
{
    struct digest *d = digest_new();
    char chunk[CHUNK_SIZE];
    int fd = -1, rc = -1;
    ssize_t n;

    if (!d)
        return err_nomem(e);
    fd = plainfile_open(path, what, e);
    if (fd < 0)
        goto done;
    while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n > 0)
            digest_update(d, chunk, (size_t)n);
        else if (errno != EINTR)
            break;
    }
    if (n < 0)
        err_set(e, EXIT_USAGE, "%s: the %s cannot be read: %s", path, what, strerror(errno));
    else if ((rc = digest_finish(d, out)) != 0)
        err_nomem(e);
    close(fd);
done:
    digest_free(d);
    return rc;
}
