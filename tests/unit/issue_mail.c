/*
 * issue_mail: the loop by itself where messages go to a mail server: a server that is an array, in a time of its own.
 *
 * What is asked afterwards is how often each recipient was taken, as the server knows it, and what the ledger says.  A
 * message that certainly was not taken must never lie in the ledger as one that may have been: after a crash nobody
 * could tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define clock_now_ns fake_now_ns
#define clock_wall_ms fake_wall_ms
#define http_pool_submit fake_submit
#define http_pool_collect fake_collect
#define http_pool_abort fake_abort
#include "../../pipeline/stages/issue.c"
#include "../../pipeline/stages/issue_answers.c"
#include "../../pipeline/stages/issue_close.c"
#include "../../pipeline/stages/issue_flights.c"
#include "../../pipeline/stages/issue_listing.c"
#include "../../pipeline/stages/issue_lookup.c"

#include "fixture.h"
#include "items.h"

#define S CLOCK_NS_PER_S
#define WALL_START INT64_C(1788739200000)
#define ROWS_MAX 128
#define IN_FLIGHT 4
#define LATER (16 * 60 * S)

enum reply { TAKE, REFUSE, LATER_ROW, LATER_ALL, AWAY, STOP, LOSE, LOSE_TAKEN };

static struct {
    int64_t now_ns;
    /* the server: what it says to each recipient, one after the other, and then TAKE */
    enum reply script[ROWS_MAX][8];
    size_t scripted[ROWS_MAX], asked[ROWS_MAX];
    unsigned taken[ROWS_MAX], requests;
    int64_t last_ns[ROWS_MAX], longest_ns;
    struct exchange *first, **wire;
    size_t on_wire, most_on_wire;
    unsigned die_at; /* the process dies at this request, before its answer */
    jmp_buf death;

    char path[32];
    struct ledger *l, *witness;
    struct ledger_run run;
    struct target target;
    size_t n_rows, at;
    uint8_t keys[ROWS_MAX][KEY_SIZE];
    char who[ROWS_MAX][48];
    bool resend;
    struct issue_options o;
    struct budget budget, mail_budget;
    struct stoprule stoprule;
    struct redact secrets;
    struct issue_end end;
    struct err e;
} w;

int64_t fake_now_ns(void)
{
    return w.now_ns;
}

int64_t fake_wall_ms(void)
{
    return WALL_START + w.now_ns / CLOCK_NS_PER_MS;
}

/* ---- the action ---- */

static size_t row_of(const char *who)
{
    size_t i = 0;

    while (strcmp(w.who[i], who) != 0)
        i++;
    return i;
}

static int64_t cost(const struct target *t, int64_t n)
{
    (void)t;
    (void)n;
    return 0;
}

static void send(const struct target *t, const struct step *steps, struct request *out)
{
    static char id[ROWS_MAX][64];
    size_t row = row_of(steps->recipient);

    (void)t;
    snprintf(id[row], sizeof id[row], "%s.message@example.org", steps->recipient);
    out->mail = (struct request_mail){.from = "", .to = steps->recipient, .id = id[row]};
    text_puts(&out->body, "a message");
}

static void read_send(const struct target *t, const struct answer *a, struct verdict *v)
{
    static const enum verdict_kind kinds[] = {VERDICT_DONE,    VERDICT_REFUSED, VERDICT_LATER,
                                              VERDICT_LIMITED, VERDICT_AGAIN,   VERDICT_STOP,
                                              VERDICT_LOST,    VERDICT_LOST};

    (void)t;
    memset(v, 0, sizeof *v);
    v->kind = kinds[a->stage]; /* the scripted reply */
    snprintf(v->text, sizeof v->text, "reply %d", (int)a->stage);
}

static const struct action action_message = {.name = "mail",
                                             .of = "letter",
                                             .mails = true,
                                             .batch_max = 1,
                                             .cost = cost,
                                             .send = send,
                                             .read_send = read_send};

/* ---- the server ---- */

static enum state state_of(struct ledger *l, size_t row)
{
    struct ledger_item item;
    struct err e = ERR_INIT;

    assert_int_equal(ledger_find(l, w.target.ledger_id, w.keys[row], &item, &e), 1);
    return item.state;
}

