/* filldown: what is filled, and from where nothing may come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/columns.h"
#include "policy/filldown.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define CELLS_MAX 8
#define OUT_MAX 256

/* Cells between bars, in bytes that die with the call: whatever is kept must have been copied. */
static void one_row(struct filldown *f, struct arena *a, const char *bars, size_t len, char *out)
{
    char bytes[OUT_MAX];
    struct slice cells[CELLS_MAX];
    size_t n = 0;
    memcpy(bytes, bars, len);
    for (size_t at = 0, from = 0; at <= len; at++) {
        if (at < len && bytes[at] != '|')
            continue;
        assert_true(n < CELLS_MAX);
        cells[n++] = (struct slice){bytes + from, at - from};
        from = at + 1;
    }
    assert_int_equal(filldown_row(f, cells, n, a), 0);
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(out);
        snprintf(out + used, OUT_MAX - used, "%s%.*s", i > 0 ? "|" : "", (int)cells[i].len,
                 cells[i].ptr);
    }
    memset(bytes, '?', sizeof bytes);
}

/* Rows end with a semicolon. */
static void all_rows(struct filldown *f, const char *rows, char out[OUT_MAX])
{
    struct arena a;
    arena_init(&a);
    out[0] = '\0';
    for (const char *at = rows; *at != '\0';) {
        size_t len = strcspn(at, ";");
        one_row(f, &a, at, len, out);
        strncat(out, ";", 2);
        at += len + 1;
    }
    arena_release(&a);
}

