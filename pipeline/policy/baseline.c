/*
 * baseline: compares attempts with the page that was seen before the first send.
 *
 * An id proves; a stamp only hints, by the service's own clocks, which may be set and may differ from host to host.  Hence
 * the two are asked about apart, and an id that could be two is not kept.
 */
#include "policy/baseline.h"

#include "base/crashpoint.h"

#include <string.h>

void baseline_init(struct baseline *b)
{
    b->oldest_ms = BASELINE_NO_STAMP;
    b->ids[0] = '\0';
}

static bool is_long_before(int64_t at_ms, int64_t oldest_ms)
{
    return at_ms != BASELINE_NO_STAMP && oldest_ms != BASELINE_NO_STAMP &&
           oldest_ms >= INT64_MIN + BASELINE_SLACK_MS && at_ms < oldest_ms - BASELINE_SLACK_MS;
}

static bool has_id(const struct baseline *b, struct slice id)
{
    for (const char *at = b->ids; (at = strchr(at, ' '));) {
        const char *end = strchr(++at, ' ');
        size_t len = end ? (size_t)(end - at) : strlen(at);

        if (len == id.len && memcmp(at, id.ptr, len) == 0)
            return true;
    }
    return false;
}

void baseline_add(struct baseline *b, struct slice id, int64_t at_ms)
{
    size_t used = strlen(b->ids);

    /* A blank in an id would make two of it. */
    if (!id.len || memchr(id.ptr, ' ', id.len) || memchr(id.ptr, '\0', id.len) ||
        used + 1 + id.len >= sizeof(b->ids))
        return;
    if (at_ms != BASELINE_NO_STAMP && (b->oldest_ms == BASELINE_NO_STAMP || at_ms < b->oldest_ms))
        b->oldest_ms = at_ms;
    b->ids[used] = ' ';
    memcpy(b->ids + used + 1, id.ptr, id.len);
    b->ids[used + 1 + id.len] = '\0';
}

enum baseline_age baseline_age(const struct baseline *b, struct slice id, int64_t at_ms)
{
    if (crashpoint_breaks("baseline"))
        return BASELINE_OLDER;
    if (!b)
        return BASELINE_NEW;
    if (id.len && has_id(b, id))
        return BASELINE_OLDER;
    if (!is_long_before(at_ms, b->oldest_ms))
        return BASELINE_NEW;
    return crashpoint_breaks("stamps") ? BASELINE_OLDER : BASELINE_SEEMS_OLDER;
}