void fake_submit(struct http_pool *p, struct exchange *x)
{
    size_t row = row_of(x->request.mail.to);
    enum reply reply = w.asked[row] < w.scripted[row] ? w.script[row][w.asked[row]] : TAKE;

    (void)p;
    assert_int_equal(state_of(w.witness, row), STATE_SENDING); /* durable before it leaves */
    w.asked[row]++;
    w.requests++;
    w.last_ns[row] = w.now_ns;
    w.taken[row] += reply == TAKE || reply == LOSE_TAKEN;
    if (w.requests == w.die_at)
        longjmp(w.death, 1);
    x->answer.stage = (enum mail_stage)reply; /* what read_send goes by */
    x->answer.fate = reply == AWAY ? FATE_NOT_SENT : reply >= LOSE ? FATE_LOST : FATE_ANSWERED;
    x->answer.status = reply == TAKE ? 250 : reply == REFUSE ? 550 : 0;
    x->next = NULL;
    *w.wire = x;
    w.wire = &x->next;
    w.most_on_wire = ++w.on_wire > w.most_on_wire ? w.on_wire : w.most_on_wire;
}

struct exchange *fake_collect(struct http_pool *p, int64_t wait_ns)
{
    struct exchange *all = w.first;

    (void)p;
    if (all) {
        w.now_ns += 5 * CLOCK_NS_PER_MS;
        w.first = NULL;
        w.wire = &w.first;
        w.on_wire = 0;
        return all;
    }
    /* Meanwhile nothing that waits may look as if it had been sent. */
    for (size_t i = 0; wait_ns > 0 && i < w.n_rows; i++)
        if (w.asked[i] > 0)
            assert_int_not_equal(state_of(w.witness, i), STATE_SENDING);
    w.now_ns += wait_ns > 0 ? wait_ns : CLOCK_NS_PER_MS;
    return NULL;
}

void fake_abort(struct http_pool *p)
{
    (void)p;
}

/* ---- the driver ---- */

static int next(void *context, size_t most, struct step **out, struct err *e)
{
    struct issue *is = *(struct issue **)context;

    (void)most;
    *out = NULL;
    while (w.at < w.n_rows) {
        size_t i = w.at++;
        struct ledger_item item;
        int64_t id;
        int found = ledger_find(w.l, w.target.ledger_id, w.keys[i], &item, e);

        assert_true(found >= 0);
        id = item.id;
        if (!found)
            assert_int_equal(add_item(w.l, &w.run, w.target.ledger_id, w.keys[i], w.who[i], i + 1,
                                      i + 2, &id, e),
                             0);
        if (found && issue_follows(is, id)) {
            assert_int_equal(issue_attach(is, id, w.who[i], "", w.resend, NULL, e), 0);
            continue;
        }
        if (found && item.state != STATE_PLANNED)
            continue;
        *out = step_new(&w.target, w.who[i], "");
        (*out)->item = id;
        return ISSUE_STEP;
    }
    return ISSUE_NONE;
}

static void rested(void *context, const struct step *s)
{
    (void)context;
    (void)s;
}

static int tick(void *context, size_t waiting, int64_t now_ns)
{
    (void)context;
    (void)waiting;
    (void)now_ns;
    return 0;
}

static void say(void *context, const char *text)
{
    (void)context;
    assert_true(*text);
}

/* ---- scenes ---- */

static void begin(size_t rows)
{
    memset(&w, 0, sizeof w);
    w.now_ns = INT64_C(100000000) * S; /* after what the real clock says, which budget_open reads */
    w.n_rows = rows;
    snprintf(w.path, sizeof w.path, "ledger.db");
    for (size_t i = 0; i < rows; i++) {
        snprintf(w.who[i], sizeof w.who[i], "p%zu@example.org", i);
        w.keys[i][0] = (uint8_t)(i + 1);
    }
    w.target = (struct target){.action = &action_message,
                               .id = "welcome",
                               .batch = 1,
                               .left = CLAIMFIT_UNKNOWN,
                               .version = ACTION_VERSION_UNKNOWN};
    w.stoprule.keep_going = true;
}

static void says(size_t row, enum reply reply)
{
    w.script[row][w.scripted[row]++] = reply;
}

