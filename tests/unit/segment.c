/* segment: ids as they are, and those that would change the path of a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/segment.h"

#include "fixture.h"

static void test_ids(void **state)
{
    static const char *const good[] = {
        "c1",       "6f8d2a0c4e5b7d9f01a3c5e7",
        "a.b",      "...",
        ".a",       "a.",
        "..a",      "a/b",
        "a%2e%2e",  "100%",
        "%",        "a?b#c=",
        "\xc3\xbc", "a b",
        "a/...",    "a\\b",
    };
    static const struct {
        const char *id, *why;
    } bad[] = {
        {"", "is empty"},
        {".", "is no id"},
        {"..", "is no id"},
        {"../x", "is no id"},
        {"x/..", "is no id"},
        {"x/../y", "is no id"},
        {"x/./y", "is no id"},
        {"x\\..\\y", "is no id"},
        {"./", "is no id"},
        {"a\nb", "control character"},
        {"\x7f", "control character"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (segment_fault(slice_of(good[i])))
            fail_msg("%s: %s", good[i], segment_fault(slice_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *why = segment_fault(slice_of(bad[i].id));

        if (!why || !strstr(why, bad[i].why))
            fail_msg("%s: %s", bad[i].id, why ? why : "is taken");
    }
}

static void test_length(void **state)
{
    char id[SEGMENT_MAX + 1];

    (void)state;
    memset(id, 'x', sizeof(id));
    assert_null(segment_fault((struct slice){id, SEGMENT_MAX}));
    assert_string_equal(segment_fault((struct slice){id, SEGMENT_MAX + 1}),
                        "is longer than any id");
    assert_non_null(segment_fault((struct slice){"a\0b", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
