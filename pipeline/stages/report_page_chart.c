/*
 * report_page_chart: what was issued and failed over time, and the requests against the limit; as pictures, and as a
 * table that says the same.
 *
 * The pictures are stretched to the width that there is, so they hold shapes only: all words stand around them.  What is
 * issued goes up and what has failed goes down, so that it is not colour alone that tells them apart.
 */
#include "report_page.h"

#include "base/count.h"
#include "stages/page.h"

#include <inttypes.h>
#include <string.h>

#define BARS_MAX 120
#define SPANS_MIN 2
#define TABLE_ROWS 24
#define BAR 10.0    /* its width, with the gap */
#define HIGH 100.0  /* the picture */
#define VISIBLE 1.5 /* so high at least is what is not nothing */
#define RATE_SPAN_MS 1000

/* How long both pictures are: as the run, and not only up to the last thing that happened; in whole spans of the longer
 * ones.  rates: the timeline by those. */
static int64_t length_of(const struct report_page *p, const struct timeline *rates)
{
    int64_t ran_ms = p->ended_ms - p->started_ms, n = (int64_t)rates->n;

    if (ran_ms > 0 && ran_ms / rates->width_ms < TIMELINE_MAX && ran_ms / rates->width_ms + 1 > n)
        n = ran_ms / rates->width_ms + 1;
    return (n < SPANS_MIN ? SPANS_MIN : n) * rates->width_ms;
}

static size_t count_bars(const struct timeline *t, int64_t length_ms)
{
    return (size_t)(length_ms / t->width_ms);
}

static void put_bars(struct text *out, const struct timeline *t, enum timeline_kind kind,
                     double zero, double scale)
{
    text_puts(out, kind == TIMELINE_ISSUED ? "<path class=\"issued\" d=\""
                                           : "<path class=\"failed\" d=\"");
    for (size_t i = 0; i < t->n; i++) {
        double high = (double)t->counts[kind][i] * scale;

        if (t->counts[kind][i] == 0)
            continue;
        high = high < VISIBLE ? VISIBLE : high;
        text_printf(out, "M%.1f %.2fv%.2fh%.1fv%.2fz", (double)i * BAR + 1, zero,
                    kind == TIMELINE_ISSUED ? -high : high, BAR - 2,
                    kind == TIMELINE_ISSUED ? high : -high);
    }
    text_puts(out, "\"/>");
}

static void begin_picture(struct text *out, const char *id, size_t bars, const char *title)
{
    text_printf(out,
                "<svg viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" role=\"img\" "
                "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title><desc id=\"%s-d\">",
                (double)bars * BAR, HIGH, id, id, id, title, id);
}

/* Under a picture: from when to when. */
static void put_axis(struct text *out, const struct timeline *t, int64_t length_ms)
{
    text_puts(out, "<div class=\"axis\">");
    page_put_span(out, t->begin_ms, t->begin_ms + length_ms);
    text_puts(out, "</div>\n");
}

static void say_issued(struct text *out, const struct report_page *p, const struct timeline *t)
{
    count_number(out, timeline_sum(t, TIMELINE_ISSUED));
    text_puts(out, p->o->simulated ? " would succeed, " : " issued, ");
    count_number(out, timeline_sum(t, TIMELINE_FAILED));
    text_puts(out, p->o->simulated ? " would fail" : " failed");
}

static void put_issued(struct report_page *p, const struct timeline *t, int64_t length_ms)
{
    struct text *out = &p->buffer;
    uint64_t up = timeline_peak(t, TIMELINE_ISSUED), down = timeline_peak(t, TIMELINE_FAILED);
    double scale = HIGH / (double)(up + down), zero = (double)up * scale;
    size_t bars = count_bars(t, length_ms);

    text_puts(out, "<figure>\n<figcaption><b>Issued and failed</b> <span class=\"key\">"
                   "<i class=\"issued\"></i> issued, upwards</span> <span class=\"key\">"
                   "<i class=\"failed\"></i> failed, downwards</span> <span>each bar is ");
    page_put_length(out, t->width_ms);
    text_puts(out, "; the highest has ");
    count_number(out, up > down ? up : down);
    text_puts(out, "</span></figcaption>\n");
    begin_picture(out, "issued", bars, "Issued and failed over time");
    say_issued(out, p, t);
    text_puts(out, ". The table below has the numbers.</desc>");
    put_bars(out, t, TIMELINE_ISSUED, zero, scale);
    put_bars(out, t, TIMELINE_FAILED, zero, scale);
    text_printf(out, "<path class=\"zero\" d=\"M0 %.2fH%.0f\"/></svg>\n", zero, (double)bars * BAR);
    put_axis(out, t, length_ms);
    text_puts(out, "</figure>\n");
}

/* ---- requests ---- */

/* What the limit allows in a span. */
static double allowed(const struct report_page *p, const struct timeline *t)
{
    return p->pace.limit > 0
               ? (double)p->pace.limit * (double)t->width_ms / (double)p->pace.window_ms
               : 0;
}

