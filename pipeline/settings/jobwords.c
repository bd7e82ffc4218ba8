#include "settings/jobwords.h"

#include "base/slice.h"
#include "policy/columns.h"
#include "stages/job.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 8 /* words of a list */

struct word {
    const char *name;
    int value;
};

/* The value of the word, or -1; words end with one without a name. */
static int find(const struct word *words, const char *word)
{
    for (; words->name; words++)
        if (strcmp(words->name, word) == 0)
            return words->value;
    return -1;
}

/* One character of ASCII that neither ends a line nor is a letter or digit, or -1. */
static int read_character(const char *word)
{
    unsigned char c = (unsigned char)word[0];
    bool alike = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

    return c && !word[1] && c < 0x80 && !alike && c != '\r' && c != '\n' ? c : -1;
}

/* A quote or an escape: blanks stand around fields, and would be both. */
static int read_visible(const char *word)
{
    return slice_trim(slice_of(word)).len ? read_character(word) : -1;
}

static int read_delimiter(const char *word, struct job *j)
{
    static const struct word words[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'},
                                        {"pipe", '|'},  {"\\t", '\t'},      {NULL, 0}};
    int c = find(words, word);

    if (c < 0)
        c = read_character(word);
    if (c < 0 || c == '"')
        return -1;
    j->read.delimiter = (char)c;
    return 0;
}

static int read_quote(const char *word, struct job *j)
{
    int c = read_visible(word);

    j->read.no_quotes = strcmp(word, "none") == 0;
    if (j->read.no_quotes)
        return 0;
    if (c < 0)
        return -1;
    j->read.quote = (char)c;
    return 0;
}

static int read_escape(const char *word, struct job *j)
{
    static const struct word words[] = {{"backslash", '\\'}, {NULL, 0}};
    int c = find(words, word);

    j->read.no_escapes = strcmp(word, "none") == 0;
    if (j->read.no_escapes)
        return 0;
    if (c < 0)
        c = read_visible(word);
    if (c < 0)
        return -1;
    j->read.escape = (char)c;
    return 0;
}

static int read_date_order(const char *word, struct job *j)
{
    return when_order_read(word, &j->date_order);
}

static int read_decimal(const char *word, struct job *j)
{
    static const struct word words[] = {{"point", '.'}, {"comma", ','}, {NULL, 0}};
    int mark = find(words, word);

    if (mark < 0)
        return -1;
    j->decimal_mark = (char)mark;
    return 0;
}

static int read_output(const char *word, struct job *j)
{
    static const struct word words[] = {{"same", JOBOUTPUT_SAME},
                                        {"excel", JOBOUTPUT_EXCEL},
                                        {"rfc4180", JOBOUTPUT_RFC4180},
                                        {NULL, 0}};
    int output = find(words, word);

    if (output < 0)
        return -1;
    j->output = (enum joboutput)output;
    return 0;
}

static int read_fail_on(const char *word, struct job *j)
{
    static const struct word words[] = {{"new", PROBLEM_FAIL_NEW},
                                        {"any", PROBLEM_FAIL_ANY},
                                        {"none", PROBLEM_FAIL_NONE},
                                        {NULL, 0}};
    int fail_on = find(words, word);

    if (fail_on < 0)
        return -1;
    j->tell.fail_on = (enum problem_fail)fail_on;
    return 0;
}

/* Is it json?  -1: it is not text, either. */
static int find_format(const char *word)
{
    static const struct word words[] = {{"text", 0}, {"json", 1}, {NULL, 0}};

    return find(words, word);
}

static int read_format(const char *word, struct job *j)
{
    int json = find_format(word);

    j->json = json > 0;
    return json < 0 ? -1 : 0;
}

static int read_log_format(const char *word, struct job *j)
{
    int json = find_format(word);

    j->json_log = json > 0;
    return json < 0 ? -1 : 0;
}

const char *jobwords_guess(const struct jobwords *w, const char *word, char out[JOBWORDS_GUESS_MAX])
{
    struct slice words[LIST_MAX];
    size_t n = 0, near;

    for (const char *s = w->list; n < LIST_MAX && *s; s += strcspn(s, "|"), s += *s == '|')
        words[n++] = (struct slice){s, strcspn(s, "|")};
    near = columns_nearest(slice_of(word), words, n);
    out[0] = '\0';
    if (near != COLUMNS_NONE)
        snprintf(out, JOBWORDS_GUESS_MAX, " (did you mean %.*s?)", (int)words[near].len,
                 words[near].ptr);
    return out;
}

const struct jobwords jobwords_delimiter = {
    "comma|semicolon|tab|pipe", "comma, semicolon, tab, pipe or one character", read_delimiter};
const struct jobwords jobwords_quote = {"none", "one character, or none", read_quote};
const struct jobwords jobwords_escape = {"backslash|none", "one character, backslash or none",
                                         read_escape};
const struct jobwords jobwords_date_order = {"mdy|dmy|ymd", "mdy, dmy or ymd", read_date_order};
const struct jobwords jobwords_decimal = {"point|comma", "point or comma", read_decimal};
const struct jobwords jobwords_output = {"same|excel|rfc4180", "same, excel or rfc4180",
                                         read_output};
const struct jobwords jobwords_fail_on = {"new|any|none", "new, any or none", read_fail_on};
const struct jobwords jobwords_format = {"text|json", "text or json", read_format};
const struct jobwords jobwords_log_format = {"text|json", "text or json", read_log_format};
