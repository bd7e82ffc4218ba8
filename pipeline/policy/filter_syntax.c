/*
 * filter_syntax: POSIX extended regular expressions in PCRE2's syntax.
 *
 * What people have written for POSIX means the same: in [ ] a backslash is one, a quantifier may follow another
 * (a+? is (a+)?), \< and \> are the ends of words.  What would mean something else here and there, or needs
 * backtracking (\1, lookaround), is refused.
 */
#include "policy/filter_pattern.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NO_ATOM ((size_t)-1)
#define OPENING "(?:"

struct syntax {
    const char *at; /* in the POSIX one */
    struct text *out;
    size_t groups[FILTER_NESTS_MAX]; /* where those that are open begin in out */
    size_t n_groups;
    size_t atom;     /* where what a quantifier would repeat begins in out, or NO_ATOM */
    bool quantified; /* it has one already */
    char *problem;   /* FILTER_PROBLEM_MAX */
};

static int refuse(struct syntax *s, const char *problem)
{
    (void)snprintf(s->problem, FILTER_PROBLEM_MAX, "%s", problem);
    return -1;
}

static void begin_atom(struct syntax *s)
{
    s->atom = s->out->len;
    s->quantified = false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- \ ---- */

/* Takes \x. */
static int take_escape(struct syntax *s)
{
    static const struct {
        char c;
        const char *is;
    } ends[] = {{'<', "\\b(?=\\w)"}, {'>', "\\b(?<=\\w)"}, {'`', "\\A"},
                {'\'', "\\z"},       {'b', "\\b"},         {'B', "\\B"}};
    char c = s->at[1];
    if (c == '\0')
        return refuse(s, "is no regular expression: it ends with a \\");
    if (is_digit(c))
        return refuse(s, "has a \\1 or the like, which regular expressions here do not know");
    s->at += 2;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (ends[i].c == c) {
            text_puts(s->out, ends[i].is);
            s->atom = NO_ATOM;
            return 0;
        }
    }
    if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && !strchr("dDsSwWnrt", c)) {
        (void)snprintf(s->problem, FILTER_PROBLEM_MAX,
                       "has a \\%c, which regular expressions here do not know", c);
        return -1;
    }
    begin_atom(s);
    text_printf(s->out, (unsigned char)c < 0x80 ? "\\%c" : "%c", c);
    return 0;
}

/* ---- [ ] ---- */

/* Takes [:alpha:], where `[` stands in brackets. */
static int take_class(struct syntax *s)
{
    const char *end = strstr(s->at + 2, ":]");
    if (s->at[1] != ':')
        return refuse(s, "has a [. .] or [= =], which regular expressions here do not know");
    if (!end)
        return refuse(s, "is no regular expression: a [: is not closed");
    text_append(s->out, s->at, (size_t)(end + 2 - s->at));
    s->at = end + 2;
    return 0;
}

static int take_bracket(struct syntax *s)
{
    begin_atom(s);
    text_puts(s->out, s->at[1] == '^' ? "[^" : "[");
    s->at += s->at[1] == '^' ? 2 : 1;
    for (bool first = true; *s->at != ']' || first; first = false) {
        if (*s->at == '\0')
            return refuse(s, "is no regular expression: a [ is not closed");
        if (*s->at == '[' && s->at[1] != '\0' && strchr(":.=", s->at[1])) {
            if (take_class(s) != 0)
                return -1;
            continue;
        }
        text_printf(s->out, strchr("[]\\", *s->at) ? "\\%c" : "%c", *s->at);
        s->at++;
    }
    text_puts(s->out, "]");
    s->at++;
    return 0;
}

/* ---- ( ) ---- */

static int take_open(struct syntax *s)
{
    if (s->at[1] == '?' || s->at[1] == '*')
        return refuse(s, "has a (? or (*, which regular expressions here do not know");
    if (s->n_groups == FILTER_NESTS_MAX)
        return refuse(s, FILTER_TOO_LARGE);
    s->groups[s->n_groups++] = s->out->len;
    text_puts(s->out, OPENING);
    s->atom = NO_ATOM;
    s->at++;
    return 0;
}

