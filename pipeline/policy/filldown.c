/* filldown: keeps the last value of each column that is filled, and forgets them where a group ends. */
#include "policy/filldown.h"

#include "policy/columns.h"

#include <assert.h>
#include <stdbool.h>

void filldown_init(struct filldown *f)
{
    f->n = 0;
    f->group = COLUMNS_NONE;
    for (size_t i = 0; i < FILLDOWN_MAX; i++) {
        text_init(&f->last[i]);
        f->copies[i].arena = NULL;
    }
    text_init(&f->last_group);
    f->broken = false;
}

void filldown_release(struct filldown *f)
{
    for (size_t i = 0; i < FILLDOWN_MAX; i++)
        text_release(&f->last[i]);
    text_release(&f->last_group);
}

static void forget(struct filldown *f)
{
    for (size_t i = 0; i < f->n; i++) {
        text_clear(&f->last[i]);
        f->copies[i].arena = NULL;
    }
}

void filldown_restart(struct filldown *f)
{
    forget(f);
    text_clear(&f->last_group);
    f->broken = false;
}

static bool fills_group(const struct filldown *f)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->columns[i] == f->group)
            return true;
    }
    return false;
}

/* Is the row in the group of the one before?  Keeps its group. */
static bool goes_on(struct filldown *f, const struct slice *cells, size_t n)
{
    if (f->group == COLUMNS_NONE)
        return true;
    struct slice group = {"", 0}, last = {f->last_group.ptr, f->last_group.len};
    if (f->group < n)
        group = slice_trim(cells[f->group]);
    if (group.len == 0 && fills_group(f))
        return last.len > 0;
    if (group.len > 0 && slice_equal(group, last))
        return true;
    text_clear(&f->last_group);
    text_append(&f->last_group, group.ptr, group.len);
    return false;
}

/* The cell becomes the last value of its column, or the last value the cell. */
static int fill(struct text *last, struct filldown_copy *copy, struct slice *cell, struct arena *a)
{
    assert(a);
    if (slice_trim(*cell).len > 0) {
        copy->arena = NULL;
        text_reset(last);
        text_append(last, cell->ptr, cell->len);
        return text_ok(last) ? 0 : -1;
    }
    if (last->len == 0)
        return 0;
    if (copy->arena != a || copy->resets != a->resets)
        *copy = (struct filldown_copy){a, a->resets, arena_copy(a, last->ptr, last->len)};
    if (!copy->text) {
        copy->arena = NULL;
        return -1;
    }
    *cell = (struct slice){copy->text, last->len};
    return 0;
}

int filldown_row(struct filldown *f, struct slice *cells, size_t n, struct arena *a)
{
    if (f->broken)
        filldown_restart(f);
    if (!goes_on(f, cells, n))
        forget(f);
    if (!text_ok(&f->last_group))
        return -1;
    for (size_t i = 0; i < f->n; i++) {
        if (f->columns[i] < n && fill(&f->last[i], &f->copies[i], &cells[f->columns[i]], a) < 0)
            return -1;
    }
    return 0;
}

struct slice filldown_group(const struct filldown *f)
{
    return fills_group(f) && f->last_group.len > 0
               ? (struct slice){f->last_group.ptr, f->last_group.len}
               : (struct slice){"", 0};
}

void filldown_damaged(struct filldown *f, const struct slice *cells, size_t n, bool shifted)
{
    struct slice group = {"", 0}, last = {f->last_group.ptr, f->last_group.len};
    if (f->group < n)
        group = slice_trim(cells[f->group]);
    bool goes_on = group.len == 0 ? fills_group(f) : slice_equal(group, last);
    if (shifted || last.len == 0 || !goes_on)
        f->broken = true;
}
