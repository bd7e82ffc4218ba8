/* claimplugins: the vendor writes numbers as texts, too. */
#include "actions/claimplugins.h"

#include "actions/claimcodes.h"
#include "adapters/json.h"

#include <string.h>

/* false: it is no id that can be shown, and compared. */
static bool read_id(const struct json *j, char out[CLAIMFIT_ID_MAX])
{
    struct slice s = json_text(j);

    if (!s.ptr || s.len == 0 || s.len >= CLAIMFIT_ID_MAX || memchr(s.ptr, '\0', s.len))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
            return false;
    memcpy(out, s.ptr, s.len);
    out[s.len] = '\0';
    return true;
}

static int64_t left_of(int64_t all, int64_t used)
{
    return all < 0 || used < 0 ? CLAIMFIT_UNKNOWN : used >= all ? 0 : all - used;
}

static int64_t uses_left(const struct json *params, const struct json *state)
{
    int64_t all, used;

    if (json_holds_true(json_get(params, "displayAsUnlimited")) ||
        json_int(json_get(params, "maxUses"), &all) != 0 || all <= 0 ||
        json_int(json_get(state, "numUses"), &used) != 0)
        return CLAIMFIT_UNKNOWN;
    return left_of(all, used);
}

/* Where the used ones are not shown, there are no more than all. */
static int64_t codes_left(const struct json *params, const struct json *state)
{
    const struct json *ranges = json_get(state, "usedCodeRanges");
    int64_t all, used = 0, start, end;

    if (json_int(json_get(params, "numCodes"), &all) != 0 || all <= 0)
        return CLAIMFIT_UNKNOWN;
    for (size_t i = 0; i < json_count(ranges); i++) {
        if (!claimcodes_range(json_at(ranges, i), all, &start, &end))
            return left_of(all, 0);
        used += end - start + 1;
    }
    return left_of(all, used);
}

static int64_t per_address(const struct json *params)
{
    int64_t most;

    return json_int(json_get(params, "maxUsesPerAddress"), &most) == 0 && most > 0
               ? most
               : CLAIMFIT_UNKNOWN;
}

/* The vendor's "for ever" is more than a signed number holds. */
static bool read_last(const struct json *j, int64_t *out)
{
    struct slice s = json_text(j);

    if (json_int(j, out) == 0)
        return true;
    *out = INT64_MAX;
    return s.len > 0 && strspn(s.ptr, "0123456789") == s.len;
}

/* One that can't be read may be what it is open by: then nothing is known. */
static size_t read_times(const struct json *list, struct claimfit_time out[CLAIMFIT_TIMES_MAX])
{
    size_t n = json_count(list);

    if (n > CLAIMFIT_TIMES_MAX)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (json_int(json_get(json_at(list, i), "start"), &out[i].first_ms) != 0 ||
            !read_last(json_get(json_at(list, i), "end"), &out[i].last_ms) ||
            out[i].last_ms < out[i].first_ms)
            return 0;
    return n;
}

static bool read_plugin(const struct json *j, struct claimfit_plugin *out)
{
    const struct json *params = json_get(j, "publicParams"), *state = json_get(j, "publicState");

    memset(out, 0, sizeof(*out));
    out->left = out->per_address = CLAIMFIT_UNKNOWN;
    if (!read_id(json_get(j, "instanceId"), out->instance))
        return false;
    if (!read_id(json_get(j, "pluginId"), out->id))
        memcpy(out->id, "?", 2);
    out->kind = claimfit_kind(out->id);
    if (out->kind == CLAIMFIT_NUM_USES)
        out->left = uses_left(params, state);
    if (out->kind == CLAIMFIT_CODES)
        out->left = codes_left(params, state);
    if (out->kind == CLAIMFIT_TIMES)
        out->n_times = read_times(json_get(params, "transferTimes"), out->times);
    if (out->kind == CLAIMFIT_WHITELIST)
        out->per_address = per_address(params);
    return true;
}

/* ---- how they go together ---- */

#define DEPTH_MAX 8

static void need(struct claimfit_claim *c, struct slice instance)
{
    for (size_t i = 0; i < c->n; i++)
        if (slice_equal(instance, slice_of(c->plugins[i].instance)))
            c->plugins[i].needed = true;
}

/* Of an AND each condition is needed, which is an instance id or a method of its own.  Of anything else none is
 * needed in any case. */
static void need_all(struct claimfit_claim *c, const struct json *method, unsigned depth)
{
    const struct json *conditions = json_get(method, "conditions");

    if (depth == DEPTH_MAX || !slice_equal(json_text(json_get(method, "type")), slice_of("AND")) ||
        json_get(json_get(method, "options"), "minNumSatisfied"))
        return;
    for (size_t i = 0; i < json_count(conditions); i++) {
        const struct json *one = json_at(conditions, i);

        if (json_text(one).ptr)
            need(c, json_text(one));
        else
            need_all(c, one, depth + 1);
    }
}

/* Without a method (blank, as the vendor calls it) all of them are needed. */
static void read_method(const struct json *method, struct claimfit_claim *c)
{
    bool blank = !json_holds_object(method) && !json_holds_array(method) && !json_text(method).len;

    for (size_t i = 0; i < c->n; i++)
        c->plugins[i].needed = blank;
    need_all(c, method, 0);
}

void claimplugins_read(const struct json *claim, struct claimfit_claim *out)
{
    const struct json *plugins = json_get(claim, "plugins");

    memset(out, 0, sizeof(*out));
    out->whole = json_holds_array(plugins);
    for (size_t i = 0; i < json_count(plugins); i++) {
        if (out->n == CLAIMFIT_PLUGINS_MAX)
            out->whole = false;
        else if (read_plugin(json_at(plugins, i), &out->plugins[out->n]))
            out->n++;
        else
            out->whole = false;
    }
    read_method(json_get(claim, "satisfyMethod"), out);
}
