/* stores: keeps dynamic stores, and shows them as the service does. */
#include "sandbox/stores.h"

#include "base/mem.h"
#include "policy/identity.h"
#include "sandbox/api.h"
#include "sandbox/storejobs.h"
#include "sandbox/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORES_RETRY_MIN_MS 20
#define STORES_RETRY_MAX_MS 50
#define STORES_MISFIT "Invalid request payload. The payload does not fit the store."

static const char stores_address_field[] = "address";

_Static_assert(STORES_VALUE_MAX >= IDENTITY_TEXT_MAX, "an address must fit");

static void stores_free_value(void *thing)
{
    struct store_value *v = thing;
    if (v)
        free(v->key);
    free(v);
}

void stores_free(void *thing)
{
    struct store *s = thing;
    if (!s)
        return;
    storejobs_free(s->newest);
    table_release(&s->values, stores_free_value);
    table_release(&s->refused, free);
    table_release(&s->failing, free);
    json_decref(s->fields);
    free(s->id);
    free(s->secret);
    free(s);
}

static bool stores_keep_text(const char *given, char out[STORES_VALUE_MAX])
{
    int n = snprintf(out, STORES_VALUE_MAX, "%s", given);
    return n > 0 && n < STORES_VALUE_MAX;
}

/* The form in which a value is kept, where it is not known which field it is of. */
static bool stores_key(const struct store *s, const char *given, char out[STORES_VALUE_MAX])
{
    if (s->of_addresses && !identity_canonical(slice_of(given), out))
        return true;
    return s->of_others && stores_keep_text(given, out);
}

/* 0, or the status and message of a refusal. */
static int stores_read_payload(const struct store *s, json_t *payload, char out[STORES_VALUE_MAX],
                               const char **message)
{
    size_t i;
    json_t *name;
    json_array_foreach (s->fields, i, name) {
        const char *field = json_string_value(name);
        json_t *v = json_object_get(payload, field);
        const char *given = json_string_value(v);
        if (!v)
            continue;
        if (given && strcmp(field, stores_address_field) == 0) {
            if (!identity_canonical(slice_of(given), out))
                return 0;
            *message = API_BAD_ADDRESS;
            return 500;
        }
        if (given && stores_keep_text(given, out))
            return 0;
        break;
    }
    *message = STORES_MISFIT;
    return 400;
}

bool stores_payload_key(const struct store *s, json_t *payload, char out[STORES_VALUE_MAX])
{
    const char *unused;
    return stores_read_payload(s, payload, out, &unused) == 0;
}

struct store_value *stores_value(struct store *s, const char *key)
{
    struct store_value *v = table_get(&s->values, key);
    if (v)
        return v;
    v = mem_zero(1, sizeof(*v));
    if (!v)
        return NULL;
    v->key = mem_copy(key, strlen(key));
    if (!v->key || table_put(&s->values, v->key, v) != 0) {
        stores_free_value(v);
        return NULL;
    }
    return v;
}

/* {"key", "error"} and what more is known: "status" or "times". */
static int stores_read_rule(const struct store *s, const struct fields *in, struct store_rule *rule)
{
    const char *key = NULL, *error = rule->error;
    json_t *times = json_object_get(in->object, "times");
    if (fields_name(in, "key", &key) != 0 || fields_string(in, "error", &error) != 0 ||
        fields_int(in, "status", 400, 599, &rule->status) != 0 ||
        (!json_is_null(times) && fields_int(in, "times", -1, INT64_MAX, &rule->times) != 0))
        return -1;
    if (!stores_key(s, key, rule->key))
        return fields_wrong(in, "key", "is not of the store's kind");
    if (strlen(error) >= sizeof(rule->error))
        return fields_wrong(in, "error", "is too long");
    if (error != rule->error)
        snprintf(rule->error, sizeof(rule->error), "%s", error);
    return 0;
}

static int stores_put_rule(const struct fields *in, struct table *rules, struct store_rule *rule)
{
    if (table_get(rules, rule->key))
        return fields_wrong(in, "key", "is there twice");
    return table_put(rules, rule->key, rule) == 0 ? 0 : err_nomem(in->e);
}

