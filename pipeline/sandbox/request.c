/* request: routing, and the ways to make a reply. */
#include "sandbox/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REQUEST_SEGMENTS 5
#define REQUEST_MESSAGE_MAX 1024

const char *const request_route_names[ROUTE_COUNT + 1] = {
    "complete", "simulate", "status", "success", "attempts", "claim",    "fetch", "reserved",
    "codes",    "store",    "batch",  "value",   "values",   "activity", "other", NULL};

enum { WAY_GET = 1, WAY_POST = 2 };

/* Where routes lead.  "*" stands for one segment. */
static const struct request_way {
    const char *segments[REQUEST_SEGMENTS];
    enum route route;
    unsigned methods;
} request_ways[] = {
    {{"claims", "complete", "*", "*"}, ROUTE_COMPLETE, WAY_POST},
    {{"claims", "status", "*"}, ROUTE_STATUS, WAY_GET | WAY_POST}, /* POST: as the SDK does */
    {{"claims", "success", "*", "*"}, ROUTE_SUCCESS, WAY_GET},
    {{"claims", "simulate", "*", "*"}, ROUTE_SIMULATE, WAY_POST},
    {{"claims", "fetch"}, ROUTE_FETCH, WAY_POST},
    {{"claims", "reserved", "*", "*"}, ROUTE_RESERVED, WAY_POST},
    {{"claims", "*", "attempts"}, ROUTE_ATTEMPTS, WAY_GET | WAY_POST}, /* POST: as it once was */
    {{"claim", "*"}, ROUTE_CLAIM, WAY_GET},
    {{"codes"}, ROUTE_CODES, WAY_GET},
    {{"storeActions", "single"}, ROUTE_STORE, WAY_POST},
    {{"storeActions", "batch"}, ROUTE_BATCH, WAY_POST},
    {{"dynamicStore", "*", "value"}, ROUTE_VALUE, WAY_GET},
    {{"dynamicStore", "*", "values"}, ROUTE_VALUES, WAY_GET},
    {{"dynamicStores", "activity"}, ROUTE_ACTIVITY, WAY_GET},
};

/* Cuts the path at its slashes; false if it has too many segments. */
static bool request_split(char *path, const char *segments[REQUEST_SEGMENTS])
{
    size_t n = 0;
    for (;;) {
        if (n == REQUEST_SEGMENTS)
            return false;
        segments[n++] = path;
        path = strchr(path, '/');
        if (!path)
            return true;
        *path++ = '\0';
    }
}

static bool request_matches(const struct request_way *way, const char *const *segments,
                            const char *args[2])
{
    size_t nargs = 0;
    for (size_t i = 0; i < REQUEST_SEGMENTS; i++) {
        const char *want = way->segments[i], *have = segments[i];
        if (!want || !have)
            return want == have;
        if (strcmp(want, "*") == 0)
            args[nargs++] = have;
        else if (strcmp(want, have) != 0)
            return false;
    }
    return true;
}

static unsigned request_method(const char *name)
{
    if (strcmp(name, "GET") == 0)
        return WAY_GET;
    return strcmp(name, "POST") == 0 ? WAY_POST : 0;
}

void request_route(struct request *q, const char *method, const char *path)
{
    /* Of v1 there is only one: claims/fetch, which is the same. */
    static const char testnet[] = "/testnet", prefix[] = "/api/v0/",
                      fetch[] = "/api/v1/claims/fetch";
    const char *segments[REQUEST_SEGMENTS] = {NULL};
    unsigned methods = request_method(method);
    q->route = ROUTE_OTHER;
    q->args[0] = q->args[1] = "";
    if (strncmp(path, testnet, sizeof(testnet) - 1) == 0)
        path += sizeof(testnet) - 1;
    if (strncmp(path, prefix, sizeof(prefix) - 1) != 0 && strcmp(path, fetch) != 0)
        return;
    int n = snprintf(q->path, sizeof(q->path), "%s", path + sizeof(prefix) - 1);
    if (n < 0 || (size_t)n >= sizeof(q->path) || !request_split(q->path, segments))
        return;
    for (size_t i = 0; i < sizeof(request_ways) / sizeof(*request_ways); i++) {
        const struct request_way *way = &request_ways[i];
        const char *args[2] = {"", ""};
        if ((way->methods & methods) != 0 && request_matches(way, segments, args)) {
            q->route = way->route;
            q->args[0] = args[0];
            q->args[1] = args[1];
            return;
        }
    }
}

const char *request_query(const struct request *q, const char *name)
{
    return q->query(q->query_cls, name);
}

void reply_init(struct reply *r)
{
    *r = (struct reply){.status = 404, .text = "", .type = "text/plain", .retry_after_s = -1};
}

static void reply_clear(struct reply *r)
{
    json_decref(r->json);
    r->json = NULL;
}

void reply_release(struct reply *r)
{
    reply_clear(r);
    json_decref(r->headers);
    r->headers = NULL;
}

void reply_text(struct reply *r, int status, const char *type, const char *text)
{
    reply_clear(r);
    r->status = status;
    r->type = type;
    r->text = text;
}

void reply_json(struct reply *r, json_t *json)
{
    if (!json) {
        reply_text(r, 500, "application/json", "{\"errorMessage\":\"Out of memory\"}");
        return;
    }
    reply_clear(r);
    r->status = 200;
    r->json = json;
}

void reply_error(struct reply *r, int status, const char *fmt, ...)
{
    char message[REQUEST_MESSAGE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    reply_json(r, json_pack("{s:s}", "errorMessage", message));
    if (r->json)
        r->status = status;
}
