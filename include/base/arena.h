/*
 * arena: many small pieces that die together (the text of one batch of rows).
 *
 * Blocks are kept across arena_reset, so a stream of batches settles on the memory of its largest.
 * Not thread-safe.
 */
#ifndef CLAIMPIPE_BASE_ARENA_H
#define CLAIMPIPE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *first;
    struct arena_block *now;
};

void arena_init(struct arena *a);
void arena_release(struct arena *a);
void arena_reset(struct arena *a); /* every piece dies; the blocks are kept */

/* Aligned for any type, not zeroed; NULL when memory runs out. */
void *arena_alloc(struct arena *a, size_t size);
/* A NUL-terminated copy; NULL when memory runs out. */
char *arena_copy(struct arena *a, const void *bytes, size_t len);

#endif
