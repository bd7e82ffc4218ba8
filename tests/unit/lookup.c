/* lookup: who has which address in a CSV, and what is said where that is not sure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/lookup.h"
#include "stages/read.h"

#include "fixture.h"

#define FILE_NAME "people.csv"
#define MANY 2000

static struct lookup *open_as(const struct lookup_options *o)
{
    struct err e = ERR_INIT;
    struct lookup *l = lookup_open(o, NULL, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static struct lookup *open_lookup(const char *content)
{
    static const struct lookup_options options = {.path = FILE_NAME, .like = "Email"};

    put_file(FILE_NAME, content);
    return open_as(&options);
}

/* answer: how the address or the reason begins that is found. */
static void assert_found(struct lookup *l, const char *value, enum lookup_answer want,
                         const char *answer)
{
    const char *out = NULL, *why = NULL;
    struct err e = ERR_INIT;
    struct arena a;

    arena_init(&a);
    enum lookup_answer got = lookup_find(l, slice_of(value), &a, &out, &why, &e);
    if (got != want)
        fail_msg("%s: %d, not %d: %s", value, got, want, got == LOOKUP_FAULT ? e.text : why);
    assert_string_equal(got == LOOKUP_FOUND ? out : why, answer);
    assert_null(got == LOOKUP_FOUND ? why : out);
    arena_release(&a);
}

struct found {
    const char *value;
    enum lookup_answer want;
    const char *answer;
};

static void assert_all(const char *content, const struct found *cases, size_t n)
{
    struct lookup *l = open_lookup(content);

    for (size_t i = 0; i < n; i++)
        assert_found(l, cases[i].value, cases[i].want, cases[i].answer);
    lookup_free(l);
}

/* ---- answers ---- */

static void test_found(void **state)
{
    static const char content[] = "Email,Name,Wallet\n"
                                  "jo@X.org,Jo,0x14574a6DFF2Ddf9e07828b4345d3040919AF5652\n"
                                  " al@x.org\xc2\xa0,Al, " BOB " \n"
                                  "007,James," CAROL "\n"
                                  "=\"0123\",Nul," BOB "\n"
                                  "@handle,Han," BOB "\n";
    static const struct found cases[] = {
        {"jo@x.org", LOOKUP_FOUND, ALICE},
        {"  jo@x.ORG ", LOOKUP_FOUND, ALICE},
        {"al@x.org", LOOKUP_FOUND, BOB},
        {"007", LOOKUP_FOUND, CAROL},
        {"=\"007\"", LOOKUP_FOUND, CAROL},
        {"0123", LOOKUP_FOUND, BOB},
        {"@handle", LOOKUP_FOUND, BOB},
        {"7", LOOKUP_NONE, "is not in people.csv: add a row there"},
        {"", LOOKUP_NONE, "is empty: fill in who it is, or take the row out"},
        {" n/a ", LOOKUP_NONE, "stands for nobody: fill in who it is, or take the row out"},
        {"a@b@c", LOOKUP_BAD,
         "has more than one @: give one e-mail address, such as jo@example.org"},
    };

    (void)state;
    assert_all(content, cases, COUNT(cases));
}

static void test_shortened(void **state)
{
    struct lookup *l = open_lookup("Email,Wallet\n1.23E+11," BOB "\n");
    const char *out, *why;
    struct err e = ERR_INIT;
    struct arena a;

    (void)state;
    arena_init(&a);
    assert_int_equal(lookup_find(l, slice_of("1.23E+11"), &a, &out, &why, &e), LOOKUP_BAD);
    assert_says(why, "its digits are lost");
    assert_int_equal(lookup_rows(l), 0);
    assert_says(lookup_notices(l),
                "people.csv: 1 row passed over (the first on line 2), for nobody "
                "can be looked up by column \"Email\": \"1.23E+11\" is a number");
    arena_release(&a);
    lookup_free(l);
}

