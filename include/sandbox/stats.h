/*
 * stats: what the server really did, counted where it happens.  The fields marked atomic are
 * touched by libmicrohttpd's threads without the world's lock; everything else needs it.
 */
#ifndef CLAIMPIPE_SANDBOX_STATS_H
#define CLAIMPIPE_SANDBOX_STATS_H

#include "sandbox/faults.h"
#include "sandbox/request.h"

#include <stdatomic.h>
#include <stdint.h>

#define STATS_STATUS_MAX 600
#define STATS_AGENT_MAX 256

struct world;

struct stats {
    uint64_t total;
    uint64_t routes[ROUTE_COUNT];
    uint64_t statuses[STATS_STATUS_MAX];
    uint64_t faults[FAULT_KINDS];
    uint64_t limited, bad_content_type;
    uint64_t accepted, completed, failed_in_queue;
    uint64_t store_accepted, store_applied, store_retries; /* requests, by their turns */
    char last_agent[STATS_AGENT_MAX];
    atomic_uint_fast64_t connections, in_flight, most_in_flight;
};

void stats_enter(struct stats *s); /* a request has begun to arrive; atomic */
void stats_leave(struct stats *s); /* it is over; atomic */

/* A counter by name: a route, "total", "accepted", "completed", "failedInQueue", "settled"
 * (completed or failed), "limited", "storeAccepted", "storeApplied" or "storeRetries".  -1: no such counter. */
int stats_counter(const struct stats *s, const char *name, uint64_t *out);
/* The whole report, for the caller to free; NULL when memory runs out. */
json_t *stats_report(const struct world *w, bool brief);

#endif
