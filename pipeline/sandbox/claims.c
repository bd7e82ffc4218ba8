/*
 * claims: keeps what was claimed by whom.  A request is judged twice, for the queue's turn may find another claim than
 * the one that accepted it.
 */
#include "sandbox/claims.h"

#include "base/mem.h"
#include "sandbox/addresses.h"

#include "sandbox/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CLAIMS_ADDRESS_SIZE >= IDENTITY_TEXT_MAX, "an address must fit");

#define CLAIMS_ID_MAX 256
#define CLAIMS_CLAIMED_MAX 10000000
#define CLAIMS_NUM_USES_INSTANCE "numUses-1"
#define CLAIMS_HALT_INSTANCE "halt-1"
#define CLAIMS_TRACKER_ID "tracker-1"
#define CLAIMS_NO_COLLECTION "-1" /* of the server of 2024 */
#define CLAIMS_MANAGER "bb1ld53vz2u580kpwmee6fvu048fsmut56eu4qnae"
#define CLAIMS_UPDATED_MS "1788739200000"
#define CLAIMS_CACHE_TTL "300" /* s */

static void claims_free_person(void *thing)
{
    struct person *p = thing;
    free(p->numbers);
    free(p);
}

void claims_free(void *thing)
{
    struct claim *c = thing;
    if (!c)
        return;
    for (size_t i = 0; i < c->nplugins; i++)
        plugins_release(&c->plugins[i]);
    table_release(&c->people, claims_free_person);
    table_release(&c->fail_addresses, free);
    table_release(&c->refusal_addresses, free);
    json_decref(c->details);
    free(c->approval_id);
    attemptlist_release(&c->list);
    free(c->refusal_name);
    free(c->refusal);
    free(c->fail_error);
    free(c->id);
    free(c);
}

void claims_free_collection(void *thing)
{
    struct collection *k = thing;
    if (k)
        free(k->id);
    free(k);
}

struct person *claims_person(const struct claim *c, const char *address)
{
    return table_get(&c->people, address);
}

struct person *claims_meet(struct claim *c, const char *address)
{
    struct person *p = claims_person(c, address);
    if (p)
        return p;
    p = mem_zero(1, sizeof(*p));
    if (!p)
        return NULL;
    snprintf(p->address, sizeof(p->address), "%s", address);
    if (table_put(&c->people, p->address, p) != 0) {
        free(p);
        return NULL;
    }
    return p;
}

int claims_number(struct claim *c, struct person *p, int64_t number, int64_t since_ns)
{
    struct claim_number *numbers = mem_resize(p->numbers, p->nnumbers + 1, sizeof(*numbers));
    if (!numbers)
        return -1;
    p->numbers = numbers;
    numbers[p->nnumbers++] = (struct claim_number){number, since_ns};
    c->uses++;
    if (number >= c->next_number)
        c->next_number = number + 1;
    return 0;
}

/* v: how often, or a list of claim numbers. */
static int claims_read_claimed_by(struct claim *c, const struct fields *f, const char *who,
                                  json_t *v)
{
    char address[IDENTITY_TEXT_MAX];
    bool list = json_is_array(v);
    json_int_t n = list ? (json_int_t)json_array_size(v) : json_integer_value(v);
    if (identity_canonical(slice_of(who), address))
        return fields_wrong(f, "claimed", "\"%.64s\" is not an address", who);
    if (!list && (!json_is_integer(v) || n < 1 || n > PLUGINS_CODES_MAX))
        return fields_wrong(f, "claimed", "\"%.64s\" needs a count or a list of numbers", who);
    struct person *p = claims_meet(c, address);
    if (!p)
        return err_nomem(f->e);
    for (json_int_t i = 0; i < n; i++) {
        json_t *number = json_array_get(v, (size_t)i);
        if (list && !json_is_integer(number))
            return fields_wrong(f, "claimed", "\"%.64s\": a number of the list is none", who);
        if (claims_number(c, p, list ? json_integer_value(number) : c->next_number, 0) != 0)
            return err_nomem(f->e);
    }
    return 0;
}

