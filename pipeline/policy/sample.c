/* sample: chooses rows spread over the file, the same ones each time. */
#include "policy/sample.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ROW_DIGITS_MAX 20

__extension__ typedef unsigned __int128 wide; /* a product of two numbers of rows */

/* A row's number of len bytes; 0: it is empty, as an open end is. */
static int read_row(const char *s, size_t len, uint64_t *out)
{
    char digits[ROW_DIGITS_MAX + 1];
    int64_t row = 0;
    if (len > ROW_DIGITS_MAX)
        return -1;
    memcpy(digits, s, len);
    digits[len] = '\0';
    if (len > 0 && number_int(digits, 1, INT64_MAX, &row) < 0)
        return -1;
    *out = (uint64_t)row;
    return 0;
}

int sample_read_rows(struct sample *s, const char *value)
{
    uint64_t first = 0, last = 0;
    size_t len = strcspn(value, "-");
    if (read_row(value, len, &first) < 0)
        return -1;
    if (value[len] == '\0')
        last = first;
    else if (read_row(value + len + 1, strlen(value + len + 1), &last) < 0)
        return -1;
    if ((first == 0 && last == 0) || (last > 0 && first > last))
        return -1;
    s->first = first;
    s->last = last;
    return 0;
}

/* How many of the first `rows` of `all` rows are among n chosen ones, each of which stands in the middle
 * of its n-th part. */
static uint64_t chosen(uint64_t rows, uint64_t all, uint64_t n)
{
    return (uint64_t)(((wide)2 * rows * n + all) / ((wide)2 * all));
}

/* Is it one of those that are spread over the rows first .. last? */
static bool is_chosen(const struct sample *s, uint64_t row, uint64_t total)
{
    uint64_t before = s->first > 0 ? s->first - 1 : 0;
    uint64_t end = s->last > 0 && s->last < total ? s->last : total;
    if (row <= before || row > end)
        return false;
    uint64_t all = end - before, at = row - before;
    uint64_t n = s->spread < all ? s->spread : all;
    return chosen(at, all, n) > chosen(at - 1, all, n);
}

static void say_outside(const struct sample *s, char why[SAMPLE_TEXT_MAX])
{
    char first[ROW_DIGITS_MAX + 1] = "", last[ROW_DIGITS_MAX + 1] = "";
    if (s->first > 0)
        (void)snprintf(first, sizeof(first), "%" PRIu64, s->first);
    if (s->last > 0)
        (void)snprintf(last, sizeof(last), "%" PRIu64, s->last);
    (void)snprintf(why, SAMPLE_TEXT_MAX, "outside --rows %s-%s", first, last);
}

bool sample_takes(const struct sample *s, uint64_t row, uint64_t total, char why[SAMPLE_TEXT_MAX])
{
    if (row < s->first || (s->last > 0 && row > s->last)) {
        say_outside(s, why);
        return false;
    }
    if (s->spread == 0 || is_chosen(s, row, total))
        return true;
    (void)snprintf(why, SAMPLE_TEXT_MAX, "not in --sample %" PRIu64, s->spread);
    return false;
}

bool sample_allows(const struct sample *s, uint64_t acted)
{
    return s->limit == 0 || acted < s->limit;
}
