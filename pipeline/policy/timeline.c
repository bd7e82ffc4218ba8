/* timeline: spans are found by division; where they are too few, neighbours are added up. */
#include "policy/timeline.h"

#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Each is a multiple of the one before it, so that neighbours can be added up; after the last they double. */
static const int64_t widths[] = {100,         200,      SECOND,     2 * SECOND,  10 * SECOND,
                                 20 * SECOND, MINUTE,   2 * MINUTE, 10 * MINUTE, 30 * MINUTE,
                                 HOUR,        2 * HOUR, 6 * HOUR,   12 * HOUR,   DAY};
#define N_WIDTHS (sizeof(widths) / sizeof(widths[0]))

static int64_t next_width(int64_t width_ms)
{
    for (size_t i = 0; i < N_WIDTHS; i++)
        if (widths[i] > width_ms)
            return widths[i];
    return width_ms * 2;
}

/* Can a stored timeline have it? */
static int is_width(int64_t width_ms)
{
    int64_t w = widths[0];

    while (w < width_ms && w < INT64_MAX / 4)
        w = next_width(w);
    return w == width_ms;
}

void timeline_init(struct timeline *t, int64_t begin_ms)
{
    memset(t, 0, sizeof(*t));
    t->begin_ms = begin_ms;
    t->width_ms = widths[0];
}

static void widen(struct timeline *t)
{
    int64_t width_ms = next_width(t->width_ms);
    size_t by = (size_t)(width_ms / t->width_ms);

    for (int kind = 0; kind < TIMELINE_KINDS; kind++)
        for (size_t i = 0; i < t->n; i++) {
            uint64_t count = t->counts[kind][i];

            t->counts[kind][i] = 0;
            t->counts[kind][i / by] += count;
        }
    t->n = (t->n + by - 1) / by;
    t->width_ms = width_ms;
}

void timeline_widen(struct timeline *t, size_t most, int64_t least_ms)
{
    assert(most > 0);
    while (t->n > most || t->width_ms < least_ms)
        widen(t);
}

void timeline_add(struct timeline *t, enum timeline_kind kind, int64_t at_ms, uint64_t count)
{
    int64_t after_ms = at_ms > t->begin_ms ? at_ms - t->begin_ms : 0;
    size_t at;

    if (count == 0)
        return;
    while (after_ms / t->width_ms >= TIMELINE_MAX)
        widen(t);
    at = (size_t)(after_ms / t->width_ms);
    t->counts[kind][at] += count;
    if (t->n <= at)
        t->n = at + 1;
}

uint64_t timeline_sum(const struct timeline *t, enum timeline_kind kind)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < t->n; i++)
        sum += t->counts[kind][i];
    return sum;
}

uint64_t timeline_peak(const struct timeline *t, enum timeline_kind kind)
{
    uint64_t peak = 0;

    for (size_t i = 0; i < t->n; i++)
        peak = t->counts[kind][i] > peak ? t->counts[kind][i] : peak;
    return peak;
}

void timeline_write(const struct timeline *t, enum timeline_kind kind, struct text *out)
{
    for (size_t i = 0; i < t->n; i++)
        text_printf(out, "%s%" PRIu64, i > 0 ? "," : "", t->counts[kind][i]);
}

/* How many numbers they are, into counts; 0: they are something else. */
static size_t read_counts(const char *words, uint64_t counts[TIMELINE_MAX])
{
    size_t n = 0;

    for (;;) {
        char *end;

        if (n == TIMELINE_MAX || *words < '0' || *words > '9')
            return 0;
        counts[n] = strtoull(words, &end, 10);
        if (counts[n++] > UINT32_MAX || (*end && *end != ','))
            return 0;
        if (!*end)
            return n;
        words = end + 1;
    }
}

int timeline_read(struct timeline *t, enum timeline_kind kind, int64_t width_ms, const char *words)
{
    uint64_t counts[TIMELINE_MAX];
    size_t n = is_width(width_ms) ? read_counts(words, counts) : 0;

    if (n == 0)
        return -1;
    /* A count of a long span in one of many short ones would look like a peak. */
    timeline_widen(t, TIMELINE_MAX, width_ms);
    for (size_t i = 0; i < n; i++)
        timeline_add(t, kind, t->begin_ms + (int64_t)i * width_ms, counts[i]);
    return 0;
}
