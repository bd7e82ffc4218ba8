/* runwords: what each run has come to, and exactly the commands that help it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/runwords.h"

#include "base/text.h"

#include <string.h>

static void put_command(void *context, const char *command, const char *what)
{
    assert_true(*what != '\0');
    text_printf(context, "%s\n", command);
}

static void expect(struct runwords r, const uint64_t rows[STATUS_COUNT], const char *want)
{
    struct text commands;

    text_init(&commands);
    r.run = 7;
    r.rows = rows;
    r.same = "SAME";
    r.settle = "SETTLE";
    r.tail = r.tail ? r.tail : "";
    assert_true(runwords_next(&r, put_command, &commands));
    assert_string_equal(commands.ptr, want);
    text_release(&commands);
}

static void test_next(void **state)
{
    const uint64_t done[STATUS_COUNT] = {[STATUS_SUCCESS] = 3};
    const uint64_t failed[STATUS_COUNT] = {[STATUS_SUCCESS] = 3, [STATUS_FAILED] = 1};
    const uint64_t unsent[STATUS_COUNT] = {[STATUS_UNSENT] = 2};
    const uint64_t pending[STATUS_COUNT] = {[STATUS_PENDING] = 2};
    const uint64_t mixed[STATUS_COUNT] = {[STATUS_UNKNOWN] = 1, [STATUS_FAILED] = 1};
    const struct runwords ended = {.ended = true, .finished = true, .claims = true};
    struct runwords r = ended;

    (void)state;
    expect(r, done, "claimpipe report 7\n");
    expect(r, failed, "SAME --retry-failed\nclaimpipe report 7\n");
    expect(r, pending, "SETTLE\nclaimpipe report 7\n");
    expect(r, mixed, "SETTLE\nSAME --retry-failed\nclaimpipe report 7\n");
    r.tail = " --ledger x.db";
    r.input_lost = true;
    expect(r, failed, "SAME --retry-failed --ledger x.db\nclaimpipe report 7 FILE --ledger x.db\n");
    r = ended;
    r.finished = false;
    expect(r, unsent, "SAME\nclaimpipe report 7\n");
    expect(r, pending, "SAME\nSETTLE\nclaimpipe report 7\n");
    r.ended = false;
    expect(r, unsent, "SAME\nclaimpipe report 7\n");
    r = ended;
    r.claims = false;
    expect(r, pending, "SAME\nclaimpipe report 7\n");
    r.pruned = true;
    expect(r, done, "");
}

static void test_shown(void **state)
{
    (void)state;
    assert_int_equal(runwords_shown("seed:0123456789abcdef"), 13);
    assert_int_equal(runwords_shown("list:0123"), 9);
    assert_int_equal(runwords_shown("an-id-that-is-not-a-seed:at-all"), 31);
}

static void test_exit(void **state)
{
    static const struct {
        struct runwords run;
        const char *words;
    } cases[] = {
        {{.ended = false}, "unfinished: it goes on, or its process has died"},
        {{.ended = true, .exit_code = 0}, "every row is done"},
        {{.ended = true, .exit_code = 1}, "finished, and not every row is done"},
        {{.ended = true, .exit_code = 4}, "stopped early"},
        {{.ended = true, .exit_code = 130}, "interrupted"},
        {{.ended = true, .exit_code = 143}, "ended by another program"},
        {{.ended = true, .exit_code = 129}, "ended by a signal"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(runwords_exit(&cases[i].run), cases[i].words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_exit),
        cmocka_unit_test(test_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
