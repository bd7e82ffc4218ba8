/* ledger_items: codes, which are given once; and rows that have several steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_items.h"

#include "ledger/ledger.h"
#include "ledger/ledger_bulk.h"

#include "fixture.h"
#include "items.h"

#include <sys/wait.h>

#define DB "ledger.db"

static const struct ledger_target seed = {"code", "", "seed:1", "recipient"};
static const struct ledger_target other_seed = {"code", "", "seed:2", "recipient"};
static const uint8_t hash[LEDGER_HASH_SIZE] = {1};

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static struct ledger_run begin(struct ledger *l, const struct ledger_target *t, const char *input)
{
    struct err e = ERR_INIT;
    struct ledger_run run = {.id = 0};
    int64_t target;

    if (ledger_target_id(l, t, &target, &e) != 0 ||
        ledger_run_begin(
            l, target, "",
            &(struct ledger_input){.name = input, .hash = hash, .rows = 9, .reading = ""}, &run,
            &e) != 0 ||
        ledger_commit(l, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

static void commit(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (ledger_commit(l, &e) != 0)
        fail_msg("%s", e.text);
}

/* The item of key number n, planned. */
static int64_t add(struct ledger *l, const struct ledger_run *run, unsigned n)
{
    uint8_t key[KEY_SIZE] = {0};
    struct err e = ERR_INIT;
    int64_t id;

    memcpy(key, &n, sizeof n);
    if (add_item(l, run, run->target, key, "bb1", n, n + 1, &id, &e) != 0)
        fail_msg("%s", e.text);
    return id;
}

static struct ledger_item item_of(struct ledger *l, const struct ledger_run *run, unsigned n)
{
    uint8_t key[KEY_SIZE] = {0};
    struct ledger_item item;
    struct err e = ERR_INIT;

    memcpy(key, &n, sizeof n);
    assert_int_equal(ledger_find(l, run->target, key, &item, &e), 1);
    return item;
}

static int64_t next_code(struct ledger *l, const struct ledger_run *run, int64_t start)
{
    struct err e = ERR_INIT;
    int64_t index = -1;

    if (ledger_next_code(l, run->target, &index, &e) != 0)
        fail_msg("%s", e.text);
    return index > start ? index : start;
}

/* Gives the next code to a new item: its index. */
static int64_t give_next(struct ledger *l, const struct ledger_run *run, unsigned n, int64_t start)
{
    int64_t item = add(l, run, n), index = next_code(l, run, start);
    struct err e = ERR_INIT;

    if (ledger_give_code(l, item, index, NULL, &e) != 0)
        fail_msg("%s", e.text);
    return index;
}

static void must_move(struct ledger *l, int64_t item, enum state to)
{
    const struct ledger_move m = {
        .to = to, .error = to == STATE_FAILED ? "used up" : NULL, .intent_ms = 77, .now_ms = 1};
    struct err e = ERR_INIT;

    if (ledger_move(l, item, &m, &e) != 0)
        fail_msg("%s", e.text);
}

/* ---- codes ---- */

static void test_codes_in_order(void **state)
{
    static const struct {
        int64_t start, want;
    } cases[] = {
        {0, 0},   {0, 1},   {0, 2},  /* one after the other */
        {10, 10}, {10, 11},          /* further on */
        {0, 12},  {5, 13},  {13, 14} /* never back: what lies behind stays unused */
    };
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");

    (void)state;
    for (unsigned n = 0; n < COUNT(cases); n++) {
        struct ledger_item item;

        assert_int_equal(give_next(l, &run, n, cases[n].start), cases[n].want);
        if (n % 3 == 2) { /* within a transaction and across several it is the same */
            commit(l);
            ledger_close(l);
            l = open_ledger();
        }
        item = item_of(l, &run, n);
        assert_int_equal(item.code, cases[n].want);
        assert_int_equal(item.state, STATE_SUCCESS);
        assert_true(item.changed_ms > 0);
    }
    ledger_close(l);
}

/* What is looked at is not yet taken. */
static void test_next_code_takes_nothing(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");

    (void)state;
    assert_int_equal(next_code(l, &run, 0), 0);
    assert_int_equal(next_code(l, &run, 0), 0);
    assert_int_equal(next_code(l, &run, 7), 7);
    assert_int_equal(next_code(l, &run, 0), 0);
    commit(l);
    assert_int_equal(next_code(l, &run, 0), 0);
    ledger_close(l);
}

