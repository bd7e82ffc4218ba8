/* template: columns in text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/template.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define SLICE(s)                                                                                   \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }

static const struct slice names[] = {SLICE("First Name"), SLICE("Last Name"), SLICE("E-mail"),
                                     SLICE("Code"),       SLICE("Code"),      SLICE("Size|EU"),
                                     SLICE("Far")};
static const struct columns columns = {
    .names = names, .n = COUNT(names), .origin = "in.csv", .line = 1};
static const struct slice row[] = {SLICE("Ada"), SLICE("{{E-mail}}"), SLICE(" "),
                                   SLICE("7"),   SLICE("8"),          SLICE("42")};

static void columns_take_the_place_of_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text;
        bool has_columns;
    } cases[] = {
        {"", "", false},
        {"plain }} { } {x}", "plain }} { } {x}", false},
        {"{{First Name}}", "Ada", true},
        {"{{ first-name\t}}!", "Ada!", true},
        {"<{{First Name}}{{FirstName}}>", "<AdaAda>", true},
        {"{ {{First Name}} }}", "{ Ada }}", true},
        {"{{Last Name}}", "{{E-mail}}", true}, /* a value is not looked into */
        {"{{First Name|friend}}", "Ada", true},
        {"{{E-mail|friend}}!", "friend!", true},
        {"{{ e-mail | dear | friend }}!", "dear | friend!", true},
        {"{{E-mail|}}!", "!", true},
        {"{{Size|EU}} {{size|eu}}", "42 42", true}, /* a column is really called so */
        {"{{Far|away}}", "away", true},             /* the row has no such field */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct text out;
        char source[64];
        text_init(&out);
        size_t len = strlen(cases[i].source);
        memcpy(source, cases[i].source, len);
        struct template *t = template_new((struct slice){source, len}, &columns, "--set", &e);
        memset(source, '#', sizeof source);
        assert_non_null(t);
        assert_int_equal(template_has_columns(t), cases[i].has_columns);
        assert_int_equal(template_column(t) != COLUMNS_NONE, cases[i].has_columns);
        assert_true(template_render(t, row, COUNT(row), &out) == COLUMNS_NONE);
        assert_string_equal(out.ptr, cases[i].text);
        template_free(t);
        text_release(&out);
    }
}

static void a_hole_is_not_sent(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct text out;
    text_init(&out);
    struct template *t =
        template_new(slice_of("{{First Name}} <{{E-mail}}>"), &columns, "--set", &e);
    assert_non_null(t);
    assert_int_equal(template_render(t, row, COUNT(row), &out), 2); /* blank */
    assert_int_equal(template_render(t, row, 2, &out), 2);          /* missing */
    assert_int_equal(template_render(t, row, 0, &out), 0);
    template_free(t);
    template_free(NULL);
    text_release(&out);
}

static void a_template_that_cannot_be_right_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *source, *says;
    } cases[] = {
        {"s3cret {{", "--set a.b: a \"{{\" is not closed by \"}}\""},
        {"s3cret {{First Name}", "not closed"},
        {"{{First Name}} s3cret {{Last Name", "not closed"},
        {"s3cret {{}}", "\"{{}}\" names no column"},
        {"s3cret {{  }}", "names no column"},
        {"s3cret {{ |x}}", "\"{{|}}\" names no column"},
        {"s3cret {{Frist Name|x}}", "nearest is \"First Name\""},
        {"s3cret {{Code|x}}", "\"Code\" stands twice"},
        {"s3cret {{Frist Name}}",
         "in.csv:1: no column \"Frist Name\" (--set a.b): nearest is \"First Name\""},
        {"s3cret {{Code}}", "\"Code\" stands twice (columns 4 and 5)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        assert_null(template_new(slice_of(cases[i].source), &columns, "--set a.b", &e));
        assert_int_equal(e.code, EXIT_USAGE);
        if (strstr(e.text, cases[i].says) == NULL || strstr(e.text, "s3cret") != NULL)
            fail_msg("%s", e.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_take_the_place_of_their_names),
        cmocka_unit_test(a_hole_is_not_sent),
        cmocka_unit_test(a_template_that_cannot_be_right_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
