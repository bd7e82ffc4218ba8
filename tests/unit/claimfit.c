/* claimfit: claims as the service shows them, and what is set for them; what is not known is never held against. */
#include "policy/claimfit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "actions/claimplugins.h"
#include "adapters/json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PASSWORD "{\"pluginId\":\"password\",\"instanceId\":\"password-1\"}"
#define CODES(n, state)                                                                            \
    "{\"pluginId\":\"codes\",\"instanceId\":\"codes-1\",\"publicParams\":{\"numCodes\":" n         \
    "},\"publicState\":" state "}"
#define USES(params, state)                                                                        \
    "{\"pluginId\":\"numUses\",\"instanceId\":\"numUses-1\",\"publicParams\":{" params             \
    "},\"publicState\":{" state "}}"
#define OTHER "{\"pluginId\":\"custom-7\",\"instanceId\":\"theirs\"}"
#define SIGN_IN "{\"pluginId\":\"initiatedBy\",\"instanceId\":\"initiatedBy-1\"}"
#define CLAIM(plugins) "{\"plugins\":[" plugins "]}"

static void read_claim(const char *text, struct claimfit_claim *c)
{
    struct json *doc = json_parse((struct slice){text, strlen(text)});

    if (!doc)
        fail_msg("%s", text);
    claimplugins_read(doc, c);
    json_free(doc);
}

/* given: "password-1.password codes-1.code" */
static size_t read_given(char *words, struct claimfit_given *given)
{
    size_t n = 0;

    for (char *at = strtok_r(words, " ", &words); at; at = strtok_r(NULL, " ", &words)) {
        char *dot = strrchr(at, '.');

        *dot = '\0';
        given[n++] = (struct claimfit_given){at, dot + 1};
    }
    return n;
}

