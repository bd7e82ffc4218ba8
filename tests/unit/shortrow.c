/* shortrow: rows that lack cells which would be empty, and rows that are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cells.h"
#include "policy/shortrow.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ADDRESS "0x9a742d6bc1cdca57ed31fa7ffbe834c5b73fc996"

/* Is the last line a whole row, of a table of so many columns? */
static bool look(const char *rows, size_t columns, uint64_t times)
{
    struct shift shift = {0};
    struct shortrow s = {0};
    struct slice cells[CELLS_MAX];
    size_t n = 0;
    bool filled = false, under_filled = false;

    for (const char *at = rows; *at != '\0'; at += *at == '\n') {
        size_t len = strcspn(at, "\n");
        n = cells_of(at, len, cells);
        at += len;
        for (uint64_t i = 0; i < (*at == '\n' ? times : 1); i++) {
            shift_learn(&shift, cells, n, columns);
            shortrow_learn(&s, cells, n);
        }
        under_filled = filled;
        filled = shortrow_end(cells, n) >= columns;
    }
    shift_know(&shift);
    return shortrow_is_whole(&s, &shift, cells, n, under_filled);
}

static void test_rows(void **state)
{
    static const struct {
        size_t columns;
        const char *rows;
        bool want;
    } cases[] = {
        /* others end there */
        {3, "Ann|a@x.org|\nBob|b@x.org|hi\nCid|c@x.org", true},
        {3, "Ann|a@x.org\nBob|b@x.org\nCid|c@x.org", true},
        {3, "Ann|a@x.org", true},
        {3, "Ann|a@x.org|+43 1\nBob|b@x.org\nCid|c@x.org|\nDan|d@x.org", true},
        {5, "Ann|a@x.org|||\nBob|b@x.org|20||\nCid|c@x.org|||x\nDan|d@x.org|20", true},
        {3, "Ann|" ADDRESS "|\nBob|" ADDRESS "|x\nCid|" ADDRESS, true},
        {3, "17|Ann|\n18|Bob|x\n19|Cid", true},
        {2, "a@x.org|\nb@x.org|\nc@x.org", true},
        {4, "Ann|a@x.org||\nBob|b@x.org||\nCid|c@x.org||x\nDan|d@x.org|rare", true},
        /* they do not */
        {3, "Ann|a@x.org|ho\nBob|b@x.org|hi\nCid|c@x.org", false},
        {4, "Ann|a@x.org||1\nBob|b@x.org||2\nCid|c@x.org|", false},
        /* the rest of a cell, or a row whose cells stand elsewhere */
        {3, "Ann|a@x.org|\nBob|b@x.org|hello\nworld", false},
        {3, "Ann|a@x.org|\nBob|b@x.org|hello\nworld|again", false},
        {3, "a@x.org|Ann|\nb@x.org|Bob|hello\nworld", false},
        {3, "ann|Ann|\nbob|Bob|\ncid|Cid|hello\nworld|again", false},
        {3, "17|Ann|\n18|Bob|\n19|Cid|room\n20", false},
        {2, "a@x.org|\nb@x.org|\nc@x.org|or\nd@x.org", false},
        {4, "Ann|a@x.org||\nBob|b@x.org||\nSmith| Bob|c@x.org", false},
        {4, "Ann|a@x.org||\nBob|b@x.org||\nc@x.org|Cid", false},
        {4, "Ann|a@x.org||\nBob|b@x.org||\n Cid|c@x.org", false},
        {3, "Ann|a@x.org|\nBob|b@x.org|\n|", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (look(cases[i].rows, cases[i].columns, 1) != cases[i].want)
            fail_msg("%s", cases[i].rows);
}

/* Of many rows more must end there. */
static void test_many_rows(void **state)
{
    (void)state;
    assert_false(look("Ann|a@x.org|hi\nBob|b@x.org", 3, 600));
    assert_true(look("Ann|a@x.org|hi\nAnn|a@x.org|\nBob|b@x.org", 3, 600));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_many_rows)};

    return cmocka_run_group_tests_name("shortrow", tests, NULL, NULL);
}
