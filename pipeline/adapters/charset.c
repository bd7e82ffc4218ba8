/*
 * charset: iconv, led around what it refuses.
 *
 * Of a decoder's input that is refused the first byte (of UTF-16 and UTF-32: unit) is kept by other means,
 * and the next is tried as the first of a character, so that a delimiter or a line end behind it is one.
 * What iconv holds back (some encodings have letters and their accents apart) is asked for before that.
 */
#include "adapters/charset.h"

#include "base/mem.h"
#include "base/visible.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 31
#define NONE ((iconv_t)-1)
#define FAILED ((size_t)-1)
#define OUT_SIZE 4096
#define REST_MAX 16      /* no character is so long */
#define KEPT_FROM 0xdc00 /* U+DC00 + byte: the byte itself */
#define SURROGATE_LEN 3  /* bytes of one, if UTF-8 had them */

struct charset {
    iconv_t cd;  /* NONE: UTF-8, which passes through */
    size_t unit; /* bytes: 1, or 2 and 4 of UTF-16 and UTF-32 */
    bool big;    /* high byte first */
    char rest[REST_MAX];
    size_t n_rest; /* a decoder's: of a character that is not whole yet */
};

/* Names that iconv takes for something else than those who use them. */
static const struct {
    const char *said, *meant;
} meanings[] = {
    {"UTF8", "UTF-8"},
    {"UTF-16", "UTF-16LE"},
    {"UTF-32", "UTF-32LE"},
    /* as Windows and browsers read it: \ and ~ are those of ASCII (WHATWG Encoding, 12.3) */
    {"SHIFT_JIS", "CP932"},
    {"SHIFT-JIS", "CP932"},
    {"SJIS", "CP932"},
};

static const struct {
    const char *name;
    size_t unit;
    bool big;
} wide[] = {
    {"UTF-16LE", 2, false}, {"UTF-16BE", 2, true}, {"UTF-32LE", 4, false}, {"UTF-32BE", 4, true}};

/* ---- which ---- */

/* In capitals; -1: it is too long, or has what tells iconv to drop things, as in "ASCII//IGNORE". */
static int normalise(const char *encoding, char name[NAME_MAX_LEN + 1])
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+()";
    size_t len = strlen(encoding);

    if (len == 0 || len > NAME_MAX_LEN)
        return -1;
    for (size_t i = 0; i <= len; i++) {
        char c = encoding[i];
        name[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return strspn(name, allowed) == len ? 0 : -1;
}

static const char *meant_by(const char *name)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
        if (strcmp(meanings[i].said, name) == 0)
            return meanings[i].meant;
    return name;
}

/* Is it a byte, and the same one (but for \ and ~, which stand for ¥ and ‾ in some), for each of ASCII?  The
 * escape that begins another alphabet in stateful encodings is then half a character. */
static bool has_ascii(iconv_t cd)
{
    for (int c = 0; c < 0x7f; c++) {
        char in = (char)c, out[REST_MAX] = "", *from = &in, *to = out;
        size_t n_in = 1, room = sizeof(out);
        bool must = (c >= ' ' && c != '\\' && c != '~') || c == '\t' || c == '\n' || c == '\r';

        iconv(cd, NULL, NULL, NULL, NULL);
        bool ok = iconv(cd, &from, &n_in, &to, &room) != FAILED &&
                  iconv(cd, NULL, NULL, &to, &room) != FAILED;
        if ((must || c == '\x1b') && (!ok || to == out || (must && out[0] != in)))
            return false;
    }
    iconv(cd, NULL, NULL, NULL, NULL);
    return true;
}

static int refuse(const char *asked_by, const char *encoding, const char *why, struct err *e)
{
    struct slice shown = slice_of(encoding);
    char name[NAME_MAX_LEN + 1], line[2 * NAME_MAX_LEN];

    return err_set(
        e, EXIT_USAGE,
        "%s: \"%s\" %s: UTF-8, UTF-16LE, WINDOWS-1252, ISO-8859-2, KOI8-R and SHIFT_JIS are "
        "well-known ones, \"iconv -l\" lists all",
        asked_by, normalise(encoding, name) == 0 ? name : visible_line(shown, line, sizeof(line)),
        why);
}

static bool is_utf8(const char *name)
{
    return strcmp(name, "UTF-8") == 0;
}

