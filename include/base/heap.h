/*
 * heap: what is due next.  A binary min-heap of (time, thing); equal times come out in the order in
 * which they went in.  Borrows the things.  Not thread-safe.
 */
#ifndef CLAIMPIPE_BASE_HEAP_H
#define CLAIMPIPE_BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_entry {
    int64_t due; /* any unit, as long as it is one */
    uint64_t seq;
    void *thing;
};

struct heap {
    struct heap_entry *entries;
    size_t len, cap;
    uint64_t seq;
};

void heap_init(struct heap *h);
void heap_release(struct heap *h);
/* 0, or -1 when memory runs out (the heap is then unchanged). */
int heap_push(struct heap *h, int64_t due, void *thing);
/* The earliest entry, or NULL; valid until the next push or pop. */
const struct heap_entry *heap_peek(const struct heap *h);
/* Takes the earliest thing out, or NULL if the heap is empty. */
void *heap_pop(struct heap *h);

#endif
