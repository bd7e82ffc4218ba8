/* outname: what is filled into the names of outputs. */
#include "policy/outname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct outname_facts facts = {.date = "2026-11-30", .time = "154502", .n = 7};

static void test_names(void **state)
{
    static const struct {
        const char *name, *want;
        bool numbered;
    } cases[] = {
        {"results.csv", "results.csv", false},
        {"results-{date}.csv", "results-2026-11-30.csv", false},
        {"{date}{time}-{n}.xlsx", "2026-11-30154502-7.xlsx", true},
        {"{n}", "7", true},
        {"-", "-", false},
        {"", "", false},
        {"a/{b}/c-{date}.csv", "a/{b}/c-2026-11-30.csv", false}, /* a folder is as it is */
        {"{date}/x.csv", "{date}/x.csv", false},
        {"{} {2} {a b} {date {.csv}", "{} {2} {a b} {date {.csv}", false},
        {"{{date}.csv", "{2026-11-30.csv", false},
        {"{date}}.csv", "2026-11-30}.csv", false},
        {"{{}date}.csv", "{date}.csv", false},
        {"{{}{date}-{{}word}-{n}", "{2026-11-30-{word}-7", true},
    };
    struct text got;

    (void)state;
    text_init(&got);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        bool numbered;

        text_clear(&got);
        if (outname_expand(cases[i].name, &facts, &got, &numbered, &e) != 0)
            fail_msg("%s: %s", cases[i].name, e.text);
        assert_string_equal(got.ptr, cases[i].want);
        assert_int_equal(numbered, cases[i].numbered);
    }
    text_release(&got);
}

/* Whatever a name is, escaped it stands for itself. */
static void test_escape(void **state)
{
    static const char *const names[] = {
        "a.csv", "in/{date}.csv", "{date}/{n}-{Email}.csv", "{{}n}.csv", "{{date}}", "{{{}}}{", ""};
    struct text escaped, got;

    (void)state;
    text_init(&escaped);
    text_init(&got);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct err e = ERR_INIT;
        bool numbered;

        text_clear(&escaped);
        text_clear(&got);
        outname_escape(names[i], &escaped);
        if (outname_expand(escaped.ptr, &facts, &got, &numbered, &e) != 0)
            fail_msg("%s: %s", names[i], e.text);
        assert_string_equal(got.ptr, names[i]);
        assert_false(numbered);
    }
    text_release(&escaped);
    text_release(&got);
}

static void test_other_words(void **state)
{
    static const struct {
        const char *name, *says;
    } cases[] = {
        {"r-{dat}.csv", "r-{dat}.csv: there is no {dat}: did you mean {date}?"},
        {"{Date}.csv", "did you mean {date}?"},
        {"{timee}.csv", "did you mean {time}?"},
        {"{Email}.csv", "there is no {Email}: a name may have {date}, {time} and {n} in it"},
        {"{{date}}.csv", "write {date}, with single braces"},
        {"{{code}}", "write {code}, with single braces"},
    };
    struct text got;

    (void)state;
    text_init(&got);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        bool numbered;

        assert_int_equal(outname_expand(cases[i].name, &facts, &got, &numbered, &e), -1);
        assert_int_equal(e.code, EXIT_USAGE);
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].name, e.text);
    }
    text_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_other_words),
    };

    return cmocka_run_group_tests_name("outname", tests, NULL, NULL);
}
