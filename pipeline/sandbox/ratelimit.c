/* ratelimit: limits requests as the service does, and measures what really came, which is what the tests ask for. */
#include "sandbox/ratelimit.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define RATELIMIT_WINDOW_MS 60000
#define RATELIMIT_WINDOW_MAX_MS INT64_C(86400000)
#define RATELIMIT_FIRST_CAP 1024

void ratelimit_init(struct ratelimit *l)
{
    *l = (struct ratelimit){.window_ms = RATELIMIT_WINDOW_MS, .headers = REPLY_RATE_STANDARD};
}

void ratelimit_release(struct ratelimit *l)
{
    free(l->seen);
    ratelimit_init(l);
}

int ratelimit_configure(struct ratelimit *l, json_t *config, const char *path, struct err *e)
{
    static const char *const known[] = {"limit", "windowMs", "headers", "retryAfter", NULL};
    static const char *const headers[] = {"none",    "standard", "x",        "three",
                                          "draft-7", "draft-8",  "draft-10", NULL};
    static const char *const forms[] = {"seconds",  "decimal", "unix", "unix-ms", "date",
                                        "date-850", "asctime", "none", NULL};
    const int none = (int)(sizeof(forms) / sizeof(*forms)) - 2;
    if (json_is_null(config)) {
        l->limit = 0;
        return 0;
    }
    struct fields f;
    int64_t limit = l->limit, window_ms = l->window_ms;
    int which = (int)l->headers, form = l->mute ? none : (int)l->retry;
    if (fields_open(&f, config, known, e, "%s", path) != 0 ||
        fields_int(&f, "limit", 1, INT32_MAX, &limit) != 0 ||
        fields_int(&f, "windowMs", 1, RATELIMIT_WINDOW_MAX_MS, &window_ms) != 0 ||
        fields_choice(&f, "headers", headers, &which) != 0 ||
        fields_choice(&f, "retryAfter", forms, &form) != 0)
        return -1;
    if (limit == 0)
        return fields_wrong(&f, "limit", "is missing");
    l->limit = limit;
    l->window_ms = window_ms;
    l->headers = (enum reply_rate)which;
    l->mute = form == none;
    if (!l->mute)
        l->retry = (enum reply_retry)form;
    return 0;
}

/* Twice the ring; the part that has wrapped around moves to the new end. */
static int ratelimit_grow(struct ratelimit *l)
{
    size_t cap = l->cap == 0 ? RATELIMIT_FIRST_CAP : l->cap * 2;
    int64_t *seen = mem_resize(l->seen, cap, sizeof(*seen));
    if (!seen)
        return -1;
    if (l->first > 0)
        memcpy(seen + l->cap, seen, l->first * sizeof(*seen));
    l->seen = seen;
    l->cap = cap;
    return 0;
}

void ratelimit_note(struct ratelimit *l, int64_t now_ns)
{
    int64_t gone = now_ns - l->window_ms * CLOCK_NS_PER_MS;
    while (l->len > 0 && l->seen[l->first] <= gone) {
        l->first = (l->first + 1) % l->cap;
        l->len--;
    }
    if (l->len == l->cap && ratelimit_grow(l) != 0)
        return; /* the count suffers, the service does not */
    l->seen[(l->first + l->len) % l->cap] = now_ns;
    l->len++;
    if (l->len > l->most)
        l->most = l->len;
}

static int64_t ratelimit_seconds_up(int64_t ns)
{
    return (ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S;
}

bool ratelimit_refuses(struct ratelimit *l, int64_t now_ns, struct reply *r)
{
    if (l->limit == 0)
        return false;
    int64_t window_ns = l->window_ms * CLOCK_NS_PER_MS;
    if (l->begun_ns == 0 || now_ns - l->begun_ns >= window_ns) {
        l->begun_ns = now_ns;
        l->used = 0;
    }
    bool over = l->used >= l->limit;
    if (!over)
        l->used++;
    int64_t left_s = ratelimit_seconds_up(l->begun_ns + window_ns - now_ns);
    r->rate = l->headers;
    r->rate_limit = l->limit;
    r->rate_window_s = ratelimit_seconds_up(window_ns);
    r->rate_remaining = l->limit - l->used;
    r->rate_reset_s = l->headers == REPLY_RATE_X ? clock_wall_ms() / 1000 + left_s : left_s;
    if (over) {
        reply_error(r, 429, "Exceeded rate limit. Too many requests.");
        r->retry_after_s = l->mute ? -1 : left_s;
        r->retry = l->retry;
    }
    return over;
}
