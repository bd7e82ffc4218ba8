/*
 * filter_parse: the grammar of filter.h, a function for each of its lines.  and and or have any number of
 * children, so that how deep the tree is depends on ( and not alone.
 *
 * p->token is the one that is looked at; what is done with stays behind p->end.
 */
#include "base/visible.h"
#include "filter_internal.h"
#include "filter_lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct filter *f;
    struct err *e;
    struct filter_lexer lexer;
    struct filter_token token;
    const char *end; /* of the token before */
    unsigned depth;
    bool in_aggregate;
};

/* ---- Tokens ---- */

static int advance(struct parser *p)
{
    p->end = p->token.source.ptr + p->token.source.len;
    return filter_lex(&p->lexer, &p->token, p->e);
}

static struct slice since(const struct parser *p, const char *from)
{
    return (struct slice){from, (size_t)(p->end - from)};
}

static bool at_keyword(const struct parser *p, const char *keyword)
{
    return p->token.kind == FILTER_TOKEN_WORD && slice_is(p->token.value, keyword);
}

static bool at_operator(const struct parser *p, const char *operator)
{
    return p->token.kind == FILTER_TOKEN_OPERATOR &&
           slice_equal(p->token.value, slice_of(operator));
}

/* Is the token all or any, and a ( behind it? */
static bool at_aggregate(const struct parser *p)
{
    return (at_keyword(p, "all") || at_keyword(p, "any")) &&
           p->lexer.at[strspn(p->lexer.at, " \t\r\n")] == '(';
}

/* What stands at the token, for messages. */
static const char *standing(const struct parser *p, char *buf, size_t size)
{
    char shown[FILTER_SHOWN_MAX];
    bool plain = p->token.kind != FILTER_TOKEN_TEXT && p->token.kind != FILTER_TOKEN_NAME;
    if (p->token.kind == FILTER_TOKEN_END)
        return "the end";
    (void)visible_line(p->token.source, shown, sizeof(shown));
    (void)snprintf(buf, size, plain ? "\"%s\"" : "%s", shown);
    return buf;
}

/* `…: "x" stands where ` and what should. */
static int fail_standing(const struct parser *p, const char *should)
{
    char buf[FILTER_SHOWN_MAX + 8];
    return filter_fail_at(p->lexer.text, p->token.source.ptr, p->e, "%s stands where %s",
                          standing(p, buf, sizeof(buf)), should);
}

/* From the word at from on, all that follow it: a name or a text that wants quotes. */
static struct slice words_from(const struct parser *p, const char *from)
{
    struct err ignored = ERR_INIT;
    struct parser ahead = *p;
    ahead.e = &ignored;
    while (ahead.token.kind == FILTER_TOKEN_WORD && !at_keyword(&ahead, "and") &&
           !at_keyword(&ahead, "or") && !at_keyword(&ahead, "is") && !at_keyword(&ahead, "not")) {
        if (advance(&ahead) < 0)
            break;
    }
    return since(&ahead, from);
}

/* Is the token a word that goes on with the one at from? */
static bool goes_on(const struct parser *p, const char *from)
{
    return p->token.kind == FILTER_TOKEN_WORD && !at_keyword(p, "and") && !at_keyword(p, "or") &&
           !strchr("'\"[", *from);
}

/* As fail_standing, and that the words from there on should be in quotes. */
static int fail_words(const struct parser *p, const char *from, const char *should,
                      const char *which, char quote)
{
    char shown[FILTER_SHOWN_MAX], message[4 * FILTER_SHOWN_MAX];
    if (!goes_on(p, from))
        return fail_standing(p, should);
    (void)visible_line(words_from(p, from), shown, sizeof(shown));
    (void)snprintf(message, sizeof(message), "%s; %s of several words needs quotes: %c%s%c", should,
                   which, quote, shown, quote);
    return fail_standing(p, message);
}

/* ---- Values ---- */

static bool orders(enum filter_op op)
{
    return op >= FILTER_LESS;
}

/* Digits that begin with 0 are an id, where it is not asked which of two is greater. */
static bool is_id(struct slice s)
{
    size_t digits = 0;
    while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
        digits++;
    return digits == s.len && digits > 1 && s.ptr[0] == '0';
}

static int fail_value(const struct parser *p, const char *problem)
{
    char buf[FILTER_SHOWN_MAX + 8];
    return filter_fail_at(p->lexer.text, p->token.source.ptr, p->e, "%s %s",
                          standing(p, buf, sizeof(buf)), problem);
}

