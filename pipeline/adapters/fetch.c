/*
 * fetch: downloads an INPUT whole, and shows no part of its URL that may be a secret.
 *
 *   a URL of the web: requested -> [redirected -> requested …] -> judged
 *   sftp: tried with the first key (and ssh-agent's) -> [refused: with the next one …] -> judged
 *
 * Redirects are followed here, one request each, and not by libcurl, which knows no rule by the scheme that
 * one comes from.  The multi interface is used for one transfer only because it lets a signal and a stall end
 * it at once: the easy one looks up each second.
 */
#include "adapters/fetch.h"

#include "adapters/http.h"
#include "adapters/stop.h"
#include "base/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define POLL_MS 200 /* in which a signal is seen that came at a bad moment */
#define REDIRECTS_MAX 10
#define HEAD_MAX ((size_t)256 << 10)
#define REFUSAL_MAX ((int64_t)1 << 20) /* bytes of a body that nobody reads */
#define FIRST_MAX 256
#define SAVE_IT "download it, and name the file"

/* ---- URLs ---- */

struct url {
    CURLU *u;
    char *whole, *host, *port, *path, *user;
    bool ssh, tls;
};

/* Of the scheme before "://", or 0. */
static size_t scheme_length(const char *url)
{
    size_t len = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    return len > 0 && strncmp(url + len, "://", 3) == 0 && (url[0] | 32) >= 'a' ? len : 0;
}

static bool has_scheme(const char *url, const char *scheme)
{
    return scheme_length(url) == strlen(scheme) && strncasecmp(url, scheme, strlen(scheme)) == 0;
}

bool fetch_is_url(const char *input)
{
    return scheme_length(input) > 0;
}

static void name_append(struct text *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool control = (unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f;

        text_append(out, control ? "?" : bytes + i, 1);
    }
}

/* What stands before the host: a user's name, which is a key with some servers of the web, and a password.
 * One with a / in it is seen by a host with a strange port, or an @ later on.  Where to go on from. */
static size_t name_user(struct text *out, const char *url, size_t from, size_t len)
{
    size_t all = strcspn(url + from, "/?#");
    const char *at = memrchr(url + from, '@', all), *end = url + from + all;
    const char *colon = memchr(url + from, ':', at ? (size_t)(at - url) - from : all);

    if (at && has_scheme(url, "sftp")) {
        name_append(out, url + from, (size_t)((colon ? colon : at) - url) - from);
        text_puts(out, colon ? ":…" : "");
    } else if (at) {
        text_puts(out, "…");
    } else if (colon && url[from] != '[' &&
               (colon + 1 + strspn(colon + 1, "0123456789") != end || strchr(end, '@'))) {
        name_append(out, url + from, (size_t)(colon + 1 - url) - from);
        text_puts(out, "…");
        return len;
    }
    return at ? (size_t)(at - url) : from;
}

void fetch_name(const char *url, struct text *out)
{
    size_t scheme = scheme_length(url), len = strcspn(url, "?#"), from = 0;

    if (scheme > 0) {
        name_append(out, url, scheme + 3);
        from = name_user(out, url, scheme + 3, len);
    }
    name_append(out, url + from, len - from);
    if (url[len]) {
        text_append(out, url + len, 1);
        text_puts(out, "…");
    }
}

static void url_release(struct url *p)
{
    curl_free(p->user);
    curl_free(p->path);
    curl_free(p->port);
    curl_free(p->host);
    curl_free(p->whole);
    curl_url_cleanup(p->u);
    memset(p, 0, sizeof(*p));
}

static bool url_has(const struct url *p, CURLUPart part)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(p->u, part, &text, 0);

    curl_free(text);
    return code == CURLUE_OK || code == CURLUE_OUT_OF_MEMORY;
}

/* Blanks and letters that are not ASCII are taken, too. */
static CURLUcode url_split(struct url *p, const char *url)
{
    CURLUcode code;

    memset(p, 0, sizeof(*p));
    p->ssh = has_scheme(url, "sftp");
    p->tls = has_scheme(url, "https");
    p->u = curl_url();
    if (!p->u)
        return CURLUE_OUT_OF_MEMORY;
    if ((code = curl_url_set(p->u, CURLUPART_URL, url, CURLU_URLENCODE | CURLU_ALLOW_SPACE)) ||
        (code = curl_url_get(p->u, CURLUPART_URL, &p->whole, 0)) ||
        (code = curl_url_get(p->u, CURLUPART_HOST, &p->host, 0)) ||
        (code = curl_url_get(p->u, CURLUPART_PORT, &p->port, CURLU_DEFAULT_PORT)) ||
        (code = curl_url_get(p->u, CURLUPART_PATH, &p->path, 0)))
        return code;
    code = curl_url_get(p->u, CURLUPART_USER, &p->user, CURLU_URLDECODE);
    return code == CURLUE_NO_USER ? CURLUE_OK : code;
}

