/* budget: what several who use one ledger may send together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ledger/ledger.h"
#include "ledger/ledger_spent.h"
#include "stages/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DB "ledger.db"
#define URL "https://api.example.org"
#define HOUR_NS (3600 * CLOCK_NS_PER_S)

static struct err err;

static int in_folder(void **state)
{
    char *folder = strdup("/tmp/claimpipe-budget-XXXXXX");

    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int out_of_folder(void **state)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
    free(*state);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/* A user of the ledger with so many requests an hour. */
struct user {
    struct ledger *l;
    struct budget b;
};

static void come(struct user *u, const char *url, int64_t count)
{
    err = (struct err)ERR_INIT;
    u->l = ledger_open(DB, &err);
    assert_non_null(u->l);
    assert_int_equal(
        budget_open(&u->b, u->l, url, &(struct rate_policy){count, HOUR_NS}, count > 0, 1000, &err),
        0);
}

static void leave(struct user *u)
{
    assert_int_equal(budget_close(&u->b, true, &err), 0);
    ledger_close(u->l);
}

/* Some of `most` are granted within the moment: how many. */
static int64_t take(struct user *u, int64_t most)
{
    int64_t n = 0, wait = 0;

    while (n < most && wait == 0) {
        assert_int_equal(budget_take(&u->b, clock_now_ns(), &wait, &err), 0);
        assert_int_equal(budget_commit(&u->b, &err), 0);
        n += wait == 0;
    }
    return n;
}

static void done(struct user *u, int64_t n, enum fate fate)
{
    for (int64_t i = 0; i < n; i++)
        budget_done(&u->b, fate, clock_now_ns());
}

static void tell(struct user *u)
{
    u->b.told_ns -= HOUR_NS; /* it is due */
    u->b.taken_ns -= HOUR_NS;
    assert_int_equal(budget_tell(&u->b, clock_now_ns(), &err), 0);
    assert_int_equal(budget_commit(&u->b, &err), 0);
}

/* All that is free at once, not at a pace: bursts are half of the count. */
static void two_have_no_more_than_one(void **state)
{
    static struct user a, b;

    (void)state;
    come(&a, URL, 100);
    come(&b, "https://API.example.org:443/", 100); /* another spelling */
    assert_int_equal(take(&a, 30), 30);
    assert_int_equal(take(&b, 50), 50); /* its pace lets no more at once */
    a.b.limit.tat_ns = b.b.limit.tat_ns = 0;
    done(&b, 50, FATE_ANSWERED);
    assert_int_equal(take(&b, 100), 20);
    assert_int_equal(take(&a, 100), 0);
    done(&a, 10, FATE_NOT_SENT);
    tell(&a);
    done(&a, 20, FATE_ANSWERED); /* … which changes nothing */
    tell(&a);
    b.b.limit.tat_ns = 0;
    b.b.again_ns = 1; /* it is time to look again */
    assert_int_equal(take(&b, 100), 10);
    leave(&a);
    leave(&b);
    come(&a, URL, 100);
    assert_int_equal(take(&a, 1), 0);
    leave(&a);
}

static void another_api_has_its_own(void **state)
{
    static struct user a, b;

    (void)state;
    come(&a, URL, 10);
    come(&b, "https://elsewhere.example.org", 10);
    assert_int_equal(take(&a, 10), 5);
    a.b.limit.tat_ns = 0;
    assert_int_equal(take(&a, 10), 5);
    assert_int_equal(take(&b, 10), 5);
    done(&a, 10, FATE_ANSWERED);
    done(&b, 5, FATE_ANSWERED);
    leave(&a);
    leave(&b);
}

/* What was reserved, and is not used, goes to others after a moment. */
static void who_is_idle_gives_back(void **state)
{
    static struct user a, b;

    (void)state;
    come(&a, URL, 2000);
    come(&b, URL, 2000);
    assert_int_equal(take(&a, 1), 1); /* reserves ten */
    assert_int_equal(a.b.limit.reserved, 9);
    b.b.limit.burst = 2000;
    b.b.limit.tat_ns = 0;
    assert_int_equal(take(&b, 2000), 1990);
    tell(&a);
    assert_int_equal(a.b.limit.reserved, 0);
    b.b.limit.tat_ns = 0;
    b.b.again_ns = 1; /* it is time to look again */
    assert_int_equal(take(&b, 2000), 9);
    done(&a, 1, FATE_ANSWERED);
    leave(&a);
    leave(&b);
}

