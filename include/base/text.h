/*
 * text: a growing byte string.
 *
 * A struct text is always NUL-terminated past its length (ptr is never NULL after text_init) and
 * may hold NUL bytes.  When memory runs out, `failed` is set, the content stays as it was, and
 * every later append does nothing: build at leisure, then ask once with text_ok.
 *
 * Memory that it gives up is overwritten first.  text_clear keeps it as it is.
 */
#ifndef CLAIMPIPE_BASE_TEXT_H
#define CLAIMPIPE_BASE_TEXT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *ptr;
    size_t len;
    size_t cap; /* 0: ptr is a shared constant */
    bool failed;
};

void text_init(struct text *t);
void text_release(struct text *t);
void text_clear(struct text *t); /* keeps the memory, and `failed` */
/* The same, but the memory of a large text is given back: what a few large rows need is not held for ever. */
#define TEXT_KEPT_MAX ((size_t)64 << 10)
void text_reset(struct text *t);
void text_append(struct text *t, const void *bytes, size_t len);
void text_puts(struct text *t, const char *s);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *t, const char *fmt, ...);
static inline bool text_ok(const struct text *t)
{
    return !t->failed;
}

#endif