/* NULL, or what is wrong. */
static const char *url_fault(const struct url *p)
{
    if (url_has(p, CURLUPART_PASSWORD))
        return p->ssh ? "has a password in it, which everybody on this machine could see: leave it "
                        "out, and log in by ssh-agent or a key in ~/.ssh"
                      : "has a password in it, which everybody on this machine could see: " SAVE_IT;
    if (!p->ssh)
        return NULL;
    if (url_has(p, CURLUPART_QUERY) || url_has(p, CURLUPART_FRAGMENT))
        return "has a ? or # in its path: write %3F or %23";
    if (p->path[strlen(p->path) - 1] == '/')
        return "is a folder: name a file in it";
    return NULL;
}

/* name: as it may be shown. */
static int url_read(struct url *p, const char *url, const char *name, struct err *e)
{
    CURLUcode code = url_split(p, url);
    const char *fault;

    if (code == CURLUE_OUT_OF_MEMORY)
        return err_nomem(e);
    if (code != CURLUE_OK)
        return err_set(e, EXIT_INPUT, "%s: is not a URL that can be read (%s): check it", name,
                       curl_url_strerror(code));
    fault = url_fault(p);
    return fault ? err_set(e, EXIT_INPUT, "%s: %s", name, fault) : 0;
}

/* Is it of a kind that can be fetched at all? */
static int url_kind(const char *url, const char *name, struct err *e)
{
    if (has_scheme(url, "https") || has_scheme(url, "http") || has_scheme(url, "sftp"))
        return 0;
    return err_set(e, EXIT_INPUT,
                   "%s: cannot be fetched: a URL begins with https://, http:// or sftp://: %s",
                   name, has_scheme(url, "file") ? "give the file's path" : SAVE_IT);
}

/* ---- a transfer ---- */

struct transfer {
    const struct fetch_options *o;
    int to;
    const char *folder;
    CURLM *multi;
    CURL *easy;
    struct url url;
    struct text name; /* as it may be shown, with the redirect that led there */

    /* of the request under way */
    char problem[CURL_ERROR_SIZE];
    char first[FIRST_MAX]; /* the body's beginning */
    size_t n_first, head;
    int64_t got, heard_ns;
    bool head_is_whole, too_large;
    int unkept;                 /* errno of what the file could not take */
    enum curl_khmatch host_key; /* CURLKHMATCH_LAST: not seen yet */
};

static long status_of(const struct transfer *t)
{
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Does the server give the file, or does it say why it does not? */
static bool is_file(const struct transfer *t)
{
    return t->url.ssh || status_of(t) == 200 || status_of(t) == 203;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
    struct transfer *t = context;
    size_t len = size * n, room = sizeof(t->first) - t->n_first, take = len < room ? len : room;

    t->heard_ns = clock_now_ns();
    t->got += (int64_t)len;
    if (!is_file(t))
        return t->got <= REFUSAL_MAX ? len : 0; /* 0: CURLE_WRITE_ERROR */
    t->too_large = t->got > t->o->max;
    if (t->too_large)
        return 0;
    memcpy(t->first + t->n_first, bytes, take);
    t->n_first += take;
    if (write_all(t->to, bytes, len) == 0)
        return len;
    t->unkept = errno;
    return 0;
}

static size_t on_head(char *bytes, size_t size, size_t n, void *context)
{
    struct transfer *t = context;
    size_t len = size * n;

    t->heard_ns = clock_now_ns();
    t->head += len;
    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
        t->head_is_whole = false; /* an interim answer (1xx) came before */
    else if (len <= 2 && len > 0 && bytes[len - 1] == '\n')
        t->head_is_whole = true;
    return t->head <= HEAD_MAX ? len : 0;
}

static int on_host_key(CURL *easy, const struct curl_khkey *known, const struct curl_khkey *found,
                       enum curl_khmatch match, void *context)
{
    struct transfer *t = context;

    (void)easy;
    (void)known;
    (void)found;
    t->host_key = match;
    return match == CURLKHMATCH_OK ? CURLKHSTAT_FINE : CURLKHSTAT_REJECT;
}

static bool easy_set_numbers(const struct transfer *t)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_QUICK_EXIT, 1}, /* a signal need not wait for the name's address */
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
        {CURLOPT_CONNECTTIMEOUT_MS, (long)(t->o->connect_timeout_ns / CLOCK_NS_PER_MS)},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (curl_easy_setopt(t->easy, numbers[i].option, numbers[i].value) != CURLE_OK)
            return false;
    return true;
}

