/*
 * mailbox: a file is read line by line, a folder file by file.
 *
 *   a file: opened -> its first line tells what it is -> messages -> end
 *   a folder: its files are listed -> each is opened, read whole, closed
 *
 * A line that is longer than the buffer comes in pieces, of which only the first can be a line "From ".
 */
#include "adapters/mailbox.h"

#include "adapters/folders.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/visible.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_MAX ((size_t)64 << 10)
#define SHOWN_MAX 512

struct mailbox {
    const char *path;
    FILE *file;   /* NULL: a folder */
    bool is_mbox; /* known once its first line was read */
    bool ended;
    bool given; /* the message was */
    char piece[PIECE_MAX];
    size_t len;
    bool begins; /* the piece begins a line … */
    bool broken; /* … and the next one does not */
    struct text message;
    /* Of a folder: the paths of its files. */
    char **files;
    size_t n_files, cap_files, next_file;
    bool failed; /* no memory for them */
    const char *folder;
};

static int complain(const char *path, struct err *e)
{
    const char *why = strerror(errno);
    char shown[SHOWN_MAX];

    return err_set(e, EXIT_INPUT, "%s: can't be read: %s",
                   visible_line(slice_of(path), shown, sizeof(shown)), why);
}

/* ---- a file ---- */

/* 1: m->piece; 0: the end. */
static int read_piece(struct mailbox *m, struct err *e)
{
    int c;

    m->begins = !m->broken;
    m->len = 0;
    while (m->len < PIECE_MAX && (c = getc_unlocked(m->file)) != EOF) {
        m->piece[m->len++] = (char)c;
        if (c == '\n')
            break;
    }
    if (ferror(m->file))
        return complain(m->path, e);
    m->broken = m->len == PIECE_MAX && m->piece[m->len - 1] != '\n';
    return m->len > 0;
}

/* "From sender Mon Nov 30 12:00:00 2026": the time tells it from a sentence that begins so. */
static bool is_from(const struct mailbox *m)
{
    bool time = false;

    if (!m->begins || m->len < 5 || memcmp(m->piece, "From ", 5) != 0)
        return false;
    for (size_t i = 6; i + 1 < m->len && !time; i++)
        time = m->piece[i] == ':' && m->piece[i - 1] >= '0' && m->piece[i - 1] <= '9' &&
               m->piece[i + 1] >= '0' && m->piece[i + 1] <= '9';
    return time;
}

static bool is_quoted_from(const struct mailbox *m)
{
    size_t n = 0;

    while (n < m->len && m->piece[n] == '>')
        n++;
    return m->begins && n > 0 && m->len - n >= 5 && memcmp(m->piece + n, "From ", 5) == 0;
}

static void append_piece(struct mailbox *m)
{
    size_t skip = m->is_mbox && is_quoted_from(m) ? 1 : 0, len = m->len - skip;

    if (len > MAILBOX_MESSAGE_MAX - m->message.len)
        len = MAILBOX_MESSAGE_MAX - m->message.len;
    text_append(&m->message, m->piece + skip, len);
}

static bool is_blank(const struct mailbox *m)
{
    return m->begins && (m->piece[0] == '\n' || (m->len == 2 && m->piece[0] == '\r'));
}

/* Up to the next line "From " behind an empty one, which is taken off, or the end. */
static int read_message(struct mailbox *m, struct err *e)
{
    bool blank = false;
    int found = 0;

    while ((found = read_piece(m, e)) == 1) {
        if (m->is_mbox && blank && is_from(m))
            break;
        blank = is_blank(m);
        append_piece(m);
    }
    m->ended = found == 0;
    return found < 0 ? -1 : 0;
}

static int next_of_file(struct mailbox *m, struct err *e)
{
    if (m->given)
        text_reset(&m->message);
    m->given = true;
    if (m->ended && m->message.len == 0)
        return 0;
    if (!m->ended && read_message(m, e) != 0)
        return -1;
    if (!text_ok(&m->message))
        return err_nomem(e);
    return m->message.len > 0 || !m->ended;
}

