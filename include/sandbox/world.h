/*
 * world: everything the practice server knows, behind one lock.
 *
 * The lock is held by whoever serves a request or fires an event, for as long as that takes
 * (microseconds); parsing and printing of JSON happens outside it.
 */
#ifndef CLAIMPIPE_SANDBOX_WORLD_H
#define CLAIMPIPE_SANDBOX_WORLD_H

#include "sandbox/faults.h"
#include "sandbox/fields.h"
#include "sandbox/journal.h"
#include "sandbox/queue.h"
#include "sandbox/ratelimit.h"
#include "sandbox/stats.h"
#include "sandbox/table.h"

/* Which of the API's historical behaviours: S26, the service of September 2026, or IDX, the
 * open-source server of July 2024. */
enum behaviour { BEHAVIOUR_S26, BEHAVIOUR_IDX };

struct store_job;

struct world {
    pthread_mutex_t lock;
    enum behaviour behaviour;
    int64_t seed;
    uint64_t start;    /* another one at each start, for attempt ids; 0: the seed is configured */
    struct table keys; /* owned strings, which are their own values; empty: no key is asked for */
    int64_t credits;   /* -1: unlimited */
    int64_t credits_used;
    struct span delay;
    struct table collections, claims, stores, attempts;
    struct store_job **jobs; /* of all stores, by number */
    size_t njobs;
    struct ratelimit ratelimit; /* of the account */
    struct ratelimit keyless;   /* of requests without a key */
    struct faults faults;
    struct stats stats;
    struct journal journal;
    struct queue queue;
    int64_t read_lag_ns;                      /* what is read is so old */
    int64_t read_frozen_ns;                   /* … or as old as this moment; 0: not frozen */
    int64_t attempts_clock_ms, date_clock_ms; /* how far the clocks of these stamps are ahead */
};

/* Attempts that have settled later are not shown (monotonic, in ns); INT64_MAX: all are. */
int64_t world_read_until(const struct world *w);

/* An empty world. */
int world_init(struct world *w, struct err *e);
void world_release(struct world *w);
/* Builds a world from a configuration. */
int world_configure(struct world *w, json_t *config, struct err *e);
/* Merges what may change at run time, and journals it. */
int world_merge(struct world *w, json_t *change, struct err *e);
/* Opens the journal, replays it and queues what it left open; path may be NULL. */
int world_resume(struct world *w, const char *path, struct err *e);

#endif
