/*
 * ratelimit: the server's limit (a fixed window that begins with its first request, one account for
 * all keys), and what the clients really did (the most requests in any sliding window).
 *
 * Times are monotonic nanoseconds and never go back.  Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_RATELIMIT_H
#define CLAIMPIPE_SANDBOX_RATELIMIT_H

#include "sandbox/fields.h"
#include "sandbox/request.h"

struct ratelimit {
    int64_t limit; /* 0: none */
    int64_t window_ms;
    enum reply_rate headers;
    enum reply_retry retry; /* how the 429 says how long … */
    bool mute;              /* … or not at all */
    int64_t begun_ns;       /* of the window under way */
    int64_t used;
    /* the moments of the last requests: a ring */
    int64_t *seen;
    size_t first, len, cap, most;
};

void ratelimit_init(struct ratelimit *l);
void ratelimit_release(struct ratelimit *l);
/* {"limit", "windowMs", "headers", "retryAfter"}; null: no limit.  A window under way goes on.  path: where the
 * configuration says so. */
int ratelimit_configure(struct ratelimit *l, json_t *config, const char *path, struct err *e);
/* Takes note of a request, whatever becomes of it. */
void ratelimit_note(struct ratelimit *l, int64_t now_ns);
/* Sets the reply's headers; true: over the limit, and the reply is the 429. */
bool ratelimit_refuses(struct ratelimit *l, int64_t now_ns, struct reply *r);

#endif
