#include "policy/problem.h"

#include <ctype.h>
#include <string.h>

bool problem_fails(enum problem_fail on, const struct problem_counts *n)
{
    switch (on) {
    case PROBLEM_FAIL_NEW:
        return n->fresh > 0 || n->unfinished > 0;
    case PROBLEM_FAIL_ANY:
        return n->all > 0 || n->unfinished > 0;
    case PROBLEM_FAIL_NONE:
        break;
    }
    return false;
}

/* Does a number that is about to follow say where or when something was? */
static bool is_place(const struct text *before)
{
    static const char *const words[] = {"line ", "lines ", "row ", "rows ", "run ", "runs "};
    const struct slice s = {before->ptr, before->len};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_ends(s, words[i]))
            return true;
    return false;
}

void problem_append_reason(struct text *out, const char *why)
{
    while (*why) {
        size_t digits = strspn(why, "0123456789");

        if (digits > 0 && is_place(out))
            text_puts(out, "0");
        else
            text_append(out, why, digits > 0 ? digits : 1);
        why += digits > 0 ? digits : 1;
    }
}

/* ---- kinds of input ---- */

/* What a letter of a pattern stands for: so many digits, and a number in this range. */
struct part {
    char letter;
    size_t least, most;
    unsigned low, high;
};

static const struct part parts[] = {
    {'Y', 4, 4, 1900, 2099}, {'M', 1, 2, 1, 12}, {'D', 1, 2, 1, 31},
    {'m', 2, 2, 1, 12},      {'d', 2, 2, 1, 31}, {'H', 1, 2, 0, 23},
    {'h', 2, 2, 0, 23},      {'i', 2, 2, 0, 59}, {'f', 3, 3, 0, 999},
};

/* The length of the number that s begins with, or 0: it is none of this kind. */
static size_t match_part(const char *s, const struct part *p)
{
    size_t digits = strspn(s, "0123456789");
    unsigned n = 0;

    digits = digits < p->most ? digits : p->most;
    for (size_t i = 0; i < digits; i++)
        n = n * 10 + (unsigned)(s[i] - '0');
    return digits >= p->least && n >= p->low && n <= p->high ? digits : 0;
}

/* Likewise of all that the pattern says; `-` is any mark that may stand between numbers. */
static size_t match(const char *s, const char *pattern)
{
    const char *at = s;

    for (; *pattern; pattern++) {
        const struct part *p = parts;
        size_t len;

        if (*pattern == '-') {
            len = *at && strchr("-_.:", *at) ? 1 : 0;
        } else {
            while (p->letter != *pattern)
                p++;
            len = match_part(at, p);
        }
        if (len == 0)
            return 0;
        at += len;
    }
    return (size_t)(at - s);
}

/* The length of the time of day that s begins with, and of what parts it from the date before it; or 0. */
static size_t match_time(const char *s)
{
    static const char *const times[] = {"H-i-i-f", "H-i-i", "H-i", "hiif", "hii", "hi"};
    size_t gap = *s && strchr("Tt_-. ", *s) ? 1 : 0, len;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if ((len = match(s + gap, times[i])) > 0 && !isdigit((unsigned char)s[gap + len]))
            return gap + len;
    return 0;
}

static size_t match_date(const char *s)
{
    static const char *const dates[] = {"Y-M-D", "Ymd", "D-M-Y", "M-D-Y"};

    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        size_t len = match(s, dates[i]), time = len > 0 ? match_time(s + len) : 0;

        if (len > 0 && (time > 0 || !isdigit((unsigned char)s[len])))
            return len + time;
    }
    return 0;
}

/* Of ` (1)`, or `(1)`, as the last of a name but for its endings; or 0. */
static size_t match_copy(const char *s)
{
    size_t open = *s == ' ' ? 1 : 0, digits;

    if (s[open] != '(' || s[open + 1] == '0')
        return 0;
    digits = strspn(s + open + 1, "0123456789");
    s += open + 1 + digits;
    return digits > 0 && digits <= 2 && *s == ')' && (s[1] == '.' || !s[1]) ? open + digits + 2 : 0;
}

void problem_append_kind(struct text *out, const char *path)
{
    for (const char *at = path; *at;) {
        size_t digits = strspn(at, "0123456789"), len;

        if (digits > 0 && (len = match_date(at)) > 0) {
            text_puts(out, "*");
        } else if ((len = match_copy(at)) == 0) {
            len = digits > 0 ? digits : 1;
            text_append(out, at, len);
        }
        at += len;
    }
}
