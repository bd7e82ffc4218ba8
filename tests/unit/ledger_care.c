/* ledger_care: older ledgers, keys and variants, looking back, checking, exporting, pruning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_care.h"

#include "ledger/ledger.h"
#include "ledger/ledger_books.h"
#include "ledger/ledger_bulk.h"
#include "ledger/ledger_counts.h"
#include "ledger/ledger_internal.h"
#include "ledger/ledger_looks.h"
#include "policy/baseline.h"
#include "policy/overall.h"

#include "fixture.h"
#include "items.h"

#include <sys/stat.h>
#include <sys/wait.h>

#define DB "ledger.db"
#define URL "https://api.bitbadges.io"
#define BUSY_MS 50
#define VERSION 20
#define SEALED_VERSION 7 /* the first whose items are sealed */
#define STEPS 3

static const uint8_t hash_a[LEDGER_HASH_SIZE] = {1};

/* As the first release made it. */
static const char version_1[] =
    "CREATE TABLE targets(id INTEGER PRIMARY KEY, action TEXT NOT NULL, url TEXT NOT NULL,"
    " name TEXT NOT NULL, UNIQUE(action, url, name));"
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES targets,"
    " input TEXT NOT NULL, input_hash BLOB NOT NULL, input_rows INTEGER NOT NULL,"
    " pass INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER,"
    " finished INTEGER NOT NULL DEFAULT 0, exit_code INTEGER);"
    "CREATE TABLE items(id INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES targets,"
    " key BLOB NOT NULL, recipient TEXT NOT NULL, state INTEGER NOT NULL,"
    " run INTEGER NOT NULL REFERENCES runs, pass INTEGER NOT NULL, row INTEGER NOT NULL,"
    " line INTEGER NOT NULL, attempt TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',"
    " reserved INTEGER NOT NULL DEFAULT 0, http_status INTEGER NOT NULL DEFAULT 0,"
    " tries INTEGER NOT NULL DEFAULT 0, intent_ms INTEGER NOT NULL DEFAULT 0,"
    " changed_ms INTEGER NOT NULL, UNIQUE(target, key));"
    "CREATE INDEX items_under_way ON items(target, id) WHERE state IN (1, 2, 5);"
    "CREATE INDEX items_attempt ON items(attempt) WHERE attempt != '';"
    "CREATE TABLE rows(run INTEGER NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, item INTEGER, of_run INTEGER, of_line INTEGER, error TEXT,"
    " PRIMARY KEY(run, row)) WITHOUT ROWID;"
    "PRAGMA application_id = 1668050288; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
    "INSERT INTO targets VALUES(1, 'claim', '" URL "', 'abc'), (2, 'claim', '" URL "', 'new');"
    "INSERT INTO runs VALUES(1, 1, 'done.csv', zeroblob(32), 1, 1, 1000, 2000, 1, 0),"
    " (2, 1, 'in.csv', zeroblob(32), 1, 1, 3000, NULL, 0, NULL);"
    "INSERT INTO items(id, target, key, recipient, state, run, pass, row, line, attempt, intent_ms,"
    " changed_ms) VALUES(1, 1, zeroblob(16), 'bb1', 3, 1, 1, 1, 2, 'A1', 1500, 1600);"
    "INSERT INTO rows VALUES(1, 1, 2, 0, 1, NULL, NULL, NULL);";

/* What the second release made of it, and did. */
static const char version_2[] =
    "ALTER TABLE targets ADD COLUMN key TEXT NOT NULL DEFAULT '';"
    "UPDATE targets SET key = 'recipient';"
    "ALTER TABLE runs ADD COLUMN key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 2;"
    "INSERT INTO runs VALUES(3, 2, '-', zeroblob(32), 5, 2, 4000, 5000, 1, 1, 'again 2', 0);"
    "INSERT INTO items(id, target, key, recipient, state, run, pass, row, line, attempt, error,"
    " reserved, http_status, tries, intent_ms, changed_ms) VALUES"
    " (2, 2, x'0200000000000000000000000000000a', 'bb2', 2, 3, 2, 1, 2, 'A2', '', 0, 200, 1, 4100,"
    " 4200),"
    " (3, 2, x'0300000000000000000000000000000a', 'bb3', 4, 3, 2, 2, 3, '', 'no', 0, 500, 3, 4100,"
    " 4200);"
    "INSERT INTO rows VALUES(3, 1, 2, 0, 2, NULL, NULL, NULL), (3, 2, 3, 0, 3, NULL, NULL, NULL),"
    " (3, 3, 4, 1, 1, 1, 2, NULL), (3, 4, 5, 2, NULL, NULL, NULL, 'bad'),"
    " (3, 5, 6, 3, NULL, NULL, NULL, 'left out');";

/* And the third, which knew steps and codes. */
static const char version_3[] =
    "ALTER TABLE items ADD COLUMN code INTEGER;"
    "ALTER TABLE items ADD COLUMN mark BLOB;"
    "ALTER TABLE items ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;"
    "CREATE UNIQUE INDEX items_code ON items(target, code) WHERE code IS NOT NULL;"
    "CREATE UNIQUE INDEX items_mark ON items(mark) WHERE mark IS NOT NULL;"
    "CREATE TABLE aims(run INTEGER NOT NULL, step INTEGER NOT NULL,"
    " target INTEGER NOT NULL REFERENCES targets, link TEXT NOT NULL,"
    " PRIMARY KEY(run, step, target)) WITHOUT ROWID;"
    "INSERT INTO aims SELECT id, 1, target, 'https://bitbadges.io/claims/{{target}}' FROM runs;"
    "ALTER TABLE rows RENAME TO rows_of_one_step;"
    "CREATE TABLE rows(run INTEGER NOT NULL, row INTEGER NOT NULL, step INTEGER NOT NULL,"
    " line INTEGER NOT NULL, kind INTEGER NOT NULL, item INTEGER, of_run INTEGER,"
    " of_line INTEGER, error TEXT, PRIMARY KEY(run, row, step)) WITHOUT ROWID;"
    "INSERT INTO rows SELECT run, row, 1, line, kind, item, of_run, of_line, error"
    " FROM rows_of_one_step;"
    "DROP TABLE rows_of_one_step;"
    "CREATE TABLE told(target INTEGER NOT NULL REFERENCES targets, attempt TEXT NOT NULL,"
    " at_ms INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(target, attempt)) WITHOUT ROWID;"
    "PRAGMA user_version = 3;"
    "INSERT INTO targets VALUES(3, 'code', '', 'seed', 'email');"
    "INSERT INTO runs VALUES(4, 3, '/data/in.csv', zeroblob(32), 2, 1, 6000, 7000, 1, 3, '', 0);"
    "INSERT INTO aims VALUES(4, 1, 3, 'https://bitbadges.io/saveforlater?value={{code}}'),"
    " (4, 2, 1, '');"
    "INSERT INTO items(id, target, key, recipient, state, run, pass, row, line, changed_ms, code,"
    " mark) VALUES(4, 3, x'0400000000000000000000000000000a', 'a@x.org', 3, 4, 1, 1, 2, 6100, 7,"
    " x'01020304');"
    "INSERT INTO rows VALUES(4, 1, 1, 2, 0, 4, NULL, NULL, NULL),"
    " (4, 1, 2, 2, 1, 1, 1, 2, NULL), (4, 2, 0, 3, 2, NULL, NULL, NULL, 'bad');"
    "INSERT INTO told VALUES(1, 'A1', 1700);";

/* And the fourth: lost requests were judged by comparing clocks. */
static const char version_4[] =
    "ALTER TABLE runs ADD COLUMN reading TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN preset TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE people(target INTEGER NOT NULL REFERENCES targets, person BLOB NOT NULL,"
    " item INTEGER NOT NULL REFERENCES items, PRIMARY KEY(target, person)) WITHOUT ROWID;"
    "PRAGMA user_version = 4;"
    "UPDATE runs SET reading = 'UTF-8', preset = 'luma' WHERE id = 4;"
    "INSERT INTO people VALUES(1, x'0500000000000000000000000000000a', 1);"
    "INSERT INTO items(id, target, key, recipient, state, run, pass, row, line, intent_ms,"
    " changed_ms) VALUES(5, 2, x'0500000000000000000000000000000a', 'bb5', 1, 3, 2, 5, 6, 4100,"
    " 4200);";