/* Cookies are kept for the redirects of this one transfer: a shared file's link often needs that. */
static bool easy_set(struct transfer *t)
{
    return easy_set_numbers(t) &&
           !curl_easy_setopt(t->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->o->max) &&
           !curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "claimpipe/" CLAIMPIPE_VERSION) &&
           !curl_easy_setopt(t->easy, CURLOPT_COOKIEFILE, "") &&
           (!t->o->cacert || !curl_easy_setopt(t->easy, CURLOPT_CAINFO, t->o->cacert)) &&
           !curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->problem) &&
           !curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body) &&
           !curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t) &&
           !curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_head) &&
           !curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t) &&
           !curl_easy_setopt(t->easy, CURLOPT_SSH_KEYFUNCTION, on_host_key) &&
           !curl_easy_setopt(t->easy, CURLOPT_SSH_KEYDATA, t);
}

/* The next request is for t->url. */
static int transfer_aim(struct transfer *t, struct err *e)
{
    CURLcode code =
        curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, t->url.ssh ? "sftp" : "http,https");

    if (code == CURLE_UNSUPPORTED_PROTOCOL)
        return err_set(e, EXIT_INPUT, "%s: the libcurl of this machine has no sftp: " SAVE_IT,
                       t->name.ptr);
    if (code != CURLE_OK || curl_easy_setopt(t->easy, CURLOPT_URL, t->url.whole) != CURLE_OK ||
        curl_easy_setopt(t->easy, CURLOPT_PROXY, http_is_loopback(t->url.host) ? "" : NULL) !=
            CURLE_OK)
        return err_nomem(e);
    return 0;
}

static int transfer_init(struct transfer *t, const char *url, struct err *e)
{
    const char *from = t->o->instead ? t->o->instead : url;

    text_init(&t->name);
    fetch_name(url, &t->name);
    if (t->o->instead) {
        text_puts(&t->name, " (fetched from ");
        fetch_name(from, &t->name);
        text_puts(&t->name, ")");
    }
    if (!text_ok(&t->name))
        return err_nomem(e);
    if (url_kind(from, t->name.ptr, e) || url_read(&t->url, from, t->name.ptr, e))
        return -1;
    t->multi = curl_multi_init();
    t->easy = curl_easy_init();
    if (!t->multi || !t->easy || !easy_set(t))
        return err_nomem(e);
    return transfer_aim(t, e);
}

static void transfer_release(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    if (t->multi)
        curl_multi_cleanup(t->multi);
    url_release(&t->url);
    text_release(&t->name);
}

/* How long the server may still be silent.  Until the connection stands libcurl's own timeout counts. */
static int64_t silence_left(struct transfer *t)
{
    curl_off_t begun_us = 0;
    int64_t now = clock_now_ns();

    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &begun_us);
    if (begun_us == 0)
        t->heard_ns = now;
    return t->heard_ns + t->o->stall_ns - now;
}

static int interrupted(const struct transfer *t, struct err *e)
{
    return err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was fetched", t->name.ptr);
}

static int transfer_wait(struct transfer *t, struct err *e)
{
    int64_t left = silence_left(t), left_ms = left / CLOCK_NS_PER_MS + 1;

    if (stop_signal())
        return interrupted(t, e);
    if (left <= 0)
        return err_set(e, EXIT_INPUT,
                       "%s: nothing has come for %g s: run the same command again when the server "
                       "answers",
                       t->name.ptr, (double)t->o->stall_ns / (double)CLOCK_NS_PER_S);
    curl_multi_poll(t->multi, NULL, 0, left_ms < POLL_MS ? (int)left_ms : POLL_MS, NULL);
    return 0;
}