static void set_unit(struct charset *c, const char *name)
{
    c->unit = 1;
    for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
        if (strcmp(wide[i].name, name) == 0) {
            c->unit = wide[i].unit;
            c->big = wide[i].big;
        }
    }
}

/* Opens the decoder in any case, for it tells what the encoding is like. */
static int open_checked(struct charset *c, const char *encoding, const char *asked_by,
                        struct err *e)
{
    char capitals[NAME_MAX_LEN + 1];

    c->cd = NONE;
    c->unit = 1;
    if (normalise(encoding, capitals))
        return refuse(asked_by, encoding, "is no encoding's name", e);
    const char *name = meant_by(capitals);
    if (is_utf8(name))
        return 0;
    set_unit(c, name);
    c->cd = iconv_open("UTF-8", name);
    if (c->cd == NONE)
        return refuse(asked_by, encoding, "is no encoding that is known here", e);
    if (c->unit == 1 && !has_ascii(c->cd))
        return refuse(asked_by, encoding, "writes plain letters in another way than ASCII", e);
    return 0;
}

struct charset *charset_decoder(const char *encoding, const char *asked_by, struct err *e)
{
    struct charset *c = mem_zero(1, sizeof(*c));

    if (!c) {
        err_nomem(e);
        return NULL;
    }
    if (open_checked(c, encoding, asked_by, e)) {
        charset_free(c);
        return NULL;
    }
    return c;
}

struct charset *charset_encoder(const char *encoding, struct err *e)
{
    char capitals[NAME_MAX_LEN + 1];
    struct charset *c = charset_decoder(encoding, "results", e);

    if (!c || c->cd == NONE || normalise(encoding, capitals))
        return c;
    iconv_close(c->cd);
    c->cd = iconv_open(meant_by(capitals), "UTF-8");
    if (c->cd != NONE)
        return c;
    refuse("results", encoding, "is no encoding that is known here", e);
    charset_free(c);
    return NULL;
}

void charset_free(struct charset *c)
{
    if (!c)
        return;
    if (c->cd != NONE)
        iconv_close(c->cd);
    free(c);
}

/* ---- iconv ---- */

/* Converts what it can of *s, which is moved behind it: 0, or iconv's reason not to go on. */
static int convert(struct charset *c, struct slice *s, struct text *out)
{
    char buf[OUT_SIZE], *from = (char *)(uintptr_t)s->ptr;
    size_t left = s->len;
    int why = E2BIG;

    while (why == E2BIG && text_ok(out)) {
        char *to = buf;
        size_t room = sizeof(buf);
        why = iconv(c->cd, &from, &left, &to, &room) == FAILED ? errno : 0;
        text_append(out, buf, (size_t)(to - buf));
    }
    *s = (struct slice){from, left};
    return why;
}

/* Appends what iconv holds back, and begins anew. */
static void flush(struct charset *c, struct text *out)
{
    char buf[OUT_SIZE], *to = buf;
    size_t room = sizeof(buf);

    (void)iconv(c->cd, NULL, NULL, &to, &room);
    text_append(out, buf, (size_t)(to - buf));
}

/* ---- what iconv refuses ---- */

static void append_surrogate(struct text *out, unsigned code)
{
    char bytes[SURROGATE_LEN] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                                 (char)(0x80 | (code & 0x3f))};
    text_append(out, bytes, sizeof(bytes));
}

/* The surrogate at p, or 0. */
static unsigned surrogate_at(const char *p, size_t left)
{
    const unsigned char *u = (const unsigned char *)p;

    if (left < SURROGATE_LEN || u[0] != 0xed || u[1] < 0xa0 || u[1] > 0xbf || (u[2] & 0xc0) != 0x80)
        return 0;
    return 0xd000u | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
}

static unsigned utf16_unit(const struct charset *c, const char *p)
{
    unsigned first = (unsigned char)p[0], second = (unsigned char)p[1];
    return c->big ? first << 8 | second : second << 8 | first;
}

/* Keeps the first byte or unit of *s, which is no character, and moves *s behind it. */
static void keep_damage(const struct charset *c, struct slice *s, struct text *out)
{
    size_t len = s->len < c->unit ? s->len : c->unit;

    if (c->unit == 2 && len == 2) {
        append_surrogate(out, utf16_unit(c, s->ptr));
    } else {
        for (size_t i = 0; i < len; i++)
            append_surrogate(out, KEPT_FROM + (unsigned char)s->ptr[i]);
    }
    *s = (struct slice){s->ptr + len, s->len - len};
}

