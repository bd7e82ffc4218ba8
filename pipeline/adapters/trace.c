/* trace: the whole file is read, and written in its place under a lock: it is a few lines. */
#include "adapters/trace.h"

#include "adapters/digest.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/rowhash.h"
#include "base/text.h"
#include "base/visible.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_AT_ONCE 8192

/* ---- lines ---- */

int trace_target(const char *action, const char *url, const char *name, char out[TRACE_TARGET_SIZE])
{
    const char *parts[] = {action, url, name};
    struct digest *d = digest_new();
    uint8_t hash[DIGEST_SIZE];
    int rc = -1;

    for (int i = 0; d && i < 3; i++)
        digest_update(d, parts[i], strlen(parts[i]) + 1);
    if (d && digest_finish(d, hash) == 0) {
        for (size_t i = 0; i < 8; i++)
            snprintf(out + 2 * i, 3, "%02x", hash[i]);
        rc = 0;
    }
    digest_free(d);
    return rc;
}

static unsigned check_of(const struct trace *t)
{
    uint64_t h = rowhash_bytes(ROWHASH_INIT, t->target, strlen(t->target));

    h = rowhash_bytes(h, t->ledger, strlen(t->ledger));
    h = rowhash_int(rowhash_int(rowhash_int(h, t->seq), t->run), t->at_ms);
    return (unsigned)rowhash_end(rowhash_bytes(h, t->path, strlen(t->path)));
}

/* One without its line end. */
static bool parse(const char *line, size_t len, struct trace *out)
{
    char copy[TRACE_PATH_MAX + 128], seq[20], run[20], at[20], check[9], want[9];
    int path = 0;

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, line, len);
    copy[len] = '\0';
    if (sscanf(copy, "%16[0-9a-f] %16[0-9a-f] %19s %19s %19s %8s %n", out->target, out->ledger, seq,
               run, at, check, &path) != 6 ||
        path == 0 || strlen(copy + path) >= sizeof(out->path) ||
        number_int(seq, 0, INT64_MAX, &out->seq) != 0 ||
        number_int(run, 0, INT64_MAX, &out->run) != 0 ||
        number_int(at, 0, INT64_MAX, &out->at_ms) != 0)
        return false;
    memcpy(out->path, copy + path, strlen(copy + path) + 1);
    snprintf(want, sizeof(want), "%08x", check_of(out));
    return strcmp(check, want) == 0;
}

static void format(const struct trace *t, struct text *out)
{
    struct trace flat = *t;

    visible_line(slice_of(t->path), flat.path, sizeof(flat.path));
    text_printf(out, "%s %s %" PRId64 " %" PRId64 " %" PRId64 " %08x %s\n", flat.target,
                flat.ledger, flat.seq, flat.run, flat.at_ms, check_of(&flat), flat.path);
}

/* ---- the file ---- */

static int fail(const char *folder, struct err *e)
{
    return err_set(e, EXIT_OUTPUT,
                   "%s/" TRACE_FILE ": %s: make it and its folder writable, or write the results "
                   "to another folder with -o",
                   folder, strerror(errno));
}

static int open_trace(const char *folder, int flags)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/" TRACE_FILE, folder);

    if (n < 0 || (size_t)n >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC, 0600);
}

/* Two runs may end at once.  Where files can't be locked one of them may be forgotten. */
static void lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    while (fcntl(fd, F_OFD_SETLKW, &whole) != 0 && errno == EINTR)
        ;
}

static int read_all(int fd, struct text *out)
{
    char bytes[READ_AT_ONCE];
    ssize_t n;

    while ((n = pread(fd, bytes, sizeof(bytes), (off_t)out->len)) > 0 && text_ok(out))
        text_append(out, bytes, (size_t)n);
    return n < 0 ? -1 : 0;
}

/* Some of them, by their target. */
struct index {
    const struct trace **by_target; /* NULL: no memory */
    size_t n;
};

static int compare(const void *a, const void *b)
{
    const struct trace *const *x = a, *const *y = b;

    return strcmp((*x)->target, (*y)->target);
}

static int compare_target(const void *target, const void *trace)
{
    const struct trace *const *t = trace;

    return strcmp(target, (*t)->target);
}

static struct index index_of(const struct trace *traces, size_t n)
{
    struct index x = {mem_zero(n + 1, sizeof(*x.by_target)), n};

    for (size_t i = 0; x.by_target && i < n; i++)
        x.by_target[i] = &traces[i];
    if (x.by_target)
        qsort(x.by_target, n, sizeof(*x.by_target), compare);
    return x;
}

/* The first of these of that target, or NULL. */
static const struct trace *const *find(const struct index *x, const char *target)
{
    if (!x->by_target || x->n == 0)
        return NULL;
    return bsearch(target, x->by_target, x->n, sizeof(*x->by_target), compare_target);
}

int trace_find(const char *folder, struct trace *traces, size_t n, struct err *e)
{
    int fd = open_trace(folder, O_RDONLY), rc = 0;
    struct index index;
    struct text all;
    const char *line, *end;

    for (size_t i = 0; i < n; i++)
        traces[i].ledger[0] = '\0';
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : fail(folder, e);
    text_init(&all);
    index = index_of(traces, n);
    if (read_all(fd, &all) != 0)
        rc = fail(folder, e);
    else if (!text_ok(&all) || !index.by_target)
        rc = err_nomem(e);
    for (line = all.ptr; rc == 0 && (end = strchr(line, '\n')); line = end + 1) {
        struct trace known;
        const struct trace *const *found =
            parse(line, (size_t)(end - line), &known) ? find(&index, known.target) : NULL;

        if (found)
            traces[*found - traces] = known;
    }
    free(index.by_target);
    text_release(&all);
    close(fd);
    return rc;
}

/* Lines of other targets stay as they are, also those that are not understood. */
static void keep_others(const char *line, const struct index *index, struct text *out)
{
    const char *end;
    struct trace known;

    for (; (end = strchr(line, '\n')); line = end + 1)
        if (!parse(line, (size_t)(end - line), &known) || !find(index, known.target))
            text_append(out, line, (size_t)(end - line) + 1);
}

int trace_put(const char *folder, const struct trace *traces, size_t n, struct err *e)
{
    int fd = open_trace(folder, O_RDWR | O_CREAT), rc = 0;
    struct text before, after;
    struct index index;

    if (fd < 0)
        return fail(folder, e);
    index = index_of(traces, n);
    lock(fd);
    text_init(&before);
    text_init(&after);
    if (read_all(fd, &before) != 0)
        rc = fail(folder, e);
    else if (!index.by_target)
        rc = err_nomem(e);
    else
        keep_others(before.ptr, &index, &after);
    for (size_t i = 0; i < n; i++)
        format(&traces[i], &after);
    if (rc == 0 && (!text_ok(&before) || !text_ok(&after)))
        rc = err_nomem(e);
    if (rc == 0 && (pwrite(fd, after.ptr, after.len, 0) != (ssize_t)after.len ||
                    ftruncate(fd, (off_t)after.len) != 0 || fsync(fd) != 0))
        rc = fail(folder, e);
    free(index.by_target);
    text_release(&after);
    text_release(&before);
    close(fd);
    return rc;
}
