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
    h->columns = (struct columns){.names = h->names, .n = n, .origin = "in.csv", .line = 1};
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
        {"Course\nprogress|X", "course progress", 0},
        {"First Name|FirstName", "first\xc2\xa0name", 0},
        {"First\xc2\xa0Name|First-Name", " first name", 0},
        {"Gr e|Gr\xc3\xb6\xc3\x9f"
         "e",
         "gr\xc3\xb6\xc3\x9f"
         "e",
         1},
        {"N|N\xc2\xba", "n-\xc2\xba", 1},
        {"m|m\xc2\xb2|m\xc2\xb3", "M.\xc2\xb3", 2},
        {"# Registered|Registered at", "#registered", 0},
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

/* Without a header there is no line to name. */
static void columns_of_no_header(void **state)
{
    (void)state;
    static const struct slice numbers[] = {{"1", 1}, {"2", 1}};
    static const struct columns c = {.names = numbers, .n = 2, .origin = "in.csv"};
    struct err e = ERR_INIT;
    size_t found;

    assert_int_equal(columns_find(&c, slice_of("2"), "--address", &found, &e), 0);
    assert_int_equal(found, 1);
    assert_int_equal(columns_find(&c, slice_of("3"), "--address", &found, &e), -1);
    assert_string_equal(e.text, "in.csv: no column \"3\" (--address): columns are: \"1\", \"2\"");
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
         "in.csv:1: column \"Email\" stands twice (columns 3 and 7): rename one, "
         "or say #3 or #7"},
        {"Email|Email", "e-mail",
         "in.csv:1: column \"Email\" stands twice (columns 1 and 2): rename one, "
         "or say #1 or #2"},
        {"E-mail|e mail", "email",
         "in.csv:1: columns \"E-mail\" and \"e mail\" (columns 1 and 2) are both meant: write the "
         "name exactly"},
        {"#|?", "!", "in.csv:1: no column \"!\" (--address): columns are: \"#\", \"?\""},
        {"a\nb", "x", "in.csv:1: no column \"x\" (--address): columns are: \"a\\x0ab\""},
        {"|Name|\xc2\xa0", "", "in.csv:1: no column \"\" (--address): columns are: \"Name\""},
        {"|Name| ", " ", "in.csv:1: no column \" \" (--address): columns are: \"Name\""},
        {"Gr e",
         "Gr\xc3\xb6\xc3\x9f"
         "e",
         "in.csv:1: no column \"Gr\xc3\xb6\xc3\x9f"
         "e\" (--address): columns are: \"Gr e\""},
        {"Name|99", "#99",
         "in.csv:1: no column \"#99\" (--address): the last one is #2; nearest is \"99\"; columns "
         "are: \"Name\", "
         "\"99\""},
        {"Name|0", "#0",
         "in.csv:1: no column \"#0\" (--address): the last one is #2; nearest is \"0\"; columns "
         "are: \"Name\", \"0\""},
        {"Name", "#18446744073709551617",
         "in.csv:1: no column \"#18446744073709551617\" (--address): the last one is #1; columns "
         "are: \"Name\""},
        {"Name", "#1x", "in.csv:1: no column \"#1x\" (--address): columns are: \"Name\""},
        {"Name|Trigger", "@trigger",
         "in.csv:1: no column \"@trigger\" (--address): aliases come with a preset, and here are "
         "none; nearest is \"Trigger\"; columns are: \"Name\", \"Trigger\""},
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

