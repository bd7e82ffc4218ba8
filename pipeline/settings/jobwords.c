#include "settings/jobwords.h"

#include "base/slice.h"
#include "stages/job.h"

#include <stddef.h>
#include <string.h>

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

int jobwords_delimiter(const char *word, struct job *j)
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

int jobwords_quote(const char *word, struct job *j)
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

int jobwords_escape(const char *word, struct job *j)
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

int jobwords_date_order(const char *word, struct job *j)
{
    return when_order_read(word, &j->date_order);
}

int jobwords_decimal(const char *word, struct job *j)
{
    static const struct word words[] = {{"point", '.'}, {"comma", ','}, {NULL, 0}};
    int mark = find(words, word);

    if (mark < 0)
        return -1;
    j->decimal_mark = (char)mark;
    return 0;
}

int jobwords_output(const char *word, struct job *j)
{
    static const struct word words[] = {{"same", JOB_OUTPUT_SAME},
                                        {"excel", JOB_OUTPUT_EXCEL},
                                        {"rfc4180", JOB_OUTPUT_RFC4180},
                                        {NULL, 0}};
    int output = find(words, word);

    if (output < 0)
        return -1;
    j->output = (enum job_output)output;
    return 0;
}