/* In a process of its own, which dies at once. */
static void die_with(int64_t n, int64_t answered)
{
    static struct user u;
    pid_t child = fork();
    int how;

    assert_true(child >= 0);
    if (child == 0) {
        come(&u, URL, 100);
        if (take(&u, n) != n)
            _exit(1);
        done(&u, answered, FATE_ANSWERED);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
}

static void what_the_dead_have_held_is_lost(void **state)
{
    static struct user u;

    (void)state;
    die_with(20, 15);
    die_with(20, 0);
    come(&u, URL, 100);
    u.b.limit.burst = 100;
    u.b.limit.tat_ns = 0;
    assert_int_equal(take(&u, 100), 60);
    assert_true(budget_wait_s(&u.b, clock_now_ns()) > 2 * 3600 - 60); /* it counts twice as long */
    leave(&u);
}

static void without_a_limit_it_is_told_all_the_same(void **state)
{
    static struct user a, b;

    (void)state;
    come(&a, URL, 0);
    assert_int_equal(take(&a, 300), 300);
    done(&a, 300, FATE_ANSWERED);
    leave(&a);
    come(&b, URL, 100);
    assert_int_equal(take(&b, 1), 0);
    leave(&b);
}

/* What a command that has failed has not committed is not committed by the way. */
static void what_is_not_committed_is_left(void **state)
{
    static struct user u;
    const struct ledger_target t = {"claim", URL, "c1", "recipient"};
    int64_t id;

    (void)state;
    come(&u, URL, 100);
    assert_int_equal(take(&u, 20), 20);
    done(&u, 20, FATE_ANSWERED);
    assert_int_equal(ledger_target_id(u.l, &t, &id, &err), 0);
    assert_int_equal(budget_close(&u.b, false, &err), 0);
    ledger_close(u.l);
    come(&u, URL, 100);
    u.b.limit.burst = 100;
    assert_int_equal(take(&u, 100), 80); /* they count all the same */
    assert_int_equal(ledger_target_id(u.l, &t, &id, &err), 0);
    assert_true(ledger_is_writing(u.l)); /* it was not there */
    ledger_close(u.l);
}

/* Also what was never sent is told of: nobody waits for it. */
static void what_was_not_sent_is_given_back(void **state)
{
    static struct user a, b;

    (void)state;
    come(&a, URL, 100);
    come(&b, URL, 100);
    a.b.limit.burst = b.b.limit.burst = 100;
    assert_int_equal(take(&a, 100), 100);
    assert_int_equal(take(&b, 1), 0);
    done(&a, 100, FATE_NOT_SENT);
    tell(&a);
    b.b.again_ns = 1;
    assert_int_equal(take(&b, 100), 100);
    done(&b, 100, FATE_ANSWERED);
    leave(&a);
    leave(&b);
}

/* Of whom a copy has heard once it hears no more: they count as lost, and so not for ever. */
static void a_copy_takes_all_for_dead(void **state)
{
    static struct user a, b;

    (void)state;
    come(&a, URL, 100);
    a.b.limit.burst = 100;
    assert_int_equal(take(&a, 100), 100);
    b.l = ledger_open_copy(DB, false, &err);
    assert_non_null(b.l);
    assert_int_equal(budget_open(&b.b, b.l, URL, &(struct rate_policy){100, HOUR_NS}, 1, 50, &err),
                     0);
    assert_int_equal(b.b.limit.others, 0);
    assert_in_range(limit_wait(&b.b.limit, clock_now_ns()), 2 * HOUR_NS - 60 * CLOCK_NS_PER_S,
                    2 * HOUR_NS + 60 * CLOCK_NS_PER_S);
    leave(&b);
    done(&a, 100, FATE_ANSWERED);
    leave(&a);
}

static void nobody_shares_without_a_ledger(void **state)
{
    static struct budget b;
    int64_t wait;

    (void)state;
    assert_int_equal(budget_open(&b, NULL, URL, &(struct rate_policy){2, HOUR_NS}, 1, 2, &err), 0);
    assert_int_equal(budget_take(&b, clock_now_ns(), &wait, &err), 0);
    assert_int_equal(wait, 0);
    assert_int_equal(budget_tell(&b, clock_now_ns(), &err), 0);
    assert_int_equal(budget_commit(&b, &err), 0);
    assert_int_equal(budget_close(&b, true, &err), 0);
}

/* ---- what the ledger keeps ---- */

struct seen {
    int64_t rows, answered, lost, last;
};

static int see(void *context, const struct ledger_spent *s, struct err *e)
{
    struct seen *seen = context;

    (void)e;
    assert_true(s->id > seen->last);
    *seen =
        (struct seen){seen->rows + 1, seen->answered + s->answered, seen->lost + s->lost, s->id};
    return 0;
}

static struct seen each(struct ledger *l, int64_t sender)
{
    struct seen seen = {0};

    assert_int_equal(ledger_spent_each(l, sender, 0, see, &seen, &err), 0);
    return seen;
}

static void what_is_long_over_is_summed_up_and_forgotten(void **state)
{
    const int64_t minute = 60000, now = 1000000 * minute, day = 1440 * minute;
    static struct user u;
    struct seen seen;
    int64_t last;

    (void)state;
    come(&u, URL, 100);
    for (int64_t at = now - 4 * day; at < now; at += 20000) {
        const struct ledger_spent s = {.at_ms = at, .answered = 3, .lost = 1};

        assert_int_equal(ledger_spent_tell(u.l, u.b.sender, 0, &s, &err), 0);
    }
    last = each(u.l, u.b.sender).last;
    assert_int_equal(ledger_spent_tidy(u.l, now, &err), 0);
    seen = each(u.l, u.b.sender);
    assert_int_equal(seen.last, last);
    assert_int_equal(seen.answered, 4 * 1440 * 3 * 3);
    assert_int_equal(seen.lost, 4 * 1440 * 3);
    /* two days by hours, two by minutes, and ten minutes as they were */
    assert_in_range(seen.rows, 48 + 2870 + 30, 49 + 2870 + 33);
    assert_int_equal(ledger_spent_tidy(u.l, now + 800 * day, &err), 0);
    seen = each(u.l, u.b.sender);
    assert_int_equal(seen.rows, 1);
    assert_int_equal(seen.last, last);
    leave(&u);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, in_folder, out_of_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(two_have_no_more_than_one),
        IN_FOLDER(another_api_has_its_own),
        IN_FOLDER(who_is_idle_gives_back),
        IN_FOLDER(what_the_dead_have_held_is_lost),
        IN_FOLDER(without_a_limit_it_is_told_all_the_same),
        IN_FOLDER(what_is_not_committed_is_left),
        IN_FOLDER(what_was_not_sent_is_given_back),
        IN_FOLDER(a_copy_takes_all_for_dead),
        IN_FOLDER(nobody_shares_without_a_ledger),
        IN_FOLDER(what_is_long_over_is_summed_up_and_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
