/* cells: the tables' tests write a row as one line.  Include it after cmocka. */
#ifndef CLAIMPIPE_TESTS_UNIT_CELLS_H
#define CLAIMPIPE_TESTS_UNIT_CELLS_H

#include "base/text.h"

#define CELLS_MAX 16

/* The fields between bars; they borrow the line. */
static inline size_t cells_of(const char *line, size_t len, struct slice cells[CELLS_MAX])
{
    size_t n = 0;

    for (size_t at = 0, from = 0; at <= len; at++) {
        if (at < len && line[at] != '|')
            continue;
        assert_true(n < CELLS_MAX);
        cells[n++] = (struct slice){line + from, at - from};
        from = at + 1;
    }
    return n;
}

#endif
