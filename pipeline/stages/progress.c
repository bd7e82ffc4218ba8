/* progress: makes the line that tells how far a run is, from counts and the time. */
#include "stages/progress.h"

#include "base/clock.h"
#include "base/count.h"

#include <math.h>

#define DISCOUNT_S 20.0 /* after so long a row counts 1/e, and after a minute a twentieth */
#define RATE_LEAST 0.05 /* what is shown as 0.0 has no end */

/* ---- the rate ---- */

void progress_see(struct progress *p, int64_t now_ns)
{
    int64_t last_ns = p->seen_ns ? p->seen_ns : p->started_ns;
    double passed = (double)(now_ns - last_ns) / (double)CLOCK_NS_PER_S;
    double left = exp(-passed / DISCOUNT_S);

    p->recent_rows = p->recent_rows * left + (double)(p->acted - p->seen_acted);
    p->recent_s = p->recent_s * left + passed;
    p->seen_acted = p->acted;
    p->seen_ns = now_ns;
}

static double rate_of(const struct progress *p)
{
    return p->recent_s > 0 ? p->recent_rows / p->recent_s : 0;
}

/* ---- the line ---- */

/* In the order in which they are left out. */
enum part { PART_RATE, PART_INVALID, PART_ETA, PART_WAITING, PART_FAILED, PARTS };

static void put_time(struct text *out, int64_t seconds)
{
    if (seconds >= 3600)
        text_printf(out, "%lld:%02lld:%02lld", (long long)(seconds / 3600),
                    (long long)(seconds / 60 % 60), (long long)(seconds % 60));
    else
        text_printf(out, "%lld:%02lld", (long long)(seconds / 60), (long long)(seconds % 60));
}

static void put_rate(const struct progress *p, struct text *out)
{
    double rate = rate_of(p);
    char number[COUNT_MAX];

    if (rate < 10)
        text_printf(out, "  %.1f/s", rate);
    else
        text_printf(out, "  %s/s", count_commas((uint64_t)(rate + 0.5), number));
}

static void put_eta(const struct progress *p, struct text *out)
{
    double rate = rate_of(p);

    if (rate < RATE_LEAST || p->done + p->waiting >= p->total || p->stop == PROGRESS_DOWN)
        return;
    text_puts(out, "  ETA ");
    put_time(out, (int64_t)((double)(p->total - p->done) / rate + 0.5));
}

/* Rows that wait while others are to come; or nothing is left but to settle them. */
static void put_waiting(const struct progress *p, struct text *out)
{
    char number[COUNT_MAX];

    if (p->waiting == 0)
        return;
    count_commas(p->waiting, number);
    if (p->done + p->waiting < p->total || p->mails)
        text_printf(out, "  %s waiting", number);
    else
        text_printf(out, "  settling %s", number);
}

static void put_count(uint64_t n, const char *what, struct text *out)
{
    char number[COUNT_MAX];

    if (n > 0)
        text_printf(out, "  %s %s", count_commas(n, number), what);
}

static void put_stop(const struct progress *p, struct text *out)
{
    switch (p->stop) {
    case PROGRESS_GOES:
        break;
    case PROGRESS_LIMITED:
        text_printf(out, "  rate limit until %s", p->until);
        break;
    case PROGRESS_HELD:
        text_printf(out, "  server asks to wait until %s", p->until);
        break;
    case PROGRESS_DOWN:
        text_printf(out, "  server down since %s, ", p->since);
        text_printf(out, p->until[0] ? "next try %s" : "trying", p->until);
        break;
    case PROGRESS_IDLE:
        text_printf(out, "  asks again at %s", p->until);
        break;
    }
}

/* Without the parts before first. */
static void put_line(const struct progress *p, enum part first, struct text *out)
{
    char done[COUNT_MAX], total[COUNT_MAX];

    text_clear(out);
    text_printf(out, "%s/%s %s  %llu%%", count_commas(p->done, done), count_commas(p->total, total),
                count_word(p->total, "row", "rows"),
                (unsigned long long)(p->total ? p->done * 100 / p->total : 100));
    if (first <= PART_RATE)
        put_rate(p, out);
    if (first <= PART_ETA)
        put_eta(p, out);
    if (first <= PART_WAITING)
        put_waiting(p, out);
    if (first <= PART_FAILED)
        put_count(p->failed, "failed", out);
    if (first <= PART_INVALID)
        put_count(p->invalid, "invalid", out);
    put_stop(p, out);
}

void progress_line(const struct progress *p, struct text *out)
{
    enum part first = PART_RATE;

    put_line(p, first, out);
    while (out->len > PROGRESS_COLUMNS && first < PARTS)
        put_line(p, ++first, out);
}
