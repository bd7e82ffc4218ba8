/* chosen: which columns results have, by a list of their names. */
#include "policy/chosen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct slice own[] = {{"Name", 4}, {"E-mail", 6}, {"Status", 6}};
static const struct columns header = {.names = own, .n = 3, .origin = "in.csv", .line = 1};

static void join(const struct chosen *c, struct text *out)
{
    text_clear(out);
    for (size_t i = 0; i < c->n; i++) {
        if (i > 0)
            text_puts(out, ",");
        chosen_name(c, i, out);
    }
}

#define ADDED                                                                                      \
    "claimpipe_status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,"  \
    "finished_at"
#define STEP(n)                                                                                    \
    "step" n "_status,step" n "_error,step" n "_note,step" n "_action,step" n "_target,step" n     \
    "_attempt_id,step" n "_code,step" n "_link,step" n "_tries,step" n "_http_status,step" n       \
    "_finished_at"

static void test_lists(void **state)
{
    static const struct {
        const char *list;
        size_t steps;
        bool retry;
        const char *want;
    } cases[] = {
        {NULL, 1, false, "Name,E-mail,Status," ADDED},
        {NULL, 1, true, "Name,E-mail,Status," ADDED ",retry"},
        {NULL, 2, false, "Name,E-mail,Status," ADDED "," STEP("1") "," STEP("2")},
        {NULL, 2, true, "Name,E-mail,Status," ADDED "," STEP("1") "," STEP("2") ",retry"},
        {"error,Name", 1, false, "error,Name"},
        {" error , Name ", 1, false, "error,Name"},
        {"email,ERROR", 1, false, "E-mail,error"},
        {"#2,#4", 1, false, "E-mail,claimpipe_status"},
        {"status", 1, false, "Status"}, /* the input's: the added one has a prefix */
        {"claimpipe_status", 1, false, "claimpipe_status"},
        {"@input", 1, false, "Name,E-mail,Status"},
        {"@added", 1, true, ADDED ",retry"},
        {"@input,@added", 1, false, "Name,E-mail,Status," ADDED},
        {"@input,@input", 1, false, "Name,E-mail,Status"},
        {"claimpipe_status,@input,error", 1, false, "claimpipe_status,Name,E-mail,Status,error"},
        {"Status,@input", 1, false, "Status,Name,E-mail"},
        {"step2_error,Name", 2, false, "step2_error,Name"},
        {"retry", 1, true, "retry"},
    };
    struct text got;

    (void)state;
    text_init(&got);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct chosen c;
        struct arena a;

        arena_init(&a);
        if (chosen_make(cases[i].list, &header, cases[i].steps, cases[i].retry, &a, &c, &e) != 0)
            fail_msg("%s: %s", cases[i].list, e.text);
        join(&c, &got);
        assert_string_equal(got.ptr, cases[i].want);
        assert_int_equal(c.all, cases[i].list == NULL);
        arena_release(&a);
    }
    text_release(&got);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *list, *says;
    } cases[] = {
        {"eror", "in.csv:1: no column \"eror\" (--columns): nearest is \"error\""},
        {"Nmae", "nearest is \"Name\""},
        {"step1_error", "no column \"step1_error\""}, /* there is but one step */
        {"retry", "no column \"retry\""},             /* … and none of it in these results */
        {"Name,name", "column \"Name\" is named twice"},
        {"#1,Name", "column \"Name\" is named twice"},
        {"Name,,error", "a name is empty"},
        {"", "names no column"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct chosen c;
        struct arena a;

        arena_init(&a);
        assert_int_equal(chosen_make(cases[i].list, &header, 1, false, &a, &c, &e), -1);
        assert_int_equal(e.code, EXIT_USAGE);
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].list, e.text);
        arena_release(&a);
    }
}

/* Of an input that is itself results, the added columns are no columns of its own. */
static void test_results_as_input(void **state)
{
    struct slice names[3 + ADDED_COUNT];
    struct text texts[ADDED_COUNT], got;
    struct columns results = {.names = names, .n = COUNT(names), .origin = "in.csv", .line = 1};
    struct err e = ERR_INIT;
    struct chosen c;
    struct arena a;

    (void)state;
    arena_init(&a);
    text_init(&got);
    memcpy(names, own, sizeof(own));
    for (size_t i = 0; i < ADDED_COUNT; i++) {
        text_init(&texts[i]);
        added_append_name(&header, 3, i, &texts[i]);
        names[3 + i] = (struct slice){texts[i].ptr, texts[i].len};
    }
    assert_int_equal(chosen_make("@input,error", &results, 1, false, &a, &c, &e), 0);
    join(&c, &got);
    assert_string_equal(got.ptr, "Name,E-mail,Status,error");
    for (size_t i = 0; i < ADDED_COUNT; i++)
        text_release(&texts[i]);
    text_release(&got);
    arena_release(&a);
}

static void test_header_is_known(void **state)
{
    static const struct slice same[] = {{"Name", 4}, {"error", 5}},
                              other[] = {{"Name", 4}, {"Error", 5}};
    struct err e = ERR_INIT;
    struct chosen c;
    struct arena a;

    (void)state;
    arena_init(&a);
    assert_int_equal(chosen_make("Name,error", &header, 1, false, &a, &c, &e), 0);
    assert_true(chosen_is(&c, &(struct columns){.names = same, .n = 2}));
    assert_false(chosen_is(&c, &(struct columns){.names = same, .n = 1}));
    assert_false(chosen_is(&c, &(struct columns){.names = other, .n = 2}));
    /* nothing in it is ours: it may be anybody's */
    assert_int_equal(chosen_make("Name", &header, 1, false, &a, &c, &e), 0);
    assert_false(chosen_is(&c, &(struct columns){.names = same, .n = 1}));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_results_as_input),
        cmocka_unit_test(test_header_is_known),
    };

    return cmocka_run_group_tests_name("chosen", tests, NULL, NULL);
}