static void test_codes_after_a_rollback(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    const uint8_t key[KEY_SIZE] = {1};
    struct err e = ERR_INIT;
    int64_t id;

    (void)state;
    assert_int_equal(give_next(l, &run, 1, 0), 0);
    commit(l);
    assert_int_equal(give_next(l, &run, 2, 0), 1);
    assert_int_equal(give_next(l, &run, 3, 0), 2);
    /* a key that is there already: the write fails, and the transaction is gone */
    assert_int_equal(add_item(l, &run, run.target, key, "bb1", 1, 1, &id, &e), -1);
    assert_int_equal(next_code(l, &run, 0), 1); /* what was not given is free */
    assert_int_equal(give_next(l, &run, 4, 0), 1);
    commit(l);
    assert_int_equal(item_of(l, &run, 4).code, 1);
    ledger_close(l);
}

/* Also of one that ended without a word: closed, or rolled back before anything was asked. */
static void test_codes_after_a_close(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");

    (void)state;
    assert_int_equal(give_next(l, &run, 1, 5), 5);
    ledger_close(l);
    l = open_ledger();
    assert_int_equal(give_next(l, &run, 1, 0), 0);
    commit(l);
    ledger_close(l);
}

static void test_codes_of_two_targets(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run a = begin(l, &seed, "a.csv"), b = begin(l, &other_seed, "a.csv");

    (void)state;
    for (int64_t i = 0; i < 4; i++) {
        assert_int_equal(give_next(l, &a, (unsigned)i, 0), i);
        assert_int_equal(give_next(l, &b, (unsigned)i, 100), 100 + i);
        if (i == 1)
            commit(l);
    }
    commit(l);
    assert_int_equal(next_code(l, &a, 0), 4);
    assert_int_equal(next_code(l, &b, 0), 104);
    ledger_close(l);
}

/* Looked at both before either is given. */
static void test_codes_of_two_targets_crosswise(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run a = begin(l, &seed, "a.csv"), b = begin(l, &other_seed, "a.csv");
    int64_t of_a = add(l, &a, 1), of_b = add(l, &b, 1), index;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(give_next(l, &b, 2, 50), 50);
    index = next_code(l, &a, 0);
    assert_int_equal(next_code(l, &b, 0), 51);
    assert_int_equal(ledger_give_code(l, of_a, index, NULL, &e), 0);
    assert_int_equal(next_code(l, &b, 0), 51);
    assert_int_equal(ledger_give_code(l, of_b, 51, NULL, &e), 0);
    assert_int_equal(next_code(l, &a, 0), 1);
    commit(l);
    ledger_close(l);
}

/* Another process gives codes between two of our transactions: they are not given again. */
static void test_codes_of_two_processes_in_turn(void **state)
{
    struct ledger *l = open_ledger(), *other;
    struct ledger_run run = begin(l, &seed, "a.csv"), run_of_other;

    (void)state;
    other = open_ledger(); /* a connection of its own is as good as a process */
    run_of_other = begin(other, &seed, "b.csv");
    assert_int_equal(give_next(l, &run, 1, 0), 0);
    commit(l);
    assert_int_equal(give_next(other, &run_of_other, 2, 0), 1);
    assert_int_equal(give_next(other, &run_of_other, 3, 0), 2);
    commit(other);
    assert_int_equal(next_code(l, &run, 0), 3);
    commit(l); /* looked at, and not taken … */
    assert_int_equal(give_next(other, &run_of_other, 4, 0), 3);
    commit(other);
    assert_int_equal(give_next(l, &run, 5, 0), 4); /* … so it is looked at again */
    commit(l);
    ledger_close(other);
    ledger_close(l);
}

/* Both at once, each with its own rows: every index once, and none left out. */
static void test_codes_of_two_processes_at_once(void **state)
{
    enum { EACH = 200, TOGETHER = 7 };
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    static unsigned given[2 * EACH];
    int status = -1;
    pid_t child;

    (void)state;
    ledger_close(l);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    l = open_ledger();
    for (unsigned n = 0; n < EACH; n++) {
        give_next(l, &run, child ? n : EACH + n, 0);
        if (n % TOGETHER == 0)
            commit(l);
    }
    commit(l);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (unsigned n = 0; n < 2 * EACH; n++) {
        struct ledger_item item = item_of(l, &run, n);

        assert_in_range(item.code, 0, 2 * EACH - 1);
        given[item.code]++;
    }
    for (unsigned i = 0; i < 2 * EACH; i++)
        assert_int_equal(given[i], 1);
    ledger_close(l);
}

