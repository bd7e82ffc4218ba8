/* flow: a window of requests, opened and cut. */
#include "policy/flow.h"

#include "base/clock.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Answers that take so much longer than the quickest lately are a sign of strain; less is a server's everyday. */
#define LONGER 4
#define LONGER_NS (500 * CLOCK_NS_PER_MS)
/* By so small a part each answer moves what is usual; and what is quickest is forgotten, so that a server that has
 * become slow for good is taken as it is. */
#define USUAL 8
#define FORGET 500

void flow_init(struct flow *f, size_t most)
{
    memset(f, 0, sizeof(*f));
    f->most = most > 0 ? (double)most : 1;
    f->now = fmin(f->most, FLOW_FIRST);
    f->steady = f->most;
}

size_t flow_allows(const struct flow *f)
{
    return (size_t)f->now;
}

void flow_strained(struct flow *f, size_t under_way, int64_t sent_ns, int64_t now_ns)
{
    if (sent_ns < f->cut_ns)
        return;
    f->now = fmax(1, fmin(f->now, (double)under_way) / 2);
    f->steady = f->now;
    f->cut_ns = now_ns;
}

static bool takes_long(struct flow_times *f, int64_t took_ns)
{
    f->usual_ns += f->usual_ns == 0 ? took_ns : (took_ns - f->usual_ns) / USUAL;
    if (f->least_ns == 0 || took_ns < f->least_ns)
        f->least_ns = took_ns > 0 ? took_ns : 1;
    else
        f->least_ns += (took_ns - f->least_ns) / FORGET;
    return f->usual_ns > LONGER * f->least_ns && f->usual_ns - f->least_ns > LONGER_NS;
}

void flow_answered(struct flow *f, size_t under_way, struct flow_times *times, int64_t sent_ns,
                   int64_t now_ns)
{
    /* One alone takes what the server itself takes. */
    if (times && takes_long(times, now_ns - sent_ns) && under_way > 1 && f->now > 1) {
        flow_strained(f, under_way, sent_ns, now_ns);
        return;
    }
    if (2 * (double)under_way < f->now) /* it is not filled: nothing is known of more */
        return;
    f->now = fmin(f->most, f->now + (f->now < f->steady ? 1 : 1 / f->now));
}
