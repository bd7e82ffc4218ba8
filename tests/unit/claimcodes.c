/* claimcodes: what a claim says of its number of codes, in the forms of the API. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/claimcodes.h"
#include "adapters/json.h"
#include "base/text.h"

#include "fixture.h"

#define PLUGINS(list) "{\"claim\":{\"claimId\":\"c\",\"plugins\":[" list "]}}"
#define CODES(params) "{\"pluginId\":\"codes\",\"instanceId\":\"codes-1\"" params "}"
#define OF(n) ",\"publicParams\":{\"numCodes\":" n ",\"hideCurrentState\":false}"
#define OTHER "{\"pluginId\":\"numUses\",\"publicParams\":{\"maxUses\":\"5\",\"numCodes\":9}}"

static void test_answers(void **state)
{
    static const struct {
        const char *doc;
        int64_t n;
        const char *says;
    } cases[] = {
        {PLUGINS(CODES(OF("1000"))), 1000, NULL},
        {PLUGINS(CODES(OF("\"1000\""))), 1000, NULL},
        {PLUGINS(OTHER "," CODES(OF("1"))), 1, NULL},
        {PLUGINS(CODES(OF("7")) "," OTHER), 7, NULL},
        {PLUGINS(CODES(OF("0"))), 0, "does not tell"},
        {PLUGINS(CODES(OF("-1"))), 0, "does not tell"},
        {PLUGINS(CODES(OF("1.5"))), 0, "does not tell"},
        {PLUGINS(CODES(OF("\"many\""))), 0, "does not tell"},
        {PLUGINS(CODES("")), 0, "does not tell"},
        {PLUGINS(CODES(",\"privateParams\":{\"numCodes\":5}")), 0, "does not tell"},
        {PLUGINS(OTHER), 0, "takes no codes"},
        {PLUGINS(""), 0, "takes no codes"},
        {"{\"claim\":{}}", 0, "takes no codes"},
        {"{}", 0, "takes no codes"},
        {"[]", 0, "takes no codes"},
        {"{\"claim\":{\"plugins\":7}}", 0, "takes no codes"},
        {PLUGINS(CODES(OF("5")) "," CODES(OF("5"))), 0, "several codes plugins"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_fault f;
        struct json *doc = json_parse_strict(slice_of(cases[i].doc), &f);
        int64_t n = 0;
        const char *why;

        assert_non_null(doc);
        why = claimcodes_read(doc, &n);
        if (!why != !cases[i].says || (why && !strstr(why, cases[i].says)) ||
            (!why && n != cases[i].n))
            fail_msg("%s: %lld, %s", cases[i].doc, (long long)n, why ? why : "fine");
        json_free(doc);
    }
}

static void test_question(void **state)
{
    struct text path;

    (void)state;
    text_init(&path);
    claimcodes_ask("a b/c", &path);
    assert_string_equal(path.ptr, "/api/v0/claim/a%20b%2Fc");
    text_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers),
                                       cmocka_unit_test(test_question)};

    return cmocka_run_group_tests_name("claimcodes", tests, NULL, NULL);
}