/* The states in which an item may be given one. */
static void test_who_is_given_a_code(void **state)
{
    static const bool may[STATE_COUNT] = {[STATE_PLANNED] = true, [STATE_FAILED] = true};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    int64_t index = 0;

    (void)state;
    for (enum state s = 0; s < STATE_COUNT; s++) {
        int64_t item = add(l, &run, 10 + s);
        struct err e = ERR_INIT;
        int rc;

        if (s != STATE_PLANNED && s != STATE_FAILED && s != STATE_ELSEWHERE)
            must_move(l, item, STATE_SENDING);
        if (s != STATE_PLANNED && s != STATE_SENDING)
            must_move(l, item, s);
        commit(l);
        index = next_code(l, &run, 0);
        rc = ledger_give_code(l, item, index, NULL, &e);
        commit(l);
        if (rc != (may[s] ? 0 : -1))
            fail_msg("an item that is %s: %d", state_name(s), rc);
        assert_int_equal(item_of(l, &run, 10 + s).code, may[s] ? index : -1);
        assert_int_equal(item_of(l, &run, 10 + s).state, may[s] ? STATE_SUCCESS : s);
        if (may[s])
            continue;
        assert_int_equal(e.code, EXIT_OUTPUT);
        assert_says(e.text, "may not be given a code");
    }
    ledger_close(l);
}

static void test_codes_are_given_once(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    struct err twice = ERR_INIT, taken = ERR_INIT;
    int64_t item = add(l, &run, 1), other = add(l, &run, 2);

    (void)state;
    assert_int_equal(ledger_give_code(l, item, 0, NULL, &twice), 0);
    commit(l);
    assert_int_equal(ledger_give_code(l, item, 1, NULL, &twice), -1); /* it has one */
    assert_says(twice.text, "may not be given a code");
    commit(l);
    assert_int_equal(item_of(l, &run, 1).code, 0);
    assert_int_equal(ledger_give_code(l, other, 0, NULL, &taken), -1); /* it is another's */
    assert_int_equal(taken.code, EXIT_OUTPUT);
    commit(l);
    assert_int_equal(item_of(l, &run, 2).code, -1);
    assert_int_equal(item_of(l, &run, 2).state, STATE_PLANNED);
    ledger_close(l);
}

/* A code of a list is known by its mark, also where another list holds it. */
static void test_marks(void **state)
{
    static const uint8_t marks[][LEDGER_MARK_SIZE] = {{1}, {2}, {0}};
    struct ledger *l = open_ledger();
    struct ledger_run a = begin(l, &seed, "a.csv"), b = begin(l, &other_seed, "a.csv");
    int64_t first = add(l, &a, 1), second = add(l, &b, 1), third = add(l, &b, 2);
    struct err e = ERR_INIT, taken = ERR_INIT;
    int64_t run = 0;

    (void)state;
    assert_int_equal(ledger_has_mark(l, marks[0], &e), 0);
    assert_int_equal(ledger_marks_any(l, &e), 0);
    assert_int_equal(ledger_give_code(l, first, 0, marks[0], &e), 0);
    assert_int_equal(ledger_marks_any(l, &e), 1);
    assert_int_equal(ledger_mark_run(l, marks[0], &run, &e), 1);
    assert_int_equal(run, a.id);
    assert_int_equal(ledger_mark_run(l, marks[1], &run, &e), 0);
    assert_int_equal(ledger_has_mark(l, marks[0], &e), 1); /* in the same transaction */
    assert_int_equal(ledger_has_mark(l, marks[1], &e), 0);
    commit(l);
    assert_int_equal(ledger_has_mark(l, marks[0], &e), 1);
    assert_int_equal(ledger_give_code(l, second, 0, marks[0], &taken), -1);
    assert_int_equal(taken.code, EXIT_OUTPUT);
    assert_int_equal(item_of(l, &b, 1).code, -1);
    assert_int_equal(ledger_give_code(l, second, 1, marks[1], &e), 0);
    assert_int_equal(ledger_give_code(l, third, 2, NULL, &e), 0); /* of a seed: it has none */
    assert_int_equal(ledger_has_mark(l, marks[2], &e), 0);
    commit(l);
    ledger_close(l);
}

