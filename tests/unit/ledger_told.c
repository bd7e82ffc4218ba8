/* ledger_told: what was told is told of once, after a commit, and by target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_told.h"

#include "ledger/ledger.h"
#include "ledger/ledger_internal.h"

#include "fixture.h"

#define DB "ledger.db"
#define MANY 20000

static struct ledger *open_ledger(int64_t *target, const char *name)
{
    struct ledger_target t = {
        .action = "successes", .url = "https://api.bitbadges.io", .name = name};
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l || ledger_target_id(l, &t, target, &e) != 0 || ledger_commit(l, &e) != 0)
        fail_msg("%s", e.text);
    return l;
}

static int add(struct ledger *l, const char *attempt, int64_t number)
{
    struct ledger_told told = {
        .attempt = attempt, .address = ALICE, .number = number, .at_ms = 1000 + number};
    struct err e = ERR_INIT;
    int rc = ledger_told_add(l, &told, &e);

    if (rc < 0)
        fail_msg("%s", e.text);
    return rc;
}

static int has(struct ledger *l, int64_t target, const char *attempt)
{
    struct err e = ERR_INIT;
    int rc = ledger_told_has(l, target, attempt, &e);

    if (rc < 0)
        fail_msg("%s", e.text);
    return rc;
}

/* "b 2 1002, a 1 1001, " */
static int append(void *context, const struct ledger_told *told, struct err *e)
{
    char *out = context;

    (void)e;
    assert_string_equal(told->address, ALICE);
    snprintf(out + strlen(out), 200 - strlen(out), "%s %d %d, ", told->attempt, (int)told->number,
             (int)told->at_ms);
    return 0;
}

static void assert_list(struct ledger *l, const char *want)
{
    char got[200] = "";
    struct err e = ERR_INIT;

    assert_int_equal(ledger_told_each(l, append, got, &e), 0);
    assert_string_equal(got, want);
}

static void begin(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (ledger_told_begin(l, &e) != 0)
        fail_msg("%s", e.text);
}

static void keep(struct ledger *l, int64_t target)
{
    struct err e = ERR_INIT;

    if (ledger_told_keep(l, target, &e) != 0)
        fail_msg("%s", e.text);
}

static void test_list(void **state)
{
    int64_t target;
    struct ledger *l = open_ledger(&target, "c1");

    (void)state;
    begin(l);
    assert_list(l, "");
    assert_int_equal(add(l, "b", 2), 1);
    assert_int_equal(add(l, "a", 1), 1);
    assert_int_equal(add(l, "b", 7), 0);
    assert_int_equal(add(l, "none", -1), 1);
    assert_list(l, "none -1 999, a 1 1001, b 2 1002, ");
    begin(l);
    assert_list(l, "");
    ledger_close(l);
}

static void test_told(void **state)
{
    struct err e = ERR_INIT;
    int64_t c1, c2;
    struct ledger *l = open_ledger(&c1, "c1");

    (void)state;
    begin(l);
    add(l, "a", 1);
    add(l, "b", 2);
    keep(l, c1);
    ledger_close(l); /* without a commit: nothing is remembered */

    l = open_ledger(&c1, "c1");
    assert_int_equal(has(l, c1, "a"), 0);
    begin(l);
    add(l, "a", 1);
    keep(l, c1);
    assert_int_equal(ledger_commit(l, &e), 0);
    ledger_close(l);

    l = open_ledger(&c2, "c2");
    assert_int_not_equal(c1, c2);
    assert_int_equal(has(l, c1, "a"), 1);
    assert_int_equal(has(l, c1, "b"), 0);
    assert_int_equal(has(l, c2, "a"), 0);
    begin(l);
    add(l, "a", 1); /* told of before: no fault, as with --all */
    add(l, "b", 2);
    keep(l, c1);
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(has(l, c1, "b"), 1);
    ledger_close(l);
}

/* The list grows while another process writes to the same ledger. */
static void test_holds_nobody_up(void **state)
{
    struct err e = ERR_INIT;
    int64_t c1, c2;
    struct ledger *l = open_ledger(&c1, "c1"), *other;

    (void)state;
    begin(l);
    add(l, "a", 1);
    has(l, c1, "a");
    other = open_ledger(&c2, "c2");
    begin(other);
    add(other, "x", 1);
    keep(other, c2);
    add(l, "b", 2);
    assert_int_equal(ledger_commit(other, &e), 0);
    ledger_close(other);
    keep(l, c1);
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(has(l, c2, "x"), 1);
    ledger_close(l);
}

static int stop(void *context, const struct ledger_told *told, struct err *e)
{
    (void)context;
    (void)told;
    return err_set(e, EXIT_OUTPUT, "enough");
}

static int count_down(void *context, const struct ledger_told *told, struct err *e)
{
    int *n = context;

    (void)e;
    assert_int_equal(told->number, --*n);
    return 0;
}

static void test_many(void **state)
{
    struct err e = ERR_INIT;
    int64_t target;
    struct ledger *l = open_ledger(&target, "c1");
    int n = MANY;
    char id[32];

    (void)state;
    begin(l);
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "%08x%d", (unsigned)i * 2654435761u, i);
        assert_int_equal(add(l, id, i), 1);
    }
    assert_int_equal(ledger_told_each(l, stop, NULL, &e), -1);
    assert_string_equal(e.text, "enough");
    e = (struct err)ERR_INIT;
    assert_int_equal(ledger_told_each(l, count_down, &n, &e), 0);
    assert_int_equal(n, 0);
    keep(l, target);
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(has(l, target, id), 1);
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_list),
        IN_FOLDER(test_told),
        IN_FOLDER(test_holds_nobody_up),
        IN_FOLDER(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
