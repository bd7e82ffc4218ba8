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

/* A length of time in units of unit_ns, brought into 0 .. RATEFIELDS_MAX_NS. */
static int64_t length_ns(int64_t n, int64_t unit_ns)
{
    if (n < 0)
        return 0;
    return n > RATEFIELDS_MAX_NS / unit_ns ? RATEFIELDS_MAX_NS : n * unit_ns;
}

/* The three forms of RFC 9110, 5.6.7: IMF-fixdate, RFC 850, asctime.  -1: none of them. */
static int64_t http_date_ms(struct slice v)
{
    static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT",
                                        "%a %b %d %H:%M:%S %Y"};
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

static int64_t read_retry_after(struct slice v, int64_t wall_ms)
{
    int64_t seconds = whole_number(v);
    if (seconds >= 0)
        return length_ns(seconds, CLOCK_NS_PER_S);
    int64_t date_ms = http_date_ms(v);
    return date_ms < 0 ? -1 : length_ns(date_ms - wall_ms, CLOCK_NS_PER_MS);
}

static int64_t read_reset(struct slice v, int64_t wall_ms)
{
    int64_t n = whole_number(v);
    if (n < 0)
        return -1;
    if (n > EPOCH_MS_MIN)
        return length_ns(n - wall_ms, CLOCK_NS_PER_MS);
    if (n > EPOCH_S_MIN)
        return length_ns(n * 1000 - wall_ms, CLOCK_NS_PER_MS);
    return length_ns(n, CLOCK_NS_PER_S);
}

static int64_t read_count(struct slice v, int64_t wall_ms)
{
    (void)wall_ms;
    return whole_number(v);
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

/* `1000;w=60`, perhaps with more parameters; the whole policy or nothing of it. */
static void read_policy(struct rate_facts *f, struct slice v)
{
    struct slice policy = cut_at(&v, ',');
    int64_t count = whole_number(cut_at(&policy, ';'));
    while (count > 0 && policy.len > 0) {
        struct slice parameter = cut_at(&policy, ';');
        struct slice name = cut_at(&parameter, '=');
        int64_t seconds = whole_number(slice_trim(parameter));
        if (slice_equal(name, slice_of("w")) && seconds > 0) {
            f->limit = count;
            f->window_ns = length_ns(seconds, CLOCK_NS_PER_S);
            return;
        }
    }
}

static const struct field {
    const char *name;
    int64_t (*read)(struct slice v, int64_t wall_ms); /* -1: cannot be read */
    size_t fact;                                      /* its place in struct rate_facts */
    bool wins;                                        /* over an earlier field for the same fact */
} fields[] = {
    {"retry-after", read_retry_after, offsetof(struct rate_facts, retry_after_ns), true},
    {"ratelimit-limit", read_count, offsetof(struct rate_facts, limit), true},
    {"ratelimit-remaining", read_count, offsetof(struct rate_facts, remaining), true},
    {"ratelimit-reset", read_reset, offsetof(struct rate_facts, reset_ns), true},
    {"x-ratelimit-limit", read_count, offsetof(struct rate_facts, limit), false},
    {"x-ratelimit-remaining", read_count, offsetof(struct rate_facts, remaining), false},
    {"x-ratelimit-reset", read_reset, offsetof(struct rate_facts, reset_ns), false},
};

static bool is_called(struct slice name, const char *field)
{
    return name.len == strlen(field) && strncasecmp(name.ptr, field, name.len) == 0;
}

void ratefields_read(struct rate_facts *f, struct slice name, struct slice value, int64_t wall_ms)
{
    value = slice_trim(value);
    if (is_called(name, "ratelimit-policy")) {
        read_policy(f, value);
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
    while (next_field(&head, &name, &value))
        ratefields_read(f, name, value, wall_ms);
}

int64_t ratefields_date(struct slice head)
{
    struct slice name, value;
    while (next_field(&head, &name, &value)) {
        int64_t ms = is_called(name, "date") ? http_date_ms(value) : -1;
        if (ms > 0)
            return ms;
    }
    return 0;
}
