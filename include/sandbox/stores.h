/*
 * stores: dynamic stores: what they hold, what they refuse, and how they show it.
 *
 * Actions are accepted at once and take effect in the queue (storejobs.h).  Addresses are kept in
 * canonical form.  Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_STORES_H
#define CLAIMPIPE_SANDBOX_STORES_H

#include "sandbox/fields.h"
#include "sandbox/table.h"

#include <jansson.h>

#define STORES_PAGE 25
#define STORES_VALUE_MAX 256
#define STORES_ERROR_MAX 256

struct store_value {
    char *key;
    bool present;
    uint64_t added, removed; /* how often, by requests */
};

/* What is to go wrong with a key. */
struct store_rule {
    char key[STORES_VALUE_MAX];
    char error[STORES_ERROR_MAX];
    int64_t status;      /* of a refusal */
    int64_t times, hits; /* of failures in the queue: how often (-1: for ever), and so far */
};

struct store_counts {
    uint64_t requests, batches; /* accepted; of those, by the batch route */
    uint64_t actions;           /* in accepted requests */
    uint64_t largest;           /* most actions in one request, whatever became of it */
    uint64_t refused;
    uint64_t simulated, simulated_refused; /* in none of those above but largest */
    uint64_t retries, pending;
};

struct store_job;
struct world;

struct store {
    char *id, *secret;
    json_t *fields; /* members of a payload, strings; the first that is there is the key */
    bool of_addresses, of_others;
    int64_t batch_limit; /* 0: none */
    struct span delay, retry;
    bool activity_hidden, lookups_hidden;
    struct table refused, failing; /* keys to struct store_rule */
    struct table values;
    struct store_job *newest; /* every job, newest first */
    struct store_counts counts;
};

int stores_add(struct world *w, json_t *config, const char *path, struct err *e);
/* Merges {"dynamicDataId", …} into a store that exists. */
int stores_merge(struct world *w, json_t *config, const char *path, struct err *e);
void stores_free(void *store);

/* Why these actions can't be taken, as a status (0: they can) and a message, which the store owns. */
int stores_refusal(const struct store *s, json_t *actions, const char **message);
/* The key that a payload is about, in the form in which it is kept; false: none that fits. */
bool stores_payload_key(const struct store *s, json_t *payload, char out[STORES_VALUE_MAX]);
/* The value, made if need be; NULL when memory runs out. */
struct store_value *stores_value(struct store *s, const char *key);
/* Is the value in the store?  key as in a request. */
bool stores_holds(const struct store *s, const char *key);

/* "addresses", or what else its keys are. */
const char *stores_handler(const struct store *s);
/* A bookmark is the place where the next page begins. */
size_t stores_place(const char *bookmark);
json_t *stores_pagination(size_t next, bool more);
/* Answers of the API and the statistics; NULL when memory runs out. */
json_t *stores_values(const struct store *s, const char *bookmark);
json_t *stores_stats(const struct store *s);

#endif
