/*
 * text: empty (ptr is the shared constant) -> grown (ptr is ours) -> released; failed is final.
 *
 * Bodies, settings and codes are made in texts, so that any of them may hold a secret: memory that a text gives up is
 * overwritten, here and nowhere else.  For that it does not grow by realloc, which leaves a copy behind where it moves.
 */
#include "base/text.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_FIRST_CAP 64u

static char nothing[1]; /* never written to: any thread may share it */

void text_init(struct text *t)
{
    *t = (struct text){.ptr = nothing};
}

void text_release(struct text *t)
{
    if (t->cap > 0)
        mem_forget(t->ptr, t->cap);
    text_init(t);
}

void text_clear(struct text *t)
{
    t->len = 0;
    if (t->cap > 0)
        t->ptr[0] = '\0';
}

void text_reset(struct text *t)
{
    bool failed = t->failed;

    if (t->cap > TEXT_KEPT_MAX)
        text_release(t);
    text_clear(t);
    t->failed = failed;
}

/* Room for more bytes and the NUL. */
static int make_room(struct text *t, size_t more)
{
    if (t->failed || more >= SIZE_MAX - t->len)
        goto fail;
    size_t need = t->len + more + 1;
    if (need <= t->cap)
        return 0;
    size_t cap = t->cap > 0 ? t->cap : TEXT_FIRST_CAP;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    char *ptr = mem_resize(NULL, cap, 1);
    if (!ptr)
        goto fail;
    memcpy(ptr, t->ptr, t->len);
    ptr[t->len] = '\0';
    if (t->cap > 0)
        mem_forget(t->ptr, t->cap);
    t->ptr = ptr;
    t->cap = cap;
    return 0;
fail:
    t->failed = true;
    return -1;
}

void text_append(struct text *t, const void *bytes, size_t len)
{
    if (len == 0 || ((t->failed || len >= t->cap - t->len) && make_room(t, len) < 0))
        return;
    memcpy(t->ptr + t->len, bytes, len);
    t->len += len;
    t->ptr[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
    text_append(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        t->failed = true;
        return;
    }
    if (make_room(t, (size_t)len) < 0)
        return;
    va_start(args, fmt);
    (void)vsnprintf(t->ptr + t->len, (size_t)len + 1, fmt, args);
    va_end(args);
    t->len += (size_t)len;
}
