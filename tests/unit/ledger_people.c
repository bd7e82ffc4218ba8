/* ledger_people: exactly the things of one person are found, by names, keys, addresses and old spellings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_people.h"

#include "ledger/ledger.h"
#include "ledger/ledger_internal.h"

#include "fixture.h"
#include "items.h"

#define DB "ledger.db"

static const uint8_t ada[KEY_SIZE] = {0xad}, dan[KEY_SIZE] = {0xda};

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static struct ledger_run begin(struct ledger *l, const char *name, const char *variant)
{
    static const uint8_t hash[LEDGER_HASH_SIZE] = {1};
    const struct ledger_target t = {"claim", "https://x.example", name, "recipient"};
    const struct ledger_input from = {.name = "in.csv", .hash = hash, .rows = 9, .reading = ""};
    struct ledger_run run = {.id = 0};
    struct err e = ERR_INIT;
    int64_t target;

    if (ledger_target_id(l, &t, &target, &e) != 0 ||
        ledger_run_begin(l, target, variant, &from, &run, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

/* An item, and its row; person: whom a lookup named, or NULL. */
static int64_t own(struct ledger *l, const struct ledger_run *run, unsigned n,
                   const char *recipient, const uint8_t *person)
{
    const uint8_t key[KEY_SIZE] = {(uint8_t)n};
    struct ledger_row row = {.kind = LEDGER_ROW_OWNER, .step = 1, .row = n, .line = n + 1};
    struct err e = ERR_INIT;

    if (add_item(l, run, run->target, key, recipient, n, n + 1, &row.item, &e) != 0 ||
        ledger_put_rows(l, run, &row, 1, &e) != 0 ||
        (person && ledger_put_person(l, run->target, person, row.item, &e) != 0))
        fail_msg("%s", e.text);
    return row.item;
}

static void put_word(struct ledger *l, const struct ledger_run *run, struct ledger_row row)
{
    struct err e = ERR_INIT;

    if (ledger_put_rows(l, run, &row, 1, &e) != 0)
        fail_msg("%s", e.text);
}

/* ---- what is found ---- */

static bool is_same(void *context, const char *recipient)
{
    return strcasecmp(recipient, context) == 0;
}

static int put_found(void *context, const struct ledger_people_item *item, struct err *e)
{
    (void)e;
    text_printf(context, "%s%s:%s%s", *item->target ? " " : "", item->target, item->item.recipient,
                item->looked_up ? " looked up" : "");
    return 0;
}

static int put_row(void *context, int64_t run, const char *input, const struct ledger_row *row,
                   struct err *e)
{
    (void)e;
    assert_string_equal(input, "in.csv");
    text_printf(context, " %lld/%llu/%u:%d", (long long)run, (unsigned long long)row->row,
                row->step, (int)row->kind);
    return 0;
}

/* Of a name, and of a key (NULL: none). */
static void expect(struct ledger *l, const char *name, const uint8_t *key, const char *want)
{
    struct err e = ERR_INIT;
    struct text found;
    int64_t n = -1;

    text_init(&found);
    if (ledger_people_begin(l, &e) != 0 || ledger_people_seek(l, name, &e) != 0 ||
        (key && ledger_people_seek_key(l, key, &e) != 0) ||
        ledger_people_find(l, is_same, (void *)name, &n, &e) != 0 ||
        ledger_people_each(l, put_found, &found, &e) != 0)
        fail_msg("%s", e.text);
    assert_string_equal(found.ptr, want);
    assert_int_equal(n == 0, *want == '\0');
    text_release(&found);
}

static void expect_rows(struct ledger *l, int64_t item, const char *want)
{
    struct err e = ERR_INIT;
    struct text rows;

    text_init(&rows);
    if (ledger_people_rows(l, item, put_row, &rows, &e) != 0)
        fail_msg("%s", e.text);
    assert_string_equal(rows.ptr, want);
    text_release(&rows);
}

/* ---- tests ---- */

static void test_names(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run c1 = begin(l, "c1", ""), c2 = begin(l, "c2", "");

    (void)state;
    own(l, &c1, 1, "ann@example.org", NULL);
    own(l, &c1, 2, "ann2@example.org", NULL);
    own(l, &c1, 3, "joann@example.org", NULL);
    own(l, &c2, 4, "ann@example.org", NULL);
    own(l, &c2, 5, "Ann@example.org", NULL);
    expect(l, "ann@example.org", NULL, " c1:ann@example.org c2:ann@example.org");
    expect(l, "ann2@example.org", NULL, " c1:ann2@example.org");
    expect(l, "ann", NULL, "");
    expect(l, "ann%", NULL, "");
    expect(l, "", NULL, "");
    ledger_close(l);
}

/* Ada's address was Dan's later; and somebody has given it without a lookup. */
static void test_lookups(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run c1 = begin(l, "c1", ""), c2 = begin(l, "c2", ""), c3 = begin(l, "c3", "");

    (void)state;
    own(l, &c1, 1, ALICE, ada);
    own(l, &c1, 2, BOB, dan);
    own(l, &c2, 3, ALICE, dan);
    own(l, &c3, 4, ALICE, NULL);
    expect(l, "ada@example.org", ada, " c1:" ALICE " looked up c3:" ALICE " looked up");
    expect(l, "dan@example.org", dan,
           " c1:" BOB " looked up c2:" ALICE " looked up c3:" ALICE " looked up");
    expect(l, ALICE, NULL, " c1:" ALICE " c2:" ALICE " c3:" ALICE);
    expect(l, ALICE, ada, " c1:" ALICE " c2:" ALICE " c3:" ALICE);
    expect(l, "eve@example.org", (const uint8_t[KEY_SIZE]){1}, "");
    ledger_close(l);
}

