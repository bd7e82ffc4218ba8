/* sweep: judges what readings of a claim's list have brought. */
#include "policy/sweep.h"

/* On the average: the last page of a reading is not full. */
#define FOUND_OF_A_PAGE 20

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t sweep_due(const struct sweep *s, int64_t oldest_ns, int64_t first_ns)
{
    if (s->began_ns == 0)
        return first_ns;
    /* All of them are younger than the last reading, whose queue may have been another. */
    if (oldest_ns > s->began_ns)
        return later(first_ns, s->began_ns + SWEEP_GAP_MIN_NS);
    return s->began_ns + s->gap_ns;
}

bool sweep_pays(const struct sweep *s, size_t pending)
{
    return !s->given_up && pending >= SWEEP_LEAST;
}

bool sweep_goes_on(const struct sweep_reading *r, size_t left)
{
    return left > 0 && !r->marked && r->barren < SWEEP_BARREN_MAX + left / SWEEP_PAGE &&
           r->pages < SWEEP_PAGES_MAX;
}

/* So long until so many of them are likely to be ready, if each takes each_ns. */
static int64_t until(int64_t each_ns, size_t n, size_t left)
{
    return each_ns * (int64_t)(n < left ? n : left);
}

static int64_t next_gap(const struct sweep *s, const struct sweep_reading *r, size_t left,
                        int64_t now_ns)
{
    int64_t since = r->oldest_ns > s->began_ns ? r->oldest_ns : s->began_ns;
    int64_t each_ns, gap_ns;

    if (r->found == 0)
        return clamp((now_ns - r->oldest_ns) / 2, SWEEP_GAP_MIN_NS, SWEEP_GAP_IDLE_MAX_NS);
    each_ns = (r->began_ns - since) / (int64_t)r->found;
    gap_ns = until(each_ns, SWEEP_WANTED, left);
    if (gap_ns > SWEEP_GAP_BUSY_NS)
        gap_ns = later(SWEEP_GAP_BUSY_NS, until(each_ns, SWEEP_PAGE, left));
    return clamp(gap_ns, SWEEP_GAP_MIN_NS, SWEEP_GAP_MAX_NS);
}

void sweep_learn(struct sweep *s, const struct sweep_reading *r, size_t left, int64_t now_ns)
{
    s->gap_ns = next_gap(s, r, left, now_ns);
    s->began_ns = r->began_ns;
    /* A list that shows nothing new costs one page, and tells that the queue stands still. */
    if (r->found || r->others)
        s->saved = clamp(s->saved + (int64_t)r->found - (int64_t)r->pages, -SWEEP_LOSS_MAX,
                         SWEEP_SAVED_MAX);
    s->blind = r->found || !r->unseen ? 0 : s->blind + 1;
    s->given_up = s->given_up || s->saved <= -SWEEP_LOSS_MAX || s->blind >= SWEEP_BLIND_MAX;
}

int64_t sweep_cost_of(size_t n, size_t claims)
{
    size_t most = n / FOUND_OF_A_PAGE + (SWEEP_LEAST - 1) * claims;

    return (int64_t)(n < most ? n : most);
}

int64_t sweep_cost(int64_t n)
{
    return n < SWEEP_LEAST ? n : 1 + n / SWEEP_PAGE + n / SWEEP_WANTED;
}
