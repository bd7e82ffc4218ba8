/* world: from configuration and journal to a running world. */
#include "sandbox/world.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/attempts.h"
#include "sandbox/chance.h"
#include "sandbox/storejobs.h"
#include "sandbox/stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORLD_DELAY_MIN_MS 5
#define WORLD_DELAY_MAX_MS 20
#define WORLD_KEYLESS_WINDOW_MS 10000
#define WORLD_CLOCK_MAX_MS INT64_C(1000000000000)

static uint64_t world_start(void)
{
    return chance_bits((uint64_t)clock_wall_ms(), (uint64_t)clock_now_ns(), (uint64_t)getpid());
}

int world_init(struct world *w, struct err *e)
{
    *w = (struct world){.seed = 1, .credits = -1, .start = world_start()};
    w->delay = (struct span){WORLD_DELAY_MIN_MS, WORLD_DELAY_MAX_MS};
    journal_init(&w->journal);
    ratelimit_init(&w->ratelimit);
    ratelimit_init(&w->keyless);
    w->keyless.window_ms = WORLD_KEYLESS_WINDOW_MS;
    if (pthread_mutex_init(&w->lock, NULL) != 0)
        return err_nomem(e);
    if (queue_init(&w->queue, &w->lock, e) != 0) {
        pthread_mutex_destroy(&w->lock);
        return -1;
    }
    return 0;
}

void world_release(struct world *w)
{
    queue_release(&w->queue); /* its events are attempts and store jobs */
    table_release(&w->attempts, attempts_free);
    table_release(&w->stores, stores_free);
    table_release(&w->claims, claims_free);
    table_release(&w->collections, claims_free_collection);
    table_release(&w->keys, free);
    free(w->jobs);
    faults_release(&w->faults);
    ratelimit_release(&w->keyless);
    ratelimit_release(&w->ratelimit);
    journal_release(&w->journal);
    pthread_mutex_destroy(&w->lock);
}

static int world_read_keys(struct world *w, const struct fields *f)
{
    json_t *keys = NULL, *v;
    size_t i;
    if (fields_array(f, "keys", &keys) != 0)
        return -1;
    json_array_foreach (keys, i, v) {
        const char *s = json_string_value(v);
        if (!s || *s == '\0' || table_get(&w->keys, s))
            return fields_wrong(f, "keys", "item %zu is not a string, empty, or there twice", i);
        char *own = mem_copy(s, strlen(s));
        if (!own || table_put(&w->keys, own, own) != 0) {
            free(own);
            return err_nomem(f->e);
        }
    }
    return 0;
}

/* Each item of a list through read. */
static int world_read_list(struct world *w, const struct fields *f, const char *key,
                           int (*read)(struct world *, json_t *, const char *, struct err *))
{
    json_t *list = NULL, *v;
    size_t i;
    if (fields_array(f, key, &list) != 0)
        return -1;
    json_array_foreach (list, i, v) {
        char path[64];
        snprintf(path, sizeof(path), "$.%s[%zu]", key, i);
        if (read(w, v, path, f->e) != 0)
            return -1;
    }
    return 0;
}

/* How far what is read lags behind. */
static int world_read_reads(struct world *w, json_t *config, struct err *e)
{
    static const char *const known[] = {"lagMs", "frozen", NULL};
    struct fields f;
    int64_t lag_ms = 0;
    bool frozen = false;
    if (!config)
        return 0;
    if (fields_open(&f, config, known, e, "$.reads") != 0 ||
        fields_int(&f, "lagMs", 0, WORLD_CLOCK_MAX_MS, &lag_ms) != 0 ||
        fields_bool(&f, "frozen", &frozen) != 0)
        return -1;
    w->read_lag_ns = lag_ms * CLOCK_NS_PER_MS;
    w->read_frozen_ns = frozen ? clock_now_ns() : 0;
    return 0;
}

int64_t world_read_until(const struct world *w)
{
    if (w->read_frozen_ns != 0)
        return w->read_frozen_ns;
    return w->read_lag_ns == 0 ? INT64_MAX : clock_now_ns() - w->read_lag_ns;
}

static int world_read_clocks(struct world *w, json_t *config, struct err *e)
{
    static const char *const known[] = {"attemptsMs", "dateMs", NULL};
    struct fields f;
    if (!config)
        return 0;
    if (fields_open(&f, config, known, e, "$.clocks") != 0 ||
        fields_int(&f, "attemptsMs", -WORLD_CLOCK_MAX_MS, WORLD_CLOCK_MAX_MS,
                   &w->attempts_clock_ms) != 0)
        return -1;
    return fields_int(&f, "dateMs", -WORLD_CLOCK_MAX_MS, WORLD_CLOCK_MAX_MS, &w->date_clock_ms);
}

