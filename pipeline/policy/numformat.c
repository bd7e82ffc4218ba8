/*
 * numformat: a section is read letter by letter, and what it shows is gathered in a few marks, from which its kind
 * follows.
 */
#include "policy/numformat.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DIGITS 15 /* that a spreadsheet keeps */
#define PLAIN_MAX 1e15
#define PLAIN_MIN 1e-6 /* smaller ones have an exponent */
#define PADDED_MAX 20u
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
    unsigned zeros, runs;
    bool in_zeros;
};

static bool starts(struct slice s, const char *with)
{
    size_t len = strlen(with);

    return s.len >= len && strncasecmp(s.ptr, with, len) == 0;
}

/* ---- a section's letters ---- */

/* [h], [mm], [ss]: time beyond a day.  Whatever else stands in brackets is no part of what is shown. */
static void take_bracket(struct section *s, struct slice inside)
{
    char c = inside.len > 0 ? (char)(inside.ptr[0] | 0x20) : '\0';

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
    if (c != '0') {
        s->other = true;
        return;
    }
    s->runs += !s->in_zeros;
    s->zeros++;
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
        return end ? (size_t)(end - rest.ptr) + 1 : rest.len;
    case '\\': /* the next one is shown; of a longer character its first byte, and no other has a meaning */
    case '_': /* a blank as wide as the next one */
    case '*': /* filled with the next one */
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
        return 1;
    }
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
    case '/':
    case '@':
        s->other = s->other || *rest.ptr != '/' || was_zero;
        s->in_zeros = false;
        return 1;
    default:
        s->in_zeros = false;
        return take_letter(s, rest);
    }
}

/* ---- kinds ---- */

static struct numformat kind_of(const struct section *s)
{
    struct numformat f = {NUMFORMAT_NUMBER, 0};

    if (s->date)
        f.kind = s->time || s->elapsed ? NUMFORMAT_DATETIME : NUMFORMAT_DATE;
    else if (s->elapsed)
        f.kind = NUMFORMAT_DURATION;
    else if (s->time)
        f.kind = NUMFORMAT_TIME;
    else if (s->percent)
        f.kind = NUMFORMAT_PERCENT;
    else if (!s->other && s->runs == 1 && s->zeros > 1 && s->zeros <= PADDED_MAX)
        f = (struct numformat){NUMFORMAT_PADDED, s->zeros};
    return f;
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
    static const struct numformat number = {NUMFORMAT_NUMBER, 0};
    struct section s = take_section(&code);
    struct numformat f = kind_of(&s);

    if (!shows_value(&s))
        return number;
    while (code.len > 0) {
        s = take_section(&code);
        struct numformat other = kind_of(&s);
        if (shows_value(&s) && (other.kind != f.kind || other.digits != f.digits))
            return number;
    }
    return f;
}

struct numformat numformat_builtin(unsigned id)
{
    static const struct {
        unsigned first, last;
        enum numformat_kind kind;
    } known[] = {
        {9, 10, NUMFORMAT_PERCENT},
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
        {50, 58, NUMFORMAT_DATE},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (id >= known[i].first && id <= known[i].last)
            return (struct numformat){known[i].kind, 0};
    return (struct numformat){NUMFORMAT_NUMBER, 0};
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
    /* also what is 10^15 when it is rounded to so many digits */
    if (size >= PLAIN_MAX - 0.5 || size < PLAIN_MIN)
        return put_scientific(value, out);
    int before =
        (int)floor(log10(size)) + 1; /* digits before the mark; 0, -1, …: zeros behind it */
    int n =
        snprintf(out, NUMFORMAT_TEXT_MAX, "%.*f", before >= DIGITS ? 0 : DIGITS - before, value);
    size_t len = drop_zeros(out, put(out, n));
    out[len] = '\0';
    return len;
}

static size_t put_padded(double value, unsigned digits, char out[NUMFORMAT_TEXT_MAX])
{
    if (value != floor(value) || fabs(value) >= PLAIN_MAX)
        return put_number(value, out);
    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%s%0*" PRId64, value < 0 ? "-" : "",
                             (int)digits, (int64_t)fabs(value)));
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

static size_t put_duration(double value, char out[NUMFORMAT_TEXT_MAX])
{
    int64_t seconds = 0;

    if (value < 0 || value > DURATION_DAYS_MAX)
        return put_number(value, out);
    seconds = llround(value * (double)DAY_SECONDS);
    return put(out, snprintf(out, NUMFORMAT_TEXT_MAX, "%" PRId64 ":%02d:%02d", seconds / 3600,
                             (int)(seconds / 60 % 60), (int)(seconds % 60)));
}

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
    case NUMFORMAT_PADDED:
        return put_padded(value, f.digits, out);
    case NUMFORMAT_NUMBER:
        break;
    }
    return put_number(value, out);
}