static void test_case_that_counts(void **state)
{
    static const char content[] = "Email,Wallet\n"
                                  "jo@x.org," BOB "\n"
                                  "Al@X.org," ALICE "\n"
                                  "AL@x.org," ALICE "\n"
                                  "Ab7," BOB "\n"
                                  "NULL," BOB "\n";
    static const struct found cases[] = {
        {"Jo@x.org", LOOKUP_FOUND, BOB},
        {"al@x.org", LOOKUP_FOUND, ALICE},
        {"Lee, Al <aL@x.org>", LOOKUP_FOUND, ALICE},
        {"NULL", LOOKUP_NONE, "stands for nobody: fill in who it is, or take the row out"},
        {"A\u00adb7", LOOKUP_BAD, "holds a character that nobody sees, U+00AD: take it out"},
        {"AB7", LOOKUP_BAD,
         "is not in people.csv (but \"Ab7\" is, on line 5: case counts): write it in the same way "
         "in both"},
    };

    (void)state;
    assert_all(content, cases, COUNT(cases));
}

static void test_unsure_addresses(void **state)
{
    static const char content[] = "Email,Wallet\n"
                                  "empty@x.org,\n"
                                  "dash@x.org, - \n"
                                  "bad@x.org,0x12\n"
                                  "same@x.org," ALICE_HEX "\n"
                                  "twice@x.org," ALICE "\n"
                                  "same@X.org," ALICE "\n"
                                  "later@x.org,\n"
                                  "twice@x.org," BOB "\n"
                                  "later@x.org," BOB "\n"
                                  "later@x.org,\n"
                                  "twice@x.org," CAROL "\n"
                                  "half@x.org," CAROL "\n"
                                  "half@x.org,me\n"
                                  "half@x.org," CAROL "\n";
    static const struct found cases[] = {
        {"empty@x.org", LOOKUP_NONE, "has no address in people.csv (line 2): fill it in"},
        {"dash@x.org", LOOKUP_NONE, "has no address in people.csv (line 3): fill it in"},
        {"bad@x.org", LOOKUP_BAD,
         "has a wrong address in people.csv (line 4): \"0x12\" is too short: an address has 40 hex "
         "digits after 0x"},
        {"same@x.org", LOOKUP_FOUND, ALICE},
        {"twice@x.org", LOOKUP_NONE,
         "stands twice in people.csv (lines 6 and 9), with different addresses: leave only the "
         "right one"},
        {"later@x.org", LOOKUP_FOUND, BOB},
        {"half@x.org", LOOKUP_BAD,
         "has a wrong address in people.csv (line 14): \"me\" is not an address (0x + 40 hex, or "
         "bb1…)"},
    };

    (void)state;
    assert_all(content, cases, COUNT(cases));
}

static void test_damaged_rows(void **state)
{
    static const char content[] = "Email,Boss,Wallet\n"
                                  "jo@x.org,boss@x.org," ALICE "\n"
                                  "jo@x.org,boss@x.org\n"
                                  "5,al@x.org,7,7,\"" BOB "\"\n"
                                  "boss@x.org,," BOB "\n"
                                  "7,," BOB "\n"
                                  "a\"b@x.org,,\"" BOB "\"x\n";
    static const struct found cases[] = {
        {"jo@x.org", LOOKUP_BAD,
         "stands in people.csv on a damaged row (line 3: has 2 fields, the header has 3): mend it"},
        {"boss@x.org", LOOKUP_BAD, /* whose row is that? */
         "stands in people.csv on a damaged row (line 3: has 2 fields, the header has 3): mend it"},
        {"al@x.org", LOOKUP_BAD,
         "stands in people.csv on a damaged row (line 4: has 5 fields, the header has 3): mend it"},
        {"5", LOOKUP_BAD,
         "stands in people.csv on a damaged row (line 4: has 5 fields, the header has 3): mend it"},
        {"7", LOOKUP_FOUND, BOB}, /* only e-mail addresses may have shifted */
        {"di@x.org", LOOKUP_NONE,
         "is not in people.csv, of which 3 rows are damaged (the first on line 3): mend that, or "
         "add a row"},
    };
    struct lookup *l;

    (void)state;
    assert_all(content, cases, COUNT(cases));
    l = open_lookup(content);
    assert_int_equal(lookup_rows(l), 2); /* jo and 7: boss stood on a damaged row before */
    assert_string_equal(
        lookup_notices(l),
        "people.csv: 3 damaged rows passed over (the first on line 3: has 2 fields, "
        "the header has 3): no address is taken from there\n");
    lookup_free(l);
}

