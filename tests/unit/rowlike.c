/* rowlike: rows that quotes have swallowed, and cells of many lines that are only that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/rowlike.h"

#include <stdbool.h>
#include <stdio.h>

#define FIELDS_MAX 8
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct example {
    const char *fields[FIELDS_MAX];
    size_t columns;
    bool rows;
};

static const struct example examples[] = {
    /* "Ann,a@x.org,n / Ben",b@x.org,n */
    {{"Ann,a@x.org,n\nBen", "b@x.org", "n"}, 3, true},
    {{"Ann,a@x.org,n\r\nBen,b@x.org,n\r\nCy", "c@x.org", "n"}, 3, true},
    {{"Ann", "0xA,n\rBen,0xB"}, 2, false}, /* a line has three */
    {{"17", "Ann,x\n18,Ben", "y"}, 3, true},
    {{"17", "Ann,x\n18,Ben,y\n19", "Cy", "z"}, 3, true},
    {{"17", "Ann,x\n18,Ben,y\n,Cy", "z"}, 3, false}, /* no number there */
    /* what is only a cell of many lines */
    {{"Ann", "a@x.org", "Hello\nyou, there, all"}, 3, false},
    {{"Ann", "a@x.org", "Hello\nyou"}, 3, false},
    {{"Ann", "a@x.org", "a\nb,c,d\ne,f,g"}, 3, false},
    {{"Ann", "a@x.org", "one line, with, commas"}, 3, false},
    /* two columns: the postal address of somebody, and three swallowed rows */
    {{"7", "12 Main St\n10115, Berlin"}, 2, false},
    {{"a@x.org", "12 Main St\nb@x.org,Berlin"}, 2, false},
    {{"a@x.org,n\nb@x.org,n\nc@x.org", "n"}, 2, true},
    {{"a\nb\nc"}, 1, false},
    {{"1", "", "\n2,,"}, 3, true},
    {{""}, 3, false},
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct slice fields[FIELDS_MAX];
        size_t n = 0;

        for (; n < FIELDS_MAX && examples[i].fields[n]; n++)
            fields[n] = slice_of(examples[i].fields[n]);
        if (rowlike(fields, n, ',', examples[i].columns) != examples[i].rows)
            fail_msg("example %zu", i);
    }
}

static void test_other_delimiter(void **state)
{
    const struct slice fields[] = {slice_of("a;1;x\nb"), slice_of("2"), slice_of("y")};

    (void)state;
    assert_true(rowlike(fields, 3, ';', 3));
    assert_false(rowlike(fields, 3, ',', 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_other_delimiter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
