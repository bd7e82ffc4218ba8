/*
 * codeshape: tells what a spreadsheet has done to a list of codes.
 *
 * Most lists are right, so that each test begins with what most codes fail.
 */
#include "policy/codeshape.h"

#include "base/count.h"
#include "base/slice.h"
#include "policy/cell.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DIGITS_MAX 18       /* of a number that is counted with */
#define EXACT_DIGITS 15     /* a spreadsheet keeps no more */
#define LENGTHS_SURE_MIN 10 /* codes of a list whose lengths tell something */
#define ADVICE                                                                                     \
    ": take the list from before a spreadsheet opened it (--allow-odd-codes takes it as it is)"

/* ---- one code ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t count_digits(struct slice s)
{
    size_t n = 0;

    while (n < s.len && is_digit(s.ptr[n]))
        n++;
    return n;
}

static bool is_number(struct slice s)
{
    return s.len > 0 && count_digits(s) == s.len;
}

#define IS_ONE_OF(s, words) slice_is_any((s), (words), sizeof(words) / sizeof((words)[0]))

/* As Excel and Calc write them, in their languages. */
static bool is_truth(struct slice s)
{
    static const char *const words[] = {
        "true", "false",      "wahr",   "falsch", "vrai",   "faux",  "verdadero", "falso",
        "vero", "verdadeiro", "waar",   "onwaar", "prawda", "fałsz", "FAŁSZ",     "sant",
        "sand", "falskt",     "falsk",  "sann",   "usann",  "tosi",  "epätosi",   "EPÄTOSI",
        "igaz", "hamis",      "pravda", "ИСТИНА", "ЛОЖЬ",   "doğru", "DOĞRU",     "yanlış",
    };

    return IS_ONE_OF(s, words);
}

static bool is_header(struct slice s)
{
    static const char *const words[] = {"code",       "codes",       "claim code", "claim codes",
                                        "claim_code", "claim_codes", "claimcode",  "claimcodes",
                                        "claim-code", "claim-codes"};

    return IS_ONE_OF(s, words);
}

/* 1.5E-05; with a plus: cell_is_shortened. */
static bool is_tiny(struct slice s)
{
    size_t n = count_digits(s), more;

    if (n == 0 || n == s.len)
        return false;
    s = (struct slice){s.ptr + n, s.len - n};
    if (*s.ptr == '.' || *s.ptr == ',') {
        more = count_digits((struct slice){s.ptr + 1, s.len - 1});
        s = (struct slice){s.ptr + 1 + more, s.len - 1 - more};
    }
    return s.len > 2 && strncasecmp(s.ptr, "E-", 2) == 0 &&
           is_number((struct slice){s.ptr + 2, s.len - 2});
}

static bool is_quoted(struct slice s)
{
    static const char *const quotes[] = {"\"", "'", "“", "”", "„", "‘", "’", "«", "»"};

    for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        size_t len = strlen(quotes[i]);

        if (s.len >= len && (strncmp(s.ptr, quotes[i], len) == 0 ||
                             strncmp(s.ptr + s.len - len, quotes[i], len) == 0))
            return true;
    }
    return false;
}

static bool tell_unseen(struct codeshape *c, struct slice code)
{
    unsigned which = 0;

    if (slice_unseen_find(code, &which) == code.len)
        return false;
    snprintf(c->text, sizeof(c->text), "the code holds U+%04X, which nobody sees" ADVICE, which);
    return true;
}

static const char *judge(struct slice s)
{
    if (cell_is_shortened(s) || is_tiny(s))
        return "is a number that a spreadsheet has shortened (as 2.19E+26), and whose digits are "
               "lost" ADVICE;
    if (cell_is_nobody(s))
        return "is what is written where nothing is (as NULL, #N/A or #REF!), and no code" ADVICE;
    if (is_truth(s))
        return "is what a spreadsheet makes of a word (TRUE or FALSE), and no code" ADVICE;
    if (cell_has_zeros(s))
        return "is a number with zeros behind a point (as 12345.0), which other programs put "
               "there" ADVICE;
    if (s.len > 1 && strncmp(s.ptr, "=\"", 2) == 0)
        return "is a formula (as =\"00123\"), which keeps a spreadsheet from damage" ADVICE;
    if (is_quoted(s))
        return "has quotes around it that are not the file's" ADVICE;
    if (is_header(s))
        return "is a header, and no code: remove the line";
    return NULL;
}

/* ---- beside the others ---- */

/* How it is written: AA-00 for MX-21; false: too long for a date. */
static bool write_shape(struct slice s, char out[CODESHAPE_SHAPE_MAX])
{
    if (s.len >= CODESHAPE_SHAPE_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        out[i] = is_digit(c) ? '0' : c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : c;
    }
    out[s.len] = '\0';
    return true;
}

static bool is_month(struct slice s)
{
    static const char *const months[] = {
        "jan",  "feb",  "mar", "apr", "may", "jun",  "jul",  "aug",  "sep",  "oct",  "nov",
        "dec",  "mrz",  "mai", "okt", "dez", "janv", "févr", "mars", "avr",  "juin", "juil",
        "août", "sept", "déc", "ene", "abr", "ago",  "dic",  "gen",  "mag",  "giu",  "lug",
        "set",  "ott",  "mrt", "mei", "fev", "out",  "maj",  "märz", "juni", "juli", "mär",
    };

    return s.len > 2 && !(s.ptr[1] >= 'A' && s.ptr[1] <= 'Z') && IS_ONE_OF(s, months);
}

