/*
 * outfile: whole or not at all.
 *
 *   open -> (failed) -> committed | discarded, both by outfile_close
 *
 * Kinds, told apart when it is opened: a new file (`temporary`, and `target` is its name to come), a
 * thing written in place (a device, a pipe: there is no temporary file), and standard output.
 */
#include "adapters/outfile.h"

#include "adapters/tempfile.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/visible.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel's own */

struct outfile {
    FILE *stream;
    bool failed;
    bool terminal;
    char path[PATH_MAX];       /* as given, for messages */
    char target[PATH_MAX];     /* path, with symbolic links followed */
    struct tempfile temporary; /* none (-1) unless the target is to be replaced */
};

static bool is_new(const struct outfile *f)
{
    return f->temporary.fd >= 0;
}

static int too_long(const char *path, struct err *e)
{
    return err_set(e, EXIT_OUTPUT, "%.100s…: the path is too long", path);
}

/* The length of the folder's part of path, with its last slash; 0: the current folder. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash + 1 - path) : 0;
}

/* name, in the folder of path, into out (PATH_MAX bytes, may be path itself). */
static int sibling(const char *path, const char *name, char *out)
{
    char buf[PATH_MAX];
    int len = snprintf(buf, sizeof(buf), "%.*s%s", (int)folder_len(path), path, name);

    if (len < 0 || (size_t)len >= sizeof(buf))
        return -1;
    memcpy(out, buf, (size_t)len + 1);
    return 0;
}

/* Make of target what its symbolic links lead to, be it there or not. */
static int follow_links(struct outfile *f, struct err *e)
{
    char next[PATH_MAX];

    for (int links = 0; links < LINKS_MAX; links++) {
        ssize_t len = readlink(f->target, next, sizeof(next) - 1);
        if (len < 0)
            return 0;
        next[len] = '\0';
        if (sibling(next[0] == '/' ? "" : f->target, next, f->target))
            return too_long(f->path, e);
    }
    return err_set(e, EXIT_OUTPUT, "%s: %s: name the file itself", f->path, strerror(ELOOP));
}

/* A descriptor of its own for the stream: the temporary file's is open, and locked, until it has its name. */
static int open_temporary(struct outfile *f, struct err *e)
{
    char folder[PATH_MAX];
    int fd = -1;

    if (follow_links(f, e))
        return -1;
    if (sibling(f->target, ".", folder))
        return too_long(f->path, e);
    tempfile_sweep(folder);
    if (tempfile_open(&f->temporary, folder) == 0)
        fd = fcntl(f->temporary.fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        err_set(e, EXIT_OUTPUT,
                "%s: cannot be written: no file can be made in its folder: %s: check the "
                "folder, or name another file",
                f->path, strerror(errno));
        tempfile_drop(&f->temporary);
    }
    return fd;
}

static int open_in_place(const struct outfile *f, struct err *e)
{
    int fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(e, EXIT_OUTPUT, "%s: cannot be written: %s: name another file", f->path,
                       strerror(errno));
    return fd;
}

/* The descriptor to write to. */
static int open_target(struct outfile *f, struct err *e)
{
    struct stat st;
    bool exists = stat(f->path, &st) == 0;

    if (exists && S_ISDIR(st.st_mode))
        return err_set(e, EXIT_OUTPUT, "%s: is a folder: name a file in it", f->path);
    if (exists && !S_ISREG(st.st_mode))
        return open_in_place(f, e);
    return open_temporary(f, e);
}

