/* err: the first error wins, and its text is fit to print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/text.h"

#include <string.h>

static void the_first_error_wins(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_int_equal(err_set(&e, EXIT_INPUT, "%s:%d: bad", "a.csv", 3), -1);
    assert_int_equal(err_nomem(&e), -1);
    assert_int_equal(e.code, EXIT_INPUT);
    assert_string_equal(e.text, "a.csv:3: bad");
}

static void no_memory_stops_the_run(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_int_equal(err_nomem(&e), -1);
    assert_int_equal(e.code, EXIT_STOPPED);
    assert_string_equal(e.text, "out of memory: free some, then run the same command again");
}

static void line_breaks_and_terminal_controls_are_shown(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    (void)err_set(&e, EXIT_USAGE, "\x1b[31mred\r\n\x7fGr\xc3\xbc");
    assert_string_equal(e.text, "\\x1b[31mred\\x0d\\x0a\\u007fGr\xc3\xbc");
}

static void a_long_text_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x8e\x89"};
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        for (int shift = 0; shift < 4; shift++) {
            struct err e = ERR_INIT;
            struct text t;
            text_init(&t);
            text_printf(&t, "%.*s", shift, "xxxx");
            while (t.len < (size_t)2 * ERR_TEXT_MAX)
                text_puts(&t, characters[i]);
            (void)err_set(&e, EXIT_USAGE, "%s", t.ptr);
            assert_true(strlen(e.text) >= ERR_TEXT_MAX - 5);
            assert_true(slice_is_utf8(slice_of(e.text)));
            text_release(&t);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(no_memory_stops_the_run),
        cmocka_unit_test(line_breaks_and_terminal_controls_are_shown),
        cmocka_unit_test(a_long_text_is_cut_at_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
