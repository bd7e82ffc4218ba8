/* progress: makes the line that tells how far a run is, from counts and the time. */
#include "stages/progress.h"

#include "base/clock.h"

static void append_time(struct text *out, int64_t seconds)
{
    if (seconds >= 3600)
        text_printf(out, "%lld:%02lld:%02lld", (long long)(seconds / 3600),
                    (long long)(seconds / 60 % 60), (long long)(seconds % 60));
    else
        text_printf(out, "%lld:%02lld", (long long)(seconds / 60), (long long)(seconds % 60));
}

void progress_line(const struct progress *p, int64_t now_ns, struct text *out)
{
    double elapsed = (double)(now_ns - p->started_ns) / (double)CLOCK_NS_PER_S;
    double rate = elapsed > 0 ? (double)p->acted / elapsed : 0;

    text_clear(out);
    text_printf(out, "%llu/%llu rows  %llu%%", (unsigned long long)p->done,
                (unsigned long long)p->total,
                (unsigned long long)(p->total ? p->done * 100 / p->total : 100));
    text_printf(out, rate < 10 ? "  %.1f/s" : "  %.0f/s", rate);
    if (rate > 0 && p->done + p->waiting < p->total) {
        text_puts(out, "  ETA ");
        append_time(out, (int64_t)((double)(p->total - p->done) / rate + 0.5));
    }
    if (p->waiting)
        text_printf(out, "  %zu waiting", p->waiting);
    if (p->failed)
        text_printf(out, "  %llu failed", (unsigned long long)p->failed);
    if (p->invalid)
        text_printf(out, "  %llu invalid", (unsigned long long)p->invalid);
    if (p->down_since[0]) {
        text_printf(out, "  server does not answer since %s", p->down_since);
        text_puts(out, p->next_ns == INT64_MAX ? ", trying" : ", next try in ");
        if (p->next_ns != INT64_MAX)
            append_time(out, (p->next_ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S);
    } else if (p->held_ns >= CLOCK_NS_PER_S) {
        text_puts(out, "  waiting as the server asks ");
        append_time(out, p->held_ns / CLOCK_NS_PER_S);
    }
}