/* Replaces the rules by the array called name, if it is there. */
static int stores_read_rules(const struct store *s, const struct fields *f, const char *name,
                             const char *const *known, const struct store_rule *usual,
                             struct table *rules)
{
    json_t *list = NULL, *v;
    size_t i;
    if (fields_array(f, name, &list) != 0)
        return -1;
    if (list)
        table_release(rules, free);
    json_array_foreach (list, i, v) {
        struct fields in;
        struct store_rule *rule = mem_zero(1, sizeof(*rule));
        if (!rule)
            return err_nomem(f->e);
        *rule = *usual;
        if (fields_open(&in, v, known, f->e, "%s.%s[%zu]", f->path, name, i) != 0 ||
            stores_read_rule(s, &in, rule) != 0 || stores_put_rule(&in, rules, rule) != 0) {
            free(rule);
            return -1;
        }
    }
    return 0;
}

static int stores_read_hidden(const struct fields *f, const char *key, bool *hidden)
{
    static const char *const names[] = {"open", "hidden", NULL};
    int which = (int)*hidden;
    if (fields_choice(f, key, names, &which) != 0)
        return -1;
    *hidden = which == 1;
    return 0;
}

/* What may change at run time as well. */
static int stores_read_settings(struct store *s, const struct fields *f)
{
    static const char *const refuse[] = {"key", "error", "status", NULL};
    static const char *const fail[] = {"key", "error", "times", NULL};
    static const struct store_rule refusal = {.error = STORES_MISFIT, .status = 500};
    static const struct store_rule failure = {.error = "Internal server error", .times = -1};
    const char *secret = s->secret ? s->secret : "";
    if (fields_string(f, "dataSecret", &secret) != 0 ||
        fields_int(f, "batchLimit", 0, INT32_MAX, &s->batch_limit) != 0 ||
        fields_span(f, "delayMs", &s->delay) != 0 || fields_span(f, "retryMs", &s->retry) != 0 ||
        stores_read_hidden(f, "activity", &s->activity_hidden) != 0 ||
        stores_read_hidden(f, "lookups", &s->lookups_hidden) != 0 ||
        stores_read_rules(s, f, "refuse", refuse, &refusal, &s->refused) != 0 ||
        stores_read_rules(s, f, "queueFaults", fail, &failure, &s->failing) != 0)
        return -1;
    if (secret == s->secret)
        return 0;
    char *own = mem_copy(secret, strlen(secret));
    if (!own)
        return err_nomem(f->e);
    free(s->secret);
    s->secret = own;
    return 0;
}

/* field: one name, or fields: several. */
static int stores_read_fields(struct store *s, const struct fields *f)
{
    const char *field = stores_address_field;
    json_t *v;
    size_t i;
    if (fields_has(f, "field") && fields_has(f, "fields"))
        return fields_wrong(f, "fields", "goes without field");
    if (fields_string(f, "field", &field) != 0 || fields_array(f, "fields", &s->fields) != 0)
        return -1;
    s->fields = s->fields ? json_incref(s->fields) : json_pack("[s]", field);
    if (!s->fields)
        return err_nomem(f->e);
    json_array_foreach (s->fields, i, v) {
        if (!json_is_string(v) || json_string_length(v) == 0)
            return fields_wrong(f, "fields", "item %zu is not a name", i);
        if (strcmp(json_string_value(v), stores_address_field) == 0)
            s->of_addresses = true;
        else
            s->of_others = true;
    }
    return i > 0 ? 0 : fields_wrong(f, "fields", "is empty");
}

static int stores_read_values(struct store *s, const struct fields *f)
{
    json_t *values = NULL, *v;
    size_t i;
    if (fields_array(f, "values", &values) != 0)
        return -1;
    json_array_foreach (values, i, v) {
        char key[STORES_VALUE_MAX];
        const char *given = json_string_value(v);
        if (!given || !stores_key(s, given, key))
            return fields_wrong(f, "values", "item %zu is not of the store's kind", i);
        struct store_value *value = stores_value(s, key);
        if (!value)
            return err_nomem(f->e);
        value->present = true;
    }
    return 0;
}

int stores_add(struct world *w, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {
        "dynamicDataId", "dataSecret", "field",   "fields", "values",      "delayMs", "retryMs",
        "batchLimit",    "activity",   "lookups", "refuse", "queueFaults", NULL};
    struct fields f;
    const char *id = NULL;
    if (fields_open(&f, config, known, e, "%s", path) != 0 ||
        fields_name(&f, "dynamicDataId", &id) != 0)
        return -1;
    if (table_get(&w->stores, id))
        return fields_wrong(&f, "dynamicDataId", "is there twice");
    struct store *s = mem_zero(1, sizeof(*s));
    if (!s)
        return err_nomem(e);
    s->delay = w->delay;
    s->retry = (struct span){STORES_RETRY_MIN_MS, STORES_RETRY_MAX_MS};
    s->id = mem_copy(id, strlen(id));
    if (!s->id) {
        err_nomem(e);
        goto err0;
    }
    if (stores_read_fields(s, &f) != 0 || stores_read_settings(s, &f) != 0 ||
        stores_read_values(s, &f) != 0)
        goto err0;
    if (table_put(&w->stores, s->id, s) != 0) {
        err_nomem(e);
        goto err0;
    }
    return 0;
err0:
    stores_free(s);
    return -1;
}

