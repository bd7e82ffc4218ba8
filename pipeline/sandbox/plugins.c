/* plugins: says whether a request satisfies a claim's conditions, in the service's words. */
#include "sandbox/plugins.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "sandbox/addresses.h"
#include "sandbox/stores.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUGINS_SEED_MAX 65536
#define PLUGINS_VERSION "0"
/* What is shown of a claim without a limit. */
#define PLUGINS_UNLIMITED 1000000000

static const char *const plugin_ids[PLUGIN_KINDS + 1] = {
    "numUses", "password", "codes", "whitelist", "initiatedBy", "transferTimes", NULL};
static const char *const plugin_names[PLUGIN_KINDS] = {
    "Max Uses", "Password", "Codes", "Whitelist", "Initiated By", "Transfer Times"};

const char *plugins_id(const struct plugin *p)
{
    return plugin_ids[p->kind];
}

const char *plugins_name(const struct plugin *p)
{
    return plugin_names[p->kind];
}

void plugins_code(const char *seed, int64_t i, char out[PLUGINS_CODE_MAX])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct text t;
    text_init(&t);
    text_printf(&t, "%s-%lld", seed, (long long)i);
    out[0] = '\0';
    if (text_ok(&t) && EVP_Digest(t.ptr, t.len, hash, &len, EVP_sha256(), NULL) == 1) {
        for (unsigned k = 0; k < len; k++)
            snprintf(out + (size_t)2 * k, 3, "%02x", (unsigned)hash[k]);
        snprintf(out + (size_t)2 * len, PLUGINS_CODE_MAX - (size_t)2 * len, "-%lld", (long long)i);
    }
    text_release(&t);
}

static int plugin_read_secret(struct plugin *p, const struct fields *f, const char *key)
{
    const char *s = NULL;
    if (fields_name(f, key, &s) != 0)
        return -1;
    if (strlen(s) > PLUGINS_SEED_MAX)
        return fields_wrong(f, key, "is longer than %d bytes", PLUGINS_SEED_MAX);
    p->secret = mem_copy(s, strlen(s));
    return p->secret ? 0 : err_nomem(f->e);
}

static int plugin_read_code_list(struct plugin *p, const struct fields *f)
{
    size_t i;
    json_t *v;
    if (fields_array(f, "codes", &p->list) != 0)
        return -1;
    json_incref(p->list);
    json_array_foreach (p->list, i, v) {
        const char *s = json_string_value(v);
        if (!s || table_get(&p->members, s))
            return fields_wrong(f, "codes", "item %zu is not a string, or is there twice", i);
        if (table_put(&p->members, s, (void *)(uintptr_t)(i + 1)) != 0)
            return err_nomem(f->e);
    }
    p->num_codes = (int64_t)json_array_size(p->list);
    return 0;
}

static int plugin_read_codes(struct plugin *p, const struct fields *f)
{
    bool seeded = fields_has(f, "seed");
    if (seeded == fields_has(f, "codes") || seeded != fields_has(f, "numCodes"))
        return fields_wrong(f, "codes", "needs either codes, or seed and numCodes");
    if (!seeded && plugin_read_code_list(p, f) != 0)
        return -1;
    if (seeded && (plugin_read_secret(p, f, "seed") != 0 ||
                   fields_int(f, "numCodes", 1, PLUGINS_CODES_MAX, &p->num_codes) != 0))
        return -1;
    p->used = mem_zero((size_t)p->num_codes + 1, 1);
    return p->used ? 0 : err_nomem(f->e);
}

/* Of a list, of a dynamic store, or for anybody, so many times. */
static int plugin_read_whitelist(struct plugin *p, const struct fields *f)
{
    bool by_store = false;
    if (fields_bool(f, "useDynamicStore", &by_store) != 0 ||
        fields_int(f, "maxUsesPerAddress", 0, INT64_MAX, &p->max_per_address) != 0)
        return -1;
    if (by_store != fields_has(f, "dynamicDataId"))
        return fields_wrong(f, "dynamicDataId", "goes with \"useDynamicStore\": true");
    if (by_store && fields_has(f, "addresses"))
        return fields_wrong(f, "addresses", "goes without useDynamicStore");
    if (by_store)
        return plugin_read_secret(p, f, "dynamicDataId");
    p->anybody = !fields_has(f, "addresses");
    if (p->anybody && p->max_per_address == 0)
        return fields_wrong(f, "addresses", "is missing");
    return addresses_read(&p->members, f, "addresses");
}