/* One that took each spelling of a URL for an API of its own. */
static const char spelled_4[] =
    "INSERT INTO targets VALUES(10, 'claim', 'http://localhost:8080', 'm', 'recipient'),"
    " (11, 'claim', 'http://127.0.0.1:8080', 'm', 'recipient'),"
    " (12, 'claim', 'http://LOCALHOST.:8080/', 'm', 'recipient'),"
    " (13, 'store', 'https://x.example:443', 's', 'recipient'),"
    " (14, 'store', 'https://x.example', 's', 'recipient'),"
    " (15, 'claim', 'http://[::1]:8080', 'k', 'recipient'),"
    " (16, 'claim', 'http://127.1:8080', 'k', 'column Email'),"
    " (17, 'claim', 'https://X.example/', 'alone', 'recipient');"
    "INSERT INTO runs VALUES(10, 10, '-', zeroblob(32), 1, 1, 1, 2, 1, 1, '', 0, '', ''),"
    " (11, 11, '-', zeroblob(32), 1, 1, 1, 2, 1, 1, '', 0, '', '');"
    "INSERT INTO aims VALUES(10, 1, 10, ''),"
    " (11, 1, 11, '');"
    "INSERT INTO items(id, target, key, recipient, state, run, pass, row, line, attempt,"
    " changed_ms, removed) VALUES (10, 10, x'0100000000000000000000000000000a', 'bb1', 4,"
    " 10, 1, 1, 2, '', 900, 0),"
    " (11, 10, x'0200000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, 'T2', 100, 0),"
    " (12, 10, x'0300000000000000000000000000000a', 'bb1', 1, 10, 1, 1, 2, '', 100, 0),"
    " (13, 11, x'0100000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, 'T1', 200, 0),"
    " (14, 11, x'0200000000000000000000000000000a', 'bb1', 4, 10, 1, 1, 2, '', 900, 0),"
    " (15, 11, x'0400000000000000000000000000000a', 'bb1', 2, 10, 1, 1, 2, 'T4', 200, 0),"
    " (16, 12, x'0100000000000000000000000000000a', 'bb1', 5, 10, 1, 1, 2, '', 900, 0),"
    " (17, 12, x'0500000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, 'T5', 300, 0),"
    " (18, 13, x'0100000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, '', 100, 0),"
    " (19, 14, x'0100000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, '', 200, 1),"
    " (20, 15, x'0100000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, '', 100, 0),"
    " (21, 16, x'0200000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, '', 100, 0),"
    " (22, 12, x'0400000000000000000000000000000a', 'bb1', 0, 10, 1, 1, 2, '', 900, 0),"
    " (23, 17, x'0100000000000000000000000000000a', 'bb1', 3, 10, 1, 1, 2, '', 900, 0);"
    "INSERT INTO rows VALUES(10, 1, 1, 2, 0, 10, NULL, NULL, NULL),"
    " (11, 1, 1, 2, 0, 13, NULL, NULL, NULL);"
    "UPDATE items SET intent_ms = 50 WHERE id >= 10;"
    "INSERT INTO told VALUES(10, 'T1', 0),"
    " (11, 'T1', 0),"
    " (11, 'T2', 0);"
    "INSERT INTO people VALUES(11, x'aa', 15),"
    " (12, x'aa', 17),"
    " (12, x'bb', 17);";

/* To a ledger, whatever the ledger thinks of it; it is sealed anew. */
static void exec(const char *sql)
{
    struct err e = ERR_INIT;
    struct db *db;
    int64_t version;

    if (access(DB, F_OK) != 0)
        put_file(DB, "");
    db = db_open(DB, BUSY_MS, &e);
    if (!db || db_exec(db, sql, &e) != 0)
        fail_msg("%s", e.text);
    if (db_number(db, "PRAGMA user_version", &version, &e) != 0 ||
        (version >= SEALED_VERSION && db_exec(db, LEDGER_RESEAL, &e) != 0))
        fail_msg("%s", e.text);
    db_close(db);
    unlink(DB "-seal");
}