/* Decodes *s but for what may be the beginning of a character, and moves it to that. */
static void decode(struct charset *c, struct slice *s, bool last, struct text *out)
{
    while (s->len > 0 && text_ok(out)) {
        int why = convert(c, s, out);
        if (why == 0 || (why == EINVAL && !last && s->len < REST_MAX))
            return;
        flush(c, out);
        if (s->len > 0)
            keep_damage(c, s, out);
    }
}

/* Fills the rest up from *s until it is decoded, and moves *s behind what that took. */
static void decode_rest(struct charset *c, struct slice *s, bool last, struct text *out)
{
    char bytes[REST_MAX];
    size_t had = c->n_rest;
    size_t more = s->len < REST_MAX - had ? s->len : REST_MAX - had;

    memcpy(bytes, c->rest, had);
    if (more > 0)
        memcpy(bytes + had, s->ptr, more);
    struct slice whole = {bytes, had + more};
    decode(c, &whole, last && more == s->len, out);
    size_t taken = had + more - whole.len;
    size_t moved = taken > had ? taken - had : more;
    c->n_rest = taken > had ? 0 : whole.len;
    if (c->n_rest > 0)
        memcpy(c->rest, whole.ptr, whole.len);
    if (moved > 0)
        *s = (struct slice){s->ptr + moved, s->len - moved};
}

void charset_decode(struct charset *c, const void *bytes, size_t len, bool last, struct text *out)
{
    struct slice s = {bytes, len};

    if (c->cd == NONE) {
        text_append(out, bytes, len);
        return;
    }
    while (c->n_rest > 0 && (s.len > 0 || last) && text_ok(out))
        decode_rest(c, &s, last, out);
    decode(c, &s, last, out);
    if (s.len > 0 && text_ok(out)) {
        memcpy(c->rest, s.ptr, s.len);
        c->n_rest = s.len;
    }
    if (last)
        flush(c, out);
}

/* ---- back ---- */

static void encode_lacking(struct charset *c, struct text *out)
{
    struct slice mark = {"?", 1};
    (void)convert(c, &mark, out);
}

/* Text without surrogates. */
static void encode_run(struct charset *c, struct slice s, struct text *out)
{
    while (s.len > 0 && text_ok(out) && convert(c, &s, out) != 0) {
        size_t len = 1;
        while (len < s.len && ((unsigned char)s.ptr[len] & 0xc0) == 0x80)
            len++;
        s = (struct slice){s.ptr + len, s.len - len};
        encode_lacking(c, out);
    }
    flush(c, out);
}

static void encode_surrogate(struct charset *c, unsigned code, struct text *out)
{
    char low = (char)(code & 0xff), high = (char)(code >> 8);

    if (c->unit == 2)
        text_append(out, c->big ? (char[]){high, low} : (char[]){low, high}, 2);
    else if (code >= KEPT_FROM && code <= KEPT_FROM + 0xff)
        text_append(out, &low, 1);
    else
        encode_lacking(c, out);
}

/* How far to the next surrogate in s. */
static size_t run_len(struct slice s)
{
    const char *p = s.ptr;

    for (size_t left; (left = s.len - (size_t)(p - s.ptr)) > 0; p++) {
        p = memchr(p, 0xed, left);
        if (!p)
            return s.len;
        if (surrogate_at(p, s.len - (size_t)(p - s.ptr)))
            break;
    }
    return (size_t)(p - s.ptr);
}

void charset_encode(struct charset *c, struct slice text, struct text *out)
{
    if (c->cd == NONE) {
        text_append(out, text.ptr, text.len);
        return;
    }
    while (text.len > 0 && text_ok(out)) {
        size_t len = run_len(text);
        encode_run(c, (struct slice){text.ptr, len}, out);
        if (len < text.len) {
            encode_surrogate(c, surrogate_at(text.ptr + len, text.len - len), out);
            len += SURROGATE_LEN;
        }
        text = (struct slice){text.ptr + len, text.len - len};
    }
}

size_t charset_shown(struct slice s, struct slice *shown)
{
    static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
    size_t n = slice_character(s);

    *shown = n > 0 ? (struct slice){s.ptr, n} : slice_of(replacement);
    if (n > 0)
        return n;
    return surrogate_at(s.ptr, s.len) ? SURROGATE_LEN : 1;
}
