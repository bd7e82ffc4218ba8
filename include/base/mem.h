/*
 * mem: allocation that cannot overflow.  All of these return NULL when memory runs out; the caller
 * owns what it gets and frees it with free().
 */
#ifndef CLAIMPIPE_BASE_MEM_H
#define CLAIMPIPE_BASE_MEM_H

#include <stddef.h>

void *mem_zero(size_t count, size_t size);              /* zeroed */
void *mem_resize(void *old, size_t count, size_t size); /* old stays valid upon NULL */
char *mem_copy(const void *bytes, size_t len);          /* NUL-terminated copy */
/* Overwrites and frees what may hold a secret, which else stays in memory until somebody else gets it; NULL is fine. */
void mem_forget(void *p, size_t size);

#endif
