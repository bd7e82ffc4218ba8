/* ledger_pace: what was kept comes back, added to what is there; damage is no picture, and no error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger.h"
#include "ledger/ledger_internal.h"
#include "ledger/ledger_pace.h"
#include "policy/timeline.h"

#include "fixture.h"

#define BEGIN INT64_C(1788739200000)

static struct ledger *with_run(int64_t *run)
{
    static const uint8_t hash[LEDGER_HASH_SIZE];
    const struct ledger_target t = {.action = "claim", .url = "https://x", .name = "id"};
    const struct ledger_input input = {.name = "in.csv", .hash = hash, .rows = 1, .reading = ""};
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open("ledger.db", &e);
    struct ledger_run begun;
    int64_t target;

    assert_non_null(l);
    assert_int_equal(ledger_target_id(l, &t, &target, &e), 0);
    assert_int_equal(ledger_run_begin(l, target, "", &input, &begun, &e), 0);
    *run = begun.id;
    return l;
}

static void test_kept(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_pace pace;
    struct timeline t;
    int64_t run;
    struct ledger *l = with_run(&run);

    (void)state;
    timeline_init(&t, BEGIN);
    assert_int_equal(ledger_pace_find(l, run, &t, &pace, &e), 0);
    timeline_add(&t, TIMELINE_REQUESTS, BEGIN + 250, 9);
    assert_int_equal(ledger_pace_keep(l, run, &t, &(struct ledger_pace){10000, 60000}, &e), 0);
    /* It is resumed, and ends again. */
    timeline_add(&t, TIMELINE_REQUESTS, BEGIN + 70000, 1);
    assert_int_equal(ledger_pace_keep(l, run, &t, &(struct ledger_pace){500, 60000}, &e), 0);
    assert_int_equal(ledger_commit(l, &e), 0);
    timeline_init(&t, BEGIN);
    assert_int_equal(ledger_pace_find(l, run, &t, &pace, &e), 1);
    assert_int_equal(timeline_sum(&t, TIMELINE_REQUESTS), 10);
    assert_int_equal(t.width_ms, 200);
    assert_int_equal(t.counts[TIMELINE_REQUESTS][1], 9);
    assert_int_equal(pace.limit, 500);
    assert_int_equal(pace.window_ms, 60000);
    ledger_close(l);
}

static void test_damaged(void **state)
{
    static const char *const damages[] = {"requests = 'x'", "requests = ''", "width_ms = -1",
                                          "width_ms = 7"};
    struct err e = ERR_INIT;
    struct ledger_pace pace;
    struct timeline t;
    char sql[100];
    int64_t run;
    struct ledger *l = with_run(&run);

    (void)state;
    for (size_t i = 0; i < COUNT(damages); i++) {
        timeline_init(&t, BEGIN);
        timeline_add(&t, TIMELINE_REQUESTS, BEGIN, 3);
        assert_int_equal(ledger_pace_keep(l, run, &t, &(struct ledger_pace){-1, 5}, &e), 0);
        snprintf(sql, sizeof sql, "UPDATE paces SET %s", damages[i]);
        assert_int_equal(db_exec(l->db, sql, &e), 0);
        assert_int_equal(ledger_pace_find(l, run, &t, &pace, &e), 0);
        assert_int_equal(timeline_sum(&t, TIMELINE_REQUESTS), 3);
        assert_int_equal(pace.limit + pace.window_ms, 0);
    }
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_FOLDER(test_kept), IN_FOLDER(test_damaged)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
