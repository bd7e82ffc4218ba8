/*
 * members: opened -> header, header, … -> [the data of one] -> closed.
 *
 * libarchive's warnings are damage where data is read: that is what it gives for a checksum or a length that is wrong.
 * At a header they are about what is of no use here, such as a name that is no UTF-8.
 */
#include "adapters/members.h"

#include "adapters/stop.h"
#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* After a seek little is read, for most often only a header is wanted; then twice as much each time. */
#define BLOCK_MIN 4096u
#define BLOCK_MAX (256u << 10)

static const char zip_end[] = {'P', 'K', 5, 6}; /* of the directory's end */

#define TAR_BLOCK 512
#define TAR_SUM_AT 148
#define TAR_SUM_LEN 8

struct source {
    int fd;
    const char *name;
    int64_t at, size; /* of the file */
    int64_t taken;    /* bytes that were read */
    size_t block;
    int why;   /* errno of what could not be read */
    bool ends; /* a signal came */
    unsigned char bytes[BLOCK_MAX];
};

struct member_reader {
    struct archive *archive;
    struct source *source;
    char *path;
    int64_t max, total, from; /* from: what the source had given before */
};

/* ---- kinds ---- */

static bool is_tar(struct slice first)
{
    const unsigned char *p = (const unsigned char *)first.ptr;
    unsigned long sum = 0;
    size_t at = TAR_SUM_AT;
    unsigned long said = 0;

    if (first.len < TAR_BLOCK || p[0] == '\0')
        return false;
    while (at < TAR_SUM_AT + TAR_SUM_LEN && p[at] == ' ')
        at++;
    for (; at < TAR_SUM_AT + TAR_SUM_LEN && p[at] >= '0' && p[at] <= '7'; at++)
        said = said * 8 + (unsigned long)(p[at] - '0');
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= TAR_SUM_AT && i < TAR_SUM_AT + TAR_SUM_LEN ? ' ' : p[i];
    return sum == said;
}

enum members_kind members_kind(struct slice first)
{
    if (first.len >= 4 &&
        (memcmp(first.ptr, "PK\3\4", 4) == 0 || memcmp(first.ptr, zip_end, sizeof(zip_end)) == 0))
        return MEMBERS_ZIP;
    return is_tar(first) ? MEMBERS_TAR : MEMBERS_NONE;
}

/* ---- the file beneath ---- */

static ssize_t read_at(struct source *s, void *buf, size_t size, int64_t at)
{
    ssize_t n = -1;

    do
        n = stop_signal() ? -1 : pread(s->fd, buf, size, at);
    while (n < 0 && errno == EINTR && !stop_signal());
    if (n < 0) {
        s->ends = stop_signal() != 0;
        s->why = errno;
    }
    return n;
}

static la_ssize_t source_read(struct archive *a, void *context, const void **bytes)
{
    struct source *s = context;
    ssize_t n = read_at(s, s->bytes, s->block, s->at);

    *bytes = s->bytes;
    if (n < 0) {
        archive_set_error(a, EIO, "see its own error");
        return ARCHIVE_FATAL;
    }
    s->at += n;
    s->taken += n;
    s->block = s->block < BLOCK_MAX ? s->block * 2 : BLOCK_MAX;
    return n;
}

/* Up to the end at most: whoever reads on then sees that it is too early. */
static la_int64_t source_skip(struct archive *a, void *context, la_int64_t request)
{
    struct source *s = context;
    int64_t left = s->size > s->at ? s->size - s->at : 0;
    int64_t skipped = request < left ? request : left;

    (void)a;
    s->at += skipped;
    if (skipped > 0)
        s->block = BLOCK_MIN;
    return skipped;
}

static la_int64_t source_seek(struct archive *a, void *context, la_int64_t offset, int whence)
{
    struct source *s = context;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? s->at : s->size;

    if (offset < -base || (offset > 0 && base > INT64_MAX - offset)) {
        archive_set_error(a, EINVAL, "an offset before its beginning");
        return ARCHIVE_FATAL;
    }
    s->at = base + offset;
    s->block = BLOCK_MIN;
    return s->at;
}

/* ---- errors ---- */

/* part: NULL, or which member. */
static int fail(const struct source *s, struct archive *a, const char *part, struct err *e)
{
    const char *how = archive_error_string(a);

    if (s->ends)
        return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was read", s->name);
    if (s->why)
        return err_set(e, EXIT_INPUT,
                       "%s: cannot be read: %s: run the same command again when this is mended",
                       s->name, strerror(s->why));
    if (archive_errno(a) == ENOMEM)
        return err_nomem(e);
    how = how && *how ? how : "it ends too early";
    if (part)
        return err_set(e, EXIT_INPUT,
                       "%s: its member %.200s is damaged (%.200s): download or copy it again",
                       s->name, part, how);
    return err_set(e, EXIT_INPUT, "%s: is cut off or damaged (%.200s): download or copy it again",
                   s->name, how);
}

/* ---- an archive ---- */

