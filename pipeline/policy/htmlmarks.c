/*
 * htmlmarks: a walk over the HTML in steps (a comment, the name of a tag, one of an attribute, a byte), as browsers read it:
 *
 *   text -> tag -> value -> tag -> text        raw: <style> and <script>, up to their end
 */
#include "policy/htmlmarks.h"

#include "policy/entities.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define QUOTES_MISSING "stands in a tag, and not in quotes: write it as in alt=\"{{Column}}\""
#define BRACES_APART                                                                               \
    "is how it looks, but there is formatting between the two braces: delete it and type it anew"

void htmlmarks_init(struct htmlmarks *m, struct slice html)
{
    *m = (struct htmlmarks){.html = html};
}

static struct slice rest_of(const struct htmlmarks *m)
{
    return (struct slice){m->html.ptr + m->at, m->html.len - m->at};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

/* ---- braces ---- */

/* How long the brace is that s begins with, as itself or as an entity; 0: it is none. */
static size_t brace(struct slice s)
{
    uint32_t code;
    size_t n;

    if (s.len == 0)
        return 0;
    if (*s.ptr == '{')
        return 1;
    n = *s.ptr == '&' ? entities_read(s, &code) : 0;
    return n > 0 && code == '{' ? n : 0;
}

/* The tags that s begins with; in the value of an attribute there are none. */
static size_t tags(struct slice s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] == '<') {
        const char *end = memchr(s.ptr + n, '>', s.len - n);

        if (!end)
            break;
        n = (size_t)(end + 1 - s.ptr);
    }
    return n;
}

/* How long two braces are that are not written as {{, but shown as such, or 0. */
static size_t braces_apart(struct slice s, bool in_text)
{
    size_t first = brace(s), between, second;

    if (first == 0)
        return 0;
    s = (struct slice){s.ptr + first, s.len - first};
    between = in_text ? tags(s) : 0;
    second = brace((struct slice){s.ptr + between, s.len - between});
    return second > 0 ? first + between + second : 0;
}

/* ---- what a place means ---- */

/* Whose value is an address. */
static bool is_link(const char *attribute)
{
    static const char *const names[] = {"href",   "src",    "action", "background", "cite",
                                        "poster", "data",   "srcset", "longdesc",   "formaction",
                                        "usemap", "lowsrc", "dynsrc", "xlink:href", NULL};

    return is_one_of(attribute, names);
}

static bool is_blank(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] > ' ')
            return false;
    return true;
}

static void place_value(const struct htmlmarks *m, struct htmlmark *out)
{
    struct slice before = {m->html.ptr + m->value, m->at - m->value};

    if (!m->quote)
        out->fault = QUOTES_MISSING;
    else if (strncasecmp(m->attribute, "on", 2) == 0 || strcasecmp(m->attribute, "srcdoc") == 0)
        out->fault = "stands in a script, in which no cell is safe: take it out";
    else if (strcasecmp(m->attribute, "style") == 0)
        out->fault = "stands in a style, in which no cell is safe: take it out";
    else if (!is_link(m->attribute))
        out->kind = HTMLMARK_ATTRIBUTE;
    else
        out->kind = is_blank(before) ? HTMLMARK_LINK : HTMLMARK_IN_LINK;
    if (out->fault)
        out->kind = HTMLMARK_FAULT;
    out->picture = out->kind == HTMLMARK_LINK && strcasecmp(m->tag, "img") == 0 &&
                   strcasecmp(m->attribute, "src") == 0;
}

static void place(const struct htmlmarks *m, struct htmlmark *out)
{
    if (m->where == HTMLMARKS_VALUE) {
        place_value(m, out);
        return;
    }
    out->kind = m->where == HTMLMARKS_TEXT ? HTMLMARK_TEXT : HTMLMARK_FAULT;
    if (m->where == HTMLMARKS_TAG)
        out->fault = QUOTES_MISSING;
    else if (m->where == HTMLMARKS_RAW)
        out->fault = strcmp(m->tag, "style") == 0
                         ? "stands in a style, in which no cell is safe: take it out"
                         : "stands in a script, in which no cell is safe: take it out";
}

/* Is there a column here? */
static bool find_mark(const struct htmlmarks *m, struct htmlmark *out)
{
    struct slice rest = rest_of(m);
    const char *end;
    size_t n;

    *out = (struct htmlmark){0};
    if (rest.len >= 2 && memcmp(rest.ptr, "{{", 2) == 0) {
        end = memmem(rest.ptr, rest.len, "}}", 2);
        if (!end && m->where == HTMLMARKS_RAW)
            return false; /* as in a style's rules */
        out->source = (struct slice){rest.ptr, end ? (size_t)(end + 2 - rest.ptr) : rest.len};
        place(m, out);
        return true;
    }
    n = m->where == HTMLMARKS_TEXT || m->where == HTMLMARKS_VALUE
            ? braces_apart(rest, m->where == HTMLMARKS_TEXT)
            : 0;
    if (n == 0)
        return false;
    out->kind = HTMLMARK_FAULT;
    out->source = (struct slice){rest.ptr, n};
    out->fault = BRACES_APART;
    return true;
}

