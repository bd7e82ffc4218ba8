/*
 * chance: random choices that are the same in every run with the same seed.
 *
 * Counter-based: the n-th number of a stream depends on seed, stream and n alone, not on the order
 * in which threads ask (the finaliser of SplitMix64, Steele, Lea and Flood 2014).  Pure.
 */
#ifndef CLAIMPIPE_SANDBOX_CHANCE_H
#define CLAIMPIPE_SANDBOX_CHANCE_H

#include <stdint.h>

/* Streams: one for each purpose; faults count on from CHANCE_FAULTS. */
enum chance_stream {
    CHANCE_ID_HIGH,
    CHANCE_ID_LOW,
    CHANCE_DELAY,
    CHANCE_STORE_DELAY,
    CHANCE_ON_CHAIN_CODE,
    CHANCE_FAULTS
};

uint64_t chance_bits(uint64_t seed, uint64_t stream, uint64_t n);
/* Uniform over min .. max inclusive; min <= max. */
int64_t chance_between(uint64_t bits, int64_t min, int64_t max);
/* True with this probability, 0 .. 1. */
int chance_hit(uint64_t bits, double probability);

#endif
