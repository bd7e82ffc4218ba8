/*
 * encoding: the evidence for each of them, strongest first.
 *
 * Windows-1252 gives nearly every byte a meaning, so that it can't be told from other encodings of one byte
 * but by what makes no sense in a language that is written in it: a sign in the middle of a word, a capital
 * after a small letter, four accented letters in a row, a byte without meaning.  One in ten may be such.
 */
#include "policy/encoding.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define ACCENTED_RUN_MAX 3 /* letters that are not ASCII, in a row (as in þýðing) */
#define ODD_SHARE 10       /* one of so many may be odd */
#define NUL_SHARE 16

static const struct mark {
    const char *name, *bytes;
    size_t len;
} marks[] =
    {
        {"UTF-8", "\xef\xbb\xbf", 3},
        {"UTF-32LE", "\xff\xfe\0\0", 4}, /* before that of UTF-16, which it begins with */
        {"UTF-32BE", "\0\0\xfe\xff", 4},
        {"UTF-16LE", "\xff\xfe", 2},
        {"UTF-16BE", "\xfe\xff", 2},
};
#define MARKS (sizeof(marks) / sizeof(*marks))

static bool has_mark(const struct mark *m, struct slice first)
{
    return first.len >= m->len && memcmp(first.ptr, m->bytes, m->len) == 0;
}

size_t encoding_bom(const char *name, struct slice first)
{
    for (size_t i = 0; i < MARKS; i++)
        if (strcasecmp(marks[i].name, name) == 0)
            return has_mark(&marks[i], first) ? marks[i].len : 0;
    return 0;
}

/* ---- UTF-16 without a mark ---- */

static const char *utf16_by_nuls(struct slice s)
{
    size_t pairs = s.len / 2, even = 0, odd = 0;

    for (size_t i = 0; i < 2 * pairs; i += 2) {
        even += s.ptr[i] == '\0';
        odd += s.ptr[i + 1] == '\0';
    }
    if (2 * odd > pairs && even * NUL_SHARE <= odd)
        return "UTF-16LE";
    if (2 * even > pairs && odd * NUL_SHARE <= even)
        return "UTF-16BE";
    return NULL;
}

/* ---- UTF-8 ---- */

/* How many bytes a character with this first byte should have, 0: none begins with it. */
static size_t utf8_len(char first)
{
    unsigned char c = (unsigned char)first;

    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static bool is_cut(struct slice s, size_t want)
{
    for (size_t i = 1; i < s.len; i++)
        if (((unsigned char)s.ptr[i] & 0xc0) != 0x80)
            return false;
    return s.len < want;
}

/* Counts the characters of more than one byte, and the bytes that belong to none. */
static void count_utf8(struct slice s, bool more, size_t *whole, size_t *stray)
{
    *whole = *stray = 0;
    while (s.len > 0) {
        size_t len = utf8_len(*s.ptr), step = 1;
        if (len > 1 && len <= s.len && slice_is_utf8((struct slice){s.ptr, len})) {
            ++*whole;
            step = len;
        } else if (len > 1 && more && is_cut(s, len)) {
            return;
        } else if (len != 1) {
            ++*stray;
        }
        s = (struct slice){s.ptr + step, s.len - step};
    }
}

/* ---- Windows-1252 ---- */

/* What each byte from 0x80 on is: */
#define SMALL 'a'
#define CAPITAL 'A'
#define FREE '-'    /* stands anywhere: dashes, apostrophes, an ellipsis, a no-break space */
#define SIGN '*'    /* stands not between letters */
#define OPENING '(' /* stands not after a letter */
#define WEAK 'y'    /* a letter, but damage as well: 0xFF */
#define NOTHING '?'
static const char kinds[] = "*?(*(-****A(A?A?" /* 80: € ‚ƒ„…†‡ˆ‰Š‹Œ Ž */
                            "?--***--**a*a?aA" /* 90: ‘’“”•–—˜™š›œ žŸ */
                            "-(***********-**" /* A0: nbsp ¡¢£¤¥¦§¨©ª«¬ shy ®¯ */
                            "*******-*******(" /* B0: °±²³´µ¶·¸¹º»¼½¾¿ */
                            "AAAAAAAAAAAAAAAA"
                            "AAAAAAA*AAAAAAAa" /* D0: … × … ß */
                            "aaaaaaaaaaaaaaaa"
                            "aaaaaaa*aaaaaaay"; /* F0: … ÷ … ÿ */
_Static_assert(sizeof(kinds) - 1 == 128, "a kind for each byte from 0x80 on");

struct beside {
    bool letter, small, blank;
};

static struct beside beside(struct slice s, size_t at)
{
    unsigned char c = at < s.len ? (unsigned char)s.ptr[at] : ' ';
    char kind = c >= 0x80 ? kinds[c - 0x80] : c >= 'a' && c <= 'z' ? SMALL : NOTHING;
    bool small = kind == SMALL || kind == WEAK;

    return (struct beside){.letter = small || kind == CAPITAL || (c >= 'A' && c <= 'Z'),
                           .small = small,
                           .blank = c == ' '};
}

/* Is the byte there, 0x80 or more, one that makes sense? */
static bool makes_sense(struct slice s, size_t at)
{
    struct beside before = beside(s, at - 1), after = beside(s, at + 1); /* SIZE_MAX: none */

    switch (kinds[(unsigned char)s.ptr[at] - 0x80]) {
    case FREE:
        return true;
    case SIGN:
        return !(before.letter && after.letter);
    case OPENING:
        return !before.letter;
    case CAPITAL:
        return !before.small && (before.letter || after.letter || before.blank || after.blank);
    case SMALL: /* à alone is a word */
        return before.letter || after.letter || before.blank || after.blank;
    default:
        return false;
    }
}

static bool is_windows_1252(struct slice s)
{
    size_t sense = 0, odd = 0, run = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool accented = c >= 0x80 && beside(s, i).letter;
        run = accented ? run + 1 : 0;
        if (c < 0x80)
            continue;
        if (run <= ACCENTED_RUN_MAX && makes_sense(s, i))
            sense++;
        else
            odd++;
    }
    return sense > 0 && odd * ODD_SHARE <= sense + odd;
}

struct encoding encoding_find(struct slice first, bool more)
{
    for (size_t i = 0; i < MARKS; i++)
        if (has_mark(&marks[i], first))
            return (struct encoding){marks[i].name, marks[i].len, false};
    const char *utf16 = utf16_by_nuls(first);
    if (utf16)
        return (struct encoding){utf16, 0, true};
    size_t whole = 0, stray = 0;
    count_utf8(first, more, &whole, &stray);
    if (stray == 0)
        return (struct encoding){"UTF-8", 0, false};
    bool legacy = whole < stray && is_windows_1252(first);
    return (struct encoding){legacy ? "WINDOWS-1252" : "UTF-8", 0, true};
}
