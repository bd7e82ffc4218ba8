/*
 * dialect: the text is taken apart once for each delimiter with each quote, in time linear in its length.
 *
 * A scan looks for the end of a quoted field ahead of where it is only from a quote at a field's beginning,
 * and comes back only if there is none that csvio would take.  What it has passed then holds quotes in pairs
 * alone, none of which begins another such search beyond its own line; so each byte is passed twice at most.
 *
 * A record tells more than its number of fields: a delimiter that is none leaves the true ones standing in
 * the first field or in the last, as `Jane;j@x;3` before `5`, and seldom stands in the header.
 */
#include "policy/dialect.h"

#include <string.h>
#include <strings.h>

#define SHAPES_MAX 256    /* records of so many fields, or more, are counted as one shape */
#define SHARE_DELIMITED 4 /* of so many records one must have a delimiter, or the text has none */
#define WHOLE_HEADER 2    /* by what all counts less if the header is not taken apart */
#define SAME_SHAPE 2      /* what a record counts if it is not the only one of its shape */

static const char delimiters[] = {',', ';', '\t', '|'};
#define DELIMITERS sizeof(delimiters)

struct scan {
    const char *begin, *p, *end;
    bool more;
    char delimiter, quote;
};

struct field {
    const char *begin, *end;
    bool quoted, odd;
};

struct record {
    size_t fields, quoted;
    size_t lines;
    bool odd; /* text after a closing quote, or a quote that is never closed */
    bool first_clean, last_clean;
    bool cut; /* the sample ends in it */
};

/* What a delimiter and a quote make of the text. */
struct view {
    size_t score;
    size_t records, delimited; /* all of them, and those of two fields and more */
    size_t quoted, quoting;    /* fields in quotes, and records that have such */
    bool whole_header;         /* other delimiters stand before the first record with this one */
};

/* ---- fields ---- */

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool ends_field(const struct scan *s, const char *p)
{
    return p == s->end || *p == s->delimiter || is_line_end(*p);
}

static const char *skip_unquoted(const struct scan *s, const char *p)
{
    while (!ends_field(s, p))
        p++;
    return p;
}

/* The quote that closes the one before p, or NULL. */
static const char *find_closing(const struct scan *s, const char *p)
{
    while ((p = memchr(p, s->quote, (size_t)(s->end - p)))) {
        if (p + 1 == s->end || p[1] != s->quote)
            return p;
        p += 2;
    }
    return NULL;
}

static size_t line_ends(const char *from, const char *to)
{
    size_t n = 0;

    for (const char *p = from; p < to; p++)
        n += *p == '\n' || (*p == '\r' && !(p + 1 < to && p[1] == '\n'));
    return n;
}

/* A quote that most likely was not meant to be one: what follows it is taken as it is. */
static struct field stray(const struct scan *s)
{
    return (struct field){s->p, skip_unquoted(s, s->p), false, true};
}

/* Is the quoted field that begins here closed behind the sample?  Not if it swallows most of it. */
static bool is_cut_off(const struct scan *s)
{
    return s->more && s->end - s->p <= s->p - s->begin;
}

static struct field next_field(const struct scan *s)
{
    if (!s->quote || s->p == s->end || *s->p != s->quote)
        return (struct field){s->p, skip_unquoted(s, s->p), false, false};
    const char *closing = find_closing(s, s->p + 1);
    if (!closing && is_cut_off(s))
        return (struct field){s->p, s->end, true, false};
    if (!closing)
        return stray(s);
    const char *after = closing + 1;
    while (after < s->end && !ends_field(s, after) && (*after == ' ' || *after == '\t'))
        after++;
    if (ends_field(s, after))
        return (struct field){s->p, after, true, false};
    if (line_ends(s->p, closing) > 0)
        return stray(s);
    return (struct field){s->p, skip_unquoted(s, after), true, true};
}

/* ---- records ---- */

static bool is_number(const char *p, const char *end)
{
    bool digits = false;

    for (; p < end; p++) {
        if (!strchr("0123456789.,+-% ", *p) || !*p)
            return false;
        digits |= *p >= '0' && *p <= '9';
    }
    return digits;
}

/* Is it something, and without a quote or a sign of another delimiter?  One comma or semicolon before a blank is a
 * sentence's. */
static bool is_clean(const struct scan *s, const struct field *f)
{
    int pauses = 0;

    if (f->quoted || is_number(f->begin, f->end))
        return true;
    for (const char *p = f->begin; p < f->end; p++) {
        if (s->quote && *p == s->quote)
            return false;
        if (*p == s->delimiter || !memchr(delimiters, *p, DELIMITERS))
            continue;
        bool pause = (*p == ',' || *p == ';') && p + 1 < f->end && p[1] == ' ';
        if (!pause || ++pauses > 1)
            return false;
    }
    return f->begin < f->end;
}

static void skip_line_ends(struct scan *s)
{
    while (s->p < s->end && is_line_end(*s->p))
        s->p++;
}

/* The next record; there must be one. */
static struct record next_record(struct scan *s)
{
    struct record r = {.lines = 1};
    struct field f;

