/* cell: first the apostrophe goes, then the formula, so that a guarded `'="00123"` is 00123 as well. */
#include "policy/cell.h"

#include "base/formula.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* s begins with an apostrophe that keeps a formula from being one. */
static bool is_guarded(struct slice s)
{
    return s.len >= 2 && s.ptr[0] == '\'' && formula_begins((struct slice){s.ptr + 1, s.len - 1});
}

/* s is ="…" with no quote in it: with one it may be another formula (="a"&"b"). */
static bool is_quoting_formula(struct slice s)
{
    return s.len >= 3 && s.ptr[0] == '=' && s.ptr[1] == '"' && s.ptr[s.len - 1] == '"' &&
           memchr(s.ptr + 2, '"', s.len - 3) == NULL;
}

struct slice cell_value(struct slice cell)
{
    struct slice s = slice_trim(cell);
    if (is_guarded(s))
        s = slice_trim((struct slice){s.ptr + 1, s.len - 1});
    if (is_quoting_formula(s))
        s = slice_trim((struct slice){s.ptr + 2, s.len - 3});
    return s;
}

static struct slice behind_digits(struct slice s)
{
    while (s.len > 0 && *s.ptr >= '0' && *s.ptr <= '9')
        s = (struct slice){s.ptr + 1, s.len - 1};
    return s;
}

bool cell_is_shortened(struct slice value)
{
    struct slice rest = behind_digits(value);
    if (rest.len == value.len)
        return false;
    if (rest.len > 0 && (*rest.ptr == '.' || *rest.ptr == ','))
        rest = behind_digits((struct slice){rest.ptr + 1, rest.len - 1});
    if (rest.len < 3 || strncasecmp(rest.ptr, "E+", 2) != 0)
        return false;
    return behind_digits((struct slice){rest.ptr + 2, rest.len - 2}).len == 0;
}

/* How many zeros stand behind the mark that follows the digits, or 0: something else does. */
static size_t count_zeros(struct slice value)
{
    struct slice rest = behind_digits(value);
    if (rest.len < 2 || rest.len == value.len || (*rest.ptr != '.' && *rest.ptr != ','))
        return 0;
    for (size_t i = 1; i < rest.len; i++) {
        if (rest.ptr[i] != '0')
            return 0;
    }
    return rest.len - 1;
}

bool cell_has_zeros(struct slice value)
{
    return count_zeros(value) > 0;
}

struct slice cell_whole(struct slice value)
{
    size_t zeros = count_zeros(value), digits = value.len - zeros - 1;
    bool grouped = zeros == 3 && digits <= 3;
    return zeros > 0 && !grouped ? (struct slice){value.ptr, digits} : value;
}

/* ---- nobody ---- */

#define WORD_SIZE 40 /* the longest word is shorter */

/* In lower case and without blanks, in the order of their bytes. */
static const char *const nobody_words[] = {
    "(blank)",       "(emblanco)",
    "(empty)",       "(enblanco)",
    "(leeg)",        "(leer)",
    "(none)",        "(notset)",
    "(novalue)",     "(null)",
    "(tom)",         "(undefined)",
    "(unknown)",     "(vazio)",
    "(vide)",        "(vuoto)",
    "(пусто)",       "<blank>",
    "<empty>",       "<na>",
    "<nil>",         "<none>",
    "<null>",        "<undefined>",
    "[blank]",       "[empty]",
    "[none]",        "[null]",
    "[object]",      "[objectobject]",
    "\\n",           "anonymous",
    "anonymoususer", "blank",
    "empty",         "invaliddate",
    "k.a.",          "missing",
    "n.a",           "n.a.",
    "n.d.",          "n.v.t.",
    "n/a",           "n/a.",
    "n/d",           "na",
    "nan",           "nat",
    "nil",           "noanswer",
    "nobody",        "nodata",
    "none",          "notapplicable",
    "notavailable",  "notprovided",
    "null",          "nullnull",
    "nvt",           "tbd",
    "undefined",     "undefinedundefined",
    "unknown",       "{null}",
};

/* Formula errors that do not end in ! or ?. */
static const char *const error_words[] = {
    "#blocked",
    "#busy",
    "#err",
    "#error",
    "#field",
    "#getting_data",
    "#gettingdata",
    "#hiÁnyzik",
    "#hiányzik",
    "#i/t",
    "#n/a",
    "#n/b",
    "#n/d",
    "#na",
    "#nenÍ_k_dispozici",
    "#není_k_dispozici",
    "#null",
    "#nv",
    "#ref",
    "#value",
    "#yok",
    "#Н/Д",
};

/* In lower case (ASCII), without blanks; false: it is longer than any word. */
static bool fold_word(struct slice s, char out[WORD_SIZE])
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == ' ' || c == '\t')
            continue;
        if (n + 1 == WORD_SIZE || c == '\0')
            return false;
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[n] = '\0';
    return true;
}

static int by_word(const void *word, const void *entry)
{
    return strcmp(word, *(const char *const *)entry);
}

static bool is_word(const char *word, const char *const *words, size_t n)
{
    return bsearch(word, words, n, sizeof(*words), by_word) != NULL;
}

/* #REF!, #NAME?, #BEZUG!, #¡VALOR!: whatever the language, Excel's errors begin and end so; Err:502. */
static bool is_error_word(const char *word)
{
    size_t len = strlen(word);

    if (strncmp(word, "err:", 4) == 0)
        return len > 4 && strspn(word + 4, "0123456789") == len - 4;
    if (word[0] != '#')
        return false;
    return len == strspn(word, "#") ||
           (len > 2 && (word[len - 1] == '!' || word[len - 1] == '?')) ||
           is_word(word, error_words, sizeof(error_words) / sizeof(error_words[0]));
}

/* Of dashes, dots and question marks alone, or a pair with nothing in it. */
static bool is_mere_marks(const char *word)
{
    static const char *const marks[] = {"-", ".", "?", "…", "‐", "‑", "‒", "–", "—", "―", "−"};
    static const char *const pairs[] = {"()", "[]", "{}", "<>", "\"\"", "''", "/", "\\"};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (strcmp(word, pairs[i]) == 0)
            return true;
    while (*word) {
        size_t len = 0;

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !len; i++)
            if (strncmp(word, marks[i], strlen(marks[i])) == 0)
                len = strlen(marks[i]);
        if (!len)
            return false;
        word += len;
    }
    return true;
}

bool cell_is_nothing(struct slice value)
{
    static const char *const words[] = {"-", "--", "n/a", "#n/a", "anonymous"};

    if (value.len == 0)
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (value.len == strlen(words[i]) && strncasecmp(value.ptr, words[i], value.len) == 0)
            return true;
    return false;
}

bool cell_is_nobody(struct slice value)
{
    char word[WORD_SIZE];

    if (value.len == 0)
        return true;
    if ((*value.ptr >= '0' && *value.ptr <= '9') || !fold_word(value, word)) /* as nearly always */
        return false;
    return is_mere_marks(word) || is_error_word(word) ||
           is_word(word, nobody_words, sizeof(nobody_words) / sizeof(nobody_words[0]));
}
