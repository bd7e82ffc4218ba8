/* ceiling: measures what a server accepts between two refusals, and tries a little more from time to time. */
#include "policy/ceiling.h"

/* After the first refusal the measure is rough: it is faster by a fifth after each 50. */
#define FASTER_FIRST 5
#define PATIENCE_FIRST 50
/* Later by a fiftieth, after 200 and more. */
#define FASTER 50
#define PATIENCE_MIN 200
#define PATIENCE_MAX 6400
/* What was measured, or refused, less a twentieth. */
#define SLOWER 20
/* Slower is not worth guessing: a window of hours is told, or waited for. */
#define INTERVAL_MAX_NS INT64_C(60000000000)

/* So few accepted between two refusals are no phase of their own. */
#define PHASE_MIN 50

static void begin_phase(struct ceiling *c, int64_t now_ns)
{
    c->before_ns = c->began_ns;
    c->accepted_before = c->accepted;
    c->began_ns = now_ns;
    c->accepted = 0;
    c->unrefused = 0;
}

/* The limit lies between what was let through, on average, and the pace that was refused. */
static void measure(struct ceiling *c, int64_t now_ns)
{
    int64_t each = (now_ns - c->began_ns) / (c->accepted > 0 ? c->accepted : 1);

    if (c->interval_ns > 0 && c->interval_ns < each)
        each = (each + c->interval_ns) / 2;
    each += each / SLOWER;
    c->interval_ns = each < INTERVAL_MAX_NS ? each : INTERVAL_MAX_NS;
}

void ceiling_accepted(struct ceiling *c, bool held, int64_t now_ns)
{
    if (c->began_ns == 0)
        begin_phase(c, now_ns);
    if (c->blocked && !held) {
        c->blocked = false;
        /* Of so few nothing can be said: the phase goes on. */
        if (c->accepted >= PHASE_MIN) {
            measure(c, now_ns);
            begin_phase(c, now_ns);
        }
    }
    c->accepted++;
    if (!c->blocked && c->interval_ns > 0 && ++c->unrefused >= c->patience) {
        c->interval_ns -=
            c->interval_ns / (c->patience == PATIENCE_FIRST ? FASTER_FIRST : FASTER) + 1;
        c->unrefused = 0;
    }
}

void ceiling_refused(struct ceiling *c)
{
    if (c->blocked)
        return;
    c->blocked = true;
    if (c->accepted < PHASE_MIN) {
        if (c->before_ns > 0) {
            c->began_ns = c->before_ns;
            c->accepted += c->accepted_before;
            c->before_ns = 0;
        }
        return;
    }
    if (c->patience == 0)
        c->patience = PATIENCE_FIRST;
    else if (c->patience == PATIENCE_FIRST)
        c->patience = PATIENCE_MIN;
    else if (c->patience < PATIENCE_MAX)
        c->patience *= 2;
}
