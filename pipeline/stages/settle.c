/* settle: learns from the answers when the next question is worth a request. */
#include "stages/settle.h"

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

int64_t settle_deadline(const struct settle *s, int64_t accepted_ns)
{
    return (accepted_ns > s->moved_ns ? accepted_ns : s->moved_ns) + s->timeout_ns;
}

void settle_init(struct settle *s, int64_t timeout_ns, int64_t now_ns)
{
    s->timeout_ns = timeout_ns;
    s->first_ns = SETTLE_FIRST_START_NS;
    s->moved_ns = s->lowered_ns = now_ns;
}

int64_t settle_due(const struct settle *s, int64_t accepted_ns, unsigned asked, int64_t now_ns)
{
    int64_t age = now_ns - accepted_ns;
    int64_t due = asked == 0 ? accepted_ns + s->first_ns
                             : now_ns + clamp(age / 2, SETTLE_GAP_MIN_NS, SETTLE_GAP_MAX_NS);
    int64_t last = settle_deadline(s, accepted_ns);

    return due < last ? due : last;
}

bool settle_over(const struct settle *s, int64_t accepted_ns, int64_t now_ns)
{
    return now_ns >= settle_deadline(s, accepted_ns);
}

void settle_learn(struct settle *s, int64_t accepted_ns, unsigned asked, bool settled,
                  int64_t now_ns)
{
    int64_t age = now_ns - accepted_ns;

    if (settled) {
        s->moved_ns = now_ns;
        if (asked == 1 && now_ns - s->lowered_ns >= s->first_ns) {
            s->first_ns -= s->first_ns / 32;
            s->lowered_ns = now_ns;
        }
    } else if (age + age / 4 > s->first_ns) {
        s->first_ns = age + age / 4;
        s->lowered_ns = now_ns;
    }
    s->first_ns = clamp(s->first_ns, SETTLE_FIRST_MIN_NS, SETTLE_FIRST_MAX_NS);
}
