/*
 * numformat: a section is read letter by letter, and what it shows is gathered in a few marks, from which its kind
 * follows.  The same reading leaves the text of a mask: what is shown as it stands, and where digits go.
 */
#include "policy/numformat.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS 15 /* that a spreadsheet keeps */
#define PLAIN_MAX 1e15
#define PLAIN_MIN 1e-6           /* smaller ones have an exponent */
#define PLAIN_DIGITS_MAX 15u     /* of a whole number below PLAIN_MAX */
#define WHOLE_LOST (1e14 - 0.05) /* from here on a fraction is lost in rounding to so many digits */
#define MASK_MAX (NUMFORMAT_TEXT_MAX - 1 - PLAIN_DIGITS_MAX)
#define CONDITION_MAX 32
#define CODE_MAX 128 /* bytes: a workbook may have a quarter of a million codes, which are kept */
#define SERIAL_MAX 2958465.99999 /* 9999-12-31, by 1900's epoch */
#define DAYS_1904 1462           /* 1904-01-01 by 1900's epoch */
#define FALSE_LEAP_DAY 60
#define DAY_SECONDS INT64_C(86400)
/* A computed date that falls short of its day by this is that day: a tenth of a millisecond. */
#define DAY_SLACK (0.0001 / 86400.0)
#define DURATION_DAYS_MAX 1e9

/* What a section shows. */
struct section {
    bool date, time, elapsed, percent, number;
    bool minutes_next; /* an h was the last part: an m is a minute */
    bool month_open;   /* an m was the last part, taken for a month: before an s it is a minute */
    bool date_before;  /* was there a date before that m? */
    bool other; /* digits that are no zeros, a mark, an exponent: the zeros do not stand alone */
    bool in_zeros;
    unsigned zeros;
    /* as a mask: what is shown as it stands, with zeros where digits go */
    char mask[MASK_MAX];
    bool is_place[MASK_MAX];
    size_t mask_len;
    /* as an exponent: digits before the mark, behind it (of these: zeros), and of the exponent */
    enum { WHOLE, FRACTION, EXPONENT } part;
    unsigned whole, decimals, zero_decimals, exponent;
    struct slice condition; /* <=99999 */
};

static bool starts(struct slice s, const char *with)
{
    size_t len = strlen(with);

    return s.len >= len && strncasecmp(s.ptr, with, len) == 0;
}

/* ---- a section's letters ---- */

/* A mask that is too long for its text is none. */
static void show(struct section *s, const char *bytes, size_t len, bool is_place)
{
    if (len > MASK_MAX - s->mask_len) {
        s->other = true;
        return;
    }
    memcpy(s->mask + s->mask_len, bytes, len);
    for (size_t i = 0; i < len; i++)
        s->is_place[s->mask_len++] = is_place;
}

/* $€-407: a sign, and the language, which is not shown. */
static void take_sign(struct section *s, struct slice sign)
{
    const char *end = memchr(sign.ptr, '-', sign.len);

    show(s, sign.ptr, end ? (size_t)(end - sign.ptr) : sign.len, false);
}

/* [h], [mm], [ss]: time beyond a day.  Colours are no part of what is shown. */
static void take_bracket(struct section *s, struct slice inside)
{
    char c = inside.len > 0 ? (char)(inside.ptr[0] | 0x20) : '\0';

    if (inside.len > 0 && *inside.ptr == '$')
        take_sign(s, (struct slice){inside.ptr + 1, inside.len - 1});
    if (inside.len > 0 && strchr("<=>", *inside.ptr))
        s->condition = inside;
    if (c != 'h' && c != 'm' && c != 's')
        return;
    for (size_t i = 1; i < inside.len; i++)
        if ((inside.ptr[i] | 0x20) != c)
            return;
    s->elapsed = true;
    s->month_open = false;
    s->minutes_next = c == 'h';
}

static void take_month_or_minute(struct section *s)
{
    if (s->minutes_next) {
        s->time = true;
        s->minutes_next = false;
        return;
    }
    s->month_open = true;
    s->date_before = s->date;
    s->date = true;
}

static void take_hours(struct section *s)
{
    s->time = true;
    s->minutes_next = true;
    s->month_open = false;
}