/* The addresses 0x0…01 to the n-th. */
static int claims_read_many_claimed(struct claim *c, const struct fields *f, json_int_t n)
{
    if (n < 0 || n > CLAIMS_CLAIMED_MAX)
        return fields_wrong(f, "claimed", "must be 0 to %d", CLAIMS_CLAIMED_MAX);
    for (json_int_t i = 1; i <= n; i++) {
        char hex[64], address[IDENTITY_TEXT_MAX];
        struct person *p;
        snprintf(hex, sizeof(hex), "0x%040llx", (unsigned long long)i);
        if (identity_canonical(slice_of(hex), address) || !(p = claims_meet(c, address)) ||
            claims_number(c, p, c->next_number, 0) != 0)
            return err_nomem(f->e);
    }
    return 0;
}

/* claimed: {address: …}, or how many: claimed by another way before. */
static int claims_read_claimed(struct claim *c, const struct fields *f)
{
    const char *key;
    json_t *v, *claimed = json_object_get(f->object, "claimed");
    if (json_is_integer(claimed))
        return claims_read_many_claimed(c, f, json_integer_value(claimed));
    if (claimed && !json_is_object(claimed))
        return fields_wrong(f, "claimed", "must be a count, or an object: address to count");
    json_object_foreach (claimed, key, v)
        if (claims_read_claimed_by(c, f, key, v) != 0)
            return -1;
    return 0;
}

/* failInQueue: which attempts are accepted and then fail. */
static int claims_read_fail(struct claim *c, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {"every", "addresses", "error", NULL};
    struct fields f;
    const char *error = "User in denylist";
    if (!config)
        return 0;
    c->fail_every = 0;
    table_release(&c->fail_addresses, free);

    if (fields_open(&f, config, known, e, "%s.failInQueue", path) != 0 ||
        fields_int(&f, "every", 1, INT64_MAX, &c->fail_every) != 0 ||
        fields_string(&f, "error", &error) != 0 ||
        addresses_read(&c->fail_addresses, &f, "addresses") != 0)
        return -1;
    free(c->fail_error);
    c->fail_error = mem_copy(error, strlen(error));
    return c->fail_error ? 0 : err_nomem(e);
}

/* refuse: whom no plugin would; null takes it away. */
static int claims_read_refusal(struct claim *c, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {"name", "reason", "addresses", NULL};
    struct fields f;
    const char *name = "Claim", *reason = NULL;
    if (!config)
        return 0;
    table_release(&c->refusal_addresses, free);
    free(c->refusal_name);
    free(c->refusal);
    c->refusal_name = c->refusal = NULL;
    if (json_is_null(config))
        return 0;
    if (fields_open(&f, config, known, e, "%s.refuse", path) != 0 ||
        fields_string(&f, "name", &name) != 0 || fields_name(&f, "reason", &reason) != 0 ||
        addresses_read(&c->refusal_addresses, &f, "addresses") != 0)
        return -1;
    c->refusal_name = mem_copy(name, strlen(name));
    c->refusal = mem_copy(reason, strlen(reason));
    return !c->refusal_name || !c->refusal ? err_nomem(e) : 0;
}

/* The first plugin with this id. */
static const struct plugin *claims_plugin(const struct claim *c, const char *instance_id)
{
    for (size_t i = 0; i < c->nplugins; i++)
        if (strcmp(c->plugins[i].instance_id, instance_id) == 0)
            return &c->plugins[i];
    return NULL;
}

/* A configuration may be of the server of 2024, or of an older claimpipe-sandbox. */
static void claims_warn(const struct world *w, const struct plugin *p, const char *path)
{
    if (w->behaviour == BEHAVIOUR_S26 && p->kind == PLUGIN_NUM_USES && p->max_per_address > 0)
        fprintf(stderr,
                "claimpipe-sandbox: %s.maxUsesPerAddress has no effect: it belongs to a whitelist "
                "plugin (numUses had it with \"behaviour\": \"IDX\")\n",
                path);
}

