/* unseen: a table of ranges; a text of ASCII, as nearly all are, is not looked up. */
#include "base/unseen.h"

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

bool unseen_is_blank(unsigned code)
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

size_t unseen_first(struct slice s, unsigned *code)
{
    size_t len = s.len > 0 && (unsigned char)*s.ptr >= 0x80 ? slice_character(s) : 0;
    unsigned c = len > 1 ? decode((const unsigned char *)s.ptr, len) : 0;

    if (len < 2 || !is_unseen(c))
        return 0;
    if (code)
        *code = c;
    return len;
}

size_t unseen_last(struct slice s)
{
    size_t len = 1;

    while (len < SEQUENCE_MAX && len < s.len && ((unsigned char)s.ptr[s.len - len] & 0xc0) == 0x80)
        len++;
    return s.len >= len && unseen_first((struct slice){s.ptr + s.len - len, len}, NULL) == len ? len
                                                                                               : 0;
}

size_t unseen_find(struct slice s, unsigned *code)
{
    size_t at = 0;

    if (slice_is_ascii(s))
        return s.len;
    while (at < s.len) {
        struct slice rest = {s.ptr + at, s.len - at};
        size_t len;

        if (unseen_first(rest, code) > 0)
            return at;
        len = slice_character(rest);
        at += len ? len : 1;
    }
    return s.len;
}