static void take_seconds(struct section *s)
{
    s->time = true;
    if (s->month_open)
        s->date = s->date_before;
    s->month_open = s->minutes_next = false;
}

static void take_day(struct section *s)
{
    s->date = true;
    s->month_open = s->minutes_next = false;
}

static void take_digit(struct section *s, char c)
{
    s->number = true;
    s->whole += s->part == WHOLE;
    s->decimals += s->part == FRACTION;
    s->zero_decimals += s->part == FRACTION && c == '0';
    s->exponent += s->part == EXPONENT;
    if (c != '0') {
        s->other = true;
        return;
    }
    s->zeros++;
    show(s, "0", 1, true);
}

/* A run of the same letter is one part; its length. */
static size_t run_of(struct slice s)
{
    size_t n = 1;

    while (n < s.len && (s.ptr[n] | 0x20) == (s.ptr[0] | 0x20))
        n++;
    return n;
}

/* Text that is shown as it stands, or that is skipped: its length, or 0. */
static size_t literal_length(struct section *s, struct slice rest)
{
    const char *end = NULL;

    switch (*rest.ptr) {
    case '"':
        end = memchr(rest.ptr + 1, '"', rest.len - 1);
        show(s, rest.ptr + 1, (end ? (size_t)(end - rest.ptr) : rest.len) - 1, false);
        return end ? (size_t)(end - rest.ptr) + 1 : rest.len;
    case '\\': /* the next one is shown; of a longer character its first byte, and no other has a meaning */
        show(s, rest.ptr + 1, rest.len > 1, false);
        return rest.len < 2 ? 1 : 2;
    case '_': /* a blank as wide as the next one */
        show(s, " ", 1, false);
        return rest.len < 2 ? 1 : 2;
    case '*': /* filled with the next one, as wide as the column is */
        return rest.len < 2 ? 1 : 2;
    case '[':
        end = memchr(rest.ptr, ']', rest.len);
        if (!end)
            return rest.len;
        take_bracket(s, (struct slice){rest.ptr + 1, (size_t)(end - rest.ptr) - 1});
        return (size_t)(end - rest.ptr) + 1;
    default:
        return 0;
    }
}

/* Words: their length, or 0. */
static size_t word_length(struct section *s, struct slice rest)
{
    if (starts(rest, "General")) {
        s->number = s->other = true;
        return strlen("General");
    }
    if (starts(rest, "AM/PM") || starts(rest, "A/P")) {
        s->time = true;
        return starts(rest, "A/P") ? 3 : 5;
    }
    if (rest.len > 1 && (rest.ptr[0] == 'E' || rest.ptr[0] == 'e') &&
        (rest.ptr[1] == '+' || rest.ptr[1] == '-')) {
        s->number = s->other = true;
        s->part = EXPONENT;
        return 2;
    }
    return 0;
}

static size_t take_letter(struct section *s, struct slice rest)
{
    switch (*rest.ptr | 0x20) {
    case 'y':
    case 'd':
    case 'e': /* a year of an era, as g is the era */
    case 'g':
    case 'b': /* a year of Buddha's */
        take_day(s);
        return run_of(rest);
    case 'm':
        take_month_or_minute(s);
        return run_of(rest);
    case 'h':
        take_hours(s);
        return run_of(rest);
    case 's':
        take_seconds(s);
        return run_of(rest);
    default:
        show(s, rest.ptr, 1, false);
        return 1;
    }
}

/* 0/0 is a fraction, and elsewhere the slash is shown. */
static void take_slash(struct section *s, struct slice behind, bool was_zero)
{
    if (was_zero && behind.len > 0 && strchr("0123456789#?", *behind.ptr))
        s->other = true;
    else
        show(s, "/", 1, false);
}

