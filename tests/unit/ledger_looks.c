/* ledger_looks: what a target showed is that of the first intent after it, and of no other item. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_looks.h"

#include "ledger/ledger.h"
#include "policy/baseline.h"

#include "fixture.h"
#include "items.h"

#define DB "ledger.db"

static const struct ledger_target claim = {"claim", "https://api.bitbadges.io", "id", "recipient"};
static const uint8_t hash[LEDGER_HASH_SIZE] = {1};

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static struct ledger_run begin(struct ledger *l)
{
    const struct ledger_input input = {.name = "in.csv", .hash = hash, .rows = 9, .reading = ""};
    struct err e = ERR_INIT;
    struct ledger_run run = {.id = 0};
    int64_t target;

    if (ledger_target_id(l, &claim, &target, &e) != 0 ||
        ledger_run_begin(l, target, "", &input, &run, &e) != 0 || ledger_commit(l, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

static int64_t add(struct ledger *l, const struct ledger_run *run, uint8_t n)
{
    const uint8_t key[KEY_SIZE] = {n};
    struct err e = ERR_INIT;
    int64_t id = 0;

    if (add_item(l, run, run->target, key, "bb1", n, n + 1, &id, &e) != 0)
        fail_msg("%s", e.text);
    return id;
}

static struct baseline page(const char *id, int64_t at_ms)
{
    struct baseline b;

    baseline_init(&b);
    if (id)
        baseline_add(&b, slice_of(id), at_ms);
    return b;
}

static int64_t put(struct ledger *l, const struct ledger_run *run, const char *id, int64_t at_ms)
{
    struct baseline b = page(id, at_ms);
    struct err e = ERR_INIT;
    int64_t out = 0;

    if (ledger_put_baseline(l, run->target, &b, &out, &e) != 0)
        fail_msg("%s", e.text);
    assert_true(out > 0);
    return out;
}

static void move(struct ledger *l, int64_t item, enum state to, int64_t baseline,
                 const char *attempt)
{
    const struct ledger_move m = {
        .to = to, .baseline = baseline, .attempt = attempt, .intent_ms = 7, .now_ms = 8};
    struct err e = ERR_INIT;

    if (ledger_move(l, item, &m, &e) != 0)
        fail_msg("%s", e.text);
}

/* The ids of the item's baseline; NULL: it has none. */
static const char *ids_of(struct ledger *l, int64_t item)
{
    static struct baseline b;
    struct err e = ERR_INIT;
    int found = ledger_baseline(l, item, &b, &e);

    assert_true(found >= 0);
    return found ? b.ids : NULL;
}

/* What goes in comes out, whatever it is. */
static void test_round_trip(void **state)
{
    static const int64_t stamps[] = {BASELINE_NO_STAMP, INT64_MIN + 1, -1, 0, 1,
                                     1788739200000,     INT64_MAX};
    static char long_id[BASELINE_IDS_MAX - 1];
    const char *const ids[] = {NULL, "x", "a'b\"c;--", "\xc3\xa9\xf0\x9f\x8e\x89", long_id};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l);
    struct err e = ERR_INIT;
    uint8_t n = 0;

    (void)state;
    memset(long_id, 'y', sizeof long_id - 1);
    for (size_t i = 0; i < COUNT(stamps); i++) {
        for (size_t k = 0; k < COUNT(ids); k++) {
            struct baseline want = page(ids[k], stamps[i]), got;
            int64_t item = add(l, &run, ++n);

            memset(&got, 0xaa, sizeof got);
            move(l, item, STATE_SENDING, put(l, &run, ids[k], stamps[i]), NULL);
            assert_int_equal(ledger_commit(l, &e), 0);
            assert_int_equal(ledger_baseline(l, item, &got, &e), 1);
            assert_int_equal(got.oldest_ms, want.oldest_ms);
            assert_string_equal(got.ids, want.ids);
        }
    }
    ledger_close(l);
}

