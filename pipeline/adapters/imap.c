/*
 * imap: libcurl connects, turns to TLS and logs in; then the connection is ours (CURLOPT_CONNECT_ONLY), for libcurl's own
 * FETCH marks what it reads, and its answers to other commands come without their literals.
 *
 * An answer is lines, of which one that ends with {N} goes on behind N bytes; the last begins with the command's tag.
 */
#include "adapters/imap.h"

#include "adapters/mailbox.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/visible.h"
#include "baseurl.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define READ_MAX 16384
#define LINE_MAX_BYTES ((size_t)16 << 20) /* of an answer to SEARCH: two million messages */
#define SHOWN_MAX 200
#define URL_MAX 1024
#define POLL_MS 500

struct imap {
    const struct imap_options *o;
    CURL *easy;
    char *mailbox; /* libcurl's */
    char in[READ_MAX];
    size_t at, len;
    struct text line, message;
    unsigned tag;
    uint32_t *uids;
    size_t n_uids, cap_uids, next;
};

bool imap_is_url(const char *mailbox)
{
    return strncasecmp(mailbox, "imap://", 7) == 0 || strncasecmp(mailbox, "imaps://", 8) == 0;
}

static int complain(const struct imap *i, const char *why, struct err *e)
{
    char url[SHOWN_MAX], shown[SHOWN_MAX];

    return err_set(e, EXIT_INPUT, "%s: can't be read: %s",
                   visible_line(slice_of(i->o->url), url, sizeof(url)),
                   visible_line(slice_of(why), shown, sizeof(shown)));
}

/* ---- bytes ---- */