static void cells_are_filled_within_their_group(void **state)
{
    (void)state;
    static const struct {
        const char *columns; /* digits */
        size_t group;
        const char *in, *out;
    } cases[] = {
        /* all rows are one */
        {"1", COLUMNS_NONE, "a|1;b|;c|2;d|;", "a|1;b|1;c|2;d|2;"},
        {"0", COLUMNS_NONE, "|1;a|2;|3;", "|1;a|2;a|3;"},
        {"", COLUMNS_NONE, "a|1;|;", "a|1;|;"},
        /* orders, one row a line item: the order's columns are blank from the second on */
        {"12", 0, "o1|e1|paid|x;o1|||y;o2|||z;o2|e2||w;o2|||v;",
         "o1|e1|paid|x;o1|e1|paid|y;o2|||z;o2|e2||w;o2|e2||v;"},
        /* a group that comes again begins anew */
        {"1", 0, "o1|e1;o2|;o1|;", "o1|e1;o2|;o1|;"},
        /* the group is filled as well */
        {"01", 0, "o1|e1|x;||y;o2||z;||w;|e2|v;", "o1|e1|x;o1|e1|y;o2||z;o2||w;o2|e2|v;"},
        {"10", 0, "o1|e1|x;||y;", "o1|e1|x;o1|e1|y;"},
        /* it is not: whose a row without one is nobody knows */
        {"1", 0, "o1|e1;||;|e2;|;o1|;", "o1|e1;||;|e2;|;o1|;"},
        /* a group that has not begun */
        {"01", 0, "|e1;|;o1|;", "|e1;|;o1|;"},
        /* blanks are blank, in the group as well; what is filled stands as it stood */
        {"1", 0, "o1| e1 ;o1|\xc2\xa0; o1\t| ;", "o1| e1 ;o1| e1 ; o1\t| e1 ;"},
        /* case counts */
        {"1", 0, "o1|e1;O1|;", "o1|e1;O1|;"},
        /* short rows: what is not there is not filled, and is not what was before */
        {"12", 0, "o1|e1|p1;o1;o1||;o2;o2||;", "o1|e1|p1;o1;o1|e1|p1;o2;o2||;"},
        {"0", 1, "a|o1;b;|o1;", "a|o1;b;|o1;"},
        {"7", 0, "o1|e1;o1|;", "o1|e1;o1|;"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct filldown f;
        char out[OUT_MAX];
        filldown_init(&f);
        for (const char *c = cases[i].columns; *c != '\0'; c++)
            f.columns[f.n++] = (size_t)(*c - '0');
        f.group = cases[i].group;
        for (int pass = 0; pass < 2; pass++) { /* each pass is the first */
            all_rows(&f, cases[i].in, out);
            assert_string_equal(out, cases[i].out);
            filldown_restart(&f);
        }
        filldown_release(&f);
    }
}

static void nothing_is_filled_past_a_damaged_row(void **state)
{
    (void)state;
    static const struct {
        const char *columns; /* digits */
        size_t group;
        const char *damaged; /* the row behind o1|e1|w */
        bool shifted;
        const char *may_be; /* its group, if its own cell is blank */
        const char *then, *out;
    } cases[] = {
        /* it surely goes on with the group */
        {"01", 0, "|x", false, "o1", "||y", "o1|e1|y;"},
        {"01", 0, "o1|x", false, "o1", "||y", "o1|e1|y;"},
        {"1", 0, "o1|x", false, "", "o1||y", "o1|e1|y;"},
        /* it may have begun another */
        {"01", 0, "o2|x", false, "o1", "||y", "||y;"},
        {"01", 0, "|x", true, "o1", "||y", "||y;"},
        {"01", 0, "o1", true, "o1", "||y", "||y;"},
        {"01", 0, "|x", true, "o1", "o1||y", "o1||y;"},
        {"1", 0, "o2|x", false, "", "o1||y", "o1||y;"},
        {"1", 0, "|x", false, "", "o1||y", "o1||y;"},
        /* what it says itself is not filled in, where all rows are one */
        {"1", COLUMNS_NONE, "o1|x", false, "", "o1||y", "o1||y;"},
        /* the next group begins as always */
        {"01", 0, "|x", true, "o1", "o3|e3|y;||z", "o3|e3|y;o3|e3|z;"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct filldown f;
        char out[OUT_MAX];
        struct slice damaged[2] = {slice_of(cases[i].damaged), {"", 0}};
        size_t n = 1, first = strcspn(cases[i].damaged, "|");
        if (cases[i].damaged[first] == '|') {
            damaged[0].len = first;
            damaged[n++] = slice_of(cases[i].damaged + first + 1);
        }
        filldown_init(&f);
        for (const char *c = cases[i].columns; *c != '\0'; c++)
            f.columns[f.n++] = (size_t)(*c - '0');
        f.group = cases[i].group;
        all_rows(&f, "o1|e1|w;", out);
        filldown_damaged(&f, damaged, n, cases[i].shifted);
        struct slice group = filldown_group(&f);
        assert_int_equal(group.len, strlen(cases[i].may_be));
        assert_memory_equal(group.ptr, cases[i].may_be, group.len);
        char then[OUT_MAX];
        snprintf(then, sizeof then, "%s;", cases[i].then);
        all_rows(&f, then, out);
        assert_string_equal(out, cases[i].out);
        filldown_release(&f);
    }
}

static void a_row_of_no_cells_is_survived(void **state)
{
    (void)state;
    struct filldown f;
    struct arena a;
    filldown_init(&f);
    arena_init(&a);
    f.columns[f.n++] = 0;
    f.group = 0;
    assert_int_equal(filldown_row(&f, NULL, 0, &a), 0);
    arena_release(&a);
    filldown_release(&f);
    filldown_release(&f);
}

/* A text that has failed once is never filled in from. */
static void no_memory_is_told(void **state)
{
    (void)state;
    struct filldown f;
    struct arena a;
    struct slice cells[] = {slice_of("o1"), slice_of("e1")};
    arena_init(&a);
    for (int which = 0; which < 2; which++) {
        filldown_init(&f);
        f.columns[f.n++] = 1;
        f.group = 0;
        if (which == 0)
            f.last_group.failed = true;
        else
            f.last[0].failed = true;
        assert_int_equal(filldown_row(&f, cells, COUNT(cells), &a), -1);
        filldown_release(&f);
    }
    arena_release(&a);
}

/* Rows one after the other share one copy, as long as their arena is not reset. */
static void a_value_is_copied_once(void **state)
{
    static const char large[100000];
    struct filldown f;
    struct arena a;

    (void)state;
    arena_init(&a);
    filldown_init(&f);
    f.columns[f.n++] = 0;
    for (int batch = 0; batch < 3; batch++) {
        for (int row = 0; row < 100; row++) {
            struct slice cell = {row == 0 && batch == 0 ? large : "",
                                 row == 0 && batch == 0 ? sizeof large : 0};

            assert_int_equal(filldown_row(&f, &cell, 1, &a), 0);
            assert_int_equal(cell.len, sizeof large);
            assert_memory_equal(cell.ptr, large, sizeof large);
        }
        assert_true(arena_size(&a) < 2 * sizeof large);
        arena_reset(&a);
    }
    /* Another value, another copy. */
    for (int row = 0; row < 4; row++) {
        struct slice cell = {row == 1 ? "b" : "", row == 1};

        assert_int_equal(filldown_row(&f, &cell, 1, &a), 0);
        assert_int_equal(cell.len, row == 0 ? sizeof large : 1);
        assert_int_equal(*cell.ptr, row == 0 ? 0 : 'b');
    }
    filldown_release(&f);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_filled_within_their_group),
        cmocka_unit_test(nothing_is_filled_past_a_damaged_row),
        cmocka_unit_test(a_row_of_no_cells_is_survived),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(a_value_is_copied_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
