/* chance: makes the n-th random number of a stream from n alone, so that threads can't change it by their order. */
#include "sandbox/chance.h"

#define CHANCE_GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t chance_mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t chance_bits(uint64_t seed, uint64_t stream, uint64_t n)
{
    uint64_t start = chance_mix(seed + chance_mix(stream + CHANCE_GOLDEN));
    return chance_mix(start + (n + 1) * CHANCE_GOLDEN);
}

int64_t chance_between(uint64_t bits, int64_t min, int64_t max)
{
    uint64_t width = (uint64_t)max - (uint64_t)min + 1;
    return width == 0 ? (int64_t)bits : min + (int64_t)(bits % width);
}

int chance_hit(uint64_t bits, double probability)
{
    return (double)(bits >> 11) * 0x1p-53 < probability;
}