/* Until something can be read or written. */
static int wait_for(struct imap *i, short events, int64_t until_ns, struct err *e)
{
    struct pollfd p = {.fd = -1, .events = events};
    curl_socket_t fd;

    if (curl_easy_getinfo(i->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
        return complain(i, "the server has closed the connection", e);
    p.fd = fd;
    while (poll(&p, 1, POLL_MS) <= 0) {
        if (stop_signal())
            return err_set(e, EXIT_INTERRUPTED, "interrupted: the same command goes on");
        if (clock_now_ns() > until_ns)
            return complain(i, "no answer came in time (--timeout)", e);
    }
    return 0;
}

static int fill(struct imap *i, struct err *e)
{
    int64_t until = clock_now_ns() + i->o->timeout_ns;
    CURLcode rc;

    i->at = i->len = 0;
    while ((rc = curl_easy_recv(i->easy, i->in, sizeof(i->in), &i->len)) == CURLE_AGAIN)
        if (wait_for(i, POLLIN, until, e) != 0)
            return -1;
    if (rc != CURLE_OK)
        return complain(i, curl_easy_strerror(rc), e);
    return i->len > 0 ? 0 : complain(i, "the server has closed the connection", e);
}

static int send_all(struct imap *i, const char *bytes, size_t len, struct err *e)
{
    int64_t until = clock_now_ns() + i->o->timeout_ns;

    while (len > 0) {
        size_t sent = 0;
        CURLcode rc = curl_easy_send(i->easy, bytes, len, &sent);

        if (rc == CURLE_AGAIN) {
            if (wait_for(i, POLLOUT, until, e) != 0)
                return -1;
        } else if (rc != CURLE_OK) {
            return complain(i, curl_easy_strerror(rc), e);
        }
        bytes += sent;
        len -= sent;
    }
    return 0;
}

/* Appends to i->line up to a line's end, which is left out. */
static int read_line(struct imap *i, struct err *e)
{
    for (;;) {
        const char *end;
        size_t n;

        if (i->at == i->len && fill(i, e) != 0)
            return -1;
        end = memchr(i->in + i->at, '\n', i->len - i->at);
        n = end ? (size_t)(end - (i->in + i->at)) : i->len - i->at;
        text_append(&i->line, i->in + i->at, n);
        i->at += n + (end ? 1 : 0);
        if (!text_ok(&i->line))
            return err_nomem(e);
        if (i->line.len > LINE_MAX_BYTES)
            return complain(i, "the server's answer has a line without an end", e);
        if (end)
            break;
    }
    if (i->line.len > 0 && i->line.ptr[i->line.len - 1] == '\r')
        i->line.ptr[--i->line.len] = '\0';
    return 0;
}

/* The last literal of an answer is the message: nothing else that is asked for has any. */
static int read_literal(struct imap *i, uint64_t len, struct err *e)
{
    text_clear(&i->message);
    while (len > 0) {
        size_t n, room = MAILBOX_MESSAGE_MAX - i->message.len;

        if (i->at == i->len && fill(i, e) != 0)
            return -1;
        n = i->len - i->at < len ? i->len - i->at : (size_t)len;
        text_append(&i->message, i->in + i->at, n < room ? n : room);
        i->at += n;
        len -= n;
    }
    return text_ok(&i->message) ? 0 : err_nomem(e);
}

/* ---- answers ---- */

/* Does the line go on behind a literal, and of which length? */
static bool has_literal(const struct text *line, uint64_t *len)
{
    const char *open =
        line->len > 2 && line->ptr[line->len - 1] == '}' ? strrchr(line->ptr, '{') : NULL;
    char *end;

    if (!open || open[1] < '0' || open[1] > '9')
        return false;
    *len = strtoull(open + 1, &end, 10);
    return strcmp(end, "}") == 0;
}

/* `* SEARCH 1 2 3` */
static int take_uids(struct imap *i, const char *at, struct err *e)
{
    char *end;

    for (unsigned long uid; *at == ' '; at = end) {
        uid = strtoul(at, &end, 10);
        if (end == at || uid == 0 || uid > UINT32_MAX)
            break;
        if (i->n_uids == i->cap_uids) {
            size_t cap = i->cap_uids ? 2 * i->cap_uids : 256;
            uint32_t *more = realloc(i->uids, cap * sizeof(*more));

            if (!more)
                return err_nomem(e);
            i->uids = more;
            i->cap_uids = cap;
        }
        i->uids[i->n_uids++] = (uint32_t)uid;
    }
    return 0;
}

/* One line of an answer, with its literals. */
static int read_answer(struct imap *i, struct err *e)
{
    uint64_t len;

    text_clear(&i->line);
    if (read_line(i, e) != 0)
        return -1;
    while (has_literal(&i->line, &len)) {
        text_clear(&i->line);
        text_puts(&i->line, "* "); /* what stands behind it is no tag */
        if (read_literal(i, len, e) != 0 || read_line(i, e) != 0)
            return -1;
    }
    return strncasecmp(i->line.ptr, "* SEARCH", 8) == 0 ? take_uids(i, i->line.ptr + 8, e) : 0;
}

/* Its answer must be OK. */
static int say(struct imap *i, const char *command, struct err *e)
{
    struct text whole;
    char tag[16];
    size_t len = (size_t)snprintf(tag, sizeof(tag), "p%u ", ++i->tag);
    int rc;

    text_init(&whole);
    text_printf(&whole, "%s%s\r\n", tag, command);
    rc = text_ok(&whole) ? send_all(i, whole.ptr, whole.len, e) : err_nomem(e);
    text_release(&whole);
    while (rc == 0) {
        rc = read_answer(i, e);
        if (rc == 0 && strncmp(i->line.ptr, tag, len) == 0)
            return strncasecmp(i->line.ptr + len, "OK", 2) == 0 ? 0
                                                                : complain(i, i->line.ptr + len, e);
    }
    return -1;
}

/* ---- opening ---- */

static bool is_mailbox(const struct baseurl *u)
{
    return !u->user && !u->query && !u->fragment && u->path && u->path[0] && u->path[1];
}

/* url: the server alone.  1: it is no mailbox's URL; -1: no memory. */
static int split_url(struct imap *i, const struct baseurl *u, char url[URL_MAX])
{
    int path_len = 0, len = snprintf(url, URL_MAX, "%s://%s%s%s/", u->scheme, u->host,
                                     u->port ? ":" : "", u->port ? u->port : "");

    if (len < 0 || len >= URL_MAX)
        return 1;
    i->mailbox = curl_easy_unescape(i->easy, u->path + 1, 0, &path_len);
    if (!i->mailbox)
        return -1;
    return strlen(i->mailbox) != (size_t)path_len || strpbrk(i->mailbox, "\r\n");
}

static int read_url(struct imap *i, char url[URL_MAX], bool *loopback, struct err *e)
{
    struct baseurl u;
    int rc = baseurl_read(&u, i->o->url);

    if (rc == 0)
        rc = is_mailbox(&u) ? split_url(i, &u, url) : 1;
    *loopback = rc == 0 && baseurl_is_loopback(u.host);
    baseurl_release(&u);
    if (rc < 0)
        return err_nomem(e);
    return rc == 0 ? 0
                   : err_set(e, EXIT_USAGE,
                             "a mailbox on a server is imaps://HOST/INBOX; user and password stand "
                             "in --imap-user NAME and --imap-password-from env:NAME");
}

static bool set_numbers(const struct imap *i, bool loopback)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_CONNECT_ONLY, 1},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_USE_SSL, loopback ? CURLUSESSL_TRY : CURLUSESSL_ALL},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_CONNECTTIMEOUT_MS, (long)(i->o->connect_timeout_ns / CLOCK_NS_PER_MS)},
        {CURLOPT_TIMEOUT_MS, (long)(i->o->timeout_ns / CLOCK_NS_PER_MS)},
    };

    for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
        if (curl_easy_setopt(i->easy, numbers[k].option, numbers[k].value) != CURLE_OK)
            return false;
    return true;
}

