/*
 * refusal: tells by the service's words whether a refusal is about the row or about the claim.
 *
 * The service has no codes for that, only sentences.  They are compared in lower case, with one blank around each word, so
 * that no word is found inside another.
 */
#include "policy/refusal.h"

#include <ctype.h>
#include <string.h>

#define WORDS_MAX 512
#define ELLIPSIS "…"

/* Bytes beyond ASCII are of some letter. */
static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* " overall max uses exceeded ": what does not fit is left out. */
static void spread(struct slice s, char out[WORDS_MAX])
{
    size_t n = 0;

    out[n++] = ' ';
    for (size_t i = 0; i < s.len && n + 2 < WORDS_MAX; i++)
        if (is_word_byte(s.ptr[i]))
            out[n++] = (char)tolower((unsigned char)s.ptr[i]);
        else if (out[n - 1] != ' ')
            out[n++] = ' ';
    if (out[n - 1] != ' ')
        out[n++] = ' ';
    out[n] = '\0';
}

/* Who or what else than the claim may be meant. */
static bool is_of_row(const char *words)
{
    static const char *const named[] = {" user ",   " users ",     " address ", " account ",
                                        " wallet ", " recipient ", " you ",     " your ",
                                        " person ", " member ",    " per ",     " code ",
                                        " codes ",  " password ",  " payload ", " instance "};

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strstr(words, named[i]))
            return true;
    return false;
}

enum refusal refusal_read(struct slice reason)
{
    /* All of a row's parts must be there. */
    static const struct {
        enum refusal kind;
        const char *parts[3];
    } known[] = {
        {REFUSAL_USED_UP, {" max uses ", " exceeded "}},
        {REFUSAL_USED_UP, {" max uses ", " reached "}},
        {REFUSAL_USED_UP, {" maximum ", " uses ", " exceeded "}},
        {REFUSAL_USED_UP, {" maximum ", " uses ", " reached "}},
        {REFUSAL_USED_UP, {" no ", " uses ", " left "}},
        {REFUSAL_USED_UP, {" claim ", " used up "}},
        {REFUSAL_USED_UP, {" fully claimed "}},
        {REFUSAL_HALTED, {" claim ", " halted "}},
        {REFUSAL_HALTED, {" claim ", " paused "}},
        {REFUSAL_HALTED, {" claim ", " disabled "}},
        {REFUSAL_NOT_NOW, {" outside ", " time "}},
        {REFUSAL_NOT_NOW, {" not within ", " time "}},
        {REFUSAL_NOT_NOW, {" not within ", " times "}},
        {REFUSAL_NOT_NOW, {" claim ", " not ", " started "}},
        {REFUSAL_NOT_NOW, {" claim ", " not ", " open "}},
        {REFUSAL_NOT_NOW, {" claim ", " ended "}},
        {REFUSAL_NOT_NOW, {" claim ", " expired "}},
    };
    char words[WORDS_MAX];

    spread(reason, words);
    if (is_of_row(words))
        return REFUSAL_OF_ROW;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t k = 0;

        while (k < 3 && known[i].parts[k] && strstr(words, known[i].parts[k]))
            k++;
        if (k == 3 || !known[i].parts[k])
            return known[i].kind;
    }
    return REFUSAL_OF_ROW;
}

bool refusal_is_of_done(struct slice reason)
{
    char words[WORDS_MAX];

    spread(reason, words);
    return strstr(words, " already ") && !strstr(words, " code ") && is_of_row(words);
}

/* ---- the gist ---- */

struct gist {
    char *out;
    size_t n;
};

static void put(struct gist *g, const char *bytes, size_t len)
{
    if (g->n + len >= REFUSAL_GIST_MAX)
        len = REFUSAL_GIST_MAX - 1 - g->n;
    memcpy(g->out + g->n, bytes, len);
    g->n += len;
    g->out[g->n] = '\0';
}

/* The length of a quoted text that begins s, with its quotes; 0: none does. */
static size_t quoted(struct slice s, bool at_word)
{
    const char *end;

    if (!at_word || s.len < 2 || !s.ptr[0] || !strchr("\"'`", s.ptr[0]))
        return 0;
    end = memchr(s.ptr + 1, s.ptr[0], s.len - 1);
    return end ? (size_t)(end - s.ptr) + 1 : 0;
}

static bool is_break(char c)
{
    return strchr(" \t\r\n,;()[]{}\"'`", c) != NULL; /* also of a NUL */
}

/* The length of the word that begins s, and whether it may be another one for each row. */
static size_t word(struct slice s, bool *varies)
{
    size_t n = 0;

    *varies = false;
    for (; n < s.len && !is_break(s.ptr[n]); n++)
        *varies = *varies || isdigit((unsigned char)s.ptr[n]) || s.ptr[n] == '@';
    return n;
}

static bool begins(struct slice s, struct slice with)
{
    return with.len > 0 && s.len >= with.len && memcmp(s.ptr, with.ptr, with.len) == 0 &&
           (s.len == with.len || !is_word_byte(s.ptr[with.len]));
}

char *refusal_gist(struct slice reason, struct slice recipient, char out[REFUSAL_GIST_MAX])
{
    struct gist g = {.out = out};
    bool at_word = true;
    size_t len;

    out[0] = '\0';
    for (struct slice s = reason; s.len > 0; s.ptr += len, s.len -= len) {
        bool varies = true;

        len = at_word && begins(s, recipient) ? recipient.len : quoted(s, at_word);
        if (len == 0)
            len = word(s, &varies);
        if (len == 0) { /* what stands between words */
            len = 1;
            put(&g, s.ptr, 1);
        } else if (varies) {
            put(&g, ELLIPSIS, sizeof(ELLIPSIS) - 1);
        } else {
            put(&g, s.ptr, len);
        }
        at_word = is_break(s.ptr[len - 1]);
    }
    return out;
}
