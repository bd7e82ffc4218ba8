/*
 * select: records that are none, those that pass a filter, one recipient under two names, and rows that
 * can't be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/select.h"

#include "fixture.h"

#define N 3

static const struct slice names[N] = {{"Name", 4}, {"Wallet", 6}, {"Email", 5}};
static const struct columns header = {.names = names, .n = N, .origin = "in.csv", .line = 1};

enum { NAME, WALLET, EMAIL };

/* All that select says of a record. */
static int row_of(const struct select *s, const struct record *r, struct arena *a, struct row *out)
{
    if (select_record(s, r, a, out) != 0)
        return -1;
    if (out->fate == ROW_OPEN && select_pass(s, r, NULL, a, out) != 0)
        return -1;
    return out->fate == ROW_OVER ? 0 : select_recipient(s, r, a, out);
}

/* The trigger of a row whose wallet this is; its texts are in a. */
static struct row trigger_of(struct arena *a, const char *wallet, const char *fault)
{
    static struct slice fields[N] = {{"Ann", 3}, {"", 0}, {"ann@example.org", 15}};
    static struct record r;
    struct err e = ERR_INIT;
    struct select s;
    struct row t;

    fields[1] = slice_of(wallet);
    r = (struct record){.row = 7, .line = 9, .fields = fields, .nfields = N, .fault = fault};
    assert_int_equal(select_init(&s, &header, IDENTITY_ADDRESS, WALLET, NULL, 1, &e), 0);
    assert_int_equal(row_of(&s, &r, a, &t), 0);
    assert_ptr_equal(t.record, &r);
    return t;
}

static void test_one_recipient(void **state)
{
    static const char *const forms[] = {
        ALICE_HEX,
        "0x14574a6dff2ddf9e07828b4345d3040919af5652",
        "0x14574A6DFF2DDF9E07828B4345D3040919AF5652",
        "BB1Z3T55M0L9H0EUPUZ3DP5T5CYPYV674JJL8MH5H",
        "  " ALICE "\t",
        "\xc2\xa0" ALICE_HEX "\xe2\x80\x8b",
    };
    struct arena a;
    struct row alice, bob;

    (void)state;
    arena_init(&a);
    alice = trigger_of(&a, ALICE, NULL);
    bob = trigger_of(&a, BOB, NULL);
    assert_null(alice.why);
    assert_string_equal(alice.recipient, ALICE);
    assert_memory_not_equal(alice.key, bob.key, KEY_SIZE);
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct row t = trigger_of(&a, forms[i], NULL);

        assert_null(t.why);
        assert_string_equal(t.recipient, ALICE);
        assert_memory_equal(t.key, alice.key, KEY_SIZE);
    }
    arena_release(&a);
}

/* Keys stand in ledgers: a change of how they are made issues everything twice. */
static void test_key_stands(void **state)
{
    /* sha256("bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"), cut */
    static const uint8_t want[KEY_SIZE] = {0xc3, 0xc2, 0xb0, 0x8e, 0xb1, 0x3d, 0x20, 0x06,
                                           0xd8, 0x80, 0x1e, 0x8e, 0x39, 0xae, 0x0f, 0xfc};
    struct arena a;
    struct row t;

    (void)state;
    arena_init(&a);
    t = trigger_of(&a, ALICE_HEX, NULL);
    assert_memory_equal(t.key, want, KEY_SIZE);
    arena_release(&a);
}

static void test_invalid_rows(void **state)
{
    static const struct {
        const char *wallet, *fault, *says;
    } cases[] = {
        {"", NULL, "column \"Wallet\" is empty"},
        {" \xc2\xa0 ", NULL, "column \"Wallet\" is empty"},
        {"0x12", NULL, "column \"Wallet\": \"0x12\" "},
        {"  0x12 ", NULL, "\"0x12\""},
        {"0x14574a6dFF2Ddf9e07828b4345d3040919AF5652", NULL, "EIP-55"},
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jj7mz2jw", NULL, "checksum"},
        {"ann@example.org", NULL, "e-mail"},
        {ALICE, "has 2 fields, the header has 3", "has 2 fields, the header has 3"},
    };
    struct arena a;

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct row t = trigger_of(&a, cases[i].wallet, cases[i].fault);

        assert_non_null(t.why);
        assert_null(t.recipient);
        assert_says(t.why, cases[i].says);
    }
    arena_release(&a);
}