/* 0: it is one, 1: it is none. */
static int read_number(const struct parser *p, enum filter_op op, struct filter_value *v)
{
    switch (quantity_read(v->text, p->f->options.decimal_mark, &v->quantity)) {
    case QUANTITY_NONE:
        return 1;
    case QUANTITY_AMBIGUOUS:
        return fail_value(p, "has a comma that can set thousands apart or be the decimal mark: "
                             "write 1234 or 1.5, or say --decimal point or --decimal comma");
    case QUANTITY_OK:
        break;
    }
    if (v->quantity.of > 0 && orders(op))
        return fail_value(p, "is a score of several points: compare with the points (4) or a "
                             "percentage (80%)");
    if (!orders(op) && (is_id(v->text) || v->quantity.of > 0))
        return 1;
    v->kind = FILTER_NUMBER;
    return 0;
}

static int read_date(const struct parser *p, enum filter_op op, struct filter_value *v)
{
    switch (when_read(v->text, p->f->options.date_order, &v->when)) {
    case WHEN_AMBIGUOUS:
        return fail_value(p, "does not say which is the month: write it as 2026-10-01, or say "
                             "--date-order mdy or --date-order dmy");
    case WHEN_OK:
        v->kind = FILTER_DATE;
        return 0;
    case WHEN_NONE:
        break;
    }
    bool quoted = p->token.kind == FILTER_TOKEN_TEXT;
    if ((quoted && !orders(op)) || when_relative(v->text, 0, &v->when) < 0)
        return 1;
    v->kind = FILTER_FROM_NOW;
    return 0;
}

/* What the token is by its form. */
static int read_value(const struct parser *p, struct filter_test *t, struct filter_value *v)
{
    v->kind = FILTER_TEXT;
    if (t->op != FILTER_MATCHES) {
        int rc = read_number(p, t->op, v);
        if (rc > 0)
            rc = read_date(p, t->op, v);
        if (rc < 0)
            return -1;
    }
    if (v->kind == FILTER_TEXT && orders(t->op))
        return fail_value(p, "is a text: < <= > >= need a number (100, 80%) or a date "
                             "(2026-10-01, -1d)");
    t->has_text = t->has_text || v->kind == FILTER_TEXT;
    t->has_number = t->has_number || v->kind == FILTER_NUMBER;
    t->has_date = t->has_date || v->kind == FILTER_DATE || v->kind == FILTER_FROM_NOW;
    return 0;
}

/* Can the token be a value?  In quotes a keyword can. */
static int check_value(const struct parser *p)
{
    static const char *const keywords[] = {"and", "or", "not", "in", "is"};
    if (p->token.kind == FILTER_TOKEN_NAME)
        return fail_value(p, "is a column's name, by its quotes: write a text as 'Yes'");
    if (p->token.kind != FILTER_TOKEN_TEXT && p->token.kind != FILTER_TOKEN_WORD)
        return fail_standing(p, "a value should, such as 100, Yes, 'Checked In' or 2026-10-01");
    if (at_keyword(p, "empty"))
        return fail_value(p, "is no value: write is empty or is not empty (or 'empty', if it is "
                             "a text)");
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (at_keyword(p, keywords[i]))
            return fail_standing(p, "a value should; if it is one, put it in single quotes");
    }
    return 0;
}

/* What may follow a value? */
static int check_follower(const struct parser *p, const char *value, bool in_list)
{
    if (!in_list && p->token.kind == FILTER_TOKEN_COMMA)
        return fail_standing(p, "and, or or the end should; a number with a comma needs quotes: "
                                "'79,5'");
    if (goes_on(p, value))
        return fail_words(p, value, in_list ? "a comma or ) should" : "and, or or the end should",
                          "a value", '\'');
    return 0;
}

static int take_value(struct parser *p, struct filter_test *t, bool in_list)
{
    struct filter_value *v = arena_alloc(&p->f->arena, sizeof(*v));
    if (!v)
        return err_nomem(p->e);
    *v = (struct filter_value){.next = t->values, .text = slice_trim(p->token.value)};
    if (check_value(p) < 0 || read_value(p, t, v) < 0)
        return -1;
    t->values = v;
    const char *from = p->token.source.ptr;
    return advance(p) < 0 ? -1 : check_follower(p, from, in_list);
}

static int take_pattern(struct parser *p, struct filter_test *t)
{
    char problem[FILTER_PROBLEM_MAX];
    if (check_value(p) < 0)
        return -1;
    const char *pattern = arena_copy(&p->f->arena, p->token.value.ptr, p->token.value.len);
    if (!pattern)
        return err_nomem(p->e);
    t->pattern = filter_pattern_new(pattern, problem);
    if (!t->pattern)
        return problem[0] == '\0' ? err_nomem(p->e) : fail_value(p, problem);
    const char *from = p->token.source.ptr;
    return advance(p) < 0 ? -1 : check_follower(p, from, false);
}

