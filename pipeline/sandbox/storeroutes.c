/* storeroutes: the API's routes about dynamic stores. */
#include "sandbox/api.h"
#include "sandbox/stores.h"

#include <string.h>

/* The store, if the secret fits; NULL: the reply is the refusal. */
static struct store *storeroutes_open(struct world *w, const char *id, const char *secret,
                                      struct reply *r)
{
    struct store *s = id == NULL ? NULL : table_get(&w->stores, id);
    if (s == NULL)
        reply_error(r, 500, "Dynamic data doc not found");
    else if (*s->secret != '\0' && (secret == NULL || strcmp(secret, s->secret) != 0))
        reply_error(r, 500, "Invalid data secret");
    else
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
    return payload == NULL ? NULL
                           : json_pack("[{s:O*,s:O}]", "actionName",
                                       json_object_get(q->body, "actionName"), "payload", payload);
}

void storeroutes_actions(struct world *w, const struct request *q, struct reply *r)
{
    const char *message;
    const char *id = json_string_value(json_object_get(q->body, "dynamicDataId"));
    json_t *list = storeroutes_list(q);
    if (id == NULL || list == NULL) {
        reply_error(r, 400, "Invalid request payload. dynamicDataId and %s are needed.",
                    q->route == ROUTE_BATCH ? "actions" : "payload");
        goto done;
    }
    struct store *s =
        storeroutes_open(w, id, json_string_value(json_object_get(q->body, "dataSecret")), r);
    if (s == NULL)
        goto done;
    int status = stores_refusal(s, list, &message);
    if (status != 0)
        reply_error(r, status, "%s", message);
    else if (!json_is_true(json_object_get(q->body, "_isSimulation")) &&
             stores_submit(w, s, list) != 0)
        reply_error(r, 500, "Internal server error");
    else
        reply_json(r, json_object());
done:
    json_decref(list);
}

void storeroutes_value(struct world *w, const struct request *q, struct reply *r)
{
    const char *key = request_query(q, "key");
    struct store *s = storeroutes_open(w, q->args[0], request_query(q, "dataSecret"), r);
    if (s == NULL)
        return;
    if (key == NULL)
        reply_error(r, 400, "Invalid request payload. key is needed.");
    else
        reply_json(r, json_pack("{s:s,s:b}", "key", key, "inStore", (int)stores_holds(s, key)));
}

void storeroutes_values(struct world *w, const struct request *q, struct reply *r)
{
    struct store *s = storeroutes_open(w, q->args[0], request_query(q, "dataSecret"), r);
    if (s != NULL)
        reply_json(r, stores_values(s, request_query(q, "bookmark")));
}

void storeroutes_activity(struct world *w, const struct request *q, struct reply *r)
{
    struct store *s =
        storeroutes_open(w, request_query(q, "dynamicDataId"), request_query(q, "dataSecret"), r);
    if (s != NULL)
        reply_json(r, stores_activity(s, request_query(q, "bookmark")));
}
