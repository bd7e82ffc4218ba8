/*
 * http: carries many requests to one API at once, each of them once: nothing here, and nothing in libcurl, sends a
 * POST a second time, for the first may have been taken.
 *
 * States of an exchange: idle (the caller's) -> in a lane's inbox -> in transfer -> in the outbox -> idle.
 * A lane's queue is guarded by its mutex, the outbox by the pool's; a transfer is touched by its lane
 * alone.
 */
#include "adapters/http.h"

#include "base/clock.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define POLL_MS 1000
#define URL_MAX 4096
/* Of each transfer, and thousands are under way: of 16 and 64 KiB, as libcurl has them by itself, most would
 * never be used. */
#define RECEIVE_BUFFER 4096L
#define SEND_BUFFER 16384L
/* libcurl keeps four idle connections for each transfer under way, and closes the rest: with few under
 * way at the moment it would open and close them all the time. */
#define IDLE_CONNECTIONS_MAX 4096L

_Static_assert(sizeof(((struct answer *)0)->problem) >= CURL_ERROR_SIZE, "libcurl writes into it");

struct queue {
    struct exchange *first;
    struct exchange **end;
};

struct lane {
    struct http_pool *pool;
    CURLM *multi;
    struct curl_slist *headers_get, *headers_post;
    CURL **idle; /* easy handles to be used again */
    size_t n_idle, cap_idle;
    CURL **active; /* in transfer, in no order */
    size_t n_active, cap_active;

    pthread_mutex_t mutex; /* over what follows */
    struct queue inbox;
    size_t load; /* submitted and not done */
};

struct http_pool {
    const struct http_options *options;
    bool loopback;
    struct lane *lanes;
    size_t n_lanes;

    atomic_size_t held; /* bytes of answers that were not collected yet */

    pthread_mutex_t mutex; /* over what follows */
    pthread_cond_t done;
    struct queue outbox;
    bool closed, aborted;
};

/* ---- queues ---- */

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

static void queue_put(struct queue *q, struct exchange *x)
{
    x->next = NULL;
    *q->end = x;
    q->end = &x->next;
}

static struct exchange *queue_take_all(struct queue *q)
{
    struct exchange *all = q->first;

    queue_init(q);
    return all;
}

/* ---- exchanges ---- */

void exchange_init(struct exchange *x, void *owner)
{
    memset(x, 0, sizeof(*x));
    text_init(&x->request.path);
    text_init(&x->request.body);
    text_init(&x->answer.body);
    text_init(&x->answer.head);
    x->owner = owner;
}

void exchange_forget(struct exchange *x)
{
    if (x->request.taker)
        x->request.taker->free(x->request.taker);
    x->request.taker = NULL;
    x->answer.taken = NULL;
    text_reset(&x->answer.body);
}

void exchange_release(struct exchange *x)
{
    exchange_forget(x);
    /* text_release leaves an empty text that can be used again */
    text_release(&x->answer.head);
    text_release(&x->answer.body);
    text_release(&x->request.body);
    text_release(&x->request.path);
}

static void text_renew(struct text *t)
{
    if (text_ok(t))
        text_clear(t);
    else
        text_release(t);
}

void exchange_reset(struct exchange *x)
{
    exchange_forget(x);
    text_renew(&x->request.path);
    text_renew(&x->request.body);
    text_renew(&x->answer.body);
    text_renew(&x->answer.head);
    x->request.post = false;
    x->request.answer_max = 0;
    x->answer.too_large = false;
    x->sent = x->received = 0;
    x->left = 0;
    x->answer.status = 0;
    x->answer.problem[0] = '\0';
    x->answer.trouble = TROUBLE_NONE;
}

/* ---- URLs ---- */

bool http_is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

static void lower(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}

struct url_parts {
    CURLU *u;
    char *scheme, *host, *port, *path, *query, *fragment, *user;
};

static void url_release(struct url_parts *p)
{
    curl_free(p->user);
    curl_free(p->fragment);
    curl_free(p->query);
    curl_free(p->path);
    curl_free(p->port);
    curl_free(p->host);
    curl_free(p->scheme);
    curl_url_cleanup(p->u);
}

