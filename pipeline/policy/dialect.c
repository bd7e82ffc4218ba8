/*
 * dialect: the text is taken apart once for each delimiter with each quote, and once more for what the text has
 * that RFC 4180 has not (blanks before quotes, escapes, quotes that are none), in time linear in its length.
 *
 * A scan looks for the end of a quoted field ahead of where it is only from a quote at a field's beginning,
 * and comes back only if there is none that csvio would take.  What it has passed then holds quotes in pairs
 * alone, none of which begins another such search beyond its own line; so each byte is passed twice at most.
 *
 * A record tells more than its number of fields: a delimiter that is none leaves the true ones standing in
 * the first field or in the last, as `Jane;j@x;3` before `5`, and seldom stands in the header.
 *
 * A record with a quote that CSV does not allow counts as one that is alone: where all are so, they still show the
 * delimiter, and nobody's line is taken for an id as a whole.
 */
#include "policy/dialect.h"

#include <string.h>
#include <strings.h>

#define SHAPES_MAX 256    /* records of so many fields, or more, are counted as one shape */
#define SHARE_DELIMITED 4 /* of so many records one must have a delimiter, or the text has none */
#define WHOLE_HEADER 2    /* by what all counts less if the header is not taken apart */
#define SAME_SHAPE 2      /* what a record counts if it is not the only one of its shape */
#define SEVERAL 3         /* fields */
#define UNIT_MAX 6        /* bytes */
#define USUAL_QUOTE '"'
#define USUAL_ESCAPE '\\'

static const char delimiters[] = {',', ';', '\t', '|'};
#define DELIMITERS sizeof(delimiters)

/* What fields are quoted in, and how. */
struct quoting {
    char quote, escape;
    bool blanks; /* a quote may stand behind blanks */
};

struct scan {
    const char *begin, *p, *end;
    bool more;
    char delimiter;
    struct quoting how;
};

struct field {
    const char *begin, *end;
    bool quoted, odd;
};

struct record {
    size_t fields, quoted, over_lines; /* those in quotes, and of them those of several lines */
    size_t odd; /* fields with text after a closing quote, or a quote that is never closed */
    size_t lines;
    bool texts_behind; /* of the odd ones, some have text behind a closing quote, in its line */
    bool enclosed;     /* some begin and end with a quote, in one line, whatever that is */
    bool first_clean, last_clean;
    size_t mixed; /* fields that hold another delimiter, and are no number */
    bool cut;     /* the sample ends in it */
};

