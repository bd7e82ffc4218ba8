/* when: [weekday] date [time [zone]], read from the front; what is left over makes it no date. */
#include "policy/when.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define MS_PER_S INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_S)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define MS_PER_DAY (24 * MS_PER_HOUR)

#define NUMBER_DIGITS_MAX 9u
#define RELATIVE_MAX 100000 /* of any unit */
#define OFFSET_HOURS_MAX 15

struct number {
    int value;
    size_t digits; /* 0: there is none */
};

struct day {
    int year, month, day;
    bool ambiguous;
};

struct clock_time {
    int64_t ms;     /* since midnight */
    int64_t length; /* of what is not said */
};

int when_order_read(const char *s, enum when_order *out)
{
    static const char *const names[] = {
        [WHEN_ORDER_MDY] = "mdy", [WHEN_ORDER_DMY] = "dmy", [WHEN_ORDER_YMD] = "ymd"};
    for (size_t i = WHEN_ORDER_MDY; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(s, names[i]) == 0) {
            *out = (enum when_order)i;
            return 0;
        }
    }
    return -1;
}

/* ---- Pieces ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void skip(struct slice *s, size_t len)
{
    *s = (struct slice){s->ptr + len, s->len - len};
}

/* Between two pieces: ASCII blanks, U+00A0, U+2009, U+202F (before AM and PM), and U+200E. */
static bool take_blanks(struct slice *s)
{
    static const char *const blanks[] = {
        " ", "\t", "\xc2\xa0", "\xe2\x80\x89", "\xe2\x80\xaf", "\xe2\x80\x8e"};
    const char *from = s->ptr;
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0];) {
        size_t len = strlen(blanks[i]);
        if (s->len >= len && memcmp(s->ptr, blanks[i], len) == 0) {
            skip(s, len);
            i = 0;
        } else {
            i++;
        }
    }
    return s->ptr != from;
}

static bool take_char(struct slice *s, char c)
{
    bool there = s->len > 0 && s->ptr[0] == c;
    if (there)
        skip(s, 1);
    return there;
}

static struct number take_number(struct slice *s)
{
    struct number n = {0, 0};
    while (s->len > 0 && is_digit(s->ptr[0]) && n.digits < NUMBER_DIGITS_MAX) {
        n.value = n.value * 10 + (s->ptr[0] - '0');
        n.digits++;
        skip(s, 1);
    }
    return n;
}

/* The letters at the front. */
static struct slice peek_word(struct slice s)
{
    size_t len = 0;
    while (len < s.len && is_letter(s.ptr[len]))
        len++;
    return (struct slice){s.ptr, len};
}

static bool is_word(struct slice word, const char *name)
{
    return word.len == strlen(name) && strncasecmp(word.ptr, name, word.len) == 0;
}

static bool take_word(struct slice *s, const char *name)
{
    bool there = is_word(peek_word(*s), name);
    if (there)
        skip(s, strlen(name));
    return there;
}

/* Takes one of n names, or its first three letters, with or without a dot: its number from 1, or 0. */
static int take_name(struct slice *s, const char *const *names, int n)
{
    struct slice word = peek_word(*s);
    for (int i = 0; i < n; i++) {
        bool shortened = word.len == 3 && strncasecmp(word.ptr, names[i], 3) == 0;
        if (!shortened && !is_word(word, names[i]))
            continue;
        skip(s, word.len);
        if (shortened)
            (void)take_char(s, '.');
        return i + 1;
    }
    return 0;
}

static int take_month(struct slice *s)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    if (take_word(s, "Sept")) {
        (void)take_char(s, '.');
        return 9;
    }
    return take_name(s, names, 12);
}

/* `Monday, ` */
static void take_weekday(struct slice *s)
{
    static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
    if (take_name(s, names, 7) > 0) {
        (void)take_char(s, ',');
        (void)take_blanks(s);
    }
}

/* ---- Days ---- */

static bool is_day(const struct day *d)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d->year < 1 || d->month < 1 || d->month > 12 || d->day < 1)
        return false;
    bool leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;
    return d->day <= lengths[d->month - 1] + (d->month == 2 && leap);
}

/* Since 1970-01-01 (the proleptic Gregorian calendar, years counted from March). */
static int64_t days_since_1970(const struct day *d)
{
    int64_t year = d->year - (d->month <= 2);
    int64_t era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * (d->month + (d->month > 2 ? -3 : 9)) + 2) / 5 + d->day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Of two digits or four; else 0. */