/* One request.  -1 if there is nothing to be judged. */
static int transfer_run(struct transfer *t, CURLcode *code, struct err *e)
{
    int running = 1, rc = 0, left;
    struct CURLMsg *msg;

    t->problem[0] = '\0';
    t->n_first = t->head = 0;
    t->got = 0;
    t->head_is_whole = t->too_large = false;
    t->unkept = 0;
    t->host_key = CURLKHMATCH_LAST;
    *code = CURLE_OUT_OF_MEMORY;
    if (curl_multi_add_handle(t->multi, t->easy) != CURLM_OK)
        return err_nomem(e);
    while (rc == 0 && running) {
        if (curl_multi_perform(t->multi, &running) != CURLM_OK)
            rc = err_nomem(e);
        else if (running)
            rc = transfer_wait(t, e);
    }
    while ((msg = curl_multi_info_read(t->multi, &left)))
        if (msg->msg == CURLMSG_DONE)
            *code = msg->data.result;
    curl_multi_remove_handle(t->multi, t->easy);
    /* Who stops the program may stop the other side as well: that is no fault of the input. */
    return rc == 0 && *code != CURLE_OK && stop_signal() ? interrupted(t, e) : rc;
}

/* ---- what is said of it ---- */

/* libcurl's own words, unless they repeat a URL. */
static const char *problem_of(const struct transfer *t, CURLcode code)
{
    return t->problem[0] && !strpbrk(t->problem, "?#@") ? t->problem : curl_easy_strerror(code);
}

static const char *todo_of(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_REMOTE_FILE_NOT_FOUND:
        return "check the address";
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "check http_proxy, https_proxy and all_proxy";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "check the address, and name a private authority's certificate with --cacert";
    case CURLE_REMOTE_ACCESS_DENIED:
        return "have its owner let you read it";
    case CURLE_SSH:
        return "check that it is a file, and that the command sftp gets it";
    default:
        return "run the same command again, or " SAVE_IT;
    }
}

static bool is_cut_off(CURLcode code)
{
    return code == CURLE_PARTIAL_FILE || code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
           code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM;
}

static int cut_off(const struct transfer *t, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s: the connection broke off after %" PRId64
                   " bytes: run the same command again",
                   t->name.ptr, t->got);
}

