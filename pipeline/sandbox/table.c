/* table: a hash table over an array, so that whoever walks over it sees the same order in each run. */
#include "sandbox/table.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_FIRST_SLOTS 16

static uint64_t table_hash(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *key != '\0'; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return h ^ h >> 32; /* the low bits choose the slot */
}

void table_init(struct table *t)
{
    *t = (struct table){NULL, 0, NULL, 0};
}

void table_release(struct table *t, void (*free_value)(void *))
{
    if (free_value)
        for (size_t i = 0; i < t->len; i++)
            free_value(t->entries[i].value);
    free(t->entries);
    free(t->slots);
    table_init(t);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t table_probe(const struct table *t, uint64_t hash, const char *key)
{
    size_t i = (size_t)hash & (t->nslots - 1);
    for (;; i = (i + 1) & (t->nslots - 1)) {
        if (t->slots[i] == 0)
            return i;
        const struct table_entry *e = &t->entries[t->slots[i] - 1];
        if (e->hash == hash && strcmp(e->key, key) == 0)
            return i;
    }
}

void *table_get(const struct table *t, const char *key)
{
    if (t->nslots == 0)
        return NULL;
    size_t i = table_probe(t, table_hash(key), key);
    return t->slots[i] == 0 ? NULL : t->entries[t->slots[i] - 1].value;
}

/* Twice the slots; half of them are ever in use. */
static int table_grow(struct table *t)
{
    size_t nslots = t->nslots == 0 ? TABLE_FIRST_SLOTS : t->nslots * 2;
    if (nslots > UINT32_MAX)
        return -1;
    struct table_entry *entries = mem_resize(t->entries, nslots / 2, sizeof(*entries));
    if (!entries)
        return -1;
    t->entries = entries;
    uint32_t *slots = mem_zero(nslots, sizeof(*slots));
    if (!slots)
        return -1;
    free(t->slots);
    t->slots = slots;
    t->nslots = nslots;
    for (size_t i = 0; i < t->len; i++)
        slots[table_probe(t, entries[i].hash, entries[i].key)] = (uint32_t)(i + 1);
    return 0;
}

int table_put(struct table *t, const char *key, void *value)
{
    if (t->len == t->nslots / 2 && table_grow(t) != 0)
        return -1;
    uint64_t hash = table_hash(key);
    t->entries[t->len] = (struct table_entry){hash, key, value};
    t->slots[table_probe(t, hash, key)] = (uint32_t)(t->len + 1);
    t->len++;
    return 0;
}
