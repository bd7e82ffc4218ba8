/*
 * http_transfer: one request as libcurl is to carry it, and what its verdict says of the request's fate.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "curltrouble.h"
#include "http_internal.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define URL_MAX 4096
/* Of each transfer, and thousands are under way: of 16 and 64 KiB, as libcurl has them by itself, most would
 * never be used. */
#define RECEIVE_BUFFER 4096L
#define SEND_BUFFER 16384L

_Static_assert(sizeof(((struct answer *)0)->problem) >= CURL_ERROR_SIZE, "libcurl writes into it");

void http_library(struct text *out)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

    text_printf(out, "libcurl %s (%s)", v->version, v->ssl_version ? v->ssl_version : "no TLS");
}

/* ---- what libcurl calls ---- */

static size_t answer_max(const struct exchange *x)
{
    return x->request.answer_max ? x->request.answer_max : HTTP_ANSWER_MAX;
}

/* Its first line is `HTTP/2 200` and the like. */
static bool is_ok(const struct exchange *x)
{
    const char *space = strchr(x->answer.head.ptr, ' ');

    return space && strncmp(space + 1, "200", 3) == 0;
}

/* May so many bytes more be held?  They are counted then. */
static bool hold(struct exchange *x, size_t n)
{
    if (x->received > HTTP_ANSWER_SMALL && atomic_load(x->transfers->held) + n > HTTP_ANSWERS_MAX)
        return false;
    atomic_fetch_add(x->transfers->held, n);
    x->held += n;
    return true;
}

/* Bytes of the body, unpacked: small on the wire may be large here. */
static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
    struct exchange *x = context;
    struct request_taker *taker = is_ok(x) ? x->request.taker : NULL;
    size_t most = taker || !x->request.taker ? answer_max(x) : HTTP_ANSWER_MAX;

    x->received += size * n;
    if (x->received > most ||
        (taker ? taker->take(taker, (struct slice){bytes, size * n}) != 0 : !hold(x, size * n))) {
        x->answer.too_large = true;
        return 0; /* CURLE_WRITE_ERROR */
    }
    if (taker)
        return size * n;
    text_append(&x->answer.body, bytes, size * n);
    return text_ok(&x->answer.body) ? size * n : 0;
}

static size_t on_head(char *bytes, size_t size, size_t n, void *context)
{
    struct exchange *x = context;

    if (size * n > 5 && memcmp(bytes, "HTTP/", 5) == 0)
        text_clear(&x->answer.head); /* an interim answer (1xx) came before */
    if (x->answer.head.len + size * n > HTTP_HEAD_MAX)
        return 0;
    text_append(&x->answer.head, bytes, size * n);
    return text_ok(&x->answer.head) ? size * n : 0;
}

/* The body, once.  There is deliberately no seek function: see the header. */
static size_t on_read(char *to, size_t size, size_t n, void *context)
{
    struct exchange *x = context;
    size_t left = x->request.body.len - x->sent, take = size * n < left ? size * n : left;

    memcpy(to, x->request.body.ptr + x->sent, take);
    x->sent += take;
    return take;
}

/* A request is about to leave, by a connection.  libcurl sends it again by itself when one that it has used
 * before turns out to be dead, and the server may have counted it all the same: not without the limiter. */
static int on_leave(void *context, char *to, char *from, int to_port, int from_port)
{
    struct exchange *x = context;

    (void)to, (void)from, (void)to_port, (void)from_port;
    return x->left++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* Shall a transfer wait for a connection that it can share?  With TLS that is settled while one is made;
 * on plain http by its first answer, and if none comes for want of memory, libcurl 7.88 waits for ever. */
static long pipewait(const struct http_options *o)
{
    return strncasecmp(o->base_url, "https:", 6) == 0;
}

/* What is the same for every request.  Handles are used again, with their options. */
static bool easy_set_numbers(CURL *easy, const struct http_options *o)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_PATH_AS_IS, 1},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
        {CURLOPT_PIPEWAIT, pipewait(o)},
        {CURLOPT_BUFFERSIZE, RECEIVE_BUFFER},
        {CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER},
        {CURLOPT_CONNECTTIMEOUT_MS, (long)(o->connect_timeout_ns / CLOCK_NS_PER_MS)},
        {CURLOPT_TIMEOUT_MS, (long)(o->timeout_ns / CLOCK_NS_PER_MS)},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (curl_easy_setopt(easy, numbers[i].option, numbers[i].value) != CURLE_OK)
            return false;
    return true;
}