static void test_judge(void **state)
{
    static const struct {
        const char *claim, *given;
        enum claimfit fit;
        const char *says;
    } cases[] = {
        {CLAIM(PASSWORD), "password-1.password", CLAIMFIT_FITS, ""},
        {CLAIM(USES("", "") "," PASSWORD), "password-1.password", CLAIMFIT_FITS, ""},
        {CLAIM(PASSWORD "," CODES("\"9\"", "{}")), "codes-1.code password-1.password",
         CLAIMFIT_FITS, ""},
        {CLAIM(OTHER), "theirs.anything", CLAIMFIT_FITS, ""},
        {CLAIM(USES("", "")), "", CLAIMFIT_FITS, ""},
        /* what is set is not what it wants */
        {CLAIM(PASSWORD), "", CLAIMFIT_WRONG,
         "wants a password, and none is set: set password-1.password"},
        {CLAIM(CODES("9", "{}")), "", CLAIMFIT_WRONG,
         "wants a code, and none is set: set codes-1.code"},
        {CLAIM(PASSWORD), "password-2.password", CLAIMFIT_WRONG,
         "password-2.password is set, but the claim has no plugin of that instance id: it has "
         "password-1.password"},
        {CLAIM(PASSWORD), "password-1.passwort", CLAIMFIT_WRONG,
         "its plugin (password) takes password-1.password"},
        {CLAIM(CODES("9", "{}")), "codes-1.password", CLAIMFIT_WRONG, "takes codes-1.code"},
        {CLAIM(USES("", "")), "password-1.password", CLAIMFIT_WRONG, "it has numUses-1 (numUses)"},
        {CLAIM(PASSWORD "," CODES("9", "{}")), "password-1.password", CLAIMFIT_WRONG,
         "wants a code"},
        /* no API key can */
        {CLAIM(PASSWORD "," SIGN_IN), "password-1.password", CLAIMFIT_SIGN_IN, "sign in"},
        {CLAIM(SIGN_IN), "", CLAIMFIT_SIGN_IN, "initiatedBy-1"},
        /* nothing is positively known */
        {"{}", "password-1.password", CLAIMFIT_FITS, ""},
        {"{\"plugins\":null}", "a.b", CLAIMFIT_FITS, ""},
        {"{\"plugins\":{}}", "a.b", CLAIMFIT_FITS, ""},
        {"{\"plugins\":[]}", "a.b", CLAIMFIT_FITS, ""},
        {CLAIM("{}"), "a.b", CLAIMFIT_FITS, ""},
        {CLAIM(PASSWORD ",7"), "password-1.password a.b", CLAIMFIT_FITS, ""},
        {CLAIM("{\"pluginId\":\"password\",\"instanceId\":7}"), "a.b", CLAIMFIT_FITS, ""},
        {CLAIM("{\"pluginId\":7,\"instanceId\":\"a\"}"), "a.b", CLAIMFIT_FITS, ""},
        {"{\"satisfyMethod\":{\"type\":\"OR\"},\"plugins\":[" PASSWORD "," SIGN_IN "]}", "",
         CLAIMFIT_FITS, ""},
        {"{\"satisfyMethod\":{\"type\":\"AND\",\"conditions\":[\"password-1\",{\"type\":\"OR\","
         "\"conditions\":[\"initiatedBy-1\",\"x\"]}]},\"plugins\":[" PASSWORD "," SIGN_IN "]}",
         "", CLAIMFIT_WRONG, "wants a password"},
        {"{\"satisfyMethod\":{\"type\":\"AND\",\"conditions\":[{\"type\":\"AND\","
         "\"conditions\":[\"initiatedBy-1\"]}]},\"plugins\":[" PASSWORD "," SIGN_IN "]}",
         "", CLAIMFIT_SIGN_IN, ""},
        {"{\"satisfyMethod\":{\"type\":\"AND\",\"conditions\":[\"password-1\",\"x\"],"
         "\"options\":{\"minNumSatisfied\":1}},\"plugins\":[" PASSWORD "]}",
         "", CLAIMFIT_FITS, ""},
        {"{\"satisfyMethod\":{\"type\":\"NOT\",\"conditions\":[\"password-1\"]},\"plugins\":"
         "[" PASSWORD "]}",
         "", CLAIMFIT_FITS, ""},
        {"{\"satisfyMethod\":\"\",\"plugins\":[" SIGN_IN "]}", "", CLAIMFIT_SIGN_IN, ""},
        {"{\"satisfyMethod\":{\"type\":\"OR\"},\"plugins\":[" PASSWORD "]}", "x.y", CLAIMFIT_WRONG,
         "x.y"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct claimfit_claim c;
        struct claimfit_given given[8];
        char words[128], why[CLAIMFIT_TEXT_MAX];
        size_t n;

        snprintf(words, sizeof words, "%s", cases[i].given);
        n = read_given(words, given);
        read_claim(cases[i].claim, &c);
        if (claimfit_judge(&c, given, n, false, why) != cases[i].fit || !strstr(why, cases[i].says))
            fail_msg("%s with \"%s\": %s", cases[i].claim, cases[i].given, why);
    }
}

/* Of a step for several claims. */
static void test_shared(void **state)
{
    struct claimfit_given given[] = {{"password-1", "password"}, {"pw-2", "password"}};
    struct claimfit_claim c;
    char why[CLAIMFIT_TEXT_MAX];

    (void)state;
    read_claim(CLAIM(PASSWORD), &c);
    assert_int_equal(claimfit_judge(&c, given, 2, true, why), CLAIMFIT_FITS);
    assert_int_equal(claimfit_judge(&c, given, 2, false, why), CLAIMFIT_WRONG);
    assert_int_equal(claimfit_judge(&c, given + 1, 1, true, why), CLAIMFIT_WRONG);
    assert_non_null(strstr(why, "wants a password"));
}

#define WHITELIST(params)                                                                          \
    "{\"pluginId\":\"whitelist\",\"instanceId\":\"w\",\"publicParams\":{" params "}}"

static void test_per_address(void **state)
{
    static const struct {
        const char *claim;
        int64_t most;
    } cases[] = {
        {CLAIM(WHITELIST("\"maxUsesPerAddress\":1")), 1},
        {CLAIM(WHITELIST("\"maxUsesPerAddress\":\"3\"")), 3},
        {CLAIM(WHITELIST("\"maxUsesPerAddress\":3") "," WHITELIST("\"maxUsesPerAddress\":2")), 2},
        {CLAIM(WHITELIST("\"maxUsesPerAddress\":0")), CLAIMFIT_UNKNOWN},
        {CLAIM(WHITELIST("")), CLAIMFIT_UNKNOWN},
        {CLAIM(USES("\"maxUses\":10,\"maxUsesPerAddress\":1", "\"numUses\":4")), CLAIMFIT_UNKNOWN},
        {"{\"satisfyMethod\":{\"type\":\"OR\"},\"plugins\":[" WHITELIST(
             "\"maxUsesPerAddress\":1") "]}",
         CLAIMFIT_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct claimfit_claim c;

        read_claim(cases[i].claim, &c);
        if (claimfit_per_address(&c) != cases[i].most)
            fail_msg("%s: %lld", cases[i].claim, (long long)claimfit_per_address(&c));
    }
}

static void test_left(void **state)
{
    static const struct {
        const char *claim;
        int64_t left;
    } cases[] = {
        {CLAIM(USES("\"maxUses\":10", "\"numUses\":4")), 6},
        {CLAIM(USES("\"maxUses\":\"10\"", "\"numUses\":\"10\"")), 0},
        {CLAIM(USES("\"maxUses\":10", "\"numUses\":11")), 0},
        {CLAIM(USES("\"maxUses\":10", "")), CLAIMFIT_UNKNOWN},
        {CLAIM(USES("\"maxUses\":10,\"displayAsUnlimited\":true", "\"numUses\":4")),
         CLAIMFIT_UNKNOWN},
        {CLAIM(USES("\"maxUses\":0", "\"numUses\":4")), CLAIMFIT_UNKNOWN},
        {CLAIM(USES("\"maxUses\":10", "\"numUses\":-4")), CLAIMFIT_UNKNOWN},
        {CLAIM(USES("", "\"numUses\":4")), CLAIMFIT_UNKNOWN},
        {CLAIM(CODES("9", "{}")), 9},
        {CLAIM(CODES(
             "\"9\"",
             "{\"usedCodeRanges\":[{\"start\":\"0\",\"end\":\"3\"},{\"start\":5,\"end\":5}]}")),
         4},
        {CLAIM(CODES("9", "{\"usedCodeRanges\":[{\"start\":0,\"end\":8}]}")), 0},
        {CLAIM(CODES("9", "{\"usedCodeRanges\":[{\"start\":0,\"end\":99}]}")), 9},
        {CLAIM(CODES("9", "{\"usedCodeRanges\":[7]}")), 9},
        {CLAIM(CODES("\"many\"", "{}")), CLAIMFIT_UNKNOWN},
        {CLAIM(CODES("9", "{}") "," USES("\"maxUses\":10", "\"numUses\":4")), 6},
        {CLAIM(PASSWORD), CLAIMFIT_UNKNOWN},
        {"{\"satisfyMethod\":{\"type\":\"OR\"},\"plugins\":[" CODES("9", "{}") "]}",
         CLAIMFIT_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct claimfit_claim c;

        read_claim(cases[i].claim, &c);
        if (claimfit_left(&c) != cases[i].left)
            fail_msg("%s: %lld", cases[i].claim, (long long)claimfit_left(&c));
    }
}

#define TIMES(ranges)                                                                              \
    "{\"pluginId\":\"transferTimes\",\"instanceId\":\"times-1\",\"publicParams\":{"                \
    "\"transferTimes\":[" ranges "]}}"
#define HALT "{\"pluginId\":\"halt\",\"instanceId\":\"halt-1\",\"publicParams\":{}}"
#define FULL USES("\"maxUses\":10", "\"numUses\":10")

static void test_closed(void **state)
{
    static const struct {
        const char *claim;
        enum claimfit_closed closed;
        int64_t at_ms;
    } cases[] = {
        {CLAIM(PASSWORD), CLAIMFIT_OPEN, 0},
        {CLAIM(PASSWORD "," HALT), CLAIMFIT_HALTED, 0},
        {CLAIM(FULL "," HALT), CLAIMFIT_HALTED, 0},
        {CLAIM(FULL), CLAIMFIT_USED_UP, 0},
        {CLAIM(CODES("9", "{\"usedCodeRanges\":[{\"start\":0,\"end\":8}]}")), CLAIMFIT_USED_UP, 0},
        {CLAIM(USES("\"maxUses\":10", "\"numUses\":9")), CLAIMFIT_OPEN, 0},
        /* it is 1000 */
        {CLAIM(TIMES("{\"start\":\"1000\",\"end\":\"1000\"}")), CLAIMFIT_OPEN, 0},
        {CLAIM(TIMES("{\"start\":1,\"end\":999}")), CLAIMFIT_OVER, 999},
        {CLAIM(TIMES("{\"start\":\"1001\",\"end\":\"18446744073709551615\"}")), CLAIMFIT_NOT_YET,
         1001},
        {CLAIM(TIMES("{\"start\":\"7\",\"end\":\"18446744073709551615\"}")), CLAIMFIT_OPEN, 0},
        {CLAIM(TIMES("{\"start\":1,\"end\":2},{\"start\":5,\"end\":9}")), CLAIMFIT_OVER, 9},
        {CLAIM(TIMES("{\"start\":1,\"end\":2},{\"start\":5000,\"end\":9000},"
                     "{\"start\":4000,\"end\":4001}")),
         CLAIMFIT_NOT_YET, 4000},
        {CLAIM(TIMES("{\"start\":1,\"end\":2},{\"start\":999,\"end\":1001}")), CLAIMFIT_OPEN, 0},
        {CLAIM(FULL "," TIMES("{\"start\":1,\"end\":2}")), CLAIMFIT_OVER, 2},
        /* not known, or not needed */
        {CLAIM(TIMES("")), CLAIMFIT_OPEN, 0},
        {CLAIM(TIMES("{\"start\":1,\"end\":2},{\"start\":\"soon\",\"end\":9}")), CLAIMFIT_OPEN, 0},
        {CLAIM(TIMES("{\"start\":1,\"end\":\"-\"}")), CLAIMFIT_OPEN, 0},
        {CLAIM(TIMES("{\"start\":1,\"end\":\"\"}")), CLAIMFIT_OPEN, 0},
        {CLAIM(TIMES("{\"start\":9,\"end\":2}")), CLAIMFIT_OPEN, 0},
        {CLAIM(TIMES("7")), CLAIMFIT_OPEN, 0},
        {"{\"satisfyMethod\":{\"type\":\"OR\"},\"plugins\":[" HALT "," FULL "]}", CLAIMFIT_OPEN, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct claimfit_claim c;
        int64_t at_ms = 0;

        read_claim(cases[i].claim, &c);
        if (claimfit_closed(&c, 1000, &at_ms) != cases[i].closed || at_ms != cases[i].at_ms)
            fail_msg("%s: %lld", cases[i].claim, (long long)at_ms);
    }
}

static void test_many_and_long(void **state)
{
    struct claimfit_given given = {"not-there", "field"};
    struct claimfit_claim c;
    struct text text;
    char why[CLAIMFIT_TEXT_MAX];

    (void)state;
    text_init(&text);
    text_puts(&text, "{\"plugins\":[");
    for (int i = 0; i < CLAIMFIT_PLUGINS_MAX; i++)
        text_printf(
            &text,
            "%s{\"pluginId\":\"a-plugin-of-a-longer-name\",\"instanceId\":\"instance-%d-of-it\"}",
            i ? "," : "", i);
    text_puts(&text, "]}");
    read_claim(text.ptr, &c);
    assert_int_equal(claimfit_judge(&c, &given, 1, false, why), CLAIMFIT_WRONG);
    assert_int_equal(strlen(why), CLAIMFIT_TEXT_MAX - 1);
    text.len -= 2;
    text_puts(&text, "," PASSWORD "]}");
    read_claim(text.ptr, &c); /* one more is not looked at */
    assert_int_equal(claimfit_judge(&c, &given, 1, false, why), CLAIMFIT_FITS);
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),  cmocka_unit_test(test_shared),
        cmocka_unit_test(test_left),   cmocka_unit_test(test_per_address),
        cmocka_unit_test(test_closed), cmocka_unit_test(test_many_and_long),
    };

    return cmocka_run_group_tests_name("claimfit", tests, NULL, NULL);
}
