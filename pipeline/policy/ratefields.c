/* ratefields: a table of field names, each with the function that reads its value. */
#include "policy/ratefields.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DATE_MAX 64u
#define EPOCH_S_MIN INT64_C(1000000000)
#define EPOCH_MS_MIN INT64_C(1000000000000)

/* All of v as digits, or -1.  What is too large for an int64_t is INT64_MAX. */
static int64_t whole_number(struct slice v)
{
    int64_t n = 0;
    if (v.len == 0)
        return -1;
    for (size_t i = 0; i < v.len; i++) {
        if (v.ptr[i] < '0' || v.ptr[i] > '9')
            return -1;
        int digit = v.ptr[i] - '0';
        n = n > (INT64_MAX - digit) / 10 ? INT64_MAX : n * 10 + digit;
    }
    return n;
}

/* Digits, perhaps with decimals, which are rounded up or cut off; -1: something else. */
static int64_t decimal_number(struct slice v, bool up)
{
    const char *point = v.len > 0 ? memchr(v.ptr, '.', v.len) : NULL;
    size_t whole_len = point != NULL ? (size_t)(point - v.ptr) : v.len;
    int64_t n = whole_number((struct slice){v.ptr, whole_len});
    bool more = false;
    for (size_t i = whole_len + 1; i < v.len; i++) {
        if (v.ptr[i] < '0' || v.ptr[i] > '9')
            return -1;
        more = more || v.ptr[i] != '0';
    }
    /* a point ends nothing by itself */
    if (point != NULL && whole_len + 1 == v.len)
        return -1;
    return n >= 0 && n < INT64_MAX && more && up ? n + 1 : n;
}

/* A length of time in units of unit_ns, brought into 0 .. RATEFIELDS_MAX_NS. */
static int64_t length_ns(int64_t n, int64_t unit_ns)
{
    if (n < 0)
        return 0;
    return n > RATEFIELDS_MAX_NS / unit_ns ? RATEFIELDS_MAX_NS : n * unit_ns;
}

/* The three forms of RFC 9110, 5.6.7 (IMF-fixdate, RFC 850, asctime) and RFC 3339.  -1: none of them. */
static int64_t date_ms_of(struct slice v)
{
    static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT",
                                        "%a %b %d %H:%M:%S %Y", "%Y-%m-%dT%H:%M:%SZ",
                                        "%Y-%m-%dT%H:%M:%S+00:00"};
    char date[DATE_MAX];
    if (v.len >= sizeof date)
        return -1;
    memcpy(date, v.ptr, v.len);
    date[v.len] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct tm utc = {0};
        const char *end = strptime(date, forms[i], &utc);
        if (end == NULL || *end != '\0')
            continue;
        int day = utc.tm_mday;
        time_t when = timegm(&utc);
        return utc.tm_mday == day ? (int64_t)when * 1000
                                  : -1; /* 31 February is 3 March to timegm */
    }
    return -1;
}

/* How long from now_ms until a time in any of its forms. */
static int64_t read_time(struct slice v, int64_t now_ms)
{
    int64_t n = decimal_number(v, true), date_ms;
    if (n > EPOCH_MS_MIN)
        return length_ns(n - now_ms, CLOCK_NS_PER_MS);
    if (n > EPOCH_S_MIN)
        return length_ns(n * 1000 - now_ms, CLOCK_NS_PER_MS);
    if (n >= 0)
        return length_ns(n, CLOCK_NS_PER_S);
    date_ms = date_ms_of(v);
    return date_ms < 0 ? -1 : length_ns(date_ms - now_ms, CLOCK_NS_PER_MS);
}

static int64_t read_ms(struct slice v, int64_t now_ms)
{
    int64_t n = decimal_number(v, true);
    (void)now_ms;
    return n < 0 ? -1 : length_ns(n, CLOCK_NS_PER_MS);
}

/* The part of v before the first separator; v becomes what follows it. */
static struct slice cut_at(struct slice *v, char separator)
{
    const char *at = v->len > 0 ? memchr(v->ptr, separator, v->len) : NULL;
    struct slice head = {v->ptr, at != NULL ? (size_t)(at - v->ptr) : v->len};
    size_t gone = at != NULL ? head.len + 1 : v->len;
    *v = (struct slice){v->ptr + gone, v->len - gone};
    return slice_trim(head);
}

