/* wrapped: each wrapping is taken off if it is whole; then the next one may be. */
#include "policy/wrapped.h"

#include <string.h>

static struct slice part(struct slice s, size_t from, size_t to)
{
    return slice_trim((struct slice){s.ptr + from, to - from});
}

static size_t count(struct slice s, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == c;
    return n;
}

/* ---- quotes, and what ends a list ---- */

static bool holds(struct slice s, const char *what)
{
    size_t len = strlen(what);
    return len > 0 && s.len >= len && memmem(s.ptr, s.len, what, len);
}

/* All signs that are printed as quotes; two that do not match mean the same as two that do. */
static const char *const quotes[] = {"\"", "'",  "`",  "´",  "“",  "”", "„", "‟",  "«",
                                     "»",  "‘",  "’",  "‚",  "‛",  "‹", "›", "「", "」",
                                     "『", "』", "〝", "〞", "〟", "｢", "｣", "＂", "＇"};
#define QUOTES (sizeof(quotes) / sizeof(quotes[0]))

size_t wrapped_quote(struct slice s)
{
    for (size_t i = 0; i < QUOTES; i++)
        if (slice_begins(s, quotes[i]))
            return strlen(quotes[i]);
    return 0;
}

static size_t last_quote(struct slice s)
{
    for (size_t i = 0; i < QUOTES; i++) {
        size_t len = strlen(quotes[i]);

        if (s.len >= len && memcmp(s.ptr + s.len - len, quotes[i], len) == 0)
            return len;
    }
    return 0;
}

/* What stands in quotes, of open and close bytes; false: it does not, or nothing does. */
static bool take_inner(struct slice s, size_t *open, size_t *close, struct slice *inner)
{
    *open = wrapped_quote(s);
    *close = last_quote(s);
    if (*open == 0 || *close == 0 || s.len <= *open + *close)
        return false;
    *inner = (struct slice){s.ptr + *open, s.len - *open - *close};
    return true;
}

bool wrapped_in_quotes(struct slice s)
{
    struct slice inner;
    size_t open, close;

    return take_inner(s, &open, &close, &inner);
}

/* Without quotes around the whole; with others of their kind in it they may belong to parts of it. */
static bool unquote(struct slice *s)
{
    struct slice inner;
    size_t open, close;

    if (!take_inner(*s, &open, &close, &inner) || memmem(inner.ptr, inner.len, s->ptr, open) ||
        memmem(inner.ptr, inner.len, s->ptr + s->len - close, close))
        return false;
    *s = slice_trim(inner);
    return true;
}

static bool drop_end(struct slice *s)
{
    if (s->len < 2 || !strchr(";,", s->ptr[s->len - 1]))
        return false;
    *s = part(*s, 0, s->len - 1);
    return true;
}

struct slice wrapped_text(struct slice s)
{
    while (unquote(&s))
        ;
    return s;
}

/* ---- Jo Lee <…> ---- */

/* `Jo <X>`: X, where the name before it holds no mark of another one, or holds X itself. */
static bool unbracket(struct slice *s, const char *mark, const char *other)
{
    const char *open = s->len > 2 ? memchr(s->ptr, '<', s->len) : NULL;

    if (!open || s->ptr[s->len - 1] != '>' || count(*s, '<') != 1 || count(*s, '>') != 1)
        return false;
    size_t at = (size_t)(open - s->ptr);
    struct slice inner = part(*s, at + 1, s->len - 1), name = wrapped_text(part(*s, 0, at));
    struct slice bare = slice_begins(inner, "mailto:") ? part(inner, 7, inner.len) : inner;
    bool same = slice_same(name, bare);
    if (inner.len == 0 || ((holds(name, mark) || holds(name, other)) && !same))
        return false;
    *s = inner;
    return true;
}

struct slice wrapped_email(struct slice s)
{
    do
        s = wrapped_text(s);
    while (drop_end(&s) || unbracket(&s, "@", "@"));
    if (slice_begins(s, "smtp:"))
        s = part(s, strlen("smtp:"), s.len);
    if (slice_begins(s, "mailto:")) {
        const char *query = memchr(s.ptr, '?', s.len);
        s = part(s, strlen("mailto:"), query ? (size_t)(query - s.ptr) : s.len);
    }
    return s;
}

/* ---- addresses ---- */

/* Where the address begins behind `eth:`, `eip155:1:` or `https://…/address/`; 0: there is nothing before it. */
static size_t behind_chain(struct slice s)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:";
    const char *last = s.len > 0 ? memrchr(s.ptr, ':', s.len) : NULL;
    size_t at = last ? (size_t)(last - s.ptr) + 1 : 0;

    if (slice_begins(s, "https://") || slice_begins(s, "http://")) {
        const char *word = memmem(s.ptr, s.len, "/address/", strlen("/address/"));
        return word ? (size_t)(word - s.ptr) + strlen("/address/") : 0;
    }
    for (size_t i = 0; i < at; i++) {
        if (s.ptr[i] == '\0' || !strchr(allowed, s.ptr[i]))
            return 0;
    }
    return at > 1 ? at : 0;
}

struct slice wrapped_address(struct slice s)
{
    do
        s = wrapped_text(s);
    while (drop_end(&s) || unbracket(&s, "0x", "bb1"));
    size_t at = behind_chain(s), end = at;
    struct slice rest = {s.ptr + at, s.len - at};
    if (at == 0 || !(slice_begins(rest, "0x") || slice_begins(rest, "bb1")))
        return s;
    while (end < s.len && !strchr("@?/#", s.ptr[end]))
        end++;
    return part(s, at, end);
}
