/*
 * htmltext: one pass over the HTML, which remembers what has still to be written: a blank, line ends, a link's address.
 *
 * Looked at for this: libxml2 and gumbo, whose trees are more than a letter needs, and of which the one changes {{…}} in
 * attributes and the other is no longer kept.
 */
#include "policy/htmltext.h"

#include "base/slice.h"
#include "policy/entities.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LEN 16

struct state {
    struct text *out;
    size_t start;  /* of what is ours in out */
    unsigned ends; /* line ends that are due before the next text */
    bool blank;    /* a blank is due */
    bool item;     /* a list's "- " was the last: its text goes on behind it, even in a <p> */
    struct slice href;
};

/* ---- writing ---- */

static void due_ends(struct state *s, unsigned n)
{
    if (s->item)
        return;
    s->ends = s->ends > n ? s->ends : n;
    s->blank = false;
}

static void put(struct state *s, const char *bytes, size_t len)
{
    if (s->out->len > s->start)
        for (; s->ends > 0; s->ends--)
            text_puts(s->out, "\n");
    s->ends = 0;
    if (s->blank && s->out->len > s->start && s->out->ptr[s->out->len - 1] != '\n')
        text_puts(s->out, " ");
    s->blank = s->item = false;
    text_append(s->out, bytes, len);
}

static void put_code_point(struct state *s, uint32_t c)
{
    bool is_blank = c == 0xa0 || c == 0x2002 || c == 0x2003 || c == 0x2009 || c < ' ';

    if (is_blank) {
        s->blank = true;
        return;
    }
    put(s, "", 0);
    entities_put(c, s->out);
}

/* What stands in an attribute, as it is meant. */
static void put_decoded(struct state *s, struct slice value)
{
    for (size_t i = 0; i < value.len;) {
        uint32_t code;
        size_t n = value.ptr[i] == '&'
                       ? entities_read((struct slice){value.ptr + i, value.len - i}, &code)
                       : 0;

        if (n > 0)
            put_code_point(s, code);
        else
            put(s, &value.ptr[i], 1);
        i += n > 0 ? n : 1;
    }
}

/* ---- tags ---- */

struct tag {
    char name[NAME_MAX_LEN];
    bool closes;
    struct slice rest; /* its attributes */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* Where the tag ends whose attributes begin at `at`: at its '>', or s.len. */
static size_t find_tag_end(struct slice s, size_t at)
{
    char quote = 0;

    for (; at < s.len && (quote || s.ptr[at] != '>'); at++) {
        if (quote)
            quote = s.ptr[at] == quote ? 0 : quote;
        else if (s.ptr[at] == '"' || s.ptr[at] == '\'')
            quote = s.ptr[at];
    }
    return at;
}

/* s begins with '<'.  How long the tag is, or 0: it is text. */
static size_t read_tag(struct slice s, struct tag *tag)
{
    size_t at = 1, len = 0;

    tag->closes = at < s.len && s.ptr[at] == '/';
    at += tag->closes;
    if (at >= s.len || !is_letter(s.ptr[at]))
        return 0;
    for (; at < s.len && !is_space(s.ptr[at]) && s.ptr[at] != '>' && s.ptr[at] != '/'; at++)
        if (len + 1 < sizeof(tag->name))
            tag->name[len++] = (char)(is_letter(s.ptr[at]) ? s.ptr[at] | 32 : s.ptr[at]);
    tag->name[len] = '\0';
    tag->rest.ptr = s.ptr + at;
    at = find_tag_end(s, at);
    tag->rest.len = (size_t)(s.ptr + at - tag->rest.ptr);
    return at < s.len ? at + 1 : 0;
}

/* The value of an attribute; empty: it has none. */
static struct slice attribute(struct slice rest, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i + len + 2 < rest.len; i++) {
        char quote = rest.ptr[i + len + 1];
        const char *from = rest.ptr + i + len + 2, *end;

