/* cell: first the apostrophe goes, then the formula, so that a guarded `'="00123"` is 00123 as well. */
#include "policy/cell.h"

#include "base/formula.h"
#include "policy/unicode.h"
#include "policy/wrapped.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* s begins with an apostrophe that keeps it from being a formula or, where a digit follows, a number. */
static bool is_guarded(struct slice s)
{
    return s.len >= 2 && s.ptr[0] == '\'' &&
           (formula_begins((struct slice){s.ptr + 1, s.len - 1}) ||
            (s.ptr[1] >= '0' && s.ptr[1] <= '9' && s.ptr[s.len - 1] != '\''));
}

/* s is ="…" with no quote in it: with one it may be another formula (="a"&"b"). */
static bool is_quoting_formula(struct slice s)
{
    return s.len >= 3 && s.ptr[0] == '=' && s.ptr[1] == '"' && s.ptr[s.len - 1] == '"' &&
           !memchr(s.ptr + 2, '"', s.len - 3);
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

#define WORD_SIZE 40  /* the longest word is shorter */
#define FORM_SIZE 256 /* and in any form, with blanks */

/* As fold_word writes them, in the order of their bytes. */
static const char *const nobody_words[] = {
    "&#160",
    "&nbsp",
    "(anonymous)",
    "(blank)",
    "(emblanco)",
    "(empty)",
    "(enblanco)",
    "(geen)",
    "(keineangabe)",
    "(leeg)",
    "(leer)",
    "(n/a)",
    "(nieznane)",
    "(none)",
    "(notset)",
    "(novalue)",
    "(null)",
    "(onbekend)",
    "(tom)",
    "(unbekannt)",
    "(undefined)",
    "(unknown)",
    "(vazio)",
    "(vide)",
    "(vuoto)",
    "(пусто)",
    "<blank>",
    "<br/>",
    "<br>",
    "<empty>",
    "<n/a>",
    "<na>",
    "<nil>",
    "<none>",
    "<null>",
    "<undefined>",
    "[blank]",
    "[empty]",
    "[n/a]",
    "[none]",
    "[null]",
    "[object]",
    "[objectobject]",
    "\\n",
    "anonymous",
    "anonymoususer",
    "aucun",
    "aucune",
    "blank",
    "brakdanych",
    "desconhecido",
    "desconocido",
    "empty",
    "entfällt",
    "geen",
    "inconnu",
    "inconnue",
    "invaliddate",
    "k.a.",
    "keineangabe",
    "missing",
    "n.a",
    "n.a.",
    "n.d.",
    "n.v.",
    "n.v.t.",
    "n/a",
    "n/a.",
    "n/an/a",
    "n/d",
    "n\\a",
    "na",
    "nan",
    "nat",
    "nenhum",
    "nessuno",
    "nichtangegeben",
    "nichtvorhanden",
    "nieznany",
    "nil",
    "ninguna",
    "ninguno",
    "noanswer",
    "noaplica",
    "nobody",
    "nodata",
    "nodisponible",
    "nonapplicable",
    "nondisponibile",
    "none",
    "nonenone",
    "nonrenseigné",
    "notapplicable",
    "notavailable",
    "notfound",
    "notgiven",
    "notprovided",
    "notset",
    "notspecified",
    "notsupplied",
    "novalue",
    "null",
    "nullnull",
    "nvt",
    "nãoaplicável",
    "néant",
    "onbekend",
    "s.o.",
    "sansobjet",
    "sconosciuto",
    "sindatos",
    "tba",
    "tbd",
    "unbekannt",
    "undefined",
    "undefinedundefined",
    "unknown",
    "unknownunknown",
    "unspecified",
    "{null}",
    "н/д",
    "неизвестно",
    "нетданных",
    "不明",
    "无",
    "未知",
    "無",
    "없음",
};

/* Formula errors that do not end in ! or ?. */
static const char *const error_words[] = {
    "#blocked",  "#busy", "#err", "#error", "#field", "#getting_data", "#gettingdata",
    "#hiányzik", "#i/t",  "#n/a", "#n/b",   "#n/d",   "#na",           "#není_k_dispozici",
    "#null",     "#nv",   "#ref", "#value", "#yok",   "#н/д",
};

/* In lower case, without blanks; in NFKC, so that full width is no way around. */
static bool fold_word(struct slice s, char out[WORD_SIZE])
{
    char form[FORM_SIZE];
    size_t n = 0;

    if (!slice_is_ascii(s)) {
        int len = s.len < FORM_SIZE
                      ? unicode_form(s, UNICODE_ALIKE | UNICODE_SEEN, form, sizeof(form))
                      : -1;

        if (len < 0)
            return false;
        s = (struct slice){form, (size_t)len};
    }
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

static size_t mark_at(const char *word)
{
    static const char *const marks[] = {"-", ".", "?", "*", "~", "‐", "‑", "‒", "–",
                                        "—", "―", "−", "•", "·", "●", "∅", "〃"};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strncmp(word, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return wrapped_quote(slice_of(word));
}

/* Of dashes, dots, question marks, masks (***) and quotes alone, or a pair with nothing in it. */
static bool is_mere_marks(const char *word)
{
    static const char *const pairs[] = {"()", "[]", "{}", "<>", "/", "\\", ";", ","};
    size_t len;

    if (isalnum((unsigned char)*word)) /* as nearly always */
        return false;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (strcmp(word, pairs[i]) == 0)
            return true;
    while ((len = mark_at(word)) > 0)
        word += len;
    return *word == '\0';
}

/* What a template has in place of a value that was not filled in: {{email}} ${email} *|EMAIL|* <%= email %>. */
static bool is_placeholder(struct slice s)
{
    static const char *const pairs[][2] = {{"{{", "}}"}, {"${", "}"}, {"*|", "|*"}, {"<%", "%>"}};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        size_t open = strlen(pairs[i][0]), close = strlen(pairs[i][1]);

        if (s.len > open + close && memcmp(s.ptr, pairs[i][0], open) == 0 &&
            memcmp(s.ptr + s.len - close, pairs[i][1], close) == 0)
            return true;
    }
    return false;
}

/* The nil UUID of RFC 9562, 5.9, also in braces: what databases write for no user. */
static bool is_nil_uuid(struct slice s)
{
    static const char nil[] = "00000000-0000-0000-0000-000000000000";

    if (s.len == sizeof(nil) + 1 && *s.ptr == '{' && s.ptr[s.len - 1] == '}')
        s = (struct slice){s.ptr + 1, s.len - 2};
    return slice_equal(s, slice_of(nil));
}

/* s is what stands beneath all wrappings. */
static bool is_nobody(struct slice s)
{
    char word[WORD_SIZE];

    return is_placeholder(s) || is_nil_uuid(s) ||
           (fold_word(s, word) &&
            (is_mere_marks(word) || is_error_word(word) ||
             is_word(word, nobody_words, sizeof(nobody_words) / sizeof(nobody_words[0]))));
}

bool cell_is_nothing(struct slice value)
{
    static const char *const words[] = {"-", "--", "n/a", "#n/a", "anonymous"};

    return value.len == 0 || slice_is_any(value, words, sizeof(words) / sizeof(words[0]));
}

/* Quotes of full width are only quotes in NFKC, and what ends a list may stand within them or behind them. */
static struct slice strip(struct slice s)
{
    size_t before;

    do {
        before = s.len;
        s = slice_trim(wrapped_text(cell_value(s)));
        if (s.len > 1 && (s.ptr[s.len - 1] == ';' || s.ptr[s.len - 1] == ','))
            s.len--;
    } while (s.len < before);
    return s;
}

bool cell_is_nobody(struct slice cell)
{
    struct slice s = slice_trim(cell);

    if (s.len == 0)
        return true;
    if (*s.ptr >= '1' && *s.ptr <= '9') /* as nearly always */
        return false;
    s = strip(s);
    /* A sentence: "NULL.", but not "n.a", which is a word of its own. */
    if (s.len > 1 && s.ptr[s.len - 1] == '.' && !memchr(s.ptr, '.', s.len - 1) &&
        is_nobody((struct slice){s.ptr, s.len - 1}))
        return true;
    return s.len == 0 || is_nobody(s);
}
