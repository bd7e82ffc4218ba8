/* claimcodes: the vendor writes numbers as texts, too; a claim that hides its state has no ranges. */
#include "actions/claimcodes.h"

#include "adapters/json.h"
#include "base/percent.h"
#include "base/text.h"
#include "policy/codeuse.h"

#include <stddef.h>

void claimcodes_ask(const char *claim, struct text *path)
{
    text_puts(path, "/api/v0/claim/");
    percent_append(path, slice_of(claim));
}

/* NULL, and why in *fault: there is not one. */
static const struct json *find_plugin(const struct json *doc, const char **fault)
{
    const struct json *plugins = json_get(json_get(doc, "claim"), "plugins");
    const struct json *found = NULL;

    *fault = "it takes no codes (it has no codes plugin): is it the right claim?";
    for (size_t i = 0; i < json_count(plugins); i++) {
        const struct json *plugin = json_at(plugins, i);

        if (!slice_equal(json_text(json_get(plugin, "pluginId")), slice_of("codes")))
            continue;
        if (found) {
            *fault = "it has several codes plugins, and nothing tells which one the seed is of";
            return NULL;
        }
        found = plugin;
    }
    return found;
}

const char *claimcodes_fault(const struct json *doc)
{
    const char *fault;

    return find_plugin(doc, &fault) ? NULL : fault;
}

const char *claimcodes_read(const struct json *doc, int64_t *n)
{
    const char *fault;
    const struct json *found = find_plugin(doc, &fault);

    if (!found)
        return fault;
    return json_int(json_get(json_get(found, "publicParams"), "numCodes"), n) == 0 && *n > 0
               ? NULL
               : "it does not tell their number";
}

bool claimcodes_range(const struct json *range, int64_t n, int64_t *first, int64_t *last)
{
    return json_int(json_get(range, "start"), first) == 0 &&
           json_int(json_get(range, "end"), last) == 0 && *first >= 0 && *last >= *first &&
           *last < n;
}

int claimcodes_used(const struct json *doc, struct codeuse *used)
{
    const char *fault;
    const struct json *found = find_plugin(doc, &fault);
    const struct json *ranges = json_get(json_get(found, "publicState"), "usedCodeRanges");
    int64_t n = 0, first, last;

    /* Of a state that is hidden an empty list says nothing. */
    if (!json_holds_array(ranges) || claimcodes_read(doc, &n) != NULL ||
        json_holds_true(json_get(json_get(found, "publicParams"), "hideCurrentState")))
        return 0;
    for (size_t i = 0; i < json_count(ranges); i++) {
        if (!claimcodes_range(json_at(ranges, i), n, &first, &last))
            return 0;
        if (codeuse_add(used, first, last) != 0)
            return -1;
    }
    codeuse_seal(used);
    return 1;
}
