/* mimeread_bytes: transfer encodings (RFC 2045, section 6), read with the patience of mail programs; charsets. */
#include "mimeread_internal.h"

#include "adapters/charset.h"

#include <string.h>

#define CHARSET_NAME_MAX 32
#define UNKNOWN "\xef\xbf\xbd" /* U+FFFD */

int mimeread_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = mimeread_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* What is no letter of it is passed over, and `=` ends a group, not the text: some write two texts behind one another. */
void mimeread_base64(struct slice s, struct text *out)
{
    unsigned bits = 0, n = 0;

    for (size_t i = 0; i < s.len; i++) {
        int v = base64_value(s.ptr[i]);

        if (s.ptr[i] == '=')
            n = 0;
        if (v < 0)
            continue;
        bits = (bits << 6 | (unsigned)v) & 0xfff;
        n += 6;
        if (n >= 8) {
            char byte = (char)(bits >> (n - 8) & 0xff);

            n -= 8;
            text_append(out, &byte, 1);
        }
    }
}

/* Where the blanks from i on end. */
static size_t blanks(struct slice s, size_t i)
{
    while (i < s.len && mimeread_blank(s.ptr[i]))
        i++;
    return i;
}

/* An `=` at i: what it stands for is appended; where what follows it begins. */
static size_t take_escape(struct slice s, size_t i, bool q, struct text *out)
{
    size_t end = blanks(s, i + 1);

    if (i + 2 < s.len && mimeread_hex(s.ptr[i + 1]) >= 0 && mimeread_hex(s.ptr[i + 2]) >= 0) {
        char byte = (char)(mimeread_hex(s.ptr[i + 1]) << 4 | mimeread_hex(s.ptr[i + 2]));

        text_append(out, &byte, 1);
        return i + 3;
    }
    if (!q && end == s.len)
        return end;
    if (!q && mimeread_line_end(s.ptr[end])) { /* a soft break */
        bool two = s.ptr[end] == '\r' && end + 1 < s.len && s.ptr[end + 1] == '\n';

        return end + (two ? 2 : 1);
    }
    text_puts(out, "=");
    return i + 1;
}

void mimeread_quoted(struct slice s, bool q, struct text *out)
{
    size_t i = 0;

    while (i < s.len) {
        size_t end = i;

        if (s.ptr[i] == '=') {
            i = take_escape(s, i, q, out);
        } else if (q && s.ptr[i] == '_') {
            text_puts(out, " ");
            i++;
        } else if (!q &&
                   mimeread_blank(s.ptr[i])) { /* those at a line's end were put there on the way */
            end = blanks(s, i);
            if (end < s.len && !mimeread_line_end(s.ptr[end]))
                text_append(out, s.ptr + i, end - i);
            i = end;
        } else {
            while (end < s.len && s.ptr[end] != '=' &&
                   !(q ? s.ptr[end] == '_' : mimeread_blank(s.ptr[end])))
                end++;
            text_append(out, s.ptr + i, end - i);
            i = end;
        }
    }
}

/* Names that mail programs use, and what is meant by them (WHATWG Encoding, 4.2: what has more characters and else the
 * same).  "": whatever it is. */
static const char *const meanings[][2] = {
    {"us-ascii", ""},
    {"ascii", ""},
    {"ansi_x3.4-1968", ""},
    {"unknown-8bit", ""},
    {"x-unknown", ""},
    {"utf8", "utf-8"},
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"iso-8859-8-i", "iso-8859-8"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"ks_c_5601-1987", "cp949"},
    {"euc-kr", "cp949"},
    {"x-sjis", "shift_jis"},
    {"big5", "big5-hkscs"},
};

/* The charset's usual name. */
static const char *meant(struct slice charset, char name[CHARSET_NAME_MAX])
{
    size_t len = charset.len < CHARSET_NAME_MAX ? charset.len : CHARSET_NAME_MAX - 1;

    for (size_t i = 0; i < len; i++)
        name[i] = mimeread_lower(charset.ptr[i]);
    name[len] = '\0';
    for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
        if (strcmp(name, meanings[i][0]) == 0)
            return meanings[i][1];
    return name;
}

/* Appends what is UTF-8 of it, and U+FFFD for the rest.  Was it all? */
static bool append_clean(struct slice s, struct text *out)
{
    bool whole = slice_is_utf8(s);

    if (whole)
        text_append(out, s.ptr, s.len);
    while (!whole && s.len > 0) {
        struct slice shown;
        size_t len = charset_shown(s, &shown);

        text_append(out, shown.ptr, shown.len);
        s = (struct slice){s.ptr + len, s.len - len};
    }
    return whole;
}

/* Is there such a charset?  If so, appends what the bytes are in it; *whole: they are text. */
static bool convert(struct slice bytes, const char *name, bool *whole, struct text *out)
{
    struct err e = ERR_INIT;
    struct charset *c = charset_decoder(name, "charset", &e);
    struct text t;

    if (!c) {
        out->failed = out->failed || e.code != EXIT_USAGE;
        return false;
    }
    text_init(&t);
    charset_decode(c, bytes.ptr, bytes.len, true, &t);
    out->failed = out->failed || !text_ok(&t);
    *whole = append_clean((struct slice){t.ptr, t.len}, out);
    text_release(&t);
    charset_free(c);
    return true;
}

bool mimeread_utf8(struct slice bytes, struct slice charset, size_t *left, struct text *out)
{
    char room[CHARSET_NAME_MAX];
    const char *name = meant(charset, room);
    bool any = !*name, whole = false;

    if (strcmp(name, "utf-8") == 0)
        return append_clean(bytes, out);
    if (any && slice_is_utf8(bytes)) {
        text_append(out, bytes.ptr, bytes.len);
        return true;
    }
    if (*left == 0)
        return append_clean(bytes, out) && any;
    *left -= 1;
    if (!any && convert(bytes, name, &whole, out))
        return whole;
    if (slice_is_utf8(bytes) || !convert(bytes, "windows-1252", &whole, out))
        append_clean(bytes, out);
    return any && whole;
}
