/* ratefields: a table of field names, each with the function that reads its value. */
#include "policy/ratefields.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
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
    size_t whole_len = point ? (size_t)(point - v.ptr) : v.len;
    int64_t n = whole_number((struct slice){v.ptr, whole_len});
    bool more = false;
    for (size_t i = whole_len + 1; i < v.len; i++) {
        if (v.ptr[i] < '0' || v.ptr[i] > '9')
            return -1;
        more = more || v.ptr[i] != '0';
    }
    /* a point ends nothing by itself */
    if (point && whole_len + 1 == v.len)
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
    if (v.len >= sizeof(date))
        return -1;
    memcpy(date, v.ptr, v.len);
    date[v.len] = '\0';
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm utc = {0};
        const char *end = strptime(date, forms[i], &utc);
        if (!end || *end != '\0')
            continue;
        int day = utc.tm_mday;
        time_t when = timegm(&utc);
        return utc.tm_mday == day ? (int64_t)when * 1000
                                  : -1; /* 31 February is 3 March to timegm */
    }
    return -1;
}

/* The part of v before the first separator; v becomes what follows it. */
static struct slice cut_at(struct slice *v, char separator)
{
    const char *at = v->len > 0 ? memchr(v->ptr, separator, v->len) : NULL;
    struct slice head = {v->ptr, at ? (size_t)(at - v->ptr) : v->len};
    size_t gone = at ? head.len + 1 : v->len;
    *v = (struct slice){v->ptr + gone, v->len - gone};
    return slice_trim(head);
}

/* Is the comma that follows these words, and is followed by rest, the one of an HTTP-date? */
static bool is_in_date(struct slice words, struct slice rest)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "day"};
    rest = slice_trim(rest);
    if (words.len < 3 || rest.len == 0 || rest.ptr[0] < '0' || rest.ptr[0] > '9')
        return false;
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        if (memcmp(words.ptr + words.len - 3, days[i], 3) == 0)
            return true;
    return false;
}

/* The same, but a separator in a date or in quotes (RFC 8941, 3.3.3) separates nothing. */
static struct slice cut_member(struct slice *v, char separator)
{
    bool quoted = false;
    for (size_t i = 0; i < v->len; i++) {
        if (quoted && v->ptr[i] == '\\') {
            i++;
        } else if (v->ptr[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && v->ptr[i] == separator) {
            struct slice head = {v->ptr, i}, rest = {v->ptr + i + 1, v->len - i - 1};
            if (separator == ',' && is_in_date(head, rest))
                continue;
            *v = rest;
            return slice_trim(head);
        }
    }
    struct slice all = *v;
    *v = (struct slice){v->ptr + v->len, 0};
    return slice_trim(all);
}

static struct slice unquoted(struct slice v)
{
    if (v.len < 2 || v.ptr[0] != '"' || v.ptr[v.len - 1] != '"')
        return v;
    return slice_trim((struct slice){v.ptr + 1, v.len - 2});
}

/* What follows a comma: 1,000 may be a thousand. */
static bool is_thousands(struct slice rest)
{
    size_t digits = 0;
    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
        digits++;
    return digits == 3;
}

/* How long from now_ms until a time in any of its forms. */
static int64_t read_one_time(struct slice v, int64_t now_ms)
{
    if (v.len > 0 && v.ptr[0] == '@') /* RFC 9651, 3.3.7 */
        v = (struct slice){v.ptr + 1, v.len - 1};
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

/* Of several times the longest. */
static int64_t read_time(struct slice v, int64_t now_ms)
{
    int64_t longest = -1;
    while (v.len > 0) {
        int64_t ns = read_one_time(unquoted(cut_member(&v, ',')), now_ms);
        if (is_thousands(v))
            return -1;
        longest = ns > longest ? ns : longest;
    }
    return longest;
}

static int64_t read_ms(struct slice v, int64_t now_ms)
{
    int64_t n = decimal_number(v, true);
    (void)now_ms;
    return n < 0 ? -1 : length_ns(n, CLOCK_NS_PER_MS);
}

static int64_t read_count(struct slice v, int64_t now_ms)
{
    int64_t least = -1;
    (void)now_ms;
    while (v.len > 0) {
        int64_t n = decimal_number(unquoted(cut_member(&v, ',')), false);
        if (n < 0 || is_thousands(v))
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
    if (!slice_is(called, name))
        return false;
    *v = unquoted(slice_trim(rest));
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
        else if (is_parameter(&parameter, "qu") && !slice_equal(parameter, slice_of("requests")))
            return;
    }
    if (count > 0 && seconds > 0)
        put_policy(f, count, length_ns(seconds, CLOCK_NS_PER_S));
}

/* What is left of a policy, and until when.  -1: not known. */
struct left {
    int64_t n, reset_ns;
};

#define LEFT_UNKNOWN                                                                               \
    (struct left)                                                                                  \
    {                                                                                              \
        -1, -1                                                                                     \
    }

/* One that can be waited for comes first, then the one with the fewest left, then the longest. */
static bool is_nearer(struct left a, struct left b)
{
    if ((a.reset_ns < 0) != (b.reset_ns < 0))
        return a.reset_ns >= 0;
    if ((a.n < 0) != (b.n < 0))
        return a.n >= 0;
    return a.n != b.n ? a.n < b.n : a.reset_ns > b.reset_ns;
}

static void take_nearer(struct left *l, struct left other)
{
    if (is_nearer(other, *l))
        *l = other;
}

/* One member of RateLimit.  True: in the form of draft 7, where each tells one thing; else it is all of
 * one policy. */
static bool read_left(struct left *l, struct slice member, int64_t now_ms)
{
    struct slice first = cut_member(&member, ';'), parameter = first;
    bool is_named = !memchr(first.ptr, '=', first.len) || first.ptr[0] == '"';
    for (;;) {
        if (is_parameter(&parameter, "r") || is_parameter(&parameter, "remaining"))
            l->n = decimal_number(parameter, false);
        else if (is_parameter(&parameter, "t") || is_parameter(&parameter, "reset"))
            l->reset_ns = read_one_time(parameter, now_ms);
        if (member.len == 0)
            return !is_named;
        parameter = cut_member(&member, ';');
    }
}

static void read_ratelimit(struct left *l, struct slice v, int64_t now_ms)
{
    struct left draft7 = LEFT_UNKNOWN;
    while (v.len > 0) {
        struct left one = LEFT_UNKNOWN;
        if (!read_left(&one, cut_member(&v, ','), now_ms)) {
            take_nearer(l, one);
            continue;
        }
        /* said again: lines that a proxy has joined */
        if ((one.n >= 0 && draft7.n >= 0) || (one.reset_ns >= 0 && draft7.reset_ns >= 0)) {
            take_nearer(l, draft7);
            draft7 = LEFT_UNKNOWN;
        }
        draft7.n = one.n >= 0 ? one.n : draft7.n;
        draft7.reset_ns = one.reset_ns >= 0 ? one.reset_ns : draft7.reset_ns;
    }
    take_nearer(l, draft7);
}

/* Who is believed, the last one most. */
enum { RANK_X, RANK_PLAIN, N_RANKS };

static const struct field {
    const char *name;
    int64_t (*read)(struct slice v, int64_t now_ms); /* -1: cannot be read */
    size_t fact;                                     /* its place in struct rate_facts */
    int rank;
} fields[] = {
    {"retry-after", read_time, offsetof(struct rate_facts, retry_after_ns), RANK_PLAIN},
    {"retry-after-ms", read_ms, offsetof(struct rate_facts, retry_after_ns), RANK_X},
    {"ratelimit-limit", read_count, offsetof(struct rate_facts, limit), RANK_PLAIN},
    {"ratelimit-remaining", read_count, offsetof(struct rate_facts, remaining), RANK_PLAIN},
    {"ratelimit-reset", read_time, offsetof(struct rate_facts, reset_ns), RANK_PLAIN},
    {"x-ratelimit-limit", read_count, offsetof(struct rate_facts, limit), RANK_X},
    {"x-ratelimit-remaining", read_count, offsetof(struct rate_facts, remaining), RANK_X},
    {"x-ratelimit-reset", read_time, offsetof(struct rate_facts, reset_ns), RANK_X},
    {"x-ratelimit-reset-after", read_time, offsetof(struct rate_facts, reset_ns), RANK_X},
};

/* What a head says, whatever the order of its fields. */
struct said {
    struct rate_facts by_rank[N_RANKS];
    struct left left; /* of RateLimit */
};

static int64_t *fact_of(struct rate_facts *f, size_t fact)
{
    return (int64_t *)(void *)((char *)f + fact);
}

static void take_known(int64_t *fact, int64_t read)
{
    *fact = read >= 0 ? read : *fact;
}

/* Of several lines the longest time and the smallest count, as of a list. */
static void read_field(struct said *s, struct slice name, struct slice value, int64_t now_ms)
{
    if (slice_is(name, "ratelimit"))
        read_ratelimit(&s->left, value, now_ms);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!slice_is(name, fields[i].name))
            continue;
        int64_t *fact = fact_of(&s->by_rank[fields[i].rank], fields[i].fact);
        int64_t read = fields[i].read(value, now_ms);
        if (read >= 0 && (*fact < 0 || (fields[i].read == read_count) == (read < *fact)))
            *fact = read;
    }
}