/* Aliases stand for columns, numbers for their places; what is really called so comes first. */
static void a_column_has_other_names(void **state)
{
    (void)state;
    static const struct columns_alias aliases[] = {{"@trigger", 2}, {"@date", 0}};
    static const struct {
        const char *header, *name;
        size_t found;
    } cases[] = {
        {"A|B|C", "@trigger", 2},
        {"A|B|C", " @Trigger\xc2\xa0", 2},
        {"A|B|C", "@date", 0},
        {"A|Trigger|C", "@trigger", 2},
        {"A|@trigger|C", "@trigger", 1},
        {"A|@TRIGGER |C", "@trigger", 1},
        {"A|B|C", "#1", 0},
        {"A|B|C", "#3", 2},
        {"A|B|C", " #3 ", 2},
        {"A|B|C", "#03", 2},
        {"#3|B|C", "#3", 0},
        {" #3|B|C", "#3", 0},
        {"3|B|C", "#3", 2},
        {"A|A|", "#3", 2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct err e = ERR_INIT;
        size_t found = COLUMNS_NONE;
        (void)header_of(&h, cases[i].header);
        h.columns.aliases = aliases;
        h.columns.n_aliases = COUNT(aliases);
        int rc = columns_find(&h.columns, slice_of(cases[i].name), "--x", &found, &e);
        if (rc != 0 || found != cases[i].found)
            fail_msg("%s in %s: %zu %s", cases[i].name, cases[i].header, found, e.text);
    }
}

static void the_other_names_are_told(void **state)
{
    (void)state;
    static const struct columns_alias aliases[] = {{"@trigger", 2}, {"@date", 0}};
    static const char *const cases[][2] = {
        {"@trigge", "in.csv:1: no column \"@trigge\" (--where): columns are: \"A\", \"B\", \"C\"; "
                    "aliases are: @trigger, @date"},
        {"@", "in.csv:1: no column \"@\" (--where): columns are: \"A\", \"B\", \"C\"; aliases are: "
              "@trigger, @date"},
        {"#4", "in.csv:1: no column \"#4\" (--where): the last one is #3; columns are: \"A\", "
               "\"B\", \"C\"; aliases are: @trigger, @date"},
        {"trigger", "in.csv:1: no column \"trigger\" (--where): columns are: \"A\", \"B\", \"C\"; "
                    "aliases are: @trigger, @date"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct err e = ERR_INIT;
        size_t found = 99;
        (void)header_of(&h, "A|B|C");
        h.columns.aliases = aliases;
        h.columns.n_aliases = COUNT(aliases);
        assert_int_equal(columns_find(&h.columns, slice_of(cases[i][0]), "--where", &found, &e),
                         -1);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_string_equal(e.text, cases[i][1]);
        assert_int_equal(found, 99);
    }
}

static void columns_are_counted_without_a_message(void **state)
{
    (void)state;
    static const struct {
        const char *header, *name;
        size_t n, first;
    } cases[] = {
        {"A|Email|email|E-mail", "Email", 1, 1},
        {"A|Email|email|E-mail", "EMAIL", 2, 1},
        {"A|e mail|E-mail|e.mail", "EMAIL", 3, 1},
        {"A|B", "C", 0, COLUMNS_NONE},
        {"|B|", "", 0, COLUMNS_NONE},
        {"A|B|C", "#3", 0, COLUMNS_NONE},
        {"A|3|C", "#3", 0, COLUMNS_NONE},
        {"#|B", "#", 1, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        size_t first = 99;
        size_t n = columns_count(header_of(&h, cases[i].header), slice_of(cases[i].name), &first);
        if (n != cases[i].n || first != cases[i].first)
            fail_msg("%s in %s: %zu, first %zu", cases[i].name, cases[i].header, n, first);
    }
}

static void usual_names_are_those_of_any_kind(void **state)
{
    (void)state;
    static const char *const usual[] = {"Wallet", "E-Mail", " user_id", "Login", "SIS Login ID"};
    static const char *const other[] = {"", " ", "#", "Name", "Course ID", "Status", "100"};
    for (size_t i = 0; i < COUNT(usual); i++)
        assert_true(columns_is_usual(slice_of(usual[i])));
    for (size_t i = 0; i < COUNT(other); i++)
        assert_false(columns_is_usual(slice_of(other[i])));
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
    const struct columns c = {.names = slices, .n = 37, .origin = "in.csv", .line = 1};
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
        const struct columns c = {
            .names = header, .n = COUNT(header), .origin = "in.csv", .line = 1};
        struct err e = ERR_INIT;
        size_t found = COLUMNS_NONE;
        if (columns_recipient(&c, IDENTITY_ADDRESS, &found, &e) != 0 || found != 2)
            fail_msg("\"%s\": %s", names[i], e.text);
    }
}

/* Each kind in the headers of real exports (cut to what could be taken for one another). */
static void each_kind_has_its_usual_names(void **state)
{
    (void)state;
    static const struct {
        enum identity_kind kind;
        const char *header;
        size_t found;
    } cases[] = {
        /* Udemy Business */
        {IDENTITY_EMAIL, "User First Name|User Last Name|User Email|External ID|Course ID", 2},
        {IDENTITY_ID, "User First Name|User Last Name|User Email|External ID|Course ID", 3},
        /* Coursera */
        {IDENTITY_EMAIL, "Name|Email|External Id|Course|Course ID|Course Slug", 1},
        {IDENTITY_ID, "Name|Email|External Id|Course|Course ID|Course Slug", 2},
        /* LinkedIn Learning */
        {IDENTITY_ID, "Name|Email|Unique User ID|Days Logged In", 2},
        /* LearnDash */
        {IDENTITY_EMAIL, "user_id|name|email|course_id|course_title", 2},
        {IDENTITY_ID, "user_id|name|email|course_id|course_title", 0},
        /* Canvas: a login, and two ids (below) */
        {IDENTITY_USERNAME, "Student|ID|SIS User ID|SIS Login ID|Section", 3},
        /* Moodle */
        {IDENTITY_EMAIL, "First name|Surname|ID number|Email address|Course total", 3},
        {IDENTITY_ID, "First name|Surname|ID number|Email address|Course total", 2},
        /* Open edX */
        {IDENTITY_EMAIL, "Student ID|Email|Username|Grade", 1},
        {IDENTITY_ID, "Student ID|Email|Username|Grade", 0},
        {IDENTITY_USERNAME, "Student ID|Email|Username|Grade", 2},
        /* Docebo */
        {IDENTITY_USERNAME, "Username|Course Name|Course Internal ID", 0},
        /* Google Forms, Microsoft Forms, Thinkific, Stripe, Mailchimp, Zoom */
        {IDENTITY_EMAIL, "Timestamp|Email Address|Score", 1},
        {IDENTITY_EMAIL, "ID|Start time|Completion time|Email|Name", 3},
        {IDENTITY_EMAIL, "Course Name|Survey/Quiz Name|Student Email", 2},
        {IDENTITY_EMAIL, "id|Description|Customer Email", 2},
        {IDENTITY_EMAIL, "Email Address|First Name|LEID|EUID", 0},
        {IDENTITY_EMAIL, "Name (Original Name)|User Email|Guest", 1},
        /* Luma */
        {IDENTITY_EMAIL, "api_id|name|email|eth_address|solana_address", 2},
        {IDENTITY_ADDRESS, "api_id|name|email|eth_address|solana_address", 3},
        /* Meetup, Discord */
        {IDENTITY_ID, "Name|Attendance|User ID|Title", 2},
        {IDENTITY_ID, "AuthorID|Author|Date", 0},
        {IDENTITY_EMAIL, "Name|E-Mail", 1},
        {IDENTITY_EMAIL, "Name|Mail", 1},
        {IDENTITY_EMAIL, "Name|Login e-mail", 1},
        {IDENTITY_ID, "Name|Member ID", 1},
        {IDENTITY_USERNAME, "Name|User name", 1},
        {IDENTITY_USERNAME, "Name|login", 1},
        {IDENTITY_USERNAME, "Name|Handle", 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct err e = ERR_INIT;
        size_t found = COLUMNS_NONE;
        int rc = columns_recipient(header_of(&h, cases[i].header), cases[i].kind, &found, &e);
        if (rc != 0 || found != cases[i].found)
            fail_msg("%s in %s: %zu %s", identity_kind_name(cases[i].kind), cases[i].header, found,
                     e.text);
    }
}

/* Where no column has a usual name, one with such a word in it is meant, if it is the only one. */
static void a_name_may_hold_a_usual_word(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "HolderAddress",
        "My wallet (MetaMask)",
        "What is your wallet address?",
        "holder_address",
        "holderaddress",
        "Addresses",
        "Wallet (0x…)",
        "Owner address",
        "Wallets",
        "MetaMask",
        "Your wallet for the reward :)",
        "1. Wallet",
        "memberWallet",
        "NFT wallet",
        "Wallet Adresse",
    };
    static const char *const emails[] = {
        "Emails",         "Email (Billing)",    "Ticket Email", "What is your e-mail?",
        "E-Mail-Adresse", "Correo electrónico", "Order e-mail", "buyerEmail",
        "buyeremail",     "1. Email",           "Courriel",     "Adresse de messagerie",
    };
    static const char *const neither[] = {
        "Shipping Address",
        "IP address",
        "ip_address",
        "Billing Address1",
        "Home address",
        "Wallet type",
        "Do you have a wallet?",
        "Contract address",
        "Wallet balance",
        "Email status",
        "Email opt-in",
        "emailVerified",
        "Manager's email",
        "Mailing list",
        "solana_address",
        "Street address",
        "walletconnect",
        "Walet Adress",
        "Host email",
        "Token address",
        "MAC address",
        "shippingaddress",
        "Name",
        "",
    };
    const struct {
        const char *const *names;
        size_t n;
        bool address, email;
    } kinds[] = {{addresses, COUNT(addresses), true, false},
                 {emails, COUNT(emails), false, true},
                 {neither, COUNT(neither), false, false}};
    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (size_t i = 0; i < kinds[k].n; i++) {
            const struct slice header[] = {slice_of("Name"), slice_of(kinds[k].names[i])};
            const struct columns c = {
                .names = header, .n = COUNT(header), .origin = "in.csv", .line = 1};
            size_t of_address = columns_recipients(&c, IDENTITY_ADDRESS);
            size_t of_email = columns_recipients(&c, IDENTITY_EMAIL);
            if (of_address != kinds[k].address || of_email != kinds[k].email ||
                columns_recipients(&c, IDENTITY_ID) > 0)
                fail_msg("\"%s\": %zu, %zu", kinds[k].names[i], of_address, of_email);
        }
    }
}

/* A usual name comes before one with a usual word in it; two of these are both named. */
static void a_usual_word_is_not_enough_for_two(void **state)
{
    (void)state;
    struct header h;
    struct err e = ERR_INIT;
    size_t found = COLUMNS_NONE;
    const struct columns *c = header_of(&h, "Buyer email|Email|Holder address|My wallet");
    assert_int_equal(columns_recipient(c, IDENTITY_EMAIL, &found, &e), 0);
    assert_int_equal(found, 1);
    assert_int_equal(columns_recipients(c, IDENTITY_ADDRESS), 2);
    assert_int_equal(columns_person(c, IDENTITY_ADDRESS, "to", &found, &e), -1);
    assert_string_equal(e.text, "in.csv:1: columns \"Holder address\" and \"My wallet\" (columns 3 "
                                "and 4) could both name the recipient: say which with --to COLUMN");
    assert_int_equal(found, 1);
}

static void a_recipient_that_is_not_one_column_is_an_error(void **state)
{
    (void)state;
    static const struct {
        enum identity_kind kind;
        const char *header, *text;
    } cases[] = {
        {IDENTITY_ADDRESS, "Name|BitBadges Address|ETH Address",
         "in.csv:1: columns \"BitBadges Address\" and \"ETH Address\" (columns 2 and 3) could both "
         "name the recipient: say which with --address COLUMN"},
        {IDENTITY_ADDRESS, "Wallet|Name|Wallet",
         "in.csv:1: column \"Wallet\" stands twice (columns 1 and 3): rename one, "
         "or say #1 or #3"},
        {IDENTITY_ADDRESS, "Name|Email",
         "in.csv:1: no column is called address, wallet or the like: say which one names the "
         "recipient with --address COLUMN; columns are: \"Name\", \"Email\""},
        {IDENTITY_ADDRESS, "Name|Walet Adress|Email",
         "in.csv:1: no column is called address, wallet or the like: say which one names the "
         "recipient with --address COLUMN; nearest is \"Walet Adress\"; columns are: \"Name\", "
         "\"Walet Adress\", \"Email\""},
        {IDENTITY_ID, "Student|ID|SIS User ID|SIS Login ID",
         "in.csv:1: columns \"ID\" and \"SIS User ID\" (columns 2 and 3) could both name the "
         "recipient: say which with --id COLUMN"},
        {IDENTITY_EMAIL, "Email|Your e-mail|Email Address",
         "in.csv:1: columns \"Email\" and \"Your e-mail\" (columns 1 and 2) could both name the "
         "recipient: say which with --email COLUMN"},
        {IDENTITY_EMAIL, "Name|Emial",
         "in.csv:1: no column is called email, e-mail address or the like: say which one names the "
         "recipient with --email COLUMN; nearest is \"Emial\"; columns are: \"Name\", \"Emial\""},
        {IDENTITY_ID, "Name|Email",
         "in.csv:1: no column is called id, user id or the like: say which one names the "
         "recipient with --id COLUMN; columns are: \"Name\", \"Email\""},
        {IDENTITY_USERNAME, "User Name (Original Name)|Email",
         "in.csv:1: no column is called username, login or the like: say which one names the "
         "recipient with --username COLUMN; columns are: \"User Name (Original Name)\", \"Email\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct err e = ERR_INIT;
        size_t found = 99;
        assert_int_equal(
            columns_recipient(header_of(&h, cases[i].header), cases[i].kind, &found, &e), -1);
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

/* Over several candidates that are asked about one by one, the nearest wins, and the first of equals. */
static void nearness_can_be_asked_one_by_one(void **state)
{
    (void)state;
    size_t best = SIZE_MAX;
    assert_false(columns_is_nearer(slice_of("Rust 101"), slice_of("Cooking"), &best));
    assert_true(columns_is_nearer(slice_of("Rust 101"), slice_of("Rust 202"), &best));
    assert_int_equal(best, 2);
    assert_false(columns_is_nearer(slice_of("Rust 101"), slice_of("Rust 303"), &best));
    assert_true(columns_is_nearer(slice_of("Rust 101"), slice_of("Rust 10"), &best));
    assert_true(columns_is_nearer(slice_of("Rust 101"), slice_of("RUST-101"), &best));
    assert_int_equal(best, 0);
    assert_false(columns_is_nearer(slice_of("Rust 101"), slice_of("rust 101"), &best));
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
    const struct columns c = {.names = names, .n = 2, .origin = "in.csv", .line = 1};
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
        cmocka_unit_test(columns_of_no_header),
        cmocka_unit_test(what_is_not_one_column_is_an_error),
        cmocka_unit_test(a_column_has_other_names),
        cmocka_unit_test(the_other_names_are_told),
        cmocka_unit_test(columns_are_counted_without_a_message),
        cmocka_unit_test(usual_names_are_those_of_any_kind),
        cmocka_unit_test(a_wide_header_is_told_in_short),
        cmocka_unit_test(recipients_are_found_by_their_usual_names),
        cmocka_unit_test(each_kind_has_its_usual_names),
        cmocka_unit_test(a_name_may_hold_a_usual_word),
        cmocka_unit_test(a_usual_word_is_not_enough_for_two),
        cmocka_unit_test(a_recipient_that_is_not_one_column_is_an_error),
        cmocka_unit_test(the_nearest_is_not_far),
        cmocka_unit_test(nearness_can_be_asked_one_by_one),
        cmocka_unit_test(very_long_names_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