static int plugin_read_times(struct plugin *p, const struct fields *f)
{
    size_t i;
    json_t *v;
    if (fields_array(f, "transferTimes", &p->list) != 0)
        return -1;
    if (!p->list)
        return fields_wrong(f, "transferTimes", "is missing");
    json_incref(p->list);
    json_array_foreach (p->list, i, v)
        if (!json_is_integer(json_object_get(v, "start")) ||
            !json_is_integer(json_object_get(v, "end")))
            return fields_wrong(f, "transferTimes", "item %zu is not {\"start\": MS, \"end\": MS}",
                                i);
    return 0;
}

static int plugin_read_kind(struct plugin *p, const struct fields *f)
{
    switch (p->kind) {
    case PLUGIN_NUM_USES:
        if (fields_int(f, "maxUses", 0, INT64_MAX, &p->max_uses) != 0 ||
            fields_int(f, "maxUsesPerAddress", 0, INT64_MAX, &p->max_per_address) != 0)
            return -1;
        return 0;
    case PLUGIN_PASSWORD:
        return plugin_read_secret(p, f, "password");
    case PLUGIN_CODES:
        return plugin_read_codes(p, f);
    case PLUGIN_WHITELIST:
        return plugin_read_whitelist(p, f);
    case PLUGIN_INITIATED_BY:
        return 0;
    case PLUGIN_TRANSFER_TIMES:
        return plugin_read_times(p, f);
    case PLUGIN_KINDS:
        break;
    }
    return -1;
}

int plugins_configure(struct plugin *p, json_t *config, const char *path, struct err *e)
{
    static const char *const known[PLUGIN_KINDS][7] = {
        {"pluginId", "instanceId", "maxUses", "maxUsesPerAddress", NULL},
        {"pluginId", "instanceId", "password", NULL},
        {"pluginId", "instanceId", "codes", "seed", "numCodes", NULL},
        {"pluginId", "instanceId", "addresses", "useDynamicStore", "dynamicDataId",
         "maxUsesPerAddress", NULL},
        {"pluginId", "instanceId", NULL},
        {"pluginId", "instanceId", "transferTimes", NULL},
    };
    struct fields f = {.object = config, .e = e};
    const char *id = NULL;
    int kind = -1;
    *p = (struct plugin){.kind = PLUGIN_NUM_USES};
    table_init(&p->members);
    snprintf(f.path, sizeof(f.path), "%s", path);
    if (!json_is_object(config))
        return err_set(e, EXIT_USAGE, "%s: must be an object", path);
    if (fields_choice(&f, "pluginId", plugin_ids, &kind) != 0)
        return -1;
    if (kind < 0)
        return fields_wrong(&f, "pluginId", "is missing");
    p->kind = (enum plugin_kind)kind;
    if (fields_open(&f, config, known[kind], e, "%s", path) != 0 ||
        fields_name(&f, "instanceId", &id) != 0)
        return -1;
    p->instance_id = mem_copy(id, strlen(id));
    return p->instance_id ? plugin_read_kind(p, &f) : err_nomem(e);
}

void plugins_release(struct plugin *p)
{
    table_release(&p->members, p->kind == PLUGIN_WHITELIST ? free : NULL);
    json_decref(p->list);
    free(p->instance_id);
    free(p->secret);
    free(p->used);
}

/* The place of a code, or -1. */
static int64_t plugin_find_code(const struct plugin *p, const char *code)
{
    if (!p->secret)
        return (int64_t)(uintptr_t)table_get(&p->members, code) - 1;
    char made[PLUGINS_CODE_MAX];
    int64_t i;
    const char *dash = strrchr(code, '-');
    if (!dash || number_int(dash + 1, 0, p->num_codes - 1, &i) != 0)
        return -1;
    plugins_code(p->secret, i, made);
    return strcmp(made, code) == 0 ? i : -1;
}

static bool plugin_is_open(const struct plugin *p)
{
    size_t i;
    json_t *v;
    int64_t now = clock_wall_ms();
    json_array_foreach (p->list, i, v)
        if (json_integer_value(json_object_get(v, "start")) <= now &&
            now <= json_integer_value(json_object_get(v, "end")))
            return true;
    return false;
}

static bool plugin_lists(const struct plugin *p, const char *address)
{
    if (p->store)
        return stores_holds(p->store, address);
    return p->anybody || table_get(&p->members, address);
}

