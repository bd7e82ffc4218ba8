/* records: the words of the `status` column. */
#include "base/records.h"

static const char *const names[STATUS_COUNT] = {
    [STATUS_SUCCESS] = "success", [STATUS_FAILED] = "failed",       [STATUS_PENDING] = "pending",
    [STATUS_UNKNOWN] = "unknown", [STATUS_DUPLICATE] = "duplicate", [STATUS_SKIPPED] = "skipped",
    [STATUS_INVALID] = "invalid", [STATUS_UNSENT] = "unsent",
};

const char *status_name(enum status s)
{
    return s < STATUS_COUNT ? names[s] : "?";
}

void batch_init(struct batch *b)
{
    arena_init(&b->arena);
    b->n = 0;
}

void batch_release(struct batch *b)
{
    arena_release(&b->arena);
}
