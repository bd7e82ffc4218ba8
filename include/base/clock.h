/*
 * clock: the only place that reads the time.  Policy never calls it; it is handed the time.
 */
#ifndef CLAIMPIPE_BASE_CLOCK_H
#define CLAIMPIPE_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_S INT64_C(1000000000)
#define CLOCK_RFC3339_MAX 32

int64_t clock_now_ns(void); /* monotonic, for waiting and measuring; no meaning outside a process */
int64_t clock_wall_ms(void); /* milliseconds since 1970-01-01T00:00:00Z */

/* "2026-11-23T20:43:13Z" into buf (CLOCK_RFC3339_MAX bytes); returns buf. */
const char *clock_rfc3339(int64_t wall_ms, char *buf);

/* "2026-11-30" and "154502", as clocks show it where the program runs; "" if nobody knows. */
#define CLOCK_DATE_MAX 24
#define CLOCK_TIME_MAX 8
void clock_local(int64_t wall_ms, char date[CLOCK_DATE_MAX], char time[CLOCK_TIME_MAX]);

#endif
