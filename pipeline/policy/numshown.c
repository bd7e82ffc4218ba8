/* numshown: the digits are compared first; then what stands between and before them is looked at, once. */
#include "policy/numshown.h"

#include "policy/numformat.h"

#include <stdlib.h>
#include <string.h>

#define WHOLE_DIGITS_MAX 15u
#define LARGE 11 /* from 10^11 on Excel shows a number that has no format with an exponent */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

static struct slice without_zeros(struct slice s)
{
    while (s.len > 1 && *s.ptr == '0')
        s = (struct slice){s.ptr + 1, s.len - 1};
    return s;
}

/* ---- whose digits they are ---- */

/* Up to its last digit. */
static struct slice up_to_digits(struct slice s)
{
    while (s.len > 0 && !is_digit(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static bool has_digits_of(struct slice shown, struct slice number)
{
    char digits[NUMFORMAT_TEXT_MAX];
    size_t n = 0;

    for (size_t i = 0; i < shown.len; i++)
        if (is_digit(shown.ptr[i]))
            digits[n++] = shown.ptr[i];
    return slice_equal(without_zeros((struct slice){digits, n}), number);
}

/* 2026-0042, for what is 42: the year is the format's.  3/1 is a fraction. */
static bool ends_with(struct slice shown, struct slice number)
{
    size_t at = shown.len;

    while (at > 0 && is_digit(shown.ptr[at - 1]))
        at--;
    if (at == 0 || !slice_is_seen(shown.ptr[at - 1]) || strchr(".,'", shown.ptr[at - 1]) ||
        (shown.ptr[at - 1] == '/' && shown.ptr[at] != '0'))
        return false;
    return !slice_equal(number, slice_of("0")) &&
           slice_equal(without_zeros((struct slice){shown.ptr + at, shown.len - at}), number);
}

/* ---- what stands between them ---- */

enum sign { BLANK, WIDE_BLANK, DOT, COMMA, APOSTROPHE, CURRENCY, MINUS, PERCENT, OTHER };

static const struct {
    const char *text;
    enum sign sign;
} signs[] = {
    {" ", BLANK},           {".", DOT},
    {",", COMMA},           {"'", APOSTROPHE},
    {"’", APOSTROPHE},      {"-", MINUS},
    {"−", MINUS},           {"%", PERCENT},
    {"\u00a0", WIDE_BLANK}, {"\u2009", WIDE_BLANK},
    {"\u202f", WIDE_BLANK}, {"$", CURRENCY},
    {"¢", CURRENCY},        {"£", CURRENCY},
    {"¥", CURRENCY},
};

/* U+20A0 to U+20CF */
static bool is_currency(struct slice s)
{
    return s.len > 2 && s.ptr[0] == '\xe2' &&
           ((s.ptr[1] == '\x82' && (unsigned char)s.ptr[2] >= 0xa0) ||
            (s.ptr[1] == '\x83' && (unsigned char)s.ptr[2] <= 0x8f));
}

static enum sign sign_of(struct slice rest, size_t *len)
{
    *len = slice_character(rest);
    if (*len == 0)
        *len = 1;
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
        if (slice_equal((struct slice){rest.ptr, *len}, slice_of(signs[i].text)))
            return signs[i].sign;
    return is_currency(rest) ? CURRENCY : OTHER;
}

struct look {
    size_t digits, runs, run; /* run: digits of the one at hand */
    bool leading_zero;
    bool odd_runs;             /* they are no thousands */
    bool before, between;      /* what no sum has stands there */
    bool dots, commas, spaced; /* between digits; a blank that is not the one of thousands */
};

static void look_at_digit(struct look *l, char c)
{
    if (l->digits++ == 0)
        l->leading_zero = c == '0';
    l->runs += l->run == 0;
    l->run++;
}

static void end_run(struct look *l)
{
    if (l->run > 0)
        l->odd_runs = l->odd_runs || (l->runs == 1 ? l->run > 3 : l->run != 3);
    l->run = 0;
}

static void look_at_sign(struct look *l, enum sign sign)
{
    end_run(l);
    if (l->runs == 0) {
        l->before = l->before || sign == OTHER;
        return;
    }
    l->between = l->between || sign == OTHER || sign == MINUS;
    l->dots = l->dots || sign == DOT;
    l->commas = l->commas || sign == COMMA;
    l->spaced = l->spaced || sign == BLANK;
}

static struct look look_at(struct slice shown)
{
    struct look l = {0};

    for (size_t at = 0, len = 1; at < shown.len; at += len) {
        struct slice rest = {shown.ptr + at, shown.len - at};
        len = 1;
        if (is_digit(*rest.ptr))
            look_at_digit(&l, *rest.ptr);
        else
            look_at_sign(&l, sign_of(rest, &len));
    }
    end_run(&l);
    return l;
}

/* 12,345 and 0.00 are sums, whatever stands before them; ID 123 456 is none, but kr 1.200 is. */
static bool is_id(const struct look *l, struct slice number)
{
    if (l->commas || (l->dots && *number.ptr == '0'))
        return false;
    if ((l->leading_zero && l->digits > 1) || l->between || (l->runs > 1 && l->odd_runs))
        return true;
    return l->before && (l->runs == 1 || l->spaced);
}

bool numshown_is_mask(struct slice shown, struct slice number)
{
    if (!all_digits(number) || number.len > WHOLE_DIGITS_MAX || shown.len == 0 ||
        shown.len >= NUMFORMAT_TEXT_MAX || *shown.ptr == '-' || memchr(shown.ptr, '\n', shown.len))
        return false;
    shown = up_to_digits(shown);
    if (!has_digits_of(shown, number))
        return ends_with(shown, number);
    struct look l = look_at(shown);
    return is_id(&l, number);
}

/* ---- exponents ---- */

/* Digits, with one mark at most; a minus may stand before them. */
static bool is_mantissa(struct slice s)
{
    size_t at = s.len > 0 && *s.ptr == '-', digits = 0, marks = 0;

    for (; at < s.len; at++) {
        digits += is_digit(s.ptr[at]);
        marks += s.ptr[at] == '.';
        if (!is_digit(s.ptr[at]) && s.ptr[at] != '.')
            return false;
    }
    return digits > 0 && marks <= 1;
}

/* The mantissa, with its mark as a dot: how long it is, or 0: it has not this form. */
static size_t mantissa_of(struct slice shown, char out[NUMFORMAT_TEXT_MAX], long *exponent)
{
    char text[NUMFORMAT_TEXT_MAX];
    size_t len = 0;

    if (shown.len >= NUMFORMAT_TEXT_MAX)
        return 0;
    for (; len < shown.len && (shown.ptr[len] | 0x20) != 'e'; len++)
        out[len] = (char)(shown.ptr[len] == ',' ? '.' : shown.ptr[len]);
    out[len] = '\0';
    struct slice rest = {shown.ptr + len, shown.len - len};
    if (!is_mantissa((struct slice){out, len}) || rest.len < 3 ||
        (rest.ptr[1] != '+' && rest.ptr[1] != '-') ||
        !all_digits((struct slice){rest.ptr + 2, rest.len - 2}))
        return 0;
    memcpy(text, rest.ptr + 1, rest.len - 1);
    text[rest.len - 1] = '\0';
    *exponent = strtol(text, NULL, 10);
    return len;
}

/* Excel shows five digits behind the mark, LibreOffice all that there are. */
static bool is_general(const char *mantissa, struct slice number)
{
    static const char *const codes[] = {"0.#####E+0", "0.##############E+0"};
    char text[NUMFORMAT_TEXT_MAX], other[NUMFORMAT_TEXT_MAX];
    long unused = 0;

    if (number.len == 0 || number.len >= sizeof(text))
        return false;
    memcpy(text, number.ptr, number.len);
    text[number.len] = '\0';
    double value = strtod(text, NULL);
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        struct numformat f = {NUMFORMAT_SCIENTIFIC, slice_of(codes[i])};
        size_t len = numformat_text(f, value, false, text);
        if (mantissa_of((struct slice){text, len}, other, &unused) > 0 &&
            strcmp(other, mantissa) == 0)
            return true;
    }
    return false;
}

bool numshown_has_exponent(struct slice shown, struct slice number)
{
    char mantissa[NUMFORMAT_TEXT_MAX];
    long exponent = 0;

    if (mantissa_of(shown, mantissa, &exponent) == 0)
        return false;
    return (exponent >= 0 && exponent < LARGE) || !is_general(mantissa, number);
}