/* What may change at run time as well. */
static int world_read_settings(struct world *w, const struct fields *f)
{
    static const char *const behaviours[] = {"S26", "IDX", NULL};
    int behaviour = (int)w->behaviour;
    json_t *rate = json_object_get(f->object, "rateLimit");
    json_t *keyless = json_object_get(f->object, "keyless");
    if (fields_choice(f, "behaviour", behaviours, &behaviour) != 0 ||
        fields_int(f, "credits", -1, INT64_MAX, &w->credits) != 0 ||
        (rate && ratelimit_configure(&w->ratelimit, rate, "$.rateLimit", f->e) != 0) ||
        (keyless && ratelimit_configure(&w->keyless, keyless, "$.keyless", f->e) != 0))
        return -1;
    w->behaviour = (enum behaviour)behaviour;
    return world_read_reads(w, json_object_get(f->object, "reads"), f->e) != 0
               ? -1
               : world_read_clocks(w, json_object_get(f->object, "clocks"), f->e);
}

int world_configure(struct world *w, json_t *config, struct err *e)
{
    static const char *const known[] = {"behaviour",    "keyless", "keys",   "credits", "rateLimit",
                                        "queueDelayMs", "seed",    "claims", "stores",  "faults",
                                        "reads",        "clocks",  NULL};
    struct fields f;
    if (fields_open(&f, config, known, e, "$") != 0 || world_read_settings(w, &f) != 0 ||
        world_read_keys(w, &f) != 0 || fields_span(&f, "queueDelayMs", &w->delay) != 0 ||
        fields_int(&f, "seed", 0, INT64_MAX, &w->seed) != 0 ||
        world_read_list(w, &f, "stores", stores_add) != 0 ||
        world_read_list(w, &f, "claims", claims_add) != 0) /* plugins know stores */
        return -1;
    if (fields_has(&f, "seed"))
        w->start = 0;
    return faults_configure(&w->faults, json_object_get(config, "faults"), e);
}

static int world_apply(struct world *w, json_t *change, struct err *e)
{
    static const char *const known[] = {"behaviour", "credits", "rateLimit", "keyless", "claims",
                                        "stores",    "reads",   "clocks",    NULL};
    struct fields f;
    if (fields_open(&f, change, known, e, "$") != 0 || world_read_settings(w, &f) != 0)
        return -1;
    if (world_read_list(w, &f, "claims", claims_merge) != 0)
        return -1;
    return world_read_list(w, &f, "stores", stores_merge);
}

int world_merge(struct world *w, json_t *change, struct err *e)
{
    if (world_apply(w, change, e) != 0)
        return -1;
    if (journal_kept(&w->journal) &&
        journal_write(&w->journal, json_pack("{s:s,s:O}", "event", "config", "change", change)) !=
            0)
        return err_set(e, EXIT_OUTPUT, "the journal cannot be written");
    return 0;
}

/* One line of the journal. */
static int world_replay(void *cls, json_t *line, struct err *e)
{
    struct world *w = cls;
    const char *event = json_string_value(json_object_get(line, "event"));
    if (!event)
        event = "";
    if (strcmp(event, "accepted") == 0)
        return attempts_replay_accepted(w, line, e);
    if (strcmp(event, "settled") == 0)
        return attempts_replay_settled(w, line, e);
    if (strcmp(event, "actions") == 0)
        return storejobs_replay_actions(w, line, e);
    if (strcmp(event, "tried") == 0)
        return storejobs_replay_tried(w, line, e);
    if (strcmp(event, "config") == 0)
        return world_apply(w, json_object_get(line, "change"), e);
    if (strcmp(event, "credits") == 0) {
        w->credits_used = json_integer_value(json_object_get(line, "used"));
        return 0;
    }
    return err_set(e, EXIT_INPUT, "the journal holds an unknown event \"%.32s\"", event);
}

int world_resume(struct world *w, const char *path, struct err *e)
{
    if (!path)
        return 0;
    if (journal_open(&w->journal, path, world_replay, w, e) != 0)
        return -1;
    return attempts_resume(w, e) != 0 ? -1 : storejobs_resume(w, e);
}