/* The reason why there was none goes with the first that is given. */
static void test_given_after_all(void **state)
{
    const struct ledger_row row = {.step = 1, .row = 1, .line = 2};
    static const uint8_t mark[LEDGER_MARK_SIZE] = {7, [LEDGER_MARK_SIZE - 1] = 9};
    static const uint8_t none[LEDGER_MARK_SIZE];
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    struct ledger_row owned = row;
    struct ledger_cursor *c;
    struct ledger_result r;
    struct err e = ERR_INIT;

    (void)state;
    owned.item = add(l, &run, 1);
    must_move(l, owned.item, STATE_FAILED);
    assert_int_equal(ledger_put_rows(l, &run, &owned, 1, &e), 0);
    commit(l);
    c = ledger_cursor_open(l, run.id, &e);
    assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
    assert_string_equal(r.item_error, "used up");
    assert_int_equal(r.item.code, -1);
    assert_memory_equal(r.mark, none, sizeof none);
    ledger_cursor_close(c);
    assert_int_equal(ledger_give_code(l, owned.item, 3, mark, &e), 0);
    commit(l);
    c = ledger_cursor_open(l, run.id, &e);
    assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
    assert_string_equal(r.item_error, "");
    assert_int_equal(r.item.code, 3);
    assert_int_equal(r.item.state, STATE_SUCCESS);
    assert_memory_equal(r.mark, mark, sizeof mark);
    ledger_cursor_close(c);
    ledger_close(l);
}

/* ---- many at a time ---- */

#define MANY 130

static void key_of(unsigned n, uint8_t key[KEY_SIZE])
{
    memset(key, 0, KEY_SIZE);
    memcpy(key, &n, sizeof n);
}

/* Around the number that one statement takes. */
static const size_t many[] = {0, 1, 2, 49, 50, 51, 99, 100, 101, MANY};

/* Some of them, new, from key n on: planned, given codes from `next` on, or failed. */
static void make_items(struct ledger_known *items, struct ledger_known **list, size_t count,
                       const struct ledger_run *run, unsigned n, int64_t next, int64_t id)
{
    for (size_t k = 0; k < count; k++) {
        enum state state = k % 3 == 0 ? STATE_SUCCESS : k % 3 == 1 ? STATE_PLANNED : STATE_FAILED;

        items[k] = (struct ledger_known){.target = run->target,
                                         .id = id + (int64_t)k,
                                         .recipient = "bb1",
                                         .row = n + k + 1,
                                         .line = n + k + 2,
                                         .state = state,
                                         .removed = k % 5 == 0,
                                         .error = state == STATE_FAILED ? "used up" : NULL,
                                         .code = state == STATE_SUCCESS ? next++ : -1};
        key_of(n + (unsigned)k, items[k].key);
        list[k] = &items[k];
    }
}

static void test_add_many(void **state)
{
    static struct ledger_known items[MANY], *list[MANY];
    unsigned n = 0;
    int64_t next = 7, id;
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");

    (void)state;
    for (size_t i = 0; i < COUNT(many); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(next_code(l, &run, 7), next);
        assert_int_equal(ledger_next_id(l, &id, &e), 0);
        make_items(items, list, many[i], &run, n, next, id);
        assert_int_equal(ledger_add_many(l, &run, list, many[i], &e), 0);
        if (i % 2)
            commit(l);
        for (size_t k = 0; k < many[i]; k++, n++) {
            struct ledger_item item = item_of(l, &run, n);

            assert_int_equal(item.id, items[k].id);
            assert_int_equal(item.code, items[k].code);
            assert_int_equal(item.state, items[k].state);
            assert_int_equal(item.removed, items[k].removed);
            assert_int_equal(item.run, run.id);
            assert_int_equal(item.pass, run.pass);
            assert_int_equal(item.row, n + 1);
            assert_int_equal(item.line, n + 2);
            assert_int_equal(item.failed_run, item.state == STATE_FAILED ? run.id : 0);
            next += item.state == STATE_SUCCESS;
        }
        /* one by one they go on behind them */
        assert_int_equal(give_next(l, &run, 100000 + (unsigned)i, 0), next == 7 ? 0 : next);
        next += next > 7;
    }
    commit(l);
    ledger_close(l);
    l = open_ledger(); /* each has its seal: what is opened is looked through if it has not */
    ledger_close(l);
}

