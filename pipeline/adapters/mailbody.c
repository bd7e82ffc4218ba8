/*
 * mailbody: the message's text lies in memory, its files are read as they are needed.
 */
#include "mailbody.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/visible.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 57 /* make 76 characters */
#define CHUNK_LINES 64
#define SHOWN_MAX 120 /* bytes of a path that are shown */

/* The size of n bytes in base64, line ends counted. */
static int64_t encoded_size(int64_t n)
{
    int64_t lines = n / LINE_BYTES, rest = n % LINE_BYTES;

    return lines * (LINE_BYTES / 3 * 4 + 2) + (rest ? (rest + 2) / 3 * 4 + 2 : 0);
}

/* One line, with its end.  How many characters it has. */
static size_t encode_line(const unsigned char *bytes, size_t n, char *to)
{
    size_t len = base64_encode(bytes, n, to);

    to[len++] = '\r';
    to[len++] = '\n';
    return len;
}

/* ---- what is wrong ---- */

static int fail(struct answer *a, enum trouble trouble, const char *problem)
{
    a->trouble = trouble;
    snprintf(a->problem, sizeof(a->problem), "%s", problem);
    return -1;
}

static int fail_file(struct answer *a, const char *path, const char *why)
{
    char shown[SHOWN_MAX];

    visible_line(slice_of(path), shown, sizeof(shown));
    a->trouble = TROUBLE_MESSAGE;
    snprintf(a->problem, sizeof(a->problem), "the attachment %s %.100s", shown, why);
    return -1;
}

static int fail_errno(struct answer *a, const char *path)
{
    char why[128];
    int problem = errno;

    snprintf(why, sizeof(why), "can't be read: %s", strerror(problem));
    fail_file(a, path, why);
    if (problem == EMFILE || problem == ENFILE || problem == ENOMEM || problem == EIO)
        a->trouble = TROUBLE_OTHER; /* it is not the file's fault */
    return -1;
}

/* ---- the text ---- */

/* A lone CR or LF ends a line for some servers and not for others, so that what is content here may be a command
 * there. */
static bool has_stray_end(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\0' || (s.ptr[i] == '\n' && (i == 0 || s.ptr[i - 1] != '\r')) ||
            (s.ptr[i] == '\r' && (i + 1 == s.len || s.ptr[i + 1] != '\n')))
            return true;
    return false;
}

/* Up to the blank line. */
static struct slice head_of(struct slice s)
{
    const char *end = memmem(s.ptr, s.len, "\r\n\r\n", 4);

    return (struct slice){s.ptr, end ? (size_t)(end - s.ptr) : s.len};
}

/* ---- the files ---- */

static int open_file(struct mailbody_file *f, const char *path, struct answer *a)
{
    struct stat st;

    /* A pipe of that name is not waited for. */
    f->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &st) != 0)
        return fail_errno(a, path);
    if (!S_ISREG(st.st_mode))
        return fail_file(a, path, "is no file");
    f->size = f->left = st.st_size;
    f->changed = st.st_mtim;
    return 0;
}

static int open_files(struct mailbody *b, const struct request_mail *m, struct answer *a)
{
    if (m->n_files == 0)
        return 0;
    b->files = mem_zero(m->n_files, sizeof(*b->files));
    if (!b->files)
        return fail(a, TROUBLE_OTHER, "out of memory");
    for (size_t i = 0; i < m->n_files; i++)
        b->files[i].fd = -1;
    for (size_t i = 0; i < m->n_files; i++) {
        if (open_file(&b->files[i], m->files[i].path, a) != 0)
            return -1;
        b->size += encoded_size(b->files[i].size);
    }
    return 0;
}

int mailbody_open(struct mailbody *b, const struct request *r, struct answer *a)
{
    struct slice body = {r->body.ptr, r->body.len};

    *b = (struct mailbody){.request = r, .size = (int64_t)body.len};
    b->wide = !slice_is_ascii(body);
    b->wide_head = b->wide && !slice_is_ascii(head_of(body));
    if (has_stray_end(body))
        fail(a, TROUBLE_MESSAGE, "the message has a line end that is not CR LF");
    else if (open_files(b, &r->mail, a) == 0)
        return 0;
    mailbody_close(b);
    return -1;
}

/* So many bytes as are there, up to n.  -1 with errno. */
static ssize_t read_full(int fd, unsigned char *to, size_t n)
{
    size_t got = 0;

    while (got < n) {
        ssize_t more = read(fd, to + got, n - got);

        if (more < 0 && errno != EINTR)
            return -1;
        if (more == 0)
            break;
        got += more > 0 ? (size_t)more : 0;
    }
    return (ssize_t)got;
}

/* The server was told its size, and half of an old file with half of a new one is neither. */
static bool is_as_it_was(const struct mailbody_file *f)
{
    struct stat st;

    return fstat(f->fd, &st) == 0 && st.st_size == f->size &&
           st.st_mtim.tv_sec == f->changed.tv_sec && st.st_mtim.tv_nsec == f->changed.tv_nsec;
}

static ssize_t read_file(struct mailbody *b, char *to, size_t room, struct answer *a)
{
    const char *path = b->request->mail.files[b->file].path;
    struct mailbody_file *f = &b->files[b->file];
    unsigned char raw[LINE_BYTES * CHUNK_LINES];
    size_t lines = room / MAILBODY_ROOM_MIN, n, len = 0;
    ssize_t got;

    n = LINE_BYTES * (lines < CHUNK_LINES ? lines : CHUNK_LINES);
    n = (int64_t)n < f->left ? n : (size_t)f->left;
    got = read_full(f->fd, raw, n);
    if (got < 0)
        return fail_errno(a, path);
    if (got != (ssize_t)n)
        return fail_file(a, path, "has changed while it was sent");
    for (size_t i = 0; i < n; i += LINE_BYTES)
        len += encode_line(raw + i, n - i < LINE_BYTES ? n - i : LINE_BYTES, to + len);
    f->left -= (int64_t)n;
    if (f->left > 0)
        return (ssize_t)len;
    if (!is_as_it_was(f))
        return fail_file(a, path, "has changed while it was sent");
    close(f->fd);
    f->fd = -1;
    b->file++;
    return (ssize_t)len;
}

ssize_t mailbody_read(struct mailbody *b, char *to, size_t room, struct answer *a)
{
    const struct request_mail *m = &b->request->mail;
    const struct text *body = &b->request->body;
    size_t end, n;

    while (b->file < m->n_files && m->files[b->file].at <= b->at) {
        ssize_t len = read_file(b, to, room, a);

        if (len != 0) /* an empty file has no line */
            return len;
    }
    end =
        b->file < m->n_files && m->files[b->file].at < body->len ? m->files[b->file].at : body->len;
    n = end - b->at < room ? end - b->at : room;
    memcpy(to, body->ptr + b->at, n);
    b->at += n;
    if (n == 0 && b->file < m->n_files) /* it stands behind the end */
        return read_file(b, to, room, a);
    return (ssize_t)n;
}

void mailbody_close(struct mailbody *b)
{
    if (!b->request)
        return;
    for (size_t i = 0; b->files && i < b->request->mail.n_files; i++)
        if (b->files[i].fd >= 0)
            close(b->files[i].fd);
    free(b->files);
    *b = (struct mailbody){.request = NULL};
}
