/*
 * retry: how long to wait before the same thing is tried again.
 *
 * Exponential back-off with full jitter: uniform over 0 .. min(cap, base * 2^tries)
 * ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).  Pure: the caller passes the
 * random number.
 */
#ifndef CLAIMPIPE_POLICY_RETRY_H
#define CLAIMPIPE_POLICY_RETRY_H

#include <stdint.h>

#define RETRY_BASE_NS INT64_C(250000000)
#define RETRY_CAP_NS INT64_C(30000000000)

/* tries: how many attempts have failed so far, 1 or more.  random: any 64 uniform bits. */
int64_t retry_backoff_ns(unsigned tries, uint64_t random);

/* The next of a stream of pseudo-random numbers (SplitMix64, Steele, Lea and Flood 2014). */
uint64_t retry_random(uint64_t *state);

/* What a server puts off for one row alone: how long to wait after so many tries (1: the first), or -1: all_ns have no
 * room for another one.  Each wait is twice the one before it, and four fill all_ns nearly. */
int64_t retry_later_ns(unsigned tries, int64_t all_ns);

#endif
