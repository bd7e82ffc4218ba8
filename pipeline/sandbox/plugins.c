/* plugins: see the header. */
#include "sandbox/plugins.h"

#include "base/mem.h"
#include "base/number.h"
#include "sandbox/addresses.h"
#include "sandbox/stores.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUGINS_SEED_MAX 65536

static const char *const plugin_ids[PLUGIN_KINDS + 1] = {"numUses",   "password",     "codes",
                                                         "whitelist", "dynamicStore", NULL};
static const char *const plugin_names[PLUGIN_KINDS] = {"Max Uses", "Password", "Codes", "Whitelist",
                                                       "Dynamic Store"};

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
    return p->secret == NULL ? err_nomem(f->e) : 0;
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
        if (s == NULL || table_get(&p->members, s) != NULL)
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
    return p->used == NULL ? err_nomem(f->e) : 0;
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
        if (!fields_has(f, "addresses"))
            return fields_wrong(f, "addresses", "is missing");
        return addresses_read(&p->members, f, "addresses");
    case PLUGIN_STORE:
        return plugin_read_secret(p, f, "dynamicDataId");
    case PLUGIN_KINDS:
        break;
    }
    return -1;
}

int plugins_configure(struct plugin *p, json_t *config, const char *path, struct err *e)
{
    static const char *const known[PLUGIN_KINDS][6] = {
        {"pluginId", "instanceId", "maxUses", "maxUsesPerAddress", NULL},
        {"pluginId", "instanceId", "password", NULL},
        {"pluginId", "instanceId", "codes", "seed", "numCodes", NULL},
        {"pluginId", "instanceId", "addresses", NULL},
        {"pluginId", "instanceId", "dynamicDataId", NULL},
    };
    struct fields f = {.object = config, .e = e};
    const char *id = NULL;
    int kind = -1;
    *p = (struct plugin){.kind = PLUGIN_NUM_USES};
    table_init(&p->members);
    snprintf(f.path, sizeof f.path, "%s", path);
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
    return p->instance_id == NULL ? err_nomem(e) : plugin_read_kind(p, &f);
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
    if (p->secret == NULL)
        return (int64_t)(uintptr_t)table_get(&p->members, code) - 1;
    char made[PLUGINS_CODE_MAX];
    int64_t i;
    const char *dash = strrchr(code, '-');
    if (dash == NULL || number_int(dash + 1, 0, p->num_codes - 1, &i) != 0)
        return -1;
    plugins_code(p->secret, i, made);
    return strcmp(made, code) == 0 ? i : -1;
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
        return given != NULL && strcmp(given, p->secret) == 0 ? NULL : "Incorrect password";
    case PLUGIN_CODES:
        given = json_string_value(json_object_get(entry, "code"));
        *code = given == NULL ? -1 : plugin_find_code(p, given);
        if (*code < 0)
            return "Invalid code. Not found in list of codes.";
        return p->used[*code] != 0 ? "Code already used" : NULL;
    case PLUGIN_WHITELIST:
        return table_get(&p->members, address) == NULL ? "User not in whitelist" : NULL;
    case PLUGIN_STORE:
        return stores_holds(p->store, address) ? NULL : "User not in dynamic store";
    }
    return NULL;
}

json_t *plugins_json(const struct plugin *p, bool hide_state)
{
    json_t *params;
    if (p->kind == PLUGIN_NUM_USES)
        params = json_pack("{s:I,s:I,s:b}", "maxUses", (json_int_t)p->max_uses, "maxUsesPerAddress",
                           (json_int_t)p->max_per_address, "hideCurrentState", (int)hide_state);
    else if (p->kind == PLUGIN_CODES)
        params = json_pack("{s:I,s:b}", "numCodes", (json_int_t)p->num_codes, "hideCurrentState",
                           (int)hide_state);
    else
        params = json_object();
    return json_pack("{s:s,s:s,s:o}", "pluginId", plugins_id(p), "instanceId", p->instance_id,
                     "publicParams", params);
}
