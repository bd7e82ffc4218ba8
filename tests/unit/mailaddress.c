/* mailaddress: what an envelope takes, and names before addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/mailaddress.h"

#include <string.h>

#include "fixture.h"

#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void an_address_takes_its_one_form(void **state)
{
    static const struct {
        const char *in, *out;
        bool ascii;
    } cases[] = {
        {"jo@example.org", "jo@example.org", true},
        {"  Jo.O'Neil+x@Example.ORG ", "Jo.O'Neil+x@example.org", true},
        {"jo@localhost", "jo@localhost", true},
        {"jo@b\xc3\xbc"
         "cher.example",
         "jo@xn--bcher-kva.example", true},
        {"jo@\xe4\xbe\x8b\xe3\x81\x88.jp", "jo@xn--r8jz45g.jp", true},
        {"j\xc3\xb6@b\xc3\xbc"
         "cher.example",
         "j\xc3\xb6@xn--bcher-kva.example", false},
        {"jo\xcc\x88@example.org", "j\xc3\xb6@example.org", false}, /* NFC */
        {"\"Jo Q\"@example.org", "\"Jo Q\"@example.org", true},
        {"\"a@b\\\"c\"@example.org", "\"a@b\\\"c\"@example.org", true},
        {"jo@[192.0.2.1]", "jo@[192.0.2.1]", true},
        {"jo@[IPv6:2001:db8::1]", "jo@[IPv6:2001:db8::1]", true},
        {"jo@mail_1.example.org", "jo@mail_1.example.org", true},
        {SIXTY "abcd@example.org", SIXTY "abcd@example.org", true},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(mailaddress_check(slice_of(cases[i].in), &out));
        assert_true(text_ok(&out));
        assert_string_equal(out.ptr, cases[i].out);
        assert_int_equal(mailaddress_is_ascii((struct slice){out.ptr, out.len}), cases[i].ascii);
    }
    text_release(&out);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *in, *says;
    } cases[] = {
        {"", "is empty"},
        {" \t", "is empty"},
        {"jo", "no @"},
        {"@example.org", "before its @"},
        {"jo@", "after its @"},
        {"jo@x@example.org", "more than one @"},
        {"jo o@example.org", "blank"},
        {"jo@exa mple.org", "blank"},
        {"jo@example.org.", "ends with a dot"},
        {".jo@example.org", "dot at the begin"},
        {"jo.@example.org", "dot at the begin"},
        {"jo..o@example.org", "two dots"},
        {"jo\r\nBcc: x@example.org", "control character"},
        {"jo\x7f@example.org", "control character"},
        {"j\xff@example.org", "UTF-8"},
        {"j\xef\xbf\xbd@example.org", "U+FFFD"},
        {"j\xe2\x80\x8bo@example.org", "nobody sees"},
        {"<jo@example.org>", "can't have"},
        {"Jo <jo@example.org>", "blank"},
        {"a,jo@example.org", "can't have"},
        {"\"jo@example.org", "quotes"},
        {"\"j\"o\"@example.org", "quotes"},
        {"\"jo\\\"@example.org", "quotes"},
        {"\"@example.org", "quotes"},
        {"jo@intranet", "without a dot"},
        {"jo@192.0.2.1", "IP address"},
        {"jo@[192.0.2]", "domain that can't"},
        {"jo@[", "domain that can't"},
        {"jo@exam..org", "domain that can't"},
        {"jo@.example.org", "domain that can't"},
        {"jo@-example.org", "domain that can't"},
        {"jo@example-.org", "domain that can't"},
        {"jo@exa$mple.org", "domain that can't"},
        {"jo@" SIXTY "abcd.org", "domain that can't"},
        {"jo@b\xc3\xbc..example", "domain that can't"},
        {SIXTY "abcde@example.org", "too long"},
        {"jo@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".abcdefgh.org", "too long"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = mailaddress_check(slice_of(cases[i].in), &out);

        if (!why || !strstr(why, cases[i].says))
            fail_msg("%s: %s", cases[i].in, why ? why : out.ptr);
        assert_int_equal(out.len, 0);
    }
    assert_non_null(mailaddress_check((struct slice){"jo\0@example.org", 15}, &out));
    text_release(&out);
}

static void a_name_is_split_off(void **state)
{
    static const struct {
        const char *in, *name, *address, *says;
    } cases[] = {
        {"ann@example.org", "", "ann@example.org", NULL},
        {" <ann@example.org> ", "", "ann@example.org", NULL},
        {"Ann Lee <ann@example.org>", "Ann Lee", "ann@example.org", NULL},
        {"Lee, Ann <ann@example.org>", "Lee, Ann", "ann@example.org", NULL},
        {"\"Lee, Ann\" <ann@example.org>", "Lee, Ann", "ann@example.org", NULL},
        {"\"The \\\"Best\\\" <a@b>\" School<ann@example.org>", "The \"Best\" <a@b> School",
         "ann@example.org", NULL},
        {"\xc3\x84nn <\xc3\xa4nn@example.org>", "\xc3\x84nn", "\xc3\xa4nn@example.org", NULL},
        {"\"a,b\"@example.org", "", "\"a,b\"@example.org", NULL},
        {"Ann <\"a>b\"@example.org>", NULL, NULL, "more than one"},
        {"Ann <ann@example.org", NULL, NULL, "without its >"},
        {"ann@example.org>", NULL, NULL, "more than one"},
        {"Ann>", NULL, NULL, "without its <"},
        {"\"Ann <ann@example.org>", NULL, NULL, "not closed"},
        {"a@example.org, b@example.org", NULL, NULL, "more than one"},
        {"a@example.org, <b@example.org>", NULL, NULL, "more than one"},
        {"A <a@example.org>, B <b@example.org>", NULL, NULL, "more than one"},
        {"Ann\r\nBcc: <ann@example.org>", NULL, NULL, "control character"},
    };
    struct text name;

    (void)state;
    text_init(&name);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice address;
        const char *why = mailaddress_split(slice_of(cases[i].in), &name, &address);

        if (cases[i].says) {
            if (!why || !strstr(why, cases[i].says))
                fail_msg("%s: %s", cases[i].in, why ? why : name.ptr);
            continue;
        }
        assert_null(why);
        assert_string_equal(name.ptr, cases[i].name);
        assert_true(slice_is(address, cases[i].address));
    }
    text_release(&name);
}

static void a_domain_is_what_stands_last(void **state)
{
    (void)state;
    assert_true(slice_is(mailaddress_domain(slice_of("\"a@b\"@example.org")), "example.org"));
    assert_int_equal(mailaddress_domain(slice_of("jo")).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_takes_its_one_form),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_name_is_split_off),
        cmocka_unit_test(a_domain_is_what_stands_last),
    };

    return cmocka_run_group_tests_name("mailaddress", tests, NULL, NULL);
}