int stores_merge(struct world *w, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {"dynamicDataId", "dataSecret", "delayMs", "retryMs",
                                        "batchLimit",    "activity",   "lookups", "refuse",
                                        "queueFaults",   NULL};
    struct fields f;
    const char *id = NULL;
    if (fields_open(&f, config, known, e, "%s", path) != 0 ||
        fields_name(&f, "dynamicDataId", &id) != 0)
        return -1;
    struct store *s = table_get(&w->stores, id);
    if (!s)
        return fields_wrong(&f, "dynamicDataId", "there is no store \"%.64s\"", id);
    return stores_read_settings(s, &f);
}

static int stores_refuse_action(const struct store *s, json_t *action, const char **message)
{
    char key[STORES_VALUE_MAX];
    const char *name = json_string_value(json_object_get(action, "actionName"));
    if (!name || (strcmp(name, "add") != 0 && strcmp(name, "remove") != 0)) {
        *message = "Invalid request payload. actionName must be add or remove.";
        return 400;
    }
    int status = stores_read_payload(s, json_object_get(action, "payload"), key, message);
    if (status != 0)
        return status;
    const struct store_rule *rule = table_get(&s->refused, key);
    if (!rule)
        return 0;
    *message = rule->error;
    return (int)rule->status;
}

int stores_refusal(const struct store *s, json_t *actions, const char **message)
{
    size_t i;
    json_t *v;
    if (s->batch_limit > 0 && json_array_size(actions) > (size_t)s->batch_limit) {
        *message = "Invalid request payload. Too many actions.";
        return 400;
    }
    json_array_foreach (actions, i, v) {
        int status = stores_refuse_action(s, v, message);
        if (status != 0)
            return status;
    }
    return 0;
}

bool stores_holds(const struct store *s, const char *given)
{
    char key[STORES_VALUE_MAX];
    if (!stores_key(s, given, key))
        return false;
    const struct store_value *v = table_get(&s->values, key);
    return v && v->present;
}

const char *stores_handler(const struct store *s)
{
    return s->of_addresses ? "addresses" : json_string_value(json_array_get(s->fields, 0));
}

size_t stores_place(const char *bookmark)
{
    return bookmark ? (size_t)strtoul(bookmark, NULL, 10) : 0;
}

json_t *stores_pagination(size_t next, bool more)
{
    char bookmark[32];
    snprintf(bookmark, sizeof(bookmark), "%zu", next);
    return json_pack("{s:s,s:b}", "bookmark", bookmark, "hasMore", (int)more);
}

json_t *stores_values(const struct store *s, const char *bookmark)
{
    json_t *values = json_array();
    size_t i = stores_place(bookmark);
    for (; i < s->values.len && json_array_size(values) < STORES_PAGE; i++) {
        const struct store_value *v = s->values.entries[i].value;
        if (v->present)
            json_array_append_new(values, json_pack("{s:s,s:b}", "key", v->key, "inStore", 1));
    }
    return json_pack("{s:o,s:o}", "lookupValues", values, "pagination",
                     stores_pagination(i, i < s->values.len));
}

json_t *stores_stats(const struct store *s)
{
    const struct store_counts *n = &s->counts;
    json_t *values = json_object();
    for (size_t i = 0; i < s->values.len; i++) {
        const struct store_value *v = s->values.entries[i].value;
        json_object_set_new(values, v->key,
                            json_pack("{s:b,s:I,s:I}", "inStore", (int)v->present, "added",
                                      (json_int_t)v->added, "removed", (json_int_t)v->removed));
    }
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "requests",
                     (json_int_t)n->requests, "batches", (json_int_t)n->batches, "actions",
                     (json_int_t)n->actions, "largest", (json_int_t)n->largest, "refused",
                     (json_int_t)n->refused, "simulated", (json_int_t)n->simulated,
                     "simulatedRefused", (json_int_t)n->simulated_refused, "retries",
                     (json_int_t)n->retries, "pending", (json_int_t)n->pending, "values", values);
}