static int take_close(struct syntax *s)
{
    if (s->n_groups == 0) { /* but a character */
        begin_atom(s);
        text_puts(s->out, "\\)");
    } else {
        s->atom = s->groups[--s->n_groups];
        s->quantified = false;
        text_puts(s->out, ")");
    }
    s->at++;
    return 0;
}

/* ---- Quantifiers ---- */

/* How long the {n}, {n,}, {n,m} or {,m} at s is; 0: it is none. */
static size_t interval_len(const char *s)
{
    size_t i = 1, digits = 0;
    for (; is_digit(s[i]); i++)
        digits++;
    if (s[i] == ',')
        for (i++; is_digit(s[i]); i++)
            digits++;
    return s[i] == '}' && digits > 0 ? i + 1 : 0;
}

/* What has a quantifier is put in a group for the next one: to PCRE2 a*? and a*+ are something else. */
static void wrap(struct syntax *s)
{
    size_t len = sizeof(OPENING) - 1, from = s->atom;
    text_puts(s->out, OPENING); /* for the room */
    if (!text_ok(s->out))
        return;
    memmove(s->out->ptr + from + len, s->out->ptr + from, s->out->len - len - from);
    memcpy(s->out->ptr + from, OPENING, len);
    text_puts(s->out, ")");
}

static void copy_atom(struct syntax *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && text_ok(s->out); i++) {
        char c = s->out->ptr[i]; /* which text_append may move */
        text_append(s->out, &c, 1);
    }
}

/*
 * a+ becomes aa*, and a{3,} a{3}a*: pcre2_dfa_match counts how often a has been, and with a count that has no end
 * each place where the pattern may begin would be another state for ever.
 */
static void put_quantifier(struct syntax *s, size_t len)
{
    size_t from = s->atom, to = s->out->len;
    const char *last = s->at + len - 1;
    bool endless = *s->at == '{' && last[-1] == ',';
    if (*s->at == '+') {
        copy_atom(s, from, to);
        text_puts(s->out, "*");
    } else if (endless) {
        text_append(s->out, s->at, len - 2);
        text_puts(s->out, "}");
        copy_atom(s, from, to);
        text_puts(s->out, "*");
    } else if (*s->at == '{' && s->at[1] == ',') {
        text_puts(s->out, "{0");
        text_append(s->out, s->at + 1, len - 1);
    } else {
        text_append(s->out, s->at, len);
    }
}

static int take_quantifier(struct syntax *s, size_t len)
{
    if (s->atom == NO_ATOM) {
        (void)snprintf(s->problem, FILTER_PROBLEM_MAX,
                       "is no regular expression: nothing stands before a %c", *s->at);
        return -1;
    }
    if (s->quantified)
        wrap(s);
    put_quantifier(s, len);
    s->at += len;
    s->quantified = true;
    return 0;
}

/* ---- All of it ---- */

static int take_one(struct syntax *s)
{
    size_t len = *s->at == '{' ? interval_len(s->at) : strchr("*+?", *s->at) != NULL;
    if (len > 0)
        return take_quantifier(s, len);
    switch (*s->at) {
    case '\\':
        return take_escape(s);
    case '[':
        return take_bracket(s);
    case '(':
        return take_open(s);
    case ')':
        return take_close(s);
    case '|':
    case '^':
    case '$':
        s->atom = NO_ATOM;
        break;
    case '{': /* but a character */
        begin_atom(s);
        text_puts(s->out, "\\");
        break;
    default:
        if ((*s->at & 0xc0) != 0x80) /* else it is a further byte of one */
            begin_atom(s);
    }
    text_append(s->out, s->at++, 1);
    return 0;
}

int filter_syntax_translate(const char *posix, struct text *out, char problem[FILTER_PROBLEM_MAX])
{
    struct syntax s = {.at = posix, .out = out, .atom = NO_ATOM, .problem = problem};
    while (*s.at != '\0') {
        if (take_one(&s) != 0)
            return -1;
    }
    return s.n_groups == 0 ? 0 : refuse(&s, "is no regular expression: a ( is not closed");
}
