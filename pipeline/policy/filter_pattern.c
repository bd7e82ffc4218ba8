/*
 * filter_pattern: regular expressions for regcomp, which is handed none that makes it recurse or copy without
 * bound, and none that means something else than it says.
 */
#include "policy/filter_parts.h"

#include "base/mem.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MAX 1024u /* bytes */
#define REPEATS_MAX 1000u /* all of its {n} and + multiplied */
#define COPIED_MAX 65536u /* bytes times repeats */
#define NESTS_MAX 20u     /* of its ( */

struct filter_pattern {
    regex_t regex;
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

/* How often regcomp would copy a part of s at most, and how deep its ( nest.  (x)+ is (x)(x)*. */
static void measure(const char *s, size_t *repeats, size_t *nests)
{
    size_t open = 0;
    char before = '\0';
    *repeats = 1;
    *nests = 0;
    for (; *s != '\0'; before = *s++) {
        size_t most = 1;
        open += *s == '(';
        open -= *s == ')' && open > 0;
        *nests = open > *nests ? open : *nests;
        if (*s == '{')
            most = most_repeats(&s);
        else if (*s == '+' && before != '\0' && strchr(")}*+?", before) != NULL)
            most = 2;
        *repeats = *repeats * most > REPEATS_MAX ? REPEATS_MAX + 1 : *repeats * most;
    }
}

/* \1 and the like: not of POSIX's, and slow without bound. */
static bool has_back_reference(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\\' && s[1] != '\0' && *++s >= '1' && *s <= '9')
            return true;
    }
    return false;
}

/* Where the bracket expression that opens at s is closed, or its end. */
static const char *behind_bracket(const char *s)
{
    s += s[1] == '^' ? 2 : 1;
    s += *s == ']';
    for (; *s != '\0' && *s != ']'; s++) {
        if (s[0] != '[' || s[1] == '\0' || strchr(":.=", s[1]) == NULL)
            continue;
        char kind = s[1]; /* [:alpha:] */
        for (s += 2; *s != '\0' && !(s[0] == kind && s[1] == ']'); s++)
            ;
        if (*s == '\0')
            return s;
        s++;
    }
    return s;
}

/* [äö] would be the bytes of those: it matches halves of other letters. */
static bool has_wide_bracket(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\\' && s[1] != '\0') {
            s++;
        } else if (*s == '[') {
            const char *end = behind_bracket(s);
            for (; s < end; s++) {
                if ((unsigned char)*s >= 0x80)
                    return true;
            }
            if (*s == '\0')
                return false;
        }
    }
    return false;
}

/* What is wrong with it before regcomp sees it, or NULL. */
static const char *check(const char *s)
{
    size_t repeats = 0, nests = 0;
    measure(s, &repeats, &nests);
    bool large = repeats > REPEATS_MAX || strlen(s) * repeats > COPIED_MAX;
    if (large || strlen(s) > PATTERN_MAX || nests > NESTS_MAX)
        return "is too large for a regular expression: make it simpler";
    if (has_back_reference(s))
        return "has a \\1 or the like, which regular expressions here do not know";
    if (has_wide_bracket(s))
        return "has a letter beyond ASCII in [ ]: write (ä|ö) instead of [äö]";
    return NULL;
}

struct filter_pattern *filter_pattern_new(const char *s, char problem[FILTER_PROBLEM_MAX])
{
    char reason[FILTER_SHOWN_MAX];
    const char *wrong = check(s);
    (void)snprintf(problem, FILTER_PROBLEM_MAX, "%s", wrong != NULL ? wrong : "");
    struct filter_pattern *p = wrong != NULL ? NULL : mem_zero(1, sizeof *p);
    if (p == NULL)
        return NULL;
    int rc = regcomp(&p->regex, s, REG_EXTENDED | REG_NOSUB);
    if (rc == 0)
        return p;
    (void)regerror(rc, &p->regex, reason, sizeof reason);
    (void)snprintf(problem, FILTER_PROBLEM_MAX, "is no regular expression: %s", reason);
    free(p);
    return NULL;
}

void filter_pattern_free(struct filter_pattern *p)
{
    if (p == NULL)
        return;
    regfree(&p->regex);
    free(p);
}

/* re_search and not regexec, for a cell has a length and no NUL at its end.  It locks what it keeps in the
 * pattern, and is not const for that alone. */
bool filter_pattern_found(struct filter_pattern *p, struct slice cell)
{
    regoff_t len = (regoff_t)cell.len;
    return re_search(&p->regex, cell.len > 0 ? cell.ptr : "", len, 0, len, NULL) >= 0;
}
