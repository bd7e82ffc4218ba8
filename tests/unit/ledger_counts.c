/* ledger_counts: what is kept of a run's rows is what they are, whatever other runs do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_counts.h"

#include "ledger/ledger.h"

#include "fixture.h"
#include "items.h"

#include <stdlib.h>

#define DB "ledger.db"
#define ROWS 6

static const struct ledger_target store = {"store", "https://x.example", "s1", "recipient"};

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static struct ledger_run begin(struct ledger *l, const char *input)
{
    static const uint8_t hash[LEDGER_HASH_SIZE] = {1};
    const struct ledger_input from = {.name = input, .hash = hash, .rows = ROWS, .reading = ""};
    struct ledger_run run = {.id = 0};
    struct err e = ERR_INIT;
    int64_t target;

    if (ledger_target_id(l, &store, &target, &e) != 0 ||
        ledger_run_begin(l, target, "", &from, &run, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

static void must_move(struct ledger *l, int64_t item, enum state to)
{
    const struct ledger_move m = {.to = to, .error = "", .now_ms = 1};
    struct err e = ERR_INIT;

    if (ledger_move(l, item, &m, &e) != 0)
        fail_msg("%s", e.text);
}

/* Row and item n, in this state. */
static int64_t own(struct ledger *l, const struct ledger_run *run, unsigned n, enum state to)
{
    uint8_t key[KEY_SIZE] = {0};
    struct ledger_row row = {.kind = LEDGER_ROW_OWNER, .step = 1, .row = n, .line = n + 1};
    struct err e = ERR_INIT;

    key[0] = (uint8_t)n;
    if (add_item(l, run, run->target, key, "bb1", n, n + 1, &row.item, &e) != 0 ||
        ledger_put_rows(l, run, &row, 1, &e) != 0)
        fail_msg("%s", e.text);
    if (to != STATE_PLANNED)
        must_move(l, row.item, STATE_SENDING);
    if (to != STATE_PLANNED && to != STATE_SENDING)
        must_move(l, row.item, to);
    return row.item;
}

struct listing {
    struct ledger *l;
    uint64_t counts[8][STATUS_COUNT]; /* by run */
    bool kept[8];
    bool anew; /* whatever is kept */
};

static int list_one(void *context, const struct ledger_past *run, struct err *e)
{
    struct listing *of = context;
    struct ledger_past past = *run;

    of->kept[run->id] = strchr(run->counts, ' ') != NULL;
    past.counts = of->anew ? "" : run->counts;
    return ledger_counts_get(of->l, &past, of->counts[run->id], e);
}

static struct listing list(struct ledger *l, bool anew)
{
    struct listing of = {.l = l, .anew = anew};
    struct err e = ERR_INIT;

    if (ledger_run_list(l, list_one, &of, &e) != 0)
        fail_msg("%s", e.text);
    return of;
}

/* As run.c does: by what the rows are at that moment. */
static void end(struct ledger *l, const struct ledger_run *run)
{
    struct listing now = list(l, true);
    struct err e = ERR_INIT;

    assert_int_equal(ledger_run_end(l, run, true, EXIT_DONE, now.counts[run->id], &e), 0);
}

static void assert_true_to_rows(struct ledger *l)
{
    struct listing kept = list(l, false), anew = list(l, true);

    assert_memory_equal(kept.counts, anew.counts, sizeof(kept.counts));
}

