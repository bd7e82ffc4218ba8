/* settled: what was found out, in words to the letter, and what to do for each of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/settled.h"

#include <string.h>

static void expect_words(const struct settled *list, size_t n, const char *want)
{
    struct text words;

    text_init(&words);
    settled_words(list, n, &words);
    assert_true(text_ok(&words));
    assert_string_equal(words.ptr, want);
    text_release(&words);
}

/* All of these texts, and as many lines. */
static void expect_next(const struct settled *list, size_t n, const char *const *texts,
                        size_t lines)
{
    struct text words;
    size_t found = 0;

    text_init(&words);
    settled_next(list, n, &words);
    for (size_t i = 0; i < lines; i++)
        if (!strstr(words.ptr, texts[i]))
            fail_msg("\"%s\" does not say \"%s\"", words.ptr, texts[i]);
    for (const char *at = words.ptr; (at = strchr(at, '\n')); at++)
        found++;
    assert_int_equal(found, lines);
    text_release(&words);
}

static void test_nothing(void **state)
{
    struct settled none = {.action = "claim", .id = "c1", .asked = true};

    (void)state;
    expect_words(NULL, 0, "nothing is under way");
    expect_words(&none, 1, "nothing is under way");
    assert_true(settled_is_done(NULL, 0));
    expect_next(NULL, 0, NULL, 0);
}

static void test_success(void **state)
{
    struct settled list[] = {{.action = "claim", .id = "c1", .asked = true},
                             {.action = "claim", .id = "c2", .asked = true}};
    static const char *const next[] = {"claimpipe report last -o results.csv"};

    (void)state;
    settled_add(&list[0], STATUS_SUCCESS, "");
    settled_add(&list[1], STATUS_SUCCESS, "");
    assert_true(settled_is_done(list, 2));
    expect_words(list, 2, "2 under way: 2 success");
    expect_next(list, 2, next, 1);
}

/* The first reason of each is told, and nothing in it or in an id moves a terminal's cursor. */
static void test_reasons(void **state)
{
    struct settled list[] = {{.action = "claim", .id = "c1", .asked = true},
                             {.action = "claim", .id = "c\x1b[2J", .asked = true},
                             {.action = "claim", .id = "c3", .asked = true}};
    static const char *const next[] = {
        "claimpipe report last", "run claimpipe settle again later",
        "what is still unknown can be told by the same claim command",
        "was certainly not taken: the same claim command sends it", "--retry-failed"};

    (void)state;
    settled_add(&list[0], STATUS_SUCCESS, "");
    settled_add(&list[0], STATUS_FAILED, "User in denylist");
    settled_add(&list[0], STATUS_FAILED, "another");
    settled_add(&list[0], STATUS_PENDING, "");
    settled_add(&list[1], STATUS_UNKNOWN, "lost\a");
    settled_add(&list[1], STATUS_UNSENT, "");
    settled_add(&list[2], STATUS_SUCCESS, "");
    assert_false(settled_is_done(list, 3));
    assert_false(settled_is_done(&list[1], 1));
    expect_words(list, 3,
                 "7 under way: 2 success, 2 failed, 1 still pending, 1 still unknown, 1 not sent\n"
                 "  claim c1: 1 success, 2 failed (User in denylist), 1 still pending\n"
                 "  claim c\\x1b[2J: 1 still unknown (lost\\x07), 1 not sent");
    expect_next(list, 3, next, 5);
}

static void test_store(void **state)
{
    struct settled store = {.action = "store", .id = "s1", .rows = {[STATUS_PENDING] = 3}};
    static const char *const next[] = {"ended by the same store command"};

    (void)state;
    assert_false(settled_is_done(&store, 1));
    expect_words(&store, 1, "3 under way: 3 still pending\n  store s1: 3 still pending");
    expect_next(&store, 1, next, 1);
}

static void test_many(void **state)
{
    struct settled list[SETTLED_SHOWN_MAX + 2];
    struct text words;

    (void)state;
    for (size_t i = 0; i < SETTLED_SHOWN_MAX + 2; i++) {
        list[i] = (struct settled){.action = "claim", .id = "c", .asked = true};
        settled_add(&list[i], STATUS_UNKNOWN, "");
    }
    text_init(&words);
    settled_words(list, SETTLED_SHOWN_MAX + 2, &words);
    assert_non_null(strstr(words.ptr, "\n  and 2 more, of which not all is success"));
    text_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_success),
        cmocka_unit_test(test_reasons), cmocka_unit_test(test_store),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
