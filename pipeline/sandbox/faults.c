/* faults: chooses what goes wrong with a request.  The first fault of the list that fires is the one. */
#include "sandbox/faults.h"

#include "base/mem.h"

#include "sandbox/addresses.h"
#include "sandbox/chance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULTS_MAX 1000
#define FAULTS_MESSAGE_MAX 512
#define FAULTS_ROUTE_ANY ROUTE_COUNT
#define FAULTS_DELAY_MAX_MS INT64_C(3600000)

const char *const fault_kind_names[FAULT_KINDS + 1] = {
    "reset-before", "reset-after", "status", "slow", "truncate", "garbage", "huge", NULL};

enum fault_when { WHEN_EVERY, WHEN_FIRST, WHEN_AT, WHEN_CHANCE, WHEN_ADDRESS };

struct fault {
    int route; /* enum route, or FAULTS_ROUTE_ANY */
    int kind;
    enum fault_when when;
    int64_t n; /* of every and first */
    json_t *at;
    double probability;
    struct table targets;
    int64_t times; /* for each address */
    int64_t status, retry_after_s, delay_ms;
    bool json, processed, rst;
    char message[FAULTS_MESSAGE_MAX];
    json_t *body;    /* of status, instead of message; or NULL */
    json_t *headers; /* of status; or NULL */
    uint64_t count;  /* requests of the route so far */
    uint64_t place;  /* in the list, from 0 */
};

void faults_init(struct faults *f)
{
    *f = (struct faults){NULL, 0};
}

void faults_release(struct faults *f)
{
    for (size_t i = 0; i < f->len; i++) {
        json_decref(f->list[i].at);
        json_decref(f->list[i].body);
        json_decref(f->list[i].headers);
        table_release(&f->list[i].targets, free);
    }
    free(f->list);
    faults_init(f);
}

static int fault_read_when(struct fault *f, const struct fields *in)
{
    static const char *const names[] = {"every", "first", "at", "probability", "addresses"};
    json_t *at = NULL;
    int found = 0;
    for (int i = 0; i < 5; i++)
        if (fields_has(in, names[i])) {
            found++;
            f->when = (enum fault_when)i;
        }
    if (found != 1)
        return fields_wrong(in, "kind",
                            "needs one of every, first, at, probability, addresses to say when");
    if (fields_has(in, "times") && f->when != WHEN_ADDRESS)
        return fields_wrong(in, "times", "goes with addresses only");
    f->times = INT64_MAX;
    if (fields_int(in, "every", 1, INT64_MAX, &f->n) != 0 ||
        fields_int(in, "first", 1, INT64_MAX, &f->n) != 0 ||
        fields_real(in, "probability", 0, 1, &f->probability) != 0 ||
        fields_int(in, "times", 1, INT64_MAX, &f->times) != 0 || fields_array(in, "at", &at) != 0 ||
        addresses_read(&f->targets, in, "addresses") != 0)
        return -1;
    size_t i;
    json_t *v;
    json_array_foreach (at, i, v)
        if (!json_is_integer(v) || json_integer_value(v) < 1)
            return fields_wrong(in, "at", "item %zu is not a count, 1 or more", i);
    f->at = json_incref(at);
    return 0;
}

static bool fault_is_field(json_t *v)
{
    size_t i;
    json_t *one;
    if (json_is_string(v))
        return true;
    json_array_foreach (v, i, one)
        if (!json_is_string(one))
            return false;
    return json_is_array(v);
}

/* {name: value, or a list of them} */
static int fault_read_headers(struct fault *f, const struct fields *in)
{
    const char *name;
    json_t *v, *headers = json_object_get(in->object, "headers");
    if (!headers)
        return 0;
    if (!json_is_object(headers) || f->kind != FAULT_STATUS)
        return fields_wrong(in, "headers", "must be an object, and goes with the kind status");
    json_object_foreach (headers, name, v)
        if (!fault_is_field(v))
            return fields_wrong(in, "headers", "\"%.64s\" is neither a string nor a list of them",
                                name);
    f->headers = json_incref(headers);
    return 0;
}

static int fault_read_what(struct fault *f, const struct fields *in)
{
    const char *message = "Injected fault";
    char routes_any[] = "*";
    const char *routes[ROUTE_COUNT + 2];
    memcpy(routes, request_route_names, ROUTE_COUNT * sizeof(*routes));
    routes[FAULTS_ROUTE_ANY] = routes_any;
    routes[FAULTS_ROUTE_ANY + 1] = NULL;
    f->route = FAULTS_ROUTE_ANY;
    f->kind = -1;
    f->retry_after_s = -1;
    f->json = true;
    if (fields_choice(in, "route", routes, &f->route) != 0 ||
        fields_choice(in, "kind", fault_kind_names, &f->kind) != 0 ||
        fields_int(in, "status", 200, 599, &f->status) != 0 ||
        fields_int(in, "retryAfter", 0, INT32_MAX, &f->retry_after_s) != 0 ||
        fields_int(in, "delayMs", 0, FAULTS_DELAY_MAX_MS, &f->delay_ms) != 0 ||
        fields_bool(in, "json", &f->json) != 0 ||
        fields_bool(in, "processed", &f->processed) != 0 || fields_bool(in, "rst", &f->rst) != 0 ||
        fields_string(in, "errorMessage", &message) != 0)
        return -1;
    if (f->kind < 0)
        return fields_wrong(in, "kind", "is missing");
    if (f->kind == FAULT_STATUS && f->status == 0)
        return fields_wrong(in, "status", "is missing");
    if (f->kind == FAULT_SLOW && f->delay_ms == 0)
        return fields_wrong(in, "delayMs", "is missing");
    snprintf(f->message, sizeof(f->message), "%s", message);
    f->body = json_incref(json_object_get(in->object, "body"));
    return fault_read_headers(f, in);
}