/* The same, but a separator in quotes (RFC 8941, 3.3.3) separates nothing. */
static struct slice cut_member(struct slice *v, char separator)
{
    bool quoted = false;
    for (size_t i = 0; i < v->len; i++) {
        if (quoted && v->ptr[i] == '\\') {
            i++;
        } else if (v->ptr[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && v->ptr[i] == separator) {
            struct slice head = {v->ptr, i};
            *v = (struct slice){v->ptr + i + 1, v->len - i - 1};
            return slice_trim(head);
        }
    }
    struct slice all = *v;
    *v = (struct slice){v->ptr + v->len, 0};
    return slice_trim(all);
}

static int64_t read_count(struct slice v, int64_t now_ms)
{
    int64_t least = -1;
    (void)now_ms;
    while (v.len > 0) {
        int64_t n = decimal_number(cut_at(&v, ','), false);
        /* 1,000 may be a thousand */
        if (n < 0 || (v.len > 0 && v.ptr[0] != ' '))
            return -1;
        if (least < 0 || n < least)
            least = n;
    }
    return least;
}

/* `name=value`: is it called so?  Then v is the value. */
static bool is_parameter(struct slice *v, const char *name)
{
    struct slice rest = *v, called = cut_at(&rest, '=');
    if (!slice_equal(called, slice_of(name)))
        return false;
    *v = slice_trim(rest);
    return true;
}

static void put_policy(struct rate_facts *f, int64_t count, int64_t window_ns)
{
    if (f->window_ns < 0) {
        f->limit = count;
        f->window_ns = window_ns;
    } else if (f->n_more < RATE_POLICIES_MAX - 1) {
        f->more[f->n_more++] = (struct rate_policy){count, window_ns};
    }
}

/* One member of RateLimit-Policy; the whole policy or nothing of it. */
static void read_policy(struct rate_facts *f, struct slice policy)
{
    int64_t count = decimal_number(cut_member(&policy, ';'), false), seconds = -1;
    while (policy.len > 0) {
        struct slice parameter = cut_member(&policy, ';');
        if (is_parameter(&parameter, "q"))
            count = decimal_number(parameter, false);
        else if (is_parameter(&parameter, "w"))
            seconds = decimal_number(parameter, true);
        else if (is_parameter(&parameter, "qu") &&
                 !slice_equal(parameter, slice_of("\"requests\"")))
            return;
    }
    if (count > 0 && seconds > 0)
        put_policy(f, count, length_ns(seconds, CLOCK_NS_PER_S));
}

static int64_t length_or_none(int64_t seconds)
{
    return seconds < 0 ? -1 : length_ns(seconds, CLOCK_NS_PER_S);
}

/* One member of RateLimit in the newer form: what is left of a policy, and until when. */
static void read_left(struct rate_facts *f, struct slice member)
{
    int64_t left = -1, seconds = -1;
    cut_member(&member, ';');
    while (member.len > 0) {
        struct slice parameter = cut_member(&member, ';');
        if (is_parameter(&parameter, "r"))
            left = decimal_number(parameter, false);
        else if (is_parameter(&parameter, "t"))
            seconds = decimal_number(parameter, true);
    }
    if (left < 0 || (f->remaining >= 0 && f->reset_ns >= 0 && f->remaining <= left))
        return;
    f->remaining = left;
    f->reset_ns = length_or_none(seconds);
}

static void read_ratelimit(struct rate_facts *f, struct slice v)
{
    struct rate_facts read = RATE_FACTS_NONE;
    while (v.len > 0) {
        struct slice member = cut_member(&v, ',');
        if (is_parameter(&member, "remaining"))
            read.remaining = decimal_number(member, false);
        else if (is_parameter(&member, "reset"))
            read.reset_ns = length_or_none(decimal_number(member, true));
        else
            read_left(&read, member);
    }
    if (read.remaining < 0 && read.reset_ns < 0)
        return;
    f->remaining = read.remaining;
    f->reset_ns = read.reset_ns;
}

static const struct field {
    const char *name;
    int64_t (*read)(struct slice v, int64_t now_ms); /* -1: cannot be read */
    size_t fact;                                     /* its place in struct rate_facts */
    bool wins;                                       /* over an earlier field for the same fact */
} fields[] = {
    {"retry-after", read_time, offsetof(struct rate_facts, retry_after_ns), true},
    {"retry-after-ms", read_ms, offsetof(struct rate_facts, retry_after_ns), false},
    {"ratelimit-limit", read_count, offsetof(struct rate_facts, limit), true},
    {"ratelimit-remaining", read_count, offsetof(struct rate_facts, remaining), true},
    {"ratelimit-reset", read_time, offsetof(struct rate_facts, reset_ns), true},
    {"x-ratelimit-limit", read_count, offsetof(struct rate_facts, limit), false},
    {"x-ratelimit-remaining", read_count, offsetof(struct rate_facts, remaining), false},
    {"x-ratelimit-reset", read_time, offsetof(struct rate_facts, reset_ns), false},
    {"x-ratelimit-reset-after", read_time, offsetof(struct rate_facts, reset_ns), false},
};

static bool is_called(struct slice name, const char *field)
{
    return name.len == strlen(field) && strncasecmp(name.ptr, field, name.len) == 0;
}

void ratefields_read(struct rate_facts *f, struct slice name, struct slice value, int64_t wall_ms)
{
    value = slice_trim(value);
    if (is_called(name, "ratelimit-policy")) {
        while (value.len > 0)
            read_policy(f, cut_member(&value, ','));
        return;
    }
    if (is_called(name, "ratelimit")) {
        read_ratelimit(f, value);
        return;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (!is_called(name, fields[i].name))
            continue;
        int64_t *fact = (int64_t *)(void *)((char *)f + fields[i].fact);
        /* a policy has told the limit together with its window: they stay a pair */
        bool settled = fact == &f->limit && f->window_ns >= 0;
        int64_t read = fields[i].read(value, wall_ms);
        if (read >= 0 && !settled && (fields[i].wins || *fact < 0))
            *fact = read;
        return;
    }
}

/* The next line of a head as name and value, or false at its end.  A line without a colon has no
 * name.  Moves head. */
static bool next_field(struct slice *head, struct slice *name, struct slice *value)
{
    if (head->len == 0)
        return false;
    *value = cut_at(head, '\n');
    *name = memchr(value->ptr, ':', value->len) != NULL ? cut_at(value, ':') : slice_of("");
    *value = slice_trim(*value);
    return true;
}

void ratefields_read_head(struct rate_facts *f, struct slice head, int64_t wall_ms)
{
    struct slice name, value;
    /* a time of day is by the clock of whoever tells it */
    int64_t date_ms = ratefields_date(head);
    while (next_field(&head, &name, &value))
        ratefields_read(f, name, value, date_ms != 0 ? date_ms : wall_ms);
}

int64_t ratefields_date(struct slice head)
{
    struct slice name, value;
    while (next_field(&head, &name, &value)) {
        int64_t ms = is_called(name, "date") ? date_ms_of(value) : -1;
        if (ms > 0)
            return ms;
    }
    return 0;
}