static void test_long_values_are_not_shown(void **state)
{
    char value[5000];
    struct arena a;
    struct row t;

    (void)state;
    memset(value, 'z', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    arena_init(&a);
    t = trigger_of(&a, value, NULL);
    assert_non_null(t.why);
    assert_says(t.why, "a value of 4999 bytes");
    assert_true(strlen(t.why) < 300);
    arena_release(&a);
}

/* ---- recipients of every kind ---- */

#define M 4

static const struct slice people[M] = {
    {"Wallet", 6}, {"E-Mail", 6}, {"Student ID", 10}, {"Username", 8}};
static const struct columns of_people = {
    .names = people, .n = M, .origin = "people.csv", .line = 1};

/* The trigger of a row that has this value in the column of its kind. */
static struct row trigger_of_kind(enum identity_kind kind, const char *value, struct arena *a)
{
    static struct slice fields[M];
    static struct record r;
    struct err e = ERR_INIT;
    struct select s;
    struct row t;

    for (size_t i = 0; i < M; i++)
        fields[i] = slice_of(i == (size_t)kind ? value : "other");
    r = (struct record){.row = 1, .line = 2, .fields = fields, .nfields = M};
    assert_int_equal(select_init(&s, &of_people, kind, (size_t)kind, NULL, 1, &e), 0);
    assert_int_equal(row_of(&s, &r, a, &t), 0);
    return t;
}

static void test_kinds(void **state)
{
    static const struct {
        enum identity_kind kind;
        const char *value, *recipient; /* NULL: it can't be one */
        const char *says;
    } cases[] = {
        {IDENTITY_ADDRESS, ALICE_HEX, ALICE, NULL},
        {IDENTITY_ADDRESS, "ann@example.org", NULL, "column \"Wallet\": \"ann@example.org\" "},
        {IDENTITY_EMAIL, " Ann@Example.ORG ", "ann@example.org", NULL},
        {IDENTITY_EMAIL, "ann", NULL, "column \"E-Mail\": \"ann\" "},
        {IDENTITY_EMAIL, "", NULL, "column \"E-Mail\" is empty"},
        {IDENTITY_ID, " 007 ", "007", NULL},
        {IDENTITY_ID, "n/a", NULL, "column \"Student ID\": \"n/a\" "},
        {IDENTITY_ID, " ", NULL, "column \"Student ID\" is empty"},
        {IDENTITY_USERNAME, "@Ann", "@Ann", NULL},
        {IDENTITY_USERNAME, "anonymous", NULL, "column \"Username\": \"anonymous\" "},
    };
    struct arena a;

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct row t = trigger_of_kind(cases[i].kind, cases[i].value, &a);

        if (cases[i].recipient) {
            assert_null(t.why);
            assert_string_equal(t.recipient, cases[i].recipient);
        } else {
            assert_null(t.recipient);
            assert_non_null(t.why);
            assert_says(t.why, cases[i].says);
        }
    }
    arena_release(&a);
}

/* Who is the same again is decided by the canonical form alone. */
static void test_keys_of_kinds(void **state)
{
    static const struct {
        enum identity_kind kind;
        const char *a, *b;
        bool same;
    } cases[] = {
        {IDENTITY_ADDRESS, ALICE, ALICE_HEX, true},
        {IDENTITY_EMAIL, "a@x.org", "a@X.org", true},
        {IDENTITY_EMAIL, "a@x.org", "A@x.org", true},
        {IDENTITY_EMAIL, "a@x.org", "Al <mailto:A@x.org>;", true},
        {IDENTITY_ID, "7", "007", false},
        {IDENTITY_ID, "7",
         "\xc2\xa0"
         "7",
         true},
        {IDENTITY_ID, "7", "\"7\"", true},
        {IDENTITY_ID, "7", "\u200e７\u2060", true},
        {IDENTITY_USERNAME, "ren\u00e9", "rene\u0301", true},
        {IDENTITY_USERNAME, "ann", "Ann", false},
        {IDENTITY_USERNAME, "ann", "@ann", false},
        {IDENTITY_USERNAME, "ann", " ann", true},
    };
    struct arena a;

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct row x = trigger_of_kind(cases[i].kind, cases[i].a, &a);
        struct row y = trigger_of_kind(cases[i].kind, cases[i].b, &a);

        assert_true(!x.why && !y.why);
        if ((memcmp(x.key, y.key, KEY_SIZE) == 0) != cases[i].same)
            fail_msg("\"%s\" and \"%s\"", cases[i].a, cases[i].b);
    }
    arena_release(&a);
}

/* A row whose record is faulty may have fewer fields than the header. */
static void test_short_record(void **state)
{
    struct slice field = {"x", 1};
    struct record r = {.row = 1, .line = 2, .fields = &field, .nfields = 1, .fault = "is short"};
    struct err e = ERR_INIT;
    struct select s;
    struct row t;
    struct arena a;

    (void)state;
    arena_init(&a);
    assert_int_equal(select_init(&s, &header, IDENTITY_ADDRESS, EMAIL, NULL, 1, &e), 0);
    assert_int_equal(row_of(&s, &r, &a, &t), 0);
    assert_string_equal(t.why, "is short");
    arena_release(&a);
}