static bool claims_has(const struct claim *c, enum plugin_kind kind)
{
    for (size_t i = 0; i < c->nplugins; i++)
        if (c->plugins[i].kind == kind)
            return true;
    return false;
}

bool claims_is_on_demand(const struct claim *c)
{
    return c->world->behaviour == BEHAVIOUR_S26 && !claims_has(c, PLUGIN_NUM_USES);
}

/* What has a list of attempts counts its uses. */
static int claims_complete_plugins(struct claim *c, const struct fields *f)
{
    if (claims_has(c, PLUGIN_NUM_USES) || c->nplugins == CLAIMS_PLUGINS_MAX ||
        !(fields_has(f, "attempts") || fields_has(f, "claimed") || fields_has(f, "attemptsPage")))
        return 0;
    if (claims_plugin(c, CLAIMS_NUM_USES_INSTANCE))
        return fields_wrong(f, "plugins", "numUses is missing, and \"%s\" is another plugin",
                            CLAIMS_NUM_USES_INSTANCE);
    json_t *config =
        json_pack("{s:s,s:s}", "pluginId", "numUses", "instanceId", CLAIMS_NUM_USES_INSTANCE);
    int rc = plugins_configure(&c->plugins[c->nplugins++], config, f->path, f->e);
    json_decref(config);
    return rc;
}

static int claims_read_plugins(const struct world *w, struct claim *c, const struct fields *f)
{
    size_t i, kinds[PLUGIN_KINDS] = {0};
    json_t *v, *list = NULL;
    if (fields_array(f, "plugins", &list) != 0)
        return -1;
    if (json_array_size(list) > CLAIMS_PLUGINS_MAX)
        return fields_wrong(f, "plugins", "at most %d", CLAIMS_PLUGINS_MAX);
    json_array_foreach (list, i, v) {
        char path[FIELDS_PATH_MAX];
        struct plugin *p = &c->plugins[i];
        if (snprintf(path, sizeof(path), "%s.plugins[%zu]", f->path, i) >= (int)sizeof(path))
            return fields_wrong(f, "plugins", "too deep");
        c->nplugins++;
        if (plugins_configure(p, v, path, f->e) != 0)
            return -1;
        claims_warn(w, p, path);
        if (p->kind == PLUGIN_WHITELIST && p->secret &&
            !(p->store = table_get(&w->stores, p->secret)))
            return fields_wrong(f, "plugins", "there is no store \"%.64s\"", p->secret);
        if (++kinds[p->kind] > 1 && (p->kind == PLUGIN_CODES || p->kind == PLUGIN_NUM_USES))
            return fields_wrong(f, "plugins", "only one %s plugin can be", plugins_id(p));
        if (claims_plugin(c, p->instance_id) != p)
            return fields_wrong(f, "plugins", "instanceId \"%.64s\" is there twice",
                                p->instance_id);
    }
    return claims_complete_plugins(c, f);
}

/* details: an object, of which null takes a member away. */
static int claims_read_details(struct claim *c, const struct fields *f)
{
    json_t *details = json_object_get(f->object, "details");
    if (!details)
        return 0;
    if (!json_is_object(details))
        return fields_wrong(f, "details", "must be an object");
    json_decref(c->details);
    c->details = json_incref(details);
    return 0;
}

/* What may change at run time as well. */
static int claims_read_settings(struct claim *c, const struct fields *f)
{
    if (fields_int(f, "version", 0, INT64_MAX, &c->version) != 0 ||
        fields_bool(f, "hideCurrentState", &c->hidden) != 0 ||
        fields_bool(f, "onChain", &c->on_chain) != 0 || fields_bool(f, "halted", &c->halted) != 0 ||
        fields_bool(f, "showCode", &c->shows_code) != 0 || claims_read_details(c, f) != 0 ||
        fields_span(f, "queueDelayMs", &c->delay) != 0 || attemptlist_configure(&c->list, f) != 0 ||
        claims_read_refusal(c, json_object_get(f->object, "refuse"), f->path, f->e) != 0)
        return -1;
    return claims_read_fail(c, json_object_get(f->object, "failInQueue"), f->path, f->e);
}

