/* mimeread_words: encoded words (RFC 2047) and parameters (RFC 2045, 5.1; RFC 2231), also as they are wrongly written. */
#include "mimeread_internal.h"

#include <string.h>

/* ---- encoded words ---- */

struct word {
    struct slice charset, bytes; /* bytes: encoded */
    bool base64;
};

/* Where c first stands in s from i on, or s.len. */
static size_t find(struct slice s, size_t i, char c)
{
    const char *at = i < s.len ? memchr(s.ptr + i, c, s.len - i) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

/* The length of the word that s begins with, or 0: `=?charset?q?text?=`. */
static size_t take_word(struct slice s, struct word *w)
{
    size_t charset = 2, how, bytes, end;

    if (s.len < 8 || s.ptr[0] != '=' || s.ptr[1] != '?')
        return 0;
    how = find(s, charset, '?') + 1;
    if (how + 2 >= s.len || how - charset > 64 || s.ptr[how + 1] != '?')
        return 0;
    bytes = how + 2;
    end = find(s, bytes, '?');
    if (end + 1 >= s.len || s.ptr[end + 1] != '=')
        return 0;
    w->charset = (struct slice){s.ptr + charset, how - 1 - charset};
    w->charset.len =
        find(w->charset, 0, '*'); /* a language stands behind it (RFC 2231, section 5) */
    w->base64 = mimeread_lower(s.ptr[how]) == 'b';
    if (!w->base64 && mimeread_lower(s.ptr[how]) != 'q')
        return 0;
    w->bytes = (struct slice){s.ptr + bytes, end - bytes};
    return end + 2;
}

static size_t skip_blanks(struct slice s)
{
    size_t i = 0;

    while (i < s.len && mimeread_blank(s.ptr[i]))
        i++;
    return i;
}

static struct slice behind(struct slice s, size_t len)
{
    return (struct slice){s.ptr + len, s.len - len};
}

/* Takes a row of words of one charset off.  Some cut a character in two between them, so their bytes are put together. */
static void take_row(struct slice *rest, size_t *left, struct text *out)
{
    struct word first = {.base64 = false}, w;
    size_t len = take_word(*rest, &first), gap;
    struct text bytes;

    text_init(&bytes);
    w = first;
    for (;;) {
        if (w.base64)
            mimeread_base64(w.bytes, &bytes);
        else
            mimeread_quoted(w.bytes, true, &bytes);
        *rest = behind(*rest, len);
        gap = skip_blanks(*rest);
        len = take_word(behind(*rest, gap), &w);
        if (len == 0)
            break;
        *rest = behind(*rest, gap); /* blanks between words only part them */
        if (!slice_same(w.charset, first.charset))
            break;
    }
    mimeread_utf8((struct slice){bytes.ptr, bytes.len}, first.charset, left, out);
    out->failed = out->failed || !text_ok(&bytes);
    text_release(&bytes);
}

/* What was decoded, and NULs, must not look like the end of anything. */
static void make_one_line(struct text *out, size_t from)
{
    for (size_t i = from; i < out->len; i++)
        if (mimeread_line_end(out->ptr[i]) || out->ptr[i] == '\0')
            out->ptr[i] = ' ';
}

void mimeread_decode(struct slice raw, size_t *left, struct text *out)
{
    size_t from = out->len;

    while (raw.len > 0) {
        struct word w;
        size_t at = 0;

        if (take_word(raw, &w) > 0) {
            take_row(&raw, left, out);
            continue;
        }
        do
            at = find(raw, at + 1, '=');
        while (at < raw.len && (at + 1 == raw.len || raw.ptr[at + 1] != '?'));
        mimeread_utf8((struct slice){raw.ptr, at}, slice_of(""), left, out);
        raw = behind(raw, at);
    }
    make_one_line(out, from);
}

void mimeread_words(struct slice raw, struct text *out)
{
    size_t left = MIMEREAD_CHARSETS_MAX;

    mimeread_decode(raw, &left, out);
}

/* ---- parameters ---- */

/* One as it stands there, perhaps a part of one: name*2*=value. */
struct piece {
    struct slice name;  /* without what says which part it is */
    struct slice value; /* in pieces.values, from at */
    size_t at;
    int part;     /* -1: it is whole */
    bool percent; /* the value is percent-encoded, and begins with its charset in the first part */
};

struct pieces {
    struct piece list[MIMEREAD_PARAMS_MAX];
    size_t n;
    struct text
        values; /* quoted strings, their quotes and backslashes taken off, one behind the other */
};

/* Past blanks and comments. */
static void skip_comments(struct slice *s)
{
    int depth = 0;

    while (s->len > 0) {
        char c = s->ptr[0];

        if (c == '(')
            depth++;
        else if (depth > 0 && c == ')')
            depth--;
        else if (depth > 0 && c == '\\' && s->len > 1)
            *s = behind(*s, 1);
        else if (depth == 0 && !mimeread_blank(c))
            return;
        *s = behind(*s, 1);
    }
}

/* A token, which here may hold anything but these; without the blanks behind it. */
static struct slice take_until(struct slice *s, const char *ends)
{
    size_t len = 0;
    struct slice token;

    while (len < s->len && (s->ptr[len] == '\0' || !strchr(ends, s->ptr[len])))
        len++;
    token = slice_trim((struct slice){s->ptr, len});
    *s = behind(*s, len);
    return token;
}

/* A value, which becomes the end of values. */
static void take_value(struct slice *s, struct text *values)
{
    struct slice token;

    skip_comments(s);
    if (s->len == 0 || s->ptr[0] != '"') {
        token = take_until(s, ";(");
        text_append(values, token.ptr, token.len);
        return;
    }
    *s = behind(*s, 1);
    while (s->len > 0 && s->ptr[0] != '"') {
        if (s->ptr[0] == '\\' && s->len > 1)
            *s = behind(*s, 1);
        text_append(values, s->ptr, 1);
        *s = behind(*s, 1);
    }
    if (s->len > 0)
        *s = behind(*s, 1);
}

/* `name*2*` */
static void set_name(struct piece *p, struct slice name)
{
    size_t star = find(name, 0, '*');

    p->name = (struct slice){name.ptr, star};
    p->part = -1;
    p->percent = star < name.len && name.ptr[name.len - 1] == '*';
    for (size_t i = star + 1; i < name.len && name.ptr[i] >= '0' && name.ptr[i] <= '9'; i++) {
        if (p->part > (int)MIMEREAD_PARAMS_MAX)
            break;
        p->part = (p->part < 0 ? 0 : p->part * 10) + (name.ptr[i] - '0');
    }
}

/* values may move while it grows: the slices' places in it are set in the end. */
static void collect(struct slice s, struct pieces *p)
{
    while (s.len > 0 && p->n < MIMEREAD_PARAMS_MAX) {
        struct piece *piece = &p->list[p->n];

        s = behind(s, 1); /* the ; */
        skip_comments(&s);
        set_name(piece, take_until(&s, "=;"));
        if (s.len == 0 || s.ptr[0] != '=')
            continue;
        s = behind(s, 1);
        piece->at = p->values.len;
        take_value(&s, &p->values);
        piece->value.len = p->values.len - piece->at;
        p->n += piece->name.len > 0 && slice_is_ascii(piece->name);
        take_until(&s, ";");
    }
    for (size_t i = 0; i < p->n; i++)
        p->list[i].value.ptr = p->values.ptr + p->list[i].at;
}

static void append_percent(struct slice s, struct text *out)
{
    for (size_t i = 0; i < s.len; i++) {
        bool escape = s.ptr[i] == '%' && i + 2 < s.len && mimeread_hex(s.ptr[i + 1]) >= 0 &&
                      mimeread_hex(s.ptr[i + 2]) >= 0;
        char byte = s.ptr[i];

        if (escape)
            byte = (char)(mimeread_hex(s.ptr[i + 1]) << 4 | mimeread_hex(s.ptr[i + 2]));
        text_append(out, &byte, 1);
        i += escape ? 2 : 0;
    }
}

static const struct piece *find_piece(const struct pieces *p, struct slice name, int part,
                                      bool percent)
{
    for (size_t i = 0; i < p->n; i++)
        if (slice_same(p->list[i].name, name) && p->list[i].part == part &&
            (part >= 0 || p->list[i].percent == percent))
            return &p->list[i];
    return NULL;
}

/* What RFC 2231 made of it, put together; false: it did nothing. */
static bool append_extended(const struct pieces *p, struct slice name, size_t *left,
                            struct text *out)
{
    const struct piece *piece = find_piece(p, name, -1, true);
    bool in_parts = !piece;
    struct slice charset = slice_of("");
    struct text bytes;

    if (in_parts && !(piece = find_piece(p, name, 0, false)))
        return false;
    text_init(&bytes);
    for (int part = 1; piece; part++) {
        struct slice value = piece->value;

        if (piece->percent && part == 1) {
            size_t language = find(value, 0, '\''), text = find(value, language + 1, '\'');

            if (text < value.len) {
                charset = (struct slice){value.ptr, language};
                value = behind(value, text + 1);
            }
        }
        if (piece->percent)
            append_percent(value, &bytes);
        else
            text_append(&bytes, value.ptr, value.len);
        piece = in_parts ? find_piece(p, name, part, false) : NULL;
    }
    mimeread_utf8((struct slice){bytes.ptr, bytes.len}, charset, left, out);
    out->failed = out->failed || !text_ok(&bytes);
    text_release(&bytes);
    return true;
}

const char *mimeread_copy_lower(struct arena *a, struct slice s)
{
    char *copy = arena_copy(a, s.ptr, s.len);

    for (size_t i = 0; copy && i < s.len; i++)
        copy[i] = mimeread_lower(copy[i]);
    return copy;
}

/* 0, or -1: no memory. */
static int make_param(const struct pieces *p, size_t i, size_t *left, struct arena *a,
                      struct mimeread_param *param)
{
    const struct piece *plain = find_piece(p, p->list[i].name, -1, false);
    struct text value;
    int rc = -1;

    text_init(&value);
    if (!append_extended(p, p->list[i].name, left, &value))
        mimeread_decode(plain ? plain->value : p->list[i].value, left,
                        &value); /* Outlook and others put encoded words there */
    make_one_line(&value, 0);
    if (text_ok(&value)) {
        param->name = mimeread_copy_lower(a, p->list[i].name);
        param->value = arena_copy(a, value.ptr, value.len);
        rc = param->name && param->value ? 0 : -1;
    }
    text_release(&value);
    return rc;
}

/* Is it the first piece of its name? */
static bool is_first(const struct pieces *p, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (slice_same(p->list[k].name, p->list[i].name))
            return false;
    return true;
}

const char *mimeread_structured(const char *raw, size_t *left, struct arena *a,
                                const struct mimeread_param **params, size_t *n)
{
    struct slice s = slice_of(raw), head;
    struct pieces p = {.n = 0};
    struct mimeread_param *list;
    const char *name;
    bool ok;

    *n = 0;
    skip_comments(&s);
    head = take_until(&s, ";(");
    if (!slice_is_ascii(head))
        head = slice_of("");
    take_until(&s, ";");
    text_init(&p.values);
    collect(s, &p);
    name = mimeread_copy_lower(a, head);
    *params = list = arena_alloc(a, (p.n + 1) * sizeof(*list));
    ok = text_ok(&p.values) && name && list;
    for (size_t i = 0; ok && i < p.n; i++)
        if (is_first(&p, i)) {
            ok = make_param(&p, i, left, a, &list[*n]) == 0;
            *n += 1;
        }
    text_release(&p.values);
    return ok ? name : NULL;
}
