/* planfile: what is written is what is read, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/planfile.h"

#include "base/text.h"

#include "fixture.h"

#define PLAN "plan.json"

static struct approval_setting settings[] = {
    {"claim", "c1"}, {"retry-failed", NULL}, {"where", "Name = \"\xc3\xbc\" or \\"}};

static struct approval make(void)
{
    struct approval a = {.program = "1",
                         .made_at = "2026-11-30T22:18:53Z",
                         .command = "claim",
                         .input = "in put.csv",
                         .settings = settings,
                         .n_settings = 3,
                         .duplicate = 1,
                         .invalid = 2,
                         .skipped = 3,
                         .requests = 4};

    memset(a.facts.input, 'a', APPROVAL_HEX_SIZE - 1);
    memset(a.facts.rows, 'b', APPROVAL_HEX_SIZE - 1);
    a.facts.known = 5;
    a.facts.act = 6;
    return a;
}

static void write_plan(const struct approval *a)
{
    struct err e = ERR_INIT;

    if (planfile_write(PLAN, a, &e) != 0)
        fail_msg("%s", e.text);
}

static void test_round(void **state)
{
    const struct approval a = make();
    struct err e = ERR_INIT;
    struct planfile f;
    struct text words;

    (void)state;
    text_init(&words);
    write_plan(&a);
    if (planfile_read(&f, PLAN, &e) != 0)
        fail_msg("%s", e.text);
    assert_string_equal(f.plan.command, "claim");
    assert_string_equal(f.plan.input, "in put.csv");
    assert_string_equal(f.plan.made_at, a.made_at);
    assert_string_equal(f.plan.path, PLAN);
    assert_null(f.plan.job);
    assert_int_equal(f.plan.n_settings, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(f.plan.settings[i].name, settings[i].name);
        assert_int_equal(!f.plan.settings[i].value, !settings[i].value);
    }
    assert_string_equal(f.plan.settings[2].value, settings[2].value);
    assert_int_equal(f.plan.facts.act, 6);
    assert_false(approval_differs(&a.facts, &f.plan.facts, &words));
    planfile_release(&f);
    text_release(&words);
}

/* One byte is another: of all places of the file.  It is refused, whatever it is taken for then. */
static void test_each_byte(void **state)
{
    const struct approval a = make();
    struct err e = ERR_INIT;
    struct planfile f;
    char bytes[8192];
    size_t n;
    FILE *file;

    (void)state;
    write_plan(&a);
    file = fopen(PLAN, "r");
    assert_non_null(file);
    n = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    for (size_t i = 0; i < n; i++) {
        char was = bytes[i];

        if (was == ' ' || was == '\n') /* they mean nothing */
            continue;
        bytes[i] = was == '1' ? '2' : '1';
        put_bytes(PLAN, bytes, n);
        e = (struct err)ERR_INIT;
        if (planfile_read(&f, PLAN, &e) == 0)
            fail_msg("a plan with another byte at %zu is taken", i);
        assert_int_equal(e.code, EXIT_USAGE);
        planfile_release(&f);
        bytes[i] = was;
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "plan.json:1:1: "},
        {"[]", "is no plan of claimpipe: check again with --save"},
        {"{\"claimpipe_plan\": \"no\"}", "is no plan of claimpipe"},
        {"{\"claimpipe_plan\": 2}", "was made by a newer claimpipe"},
        {"{\"claimpipe_plan\": 1}", "is not whole"},
    };
    struct planfile f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        put_file(PLAN, cases[i].text);
        assert_int_equal(planfile_read(&f, PLAN, &e), -1);
        assert_says(e.text, cases[i].why);
        planfile_release(&f);
    }
}

/* What can't stand in JSON is no plan. */
static void test_not_utf8(void **state)
{
    struct approval a = make();
    struct err e = ERR_INIT;

    (void)state;
    a.input = "\xff.csv";
    unlink(PLAN);
    assert_int_equal(planfile_write(PLAN, &a, &e), -1);
    assert_says(e.text, "not UTF-8");
    assert_int_equal(access(PLAN, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_round),
        IN_FOLDER(test_each_byte),
        IN_FOLDER(test_refused),
        IN_FOLDER(test_not_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