static struct collection *claims_collection(struct world *w, const char *id)
{
    struct collection *k = table_get(&w->collections, id);
    if (k)
        return k;
    k = mem_zero(1, sizeof(*k));
    if (!k)
        return NULL;
    k->id = mem_copy(id, strlen(id));
    if (!k->id || table_put(&w->collections, k->id, k) != 0) {
        claims_free_collection(k);
        return NULL;
    }
    return k;
}

int claims_add(struct world *w, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {
        "claimId",      "version",  "collectionId", "approvalId", "hideCurrentState",
        "onChain",      "showCode", "details",      "halted",     "queueDelayMs",
        "failInQueue",  "refuse",   "claimed",      "plugins",    "attempts",
        "attemptsPage", NULL};
    struct fields f;
    const char *id = NULL, *collection = "1", *approval = "approval-1";
    struct claim *c = NULL;
    if (fields_open(&f, config, known, e, "%s", path) != 0 ||
        fields_name(&f, "claimId", &id) != 0 ||
        fields_string(&f, "collectionId", &collection) != 0 ||
        fields_string(&f, "approvalId", &approval) != 0)
        return -1;
    if (strlen(id) > CLAIMS_ID_MAX || table_get(&w->claims, id))
        return fields_wrong(&f, "claimId", "is too long, or there twice");
    c = mem_zero(1, sizeof(*c));
    if (!c)
        return err_nomem(e);
    c->world = w;
    c->delay = w->delay;
    attemptlist_init(&c->list);
    c->id = mem_copy(id, strlen(id));
    c->approval_id = mem_copy(approval, strlen(approval));
    c->collection = claims_collection(w, collection);
    if (!c->id || !c->approval_id || !c->collection) {
        err_nomem(e);
        goto err0;
    }
    if (claims_read_settings(c, &f) != 0 || claims_read_claimed(c, &f) != 0 ||
        claims_read_plugins(w, c, &f) != 0)
        goto err0;
    if (table_put(&w->claims, c->id, c) != 0) {
        err_nomem(e);
        goto err0;
    }
    return attemptlist_preload(w, c, &f);
err0:
    claims_free(c);
    return -1;
}

int claims_merge(struct world *w, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {
        "claimId", "version",      "hideCurrentState", "onChain", "showCode", "details",
        "halted",  "queueDelayMs", "failInQueue",      "refuse",  "attempts", "attemptsPage",
        NULL};
    struct fields f;
    const char *id = NULL;
    if (fields_open(&f, config, known, e, "%s", path) != 0 || fields_name(&f, "claimId", &id) != 0)
        return -1;
    struct claim *c = table_get(&w->claims, id);
    if (!c)
        return fields_wrong(&f, "claimId", "there is no claim \"%.64s\"", id);
    return claims_read_settings(c, &f) != 0 ? -1 : attemptlist_preload(w, c, &f);
}

/* What numUses and whitelist count.  Of 2026 only the latter knows a limit for each address. */
static const char *claims_uses_refusal(const struct claim *c, const struct plugin *p,
                                       const struct person *person)
{
    bool each = p->kind == PLUGIN_WHITELIST || c->world->behaviour == BEHAVIOUR_IDX;
    if (p->max_uses > 0 && c->uses >= p->max_uses)
        return "Overall max uses exceeded";
    if (each && p->max_per_address > 0 && person &&
        person->nnumbers >= (uint64_t)p->max_per_address)
        return "User already exceeded max uses";
    return NULL;
}

/* Does _specificInstanceIds leave the plugin out?  numUses can't be. */
static bool claims_left_out(const struct plugin *p, json_t *body)
{
    size_t i;
    json_t *v, *ids = json_object_get(body, "_specificInstanceIds");
    if (!ids || p->kind == PLUGIN_NUM_USES)
        return false;
    json_array_foreach (ids, i, v)
        if (json_is_string(v) && strcmp(json_string_value(v), p->instance_id) == 0)
            return false;
    return true;
}