/* ---- Tests ---- */

/* `is`, which is the token, and what follows. */
static int take_is(struct parser *p, struct filter_test *t)
{
    t->op = FILTER_EMPTY;
    if (advance(p) < 0)
        return -1;
    t->negated = at_keyword(p, "not");
    if (t->negated && advance(p) < 0)
        return -1;
    if (!at_keyword(p, "empty"))
        return fail_standing(p, t->negated ? "empty should, as in is not empty; to compare, write "
                                             "!= instead of is not"
                                           : "empty or not empty should; to compare, write = "
                                             "instead of is");
    return advance(p);
}

/* `in`, which is the token, and its list. */
static int take_in(struct parser *p, struct filter_test *t)
{
    t->op = FILTER_EQUAL;
    if (advance(p) < 0)
        return -1;
    if (p->token.kind != FILTER_TOKEN_OPEN)
        return fail_standing(p, "a list should, as in (Yes, 'Checked In')");
    do {
        if (advance(p) < 0 || take_value(p, t, true) < 0)
            return -1;
    } while (p->token.kind == FILTER_TOKEN_COMMA);
    if (p->token.kind != FILTER_TOKEN_CLOSE)
        return fail_standing(p, "a comma or ) should: lists are written (Yes, 'Checked In')");
    return advance(p);
}

static int take_comparison(struct parser *p, struct filter_test *t, const char *column)
{
    static const struct {
        const char *operator;
        enum filter_op op;
        bool negated;
    } known[] = {{"=", FILTER_EQUAL, false},   {"!=", FILTER_EQUAL, true},
                 {"<", FILTER_LESS, false},    {"<=", FILTER_LESS_EQUAL, false},
                 {">", FILTER_GREATER, false}, {">=", FILTER_GREATER_EQUAL, false},
                 {"~", FILTER_MATCHES, false}, {"!~", FILTER_MATCHES, true}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!at_operator(p, known[i].operator))
            continue;
        t->op = known[i].op;
        t->negated = known[i].negated;
        if (advance(p) < 0)
            return -1;
        return t->op == FILTER_MATCHES ? take_pattern(p, t) : take_value(p, t, false);
    }
    return fail_words(p, column, "a comparison should: = != < <= > >= ~ !~, in (a, b), is empty",
                      "a column's name", '"');
}

/* What follows the column. */
static int take_condition(struct parser *p, struct filter_test *t, const char *column)
{
    if (at_keyword(p, "is"))
        return take_is(p, t);
    if (at_keyword(p, "not")) {
        t->negated = true;
        if (advance(p) < 0)
            return -1;
        if (!at_keyword(p, "in"))
            return fail_standing(p, "in should, as in not in (a, b); to compare, write !=");
    }
    return at_keyword(p, "in") ? take_in(p, t) : take_comparison(p, t, column);
}

static struct filter_node *new_node(struct parser *p, enum filter_node_kind kind)
{
    struct filter_node *n = arena_alloc(&p->f->arena, sizeof(*n));
    if (!n)
        (void)err_nomem(p->e);
    else
        *n = (struct filter_node){.kind = kind, .source = {p->token.source.ptr, 0}};
    return n;
}

static struct filter_test *new_test(struct parser *p)
{
    struct filter_test *t = arena_alloc(&p->f->arena, sizeof(*t));
    if (!t) {
        (void)err_nomem(p->e);
        return NULL;
    }
    memset(t, 0, sizeof(*t));
    t->asked_by = p->lexer.text->asked_by;
    *p->f->tests_end = t;
    p->f->tests_end = &t->next;
    p->f->n_tests++;
    return t;
}

static int check_column(const struct parser *p)
{
    if (p->token.kind == FILTER_TOKEN_TEXT)
        return fail_value(p, "is a text, by its quotes, where a column's name should stand: write "
                             "it as Status or \"Date Completed\"");
    bool named = p->token.kind == FILTER_TOKEN_WORD || p->token.kind == FILTER_TOKEN_NAME;
    if (!named || at_keyword(p, "and") || at_keyword(p, "or"))
        return fail_standing(p, "a test should, such as Progress >= 100 or \"Date Completed\" is "
                                "not empty");
    return 0;
}

static struct filter_node *parse_test(struct parser *p)
{
    struct filter_node *n = new_node(p, FILTER_TEST);
    if (!n || check_column(p) < 0 || !(n->test = new_test(p)))
        return NULL;
    struct slice name = p->token.value;
    if (advance(p) < 0 || take_condition(p, n->test, n->source.ptr) < 0)
        return NULL;
    n->source = since(p, n->source.ptr);
    if (columns_find(p->f->columns, name, n->test->asked_by, &n->test->column, p->e) < 0) {
        p->f->missing = name;
        return NULL;
    }
    return n;
}