static const char no_memory[] = "is too much for the memory that is left";

/* A part of the URL into *out, which stays NULL where there is none. */
static CURLUcode url_part(const struct url_parts *p, CURLUPart part, char **out)
{
    CURLUcode code = curl_url_get(p->u, part, out, CURLU_NO_DEFAULT_PORT);

    if (code != CURLUE_OK)
        *out = NULL;
    return code == CURLUE_OUT_OF_MEMORY ? code : CURLUE_OK;
}

static CURLUcode url_split(struct url_parts *p, const char *url)
{
    CURLUcode code;

    memset(p, 0, sizeof(*p));
    p->u = curl_url();
    if (!p->u)
        return CURLUE_OUT_OF_MEMORY;
    if ((code = curl_url_set(p->u, CURLUPART_URL, url, 0)) ||
        (code = url_part(p, CURLUPART_SCHEME, &p->scheme)) ||
        (code = url_part(p, CURLUPART_HOST, &p->host)) ||
        (code = url_part(p, CURLUPART_PORT, &p->port)) ||
        (code = url_part(p, CURLUPART_PATH, &p->path)) ||
        (code = url_part(p, CURLUPART_QUERY, &p->query)) ||
        (code = url_part(p, CURLUPART_FRAGMENT, &p->fragment)))
        return code;
    return url_part(p, CURLUPART_USER, &p->user);
}

/* NULL, or what is wrong. */
static const char *url_read(struct url_parts *p, const char *url)
{
    CURLUcode code = url_split(p, url);

    if (code == CURLUE_OUT_OF_MEMORY)
        return no_memory;
    if (code || !p->scheme || !p->host || !p->path)
        return "is not an http(s) URL";
    lower(p->scheme);
    lower(p->host);
    if (strcmp(p->scheme, "https") != 0 && strcmp(p->scheme, "http") != 0)
        return "is not an http(s) URL";
    if (strcmp(p->scheme, "http") == 0 && !http_is_loopback(p->host))
        return "is plain http, which would show the API key to everybody on the way: use https "
               "(plain http is for loopback only)";
    return p->query || p->fragment || p->user
               ? "has a query or a user name, which a base URL must not have"
               : NULL;
}

const char *http_base_url(const char *url, struct text *out)
{
    struct url_parts p;
    const char *fault = url_read(&p, url);

    text_clear(out);
    if (!fault) {
        size_t len = strlen(p.path);

        while (len > 0 && p.path[len - 1] == '/')
            len--;
        text_printf(out, "%s://%s", p.scheme, p.host);
        if (p.port)
            text_printf(out, ":%s", p.port);
        text_append(out, p.path, len);
    }
    url_release(&p);
    if (fault != no_memory)
        return fault;
    out->failed = true;
    return NULL;
}

void http_library(struct text *out)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

    text_printf(out, "libcurl %s (%s)", v->version, v->ssl_version ? v->ssl_version : "no TLS");
}

bool http_stays_here(const char *base_url)
{
    struct url_parts p;
    bool here = !url_read(&p, base_url) && http_is_loopback(p.host);

    url_release(&p);
    return here;
}

/* ---- one transfer ---- */

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
    struct http_pool *p = x->pool;

    if (x->received > HTTP_ANSWER_SMALL && atomic_load(&p->held) + n > HTTP_ANSWERS_MAX)
        return false;
    atomic_fetch_add(&p->held, n);
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

static CURL *easy_new(const struct lane *lane)
{
    const struct http_options *o = lane->pool->options;
    CURL *easy = curl_easy_init();

    if (easy && easy_set_numbers(easy, o) && easy_set_texts(easy, o, lane->pool->loopback) &&
        !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) &&
        !curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head) &&
        !curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read) &&
        !curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_leave))
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}

static CURL *easy_take(struct lane *lane)
{
    return lane->n_idle ? lane->idle[--lane->n_idle] : easy_new(lane);
}

