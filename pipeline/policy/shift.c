/*
 * shift: tells whether a row's cells stand in other columns than theirs.
 *
 * Nearly all rows are told by the first bytes of a few cells, and no more is looked at: each row of an input is asked
 * about.
 */
#include "policy/shift.h"

#include "policy/kind.h"

#include <string.h>
#include <strings.h>

#define FEW 8        /* cells, of which two in three must agree; of more nine in ten */
#define ROWS_LEAST 2 /* before anything is known */
#define SPARSE 20    /* a column with something in one of so many rows holds nothing */
#define CONTRADICTIONS 2

/* A row, and what its cells hold. */
struct seen {
    enum shift_holds cells[SHIFT_COLUMNS + 1]; /* the last one: nothing */
};

static struct slice cell_at(const struct slice *cells, size_t n, size_t i)
{
    return i < n ? slice_trim(cells[i]) : (struct slice){"", 0};
}

static enum shift_holds holds(struct slice cell)
{
    switch (kind_of(cell)) {
    case KIND_NOTHING:
        return SHIFT_NOTHING;
    case KIND_NAME:
        return SHIFT_TEXT;
    case KIND_VALUE:
        return SHIFT_VALUE;
    case KIND_ACCOUNT:
        break;
    }
    return memchr(cell.ptr, '@', cell.len) ? SHIFT_EMAIL : SHIFT_ADDRESS;
}

static bool begins_blank(struct slice cell)
{
    return cell.len > 1 && *cell.ptr == ' ' && slice_trim(cell).len > 0;
}

/* ---- What columns hold ---- */

void shift_learn(struct shift *s, const struct slice *cells, size_t n, size_t columns)
{
    bool blank = false;

    if (s->rows == SHIFT_ROWS)
        return;
    s->columns = columns < SHIFT_COLUMNS ? columns : SHIFT_COLUMNS;
    for (size_t i = 0; i < s->columns && i < n; i++) {
        s->counts[i][holds(slice_trim(cells[i]))]++;
        blank = blank || begins_blank(cells[i]);
    }
    s->rows++;
    s->blanks += blank;
}

static uint8_t know(const struct shift *s, const uint8_t counts[SHIFT_KINDS])
{
    size_t filled = 0, best = SHIFT_TEXT;

    for (size_t k = SHIFT_TEXT; k < SHIFT_KINDS; k++) {
        filled += counts[k];
        best = counts[k] > counts[best] ? k : best;
    }
    if (s->rows > ROWS_LEAST && (filled <= 1 || SPARSE * filled <= s->rows))
        return SHIFT_NOTHING;
    if (filled < ROWS_LEAST)
        return SHIFT_KINDS;
    size_t most = counts[best];
    bool agree = filled <= FEW ? 3 * most >= 2 * filled : 10 * most >= 9 * filled;
    return (uint8_t)(agree ? best : SHIFT_KINDS);
}

void shift_know(struct shift *s)
{
    for (size_t i = 0; i < s->columns; i++)
        s->holds[i] = know(s, s->counts[i]);
}

/* ---- Contradictions ---- */

/* Could the column hold it, by a look at its first bytes? */
static bool may_hold(uint8_t column, struct slice cell)
{
    if (cell.len == 0)
        return true;
    switch (column) {
    case SHIFT_NOTHING:
        return false;
    case SHIFT_VALUE:
        return *cell.ptr <= '9';
    case SHIFT_EMAIL:
        return memchr(cell.ptr, '@', cell.len) != NULL;
    case SHIFT_ADDRESS:
        return cell.len > 3 &&
               (strncasecmp(cell.ptr, "0x", 2) == 0 || strncasecmp(cell.ptr, "bb1", 3) == 0);
    default:
        return true;
    }
}

static bool is_plain(const struct shift *s, const struct slice *cells, size_t n)
{
    size_t i = 0;

    while (i < s->columns && i < n && may_hold(s->holds[i], slice_trim(cells[i])))
        i++;
    return i == s->columns || i >= n;
}

static bool contradicts(uint8_t column, enum shift_holds cell)
{
    return column != SHIFT_KINDS && cell != SHIFT_NOTHING && cell != column;
}

/* How many of the columns from..to contradict the cells that stand `by` further right.  *gained: some hold a
 * value or an account as they should. */
static size_t count_contradictions(const struct shift *s, const struct seen *row, size_t from,
                                   size_t to, int by, bool *gained)
{
    size_t count = 0;

    for (size_t i = from; i < to; i++) {
        enum shift_holds cell = row->cells[(size_t)((int)i + by)];
        count += contradicts(s->holds[i], cell);
        *gained = *gained || (s->holds[i] == cell && cell > SHIFT_TEXT);
    }
    return count;
}

