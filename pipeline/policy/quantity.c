/*
 * quantity: runs of digits and what stands between them are gathered first; then it is asked whether they
 * can be thousands, and whether the last can be a fraction.
 *
 * Equal decimals are equal doubles, however many zeros follow: the value is one whole number divided by
 * one power of ten.
 */
#include "policy/quantity.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RUNS_MAX 16u
#define DIGITS_MAX 64u
#define WHOLE_MAX 15u       /* digits: longer ones are ids, and a double would mix them up */
#define SIGNIFICANT_MAX 18u /* digits that are looked at */
#define SCALE_MAX 22u       /* 10^22 is the last power of ten that is a double */

/* `1.234,5` is 1 234 5, with . and , between. */
struct runs {
    char digits[DIGITS_MAX];
    size_t n_digits;
    size_t len[RUNS_MAX];
    char before[RUNS_MAX]; /* what stands before each: . , or, for all their kinds, blank and ' */
    size_t n;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip(struct slice *s, size_t len)
{
    *s = (struct slice){s->ptr + len, s->len - len};
}

static bool begins(struct slice s, const char *with)
{
    size_t len = strlen(with);
    return s.len >= len && memcmp(s.ptr, with, len) == 0;
}

/* What can stand between runs: its kind, and its length; 0: none. */
static char separator(struct slice s, size_t *len)
{
    static const struct {
        const char *bytes;
        char kind;
    } known[] = {
        {".", '.'},
        {",", ','},
        {" ", ' '},
        {"\xc2\xa0", ' '},     /* U+00A0 */
        {"\xe2\x80\xaf", ' '}, /* U+202F */
        {"\xe2\x80\x89", ' '}, /* U+2009 */
        {"'", '\''},
        {"\xe2\x80\x99", '\''}, /* U+2019 */
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (begins(s, known[i].bytes)) {
            *len = strlen(known[i].bytes);
            return known[i].kind;
        }
    }
    return 0;
}

/* Takes the digits at the front; -1: there are too many. */
static int take_run(struct slice *s, struct runs *r, char before)
{
    size_t len = 0;
    while (len < s->len && is_digit(s->ptr[len]))
        len++;
    if (r->n == RUNS_MAX || len > DIGITS_MAX - r->n_digits)
        return -1;
    if (len > 0)
        memcpy(r->digits + r->n_digits, s->ptr, len);
    r->n_digits += len;
    r->before[r->n] = before;
    r->len[r->n++] = len;
    skip(s, len);
    return 0;
}

/* Takes runs for as long as a digit follows what separates them. */
static int take_runs(struct slice *s, struct runs *r)
{
    r->n = r->n_digits = 0;
    if (take_run(s, r, 0) < 0)
        return -1;
    for (;;) {
        size_t len = 0;
        char kind = separator(*s, &len);
        if (kind == 0 || len == s->len || !is_digit(s->ptr[len]))
            return r->n_digits > 0 ? 0 : -1;
        skip(s, len);
        if (take_run(s, r, kind) < 0)
            return -1;
    }
}

/* Can the first n runs be a whole number with its thousands set apart? */
static bool are_thousands(const struct runs *r, size_t n)
{
    if (n == 1)
        return true;
    if (r->len[0] < 1 || r->len[0] > 3 || r->digits[0] == '0')
        return false;
    for (size_t i = 1; i < n; i++) {
        if (r->len[i] != 3 || r->before[i] != r->before[1])
            return false;
    }
    return true;
}

/* How many runs are the whole number: all, or all but the last. */
static enum quantity_reading tell_apart(const struct runs *r, char mark, size_t *whole)
{
    char last = r->before[r->n - 1];
    bool is_mark = last == '.' || last == ',';
    bool is_fraction =
        r->n > 1 && is_mark && are_thousands(r, r->n - 1) && (r->n == 2 || r->before[1] != last);
    bool is_whole = are_thousands(r, r->n);
    if (!is_fraction && !is_whole)
        return QUANTITY_NONE;
    if (is_fraction && is_whole) { /* 1.234 or 1,234 */
        if (mark == 0 && last == ',')
            return QUANTITY_AMBIGUOUS;
        is_fraction = mark == 0 || mark == last;
    }
    *whole = is_fraction ? r->n - 1 : r->n;
    return QUANTITY_OK;
}

/* -1: too long. */
static int evaluate(const struct runs *r, size_t whole_runs, double *out)
{
    size_t whole = 0, first = 0, end = r->n_digits, at = 0;
    for (size_t i = 0; i < whole_runs; i++)
        whole += r->len[i];
    while (first < whole && r->digits[first] == '0')
        first++;
    if (whole - first > WHOLE_MAX)
        return -1;
    while (end > whole && r->digits[end - 1] == '0')
        end--;
    uint64_t n = 0;
    size_t significant = 0, scale = 0;
    for (at = first; at < end && significant < SIGNIFICANT_MAX && scale < SCALE_MAX; at++) {
        n = n * 10 + (uint64_t)(r->digits[at] - '0');
        significant += n > 0;
        scale += at >= whole;
    }
    double power = 1;
    while (scale-- > 0)
        power *= 10;
    *out = (double)n / power;
    return 0;
}

/* A number without a sign, at the front of s. */
static enum quantity_reading take_number(struct slice *s, char mark, double *out)
{
    struct runs r;
    size_t whole = 0;
    if (take_runs(s, &r) < 0)
        return QUANTITY_NONE;
    enum quantity_reading reading = tell_apart(&r, mark, &whole);
    if (reading == QUANTITY_OK && evaluate(&r, whole, out) < 0)
        return QUANTITY_NONE;
    return reading;
}

/* Takes a sign; is it a minus (- or U+2212)? */
static bool take_sign(struct slice *s)
{
    static const char minus[] = "\xe2\x88\x92";
    bool negative = begins(*s, "-") || begins(*s, minus);
    if (begins(*s, minus))
        skip(s, sizeof(minus) - 1);
    else if (negative || begins(*s, "+"))
        skip(s, 1);
    return negative;
}

enum quantity_reading quantity_read(struct slice s, char mark, struct quantity *out)
{
    *out = (struct quantity){.value = 0};
    s = slice_trim(s);
    if (s.len == 0)
        return QUANTITY_NONE;
    bool negative = take_sign(&s);
    enum quantity_reading reading = take_number(&s, mark, &out->value), of = QUANTITY_OK;
    if (reading == QUANTITY_NONE)
        return QUANTITY_NONE;
    if (negative)
        out->value = -out->value;
    s = slice_trim(s);
    if (begins(s, "%")) {
        out->is_percent = true;
        skip(&s, 1);
    } else if (begins(s, "/")) {
        skip(&s, 1);
        s = slice_trim(s);
        of = take_number(&s, mark, &out->of);
        if (of == QUANTITY_NONE || (of == QUANTITY_OK && !(out->of > 0)))
            return QUANTITY_NONE;
    }
    if (s.len > 0)
        return QUANTITY_NONE;
    return reading == QUANTITY_OK ? of : reading;
}