        if (!is_space(rest.ptr[i == 0 ? 0 : i - 1]) || strncasecmp(rest.ptr + i, name, len) != 0 ||
            rest.ptr[i + len] != '=' || (quote != '"' && quote != '\''))
            continue;
        end = memchr(from, quote, rest.len - (i + len + 2));
        return (struct slice){from, end ? (size_t)(end - from) : 0};
    }
    return (struct slice){NULL, 0};
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Does what was written end with it? */
static bool was_said(const struct state *s, struct slice url)
{
    return s->out->len >= s->start + url.len &&
           memcmp(s->out->ptr + s->out->len - url.len, url.ptr, url.len) == 0;
}

/* A link whose text is its address says it once. */
static void put_link_end(struct state *s)
{
    struct slice href = slice_trim(s->href), bare;
    struct text decoded;
    struct state into = {.out = &decoded};

    s->href = (struct slice){NULL, 0};
    if (href.len == 0 || *href.ptr == '#')
        return;
    text_init(&decoded);
    put_decoded(&into, href);
    s->out->failed = s->out->failed || !text_ok(&decoded);
    if (!s->out->failed) {
        bare = (struct slice){decoded.ptr, decoded.len};
        if (slice_begins(bare, "mailto:"))
            bare = (struct slice){bare.ptr + strlen("mailto:"), bare.len - strlen("mailto:")};
        if (!was_said(s, bare)) {
            s->blank = true;
            put(s, "<", 1);
            put(s, decoded.ptr, decoded.len);
            put(s, ">", 1);
        }
    }
    text_release(&decoded);
}

static void take_tag(struct state *s, const struct tag *t)
{
    static const char *const paragraphs[] = {"p",  "h1", "h2", "h3",    "h4",         "h5", "h6",
                                             "ul", "ol", "hr", "table", "blockquote", NULL};
    static const char *const lines[] = {"br",      "div",    "tr",     "li", "title",
                                        "section", "header", "footer", NULL};

    if (strcmp(t->name, "li") == 0 && !t->closes) {
        s->item = false;
        due_ends(s, 1);
        put(s, "-", 1);
        s->blank = s->item = true;
    } else if (strcmp(t->name, "br") == 0) {
        s->ends = s->ends < 2 ? s->ends + 1 : 2;
        s->blank = false;
    } else if (is_one_of(t->name, paragraphs)) {
        due_ends(s, 2);
    } else if (is_one_of(t->name, lines)) {
        due_ends(s, 1);
    } else if (strcmp(t->name, "td") == 0 || strcmp(t->name, "th") == 0) {
        s->blank = true;
    } else if (strcmp(t->name, "a") == 0) {
        if (t->closes)
            put_link_end(s);
        else
            s->href = attribute(t->rest, "href");
    } else if (strcmp(t->name, "img") == 0) {
        put_decoded(s, attribute(t->rest, "alt"));
    }
}

/* What is not shown, up to its end: how much. */
static size_t skip_hidden(struct slice s, const struct tag *t)
{
    static const char *const hidden[] = {"style", "script", "head", "template", NULL};

    if (t->closes || !is_one_of(t->name, hidden))
        return 0;
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.ptr[i] == '<' && s.ptr[i + 1] == '/' && s.len - i - 2 >= strlen(t->name) &&
            strncasecmp(s.ptr + i + 2, t->name, strlen(t->name)) == 0)
            return i;
    /* A head may end unsaid, where the body begins. */
    return strcmp(t->name, "head") == 0 ? 0 : s.len;
}

/* ---- all of it ---- */

/* At '<': how much of it was a comment, a declaration or a tag; 0: it is text. */
static size_t take_markup(struct state *s, struct slice rest)
{
    struct tag tag;
    size_t n;

    if (rest.len >= 4 && memcmp(rest.ptr, "<!--", 4) == 0) {
        const char *end = memmem(rest.ptr, rest.len, "-->", 3);

        return end ? (size_t)(end - rest.ptr) + 3 : rest.len;
    }
    if (rest.len >= 2 && (rest.ptr[1] == '!' || rest.ptr[1] == '?')) {
        const char *end = memchr(rest.ptr, '>', rest.len);

        return end ? (size_t)(end - rest.ptr) + 1 : rest.len;
    }
    n = read_tag(rest, &tag);
    if (n == 0)
        return 0;
    take_tag(s, &tag);
    return n + skip_hidden((struct slice){rest.ptr + n, rest.len - n}, &tag);
}

/* {{Column}} stays as it is, up to its default, which is HTML: how long that is, or 0. */
static size_t take_column(struct state *s, struct slice rest)
{
    const char *end = rest.len >= 2 && memcmp(rest.ptr, "{{", 2) == 0
                          ? memmem(rest.ptr, rest.len, "}}", 2)
                          : NULL,
               *bar = end ? memchr(rest.ptr, '|', (size_t)(end - rest.ptr)) : NULL;
    size_t n = end ? (size_t)((bar ? bar + 1 : end + 2) - rest.ptr) : 0;

    if (n > 0)
        put(s, rest.ptr, n);
    return n;
}

