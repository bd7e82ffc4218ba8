/*
 * filldown: cells that an export leaves blank where they repeat those of the row above.
 *
 * Only in the columns that are named, and only within a group: rows one after the other whose group cell is
 * the same, or blank if the group's column is one of those filled.  Rows with a blank group otherwise are
 * in none: nothing is filled there.  Without a group's column: all rows are one.
 * Keeps the last values (bounded by the columns); one thread, rows in their order.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_FILLDOWN_H
#define CLAIMPIPE_POLICY_FILLDOWN_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILLDOWN_MAX 64 /* columns */

struct filldown {
    size_t columns[FILLDOWN_MAX];
    size_t n;
    size_t group; /* its column, or COLUMNS_NONE */
    struct text last[FILLDOWN_MAX];
    struct filldown_copy {
        const struct arena *arena;
        uint64_t resets; /* of the arena, when it was made */
        const char *text;
    } copies[FILLDOWN_MAX]; /* of last, for rows of the same arena */
    struct text last_group; /* of the row before */
    bool broken;            /* a damaged row stands between */
};

/* No columns yet: the caller puts them into columns, n and group. */
void filldown_init(struct filldown *f);
void filldown_release(struct filldown *f);
/* From the first row on again. */
void filldown_restart(struct filldown *f);
/* Fills the row's blank cells (those it has: n may be less than the columns), with copies in a, which rows
 * one after the other share.  -1: no memory. */
int filldown_row(struct filldown *f, struct slice *cells, size_t n, struct arena *a);
/* Instead for a damaged row: nothing is filled in from it, nor past it, unless it surely goes on with its
 * group (shifted: its cells may stand in other columns than theirs). */
void filldown_damaged(struct filldown *f, const struct slice *cells, size_t n, bool shifted);
/* The group that such a row may be of, if its own cell is blank; "". */
struct slice filldown_group(const struct filldown *f);

#endif