/* Where the cells are as many as they should be, they are where they should be. */
static void test_damage_in_place(void **state)
{
    static const char content[] = "Email,Boss,Wallet\n"
                                  "boss@x.org,," BOB "\n"
                                  "jo@x.org,boss@x.org,\"" ALICE "\"x\n";
    static const struct found cases[] = {
        {"jo@x.org", LOOKUP_BAD,
         "stands in people.csv on a damaged row (line 3: text after a closing quote on line 3): "
         "mend it"},
        {"boss@x.org", LOOKUP_FOUND, BOB},
    };

    (void)state;
    assert_all(content, cases, COUNT(cases));
}

static void test_counts(void **state)
{
    struct lookup *l = open_lookup("Email,Wallet\n"
                                   "jo@x.org," BOB "\n"
                                   "," BOB "\n"
                                   "N/A," BOB "\n"
                                   "jo@x.org," BOB "\n"
                                   ",\n"
                                   "al@x.org,\n"
                                   "a@b@c," BOB "\n"
                                   "x@,\n");

    (void)state;
    assert_int_equal(lookup_rows(l), 2);
    assert_string_equal(
        lookup_notices(l),
        "people.csv: 2 rows passed over (the first on line 3), with nobody in column \"Email\"\n"
        "people.csv: 2 rows passed over (the first on line 8), for nobody can be looked up by "
        "column \"Email\": \"a@b@c\" has more than one @: give one e-mail address, such as "
        "jo@example.org\n");
    lookup_free(l);
    l = open_lookup("Email,Wallet\n");
    assert_int_equal(lookup_rows(l), 0);
    assert_string_equal(lookup_notices(l), "");
    assert_found(l, "jo@x.org", LOOKUP_NONE, "is not in people.csv: add a row there");
    lookup_free(l);
    lookup_free(NULL);
}

static void test_many(void **state)
{
    struct lookup *l;
    struct text t;
    char name[32];

    (void)state;
    text_init(&t);
    text_puts(&t, "Email,Wallet\n");
    for (int i = 0; i < MANY; i++)
        text_printf(&t, "p%d@x.org,%s\n", i, i % 2 ? ALICE : BOB);
    l = open_lookup(t.ptr);
    assert_int_equal(lookup_rows(l), MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "p%d@X.org", i);
        assert_found(l, name, LOOKUP_FOUND, i % 2 ? ALICE : BOB);
    }
    lookup_free(l);
    text_release(&t);
}

/* ---- columns ---- */