/* That nothing can be written there is known before anything is done, not when it is to be told. */
static int check_stdout(struct err *e)
{
    int flags = fcntl(STDOUT_FILENO, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        return 0;
    return err_set(e, EXIT_OUTPUT,
                   "stdout: is closed, or open for reading only: name a file with -o, or direct "
                   "stdout to one");
}

static int open_stream(struct outfile *f, struct err *e)
{
    if (strcmp(f->path, "-") == 0) {
        f->stream = stdout;
        return check_stdout(e);
    }
    int fd = open_target(f, e);
    if (fd < 0)
        return -1;
    f->stream = fdopen(fd, "w");
    if (!f->stream) {
        close(fd);
        tempfile_drop(&f->temporary);
        return err_nomem(e);
    }
    return 0;
}

bool outfile_replaces(const char *path, const char *input)
{
    struct stat a, b;

    return strcmp(path, "-") != 0 && strcmp(input, "-") != 0 && stat(path, &a) == 0 &&
           stat(input, &b) == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

/* What its symbolic links lead to, into out: 0 or -1. */
static int resolve(const char *path, struct outfile *out)
{
    struct err ignored = ERR_INIT;
    size_t len = strlen(path);

    if (len >= sizeof(out->path))
        return -1;
    memcpy(out->path, path, len + 1);
    memcpy(out->target, path, len + 1);
    return follow_links(out, &ignored);
}

/* Of files that are not there yet: the same name in the same folder. */
static bool is_same_name(const char *a, const char *b)
{
    struct outfile *files = mem_zero(2, sizeof(*files));
    char folder[PATH_MAX];
    struct stat of[2];
    bool same = files && resolve(a, &files[0]) == 0 && resolve(b, &files[1]) == 0;

    for (int i = 0; same && i < 2; i++)
        same = sibling(files[i].target, ".", folder) == 0 && stat(folder, &of[i]) == 0;
    same = same && of[0].st_dev == of[1].st_dev && of[0].st_ino == of[1].st_ino &&
           strcmp(files[0].target + folder_len(files[0].target),
                  files[1].target + folder_len(files[1].target)) == 0;
    free(files);
    return same;
}

bool outfile_same(const char *a, const char *b)
{
    bool a_there, b_there;

    if (is_stdout(a) || is_stdout(b))
        return is_stdout(a) && is_stdout(b);
    a_there = outfile_is_there(a);
    b_there = outfile_is_there(b);
    if (a_there && b_there)
        return outfile_replaces(a, b);
    return !a_there && !b_there && is_same_name(a, b);
}

bool outfile_overwrites(const char *path)
{
    struct stat st;

    return !is_stdout(path) && stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

static bool begins_with(const char *path, const char *header)
{
    size_t len = strlen(header), n = 0;
    char *begin = mem_zero(1, len + 1);
    FILE *f = begin ? fopen(path, "re") : NULL;
    bool yes;

    if (f) {
        n = fread(begin, 1, len, f);
        err_ignore(fclose(f));
    }
    yes = f && n == len && memcmp(begin, header, len) == 0;
    free(begin);
    return yes;
}

bool outfile_is_other(const char *path, const char *header)
{
    return outfile_overwrites(path) && !begins_with(path, header);
}

int outfile_refuse_other(const char *path, const char *header, const char *option, bool force,
                         struct err *e)
{
    if (force || !outfile_is_other(path, header))
        return 0;
    if (!option)
        return err_set(e, EXIT_USAGE,
                       "%s: is there already, and is nothing that this command has written: move "
                       "it away",
                       path);
    return err_set(e, EXIT_USAGE,
                   "%s: is there already, and is nothing that this command has written: name "
                   "another file with %s, or say --force to replace it",
                   path, option);
}

bool outfile_is_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

bool outfile_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

struct outfile *outfile_open(const char *path, struct err *e)
{
    /* Opened by this name it would be truncated, or replaced, by whatever it was redirected to. */
    if (is_stdout(path))
        path = "-";
    size_t len = strlen(path);
    if (len == 0 || len >= PATH_MAX) {
        if (len == 0)
            err_set(e, EXIT_OUTPUT, "the output's path is empty: name a file, or - for stdout");
        else
            too_long(path, e);
        return NULL;
    }
    struct outfile *f = mem_zero(1, sizeof(*f));
    if (!f) {
        err_nomem(e);
        return NULL;
    }
    memcpy(f->path, path, len);
    memcpy(f->target, path, len);
    f->temporary.fd = -1;
    if (open_stream(f, e)) {
        free(f);
        return NULL;
    }
    f->terminal = isatty(fileno(f->stream)) == 1;
    return f;
}

static int fail(struct outfile *f, int errnum, struct err *e)
{
    const char *name = f->stream == stdout ? "stdout" : f->path;
    const char *kept = is_new(f) ? "; no part of it was kept" : "";

    f->failed = true;
    return err_set(e, EXIT_OUTPUT,
                   "%s: cannot be written: %s%s: see that there is room, or name another file",
                   name, strerror(errnum), kept);
}

/* Lines as a terminal may show them; a CR stays where it ends one. */
static void append_lines(struct text *out, struct slice s)
{
    while (s.len > 0) {
        const char *end = memchr(s.ptr, '\n', s.len);
        size_t len = end ? (size_t)(end + 1 - s.ptr) : s.len;
        size_t tail = !end ? 0 : len > 1 && end[-1] == '\r' ? 2 : 1;

        visible_append(out, (struct slice){s.ptr, len - tail}, "\t");
        text_append(out, s.ptr + len - tail, tail);
        s = (struct slice){s.ptr + len, s.len - len};
    }
}

static int write_bytes(struct outfile *f, struct slice s, struct err *e)
{
    return s.len > 0 && fwrite(s.ptr, 1, s.len, f->stream) != s.len ? fail(f, errno, e) : 0;
}

/* A file system without modes is as it is. */
void outfile_share(struct outfile *f)
{
    mode_t mask = umask(0);

    umask(mask);
    if (is_new(f) && fchmod(f->temporary.fd, 0666 & ~mask) != 0)
        errno = 0;
}

int outfile_write(struct outfile *f, const void *bytes, size_t len, struct err *e)
{
    struct text shown;
    int rc;

    if (f->failed)
        return fail(f, EIO, e);
    if (!f->terminal)
        return write_bytes(f, (struct slice){bytes, len}, e);
    text_init(&shown);
    append_lines(&shown, (struct slice){bytes, len});
    rc = text_ok(&shown) ? write_bytes(f, (struct slice){shown.ptr, shown.len}, e) : err_nomem(e);
    text_release(&shown);
    return rc;
}

/* Everything to the disk, as far as it is one. */
static int flush(struct outfile *f)
{
    if (fflush(f->stream))
        return -1;
    return is_new(f) ? fsync(fileno(f->stream)) : 0;
}

/* Closes the stream also when it can't be flushed. */
static int end_stream(struct outfile *f, bool success, struct err *e)
{
    bool wanted = success && !f->failed;
    int rc = 0;

    if (wanted && flush(f))
        rc = fail(f, errno, e);
    if (f->stream != stdout && fclose(f->stream) && wanted && rc == 0)
        rc = fail(f, errno, e);
    if (success && !wanted)
        rc = fail(f, EIO, e);
    return rc;
}

/* Make the new name last through a power cut.  Some file systems have no such thing for folders. */
static int sync_folder(const struct outfile *f, struct err *e)
{
    char folder[PATH_MAX];
    int rc = 0;

    if (sibling(f->target, ".", folder))
        return too_long(f->path, e);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) && errno != EINVAL && errno != ENOTSUP))
        rc = err_set(e, EXIT_OUTPUT,
                     "%s: is written, but its folder %s cannot be made to keep it through a power "
                     "cut: %s: run the same command again when this is mended",
                     f->path, folder, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

static int publish(struct outfile *f, struct err *e)
{
    return tempfile_publish(&f->temporary, f->target) == 0 ? sync_folder(f, e) : fail(f, errno, e);
}

int outfile_close(struct outfile *f, bool success, struct err *e)
{
    int rc = end_stream(f, success, e);

    if (is_new(f) && success && rc == 0)
        rc = publish(f, e);
    tempfile_drop(&f->temporary);
    free(f);
    return rc;
}

int outfile_drain(struct outfile *f, struct text *t, size_t least, struct err *e)
{
    if (!text_ok(t))
        return err_nomem(e);
    if (t->len < least)
        return 0;
    if (outfile_write(f, t->ptr, t->len, e) != 0)
        return -1;
    crashpoint("after", "output");
    text_clear(t);
    return 0;
}

int outfile_print(struct text *t, struct err *e)
{
    struct outfile *f = text_ok(t) ? outfile_open("-", e) : NULL;
    struct text shown;
    int rc;

    if (!f)
        return text_ok(t) ? -1 : err_nomem(e);
    text_init(&shown);
    append_lines(&shown, (struct slice){t->ptr, t->len});
    rc = outfile_drain(f, &shown, 1, e);
    text_release(&shown);
    return outfile_close(f, rc == 0, e) == 0 ? rc : -1;
}