/* Mar-21, 21-Mar, 21. Mrz: one part is a month, the other a number. */
static bool is_month_date(struct slice s)
{
    size_t n = count_digits(s), end = s.len;
    struct slice rest;

    if (n > 0) {
        size_t at = n;

        while (at < s.len && strchr(". -/", s.ptr[at]))
            at++;
        rest = (struct slice){s.ptr + at, s.len - at};
        return n <= 2 && at > n && is_month(rest);
    }
    while (end > 0 && is_digit(s.ptr[end - 1]))
        end--;
    n = s.len - end;
    while (end > 0 && strchr(". -/", s.ptr[end - 1]))
        end--;
    return n >= 1 && n <= 4 && n + end < s.len && is_month((struct slice){s.ptr, end});
}

static bool is_date(struct slice s)
{
    static const char *const shapes[] = {
        "0000-00-00",         "00/00/0000", "0/0/0000",  "00/0/0000",  "0/00/0000", "00.00.0000",
        "0.0.0000",           "00.0.0000",  "0.00.0000", "00-00-0000", "00/00/00",  "0/0/00",
        "00.00.00",           "0/00/00",    "00/0/00",   "0000/00/00", "00:00",     "00:00:00",
        "0000-00-00 00:00:00"};
    char shape[CODESHAPE_SHAPE_MAX];

    if (!write_shape(s, shape))
        return false;
    return (*shape == '0' && IS_ONE_OF(slice_of(shape), shapes)) || is_month_date(s);
}

/* In characters. */
static size_t length_of(struct slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return n < CODESHAPE_LENGTHS ? n : CODESHAPE_LENGTHS - 1;
}

/* Without the number at its end. */
static struct slice stem_of(struct slice s)
{
    while (s.len > 0 && is_digit(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static void add_lengths(struct codeshape *c, struct slice s)
{
    struct slice stem = stem_of(s);

    c->lengths[length_of(s)]++;
    if (stem.len < 2 || stem.len == s.len || is_letter(stem.ptr[stem.len - 1]))
        c->unnumbered = true;
    else
        c->stems[length_of(stem)]++;
}

static void add_number(struct codeshape *c, struct slice s)
{
    uint64_t value = 0;

    if (s.len > DIGITS_MAX)
        return;
    for (size_t i = 0; i < s.len; i++)
        value = value * 10 + (uint64_t)(s.ptr[i] - '0');
    if (c->numbers == 0 || value < c->least)
        c->least = value;
    if (value > c->most)
        c->most = value;
    c->numbers++;
}

static void add_stem(struct codeshape *c, struct slice s)
{
    struct slice stem = stem_of(s);

    if (c->n == 0 && stem.len < sizeof(c->stem)) {
        memcpy(c->stem, stem.ptr, stem.len);
        c->stem[stem.len] = '\0';
    }
    c->no_series =
        c->no_series || stem.len == 0 || stem.len == s.len || !slice_equal(stem, slice_of(c->stem));
}

const char *codeshape_add(struct codeshape *c, struct slice code)
{
    const char *why = judge(code);

    if (why)
        return why;
    if (tell_unseen(c, code))
        return c->text;
    add_lengths(c, code);
    wholes_add(&c->wholes, code, c->n + 1);
    if (is_number(code))
        add_number(c, code);
    if (is_date(code))
        c->dates++;
    else if (!*c->other)
        write_shape(code, c->other);
    if (!c->no_series)
        add_stem(c, code);
    c->n++;
    return NULL;
}

void codeshape_end(struct codeshape *c)
{
    if (!c->unnumbered)
        memcpy(c->lengths, c->stems, sizeof(c->lengths));
    for (size_t i = 0; i < CODESHAPE_LENGTHS; i++)
        if (c->lengths[i] > c->lengths[c->usual])
            c->usual = i;
}

/* Plain numbers that fill at least half of their range: somebody has counted. */
static bool is_counted(const struct codeshape *c)
{
    return c->numbers == c->n && (c->most - c->least) / 2 < c->n;
}

static const char *judge_length(struct codeshape *c, struct slice code, uint64_t index)
{
    size_t length = length_of(c->unnumbered ? code : stem_of(code));
    uint64_t alike = c->lengths[c->usual];

    if (length == c->usual || is_counted(c))
        return NULL;
    if (is_number(code) && length < c->usual && alike > c->n / 2)
        return "is shorter than the others, as a number whose leading zeros a spreadsheet has "
               "dropped" ADVICE;
    if (!c->no_series || c->n < LENGTHS_SURE_MIN || alike < c->n - c->n / 10)
        return NULL;
    snprintf(c->text, sizeof(c->text),
             index > 0 || is_number(code)
                 ? "has %zu %s, nearly all others have %zu" ADVICE
                 : "has %zu %s, nearly all others have %zu: if it is the header, call "
                   "the column code (or take the list as it is with --allow-odd-codes)",
             length, count_word(length, "character", "characters"), c->usual);
    return c->text;
}

/* A date among codes that are written otherwise.  JAN-21 is one of theirs beside ABC-17. */
static bool is_stray_date(const struct codeshape *c, struct slice code)
{
    char shape[CODESHAPE_SHAPE_MAX];

    return c->dates > 0 && c->dates < c->n && is_date(code) && write_shape(code, shape) &&
           strcmp(shape, c->other) != 0;
}

const char *codeshape_fault(struct codeshape *c, struct slice code, uint64_t index)
{
    if (is_number(code) && wholes_ends_in_zeros(code) && wholes_are_rounded(&c->wholes))
        return "is a long number whose last digits are zeros, as those of too many others: a "
               "spreadsheet has rounded them" ADVICE;
    if (is_stray_date(c, code))
        return "is a date, as a spreadsheet makes of some codes, and the others are none" ADVICE;
    return judge_length(c, code, index);
}
