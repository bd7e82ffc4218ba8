/* visible: goes through a text by characters, and escapes those that a terminal would obey. */
#include "base/visible.h"

#include <stdio.h>
#include <string.h>

/* The code point of a well-formed sequence. */
static unsigned decode(const unsigned char *p, size_t len)
{
    unsigned c = len == 1 ? p[0] : len == 2 ? p[0] & 0x1fu : len == 3 ? p[0] & 0x0fu : p[0] & 0x07u;

    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3fu);
    return c;
}

/* Beyond ASCII: C1, and what turns the reading direction or ends a line. */
static bool is_control(unsigned c)
{
    return (c >= 0x80 && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

size_t visible_next(struct slice s, char out[VISIBLE_MAX])
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t len = slice_character(s);
    unsigned c = len ? decode(p, len) : p[0];

    if (len == 0 || c < ' ')
        snprintf(out, VISIBLE_MAX, "\\x%02x", c & 0xff);
    else if (c == 0x7f || is_control(c))
        snprintf(out, VISIBLE_MAX, "\\u%04x", c & 0xffff);
    else {
        memcpy(out, p, len);
        out[len] = '\0';
    }
    return len ? len : 1;
}

/* How many bytes of s are plain: printable ASCII, or kept. */
static size_t plain(struct slice s, const char *keep)
{
    size_t n = 0;

    while (n < s.len &&
           ((s.ptr[n] >= ' ' && s.ptr[n] < 0x7f) || (s.ptr[n] && strchr(keep, s.ptr[n]))))
        n++;
    return n;
}

void visible_append(struct text *out, struct slice s, const char *keep)
{
    char shown[VISIBLE_MAX];

    while (s.len > 0) {
        size_t n = plain(s, keep);

        text_append(out, s.ptr, n);
        s = (struct slice){s.ptr + n, s.len - n};
        if (s.len == 0)
            break;
        n = visible_next(s, shown);
        text_puts(out, shown);
        s = (struct slice){s.ptr + n, s.len - n};
    }
}

void visible_puts(struct text *out, const char *s)
{
    visible_append(out, slice_of(s), "");
}

bool visible_is(struct slice s, const char *keep)
{
    char shown[VISIBLE_MAX];

    for (;;) {
        size_t n = plain(s, keep);

        s = (struct slice){s.ptr + n, s.len - n};
        if (s.len == 0)
            return true;
        n = visible_next(s, shown);
        if (strlen(shown) != n)
            return false;
        s = (struct slice){s.ptr + n, s.len - n};
    }
}

char *visible_line(struct slice s, char *out, size_t size)
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
