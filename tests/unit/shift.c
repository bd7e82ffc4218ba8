/* shift: rows whose cells stand in other columns than theirs, and rows that are only odd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cells.h"
#include "policy/shift.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NONE SIZE_MAX

/* The first column that holds what is another's, of the row after the others; or NONE. */
static size_t look(const char *above, const char *row)
{
    struct shift s = {0};
    struct slice cells[CELLS_MAX];
    size_t columns = cells_of(above, strcspn(above, "\n"), cells), column = NONE;
    const char *all[] = {above, row};
    for (size_t i = 0; i < COUNT(all); i++) {
        for (const char *at = all[i]; *at != '\0'; at += *at == '\n') {
            size_t len = strcspn(at, "\n");
            shift_learn(&s, cells, cells_of(at, len, cells), columns);
            at += len;
        }
    }
    shift_know(&s);
    return shift_look(&s, cells, cells_of(row, strlen(row), cells), &column) ? column : NONE;
}

static void test_rows(void **state)
{
    static const struct {
        const char *above, *row;
        size_t want;
    } cases[] = {
        /* a delimiter too many */
        {"Lee|a@x.org|19|\nDoe|d@x.org|20|", "Smith| Bob|b@x.org|18", 1},
        {"Lee|a@x.org|19|x\nDoe|d@x.org|20|y", "Smith|Bob|b@x.org|18", 1},
        {"Lee|19|Graz|ok\nDoe|20|Bern|", "Smith| Bob|18|Linz", 1},
        {"u1|19|Graz|\nu3|20|Wien|", "u2|18|5|Linz", 2}, /* a decimal comma */
        {"Lee|2026-01-02|Graz|\nDoe|2026-01-04|Wien|", "Smith| Bob|2026-01-03|Linz", 1},
        {"Lee|0x9a742d6bc1cdca57ed31fa7ffbe834c5b73fc996||\n"
         "Doe|0x9a742d6bc1cdca57ed31fa7ffbe834c5b73fc997||",
         "Smith|Bob|0x9a742d6bc1cdca57ed31fa7ffbe834c5b73fc998|", 1},
        {"1|Lee|a@x.org|\n2|Doe|d@x.org|", "3|Smith| Jr|b@x.org", 2},
        /* one too few, and two exchanged */
        {"Lee|a@x.org|19|x\nDoe|d@x.org|20|y", "b@x.org|18|z|", 0},
        {"Lee|a@x.org\nDoe|d@x.org", "b@x.org|Bob", 0},
        {"1|Lee\n2|Doe", "Bob|3", 0},
        /* nothing of the kind */
        {"Lee|a@x.org|19|x\nDoe|d@x.org|20|y", "Bob|b@x.org|18|z", NONE},
        {"Lee|a@x.org|19|x\nDoe|d@x.org|20|y", "Bob||18|", NONE},
        {"Lee|a@x.org|19|x\nDoe|d@x.org|20|y", "Bob|none|absent|", NONE},
        {"Lee|a@x.org|19|x\nDoe|d@x.org|20|y", "Bob|x|18|y", NONE},
        {"Lee|a@x.org|19|x\nDoe|d@x.org|20|y", "Bob|b@x.org|absent|12", NONE},
        {"Lee|a@x.org|19|\nDoe|d@x.org|20|", "Bob|b@x.org|18|a note", NONE},
        {"Lee|Graz|\nDoe|Wien|", "Smith| Bob|Linz", NONE}, /* could be so */
        {"Lee|19\nDoe|20", "Bob|absent", NONE},
        {"Lee|19", "Bob|absent", NONE},
        {"u1|7|x\nu2|a|8", "u3|b|9", NONE},
        {"Lee|4000|AT\nDoe|8010|AT", "Bob|SW1A 1AA|GB", NONE},
        {"17\n18", "x", NONE},
        {"", "", NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t got = look(cases[i].above, cases[i].row);
        if (got != cases[i].want)
            fail_msg("%s: %zu", cases[i].row, got);
    }
}

/* Of many rows some may be anything. */
static void test_many_rows(void **state)
{
    struct shift s = {0};
    struct slice cells[CELLS_MAX];
    size_t column = NONE;

    (void)state;
    for (size_t i = 0; i < 2 * SHIFT_ROWS; i++) {
        const char *row = i % 16 == 3 ? "x|none at all|7|" : "Lee|a@x.org|19|";
        shift_learn(&s, cells, cells_of(row, strlen(row), cells), 4);
    }
    shift_know(&s);
    assert_false(shift_look(&s, cells, cells_of("x|none at all|7|", 16, cells), &column));
    assert_true(shift_look(&s, cells, cells_of("Smith|Bob|b@x.org|18", 20, cells), &column));
    assert_int_equal(column, 1);
    assert_false(shift_look(&s, cells, cells_of("Smith", 5, cells), &column));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_many_rows)};

    return cmocka_run_group_tests_name("shift", tests, NULL, NULL);
}