/* An item keeps that of its first intent; what was shown later may be its own. */
static void test_the_first_counts(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l);
    struct err e = ERR_INIT;
    int64_t item = add(l, &run, 1), other = add(l, &run, 2);

    (void)state;
    assert_null(ids_of(l, item));
    move(l, item, STATE_SENDING, put(l, &run, "first", 1), NULL);
    assert_string_equal(ids_of(l, item), " first");
    move(l, item, STATE_SENDING, put(l, &run, "second", 2), NULL);
    assert_string_equal(ids_of(l, item), " first");
    move(l, item, STATE_UNKNOWN, 0, NULL);
    assert_string_equal(ids_of(l, item), " first");
    move(l, item, STATE_SENDING, put(l, &run, "third", 3), NULL);
    assert_string_equal(ids_of(l, item), " first");
    assert_null(ids_of(l, other));
    assert_int_equal(ledger_commit(l, &e), 0);
    ledger_close(l);
    l = open_ledger();
    assert_string_equal(ids_of(l, item), " first");
    assert_null(ids_of(l, other));
    assert_null(ids_of(l, other + 1));
    assert_null(ids_of(l, 0));
    ledger_close(l);
}

/* Of several targets and runs each has its own. */
static void test_shared_by_many(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l);
    int64_t a = put(l, &run, "a", 1), b = put(l, &run, "b", 2), items[20];

    (void)state;
    assert_true(a != b);
    for (uint8_t i = 0; i < COUNT(items); i++) {
        items[i] = add(l, &run, i + 1);
        move(l, items[i], STATE_SENDING, i % 3 == 0 ? a : i % 3 == 1 ? b : 0, NULL);
    }
    for (size_t i = 0; i < COUNT(items); i++) {
        const char *ids = ids_of(l, items[i]);

        if (i % 3 == 2)
            assert_null(ids);
        else
            assert_string_equal(ids, i % 3 == 0 ? " a" : " b");
    }
    ledger_close(l);
}

/* It is durable with the intent, not before. */
static void test_not_committed(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l);
    struct err e = ERR_INIT;
    int64_t item = add(l, &run, 1);

    (void)state;
    assert_int_equal(ledger_commit(l, &e), 0);
    move(l, item, STATE_SENDING, put(l, &run, "a", 1), NULL);
    ledger_close(l);
    l = open_ledger();
    assert_null(ids_of(l, item));
    move(l, item, STATE_SENDING, put(l, &run, "b", 1), NULL);
    assert_int_equal(ledger_commit(l, &e), 0);
    ledger_close(l);
    l = open_ledger();
    assert_string_equal(ids_of(l, item), " b");
    ledger_close(l);
}

static void test_attempt(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l);
    struct err e = ERR_INIT;
    int64_t item = add(l, &run, 1);
    char out[8] = "?";

    (void)state;
    assert_int_equal(ledger_attempt(l, item, out, sizeof out, &e), 0);
    assert_string_equal(out, "");
    move(l, item, STATE_SENDING, 0, NULL);
    move(l, item, STATE_ACCEPTED, 0, "1234567");
    assert_int_equal(ledger_attempt(l, item, out, sizeof out, &e), 1);
    assert_string_equal(out, "1234567");
    move(l, item, STATE_ACCEPTED, 0, "12345678"); /* cut it would be another */
    assert_int_equal(ledger_attempt(l, item, out, sizeof out, &e), 0);
    assert_string_equal(out, "");
    assert_int_equal(ledger_attempt(l, item + 1, out, sizeof out, &e), 0);
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_round_trip),     IN_FOLDER(test_the_first_counts),
        IN_FOLDER(test_shared_by_many), IN_FOLDER(test_not_committed),
        IN_FOLDER(test_attempt),
    };

    return cmocka_run_group_tests_name("ledger_looks", tests, NULL, NULL);
}