static void say_rates(struct text *out, const struct report_page *p, const struct timeline *t)
{
    double second = 1000.0 / (double)t->width_ms;

    text_printf(out, "at most %.4g a second", (double)timeline_peak(t, TIMELINE_REQUESTS) * second);
    if (p->pace.limit == 0) {
        text_puts(out, "; no limit was known");
        return;
    }
    text_printf(out, "; the limit is %.4g a second (",
                (double)p->pace.limit * 1000 / (double)p->pace.window_ms);
    count_number(out, (uint64_t)p->pace.limit);
    text_puts(out, " in ");
    page_put_length(out, p->pace.window_ms);
    text_puts(out, ")");
    if ((double)timeline_peak(t, TIMELINE_REQUESTS) > allowed(p, t))
        text_puts(out,
                  ". It holds over that time as a whole: a shorter span may be above the line");
}

static void put_steps(struct text *out, const struct timeline *t, size_t bars, double scale)
{
    double last = HIGH;

    text_printf(out, "<path class=\"requests\" d=\"M0 %.0f", HIGH);
    for (size_t i = 0; i <= bars; i++) {
        double n = i < t->n ? (double)t->counts[TIMELINE_REQUESTS][i] * scale : 0;

        if (HIGH - n != last)
            text_printf(out, "H%.0fV%.2f", (double)i * BAR, HIGH - n);
        last = HIGH - n;
    }
    text_printf(out, "H%.0fV%.0fz\"/>", (double)bars * BAR, HIGH);
}

static void put_requests(struct report_page *p, const struct timeline *t, int64_t length_ms)
{
    struct text *out = &p->buffer;
    double limit = allowed(p, t), peak = (double)timeline_peak(t, TIMELINE_REQUESTS);
    double scale = HIGH / ((limit > peak ? limit : peak) * 1.08);
    size_t bars = count_bars(t, length_ms);

    text_puts(out, "<figure>\n<figcaption><b>Requests</b> <span class=\"key\"><i "
                   "class=\"requests\"></i> requests</span> ");
    if (limit > 0)
        text_puts(out, "<span class=\"key\"><i class=\"limit\"></i> the limit</span> ");
    text_puts(out, "<span>");
    say_rates(out, p, t);
    text_puts(out, "</span></figcaption>\n");
    begin_picture(out, "requests", bars, "Requests over time, against the limit");
    count_put(out, timeline_sum(t, TIMELINE_REQUESTS), "request", "requests");
    text_puts(out, "; ");
    say_rates(out, p, t);
    text_puts(out, ".</desc>");
    put_steps(out, t, bars, scale);
    if (limit > 0)
        text_printf(out, "<path class=\"limit\" d=\"M0 %.2fH%.0f\"/>", HIGH - limit * scale,
                    (double)bars * BAR);
    text_puts(out, "</svg>\n");
    put_axis(out, t, length_ms);
    text_puts(out, "</figure>\n");
}

/* ---- as a table ---- */

static void put_table(struct report_page *p, const struct timeline *t)
{
    struct text *out = &p->buffer;

    text_puts(out, "<details><summary>The same in numbers</summary>\n<div class=\"wide\"><table "
                   "class=\"times\"><caption>What happened in each ");
    page_put_length(out, t->width_ms);
    text_puts(out, "</caption>\n<thead><tr><th scope=\"col\">From</th><th scope=\"col\" "
                   "class=\"n\">Issued</th><th scope=\"col\" class=\"n\">Failed</th>");
    text_puts(out, p->paced ? "<th scope=\"col\" class=\"n\">Requests</th></tr></thead>\n<tbody>\n"
                            : "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < t->n; i++) {
        text_puts(out, "<tr><th scope=\"row\">");
        page_put_time(out, t->begin_ms + (int64_t)i * t->width_ms);
        text_puts(out, "</th>");
        for (int kind = 0; kind < (p->paced ? TIMELINE_KINDS : TIMELINE_REQUESTS); kind++) {
            text_puts(out, "<td class=\"n\">");
            count_number(out, t->counts[kind][i]);
            text_puts(out, "</td>");
        }
        text_puts(out, "</tr>\n");
    }
    text_puts(out, "</tbody></table></div></details>\n");
}

void report_page_timeline(struct report_page *p, const struct report_summary *s)
{
    struct timeline t = p->times, rates = p->times;
    struct text *out = &p->buffer;
    int64_t length_ms;

    (void)s;
    if (t.n == 0 && p->later == 0)
        return;
    text_puts(out, "<section aria-labelledby=\"timeline\">\n<h2 id=\"timeline\">Timeline</h2>\n");
    timeline_widen(&t, BARS_MAX, 0);
    timeline_widen(&rates, BARS_MAX, RATE_SPAN_MS);
    length_ms = length_of(p, &rates);
    if (timeline_sum(&t, TIMELINE_ISSUED) + timeline_sum(&t, TIMELINE_FAILED) > 0)
        put_issued(p, &t, length_ms);
    if (timeline_sum(&t, TIMELINE_REQUESTS) > 0)
        put_requests(p, &rates, length_ms);
    timeline_widen(&t, TABLE_ROWS, 0);
    if (t.n > 0)
        put_table(p, &t);
    if (p->later > 0) {
        text_puts(out, "<p>");
        count_put(out, p->later, "row was ended after this run, and is",
                  "rows were ended after this run, and are");
        text_puts(out, " not in the picture.</p>\n");
    }
    text_puts(out, "</section>\n");
}
