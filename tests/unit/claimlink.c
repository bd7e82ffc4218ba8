/* claimlink: each form of a link to a claim's page, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/claimlink.h"

#include "fixture.h"

static void test_ids_are_no_links(void **state)
{
    static const char *const ids[] = {
        "c1",           "6f8d2a0c4e5b7d9f01a3c5e7", "",       "http",     "https:/",
        "bitbadges.io", "x https://a/claims/b",     "a?b#c=", "claims/c1"};

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++)
        if (claimlink_is(slice_of(ids[i])))
            fail_msg("%s: is a link", ids[i]);
}

static void test_links(void **state)
{
    static const struct {
        const char *link, *id, *why; /* id: NULL if there is none */
    } cases[] = {
        {"https://bitbadges.io/collections/12?claimId=c1&approvalId=a", "c1", NULL},
        {"https://bitbadges.io/collections/12?approvalId=a&claimId=c1", "c1", NULL},
        {"https://bitbadges.io/claims/c1", "c1", NULL},
        {"https://bitbadges.io/claims/c1/", "c1", NULL},
        {"https://bitbadges.io/claims/c1/more?x=y#z", "c1", NULL},
        {"  HTTP://WWW.BitBadges.io/Claims/c1 \n", "c1", NULL},
        {"bitbadges.io/claims/c1", "c1", NULL},
        {"www.bitbadges.io/collections/1?claimid=c1", "c1", NULL},
        {"https://my.example:8443/p?claimId=c1", "c1", NULL},
        {"https://bitbadges.io?claimId=c1", "c1", NULL},
        {"https://bitbadges.io/claims/c1?claimId=c1", "c1", NULL},
        {"https://bitbadges.io/claims/a%20b%2Fc%", "a b/c%", NULL},
        {"https://bitbadges.io/collections/1?claimId=a+b%zz", "a+b%zz", NULL},
        {"https://bitbadges.io/claims/?claimId=c1&&=&x", "c1", NULL},
        /* no claim */
        {"https://bitbadges.io/collections/12", NULL, "names no claim"},
        {"https://bitbadges.io/collections/12?claimId=", NULL, "names no claim"},
        {"https://bitbadges.io/collections/12#claimId=c1", NULL, "names no claim"},
        {"https://bitbadges.io/collections/12?xclaimId=c1", NULL, "names no claim"},
        {"https://bitbadges.io/saveforlater?value=x", NULL, "names no claim"},
        {"https://api.bitbadges.io/api/v0/claims/complete/c1/x", NULL, "names no claim"},
        {"https://bitbadges.io/claims/", NULL, "names no claim"},
        {"https://bitbadges.io/claims", NULL, "names no claim"},
        {"https://", NULL, "names no claim"},
        {"https:///", NULL, "names no claim"},
        /* two of them */
        {"https://bitbadges.io/claims/c1?claimId=c2", NULL, "two claims"},
        {"https://x/?claimId=c1&claimId=c2", NULL, "two claims"},
        /* a recipient's own */
        {"https://bitbadges.io/claims/c1?code=secret", NULL, "code or a password"},
        {"https://bitbadges.io/collections/1?claimId=c1&Password=", NULL, "code or a password"},
        /* no segment of a path */
        {"https://bitbadges.io/claims/..", NULL, "is no id"},
        {"https://bitbadges.io/claims/%2e%2E", NULL, "is no id"},
        {"https://bitbadges.io/claims/a%00b", NULL, "control character"},
        {"https://x/?claimId=a%0Ab", NULL, "control character"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char id[CLAIMLINK_ID_SIZE];
        const char *why = claimlink_read(slice_of(cases[i].link), id);

        assert_true(claimlink_is(slice_of(cases[i].link)));
        if (cases[i].id ? why != NULL : !why || !strstr(why, cases[i].why))
            fail_msg("%s: %s", cases[i].link, why ? why : "is taken");
        if (cases[i].id)
            assert_string_equal(id, cases[i].id);
    }
}

static void test_length(void **state)
{
    char link[SEGMENT_MAX + 64] = "https://x/claims/", id[CLAIMLINK_ID_SIZE];
    size_t front = strlen(link);

    (void)state;
    memset(link + front, 'x', SEGMENT_MAX + 1);
    assert_null(claimlink_read((struct slice){link, front + SEGMENT_MAX}, id));
    assert_int_equal(strlen(id), SEGMENT_MAX);
    assert_string_equal(claimlink_read((struct slice){link, front + SEGMENT_MAX + 1}, id),
                        "is longer than any id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_are_no_links),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests_name("claimlink", tests, NULL, NULL);
}
