/* window: a ring of counters, one a slot; what is older than the oldest slot no longer counts. */
#include "policy/window.h"

#include <string.h>

/* The oldest slot that may hold an answer of the last window.  One more than WINDOW_SLOTS, for both ends of
 * a window may lie within a slot; and one for the clocks. */
static int64_t oldest_at(const struct window *w, int64_t now_ns)
{
    return (now_ns - w->origin_ns) / w->slot_ns - (WINDOW_SLOTS + 1);
}

static int64_t *slot(struct window *w, int64_t number)
{
    return &w->slots[number % WINDOW_RING];
}

void window_init(struct window *w, int64_t count, int64_t window_ns, int64_t now_ns)
{
    memset(w, 0, sizeof(*w));
    w->count = count;
    w->window_ns = window_ns;
    w->slot_ns = window_ns / WINDOW_SLOTS + 1;
    w->origin_ns = now_ns - (WINDOW_SLOTS + 1) * w->slot_ns;
}

static void forget(struct window *w, int64_t now_ns)
{
    int64_t oldest = oldest_at(w, now_ns);

    /* Without any there is nothing to walk over. */
    for (int64_t i = w->oldest; w->held > 0 && i < oldest; i++) {
        w->held -= *slot(w, i);
        *slot(w, i) = 0;
    }
    if (oldest > w->oldest)
        w->oldest = oldest;
}

void window_put(struct window *w, int64_t n, int64_t at_ns, int64_t now_ns)
{
    int64_t number = at_ns < w->origin_ns ? -1 : (at_ns - w->origin_ns) / w->slot_ns;

    if (w->count == 0)
        return;
    forget(w, now_ns);
    if (number < w->oldest)
        return;
    *slot(w, number) += n;
    w->held += n;
}

int64_t window_free(struct window *w, int64_t open, int64_t now_ns)
{
    if (w->count == 0)
        return INT64_MAX;
    forget(w, now_ns);
    return w->count - w->held - open;
}

int64_t window_wait(const struct window *w, int64_t open, int64_t now_ns)
{
    int64_t over = open + w->held + 1 - w->count, i = w->oldest;

    if (w->count == 0 || over <= 0)
        return 0;
    if (over > w->held)
        return w->slot_ns; /* too many are open: it is for their answers to come */
    for (int at = (int)(i % WINDOW_RING); over > 0; i++) {
        over -= w->slots[at];
        at = at + 1 == WINDOW_RING ? 0 : at + 1;
    }
    /* Slot i - 1 is the last that has to be gone. */
    i = w->origin_ns + (i + WINDOW_SLOTS + 1) * w->slot_ns - now_ns;
    return i > 0 ? i : 0;
}