const char *plugins_refusal(const struct plugin *p, json_t *entry, const char *address,
                            int64_t *code)
{
    const char *given;
    switch (p->kind) {
    case PLUGIN_NUM_USES:
    case PLUGIN_KINDS:
        break;
    case PLUGIN_PASSWORD:
        given = json_string_value(json_object_get(entry, "password"));
        return given && strcmp(given, p->secret) == 0 ? NULL : "Incorrect password";
    case PLUGIN_CODES:
        given = json_string_value(json_object_get(entry, "code"));
        *code = given ? plugin_find_code(p, given) : -1;
        if (*code < 0)
            return "Invalid code. Not found in list of codes.";
        return p->used[*code] != 0 ? "Code already used" : NULL;
    case PLUGIN_WHITELIST:
        return plugin_lists(p, address) ? NULL : "User not in whitelist";
    case PLUGIN_INITIATED_BY:
        return "Must be authenticated to claim";
    case PLUGIN_TRANSFER_TIMES:
        return plugin_is_open(p) ? NULL : "We are currently outside the approved time window.";
    }
    return NULL;
}

/* {"start": "3", "end": "5"}, as the vendor's client reads it. */
static void plugin_add_range(json_t *ranges, int64_t start, int64_t end)
{
    char from[32], to[32];
    snprintf(from, sizeof(from), "%lld", (long long)start);
    snprintf(to, sizeof(to), "%lld", (long long)end);
    json_array_append_new(ranges, json_pack("{s:s,s:s}", "start", from, "end", to));
}

json_t *plugins_used_codes(const struct plugin *p)
{
    json_t *ranges = json_array();
    for (int64_t i = 0; i < p->num_codes; i++) {
        int64_t start = i;
        while (i < p->num_codes && p->used[i] != 0)
            i++;
        if (i > start)
            plugin_add_range(ranges, start, i - 1);
    }
    return json_pack("{s:o}", "usedCodeRanges", ranges);
}

static json_t *plugin_times_json(const struct plugin *p)
{
    size_t i;
    json_t *v, *times = json_array();
    json_array_foreach (p->list, i, v)
        plugin_add_range(times, json_integer_value(json_object_get(v, "start")),
                         json_integer_value(json_object_get(v, "end")));
    return json_pack("{s:o}", "transferTimes", times);
}

/* A list in a store is private; that of anybody is the vendor's "All". */
static json_t *plugin_whitelist_json(const struct plugin *p)
{
    json_t *params = json_object();
    if (p->max_per_address > 0)
        json_object_set_new(params, "maxUsesPerAddress", json_integer(p->max_per_address));
    if (p->anybody)
        json_object_set_new(params, "listId", json_string("All"));
    else
        json_object_set_new(params, "hasPrivateList", json_true());
    return params;
}

static json_t *plugin_params_json(const struct plugin *p, bool hide_state)
{
    bool limited = p->max_uses > 0;
    switch (p->kind) {
    case PLUGIN_NUM_USES:
        return json_pack("{s:I,s:b,s:b}", "maxUses",
                         (json_int_t)(limited ? p->max_uses : PLUGINS_UNLIMITED),
                         "hideCurrentState", (int)hide_state, "displayAsUnlimited", (int)!limited);
    case PLUGIN_CODES:
        return json_pack("{s:I,s:b}", "numCodes", (json_int_t)p->num_codes, "hideCurrentState",
                         (int)hide_state);
    case PLUGIN_WHITELIST:
        return plugin_whitelist_json(p);
    case PLUGIN_TRANSFER_TIMES:
        return plugin_times_json(p);
    case PLUGIN_PASSWORD:
    case PLUGIN_INITIATED_BY:
    case PLUGIN_KINDS:
        break;
    }
    return json_object();
}

json_t *plugins_json(const struct plugin *p, bool hide_state, bool brief)
{
    json_t *params = plugin_params_json(p, hide_state);
    if (brief && p->kind == PLUGIN_NUM_USES) {
        json_object_set_new(params, "maxUses", json_integer(p->max_uses));
        json_object_set_new(params, "maxUsesPerAddress", json_integer(p->max_per_address));
    }
    json_t *out = json_pack("{s:s,s:s,s:o}", "pluginId", plugins_id(p), "instanceId",
                            p->instance_id, "publicParams", params);
    if (!brief) {
        json_object_set_new(out, "version", json_string(PLUGINS_VERSION));
        json_object_set_new(out, "privateParams", json_object());
    }
    return out;
}
