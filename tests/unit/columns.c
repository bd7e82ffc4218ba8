/* columns: which column is meant, and what is said where none or several are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/columns.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define HEADER_MAX 64

/* A header from names between bars; the last one may be empty. */
struct header {
    struct slice names[HEADER_MAX];
    struct columns columns;
};

static const struct columns *header_of(struct header *h, const char *bars)
{
    size_t n = 0;
    for (const char *at = bars;; at++) {
        size_t len = strcspn(at, "|");
        assert_true(n < HEADER_MAX);
        h->names[n++] = (struct slice){at, len};
        at += len;
        if (*at == '\0')
            break;
    }
    h->columns = (struct columns){h->names, n, "in.csv", 1};
    return &h->columns;
}

static void the_strictest_way_that_finds_anything_decides(void **state)
{
    (void)state;
    static const struct {
        const char *header, *name;
        size_t found;
    } cases[] = {
        {"Name|Email", "Email", 1},
        {"EMAIL|Email|email", "Email", 1},
        {"Name|Email", "email", 1},
        {"Name| Email ", "email", 1},
        {"Name|Email\xc2\xa0", "Email", 1},
        {"\xef\xbb\xbfName|Email", "Name", 0},
        {"E-mail|email", "EMAIL", 1},
        {"Name|E-mail", "email", 1},
        {"Name|E-Mail (work)", "e mail work", 1},
        {"First\xc2\xa0Name|Last\xe2\x80\x93Name", "first name", 0},
        {"First\xc2\xa0Name|Last\xe2\x80\x93Name", "Last Name", 1},
        {"Stra\xc3\x9f"
         "e|Stra\xc3\xbc"
         "e",
         "stra\xc3\xbc"
         "e",
         1},
        {"#|Name", "#", 0},
        {"|Name", "", 0},
        {"Course\nprogress|X", "course progress", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct err e = ERR_INIT;
        size_t found = COLUMNS_NONE;
        int rc = columns_find(header_of(&h, cases[i].header), slice_of(cases[i].name), "--x",
                              &found, &e);
        if (rc != 0 || found != cases[i].found)
            fail_msg("%s in %s: %zu %s", cases[i].name, cases[i].header, found, e.text);
    }
}

static void what_is_not_one_column_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *header, *name, *text;
    } cases[] = {
        {"Name|Wallet|Email", "Walet",
         "in.csv:1: no column \"Walet\" (--address): nearest is \"Wallet\"; columns are: "
         "\"Name\", \"Wallet\", \"Email\""},
        {"Name|Email", "Wallet",
         "in.csv:1: no column \"Wallet\" (--address): columns are: \"Name\", \"Email\""},
        {"Name|X|Email|A|B|C|Email", "Email",
         "in.csv:1: column \"Email\" stands twice (columns 3 and 7): rename one"},
        {"Email|Email", "e-mail",
         "in.csv:1: column \"Email\" stands twice (columns 1 and 2): rename one"},
        {"E-mail|e mail", "email",
         "in.csv:1: columns \"E-mail\" and \"e mail\" (columns 1 and 2) are both meant: write the "
         "name exactly"},
        {"#|?", "!", "in.csv:1: no column \"!\" (--address): columns are: \"#\", \"?\""},
        {"a\nb", "x", "in.csv:1: no column \"x\" (--address): columns are: \"a b\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct err e = ERR_INIT;
        size_t found = 99;
        assert_int_equal(columns_find(header_of(&h, cases[i].header), slice_of(cases[i].name),
                                      "--address", &found, &e),
                         -1);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_string_equal(e.text, cases[i].text);
        assert_int_equal(found, 99);
    }
}

static void a_wide_header_is_told_in_short(void **state)
{
    (void)state;
    char names[37][80];
    struct slice slices[37];
    struct err e = ERR_INIT;
    size_t found = 0;
    for (size_t i = 0; i < 37; i++) {
        (void)snprintf(names[i], sizeof names[i],
                       "%zu. Wie zufrieden waren Sie mit \xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc?", i + 1);
        slices[i] = slice_of(names[i]);
    }
    const struct columns c = {slices, 37, "in.csv", 1};
    assert_int_equal(columns_find(&c, slice_of("Wallet"), "--address", &found, &e), -1);
    assert_non_null(strstr(e.text, "\"12. Wie zufrieden"));
    assert_null(strstr(e.text, "\"13. Wie"));
    assert_non_null(strstr(e.text, "…\", … (37 columns)"));
    assert_true(slice_is_utf8(slice_of(e.text)));
}

