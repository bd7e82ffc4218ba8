/* mem: malloc and its kin behind checks; a size of 0 is taken as 1, so NULL means one thing. */
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Larger than any object may be, which covers an overflow as well. */
static bool too_large(size_t count, size_t size)
{
    return size != 0 && count > PTRDIFF_MAX / size;
}

void *mem_zero(size_t count, size_t size)
{
    if (too_large(count, size))
        return NULL;
    if (count == 0 || size == 0)
        return calloc(1, 1);
    return calloc(count, size);
}

void *mem_resize(void *old, size_t count, size_t size)
{
    if (too_large(count, size))
        return NULL;
    size_t total = count * size;
    return realloc(old, total == 0 ? 1 : total);
}

char *mem_copy(const void *bytes, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *copy = mem_resize(NULL, len + 1, 1);
    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void mem_forget(void *p, size_t size)
{
    if (!p)
        return;
    explicit_bzero(p, size);
    free(p);
}