static void test_kept_at_rest(void **state)
{
    static const struct {
        enum state last;
        bool kept;
    } cases[] = {
        {STATE_SUCCESS, true},   {STATE_FAILED, true},   {STATE_PLANNED, true},
        {STATE_ACCEPTED, false}, {STATE_UNKNOWN, false}, {STATE_SENDING, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unlink(DB);
        unlink(DB "-seal");
        struct ledger *l = open_ledger();
        struct ledger_run run = begin(l, "a.csv");

        for (unsigned n = 1; n < ROWS; n++)
            own(l, &run, n, n == 2 ? STATE_FAILED : STATE_SUCCESS);
        own(l, &run, ROWS, cases[i].last);
        end(l, &run);
        assert_int_equal(list(l, false).kept[1], cases[i].kept);
        assert_true_to_rows(l);
        ledger_close(l);
    }
}

/* Counts of another number of rows are not those of this run. */
static void test_wrong_counts_are_not_kept(void **state)
{
    static const char *const kept[] = {"",          "open",       "6",
                                       "6 wonders", "5 success",  "6 success,",
                                       "x success", "-6 success", "6 success, 1 failed"};
    const struct ledger_past past = {.id = 1, .rows = ROWS};
    uint64_t counts[STATUS_COUNT] = {[STATUS_SUCCESS] = ROWS + 1};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "a.csv");
    struct err e = ERR_INIT;

    (void)state;
    own(l, &run, 1, STATE_FAILED);
    assert_int_equal(ledger_run_end(l, &run, true, EXIT_DONE, counts, &e), 0);
    assert_false(list(l, false).kept[1]);
    for (size_t i = 0; i < COUNT(kept); i++) {
        struct ledger_past as = past;

        as.counts = kept[i];
        assert_int_equal(ledger_counts_get(l, &as, counts, &e), 0);
        assert_int_equal(counts[STATUS_FAILED], 1);
        assert_int_equal(counts[STATUS_UNSENT], ROWS - 1);
    }
    ledger_close(l);
}

static void test_other_runs_take_items_over(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run a = begin(l, "a.csv"), b;
    int64_t items[ROWS + 1];
    struct err e = ERR_INIT;

    (void)state;
    for (unsigned n = 1; n <= ROWS; n++)
        items[n] = own(l, &a, n, n % 2 ? STATE_SUCCESS : STATE_FAILED);
    end(l, &a);
    assert_true(list(l, false).kept[a.id]);
    b = begin(l, "b.csv");
    assert_int_equal(ledger_take(l, &b, items[2], 1, 2, &e), 0);
    assert_false(list(l, false).kept[a.id]);
    must_move(l, items[2], STATE_PLANNED);
    assert_true_to_rows(l);
    must_move(l, items[2], STATE_SENDING);
    must_move(l, items[2], STATE_SUCCESS);
    assert_int_equal(list(l, false).counts[a.id][STATUS_SUCCESS], ROWS / 2 + 1);
    end(l, &a); /* it was still about to end: its counts may change again */
    assert_false(list(l, false).kept[a.id]);
    assert_int_equal(ledger_turn(l, items[2], true, &e), 0);
    assert_true_to_rows(l);
    end(l, &b);
    assert_true_to_rows(l);
    ledger_close(l);
}

/* It goes on where it was, and has no counts until it ends again. */
static void test_resumed(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "a.csv");
    uint64_t counts[STATUS_COUNT];
    struct err e = ERR_INIT;

    (void)state;
    own(l, &run, 1, STATE_SUCCESS);
    memcpy(counts, list(l, true).counts[1], sizeof(counts));
    assert_int_equal(ledger_run_end(l, &run, false, EXIT_STOPPED, counts, &e), 0);
    assert_true(list(l, false).kept[1]);
    run = begin(l, "a.csv");
    assert_int_equal(run.pass, 2);
    assert_false(list(l, false).kept[1]);
    for (unsigned n = 2; n <= ROWS; n++)
        own(l, &run, n, STATE_SUCCESS);
    assert_true_to_rows(l);
    end(l, &run);
    assert_true(list(l, false).kept[1]);
    assert_int_equal(list(l, false).counts[1][STATUS_SUCCESS], ROWS);
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_kept_at_rest),
        IN_FOLDER(test_wrong_counts_are_not_kept),
        IN_FOLDER(test_other_runs_take_items_over),
        IN_FOLDER(test_resumed),
    };

    return cmocka_run_group_tests_name("ledger_counts", tests, NULL, NULL);
}