static int year_of(struct number n)
{
    return n.digits == 4 ? n.value : n.digits == 2 ? 2000 + n.value : 0;
}

/* The year stands last: which of a and b is the month? */
static bool year_last(struct number a, struct number b, struct number c, enum when_order order,
                      struct day *out)
{
    bool month_first = a.value <= 12, day_first = b.value <= 12;
    out->ambiguous = order == WHEN_ORDER_UNSAID && month_first && day_first && a.value != b.value;
    if (order == WHEN_ORDER_MDY)
        day_first = false;
    else if (order == WHEN_ORDER_DMY)
        month_first = false;
    if (!month_first && !day_first)
        return false;
    out->month = month_first ? a.value : b.value;
    out->day = month_first ? b.value : a.value;
    out->year = year_of(c);
    return a.digits <= 2;
}

/* Three numbers with mark between them. */
static bool digits_only(struct number a, struct number b, struct number c, char mark,
                        enum when_order order, struct day *out)
{
    struct day year_first = {year_of(a), b.value, c.value, false};
    if (b.digits == 0 || b.digits > 2 || c.digits == 0)
        return false;
    if (a.digits == 4 || order == WHEN_ORDER_YMD) {
        *out = year_first;
        return c.digits <= 2 && is_day(out);
    }
    if (!year_last(a, b, c, order, out) || !is_day(out))
        return false;
    /* 26-10-01: with hyphens a short year is as likely to be the first */
    if (order == WHEN_ORDER_UNSAID && mark == '-' && c.digits == 2 && is_day(&year_first))
        out->ambiguous = true;
    return true;
}

/* `21 Oct 2022`, `21-Oct-22`, `3 March, 2025` after its day. */
static bool take_month_year(struct slice *s, struct number day, struct day *out)
{
    bool hyphens = take_char(s, '-');
    if (!hyphens)
        (void)take_blanks(s);
    int month = take_month(s);
    if (hyphens && !take_char(s, '-'))
        return false;
    if (!hyphens) {
        (void)take_char(s, ',');
        (void)take_blanks(s);
    }
    *out = (struct day){year_of(take_number(s)), month, day.value, false};
    return day.digits <= 2 && is_day(out);
}

static bool take_date(struct slice *s, enum when_order order, struct day *out)
{
    take_weekday(s);
    if (s->len > 0 && is_letter(s->ptr[0])) { /* Sep 26, 2026 */
        int month = take_month(s);
        (void)take_blanks(s);
        struct number day = take_number(s);
        bool apart = take_char(s, ',');
        apart = take_blanks(s) || apart;
        *out = (struct day){year_of(take_number(s)), month, day.value, false};
        return apart && day.digits <= 2 && is_day(out);
    }
    struct number a = take_number(s);
    if (a.digits == 0 || s->len < 2)
        return false;
    char mark = s->ptr[0];
    if ((mark != '-' && mark != '/' && mark != '.') || !is_digit(s->ptr[1]))
        return take_month_year(s, a, out);
    skip(s, 1);
    struct number b = take_number(s);
    if (!take_char(s, mark))
        return false;
    return digits_only(a, b, take_number(s), mark, order, out);
}

/* ---- Times ---- */

/* `AM`, `p.m.`: 0 or 12 hours; -1: there is none. */
static int take_half(struct slice *s)
{
    static const struct {
        const char *name;
        int hours;
    } halves[] = {{"a.m.", 0}, {"p.m.", 12}, {"am", 0}, {"pm", 12}};
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
        size_t len = strlen(halves[i].name);
        if (s->len >= len && strncasecmp(s->ptr, halves[i].name, len) == 0) {
            skip(s, len);
            return halves[i].hours;
        }
    }
    return -1;
}

/* The digits after the seconds: the first three count. */
static bool take_fraction(struct slice *s, struct clock_time *out)
{
    int64_t unit = MS_PER_S / 10;
    if (s->len == 0 || !is_digit(s->ptr[0]))
        return false;
    for (; s->len > 0 && is_digit(s->ptr[0]); skip(s, 1), unit /= 10)
        out->ms += unit * (s->ptr[0] - '0');
    out->length = 1;
    return true;
}

/* Two digits under 60. */
static bool take_sixtieths(struct slice *s, int64_t unit, struct clock_time *out)
{
    struct number n = take_number(s);
    out->ms += n.value * unit;
    out->length = unit;
    return n.digits == 2 && n.value <= 59;
}