static bool set_texts(const struct imap *i, const char *url, bool loopback)
{
    const struct {
        CURLoption option;
        const char *value; /* NULL: as libcurl has it */
    } texts[] = {
        {CURLOPT_URL, url},
        {CURLOPT_PROTOCOLS_STR, "imap,imaps"},
        {CURLOPT_PROXY, loopback ? "" : NULL},
        {CURLOPT_CAINFO, i->o->cacert},
        {CURLOPT_USERNAME, i->o->user},
        {CURLOPT_PASSWORD, i->o->password},
    };

    for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
        if (texts[k].value &&
            curl_easy_setopt(i->easy, texts[k].option, texts[k].value) != CURLE_OK)
            return false;
    return true;
}

static int connect_to(struct imap *i, struct err *e)
{
    char url[URL_MAX];
    bool loopback = false;
    CURLcode rc;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(i->easy = curl_easy_init()))
        return err_nomem(e);
    if (read_url(i, url, &loopback, e) != 0)
        return -1;
    if (!set_numbers(i, loopback) || !set_texts(i, url, loopback))
        return err_nomem(e);
    rc = curl_easy_perform(i->easy);
    if (rc == CURLE_LOGIN_DENIED)
        return complain(i, "the server refuses --imap-user and its password", e);
    return rc == CURLE_OK ? 0 : complain(i, curl_easy_strerror(rc), e);
}

static void put_quoted(struct text *out, const char *s)
{
    text_puts(out, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            text_puts(out, "\\");
        text_append(out, s, 1);
    }
    text_puts(out, "\"");
}

struct imap *imap_open(const struct imap_options *o, struct err *e)
{
    struct imap *i = mem_zero(1, sizeof(*i));
    struct text command;
    int rc;

    if (!i) {
        err_nomem(e);
        return NULL;
    }
    i->o = o;
    text_init(&i->line);
    text_init(&i->message);
    text_init(&command);
    rc = connect_to(i, e);
    if (rc == 0) {
        text_puts(&command, "EXAMINE ");
        put_quoted(&command, i->mailbox);
        rc = text_ok(&command) ? say(i, command.ptr, e) : err_nomem(e);
    }
    text_release(&command);
    if (rc == 0)
        return i;
    imap_close(i);
    return NULL;
}

int64_t imap_search(struct imap *i, const char *message_id, struct err *e)
{
    struct text command;
    int rc;

    i->n_uids = i->next = 0;
    text_init(&command);
    if (message_id) {
        text_puts(&command, "UID SEARCH HEADER Message-ID ");
        put_quoted(&command, message_id);
    } else {
        text_puts(&command, "UID SEARCH ALL");
    }
    rc = text_ok(&command) ? say(i, command.ptr, e) : err_nomem(e);
    text_release(&command);
    return rc == 0 ? (int64_t)i->n_uids : -1;
}

int imap_next(struct imap *i, struct slice *out, struct err *e)
{
    char command[64];

    while (i->next < i->n_uids) {
        text_reset(&i->message);
        snprintf(command, sizeof(command), "UID FETCH %lu (BODY.PEEK[])",
                 (unsigned long)i->uids[i->next++]);
        if (say(i, command, e) != 0)
            return -1;
        if (i->message.len > 0) { /* else it was deleted meanwhile */
            *out = (struct slice){i->message.ptr, i->message.len};
            return 1;
        }
    }
    return 0;
}

void imap_close(struct imap *i)
{
    if (!i)
        return;
    curl_free(i->mailbox);
    if (i->easy)
        curl_easy_cleanup(i->easy);
    text_release(&i->line);
    text_release(&i->message);
    free(i->uids);
    free(i);
}