/* Of an older version: Ann@ and ANN@ are one, and a spelling that only looks alike is not theirs. */
static void test_spellings(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run c1 = begin(l, "c1", "");
    struct err e = ERR_INIT;

    (void)state;
    own(l, &c1, 1, "Ann@Example.org", NULL);
    own(l, &c1, 2, "\"ann@example.org\"", NULL);
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(
        db_exec(l->db, "INSERT INTO spellings SELECT target, 'ann@example.org', id FROM items", &e),
        0);
    expect(l, "ann@example.org", NULL, " c1:Ann@Example.org");
    own(l, &c1, 3, "JO\xc3\x89", NULL);
    expect(l, "jo\xc3\x89", NULL, "");
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(db_exec(l->db, "INSERT INTO keyed_before VALUES(3)", &e), 0);
    expect(l, "jo\xc3\x89", NULL, " c1:JO\xc3\x89");
    ledger_close(l);
}

static void test_rows(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run first = begin(l, "c1", ""), later = begin(l, "c1", "again 2");
    int64_t ann = own(l, &first, 1, "ann@example.org", NULL);
    int64_t bob = own(l, &first, 2, "bob@example.org", NULL);

    (void)state;
    put_word(l, &first,
             (struct ledger_row){
                 .kind = LEDGER_ROW_SKIPPED, .step = 2, .row = 1, .line = 2, .error = "no route"});
    put_word(l, &first,
             (struct ledger_row){
                 .kind = LEDGER_ROW_INVALID, .step = 2, .row = 2, .line = 3, .error = "bob's"});
    put_word(l, &later,
             (struct ledger_row){.kind = LEDGER_ROW_DUPLICATE,
                                 .step = 1,
                                 .row = 5,
                                 .line = 6,
                                 .item = ann,
                                 .of_run = first.id,
                                 .of_line = 2});
    put_word(l, &later, (struct ledger_row){.kind = LEDGER_ROW_SKIPPED, .row = 6, .line = 7});
    expect(l, "ann@example.org", NULL, " c1:ann@example.org");
    expect_rows(l, ann, " 1/1/1:0 2/5/1:1");
    expect_rows(l, 0, " 1/1/2:3");
    expect_rows(l, bob, "");
    ledger_close(l);
}

static int put_number(void *context, int64_t n, struct err *e)
{
    (void)e;
    text_printf(context, " %lld", (long long)n);
    return 0;
}

static void test_agains_and_kinds(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "c1", "");
    struct ledger_people_kinds kinds;
    struct err e = ERR_INIT;
    struct text numbers;

    (void)state;
    begin(l, "c1", "again 2");
    begin(l, "c2", "again 2, remove");
    begin(l, "c1", "again 13, rows 0a1b");
    begin(l, "c1", "remove");
    text_init(&numbers);
    assert_int_equal(ledger_people_agains(l, put_number, &numbers, &e), 0);
    assert_string_equal(numbers.ptr, " 2 13");
    text_release(&numbers);
    own(l, &run, 1, ALICE, NULL);
    own(l, &run, 2, "ann@example.org", NULL);
    own(l, &run, 3, "bob@example.org", NULL);
    own(l, &run, 4, "17", NULL);
    own(l, &run, 5, "@handle", NULL);
    assert_int_equal(ledger_people_kinds(l, &kinds, &e), 0);
    assert_int_equal(kinds.addresses, 1);
    assert_int_equal(kinds.emails, 2);
    assert_int_equal(kinds.others, 2);
    ledger_close(l);
}

/* To look changes nothing: another process may write meanwhile, and the seal fits. */
static void test_only_looks(void **state)
{
    struct err e = ERR_INIT;
    struct ledger *l = open_ledger(), *looking;
    struct ledger_run run = begin(l, "c1", "");

    (void)state;
    own(l, &run, 1, "ann@example.org", NULL);
    assert_int_equal(ledger_commit(l, &e), 0);
    looking = ledger_open_look(DB, &e);
    assert_non_null(looking);
    assert_int_equal(ledger_people_begin(looking, &e), 0);
    own(l, &run, 2, "bob@example.org", NULL); /* a transaction is under way */
    expect(looking, "ann@example.org", NULL, " c1:ann@example.org");
    expect(looking, "bob@example.org", NULL, "");
    assert_int_equal(ledger_commit(l, &e), 0);
    expect(looking, "bob@example.org", NULL, " c1:bob@example.org");
    ledger_close(looking);
    ledger_close(l);
    l = open_ledger();
    ledger_close(l);
}

static void test_none(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(ledger_is_none(DB, &e), 1);
    assert_int_equal(ledger_is_none("no/folder/" DB, &e), 1);
    ledger_close(open_ledger());
    assert_int_equal(ledger_is_none(DB, &e), 0);
    assert_int_equal(unlink(DB), 0); /* its seal says that there was one */
    assert_int_equal(ledger_is_none(DB, &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_names), IN_FOLDER(test_lookups),          IN_FOLDER(test_spellings),
        IN_FOLDER(test_rows),  IN_FOLDER(test_agains_and_kinds), IN_FOLDER(test_only_looks),
        IN_FOLDER(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
