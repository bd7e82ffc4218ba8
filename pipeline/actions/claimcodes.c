/* claimcodes: reads from a claim how many codes its plugin has, by either of the forms in which claims show it. */
#include "actions/claimcodes.h"

#include "adapters/json.h"
#include "base/percent.h"
#include "base/text.h"

#include <stddef.h>

void claimcodes_ask(const char *claim, struct text *path)
{
    text_puts(path, "/api/v0/claim/");
    percent_append(path, slice_of(claim));
}

const char *claimcodes_read(const struct json *doc, int64_t *n)
{
    const struct json *plugins = json_get(json_get(doc, "claim"), "plugins");
    const struct json *found = NULL;

    for (size_t i = 0; i < json_count(plugins); i++) {
        const struct json *plugin = json_at(plugins, i);

        if (!slice_equal(json_text(json_get(plugin, "pluginId")), slice_of("codes")))
            continue;
        if (found)
            return "it has several codes plugins, and nothing tells which one the seed is of";
        found = plugin;
    }
    if (!found)
        return "it takes no codes (it has no codes plugin): is it the right claim?";
    return json_int(json_get(json_get(found, "publicParams"), "numCodes"), n) == 0 && *n > 0
               ? NULL
               : "it does not tell their number";
}
