/* response: sends a reply whole, late, cut off or not at all, as the faults want it. */
#include "sandbox/response.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/request.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define RESPONSE_HUGE_SIZE ((size_t)2 << 20)
#define RESPONSE_VALUE_MAX 512
#define RESPONSE_DATE "%a, %d %b %Y %H:%M:%S GMT"

struct response_half {
    char *bytes;
    size_t len; /* how many of them are sent */
};

static ssize_t response_read_half(void *cls, uint64_t pos, char *buf, size_t max)
{
    const struct response_half *h = cls;
    if (pos >= h->len)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = h->len - (size_t)pos < max ? h->len - (size_t)pos : max;
    memcpy(buf, h->bytes + pos, n);
    return (ssize_t)n;
}

static void response_free_half(void *cls)
{
    struct response_half *h = cls;
    free(h->bytes);
    free(h);
}

/* Takes bytes. */
static struct MHD_Response *response_truncated(char *bytes, size_t len)
{
    struct MHD_Response *response = NULL;
    struct response_half *h = mem_zero(1, sizeof(*h));
    if (!h) {
        free(bytes);
        return NULL;
    }
    *h = (struct response_half){bytes, len / 2};
    response =
        MHD_create_response_from_callback(len, len, response_read_half, h, response_free_half);
    if (!response)
        response_free_half(h);
    return response;
}

/* The body as bytes of its own, or NULL when memory runs out. */
static char *response_body(const struct reply *r, size_t *len)
{
    char *bytes;
    if (r->huge) {
        static const char begin[] = "{\"claimAttemptId\":\"", end[] = "\"}";
        *len = RESPONSE_HUGE_SIZE;
        bytes = mem_zero(RESPONSE_HUGE_SIZE, 1);
        if (!bytes)
            return NULL;
        memset(bytes, 'a', RESPONSE_HUGE_SIZE);
        memcpy(bytes, begin, sizeof(begin) - 1);
        memcpy(bytes + RESPONSE_HUGE_SIZE - sizeof(end) + 1, end, sizeof(end) - 1);
        return bytes;
    }
    bytes = r->json ? json_dumps(r->json, JSON_COMPACT | JSON_ENCODE_ANY)
                    : mem_copy(r->text, strlen(r->text));
    *len = bytes ? strlen(bytes) : 0;
    return bytes;
}