/* What can happen to both kinds.  0: it is whole. */
static int judge(const struct transfer *t, CURLcode code, struct err *e)
{
    if (t->unkept)
        return err_set(e, EXIT_INPUT,
                       "%s: cannot be kept in %s: %s: set TMPDIR to a folder with room for it",
                       t->name.ptr, t->folder, strerror(t->unkept));
    if (t->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return err_set(e, EXIT_INPUT,
                       "%s: is larger than %" PRId64 " bytes, the most that is fetched: " SAVE_IT,
                       t->name.ptr, t->o->max);
    if (code == CURLE_OUT_OF_MEMORY)
        return err_nomem(e);
    if (is_cut_off(code))
        return cut_off(t, e);
    if (code != CURLE_OK)
        return err_set(e, EXIT_INPUT, "%s: cannot be fetched: %s: %s", t->name.ptr,
                       problem_of(t, code), todo_of(code));
    return 0;
}

/* ---- the web ---- */

static const char *status_words(long status)
{
    static const struct {
        long status;
        const char *words;
    } known[] = {
        {204, "no content"},  {400, "bad request"},         {401, "unauthorized"},
        {403, "forbidden"},   {404, "not found"},           {407, "proxy authentication required"},
        {410, "gone"},        {429, "too many requests"},   {500, "server error"},
        {502, "bad gateway"}, {503, "service unavailable"}, {504, "gateway timeout"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].status == status)
            return known[i].words;
    if (status >= 500)
        return "server error";
    return status >= 400   ? "refused"
           : status >= 300 ? "elsewhere, and does not say where"
                           : "no file";
}

static const char *status_todo(long status)
{
    if (status == 404 || status == 410)
        return "check the address";
    if (status == 429 || status >= 500)
        return "try again later";
    return SAVE_IT;
}

/* Does the body begin like HTML? */
static bool begins_as_page(const struct transfer *t)
{
    static const char *const tags[] = {"<!doctype html", "<html"};
    struct slice first = slice_trim((struct slice){t->first, t->n_first});

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (first.len >= strlen(tags[i]) && strncasecmp(first.ptr, tags[i], strlen(tags[i])) == 0)
            return true;
    return false;
}

static bool is_page(const struct transfer *t)
{
    char *type = NULL;

    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    return begins_as_page(t) || (type && (strncasecmp(type, "text/html", 9) == 0 ||
                                          strncasecmp(type, "application/xhtml", 17) == 0));
}

/* The file is for others. */
static int refused(const struct transfer *t, long status, struct err *e)
{
    return err_set(e, EXIT_INPUT,
                   "%s: the server answers %ld (%s): one has to sign in, or may not read it: %s",
                   t->name.ptr, status, status_words(status),
                   t->o->advice ? t->o->advice : "publish it, or " SAVE_IT);
}

static int judge_web(const struct transfer *t, CURLcode code, struct err *e)
{
    long status = status_of(t);

    if ((status == 401 || status == 403) && !t->unkept && code != CURLE_OUT_OF_MEMORY)
        return refused(t, status, e);
    if (status != 0 && !is_file(t) && !t->unkept && code != CURLE_OUT_OF_MEMORY)
        return err_set(e, EXIT_INPUT, "%s: the server answers %ld (%s): %s", t->name.ptr, status,
                       status_words(status), status_todo(status));
    if (t->head > HEAD_MAX)
        return err_set(e, EXIT_INPUT, "%s: the server's answer has a head without end: " SAVE_IT,
                       t->name.ptr);
    if (judge(t, code, e))
        return -1;
    if (!t->head_is_whole) /* libcurl takes it for an empty body */
        return cut_off(t, e);
    if (is_page(t))
        return err_set(
            e, EXIT_INPUT, "%s: is a web page and not a file, most likely one to sign in: %s",
            t->name.ptr, t->o->advice ? t->o->advice : "publish it as a file, or " SAVE_IT);
    return 0;
}

/* t goes where the server says. */
static int redirect(struct transfer *t, const char *original, const char *to, struct err *e)
{
    struct url from = t->url, next = {0};
    bool web = has_scheme(to, "https") || has_scheme(to, "http");
    int rc = -1;

    text_clear(&t->name);
    fetch_name(original, &t->name);
    text_puts(&t->name, " (which leads to ");
    fetch_name(to, &t->name);
    text_puts(&t->name, ")");
    if (!text_ok(&t->name))
        err_nomem(e);
    else if (!web)
        err_set(e, EXIT_INPUT, "%s: redirects are followed to https and http only: " SAVE_IT,
                t->name.ptr);
    else if (from.tls && !has_scheme(to, "https"))
        err_set(e, EXIT_INPUT, "%s: a redirect from https to http is not followed: " SAVE_IT,
                t->name.ptr);
    else
        rc = url_read(&next, to, t->name.ptr, e);
    if (rc == 0) {
        t->url = next;
        url_release(&from);
        return transfer_aim(t, e);
    }
    url_release(&next);
    return -1;
}

static int fetch_web(struct transfer *t, const char *original, struct err *e)
{
    for (int n = 0;; n++) {
        CURLcode code;
        char *to = NULL;

        if (transfer_run(t, &code, e))
            return -1;
        curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &to);
        if (code != CURLE_OK || !to)
            return judge_web(t, code, e);
        if (n == REDIRECTS_MAX)
            return err_set(e, EXIT_INPUT, "%s: more than %d redirects: " SAVE_IT, t->name.ptr,
                           REDIRECTS_MAX);
        if (redirect(t, original, to, e))
            return -1;
    }
}

/* ---- sftp ---- */

/* Better ones first; libssh2 signs with an RSA key only in the way that newer servers refuse. */
static const char *const key_names[] = {"id_ed25519", "id_ecdsa", "id_rsa"};

static int judge_host_key(const struct transfer *t, struct err *e)
{
    const char *host = t->url.host, *port = t->url.port;

    if (t->host_key == CURLKHMATCH_MISMATCH)
        return err_set(
            e, EXIT_INPUT,
            "%s: the server's key is not the one in ~/.ssh/known_hosts: it may be another "
            "server in disguise: ask its owner, and when all is well: ssh-keygen -R "
            "'[%s]:%s', ssh-keyscan -p %s %s >>~/.ssh/known_hosts",
            t->name.ptr, host, port, port, host);
    return err_set(
        e, EXIT_INPUT,
        "%s: the server's key is not in ~/.ssh/known_hosts: if you trust it: ssh-keyscan -p "
        "%s %s >>~/.ssh/known_hosts",
        t->name.ptr, port, host);
}

