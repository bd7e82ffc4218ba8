/* slice: texts are nearly always ASCII, which is passed over at once; only what is not is looked up. */
#include "base/slice.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

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

bool slice_ends(struct slice s, const char *with)
{
    size_t len = strlen(with);

    return s.len >= len && (len == 0 || strncasecmp(s.ptr + s.len - len, with, len) == 0);
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

/* ---- unseen characters ---- */

#define SEQUENCE_MAX 4 /* bytes of a character */

static const struct {
    unsigned from, to;
} ranges[] = {
    {0x85, 0x85},       {0xa0, 0xa0},       {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},
    {0x115f, 0x1160},   {0x1680, 0x1680},   {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f},
    {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_unseen(unsigned code)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && code >= ranges[i].from; i++)
        if (code <= ranges[i].to)
            return true;
    return false;
}

bool slice_unseen_is_blank(unsigned code)
{
    return code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x202f ||
           code == 0x205f || code == 0x2800 || code == 0x3000 || code == 0x3164 || code == 0xffa0;
}

static unsigned decode(const unsigned char *p, size_t len)
{
    unsigned c = len == 2 ? p[0] & 0x1fu : len == 3 ? p[0] & 0x0fu : p[0] & 0x07u;

    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3fu);
    return c;
}

size_t slice_unseen_first(struct slice s, unsigned *code)
{
    size_t len = s.len > 0 && (unsigned char)*s.ptr >= 0x80 ? slice_character(s) : 0;
    unsigned c = len > 1 ? decode((const unsigned char *)s.ptr, len) : 0;

    if (len < 2 || !is_unseen(c))
        return 0;
    if (code)
        *code = c;
    return len;
}

size_t slice_unseen_last(struct slice s)
{
    size_t len = 1;

    while (len < SEQUENCE_MAX && len < s.len && ((unsigned char)s.ptr[s.len - len] & 0xc0) == 0x80)
        len++;
    return s.len >= len && slice_unseen_first((struct slice){s.ptr + s.len - len, len}, NULL) == len
               ? len
               : 0;
}

size_t slice_unseen_find(struct slice s, unsigned *code)
{
    size_t at = 0;

    if (slice_is_ascii(s))
        return s.len;
    while (at < s.len) {
        struct slice rest = {s.ptr + at, s.len - at};
        size_t len;

        if (slice_unseen_first(rest, code) > 0)
            return at;
        len = slice_character(rest);
        at += len ? len : 1;
    }
    return s.len;
}

/* The length of the blank at the front (or the end) of s, or 0. */
static size_t outer_blank(struct slice s, bool at_end)
{
    unsigned char c = s.len == 0 ? 'a' : (unsigned char)s.ptr[at_end ? s.len - 1 : 0];

    if (c > ' ' && c < 0x80) /* as nearly always */
        return 0;
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return at_end ? slice_unseen_last(s) : slice_unseen_first(s, NULL);
}

struct slice slice_trim_blanks(struct slice s)
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