/* All of them or none, and then their codes are free. */
static void test_add_many_twice(void **state)
{
    static struct ledger_known items[60], *list[60];
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    struct err e = ERR_INIT;
    struct ledger_item item;

    (void)state;
    add(l, &run, 59);
    commit(l);
    make_items(items, list, 60, &run, 0, 0, 2);
    assert_int_equal(ledger_add_many(l, &run, list, 60, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    e = (struct err)ERR_INIT;
    assert_int_equal(ledger_find(l, run.target, items[0].key, &item, &e), 0);
    assert_int_equal(next_code(l, &run, 0), 0);
    assert_int_equal(ledger_add_many(l, &run, list, 59, &e), 0);
    assert_int_equal(next_code(l, &run, 0), 20);
    ledger_close(l);
}

static void test_find_many(void **state)
{
    static struct ledger_known sought[MANY], *list[MANY];
    struct ledger *l = open_ledger();
    struct ledger_run a = begin(l, &seed, "a.csv"), b = begin(l, &other_seed, "a.csv");
    struct err e = ERR_INIT;

    (void)state;
    for (unsigned n = 0; n < MANY; n += 2)
        add(l, n % 4 ? &a : &b, n);
    give_next(l, &a, 1000, 5);
    must_move(l, item_of(l, &a, 2).id, STATE_FAILED);
    for (size_t n = 0; n < COUNT(many); n++) {
        for (size_t i = 0; i < many[n]; i++) {
            sought[i] = (struct ledger_known){.target = i % 3 ? a.target : b.target, .id = 99};
            key_of((unsigned)(many[n] - i) / 2, sought[i].key); /* twice each */
            list[i] = &sought[i];
        }
        assert_int_equal(ledger_find_many(l, list, many[n], &e), 0);
        for (size_t i = 0; i < many[n]; i++) {
            const struct ledger_known *k = list[i];
            struct ledger_item item;
            int found = ledger_find(l, k->target, k->key, &item, &e);

            assert_int_equal(k->id, found ? item.id : 0);
            if (found) {
                assert_int_equal(k->state, item.state);
                assert_int_equal(k->code, item.code);
                assert_int_equal(k->run, item.run);
                assert_int_equal(k->pass, item.pass);
                assert_int_equal(k->line, item.line);
                assert_int_equal(k->tries, item.tries);
                assert_int_equal(k->doubtful, item.doubtful);
            }
            if (i > 0 && list[i - 1]->target == k->target)
                assert_true(memcmp(list[i - 1]->key, k->key, KEY_SIZE) <= 0);
            else if (i > 0)
                assert_true(list[i - 1]->target < k->target);
        }
    }
    ledger_close(l);
}

static void test_put_many(void **state)
{
    static struct ledger_row rows[MANY];
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    int64_t item = add(l, &run, 1);

    (void)state;
    for (size_t i = 0; i < COUNT(many); i++) {
        struct ledger_cursor *c;
        struct ledger_result r;
        struct err e = ERR_INIT;

        for (size_t k = 0; k < many[i]; k++) {
            bool invalid = k % 7 == 3, copy = k % 7 == 5;

            rows[k] = (struct ledger_row){.kind = invalid ? LEDGER_ROW_INVALID
                                                  : copy  ? LEDGER_ROW_DUPLICATE
                                                          : LEDGER_ROW_OWNER,
                                          .step = invalid ? 0 : 1,
                                          .row = k + 1,
                                          .line = k + 2,
                                          .item = invalid ? 0 : item,
                                          .of_run = copy ? 4 : 0,
                                          .of_line = copy ? k : 0,
                                          .error = invalid ? "bad" : NULL};
        }
        assert_int_equal(ledger_put_rows(l, &run, rows, many[i], &e), 0);
        c = ledger_cursor_open(l, run.id, &e);
        for (size_t k = 0; k < many[i]; k++) {
            assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
            assert_int_equal(r.row.row, k + 1);
            assert_int_equal(r.row.line, k + 2);
            assert_int_equal(r.row.kind, rows[k].kind);
            assert_int_equal(r.row.step, rows[k].step);
            assert_int_equal(r.row.item, rows[k].item);
            assert_int_equal(r.row.of_run, rows[k].of_run);
            assert_int_equal(r.row.of_line, rows[k].of_line);
            assert_string_equal(r.row.error, rows[k].error ? rows[k].error : "");
        }
        ledger_cursor_close(c);
    }
    ledger_close(l);
}

/* ---- stores ---- */

/* Put in, then taken out again: one item, which is planned anew. */
static void test_turn(void **state)
{
    static const struct ledger_target store = {"store", "https://x", "id", "recipient"};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &store, "a.csv");
    int64_t item = add(l, &run, 1);
    struct err e = ERR_INIT;

    (void)state;
    assert_false(item_of(l, &run, 1).removed);
    must_move(l, item, STATE_SENDING);
    must_move(l, item, STATE_ACCEPTED);
    must_move(l, item, STATE_SUCCESS);
    assert_int_equal(ledger_turn(l, item, true, &e), 0);
    commit(l);
    assert_true(item_of(l, &run, 1).removed);
    assert_int_equal(item_of(l, &run, 1).state, STATE_PLANNED);
    must_move(l, item, STATE_SENDING);
    assert_int_equal(ledger_turn(l, item, false, &e), 0);
    assert_false(item_of(l, &run, 1).removed);
    assert_int_equal(item_of(l, &run, 1).state, STATE_PLANNED);
    must_move(l, item,
              STATE_ELSEWHERE); /* it was claimed by another way: there is nothing to undo */
    assert_int_equal(ledger_turn(l, item, true, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_false(item_of(l, &run, 1).removed);
    assert_int_equal(item_of(l, &run, 1).state, STATE_ELSEWHERE);
    ledger_close(l);
}

/* ---- rows ---- */

static void put(struct ledger *l, const struct ledger_run *run, uint64_t row, unsigned step,
                enum ledger_row_kind kind, int64_t item)
{
    const struct ledger_row r = {.kind = kind,
                                 .step = step,
                                 .row = row,
                                 .line = row + 1,
                                 .item = item,
                                 .error = item ? NULL : "said"};
    struct err e = ERR_INIT;

    if (ledger_put_rows(l, run, &r, 1, &e) != 0)
        fail_msg("%s", e.text);
}

/* What the cursor tells, as "ROW.STEPKIND " for each. */
static const char *told(struct ledger *l, const struct ledger_run *run)
{
    static char text[512];
    struct err e = ERR_INIT;
    struct ledger_cursor *c = ledger_cursor_open(l, run->id, &e);
    struct ledger_result r;
    size_t n = 0;
    int more;

    assert_non_null(c);
    text[0] = '\0';
    while ((more = ledger_cursor_next(c, &r, &e)) == 1) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%llu.%u%c ",
                              (unsigned long long)r.row.row, r.row.step, "ODIS"[r.row.kind]);
        assert_int_equal(r.row.line, r.row.row + 1);
        assert_string_equal(r.row.error, r.row.item ? "" : "said");
        assert_true(r.row.item == 0 || r.row.item == r.item.id);
    }
    assert_int_equal(more, 0);
    ledger_cursor_close(c);
    return text;
}

static void test_rows_by_row_and_step(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv"), other = begin(l, &seed, "b.csv");
    int64_t item = add(l, &run, 1);

    (void)state;
    put(l, &run, 10, 2, LEDGER_ROW_OWNER, item);
    put(l, &run, 2, 1, LEDGER_ROW_DUPLICATE, item);
    put(l, &run, 10, 1, LEDGER_ROW_SKIPPED, 0);
    put(l, &run, 1, 0, LEDGER_ROW_INVALID, 0);
    put(l, &other, 1, 1, LEDGER_ROW_OWNER, item);
    put(l, &run, 2, 12, LEDGER_ROW_OWNER, item);
    put(l, &run, 2, 3, LEDGER_ROW_SKIPPED, 0);
    commit(l);
    assert_string_equal(told(l, &run), "1.0I 2.1D 2.3S 2.12O 10.1S 10.2O ");
    put(l, &run, 2, 3, LEDGER_ROW_OWNER, item); /* takes its place */
    assert_string_equal(told(l, &run), "1.0I 2.1D 2.3O 2.12O 10.1S 10.2O ");
    assert_string_equal(told(l, &other), "1.1O ");
    ledger_close(l);
}

/* A row that was invalid, and is resumed with what it lacked, is invalid no more. */
static void test_row_that_was_mended(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    int64_t item = add(l, &run, 1);

    (void)state;
    put(l, &run, 1, 0, LEDGER_ROW_INVALID, 0);
    put(l, &run, 2, 0, LEDGER_ROW_INVALID, 0);
    put(l, &run, 3, 0, LEDGER_ROW_SKIPPED, 0);
    commit(l);
    run = begin(l, &seed, "a.csv");
    assert_int_equal(run.pass, 2);
    assert_string_equal(told(l, &run), "1.0I 2.0I 3.0S "); /* until it comes to them */
    put(l, &run, 1, 1, LEDGER_ROW_OWNER, item);
    put(l, &run, 1, 2, LEDGER_ROW_DUPLICATE, item);
    put(l, &run, 2, 0, LEDGER_ROW_INVALID, 0);
    put(l, &run, 3, 1, LEDGER_ROW_SKIPPED, 0);
    put(l, &run, 3, 0, LEDGER_ROW_SKIPPED, 0); /* over --limit at its second step */
    commit(l);
    assert_string_equal(told(l, &run), "1.1O 1.2D 2.0I 3.0S 3.1S ");
    ledger_close(l);
}

static void test_recipient(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    int64_t item = add(l, &run, 1);
    const char *recipient = NULL;
    struct err e = ERR_INIT;
    struct arena a;

    (void)state;
    arena_init(&a);
    assert_int_equal(ledger_recipient(l, item, &a, &recipient, &e), 1);
    commit(l); /* it has left nothing open */
    assert_string_equal(recipient, "bb1");
    assert_int_equal(ledger_recipient(l, item + 1, &a, &recipient, &e), 0);
    arena_release(&a);
    ledger_close(l);
}

/* Whoever was begun for at one address is found again, whatever the address is now. */
static void test_person(void **state)
{
    static const uint8_t jo[KEY_SIZE] = {1}, bo[KEY_SIZE] = {2};
    uint8_t key[KEY_SIZE], first[KEY_SIZE] = {0};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, &seed, "a.csv");
    struct err e = ERR_INIT;

    (void)state;
    memcpy(first, &(unsigned){1}, sizeof(unsigned));
    assert_int_equal(ledger_person(l, run.target, jo, key, &e), 0);
    assert_int_equal(ledger_put_person(l, run.target, jo, add(l, &run, 1), &e), 0);
    commit(l);
    assert_int_equal(ledger_person(l, run.target, jo, key, &e), 1);
    assert_memory_equal(key, first, KEY_SIZE);
    assert_int_equal(ledger_person(l, run.target, bo, key, &e), 0);
    assert_int_equal(ledger_person(l, run.target + 1, jo, key, &e), 0);
    /* … and at another one later, if what was begun at the first has failed. */
    assert_int_equal(ledger_put_person(l, run.target, jo, add(l, &run, 2), &e), 0);
    assert_int_equal(ledger_person(l, run.target, jo, key, &e), 1);
    assert_memory_not_equal(key, first, KEY_SIZE);
    commit(l);
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_codes_in_order),
        IN_FOLDER(test_next_code_takes_nothing),
        IN_FOLDER(test_codes_after_a_rollback),
        IN_FOLDER(test_codes_after_a_close),
        IN_FOLDER(test_codes_of_two_targets),
        IN_FOLDER(test_codes_of_two_targets_crosswise),
        IN_FOLDER(test_codes_of_two_processes_in_turn),
        IN_FOLDER(test_codes_of_two_processes_at_once),
        IN_FOLDER(test_who_is_given_a_code),
        IN_FOLDER(test_codes_are_given_once),
        IN_FOLDER(test_marks),
        IN_FOLDER(test_given_after_all),
        IN_FOLDER(test_add_many),
        IN_FOLDER(test_add_many_twice),
        IN_FOLDER(test_find_many),
        IN_FOLDER(test_put_many),
        IN_FOLDER(test_turn),
        IN_FOLDER(test_rows_by_row_and_step),
        IN_FOLDER(test_row_that_was_mended),
        IN_FOLDER(test_recipient),
        IN_FOLDER(test_person),
    };

    return cmocka_run_group_tests_name("ledger items", tests, NULL, NULL);
}
