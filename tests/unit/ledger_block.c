/* ledger_block: rows that are decided together know of each other what rows that are decided one by one do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_block.h"

#include "ledger/ledger.h"

#include "fixture.h"
#include "items.h"

#define DB "ledger.db"
#define KEYS 40 /* few, so that they meet */

static const struct ledger_target seed = {"code", "", "seed:1", "recipient"};
static const uint8_t hash[LEDGER_HASH_SIZE] = {1};

struct world {
    struct ledger *l;
    struct ledger_run run;
    struct ledger_block *b;
};

static void open_world(struct world *w, const char *input)
{
    struct err e = ERR_INIT;
    int64_t target = 0;

    *w = (struct world){.l = ledger_open(DB, &e)};
    if (!w->l || ledger_target_id(w->l, &seed, &target, &e) != 0 ||
        ledger_run_begin(
            w->l, target, "",
            &(struct ledger_input){.name = input, .hash = hash, .rows = 9, .reading = ""}, &w->run,
            &e) != 0 ||
        ledger_commit(w->l, &e) != 0)
        fail_msg("%s", e.text);
    w->b = ledger_block_new(w->l, &w->run, &e);
    assert_non_null(w->b);
}

static void close_world(struct world *w)
{
    ledger_block_free(w->b);
    ledger_close(w->l);
}

static const uint8_t *key(unsigned n)
{
    static uint8_t keys[8][KEY_SIZE];
    static unsigned turn;
    uint8_t *out = keys[turn++ % 8];

    memset(out, 0, KEY_SIZE);
    memcpy(out + 5, &n, sizeof(n)); /* not where its hash is read from, so that they collide */
    return out;
}

static struct ledger_known *find(struct world *w, unsigned n)
{
    struct ledger_known *k;
    struct err e = ERR_INIT;

    if (ledger_block_find(w->b, w->run.target, key(n), &k, &e) != 0)
        fail_msg("%s", e.text);
    return k;
}

static struct ledger_known *add(struct world *w, unsigned n, uint64_t row)
{
    struct ledger_known *k = find(w, n);
    struct err e = ERR_INIT;

    assert_int_equal(k->id, 0);
    assert_int_equal(ledger_block_add(w->b, k, "bb1", row, row + 1, false, &e), 0);
    assert_int_not_equal(k->id, 0);
    return k;
}

static void write_block(struct world *w)
{
    struct err e = ERR_INIT;

    if (ledger_block_write(w->b, &e) != 0)
        fail_msg("%s", e.text);
}

static int64_t next_code(struct world *w, int64_t start)
{
    struct err e = ERR_INIT;
    int64_t index = -1;

    assert_int_equal(ledger_block_next_code(w->b, w->run.target, start, &index, &e), 0);
    return index;
}

static bool is_in_ledger(struct world *w, unsigned n, struct ledger_item *item)
{
    struct err e = ERR_INIT;
    int found = ledger_find(w->l, w->run.target, key(n), item, &e);

    assert_true(found >= 0);
    return found == 1;
}

/* The same key twice in a block: the second row finds the first one's item. */
static void test_known_before_it_is_written(void **state)
{
    struct ledger_item item;
    struct ledger_known *k;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    k = add(&w, 1, 7);
    assert_ptr_equal(find(&w, 1), k);
    assert_int_equal(k->run, w.run.id);
    assert_int_equal(k->pass, w.run.pass);
    assert_int_equal(k->line, 8);
    assert_int_equal(k->state, STATE_PLANNED);
    assert_false(is_in_ledger(&w, 1, &item));
    write_block(&w);
    assert_true(is_in_ledger(&w, 1, &item));
    assert_int_equal(item.row, 7);
    k = find(&w, 1); /* in the next block it comes from the ledger */
    assert_int_equal(k->id, item.id);
    assert_int_equal(k->line, 8);
    assert_null(k->recipient);
    close_world(&w);
}

/* Codes go on in the order of the calls, over a block's end, and each is written with its item. */
static void test_codes(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_item item;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    assert_int_equal(next_code(&w, 5), 5);
    for (unsigned n = 0; n < 300; n++) {
        struct ledger_known *k = add(&w, n, n + 1);
        int64_t index = next_code(&w, 0);

        assert_int_equal(index, n);
        assert_int_equal(ledger_block_give_code(w.b, k, index, NULL, &e), 0);
        assert_int_equal(k->state, STATE_SUCCESS);
        assert_int_equal(k->code, index);
        if (n % 100 == 42)
            write_block(&w);
    }
    write_block(&w);
    for (unsigned n = 0; n < 300; n++) {
        assert_true(is_in_ledger(&w, n, &item));
        assert_int_equal(item.code, n);
        assert_int_equal(item.state, STATE_SUCCESS);
    }
    close_world(&w);
}