/* Its first line: of an mbox it is no part of a message. */
static int begin_file(struct mailbox *m, struct err *e)
{
    int found = read_piece(m, e);

    if (found < 0)
        return -1;
    m->ended = found == 0;
    m->is_mbox = found == 1 && m->len >= 5 && memcmp(m->piece, "From ", 5) == 0;
    if (found == 1 && !m->is_mbox)
        append_piece(m);
    return 0;
}

/* ---- a folder ---- */

static void note_file(void *context, int folder, const char *name)
{
    struct mailbox *m = context;
    struct text path;

    (void)folder;
    if (name[0] == '.' || m->failed)
        return;
    text_init(&path);
    text_printf(&path, "%s/%s", m->folder, name);
    m->failed = !text_ok(&path);
    if (!m->failed && m->n_files == m->cap_files) {
        size_t cap = m->cap_files ? 2 * m->cap_files : 64;
        char **more = realloc(m->files, cap * sizeof(*more));

        m->failed = !more;
        if (more) {
            m->files = more;
            m->cap_files = cap;
        }
    }
    if (m->failed)
        text_release(&path);
    else
        m->files[m->n_files++] = path.ptr;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* new/ and cur/, or the folder itself. */
static int list_folder(struct mailbox *m, struct err *e)
{
    static const char *const parts[] = {"new", "cur"};
    bool maildir = false;

    if (access(m->path, R_OK | X_OK) != 0)
        return complain(m->path, e);
    for (size_t i = 0; i < 2; i++) {
        struct text path;

        text_init(&path);
        text_printf(&path, "%s/%s", m->path, parts[i]);
        m->failed = m->failed || !text_ok(&path);
        if (!m->failed && is_folder(path.ptr)) {
            maildir = true;
            m->folder = path.ptr;
            folders_each(path.ptr, note_file, m);
        }
        text_release(&path);
    }
    m->folder = m->path;
    if (!maildir)
        folders_each(m->path, note_file, m);
    if (m->failed)
        return err_nomem(e);
    if (m->n_files > 0)
        qsort(m->files, m->n_files, sizeof(*m->files), by_bytes);
    return 0;
}

/* 1; 0: it is no regular file, or a mail program has moved it meanwhile (then the next look finds it). */
static int read_file(struct mailbox *m, const char *path, struct err *e)
{
    struct stat st;
    int rc;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    m->file = fopen(path, "re");
    if (!m->file)
        return errno == ENOENT ? 0 : complain(path, e);
    m->broken = false;
    rc = read_message(m, e);
    fclose(m->file);
    m->file = NULL;
    if (rc == 0 && !text_ok(&m->message))
        rc = err_nomem(e);
    return rc == 0 ? 1 : -1;
}

static int next_of_folder(struct mailbox *m, struct err *e)
{
    int found = 0;

    while (found == 0 && m->next_file < m->n_files) {
        text_reset(&m->message);
        found = read_file(m, m->files[m->next_file++], e);
    }
    return found;
}

/* ---- all ---- */

struct mailbox *mailbox_open(const char *path, struct err *e)
{
    struct mailbox *m = mem_zero(1, sizeof(*m));
    int rc;

    if (!m) {
        err_nomem(e);
        return NULL;
    }
    m->path = path;
    text_init(&m->message);
    if (is_folder(path)) {
        rc = list_folder(m, e);
    } else {
        m->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
        rc = m->file ? begin_file(m, e) : complain(path, e);
    }
    if (rc == 0)
        return m;
    mailbox_close(m);
    return NULL;
}

int mailbox_next(struct mailbox *m, struct slice *out, struct err *e)
{
    int found = m->file ? next_of_file(m, e) : next_of_folder(m, e);

    *out = (struct slice){m->message.ptr, m->message.len};
    return found;
}

void mailbox_close(struct mailbox *m)
{
    if (!m)
        return;
    if (m->file && m->file != stdin)
        fclose(m->file);
    for (size_t i = 0; i < m->n_files; i++)
        free(m->files[i]);
    free(m->files);
    text_release(&m->message);
    free(m);
}
