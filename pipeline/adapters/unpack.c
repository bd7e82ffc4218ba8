/*
 * unpack: a file by the blocks that it has -> taken apart (gzip here, the others by members.c) -> another file, whose
 * bytes are counted.  And DEFLATE alone, from within a file (at the end).
 *
 * zlib's states: a member, between members (after each end of one), at the end of the file; only between
 * members may the file end.  NULs between members or at the end are padding, as to gzip(1); anything else
 * there is damage.
 */
#include "adapters/unpack.h"

#include "adapters/members.h"
#include "adapters/stop.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK_SIZE 65536
#define GZIP_ONLY (15 + 16) /* zlib: the largest window, with gzip's header and trailer */
#define RAW (-15)           /* … with neither */

static const struct kind {
    const char *name, *bytes;
    size_t len;
    bool by_zlib;
} kinds[] = {
    {"gzip", "\x1f\x8b\x08", 3, true},
    {"zstd", "\x28\xb5\x2f\xfd", 4, false},
    {"xz",
     "\xfd"
     "7zXZ\0",
     6, false},
    {"bzip2", "BZh", 3, false},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct job {
    const struct kind *kind;
    int from, to;
    off_t offset;
    int64_t left; /* bytes that may still be written */
    int64_t max;
    const char *name, *folder;
    struct err *e;
    unsigned char block[BLOCK_SIZE];
};

/* BZh and a digit may begin a CSV; then comes π of the first block, or √π of the end. */
static bool is_bzip2(struct slice s)
{
    return s.len >= 10 && s.ptr[3] >= '1' && s.ptr[3] <= '9' &&
           (memcmp(s.ptr + 4, "1AY&SY", 6) == 0 || memcmp(s.ptr + 4, "\x17rE8P\x90", 6) == 0);
}

static const struct kind *find_kind(struct slice first)
{
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *k = &kinds[i];
        if (first.len < k->len || memcmp(first.ptr, k->bytes, k->len) != 0)
            continue;
        return strcmp(k->name, "bzip2") == 0 && !is_bzip2(first) ? NULL : k;
    }
    return NULL;
}

const char *unpack_kind(struct slice first)
{
    const struct kind *k = find_kind(first);
    return k ? k->name : NULL;
}

/* ---- source and sink ---- */

static int interrupted(const struct job *j)
{
    return err_set(j->e, EXIT_INTERRUPTED, "%s: interrupted while it was unpacked", j->name);
}

static int damaged(const struct job *j, const char *how)
{
    return err_set(j->e, EXIT_INPUT, "%s: its %s is damaged or cut off (%s): get it once more",
                   j->name, j->kind->name, how);
}

/* The next block: its length, 0 at the end, or -1. */
static ssize_t next_block(struct job *j)
{
    ssize_t n = -1;

    if (stop_signal())
        return interrupted(j);
    do
        n = pread(j->from, j->block, sizeof(j->block), j->offset);
    while (n < 0 && errno == EINTR && !stop_signal());
    if (n < 0 && errno == EINTR)
        return interrupted(j);
    if (n < 0)
        return err_set(j->e, EXIT_INPUT,
                       "%s: cannot be read: %s: run the same command again when this is mended",
                       j->name, strerror(errno));
    j->offset += n;
    return n;
}

static int too_large(const struct job *j)
{
    return err_set(j->e, EXIT_INPUT,
                   "%s: holds more than %" PRId64 " bytes when it is unpacked: split it", j->name,
                   j->max);
}

