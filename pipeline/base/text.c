/* text: empty (ptr is the shared constant) -> grown (ptr is ours) -> released; failed is final. */
#include "base/text.h"

#include "base/mem.h"
#include "base/unseen.h"
#include "base/visible.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_FIRST_CAP 64u

static char nothing[1]; /* never written to: any thread may share it */

void text_init(struct text *t)
{
    *t = (struct text){.ptr = nothing};
}

void text_release(struct text *t)
{
    if (t->cap > 0)
        free(t->ptr);
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
    char *ptr = mem_resize(t->cap > 0 ? t->ptr : NULL, cap, 1);
    if (ptr == NULL)
        goto fail;
    t->ptr = ptr;
    t->cap = cap;
    t->ptr[t->len] = '\0';
    return 0;
fail:
    t->failed = true;
    return -1;
}

void text_append(struct text *t, const void *bytes, size_t len)
{
    if (len == 0 || make_room(t, len) < 0)
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

struct slice slice_of(const char *s)
{
    return (struct slice){s, strlen(s)};
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_same(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_is(struct slice s, const char *word)
{
    return slice_begins(s, word) && s.len == strlen(word);
}

bool slice_is_any(struct slice s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_is(s, words[i]))
            return true;
    return false;
}

bool slice_begins(struct slice s, const char *with)
{
    size_t len;

    if (s.len > 0 && (*s.ptr | 0x20) != (*with | 0x20) && *with) /* as nearly always */
        return false;
    len = strlen(with);
    return s.len >= len && (len == 0 || strncasecmp(s.ptr, with, len) == 0);
}

/* The length of the blank at the front (or the end) of s, or 0. */
static size_t outer_blank(struct slice s, bool at_end)
{
    unsigned char c = s.len == 0 ? 'a' : (unsigned char)s.ptr[at_end ? s.len - 1 : 0];

    if (c > ' ' && c < 0x80) /* as nearly always */
        return 0;
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return at_end ? unseen_last(s) : unseen_first(s, NULL);
}

struct slice slice_trim(struct slice s)
{
    size_t len = 0;
    while ((len = outer_blank(s, false)) > 0) {
        s.ptr += len;
        s.len -= len;
    }
    while ((len = outer_blank(s, true)) > 0)
        s.len -= len;
    return s;
}

/* How long a sequence with this first byte is; 0: none begins with it. */
static size_t utf8_length(unsigned char first)
{
    if (first < 0xc2)
        return first < 0x80 ? 1 : 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first <= 0xf4 ? 4 : 0;
}

/* The length of the well-formed sequence at p (RFC 3629, section 4), or 0. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    size_t len = utf8_length(p[0]);
    if (len <= 1 || left < len)
        return len == 1 ? 1 : 0;
    /* only the second byte's range depends on the first */
    unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

/* How many of the bytes at p are plain ASCII: eight at once, as far as they are. */
static size_t ascii_len(const char *p, size_t left)
{
    size_t len = 0;

    for (uint64_t eight; left - len >= sizeof(eight); len += sizeof(eight)) {
        memcpy(&eight, p + len, sizeof(eight));
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    return len;
}

bool slice_is_ascii(struct slice s)
{
    size_t at = ascii_len(s.ptr, s.len);

    while (at < s.len && (unsigned char)s.ptr[at] < 0x80)
        at++;
    return at == s.len;
}

bool slice_is_utf8(struct slice s)
{
    for (size_t at = ascii_len(s.ptr, s.len); at < s.len;) {
        size_t len = utf8_sequence((const unsigned char *)s.ptr + at, s.len - at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

size_t slice_character(struct slice s)
{
    return utf8_sequence((const unsigned char *)s.ptr, s.len);
}

char *slice_line(struct slice s, char *out, size_t size)
{
    char shown[VISIBLE_MAX];
    size_t n = 0;

    for (size_t at = 0, len; at < s.len; n += len) {
        unsigned char c = (unsigned char)s.ptr[at];

        if (c < 0x7f && (c >= ' ' || (c >= '\t' && c <= '\r'))) { /* as nearly always */
            shown[0] = c < ' ' ? ' ' : (char)c;
            len = 1;
            at++;
        } else {
            at += visible_next((struct slice){s.ptr + at, s.len - at}, shown);
            len = strlen(shown);
        }
        if (n + len >= size)
            break;
        memcpy(out + n, shown, len);
    }
    out[n] = '\0';
    return out;
}