static int run(void)
{
    static const uint8_t hash[LEDGER_HASH_SIZE];
    const struct ledger_target t = {.action = "mail", .url = "", .name = "welcome"};
    struct issue *volatile is;
    const struct issue_driver d = {(void *)&is, next, rested, tick, say};
    volatile int rc = 0;

    w.e = (struct err)ERR_INIT;
    w.first = NULL;
    w.wire = &w.first;
    w.on_wire = w.at = 0;
    w.target.closed = false;
    w.l = ledger_open(w.path, &w.e);
    w.witness = ledger_open(w.path, &w.e);
    assert_int_equal(ledger_target_id(w.l, &t, &w.target.ledger_id, &w.e), 0);
    assert_int_equal(
        ledger_run_begin(
            w.l, w.target.ledger_id, "",
            &(struct ledger_input){.name = "in.csv", .hash = hash, .rows = w.n_rows, .reading = ""},
            &w.run, &w.e),
        0);
    assert_int_equal(ledger_commit(w.l, &w.e), 0);
    assert_int_equal(budget_open(&w.mail_budget, NULL, "smtp://x", NULL, 0, 1, &w.e), 0);
    assert_int_equal(budget_open(&w.budget, NULL, "", NULL, 0, 1, &w.e), 0);
    w.o = (struct issue_options){.targets = &w.target,
                                 .n_targets = 1,
                                 .ledger = w.l,
                                 .run = &w.run,
                                 .pool = (struct http_pool *)(void *)&w,
                                 .budget = &w.budget,
                                 .in_flight = 64,
                                 .mail_budget = &w.mail_budget,
                                 .mail_in_flight = IN_FLIGHT,
                                 .mail_later_ns = LATER,
                                 .tries_max = 4,
                                 .timeout_ns = 60 * S,
                                 .patience_ns = 120 * S,
                                 .settle_timeout_ns = S,
                                 .queue_delay_ns = S,
                                 .stoprule = &w.stoprule,
                                 .secrets = &w.secrets};
    is = issue_new(&w.o, &d, &w.e);
    assert_non_null(is);
    if (setjmp(w.death) == 0) {
        assert_int_equal(issue_load(is, &w.e), 0);
        rc = issue_run(is, &w.end, &w.e);
    } else {
        rc = 9;
    }
    issue_free(is);
    assert_true(w.most_on_wire <= IN_FLIGHT);
    ledger_close(w.witness);
    ledger_close(w.l);
    w.l = ledger_open(w.path, &w.e);
    return rc;
}

static void must_be(size_t row, enum state state, unsigned taken)
{
    assert_int_equal(state_of(w.l, row), state);
    assert_int_equal(w.taken[row], taken);
}

static void over(void)
{
    ledger_close(w.l);
}

static void each_is_handed_over_once(void **state)
{
    (void)state;
    begin(50);
    assert_int_equal(run(), 0);
    for (size_t i = 0; i < 50; i++)
        must_be(i, STATE_SUCCESS, 1);
    assert_int_equal(w.end.messages, 50);
    assert_int_equal(w.end.requests, 0); /* of the service */
    over();
    assert_int_equal(run(), 0);
    for (size_t i = 0; i < 50; i++)
        must_be(i, STATE_SUCCESS, 1);
    over();
}

static void what_is_refused_has_failed(void **state)
{
    char error[64];
    struct ledger_item item;

    (void)state;
    begin(3);
    says(1, REFUSE);
    assert_int_equal(run(), 0);
    must_be(0, STATE_SUCCESS, 1);
    must_be(1, STATE_FAILED, 0);
    must_be(2, STATE_SUCCESS, 1);
    assert_int_equal(ledger_find(w.l, w.target.ledger_id, w.keys[1], &item, &w.e), 1);
    assert_false(item.doubtful); /* a 550 is final: nothing has to be looked for */
    assert_int_equal(ledger_error(w.l, item.id, error, sizeof error, &w.e), 1);
    assert_string_equal(error, "reply 1");
    over();
}

static void what_is_put_off_is_tried_again_later(void **state)
{
    int64_t began;

    (void)state;
    begin(3);
    says(1, LATER_ROW);
    says(1, LATER_ROW);
    began = w.now_ns;
    assert_int_equal(run(), 0);
    for (size_t i = 0; i < 3; i++)
        must_be(i, STATE_SUCCESS, 1);
    assert_true(w.last_ns[2] - began < S);                   /* the others do not wait for it */
    assert_in_range(w.last_ns[1] - began, 180 * S, 185 * S); /* one minute, then two */
    over();
}

