/* gist: the sentence, right in number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "policy/gist.h"

#include <stdio.h>

static void test_sentences(void **state)
{
    static const struct {
        uint64_t rows[STATUS_COUNT];
        bool simulated, running, stopped;
        enum gist gist;
        const char *words;
    } cases[] = {
        {.words = "The input has no rows."},
        {.stopped = true, .gist = GIST_STOPPED, .words = "The run could not begin."},
        {.rows = {[STATUS_SUCCESS] = 1}, .words = "The one row is done: 1 issued."},
        {.rows = {[STATUS_SUCCESS] = 5000, [STATUS_DUPLICATE] = 1, [STATUS_SKIPPED] = 3},
         .words = "All 5,004 rows are done: 5,000 issued, 1 duplicate, 3 skipped."},
        {.rows = {[STATUS_DUPLICATE] = 2}, .words = "All 2 rows are done: 2 duplicates."},
        {.rows = {[STATUS_SKIPPED] = 1},
         .words = "Nothing was to be done: the one row was skipped."},
        {.rows = {[STATUS_SKIPPED] = 1000},
         .words = "Nothing was to be done: all rows were skipped."},
        {.rows = {[STATUS_SUCCESS] = 1234567, [STATUS_FAILED] = 1},
         .gist = GIST_PERSON,
         .words = "1 of 1,234,568 rows needs a person. The rest: 1,234,567 issued."},
        {.rows = {[STATUS_SUCCESS] = 4,
                  [STATUS_FAILED] = 1,
                  [STATUS_INVALID] = 1,
                  [STATUS_UNKNOWN] = 1,
                  [STATUS_PENDING] = 1,
                  [STATUS_UNSENT] = 2},
         .gist = GIST_PERSON,
         .words = "3 of 10 rows need a person. The rest: 4 issued; 1 waits for the server; 2 were "
                  "not sent."},
        {.rows = {[STATUS_INVALID] = 1},
         .gist = GIST_PERSON,
         .words = "1 of 1 row needs a person."},
        {.rows = {[STATUS_SUCCESS] = 4, [STATUS_PENDING] = 2},
         .gist = GIST_OPEN,
         .words = "4 of 6 rows are done: 4 issued; 2 wait for the server."},
        {.rows = {[STATUS_SUCCESS] = 4, [STATUS_UNSENT] = 1},
         .running = true,
         .gist = GIST_OPEN,
         .words = "The run has not ended yet. 4 of 5 rows are done: 4 issued; 1 was not sent."},
        {.rows = {[STATUS_FAILED] = 25, [STATUS_UNSENT] = 75},
         .stopped = true,
         .gist = GIST_STOPPED,
         .words = "The run stopped early. 25 of 100 rows need a person; 75 were not sent."},
        {.rows = {[STATUS_SUCCESS] = 2, [STATUS_DUPLICATE] = 1},
         .simulated = true,
         .words = "A dry run, in which nothing was issued. All 3 rows were tried: 2 would succeed, "
                  "1 duplicate."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct gist_facts f = {cases[i].rows, cases[i].simulated, cases[i].running,
                                     cases[i].stopped};
        struct text words;

        text_init(&words);
        gist_say(&f, &words);
        assert_string_equal(words.ptr, cases[i].words);
        assert_int_equal(gist_of(&f), cases[i].gist);
        text_release(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentences)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