static void recipients_are_found_by_their_usual_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "address",
        "Address",
        "wallet",
        "Wallet",
        "Wallet Address",
        "wallet_address",
        "walletAddress",
        "WALLET-ADDRESS",
        "BitBadges Address",
        "bitbadges_address",
        "ETH Address",
        "eth_address",
        "Ethereum Address",
        "EVM address",
        "Recipient",
        "Recipient Address",
        "Account Address",
        "Public Address",
        "Crypto Wallet",
        "BB Address",
        "0x Address",
        "User Address",
        "Wallet ID",
        " Wallet ",
        "\xef\xbb\xbf"
        "Wallet",
        "Wallet\xc2\xa0"
        "Address",
        "Wallet Address:",
        "\"Wallet\"",
        "Wallet\xe2\x80\x8b"
        "Address",
        "(Wallet address)",
        "Crypto wallet address",
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct slice header[] = {slice_of("Name"), slice_of("Email Address"),
                                       slice_of(names[i]), slice_of("IP Address")};
        const struct columns c = {header, COUNT(header), "in.csv", 1};
        struct err e = ERR_INIT;
        size_t found = COLUMNS_NONE;
        if (columns_recipient(&c, &found, &e) != 0 || found != 2)
            fail_msg("\"%s\": %s", names[i], e.text);
    }
}

static void a_recipient_that_is_not_one_column_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *header, *text;
    } cases[] = {
        {"Name|BitBadges Address|ETH Address",
         "in.csv:1: columns \"BitBadges Address\" and \"ETH Address\" (columns 2 and 3) could both "
         "name the recipient: say which with --address COLUMN"},
        {"Wallet|Name|Wallet",
         "in.csv:1: column \"Wallet\" stands twice (columns 1 and 3): rename one"},
        {"Name|Email",
         "in.csv:1: no column is called address, wallet or the like: say which one names the "
         "recipient with --address COLUMN; columns are: \"Name\", \"Email\""},
        {"Name|Walet Adress|Email",
         "in.csv:1: no column is called address, wallet or the like: say which one names the "
         "recipient with --address COLUMN; nearest is \"Walet Adress\"; columns are: \"Name\", "
         "\"Walet Adress\", \"Email\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct err e = ERR_INIT;
        size_t found = 99;
        assert_int_equal(columns_recipient(header_of(&h, cases[i].header), &found, &e), -1);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_string_equal(e.text, cases[i].text);
    }
}

static void the_nearest_is_not_far(void **state)
{
    (void)state;
    static const struct {
        const char *header, *name;
        size_t found;
    } cases[] = {
        {"Name|Wallet|Email", "Walet", 1},   /* one left out */
        {"Name|Wallet|Email", "Walllet", 1}, /* one too many */
        {"Name|Wallet|Email", "Wallte", 1},  /* two swapped */
        {"Name|Wallet|Email", "Eamil", 2},   /* swapped counts once: 1 of 5 */
        {"Name|Wallet|Email", "W A L L E T", 1},
        {"Course Name|Course Code", "Course Cod", 1},
        {"ab|abc|abcd", "abcde", 2},
        {"abx|aby", "abz", 0}, /* the first of equals */
        {"Name|Wallet|Email", "Phone", COLUMNS_NONE},
        {"ID", "IP", COLUMNS_NONE}, /* half of it would change */
        {"#|", "x", COLUMNS_NONE},
        {"Name", "", COLUMNS_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        const struct columns *c = header_of(&h, cases[i].header);
        size_t found = columns_nearest(slice_of(cases[i].name), c->names, c->n);
        if (found != cases[i].found)
            fail_msg("%s in %s: %zu", cases[i].name, cases[i].header, found);
    }
}

static void very_long_names_are_survived(void **state)
{
    (void)state;
    static char name[100000];
    memset(name, 'a', sizeof name);
    for (size_t len = 60; len < 70; len++) {
        const struct slice names[] = {{name, len}, {name, sizeof name}};
        (void)columns_nearest((struct slice){name, len + 1}, names, 2);
    }
    const struct slice names[] = {{name, sizeof name}, {name, 3}};
    const struct columns c = {names, 2, "in.csv", 1};
    struct err e = ERR_INIT;
    size_t found = 0;
    assert_int_equal(columns_find(&c, (struct slice){name, 50000}, "--x", &found, &e), -1);
    assert_true(strlen(e.text) < 200);
    struct err none = ERR_INIT;
    assert_int_equal(columns_find(&c, (struct slice){name, sizeof name}, "--x", &found, &none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strictest_way_that_finds_anything_decides),
        cmocka_unit_test(what_is_not_one_column_is_an_error),
        cmocka_unit_test(a_wide_header_is_told_in_short),
        cmocka_unit_test(recipients_are_found_by_their_usual_names),
        cmocka_unit_test(a_recipient_that_is_not_one_column_is_an_error),
        cmocka_unit_test(the_nearest_is_not_far),
        cmocka_unit_test(very_long_names_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
