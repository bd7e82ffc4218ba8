/* number: digits by hand, for strtol takes blanks, signs and the locale as well. */
#include "base/number.h"

#include "base/clock.h"

#include <stddef.h>
#include <string.h>

#define NUMBER_DURATION_MAX (INT64_C(366) * 86400 * CLOCK_NS_PER_S)
#define NUMBER_RATE_MAX INT64_C(1000000000)

struct unit {
    const char *name;
    int64_t ns;
};

static const struct unit units[] = {
    {"ms", CLOCK_NS_PER_MS},      {"s", CLOCK_NS_PER_S},         {"m", 60 * CLOCK_NS_PER_S},
    {"h", 3600 * CLOCK_NS_PER_S}, {"d", 86400 * CLOCK_NS_PER_S},
};

/* The unit that is the whole of name, in nanoseconds, or -1. */
static int64_t unit_ns(const char *name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(name, units[i].name) == 0)
            return units[i].ns;
    }
    return -1;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One or more digits, 0 .. max; returns what follows them, or NULL. */
static const char *digits(const char *s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (!is_digit(*s))
        return NULL;
    for (; is_digit(*s); s++) {
        uint64_t digit = (uint64_t)(*s - '0');
        if (digit > max || value > (max - digit) / 10)
            return NULL;
        value = value * 10 + digit;
    }
    *out = value;
    return s;
}

int number_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
    int negative = min < 0 && *s == '-';
    uint64_t magnitude = 0;
    const char *end = digits(s + negative, (uint64_t)INT64_MAX + (uint64_t)negative, &magnitude);
    if (!end || *end != '\0')
        return -1;
    int64_t value = 0;
    if (!negative)
        value = (int64_t)magnitude;
    else if (magnitude > 0) /* through -1, for INT64_MIN has no positive counterpart */
        value = -(int64_t)(magnitude - 1) - 1;
    if (value < min || value > max)
        return -1;
    *out = value;
    return 0;
}

int number_duration(const char *s, int64_t *out_ns)
{
    uint64_t whole = 0;
    const char *fraction = NULL;
    const char *end = digits(s, (uint64_t)NUMBER_DURATION_MAX, &whole);
    if (!end)
        return -1;
    if (*end == '.') {
        fraction = ++end;
        if (!is_digit(*end))
            return -1;
        while (is_digit(*end))
            end++;
    }
    int64_t unit = *end == '\0' ? CLOCK_NS_PER_S : unit_ns(end);
    if (unit < 0 || whole > (uint64_t)(NUMBER_DURATION_MAX / unit))
        return -1;
    int64_t ns = (int64_t)whole * unit;
    for (int64_t place = unit / 10; fraction && fraction < end && place > 0; place /= 10)
        ns += (*fraction++ - '0') * place;
    if (ns > NUMBER_DURATION_MAX)
        return -1;
    *out_ns = ns;
    return 0;
}

int number_rate(const char *s, int64_t *out_count, int64_t *out_window_ns)
{
    uint64_t count = 0;
    const char *slash = digits(s, (uint64_t)NUMBER_RATE_MAX, &count);
    if (!slash || count == 0 || *slash != '/')
        return -1;
    const char *window = slash + 1;
    int64_t ns = -1;
    if (!is_digit(*window)) {
        ns = unit_ns(window);
    } else {
        if (is_digit(window[strlen(window) - 1]) || number_duration(window, &ns) < 0)
            return -1;
    }
    if (ns <= 0)
        return -1;
    *out_count = (int64_t)count;
    *out_window_ns = ns;
    return 0;
}
