/* jsonout: to the letter; and whatever is written is read as what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/jsonout.h"

#include "adapters/json.h"

#include <string.h>

static void test_document(void **state)
{
    struct jsonout j;
    struct text out;

    (void)state;
    text_init(&out);
    jsonout_init(&j, &out);
    jsonout_text(&j, "text", "a \"b\"\n");
    jsonout_null(&j, "nothing");
    jsonout_list(&j, "list");
    jsonout_number(&j, NULL, INT64_MIN);
    jsonout_object(&j, NULL);
    jsonout_flag(&j, "yes", true);
    jsonout_flag(&j, "no", false);
    jsonout_close(&j);
    jsonout_close(&j);
    jsonout_object(&j, "empty");
    jsonout_close(&j);
    jsonout_time(&j, "at", INT64_C(1795903393000));
    jsonout_time(&j, "never", 0);
    jsonout_list(&j, "open");
    jsonout_end(&j);
    assert_true(text_ok(&out));
    assert_string_equal(out.ptr, "{\n"
                                 "  \"text\": \"a \\\"b\\\"\\n\",\n"
                                 "  \"nothing\": null,\n"
                                 "  \"list\": [\n"
                                 "    -9223372036854775808,\n"
                                 "    {\n"
                                 "      \"yes\": true,\n"
                                 "      \"no\": false\n"
                                 "    }\n"
                                 "  ],\n"
                                 "  \"empty\": {},\n"
                                 "  \"at\": \"2026-11-28T22:03:13Z\",\n"
                                 "  \"never\": null,\n"
                                 "  \"open\": []\n"
                                 "}\n");
    text_release(&out);
}

/* What was written before may be gone by then. */
static void test_drained(void **state)
{
    struct jsonout j;
    struct text out;

    (void)state;
    text_init(&out);
    jsonout_init(&j, &out);
    jsonout_list(&j, "list");
    jsonout_number(&j, NULL, 1);
    text_clear(&out);
    jsonout_number(&j, NULL, 2);
    jsonout_end(&j);
    assert_string_equal(out.ptr, ",\n    2\n  ]\n}\n");
    text_release(&out);
}

static void test_not_utf8(void **state)
{
    static const char *const names[] = {"caf\xe9.csv", "\xff", "\xed\xa0\x80", "ok"};
    static const char *const shown[] = {"caf\\xe9.csv", "\\xff", "\\xed\\xa0\\x80", "ok"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct jsonout j;
        struct text out;
        struct json *doc;

        text_init(&out);
        jsonout_init(&j, &out);
        jsonout_text(&j, names[i], names[i]);
        jsonout_end(&j);
        doc = json_parse((struct slice){out.ptr, out.len});
        assert_non_null(doc);
        assert_true(slice_equal(json_text(json_get(doc, shown[i])), slice_of(shown[i])));
        json_free(doc);
        text_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_drained),
        cmocka_unit_test(test_not_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
