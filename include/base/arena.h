/*
 * arena: many small pieces that die together (the text of one batch of rows).
 *
 * Some blocks are kept across arena_reset, so that a stream of batches takes no memory anew; what a large
 * piece needed is given back, overwritten first, as all is in the end.  Not thread-safe.
 */
#ifndef CLAIMPIPE_BASE_ARENA_H
#define CLAIMPIPE_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that are kept across a reset, at most. */
#define ARENA_KEPT_MAX ((size_t)128 << 10)

struct arena_block;
struct arena {
    struct arena_block *first;
    struct arena_block *now;
    size_t size;     /* bytes of all blocks */
    uint64_t resets; /* how often it was: a piece lives as long as this stays the same */
};

void arena_init(struct arena *a);
void arena_release(struct arena *a);
void arena_reset(struct arena *a); /* every piece dies */
/* Bytes that it holds, about: of its pieces, and what is kept for others. */
size_t arena_size(const struct arena *a);

/* Aligned for any type, not zeroed; NULL when memory runs out. */
void *arena_alloc(struct arena *a, size_t size);
/* A NUL-terminated copy; NULL when memory runs out. */
char *arena_copy(struct arena *a, const void *bytes, size_t len);

#endif