int faults_configure(struct faults *f, json_t *array, struct err *e)
{
    static const char *const known[] = {
        "route",        "kind",       "status",  "json",  "processed", "rst",
        "errorMessage", "retryAfter", "delayMs", "every", "first",     "at",
        "probability",  "addresses",  "times",   "body",  "headers",   NULL};
    struct faults fresh;
    faults_init(&fresh);
    size_t n = json_array_size(array), i;
    json_t *v;
    if (array && (!json_is_array(array) || n > FAULTS_MAX))
        return err_set(e, EXIT_USAGE, "$.faults: must be an array of at most %d", FAULTS_MAX);
    fresh.list = mem_zero(n + 1, sizeof(*fresh.list));
    if (!fresh.list)
        return err_nomem(e);
    json_array_foreach (array, i, v) {
        struct fields in;
        struct fault *one = &fresh.list[i];
        one->place = i;
        fresh.len++;
        if (fields_open(&in, v, known, e, "$.faults[%zu]", i) != 0 ||
            fault_read_what(one, &in) != 0 || fault_read_when(one, &in) != 0) {
            faults_release(&fresh);
            return -1;
        }
    }
    faults_release(f);
    *f = fresh;
    return 0;
}

bool faults_want_address(const struct faults *f)
{
    for (size_t i = 0; i < f->len; i++)
        if (f->list[i].when == WHEN_ADDRESS)
            return true;
    return false;
}

static bool fault_is_due(struct fault *f, const char *address, uint64_t seed)
{
    size_t i;
    json_t *v;
    struct address *a;
    switch (f->when) {
    case WHEN_EVERY:
        return f->count % (uint64_t)f->n == 0;
    case WHEN_FIRST:
        return f->count <= (uint64_t)f->n;
    case WHEN_AT:
        json_array_foreach (f->at, i, v)
            if ((uint64_t)json_integer_value(v) == f->count)
                return true;
        return false;
    case WHEN_CHANCE:
        return chance_hit(chance_bits(seed, CHANCE_FAULTS + f->place, f->count), f->probability);
    case WHEN_ADDRESS:
        a = table_get(&f->targets, address);
        return a && a->hits++ < f->times;
    }
    return false;
}

const struct fault *faults_pick(struct faults *f, enum route route, const char *address,
                                uint64_t seed)
{
    const struct fault *picked = NULL;
    for (size_t i = 0; i < f->len; i++) {
        struct fault *one = &f->list[i];
        if (one->route != FAULTS_ROUTE_ANY && one->route != (int)route)
            continue;
        one->count++;
        if (!picked && fault_is_due(one, address, seed))
            picked = one;
    }
    return picked;
}

enum fault_kind fault_kind(const struct fault *f)
{
    return (enum fault_kind)f->kind;
}

bool fault_processes(const struct fault *f)
{
    return f->kind != FAULT_RESET_BEFORE && (f->kind != FAULT_STATUS || f->processed);
}

static void fault_apply_status(const struct fault *f, struct reply *r)
{
    if (f->body) {
        reply_json(r, json_incref(f->body));
        r->status = (int)f->status;
    } else if (f->json) {
        reply_error(r, (int)f->status, "%s", f->message);
    } else {
        reply_text(r, (int)f->status, "text/html",
                   "<html>\r\n<head><title>Gateway</title></head>\r\n<body>\r\n"
                   "<center><h1>The upstream server did not answer</h1></center>\r\n"
                   "</body>\r\n</html>\r\n");
    }
    r->retry_after_s = f->retry_after_s;
    r->retry = REPLY_RETRY_SECONDS;
    r->headers = json_incref(f->headers);
}

void fault_apply(const struct fault *f, struct reply *r)
{
    switch (fault_kind(f)) {
    case FAULT_RESET_BEFORE:
    case FAULT_RESET_AFTER:
        r->manner = f->rst ? REPLY_RESET : REPLY_CLOSED;
        break;
    case FAULT_STATUS:
        fault_apply_status(f, r);
        break;
    case FAULT_TRUNCATE:
        r->manner = REPLY_TRUNCATED;
        break;
    case FAULT_GARBAGE:
        reply_text(r, 200, "application/json", "{\"claimAttemptId\": \"<!-- not JSON");
        break;
    case FAULT_HUGE:
        r->status = 200;
        r->huge = true;
        break;
    case FAULT_SLOW:
    case FAULT_KINDS:
        break;
    }
    r->delay_ms = f->delay_ms;
}
