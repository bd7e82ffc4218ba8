/* outbox: temporary file -> written -> on the disk -> in its place. */
#include "adapters/outbox.h"

#include "adapters/newfile.h"
#include "adapters/tempfile.h"
#include "base/answer.h"
#include "base/request.h"
#include "base/visible.h"
#include "mailbody.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 16384
#define SHOWN_MAX 160

/* The name, below the folder.  -1: the Message-ID makes none. */
static int path_of(const char *folder, const struct request_mail *m, char path[PATH_MAX],
                   struct answer *a)
{
    static const char may[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.";
    size_t len = m->id ? strspn(m->id, may) : 0;
    int n;

    if (len > 0 && m->id[0] != '.' && (m->id[len] == '@' || m->id[len] == '\0')) {
        n = snprintf(path, PATH_MAX, "%s/%.*s.eml", folder, (int)len, m->id);
        if (n > 0 && n < PATH_MAX)
            return 0;
    }
    a->trouble = TROUBLE_MESSAGE;
    snprintf(a->problem, sizeof(a->problem), "its Message-ID makes no file name");
    return -1;
}

static int fail(const char *path, struct answer *a)
{
    char shown[SHOWN_MAX];
    int why = errno;

    visible_line(slice_of(path), shown, sizeof(shown));
    a->trouble = TROUBLE_OUTBOX;
    snprintf(a->problem, sizeof(a->problem), "%s can't be written: %s", shown, strerror(why));
    return -1;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return -1;
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int fill(int fd, const char *path, struct mailbody *body, struct answer *a)
{
    char bytes[CHUNK];
    ssize_t n;

    while ((n = mailbody_read(body, bytes, sizeof(bytes), a)) > 0)
        if (write_all(fd, bytes, (size_t)n) != 0)
            return fail(path, a);
    if (n < 0)
        return -1;
    return fsync(fd) == 0 ? 0 : fail(path, a);
}

static int put(const char *folder, const char *path, struct mailbody *body, struct answer *a)
{
    struct err e = ERR_INIT;
    struct tempfile t;
    int rc;

    if (tempfile_open(&t, folder) != 0)
        return fail(path, a);
    rc = fill(t.fd, path, body, a);
    if (rc == 0 && tempfile_publish(&t, path) != 0)
        rc = fail(path, a);
    tempfile_drop(&t);
    if (rc == 0 && newfile_sync_folder(path, &e) != 0)
        rc = fail(path, a);
    return rc;
}

int outbox_open(const char *folder, struct err *e)
{
    char shown[SHOWN_MAX];
    struct stat st;

    if (mkdir(folder, 0777) == 0 ||
        (errno == EEXIST && stat(folder, &st) == 0 && S_ISDIR(st.st_mode)))
        return 0;
    return err_set(e, EXIT_OUTPUT, "--outbox %s: %s",
                   visible_line(slice_of(folder), shown, sizeof(shown)),
                   errno == EEXIST ? "is no folder" : strerror(errno));
}

void outbox_write(const char *folder, const struct request *r, struct answer *a)
{
    char path[PATH_MAX];
    struct mailbody body;
    int rc = -1;

    a->fate = FATE_NOT_SENT;
    a->stage = MAIL_END;
    if (path_of(folder, &r->mail, path, a) == 0 && mailbody_open(&body, r, a) == 0) {
        rc = put(folder, path, &body, a);
        mailbody_close(&body);
    }
    if (rc != 0)
        return;
    a->fate = FATE_ANSWERED;
    a->status = 250;
    text_puts(&a->body, "250 written to ");
    visible_puts(&a->body, path);
}