static void test_columns(void **state)
{
    static const struct {
        const char *header;
        struct lookup_options options;
    } cases[] = {
        {"Email,Other,Wallet", {.like = "Email"}},
        {"E-Mail,Other,Wallet", {.like = "email"}},
        {"Mail,Other,Wallet", {.like = "User Email"}}, /* both are usual names of the same */
        {"Student ID,Other,Wallet", {.like = "ID"}},
        {"Who,Other,Wallet", {.on = "who", .like = "Email"}},
        {"Email,Wallet,Money", {.like = "Email", .address = "Money"}},
        {"Who,Email,Wallet", {.on = "Who", .like = "Email"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lookup_options o = cases[i].options;
        char content[256];

        snprintf(content, sizeof(content), "%s\njo@x.org,x," ALICE "\n", cases[i].header);
        put_file(FILE_NAME, content);
        o.path = FILE_NAME;
        struct lookup *l = open_as(&o);
        memset(&o, 'x', sizeof(o)); /* borrowed no longer */
        assert_found(l, "jo@x.org", LOOKUP_FOUND, ALICE);
        lookup_free(l);
    }
}

static void test_no_column(void **state)
{
    static const struct {
        const char *header;
        struct lookup_options options;
        const char *error;
    } cases[] = {
        {"Mail,Wallet",
         {.like = "Person"},
         "people.csv:1: no column \"Person\" (--lookup; --on COLUMN=COLUMN says which is meant): "
         "columns are: \"Mail\", \"Wallet\""},
        {"Mail,Wallet",
         {.on = "Mial", .like = "Email"},
         "people.csv:1: no column \"Mial\" (--on): nearest is \"Mail\"; columns are: \"Mail\", "
         "\"Wallet\""},
        {"Email,Purse",
         {.like = "Email"},
         "people.csv:1: no column is called address, wallet or the like"},
        {"Email,Wallet",
         {.like = "Email", .address = "Purse"},
         "people.csv:1: no column \"Purse\" (--address)"},
        {"Email,Wallet",
         {.on = "Wallet", .like = "Email"},
         "people.csv:1: column 2 can't both name people and be their address: say with --on and "
         "--address which columns are meant"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lookup_options o = cases[i].options;
        struct err e = ERR_INIT;
        char content[128];

        snprintf(content, sizeof(content), "%s\njo@x.org," ALICE "\n", cases[i].header);
        put_file(FILE_NAME, content);
        o.path = FILE_NAME;
        assert_null(lookup_open(&o, NULL, &e));
        assert_int_equal(e.code, EXIT_USAGE);
        assert_says(e.text, cases[i].error);
    }
}

/* No option says how it is read, so none is named. */
static void test_no_header(void **state)
{
    static const struct {
        const char *content, *error;
    } cases[] = {
        {"jo@x.org," ALICE "\nal@x.org," BOB "\n",
         "people.csv:1: may be a row, not a header: put a header above it"},
        {"Email,Wallet\njo@x.org," ALICE "\n\nSKU,Product\np1,Bread\n",
         "people.csv: holds more than one table: the header of one is on line 1, that of another "
         "on "
         "line 4: save each of them in a file of its own"},
    };
    static const struct lookup_options options = {.path = FILE_NAME, .like = "Email"};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        put_file(FILE_NAME, cases[i].content);
        assert_null(lookup_open(&options, NULL, &e));
        assert_int_equal(e.code, EXIT_INPUT);
        assert_says(e.text, cases[i].error);
        assert_null(strstr(e.text, "--"));
    }
}

static void test_no_file(void **state)
{
    static const struct lookup_options options = {.path = "nowhere.csv", .like = "Email"};
    struct err e = ERR_INIT;

    (void)state;
    assert_null(lookup_open(&options, NULL, &e));
    assert_int_equal(e.code, EXIT_INPUT);
    assert_says(e.text, "nowhere.csv: cannot be opened: No such file or directory");
}

/* ---- dialects ---- */

static void test_dialects(void **state)
{
    static const struct lookup_options options = {.path = FILE_NAME, .like = "Email"};
    static const struct read_wishes quoted = {.quote = '\''};
    static const char excel[] =
        "\xEF\xBB\xBFsep=;\r\nEmail;Wallet\r\n\"jo@x.org\";" BOB "\r\n;\r\n";
    static const char preamble[] = "Our people,\nExported,2026-10-01\n\nEmail,Wallet\njo@x.org," BOB
                                   "\nal@x.org," ALICE "\nx@x.org,\n";
    struct err e = ERR_INIT;
    struct lookup *l = open_lookup(excel);

    (void)state;
    assert_found(l, "jo@x.org", LOOKUP_FOUND, BOB);
    assert_int_equal(lookup_rows(l), 1);
    assert_string_equal(lookup_notices(l), "");
    lookup_free(l);
    l = open_lookup(preamble);
    assert_found(l, "jo@x.org", LOOKUP_FOUND, BOB);
    assert_found(l, "x@x.org", LOOKUP_NONE, "has no address in people.csv (line 7): fill it in");
    assert_says(lookup_notices(l), "people.csv: the header is on line 4");
    lookup_free(l);
    put_file(FILE_NAME, "Email,Wallet\n'jo@x.org','" BOB "'\n");
    l = lookup_open(&options, &quoted, &e);
    assert_non_null(l);
    assert_found(l, "jo@x.org", LOOKUP_FOUND, BOB);
    lookup_free(l);
}

static void test_kinds(void **state)
{
    static const struct {
        const char *cell;
        enum identity_kind want;
    } cases[] = {
        {"jo@x.org", IDENTITY_EMAIL},
        {" =\"jo@x.org\" ", IDENTITY_EMAIL},
        {"=\"jo@x.org\"", IDENTITY_EMAIL},
        {"'+jo@x.org", IDENTITY_EMAIL},
        {"@jo", IDENTITY_ID},
        {"00123", IDENTITY_ID},
        {"", IDENTITY_ID},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(lookup_kind(slice_of(cases[i].cell)), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_found),
        IN_FOLDER(test_shortened),
        IN_FOLDER(test_case_that_counts),
        IN_FOLDER(test_unsure_addresses),
        IN_FOLDER(test_damaged_rows),
        IN_FOLDER(test_damage_in_place),
        IN_FOLDER(test_counts),
        IN_FOLDER(test_many),
        IN_FOLDER(test_columns),
        IN_FOLDER(test_no_column),
        IN_FOLDER(test_no_header),
        IN_FOLDER(test_no_file),
        IN_FOLDER(test_dialects),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
