/* unicode: characters are replaced one by one, then the whole is decomposed and composed. */
#include "policy/unicode.h"

#include "base/slice.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

/* U+FF01-5E are those of ASCII; U+3002 and U+FF61 are the dots of domains there (RFC 3490, 3.1). */
static utf8proc_int32_t narrow(utf8proc_int32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e)
        return c - 0xff01 + '!';
    return c == 0x3002 || c == 0xff61 ? '.' : c;
}

/* Also U+2010 and U+2011, which word processors write for the hyphen. */
static utf8proc_int32_t digit(utf8proc_int32_t c)
{
    static const utf8proc_int32_t zeros[] = {0x660, 0x6f0, 0xff10};

    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
        if (c >= zeros[i] && c < zeros[i] + 10)
            return c - zeros[i] + '0';
    return c == 0x2010 || c == 0x2011 ? '-' : c;
}

/* What stands for the character; -1: nothing does. */
static utf8proc_int32_t replace(utf8proc_int32_t c, bool is_unseen, unsigned how)
{
    if (is_unseen && (how & UNICODE_SEEN))
        return slice_unseen_is_blank((unsigned)c) ? ' ' : -1;
    if (how & UNICODE_DIGITS)
        c = digit(c);
    if (how & UNICODE_NARROW)
        c = narrow(c);
    return how & UNICODE_LOWER ? utf8proc_tolower(c) : c;
}

/* Into bytes, which has room for four of each; how many, or -1. */
static utf8proc_ssize_t replace_all(struct slice s, unsigned how, utf8proc_uint8_t *bytes)
{
    utf8proc_ssize_t n = 0;

    while (s.len > 0) {
        utf8proc_int32_t c;
        utf8proc_ssize_t len =
            utf8proc_iterate((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &c);

        if (len <= 0)
            return -1;
        c = replace(c, slice_unseen_first(s, NULL) > 0, how);
        if (c >= 0)
            n += utf8proc_encode_char(c, bytes + n);
        s = (struct slice){s.ptr + len, s.len - (size_t)len};
    }
    return n;
}

int unicode_form(struct slice s, unsigned how, char *out, size_t size)
{
    const int alike = how & UNICODE_ALIKE ? UTF8PROC_COMPAT | UTF8PROC_CASEFOLD : 0;
    const utf8proc_option_t options =
        (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_STABLE | alike);
    utf8proc_uint8_t bytes[2 * UNICODE_MAX]; /* lower case is at most half as long again */
    utf8proc_int32_t characters[2 * UNICODE_MAX];
    const utf8proc_ssize_t room = sizeof(characters) / sizeof(*characters) - 1;
    utf8proc_ssize_t n;

    if (s.len > UNICODE_MAX || (n = replace_all(s, how, bytes)) < 0)
        return -1;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): n bytes were written */
    n = utf8proc_decompose(bytes, n, characters, room, options);
    if (n < 0 || n > room)
        return -1;
    n = utf8proc_reencode(characters, n, options);
    if (n < 0 || (size_t)n >= size)
        return -1;
    memcpy(out, characters, (size_t)n);
    out[n] = '\0';
    return (int)n;
}

bool unicode_equal(struct slice a, struct slice b)
{
    char x[UNICODE_MAX], y[UNICODE_MAX];
    int n, m;

    if (slice_equal(a, b))
        return true;
    if (slice_is_ascii(a) || slice_is_ascii(b)) /* what is ASCII in NFC was it before */
        return false;
    n = unicode_form(a, 0, x, sizeof(x));
    m = n < 0 ? -1 : unicode_form(b, 0, y, sizeof(y));
    return n >= 0 && n == m && memcmp(x, y, (size_t)n) == 0;
}