    for (;; s->p++) {
        f = next_field(s);
        s->p = f.end;
        r.fields++;
        r.quoted += f.quoted && !f.odd;
        r.odd |= f.odd;
        r.lines += f.quoted ? line_ends(f.begin, f.end) : 0;
        r.last_clean = is_clean(s, &f);
        if (r.fields == 1)
            r.first_clean = r.last_clean;
        if (s->p == s->end || is_line_end(*s->p))
            break;
    }
    r.cut = s->p == s->end && s->more;
    skip_line_ends(s);
    return r;
}

struct shape {
    size_t records, score;
};

static void count(const struct record *r, struct view *v, struct shape shapes[SHAPES_MAX])
{
    v->whole_header |= v->delimited == 0 && r->fields == 1 && !r->first_clean;
    v->records++;
    v->delimited += r->fields > 1;
    v->quoted += r->quoted;
    v->quoting += r->quoted > 0;
    if (r->fields < 2 || r->odd)
        return;
    struct shape *shape = &shapes[r->fields < SHAPES_MAX ? r->fields : SHAPES_MAX - 1];
    shape->records++;
    shape->score += r->lines * (1u + r->first_clean + r->last_clean);
}

static struct view look(struct slice text, bool more, char delimiter, char quote)
{
    struct scan s = {text.ptr, text.ptr, text.ptr + text.len, more, delimiter, quote};
    struct shape shapes[SHAPES_MAX] = {{0, 0}};
    struct view v = {.score = 0};

    skip_line_ends(&s);
    while (s.p < s.end) {
        struct record r = next_record(&s);
        if (!r.cut || v.records == 0)
            count(&r, &v, shapes);
    }
    for (size_t i = 2; i < SHAPES_MAX; i++)
        v.score += shapes[i].records > 1 ? SAME_SHAPE * shapes[i].score : shapes[i].score;
    if (v.whole_header)
        v.score /= WHOLE_HEADER;
    return v;
}

/* ---- the choice ---- */

/* Do fields stand in ' and none in "?  In most records, for an apostrophe may be one. */
static bool has_apostrophes(const struct view *v, const struct view *plain)
{
    return plain->quoted == 0 && 2 * v->quoting > v->records;
}

/* The delimiter with this quote, or the better of both quotes: its view, and which quote. */
static struct view look_quotes(struct slice text, bool more, char delimiter, int said, char *quote)
{
    *quote = said == DIALECT_QUOTE_UNSAID ? '"' : (char)said;
    struct view v = look(text, more, delimiter, *quote);
    if (said != DIALECT_QUOTE_UNSAID || v.quoted > 0)
        return v;
    struct view other = look(text, more, delimiter, '\'');
    if (!has_apostrophes(&other, &v) || other.score < v.score)
        return v;
    *quote = '\'';
    return other;
}

/* Commas need no evidence. */
static bool is_delimited(const struct view *v)
{
    return v->score > 0 && SHARE_DELIMITED * v->delimited >= v->records;
}

static void choose(struct slice text, bool more, int quote, struct dialect *d)
{
    struct view best = look_quotes(text, more, ',', quote, &d->quote);

    d->delimiter = ',';
    for (size_t i = 1; i < DELIMITERS; i++) {
        char its_quote = '\0';
        struct view v = look_quotes(text, more, delimiters[i], quote, &its_quote);
        if (v.score <= best.score || !is_delimited(&v))
            continue;
        best = v;
        d->delimiter = delimiters[i];
        d->quote = its_quote;
    }
}

/* ---- sep= ---- */

/* The bytes of the line sep=… at the beginning, and what it says; or 0. */
static size_t find_sep(struct slice s, char *delimiter)
{
    static const char word[] = "sep=";
    size_t at = s.len > 0 && *s.ptr == '"', quoted = at;

    if (s.len < at + sizeof(word) || strncasecmp(s.ptr + at, word, sizeof(word) - 1) != 0)
        return 0;
    at += sizeof(word) - 1;
    char c = s.ptr[at++];
    if (is_line_end(c) || c == '"' || c == '\0')
        return 0;
    if (quoted && (at == s.len || s.ptr[at++] != '"'))
        return 0;
    if (at < s.len && !is_line_end(s.ptr[at]))
        return 0;
    *delimiter = c;
    at += at + 1 < s.len && s.ptr[at] == '\r' && s.ptr[at + 1] == '\n';
    return at < s.len ? at + 1 : at;
}

struct dialect dialect_find(struct slice first, bool more, char delimiter, int quote)
{
    struct dialect d = {.delimiter = ','};

    d.sep_line = find_sep(first, &d.delimiter);
    bool said = d.sep_line > 0 || delimiter != '\0';
    struct slice text = {first.ptr + d.sep_line, first.len - d.sep_line};
    if (delimiter != '\0')
        d.delimiter = delimiter;
    if (said)
        look_quotes(text, more, d.delimiter, quote, &d.quote);
    else
        choose(text, more, quote, &d);
    return d;
}