/* By "refuse": all, or those that it names. */
static bool claims_refuses(const struct claim *c, const char *address)
{
    const struct table *some = &c->refusal_addresses;
    return c->refusal && (some->len == 0 || table_get(some, address));
}

struct verdict claims_judge(const struct claim *c, const char *address, json_t *body,
                            bool simulated, int64_t *code)
{
    *code = -1;
    if (c->halted)
        return (struct verdict){"Claim", "Claim halted"};
    if (claims_refuses(c, address))
        return (struct verdict){c->refusal_name, c->refusal};
    for (size_t i = 0; i < c->nplugins; i++) {
        const struct plugin *p = &c->plugins[i];
        const char *why;
        if (claims_left_out(p, body))
            why = simulated ? NULL : "Not among the specified instance IDs";
        else
            why = plugins_refusal(p, json_object_get(body, p->instance_id), address, code);
        if (!why && !claims_left_out(p, body))
            why = claims_uses_refusal(c, p, claims_person(c, address));
        if (why)
            return (struct verdict){plugins_name(p), why};
    }
    return (struct verdict){"", NULL};
}

struct verdict claims_judge_queued(const struct claim *c, const struct person *person, int64_t code)
{
    if (c->halted)
        return (struct verdict){"Claim", "Claim halted"};
    for (size_t i = 0; i < c->nplugins; i++) {
        const struct plugin *p = &c->plugins[i];
        const char *why = claims_uses_refusal(c, p, person);
        if (p->kind == PLUGIN_CODES && code >= 0 && p->used[code] != 0)
            why = "Code already used";
        if (why)
            return (struct verdict){plugins_name(p), why};
    }
    return (struct verdict){"", NULL};
}

void claims_use_code(struct claim *c, int64_t code)
{
    for (size_t i = 0; i < c->nplugins; i++) {
        struct plugin *p = &c->plugins[i];
        if (p->kind == PLUGIN_CODES && code >= 0 && code < p->num_codes && p->used[code] == 0) {
            p->used[code] = 1;
            p->num_used++;
        }
    }
}

int64_t claims_codes_used(const struct claim *c)
{
    int64_t n = 0;
    for (size_t i = 0; i < c->nplugins; i++)
        n += c->plugins[i].num_used;
    return n;
}

size_t claims_shown(const struct person *p, int64_t until_ns)
{
    size_t n = p->nnumbers;
    while (n > 0 && p->numbers[n - 1].since_ns > until_ns)
        n--;
    return n;
}

/* {address: [claim numbers]} */
static json_t *claims_users_json(const struct claim *c, int64_t until_ns)
{
    json_t *users = json_object();
    for (size_t i = 0; i < c->people.len; i++) {
        const struct person *p = c->people.entries[i].value;
        size_t shown = claims_shown(p, until_ns);
        if (shown == 0)
            continue;
        json_t *numbers = json_array();
        for (size_t k = 0; k < shown; k++)
            json_array_append_new(numbers, json_integer(p->numbers[k].number));
        json_object_set_new_nocheck(users, p->address, numbers);
    }
    return users;
}

static json_t *claims_state_json(const struct claim *c, const struct plugin *p, bool all_users,
                                 int64_t until_ns)
{
    if (p->kind == PLUGIN_CODES && !c->hidden && c->world->behaviour == BEHAVIOUR_S26)
        return plugins_used_codes(p);
    json_t *state = json_object();
    if (p->kind == PLUGIN_NUM_USES && !c->hidden) {
        json_object_set_new(state, "numUses", json_integer(c->uses));
        if (all_users)
            json_object_set_new(state, "claimedUsers", claims_users_json(c, until_ns));
    }
    return state;
}

/* A claim is halted by a plugin that refuses everybody. */
static json_t *claims_halt_json(bool brief)
{
    json_t *p = json_pack("{s:s,s:s,s:{},s:{}}", "pluginId", "halt", "instanceId",
                          CLAIMS_HALT_INSTANCE, "publicParams", "publicState");
    if (!brief)
        json_object_update_new(p, json_pack("{s:s,s:{}}", "version", "0", "privateParams"));
    return p;
}

