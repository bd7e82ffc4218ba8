/* approval: which of the facts differ, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "policy/approval.h"

static const struct approval_facts before = {.input = "1",
                                             .job = "2",
                                             .lists = "3",
                                             .targets = "4",
                                             .ledger = "5",
                                             .known = 1,
                                             .rows = "6",
                                             .act = 7};

static void test_differs(void **state)
{
    static const struct {
        struct approval_facts now;
        const char *words; /* NULL: it does not differ */
    } cases[] = {
        {{"1", "2", "3", "4", "5", 1, "6", 7}, NULL},
        {{"x", "2", "3", "4", "5", 1, "6", 7}, "the input"},
        {{"1", "", "3", "4", "5", 1, "6", 7}, "the job file"},
        {{"1", "2", "x", "4", "5", 1, "6", 7},
         "a lookup, table of routes, list of codes or letter"},
        {{"1", "2", "3", "x", "5", 1, "6", 7},
         "the targets (the API's URL, a seed or a list of codes is another)"},
        {{"1", "2", "3", "4", "x", 2, "6", 7},
         "the ledger (it knew 1 item of these targets, now 2)"},
        {{"1", "2", "3", "4", "x", 1, "6", 7},
         "the ledger (what it knows of these targets is not what it knew)"},
        {{"1", "2", "3", "4", "5", 1, "x", 6}, "the rows that would be acted for (then 7, now 6)"},
        {{"1", "2", "3", "4", "5", 1, "x", 7},
         "the rows that would be acted for (then 7, now 7, but others)"},
        /* What the rows follow from says enough. */
        {{"x", "2", "3", "4", "5", 1, "x", 9}, "the input"},
        {{"x", "x", "x", "4", "x", 3, "x", 9},
         "the input, the job file, a lookup, table of routes, list of codes or letter, the ledger "
         "(it knew "
         "1 item of these targets, now 3)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text words;

        text_init(&words);
        assert_int_equal(approval_differs(&before, &cases[i].now, &words), cases[i].words != NULL);
        assert_string_equal(words.ptr, cases[i].words ? cases[i].words : "");
        text_release(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_differs)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
