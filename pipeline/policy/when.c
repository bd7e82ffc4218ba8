/* when: [weekday] date [time [zone]], read from the front; what is left over makes it no date. */
#include "policy/when.h"

#include "policy/zone.h"

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
#define NAME_LEAST 3u /* bytes of a month or a weekday that is shortened */

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
    for (size_t i = WHEN_ORDER_MDY; i < sizeof(names) / sizeof(names[0]); i++) {
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
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]);) {
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

static bool take_word(struct slice *s, const char *name)
{
    bool there = slice_is(peek_word(*s), name);
    if (there)
        skip(s, strlen(name));
    return there;
}

/* The letters at the front, also those of U+00C0..017F. */
static struct slice peek_name(struct slice s)
{
    size_t len = 0;
    while (len < s.len) {
        unsigned char c = (unsigned char)s.ptr[len];
        bool two = c >= 0xc3 && c <= 0xc5 && len + 1 < s.len;
        if (!two && !is_letter(s.ptr[len]))
            break;
        len += two ? 2 : 1;
    }
    return (struct slice){s.ptr, len};
}

/* One byte in lower case; of U+00C0..00DE the second. */
static unsigned char lower(const char *p, bool second)
{
    unsigned char c = (unsigned char)*p;
    if (second)
        return c >= 0x80 && c <= 0x9e ? (unsigned char)(c + 0x20) : c;
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

static bool begins_with(const char *name, struct slice word)
{
    size_t i = 0;
    for (; i < word.len && name[i] != '\0'; i++) {
        bool second = i > 0 && (unsigned char)name[i - 1] == 0xc3;
        if (lower(word.ptr + i, second) != (unsigned char)name[i])
            return false;
    }
    return i == word.len;
}

/* Of names in lower case, with blanks between them: is it one of them, or shortened? */
static bool is_one_of(const char *names, struct slice word)
{
    bool found = false;
    for (const char *at = names; *at != '\0' && !found;
         at += strcspn(at, " ") + (at[strcspn(at, " ")] != '\0')) {
        size_t len = strcspn(at, " ");
        found =
            word.len <= len && (word.len >= NAME_LEAST || word.len == len) && begins_with(at, word);
    }
    return found;
}

/* English, German, French, Spanish, Italian, Portuguese, Dutch.  Shortened ones that two months have are none. */
static int take_month(struct slice *s)
{
    static const char *const names[] = {
        "january januar j\xc3\xa4nner janvier enero gennaio janeiro januari",
        "february februar feber f\xc3\xa9vrier fevrier febrero febbraio fevereiro februari",
        "march m\xc3\xa4rz maerz mars marzo mar\xc3\xa7o maart mrt",
        "april avril abril aprile",
        "may mai mayo maggio maio mei",
        "june juni juin junio giugno junho",
        "july juli juillet julio luglio julho",
        "august ao\xc3\xbbt aout agosto augustus",
        "september septembre septiembre setiembre settembre setembro",
        "october oktober octobre octubre ottobre outubro",
        "november novembre noviembre novembro",
        "december dezember d\303\251cembre decembre diciembre dicembre dezembro"};
    struct slice word = peek_name(*s);
    int month = 0;
    for (int i = 0; i < 12 && word.len > 0; i++) {
        if (!is_one_of(names[i], word))
            continue;
        if (month > 0)
            return 0;
        month = i + 1;
    }
    if (month > 0) {
        skip(s, word.len);
        (void)take_char(s, '.');
    }
    return month;
}

/* Does another month come behind a number? */
static bool has_month(struct slice s)
{
    while (s.len > 0 && (is_digit(s.ptr[0]) || s.ptr[0] == '.' || s.ptr[0] == ' '))
        skip(&s, 1);
    return take_month(&s) > 0;
}

/* `Monday, `, `Do., ` */
static void take_weekday(struct slice *s)
{
    static const char names[] = "monday tuesday wednesday thursday friday saturday sunday "
                                "montag dienstag mittwoch donnerstag freitag samstag sonnabend "
                                "sonntag mo di mi do fr sa so "
                                "lundi mardi mercredi jeudi vendredi samedi dimanche "
                                "lunes martes mi\xc3\xa9rcoles jueves viernes s\xc3\xa1"
                                "bado domingo "
                                "luned\xc3\xac marted\xc3\xac mercoled\xc3\xac gioved\xc3\xac "
                                "venerd\xc3\xac sabato domenica "
                                "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag";
    struct slice rest = *s, word = peek_name(*s);
    if (word.len == 0 || !is_one_of(names, word))
        return;
    skip(&rest, word.len);
    bool apart = take_char(&rest, '.');
    apart = take_char(&rest, ',') || apart;
    /* `mar 3` is a month, `mar. 3 mars` a day */
    if (!take_blanks(&rest) && !apart)
        return;
    struct slice month = rest;
    if (rest.len == 0 || (!is_digit(rest.ptr[0]) && take_month(&month) == 0))
        return;
    struct slice same = *s;
    if (is_digit(rest.ptr[0]) && take_month(&same) > 0 && !has_month(rest))
        return;
    *s = rest;
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

/* `3rd`, `1er`, `10.`, behind a number. */
static void take_ordinal(struct slice *s)
{
    static const char *const ends[] = {"st", "nd", "rd", "th", "er"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (take_word(s, ends[i]))
            return;
    }
    (void)take_char(s, '.');
}

/* `10 de septiembre de 2026`, `3rd of March`. */
static void take_of(struct slice *s)
{
    (void)take_blanks(s);
    if (take_word(s, "de") || take_word(s, "of"))
        (void)take_blanks(s);
}

/* `21 Oct 2022`, `21-Oct-22`, `3 March, 2025`, `10. September 2026` after its day. */
static bool take_month_year(struct slice *s, struct number day, struct day *out)
{
    bool hyphens = take_char(s, '-');
    if (!hyphens) {
        take_ordinal(s);
        take_of(s);
    }
    int month = take_month(s);
    if (hyphens && !take_char(s, '-'))
        return false;
    if (!hyphens) {
        (void)take_char(s, ',');
        take_of(s);
    }
    *out = (struct day){year_of(take_number(s)), month, day.value, false};
    return day.digits <= 2 && is_day(out);
}

static bool take_date(struct slice *s, enum when_order order, struct day *out)
{
    take_weekday(s);
    if (peek_name(*s).len > 0) { /* Sep 26, 2026 */
        int month = take_month(s);
        (void)take_blanks(s);
        struct number day = take_number(s);
        take_ordinal(s);
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
    for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
        if (slice_begins(*s, halves[i].name)) {
            skip(s, strlen(halves[i].name));
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

/* ---- Zones ---- */

/* `3`, `05`, `0530`, `07:00`, in minutes. */
static bool take_minutes(struct slice *s, int *out)
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
    *out = hours.value * 60 + minutes.value;
    return hours.value <= OFFSET_HOURS_MAX && minutes.digits == 2 && minutes.value <= 59;
}

/* `+3`, `-05:00` */
static bool take_offset(struct slice *s, struct zone *out)
{
    bool behind = take_char(s, '-');
    if ((!behind && !take_char(s, '+')) || !take_minutes(s, &out->minutes))
        return false;
    if (behind)
        out->minutes = -out->minutes;
    return true;
}

/* What follows an offset is said already: `(EDT)`, `[Europe/Berlin]`, `EST`. */
static bool is_remark(struct slice s)
{
    struct zone ignored;
    s = slice_trim(s);
    if (s.len < 2)
        return s.len == 0;
    char first = s.ptr[0], last = s.ptr[s.len - 1];
    return (first == '(' && last == ')') || (first == '[' && last == ']') || zone_find(s, &ignored);
}

/* `EST`, `(EDT)`, `EST (GMT-5)`, `(UTC-05:00) Eastern Time (US & Canada)`, whose offset is that of winter. */
static bool find_name(struct slice s, struct zone *out)
{
    if (zone_find(s, out))
        return true;
    const char *open = memchr(s.ptr, '(', s.len), *close = memchr(s.ptr, ')', s.len);
    if (!open || !close || close < open)
        return false;
    struct slice head = {s.ptr, (size_t)(open - s.ptr)};
    struct slice inner = {open + 1, (size_t)(close - open - 1)};
    struct slice tail = {close + 1, s.len - (size_t)(close + 1 - s.ptr)};
    if (head.len > 0)
        return tail.len == 0 && zone_find(slice_trim(head), out);
    return zone_find(slice_trim(tail.len > 0 ? tail : inner), out);
}

/* Behind a time: `Z`, `UTC`, `GMT+3`, `-0500`, `+07:00`, `GMT-0400 (EDT)`, or a name. */
static bool take_zone(struct slice *s, struct zone *out)
{
    *out = (struct zone){0, ZONE_FIXED};
    (void)take_blanks(s);
    struct slice rest = *s;
    if (rest.len == 0)
        return true;
    bool named = take_word(&rest, "Z") || take_word(&rest, "UTC") || take_word(&rest, "GMT");
    bool said = take_offset(&rest, out) || (named && rest.ptr == s->ptr + peek_word(*s).len);
    if (!(said && is_remark(rest)) && !find_name(*s, out))
        return false;
    skip(s, s->len);
    return true;
}

/* `T10:50`, ` 10:50`, `, 10:50`, ` at 10:50`, ` um 10:50 Uhr`. */
static bool take_time(struct slice *s, struct clock_time *time, struct zone *zone)
{
    static const char *const at[] = {"at", "um", "om", "alle", "kl"};
    if (!take_word(s, "T")) {
        bool apart = take_char(s, ',');
        apart = take_blanks(s) || apart;
        if (!apart)
            return false;
        for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
            if (take_word(s, at[i]))
                (void)take_blanks(s);
        }
        if (s->len > 2 && memcmp(s->ptr, "\xc3\xa0", 2) == 0) { /* à */
            skip(s, 2);
            (void)take_blanks(s);
        }
    }
    if (!take_clock(s, time))
        return false;
    (void)take_blanks(s);
    (void)take_word(s, "Uhr");
    return take_zone(s, zone);
}

/* `Thu Sep 10 14:30:00 EDT 2026`, as the command date writes it: the year stands last. */
static bool take_unix_date(struct slice s, struct day *day, struct clock_time *time,
                           struct zone *zone)
{
    take_weekday(&s);
    day->month = take_month(&s);
    (void)take_blanks(&s);
    struct number of_month = take_number(&s);
    if (day->month == 0 || of_month.digits == 0 || !take_blanks(&s) || !take_clock(&s, time))
        return false;
    size_t year = s.len;
    while (year > 0 && is_digit(s.ptr[year - 1]))
        year--;
    struct slice last = {s.ptr + year, s.len - year};
    day->day = of_month.value;
    day->year = last.len == 4 ? take_number(&last).value : 0;
    s = slice_trim((struct slice){s.ptr, year});
    return is_day(day) && take_zone(&s, zone);
}

enum when_reading when_read(struct slice s, enum when_order order, struct when *out)
{
    struct day day = {0, 0, 0, false};
    struct clock_time time = {0, MS_PER_DAY};
    struct zone zone = {0, ZONE_FIXED};
    s = slice_trim(s);
    *out = (struct when){0, 0};
    if (!take_unix_date(s, &day, &time, &zone)) {
        zone = (struct zone){0, ZONE_FIXED};
        time = (struct clock_time){0, MS_PER_DAY};
        day = (struct day){0, 0, 0, false};
        if (!take_date(&s, order, &day) || (s.len > 0 && !take_time(&s, &time, &zone)) || s.len > 0)
            return WHEN_NONE;
    }
    if (day.ambiguous)
        return WHEN_AMBIGUOUS;
    int64_t local = zone_days(day.year, day.month, day.day) * MS_PER_DAY + time.ms;
    out->from_ms = local - zone_ahead(&zone, day.year, local);
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
    if (slice_is(s, "now"))
        return 0;
    if (slice_is(s, "today")) {
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
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (slice_is(s, units[i].name)) {
            int64_t by = units[i].ms * n.value;
            out->from_ms = out->to_ms = before ? now_ms - by : now_ms + by;
            return 0;
        }
    }
    return -1;
}