static void what_is_put_off_for_too_long_is_left_planned(void **state)
{
    char error[64];
    struct ledger_item item;

    (void)state;
    begin(2);
    for (int i = 0; i < 5; i++)
        says(0, LATER_ROW);
    assert_int_equal(run(), 0);
    must_be(0, STATE_PLANNED, 0);
    must_be(1, STATE_SUCCESS, 1);
    assert_int_equal(w.asked[0], 5);
    assert_string_equal(w.end.stopped, ""); /* it is no reason to stop */
    assert_int_equal(ledger_find(w.l, w.target.ledger_id, w.keys[0], &item, &w.e), 1);
    assert_int_equal(ledger_error(w.l, item.id, error, sizeof error, &w.e), 1);
    assert_string_equal(error, "reply 2");
    over();
    assert_int_equal(run(), 0); /* the next night */
    must_be(0, STATE_SUCCESS, 1);
    over();
}

/* A host that puts all off must not fill the room of those that take. */
static void many_that_are_put_off_hold_up_no_others(void **state)
{
    int64_t began;

    (void)state;
    begin(100);
    for (size_t i = 0; i < 80; i++)
        for (int k = 0; k < 5; k++)
            says(i, LATER_ROW);
    began = w.now_ns;
    assert_int_equal(run(), 0);
    for (size_t i = 0; i < 100; i++)
        must_be(i, i < 80 ? STATE_PLANNED : STATE_SUCCESS, i < 80 ? 0 : 1);
    assert_true(w.last_ns[99] - began < S);
    assert_int_equal(w.requests,
                     20 + 80 + 4 * PUT_OFF_MAX); /* the rest are left to the next run at once */
    over();
}

static void who_asks_all_to_wait_is_waited_for(void **state)
{
    (void)state;
    begin(10);
    for (size_t i = 0; i < 4; i++)
        says(i, LATER_ALL);
    assert_int_equal(run(), 0);
    for (size_t i = 0; i < 10; i++)
        must_be(i, STATE_SUCCESS, 1);
    assert_int_equal(w.requests, 14);
    over();
}

static void who_asks_to_wait_for_ever_is_left(void **state)
{
    (void)state;
    begin(1);
    w.scripted[0] = 8;
    for (int i = 0; i < 8; i++)
        w.script[0][i] = LATER_ALL;
    w.o.tries_max = 4;
    assert_int_equal(run(), 0);
    must_be(0, STATE_SUCCESS, 1); /* eight are few */
    over();
}

static void a_server_that_is_away_is_tried_again(void **state)
{
    (void)state;
    begin(3);
    says(0, AWAY);
    says(0, AWAY);
    assert_int_equal(run(), 0);
    for (size_t i = 0; i < 3; i++)
        must_be(i, STATE_SUCCESS, 1);
    over();
}

static void what_holds_for_all_stops_the_run(void **state)
{
    (void)state;
    begin(20);
    says(0, STOP);
    assert_int_equal(run(), 0);
    must_be(0, STATE_PLANNED, 0);
    assert_string_equal(w.end.stopped, "reply 5");
    assert_true(w.requests <= IN_FLIGHT);
    over();
}

static void what_is_lost_is_unknown_and_never_sent_again_by_itself(void **state)
{
    char error[200];
    struct ledger_item item;

    (void)state;
    begin(3);
    says(0, LOSE);
    says(1, LOSE_TAKEN);
    assert_int_equal(run(), 0);
    must_be(0, STATE_UNKNOWN, 0);
    must_be(1, STATE_UNKNOWN, 1);
    must_be(2, STATE_SUCCESS, 1);
    assert_int_equal(ledger_find(w.l, w.target.ledger_id, w.keys[0], &item, &w.e), 1);
    assert_int_equal(ledger_error(w.l, item.id, error, sizeof error, &w.e), 1);
    assert_non_null(strstr(error, "nobody can tell whether it was taken"));
    over();
    assert_int_equal(run(), 0);
    must_be(0, STATE_UNKNOWN, 0);
    must_be(1, STATE_UNKNOWN, 1);
    over();
    w.resend = true;
    assert_int_equal(run(), 0);
    must_be(0, STATE_SUCCESS, 1);
    must_be(1, STATE_SUCCESS, 2); /* as the user wants it */
    over();
}

