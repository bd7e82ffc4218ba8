/* claimfacts: what tells an on-chain claim, and one on demand, in every form that ids come in. */
#include "actions/claimfacts.h"

#include "adapters/json.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void what_is_on_chain(void **state)
{
    static const struct {
        const char *claim;
        bool on_chain;
        const char *collection, *approval;
    } cases[] = {
        {"{\"collectionId\":\"5\",\"trackerDetails\":{\"collectionId\":\"5\",\"approvalId\":\"a\"}"
         "}",
         true, "5", "a"},
        {"{\"trackerDetails\":{\"collectionId\":\"7\",\"approvalId\":\"a\"}}", true, "7", "a"},
        {"{\"trackerDetails\":{\"collectionId\":7,\"approvalId\":3}}", true, "7", "3"},
        /* the tracker's own is what its tokens come from */
        {"{\"collectionId\":\"5\",\"trackerDetails\":{\"collectionId\":\"7\",\"approvalId\":\"a\"}"
         "}",
         true, "7", "a"},
        {"{\"collectionId\":\"5\",\"trackerDetails\":{\"approvalId\":\"a\"}}", true, "5", "a"},
        {"{\"collectionId\":\"5\",\"trackerDetails\":{}}", true, "5", ""},
        {"{\"trackerDetails\":{\"approvalId\":\"a\"}}", true, "", "a"},
        {"{\"standaloneClaim\":true,\"trackerDetails\":{\"collectionId\":\"7\"}}", true, "7", ""},
        {"{\"collectionId\":\"5\"}", true, "5", ""},
        {"{\"collectionId\":5,\"standaloneClaim\":false}", true, "5", ""},
        {"{\"collectionId\":\"18446744073709551616\"}", true, "18446744073709551616", ""},
        {"{\"collectionId\":\"a-1\"}", true, "a-1", ""},
        {"{\"collectionId\":\"5\",\"trackerDetails\":null}", true, "5", ""},
        /* off-chain */
        {"{\"collectionId\":\"5\",\"standaloneClaim\":true}", false, "", ""},
        {"{\"standaloneClaim\":true}", false, "", ""},
        {"{}", false, "", ""},
        {"{\"collectionId\":\"0\"}", false, "", ""},
        {"{\"collectionId\":\"-1\"}", false, "", ""},
        {"{\"collectionId\":0}", false, "", ""},
        {"{\"collectionId\":-5}", false, "", ""},
        {"{\"collectionId\":\"\"}", false, "", ""},
        {"{\"collectionId\":null,\"trackerDetails\":null}", false, "", ""},
        {"{\"trackerDetails\":{\"collectionId\":\"0\",\"approvalId\":\"\"}}", false, "", ""},
        {"{\"trackerDetails\":[1]}", false, "", ""},
        {"{\"collectionId\":{\"x\":1}}", false, "", ""},
        {"{\"collectionId\":\"" X64 X64 "x\"}", false, "", ""},
        {"[]", false, "", ""},
        {"null", false, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *j = json_parse(slice_of(cases[i].claim));
        struct claimfacts f;

        memset(&f, 'x', sizeof f);
        claimfacts_read(j, &f);
        if (f.on_chain != cases[i].on_chain)
            fail_msg("%s: on_chain %d", cases[i].claim, f.on_chain);
        assert_string_equal(f.collection, cases[i].collection);
        assert_string_equal(f.approval, cases[i].approval);
        json_free(j);
    }
}

static void what_is_on_demand(void **state)
{
    static const struct {
        const char *claim;
        bool on_demand;
    } cases[] = {
        {"{\"plugins\":[]}", true},
        {"{\"plugins\":[{\"pluginId\":\"password\"}]}", true},
        {"{\"plugins\":[{\"pluginId\":\"numUses2\"},{\"pluginId\":7},{}]}", true},
        {"{\"plugins\":[{\"instanceId\":\"numUses\"}]}", true},
        {"{\"plugins\":[{\"pluginId\":\"password\"},{\"pluginId\":\"numUses\"}]}", false},
        /* nothing is said of its plugins */
        {"{}", false},
        {"{\"plugins\":null}", false},
        {"{\"plugins\":{\"pluginId\":\"password\"}}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *j = json_parse(slice_of(cases[i].claim));
        struct claimfacts f;

        claimfacts_read(j, &f);
        if (f.on_demand != cases[i].on_demand)
            fail_msg("%s: on_demand %d", cases[i].claim, f.on_demand);
        json_free(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_on_chain),
        cmocka_unit_test(what_is_on_demand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