/* Names are UTF-8 for libarchive only in a locale that has it, which is this thread's for so long. */
static locale_t enter_utf8(locale_t *was)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

    *was = utf8 ? uselocale(utf8) : (locale_t)0;
    return utf8;
}

static void leave_utf8(locale_t utf8, locale_t was)
{
    if (!utf8)
        return;
    uselocale(was);
    freelocale(utf8);
}

static int open_source(struct source *s, int fd, const char *name, struct err *e)
{
    struct stat st;

    s->fd = fd;
    s->name = name;
    s->block = BLOCK_MIN;
    if (fstat(fd, &st) != 0)
        return err_set(e, EXIT_INPUT, "%s: cannot be read: %s: run the same command again", name,
                       strerror(errno));
    s->size = st.st_size;
    return 0;
}

static int open_archive(struct archive *a, struct source *s, struct err *e)
{
    /* also the format that is read from its beginning would take a ZIP, and by names that its directory need not have */
    if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
        archive_read_support_format_tar(a) != ARCHIVE_OK ||
        archive_read_set_read_callback(a, source_read) != ARCHIVE_OK ||
        archive_read_set_skip_callback(a, source_skip) != ARCHIVE_OK ||
        archive_read_set_seek_callback(a, source_seek) != ARCHIVE_OK ||
        archive_read_set_callback_data(a, s) != ARCHIVE_OK || archive_read_open1(a) != ARCHIVE_OK)
        return fail(s, a, NULL, e);
    return 0;
}

static void close_both(struct archive *a, struct source *s)
{
    if (a)
        archive_read_free(a);
    free(s);
}

/* The next member's header: 1, 0 at the end, -1. */
static int next_entry(struct archive *a, struct source *s, struct archive_entry **entry,
                      struct err *e)
{
    int rc = archive_read_next_header(a, entry);

    if (rc == ARCHIVE_EOF)
        return 0;
    return rc == ARCHIVE_OK || rc == ARCHIVE_WARN ? 1 : fail(s, a, NULL, e);
}

/* Its name; what is no UTF-8 in it becomes question marks. */
static char *path_of(struct archive_entry *entry)
{
    const char *path = archive_entry_pathname_utf8(entry);

    if (!path)
        path = archive_entry_pathname(entry);
    char *copy = mem_copy(path ? path : "", path ? strlen(path) : 0);
    for (char *p = copy; p && *p;) {
        size_t len = slice_character(slice_of(p));
        if (len == 0)
            *p = '?';
        p += len ? len : 1;
    }
    return copy;
}

static bool is_file(struct archive_entry *entry)
{
    return archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);
}