/* ---- steps ---- */

static void skip_behind(struct htmlmarks *m, const char *mark)
{
    struct slice rest = rest_of(m);
    size_t len = strlen(mark);
    const char *end = memmem(rest.ptr, rest.len, mark, len);

    m->at += end ? (size_t)(end - rest.ptr) + len : rest.len;
}

/* A word up to one of these, its beginning into name. */
static void take_name(struct htmlmarks *m, const char *until, char name[HTMLMARKS_NAME_MAX])
{
    size_t n = 0;

    for (;
         m->at < m->html.len && !is_space(m->html.ptr[m->at]) && !strchr(until, m->html.ptr[m->at]);
         m->at++)
        if (n + 1 < HTMLMARKS_NAME_MAX)
            name[n++] = (char)(is_letter(m->html.ptr[m->at]) ? m->html.ptr[m->at] | 32
                                                             : m->html.ptr[m->at]);
    name[n] = '\0';
}

static void step_text(struct htmlmarks *m)
{
    struct slice rest = rest_of(m);
    bool closes = rest.len > 1 && rest.ptr[1] == '/';
    size_t name = closes ? 2 : 1;

    if (*rest.ptr != '<') {
        m->at++;
    } else if (slice_begins(rest, "<!-->") || slice_begins(rest, "<!--->") ||
               slice_begins(rest, "<!--[if")) {
        skip_behind(m, ">");
    } else if (slice_begins(rest, "<!--")) {
        skip_behind(m, "-->");
    } else if (rest.len > 1 && (rest.ptr[1] == '!' || rest.ptr[1] == '?')) {
        skip_behind(m, ">");
    } else if (rest.len > name && is_letter(rest.ptr[name])) {
        m->at += name;
        m->closes = closes;
        take_name(m, "/>{", m->tag);
        m->where = HTMLMARKS_TAG;
    } else {
        m->at++;
    }
}

/* In a style or a script, whose end alone ends it. */
static void step_raw(struct htmlmarks *m)
{
    struct slice rest = rest_of(m), name;

    if (rest.len > 2 && rest.ptr[0] == '<' && rest.ptr[1] == '/') {
        name = (struct slice){rest.ptr + 2, rest.len - 2};
        if (slice_begins(name, m->tag)) {
            m->where = HTMLMARKS_TEXT;
            return;
        }
    }
    m->at++;
}

static void begin_value(struct htmlmarks *m)
{
    m->at++;
    while (m->at < m->html.len && is_space(m->html.ptr[m->at]))
        m->at++;
    m->quote = 0;
    if (m->at < m->html.len && (m->html.ptr[m->at] == '"' || m->html.ptr[m->at] == '\''))
        m->quote = m->html.ptr[m->at++];
    m->value = m->at;
    m->where = HTMLMARKS_VALUE;
}

static void step_tag(struct htmlmarks *m)
{
    static const char *const raw[] = {"style", "script", "xmp", "noembed", "noframes", NULL};
    char c = m->html.ptr[m->at];

    if (c == '>') {
        m->at++;
        m->where = !m->closes && is_one_of(m->tag, raw) ? HTMLMARKS_RAW : HTMLMARKS_TEXT;
    } else if (c == '=' && m->attribute[0]) {
        begin_value(m);
    } else if (is_space(c) || c == '\0' || strchr("/{=", c)) {
        m->at++;
    } else {
        take_name(m, "=/>{", m->attribute);
    }
}

static void step_value(struct htmlmarks *m)
{
    char c = m->html.ptr[m->at];

    if (m->quote ? c == m->quote : is_space(c) || c == '>') {
        m->at += m->quote != 0;
        m->attribute[0] = '\0';
        m->where = HTMLMARKS_TAG;
    } else {
        m->at++;
    }
}

bool htmlmarks_next(struct htmlmarks *m, struct htmlmark *out)
{
    static void (*const steps[])(struct htmlmarks *) = {[HTMLMARKS_TEXT] = step_text,
                                                        [HTMLMARKS_RAW] = step_raw,
                                                        [HTMLMARKS_TAG] = step_tag,
                                                        [HTMLMARKS_VALUE] = step_value};
    size_t from = m->at;

    while (m->at < m->html.len && !find_mark(m, out))
        steps[m->where](m);
    if (m->at > from) {
        *out = (struct htmlmark){.kind = HTMLMARK_LITERAL,
                                 .source = {m->html.ptr + from, m->at - from}};
        return true;
    }
    if (m->at == m->html.len)
        return false;
    m->at += out->source.len;
    return true;
}