static size_t take_part(struct section *s, struct slice rest)
{
    size_t len = literal_length(s, rest);
    bool was_zero = s->in_zeros;

    if (len == 0)
        len = word_length(s, rest);
    if (len > 0) {
        s->in_zeros = false;
        return len;
    }
    switch (*rest.ptr) {
    case '0':
    case '#':
    case '?':
        take_digit(s, *rest.ptr);
        s->in_zeros = *rest.ptr == '0';
        return 1;
    case '%':
        s->percent = true;
        s->in_zeros = false;
        return 1;
    case '.':
    case ',':
    case '@':
        s->other = true;
        s->in_zeros = false;
        s->part = *rest.ptr == '.' && s->part == WHOLE ? FRACTION : s->part;
        return 1;
    case '/':
        take_slash(s, (struct slice){rest.ptr + 1, rest.len - 1}, was_zero);
        s->in_zeros = false;
        return 1;
    default:
        s->in_zeros = false;
        return take_letter(s, rest);
    }
}

/* ---- kinds ---- */

/* One zero with something beside it is a quantity ("$"0, 0" pcs"), and two and more are the form of an id. */
static enum numformat_kind kind_of(const struct section *s)
{
    if (s->date)
        return s->time || s->elapsed ? NUMFORMAT_DATETIME : NUMFORMAT_DATE;
    if (s->elapsed)
        return NUMFORMAT_DURATION;
    if (s->time)
        return NUMFORMAT_TIME;
    if (s->percent)
        return NUMFORMAT_PERCENT;
    if (s->part == EXPONENT && s->whole + s->decimals > 0)
        return NUMFORMAT_SCIENTIFIC;
    return !s->other && s->zeros > 1 ? NUMFORMAT_MASK : NUMFORMAT_NUMBER;
}

static bool shows_value(const struct section *s)
{
    return s->date || s->time || s->elapsed || s->number;
}

/* Reads one section off the front, with the mark behind it. */
static struct section take_section(struct slice *code)
{
    struct section s = {0};

    while (code->len > 0 && *code->ptr != ';') {
        size_t n = take_part(&s, *code);
        *code = (struct slice){code->ptr + n, code->len - n};
    }
    if (code->len > 0)
        *code = (struct slice){code->ptr + 1, code->len - 1};
    return s;
}

struct numformat numformat_of(struct slice code)
{
    static const struct numformat number = {.kind = NUMFORMAT_NUMBER};
    struct numformat f = {.code = code};
    struct section s = take_section(&code);

    f.kind = kind_of(&s);
    if (!shows_value(&s))
        return number;
    /* the other sections are for numbers that do not take a mask, or are looked at with the number */
    while (code.len > 0 && f.kind != NUMFORMAT_MASK) {
        s = take_section(&code);
        if (shows_value(&s) && kind_of(&s) != f.kind)
            return number;
    }
    if ((f.kind == NUMFORMAT_MASK || f.kind == NUMFORMAT_SCIENTIFIC) && f.code.len > CODE_MAX)
        return number;
    if (f.kind != NUMFORMAT_MASK && f.kind != NUMFORMAT_SCIENTIFIC)
        f.code = (struct slice){NULL, 0};
    return f;
}

struct numformat numformat_builtin(unsigned id)
{
    static const struct {
        unsigned first, last;
        enum numformat_kind kind;
    } known[] = {
        {9, 10, NUMFORMAT_PERCENT},
        {11, 11, NUMFORMAT_SCIENTIFIC},
        {14, 17, NUMFORMAT_DATE},
        {18, 21, NUMFORMAT_TIME},
        {22, 22, NUMFORMAT_DATETIME},
        {27, 31, NUMFORMAT_DATE},
        {32, 33, NUMFORMAT_TIME},
        /* 34, 35, 55 and 56 are a time in Chinese, and a date in Japanese and Korean */
        {34, 36, NUMFORMAT_DATE},
        {45, 45, NUMFORMAT_TIME},
        {46, 46, NUMFORMAT_DURATION},
        {47, 47, NUMFORMAT_TIME},
        {48, 48, NUMFORMAT_SCIENTIFIC},
        {50, 58, NUMFORMAT_DATE},
    };
    struct numformat f = {.kind = NUMFORMAT_NUMBER};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (id >= known[i].first && id <= known[i].last)
            f.kind = known[i].kind;
    if (f.kind == NUMFORMAT_SCIENTIFIC)
        f.code = slice_of(id == 48 ? "##0.0E+0" : "0.00E+00");
    return f;
}

/* ---- numbers ---- */

static size_t put(char out[NUMFORMAT_TEXT_MAX], int len)
{
    if (len >= 0 && len < NUMFORMAT_TEXT_MAX)
        return (size_t)len;
    out[0] = '\0';
    return 0;
}