static bool holds_account(const struct shift *s, const struct seen *row, size_t from, size_t to,
                          int by)
{
    size_t i = from;

    while (i < to &&
           !(s->holds[i] >= SHIFT_EMAIL && s->holds[i] < SHIFT_KINDS &&
             row->cells[(size_t)((int)i + by)] == s->holds[i] && row->cells[i] != s->holds[i]))
        i++;
    return i < to;
}

/* ---- Explanations ---- */

/* Cells at - 1 and at are one, in the column of the first. */
static bool can_be_one(const struct shift *s, const struct seen *row, size_t at)
{
    uint8_t column = s->holds[at - 1];

    if (column == SHIFT_NOTHING)
        return false;
    if (column == SHIFT_TEXT || column == SHIFT_KINDS)
        return row->cells[at - 1] != SHIFT_NOTHING && row->cells[at] != SHIFT_NOTHING;
    return row->cells[at - 1] == column && row->cells[at] == column;
}

static bool is_too_far_right(const struct shift *s, const struct seen *row,
                             const struct slice *cells, size_t at, size_t count)
{
    bool gained = false, ignored = false;

    if (!can_be_one(s, row, at) || count_contradictions(s, row, 0, at - 1, 0, &ignored) > 0 ||
        count_contradictions(s, row, at, s->columns, 1, &gained) > 0 || !gained)
        return false;
    return count >= CONTRADICTIONS || holds_account(s, row, at, s->columns, 1) ||
           (begins_blank(cells[at]) && 2 * s->blanks < s->rows);
}

static bool is_too_far_left(const struct shift *s, const struct seen *row, size_t at, size_t count)
{
    bool gained = false, ignored = false;

    return row->cells[s->columns - 1] == SHIFT_NOTHING && count >= CONTRADICTIONS &&
           count_contradictions(s, row, 0, at, 0, &ignored) == 0 &&
           count_contradictions(s, row, at + 1, s->columns, -1, &gained) == 0 && gained;
}

/* A grade that is a word beside a comment that is a number is nothing odd. */
static bool is_exchanged(const struct shift *s, const struct seen *row, size_t at, size_t count)
{
    uint8_t a = s->holds[at], b = s->holds[at + 1];
    bool account = (a >= SHIFT_EMAIL && a < SHIFT_KINDS) || (b >= SHIFT_EMAIL && b < SHIFT_KINDS);

    return count == 2 && (at == 0 || account) && a != SHIFT_NOTHING && b != SHIFT_NOTHING &&
           a != b && row->cells[at] == b && row->cells[at + 1] == a;
}

static bool is_explained(const struct shift *s, const struct seen *row, const struct slice *cells,
                         size_t n, size_t count)
{
    for (size_t at = 0; at < s->columns; at++) {
        if (at > 0 && at < n && is_too_far_right(s, row, cells, at, count))
            return true;
        if (is_too_far_left(s, row, at, count) ||
            (at + 1 < s->columns && is_exchanged(s, row, at, count)))
            return true;
    }
    return false;
}

bool shift_look(const struct shift *s, const struct slice *cells, size_t n, size_t *column)
{
    struct seen row;
    bool ignored = false;

    if (s->rows <= ROWS_LEAST || s->columns < 2 || is_plain(s, cells, n))
        return false;
    for (size_t i = 0; i <= SHIFT_COLUMNS; i++)
        row.cells[i] = i < n && i < s->columns ? holds(cell_at(cells, n, i)) : SHIFT_NOTHING;
    size_t count = count_contradictions(s, &row, 0, s->columns, 0, &ignored);
    if (count == 0 || !is_explained(s, &row, cells, n, count))
        return false;
    *column = 0;
    while (!contradicts(s->holds[*column], row.cells[*column]))
        (*column)++;
    return true;
}

/* ---- Single cells ---- */

bool shift_fits(const struct shift *s, struct slice cell, size_t i, enum shift_holds *known)
{
    enum shift_holds cell_holds = holds(slice_trim(cell));
    uint8_t column = i < s->columns ? s->holds[i] : SHIFT_KINDS;
    bool open = column == SHIFT_KINDS || column == SHIFT_NOTHING;

    *known = SHIFT_NOTHING;
    if (begins_blank(cell) && 2 * s->blanks < s->rows)
        return false;
    if (open ? cell_holds >= SHIFT_EMAIL : cell_holds == column && column > SHIFT_TEXT)
        *known = cell_holds;
    return open || !contradicts(column, cell_holds);
}
