/* redact_view: escapes are resolved one by one, from left to right; nothing that comes of it is longer. */
#include "policy/redact_view.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CLOSERS_MAX 64 /* after a cut, before the text ends */
#define ENTITY_MAX 10  /* &#x10ffff; */
#define SEQUENCE_MAX 32

/* ---- views ---- */

static bool view_init(struct redact_view *v, size_t cap)
{
    *v = (struct redact_view){.bytes = mem_zero(cap + 1, 1)};
    v->from = mem_zero(cap + 1, sizeof(*v->from));
    v->to = mem_zero(cap + 1, sizeof(*v->to));
    if (v->bytes && v->from && v->to)
        return true;
    redact_view_release(v);
    return false;
}

void redact_view_release(struct redact_view *v)
{
    if (v->bytes) /* there may be a secret in it */
        explicit_bzero(v->bytes, v->n);
    free(v->to);
    free(v->from);
    free(v->bytes);
    *v = (struct redact_view){NULL, NULL, NULL, 0, false};
}

static void put(struct redact_view *v, char c, uint32_t from, uint32_t to)
{
    v->bytes[v->n] = c;
    v->from[v->n] = from;
    v->to[v->n++] = to;
}

void redact_view_of(struct redact_view *v, struct slice text)
{
    if (!view_init(v, text.len))
        return;
    for (size_t i = 0; i < text.len; i++)
        put(v, text.ptr[i], (uint32_t)i, (uint32_t)i + 1);
}

/* ---- what can't be seen ---- */

struct range {
    const char *first, *last; /* sequences of one length */
};

size_t redact_view_unseen(const struct redact_view *v, size_t i)
{
    static const struct range ranges[] = {
        {"\xc2\x80", "\xc2\xa0"},         /* C1, no-break space */
        {"\xc2\xad", "\xc2\xad"},         /* soft hyphen */
        {"\xcd\x8f", "\xcd\x8f"},         /* combining grapheme joiner */
        {"\xd8\x9c", "\xd8\x9c"},         /* Arabic letter mark */
        {"\xe1\xa0\x8e", "\xe1\xa0\x8e"}, /* Mongolian vowel separator */
        {"\xe2\x80\x80", "\xe2\x80\x8f"}, /* spaces, zero-width, marks */
        {"\xe2\x80\xa8", "\xe2\x80\xaf"}, /* separators, bidi */
        {"\xe2\x81\x9f", "\xe2\x81\xaf"}, /* spaces, word joiner, isolates */
        {"\xe3\x80\x80", "\xe3\x80\x80"}, /* ideographic space */
        {"\xef\xb8\x80", "\xef\xb8\x8f"}, /* variation selectors */
        {"\xef\xbb\xbf", "\xef\xbb\xbf"}, /* byte order mark */
    };
    unsigned char c = (unsigned char)v->bytes[i];

    if (c < 0x80)
        return c <= ' ' || c == 0x7f || c == '+';
    for (size_t k = 0; k < sizeof(ranges) / sizeof(ranges[0]); k++) {
        size_t len = strlen(ranges[k].first);

        if (v->n - i >= len && memcmp(v->bytes + i, ranges[k].first, len) >= 0 &&
            memcmp(v->bytes + i, ranges[k].last, len) <= 0)
            return len;
    }
    return 0;
}

/* ---- where a text is cut ---- */

static bool has(const struct redact_view *v, size_t i, const char *what)
{
    size_t len = strlen(what);

    return v->n - i >= len && strncasecmp(v->bytes + i, what, len) == 0;
}

/* How many bytes at i are no word: what can't be seen, ASCII marks, typographic quotes, U+FFFD, or half a
 * character. */