/* What was unknown stays so until it is known to be taken: whatever keeps it from being sent again. */
static void a_doubt_outlives_what_keeps_it_from_being_sent_again(void **state)
{
    static const enum reply replies[] = {LATER_ROW, LATER_ALL, AWAY, STOP, REFUSE, LOSE};

    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        begin(1);
        snprintf(w.path, sizeof w.path, "ledger%zu.db", i);
        says(0, LOSE_TAKEN);
        for (int k = 0; k < 7; k++)
            says(0, replies[i]);
        assert_int_equal(run(), 0);
        over();
        w.resend = true;
        assert_int_equal(run(), 0);
        if (replies[i] == LATER_ALL && state_of(w.l, 0) == STATE_SUCCESS) /* seven are few */
            assert_int_equal(w.taken[0], 2);
        else
            must_be(0, STATE_UNKNOWN, 1);
        over();
        w.resend = false;
        w.scripted[0] = 0;
        assert_int_equal(run(), 0); /* by itself it is never sent */
        assert_true(w.taken[0] <= 2);
        if (state_of(w.l, 0) != STATE_SUCCESS)
            must_be(0, STATE_UNKNOWN, 1);
        over();
    }
}

/* Killed while it is sent again: the same. */
static void a_doubt_outlives_a_kill(void **state)
{
    (void)state;
    begin(3);
    for (size_t i = 0; i < 3; i++)
        says(i, LOSE_TAKEN);
    assert_int_equal(run(), 0);
    over();
    w.resend = true;
    w.die_at = w.requests + 1;
    assert_int_equal(run(), 9);
    over();
    w.resend = false;
    w.die_at = 0;
    for (size_t i = 0; i < 3; i++)
        w.scripted[i] = 0;
    assert_int_equal(run(), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(state_of(w.l, i), STATE_UNKNOWN);
    assert_in_range(w.taken[0] + w.taken[1] + w.taken[2], 3, 4);
    over();
}

static void a_server_that_loses_all_is_left(void **state)
{
    (void)state;
    begin(60);
    for (size_t i = 0; i < 60; i++)
        says(i, LOSE);
    assert_int_equal(run(), 0);
    assert_true(w.requests <= 2 * IN_FLIGHT + 20);
    assert_non_null(strstr(w.end.stopped, "the mail server gives no usable answer"));
    over();
}

/* Killed at each request: what was on its way is unknown, all else is sent, nobody twice. */
static void a_killed_run_doubles_nobody(void **state)
{
    (void)state;
    for (unsigned at = 1; at <= 12; at++) {
        unsigned unknown = 0;

        begin(12);
        snprintf(w.path, sizeof w.path, "ledger%u.db", at);
        w.die_at = at;
        assert_int_equal(run(), 9);
        over();
        assert_int_equal(run(), 0);
        for (size_t i = 0; i < 12; i++) {
            enum state s = state_of(w.l, i);

            unknown += s == STATE_UNKNOWN;
            assert_true(s == STATE_UNKNOWN ? w.taken[i] <= 1
                                           : s == STATE_SUCCESS && w.taken[i] == 1);
        }
        assert_in_range(unknown, 1, IN_FLIGHT);
        over();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(each_is_handed_over_once),
        IN_FOLDER(what_is_refused_has_failed),
        IN_FOLDER(what_is_put_off_is_tried_again_later),
        IN_FOLDER(what_is_put_off_for_too_long_is_left_planned),
        IN_FOLDER(many_that_are_put_off_hold_up_no_others),
        IN_FOLDER(who_asks_all_to_wait_is_waited_for),
        IN_FOLDER(who_asks_to_wait_for_ever_is_left),
        IN_FOLDER(a_server_that_is_away_is_tried_again),
        IN_FOLDER(what_holds_for_all_stops_the_run),
        IN_FOLDER(what_is_lost_is_unknown_and_never_sent_again_by_itself),
        IN_FOLDER(a_doubt_outlives_what_keeps_it_from_being_sent_again),
        IN_FOLDER(a_doubt_outlives_a_kill),
        IN_FOLDER(a_server_that_loses_all_is_left),
        IN_FOLDER(a_killed_run_doubles_nobody),
    };
    /* What is durable is seen by the witness; a disk would only take its time. */
    if (access("/dev/shm", W_OK | X_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests_name("issue_mail", tests, NULL, NULL);
}
