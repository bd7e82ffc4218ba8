/* storeroutes: the API's routes about dynamic stores. */
#include "sandbox/api.h"
#include "sandbox/storejobs.h"
#include "sandbox/stores.h"

#include <string.h>

#define STOREROUTES_UNKNOWN "Dynamic data doc not found"

/* Does the request know the store's secret?  false: the reply is the refusal. */
static bool storeroutes_knows(const struct store *s, const char *secret, struct reply *r)
{
    if (*s->secret == '\0' || (secret && strcmp(secret, s->secret) == 0))
        return true;
    reply_error(r, 500, "Invalid data secret");
    return false;
}

/* The store that is to be looked at; NULL: the reply is the refusal. */
static struct store *storeroutes_open(struct world *w, const struct request *q, const char *id,
                                      struct reply *r)
{
    struct store *s = id ? table_get(&w->stores, id) : NULL;
    if (!s)
        reply_error(r, 500, STOREROUTES_UNKNOWN);
    else if (q->route == ROUTE_ACTIVITY ? s->activity_hidden : s->lookups_hidden)
        api_needs_session(r, "You must be signed in.");
    else if (storeroutes_knows(s, request_query(q, "dataSecret"), r))
        return s;
    return NULL;
}

/* The actions of a single or batch request, to be released; NULL: they are not there. */
static json_t *storeroutes_list(const struct request *q)
{
    json_t *payload = json_object_get(q->body, "payload");
    if (q->route == ROUTE_BATCH) {
        json_t *list = json_object_get(q->body, "actions");
        return json_is_array(list) ? json_incref(list) : NULL;
    }
    return !payload ? NULL
                    : json_pack("[{s:O*,s:O}]", "actionName",
                                json_object_get(q->body, "actionName"), "payload", payload);
}

static void storeroutes_count(struct store *s, const struct request *q, size_t len, bool simulated,
                              bool refused)
{
    struct store_counts *n = &s->counts;
    if (len > n->largest)
        n->largest = len;
    if (simulated && refused)
        n->simulated_refused++;
    else if (simulated)
        n->simulated++;
    else if (refused)
        n->refused++;
    else if (q->route == ROUTE_BATCH)
        n->batches++;
}

/* Takes or refuses the actions of a request to a store that is known. */
static void storeroutes_act(struct world *w, const struct request *q, struct store *s, json_t *list,
                            struct reply *r)
{
    const char *message, *secret = json_string_value(json_object_get(q->body, "dataSecret"));
    bool simulated = json_is_true(json_object_get(q->body, "_isSimulation"));
    int status = 0;
    if (!storeroutes_knows(s, secret, r)) {
        status = r->status;
    } else {
        status = stores_refusal(s, list, &message);
        if (status != 0)
            reply_error(r, status, "%s", message);
        else if (!simulated && storejobs_submit(w, s, list) != 0)
            reply_error(r, status = 500, "Internal server error");
        else
            reply_json(r, json_object());
    }
    storeroutes_count(s, q, json_array_size(list), simulated, status != 0);
}

void storeroutes_actions(struct world *w, const struct request *q, struct reply *r)
{
    const char *id = json_string_value(json_object_get(q->body, "dynamicDataId"));
    json_t *list = storeroutes_list(q);
    struct store *s = id ? table_get(&w->stores, id) : NULL;
    if (!id || !list)
        reply_error(r, 400, "Invalid request payload. dynamicDataId and %s are needed.",
                    q->route == ROUTE_BATCH ? "actions" : "payload");
    else if (!s)
        reply_error(r, 500, STOREROUTES_UNKNOWN);
    else
        storeroutes_act(w, q, s, list, r);
    json_decref(list);
}

void storeroutes_value(struct world *w, const struct request *q, struct reply *r)
{
    const char *key = request_query(q, "key");
    struct store *s = storeroutes_open(w, q, q->args[0], r);
    if (!s)
        return;
    if (!key)
        reply_error(r, 400, "Invalid request payload. key is needed.");
    else
        reply_json(r, json_pack("{s:s,s:b}", "key", key, "inStore", (int)stores_holds(s, key)));
}

void storeroutes_values(struct world *w, const struct request *q, struct reply *r)
{
    struct store *s = storeroutes_open(w, q, q->args[0], r);
    if (s)
        reply_json(r, stores_values(s, request_query(q, "bookmark")));
}

void storeroutes_activity(struct world *w, const struct request *q, struct reply *r)
{
    struct store *s = storeroutes_open(w, q, request_query(q, "dynamicDataId"), r);
    if (s)
        reply_json(r, storejobs_activity(s, request_query(q, "bookmark")));
}
