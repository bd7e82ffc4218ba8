/*
 * fnv: FNV-1a, 64 bits (Fowler, Noll, Vo): a quick hash of bytes that nobody forges.
 *
 * What stands in ledgers and lock files is made with it: it never changes.  Pure.
 */
#ifndef CLAIMPIPE_BASE_FNV_H
#define CLAIMPIPE_BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_INIT UINT64_C(0xcbf29ce484222325)

/* h: FNV_INIT, or what it was after the bytes before these. */
static inline uint64_t fnv_add(uint64_t h, const void *bytes, size_t len)
{
    const unsigned char *c = (const unsigned char *)bytes;

    for (size_t i = 0; i < len; i++)
        h = (h ^ c[i]) * UINT64_C(0x100000001b3);
    return h;
}

#endif
