/* route: filling (unsorted) -> sealed (sorted by value) -> released. */
#include "policy/route.h"

#include "base/mem.h"
#include "policy/columns.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 16u

void route_init(struct route *r)
{
    *r = (struct route){.entries = NULL};
}

void route_release(struct route *r)
{
    free(r->entries);
    route_init(r);
}

int route_add(struct route *r, struct slice value, size_t target)
{
    if (r->n == r->cap) {
        size_t cap = r->cap > 0 ? r->cap * 2 : FIRST_CAP;
        struct route_entry *entries = mem_resize(r->entries, cap, sizeof(*entries));
        if (!entries)
            return -1;
        r->entries = entries;
        r->cap = cap;
    }
    r->entries[r->n++] = (struct route_entry){slice_trim(value), target};
    return 0;
}

static int compare(struct slice a, struct slice b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Of equal values the one of the lower target first, so that a message is the same each time. */
static int compare_entries(const void *left, const void *right)
{
    const struct route_entry *a = left, *b = right;
    int order = compare(a->value, b->value);
    return order != 0 ? order : (a->target > b->target) - (a->target < b->target);
}

size_t route_seal(struct route *r)
{
    if (r->n > 0)
        qsort(r->entries, r->n, sizeof(*r->entries), compare_entries);
    for (size_t i = 1; i < r->n; i++) {
        if (slice_equal(r->entries[i - 1].value, r->entries[i].value))
            return i;
    }
    return ROUTE_NONE;
}

size_t route_find(const struct route *r, struct slice value)
{
    value = slice_trim(value);
    for (size_t low = 0, high = r->n; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = compare(value, r->entries[middle].value);
        if (order == 0)
            return r->entries[middle].target;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return ROUTE_NONE;
}

void route_group(const struct route *r, size_t n_targets, size_t *first, size_t *next)
{
    for (size_t i = 0; i < n_targets; i++)
        first[i] = ROUTE_NONE;
    for (size_t i = r->n; i-- > 0;) {
        next[i] = first[r->entries[i].target];
        first[r->entries[i].target] = i;
    }
}

struct slice route_nearest(const struct route *r, struct slice value)
{
    struct slice nearest = {NULL, 0};
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < r->n && r->n <= ROUTE_NEAREST_MAX; i++) {
        if (columns_is_nearer(value, r->entries[i].value, &best))
            nearest = r->entries[i].value;
    }
    return nearest;
}
