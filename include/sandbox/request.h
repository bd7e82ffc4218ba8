/*
 * request: one HTTP request and its reply, as the routes see them; knows nothing of sockets.
 *
 * Strings of a request are borrowed and live as long as the request.  A reply owns its JSON.
 */
#ifndef CLAIMPIPE_SANDBOX_REQUEST_H
#define CLAIMPIPE_SANDBOX_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define REQUEST_PATH_MAX 1024

enum route {
    ROUTE_COMPLETE,
    ROUTE_SIMULATE,
    ROUTE_STATUS,
    ROUTE_SUCCESS,
    ROUTE_ATTEMPTS,
    ROUTE_CLAIM,
    ROUTE_FETCH,
    ROUTE_RESERVED,
    ROUTE_CODES,
    ROUTE_STORE,
    ROUTE_BATCH,
    ROUTE_VALUE,
    ROUTE_VALUES,
    ROUTE_ACTIVITY,
    ROUTE_OTHER,
    ROUTE_COUNT
};
extern const char *const request_route_names[ROUTE_COUNT + 1]; /* ends in NULL */

struct request {
    enum route route;
    char path[REQUEST_PATH_MAX]; /* cut at its slashes */
    const char *args[2];         /* what stands for the wildcards of the route; "" if nothing */
    const char *key;             /* x-api-key, or NULL */
    const char *agent;           /* User-Agent, or NULL */
    bool wrong_type;             /* a POST that is not application/json */
    json_t *body;                /* of a POST: {} unless it was JSON; else NULL */
    bool malformed;              /* the body should have been JSON and was not */
    bool too_large;
    const char *(*query)(void *cls, const char *name); /* the query's value, or NULL */
    void *query_cls;
};

void request_route(struct request *q, const char *method, const char *path);
const char *request_query(const struct request *q, const char *name);

enum reply_manner {
    REPLY_WHOLE,
    REPLY_TRUNCATED, /* half of the body, then the connection is closed */
    REPLY_CLOSED,    /* the connection is closed (FIN) without a byte */
    REPLY_RESET      /* the same with RST */
};

struct reply {
    int status;
    json_t *json;     /* the body, or NULL: text is */
    const char *text; /* a constant */
    const char *type; /* of text */
    bool huge;        /* a body of 2 MiB instead */
    enum reply_manner manner;
    int64_t delay_ms;
    int64_t retry_after_s; /* -1: no such header */
    enum reply_retry { /* how it is written: seconds, seconds with decimals, the time of day in Unix
                              seconds or ms, one of the three forms of HTTP dates */
                       REPLY_RETRY_SECONDS,
                       REPLY_RETRY_DECIMAL,
                       REPLY_RETRY_UNIX,
                       REPLY_RETRY_UNIX_MS,
                       REPLY_RETRY_DATE,
                       REPLY_RETRY_DATE_850,
                       REPLY_RETRY_ASCTIME
    } retry;
    json_t *headers; /* more of them, or NULL: {name: value or [value, …]} */
    int64_t date_ms; /* how far the Date header is ahead */
    enum reply_rate {
        REPLY_RATE_NONE,
        REPLY_RATE_STANDARD, /* RateLimit-Limit and so on: draft 6 */
        REPLY_RATE_X,
        REPLY_RATE_THREE, /* RateLimit-Limit, -Remaining, -Reset, and no policy: draft 3 */
        REPLY_RATE_DRAFT_7,
        REPLY_RATE_DRAFT_8, /* as express-rate-limit writes it */
        REPLY_RATE_DRAFT_10 /* as the draft does */
    } rate;                 /* headers */
    int64_t rate_limit, rate_window_s, rate_remaining, rate_reset_s;
};

void reply_init(struct reply *r);
void reply_release(struct reply *r);
/* 200 with this body; takes json (NULL: memory ran out, which makes it a 500). */
void reply_json(struct reply *r, json_t *json);
/* {"errorMessage": …} */
__attribute__((format(printf, 3, 4))) void reply_error(struct reply *r, int status, const char *fmt,
                                                       ...);
void reply_text(struct reply *r, int status, const char *type, const char *text);

#endif