/* What is given in the block is given, and so is what was given before; others are free. */
static void test_marks(void **state)
{
    const uint8_t marks[3][LEDGER_MARK_SIZE] = {{1}, {2}, {3}};
    struct err e = ERR_INIT;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    assert_int_equal(ledger_block_give_code(w.b, add(&w, 1, 1), 0, marks[0], &e), 0);
    write_block(&w);
    assert_int_equal(ledger_block_give_code(w.b, add(&w, 2, 2), 1, marks[1], &e), 0);
    assert_int_equal(ledger_block_has_mark(w.b, marks[0], &e), 1);
    assert_int_equal(ledger_block_has_mark(w.b, marks[1], &e), 1);
    assert_int_equal(ledger_block_has_mark(w.b, marks[2], &e), 0);
    write_block(&w);
    assert_int_equal(ledger_block_has_mark(w.b, marks[1], &e), 1);
    close_world(&w);
}

/* One that is new and one that is known fail alike. */
static void test_failed(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_item item;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    for (unsigned n = 1; n <= 2; n++) {
        struct ledger_known *k = add(&w, n, n);

        if (n == 1) {
            write_block(&w);
            k = find(&w, n);
        }
        assert_int_equal(ledger_block_fail(w.b, k, "codes used up", &e), 0);
        assert_int_equal(k->state, STATE_FAILED);
    }
    write_block(&w);
    for (unsigned n = 1; n <= 2; n++) {
        assert_true(is_in_ledger(&w, n, &item));
        assert_int_equal(item.state, STATE_FAILED);
        assert_int_equal(item.failed_run, w.run.id);
    }
    close_world(&w);
}

/* A person whose item is new has its key at once, and the ledger has it after. */
static void test_people(void **state)
{
    const uint8_t person[KEY_SIZE] = {9}, other[KEY_SIZE] = {8};
    uint8_t found[KEY_SIZE];
    struct err e = ERR_INIT;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    assert_int_equal(ledger_block_seek_person(w.b, w.run.target, person, &e), 0);
    assert_int_equal(ledger_block_look_up(w.b, &e), 0);
    assert_int_equal(ledger_block_person(w.b, w.run.target, person, found, &e), 0);
    assert_int_equal(ledger_block_put_person(w.b, person, add(&w, 1, 1), &e), 0);
    for (int written = 0; written < 2; written++) {
        memset(found, 0, sizeof(found));
        assert_int_equal(ledger_block_person(w.b, w.run.target, person, found, &e), 1);
        assert_memory_equal(found, key(1), KEY_SIZE);
        assert_int_equal(ledger_block_person(w.b, w.run.target, other, found, &e), 0);
        write_block(&w);
    }
    close_world(&w);
}

/* What an earlier run has is taken over, turned, planned anew: known here and there. */
static void test_known_items(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_item item;
    struct ledger_known *k;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    assert_int_equal(ledger_block_give_code(w.b, add(&w, 1, 1), 0, NULL, &e), 0);
    add(&w, 2, 2);
    write_block(&w);
    assert_int_equal(ledger_commit(w.l, &e), 0);
    close_world(&w);

    open_world(&w, "b.csv");
    k = find(&w, 1);
    assert_int_not_equal(k->run, w.run.id);
    assert_int_equal(ledger_block_take(w.b, k, 5, 6, &e), 0);
    assert_int_equal(k->run, w.run.id);
    assert_true(is_in_ledger(&w, 1, &item));
    assert_int_equal(item.row, 5);
    assert_int_equal(ledger_block_turn(w.b, k, true, &e), 0);
    assert_true(k->removed && k->state == STATE_PLANNED);
    assert_true(is_in_ledger(&w, 1, &item));
    assert_true(item.removed && item.state == STATE_PLANNED);

    k = find(&w, 2);
    assert_int_equal(ledger_block_fail(w.b, k, "no", &e), 0);
    assert_int_equal(ledger_block_plan(w.b, k, &e), 0);
    assert_int_equal(k->state, STATE_PLANNED);
    assert_true(is_in_ledger(&w, 2, &item));
    assert_int_equal(item.state, STATE_PLANNED);
    close_world(&w);
}

static void put_row(struct world *w, uint64_t row, unsigned step, const struct ledger_known *k)
{
    const struct ledger_row put = {
        .kind = LEDGER_ROW_OWNER, .step = step, .row = row, .line = row + 1, .item = k->id};
    struct err e = ERR_INIT;

    assert_int_equal(ledger_block_put_row(w->b, &put, &e), 0);
}

