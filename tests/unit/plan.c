/* plan: the members of the body, to the letter; and rows with holes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json.h"
#include "stages/plan.h"

#include "fixture.h"

#define N 3

static const struct slice names[N] = {{"Name", 4}, {"Code", 4}, {"Wallet", 6}};
static const struct columns header = {.names = names, .n = N, .origin = "in.csv", .line = 1};

/* The plan of these settings for a row; why it can't be sent, or NULL. */
static const char *plan_once(const struct plan_setting *settings, size_t n, struct slice name,
                             struct slice code, struct arena *a, struct text *out)
{
    struct slice fields[N] = {name, code, slice_of(ALICE)};
    struct err e = ERR_INIT;
    struct plan *p = plan_new(settings, n, NULL, &header, &e);
    const char *why;

    assert_non_null(p);
    text_puts(out, "left from the last row");
    why = plan_row(p, ALICE, fields, N, a, out);
    assert_true(text_ok(out));
    plan_free(p);
    return why;
}

static void test_members(void **state)
{
    static const struct {
        struct plan_setting settings[3];
        size_t n;
        const char *name, *code, *want;
    } cases[] = {
        {.n = 0, .want = ""},
        {{{"password-1", "password", "sesame", true}},
         1,
         "",
         "",
         "\"password-1\":{\"password\":\"sesame\"}"},
        {{{"codes-1", "code", "{{Code}}", false}}, 1, "", "A-1", "\"codes-1\":{\"code\":\"A-1\"}"},
        {{{"p", "x", "Dear {{Name}}, {{ code }}!", false}},
         1,
         "Ann",
         "A-1",
         "\"p\":{\"x\":\"Dear Ann, A-1!\"}"},
        /* those of one instance stand together */
        {{{"b", "y", "2", false}, {"a", "x", "1", false}, {"b", "x", "3", false}},
         3,
         "",
         "",
         "\"a\":{\"x\":\"1\"},\"b\":{\"x\":\"3\",\"y\":\"2\"}"},
        /* what would break out of the string */
        {{{"p", "x", "{{Name}}", false}},
         1,
         "\"},\"q\":{\"y\\\n",
         "",
         "\"p\":{\"x\":\"\\\"},\\\"q\\\":{\\\"y\\\\\\n\"}"},
        {{{"p\"q", "x\\y", "1", false}}, 1, "", "", "\"p\\\"q\":{\"x\\\\y\":\"1\"}"},
        /* a secret is taken as it is */
        {{{"p", "x", "{{Name}} {{", true}}, 1, "Ann", "", "\"p\":{\"x\":\"{{Name}} {{\"}"},
        {{{"p", "x", "", false}}, 1, "", "", "\"p\":{\"x\":\"\"}"},
        {{{"p", "x", "{{Name}}", false}}, 1, "Grüße 🎉", "", "\"p\":{\"x\":\"Grüße 🎉\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *name = cases[i].name ? cases[i].name : "",
                   *code = cases[i].code ? cases[i].code : "";
        struct arena a;
        struct text out;

        arena_init(&a);
        text_init(&out);
        assert_null(
            plan_once(cases[i].settings, cases[i].n, slice_of(name), slice_of(code), &a, &out));
        assert_string_equal(out.ptr, cases[i].want);
        text_release(&out);
        arena_release(&a);
    }
}

static void test_rows_with_holes(void **state)
{
    static const struct plan_setting both[] = {{"p", "name", "{{Name}}", false},
                                               {"p", "code", "{{Code}}", false}};
    static const struct {
        const char *name, *code, *says;
    } cases[] = {
        {"Ann", "", "column \"Code\" is empty"},
        {"", "A-1", "column \"Name\" is empty"},
        {"Ann", " \xc2\xa0", "column \"Code\" is empty"},
        {"\xff", "A-1", "not UTF-8"},
        {"\xed\xa0\x80", "A-1", "not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a;
        struct text out;
        const char *why;

        arena_init(&a);
        text_init(&out);
        why = plan_once(both, 2, slice_of(cases[i].name), slice_of(cases[i].code), &a, &out);
        assert_non_null(why);
        assert_says(why, cases[i].says);
        text_release(&out);
        arena_release(&a);
    }
}

static void test_settings_that_cannot_be(void **state)
{
    static const struct {
        struct plan_setting settings[2];
        size_t n;
        const char *recipient, *says;
    } cases[] = {
        {{{"p", "x", "{{Nmae}}", false}}, 1, NULL, "nearest is \"Name\""},
        {{{"p", "x", "{{Name", false}}, 1, NULL, "is not closed"},
        {{{"p", "x", "{{ }}", false}}, 1, NULL, "names no column"},
        {{{"p", "x", "1", false}, {"p", "x", "2", false}}, 2, NULL, "--set p.x is given twice"},
        {{{"p", "x", "hunter2\xff", true}}, 1, NULL, "has a secret that is not UTF-8"},
        {{{"p\xff", "x", "1", false}}, 1, NULL, "not UTF-8"},
        {{{"p", "x\xff", "1", false}}, 1, NULL, "not UTF-8"},
        {{{NULL, "x\xff", "1", false}}, 1, NULL, "not UTF-8"},
        {{{NULL, "x", "1", false}, {NULL, "x", "2", false}}, 2, NULL, "--set x is given twice"},
        {{{NULL, "address", "1", false}, {NULL, "address", "2", false}},
         2,
         "address",
         "--set address is given twice"},
        {{{NULL, "x", "{{Wallte}}", false}}, 1, "address", "nearest is \"Wallet\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct plan *p = plan_new(cases[i].settings, cases[i].n, cases[i].recipient, &header, &e);

        if (p)
            fail_msg("settings %zu are taken, which should say: %s", i, cases[i].says);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_says(e.text, cases[i].says);
        assert_silent(e.text, "hunter2");
    }
    plan_free(NULL);
}

/* The payload of a store: fields by themselves, and the recipient among them. */
static void test_bare_fields(void **state)
{
    static const struct {
        struct plan_setting settings[3];
        size_t n;
        const char *recipient, *want;
    } cases[] = {
        {.n = 0, .recipient = "address", .want = "\"address\":\"" ALICE "\""},
        {.n = 0, .recipient = "email", .want = "\"email\":\"" ALICE "\""},
        {.n = 0, .recipient = "odd\"name", .want = "\"odd\\\"name\":\"" ALICE "\""},
        {{{NULL, "course", "Go", false}}, 1, NULL, "\"course\":\"Go\""},
        {{{NULL, "name", "{{Name}}", false}, {NULL, "zone", "1", false}},
         2,
         "address",
         "\"address\":\"" ALICE "\",\"name\":\"Ann\",\"zone\":\"1\""},
        /* a setting of the recipient's field takes its place */
        {{{NULL, "address", "{{Name}}", false}}, 1, "address", "\"address\":\"Ann\""},
        {{{NULL, "address", "0x{{", true}}, 1, "address", "\"address\":\"0x{{\""},
        /* names are as they stand */
        {{{NULL, "Address", "x", false}},
         1,
         "address",
         "\"Address\":\"x\",\"address\":\"" ALICE "\""},
        /* a plugin's field of that name is another */
        {{{"p", "address", "x", false}},
         1,
         "address",
         "\"address\":\"" ALICE "\",\"p\":{\"address\":\"x\"}"},
        {{{"p", "x", "1", false}, {NULL, "p", "2", false}, {"p", "a", "3", false}},
         3,
         NULL,
         "\"p\":\"2\",\"p\":{\"a\":\"3\",\"x\":\"1\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice fields[N] = {{"Ann", 3}, {"A-1", 3}, slice_of(ALICE)};
        struct err e = ERR_INIT;
        struct plan *p = plan_new(cases[i].settings, cases[i].n, cases[i].recipient, &header, &e);
        struct arena a;
        struct text out;

        arena_init(&a);
        text_init(&out);
        assert_non_null(p);
        assert_null(plan_row(p, ALICE, fields, N, &a, &out));
        assert_string_equal(out.ptr, cases[i].want);
        plan_free(p);
        text_release(&out);
        arena_release(&a);
    }
}

/* What the steps before gave stands behind the columns of the file: {{step1.code}} is a column like any
 * other, and is empty as long as there is no code. */
static void test_virtual_columns(void **state)
{
    static const struct slice more[N + 2] = {
        {"Name", 4}, {"Code", 4}, {"Wallet", 6}, {"step1.code", 10}, {"step1.link", 10}};
    static const struct columns wide = {.names = more, .n = N + 2, .origin = "in.csv", .line = 1};
    static const struct plan_setting one = {"codes-1", "code", "{{step1.code}}", false};
    static const struct {
        const char *code, *want, *why;
    } cases[] = {
        {"abc-1", "\"codes-1\":{\"code\":\"abc-1\"}", NULL},
        {"", NULL, "column \"step1.code\" is empty"},
    };
    struct err e = ERR_INIT, none = ERR_INIT;
    struct plan *p = plan_new(&one, 1, NULL, &wide, &e);

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice fields[N + 2] = {
            {"Ann", 3}, {"A-1", 3}, slice_of(ALICE), slice_of(cases[i].code), {"L", 1}};
        struct record r = {.row = 1, .line = 2, .fields = fields, .nfields = N};
        struct arena a;
        struct text out;
        const char *why;

        arena_init(&a);
        text_init(&out);
        assert_true(r.nfields < wide.n); /* the record itself has fewer */
        why = plan_row(p, ALICE, fields, N + 2, &a, &out);
        if (cases[i].why)
            assert_string_equal(why, cases[i].why);
        else
            assert_string_equal(out.ptr, cases[i].want);
        assert_int_equal(why != NULL, cases[i].why != NULL);
        text_release(&out);
        arena_release(&a);
    }
    plan_free(p);
    assert_null(plan_new(&one, 1, NULL, &header, &none)); /* without that step there is none */
    assert_int_equal(none.code, EXIT_USAGE);
}

/* Whatever the fields hold, the members are JSON or the row is invalid. */
static void test_always_json(void **state)
{
    static const struct plan_setting one = {"p", "x", "<{{Name}}>", false};

    (void)state;
    for (int c = 1; c < 256; c++) {
        char field[3] = {'a', (char)c, '\0'};
        struct arena a;
        struct text out, body;
        const char *why;

        arena_init(&a);
        text_init(&out);
        text_init(&body);
        why = plan_once(&one, 1, slice_of(field), slice_of(""), &a, &out);
        assert_int_equal(why != NULL, c >= 0x80);
        text_printf(&body, "{%s}", why ? "" : out.ptr);
        struct json *j = json_parse((struct slice){body.ptr, body.len});
        assert_non_null(j);
        if (!why)
            assert_int_equal(json_text(json_get(json_get(j, "p"), "x")).len, 4);
        json_free(j);
        text_release(&body);
        text_release(&out);
        arena_release(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_rows_with_holes),
        cmocka_unit_test(test_settings_that_cannot_be),
        cmocka_unit_test(test_bare_fields),
        cmocka_unit_test(test_virtual_columns),
        cmocka_unit_test(test_always_json),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
