/* link: what is filled in, what stays, and which templates are refused. */
#include "policy/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define OLDER "https://bitbadges.io/claims/{{claim}}?code={{code}}"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void known_values_are_filled_in(void **state)
{
    static const struct {
        const char *link;
        struct link_values values;
        const char *want;
    } cases[] = {
        {LINK_CLAIM,
         {.target = "a b", .collection = "12", .approval = "x&y"},
         "https://bitbadges.io/collections/12?claimId=a%20b&approvalId=x%26y"},
        {OLDER, {.claim = "abc", .code = "ff-0"}, "https://bitbadges.io/claims/abc?code=ff-0"},
        {LINK_CODE, {.code = "ff-7"}, "https://bitbadges.io/saveforlater?value=ff-7"},
        /* filled in later */
        {OLDER, {.claim = "abc"}, "https://bitbadges.io/claims/abc?code={{code}}"},
        {LINK_CLAIM,
         {.target = "abc", .approval = "p"},
         "https://bitbadges.io/collections/{{collection}}?claimId=abc&approvalId=p"},
        {"{{collection}}{{ approval }}", {.collection = "", .approval = ""}, ""},
        {"{{ code }}", {.claim = "abc"}, "{{ code }}"},
        {"{{ code }}", {.code = "x"}, "x"},
        {"{{code}}{{code}}/{{claim}}", {.target = "t", .claim = "c", .code = "k"}, "kk/c"},
        {LINK_CODE,
         {.code = "a b&c=d/\xc3\xa9"},
         "https://bitbadges.io/saveforlater?value=a%20b%26c%3Dd%2F%C3%A9"},
        {LINK_CODE,
         {.code = "{{claim}}", .claim = "x"},
         "https://bitbadges.io/saveforlater?value=%7B%7Bclaim%7D%7D"},
        {LINK_CODE, {.code = ""}, "https://bitbadges.io/saveforlater?value="},
        {"https://example.org/",
         {.target = "t", .claim = "c", .code = "k"},
         "https://example.org/"},
        {"", {.target = "t", .claim = "c", .code = "k"}, ""},
        {"{code}}", {.target = "t", .claim = "c", .code = "k"}, "{code}}"},
        /* what link_check has refused stays as it is */
        {"{{other}}-{{code}}", {.target = "t", .claim = "c", .code = "k"}, "{{other}}-k"},
        {"{{code}}-{{code", {.target = "t", .claim = "c", .code = "k"}, "k-{{code"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text out;

        text_init(&out);
        link_append(&out, cases[i].link, &cases[i].values);
        assert_string_equal(out.ptr, cases[i].want);
        text_release(&out);
    }
}

/* A link that was filled in by two goes is what one would have made. */
static void the_rest_can_be_filled_in_later(void **state)
{
    struct text once, first, then;

    (void)state;
    text_init(&once);
    text_init(&first);
    text_init(&then);
    link_append(&once, OLDER, &(struct link_values){.claim = "a/b", .code = "c d"});
    link_append(&first, OLDER, &(struct link_values){.claim = "a/b"});
    link_append(&then, first.ptr, &(struct link_values){.code = "c d"});
    assert_string_equal(then.ptr, once.ptr);
    text_release(&then);
    text_release(&first);
    text_release(&once);
}

static void templates_are_checked(void **state)
{
    static const struct {
        const char *link;
        struct link_values known;
        const char *says; /* NULL: right */
    } cases[] = {
        {LINK_CLAIM, {.target = "", .collection = "", .approval = ""}, NULL},
        {OLDER, {.claim = "", .code = ""}, NULL},
        {"https://example.org/{{ code }}", {.code = ""}, NULL},
        {"https://example.org/", {0}, NULL},
        {"", {0}, NULL},
        {"x{{", {.code = ""}, "--link-template: a \"{{\" is not closed by \"}}\""},
        {"{{code}}{{code}", {.code = ""}, "--link-template: a \"{{\" is not closed by \"}}\""},
        {"{{cod}}",
         {.code = ""},
         "--link-template: no \"{{cod}}\": there are {{claim}}, {{code}}, {{collection}} and "
         "{{approval}}"},
        {"{{Code}}",
         {.code = ""},
         "--link-template: no \"{{Code}}\": there are {{claim}}, {{code}}, {{collection}} and "
         "{{approval}}"},
        {"{{}}",
         {.code = ""},
         "--link-template: no \"{{}}\": there are {{claim}}, {{code}}, {{collection}} and "
         "{{approval}}"},
        {OLDER,
         {.code = ""},
         "--link-template: {{claim}} has no value here: say which claim the codes are for "
         "(--claim)"},
        {LINK_CODE,
         {.target = ""},
         "--link-template: {{code}} has no value here: only a step that gives codes has one"},
        {"{{target}}",
         {.code = ""},
         "--link-template: {{target}} has no value here: this step has no target of its own"},
        {"{{approval}}",
         {.claim = "", .code = ""},
         "--link-template: {{approval}} has no value here: it is known only of a claim that is "
         "completed: write it out"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        int rc = link_check(cases[i].link, &cases[i].known, "--link-template", &e);

        assert_int_equal(rc, cases[i].says != NULL ? -1 : 0);
        assert_int_equal(e.code, cases[i].says != NULL ? EXIT_USAGE : EXIT_DONE);
        assert_string_equal(e.text, cases[i].says != NULL ? cases[i].says : "");
    }
}

/* The newest form for which all is known. */
static void defaults_need_what_is_known(void **state)
{
    static const struct {
        struct link_values known;
        const char *claim, *code;
    } cases[] = {
        {{.collection = "1", .approval = "a", .claim = "c"},
         LINK_CLAIM,
         "https://bitbadges.io/collections/{{collection}}?claimId={{claim}}&approvalId={{approval}}"
         "&code={{code}}"},
        {{.collection = "1", .claim = "c"},
         "https://bitbadges.io/collections/{{collection}}?claimId={{target}}",
         "https://bitbadges.io/collections/{{collection}}?claimId={{claim}}&code={{code}}"},
        {{.approval = "a", .claim = "c"}, "https://bitbadges.io/claims/{{target}}", OLDER},
        {{.collection = "1", .approval = "a"}, LINK_CLAIM, LINK_CODE},
        {{0}, "https://bitbadges.io/claims/{{target}}", LINK_CODE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(link_of_claim(&cases[i].known), cases[i].claim);
        assert_string_equal(link_of_code(&cases[i].known), cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values_are_filled_in),
        cmocka_unit_test(the_rest_can_be_filled_in_later),
        cmocka_unit_test(templates_are_checked),
        cmocka_unit_test(defaults_need_what_is_known),
    };

    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
