/*
 * filter_pattern: regular expressions, searched for in bounded time; the only user of PCRE2.
 *
 * A cell is somebody else's text, and a pattern that backtracks can take years over thirty characters.  So it is
 * PCRE2's other way of matching that is used, pcre2_dfa_match, which follows all alternatives at once and goes
 * over a cell once: `.*` before the pattern stands for where it begins, so that there is but one start.  One
 * character costs at most the square of the states that are followed at a time, which the workspace bounds: it
 * is the smaller the longer the cell is, so that STEPS_MAX holds for any cell.
 *
 * Two forms are made: one of characters for cells (and patterns) that are UTF-8, and one of bytes for damaged ones.
 */
#include "policy/filter_pattern.h"

#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MAX 1024u /* bytes */
#define REPEATS_MAX 1000u /* all of its {n} and + multiplied */
#define COPIED_MAX 65536u /* bytes times repeats */
#define COMPILED_MAX ((size_t)256 << 10)
#define REASON_MAX 96u

/* For one cell, less than a second. */
#define STEPS_MAX 1000000000u
#define STATES_MAX 400u
#define STATES_MIN 12u
/* PCRE2 keeps two lists of states (three ints each) behind two ints: pcre2_dfa_match.c. */
#define WORKSPACE(states) ((size_t)2 + (size_t)6 * (states))
/* Of what it does by recursion: the ends of words. */
#define MATCH_MAX 1000000u
#define DEPTH_MAX 100u
#define HEAP_MAX_KIB 4096u

enum form { CHARACTERS, BYTES, FORMS };

struct filter_pattern {
    pcre2_code *code[FORMS]; /* CHARACTERS may be NULL: it is no UTF-8 itself */
    pcre2_match_context *limits;
};

/* The most that a {n,m} at *s asks for; *s is then at its last digit. */
static size_t most_repeats(const char **s)
{
    size_t most = 1, n = 0;
    for (; (*s)[1] == ',' || ((*s)[1] >= '0' && (*s)[1] <= '9'); ++*s) {
        n = (*s)[1] == ',' ? 0 : n * 10 + (size_t)((*s)[1] - '0');
        n = n > REPEATS_MAX ? REPEATS_MAX + 1 : n;
        most = n > most ? n : most;
    }
    return most;
}

/* How often a part of s would be copied at most, for {n} is n copies. */
static size_t measure(const char *s)
{
    size_t repeats = 1;
    char before = '\0';
    for (; *s != '\0'; before = *s++) {
        size_t most = 1;
        if (*s == '{')
            most = most_repeats(&s);
        else if (*s == '+' && before != '\0' && strchr(")}*+?", before))
            most = 2;
        repeats = repeats * most > REPEATS_MAX ? REPEATS_MAX + 1 : repeats * most;
    }
    return repeats;
}

static bool is_too_large(const char *s)
{
    size_t repeats = measure(s);
    return repeats > REPEATS_MAX || strlen(s) > PATTERN_MAX || strlen(s) * repeats > COPIED_MAX;
}

static int compile(struct filter_pattern *p, enum form form, const struct text *source,
                   char problem[FILTER_PROBLEM_MAX])
{
    uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
                       (form == CHARACTERS ? PCRE2_UTF | PCRE2_NEVER_UCP : PCRE2_NEVER_UTF);
    PCRE2_UCHAR reason[REASON_MAX];
    PCRE2_SIZE at;
    size_t size = 0;
    int code;
    p->code[form] = pcre2_compile((PCRE2_SPTR)source->ptr, source->len, options, &code, &at, NULL);
    if (!p->code[form] && form == CHARACTERS && code <= PCRE2_ERROR_UTF8_ERR1)
        return 0; /* as bytes it may do */
    if (!p->code[form] && code == PCRE2_ERROR_HEAP_FAILED)
        return -1;
    if (!p->code[form]) {
        (void)pcre2_get_error_message(code, reason, sizeof(reason));
        (void)snprintf(problem, FILTER_PROBLEM_MAX, "is no regular expression: %s",
                       (const char *)reason);
        return -1;
    }
    (void)pcre2_pattern_info(p->code[form], PCRE2_INFO_SIZE, &size);
    if (size <= COMPILED_MAX)
        return 0;
    (void)snprintf(problem, FILTER_PROBLEM_MAX, "%s", FILTER_TOO_LARGE);
    return -1;
}

static int make(struct filter_pattern *p, const struct text *source,
                char problem[FILTER_PROBLEM_MAX])
{
    p->limits = pcre2_match_context_create(NULL);
    if (!p->limits)
        return -1;
    (void)pcre2_set_match_limit(p->limits, MATCH_MAX);
    (void)pcre2_set_depth_limit(p->limits, DEPTH_MAX);
    (void)pcre2_set_heap_limit(p->limits, HEAP_MAX_KIB);
    return compile(p, CHARACTERS, source, problem) == 0 ? compile(p, BYTES, source, problem) : -1;
}

struct filter_pattern *filter_pattern_new(const char *s, char problem[FILTER_PROBLEM_MAX])
{
    struct filter_pattern *p = mem_zero(1, sizeof(*p));
    struct text source;
    problem[0] = '\0';
    if (!p)
        return NULL;
    text_init(&source);
    if (is_too_large(s)) {
        (void)snprintf(problem, FILTER_PROBLEM_MAX, "%s", FILTER_TOO_LARGE);
        goto err;
    }
    text_puts(&source, ".*(?:");
    if (filter_syntax_translate(s, &source, problem) != 0)
        goto err;
    text_puts(&source, ")");
    if (!text_ok(&source) || make(p, &source, problem) != 0)
        goto err;
    text_release(&source);
    return p;
err:
    text_release(&source);
    filter_pattern_free(p);
    return NULL;
}

void filter_pattern_free(struct filter_pattern *p)
{
    if (!p)
        return;
    for (int i = 0; i < FORMS; i++)
        pcre2_code_free(p->code[i]);
    pcre2_match_context_free(p->limits);
    free(p);
}

/* How many states may be followed at a time in a cell of that length: see the top. */
static size_t states_for(size_t len)
{
    size_t states = STATES_MAX;
    while (states > STATES_MIN && states * states / 2 * len > STEPS_MAX)
        states -= states / 8;
    return states;
}

static int search(const struct filter_pattern *p, enum form form, struct slice cell)
{
    int workspace[WORKSPACE(STATES_MAX)];
    pcre2_match_data *found = pcre2_match_data_create(1, NULL);
    int rc;
    if (!found)
        return PCRE2_ERROR_NOMEMORY;
    rc = pcre2_dfa_match(p->code[form], (PCRE2_SPTR)(cell.len > 0 ? cell.ptr : ""), cell.len, 0,
                         PCRE2_ANCHORED | PCRE2_DFA_SHORTEST, found, p->limits, workspace,
                         WORKSPACE(states_for(cell.len)));
    pcre2_match_data_free(found);
    return rc;
}

enum filter_found filter_pattern_find(const struct filter_pattern *p, struct slice cell)
{
    int rc = PCRE2_ERROR_UTF8_ERR1;
    if (p->code[CHARACTERS])
        rc = search(p, CHARACTERS, cell);
    if (rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21)
        rc = search(p, BYTES, cell);
    return rc >= 0 ? FILTER_FOUND : rc == PCRE2_ERROR_NOMATCH ? FILTER_ABSENT : FILTER_TOO_MUCH;
}
