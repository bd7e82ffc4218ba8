/*
 * attempts: requests that were accepted, on their way through the queue.
 *
 *   QUEUED --(its turn; the claim judges again)--> COMPLETED | FAILED
 *
 * Claims of one collection take their turns one after the other.  Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_ATTEMPTS_H
#define CLAIMPIPE_SANDBOX_ATTEMPTS_H

#include "sandbox/claims.h"
#include "sandbox/queue.h"

#define ATTEMPTS_ID_SIZE 33

enum attempt_state { ATTEMPT_QUEUED, ATTEMPT_COMPLETED, ATTEMPT_FAILED };

struct attempt {
    struct event event; /* the first member */
    char id[ATTEMPTS_ID_SIZE];
    enum attempt_state state;
    struct world *world;
    struct claim *claim;
    struct person *person;
    int64_t at_ms;      /* since the epoch */
    int64_t settled_ns; /* monotonic; 0: before the server was started */
    int64_t code;       /* place of its code, or -1 */
    int64_t number;
    uint64_t nth; /* of the claim, from 1 */
    char *error;
    struct attempt *older;           /* settled before it: of the claim, */
    struct attempt *older_of_person; /* of the person */
};

/* Accepts: journals, and queues.  NULL: it could not be kept, nothing has happened. */
struct attempt *attempts_submit(struct world *w, struct claim *c, const char *address,
                                int64_t code);
/* Adds one that was settled before the server was started; error: NULL if it succeeded.  0, or -1
 * when memory runs out. */
int attempts_add_settled(struct world *w, struct claim *c, const char *address, int64_t at_ms,
                         int64_t number, const char *error);
struct attempt *attempts_find(const struct world *w, const char *id);
void attempts_free(void *attempt);

/* Lines of the journal: "accepted" and "settled". */
int attempts_replay_accepted(struct world *w, json_t *line, struct err *e);
int attempts_replay_settled(struct world *w, json_t *line, struct err *e);
/* Queues what the journal left open. */
int attempts_resume(struct world *w, struct err *e);

#endif