static void easy_give_back(struct lane *lane, CURL *easy)
{
    if (lane->n_idle == lane->cap_idle) {
        size_t cap = lane->cap_idle ? lane->cap_idle * 2 : 64;
        CURL **more = mem_resize(lane->idle, cap, sizeof(*more));

        if (!more) {
            curl_easy_cleanup(easy);
            return;
        }
        lane->idle = more;
        lane->cap_idle = cap;
    }
    lane->idle[lane->n_idle++] = easy;
}

static bool easy_set_method(const struct lane *lane, CURL *easy, const struct request *r)
{
    if (r->post)
        return !curl_easy_setopt(easy, CURLOPT_POST, 1L) &&
               !curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)r->body.len) &&
               !curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lane->headers_post);
    return !curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lane->headers_get);
}

/* The target is given besides the URL: left alone, libcurl 7.88 sends a request without its query when it
 * has no memory for that, and the answer is to another question. */
static bool easy_aim(struct lane *lane, CURL *easy, struct exchange *x)
{
    char url[URL_MAX];
    const char *target;
    int n = snprintf(url, sizeof(url), "%s%s", lane->pool->options->base_url, x->request.path.ptr);

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
           !curl_easy_setopt(easy, CURLOPT_PREREQDATA, x) &&
           easy_set_method(lane, easy, &x->request);
}

static void exchange_fail(struct exchange *x, const char *problem)
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

static enum trouble trouble_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return TROUBLE_NONE;
    case CURLE_COULDNT_RESOLVE_HOST:
        return TROUBLE_NAME;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return TROUBLE_PROXY;
    case CURLE_COULDNT_CONNECT:
        return TROUBLE_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return TROUBLE_TIME;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return TROUBLE_TLS;
    default:
        return TROUBLE_OTHER;
    }
}

/* What libcurl's verdict says of the request's fate. */
static void exchange_judge(struct exchange *x, CURL *easy, CURLcode code)
{
    long status = 0, request_size = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    x->answer.status = (int)status;
    x->answer.trouble = trouble_of(code);
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

/* ---- a lane ---- */

static void pool_done(struct http_pool *p, struct exchange *x)
{
    pthread_mutex_lock(&p->mutex);
    queue_put(&p->outbox, x);
    pthread_cond_signal(&p->done);
    pthread_mutex_unlock(&p->mutex);
}

static void lane_done(struct lane *lane, struct exchange *x)
{
    pthread_mutex_lock(&lane->mutex);
    lane->load--;
    pthread_mutex_unlock(&lane->mutex);
    x->answer.wall_ms = clock_wall_ms();
    pool_done(lane->pool, x);
}

/* Room for one more transfer in the list of active ones. */
static int lane_reserve(struct lane *lane)
{
    size_t cap = lane->cap_active ? lane->cap_active * 2 : 64;
    CURL **more;

    if (lane->n_active < lane->cap_active)
        return 0;
    more = mem_resize(lane->active, cap, sizeof(*more));
    if (!more)
        return -1;
    lane->active = more;
    lane->cap_active = cap;
    return 0;
}

static void lane_start(struct lane *lane, struct exchange *x)
{
    CURL *easy = lane_reserve(lane) == 0 ? easy_take(lane) : NULL;

    if (!easy || !easy_aim(lane, easy, x) || curl_multi_add_handle(lane->multi, easy) != CURLM_OK) {
        if (easy)
            curl_easy_cleanup(easy);
        exchange_fail(x, "out of memory, or the URL is too long");
        lane_done(lane, x);
        return;
    }
    lane->active[lane->n_active++] = easy;
}

static void lane_finish(struct lane *lane, CURL *easy, CURLcode code)
{
    struct exchange *x = NULL;
    size_t i = 0;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&x);
    exchange_judge(x, easy, code);
    curl_multi_remove_handle(lane->multi, easy);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
    while (lane->active[i] != easy)
        i++;
    lane->active[i] = lane->active[--lane->n_active];
    easy_give_back(lane, easy);
    lane_done(lane, x);
}

