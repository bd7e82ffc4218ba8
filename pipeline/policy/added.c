#include "policy/added.h"

#include <stdbool.h>
#include <string.h>

#define PREFIX "claimpipe_"

static const char *const added_names[ADDED_COUNT] = {
    [ADDED_STATUS] = "status",
    [ADDED_ERROR] = "error",
    [ADDED_NOTE] = "note",
    [ADDED_ACTION] = "action",
    [ADDED_TARGET] = "target",
    [ADDED_RECIPIENT] = "recipient",
    [ADDED_ATTEMPT] = "attempt_id",
    [ADDED_CODE] = "code",
    [ADDED_LINK] = "link",
    [ADDED_TRIES] = "tries",
    [ADDED_HTTP_STATUS] = "http_status",
    [ADDED_FINISHED] = "finished_at",
};

static bool is_named(struct slice name, const char *prefix, const char *added)
{
    size_t n = strlen(prefix);

    return name.len == n + strlen(added) && memcmp(name.ptr, prefix, n) == 0 &&
           memcmp(name.ptr + n, added, name.len - n) == 0;
}

size_t added_at(const struct columns *header)
{
    for (size_t at = 0; at + ADDED_COUNT <= header->n; at++) {
        size_t i = 0;

        while (i < ADDED_COUNT && (is_named(header->names[at + i], "", added_names[i]) ||
                                   is_named(header->names[at + i], PREFIX, added_names[i])))
            i++;
        if (i == ADDED_COUNT && at + ADDED_COUNT == header->n)
            return at;
    }
    return header->n;
}

void added_append_name(const struct columns *header, size_t own, size_t added, struct text *out)
{
    for (size_t i = 0; i < own; i++)
        if (is_named(header->names[i], "", added_names[added])) {
            text_puts(out, PREFIX);
            break;
        }
    text_puts(out, added_names[added]);
}
