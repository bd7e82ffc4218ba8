/* filter_lex: the words of a filter, one after the other. */
#ifndef CLAIMPIPE_POLICY_FILTER_LEX_H
#define CLAIMPIPE_POLICY_FILTER_LEX_H

#include "base/arena.h"
#include "policy/filter.h"

enum filter_token_kind {
    FILTER_TOKEN_END,
    FILTER_TOKEN_WORD,
    FILTER_TOKEN_TEXT, /* '…' */
    FILTER_TOKEN_NAME, /* "…" or […] */
    FILTER_TOKEN_OPEN,
    FILTER_TOKEN_CLOSE,
    FILTER_TOKEN_COMMA,
    FILTER_TOKEN_OPERATOR
};

struct filter_token {
    enum filter_token_kind kind;
    struct slice source; /* as it stands in the text */
    struct slice value;  /* without its quotes; of an operator itself */
};

struct filter_lexer {
    const struct filter_text *text;
    const char *at;
    struct arena *arena; /* for what has doubled quotes in it */
};

/* The next one; -1 with EXIT_USAGE: a quote that is not closed, a character that means nothing. */
int filter_lex(struct filter_lexer *l, struct filter_token *out, struct err *e) MUST_CHECK;
/* `--where: character 13: ` and the rest, with EXIT_USAGE.  Always -1. */
__attribute__((format(printf, 4, 5))) int
filter_fail_at(const struct filter_text *text, const char *at, struct err *e, const char *fmt, ...);

#endif
