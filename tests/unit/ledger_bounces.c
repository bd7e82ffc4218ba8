/* ledger_bounces: what came back is found by its token, noted once, and the last failure is what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_bounces.h"

#include "ledger/ledger.h"

#include "fixture.h"
#include "items.h"

#define DB "ledger.db"
#define ONE "1222652d1c9f12b53df70d8a645c2957"
#define TWO "1222652d1c9f12b53df70d8a645c2958"
#define NONE "1222652d1c9f12b53df70d8a645c2959"

static const uint8_t hash[LEDGER_HASH_SIZE] = {1};

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

/* An item of the action, with that attempt, that ends so. */
static int64_t add(struct ledger *l, const char *action, unsigned n, const char *attempt,
                   enum state to)
{
    const struct ledger_target t = {action, "", "letter", "recipient"};
    const struct ledger_input in = {.name = "in.csv", .hash = hash, .rows = 9, .reading = ""};
    const struct ledger_move sending = {
        .to = STATE_SENDING, .attempt = attempt, .intent_ms = 7, .now_ms = 1};
    const struct ledger_move end = {.to = to, .now_ms = 2};
    struct ledger_run run = {.id = 0};
    uint8_t key[KEY_SIZE] = {(uint8_t)n};
    struct err e = ERR_INIT;
    int64_t target, id = 0;

    if (ledger_target_id(l, &t, &target, &e) != 0 ||
        ledger_run_begin(l, target, "", &in, &run, &e) != 0 ||
        add_item(l, &run, target, key, "bob@example.org", n, n + 1, &id, &e) != 0 ||
        ledger_move(l, id, &sending, &e) != 0 || ledger_move(l, id, &end, &e) != 0 ||
        ledger_commit(l, &e) != 0)
        fail_msg("%s", e.text);
    return id;
}

static int64_t find(struct ledger *l, const char *token, const char *domain)
{
    struct err e = ERR_INIT;
    int64_t item = 0;
    int found = ledger_bounces_item(l, token, domain, &item, &e);

    if (found < 0)
        fail_msg("%s", e.text);
    return found ? item : 0;
}

static void test_item(void **state)
{
    struct ledger *l = open_ledger();
    int64_t one = add(l, "mail", 1, ONE "@example.org", STATE_SUCCESS);
    int64_t two = add(l, "mail", 2, TWO "@Example.org", STATE_SUCCESS);

    (void)state;
    add(l, "claim", 3, NONE "@example.org", STATE_SUCCESS);
    assert_int_equal(find(l, ONE, NULL), one);
    assert_int_equal(find(l, ONE, "example.org"), one);
    assert_int_equal(find(l, ONE, "example.net"), 0);
    assert_int_equal(find(l, TWO, "example.org"), two);
    assert_int_equal(find(l, NONE, NULL), 0); /* no mail */
    assert_int_equal(find(l, "", NULL), 0);
    assert_int_equal(find(l, "1222652d1c9f12b53df70d8a645c295", NULL), 0);
    add(l, "mail", 4, ONE "@example.net", STATE_SUCCESS); /* now the token alone is of two */
    assert_int_equal(find(l, ONE, NULL), 0);
    assert_int_equal(find(l, ONE, "example.org"), one);
    ledger_close(l);
}

static int note(struct ledger *l, int64_t item, uint8_t id, enum ledger_bounce_kind kind,
                int64_t at)
{
    const struct ledger_bounce b = {kind, at, "5.1.1", "no such user"};
    const uint8_t report[LEDGER_BOUNCES_ID] = {id};
    struct err e = ERR_INIT;
    int rc = ledger_bounces_add(l, item, report, &b, &e);

    if (rc < 0)
        fail_msg("%s", e.text);
    return rc;
}

static void assert_shown(struct ledger *l, int64_t item, enum ledger_bounce_kind kind, int64_t at)
{
    struct ledger_bounce b;
    struct err e = ERR_INIT;
    struct arena a;

    arena_init(&a);
    assert_int_equal(ledger_bounces_shown(l, item, &a, &b, &e), 1);
    assert_int_equal(b.kind, kind);
    assert_int_equal(b.at_ms, at);
    assert_string_equal(b.status, "5.1.1");
    assert_string_equal(b.words, "no such user");
    arena_release(&a);
}

static int append(void *context, const struct ledger_returned *r, struct err *e)
{
    char *out = context;

    (void)e;
    snprintf(out + strlen(out), 200 - strlen(out), "%s %s %d %d, ", r->recipient, r->letter,
             (int)r->line, (int)r->bounce.kind);
    return 0;
}

static void test_notes(void **state)
{
    struct ledger *l = open_ledger();
    int64_t one = add(l, "mail", 1, ONE "@example.org", STATE_SUCCESS);
    int64_t two = add(l, "mail", 2, TWO "@example.org", STATE_SUCCESS);
    struct err e = ERR_INIT;
    char all[200] = "";
    bool any;

    (void)state;
    assert_int_equal(ledger_bounces_any(l, &any, &e), 0);
    assert_false(any);
    assert_int_equal(note(l, one, 1, LEDGER_BOUNCE_DELAYED, 10), 1);
    assert_shown(l, one, LEDGER_BOUNCE_DELAYED, 10);
    assert_int_equal(note(l, one, 2, LEDGER_BOUNCE_FAILED, 20), 1);
    assert_int_equal(note(l, one, 2, LEDGER_BOUNCE_FAILED, 20), 0);
    assert_int_equal(note(l, one, 3, LEDGER_BOUNCE_DELIVERED, 30), 1);
    assert_int_equal(note(l, two, 2, LEDGER_BOUNCE_DELIVERED, 30), 1);
    assert_shown(l, one, LEDGER_BOUNCE_FAILED, 20);
    assert_shown(l, two, LEDGER_BOUNCE_DELIVERED, 30);
    assert_int_equal(ledger_commit(l, &e), 0);
    assert_int_equal(ledger_bounces_any(l, &any, &e), 0);
    assert_true(any);
    assert_int_equal(ledger_bounces_each(l, append, all, &e), 0);
    assert_string_equal(all, "bob@example.org letter 2 0, "); /* not what was delivered */
    ledger_close(l);
    l = open_ledger(); /* and its seal is what it was */
    assert_shown(l, one, LEDGER_BOUNCE_FAILED, 20);
    ledger_close(l);
}

static int count(void *context, int64_t item, const char *attempt, struct err *e)
{
    (void)e;
    assert_string_equal(attempt, TWO "@example.org");
    *(int64_t *)context += item;
    return 0;
}

static void test_lost(void **state)
{
    struct ledger *l = open_ledger();
    struct err e = ERR_INIT;
    int64_t sum = 0, two;

    (void)state;
    add(l, "mail", 1, ONE "@example.org", STATE_SUCCESS);
    two = add(l, "mail", 2, TWO "@example.org", STATE_UNKNOWN);
    add(l, "claim", 3, NONE "@example.org", STATE_UNKNOWN);
    assert_int_equal(ledger_bounces_lost(l, count, &sum, &e), 0);
    assert_int_equal(sum, two);
    ledger_close(l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {IN_FOLDER(test_item), IN_FOLDER(test_notes),
                                              IN_FOLDER(test_lost)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
