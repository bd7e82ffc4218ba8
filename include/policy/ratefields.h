/*
 * ratefields: the rate-limit fields of an HTTP answer, read into struct rate_facts.
 *
 *   Retry-After         a time (RFC 9110, 10.2.3); Retry-After-Ms: the same in milliseconds
 *   RateLimit           drafts 8 to 10 of the IETF's ratelimit-headers: `"default";r=50;t=30`, of several
 *                       the one with the fewest left, of those the longest; draft 7:
 *                       `limit=100, remaining=50, reset=30`.  t and reset are times as below
 *   RateLimit-Policy    drafts 8 to 10: `"default";q=100;w=60`, draft 7 and before: `100;w=60`; a list of
 *                       them is kept as a whole, up to RATE_POLICIES_MAX; it wins over the -Limit fields.
 *                       Other units than requests (`qu`) are passed over
 *   RateLimit-Limit, -Remaining, -Reset (draft 6, express-rate-limit), X-RateLimit-…: the same,
 *   X-RateLimit-Reset-After (seconds)
 *
 * A time is seconds left, with decimals that are rounded up; a UTC epoch in seconds (over 10^9) or in
 * milliseconds (over 10^12), also as `@…` (RFC 9651); one of the three HTTP-dates (RFC 9110, 5.6.7; years of two digits are 1969 ..
 * 2068); or RFC 3339 in UTC.  A time of day is compared with the answer's own Date, or without one with our
 * clock.  A count with decimals is rounded down.  Of several, in a list (`991, 98`) or in several lines, the
 * smallest count and the longest time count; `1,000` may be a thousand and cannot be read.  Values may be
 * quoted.
 *
 * Names are compared without case, those of parameters too.  A value that cannot be read leaves the facts as they were.  A
 * time in the past is 0.  Anything longer than RATEFIELDS_MAX_NS is cut to that.  RateLimit
 * wins over the fields of one fact each, those without X- over those with it, Retry-After over its -Ms, in
 * whichever order they come; each only for what it tells.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_RATEFIELDS_H
#define CLAIMPIPE_POLICY_RATEFIELDS_H

#include "base/answer.h"

#include <stdint.h>

#define RATEFIELDS_MAX_NS (INT64_C(86400) * 1000000000)

/* Takes in an answer's head: lines of `Name: value`; others are passed over.  wall_ms is when it came,
 * by our clock. */
void ratefields_read_head(struct rate_facts *f, struct slice head, int64_t wall_ms);

/* The head's Date, by which the server's clock is known: UTC in ms since 1970; 0: none. */
int64_t ratefields_date(struct slice head);

#endif
