/*
 * stores: see the header.  A job is one request's actions:
 *
 *   QUEUED --(its turn)--> APPLIED
 */
#include "sandbox/stores.h"

#include "base/clock.h"
#include "base/mem.h"
#include "policy/identity.h"
#include "sandbox/api.h"
#include "sandbox/chance.h"
#include "sandbox/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_job {
    struct event event; /* the first member */
    struct world *world;
    struct store *store;
    json_t *actions;
    int64_t at_ms;
    size_t number; /* of all stores, from 0 */
    uint64_t nth;  /* of its store, from 1 */
    bool applied;
    struct store_job *older;
};

static void stores_free_value(void *thing)
{
    struct store_value *v = thing;
    if (v != NULL)
        free(v->key);
    free(v);
}

void stores_free(void *thing)
{
    struct store *s = thing;
    struct store_job *older;
    if (s == NULL)
        return;
    for (struct store_job *j = s->newest; j != NULL; j = older) {
        older = j->older;
        json_decref(j->actions);
        free(j);
    }
    table_release(&s->values, stores_free_value);
    free(s->id);
    free(s->secret);
    free(s->field);
    free(s);
}

/* The form in which a value is kept; false: it is not an address where one is needed. */
static bool stores_key(const struct store *s, const char *given, char out[STORES_VALUE_MAX])
{
    if (s->of_addresses)
        return identity_canonical(slice_of(given), out) == NULL;
    int n = snprintf(out, STORES_VALUE_MAX, "%s", given);
    return n > 0 && n < STORES_VALUE_MAX;
}

