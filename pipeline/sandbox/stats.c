/* stats: counts what the server did, where it does it, so that a test need not believe the client. */
#include "sandbox/stats.h"

#include "sandbox/claims.h"
#include "sandbox/stores.h"
#include "sandbox/world.h"

#include <stdio.h>
#include <string.h>

void stats_enter(struct stats *s)
{
    uint_fast64_t now = atomic_fetch_add(&s->in_flight, 1) + 1;
    uint_fast64_t most = atomic_load(&s->most_in_flight);
    while (now > most && !atomic_compare_exchange_weak(&s->most_in_flight, &most, now))
        ;
}

void stats_leave(struct stats *s)
{
    atomic_fetch_sub(&s->in_flight, 1);
}

int stats_counter(const struct stats *s, const char *name, uint64_t *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"total", s->total},
        {"accepted", s->accepted},
        {"completed", s->completed},
        {"failedInQueue", s->failed_in_queue},
        {"settled", s->completed + s->failed_in_queue},
        {"limited", s->limited},
        {"storeAccepted", s->store_accepted},
        {"storeApplied", s->store_applied},
        {"storeRetries", s->store_retries},
    };
    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
        if (strcmp(counters[i].name, name) == 0) {
            *out = counters[i].value;
            return 0;
        }
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (strcmp(request_route_names[i], name) == 0) {
            *out = s->routes[i];
            return 0;
        }
    return -1;
}

static json_t *stats_number(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *stats_requests(const struct stats *s)
{
    json_t *requests = json_object();
    json_object_set_new(requests, "total", stats_number(s->total));
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        json_object_set_new(requests, request_route_names[i], stats_number(s->routes[i]));
    return requests;
}

static json_t *stats_statuses(const struct stats *s)
{
    json_t *statuses = json_object();
    for (size_t i = 0; i < STATS_STATUS_MAX; i++)
        if (s->statuses[i] > 0) {
            char status[8];
            snprintf(status, sizeof(status), "%zu", i);
            json_object_set_new(statuses, status, stats_number(s->statuses[i]));
        }
    return statuses;
}

static json_t *stats_faults(const struct stats *s)
{
    json_t *faults = json_object();
    for (size_t i = 0; i < FAULT_KINDS; i++)
        json_object_set_new(faults, fault_kind_names[i], stats_number(s->faults[i]));
    return faults;
}

static json_t *stats_twice(const struct world *w)
{
    json_t *twice = json_array();
    for (size_t i = 0; i < w->claims.len; i++) {
        const struct claim *c = w->claims.entries[i].value;
        for (size_t k = 0; k < c->people.len; k++) {
            const struct person *p = c->people.entries[k].value;
            if (p->completed > 1)
                json_array_append_new(twice,
                                      json_pack("{s:s,s:s,s:I}", "claimId", c->id, "address",
                                                p->address, "count", (json_int_t)p->completed));
        }
    }
    return twice;
}

static json_t *stats_claim(const struct claim *c)
{
    json_t *completions = json_object(), *attempts = json_object();
    for (size_t i = 0; i < c->people.len; i++) {
        const struct person *p = c->people.entries[i].value;
        if (p->completed > 0)
            json_object_set_new_nocheck(completions, p->address, stats_number(p->completed));
        if (p->accepted > 0)
            json_object_set_new_nocheck(attempts, p->address, stats_number(p->accepted));
    }
    return json_pack("{s:o,s:I,s:o,s:I,s:I,s:I}", "completions", completions, "codesUsed",
                     (json_int_t)claims_codes_used(c), "attemptsByAddress", attempts, "refused",
                     (json_int_t)c->refused, "simulated", (json_int_t)c->simulated,
                     "simulatedRefused", (json_int_t)c->simulated_refused);
}

static void stats_add_details(const struct world *w, json_t *report)
{
    json_t *claims = json_object(), *stores = json_object();
    for (size_t i = 0; i < w->claims.len; i++)
        json_object_set_new(claims, w->claims.entries[i].key,
                            stats_claim(w->claims.entries[i].value));
    for (size_t i = 0; i < w->stores.len; i++)
        json_object_set_new(stores, w->stores.entries[i].key,
                            stores_stats(w->stores.entries[i].value));
    json_object_set_new(report, "claims", claims);
    json_object_set_new(report, "stores", stores);
}

json_t *stats_report(const struct world *w, bool brief)
{
    const struct stats *s = &w->stats;
    json_t *report = json_pack(
        "{s:o,s:o,s:o,s:I,s:I,s:{s:I,s:I},s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s,s:o}",
        "requests", stats_requests(s), "statuses", stats_statuses(s), "faults", stats_faults(s),
        "connections", (json_int_t)atomic_load(&s->connections), "mostInFlight",
        (json_int_t)atomic_load(&s->most_in_flight), "window", "windowMs",
        (json_int_t)w->ratelimit.window_ms, "most", (json_int_t)w->ratelimit.most, "limited",
        (json_int_t)s->limited, "accepted", (json_int_t)s->accepted, "completed",
        (json_int_t)s->completed, "failedInQueue", (json_int_t)s->failed_in_queue, "pending",
        (json_int_t)(s->accepted - s->completed - s->failed_in_queue), "storeAccepted",
        (json_int_t)s->store_accepted, "storeApplied", (json_int_t)s->store_applied, "storeRetries",
        (json_int_t)s->store_retries, "creditsUsed", (json_int_t)w->credits_used, "badContentType",
        (json_int_t)s->bad_content_type, "lastUserAgent", s->last_agent, "completedTwice",
        stats_twice(w));
    if (report && !brief)
        stats_add_details(w, report);
    return report;
}
