/*
 * stores: dynamic stores, and the actions on their way into them.
 *
 * Actions are accepted at once and take effect in the queue.  Addresses are kept in canonical form.
 * Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_STORES_H
#define CLAIMPIPE_SANDBOX_STORES_H

#include "sandbox/fields.h"
#include "sandbox/table.h"

#include <jansson.h>

#define STORES_PAGE 25
#define STORES_VALUE_MAX 256

struct store_value {
    char *key;
    bool present;
    uint64_t added, removed; /* how often, by requests */
};

struct store_job;
struct world;

struct store {
    char *id, *secret, *field;
    bool of_addresses;
    int64_t batch_limit; /* 0: none */
    struct span delay;
    struct table values;
    struct store_job *newest; /* every job, newest first */
    uint64_t actions, pending;
};

int stores_add(struct world *w, json_t *config, const char *path, struct err *e);
void stores_free(void *store);
/* Why these actions can't be taken, as a status (0: they can) and a message. */
int stores_refusal(const struct store *s, json_t *actions, const char **message);
/* Accepts actions that were not refused; -1: could not be kept, nothing has happened. */
int stores_submit(struct world *w, struct store *s, json_t *actions);
/* Is the value in the store?  key as in a request. */
bool stores_holds(const struct store *s, const char *key);
/* Answers of the API and the statistics; NULL when memory runs out. */
json_t *stores_values(const struct store *s, const char *bookmark);
json_t *stores_activity(const struct store *s, const char *bookmark);
json_t *stores_stats(const struct store *s);

/* Lines of the journal: "actions" and "applied". */
int stores_replay_actions(struct world *w, json_t *line, struct err *e);
int stores_replay_applied(struct world *w, json_t *line, struct err *e);
int stores_resume(struct world *w, struct err *e);

#endif
