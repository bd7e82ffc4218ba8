/* rowhash: FNV-1a over kinds, lengths and values.  Its numbers stand in ledgers: it never changes. */
#include "base/rowhash.h"

/* Low byte first on every machine, for a ledger may be carried to another. */
static uint64_t put_number(uint64_t h, uint64_t n)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(n >> 8 * i);
    return fnv_add(h, bytes, sizeof(bytes));
}

static uint64_t put_kind(uint64_t h, enum rowhash_kind kind)
{
    const unsigned char byte = (unsigned char)kind;

    return fnv_add(h, &byte, 1);
}

uint64_t rowhash_null(uint64_t h)
{
    return put_kind(h, ROWHASH_NULL);
}

uint64_t rowhash_int(uint64_t h, int64_t n)
{
    return put_number(put_kind(h, ROWHASH_INT), (uint64_t)n);
}

uint64_t rowhash_bytes(uint64_t h, const void *bytes, size_t len)
{
    return fnv_add(put_number(put_kind(h, ROWHASH_BYTES), len), bytes, len);
}

int64_t rowhash_end(uint64_t h)
{
    return (int64_t)((h ^ h >> 32) & UINT32_MAX);
}