/* The key of a row under --key and --again; why it has none in *why. */
static void key_of(const char *key, int64_t again, const char *name, const char *wallet,
                   const char *email, uint8_t out[KEY_SIZE], char why[128])
{
    struct slice fields[N] = {slice_of(name), slice_of(wallet), slice_of(email)};
    struct record r = {.row = 1, .line = 2, .fields = fields, .nfields = N};
    struct err e = ERR_INIT;
    struct arena a;
    struct select s;
    struct row t;

    arena_init(&a);
    assert_int_equal(select_init(&s, &header, IDENTITY_ADDRESS, WALLET, key, again, &e), 0);
    assert_int_equal(row_of(&s, &r, &a, &t), 0);
    snprintf(why, 128, "%s", t.why ? t.why : "");
    memcpy(out, t.key, KEY_SIZE);
    arena_release(&a);
}

static void test_keys(void **state)
{
    static const struct {
        const char *what;
        struct {
            const char *key;
            int64_t again;
            const char *name, *wallet, *email;
        } a, b;
        bool same;
    } cases[] = {
        {"the recipient alone", {NULL, 1, "Ann", ALICE, "a"}, {NULL, 1, "Bo", ALICE, "b"}, true},
        {"once more", {NULL, 1, "Ann", ALICE, "a"}, {NULL, 2, "Ann", ALICE, "a"}, false},
        {"once more, twice", {NULL, 2, "Ann", ALICE, "a"}, {NULL, 2, "Bo", ALICE, "b"}, true},
        {"by e-mail", {"Email", 1, "Ann", ALICE, "a"}, {"Email", 1, "Bo", BOB, "a"}, true},
        {"by e-mail, others",
         {"Email", 1, "Ann", ALICE, "a"},
         {"Email", 1, "Ann", ALICE, "b"},
         false},
        {"outer blanks", {"Email", 1, "Ann", ALICE, "a"}, {"Email", 1, "Ann", ALICE, " a "}, true},
        {"both forms of one wallet",
         {"Wallet,Email", 1, "Ann", ALICE, "a"},
         {"Wallet,Email", 1, "Ann", ALICE_HEX, "a"},
         true},
        {"a boundary between parts",
         {"Name,Email", 1, "ab", ALICE, "c"},
         {"Name,Email", 1, "a", ALICE, "bc"},
         false},
        {"text that looks like a part",
         {"Name,Email", 1, "x", ALICE, "1:y"},
         {"Name,Email", 1, "x1:y", ALICE, "z"},
         false},
        {"text that looks like --again",
         {"Email", 1, "Ann", ALICE, "a again 2"},
         {"Email", 2, "Ann", ALICE, "a"},
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t a[KEY_SIZE], b[KEY_SIZE];
        char why[128];

        key_of(cases[i].a.key, cases[i].a.again, cases[i].a.name, cases[i].a.wallet,
               cases[i].a.email, a, why);
        assert_string_equal(why, "");
        key_of(cases[i].b.key, cases[i].b.again, cases[i].b.name, cases[i].b.wallet,
               cases[i].b.email, b, why);
        assert_string_equal(why, "");
        if ((memcmp(a, b, KEY_SIZE) == 0) != cases[i].same)
            fail_msg("%s", cases[i].what);
    }
}

/* A row without its key could not be told from others like it. */
static void test_empty_keys(void **state)
{
    uint8_t key[KEY_SIZE];
    char why[128];

    (void)state;
    key_of("Name,Email", 1, "Ann", ALICE, " \xc2\xa0", key, why);
    assert_string_equal(why, "column \"Email\" is empty");
}

static void test_keys_that_cannot_be(void **state)
{
    static const struct {
        const char *key, *says;
    } cases[] = {
        {"Emial", "nearest is \"Email\""},
        {"Name,,Email", "no column \"\""},
        {"Name,", "no column \"\""},
        {"Name,Name,Name,Name,Name,Name,Name,Name,Name,Name,Name,Name,Name,Name,Name,Name,Name",
         "more than 16 columns"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct select s;

        if (select_init(&s, &header, IDENTITY_ADDRESS, WALLET, cases[i].key, 1, &e) != -1)
            fail_msg("%s is taken", cases[i].key);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_says(e.text, cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_recipient), cmocka_unit_test(test_key_stands),
        cmocka_unit_test(test_invalid_rows),  cmocka_unit_test(test_long_values_are_not_shown),
        cmocka_unit_test(test_kinds),         cmocka_unit_test(test_keys_of_kinds),
        cmocka_unit_test(test_short_record),  cmocka_unit_test(test_keys),
        cmocka_unit_test(test_empty_keys),    cmocka_unit_test(test_keys_that_cannot_be),
    };

    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