static json_t *claims_plugins_json(const struct claim *c, bool all_users, int64_t until_ns)
{
    json_t *plugins = json_array();
    for (size_t i = 0; i < c->nplugins; i++) {
        json_t *p = plugins_json(&c->plugins[i], c->hidden, c->world->behaviour == BEHAVIOUR_IDX);
        json_object_set_new(p, "publicState",
                            claims_state_json(c, &c->plugins[i], all_users, until_ns));
        json_array_append_new(plugins, p);
    }
    if (c->halted)
        json_array_append_new(plugins, claims_halt_json(c->world->behaviour == BEHAVIOUR_IDX));
    return plugins;
}

/* What makes it on-chain: where its tokens come from. */
static void claims_add_tracker(const struct claim *c, json_t *claim)
{
    json_object_set_new(claim, "collectionId", json_string(c->collection->id));
    json_object_set_new(claim, "trackerDetails",
                        json_pack("{s:s,s:s,s:s,s:s,s:s}", "collectionId", c->collection->id,
                                  "approvalId", c->approval_id, "challengeTrackerId",
                                  CLAIMS_TRACKER_ID, "approvalLevel", "collection",
                                  "approverAddress", ""));
}

static json_t *claims_conditions_json(const struct claim *c)
{
    json_t *conditions = json_array();
    for (size_t i = 0; i < c->nplugins; i++)
        json_array_append_new(conditions, json_string(c->plugins[i].instance_id));
    if (c->halted)
        json_array_append_new(conditions, json_string(CLAIMS_HALT_INSTANCE));
    return json_pack("{s:s,s:o}", "type", "AND", "conditions", conditions);
}

/* What the service of 2026 shows besides. */
static void claims_add_rest(const struct claim *c, json_t *claim)
{
    json_object_update_new(
        claim,
        json_pack("{s:b,s:s,s:s,s:b,s:[],s:s,s:s,s:b,s:[],s:b,s:s,s:s,s:s,s:{s:s,s:s,s:s}}",
                  "_includesPrivateParams", 0, "createdBy", CLAIMS_MANAGER, "managedBy",
                  CLAIMS_MANAGER, "standaloneClaim", (int)!c->on_chain, "rewards", "estimatedCost",
                  "", "estimatedTime", "", "showInSearchResults", 0, "categories",
                  "manualDistribution", 0, "approach", "api", "assignMethod", "", "lastUpdated",
                  CLAIMS_UPDATED_MS, "metadata", "name", c->id, "description", "", "image", ""));
    json_object_set_new(claim, "satisfyMethod", claims_conditions_json(c));
    if (claims_is_on_demand(c))
        json_object_set_new(claim, "cachePolicy", json_pack("{s:s}", "ttl", CLAIMS_CACHE_TTL));
}

/* By "details". */
static void claims_change(const struct claim *c, json_t *claim)
{
    const char *key;
    json_t *v;
    json_object_foreach (c->details, key, v) {
        if (json_is_null(v))
            json_object_del(claim, key);
        else
            json_object_set(claim, key, v);
    }
}

json_t *claims_json(const struct claim *c, bool all_users, int64_t until_ns)
{
    char version[32];
    snprintf(version, sizeof(version), "%lld", (long long)c->version);
    json_t *claim = json_pack("{s:s,s:s,s:o}", "claimId", c->id, "version", version, "plugins",
                              claims_plugins_json(c, all_users, until_ns));
    if (c->on_chain)
        claims_add_tracker(c, claim);
    else if (c->world->behaviour == BEHAVIOUR_IDX)
        json_object_set_new(claim, "collectionId", json_string(CLAIMS_NO_COLLECTION));
    if (c->world->behaviour == BEHAVIOUR_S26)
        claims_add_rest(c, claim);
    claims_change(c, claim);
    return claim;
}