__attribute__((format(printf, 3, 4))) static void
response_header(struct MHD_Response *response, const char *name, const char *fmt, ...)
{
    char value[RESPONSE_VALUE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    MHD_add_response_header(response, name, value);
}

/* The three forms of RFC 9110, 5.6.7. */
static void response_put_date(struct MHD_Response *response, const char *name, const char *form,
                              int64_t at_ms)
{
    time_t at = (time_t)(at_ms / 1000);
    char date[RESPONSE_VALUE_MAX];
    struct tm tm;
    if (gmtime_r(&at, &tm) && strftime(date, sizeof(date), form, &tm) > 0)
        response_header(response, name, "%s", date);
}

/* The library adds the true one unless there is one already. */
static void response_date(struct MHD_Response *response, int64_t ahead_ms)
{
    if (ahead_ms != 0)
        response_put_date(response, MHD_HTTP_HEADER_DATE, RESPONSE_DATE,
                          clock_wall_ms() + ahead_ms);
}

static void response_retry(struct MHD_Response *response, const struct reply *r)
{
    static const char name[] = MHD_HTTP_HEADER_RETRY_AFTER;
    long long left_s = r->retry_after_s;
    int64_t now = clock_wall_ms(), at = now + r->retry_after_s * 1000;
    switch (r->retry) {
    case REPLY_RETRY_SECONDS:
        response_header(response, name, "%lld", left_s);
        break;
    case REPLY_RETRY_DECIMAL: /* just below, so that it is the same when rounded up */
        response_header(response, name, "%.1f", left_s > 0 ? (double)left_s - 0.5 : 0.0);
        break;
    case REPLY_RETRY_UNIX:
        response_header(response, name, "%lld", (long long)(at / 1000));
        break;
    case REPLY_RETRY_UNIX_MS:
        response_header(response, name, "%lld", (long long)at);
        break;
    case REPLY_RETRY_DATE:
        response_put_date(response, name, RESPONSE_DATE, at);
        break;
    case REPLY_RETRY_DATE_850:
        response_put_date(response, name, "%A, %d-%b-%y %H:%M:%S GMT", at);
        break;
    case REPLY_RETRY_ASCTIME:
        response_put_date(response, name, "%a %b %e %H:%M:%S %Y", at);
        break;
    }
}

/* Of the limit: one form or another (policy/ratefields.h tells where each comes from). */
static void response_rate(struct MHD_Response *response, const struct reply *r)
{
    long long limit = r->rate_limit, remaining = r->rate_remaining, reset = r->rate_reset_s;
    long long window = r->rate_window_s;
    switch (r->rate) {
    case REPLY_RATE_NONE:
        break;
    case REPLY_RATE_STANDARD:
        response_header(response, "RateLimit-Policy", "%lld;w=%lld", limit, window);
        /* fall through */
    case REPLY_RATE_THREE:
        response_header(response, "RateLimit-Limit", "%lld", limit);
        response_header(response, "RateLimit-Remaining", "%lld", remaining);
        response_header(response, "RateLimit-Reset", "%lld", reset);
        break;
    case REPLY_RATE_X:
        response_header(response, "X-RateLimit-Limit", "%lld", limit);
        response_header(response, "X-RateLimit-Remaining", "%lld", remaining);
        response_header(response, "X-RateLimit-Reset", "%lld", reset);
        break;
    case REPLY_RATE_DRAFT_7:
        response_header(response, "RateLimit-Policy", "%lld;w=%lld", limit, window);
        response_header(response, "RateLimit", "limit=%lld, remaining=%lld, reset=%lld", limit,
                        remaining, reset);
        break;
    case REPLY_RATE_DRAFT_8:
        response_header(response, "RateLimit-Policy",
                        "\"%lld-in-%llds\"; q=%lld; w=%lld; pk=:MTI3MDAx:", limit, window, limit,
                        window);
        response_header(response, "RateLimit", "\"%lld-in-%llds\"; r=%lld; t=%lld", limit, window,
                        remaining, reset);
        break;
    case REPLY_RATE_DRAFT_10:
        response_header(response, "RateLimit-Policy", "\"default\";q=%lld;w=%lld", limit, window);
        response_header(response, "RateLimit", "\"default\";r=%lld;t=%lld", remaining, reset);
        break;
    }
}

/* What a fault adds, as it is written: one field, or several of a name. */
static void response_more(struct MHD_Response *response, json_t *headers)
{
    const char *name;
    json_t *v, *one;
    size_t i;
    json_object_foreach (headers, name, v) {
        if (json_is_string(v))
            response_header(response, name, "%s", json_string_value(v));
        json_array_foreach (v, i, one)
            response_header(response, name, "%s", json_string_value(one));
    }
}

static void response_headers(struct MHD_Response *response, const struct reply *r)
{
    response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "%s; charset=utf-8",
                    !r->json ? r->type : "application/json");
    response_date(response, r->date_ms);
    if (r->retry_after_s >= 0)
        response_retry(response, r);
    response_rate(response, r);
    response_more(response, r->headers);
}

/* RST at once: libmicrohttpd's own way of closing begins with a FIN. */
static void response_reset(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (info)
        (void)connect(info->connect_fd, &nowhere, sizeof(nowhere));
}

int response_send(struct MHD_Connection *connection, const struct reply *r)
{
    size_t len;
    if (r->manner == REPLY_RESET)
        response_reset(connection);
    if (r->manner == REPLY_RESET || r->manner == REPLY_CLOSED)
        return -1;
    char *bytes = response_body(r, &len);
    if (!bytes)
        return -1;
    struct MHD_Response *response =
        r->manner == REPLY_TRUNCATED
            ? response_truncated(bytes, len)
            : MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return -1;
    response_headers(response, r);
    enum MHD_Result rc = MHD_queue_response(connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    return rc == MHD_YES ? 0 : -1;
}