/* Any keys in any order, written now and then, sought or not: as one after the other in a table of our own. */
static void test_against_a_table(void **state)
{
    bool is_there[KEYS] = {false};
    uint64_t line[KEYS] = {0};
    unsigned random = 7;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    for (uint64_t row = 1; row <= 3000; row++) {
        struct err e = ERR_INIT;
        struct ledger_known *k;
        unsigned n;

        random = random * 1103515245u + 12345u;
        n = random >> 16 & 1 ? (random >> 17) % KEYS : (random >> 17) % (KEYS / 8);
        if (random >> 28 == 3)
            assert_int_equal(ledger_block_seek(w.b, w.run.target, key(n), &e), 0);
        if (random >> 28 == 4)
            assert_int_equal(ledger_block_look_up(w.b, &e), 0);
        k = find(&w, n);
        assert_int_equal(k->id != 0, is_there[n]);
        if (is_there[n])
            assert_int_equal(k->line, line[n]);
        else
            add(&w, n, row);
        put_row(&w, row, 1, k);
        line[n] = is_there[n] ? line[n] : row + 1;
        is_there[n] = true;
        if (random >> 28 == 5)
            write_block(&w);
        if (random >> 26 == 33)
            assert_int_equal(ledger_commit(w.l, &e), 0); /* what is not written is not in it */
    }
    write_block(&w);
    for (unsigned n = 0; n < KEYS; n++) {
        struct ledger_item item;

        assert_int_equal(is_in_ledger(&w, n, &item), is_there[n]);
    }
    close_world(&w);
}

/* The ledger has the rows by row and step, in whichever order they were put. */
static void test_rows(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_result r;
    struct ledger_cursor *c;
    struct ledger_known *k;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    k = add(&w, 1, 1);
    for (uint64_t row = 200; row > 0; row--) {
        put_row(&w, row, 2, k);
        put_row(&w, row, 1, k);
    }
    write_block(&w);
    c = ledger_cursor_open(w.l, w.run.id, &e);
    for (uint64_t row = 1; row <= 200; row++)
        for (unsigned step = 1; step <= 2; step++) {
            assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
            assert_int_equal(r.row.row, row);
            assert_int_equal(r.row.step, step);
        }
    assert_int_equal(ledger_cursor_next(c, &r, &e), 0);
    ledger_cursor_close(c);
    close_world(&w);
}

/* What is said of a row as a whole in a later pass is not taken for what an earlier one has said of it. */
static void test_whole_in_a_later_pass(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_result r;
    struct ledger_cursor *c;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    w.run.pass = 2;
    for (unsigned i = 0; i < 2; i++) {
        const struct ledger_row put = {.kind = LEDGER_ROW_SKIPPED,
                                       .step = 1 - i,
                                       .row = 5,
                                       .line = 6,
                                       .error = i ? "over --limit" : "no route"};

        assert_int_equal(ledger_block_put_row(w.b, &put, &e), 0);
    }
    write_block(&w);
    c = ledger_cursor_open(w.l, w.run.id, &e);
    for (unsigned step = 0; step < 2; step++) {
        assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
        assert_int_equal(r.row.step, step);
        assert_string_equal(r.row.error, step ? "no route" : "over --limit");
    }
    assert_int_equal(ledger_cursor_next(c, &r, &e), 0);
    ledger_cursor_close(c);
    close_world(&w);
}

/* After a failure elsewhere what was decided is kept; but not if its transaction is gone. */
static void test_rescued(void **state)
{
    struct ledger_item item;
    struct err e = ERR_INIT;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    add(&w, 1, 1);
    ledger_block_rescue(w.b);
    assert_true(is_in_ledger(&w, 1, &item));
    assert_int_equal(ledger_commit(w.l, &e), 0);
    add(&w, 2, 2);
    assert_int_equal(ledger_commit(w.l, &e), 0); /* without the block */
    ledger_block_rescue(w.b);
    assert_false(is_in_ledger(&w, 2, &item));
    assert_int_equal(find(&w, 2)->id, 0);
    close_world(&w);
}

/* A block that is given up leaves nothing. */
static void test_forgotten(void **state)
{
    struct ledger_item item;
    struct world w;

    (void)state;
    open_world(&w, "a.csv");
    find(&w, 3);
    ledger_block_forget(w.b);
    add(&w, 3, 1);
    close_world(&w);
    open_world(&w, "a.csv");
    assert_false(is_in_ledger(&w, 3, &item));
    close_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FOLDER(test_known_before_it_is_written),
        IN_FOLDER(test_codes),
        IN_FOLDER(test_marks),
        IN_FOLDER(test_failed),
        IN_FOLDER(test_people),
        IN_FOLDER(test_known_items),
        IN_FOLDER(test_against_a_table),
        IN_FOLDER(test_rows),
        IN_FOLDER(test_whole_in_a_later_pass),
        IN_FOLDER(test_rescued),
        IN_FOLDER(test_forgotten),
    };

    return cmocka_run_group_tests_name("ledger_block", tests, NULL, NULL);
}
