/*
 * number: whole strings to numbers, ranged.  Every function returns 0, or -1 if the string is not
 * exactly one number of its form or is out of range (*out is then untouched).  No blanks, no locale.
 */
#ifndef CLAIMPIPE_BASE_NUMBER_H
#define CLAIMPIPE_BASE_NUMBER_H

#include <stdint.h>

/* "123"; min..max inclusive; a leading '-' only where min < 0. */
int number_int(const char *s, int64_t min, int64_t max, int64_t *out);

/* A length of time: "90", "90s", "1.5s", "250ms", "5m", "2h", "1d"; a bare number is seconds.
 * 0 .. 366 days, in nanoseconds. */
int number_duration(const char *s, int64_t *out_ns);

/* A rate: "10000/m", "150/s", "5/250ms", "1000/h": a count of 1 .. 10^9 for each window, where the
 * window is a unit (s, m, h, d) or a duration with a unit. */
int number_rate(const char *s, int64_t *out_count, int64_t *out_window_ns);

#endif