/* Takes away the zeros behind the mark, and the mark; the new length. */
static size_t drop_zeros(char *text, size_t len)
{
    if (!memchr(text, '.', len))
        return len;
    while (len > 0 && text[len - 1] == '0')
        len--;
    return len > 0 && text[len - 1] == '.' ? len - 1 : len;
}

/* 1.2E+15 */
static size_t put_scientific(double value, char out[NUMFORMAT_TEXT_MAX])
{
    char text[NUMFORMAT_TEXT_MAX];
    int n = snprintf(text, sizeof(text), "%.*E", DIGITS - 1, value);
    const char *e = n > 0 ? strchr(text, 'E') : NULL;

    if (!e)
        return put(out, -1);
    size_t len = drop_zeros(text, (size_t)(e - text));
    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%.*s%s", (int)len, text, e));
}

static size_t put_number(double value, char out[NUMFORMAT_TEXT_MAX])
{
    double size = fabs(value);

    if (size == 0)
        return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "0"));
    /* also what is 10^15 when it is rounded to so many digits, and what is made whole by that: digits are lost */
    if (size >= PLAIN_MAX - 0.5 || size < PLAIN_MIN || (size >= WHOLE_LOST && size != floor(size)))
        return put_scientific(value, out);
    int before =
        (int)floor(log10(size)) + 1; /* digits before the mark; 0, -1, …: zeros behind it */
    if (before > 0 && size < pow(10, before - 1)) /* the logarithm was rounded up */
        before--;
    int n =
        snprintf(out, NUMFORMAT_TEXT_MAX, "%.*f", before >= DIGITS ? 0 : DIGITS - before, value);
    size_t len = drop_zeros(out, put(out, n));
    out[len] = '\0';
    return len;
}

/* The value as digits times 10^exponent, with so many digits behind the mark. */
static int exponent_of(double value, int decimals, char out[NUMFORMAT_TEXT_MAX])
{
    int n = snprintf(out, NUMFORMAT_TEXT_MAX, "%.*E", decimals, value);
    char *e = n > 0 ? strchr(out, 'E') : NULL;

    if (!e)
        return 0;
    *e = '\0';
    return (int)strtol(e + 1, NULL, 10);
}

/*
 * 1.20E+04 for 0.00E+00, 12.3E+3 for ##0.0E+0 (the exponent is a multiple of the digits before the mark).  The sign is
 * always there, though E-00 leaves out the plus: what has it is known for a number that has lost digits.
 */
static size_t put_exponent(double value, struct slice code, char out[NUMFORMAT_TEXT_MAX])
{
    struct section s = take_section(&code);
    int decimals = s.decimals < DIGITS ? (int)s.decimals : DIGITS - 1;
    int step = s.whole < 1 ? 1 : s.whole < DIGITS ? (int)s.whole : DIGITS;
    int digits = s.exponent < DIGITS ? (int)s.exponent : DIGITS;
    char text[NUMFORMAT_TEXT_MAX];
    int exponent = exponent_of(value, step > 1 ? DIGITS - 1 : decimals, text);

    if (step > 1) {
        int up = ((exponent % step) + step) % step;
        double mantissa = strtod(text, NULL) * pow(10, up);
        if (fabs(mantissa) + 0.5 * pow(10, -decimals) >= pow(10, step)) {
            mantissa /= pow(10, step);
            up -= step;
        }
        snprintf(text, sizeof(text), "%.*f", decimals, mantissa);
        exponent -= up;
    }
    size_t len = strlen(text);
    for (unsigned n = s.decimals; n > s.zero_decimals && len > 0 && text[len - 1] == '0'; n--)
        len--;
    if (len > 0 && text[len - 1] == '.')
        len--;
    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%.*sE%c%0*d", (int)len, text,
                             exponent < 0 ? '-' : '+', digits, abs(exponent)));
}

/* ---- masks ---- */