static int put(struct job *j, const void *bytes, size_t len)
{
    const char *p = bytes;

    if ((uint64_t)len > (uint64_t)j->left)
        return too_large(j);
    j->left -= (int64_t)len;
    while (len > 0) {
        ssize_t n = write(j->to, p, len);
        if (stop_signal())
            return interrupted(j);
        if (n < 0 && errno != EINTR)
            return err_set(
                j->e, EXIT_INPUT,
                "%s: cannot be unpacked in %s: %s: set TMPDIR to a folder with room for it",
                j->name, j->folder, strerror(errno));
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* ---- gzip ---- */

static void skip_padding(z_stream *z)
{
    while (z->avail_in > 0 && *z->next_in == 0) {
        z->next_in++;
        z->avail_in--;
    }
}

/* Unpacks what z holds of the block; *between: a member is finished. */
static int inflate_block(struct job *j, z_stream *z, bool *between)
{
    unsigned char out[BLOCK_SIZE];

    do {
        if (*between) {
            skip_padding(z);
            if (z->avail_in == 0)
                return 0;
            inflateReset(z);
        }
        z->next_out = out;
        z->avail_out = sizeof(out);
        int rc = inflate(z, Z_NO_FLUSH);
        if (rc == Z_MEM_ERROR)
            return err_nomem(j->e);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return damaged(j, z->msg ? z->msg : "no gzip");
        if (put(j, out, sizeof(out) - z->avail_out))
            return -1;
        *between = rc == Z_STREAM_END;
    } while (z->avail_in > 0 || z->avail_out == 0);
    return 0;
}

static int unpack_gzip(struct job *j)
{
    z_stream z = {.next_in = j->block};
    bool between = false;
    ssize_t n = -1;
    int rc = -1;

    if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
        return err_nomem(j->e);
    while ((n = next_block(j)) > 0) {
        z.next_in = j->block;
        z.avail_in = (unsigned)n;
        if (inflate_block(j, &z, &between))
            goto done;
    }
    if (n == 0)
        rc = between ? 0 : damaged(j, "it ends too early");
done:
    inflateEnd(&z);
    return rc;
}

/* ---- the others ---- */

static ssize_t stream_next(void *context, const void **bytes)
{
    struct job *j = context;

    *bytes = j->block;
    return next_block(j);
}

static int stream_put(void *context, const void *bytes, size_t len)
{
    struct job *j = context;

    return stop_signal() ? interrupted(j) : put(j, bytes, len);
}

static int unpack_stream(struct job *j)
{
    struct members_stream stream = {j, stream_next, stream_put};
    struct err why = ERR_INIT;

    if (members_unpack(j->kind->name, &stream, &why) == 0)
        return 0;
    if (j->e->code != EXIT_DONE)
        return -1;
    return why.code == EXIT_INPUT ? damaged(j, why.text) : err_nomem(j->e);
}

int unpack_file(int from, int to, int64_t max, const char *name, const char *folder, struct err *e)
{
    struct err why = ERR_INIT;
    struct job *j = mem_zero(1, sizeof(*j));
    int rc = -1;

    if (!j)
        return err_nomem(e);
    *j = (struct job){
        .from = from, .to = to, .left = max, .max = max, .name = name, .folder = folder, .e = &why};
    ssize_t n = next_block(j);
    j->kind = find_kind((struct slice){(const char *)j->block, n > 0 ? (size_t)n : 0});
    j->offset = 0;
    if (n >= 0 && !j->kind)
        err_set(&why, EXIT_INPUT, "%s: is neither gzip, zstd, xz nor bzip2", name);
    else if (n >= 0)
        rc = j->kind->by_zlib ? unpack_gzip(j) : unpack_stream(j);
    free(j);
    return rc == 0 ? 0 : err_set(e, why.code, "%s", why.text);
}

/* ---- what is packed in another file ---- */

/* What z has of the input; inflate's answer. */
static int take_inflated(z_stream *z, unpack_taker *take, void *context, uint32_t *crc)
{
    unsigned char out[BLOCK_SIZE];
    int rc = Z_OK;

    do {
        z->next_out = out;
        z->avail_out = sizeof(out);
        rc = inflate(z, Z_NO_FLUSH);
        size_t n = sizeof(out) - z->avail_out;
        *crc = (uint32_t)crc32(*crc, out, (unsigned)n);
        if ((rc == Z_OK || rc == Z_STREAM_END) && n > 0 && take(context, out, n) != 0)
            return Z_DATA_ERROR;
    } while (rc == Z_OK && (z->avail_in > 0 || z->avail_out == 0));
    return rc == Z_BUF_ERROR ? Z_OK : rc; /* it wants more of it */
}

int unpack_deflated(int from, off_t *at, unpack_taker *take, void *context, uint32_t *crc)
{
    unsigned char block[BLOCK_SIZE];
    z_stream z = {.next_in = block};
    int rc = Z_OK;

    *crc = 0;
    if (inflateInit2(&z, RAW) != Z_OK)
        return -1;
    while (rc == Z_OK) {
        ssize_t n = pread(from, block, sizeof(block), *at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        z.next_in = block;
        z.avail_in = (unsigned)n;
        rc = take_inflated(&z, take, context, crc);
        *at += n - (ssize_t)z.avail_in;
    }
    inflateEnd(&z);
    return rc == Z_STREAM_END ? 0 : -1;
}
