/* entities: what they stand for, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/entities.h"

#include <string.h>

static void an_entity_is_a_character(void **state)
{
    static const struct {
        const char *html, *text;
    } cases[] = {
        {"&amp;", "&"},
        {"&AElig;", "\xc3\x86"},
        {"&zwnj;", "\xe2\x80\x8c"},
        {"&Alpha;", "\xce\x91"},
        {"&thetasym;", "\xcf\x91"},
        {"&spades;", "\xe2\x99\xa0"},
        {"&lcub;", "{"},
        {"&#123;", "{"},
        {"&#x1F600;", "\xf0\x9f\x98\x80"},
        {"&#XE9;x", "\xc3\xa9"},
        {"&#0;", "\xef\xbf\xbd"},
        {"&#xD800;", "\xef\xbf\xbd"},
        {"&#99999999999999999999;", "\xef\xbf\xbd"},
        {"&#;", ""},
        {"&#x;", ""},
        {"&# 1;", ""},
        {"&#-1;", ""},
        {"&unheardof;", ""},
        {"&amp", ""},
        {"& ;", ""},
        {"&;", ""},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *end = strchr(cases[i].html, ';');
        uint32_t code = 0;
        size_t n = entities_read(slice_of(cases[i].html), &code);

        text_clear(&out);
        if (n > 0)
            entities_put(code, &out);
        assert_string_equal(n > 0 ? out.ptr : "", cases[i].text);
        assert_int_equal(n, *cases[i].text ? (size_t)(end - cases[i].html) + 1 : 0);
    }
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_entity_is_a_character)};

    return cmocka_run_group_tests_name("entities", tests, NULL, NULL);
}