/* <=99999 */
static bool meets(double value, struct slice condition)
{
    char text[CONDITION_MAX];
    size_t sign = 1;

    if (condition.len > 1 && strchr("=>", condition.ptr[1]))
        sign = 2;
    if (condition.len - sign >= sizeof(text))
        return false;
    memcpy(text, condition.ptr + sign, condition.len - sign);
    text[condition.len - sign] = '\0';
    double limit = strtod(text, NULL);
    if (sign == 2 && *condition.ptr == '<' && condition.ptr[1] == '>')
        return value != limit;
    return (*condition.ptr == '<' && value < limit) || (*condition.ptr == '>' && value > limit) ||
           ((*condition.ptr == '=' || sign == 2) && value == limit);
}

/* The section that shows this value, which is not negative: without conditions the first, and of three the last for 0. */
static struct section section_for(struct slice code, double value)
{
    struct section first = take_section(&code), s = first;
    bool is_last = code.len == 0, conditional = first.condition.len > 0;

    if (conditional ? meets(value, first.condition) : is_last || value > 0)
        return first;
    for (int i = 1; i < 3 && code.len > 0; i++) {
        s = take_section(&code);
        is_last = i == 2 || code.len == 0;
        if (s.condition.len > 0 ? meets(value, s.condition) : is_last && (conditional || i == 2))
            return s;
    }
    return first;
}

/* Digits from the right into the places; those that are too many come before the first of them. */
static size_t put_mask(double value, struct slice code, char out[NUMFORMAT_TEXT_MAX])
{
    char digits[32];

    if (value != floor(value) || value < 0 || value >= PLAIN_MAX)
        return put_number(value, out);
    struct section s = section_for(code, value);
    if (kind_of(&s) != NUMFORMAT_MASK)
        return put_number(value, out);
    int n = snprintf(digits, sizeof(digits), "%0*" PRId64, (int)s.zeros, (int64_t)fabs(value));
    if (n < (int)s.zeros || n >= (int)sizeof(digits))
        return put_number(value, out);
    const char *next = digits;
    size_t len = 0, more = (size_t)n - s.zeros;
    for (size_t i = 0; i < s.mask_len; i++) {
        if (!s.is_place[i]) {
            out[len++] = s.mask[i];
            continue;
        }
        memcpy(out + len, next, more + 1);
        next += more + 1;
        len += more + 1;
        more = 0;
    }
    struct slice text = slice_trim((struct slice){out, len});
    memmove(out, text.ptr, text.len);
    out[text.len] = '\0';
    return text.len;
}

static size_t put_percent(double value, char out[NUMFORMAT_TEXT_MAX])
{
    size_t len = isfinite(value * 100) ? put_number(value * 100, out) : put_number(value, out);

    if (isfinite(value * 100) && len + 1 < NUMFORMAT_TEXT_MAX) {
        out[len++] = '%';
        out[len] = '\0';
    }
    return len;
}

/* ---- dates ---- */

struct day {
    int year, month, day;
};

/* Of a serial by 1900's epoch, from 1 on; the calendar from March on, as it is usual (years of 365.2425 days). */
static struct day day_of(int64_t serial)
{
    if (serial == FALSE_LEAP_DAY)
        return (struct day){1900, 2, 29};
    /* days since 0000-03-01; 1900-03-01, serial 61, is 693960 of them later */
    int64_t days = serial - (serial > FALSE_LEAP_DAY ? 61 : 60) + 693960;
    int64_t era = days / 146097, rest = days % 146097;
    int64_t year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int64_t of_year = rest - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * of_year + 2) / 153;

    return (struct day){.year = (int)(era * 400 + year + (from_march >= 10)),
                        .month = (int)(from_march < 10 ? from_march + 3 : from_march - 9),
                        .day = (int)(of_year - (153 * from_march + 2) / 5 + 1)};
}

static size_t put_date(double serial, bool with_time, char out[NUMFORMAT_TEXT_MAX])
{
    int64_t seconds = llround(serial * (double)DAY_SECONDS);
    int64_t days = with_time ? seconds / DAY_SECONDS : (int64_t)floor(serial + DAY_SLACK);
    int of_day = (int)(seconds % DAY_SECONDS);
    struct day d = day_of(days);

    if (!with_time)
        return put(out,
                   snprintf(out, NUMFORMAT_TEXT_MAX, "%04d-%02d-%02d", d.year, d.month, d.day));
    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", d.year,
                             d.month, d.day, of_day / 3600, of_day / 60 % 60, of_day % 60));
}