static bool easy_set_texts(CURL *easy, const struct http_options *o, bool loopback)
{
    const struct {
        CURLoption option;
        const char *value; /* NULL: as libcurl has it */
    } texts[] = {
        {CURLOPT_PROTOCOLS_STR, loopback ? "http,https" : "https"},
        {CURLOPT_ACCEPT_ENCODING, ""}, /* whatever libcurl can unpack */
        {CURLOPT_USERAGENT, o->user_agent},
        {CURLOPT_PROXY, loopback ? "" : NULL},
        {CURLOPT_CAINFO, o->cacert},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].value && curl_easy_setopt(easy, texts[i].option, texts[i].value) != CURLE_OK)
            return false;
    return true;
}

static CURL *easy_new(const struct http_transfers *t)
{
    const struct http_options *o = t->options;
    CURL *easy = curl_easy_init();

    if (easy && easy_set_numbers(easy, o) && easy_set_texts(easy, o, t->loopback) &&
        !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) &&
        !curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head) &&
        !curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read) &&
        !curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_leave))
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}

static CURL *easy_take(struct http_transfers *t)
{
    return t->n_idle ? t->idle[--t->n_idle] : easy_new(t);
}

void http_transfer_end(struct http_transfers *t, void *easy)
{
    if (t->n_idle == t->cap_idle) {
        size_t cap = t->cap_idle ? t->cap_idle * 2 : 64;
        void **more = mem_resize(t->idle, cap, sizeof(*more));

        if (!more) {
            curl_easy_cleanup(easy);
            return;
        }
        t->idle = more;
        t->cap_idle = cap;
    }
    t->idle[t->n_idle++] = easy;
}

static bool easy_set_method(const struct http_transfers *t, CURL *easy, const struct request *r)
{
    if (r->post)
        return !curl_easy_setopt(easy, CURLOPT_POST, 1L) &&
               !curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)r->body.len) &&
               !curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers_post);
    return !curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers_get);
}

/* The target is given besides the URL: left alone, libcurl 7.88 sends a request without its query when it
 * has no memory for that, and the answer is to another question. */
static bool easy_aim(struct http_transfers *t, CURL *easy, struct exchange *x)
{
    char url[URL_MAX];
    const char *target;
    int n = snprintf(url, sizeof(url), "%s%s", t->options->base_url, x->request.path.ptr);

    if (n < 0 || (size_t)n >= sizeof(url) || !text_ok(&x->request.path) ||
        !text_ok(&x->request.body))
        return false;
    target = strchr(strstr(url, "://") + 3, '/');
    return !curl_easy_setopt(easy, CURLOPT_URL, url) &&
           !curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target) &&
           !curl_easy_setopt(easy, CURLOPT_PRIVATE, x) &&
           !curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->answer.problem) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEDATA, x) &&
           !curl_easy_setopt(easy, CURLOPT_HEADERDATA, x) &&
           !curl_easy_setopt(easy, CURLOPT_READDATA, x) &&
           !curl_easy_setopt(easy, CURLOPT_PREREQDATA, x) && easy_set_method(t, easy, &x->request);
}

void http_exchange_fail(struct exchange *x, const char *problem)
{
    x->answer.fate = FATE_NOT_SENT;
    x->answer.trouble = TROUBLE_OTHER;
    x->answer.status = 0;
    snprintf(x->answer.problem, sizeof(x->answer.problem), "%s", problem);
}

