/* filter_lex: a text to tokens.  A word ends at a blank, a quote, a bracket, a comma or an operator. */
#include "filter_lex.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 512

int filter_fail_at(const struct filter_text *text, const char *at, struct err *e, const char *fmt,
                   ...)
{
    char message[MESSAGE_MAX];
    size_t character = 1;
    va_list args;
    for (const char *p = text->text; p < at; p++)
        character += ((unsigned char)*p & 0xc0) != 0x80;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    return err_set(e, EXIT_USAGE, "%s: character %zu: %s", text->asked_by, character, message);
}

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* Blanks at the front, with U+00A0, which comes along when a text is pasted. */
static const char *behind_blanks(const char *s)
{
    for (;;) {
        if (*s != '\0' && strchr(" \t\r\n\v\f", *s))
            s++;
        else if (begins(s, "\xc2\xa0"))
            s += 2;
        else
            return s;
    }
}

static bool is_word_byte(const char *s)
{
    unsigned char c = (unsigned char)*s;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c >= 0x80 && !begins(s, "\xc2\xa0")) || (c != '\0' && strchr("_.%-@#:/+", c));
}

/* What other languages and word processors write, and what to write here. */
static const struct {
    const char *wrong, *right;
} wrong[] = {
    {"==", "="},
    {"=>", ">="},
    {"=<", "<="},
    {"<>", "!="},
    {"&", "and"},
    {"|", "or"},
    {"\xe2\x89\xa5", ">="},                        /* U+2265 */
    {"\xe2\x89\xa4", "<="},                        /* U+2264 */
    {"\xe2\x89\xa0", "!="},                        /* U+2260 */
    {"\xe2\x80\x98", "' (a straight quote)"},      /* U+2018 */
    {"\xe2\x80\x99", "' (a straight quote)"},      /* U+2019 */
    {"\xe2\x80\x9a", "' (a straight quote)"},      /* U+201A */
    {"\xe2\x80\x9c", "' or \" (straight quotes)"}, /* U+201C */
    {"\xe2\x80\x9d", "' or \" (straight quotes)"}, /* U+201D */
    {"\xe2\x80\x9e", "' or \" (straight quotes)"}, /* U+201E */
    {"\xc2\xab", "' or \" (straight quotes)"},     /* U+00AB */
};

static int fail_if_wrong(const struct filter_lexer *l, struct err *e)
{
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (begins(l->at, wrong[i].wrong))
            return filter_fail_at(l->text, l->at, e, "\"%s\" is not known here: write %s",
                                  wrong[i].wrong, wrong[i].right);
    }
    return 0;
}

/* Where the quote that opens at l->at is closed, and how many doubled ones are within; NULL: nowhere. */
static const char *find_close(const struct filter_lexer *l, char close, size_t *doubled)
{
    *doubled = 0;
    for (const char *p = l->at + 1; *p != '\0'; p++) {
        if (*p != close)
            continue;
        if (p[1] != close)
            return p;
        ++*doubled;
        p++;
    }
    return NULL;
}

/* `'it''s'`, `"Date ""UTC"""`, `[a ]] b]`. */
static int take_quoted(struct filter_lexer *l, struct filter_token *out, struct err *e)
{
    char close = *l->at == '[' ? ']' : *l->at;
    size_t doubled = 0, len = 0;
    const char *from = l->at + 1, *end = find_close(l, close, &doubled);
    if (!end)
        return filter_fail_at(l->text, l->at, e, "the %c that opens here is not closed by %c",
                              *l->at, close);
    out->kind = close == '\'' ? FILTER_TOKEN_TEXT : FILTER_TOKEN_NAME;
    out->value = (struct slice){from, (size_t)(end - from)};
    l->at = end + 1;
    if (doubled == 0)
        return 0;
    char *plain = arena_alloc(l->arena, out->value.len);
    if (!plain)
        return err_nomem(e);
    for (const char *p = from; p < end; p++) {
        plain[len++] = *p;
        p += *p == close;
    }
    out->value = (struct slice){plain, len};
    return 0;
}

/* The length of the operator at the front, or 0. */
static size_t operator_length(const char *s)
{
    static const char *const operators[] = {"!=", "!~", "<=", ">=", "=", "<", ">", "~"};
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (begins(s, operators[i]))
            return strlen(operators[i]);
    }
    return 0;
}

static int take_mark(struct filter_lexer *l, struct filter_token *out, struct err *e)
{
    static const struct {
        char mark;
        enum filter_token_kind kind;
    } marks[] = {{'(', FILTER_TOKEN_OPEN}, {')', FILTER_TOKEN_CLOSE}, {',', FILTER_TOKEN_COMMA}};
    size_t len = operator_length(l->at);
    out->kind = FILTER_TOKEN_OPERATOR;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (*l->at == marks[i].mark) {
            out->kind = marks[i].kind;
            len = 1;
        }
    }
    if (len == 0 && *l->at == '!')
        return filter_fail_at(l->text, l->at, e, "\"!\" is not known here: write != or not");
    if (len == 0)
        return filter_fail_at(l->text, l->at, e,
                              "\"%c\" is not known here: if it belongs to a text, write it in '…', "
                              "if to a column's name, in \"…\"",
                              (unsigned char)*l->at < 0x20 || *l->at == 0x7f ? ' ' : *l->at);
    out->value = (struct slice){l->at, len};
    l->at += len;
    return 0;
}

int filter_lex(struct filter_lexer *l, struct filter_token *out, struct err *e)
{
    int rc = 0;
    l->at = behind_blanks(l->at);
    const char *from = l->at;
    if (fail_if_wrong(l, e) < 0)
        return -1;
    if (*from == '\0') {
        out->kind = FILTER_TOKEN_END;
        out->value = (struct slice){from, 0};
    } else if (strchr("'\"[", *from)) {
        rc = take_quoted(l, out, e);
    } else if (is_word_byte(from)) {
        while (is_word_byte(l->at))
            l->at++;
        out->kind = FILTER_TOKEN_WORD;
        out->value = (struct slice){from, (size_t)(l->at - from)};
    } else {
        rc = take_mark(l, out, e);
    }
    out->source = (struct slice){from, (size_t)(l->at - from)};
    return rc;
}