static size_t put_time(double serial, char out[NUMFORMAT_TEXT_MAX])
{
    int of_day = (int)(llround(serial * (double)DAY_SECONDS) % DAY_SECONDS);

    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%02d:%02d:%02d", of_day / 3600,
                             of_day / 60 % 60, of_day % 60));
}

size_t numformat_duration(int64_t seconds, char out[NUMFORMAT_TEXT_MAX])
{
    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%02" PRId64 ":%02d:%02d", seconds / 3600,
                             (int)(seconds / 60 % 60), (int)(seconds % 60)));
}

static size_t put_duration(double value, char out[NUMFORMAT_TEXT_MAX])
{
    if (value < 0 || value > DURATION_DAYS_MAX)
        return put_number(value, out);
    return numformat_duration(llround(value * (double)DAY_SECONDS), out);
}

/* ---- dates that are written out ---- */

/* So many digits; -1: these are none. */
static int take_field(struct slice *s, size_t digits, char behind, int max)
{
    int n = 0;

    if (s->len < digits + (behind != '\0'))
        return -1;
    for (size_t i = 0; i < digits; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return -1;
        n = n * 10 + (s->ptr[i] - '0');
    }
    if (n > max || (behind && s->ptr[digits] != behind))
        return -1;
    digits += behind != '\0';
    *s = (struct slice){s->ptr + digits, s->len - digits};
    return n;
}

static struct day day_after(struct day d)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);

    if (d.day < lengths[d.month - 1] + (d.month == 2 && leap))
        return (struct day){d.year, d.month, d.day + 1};
    return d.month < 12 ? (struct day){d.year, d.month + 1, 1} : (struct day){d.year + 1, 1, 1};
}

/* The fraction of a second, to be rounded; -1: something else, such as a zone. */
static int take_fraction(struct slice s)
{
    if (s.len > 0 && *s.ptr != '.')
        return -1;
    for (size_t i = 1; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return -1;
    return s.len > 1 && s.ptr[1] >= '5';
}

size_t numformat_datetime(struct slice iso, char out[NUMFORMAT_TEXT_MAX])
{
    static const int max[] = {9999, 12, 31, 23, 59, 59};
    static const char behind[] = "--T::";
    int field[6];

    for (size_t i = 0; i < 6; i++)
        if ((field[i] = take_field(&iso, i == 0 ? 4 : 2, behind[i], max[i])) < 0)
            return put(out, -1);
    struct day d = {field[0], field[1], field[2]};
    int more = take_fraction(iso), of_day = field[3] * 3600 + field[4] * 60 + field[5];
    if (d.month == 0 || d.day == 0 || more < 0)
        return put(out, -1);
    struct day next = day_after(d);
    if (next.year <= 9999)
        of_day += more;
    if (of_day == DAY_SECONDS) {
        d = next;
        of_day = 0;
    }
    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", d.year,
                             d.month, d.day, of_day / 3600, of_day / 60 % 60, of_day % 60));
}

/* ---- all of them ---- */

size_t numformat_text(struct numformat f, double value, bool from_1904,
                      char out[NUMFORMAT_TEXT_MAX])
{
    double serial = from_1904 ? value + DAYS_1904 : value;
    bool is_serial = value >= 0 && serial <= SERIAL_MAX;

    switch (f.kind) {
    case NUMFORMAT_PERCENT:
        return put_percent(value, out);
    case NUMFORMAT_DATE:
        /* day 0 is none */
        return is_serial && serial + DAY_SLACK >= 1 ? put_date(serial, false, out)
                                                    : put_number(value, out);
    case NUMFORMAT_DATETIME:
        return is_serial && serial >= 1 ? put_date(serial, true, out) : put_number(value, out);
    case NUMFORMAT_TIME:
        return is_serial ? put_time(value, out) : put_number(value, out);
    case NUMFORMAT_DURATION:
        return put_duration(value, out);
    case NUMFORMAT_SCIENTIFIC:
        return put_exponent(value, f.code, out);
    case NUMFORMAT_MASK:
        return put_mask(value, f.code, out);
    case NUMFORMAT_NUMBER:
        break;
    }
    return put_number(value, out);
}