static size_t closer(const struct redact_view *v, size_t i)
{
    static const char *const marks[] = {"\xe2\x80\x99", "\xe2\x80\x9d", "\xc2\xbb", "\xef\xbf\xbd"};
    unsigned char c = (unsigned char)v->bytes[i];
    size_t len = redact_view_unseen(v, i);

    if (len > 0)
        return len;
    if (c < 0x80)
        return !((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
    for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++)
        if (has(v, i, marks[k]))
            return strlen(marks[k]);
    return slice_character((struct slice){v->bytes + i, v->n - i}) == 0;
}

static bool is_left_out(const struct redact_view *v, size_t i)
{
    static const char *const words[] = {"\xe2\x80\xa6", "..",   "trunc",   "cut off", "(cut",
                                        "[cut",         "<cut", "\\u2026", "&hellip;"};

    for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
        if (has(v, i, words[k]))
            return true;
    return false;
}

bool redact_view_is_cut(const struct redact_view *v, size_t i)
{
    size_t len;

    for (int passed = 0; i < v->n && passed < CLOSERS_MAX; passed++, i += len) {
        if (is_left_out(v, i))
            return true;
        len = closer(v, i);
        if (len == 0)
            return false;
    }
    return true; /* as it is after too many closers */
}

void redact_view_find_cuts(const struct redact_view *v, bool *cuts)
{
    cuts[v->n] = true;
    for (size_t i = v->n; i-- > 0;) {
        size_t len = closer(v, i);

        cuts[i] = is_left_out(v, i) || (len > 0 && cuts[i + len]);
    }
}

/* ---- escapes ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number of exactly n digits at i, or -1. */
static int32_t hex_number(const struct redact_view *v, size_t i, size_t n)
{
    int32_t value = 0;

    if (v->n < n || i > v->n - n)
        return -1;
    for (size_t k = 0; k < n; k++) {
        int digit = hex_digit(v->bytes[i + k]);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* What an escape comes to. */
struct resolved {
    size_t len;        /* of the escape; 0: it is none */
    int32_t character; /* < 0: nothing */
    bool byte;         /* it is a byte, whichever character it belongs to */
};

#define NOTHING (-1)

static const struct resolved none = {0, NOTHING, false};

/* Of n digits at i some are missing: a text that is cut there says nothing. */
static struct resolved resolve_cut(const struct redact_view *v, size_t i, size_t before, size_t n)
{
    size_t digits = 0;

    while (digits < n && i + digits < v->n && hex_digit(v->bytes[i + digits]) >= 0)
        digits++;
    return redact_view_is_cut(v, i + digits) ? (struct resolved){before + digits, NOTHING, false}
                                             : none;
}

/* \uXXXX, \uD83C\uDF89, at the digits, with n bytes before them. */
static struct resolved resolve_utf16(const struct redact_view *v, size_t i, size_t before)
{
    int32_t high = hex_number(v, i, 4), low;

    if (high < 0)
        return resolve_cut(v, i, before, 4);
    if (high < 0xd800 || high > 0xdbff || i + 4 + before > v->n ||
        memcmp(v->bytes + i + 4, v->bytes + i - before, before) != 0)
        return (struct resolved){before + 4, high, false};
    low = hex_number(v, i + 4 + before, 4);
    if (low < 0xdc00 || low > 0xdfff)
        return (struct resolved){before + 4, high, false};
    return (struct resolved){2 * (before + 4), 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                             false};
}

static struct resolved resolve_byte(const struct redact_view *v, size_t i, size_t before)
{
    int32_t byte = hex_number(v, i, 2);

    if (byte >= 0)
        return (struct resolved){before + 2, byte, true};
    return resolve_cut(v, i, before, 2);
}

static bool is_octal(const struct redact_view *v, size_t i)
{
    return v->n - i >= 3 && v->bytes[i] >= '0' && v->bytes[i] <= '3' && v->bytes[i + 1] >= '0' &&
           v->bytes[i + 1] <= '7' && v->bytes[i + 2] >= '0' && v->bytes[i + 2] <= '7';
}

static struct resolved resolve_backslash(const struct redact_view *v, size_t i)
{
    char c;

    if (v->bytes[i] != '\\')
        return none;
    if (i + 1 == v->n)
        return (struct resolved){1, NOTHING, false};
    c = v->bytes[i + 1];
    if (c == 'u' || c == 'x') {
        struct resolved r = c == 'u' ? resolve_utf16(v, i + 2, 2) : resolve_byte(v, i + 2, 2);

        if (r.len)
            return r;
    }
    if (is_octal(v, i + 1))
        return (struct resolved){
            4, (c - '0') * 64 + (v->bytes[i + 2] - '0') * 8 + v->bytes[i + 3] - '0', true};
    return (struct resolved){2, strchr("ntrbfvae0", c) && c ? '\n' : (unsigned char)c, true};
}

static struct resolved resolve_percent(const struct redact_view *v, size_t i)
{
    if (v->bytes[i] != '%')
        return none;
    if (i + 1 < v->n && (v->bytes[i + 1] | 0x20) == 'u')
        return resolve_utf16(v, i + 2, 2);
    return resolve_byte(v, i + 1, 1);
}

/* The character of &NAME;, without & and ;, or -1. */
static int32_t entity(struct slice name)
{
    static const struct {
        const char *name;
        int32_t character;
    } known[] = {{"amp", '&'},   {"lt", '<'},  {"gt", '>'},    {"quot", '"'}, {"apos", '\''},
                 {"nbsp", 0xa0}, {"sol", '/'}, {"bsol", '\\'}, {"Tab", '\t'}, {"NewLine", '\n'}};
    char digits[ENTITY_MAX + 1], *end;
    bool hex = name.len > 1 && (name.ptr[1] | 0x20) == 'x';
    long value;

    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
        if (slice_equal(name, slice_of(known[k].name)))
            return known[k].character;
    if (name.len < 2 || name.len > ENTITY_MAX || name.ptr[0] != '#')
        return -1;
    memcpy(digits, name.ptr, name.len);
    digits[name.len] = '\0';
    value = strtol(digits + (hex ? 2 : 1), &end, hex ? 16 : 10);
    return *end || value < 0 || value > 0x10ffff ? -1 : (int32_t)value;
}

static struct resolved resolve_entity(const struct redact_view *v, size_t i)
{
    size_t len = 1;
    int32_t character;

    if (v->bytes[i] != '&')
        return none;
    while (len < ENTITY_MAX && i + len < v->n &&
           (v->bytes[i + len] == '#' || closer(v, i + len) == 0))
        len++;
    if (i + len < v->n && v->bytes[i + len] == ';') {
        character = entity((struct slice){v->bytes + i + 1, len - 1});
        return (struct resolved){character < 0 ? 0 : len + 1, character, false};
    }
    return (struct resolved){len < ENTITY_MAX && redact_view_is_cut(v, i + len) ? len : 0, NOTHING,
                             false};
}

/* A control sequence (ECMA-48): ESC [, parameters, a last byte from @ on. */
static struct resolved resolve_terminal(const struct redact_view *v, size_t i)
{
    if (v->n - i < 2 || v->bytes[i] != '\x1b' || v->bytes[i + 1] != '[')
        return none;
    for (size_t k = i + 2; k < v->n && k < i + SEQUENCE_MAX; k++) {
        if (v->bytes[k] >= '@' && v->bytes[k] <= '~')
            return (struct resolved){k + 1 - i, NOTHING, false};
        if (v->bytes[k] < ' ' || v->bytes[k] > '?')
            break;
    }
    return none;
}

static struct resolved resolve_unseen(const struct redact_view *v, size_t i)
{
    return (struct resolved){redact_view_unseen(v, i), NOTHING, false};
}

/* ---- characters ---- */

static size_t encode(int32_t c, char out[4])
{
    uint32_t u = (uint32_t)c;

    if (u < 0x80) {
        out[0] = (char)u;
        return 1;
    }
    if (u < 0x800) {
        out[0] = (char)(0xc0 | u >> 6);
        out[1] = (char)(0x80 | (u & 0x3f));
        return 2;
    }
    if (u < 0x10000) {
        out[0] = (char)(0xe0 | u >> 12);
        out[1] = (char)(0x80 | (u >> 6 & 0x3f));
        out[2] = (char)(0x80 | (u & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | u >> 18);
    out[1] = (char)(0x80 | (u >> 12 & 0x3f));
    out[2] = (char)(0x80 | (u >> 6 & 0x3f));
    out[3] = (char)(0x80 | (u & 0x3f));
    return 4;
}

static void put_resolved(struct redact_view *out, const struct resolved *r, uint32_t from,
                         uint32_t to)
{
    char bytes[4];
    size_t n;

    if (r->character < 0)
        return;
    bytes[0] = (char)r->character;
    n = r->byte ? 1 : encode(r->character, bytes);
    for (size_t k = 0; k < n; k++)
        put(out, bytes[k], from, to);
}

void redact_view_resolve(struct redact_view *out, const struct redact_view *v,
                         enum redact_escape escape)
{
    static struct resolved (*const resolve[REDACT_ESCAPES])(const struct redact_view *, size_t) = {
        [REDACT_BACKSLASH] = resolve_backslash, [REDACT_PERCENT] = resolve_percent,
        [REDACT_ENTITY] = resolve_entity,       [REDACT_TERMINAL] = resolve_terminal,
        [REDACT_UNSEEN] = resolve_unseen,
    };

    if (!view_init(out, v->n))
        return;
    for (size_t i = 0; i < v->n;) {
        struct resolved r = resolve[escape](v, i);

        if (r.len == 0) {
            put(out, v->bytes[i], v->from[i], v->to[i]);
            i++;
            continue;
        }
        put_resolved(out, &r, v->from[i], v->to[i + r.len - 1]);
        i += r.len;
        out->changed = true;
    }
}

/* ---- condensing ---- */

void redact_view_condense(struct redact_view *out, const struct redact_view *v, bool dense)
{
    if (!view_init(out, v->n))
        return;
    for (size_t i = 0; i < v->n;) {
        size_t len = redact_view_unseen(v, i);

        if (len == 0 && dense && v->bytes[i] && strchr("-_/", v->bytes[i]))
            len = 1;
        if (len == 0) {
            put(out, v->bytes[i], (uint32_t)i, (uint32_t)i + 1);
            len = 1;
        }
        i += len;
    }
}
