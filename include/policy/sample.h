/*
 * sample: which rows of a large file are to be tried.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_SAMPLE_H
#define CLAIMPIPE_POLICY_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#define SAMPLE_TEXT_MAX 64

struct sample {           /* 0: no such rule */
    uint64_t first, last; /* rows, from 1 */
    uint64_t spread;      /* so many, spread evenly over the file: the same ones each time */
    uint64_t limit;       /* act for so many at most */
};

/* "5-10", "5-", "-10" or "5": 0 or -1. */
int sample_read_rows(struct sample *s, const char *value);

/* Is row `row` of `total` to be looked at?  If not, why says so.  Of a spread, exactly so many are (or
 * all, if there are fewer), each from the middle of its part of the rows first .. last. */
bool sample_takes(const struct sample *s, uint64_t row, uint64_t total, char why[SAMPLE_TEXT_MAX]);
/* Is every row to be looked at? */
static inline bool sample_is_all(const struct sample *s)
{
    return !(s->first || s->last || s->spread || s->limit);
}
/* May one more be acted for, after `acted`? */
bool sample_allows(const struct sample *s, uint64_t acted);

#endif
