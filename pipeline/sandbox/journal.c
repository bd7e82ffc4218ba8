/*
 * journal: writes what has happened before the answer leaves, so that a killed server goes on where its clients think
 * it is.
 */
#include "sandbox/journal.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define JOURNAL_READ_SIZE 65536

void journal_init(struct journal *j)
{
    j->fd = -1;
}

static int journal_read(int fd, const char *path, struct text *t, struct err *e)
{
    char *buf = mem_zero(JOURNAL_READ_SIZE, 1);
    if (!buf)
        return err_nomem(e);
    ssize_t n;
    while ((n = read(fd, buf, JOURNAL_READ_SIZE)) > 0)
        text_append(t, buf, (size_t)n);
    free(buf);
    if (n < 0)
        return err_set(e, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
    return text_ok(t) ? 0 : err_nomem(e);
}

/* Hands on every whole line; *end: how much of the text those are. */
static int journal_replay(const struct text *t, const char *path, size_t *end,
                          int (*take)(void *, json_t *, struct err *), void *cls, struct err *e)
{
    size_t at = 0, line = 0;
    const char *nl;
    while ((nl = memchr(t->ptr + at, '\n', t->len - at))) {
        size_t len = (size_t)(nl - t->ptr) - at;
        json_error_t je;
        json_t *v = json_loadb(t->ptr + at, len, 0, &je);
        line++;
        if (!v)
            return err_set(e, EXIT_INPUT, "%s:%zu:%d: %s", path, line, je.column, je.text);
        int rc = take(cls, v, e);
        json_decref(v);
        if (rc != 0)
            return -1;
        at += len + 1;
    }
    *end = at;
    return 0;
}

int journal_open(struct journal *j, const char *path,
                 int (*take)(void *cls, json_t *line, struct err *e), void *cls, struct err *e)
{
    struct text t;
    size_t end = 0;
    text_init(&t);
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(e, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
        goto err1;
    }
    if (journal_read(fd, path, &t, e) != 0 || journal_replay(&t, path, &end, take, cls, e) != 0)
        goto err2;
    if (end < t.len && ftruncate(fd, (off_t)end) != 0) {
        err_set(e, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
        goto err2;
    }
    j->fd = fd;
    text_release(&t);
    return 0;
err2:
    close(fd);
err1:
    text_release(&t);
    return -1;
}

static int journal_put(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

int journal_write(struct journal *j, json_t *line)
{
    struct text t;
    int rc = -1;
    text_init(&t);
    char *dump = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (dump) {
        text_puts(&t, dump);
        text_puts(&t, "\n");
        if (text_ok(&t))
            rc = journal_put(j->fd, t.ptr, t.len);
    }
    if (rc != 0)
        fprintf(stderr, "claimpipe-sandbox: the journal cannot be written: %s\n", strerror(errno));
    free(dump);
    text_release(&t);
    return rc;
}

void journal_release(struct journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
}
