/*
 * arena: a chain of blocks.  Blocks up to and including `now` hold live pieces; those after it are
 * kept from before the last reset and are empty.
 */
#include "base/arena.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

#define ARENA_BLOCK_SIZE ((size_t)64 * 1024)
#define ARENA_ALIGN _Alignof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    size_t filled; /* the most that was ever used */
    _Alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){.first = NULL};
}

/* It may have held a code. */
static void forget(struct arena_block *b)
{
    mem_forget(b, sizeof(*b) + b->filled);
}

void arena_release(struct arena *a)
{
    struct arena_block *next = NULL;
    for (struct arena_block *b = a->first; b; b = next) {
        next = b->next;
        forget(b);
    }
    arena_init(a);
}

/* Blocks that are too many, or too large, to be kept. */
static void give_back(struct arena *a)
{
    size_t kept = 0;

    for (struct arena_block **link = &a->first; *link;) {
        struct arena_block *b = *link;

        if (kept + b->size <= ARENA_KEPT_MAX) {
            kept += b->size;
            link = &b->next;
            continue;
        }
        *link = b->next;
        forget(b);
    }
    a->size = kept;
}

void arena_reset(struct arena *a)
{
    if (a->size > ARENA_KEPT_MAX)
        give_back(a);
    a->resets++;
    a->now = a->first;
    if (a->now)
        a->now->used = 0;
}

size_t arena_size(const struct arena *a)
{
    return a->size;
}

/* Take a kept block of at least size bytes out of the chain after `now`, or NULL. */
static struct arena_block *take_kept(struct arena *a, size_t size)
{
    if (!a->now)
        return NULL;
    for (struct arena_block **link = &a->now->next; *link; link = &(*link)->next) {
        struct arena_block *b = *link;
        if (b->size >= size) {
            *link = b->next;
            return b;
        }
    }
    return NULL;
}

static struct arena_block *new_block(struct arena *a, size_t size)
{
    if (size < ARENA_BLOCK_SIZE)
        size = ARENA_BLOCK_SIZE;
    struct arena_block *b = mem_resize(NULL, sizeof(*b) + size, 1);
    if (b) {
        b->size = size;
        b->filled = 0;
        a->size += size;
    }
    return b;
}

/* Make `now` an empty block that can hold size bytes. */
static int next_block(struct arena *a, size_t size)
{
    struct arena_block *b = take_kept(a, size);
    if (!b)
        b = new_block(a, size);
    if (!b)
        return -1;
    struct arena_block **link = a->now ? &a->now->next : &a->first;
    b->next = *link;
    b->used = 0;
    *link = b;
    a->now = b;
    return 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_block) - ARENA_ALIGN)
        return NULL;
    size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (!a->now || a->now->size - a->now->used < size) {
        if (next_block(a, size) < 0)
            return NULL;
    }
    void *piece = a->now->bytes + a->now->used;
    a->now->used += size;
    if (a->now->filled < a->now->used)
        a->now->filled = a->now->used;
    return piece;
}

char *arena_copy(struct arena *a, const void *bytes, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(a, len + 1);
    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}
