/* jsonfile: reads a file whole, within its limit, before any of it is parsed. */
#include "adapters/jsonfile.h"

#include "adapters/json.h"
#include "adapters/plainfile.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE 65536

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

int jsonfile_bytes(const char *path, const char *what, size_t max, struct text *out, struct err *e)
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

static struct json *parse(const char *path, const struct text *bytes, struct err *e)
{
    static const char mark[] = "\xef\xbb\xbf"; /* which some editors write before everything */
    struct slice s = {bytes->ptr, bytes->len};
    struct json_fault f;
    struct json *doc;

    if (s.len >= 3 && memcmp(s.ptr, mark, 3) == 0)
        s = (struct slice){s.ptr + 3, s.len - 3};
    doc = json_parse_strict(s, &f);
    if (!doc && f.line == 0)
        err_nomem(e);
    else if (!doc)
        err_set(e, EXIT_USAGE, "%s:%d:%d: %s", path, f.line, f.column, f.text);
    return doc;
}

struct json *jsonfile_read(const char *path, const char *what, size_t max, struct err *e)
{
    struct json *doc = NULL;
    struct text bytes;

    text_init(&bytes);
    if (jsonfile_bytes(path, what, max, &bytes, e) == 0)
        doc = parse(path, &bytes, e);
    text_release(&bytes);
    return doc;
}
