/* outname: a few words in braces. */
#include "policy/outname.h"

#include "base/slice.h"
#include "policy/columns.h"

#include <string.h>

#define BRACE "{{}" /* a brace as it is */

enum word { DATE, TIME, NUMBER, WORDS };

static const struct slice words[WORDS] = {
    [DATE] = {"date", 4}, [TIME] = {"time", 4}, [NUMBER] = {"n", 1}};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The word of letters in braces that s begins with, or "". */
static struct slice word_at(const char *s)
{
    size_t n = 0;

    if (*s != '{')
        return (struct slice){s, 0};
    while (is_letter(s[1 + n]))
        n++;
    return (struct slice){s + 1, s[1 + n] == '}' ? n : 0};
}

static enum word find(struct slice word)
{
    enum word w = DATE;

    while (w < WORDS && !slice_equal(words[w], word))
        w++;
    return w;
}

static int refuse(const char *name, struct slice word, struct err *e)
{
    size_t near = columns_nearest(word, words, WORDS);

    if (near != COLUMNS_NONE)
        return err_set(e, EXIT_USAGE, "%s: there is no {%.*s}: did you mean {%s}?", name,
                       (int)word.len, word.ptr, words[near].ptr);
    return err_set(e, EXIT_USAGE,
                   "%s: there is no {%.*s}: a name may have {date}, {time} and {n} in it", name,
                   (int)word.len, word.ptr);
}

static void put(enum word word, const struct outname_facts *f, struct text *out)
{
    if (word == NUMBER)
        text_printf(out, "%lld", (long long)f->n);
    else
        text_puts(out, word == DATE ? f->date : f->time);
}

int outname_expand(const char *name, const struct outname_facts *f, struct text *out,
                   bool *numbered, struct err *e)
{
    const char *slash = strrchr(name, '/'), *s = slash ? slash + 1 : name;

    *numbered = false;
    text_append(out, name, (size_t)(s - name));
    while (*s) {
        if (strncmp(s, BRACE, strlen(BRACE)) == 0) {
            text_append(out, s, 1);
            s += strlen(BRACE);
            continue;
        }
        bool doubled = s[0] == '{' && s[1] == '{';
        struct slice word = word_at(s + doubled);
        enum word found = find(word);

        if (word.len == 0) {
            text_append(out, s++, 1);
            continue;
        }
        if (doubled && word.ptr[word.len + 1] == '}')
            return err_set(e, EXIT_USAGE, "%s: write {%.*s}, with single braces", name,
                           (int)word.len, word.ptr);
        if (found == WORDS)
            return refuse(name, word, e);
        text_append(out, "{", doubled);
        put(found, f, out);
        *numbered = *numbered || found == NUMBER;
        s = word.ptr + word.len + 1;
    }
    return text_ok(out) ? 0 : err_nomem(e);
}

void outname_escape(const char *name, struct text *out)
{
    const char *slash = strrchr(name, '/'), *s = slash ? slash + 1 : name;

    text_append(out, name, (size_t)(s - name));
    for (; *s; s++)
        if (*s == '{')
            text_puts(out, BRACE);
        else
            text_append(out, s, 1);
}
