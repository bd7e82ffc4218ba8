/*
 * ratefields: the rate-limit fields of an HTTP answer, read into struct rate_facts.
 *
 *   Retry-After         seconds, or an HTTP-date in any of its three forms (RFC 9110, 5.6.7;
 *                       years of two digits are 1969 .. 2068)
 *   RateLimit-Policy    `1000;w=60` (express-rate-limit 7, IETF draft ratelimit-headers-06);
 *                       the first policy of a list counts, and wins over the -Limit fields
 *   RateLimit-Limit, -Remaining, -Reset      integers; Reset in seconds left
 *   X-RateLimit-Limit, -Remaining, -Reset    the same
 *
 * A Reset over 10^9 is a UTC epoch in seconds, over 10^12 in milliseconds, under either name.
 *
 * Names are compared without case.  A value that cannot be read leaves the facts as they were.  A
 * time in the past is 0.  Anything longer than RATEFIELDS_MAX_NS is cut to that.  The fields
 * without X- win over those with it, in whichever order they come.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_RATEFIELDS_H
#define CLAIMPIPE_POLICY_RATEFIELDS_H

#include "base/answer.h"

#include <stdint.h>

#define RATEFIELDS_MAX_NS (INT64_C(86400) * 1000000000)

/* Take in one field; other fields are passed over.  wall_ms is the time of the answer's arrival. */
void ratefields_read(struct rate_facts *f, struct slice name, struct slice value, int64_t wall_ms);
/* All fields of an answer's head: lines of `Name: value`; others are passed over. */
void ratefields_read_head(struct rate_facts *f, struct slice head, int64_t wall_ms);

/* The head's Date, by which the server's clock is known: UTC in ms since 1970; 0: none. */
int64_t ratefields_date(struct slice head);

#endif
