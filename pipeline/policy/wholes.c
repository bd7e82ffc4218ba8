/* wholes: most cells are no numbers, and are told by their first byte. */
#include "policy/wholes.h"

#include "policy/cell.h"

#include <math.h>
#include <string.h>

#define EXCEL_DIGITS 15
#define SURE_ZEROS 3 /* by chance one id in a thousand ends so */
#define DIGITS_MAX 30
#define CHANCE_MAX 0.005

static size_t count_digits(struct slice s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
        n++;
    return n;
}

static void add_short(struct wholes *w, struct slice digits)
{
    w->any_short = true;
    w->uneven = w->uneven || digits.ptr[digits.len - 1] != '0';
}

/* Where Excel keeps none. */
static bool is_zeros(struct slice digits)
{
    for (size_t i = EXCEL_DIGITS; i < digits.len; i++)
        if (digits.ptr[i] != '0')
            return false;
    return true;
}

bool wholes_ends_in_zeros(struct slice number)
{
    size_t n = count_digits(number);

    return n > EXCEL_DIGITS && is_zeros((struct slice){number.ptr, n});
}

static void add_long(struct wholes *w, struct slice digits, uint64_t line)
{
    double chance = 1;

    if (digits.len > DIGITS_MAX)
        return;
    for (size_t i = EXCEL_DIGITS; i < digits.len; i++)
        chance /= 10;
    w->by_chance += chance;
    w->rows++;
    if (!is_zeros(digits)) {
        distinct_add(&w->exact, digits);
        return;
    }
    distinct_add(&w->zeros, (struct slice){digits.ptr, EXCEL_DIGITS});
    w->sure = w->sure || digits.len >= EXCEL_DIGITS + SURE_ZEROS;
    if (w->line)
        return;
    w->line = line;
    memcpy(w->shown, digits.ptr, digits.len);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void wholes_add(struct wholes *w, struct slice cell, uint64_t line)
{
    struct slice value, digits;

    /* Nothing more can be learned, as of nearly all. */
    if (w->other && (cell.len <= EXCEL_DIGITS || is_letter(cell.ptr[0])))
        return;
    value = cell_value(cell);
    digits = (struct slice){value.ptr, count_digits(value)};
    if (digits.len == 0) {
        w->other = w->other || !cell_is_nobody(value);
        return;
    }
    if (digits.len < value.len && cell_whole(value).len == value.len) {
        w->other = true;
        return;
    }
    if (digits.len > EXCEL_DIGITS)
        add_long(w, digits, line);
    else
        add_short(w, digits);
}

bool wholes_is_no_chance(double n, double m, double z)
{
    double p = m / n, q = z / n, log_chance = z * log(q / p);

    if (z < 2 || z < 2 * m)
        return false;
    if (z < n)
        log_chance += (n - z) * log((1 - q) / (1 - p));
    return -log_chance < log(CHANCE_MAX);
}

bool wholes_are_rounded(const struct wholes *w)
{
    double exact = distinct_count(&w->exact), zeros = distinct_count(&w->zeros), n = exact + zeros;

    if (zeros < 1)
        return false;
    if (exact < 1)
        return (w->sure || zeros >= 2) && (w->uneven || !w->any_short);
    return wholes_is_no_chance(n, n * w->by_chance / w->rows, zeros);
}

const char *wholes_that_end(const struct wholes *w)
{
    return w->exact.n == 0 ? "its long numbers all end" : "too many of its long numbers end";
}

struct slice wholes_value(const struct wholes *w, struct slice cell)
{
    return w && !w->other ? cell_whole(cell_value(cell)) : cell;
}
