/*
 * reasons: why rows are what they are, counted: like ones meet, for values are taken out of them (what stands
 * in quotes behind a colon).  Pure.
 */
#ifndef CLAIMPIPE_POLICY_REASONS_H
#define CLAIMPIPE_POLICY_REASONS_H

#include "base/records.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define REASONS_MAX 64
#define REASONS_TEXT_MAX 256
#define REASONS_LINES 20

struct reason {
    enum status status;
    char text[REASONS_TEXT_MAX];
    int64_t first_run, last_run; /* they failed in, and were not tried again; 0: they were */
    uint64_t rows, first_line;
    uint64_t fresh, fresh_line;    /* the caller's: of those, which nobody was told of before */
    uint64_t lines[REASONS_LINES]; /* of the first rows */
};

/* All zero: none yet. */
struct reasons {
    struct reason list[REASONS_MAX];
    size_t n;
    uint64_t others; /* rows whose reason found no room */
};

/* The reason as it is counted and shown. */
void reasons_words(const char *why, char out[REASONS_TEXT_MAX]);

/* The reason that it has become, until the next call; NULL: there was no room. */
struct reason *reasons_add(struct reasons *r, enum status status, const char *why, uint64_t line);
/* The same, of a row that failed in this earlier run, and was not tried again. */
struct reason *reasons_add_kept(struct reasons *r, int64_t run, const char *why, uint64_t line);
/* By status, then the most frequent first. */
void reasons_sort(struct reasons *r);

#endif