/* What a delimiter and quotes make of the text. */
struct view {
    struct quoting how;
    size_t score;
    size_t records, delimited; /* all of them, and those of two fields and more */
    size_t quoted, over_lines; /* fields in quotes, and of them those of several lines */
    size_t quoting;            /* records that have fields in quotes */
    size_t odd;                /* records with odd ones */
    size_t alike;              /* records of the most frequent shape */
    size_t mixed;              /* fields that hold another delimiter, and are no number */
    bool texts_behind, enclosed;
    bool whole_header; /* other delimiters stand before the first record with this one */
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

/* Does an escape stand there, before what it takes the meaning from? */
static bool is_escaped(const struct scan *s, const char *p)
{
    if (!s->how.escape || *p != s->how.escape || p + 1 == s->end)
        return false;
    return p[1] == s->delimiter || p[1] == s->how.escape || (p[1] == s->how.quote && p[1]) ||
           is_line_end(p[1]);
}

static size_t escaped_len(const struct scan *s, const char *p)
{
    return p[1] == '\r' && p + 2 < s->end && p[2] == '\n' ? 3 : 2;
}

static const char *skip_unquoted(const struct scan *s, const char *p)
{
    while (!s->how.escape && !ends_field(s, p))
        p++;
    while (!ends_field(s, p))
        p += is_escaped(s, p) ? escaped_len(s, p) : 1;
    return p;
}

/* The next quote that is not escaped, or NULL. */
static const char *find_quote(const struct scan *s, const char *p)
{
    if (!s->how.escape)
        return memchr(p, s->how.quote, (size_t)(s->end - p));
    while (p < s->end && *p != s->how.quote)
        p += is_escaped(s, p) ? escaped_len(s, p) : 1;
    return p < s->end ? p : NULL;
}

/* The quote that closes the one before p, or NULL. */
static const char *find_closing(const struct scan *s, const char *p)
{
    while ((p = find_quote(s, p))) {
        if (p + 1 == s->end || p[1] != s->how.quote)
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

static const char *skip_blanks(const struct scan *s, const char *p)
{
    while (!ends_field(s, p) && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

static struct field next_field(const struct scan *s)
{
    const char *at = s->how.blanks ? skip_blanks(s, s->p) : s->p;

    if (!s->how.quote || at == s->end || *at != s->how.quote)
        return (struct field){s->p, skip_unquoted(s, s->p), false, false};
    const char *closing = find_closing(s, at + 1);
    if (!closing && is_cut_off(s))
        return (struct field){s->p, s->end, true, false};
    if (!closing)
        return stray(s);
    const char *after = skip_blanks(s, closing + 1);
    if (ends_field(s, after))
        return (struct field){s->p, after, true, false};
    if (line_ends(s->p, closing) > 0)
        return stray(s);
    return (struct field){s->p, skip_unquoted(s, after), true, true};
}

/* ---- records ---- */

static bool is_of_number(char c)
{
    return c && strchr("0123456789.,+-% ", c);
}

static bool is_of_unit(char c)
{
    return c == '$' || c == '%' || c == ' ' || (c & 0x80) ||
           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* A number, perhaps with its currency or another unit on one side: `€ 1,80`, `3,5 kg`. */
static bool is_number(const char *p, const char *end)
{
    for (int n = 0; n < UNIT_MAX && p < end && is_of_unit(*p); n++)
        p++;
    for (int n = 0; n < UNIT_MAX && p < end && is_of_unit(end[-1]); n++)
        end--;
    if (p == end || end[-1] < '0' || end[-1] > '9')
        return false;
    while (p < end && is_of_number(*p))
        p++;
    return p == end;
}

/* Other delimiters, as they stand in sentences. */
static bool is_pause(const char *p, const char *end, bool tight)
{
    return (*p == ',' || *p == ';') && p + 1 < end && (tight || p[1] == ' ');
}

/* Is it something, and without a quote or a sign of another delimiter?  One comma or semicolon before a blank is a
 * sentence's; beside tabs, which hardly stand in cells, any before something is.  Blanks in front do not count. */
static bool is_clean(const struct scan *s, const struct field *f, size_t fields)
{
    bool tabs = s->delimiter == '\t' && fields >= SEVERAL;
    int pauses = 0;

    if (f->quoted || is_number(f->begin, f->end))
        return true;
    for (const char *p = skip_blanks(s, f->begin); p < f->end; p++) {
        if (s->how.quote && *p == s->how.quote)
            return false;
        if (*p == s->delimiter || !memchr(delimiters, *p, DELIMITERS))
            continue;
        if (!is_pause(p, f->end, tabs) || (++pauses > 1 && !tabs))
            return false;
    }
    return f->begin < f->end;
}

static bool is_mixed(const struct scan *s, const struct field *f)
{
    const char *p = f->begin;

    if (f->quoted)
        return false;
    while (p < f->end && (*p == s->delimiter || !memchr(delimiters, *p, DELIMITERS)))
        p++;
    return p < f->end && !is_number(f->begin, f->end);
}

/* Does it begin and end with a quote, blanks apart? */
static bool is_enclosed(const struct field *f, char quote)
{
    const char *p = f->begin, *end = f->end;

    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    if (p == end || *p != quote)
        return false;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return end - p >= 2 && end[-1] == quote;
}

static void skip_line_ends(struct scan *s)
{
    while (s->p < s->end && is_line_end(*s->p))
        s->p++;
}

static void add_field(const struct scan *s, struct record *r, const struct field *f)
{
    size_t lines = f->quoted || s->how.escape ? line_ends(f->begin, f->end) : 0;

    r->fields++;
    r->quoted += f->quoted && !f->odd;
    r->over_lines += f->quoted && !f->odd && lines > 0;
    r->odd += f->odd;
    r->mixed += is_mixed(s, f);
    r->texts_behind |= f->quoted && f->odd;
    r->enclosed |= lines == 0 && is_enclosed(f, s->how.quote ? s->how.quote : USUAL_QUOTE);
    r->lines += lines;
}

/* The next record; there must be one. */
static struct record next_record(struct scan *s)
{
    struct record r = {.lines = 1};
    struct field first, f;

    for (;; s->p++) {
        f = next_field(s);
        s->p = f.end;
        add_field(s, &r, &f);
        if (r.fields == 1)
            first = f;
        if (s->p == s->end || is_line_end(*s->p))
            break;
    }
    r.first_clean = is_clean(s, &first, r.fields);
    r.last_clean = is_clean(s, &f, r.fields);
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
    v->over_lines += r->over_lines;
    v->quoting += r->quoted > 0;
    v->odd += r->odd > 0;
    v->mixed += r->mixed;
    v->texts_behind |= r->texts_behind;
    v->enclosed |= r->enclosed;
    if (r->fields < 2)
        return;
    size_t score = r->lines * (1u + r->first_clean + r->last_clean);
    if (r->odd) {
        v->score += score;
        return;
    }
    struct shape *shape = &shapes[r->fields < SHAPES_MAX ? r->fields : SHAPES_MAX - 1];
    shape->records++;
    shape->score += score;
}

static struct view look(struct slice text, bool more, char delimiter, struct quoting how)
{
    struct scan s = {text.ptr, text.ptr, text.ptr + text.len, more, delimiter, how};
    struct shape shapes[SHAPES_MAX] = {{0, 0}};
    struct view v = {.how = how};

    skip_line_ends(&s);
    while (s.p < s.end) {
        struct record r = next_record(&s);
        if (!r.cut || v.records == 0)
            count(&r, &v, shapes);
    }
    for (size_t i = 2; i < SHAPES_MAX; i++) {
        v.score += shapes[i].records > 1 ? SAME_SHAPE * shapes[i].score : shapes[i].score;
        v.alike = shapes[i].records > v.alike ? shapes[i].records : v.alike;
    }
    if (v.whole_header)
        v.score /= WHOLE_HEADER;
    return v;
}

/* ---- quotes ---- */

/* What is looked at, and what the user says of it. */
struct sample {
    struct slice text;
    bool more;
    struct dialect_said said;
};

static bool holds(struct slice s, char c, char next)
{
    const char *p = s.ptr, *end = s.ptr + s.len;

    while (p < end && (p = memchr(p, c, (size_t)(end - p)))) {
        p++;
        if (p < end && (*p == next || (next == '\n' && *p == '\r')))
            return true;
    }
    return false;
}

/* Are there backslashes that could be escapes? */
static bool may_escape(const struct sample *s, char delimiter, char quote)
{
    if (delimiter == USUAL_ESCAPE)
        return false;
    return (quote && holds(s->text, USUAL_ESCAPE, quote)) ||
           holds(s->text, USUAL_ESCAPE, delimiter) || holds(s->text, USUAL_ESCAPE, '\n');
}

static bool may_follow_blanks(const struct sample *s, char quote)
{
    return quote && (holds(s->text, ' ', quote) || holds(s->text, '\t', quote));
}

/* Do quotes stand behind blanks? */
static struct view look_blanks(const struct sample *s, char delimiter, struct quoting how)
{
    struct view plain = look(s->text, s->more, delimiter, how), v;

    if (!may_follow_blanks(s, how.quote))
        return plain;
    how.blanks = true;
    v = look(s->text, s->more, delimiter, how);
    return v.score >= plain.score && v.quoted > plain.quoted ? v : plain;
}

/* With this quote: are they escaped? */
static struct view look_how(const struct sample *s, char delimiter, char quote)
{
    struct quoting how = {.quote = quote};
    struct view plain, v;

    if (s->said.escape != DIALECT_UNSAID)
        how.escape = (char)s->said.escape;
    plain = look_blanks(s, delimiter, how);
    if (s->said.escape != DIALECT_UNSAID || !may_escape(s, delimiter, quote))
        return plain;
    how.escape = USUAL_ESCAPE;
    v = look_blanks(s, delimiter, how);
    return v.score > plain.score || (v.score == plain.score && v.alike > plain.alike) ? v : plain;
}

/* Do fields stand in ' and none in "?  In most records, for an apostrophe may be one. */
static bool has_apostrophes(const struct view *v, const struct view *plain)
{
    return plain->quoted == 0 && 2 * v->quoting > v->records;
}

/* Are there quotes at the beginning of fields, but none that encloses one, unless it takes in lines that are rows
 * else?  A single one may be damage, and so may those that are never closed: it takes one with text behind it. */
static bool may_have_no_quotes(const struct view *plain)
{
    return plain->texts_behind && plain->odd + plain->over_lines > 1 &&
           plain->quoted == plain->over_lines && !plain->enclosed;
}

/* The delimiter with the quote that fits best. */
static struct view look_quotes(const struct sample *s, char delimiter)
{
    if (s->said.quote != DIALECT_UNSAID)
        return look_how(s, delimiter, (char)s->said.quote);
    struct view v = look_how(s, delimiter, USUAL_QUOTE);
    if (v.quoted > v.over_lines)
        return v;
    struct view other = look_how(s, delimiter, '\'');
    if (has_apostrophes(&other, &v) && other.score >= v.score)
        return other;
    if (!may_have_no_quotes(&v))
        return v;
    other = look_how(s, delimiter, '\0');
    return !other.enclosed && other.score > v.score ? other : v;
}

/* ---- the choice ---- */

/* Commas need no evidence. */
static bool is_delimited(const struct view *v)
{
    return v->score > 0 && SHARE_DELIMITED * v->delimited >= v->records;
}

/* Tabs hardly stand in cells, and so win a tie.  Else one that leaves fewer others standing does: of
 * `1,5;Jane;2,5` the semicolon leaves none but those of numbers, the comma two. */
static bool is_better(const struct view *v, char delimiter, const struct view *best)
{
    if (v->score != best->score)
        return v->score > best->score;
    return delimiter == '\t' || (v->score > 0 && v->mixed < best->mixed);
}

static struct view choose(const struct sample *s, char *delimiter)
{
    struct view best = look_quotes(s, ',');

    *delimiter = ',';
    for (size_t i = 1; i < DELIMITERS; i++) {
        struct view v = look_quotes(s, delimiters[i]);
        if (!is_better(&v, delimiters[i], &best) || !is_delimited(&v))
            continue;
        best = v;
        *delimiter = delimiters[i];
    }
    return best;
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

struct dialect dialect_find(struct slice first, bool more, struct dialect_said said)
{
    struct dialect d = {.delimiter = ','};

    d.sep_line = find_sep(first, &d.delimiter);
    bool known = d.sep_line > 0 || said.delimiter != '\0';
    struct slice text = {first.ptr + d.sep_line, first.len - d.sep_line};
    struct sample s = {text, more, said};
    if (said.delimiter != '\0')
        d.delimiter = said.delimiter;
    struct view v = known ? look_quotes(&s, d.delimiter) : choose(&s, &d.delimiter);
    d.quote = v.how.quote;
    d.escape = v.how.escape;
    d.blanks = v.how.blanks;
    d.records = v.records;
    d.odd = v.odd;
    return d;
}
