/*
 * filter_pattern: the regular expressions of filters, searched for in bounded time.
 *
 * Once made it is only read, by any number of threads.
 */
#ifndef CLAIMPIPE_POLICY_FILTER_PATTERN_H
#define CLAIMPIPE_POLICY_FILTER_PATTERN_H

#include "base/text.h"

#define FILTER_PROBLEM_MAX 128u
#define FILTER_NESTS_MAX 20u /* of the ( of a regular expression */
#define FILTER_TOO_LARGE "is too large for a regular expression: make it simpler"

struct filter_pattern;

/* NULL: problem says what is the matter (`is no regular expression: …`); "": no memory. */
struct filter_pattern *filter_pattern_new(const char *s, char problem[FILTER_PROBLEM_MAX]);
void filter_pattern_free(struct filter_pattern *p);
/* TOO_MUCH: to find out would take longer than a cell is worth; the same for the same cell each time. */
enum filter_found { FILTER_FOUND, FILTER_ABSENT, FILTER_TOO_MUCH };
enum filter_found filter_pattern_find(const struct filter_pattern *p, struct slice cell);

/* ---- filter_syntax.c ---- */
/* A POSIX extended regular expression, appended to out as PCRE2 has it; -1: see filter_pattern_new. */
int filter_syntax_translate(const char *posix, struct text *out, char problem[FILTER_PROBLEM_MAX]);

#endif