/* The value, made if need be; NULL when memory runs out. */
static struct store_value *stores_value(struct store *s, const char *key)
{
    struct store_value *v = table_get(&s->values, key);
    if (v != NULL)
        return v;
    v = mem_zero(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->key = mem_copy(key, strlen(key));
    if (v->key == NULL || table_put(&s->values, v->key, v) != 0) {
        stores_free_value(v);
        return NULL;
    }
    return v;
}

static int stores_read(struct store *s, const struct fields *f, const char *id)
{
    const char *secret = "", *field = "address";
    json_t *values = NULL, *v;
    size_t i;
    if (fields_string(f, "dataSecret", &secret) != 0 || fields_string(f, "field", &field) != 0 ||
        fields_int(f, "batchLimit", 1, INT32_MAX, &s->batch_limit) != 0 ||
        fields_span(f, "delayMs", &s->delay) != 0 || fields_array(f, "values", &values) != 0)
        return -1;
    s->id = mem_copy(id, strlen(id));
    s->secret = mem_copy(secret, strlen(secret));
    s->field = mem_copy(field, strlen(field));
    s->of_addresses = strcmp(field, "address") == 0;
    if (s->id == NULL || s->secret == NULL || s->field == NULL)
        return err_nomem(f->e);
    json_array_foreach (values, i, v) {
        char key[STORES_VALUE_MAX];
        const char *given = json_string_value(v);
        if (given == NULL || !stores_key(s, given, key))
            return fields_wrong(f, "values", "item %zu is not of the store's kind", i);
        struct store_value *value = stores_value(s, key);
        if (value == NULL)
            return err_nomem(f->e);
        value->present = true;
    }
    return 0;
}

int stores_add(struct world *w, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {"dynamicDataId", "dataSecret", "field", "values",
                                        "delayMs",       "batchLimit", NULL};
    struct fields f;
    const char *id = NULL;
    if (fields_open(&f, config, known, e, "%s", path) != 0 ||
        fields_name(&f, "dynamicDataId", &id) != 0)
        return -1;
    if (table_get(&w->stores, id) != NULL)
        return fields_wrong(&f, "dynamicDataId", "is there twice");
    struct store *s = mem_zero(1, sizeof *s);
    if (s == NULL)
        return err_nomem(e);
    s->delay = w->delay;
    if (stores_read(s, &f, id) != 0)
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

int stores_refusal(const struct store *s, json_t *actions, const char **message)
{
    size_t i;
    json_t *v;
    char key[STORES_VALUE_MAX];
    if (s->batch_limit > 0 && json_array_size(actions) > (size_t)s->batch_limit) {
        *message = "Invalid request payload. Too many actions.";
        return 400;
    }
    json_array_foreach (actions, i, v) {
        const char *name = json_string_value(json_object_get(v, "actionName"));
        json_t *given = json_object_get(json_object_get(v, "payload"), s->field);
        if (name == NULL || (strcmp(name, "add") != 0 && strcmp(name, "remove") != 0)) {
            *message = "Invalid request payload. actionName must be add or remove.";
            return 400;
        }
        if (!json_is_string(given)) {
            *message = "Invalid request payload. The payload does not fit the store.";
            return 400;
        }
        if (!stores_key(s, json_string_value(given), key)) {
            *message = API_BAD_ADDRESS;
            return 500;
        }
    }
    return 0;
}

static void stores_apply(struct store_job *j)
{
    struct store *s = j->store;
    size_t i;
    json_t *v;
    json_array_foreach (j->actions, i, v) {
        char key[STORES_VALUE_MAX];
        const char *given =
            json_string_value(json_object_get(json_object_get(v, "payload"), s->field));
        const char *name = json_string_value(json_object_get(v, "actionName"));
        if (given == NULL || name == NULL || !stores_key(s, given, key))
            continue;
        struct store_value *value = stores_value(s, key);
        if (value == NULL)
            continue;
        value->present = strcmp(name, "add") == 0;
        if (value->present)
            value->added++;
        else
            value->removed++;
    }
    j->applied = true;
    s->pending--;
}

static void stores_fire(struct event *ev, bool cancelled)
{
    struct store_job *j = (struct store_job *)ev;
    struct journal *journal = &j->world->journal;
    if (cancelled)
        return;
    if (journal_kept(journal))
        journal_write(journal,
                      json_pack("{s:s,s:I}", "event", "applied", "number", (json_int_t)j->number));
    stores_apply(j);
}

static int stores_queue(struct store_job *j)
{
    const struct span *d = &j->store->delay;
    uint64_t bits = chance_bits((uint64_t)j->world->seed, CHANCE_STORE_DELAY, j->number);
    int64_t delay_ms = chance_between(bits, d->min_ms, d->max_ms);
    return queue_add(&j->world->queue, clock_now_ns() + delay_ms * CLOCK_NS_PER_MS, &j->event);
}

/* A job in its store and in the world's list. */
static struct store_job *stores_enlist(struct world *w, struct store *s, json_t *actions,
                                       int64_t at_ms)
{
    struct store_job **jobs = mem_resize(w->jobs, w->njobs + 1, sizeof *jobs);
    if (jobs == NULL)
        return NULL;
    w->jobs = jobs;
    struct store_job *j = mem_zero(1, sizeof *j);
    if (j == NULL)
        return NULL;
    j->event.fire = stores_fire;
    j->world = w;
    j->store = s;
    j->actions = json_incref(actions);
    j->at_ms = at_ms;
    j->number = w->njobs;
    j->nth = ++s->actions;
    j->older = s->newest;
    s->newest = j;
    s->pending++;
    jobs[w->njobs++] = j;
    return j;
}

int stores_submit(struct world *w, struct store *s, json_t *actions)
{
    int64_t at_ms = clock_wall_ms();
    if (journal_kept(&w->journal) &&
        journal_write(&w->journal, json_pack("{s:s,s:s,s:I,s:O}", "event", "actions", "store",
                                             s->id, "at", (json_int_t)at_ms, "actions", actions)) !=
            0)
        return -1;
    struct store_job *j = stores_enlist(w, s, actions, at_ms);
    return j == NULL ? -1 : stores_queue(j);
}

bool stores_holds(const struct store *s, const char *given)
{
    char key[STORES_VALUE_MAX];
    if (!stores_key(s, given, key))
        return false;
    const struct store_value *v = table_get(&s->values, key);
    return v != NULL && v->present;
}

/* A bookmark is the place where the next page begins. */
static size_t stores_place(const char *bookmark)
{
    return bookmark == NULL ? 0 : (size_t)strtoul(bookmark, NULL, 10);
}

static json_t *stores_pagination(size_t next, bool more)
{
    char bookmark[32];
    snprintf(bookmark, sizeof bookmark, "%zu", next);
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

static json_t *stores_job_json(const struct store_job *j)
{
    char at[32];
    snprintf(at, sizeof at, "%lld", (long long)j->at_ms);
    return json_pack("{s:O,s:i,s:s,s:s}", "actions", j->actions, "numRetries", 0, "error", "",
                     "timestamp", at);
}

json_t *stores_activity(const struct store *s, const char *bookmark)
{
    json_t *pending = json_array(), *docs = json_array();
    uint64_t before = bookmark == NULL ? UINT64_MAX : stores_place(bookmark);
    const struct store_job *j = s->newest;
    size_t next = 0;
    for (; j != NULL && json_array_size(docs) < STORES_PAGE; j = j->older) {
        if (!j->applied) {
            json_array_append_new(pending, stores_job_json(j));
        } else if (j->nth < before) {
            json_array_append_new(docs, stores_job_json(j));
            next = j->nth;
        }
    }
    return json_pack("{s:o,s:{s:o,s:o}}", "pending", pending, "history", "docs", docs, "pagination",
                     stores_pagination(next, j != NULL));
}

json_t *stores_stats(const struct store *s)
{
    json_t *values = json_object();
    for (size_t i = 0; i < s->values.len; i++) {
        const struct store_value *v = s->values.entries[i].value;
        json_object_set_new(values, v->key,
                            json_pack("{s:b,s:I,s:I}", "inStore", (int)v->present, "added",
                                      (json_int_t)v->added, "removed", (json_int_t)v->removed));
    }
    return json_pack("{s:I,s:I,s:o}", "requests", (json_int_t)s->actions, "pending",
                     (json_int_t)s->pending, "values", values);
}

int stores_replay_actions(struct world *w, json_t *line, struct err *e)
{
    const char *id;
    json_int_t at;
    json_t *actions;
    json_error_t je;
    if (json_unpack_ex(line, &je, 0, "{s:s,s:I,s:o}", "store", &id, "at", &at, "actions",
                       &actions) != 0)
        return err_set(e, EXIT_INPUT, "the journal's actions line: %s", je.text);
    struct store *s = table_get(&w->stores, id);
    if (s == NULL)
        return err_set(e, EXIT_INPUT, "the journal and the configuration do not fit: store %s", id);
    return stores_enlist(w, s, actions, at) == NULL ? err_nomem(e) : 0;
}

int stores_replay_applied(struct world *w, json_t *line, struct err *e)
{
    json_t *v = json_object_get(line, "number");
    if (!json_is_integer(v) || json_integer_value(v) < 0 ||
        (size_t)json_integer_value(v) >= w->njobs)
        return err_set(e, EXIT_INPUT, "the journal applies actions that it does not hold");
    stores_apply(w->jobs[json_integer_value(v)]);
    return 0;
}

int stores_resume(struct world *w, struct err *e)
{
    for (size_t i = 0; i < w->njobs; i++)
        if (!w->jobs[i]->applied && stores_queue(w->jobs[i]) != 0)
            return err_nomem(e);
    return 0;
}
