/* pace: what was made since it was last asked was made now; the loop asks after each turn. */
#include "stages/pace.h"

#include "base/clock.h"
#include "ledger/ledger.h"
#include "ledger/ledger_pace.h"
#include "policy/limit.h"

int pace_begin(struct pace *p, struct ledger *l, const struct ledger_run *run, struct err *e)
{
    struct ledger_pace ignored;

    timeline_init(&p->times, run->started_ms);
    p->noted = 0;
    return ledger_pace_find(l, run->id, &p->times, &ignored, e) < 0 ? -1 : 0;
}

void pace_note(struct pace *p, uint64_t requests)
{
    if (requests <= p->noted)
        return;
    timeline_add(&p->times, TIMELINE_REQUESTS, clock_wall_ms(), requests - p->noted);
    p->noted = requests;
}

/* That which paces, also if only the server has told it. */
static struct ledger_pace pace_of(const struct limit *limit)
{
    struct rate_policy all[LIMIT_WINDOWS_MAX];
    const struct rate_policy *by;

    if (limit->n_windows == 0)
        return (struct ledger_pace){0, 0};
    for (size_t i = 0; i < limit->n_windows; i++)
        all[i] = (struct rate_policy){limit->windows[i].count, limit->windows[i].window_ns};
    by = &all[limit_pacing(all, limit->n_windows)];
    return (struct ledger_pace){by->limit, by->window_ns / CLOCK_NS_PER_MS};
}

int pace_keep(const struct pace *p, const struct limit *limit, struct ledger *l, int64_t run,
              struct err *e)
{
    struct ledger_pace pace = pace_of(limit);

    if (p->times.n == 0)
        return 0;
    return ledger_pace_keep(l, run, &p->times, &pace, e) == 0 ? ledger_commit(l, e) : -1;
}