static void put_said(struct rate_facts *f, struct said *s)
{
    for (int rank = 0; rank < N_RANKS; rank++) {
        struct rate_facts *by = &s->by_rank[rank];
        take_known(&f->retry_after_ns, by->retry_after_ns);
        take_known(&f->remaining, by->remaining);
        take_known(&f->reset_ns, by->reset_ns);
        /* a policy has told the limit together with its window: they stay a pair */
        if (f->window_ns < 0)
            take_known(&f->limit, by->limit);
    }
    take_known(&f->remaining, s->left.n);
    take_known(&f->reset_ns, s->left.reset_ns);
}

/* The next line of a head as name and value, or false at its end.  A line without a colon has no
 * name.  Moves head. */
static bool next_field(struct slice *head, struct slice *name, struct slice *value)
{
    if (head->len == 0)
        return false;
    *value = cut_at(head, '\n');
    *name = memchr(value->ptr, ':', value->len) ? cut_at(value, ':') : slice_of("");
    *value = slice_trim(*value);
    return true;
}

void ratefields_read_head(struct rate_facts *f, struct slice head, int64_t wall_ms)
{
    struct slice name, value;
    struct said said = {{RATE_FACTS_NONE, RATE_FACTS_NONE}, LEFT_UNKNOWN};
    /* a time of day is by the clock of whoever tells it */
    int64_t date_ms = ratefields_date(head);
    while (next_field(&head, &name, &value)) {
        if (slice_is(name, "ratelimit-policy"))
            while (value.len > 0)
                read_policy(f, cut_member(&value, ','));
        else
            read_field(&said, name, value, date_ms != 0 ? date_ms : wall_ms);
    }
    put_said(f, &said);
}

int64_t ratefields_date(struct slice head)
{
    struct slice name, value;
    while (next_field(&head, &name, &value)) {
        int64_t ms = slice_is(name, "date") ? date_ms_of(value) : -1;
        if (ms > 0)
            return ms;
    }
    return 0;
}
