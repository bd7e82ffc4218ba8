/* heap: entries[0] is the earliest; no entry is later than its children 2i+1 and 2i+2. */
#include "base/heap.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

#define HEAP_FIRST_CAP 64u

void heap_init(struct heap *h)
{
    *h = (struct heap){.entries = NULL};
}

void heap_release(struct heap *h)
{
    free(h->entries);
    heap_init(h);
}

static bool earlier(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->due < b->due || (a->due == b->due && a->seq < b->seq);
}

static int make_room(struct heap *h)
{
    if (h->len < h->cap)
        return 0;
    size_t cap = h->cap > 0 ? h->cap * 2 : HEAP_FIRST_CAP;
    struct heap_entry *entries = mem_resize(h->entries, cap, sizeof(*entries));
    if (!entries)
        return -1;
    h->entries = entries;
    h->cap = cap;
    return 0;
}

int heap_push(struct heap *h, int64_t due, void *thing)
{
    if (make_room(h) < 0)
        return -1;
    struct heap_entry new = {due, h->seq++, thing};
    size_t at = h->len++;
    while (at > 0 && earlier(&new, &h->entries[(at - 1) / 2])) {
        h->entries[at] = h->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    h->entries[at] = new;
    return 0;
}

const struct heap_entry *heap_peek(const struct heap *h)
{
    return h->len > 0 ? &h->entries[0] : NULL;
}

void *heap_pop(struct heap *h)
{
    if (h->len == 0)
        return NULL;
    void *thing = h->entries[0].thing;
    struct heap_entry last = h->entries[--h->len];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < h->len && earlier(&h->entries[child + 1], &h->entries[child]))
            child++;
        if (child >= h->len || !earlier(&h->entries[child], &last))
            break;
        h->entries[at] = h->entries[child];
        at = child;
    }
    h->entries[at] = last;
    return thing;
}
