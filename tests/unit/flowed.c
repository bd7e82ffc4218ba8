/* flowed: RFC 3676. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/flowed.h"

static void paragraphs_are_lines(void **state)
{
    static const struct {
        const char *flowed, *text;
        bool delsp;
    } cases[] = {
        {"", "", false},
        {"one\ntwo\n", "one\ntwo\n", false},
        {"one \ntwo \nthree\n\nfour\n", "one two three\n\nfour\n", false},
        {"one \ntwo", "one two", false},
        {"one  \ntwo\n", "one two\n", true},
        {"\xe6\x97\xa5 \n\xe6\x9c\xac\n", "\xe6\x97\xa5\xe6\x9c\xac\n", true},
        {" From me\n  in\n", "From me\n in\n", false},
        {"> a \n> b\n>> c \nd\n", "> a b\n>> c \nd\n", false},
        {"bye \n-- \nAnn\n", "bye \n-- \nAnn\n", false},
        {"\n\n", "\n\n", false},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text_clear(&out);
        flowed_join(slice_of(cases[i].flowed), cases[i].delsp, &out);
        assert_string_equal(out.ptr, cases[i].text);
    }
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(paragraphs_are_lines)};

    return cmocka_run_group_tests_name("flowed", tests, NULL, NULL);
}