static void lane_abort(struct lane *lane)
{
    while (lane->n_active)
        lane_finish(lane, lane->active[lane->n_active - 1], CURLE_ABORTED_BY_CALLBACK);
}

/* Take in what was submitted; false when the lane's work is over. */
static bool lane_take_in(struct lane *lane, bool *abort)
{
    struct http_pool *p = lane->pool;
    struct exchange *x, *next;
    bool closed;

    pthread_mutex_lock(&p->mutex);
    closed = p->closed;
    *abort = p->aborted;
    pthread_mutex_unlock(&p->mutex);

    pthread_mutex_lock(&lane->mutex);
    x = queue_take_all(&lane->inbox);
    pthread_mutex_unlock(&lane->mutex);
    for (; x; x = next) {
        next = x->next;
        if (*abort || !lane->multi) {
            exchange_fail(x, *abort ? "given up" : "this lane could not begin");
            lane_done(lane, x);
        } else {
            lane_start(lane, x);
        }
    }
    return !closed || lane->n_active > 0;
}

/* One round of what a lane does: each transfer goes on as far as it can.  code: how libcurl fared so far. */
static CURLMcode lane_work(struct lane *lane, CURLMcode code, bool abort)
{
    struct CURLMsg *msg;
    int running, left;

    if (code == CURLM_OK)
        code = curl_multi_perform(lane->multi, &running);
    while ((msg = curl_multi_info_read(lane->multi, &left)))
        if (msg->msg == CURLMSG_DONE)
            lane_finish(lane, msg->easy_handle, msg->data.result);
    if (abort || code != CURLM_OK)
        lane_abort(lane);
    return code;
}

static int lane_verdict(CURLMcode code, struct err *e)
{
    if (code != CURLM_OK)
        return err_set(e, EXIT_STOPPED, "libcurl: %s", curl_multi_strerror(code));
    return 0;
}

int http_pool_serve(struct http_pool *p, size_t index, struct err *e)
{
    struct lane *lane = &p->lanes[index];
    CURLMcode code = CURLM_OK;
    bool abort;

    while (lane_take_in(lane, &abort)) {
        code = lane_work(lane, code, abort);
        curl_multi_poll(lane->multi, NULL, 0, POLL_MS, NULL);
    }
    return lane_verdict(code, e);
}

int http_pool_turn(struct http_pool *p, size_t index, int64_t wait_ns, struct err *e)
{
    struct lane *lane = &p->lanes[index];
    CURLMcode code;
    bool abort;

    lane_take_in(lane, &abort);
    code = lane_work(lane, CURLM_OK, abort);
    if (lane->n_active > 0)
        curl_multi_poll(lane->multi, NULL, 0, (int)(wait_ns / CLOCK_NS_PER_MS), NULL);
    return lane_verdict(code, e);
}

/* ---- the pool ---- */

static int lane_init(struct lane *lane, struct http_pool *p)
{
    char key[512];
    struct curl_slist *more;

    lane->pool = p;
    pthread_mutex_init(&lane->mutex, NULL);
    queue_init(&lane->inbox);
    lane->multi = curl_multi_init();
    if (!lane->multi || curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS_MAX))
        return -1;
    if (p->options->api_key) {
        snprintf(key, sizeof(key), "x-api-key: %s", p->options->api_key);
        lane->headers_get = curl_slist_append(NULL, key);
        lane->headers_post = curl_slist_append(NULL, key);
        explicit_bzero(key, sizeof(key));
        if (!lane->headers_get || !lane->headers_post)
            return -1;
    }
    /* What a cache has kept from before proves nobody absent (RFC 9111, 5.2.1.4). */
    more = curl_slist_append(lane->headers_get, "Cache-Control: no-cache");
    if (!more)
        return -1;
    lane->headers_get = more;
    /* Without this the server sees an empty object. */
    more = curl_slist_append(lane->headers_post, "Content-Type: application/json");
    if (!more)
        return -1;
    lane->headers_post = more;
    return 0;
}

