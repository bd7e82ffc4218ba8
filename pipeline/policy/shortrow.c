/*
 * shortrow: tells a row that lacks its last cells because they are empty from one that was cut.
 *
 * One row alone can't tell: its neighbours and what each column holds do.
 */
#include "policy/shortrow.h"

#define OTHERS_SHARE                                                                               \
    64 /* the more rows, the more of them are damaged: one in so many more is asked for */
#define OTHERS_MOST 16 /* so many Excel writes at once */

size_t shortrow_end(const struct slice *cells, size_t n)
{
    while (n > 0 && slice_trim(cells[n - 1]).len == 0)
        n--;
    return n;
}

void shortrow_learn(struct shortrow *s, const struct slice *cells, size_t n)
{
    size_t end = shortrow_end(cells, n);

    s->rows++;
    s->ends[end < SHORTROW_COLUMNS ? end : SHORTROW_COLUMNS]++;
}

/* Is that usual: do so many end there or before, itself included, or all? */
static bool others_end(const struct shortrow *s, size_t n)
{
    uint64_t count = 0, least = 2 + s->rows / OTHERS_SHARE;

    for (size_t i = 0; i <= n; i++)
        count += s->ends[i];
    return count == s->rows || count >= (least < OTHERS_MOST ? least : OTHERS_MOST);
}

bool shortrow_is_whole(const struct shortrow *s, const struct shift *columns,
                       const struct slice *cells, size_t n, bool under_filled)
{
    size_t filled = 0;
    enum shift_holds most = SHIFT_NOTHING;

    if (n == 0 || n >= SHORTROW_COLUMNS || !others_end(s, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        enum shift_holds known = SHIFT_NOTHING;

        if (!shift_fits(columns, cells[i], i, &known))
            return false;
        filled += slice_trim(cells[i]).len > 0;
        most = known > most ? known : most;
    }
    return filled > 1 ? most >= SHIFT_VALUE : most >= SHIFT_EMAIL && !under_filled;
}