static int64_t number(const char *sql)
{
    struct err e = ERR_INIT;
    struct db *db = db_open(DB, BUSY_MS, &e);
    int64_t n = -1;

    if (!db || db_number(db, sql, &n, &e) != 0)
        fail_msg("%s: %s", sql, e.text);
    db_close(db);
    return n;
}

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open_as(DB, true, BUSY_MS, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static int begin_as(struct ledger *l, const char *name, const char *key, const char *variant,
                    struct ledger_run *run, struct err *e)
{
    const struct ledger_target t = {.action = "claim", .url = URL, .name = name, .key = key};
    int64_t target;

    return ledger_target_id(l, &t, &target, e) == 0 &&
                   ledger_run_begin(l, target, variant,
                                    &(struct ledger_input){
                                        .name = "in.csv", .hash = hash_a, .rows = 2, .reading = ""},
                                    run, e) == 0
               ? ledger_commit(l, e)
               : -1;
}

static struct ledger_run begin(struct ledger *l, const char *name, const char *key,
                               const char *variant)
{
    struct err e = ERR_INIT;
    struct ledger_run run;

    if (begin_as(l, name, key, variant, &run, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

static void add(struct ledger *l, const struct ledger_run *run, uint8_t n)
{
    const uint8_t key[KEY_SIZE] = {n};
    struct err e = ERR_INIT;
    int64_t id;

    if (add_item(l, run, run->target, key, "bb1", n, n + 1, &id, &e) != 0 ||
        ledger_commit(l, &e) != 0)
        fail_msg("%s", e.text);
}

static int hear(void *context, const char *finding, struct err *e)
{
    char *heard = context;
    size_t n = strlen(heard);

    (void)e;
    snprintf(heard + n, 4000 - n, "%s\n", finding);
    return 0;
}

static int check(char heard[4000])
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open_look(DB, &e);
    int n;

    if (!l)
        fail_msg("%s", e.text);
    *heard = '\0';
    n = ledger_check(l, hear, heard, &e);
    if (n < 0)
        fail_msg("%s", e.text);
    ledger_close(l);
    return n;
}

/* ---- from version to version ---- */

static void test_migration(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_run run;
    struct ledger *l;

    (void)state;
    exec(version_1);
    l = open_ledger();
    assert_int_equal(number("PRAGMA user_version"), VERSION);
    assert_int_equal(number("SELECT count(*) FROM items WHERE attempt = 'A1'"), 1);
    run =
        begin(l, "abc", "recipient", ""); /* all keys were made of it, and there was one variant */
    assert_int_equal(run.id, 2);
    assert_true(run.resumed && run.input_changed);
    assert_int_equal(begin_as(l, "abc", "Email", "", &run, &e), -1);
    ledger_close(l);
    ledger_close(open_ledger());
    assert_int_equal(number("PRAGMA user_version"), VERSION);
}

/* The tables are the same, whether made at once or step by step. */
static void test_migrated_is_as_new(void **state)
{
    static const char tables[] =
        "SELECT sum(length(replace(sql, char(10), ''))) FROM sqlite_schema";
    int64_t migrated;

    (void)state;
    exec(version_1);
    ledger_close(open_ledger());
    migrated = number(tables);
    assert_int_equal(unlink(DB), 0);
    assert_int_equal(unlink(DB "-seal"), 0);
    ledger_close(open_ledger());
    assert_int_equal(number(tables), migrated);
}

/* Nothing of what the second release knew is lost, and it is understood. */
static void test_migration_with_content(void **state)
{
    static const char rows[] = "SELECT sum(run * 1000003 + row * 10007 + line * 101 + kind * 11"
                               " + coalesce(item, 0) * 7 + coalesce(of_run * 5 + of_line * 3, 0)"
                               " + length(coalesce(error, ''))) FROM rows";
    static const char items[] =
        "SELECT sum(id * 1000003 + target * 10007 + state * 1009 + run * 101 + pass * 11 + row * 7"
        " + line * 5 + length(attempt || error || recipient) + http_status + tries + intent_ms"
        " + changed_ms + length(key)) FROM items";
    char heard[4000];
    int64_t rows_before, items_before;
    struct ledger_run run;
    struct ledger *l;

    (void)state;
    exec(version_1);
    exec(version_2);
    rows_before = number(rows);
    items_before = number(items);
    ledger_close(open_ledger());
    assert_int_equal(number("PRAGMA user_version"), VERSION);
    assert_int_equal(number(rows), rows_before);
    assert_int_equal(number(items), items_before);
    assert_int_equal(number("SELECT count(*) FROM rows WHERE step = 1"), 6);
    assert_int_equal(number("SELECT count(*) FROM items WHERE code IS NULL AND mark IS NULL"), 3);
    assert_int_equal(number("SELECT count(*) FROM aims JOIN runs ON runs.id = run"
                            " WHERE aims.target = runs.target AND step = 1 AND link != ''"),
                     3);
    assert_int_equal(number("SELECT count(*) FROM told"), 0);
    assert_int_equal(check(heard), 0);
    l = open_ledger();
    run = begin(l, "abc", "recipient", "");
    assert_int_equal(run.id, 2);
    assert_true(run.resumed);
    ledger_close(l);
}

/* Two spellings of one API are one, and what was done at either is known; whichever is said now. */
static void test_migration_of_names(void **state)
{
    static const struct {
        uint8_t n;
        enum state want;
        const char *attempt;
    } cases[] = {{1, STATE_SUCCESS, "T1"},
                 {2, STATE_SUCCESS, "T2"},
                 {3, STATE_SENDING, ""},
                 {4, STATE_ACCEPTED, "T4"},
                 {5, STATE_SUCCESS, "T5"}};
    static const char *const urls[] = {"http://localhost:8080", "http://127.0.0.1:8080",
                                       "http://[::1]:08080/", "http://127.1:8080"};
    struct ledger_target t = {.action = "claim", .name = "m", .key = "recipient"};
    struct err e = ERR_INIT;
    struct ledger_item item;
    char heard[4000], sql[256];
    struct ledger *l;
    int64_t id;

    (void)state;
    exec(version_1);
    exec(version_2);
    exec(version_3);
    exec(version_4);
    exec(spelled_4);
    l = open_ledger();
    for (size_t i = 0; i < COUNT(urls); i++) {
        t.url = urls[i];
        assert_int_equal(ledger_target_id(l, &t, &id, &e), 0);
        assert_int_equal(id, 11);
    }
    for (size_t i = 0; i < COUNT(cases); i++) {
        const uint8_t key[KEY_SIZE] = {cases[i].n, [15] = 0x0a};

        assert_int_equal(ledger_find(l, 11, key, &item, &e), 1);
        assert_int_equal(item.state, cases[i].want);
        snprintf(sql, sizeof(sql),
                 "SELECT count(*) FROM items WHERE target = 11 AND attempt = '%s' AND key ="
                 " x'0%u00000000000000000000000000000a'",
                 cases[i].attempt, (unsigned)cases[i].n);
        assert_int_equal(number(sql), 1);
    }
    t = (struct ledger_target){"store", "https://x.EXAMPLE/", "s", "recipient"};
    assert_int_equal(ledger_target_id(l, &t, &id, &e), 0);
    assert_int_equal(id, 14);
    assert_int_equal(ledger_find(l, id, (const uint8_t[KEY_SIZE]){1, [15] = 0x0a}, &item, &e), 1);
    assert_true(item.removed); /* as it was left last */
    t = (struct ledger_target){"claim", "https://x.example", "alone", "recipient"};
    assert_int_equal(ledger_target_id(l, &t, &id, &e), 0);
    assert_int_equal(id, 17);
    t = (struct ledger_target){"claim", "http://localhost:8080", "k", "recipient"};
    assert_int_equal(ledger_target_id(l, &t, &id, &e), -1);
    assert_says(e.text, "claim k: its recipients are known by recipient and column Email; by ");
    ledger_close(l);
    assert_int_equal(number("SELECT count(*) FROM items"), 5 + 14); /* nothing is thrown away */
    assert_int_equal(number("SELECT count(*) FROM runs WHERE target = 11"), 2);
    assert_int_equal(number("SELECT count(*) FROM told WHERE target = 11"), 2);
    assert_int_equal(number("SELECT count(*) FROM people WHERE target = 11"), 2);
    assert_int_equal(number("SELECT count(*) FROM aims WHERE run = 10"), 2);
    assert_int_equal(check(heard), 0);
}

static void test_migrated_runs(void **state)
{
    static const enum ledger_row_kind kinds[] = {LEDGER_ROW_OWNER, LEDGER_ROW_OWNER,
                                                 LEDGER_ROW_DUPLICATE, LEDGER_ROW_INVALID,
                                                 LEDGER_ROW_SKIPPED};
    const struct ledger_past past = {.id = 3, .rows = 5};
    uint64_t counts[STATUS_COUNT];
    struct err e = ERR_INIT;
    struct ledger_cursor *c;
    struct ledger_result r;
    struct ledger *l;

    (void)state;
    exec(version_1);
    exec(version_2);
    l = open_ledger();
    assert_int_equal(ledger_counts_get(l, &past, counts, &e), 0);
    assert_int_equal(counts[STATUS_PENDING], 1);
    assert_int_equal(counts[STATUS_FAILED], 1);
    assert_int_equal(counts[STATUS_DUPLICATE], 1);
    assert_int_equal(counts[STATUS_INVALID], 1);
    assert_int_equal(counts[STATUS_SKIPPED], 1);
    c = ledger_cursor_open(l, 3, &e);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
        assert_int_equal(r.row.row, i + 1);
        assert_int_equal(r.row.kind, kinds[i]);
        assert_int_equal(r.item.code, i < 3 ? -1 : r.item.code);
    }
    assert_int_equal(ledger_cursor_next(c, &r, &e), 0);
    ledger_cursor_close(c);
    ledger_close(l);
}

static int see_reading(void *context, const struct ledger_past *run, struct err *e)
{
    char *seen = context;

    (void)e;
    snprintf(seen, 64, "%s", run->reading);
    return 0;
}

/* How the last run (or that one) has read its input. */
static void reading_of(struct ledger *l, int64_t run, char seen[64])
{
    struct err e = ERR_INIT;

    memset(seen, '?', 63);
    assert_int_equal(ledger_run_find(l, run, see_reading, seen, &e), 1);
}

/* Codes, steps and what was told stay; how inputs were read nobody knew. */
static void test_migration_of_steps(void **state)
{
    char heard[4000], seen[64];
    struct ledger *l;

    (void)state;
    exec(version_1);
    exec(version_2);
    exec(version_3);
    l = open_ledger();
    assert_int_equal(number("PRAGMA user_version"), VERSION);
    for (int64_t run = 1; run <= 4; run++) {
        reading_of(l, run, seen);
        assert_string_equal(seen, "");
    }
    ledger_close(l);
    assert_int_equal(number("SELECT count(*) FROM rows WHERE run = 4"), 3);
    assert_int_equal(number("SELECT count(*) FROM aims WHERE run = 4"), 2);
    assert_int_equal(number("SELECT code FROM items WHERE mark = x'01020304'"), 7);
    assert_int_equal(number("SELECT at_ms FROM told"), 1700);
    assert_int_equal(check(heard), 0);
}

/* Of the links of earlier runs it is told which claim a seed's codes were given for. */
static void test_migration_of_books(void **state)
{
    struct err e = ERR_INIT;
    struct text before;
    struct ledger *l;

    (void)state;
    exec(version_1);
    exec(version_2);
    exec(version_3);
    exec("INSERT INTO targets VALUES(4, 'code', '', 'b', 'email'), (5, 'code', '', 'c', 'email'),"
         " (6, 'code', '', 'd', 'email'), (7, 'claim', 'u', 'e', 'email');"
         "INSERT INTO aims VALUES(5, 1, 4, 'https://bitbadges.io/claims/k4?code={{code}}'),"
         " (6, 1, 4, 'https://bitbadges.io/claims/k4?code={{code}}'),"
         " (5, 1, 5, 'https://bitbadges.io/claims/k5?code={{code}}'),"
         " (6, 1, 5, 'https://bitbadges.io/claims/k6?code={{code}}'),"
         " (5, 1, 6, 'https://x.example/claims/k5?code={{code}}'),"
         " (6, 1, 6, 'https://bitbadges.io/claims/k%2F5?code={{code}}'),"
         " (6, 1, 7, 'https://bitbadges.io/claims/k5?code={{code}}');");
    l = open_ledger();
    assert_int_equal(number("SELECT count(*) FROM books"), 1);
    assert_int_equal(number("SELECT target FROM books WHERE claim = 'k4'"), 4);
    text_init(&before);
    assert_int_equal(ledger_books_claim(l, 3, "k3", &before, &e), 0);
    assert_int_equal(ledger_books_claim(l, 3, "k3", &before, &e), 0);
    assert_int_equal(before.len, 0);
    assert_int_equal(ledger_books_claim(l, 3, "k9", &before, &e), 1); /* a code was given */
    assert_string_equal(before.ptr, "k3");
    assert_int_equal(ledger_books_claim(l, 4, "k9", &before, &e), 0); /* none was */
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(number("SELECT count(*) FROM books WHERE claim = 'k9'"), 1);
    text_release(&before);
    ledger_close(l);
}

/* What was lost before has no baseline, and is not given one by what is sent later for others. */
static void test_migration_of_baselines(void **state)
{
    struct err e = ERR_INIT;
    struct baseline b;
    char heard[4000];
    struct ledger *l;
    int64_t id = 0;

    (void)state;
    exec(version_1);
    exec(version_2);
    exec(version_3);
    exec(version_4);
    l = open_ledger();
    assert_int_equal(number("PRAGMA user_version"), VERSION);
    assert_int_equal(number("SELECT count(*) FROM baselines"), 0);
    assert_int_equal(number("SELECT count(*) FROM items WHERE baseline IS NULL"), 5);
    assert_int_equal(number("SELECT count(*) FROM people"), 1);
    assert_int_equal(number("SELECT count(*) FROM runs WHERE preset = 'luma'"), 1);
    assert_int_equal(number("SELECT count(*) FROM items WHERE state = 1 AND intent_ms = 4100"), 1);
    for (int64_t item = 1; item <= 5; item++)
        assert_int_equal(ledger_baseline(l, item, &b, &e), 0);
    baseline_init(&b);
    baseline_add(&b, slice_of("x"), 7);
    assert_int_equal(ledger_put_baseline(l, 2, &b, &id, &e), 0);
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(ledger_baseline(l, 5, &b, &e), 0);
    ledger_close(l);
    assert_int_equal(check(heard), 0);
}

/* A run knows how its input was read; gone on with, how it was read then, which is another input. */
static void test_reading_is_kept(void **state)
{
    static const struct {
        const char *reading;
        bool resumed, changed;
    } steps[] = {
        {"UTF-8, comma, \", LF, header 1", false, false},
        {"UTF-8, comma, \", LF, header 1", true, false},
        {"UTF-16LE, bom, tab, \", CRLF, header 3", true, true},
        {"UTF-16LE, bom, tab, \", CRLF, header 3", true, false},
    };
    const struct ledger_target t = {.action = "claim", .url = URL, .name = "abc", .key = "x"};
    struct ledger_input input = {.name = "in.csv", .hash = hash_a, .rows = 2};
    struct err e = ERR_INIT;
    struct ledger *l = open_ledger();
    struct ledger_run run;
    int64_t target;
    char seen[64];

    (void)state;
    assert_int_equal(ledger_target_id(l, &t, &target, &e), 0);
    for (size_t i = 0; i < COUNT(steps); i++) {
        input.reading = steps[i].reading;
        assert_int_equal(ledger_run_begin(l, target, "", &input, &run, &e), 0);
        assert_int_equal(run.id, 1);
        assert_int_equal(run.resumed, steps[i].resumed);
        assert_int_equal(run.input_changed, steps[i].changed);
        assert_int_equal(ledger_commit(l, &e), 0);
        assert_int_equal(run.started_ms, number("SELECT started_ms FROM runs"));
        reading_of(l, 0, seen);
        assert_string_equal(seen, steps[i].reading);
    }
    ledger_close(l);
}

/* ---- how it was read before ---- */

struct seen_before {
    size_t most; /* after so many it is enough; 0: the first is an error */
    size_t n;
    char words[200];
};

static int see_before(void *context, const struct ledger_before *before, struct err *e)
{
    struct seen_before *s = context;
    size_t len = strlen(s->words);

    if (s->most == 0)
        return err_set(e, EXIT_USAGE, "no");
    snprintf(s->words + len, sizeof(s->words) - len, "%lld %s %s;", (long long)before->run,
             before->reading, before->preset);
    return ++s->n == s->most;
}

static void begin_read(struct ledger *l, const char *name, const char *variant, const char *reading,
                       const char *preset, bool finished)
{
    const struct ledger_input input = {
        .name = name, .hash = hash_a, .rows = 2, .reading = reading, .preset = preset};
    const struct ledger_target t = {
        .action = "claim", .url = URL, .name = *variant == '!' ? "other" : "abc", .key = "x"};
    struct err e = ERR_INIT;
    struct ledger_run run;
    int64_t target;

    assert_int_equal(ledger_target_id(l, &t, &target, &e), 0);
    assert_int_equal(ledger_run_begin(l, target, variant, &input, &run, &e), 0);
    assert_int_equal(ledger_run_end(l, &run, finished, EXIT_DONE, NULL, &e), 0);
}

static void test_how_it_was_read_before(void **state)
{
    static const struct {
        const char *input;
        size_t most;
        int rc;
        const char *want;
    } cases[] = {
        {"in.csv", 9, 0, "5 D none;2 C luma;1 A ;"}, /* run 2 was gone on with */
        {"in.csv", 1, 0, "5 D none;"},
        {"in.csv", 0, -1, ""},
        {"else.csv", 9, 0, "3 E moodle;"},
        {"nothing.csv", 0, 0, ""},
    };
    struct ledger *l = open_ledger();

    (void)state;
    begin_read(l, "in.csv", "", "A", NULL, true);
    begin_read(l, "in.csv", "", "B", "zoom", false);
    begin_read(l, "in.csv", "", "C", "luma", true);
    begin_read(l, "else.csv", "", "E", "moodle", true);
    begin_read(l, "in.csv", "!", "F", "coursera", true);
    begin_read(l, "in.csv", "again 2", "D", "none", false);
    exec("UPDATE runs SET pruned = 1 WHERE id = 2");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen_before seen = {.most = cases[i].most};
        struct err e = ERR_INIT;

        assert_int_equal(ledger_run_before(l, 1, cases[i].input, see_before, &seen, &e),
                         cases[i].rc);
        assert_string_equal(seen.words, cases[i].want);
    }
    ledger_close(l);
}

static void test_migration_by_many(void **state)
{
    enum { MANY = 6 };
    int status = -1;

    (void)state;
    exec(version_1);
    fflush(NULL);
    for (int i = 0; i < MANY; i++)
        if (fork() == 0) {
            struct err e = ERR_INIT;
            struct ledger *l = ledger_open(DB, &e);

            ledger_close(l);
            _exit(l ? 0 : 1);
        }
    for (int i = 0; i < MANY; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(number("PRAGMA user_version"), VERSION);
}

static void test_known_only(void **state)
{
    struct err e = ERR_INIT, none = ERR_INIT;
    struct ledger *l;

    (void)state;
    assert_null(ledger_open_known(DB, &e));
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "is not there");
    assert_int_equal(access(DB, F_OK), -1);
    ledger_close(open_ledger());
    l = ledger_open_known(DB, &none);
    assert_non_null(l);
    ledger_close(l);
}

/* ---- keys and variants ---- */

static void test_key(void **state)
{
    struct ledger *l = open_ledger();
    struct err e = ERR_INIT;
    struct ledger_run run = begin(l, "abc", "recipient", ""), other;

    (void)state;
    begin(l, "abc", "Email", ""); /* nothing was done by the other key */
    run = begin(l, "abc", "recipient", "");
    add(l, &run, 1);
    run = begin(l, "abc", "recipient", "");
    assert_int_equal(begin_as(l, "abc", "Email", "", &other, &e), -1);
    assert_int_equal(e.code, EXIT_USAGE);
    assert_says(
        e.text,
        "claim abc: its recipients are known by recipient; by Email everyone would look new: "
        "give the same --key");
    assert_int_equal(begin(l, "abc", "recipient", "").pass, run.pass + 1); /* nothing was touched */
    begin(l, "another", "Email", "");
    run = begin(l, "third", NULL, "");
    add(l, &run, 1);
    begin(l, "third", "", "");
    ledger_close(l);
}

static void test_variants(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run plain = begin(l, "abc", "", ""), again = begin(l, "abc", "", "again 2"), run;

    (void)state;
    assert_int_not_equal(plain.id, again.id);
    assert_false(again.resumed);
    run = begin(l, "abc", "", "");
    assert_int_equal(run.id, plain.id);
    assert_true(run.resumed);
    run = begin(l, "abc", "", "again 2");
    assert_int_equal(run.id, again.id);
    run = begin(l, "abc", "", "again 3");
    assert_false(run.resumed);
    ledger_close(l);
}

/* ---- looking back ---- */

/* Three runs; items in every state, and rows of every kind. */
static const char story[] =
    "INSERT INTO targets(id, action, url, name) VALUES(1, 'claim', '" URL "', 'abc');"
    "INSERT INTO runs(id, target, input, input_hash, input_rows, pass, started_ms, ended_ms,"
    " finished, exit_code) VALUES"
    " (1, 1, '/a.csv', zeroblob(32), 9, 1, 1000, 9000, 1, 1),"
    " (2, 1, '/b.csv', zeroblob(32), 2, 2, 20000, 29000, 1, 0),"
    " (3, 1, '-', x'01', 5, 1, 30000, NULL, 0, NULL);"
    "INSERT INTO items(id, target, key, recipient, state, run, pass, row, line, attempt, error,"
    " http_status, tries, intent_ms, changed_ms) VALUES"
    " (1, 1, x'0100000000000000000000000000000a', 'bb1a', 3, 1, 1, 1, 2, 'A1', '', 200, 1, 1500, "
    "1600),"
    " (2, 1, x'0200000000000000000000000000000a', 'bb1b', 4, 1, 1, 2, 3, '', 'no', 500, 2, 1500, "
    "1600),"
    " (3, 1, x'0300000000000000000000000000000a', 'bb1c', 2, 1, 1, 3, 4, 'A3', '', 200, 1, 8000, "
    "8100),"
    " (4, 1, x'0400000000000000000000000000000a', 'bb1d', 5, 1, 1, 4, 5, '', 'lost', 0, 1, 8000, "
    "8100),"
    " (5, 1, x'0500000000000000000000000000000a', 'bb1e', 6, 1, 1, 5, 6, '', 'by hand', 0, 0, 0, "
    "1600),"
    " (6, 1, x'0600000000000000000000000000000a', 'bb1f', 0, 1, 1, 6, 7, '', '', 0, 0, 0, 1600),"
    " (7, 1, x'0700000000000000000000000000000a', 'bb1g', 4, 2, 2, 1, 2, '', 'full', 500, 1, 1500, "
    "1600),"
    " (8, 1, x'0800000000000000000000000000000a', 'bb1h', 3, 2, 2, 2, 3, 'A8', '', 200, 1, 21000, "
    "22000);"
    "INSERT INTO aims SELECT id, 1, 1, '' FROM runs;"
    "INSERT INTO rows(run, row, step, line, kind, item, of_run, of_line, error) VALUES"
    " (1, 1, 1, 2, 0, 1, NULL, NULL, NULL), (1, 2, 1, 3, 0, 2, NULL, NULL, NULL),"
    " (1, 3, 1, 4, 0, 3, NULL, NULL, NULL), (1, 4, 1, 5, 0, 4, NULL, NULL, NULL),"
    " (1, 5, 1, 6, 0, 5, NULL, NULL, NULL), (1, 6, 1, 7, 0, 6, NULL, NULL, NULL),"
    " (1, 7, 1, 8, 1, 1, 1, 2, NULL), (1, 8, 0, 9, 2, NULL, NULL, NULL, 'bad'),"
    " (1, 9, 0, 10, 3, NULL, NULL, NULL, NULL),"
    " (2, 1, 1, 2, 0, 7, NULL, NULL, NULL), (2, 2, 1, 3, 0, 8, NULL, NULL, NULL),"
    " (3, 1, 1, 2, 1, 1, 1, 2, NULL);";

static void tell_story(void)
{
    ledger_close(open_ledger());
    exec(story);
}

struct past {
    struct ledger *l;
    int n;
    int64_t last;
    uint64_t counts[STATUS_COUNT];
};

static int see_run(void *context, const struct ledger_past *run, struct err *e)
{
    struct past *p = context;

    assert_true(run->id > p->last);
    p->last = run->id;
    p->n++;
    assert_string_equal(run->target, "abc");
    assert_string_equal(run->url, URL);
    assert_int_equal(run->ended_ms == 0, run->id == 3);
    assert_int_equal(run->finished, run->id != 3);
    assert_string_equal(run->input, run->id == 1 ? "/a.csv" : run->id == 2 ? "/b.csv" : "-");
    return ledger_counts_get(p->l, run, p->counts, e);
}

static void test_runs(void **state)
{
    struct past all = {.n = 0}, one = {.n = 0}, last = {.n = 0}, none = {.n = 0};
    struct err e = ERR_INIT;
    struct ledger *l;

    (void)state;
    tell_story();
    l = all.l = one.l = last.l = open_ledger();
    assert_int_equal(ledger_run_list(l, see_run, &all, &e), 0);
    assert_int_equal(all.n, 3);
    assert_int_equal(ledger_run_find(l, 1, see_run, &one, &e), 1);
    assert_int_equal(one.last, 1);
    for (int i = 0; i < STATUS_COUNT; i++)
        assert_int_equal(one.counts[i], i == STATUS_DUPLICATE ? 2 : 1); /* one by another way */
    assert_int_equal(ledger_run_find(l, 0, see_run, &last, &e), 1);
    assert_int_equal(last.last, 3);
    assert_int_equal(last.counts[STATUS_DUPLICATE], 1);
    assert_int_equal(last.counts[STATUS_UNSENT], 4); /* it has not come to them */
    assert_int_equal(ledger_run_find(l, 4, see_run, &none, &e), 0);
    assert_int_equal(none.n, 0);
    ledger_close(l);
}

/* ---- several steps ---- */

/* The statuses that a row of the ledger can give its step, one letter each; '.': no row. */
static const struct {
    char letter;
    enum ledger_row_kind kind;
    enum state state; /* OWNER */
    enum status status;
} ways[] = {
    {'.', LEDGER_ROW_KINDS, STATE_COUNT, STATUS_UNSENT},
    {'S', LEDGER_ROW_OWNER, STATE_SUCCESS, STATUS_SUCCESS},
    {'F', LEDGER_ROW_OWNER, STATE_FAILED, STATUS_FAILED},
    {'P', LEDGER_ROW_OWNER, STATE_ACCEPTED, STATUS_PENDING},
    {'U', LEDGER_ROW_OWNER, STATE_UNKNOWN, STATUS_UNKNOWN},
    {'G', LEDGER_ROW_OWNER, STATE_SENDING, STATUS_UNKNOWN},
    {'N', LEDGER_ROW_OWNER, STATE_PLANNED, STATUS_UNSENT},
    {'E', LEDGER_ROW_OWNER, STATE_ELSEWHERE, STATUS_DUPLICATE},
    {'D', LEDGER_ROW_DUPLICATE, STATE_FAILED, STATUS_DUPLICATE},
    {'K', LEDGER_ROW_SKIPPED, STATE_COUNT, STATUS_SKIPPED},
    {'I', LEDGER_ROW_INVALID, STATE_COUNT, STATUS_INVALID},
};

/* A run over one row, of a job with so many steps; item 1 + s of its target is in state s. */
static struct ledger_run begin_steps(struct ledger *l, unsigned steps)
{
    static const char items[] =
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 6)"
        " INSERT INTO items(id, target, key, recipient, state, run, pass, row, line, changed_ms)"
        " SELECT i + 1, 1, CAST(substr(printf('%016d', i), 1, 16) AS BLOB), 'bb1', i, 1, 1, 1, 1, 1"
        " FROM n;";
    struct ledger_run run = begin(l, "abc", "", "");
    struct err e = ERR_INIT;

    assert_int_equal(run.target, 1);
    for (unsigned step = 1; step <= steps; step++)
        assert_int_equal(ledger_run_aim(l, &run, step, run.target, "", &e), 0);
    if (db_exec(l->db, items, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

static void put_way(struct ledger *l, const struct ledger_run *run, unsigned step, size_t way)
{
    bool has_item = ways[way].kind <= LEDGER_ROW_DUPLICATE;
    const struct ledger_row row = {.kind = ways[way].kind,
                                   .step = step,
                                   .row = 1,
                                   .line = 2,
                                   .item = has_item ? 1 + (int64_t)ways[way].state : 0};
    struct err e = ERR_INIT;

    if (ways[way].letter != '.' && ledger_put_rows(l, run, &row, 1, &e) != 0)
        fail_msg("%s", e.text);
}

/* The only row's status, as counted. */
static enum status counted(struct ledger *l, const struct ledger_run *run)
{
    const struct ledger_past past = {.id = run->id, .rows = 1};
    uint64_t counts[STATUS_COUNT], total = 0;
    enum status status = STATUS_COUNT;
    struct err e = ERR_INIT;

    if (ledger_counts_get(l, &past, counts, &e) != 0)
        fail_msg("%s", e.text);
    for (int i = 0; i < STATUS_COUNT; i++) {
        total += counts[i];
        status = counts[i] ? (enum status)i : status;
    }
    assert_int_equal(total, 1);
    return status;
}

/* What the results say of such a row: an invalid one is out; one that was left out as a whole is what was
 * made of it before, if anything was; else its steps decide. */
static enum status reported(size_t whole, const size_t way[STEPS], unsigned steps)
{
    struct overall_step of[STEPS];
    bool begun = false;
    size_t decides;

    for (unsigned i = 0; i < steps; i++) {
        of[i] = (struct overall_step){ways[way[i]].letter != '.', ways[way[i]].status};
        begun |= of[i].known && of[i].status != STATUS_UNSENT;
    }
    if (ways[whole].letter == 'I' || (ways[whole].letter == 'K' && !begun))
        return ways[whole].status;
    return overall_status(of, steps, &decides);
}

/* A row comes to its steps one after the other. */
static bool in_order(const size_t way[STEPS], unsigned steps)
{
    for (unsigned i = 1; i < steps; i++)
        if (ways[way[i]].letter != '.' && ways[way[i - 1]].letter == '.')
            return false;
    return true;
}

/* Counts are those of the results, for rows of all kinds. */
static void test_count_of_steps(void **state)
{
    (void)state;
    for (unsigned steps = 1; steps <= STEPS; steps++) {
        struct ledger *l;
        struct ledger_run run;
        size_t all = 1;

        unlink(DB);
        unlink(DB "-seal");
        l = open_ledger();
        run = begin_steps(l, steps);
        for (unsigned i = 0; i < steps; i++)
            all *= COUNT(ways);
        for (size_t at = 0; at < 3 * all; at++) {
            static const char wholes[] = ".KI";
            size_t way[STEPS] = {0}, whole = 0, rest = at / 3;
            enum status want, got;
            struct err e = ERR_INIT;

            while (ways[whole].letter != wholes[at % 3])
                whole++;
            assert_int_equal(db_exec(l->db, "DELETE FROM rows", &e), 0);
            put_way(l, &run, 0, whole);
            for (unsigned i = 0; i < steps; i++, rest /= COUNT(ways)) {
                way[i] = rest % COUNT(ways);
                put_way(l, &run, i + 1, way[i]);
            }
            if (!in_order(way, steps))
                continue;
            want = reported(whole, way, steps);
            got = counted(l, &run);
            if (got != want)
                fail_msg("%u steps, %c and %c%c%c: %s, not %s", steps, ways[whole].letter,
                         ways[way[0]].letter, ways[way[1]].letter, ways[way[2]].letter,
                         status_name(got), status_name(want));
        }
        ledger_close(l);
    }
}

/* Rows of all kinds at once, and some that the run has not come to. */
static void test_count_of_many_rows(void **state)
{
    static const char *const rows[] = {"SS", "SS", "SD", "DD", "SF", "S.", "KS", "KK", "IN"};
    static const uint64_t want[STATUS_COUNT] = {
        [STATUS_SUCCESS] = 4,    [STATUS_DUPLICATE] = 1, [STATUS_FAILED] = 1,
        [STATUS_UNSENT] = 1 + 3, [STATUS_SKIPPED] = 1,   [STATUS_INVALID] = 1};
    const struct ledger_past past = {.id = 1, .rows = COUNT(rows) + 3};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin_steps(l, 2);
    struct err e = ERR_INIT;
    uint64_t counts[STATUS_COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (unsigned step = 1; step <= 2; step++) {
            struct ledger_row row = {.step = step, .row = i + 1, .line = i + 2};
            size_t way = 0;

            while (ways[way].letter != rows[i][step - 1])
                way++;
            if (ways[way].letter == '.')
                continue;
            row.kind = ways[way].kind;
            row.item = row.kind <= LEDGER_ROW_DUPLICATE ? 1 + (int64_t)ways[way].state : 0;
            assert_int_equal(ledger_put_rows(l, &run, &row, 1, &e), 0);
        }
    assert_int_equal(ledger_counts_get(l, &past, counts, &e), 0);
    assert_memory_equal(counts, want, sizeof want);
    ledger_close(l);
}

struct aims {
    unsigned n;
    char told[400];
};

static int see_aim(void *context, const struct ledger_aim *aim, struct err *e)
{
    struct aims *a = context;
    size_t n = strlen(a->told);

    (void)e;
    a->n++;
    snprintf(a->told + n, sizeof a->told - n, "%u:%s %s(%s) ", aim->step, aim->action, aim->name,
             aim->link);
    return 0;
}

static int refuse_aim(void *context, const struct ledger_aim *aim, struct err *e)
{
    (void)context;
    (void)aim;
    return err_set(e, EXIT_STOPPED, "enough");
}

static void test_aims(void **state)
{
    static const struct ledger_target targets[] = {{"run", URL, "/job.json", "recipient"},
                                                   {"code", "", "seed:1", "recipient"},
                                                   {"claim", URL, "abc", "recipient"},
                                                   {"claim", URL, "def", "recipient"}};
    struct aims all = {.n = 0}, again = {.n = 0}, none = {.n = 0};
    struct ledger *l = open_ledger();
    struct err e = ERR_INIT;
    struct ledger_run run;
    int64_t ids[COUNT(targets)];

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++)
        assert_int_equal(ledger_target_id(l, &targets[i], &ids[i], &e), 0);
    assert_int_equal(
        ledger_run_begin(
            l, ids[0], "",
            &(struct ledger_input){.name = "in.csv", .hash = hash_a, .rows = 2, .reading = ""},
            &run, &e),
        0);
    assert_int_equal(ledger_run_aims(l, run.id, see_aim, &none, &e), 0);
    assert_int_equal(none.n, 0);
    assert_int_equal(ledger_run_aim(l, &run, 2, ids[3], "L3", &e), 0);
    assert_int_equal(ledger_run_aim(l, &run, 2, ids[2], "L2", &e), 0);
    assert_int_equal(ledger_run_aim(l, &run, 1, ids[1], "L1", &e), 0);
    assert_int_equal(ledger_run_aim(l, &run, 1, ids[1], "L9", &e), 0); /* takes its place */
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(ledger_run_aims(l, run.id, see_aim, &all, &e), 0);
    assert_string_equal(all.told, "1:code seed:1(L9) 2:claim abc(L2) 2:claim def(L3) ");
    assert_int_equal(ledger_run_aims(l, run.id, refuse_aim, NULL, &e), -1);
    assert_string_equal(e.text, "enough");
    e = (struct err)ERR_INIT;

    /* Resumed, it aims at what the job then says. */
    assert_int_equal(
        ledger_run_begin(
            l, ids[0], "",
            &(struct ledger_input){.name = "in.csv", .hash = hash_a, .rows = 2, .reading = ""},
            &run, &e),
        0);
    assert_true(run.resumed);
    assert_int_equal(ledger_run_aim(l, &run, 1, ids[2], "", &e), 0);
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(ledger_run_aims(l, run.id, see_aim, &again, &e), 0);
    assert_string_equal(again.told, "1:claim abc() ");
    ledger_close(l);
}

/* Nothing of a run that begins is there before its first commit. */
static void test_begin_is_not_committed(void **state)
{
    const struct ledger_target t = {.action = "claim", .url = URL, .name = "abc", .key = ""};
    struct ledger *l = open_ledger();
    struct err e = ERR_INIT;
    struct ledger_run run;
    int64_t target;

    (void)state;
    assert_int_equal(ledger_target_id(l, &t, &target, &e), 0);
    assert_int_equal(
        ledger_run_begin(
            l, target, "",
            &(struct ledger_input){.name = "in.csv", .hash = hash_a, .rows = 2, .reading = ""},
            &run, &e),
        0);
    assert_int_equal(number("SELECT count(*) FROM runs"), 0);
    ledger_close(l);
    assert_int_equal(number("SELECT count(*) FROM runs"), 0);
    assert_int_equal(number("SELECT count(*) FROM targets"), 0);
}

/* ---- check ---- */

static void test_check(void **state)
{
    static const struct {
        const char *sql, *says;
        int n;
    } cases[] = {
        {"SELECT 1", "", 0},
        {"DELETE FROM items WHERE id = 2", "run 1, row 2: its item 2 is not there\n", 1},
        {"UPDATE rows SET item = NULL WHERE item = 3", "run 1, row 3: its item (none) is not", 1},
        {"UPDATE items SET state = 7 WHERE id = 6", "item 6 is in state 7, which does not", 1},
        {"UPDATE items SET state = -1 WHERE id = 6", "item 6 is in state -1, which", 1},
        {"UPDATE items SET state = 'x' WHERE id = 6", "item 6 is in state x, which", 1},
        {"UPDATE rows SET kind = 4 WHERE row = 9", "run 1, row 9: is of kind 4, which", 1},
        {"UPDATE rows SET row = 10 WHERE row = 9", "run 1 has a row 10, and its input has 9 rows",
         1},
        {"UPDATE rows SET run = 7 WHERE run = 3", "row 1 is of run 7, which is not there", 2},
        {"UPDATE rows SET step = 2 WHERE run = 3", "run 3, row 1: the run has no step 2", 1},
        {"DELETE FROM aims WHERE run = 2", "run 2, row 2: the run has no step 1", 2},
        {"UPDATE items SET code = 5 WHERE id IN (1)", "", 0},
        {"UPDATE items SET code = 5 WHERE id = 2", "item 2 has a code, and is 4", 1},
        {"UPDATE items SET code = -1 WHERE id = 1", "item 1 has a code, and is 3", 1},
        {"DROP INDEX items_code; UPDATE items SET code = 5 WHERE id IN (1, 8)",
         "items 1 and 8 have the same code", 1},
        /* what only claims have */
        {"UPDATE targets SET action = 'store'; UPDATE items SET attempt = '' WHERE id = 3", "", 0},
        /* ids and codes are of one target */
        {"INSERT INTO targets(id, action, url, name) VALUES(2, 'code', '', 'x');"
         "UPDATE items SET code = 5 WHERE id = 1; UPDATE items SET target = 2, code = 5, attempt = "
         "'A1' WHERE id = 8",
         "", 0},
        {"DELETE FROM rows WHERE row = 9", "run 1 is finished, and has 8 rows of 9", 1},
        {"UPDATE runs SET ended_ms = NULL WHERE id = 2", "run 2 is finished, and has no end", 1},
        {"UPDATE rows SET item = 1 WHERE row = 2 AND run = 1", "item 1 is owned by 2 rows of run 1",
         1},
        {"UPDATE items SET key = x'01' WHERE id = 1", "item 1 has a key that is none", 1},
        {"UPDATE items SET attempt = 'A1' WHERE id = 3", "items 1 and 3 have the same attempt id",
         1},
        {"UPDATE items SET attempt = '' WHERE id = 3", "item 3 was accepted, and has no attempt",
         1},
        {"UPDATE items SET intent_ms = 0 WHERE id = 3", "item 3 was sent, and has no time of it",
         1},
        {"UPDATE items SET target = 9 WHERE id = 1", "items 1 belongs to one of the targets", 1},
        {"UPDATE items SET state = 99", "… and more of this kind", -1},
    };
    char heard[4000];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unlink(DB);
        unlink(DB "-seal");
        tell_story();
        if (cases[i].n < 0) /* more than are told */
            exec("WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
                 " INSERT INTO items(target, key, recipient, state, run, pass, row, line, "
                 "changed_ms)"
                 " SELECT 1, substr(printf('%016d', i), 1, 16), 'bb1', 0, 1, 1, 1, 1, 1 FROM n;"
                 " UPDATE items SET key = CAST(key AS BLOB)");
        exec(cases[i].sql);
        assert_int_equal(check(heard), cases[i].n < 0 ? LEDGER_FINDINGS_MAX + 1 : cases[i].n);
        assert_says(heard, cases[i].says);
    }
}

/* SQLite looks at a partial index only for a query that has its words; INDEXED BY is an error where it can't. */
static void test_index_of_what_is_under_way(void **state)
{
    (void)state;
    tell_story();
    exec("SELECT id FROM items INDEXED BY items_under_way WHERE target = 1 AND " LEDGER_UNDER_WAY);
}

static void test_check_of_a_damaged_index(void **state)
{
    char heard[4000];

    (void)state;
    tell_story();
    exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET"
         " sql = replace(sql, 'state = 5', 'state = 4') WHERE name = 'items_under_way'");
    assert_true(check(heard) > 0);
    assert_says(heard, "the file is damaged: ");
}

static void refuse_counts(struct ledger *l)
{
    const struct ledger_past run = {.id = 1, .rows = 9};
    uint64_t counts[STATUS_COUNT];
    struct err e = ERR_INIT;

    assert_int_equal(ledger_counts_get(l, &run, counts, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "run 1 has ");
    assert_says(e.text, "the file is damaged");
}

/* Both ways in which a run looks for what it knows. */
static void refuse_key_of(struct ledger *l, int64_t id, const char *says)
{
    struct err one = ERR_INIT, many = ERR_INIT;
    struct ledger_known sought = {.target = 1}, *one_of = &sought;
    struct ledger_item item;
    struct db_query *q = db_prepare(l->db, "SELECT key FROM items WHERE id = ?1", &one);
    size_t len;

    db_bind_int(q, 1, id);
    assert_int_equal(db_step(q, &one), 1);
    memcpy(sought.key, db_blob(q, 0, &len), sizeof(sought.key));
    assert_int_equal(len, sizeof(sought.key));
    db_reset(q);
    assert_int_equal(ledger_find(l, 1, sought.key, &item, &one), -1);
    assert_says(one.text, says);
    assert_int_equal(ledger_find_many(l, &one_of, 1, &many), -1);
    assert_int_equal(many.code, EXIT_OUTPUT);
    assert_says(many.text, says);
}

/* No program reads a state, or a kind of row, that does not exist as one that does. */
static void test_out_of_range(void **state)
{
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"UPDATE items SET state = 42 WHERE id = 1", "item 1 is in state 42"},
        {"UPDATE items SET state = -1 WHERE id = 1", "item 1 is in state -1"},
        {"UPDATE rows SET kind = 4 WHERE row = 1", "row 1 is of kind 4, which does not exist"},
        {"UPDATE rows SET kind = -1 WHERE row = 1", "row 1 is of kind -1, which does not exist"},
        {"UPDATE rows SET kind = 4294967296 WHERE row = 1", "row 1 is of kind 4294967296"},
        {"UPDATE items SET state = 4294967296 WHERE id = 1", "item 1 is in state 4294967296"},
        /* as a number they are 0: planned, and a row of its own */
        {"UPDATE items SET state = 'success' WHERE id = 1", "item 1 is in state success"},
        {"UPDATE items SET state = 3.5 WHERE id = 1", "item 1 is in state 3.5"},
        {"UPDATE items SET state = x'33' WHERE id = 1", "item 1 is in state 3"},
        {"UPDATE rows SET kind = '' WHERE row = 1", "row 1 is of kind , which"},
        {"DELETE FROM items WHERE id = 1", "row 1 has an item that is not there"},
        {"UPDATE rows SET item = NULL WHERE row = 1", "row 1 has an item that is not there"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct ledger_cursor *c;
        struct ledger_result r;
        struct ledger *l;

        unlink(DB);
        unlink(DB "-seal");
        tell_story();
        exec(cases[i].sql);
        l = open_ledger();
        c = ledger_cursor_open(l, 1, &e);
        assert_int_equal(ledger_cursor_next(c, &r, &e), -1);
        assert_int_equal(e.code, EXIT_OUTPUT);
        assert_says(e.text, cases[i].says);
        assert_says(e.text, "the file is damaged");
        ledger_cursor_close(c);
        refuse_counts(l);
        if (strstr(cases[i].sql, "items SET"))
            refuse_key_of(l, 1, cases[i].says);
        ledger_close(l);
    }
}

/* ---- export ---- */

static int see_item(void *context, const struct ledger_exported *x, struct err *e)
{
    int64_t *n = context;

    (void)e;
    assert_int_equal(x->item.id, ++*n);
    assert_string_equal(x->action, "claim");
    assert_string_equal(x->target, "abc");
    assert_string_equal(x->url, URL);
    if (*n == 2) {
        assert_string_equal(x->error, "no");
        assert_int_equal(x->http_status, 500);
        assert_int_equal(x->item.state, STATE_FAILED);
    }
    return 0;
}

static void test_export(void **state)
{
    struct err e = ERR_INIT;
    struct ledger *l;
    int64_t n = 0;

    (void)state;
    tell_story();
    l = open_ledger();
    assert_int_equal(ledger_export(l, see_item, &n, &e), 0);
    assert_int_equal(n, 8);
    ledger_close(l);
}

/* ---- prune ---- */

static struct ledger_pruned prune(int64_t before_ms)
{
    struct err e = ERR_INIT;
    struct ledger_pruned p;
    struct ledger *l = open_ledger();

    if (ledger_prune(l, before_ms, &p, &e) != 0)
        fail_msg("%s", e.text);
    ledger_close(l);
    return p;
}

static void test_prune(void **state)
{
    char heard[4000];
    struct ledger_pruned p;

    (void)state;
    tell_story();
    exec("UPDATE items SET state = 3 WHERE id IN (3, 4)"); /* nothing is to be found out any more */
    exec("INSERT INTO paces VALUES(1, 100, '1', 0, 0), (2, 100, '1', 0, 0)");
    p = prune(9001);
    assert_int_equal(p.runs, 1);
    assert_int_equal(number("SELECT group_concat(run, '') FROM paces"), 2);
    assert_int_equal(p.rows, 9);
    assert_int_equal(p.items, 3); /* the others have no reason, or are not at rest */
    assert_int_equal(number("SELECT count(*) FROM rows WHERE run = 1"), 0);
    assert_int_equal(number("SELECT count(*) FROM rows"), 3);
    /* by which an attempt is told from that of another row */
    assert_int_equal(number("SELECT count(*) FROM items WHERE attempt != ''"), 3);
    /* run 2 still shows the reason of an older item */
    assert_int_equal(number("SELECT count(*) FROM items WHERE error = 'full' AND id = 7"), 1);
    assert_int_equal(number("SELECT count(*) FROM items WHERE error LIKE '%pruned%' AND id = 2"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM items WHERE length(key) = 16"), 8);
    assert_int_equal(number("SELECT count(DISTINCT recipient) FROM items"), 8);
    assert_int_equal(number("SELECT group_concat(state, '') FROM items"), 34336043);
    assert_int_equal(check(heard), 0);
    p = prune(9001); /* nothing is left of it */
    assert_int_equal(p.runs + p.rows + p.items, 0);
    p = prune(INT64_C(1) << 50); /* the unfinished one stays */
    assert_int_equal(p.runs, 1);
    assert_int_equal(p.rows, 2);
    assert_int_equal(p.items, 1);
    assert_int_equal(number("SELECT count(*) FROM rows"), 1);
    assert_int_equal(check(heard), 0);
}

/* Baselines are there for what may still be looked up: all but what has succeeded. */
static void test_prune_keeps_baselines(void **state)
{
    char heard[4000];

    (void)state;
    tell_story();
    exec("INSERT INTO baselines SELECT id + 100, 1, id, '' FROM items;"
         "INSERT INTO baselines VALUES(999, 1, 1, '');" /* nothing was sent after it */
         "UPDATE items SET baseline = id + 100;"
         "UPDATE items SET baseline = 101 WHERE id = 8"); /* shared by two that are done */
    prune(9001);
    /* 1 and 8 have succeeded */
    assert_int_equal(number("SELECT count(*) FROM baselines"), 6);
    assert_int_equal(number("SELECT count(*) FROM items JOIN baselines"
                            " ON baselines.id = items.baseline WHERE state != 3"),
                     6);
    assert_int_equal(check(heard), 0);
    prune(9001);
    assert_int_equal(number("SELECT count(*) FROM baselines"), 6);
    exec("UPDATE items SET state = 3");
    prune(9001);
    assert_int_equal(number("SELECT count(*) FROM baselines"), 0);
    assert_int_equal(check(heard), 0);
}

/* One that an open item shares with a done one stays. */
static void test_prune_keeps_shared_baselines(void **state)
{
    (void)state;
    for (enum state s = 0; s < STATE_COUNT; s++) {
        char sql[256];

        unlink(DB);
        unlink(DB "-seal");
        tell_story();
        snprintf(sql, sizeof sql,
                 "INSERT INTO baselines VALUES(1, 1, 1, ''); UPDATE items SET baseline = 1"
                 " WHERE id IN (1, 8); UPDATE items SET state = %d WHERE id = 8",
                 s);
        exec(sql);
        prune(9001);
        assert_int_equal(number("SELECT count(*) FROM baselines"), s != STATE_SUCCESS);
    }
}

/* The id of one that is gone is never that of another, which would then be taken for it. */
static void test_pruned_baselines_leave_no_trace(void **state)
{
    struct err e = ERR_INIT;
    struct baseline b;
    struct ledger *l;
    int64_t id = 0;

    (void)state;
    tell_story();
    exec("INSERT INTO baselines VALUES(1, 1, 1, ' old'); UPDATE items SET baseline = 1");
    exec("UPDATE items SET state = 3");
    prune(9001);
    assert_int_equal(number("SELECT count(*) FROM items WHERE baseline IS NOT NULL"), 0);
    l = open_ledger();
    baseline_init(&b);
    baseline_add(&b, slice_of("new"), 7);
    assert_int_equal(ledger_put_baseline(l, 1, &b, &id, &e), 0);
    assert_int_equal(ledger_commit(l, &e), 0);
    for (int64_t item = 1; item <= 8; item++)
        assert_int_equal(ledger_baseline(l, item, &b, &e), 0);
    ledger_close(l);
}

static void test_prune_makes_small(void **state)
{
    struct stat before, after;

    (void)state;
    tell_story();
    exec("WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
         " INSERT INTO rows(run, row, step, line, kind, error)"
         " SELECT 1, i, 0, i, 2, 'not an address' FROM n");
    assert_int_equal(stat(DB, &before), 0);
    prune(9001);
    assert_int_equal(stat(DB, &after), 0);
    assert_true(after.st_size * 4 < before.st_size);
    assert_int_equal(after.st_mode & 0777, 0600);
}

/* ---- other processes ---- */

/* Runs act in a process of its own, which then waits until the pipe is closed. */
static pid_t hold(void (*act)(struct ledger *l), int *release)
{
    int ready[2], wait_for[2];
    pid_t child;
    char c;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(wait_for), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(wait_for[1]);
        act(open_ledger());
        _exit(write(ready[1], "r", 1) == 1 && read(wait_for[0], &c, 1) == 0 ? 0 : 1);
    }
    close(ready[1]);
    close(wait_for[0]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    *release = wait_for[1];
    return child;
}

static void let_go(pid_t child, int fd)
{
    int status = -1;

    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static const struct ledger_target abc = {.action = "claim", .url = URL, .name = "abc"};

static void lock_one(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (ledger_lock(l, &abc, NULL, &e) != 0)
        _exit(2);
}

static void lock_all(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (ledger_lock_all(l, &e) != 0)
        _exit(2);
}

static void write_something(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (db_begin(l->db, &e) != 0)
        _exit(2);
}

static void test_prune_while_a_run_goes_on(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_pruned p;
    struct ledger *l;
    char pid[32];
    int fd;
    pid_t child;

    (void)state;
    tell_story();
    child = hold(lock_one, &fd);
    l = open_ledger();
    assert_int_equal(ledger_prune(l, 9001, &p, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    snprintf(pid, sizeof pid, "process %ld", (long)child);
    assert_says(e.text, pid);
    ledger_close(l);
    let_go(child, fd);
    assert_int_equal(prune(9001).rows, 9);
}

static void test_run_while_pruning(void **state)
{
    struct err e = ERR_INIT;
    struct ledger *l;
    int fd;
    pid_t child;

    (void)state;
    child = hold(lock_all, &fd);
    l = open_ledger();
    assert_int_equal(ledger_lock(l, &abc, NULL, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "is being worked on by process");
    ledger_close(l);
    let_go(child, fd);
}

/* Who only reads does not wait for who writes; who writes does, and not for ever. */
static void test_busy(void **state)
{
    struct err e = ERR_INIT, none = ERR_INIT;
    struct past all = {.n = 0};
    struct ledger_run run;
    char heard[4000];
    int fd;
    pid_t child;

    (void)state;
    tell_story();
    child = hold(write_something, &fd);
    all.l = open_ledger();
    assert_int_equal(ledger_run_list(all.l, see_run, &all, &none), 0);
    assert_int_equal(check(heard), 0);
    assert_int_equal(begin_as(all.l, "abc", "", "", &run, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "another program holds it");
    ledger_close(all.l);
    let_go(child, fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_migration),
        IN_FOLDER(test_migrated_is_as_new),
        IN_FOLDER(test_migration_with_content),
        IN_FOLDER(test_migration_of_names),
        IN_FOLDER(test_migrated_runs),
        IN_FOLDER(test_migration_of_steps),
        IN_FOLDER(test_migration_of_books),
        IN_FOLDER(test_migration_of_baselines),
        IN_FOLDER(test_reading_is_kept),
        IN_FOLDER(test_how_it_was_read_before),
        IN_FOLDER(test_migration_by_many),
        IN_FOLDER(test_known_only),
        IN_FOLDER(test_key),
        IN_FOLDER(test_variants),
        IN_FOLDER(test_runs),
        IN_FOLDER(test_count_of_steps),
        IN_FOLDER(test_count_of_many_rows),
        IN_FOLDER(test_aims),
        IN_FOLDER(test_begin_is_not_committed),
        IN_FOLDER(test_check),
        IN_FOLDER(test_index_of_what_is_under_way),
        IN_FOLDER(test_check_of_a_damaged_index),
        IN_FOLDER(test_out_of_range),
        IN_FOLDER(test_export),
        IN_FOLDER(test_prune),
        IN_FOLDER(test_prune_keeps_baselines),
        IN_FOLDER(test_prune_keeps_shared_baselines),
        IN_FOLDER(test_pruned_baselines_leave_no_trace),
        IN_FOLDER(test_prune_makes_small),
        IN_FOLDER(test_prune_while_a_run_goes_on),
        IN_FOLDER(test_run_while_pruning),
        IN_FOLDER(test_busy),
    };

    return cmocka_run_group_tests_name("ledger care", tests, NULL, NULL);
}