/* The key is in it. */
static void headers_free(struct curl_slist *headers)
{
    for (struct curl_slist *h = headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(headers);
}

static void lane_release(struct lane *lane)
{
    for (size_t i = 0; i < lane->n_idle; i++)
        curl_easy_cleanup(lane->idle[i]);
    free(lane->idle);
    free(lane->active);
    headers_free(lane->headers_get);
    headers_free(lane->headers_post);
    if (lane->multi)
        curl_multi_cleanup(lane->multi);
    pthread_mutex_destroy(&lane->mutex);
}

struct http_pool *http_pool_new(const struct http_options *o, struct err *e)
{
    struct http_pool *p = mem_zero(1, sizeof(*p));
    pthread_condattr_t monotonic;
    struct url_parts url;
    const char *fault;

    if (!p)
        goto err0;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        goto err1;
    p->lanes = mem_zero(o->lanes, sizeof(*p->lanes));
    if (!p->lanes)
        goto err2;
    p->options = o;
    fault = url_read(&url, o->base_url);
    p->loopback = !fault && http_is_loopback(url.host);
    url_release(&url);
    if (fault) {
        if (fault != no_memory)
            err_set(e, EXIT_USAGE, "%s: %s", o->base_url, fault);
        goto err3;
    }
    queue_init(&p->outbox);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    while (p->n_lanes < o->lanes)
        if (lane_init(&p->lanes[p->n_lanes++], p) != 0) {
            err_nomem(e);
            http_pool_free(p);
            return NULL;
        }
    return p;
err3:
    free(p->lanes);
err2:
    curl_global_cleanup();
err1:
    free(p);
err0:
    err_nomem(e);
    return NULL;
}

void http_pool_free(struct http_pool *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_lanes; i++)
        lane_release(&p->lanes[i]);
    free(p->lanes);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->mutex);
    free(p);
    curl_global_cleanup();
}

void http_pool_submit(struct http_pool *p, struct exchange *x)
{
    struct lane *least = &p->lanes[0];
    size_t least_load = SIZE_MAX;
    bool first;

    x->pool = p;
    for (size_t i = 0; i < p->n_lanes; i++) {
        struct lane *lane = &p->lanes[i];
        size_t load;

        pthread_mutex_lock(&lane->mutex);
        load = lane->load;
        pthread_mutex_unlock(&lane->mutex);
        if (load < least_load) {
            least = lane;
            least_load = load;
        }
    }
    pthread_mutex_lock(&least->mutex);
    first = !least->inbox.first; /* else it has been woken for the one before, and not yet looked */
    queue_put(&least->inbox, x);
    least->load++;
    pthread_mutex_unlock(&least->mutex);
    if (first)
        curl_multi_wakeup(least->multi);
}

struct exchange *http_pool_collect(struct http_pool *p, int64_t wait_ns)
{
    struct exchange *all;
    struct timespec until;
    int64_t until_ns = clock_now_ns() + wait_ns;
    int rc = 0;

    until.tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S);
    until.tv_nsec = (long)(until_ns % CLOCK_NS_PER_S);
    pthread_mutex_lock(&p->mutex);
    while (!p->outbox.first && wait_ns > 0 && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&p->done, &p->mutex, &until);
    all = queue_take_all(&p->outbox);
    pthread_mutex_unlock(&p->mutex);
    for (struct exchange *x = all; x; x = x->next) {
        atomic_fetch_sub(&p->held, x->held);
        x->held = 0;
    }
    return all;
}

static void pool_tell(struct http_pool *p, bool *what)
{
    pthread_mutex_lock(&p->mutex);
    *what = true;
    pthread_mutex_unlock(&p->mutex);
    for (size_t i = 0; i < p->n_lanes; i++)
        curl_multi_wakeup(p->lanes[i].multi);
}

void http_pool_abort(struct http_pool *p)
{
    pool_tell(p, &p->aborted);
}

void http_pool_close(struct http_pool *p)
{
    pool_tell(p, &p->closed);
}
