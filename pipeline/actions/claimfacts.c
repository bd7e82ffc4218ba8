/* claimfacts: the vendor writes ids as texts, and has written them as numbers. */
#include "actions/claimfacts.h"

#include "adapters/json.h"

#include <stdio.h>
#include <string.h>

#define NUM_USES "numUses"

/* "" if it is no id, or too long to be kept. */
static void read_id(const struct json *j, char out[CLAIMFACTS_ID_MAX])
{
    struct slice text = json_text(j);
    int64_t number;

    out[0] = '\0';
    if (text.ptr && text.len < CLAIMFACTS_ID_MAX)
        snprintf(out, CLAIMFACTS_ID_MAX, "%.*s", (int)text.len, text.ptr);
    else if (!text.ptr && json_int(j, &number) == 0)
        snprintf(out, CLAIMFACTS_ID_MAX, "%lld", (long long)number);
}

/* 0, -1 and so on mean that there is no collection. */
static void read_collection(const struct json *j, char out[CLAIMFACTS_ID_MAX])
{
    read_id(j, out);
    if (out[0] == '-' || out[strspn(out, "0")] == '\0')
        out[0] = '\0';
}

static bool is_told(const struct json *id)
{
    int64_t number;

    return json_text(id).ptr || json_int(id, &number) == 0;
}

static bool has_plugin(const struct json *plugins, const char *id)
{
    for (size_t i = 0; i < json_count(plugins); i++)
        if (slice_equal(json_text(json_get(json_at(plugins, i), "pluginId")), slice_of(id)))
            return true;
    return false;
}

void claimfacts_read(const struct json *claim, struct claimfacts *out)
{
    const struct json *tracker = json_get(claim, "trackerDetails");
    const struct json *plugins = json_get(claim, "plugins");

    memset(out, 0, sizeof(*out));
    out->on_demand = json_holds_array(plugins) && !has_plugin(plugins, NUM_USES);
    read_collection(json_get(tracker, "collectionId"), out->collection);
    if (!out->collection[0])
        read_collection(json_get(claim, "collectionId"), out->collection);
    read_id(json_get(tracker, "approvalId"), out->approval);
    out->on_chain =
        json_holds_object(tracker)
            ? out->collection[0] || out->approval[0]
            : out->collection[0] && !json_holds_true(json_get(claim, "standaloneClaim"));
    out->vague = !json_holds_object(tracker) &&
                 !json_holds_bool(json_get(claim, "standaloneClaim")) &&
                 !is_told(json_get(claim, "collectionId"));
    if (!out->on_chain)
        out->collection[0] = out->approval[0] = '\0';
}