/* ---- and, or, not, ( ) ---- */

static struct filter_node *parse_or(struct parser *p);
static struct filter_node *parse_not(struct parser *p);

/* At (: what is within, up to and with the ). */
static struct filter_node *parse_parentheses(struct parser *p)
{
    const char *open = p->token.source.ptr;
    if (advance(p) < 0)
        return NULL;
    struct filter_node *inner = parse_or(p);
    if (!inner)
        return NULL;
    if (p->token.kind == FILTER_TOKEN_END) {
        (void)filter_fail_at(p->lexer.text, open, p->e, "the ( that opens here is not closed");
        return NULL;
    }
    if (p->token.kind != FILTER_TOKEN_CLOSE) {
        (void)fail_standing(p, "and, or or ) should");
        return NULL;
    }
    return advance(p) < 0 ? NULL : inner;
}

/* At all or any. */
static struct filter_node *parse_aggregate(struct parser *p)
{
    struct filter *f = p->f;
    struct filter_node *n = new_node(p, FILTER_AGGREGATE);
    if (!n)
        return NULL;
    const char *problem = NULL;
    if (!f->options.grouped)
        problem = "is about the rows of a group: say --group COLUMN, too";
    else if (p->in_aggregate)
        problem = "stands within all(…) or any(…), where it can't";
    else if (f->n_aggregates == FILTER_AGGREGATES_MAX)
        problem = "is one all(…) or any(…) too many: there can be 16";
    if (problem) {
        (void)fail_value(p, problem);
        return NULL;
    }
    n->aggregate = f->n_aggregates++;
    f->aggregates[n->aggregate].all = at_keyword(p, "all");
    if (advance(p) < 0)
        return NULL;
    p->in_aggregate = true;
    f->aggregates[n->aggregate].inner = parse_parentheses(p);
    p->in_aggregate = false;
    n->source = since(p, n->source.ptr);
    return !f->aggregates[n->aggregate].inner ? NULL : n;
}

static struct filter_node *parse_negation(struct parser *p)
{
    struct filter_node *n = new_node(p, FILTER_NOT);
    if (!n || advance(p) < 0 || !(n->first = parse_not(p)))
        return NULL;
    n->source = since(p, n->source.ptr);
    return n;
}

static struct filter_node *parse_not(struct parser *p)
{
    struct filter_node *(*parse)(struct parser *) = NULL;
    if (at_keyword(p, "not"))
        parse = parse_negation;
    else if (p->token.kind == FILTER_TOKEN_OPEN)
        parse = parse_parentheses;
    else if (at_aggregate(p))
        parse = parse_aggregate;
    else
        return parse_test(p);
    if (p->depth == FILTER_DEPTH_MAX) {
        (void)filter_fail_at(p->lexer.text, p->token.source.ptr, p->e,
                             "( and not are nested more than %d deep", FILTER_DEPTH_MAX);
        return NULL;
    }
    p->depth++;
    struct filter_node *n = parse(p);
    p->depth--;
    return n;
}

/* One or more of what `parse` reads, with keyword between. */
static struct filter_node *parse_chain(struct parser *p, enum filter_node_kind kind,
                                       const char *keyword,
                                       struct filter_node *(*parse)(struct parser *))
{
    struct filter_node *n = new_node(p, kind), *child = NULL, **end = NULL;
    if (!n)
        return NULL;
    end = &n->first;
    do {
        if (n->first && advance(p) < 0)
            return NULL;
        child = parse(p);
        if (!child)
            return NULL;
        *end = child;
        end = &child->next;
    } while (at_keyword(p, keyword));
    n->source = since(p, n->source.ptr);
    return n->first->next ? n : n->first;
}

static struct filter_node *parse_and(struct parser *p)
{
    return parse_chain(p, FILTER_AND, "and", parse_not);
}

static struct filter_node *parse_or(struct parser *p)
{
    return parse_chain(p, FILTER_OR, "or", parse_and);
}

int filter_parse(struct filter *f, const struct filter_text *text, struct filter_node **out,
                 struct err *e)
{
    struct parser p = {.f = f, .e = e, .lexer = {text, text->text, &f->arena}, .end = text->text};
    if (filter_lex(&p.lexer, &p.token, e) < 0)
        return -1;
    *out = parse_or(&p);
    if (!*out)
        return -1;
    if (p.token.kind == FILTER_TOKEN_CLOSE)
        return fail_value(&p, "closes nothing: no ( is open");
    if (p.token.kind != FILTER_TOKEN_END)
        return fail_standing(&p, "and, or or the end should");
    return 0;
}
