/*
 * timeline: how much happened when, in a bounded number of spans of equal length.
 *
 * It begins with spans of a tenth of a second.  What would need more than TIMELINE_MAX spans makes all of them longer
 * (2, 10, 20 ... times; from a minute on lengths that a clock has), which adds neighbours up: counts are never lost, only
 * the moment becomes less exact.
 *
 * Times are milliseconds of the wall clock.  What is before the beginning (the clock was set) counts as the beginning.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_TIMELINE_H
#define CLAIMPIPE_POLICY_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#define TIMELINE_MAX 600

struct text;

enum timeline_kind { TIMELINE_ISSUED, TIMELINE_FAILED, TIMELINE_REQUESTS, TIMELINE_KINDS };

struct timeline {
    int64_t begin_ms, width_ms; /* of the first span; of each */
    size_t n;                   /* spans up to the last in which something happened */
    uint64_t counts[TIMELINE_KINDS][TIMELINE_MAX];
};

void timeline_init(struct timeline *t, int64_t begin_ms);
void timeline_add(struct timeline *t, enum timeline_kind kind, int64_t at_ms, uint64_t count);
/* Longer spans, until there are at most `most` (> 0), and each is at least so long. */
void timeline_widen(struct timeline *t, size_t most, int64_t least_ms);
uint64_t timeline_sum(const struct timeline *t, enum timeline_kind kind);
uint64_t timeline_peak(const struct timeline *t, enum timeline_kind kind);

/* One kind as words, `3,0,0,17`, and back: added to a timeline whose spans are at most so long (else they are made so).  -1: these
 * are no such words; then nothing is added. */
void timeline_write(const struct timeline *t, enum timeline_kind kind, struct text *out);
int timeline_read(struct timeline *t, enum timeline_kind kind, int64_t width_ms, const char *words);

#endif
