/*
 * admin: the routes under /sandbox/, for tests: faults, config, stats, wait.  They need no key,
 * cost nothing and are not counted.
 */
#ifndef CLAIMPIPE_SANDBOX_ADMIN_H
#define CLAIMPIPE_SANDBOX_ADMIN_H

#include "sandbox/request.h"
#include "sandbox/world.h"

#include <stdbool.h>

#define ADMIN_PREFIX "/sandbox/"
#define ADMIN_COUNTER_MAX 32

/* What a request to /sandbox/wait waits for. */
struct admin_wait {
    char counter[ADMIN_COUNTER_MAX];
    uint64_t count;
    int64_t timeout_ms;
};

/* Call with the world's lock held.  True: the reply is to wait until admin_reached or the time is
 * out, and is then made by admin_waited. */
bool admin_serve(struct world *w, const struct request *q, const char *method, const char *path,
                 struct reply *r, struct admin_wait *wait);
bool admin_reached(const struct world *w, const struct admin_wait *wait);
void admin_waited(const struct world *w, const struct admin_wait *wait, struct reply *r);

#endif
