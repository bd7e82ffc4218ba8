/* distinct: a few hashes in no order, for there are never many. */
#include "policy/distinct.h"

#include "base/fnv.h"

#include <stdbool.h>
#include <stddef.h>

/* FNV-1a, and MurmurHash3's finish, without which alike texts have like first bits. */
static uint64_t hash_of(struct slice s)
{
    uint64_t h = fnv_add(FNV_INIT, s.ptr, s.len);

    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

static bool is_below(uint64_t hash, unsigned halvings)
{
    return halvings == 0 || hash >> (64 - halvings) == 0;
}

static bool has(const struct distinct *d, uint64_t hash)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->hashes[i] == hash)
            return true;
    return false;
}

/* Makes room: about half of them go. */
static void halve(struct distinct *d)
{
    unsigned char n = 0;

    d->halvings++;
    for (size_t i = 0; i < d->n; i++)
        if (is_below(d->hashes[i], d->halvings))
            d->hashes[n++] = d->hashes[i];
    d->n = n;
}

void distinct_add(struct distinct *d, struct slice s)
{
    uint64_t hash = hash_of(s);

    if (!is_below(hash, d->halvings) || has(d, hash))
        return;
    while (d->n == DISTINCT_KEPT && d->halvings < 63)
        halve(d);
    if (d->n < DISTINCT_KEPT && is_below(hash, d->halvings))
        d->hashes[d->n++] = hash;
}

double distinct_count(const struct distinct *d)
{
    return (double)d->n * (double)(UINT64_C(1) << d->halvings);
}