static int judge_ssh(const struct transfer *t, CURLcode code, struct err *e)
{
    if (code == CURLE_PEER_FAILED_VERIFICATION && t->host_key != CURLKHMATCH_OK)
        return judge_host_key(t, e);
    if (code == CURLE_FAILED_INIT &&
        t->host_key == CURLKHMATCH_LAST) /* libssh2 has no other RSA keys */
        return err_set(e, EXIT_INPUT,
                       "%s: %s: if only the server's RSA key is in ~/.ssh/known_hosts, add the "
                       "others: ssh-keyscan -p %s %s >>~/.ssh/known_hosts",
                       t->name.ptr, problem_of(t, code), t->url.port, t->url.host);
    if (code == CURLE_LOGIN_DENIED)
        return err_set(
            e, EXIT_INPUT,
            "%s: the server lets in nobody with the keys of ssh-agent and ~/.ssh "
            "(id_ed25519, id_ecdsa; id_rsa if it is an old server): check the user's name "
            "in sftp://NAME@HOST/PATH, or add a key to ssh-agent",
            t->name.ptr);
    return judge(t, code, e);
}

/* Whom to log in as, and whom to trust. */
static int ssh_set(struct transfer *t, const char *home, struct err *e)
{
    const struct passwd *me = t->url.user ? NULL : getpwuid(geteuid());
    char known[PATH_MAX];

    if (!home || !*home)
        return err_set(e, EXIT_INPUT,
                       "%s: HOME is not set, so there is no ~/.ssh/known_hosts: set HOME",
                       t->name.ptr);
    snprintf(known, sizeof(known), "%s/.ssh/known_hosts", home);
    if (curl_easy_setopt(t->easy, CURLOPT_SSH_KNOWNHOSTS, known) ||
        (me && curl_easy_setopt(t->easy, CURLOPT_USERNAME, me->pw_name)))
        return err_nomem(e);
    return 0;
}

/* The next of the keys that are there, from *i on, or none: then ssh-agent is asked alone, for libcurl would
 * look for keys in places of its own.  false: there is no other. */
static bool ssh_next_key(struct transfer *t, const char *home, size_t *i, struct err *e)
{
    bool none = *i == 0;
    char path[PATH_MAX];

    for (; *i < sizeof(key_names) / sizeof(key_names[0]); (*i)++) {
        snprintf(path, sizeof(path), "%s/.ssh/%s", home, key_names[*i]);
        if (access(path, R_OK) == 0)
            break;
    }
    if (*i == sizeof(key_names) / sizeof(key_names[0])) {
        if (none && curl_easy_setopt(t->easy, CURLOPT_SSH_AUTH_TYPES, (long)CURLSSH_AUTH_AGENT))
            err_nomem(e);
        return none;
    }
    (*i)++;
    if (curl_easy_setopt(t->easy, CURLOPT_SSH_AUTH_TYPES,
                         (long)(CURLSSH_AUTH_AGENT | CURLSSH_AUTH_PUBLICKEY)) ||
        curl_easy_setopt(t->easy, CURLOPT_SSH_PRIVATE_KEYFILE, path))
        err_nomem(e);
    return true;
}

static int fetch_ssh(struct transfer *t, struct err *e)
{
    const char *home = getenv("HOME");
    CURLcode code = CURLE_LOGIN_DENIED;
    size_t key = 0;

    if (ssh_set(t, home, e))
        return -1;
    while (code == CURLE_LOGIN_DENIED && ssh_next_key(t, home, &key, e))
        if (e->code != EXIT_DONE || transfer_run(t, &code, e))
            return -1;
    return judge_ssh(t, code, e);
}

int fetch_file(const char *url, const struct fetch_options *o, int to, const char *folder,
               struct err *e)
{
    struct transfer t = {.o = o, .to = to, .folder = folder};
    int rc;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_nomem(e);
    rc = transfer_init(&t, url, e);
    if (rc == 0)
        rc = t.url.ssh ? fetch_ssh(&t, e) : fetch_web(&t, url, e);
    transfer_release(&t);
    curl_global_cleanup();
    return rc;
}