/* libcurl takes a head that breaks off for one whose body is empty; a whole one ends in a blank line. */
static bool head_is_whole(const struct exchange *x)
{
    const struct text *head = &x->answer.head;

    return head->len >= 2 && head->ptr[head->len - 1] == '\n' &&
           (head->ptr[head->len - 2] == '\n' ||
            (head->len >= 3 && memcmp(head->ptr + head->len - 3, "\n\r\n", 3) == 0));
}

static void say_too_large(struct exchange *x)
{
    char *problem = x->answer.problem;
    size_t size = sizeof(x->answer.problem);

    if (x->received > answer_max(x))
        snprintf(problem, size, "the answer is larger than %zu bytes", answer_max(x));
    else if (x->request.taker)
        snprintf(problem, size, "the answer is more than can be taken in");
    else
        snprintf(problem, size, "the answers under way are larger than %zu bytes together",
                 HTTP_ANSWERS_MAX);
}

/* What libcurl's verdict says of the request's fate. */
static void judge(struct exchange *x, CURL *easy, CURLcode code)
{
    long status = 0, request_size = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    x->answer.status = (int)status;
    x->answer.trouble = curltrouble_of(code);
    if (code == CURLE_OK && status != 0 && head_is_whole(x)) {
        x->answer.problem[0] = '\0';
        x->answer.fate = FATE_ANSWERED;
        x->answer.taken = status == 200 ? x->request.taker : NULL;
        return;
    }
    x->answer.fate = request_size == 0 && x->sent == 0 && x->left < 2 ? FATE_NOT_SENT : FATE_LOST;
    if (!text_ok(&x->answer.body) || !text_ok(&x->answer.head))
        snprintf(x->answer.problem, sizeof(x->answer.problem), "out of memory");
    else if (x->answer.too_large)
        say_too_large(x);
    else if (code == CURLE_OK)
        snprintf(x->answer.problem, sizeof(x->answer.problem), "the answer's head breaks off");
    else if (code == CURLE_SEND_FAIL_REWIND || x->left > 1)
        snprintf(x->answer.problem, sizeof(x->answer.problem),
                 "the connection died before the answer");
    else if (!x->answer.problem[0])
        snprintf(x->answer.problem, sizeof(x->answer.problem), "%s", curl_easy_strerror(code));
}

struct exchange *http_transfer_judge(void *easy, unsigned code)
{
    struct exchange *x = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&x);
    judge(x, easy, (CURLcode)code);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
    return x;
}

void *http_transfer_aim(struct http_transfers *t, struct exchange *x)
{
    CURL *easy = easy_take(t);

    x->transfers = t;
    if (!easy || easy_aim(t, easy, x))
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}

/* ---- a lane's ---- */

int http_transfers_init(struct http_transfers *t, const struct http_options *o, bool loopback,
                        atomic_size_t *held)
{
    struct curl_slist *more;
    char key[512];

    *t = (struct http_transfers){.options = o, .loopback = loopback, .held = held};
    if (o->api_key) {
        snprintf(key, sizeof(key), "x-api-key: %s", o->api_key);
        t->headers_get = curl_slist_append(NULL, key);
        t->headers_post = curl_slist_append(NULL, key);
        explicit_bzero(key, sizeof(key));
        if (!t->headers_get || !t->headers_post)
            return -1;
    }
    /* What a cache has kept from before proves nobody absent (RFC 9111, 5.2.1.4). */
    more = curl_slist_append(t->headers_get, "Cache-Control: no-cache");
    if (!more)
        return -1;
    t->headers_get = more;
    /* Without this the server sees an empty object. */
    more = curl_slist_append(t->headers_post, "Content-Type: application/json");
    if (!more)
        return -1;
    t->headers_post = more;
    return 0;
}

/* The key is in it. */
static void headers_free(struct curl_slist *headers)
{
    for (struct curl_slist *h = headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(headers);
}

void http_transfers_release(struct http_transfers *t)
{
    for (size_t i = 0; i < t->n_idle; i++)
        curl_easy_cleanup(t->idle[i]);
    free(t->idle);
    headers_free(t->headers_get);
    headers_free(t->headers_post);
}