static bool take_clock(struct slice *s, struct clock_time *out)
{
    struct number hour = take_number(s);
    out->ms = 0;
    if (hour.digits == 0 || hour.digits > 2 || !take_char(s, ':') ||
        !take_sixtieths(s, MS_PER_MINUTE, out))
        return false;
    if (take_char(s, ':')) {
        if (!take_sixtieths(s, MS_PER_S, out))
            return false;
        if ((take_char(s, '.') || take_char(s, ',')) && !take_fraction(s, out))
            return false;
    }
    (void)take_blanks(s);
    int half = take_half(s);
    if (half >= 0 && (hour.value < 1 || hour.value > 12))
        return false;
    out->ms += MS_PER_HOUR * (half < 0 ? hour.value : hour.value % 12 + half);
    return hour.value <= 23;
}

/* `3`, `05`, `0530`, `07:00`. */
static bool take_offset(struct slice *s, int64_t *out)
{
    struct number hours = take_number(s), minutes = {0, 2};
    if (hours.digits == 4) {
        minutes.value = hours.value % 100;
        hours.value /= 100;
    } else if (hours.digits == 0 || hours.digits > 2) {
        return false;
    } else if (take_char(s, ':')) {
        minutes = take_number(s);
    }
    *out = hours.value * MS_PER_HOUR + minutes.value * MS_PER_MINUTE;
    return hours.value <= OFFSET_HOURS_MAX && minutes.digits == 2 && minutes.value <= 59;
}

/* `Z`, `UTC`, `GMT+3`, `-0500`, `+07:00`: how far it is ahead of UTC. */
static bool take_zone(struct slice *s, int64_t *ahead)
{
    *ahead = 0;
    (void)take_blanks(s);
    if (s->len == 0 || take_word(s, "Z"))
        return true;
    bool named = take_word(s, "UTC") || take_word(s, "GMT");
    if (named && s->len == 0)
        return true;
    bool behind = take_char(s, '-');
    if ((!behind && !take_char(s, '+')) || !take_offset(s, ahead))
        return false;
    if (behind)
        *ahead = -*ahead;
    return true;
}

/* `T10:50`, ` 10:50`, `, 10:50`, ` at 10:50`. */
static bool take_time(struct slice *s, struct clock_time *time, int64_t *ahead)
{
    if (!take_word(s, "T")) {
        bool apart = take_char(s, ',');
        apart = take_blanks(s) || apart;
        if (!apart)
            return false;
        if (take_word(s, "at"))
            (void)take_blanks(s);
    }
    return take_clock(s, time) && take_zone(s, ahead);
}

enum when_reading when_read(struct slice s, enum when_order order, struct when *out)
{
    struct day day = {0, 0, 0, false};
    struct clock_time time = {0, MS_PER_DAY};
    int64_t ahead = 0;
    s = slice_trim(s);
    *out = (struct when){0, 0};
    if (!take_date(&s, order, &day) || (s.len > 0 && !take_time(&s, &time, &ahead)) || s.len > 0)
        return WHEN_NONE;
    if (day.ambiguous)
        return WHEN_AMBIGUOUS;
    out->from_ms = days_since_1970(&day) * MS_PER_DAY + time.ms - ahead;
    out->to_ms = out->from_ms + time.length;
    return WHEN_OK;
}

/* ---- From now ---- */

int when_relative(struct slice s, int64_t now_ms, struct when *out)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {
        {"w", 7 * MS_PER_DAY}, {"d", MS_PER_DAY}, {"h", MS_PER_HOUR}, {"m", MS_PER_MINUTE}};
    s = slice_trim(s);
    *out = (struct when){now_ms, now_ms};
    if (is_word(s, "now"))
        return 0;
    if (is_word(s, "today")) {
        int64_t into = now_ms % MS_PER_DAY;
        out->from_ms = now_ms - (into < 0 ? into + MS_PER_DAY : into);
        out->to_ms = out->from_ms + MS_PER_DAY;
        return 0;
    }
    bool before = take_char(&s, '-');
    if (!before && !take_char(&s, '+'))
        return -1;
    struct number n = take_number(&s);
    if (n.digits == 0 || n.value > RELATIVE_MAX)
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (is_word(s, units[i].name)) {
            int64_t by = units[i].ms * n.value;
            out->from_ms = out->to_ms = before ? now_ms - by : now_ms + by;
            return 0;
        }
    }
    return -1;
}
