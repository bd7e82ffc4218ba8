/* outage: counts connections that fail in a row, and says when the next may be tried. */
#include "policy/outage.h"

bool outage_is_down(const struct outage *o)
{
    return o->failures >= OUTAGE_FAILURES;
}

void outage_note(struct outage *o, bool probe, enum fate fate, int64_t now_ns)
{
    o->probing = o->probing && !probe;
    if (fate == FATE_ANSWERED || (fate == FATE_LOST && (probe || !outage_is_down(o)))) {
        *o = (struct outage){.failures = 0};
        return;
    }
    if (fate == FATE_LOST)
        return;
    if (o->failures == 0)
        o->since_ns = now_ns;
    o->failures++;
    o->probed = o->probed || probe;
    if (o->failures == OUTAGE_FAILURES)
        o->wait_ns = OUTAGE_WAIT_MIN_NS;
    else if (probe)
        o->wait_ns = o->wait_ns * 2 < OUTAGE_WAIT_MAX_NS ? o->wait_ns * 2 : OUTAGE_WAIT_MAX_NS;
    else
        return;
    o->next_ns = now_ns + o->wait_ns;
}

int64_t outage_wait(const struct outage *o, int64_t now_ns)
{
    if (!outage_is_down(o))
        return 0;
    if (o->probing)
        return INT64_MAX;
    return o->next_ns > now_ns ? o->next_ns - now_ns : 0;
}

bool outage_sent(struct outage *o)
{
    o->probing = o->probing || outage_is_down(o);
    return outage_is_down(o);
}

bool outage_over(const struct outage *o, int64_t patience_ns, int64_t now_ns)
{
    return o->probed && now_ns - o->since_ns >= patience_ns;
}
