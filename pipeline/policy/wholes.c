/* wholes: most cells are no numbers, and are told by their first byte. */
#include "policy/wholes.h"

#include "policy/cell.h"

#include <stdlib.h>
#include <string.h>

#define EXCEL_DIGITS 15
#define SURE_ZEROS 3 /* by chance one id in a thousand ends so */
#define DIGITS_MAX 30

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

static void add_long(struct wholes *w, struct slice digits, uint64_t line)
{
    char kept[EXCEL_DIGITS + 1];
    uint64_t value;

    for (size_t i = EXCEL_DIGITS; i < digits.len; i++)
        w->exact = w->exact || digits.ptr[i] != '0';
    if (w->exact || w->many || digits.len > DIGITS_MAX)
        return;
    memcpy(kept, digits.ptr, EXCEL_DIGITS);
    kept[EXCEL_DIGITS] = '\0';
    value = strtoull(kept, NULL, 10);
    w->many = digits.len >= EXCEL_DIGITS + SURE_ZEROS || (w->line && value != w->first);
    if (w->line)
        return;
    w->line = line;
    w->first = value;
    memcpy(w->shown, digits.ptr, digits.len);
}

void wholes_add(struct wholes *w, struct slice cell, uint64_t line)
{
    struct slice value, digits;

    if (w->other && (cell.len <= EXCEL_DIGITS || w->exact)) /* nothing more can be learned */
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

bool wholes_are_rounded(const struct wholes *w)
{
    return w->many && !w->exact && (w->uneven || !w->any_short);
}

struct slice wholes_value(const struct wholes *w, struct slice cell)
{
    return w && !w->other ? cell_whole(cell_value(cell)) : cell;
}
