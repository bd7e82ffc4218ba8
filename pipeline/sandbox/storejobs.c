/*
 * storejobs: applies the actions of one request at their turn.  A job is one request's actions:
 *
 *   PENDING --(its turn, nothing fails)--> APPLIED
 *     ^  \--(its turn, some fail)--\
 *     \----------------------------/
 */
#include "sandbox/storejobs.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/chance.h"
#include "sandbox/stores.h"
#include "sandbox/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A job that fails for ever must leave the lock to others. */
#define STOREJOBS_RETRY_MIN_MS 1

struct store_job {
    struct event event; /* the first member */
    struct world *world;
    struct store *store;
    json_t *actions;
    uint8_t *done;                    /* one for each action */
    int64_t at_ms, tried_ms, next_ms; /* since the epoch: accepted, last tried, to be tried */
    size_t number;                    /* of all stores, from 0 */
    uint64_t nth;                     /* of its store, from 1 */
    uint64_t retries;
    bool applied;
    char error[STORES_ERROR_MAX];
    struct store_job *older;
};

static void storejobs_free_one(struct store_job *j)
{
    json_decref(j->actions);
    free(j->done);
    free(j);
}

void storejobs_free(struct store_job *j)
{
    while (j) {
        struct store_job *older = j->older;
        storejobs_free_one(j);
        j = older;
    }
}

/* Why the action fails this time, or NULL: it has been applied. */
static const char *storejobs_act(struct store *s, json_t *action)
{
    char key[STORES_VALUE_MAX];
    const char *name = json_string_value(json_object_get(action, "actionName"));
    if (!name || !stores_payload_key(s, json_object_get(action, "payload"), key))
        return "The action does not fit the store";
    struct store_rule *rule = table_get(&s->failing, key);
    if (rule && (rule->times < 0 || rule->hits < rule->times)) {
        rule->hits++;
        return rule->error;
    }
    struct store_value *value = stores_value(s, key);
    if (!value)
        return "Out of memory";
    value->present = strcmp(name, "add") == 0;
    if (value->present)
        value->added++;
    else
        value->removed++;
    return NULL;
}

static void storejobs_turn(struct store_job *j)
{
    struct store *s = j->store;
    struct stats *stats = &j->world->stats;
    size_t i;
    json_t *v;
    j->error[0] = '\0';
    j->applied = true;
    j->tried_ms = clock_wall_ms();
    json_array_foreach (j->actions, i, v) {
        const char *error = j->done[i] != 0 ? NULL : storejobs_act(s, v);
        j->done[i] = !error;
        if (error && j->applied) {
            snprintf(j->error, sizeof(j->error), "%s", error);
            j->applied = false;
        }
    }
    if (j->applied) {
        s->counts.pending--;
        stats->store_applied++;
    } else {
        j->retries++;
        s->counts.retries++;
        stats->store_retries++;
    }
}

static int storejobs_queue(struct store_job *j)
{
    const struct span *d = j->retries == 0 ? &j->store->delay : &j->store->retry;
    uint64_t bits = chance_bits((uint64_t)j->world->seed, CHANCE_STORE_DELAY, j->number);
    int64_t delay_ms = chance_between(bits, d->min_ms, d->max_ms);
    if (j->retries > 0 && delay_ms < STOREJOBS_RETRY_MIN_MS)
        delay_ms = STOREJOBS_RETRY_MIN_MS;
    j->next_ms = clock_wall_ms() + delay_ms;
    return queue_add(&j->world->queue, clock_now_ns() + delay_ms * CLOCK_NS_PER_MS, &j->event);
}

static void storejobs_fire(struct event *ev, bool cancelled)
{
    struct store_job *j = (struct store_job *)ev;
    struct journal *journal = &j->world->journal;
    if (cancelled)
        return;
    if (journal_kept(journal))
        journal_write(journal,
                      json_pack("{s:s,s:I}", "event", "tried", "number", (json_int_t)j->number));
    storejobs_turn(j);
    if (!j->applied)
        (void)storejobs_queue(j); /* without memory for its turn it stays pending for good */
}