/* A tar that was cut between two members looks like a whole one but for the zeros at its end. */
static int check_end(struct archive *a, struct source *s, struct err *e)
{
    unsigned char last[TAR_BLOCK];
    int64_t at = s->size - TAR_BLOCK;

    if ((archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
        return 0;
    ssize_t n = at < 0 ? 0 : read_at(s, last, sizeof(last), at);
    for (ssize_t i = 0; i < n; i++)
        if (last[i] != 0)
            n = 0;
    if (n == TAR_BLOCK)
        return 0;
    archive_clear_error(a);
    return fail(s, a, NULL, e);
}

static int list(struct archive *a, struct source *s, members_each *each, void *context,
                struct err *e)
{
    struct archive_entry *entry = NULL;
    int rc = open_archive(a, s, e) == 0 ? 1 : -1;

    for (size_t n = 1; rc == 1 && (rc = next_entry(a, s, &entry, e)) == 1; n++) {
        if (n > MEMBERS_MAX)
            return err_set(e, EXIT_INPUT, "%s: holds more than %d files: is it the right one?",
                           s->name, MEMBERS_MAX);
        struct member m = {.number = n,
                           .size =
                               archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1,
                           .is_file = is_file(entry),
                           .locked = archive_entry_is_encrypted(entry) > 0};
        char *path = path_of(entry);
        if (!path)
            return err_nomem(e);
        m.path = path;
        int stop = each(context, &m);
        free(path);
        if (stop)
            return stop;
    }
    return rc == 0 ? check_end(a, s, e) : -1;
}

/* Nothing but the end of a directory, for which libarchive sees no ZIP. */
static bool is_empty_zip(struct source *s)
{
    char first[sizeof(zip_end)];

    return read_at(s, first, sizeof(first), 0) == (ssize_t)sizeof(first) &&
           memcmp(first, zip_end, sizeof(first)) == 0;
}

int members_list(int fd, const char *name, members_each *each, void *context, struct err *e)
{
    struct archive *a = archive_read_new();
    struct source *s = mem_zero(1, sizeof(*s));
    locale_t was, utf8 = enter_utf8(&was);
    int rc = -1;

    if (!a || !s)
        err_nomem(e);
    else if (open_source(s, fd, name, e) == 0)
        rc = is_empty_zip(s) ? 0 : list(a, s, each, context, e);
    close_both(a, s);
    leave_utf8(utf8, was);
    return rc;
}

/* ---- one member ---- */

static int find_member(struct member_reader *r, size_t number, struct err *e)
{
    struct archive_entry *entry = NULL;
    int rc = open_archive(r->archive, r->source, e) == 0 ? 1 : -1;

    for (size_t n = 0; n < number && rc == 1; n++)
        rc = next_entry(r->archive, r->source, &entry, e);
    if (rc == 0 || (rc == 1 && !entry))
        return err_set(e, EXIT_INPUT, "%s: has no member %zu", r->source->name, number);
    if (rc < 0)
        return -1;
    r->path = path_of(entry);
    if (!r->path)
        return err_nomem(e);
    if (archive_entry_is_encrypted(entry) > 0)
        return err_set(e, EXIT_INPUT,
                       "%s: its member %.200s is protected with a password: unpack it, and give "
                       "what is in it",
                       r->source->name, r->path);
    return 0;
}

struct member_reader *member_open(int fd, const char *name, size_t number, int64_t max,
                                  struct err *e)
{
    struct member_reader *r = mem_zero(1, sizeof(*r));
    locale_t was, utf8 = enter_utf8(&was);
    int rc = -1;

    if (r) {
        r->max = max;
        r->archive = archive_read_new();
        r->source = mem_zero(1, sizeof(*r->source));
    }
    if (!r || !r->archive || !r->source)
        err_nomem(e);
    else if (open_source(r->source, fd, name, e) == 0)
        rc = find_member(r, number, e);
    leave_utf8(utf8, was);
    if (rc == 0)
        return r;
    member_close(r);
    return NULL;
}

ssize_t member_read(struct member_reader *r, void *buf, size_t size, struct err *e)
{
    la_ssize_t n = stop_signal() ? -1 : archive_read_data(r->archive, buf, size);

    if (n < 0) {
        r->source->ends = stop_signal() != 0;
        return fail(r->source, r->archive, r->path, e);
    }
    r->total += n;
    if (r->total > r->max)
        return err_set(e, EXIT_INPUT,
                       "%s: its member %.200s holds more than %" PRId64 " bytes: split it",
                       r->source->name, r->path, r->max);
    if (r->total > MEMBERS_RATIO_FROM && r->total / MEMBERS_RATIO > r->source->taken)
        return err_set(e, EXIT_INPUT,
                       "%s: its member %.200s is packed to less than 1 in %d of its size, as what "
                       "is made to fill disks: unpack it yourself if you trust it",
                       r->source->name, r->path, MEMBERS_RATIO);
    return n;
}

void member_close(struct member_reader *r)
{
    if (!r)
        return;
    close_both(r->archive, r->source);
    free(r->path);
    free(r);
}

/* ---- one stream ---- */

static la_ssize_t stream_read(struct archive *a, void *context, const void **bytes)
{
    const struct members_stream *stream = context;
    ssize_t n = stream->next(stream->context, bytes);

    if (n < 0)
        archive_set_error(a, EIO, "see its own error");
    return n;
}

static int put_all(struct archive *a, const struct members_stream *stream)
{
    const void *bytes = NULL;
    size_t len = 0;
    la_int64_t offset = 0;
    int rc = ARCHIVE_OK;

    while ((rc = archive_read_data_block(a, &bytes, &len, &offset)) == ARCHIVE_OK) {
        if (stream->put(stream->context, bytes, len) != 0)
            return -1;
    }
    return rc == ARCHIVE_EOF ? 0 : rc;
}

static int support_filter(struct archive *a, const char *kind)
{
    if (strcmp(kind, "zstd") == 0)
        return archive_read_support_filter_zstd(a);
    if (strcmp(kind, "xz") == 0)
        return archive_read_support_filter_xz(a);
    return archive_read_support_filter_bzip2(a);
}

/* 0, or libarchive's error or -1. */
static int unpack_all(struct archive *a, const char *kind, const struct members_stream *stream)
{
    struct archive_entry *entry = NULL;

    /* ARCHIVE_WARN: the library was built without, and would call another program */
    if (support_filter(a, kind) != ARCHIVE_OK || archive_read_support_format_raw(a) != ARCHIVE_OK ||
        archive_read_support_format_empty(a) != ARCHIVE_OK)
        return ARCHIVE_FATAL;
    int rc = archive_read_open(a, (void *)(uintptr_t)stream, NULL, stream_read, NULL);
    if (rc == ARCHIVE_OK)
        rc = archive_read_next_header(a, &entry);
    if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
        return rc;
    /* what is too short to be of the kind it passes through as it is */
    if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE)
        return ARCHIVE_FATAL;
    return rc == ARCHIVE_EOF ? 0 : put_all(a, stream); /* EOF: nothing was packed */
}

int members_unpack(const char *kind, const struct members_stream *stream, struct err *e)
{
    struct archive *a = archive_read_new();

    if (!a)
        return err_nomem(e);
    int rc = unpack_all(a, kind, stream);
    if (rc != 0 && archive_errno(a) == ENOMEM) {
        err_nomem(e);
    } else if (rc != 0) {
        const char *how = archive_error_string(a);
        err_set(e, EXIT_INPUT, "%s", how && *how ? how : "it ends too early");
    }
    archive_read_free(a);
    return rc == 0 ? 0 : -1;
}
