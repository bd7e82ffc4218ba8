/*
 * table: names to things.  A hash table (FNV-1a, linear probing) over an array in order of
 * insertion, so that walking over `entries[0 .. len)` always gives the same order.  Nothing is ever
 * taken out: things that can go away say so themselves.
 *
 * Borrows keys and values; a key usually lives in its value.  Not thread-safe.
 */
#ifndef CLAIMPIPE_SANDBOX_TABLE_H
#define CLAIMPIPE_SANDBOX_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_entry {
    uint64_t hash;
    const char *key;
    void *value;
};

struct table {
    struct table_entry *entries;
    size_t len;
    uint32_t *slots; /* index into entries + 1; 0: free */
    size_t nslots;   /* a power of two, or 0 */
};

void table_init(struct table *t);
/* Frees the table, and each value with free_value unless that is NULL. */
void table_release(struct table *t, void (*free_value)(void *));
/* The value, or NULL. */
void *table_get(const struct table *t, const char *key);
/* Adds a key that is not there yet.  0, or -1 when memory runs out. */
int table_put(struct table *t, const char *key, void *value);

#endif