/* A job in its store and in the world's list. */
static struct store_job *storejobs_enlist(struct world *w, struct store *s, json_t *actions,
                                          int64_t at_ms)
{
    struct store_job **jobs = mem_resize(w->jobs, w->njobs + 1, sizeof(*jobs));
    if (!jobs)
        return NULL;
    w->jobs = jobs;
    struct store_job *j = mem_zero(1, sizeof(*j));
    if (!j)
        return NULL;
    j->done = mem_zero(json_array_size(actions) + 1, 1);
    if (!j->done) {
        free(j);
        return NULL;
    }
    j->event.fire = storejobs_fire;
    j->world = w;
    j->store = s;
    j->actions = json_incref(actions);
    j->at_ms = at_ms;
    j->number = w->njobs;
    j->nth = ++s->counts.requests;
    j->older = s->newest;
    s->newest = j;
    s->counts.actions += json_array_size(actions);
    s->counts.pending++;
    w->stats.store_accepted++;
    jobs[w->njobs++] = j;
    return j;
}

int storejobs_submit(struct world *w, struct store *s, json_t *actions)
{
    int64_t at_ms = clock_wall_ms();
    if (journal_kept(&w->journal) &&
        journal_write(&w->journal, json_pack("{s:s,s:s,s:I,s:O}", "event", "actions", "store",
                                             s->id, "at", (json_int_t)at_ms, "actions", actions)) !=
            0)
        return -1;
    struct store_job *j = storejobs_enlist(w, s, actions, at_ms);
    return j ? storejobs_queue(j) : -1;
}

static json_t *storejobs_pending_json(const struct store_job *j)
{
    return json_pack("{s:s,s:s,s:O,s:I,s:I,s:I,s:s}", "dynamicDataId", j->store->id, "handlerId",
                     stores_handler(j->store), "actions", j->actions, "lastFetchedAt",
                     (json_int_t)j->tried_ms, "numRetries", (json_int_t)j->retries, "nextFetchTime",
                     (json_int_t)j->next_ms, "error", j->error);
}

static json_t *storejobs_history_json(const struct store_job *j)
{
    return json_pack("{s:s,s:I,s:O}", "dynamicDataId", j->store->id, "updatedAt",
                     (json_int_t)j->tried_ms, "actions", j->actions);
}

json_t *storejobs_activity(const struct store *s, const char *bookmark)
{
    json_t *pending = json_array(), *docs = json_array();
    bool first = !bookmark || *bookmark == '\0';
    uint64_t before = first ? UINT64_MAX : stores_place(bookmark);
    size_t next = 0;
    bool more = false;
    for (const struct store_job *j = s->newest; j; j = j->older) {
        if (!j->applied) {
            json_array_append_new(pending, storejobs_pending_json(j));
        } else if (j->nth < before && json_array_size(docs) < STORES_PAGE) {
            json_array_append_new(docs, storejobs_history_json(j));
            next = j->nth;
        } else if (j->nth < before) {
            more = true;
        }
    }
    return json_pack("{s:o,s:{s:o,s:o}}", "pending", pending, "history", "docs", docs, "pagination",
                     stores_pagination(next, more));
}

int storejobs_replay_actions(struct world *w, json_t *line, struct err *e)
{
    const char *id;
    json_int_t at;
    json_t *actions;
    json_error_t je;
    if (json_unpack_ex(line, &je, 0, "{s:s,s:I,s:o}", "store", &id, "at", &at, "actions",
                       &actions) != 0)
        return err_set(e, EXIT_INPUT, "the journal's actions line: %s", je.text);
    struct store *s = table_get(&w->stores, id);
    if (!s)
        return err_set(e, EXIT_INPUT, "the journal and the configuration do not fit: store %s", id);
    return !storejobs_enlist(w, s, actions, at) ? err_nomem(e) : 0;
}

int storejobs_replay_tried(struct world *w, json_t *line, struct err *e)
{
    json_t *v = json_object_get(line, "number");
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : -1;
    if (n < 0 || (size_t)n >= w->njobs || w->jobs[n]->applied)
        return err_set(e, EXIT_INPUT, "the journal tries actions that it does not hold open");
    storejobs_turn(w->jobs[n]);
    return 0;
}

int storejobs_resume(struct world *w, struct err *e)
{
    for (size_t i = 0; i < w->njobs; i++)
        if (!w->jobs[i]->applied && storejobs_queue(w->jobs[i]) != 0)
            return err_nomem(e);
    return 0;
}
