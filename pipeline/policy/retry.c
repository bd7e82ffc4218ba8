/* retry: back-off with full jitter, and the numbers for it. */
#include "policy/retry.h"

#define LATER_TRIES 4

int64_t retry_backoff_ns(unsigned tries, uint64_t random)
{
    int64_t ceiling = RETRY_BASE_NS;
    for (unsigned i = 0; i < tries && ceiling < RETRY_CAP_NS; i++)
        ceiling *= 2;
    if (ceiling > RETRY_CAP_NS)
        ceiling = RETRY_CAP_NS;
    return (int64_t)(random % ((uint64_t)ceiling + 1));
}

uint64_t retry_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

int64_t retry_later_ns(unsigned tries, int64_t all_ns)
{
    return tries == 0 || tries > LATER_TRIES ? -1 : (all_ns >> LATER_TRIES) << (tries - 1);
}