void htmltext(struct slice html, struct text *out)
{
    struct state s = {.out = out, .start = out->len};

    for (size_t i = 0; i < html.len;) {
        struct slice rest = {html.ptr + i, html.len - i};
        uint32_t code;
        size_t n = *rest.ptr == '<' ? take_markup(&s, rest) : take_column(&s, rest);

        if (n == 0 && *rest.ptr == '&' && (n = entities_read(rest, &code)) > 0)
            put_code_point(&s, code);
        else if (n == 0 && is_space(*rest.ptr))
            s.blank = true;
        else if (n == 0)
            put(&s, rest.ptr, 1);
        i += n > 0 ? n : 1;
    }
    text_puts(out, "\n");
}

/* ---- {{Column}} as editors leave it ---- */

/* Digits behind a %, or -1. */
static int read_percent(struct slice s)
{
    static const char digits[] = "0123456789abcdef";
    const char *high, *low;

    if (s.len < 3 || s.ptr[0] != '%' || !s.ptr[1] || !s.ptr[2])
        return -1;
    high = strchr(digits, s.ptr[1] > '9' ? s.ptr[1] | 32 : s.ptr[1]);
    low = strchr(digits, s.ptr[2] > '9' ? s.ptr[2] | 32 : s.ptr[2]);
    return high && low ? (int)((high - digits) * 16 + (low - digits)) : -1;
}

/* The name of a column and its default; tags and line ends that stand in the name into after. */
static void put_braced(struct slice inner, bool percent, struct text *out, struct text *after)
{
    struct state s = {.out = out, .start = out->len};
    bool named = false;

    for (size_t i = 0, n; i < inner.len && !named; i += n) {
        struct slice rest = {inner.ptr + i, inner.len - i};
        int byte = percent ? read_percent(rest) : -1;
        struct tag tag;
        uint32_t code;

        if (byte >= 0 && (n = 3))
            put(&s, &(char){(char)byte}, 1);
        else if (*rest.ptr == '<' && (n = read_tag(rest, &tag)) > 0)
            text_append(after, rest.ptr, n);
        else if (*rest.ptr == '&' && (n = entities_read(rest, &code)) > 0)
            put_code_point(&s, code);
        else if ((n = 1) && is_space(*rest.ptr))
            s.blank = true;
        else
            put(&s, rest.ptr, 1);
        if (*rest.ptr == '\n')
            text_puts(after, "\n");
        named = out->len > s.start && out->ptr[out->len - 1] == '|';
        if (named)
            text_append(out, rest.ptr + n, rest.len - n);
    }
}

void htmltext_braces(struct slice html, struct text *out)
{
    struct text after;

    text_init(&after);
    for (size_t i = 0; i < html.len;) {
        struct slice rest = {html.ptr + i, html.len - i};
        bool percent = slice_begins(rest, "%7B%7B");
        size_t mark = percent ? 6 : 2, to = mark;

        if (!percent && !(rest.len >= 2 && memcmp(rest.ptr, "{{", 2) == 0)) {
            text_append(out, &html.ptr[i++], 1);
            continue;
        }
        while (to < rest.len && !slice_begins((struct slice){rest.ptr + to, rest.len - to},
                                              percent ? "%7D%7D" : "}}"))
            to++;
        if (to == rest.len) { /* which is said when it is compiled */
            text_append(out, rest.ptr, rest.len);
            break;
        }
        text_puts(out, "{{");
        put_braced((struct slice){rest.ptr + mark, to - mark}, percent, out, &after);
        text_puts(out, "}}");
        text_append(out, after.ptr, after.len);
        text_clear(&after);
        i += to + mark;
    }
    out->failed = out->failed || !text_ok(&after);
    text_release(&after);
}

void htmltext_escape(struct slice cell, struct text *out)
{
    for (size_t i = 0; i < cell.len; i++) {
        switch (cell.ptr[i]) {
        case '&':
            text_puts(out, "&amp;");
            break;
        case '<':
            text_puts(out, "&lt;");
            break;
        case '>':
            text_puts(out, "&gt;");
            break;
        case '"':
            text_puts(out, "&quot;");
            break;
        case '\'':
            text_puts(out, "&#39;");
            break;
        default:
            text_append(out, &cell.ptr[i], 1);
        }
    }
}
