/* admin: the routes by which a test sets the server up and asks what it saw. */
#include "sandbox/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADMIN_TIMEOUT_MS 10000
#define ADMIN_TIMEOUT_MAX_MS 600000

static void admin_change(struct world *w, const struct request *q, struct reply *r,
                         int (*change)(struct world *, json_t *, struct err *))
{
    struct err e = ERR_INIT;
    if (q->malformed || !q->body)
        reply_error(r, 400, "the body is not JSON");
    else if (change(w, q->body, &e) != 0)
        reply_error(r, 400, "%s", e.text);
    else
        reply_json(r, json_object());
}

static int admin_set_faults(struct world *w, json_t *array, struct err *e)
{
    return faults_configure(&w->faults, array, e);
}

static int64_t admin_number(const struct request *q, const char *name, int64_t absent)
{
    const char *s = request_query(q, name);
    return s ? strtoll(s, NULL, 10) : absent;
}

static bool admin_wait(const struct world *w, const struct request *q, struct reply *r,
                       struct admin_wait *wait)
{
    const char *route = request_query(q, "route");
    int64_t count = admin_number(q, "count", 1);
    int64_t timeout_ms = admin_number(q, "timeoutMs", ADMIN_TIMEOUT_MS);
    uint64_t unused;
    snprintf(wait->counter, sizeof(wait->counter), "%s", !route ? "total" : route);
    if (stats_counter(&w->stats, wait->counter, &unused) != 0 || count < 0 || timeout_ms < 0 ||
        timeout_ms > ADMIN_TIMEOUT_MAX_MS) {
        reply_error(r, 400, "wait?route=NAME&count=N&timeoutMs=N: no such route, or out of range");
        return false;
    }
    wait->count = (uint64_t)count;
    wait->timeout_ms = timeout_ms;
    return true;
}

bool admin_serve(struct world *w, const struct request *q, const char *method, const char *path,
                 struct reply *r, struct admin_wait *wait)
{
    const char *what = path + strlen(ADMIN_PREFIX);
    bool get = strcmp(method, "GET") == 0, post = strcmp(method, "POST") == 0;
    if (post && strcmp(what, "faults") == 0) {
        admin_change(w, q, r, admin_set_faults);
    } else if (post && strcmp(what, "config") == 0) {
        admin_change(w, q, r, world_merge);
    } else if (get && strcmp(what, "stats") == 0) {
        reply_json(r, stats_report(w, admin_number(q, "brief", 0) != 0));
    } else if ((get || post) && strcmp(what, "wait") == 0) {
        return admin_wait(w, q, r, wait);
    } else {
        reply_error(r, 404, "Not found");
    }
    return false;
}

bool admin_reached(const struct world *w, const struct admin_wait *wait)
{
    uint64_t have = 0;
    return stats_counter(&w->stats, wait->counter, &have) == 0 && have >= wait->count;
}

void admin_waited(const struct world *w, const struct admin_wait *wait, struct reply *r)
{
    uint64_t have = 0;
    stats_counter(&w->stats, wait->counter, &have);
    reply_json(r, json_pack("{s:s,s:I,s:b}", "route", wait->counter, "count", (json_int_t)have,
                            "reached", have >= wait->count));
}
