/*
 * issue: the loop by itself, in a time of its own, against a server that is an array.  The clock and
 * the pool are replaced; the ledger is a real one, and a second handle looks into it at every request
 * for a claim: its intent must be durable before the request leaves.
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

#include "fixture.h"

#include <signal.h>
#include <time.h>

#define MS CLOCK_NS_PER_MS
#define S CLOCK_NS_PER_S
#define WALL_START INT64_C(1788739200000)
#define ROWS_MAX 200
#define RULES_MAX 8
#define ATTEMPTS_MAX 16
#define IN_FLIGHT 8
#define QUEUE_DELAY (60 * S)
#define PASSWORD "hunter2-sesame"
#define FIELDS "\"p\":{\"password\":\"" PASSWORD "\"}"
#define NEVER INT64_MAX

/* ---- the world ---- */

enum what {
    LOSE_AFTER,  /* taken, but the answer is lost */
    LOSE_BEFORE, /* not taken, which nobody can know */
    NOT_SENT,    /* no byte left */
    SAY,         /* not taken: this status and body */
    SAY_AFTER,   /* taken, but this status and body */
    HANG         /* no answer until it is given up */
};

/* What happens to requests whose path holds `path`, from the first-th to the last-th (0: all). */
struct rule {
    const char *path;
    unsigned first, last;
    enum what what;
    int status;
    const char *body, *head;
    unsigned seen;
};

struct person {
    char address[64];
    struct {
        char id[24];
        int64_t at_ms, settles_ns;
        bool fails;
    } attempts[ATTEMPTS_MAX];
    size_t n;
};

struct row {
    char recipient[64];
    uint8_t key[KEY_SIZE];
    int64_t item;
};

static struct {
    int64_t now_ns;
    int64_t idle; /* times that nothing moved */

    /* the server */
    struct person people[ROWS_MAX];
    size_t n_people;
    int64_t queue_ns; /* what an attempt takes to settle; NEVER */
    bool one_by_one;  /* … after those before it */
    int64_t busy_until_ns;
    int64_t skew_ms;     /* its clock before ours */
    bool hidden;         /* it shows neither attempts nor counts */
    bool idx;            /* a pending attempt is "No doc found" */
    bool queue_fails;    /* attempts fail in the queue */
    const char *claimed; /* an address that has claimed by another way */
    unsigned n_attempts;
    unsigned completes, polls, asks, requests;
    int64_t complete_at_ns[ROWS_MAX]; /* when the first requests for claims came */
    int64_t last_request_ns;
    struct rule rules[RULES_MAX];
    uint64_t chaos; /* != 0: faults at random from this seed */

    /* the wires */
    struct exchange *first;
    size_t on_wire, most_on_wire;
    bool aborted;

    /* the driver */
    struct ledger *l, *witness;
    struct ledger_run run;
    struct row rows[ROWS_MAX];
    size_t n_rows, at;
    unsigned rested, rested_of[ROWS_MAX];
    bool resend_unknown;
    int64_t signal_ns;
    size_t fail_next_at;
    size_t most_waiting;
    unsigned said;
    bool meddle; /* somebody else changes the ledger */

    /* the issue */
    struct target target;
    struct claimed claimed_set;
    struct stoprule stoprule;
    struct redact secrets;
    struct limit limit;
    struct issue_options o;
    struct issue_end end;
    struct err e;
} w;

int64_t fake_now_ns(void)
{
    return w.now_ns;
}

int64_t fake_wall_ms(void)
{
    return WALL_START + w.now_ns / MS;
}

/* ---- the server ---- */

static struct person *server_person(const char *address)
{
    size_t i = 0;

    while (i < w.n_people && strcmp(w.people[i].address, address) != 0)
        i++;
    if (i == w.n_people) {
        assert_true(w.n_people < ROWS_MAX);
        snprintf(w.people[w.n_people++].address, sizeof w.people[0].address, "%s", address);
    }
    return &w.people[i];
}

/* How often the address has the claim, or will have it. */
static unsigned server_completed(const struct person *p)
{
    unsigned n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += !p->attempts[i].fails;
    return n;
}

static const char *server_take(const char *address)
{
    struct person *p = server_person(address);

    assert_true(p->n < ATTEMPTS_MAX);
    snprintf(p->attempts[p->n].id, sizeof p->attempts[0].id, "attempt%u", ++w.n_attempts);
    p->attempts[p->n].at_ms = fake_wall_ms() + w.skew_ms;
    if (!w.one_by_one || w.busy_until_ns < w.now_ns)
        w.busy_until_ns = w.now_ns;
    w.busy_until_ns = w.queue_ns == NEVER ? NEVER : w.busy_until_ns + w.queue_ns;
    p->attempts[p->n].settles_ns = w.busy_until_ns;
    p->attempts[p->n].fails = w.queue_fails;
    return p->attempts[p->n++].id;
}

static void server_status(const char *id, struct answer *a)
{
    for (size_t i = 0; i < w.n_people; i++) {
        for (size_t k = 0; k < w.people[i].n; k++) {
            if (strcmp(w.people[i].attempts[k].id, id) != 0)
                continue;
            if (w.people[i].attempts[k].settles_ns > w.now_ns)
                break;
            text_puts(&a->body, w.people[i].attempts[k].fails
                                    ? "{\"success\":false,\"error\":\"Code already used\"}"
                                    : "{\"success\":true,\"error\":\"\"}");
            return;
        }
    }
    a->status = w.idx ? 500 : 200;
    text_puts(&a->body,
              w.idx ? "{\"errorMessage\":\"No doc found\"}" : "{\"success\":false,\"error\":\"\"}");
}

/* The settled ones, newest first, two a page. */
static void server_attempts(const struct person *p, size_t from, struct answer *a)
{
    size_t seen = 0, shown = 0;

    text_puts(&a->body, "{\"docs\":[");
    for (size_t i = p->n; i-- > 0;) {
        if (p->attempts[i].settles_ns > w.now_ns || seen++ < from || shown == 2)
            continue;
        text_printf(&a->body,
                    "%s{\"success\":%s,\"attemptedAt\":\"%lld\",\"claimAttemptId\":\"%s\"}",
                    shown++ ? "," : "", p->attempts[i].fails ? "false" : "true",
                    (long long)p->attempts[i].at_ms, p->attempts[i].id);
    }
    text_printf(&a->body, "],\"bookmark\":\"%zu\"}", from + shown);
}

static void server_count(const struct person *p, struct answer *a)
{
    unsigned n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += p->attempts[i].settles_ns <= w.now_ns && !p->attempts[i].fails;
    text_printf(&a->body, "{\"successCount\":%u}", n);
}

static void server_claim(struct answer *a)
{
    w.asks++;
    text_puts(&a->body, "{\"claim\":{\"version\":\"7\",\"plugins\":[{\"publicState\":{");
    if (w.claimed)
        text_printf(&a->body, "\"claimedUsers\":{\"%s\":[1]}", w.claimed);
    text_puts(&a->body, "}}]}}");
}

/* What an honest server answers. */
static void server_answer(const struct request *r, struct answer *a)
{
    static const char complete[] = "/api/v0/claims/complete/id/",
                      status[] = "/api/v0/claims/status/",
                      attempts[] = "/api/v0/claims/id/attempts?address=",
                      success[] = "/api/v0/claims/success/id/";
    const char *path = r->path.ptr, *bookmark = strstr(path, "&bookmark=");
    char address[64];

    a->status = 200;
    if (strncmp(path, complete, sizeof complete - 1) == 0) {
        assert_string_equal(r->body.ptr, "{\"_expectedVersion\":7," FIELDS "}");
        text_printf(&a->body, "{\"claimAttemptId\":\"%s\"}",
                    server_take(path + sizeof complete - 1));
    } else if (strncmp(path, status, sizeof status - 1) == 0) {
        server_status(path + sizeof status - 1, a);
    } else if (strncmp(path, "/api/v0/claim/id", 16) == 0) {
        server_claim(a);
    } else if (w.hidden) {
        a->status = 403;
        text_puts(&a->body, "{\"errorMessage\":\"only for the manager\"}");
    } else if (strncmp(path, attempts, sizeof attempts - 1) == 0) {
        snprintf(address, sizeof address, "%.*s", (int)strcspn(path + sizeof attempts - 1, "&"),
                 path + sizeof attempts - 1);
        server_attempts(server_person(address), bookmark ? strtoul(bookmark + 10, NULL, 10) : 0, a);
    } else if (strncmp(path, success, sizeof success - 1) == 0) {
        server_count(server_person(path + sizeof success - 1), a);
    } else {
        fail_msg("no such route: %s", path);
    }
}

/* What every answer carries: the server's clock. */
static void put_head(struct answer *a, const char *more)
{
    time_t at = (time_t)((fake_wall_ms() + w.skew_ms) / 1000);
    char date[64];
    struct tm tm;

    gmtime_r(&at, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    text_printf(&a->head, "HTTP/1.1 %d X\r\nDate: %s\r\n%s", a->status, date, more ? more : "");
}

/* ---- the wires ---- */

static struct rule *rule_for(const char *path)
{
    for (size_t i = 0; i < RULES_MAX && w.rules[i].path; i++) {
        struct rule *r = &w.rules[i];

        if (!strstr(path, r->path))
            continue;
        r->seen++;
        if ((!r->first || r->seen >= r->first) && (!r->last || r->seen <= r->last))
            return r;
    }
    return NULL;
}

static const struct rule *chaos_for(void)
{
    static const struct rule faults[] = {
        {.what = LOSE_AFTER},
        {.what = LOSE_BEFORE},
        {.what = NOT_SENT},
        {.what = SAY, .status = 429, .head = "Retry-After: 2\r\n"},
        {.what = SAY, .status = 503},
        {.what = SAY_AFTER, .status = 502, .body = "<html>"},
        {.what = SAY_AFTER, .status = 200, .body = "{\"claimAttem"},
        {.what = SAY_AFTER, .status = 500},
    };
    uint64_t r = retry_random(&w.chaos);

    return r % 5 ? NULL : &faults[r / 5 % COUNT(faults)];
}

static void lose_it(struct answer *a, enum fate fate)
{
    text_clear(&a->body);
    a->fate = fate;
    a->status = 0;
    snprintf(a->problem, sizeof a->problem, "the wire broke");
}

static void obey(const struct rule *r, const struct request *q, struct answer *a)
{
    if (r->what == LOSE_AFTER || r->what == SAY_AFTER)
        server_answer(q, a);
    if (r->what == SAY || r->what == SAY_AFTER) {
        text_clear(&a->body);
        a->status = r->status;
        text_puts(&a->body, r->body ? r->body : "");
        put_head(a, r->head);
    } else {
        lose_it(a, r->what == NOT_SENT ? FATE_NOT_SENT : FATE_LOST);
    }
}

/* The item of a request for a claim is in the file as being sent, before any byte leaves. */
static void assert_durable(const struct exchange *x)
{
    const struct flight *f = x->owner;
    struct err e = ERR_INIT;
    struct ledger_item item;

    for (size_t i = 0; i < w.n_rows; i++) {
        if (w.rows[i].item != f->step->item)
            continue;
        assert_int_equal(ledger_find(w.witness, &w.run, w.rows[i].key, &item, &e), 1);
        assert_int_equal(item.state, STATE_SENDING);
        assert_true(item.intent_ms > 0);
        if (w.meddle) {
            const struct ledger_move m = {.to = STATE_FAILED, .error = "not ours"};
            assert_int_equal(ledger_move(w.witness, item.id, &m, &e), 0);
            assert_int_equal(ledger_commit(w.witness, &e), 0);
        }
        return;
    }
    fail_msg("a claim is sent that nobody asked for");
}

void fake_submit(struct http_pool *p, struct exchange *x)
{
    struct exchange **end = &w.first;
    bool complete = strstr(x->request.path.ptr, "/complete/") != NULL;
    const struct rule *r = rule_for(x->request.path.ptr);

    (void)p;
    if (!r && w.chaos)
        r = chaos_for();
    assert_int_equal(x->request.post, complete);
    if (complete)
        assert_durable(x);
    if (complete && w.completes < ROWS_MAX)
        w.complete_at_ns[w.completes] = w.now_ns;
    w.completes += complete;
    w.polls += strstr(x->request.path.ptr, "/status/") != NULL;
    w.requests++;
    w.last_request_ns = w.now_ns;
    x->answer.fate = FATE_ANSWERED;
    if (r) {
        obey(r, &x->request, &x->answer);
    } else {
        server_answer(&x->request, &x->answer);
        put_head(&x->answer, NULL);
    }
    /* when it comes back: the pool's own field serves as the time */
    x->sent = (size_t)(r && r->what == HANG ? NEVER : w.now_ns + 5 * MS);
    while (*end && (*end)->sent <= x->sent)
        end = &(*end)->next;
    x->next = *end;
    *end = x;
    w.on_wire++;
    w.most_on_wire = w.on_wire > w.most_on_wire ? w.on_wire : w.most_on_wire;
}

struct exchange *fake_collect(struct http_pool *p, int64_t wait_ns)
{
    struct exchange *all = w.first, **end = &w.first;

    (void)p;
    if (!all || (int64_t)all->sent > w.now_ns + wait_ns) {
        w.idle = wait_ns > 0 ? 0 : w.idle + 1;
        if (w.idle > 100000)
            fail_msg("the loop spins");
        w.now_ns += wait_ns;
        return NULL;
    }
    w.idle = 0;
    if ((int64_t)all->sent > w.now_ns)
        w.now_ns = (int64_t)all->sent;
    while (*end && (int64_t)(*end)->sent <= w.now_ns) {
        (*end)->answer.wall_ms = fake_wall_ms();
        end = &(*end)->next;
        w.on_wire--;
    }
    w.first = *end;
    *end = NULL;
    return all;
}

void fake_abort(struct http_pool *p)
{
    (void)p;
    w.aborted = true;
    for (struct exchange *x = w.first; x; x = x->next) {
        lose_it(&x->answer, FATE_LOST);
        x->sent = (size_t)w.now_ns;
    }
}

/* ---- the driver ---- */

static int driver_step(struct row *row, const struct ledger_item *known, struct step **out,
                       struct err *e)
{
    const struct ledger_move back = {.to = STATE_PLANNED, .now_ms = fake_wall_ms()};

    if (!known && ledger_add(w.l, &w.run, row->key, row->recipient, w.at, w.at + 1, &row->item, e))
        return -1;
    if (known && known->state != STATE_PLANNED && ledger_move(w.l, row->item, &back, e) != 0)
        return -1;
    *out = step_new(row->recipient, FIELDS);
    (*out)->item = row->item;
    (*out)->tries = known ? known->tries : 0;
    return 0;
}

/* What is done about a row whose key the ledger knows: 1 if nothing is to be sent for it. */
static int driver_known(void *context, struct row *row, const struct ledger_item *known,
                        struct err *e)
{
    int followed;

    row->item = known->id;
    if (known->state == STATE_PLANNED)
        return 0;
    if (known->state == STATE_SUCCESS || known->state == STATE_FAILED ||
        known->state == STATE_ELSEWHERE)
        return 1;
    followed = issue_attach(context, known->id, FIELDS, w.resend_unknown, e);
    return followed ? followed : !w.resend_unknown;
}

static int driver_next(void *context, struct step **out, struct err *e)
{
    for (*out = NULL; !*out && w.at < w.n_rows;) {
        struct row *row = &w.rows[w.at++];
        struct ledger_item known;
        int found = ledger_find(w.l, &w.run, row->key, &known, e), rc;

        if (w.at == w.fail_next_at)
            return err_set(e, EXIT_INPUT, "the input broke");
        rc = found == 1 ? driver_known(context, row, &known, e) : found;
        if (rc == 0)
            rc = driver_step(row, found ? &known : NULL, out, e);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static void driver_rested(void *context, const struct step *s)
{
    (void)context;
    w.rested++;
    for (size_t i = 0; i < w.n_rows; i++)
        if (w.rows[i].item == s->item)
            w.rested_of[i]++;
}

static int driver_tick(void *context, size_t waiting, int64_t now_ns)
{
    (void)context;
    w.most_waiting = waiting > w.most_waiting ? waiting : w.most_waiting;
    return w.signal_ns && now_ns >= w.signal_ns ? SIGINT : 0;
}

static void driver_say(void *context, const char *text)
{
    (void)context;
    assert_true(text[0] != '\0');
    w.said++;
}

/* ---- scenes ---- */

static struct ledger_target target_in_ledger(void)
{
    return (struct ledger_target){.action = "claim", .url = "https://x", .name = "id"};
}

/* A world with so many rows, each for its own recipient. */
static void world_begin(size_t rows)
{
    memset(&w, 0, sizeof w);
    w.now_ns = 1000 * S;
    w.n_rows = rows;
    for (size_t i = 0; i < rows; i++) {
        snprintf(w.rows[i].recipient, sizeof w.rows[i].recipient, "bb1r%zu", i);
        memcpy(w.rows[i].key, &i, sizeof i);
        w.rows[i].key[KEY_SIZE - 1] = 1;
    }
    w.target = (struct target){.id = "id", .version = ACTION_VERSION_UNKNOWN};
    w.queue_ns = S;
    w.o = (struct issue_options){.action = &action_claim,
                                 .in_flight = IN_FLIGHT,
                                 .tries_max = 4,
                                 .timeout_ns = 60 * S,
                                 .settle_timeout_ns = 300 * S,
                                 .queue_delay_ns = QUEUE_DELAY,
                                 .seed = 1};
    assert_int_equal(redact_add(&w.secrets, PASSWORD), 0);
}

static void open_ledgers(void)
{
    static const uint8_t hash[LEDGER_HASH_SIZE];
    const struct ledger_target t = target_in_ledger();

    w.e = (struct err)ERR_INIT;
    w.l = ledger_open("ledger.db", &w.e);
    w.witness = ledger_open("ledger.db", &w.e);
    assert_non_null(w.l);
    assert_non_null(w.witness);
    assert_int_equal(ledger_run_begin(w.l, &t, "", "in.csv", hash, w.n_rows, &w.run, &w.e), 0);
}

static void close_ledgers(void)
{
    ledger_close(w.witness);
    ledger_close(w.l);
    w.l = w.witness = NULL;
}

/* One run over all rows; what issue_run gave. */
static int world_run(void)
{
    struct issue_driver d = {
        .next = driver_next, .rested = driver_rested, .tick = driver_tick, .say = driver_say};
    struct issue *is;
    int rc;

    open_ledgers();
    w.at = 0;
    w.rested = 0;
    w.aborted = false;
    memset(w.rested_of, 0, sizeof w.rested_of);
    limit_init(&w.limit, 0, S, 1, w.now_ns);
    w.o.target = &w.target;
    w.o.ledger = w.l;
    w.o.run = &w.run;
    w.o.limit = &w.limit;
    w.o.stoprule = &w.stoprule;
    w.o.secrets = &w.secrets;
    is = issue_new(&w.o, &d, &w.e);
    assert_non_null(is);
    d.context = is;
    assert_int_equal(issue_load(is, &w.e), 0);
    rc = issue_run(is, &w.end, &w.e);
    issue_free(is);
    assert_int_equal(w.on_wire, 0); /* every exchange came back */
    assert_true(w.most_on_wire <= w.o.in_flight);
    for (size_t i = 0; i < w.n_rows; i++)
        assert_true(w.rested_of[i] <= 1);
    return rc;
}

static void world_must_run(void)
{
    if (world_run() != 0)
        fail_msg("%s", w.e.text);
    close_ledgers();
}

static enum state state_of_row(size_t i)
{
    struct ledger_item item;
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open("ledger.db", &e);
    int found = ledger_find(l, &w.run, w.rows[i].key, &item, &e);

    ledger_close(l);
    assert_true(found >= 0);
    return found ? item.state : STATE_PLANNED;
}

static void assert_states(size_t from, size_t to, enum state want)
{
    for (size_t i = from; i < to; i++)
        if (state_of_row(i) != want)
            fail_msg("row %zu is %s, not %s", i, state_name(state_of_row(i)), state_name(want));
}

/* Nobody has the claim twice. */
static void assert_once(void)
{
    for (size_t i = 0; i < w.n_people; i++)
        if (server_completed(&w.people[i]) > 1)
            fail_msg("%s has the claim %u times", w.people[i].address,
                     server_completed(&w.people[i]));
}

/* The error that the ledger has of a row. */
static void error_of_row(size_t i, char out[ACTION_TEXT_MAX])
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open("ledger.db", &e);
    const struct ledger_row row = {
        .kind = LEDGER_ROW_OWNER, .row = 1, .line = 2, .item = w.rows[i].item};
    struct ledger_result r;
    struct ledger_cursor *c;

    assert_int_equal(ledger_put_row(l, &w.run, &row, &e), 0);
    c = ledger_cursor_open(l, w.run.id, &e);
    assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
    snprintf(out, ACTION_TEXT_MAX, "%s", r.item_error);
    ledger_cursor_close(c);
    ledger_close(l);
}

/* ---- the ordinary way ---- */

static void test_all_succeed(void **state)
{
    (void)state;
    world_begin(50);
    world_must_run();
    assert_states(0, 50, STATE_SUCCESS);
    assert_int_equal(w.completes, 50);
    assert_int_equal(w.asks, 1);
    assert_int_equal(w.target.version, 7);
    assert_int_equal(w.rested, 50);
    assert_int_equal(w.end.requests, w.requests);
    assert_int_equal(w.end.signal, 0);
    assert_string_equal(w.end.stopped, "");
    assert_int_equal(w.most_on_wire, IN_FLIGHT);
    assert_once();
    world_must_run(); /* again: nothing is left to do */
    assert_int_equal(w.completes, 50);
    assert_int_equal(w.rested, 0);
}

static void test_no_rows(void **state)
{
    (void)state;
    world_begin(0);
    world_must_run();
    assert_int_equal(w.requests, 0);
}

static void test_version_given(void **state)
{
    (void)state;
    world_begin(3);
    w.target.version = 7;
    world_must_run();
    assert_int_equal(w.asks, 0);
    assert_states(0, 3, STATE_SUCCESS);
}

static void test_pending_in_both_forms(void **state)
{
    (void)state;
    for (int idx = 0; idx < 2; idx++) {
        world_begin(5);
        w.idx = idx;
        w.queue_ns = 20 * S;
        for (size_t i = 0; i < 5; i++)
            w.rows[i].key[1] = (uint8_t)(idx + 1);
        world_must_run();
        assert_states(0, 5, STATE_SUCCESS);
        assert_true(w.polls > 5);
    }
}

static void test_refused_by_the_queue(void **state)
{
    char error[ACTION_TEXT_MAX];

    (void)state;
    world_begin(3);
    w.queue_fails = true;
    world_must_run();
    assert_states(0, 3, STATE_FAILED);
    error_of_row(1, error);
    assert_string_equal(error, "Code already used");
}

static void test_refused_at_once(void **state)
{
    char error[ACTION_TEXT_MAX];

    (void)state;
    world_begin(6);
    w.rules[0] = (struct rule){.path = "/complete/",
                               .first = 2,
                               .last = 3,
                               .what = SAY,
                               .status = 500,
                               .body = "{\"errorMessage\":\"Incorrect password " PASSWORD "\"}"};
    world_must_run();
    assert_states(1, 3, STATE_FAILED);
    assert_states(3, 6, STATE_SUCCESS);
    assert_int_equal(w.completes, 6);
    error_of_row(1, error); /* a server may echo what it was sent */
    assert_says(error, "Incorrect password ***");
    assert_silent(error, PASSWORD);
}

static void test_settle_timeout(void **state)
{
    (void)state;
    world_begin(4);
    w.queue_ns = NEVER;
    world_must_run();
    assert_states(0, 4, STATE_ACCEPTED);
    assert_true(w.now_ns - 1000 * S >= w.o.settle_timeout_ns);
    for (size_t i = 0; i < w.n_people; i++)
        w.people[i].attempts[0].settles_ns = w.now_ns;
    world_must_run(); /* a later run settles them first, and sends nothing */
    assert_states(0, 4, STATE_SUCCESS);
    assert_int_equal(w.completes, 4);
}

/* ---- lost answers ---- */

static void test_lost_and_taken(void **state)
{
    static const struct rule rules[] = {
        {.path = "/complete/", .first = 1, .last = 5, .what = LOSE_AFTER},
        {.path = "/complete/",
         .first = 1,
         .last = 5,
         .what = SAY_AFTER,
         .status = 502,
         .body = "<html>"},
        {.path = "/complete/", .first = 1, .last = 5, .what = SAY_AFTER, .status = 503},
        {.path = "/complete/",
         .first = 1,
         .last = 5,
         .what = SAY_AFTER,
         .status = 200,
         .body = "{\"claimAttempt"},
        {.path = "/complete/",
         .first = 1,
         .last = 5,
         .what = SAY_AFTER,
         .status = 500,
         .body = "<html>"},
    };
    static const int64_t skews[] = {0, 3600000, -3600000, 999};

    for (size_t i = 0; i < COUNT(rules) * COUNT(skews); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(10);
        w.rules[0] = rules[i % COUNT(rules)];
        w.skew_ms = skews[i / COUNT(rules)];
        world_must_run();
        assert_states(0, 10, STATE_SUCCESS);
        assert_int_equal(w.completes, 10); /* none was sent again */
        assert_once();
        assert_int_equal(leave_folder(state), 0);
    }
}

static void test_lost_and_not_taken(void **state)
{
    static const int64_t skews[] = {0, 3600000, -3600000};

    for (size_t i = 0; i < COUNT(skews); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(10);
        w.skew_ms = skews[i];
        w.rules[0] =
            (struct rule){.path = "/complete/", .first = 3, .last = 3, .what = LOSE_BEFORE};
        world_must_run();
        assert_states(0, 10, STATE_SUCCESS);
        assert_int_equal(w.completes, 11);
        /* it is certainly absent only when the queue had its time */
        assert_true(w.complete_at_ns[10] - w.complete_at_ns[2] >= QUEUE_DELAY);
        assert_once();
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Taken, and long in the queue: what is not there yet is not absent. */
static void test_lost_and_late(void **state)
{
    (void)state;
    world_begin(5);
    w.queue_ns = 50 * S;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 2, .last = 3, .what = LOSE_AFTER};
    world_must_run();
    assert_states(0, 5, STATE_SUCCESS);
    assert_int_equal(w.completes, 5);
    assert_once();
}

/* Claims of one collection are worked off one after the other: behind a long queue even the queue's
 * delay says nothing, as long as what stands before is pending. */
static void test_lost_in_a_long_queue(void **state)
{
    (void)state;
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(40);
        w.one_by_one = true;
        w.queue_ns = 5 * S;
        w.rules[0] = (struct rule){.path = "/complete/",
                                   .first = 35,
                                   .last = 36,
                                   .what = taken ? LOSE_AFTER : LOSE_BEFORE};
        world_must_run();
        assert_states(0, 40, STATE_SUCCESS);
        assert_int_equal(w.completes, taken ? 40 : 42);
        assert_once();
        assert_int_equal(leave_folder(state), 0);
    }
}

static void test_lost_and_refused_by_the_queue(void **state)
{
    (void)state;
    world_begin(4);
    w.queue_fails = true;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 2, .last = 2, .what = LOSE_AFTER};
    world_must_run();
    assert_states(0, 4, STATE_FAILED);
    assert_int_equal(w.completes, 4);
}

static void test_lost_and_hidden(void **state)
{
    char error[ACTION_TEXT_MAX];

    (void)state;
    world_begin(4);
    w.hidden = true;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 1, .last = 2, .what = LOSE_BEFORE};
    world_must_run();
    assert_states(0, 2, STATE_UNKNOWN);
    assert_states(2, 4, STATE_SUCCESS);
    error_of_row(0, error);
    assert_says(error, "only for the manager");
    assert_int_equal(w.completes, 4);
    world_must_run(); /* asked once more, and still not told */
    assert_states(0, 2, STATE_UNKNOWN);
    assert_int_equal(w.completes, 4);
    w.resend_unknown = true;
    world_must_run();
    assert_states(0, 4, STATE_SUCCESS);
    assert_int_equal(w.completes, 6);
    assert_once();
}

/* Unknown once, and told later: by another run. */
static void test_unknown_is_found_out(void **state)
{
    (void)state;
    world_begin(2);
    w.hidden = true;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 1, .last = 1, .what = LOSE_AFTER};
    world_must_run();
    assert_states(0, 1, STATE_UNKNOWN);
    w.hidden = false;
    w.now_ns += 3600 * S;
    world_must_run();
    assert_states(0, 2, STATE_SUCCESS);
    assert_int_equal(w.completes, 2);
    assert_once();
}

/* The questions of a lookup get lost as well. */
static void test_lost_questions(void **state)
{
    (void)state;
    world_begin(5);
    w.rules[0] = (struct rule){.path = "/complete/", .first = 2, .last = 2, .what = LOSE_AFTER};
    w.rules[1] = (struct rule){.path = "/attempts", .first = 1, .last = 2, .what = LOSE_AFTER};
    w.rules[2] =
        (struct rule){.path = "/success/", .first = 1, .last = 2, .what = SAY, .status = 502};
    w.rules[3] = (struct rule){.path = "/status/", .first = 1, .last = 3, .what = LOSE_BEFORE};
    world_must_run();
    assert_states(0, 5, STATE_SUCCESS);
    assert_int_equal(w.completes, 5);
}

/* Two rows of one recipient (by a key of other columns), one of them lost and not taken: the attempt
 * that is there belongs to the other. */
static void test_two_items_of_one_recipient(void **state)
{
    (void)state;
    world_begin(2);
    snprintf(w.rows[1].recipient, sizeof w.rows[1].recipient, "%s", w.rows[0].recipient);
    w.rules[0] = (struct rule){.path = "/complete/", .first = 2, .last = 2, .what = LOSE_BEFORE};
    world_must_run();
    assert_states(0, 2, STATE_SUCCESS);
    assert_int_equal(w.completes, 3);
    assert_int_equal(server_completed(&w.people[0]), 2);
}

/* ---- never sent ---- */

static void test_not_sent(void **state)
{
    (void)state;
    world_begin(10);
    w.rules[0] = (struct rule){.path = "/complete/", .first = 3, .last = 5, .what = NOT_SENT};
    w.rules[1] = (struct rule){.path = "/status/", .first = 1, .last = 2, .what = NOT_SENT};
    world_must_run();
    assert_states(0, 10, STATE_SUCCESS);
    assert_int_equal(w.completes, 13);
    assert_int_equal(w.n_attempts, 10);
}

static void test_unreachable(void **state)
{
    (void)state;
    world_begin(20);
    w.target.version = 7;
    w.rules[0] = (struct rule){.path = "/", .what = NOT_SENT};
    world_must_run();
    assert_says(w.end.stopped, "can't be reached: the wire broke");
    assert_states(0, 20, STATE_PLANNED);
    assert_true(w.completes < 20 * w.o.tries_max);
    memset(w.rules, 0, sizeof w.rules);
    world_must_run();
    assert_states(0, 20, STATE_SUCCESS);
}

static void test_unreachable_from_the_start(void **state)
{
    (void)state;
    world_begin(5);
    w.rules[0] = (struct rule){.path = "/api/v0/claim/", .what = NOT_SENT};
    world_must_run();
    assert_says(w.end.stopped, "can't be reached");
    assert_int_equal(w.completes, 0);
    assert_states(0, 5, STATE_PLANNED);
}

static void test_no_such_claim(void **state)
{
    (void)state;
    world_begin(5);
    w.rules[0] = (struct rule){.path = "/api/v0/claim/",
                               .what = SAY,
                               .status = 500,
                               .body = "{\"errorMessage\":\"No doc found\"}"};
    world_must_run();
    assert_says(w.end.stopped, "claim id: No doc found");
    assert_int_equal(w.completes, 0);
}

/* ---- limits ---- */

static void test_limited_holds_all(void **state)
{
    int64_t held;

    (void)state;
    world_begin(30);
    w.rules[0] = (struct rule){.path = "/complete/",
                               .first = 10,
                               .last = 10,
                               .what = SAY,
                               .status = 429,
                               .head = "Retry-After: 30\r\n"};
    world_must_run();
    assert_states(0, 30, STATE_SUCCESS);
    assert_int_equal(w.completes, 31);
    assert_int_equal(w.n_attempts, 30);
    assert_true(w.said > 0);
    held = 0;
    for (unsigned i = 1; i < w.completes; i++)
        if (w.complete_at_ns[i] - w.complete_at_ns[i - 1] > held)
            held = w.complete_at_ns[i] - w.complete_at_ns[i - 1];
    assert_true(held >= 29 * S);
}

static void test_limited_without_a_word(void **state)
{
    (void)state;
    world_begin(10);
    w.rules[0] =
        (struct rule){.path = "/complete/", .first = 1, .last = 20, .what = SAY, .status = 429};
    world_must_run();
    assert_states(0, 10, STATE_SUCCESS);
    assert_int_equal(w.completes, 30);
}

static void test_limited_for_ever(void **state)
{
    (void)state;
    world_begin(10);
    w.rules[0] = (struct rule){
        .path = "/complete/", .what = SAY, .status = 429, .head = "Retry-After: 1\r\n"};
    world_must_run();
    assert_says(w.end.stopped, "429");
    assert_states(0, 10, STATE_PLANNED);
    assert_int_equal(w.n_attempts, 0);
}

/* ---- stopping ---- */

static void test_stop_by_the_server(void **state)
{
    static const struct {
        int status;
        const char *body, *says;
    } cases[] = {
        {402, "{\"errorMessage\":\"Insufficient credits\"}", "Insufficient credits"},
        {401, "{\"errorMessage\":\"Unauthorized " PASSWORD "\"}", "check the API key"},
        {302, "", "redirect"},
        {500, "{\"errorMessage\":\"Claim has been updated since last fetch\"}", "was changed"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(40);
        w.rules[0] = (struct rule){.path = "/complete/",
                                   .first = 11,
                                   .what = SAY,
                                   .status = cases[i].status,
                                   .body = cases[i].body};
        world_must_run();
        assert_says(w.end.stopped, cases[i].says);
        assert_silent(w.end.stopped, PASSWORD);
        assert_states(0, 10, STATE_SUCCESS); /* those accepted are followed to their end */
        assert_states(10, 40, STATE_PLANNED);
        assert_in_range(w.completes, 11, 10 + IN_FLIGHT);
        memset(w.rules, 0, sizeof w.rules);
        world_must_run(); /* the same command goes on */
        assert_states(0, 40, STATE_SUCCESS);
        assert_once();
        assert_int_equal(leave_folder(state), 0);
    }
}

static void test_stop_while_asking(void **state)
{
    (void)state;
    world_begin(10);
    w.queue_ns = 5 * S;
    w.rules[0] = (struct rule){.path = "/status/",
                               .what = SAY,
                               .status = 402,
                               .body = "{\"errorMessage\":\"Insufficient credits\"}"};
    world_must_run();
    assert_says(w.end.stopped, "Insufficient credits");
    assert_states(0, 10, STATE_ACCEPTED);
    assert_true(w.polls <= IN_FLIGHT);
    memset(w.rules, 0, sizeof w.rules);
    world_must_run();
    assert_states(0, 10, STATE_SUCCESS);
    assert_int_equal(w.completes, 10);
}

static void test_stop_rules(void **state)
{
    static const struct {
        struct stoprule rule;
        struct rule fault;
        const char *says;
        unsigned least, most; /* requests for claims */
    } cases[] = {
        {{.max_failures = 3},
         {.path = "/complete/", .what = SAY, .status = 400, .body = "{\"errorMessage\":\"no\"}"},
         "--max-failures 3",
         3,
         2 + 3},
        {{.max_failure_percent = 50},
         {.path = "/complete/", .what = SAY, .status = 400, .body = "{\"errorMessage\":\"no\"}"},
         "--max-failures 50%",
         STOPRULE_TRIED_MIN,
         STOPRULE_TRIED_MIN + 3},
        {{.max_credits = 50}, {.path = NULL}, "--max-credits", 10, 50},
        /* no request leaves for longer than the time allowed */
        {{.max_duration_ns = 10 * S},
         {.path = "/complete/",
          .first = 20,
          .last = 20,
          .what = SAY,
          .status = 429,
          .head = "Retry-After: 11\r\n"},
         "--max-duration",
         20,
         22},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(ROWS_MAX);
        w.o.in_flight = 2;
        w.stoprule = cases[i].rule;
        w.rules[0] = cases[i].fault;
        world_must_run();
        assert_says(w.end.stopped, cases[i].says);
        assert_in_range(w.completes, cases[i].least, cases[i].most);
        if (cases[i].rule.max_credits)
            assert_true((int64_t)w.requests <= cases[i].rule.max_credits);
        for (size_t k = 0; k < ROWS_MAX; k++)
            assert_true(state_of_row(k) != STATE_SENDING);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Credits pay for the questions, too: what was sent is settled. */
static void test_credits_settle_what_was_sent(void **state)
{
    (void)state;
    world_begin(40);
    w.queue_ns = 0;
    w.stoprule.max_credits = 41;
    world_must_run();
    assert_true(w.requests <= 41);
    assert_int_equal(w.n_attempts, w.completes);
    assert_states(0, w.n_attempts, STATE_SUCCESS);
    assert_states(w.n_attempts, 40, STATE_PLANNED);
    assert_true(w.n_attempts >= 18);
}

static void test_claimed_elsewhere(void **state)
{
    char error[ACTION_TEXT_MAX];

    (void)state;
    world_begin(5);
    snprintf(w.rows[2].recipient, sizeof w.rows[2].recipient, "%s", ALICE);
    w.target.claimed = &w.claimed_set;
    w.claimed = ALICE;
    world_must_run();
    claimed_release(&w.claimed_set);
    assert_int_equal(w.asks, 1);
    assert_int_equal(w.completes, 4);
    assert_states(0, 2, STATE_SUCCESS);
    assert_states(2, 3, STATE_ELSEWHERE);
    assert_states(3, 5, STATE_SUCCESS);
    error_of_row(2, error);
    assert_string_equal(error, "claimed elsewhere");
}

/* ---- interrupted ---- */

static void test_signal(void **state)
{
    (void)state;
    world_begin(40);
    w.queue_ns = 20 * S;
    w.signal_ns = 1000 * S + 12 * MS;
    world_must_run();
    assert_int_equal(w.end.signal, SIGINT);
    assert_false(w.aborted); /* what was on its way came back in time */
    assert_true(w.n_attempts > 0 && w.n_attempts < 40);
    assert_states(0, w.n_attempts, STATE_ACCEPTED);
    assert_states(w.n_attempts, 40, STATE_PLANNED);
    assert_true(w.now_ns < 1001 * S);
    w.signal_ns = 0;
    world_must_run();
    assert_states(0, 40, STATE_SUCCESS);
    assert_int_equal(w.completes, 40);
    assert_once();
}

static void test_signal_with_a_hanging_server(void **state)
{
    (void)state;
    world_begin(20);
    w.signal_ns = 1001 * S;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 5, .what = HANG};
    world_must_run();
    assert_int_equal(w.end.signal, SIGINT);
    assert_true(w.aborted);
    assert_true(w.now_ns - w.signal_ns >= ISSUE_GRACE_NS);
    assert_true(w.now_ns - w.signal_ns < ISSUE_GRACE_NS + S);
    assert_states(4, 4 + IN_FLIGHT, STATE_SENDING); /* nobody knows */
    w.signal_ns = 0;
    memset(w.rules, 0, sizeof w.rules);
    world_must_run();
    assert_states(0, 20, STATE_SUCCESS);
    assert_once();
}

/* ---- what a dead process left ---- */

/* The row's item comes to this state, whether the server has it or not. */
static void leave_behind(size_t i, enum state to, bool taken, int64_t ago_ns)
{
    struct ledger_move m = {.to = STATE_SENDING,
                            .intent_ms = fake_wall_ms() - ago_ns / MS,
                            .now_ms = fake_wall_ms() - ago_ns / MS};
    int64_t now = w.now_ns;
    const char *attempt = NULL;

    open_ledgers();
    assert_int_equal(ledger_add(w.l, &w.run, w.rows[i].key, w.rows[i].recipient, i, i + 1,
                                &w.rows[i].item, &w.e),
                     0);
    assert_int_equal(ledger_move(w.l, w.rows[i].item, &m, &w.e), 0);
    w.now_ns -= ago_ns;
    if (taken)
        attempt = server_take(w.rows[i].recipient);
    w.now_ns = now;
    m = (struct ledger_move){.to = to, .now_ms = m.now_ms, .attempt = attempt};
    if (to != STATE_SENDING)
        assert_int_equal(ledger_move(w.l, w.rows[i].item, &m, &w.e), 0);
    assert_int_equal(ledger_commit(w.l, &w.e), 0);
    close_ledgers();
}

static void test_after_a_crash(void **state)
{
    static const int64_t agos[] = {0, 10 * S, 3600 * S};

    for (size_t i = 0; i < COUNT(agos); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(6);
        leave_behind(0, STATE_SENDING, true, agos[i]);
        leave_behind(1, STATE_SENDING, false, agos[i]);
        leave_behind(2, STATE_ACCEPTED, true, agos[i]);
        leave_behind(3, STATE_UNKNOWN, true, agos[i]);
        leave_behind(4, STATE_UNKNOWN, false, agos[i]);
        world_must_run();
        assert_states(0, 6, STATE_SUCCESS);
        assert_int_equal(w.completes, 3); /* those absent, and the last row */
        assert_once();
        for (size_t k = 0; k < w.n_people; k++)
            assert_int_equal(server_completed(&w.people[k]), 1);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Items that no row of this run wants any more are found out about, but not sent. */
static void test_after_a_crash_without_the_rows(void **state)
{
    (void)state;
    world_begin(3);
    leave_behind(0, STATE_SENDING, true, 3600 * S);
    leave_behind(1, STATE_SENDING, false, 3600 * S);
    leave_behind(2, STATE_ACCEPTED, true, 3600 * S);
    w.n_rows = 0;
    world_must_run();
    w.n_rows = 3;
    assert_states(0, 1, STATE_SUCCESS);
    assert_states(1, 2, STATE_PLANNED);
    assert_states(2, 3, STATE_SUCCESS);
    assert_int_equal(w.completes, 0);
    world_must_run(); /* the row is back */
    assert_states(0, 3, STATE_SUCCESS);
    assert_int_equal(w.completes, 1);
    assert_once();
}

/* ---- when the driver or the ledger breaks ---- */

static void test_input_breaks(void **state)
{
    (void)state;
    world_begin(20);
    w.queue_ns = 10 * S;
    w.fail_next_at = 12;
    assert_int_equal(world_run(), -1);
    close_ledgers();
    assert_int_equal(w.e.code, EXIT_INPUT);
    assert_string_equal(w.e.text, "the input broke");
    assert_int_equal(w.n_attempts, w.completes);
    assert_states(0, w.completes, STATE_SUCCESS); /* what was sent is followed all the same */
    w.fail_next_at = 0;
    world_must_run();
    assert_states(0, 20, STATE_SUCCESS);
    assert_once();
}

static void test_ledger_breaks(void **state)
{
    (void)state;
    world_begin(20);
    w.target.version = 7;
    w.meddle = true;
    assert_int_equal(world_run(), -1);
    close_ledgers();
    assert_int_equal(w.e.code, EXIT_OUTPUT);
    assert_true(w.aborted);
    assert_true(w.completes <= IN_FLIGHT);
    assert_once();
}

/* ---- anything may go wrong ---- */

/* Whatever happens, run after run until nothing is open: nobody twice, nobody lost. */
static void test_chaos(void **state)
{
    enum { SEEDS = 30, ROWS = 20, RUNS = 12 };

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        bool open = true;

        assert_int_equal(enter_folder(state), 0);
        world_begin(ROWS);
        w.chaos = seed;
        w.queue_ns = (int64_t)(seed % 7) * 3 * S;
        w.idx = seed % 2;
        w.one_by_one = seed % 5 == 0;
        w.skew_ms = ((int64_t)(seed % 3) - 1) * 100000;
        for (int run = 0; open && run < RUNS; run++) {
            w.signal_ns = run < 2 ? w.now_ns + (int64_t)(retry_random(&w.chaos) % (20 * S)) : 0;
            w.signal_ns += w.signal_ns == 0 && run < 2;
            world_must_run();
            w.now_ns += 100 * S;
            open = false;
            for (size_t i = 0; i < ROWS; i++)
                open |= state_of_row(i) != STATE_SUCCESS;
        }
        assert_once();
        assert_states(0, ROWS, STATE_SUCCESS);
        assert_int_equal(w.n_people, ROWS);
        for (size_t i = 0; i < ROWS; i++)
            assert_int_equal(server_completed(&w.people[i]), 1);
        assert_int_equal(leave_folder(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_all_succeed),
        IN_FOLDER(test_no_rows),
        IN_FOLDER(test_version_given),
        IN_FOLDER(test_pending_in_both_forms),
        IN_FOLDER(test_refused_by_the_queue),
        IN_FOLDER(test_refused_at_once),
        IN_FOLDER(test_settle_timeout),
        cmocka_unit_test(test_lost_and_taken),
        cmocka_unit_test(test_lost_and_not_taken),
        IN_FOLDER(test_lost_and_late),
        cmocka_unit_test(test_lost_in_a_long_queue),
        IN_FOLDER(test_lost_and_refused_by_the_queue),
        IN_FOLDER(test_lost_and_hidden),
        IN_FOLDER(test_unknown_is_found_out),
        IN_FOLDER(test_lost_questions),
        IN_FOLDER(test_two_items_of_one_recipient),
        IN_FOLDER(test_not_sent),
        IN_FOLDER(test_unreachable),
        IN_FOLDER(test_unreachable_from_the_start),
        IN_FOLDER(test_no_such_claim),
        IN_FOLDER(test_limited_holds_all),
        IN_FOLDER(test_limited_without_a_word),
        IN_FOLDER(test_limited_for_ever),
        cmocka_unit_test(test_stop_by_the_server),
        IN_FOLDER(test_stop_while_asking),
        cmocka_unit_test(test_stop_rules),
        IN_FOLDER(test_credits_settle_what_was_sent),
        IN_FOLDER(test_claimed_elsewhere),
        IN_FOLDER(test_signal),
        IN_FOLDER(test_signal_with_a_hanging_server),
        cmocka_unit_test(test_after_a_crash),
        IN_FOLDER(test_after_a_crash_without_the_rows),
        IN_FOLDER(test_input_breaks),
        IN_FOLDER(test_ledger_breaks),
        cmocka_unit_test(test_chaos),
    };

    return cmocka_run_group_tests_name("issue", tests, NULL, NULL);
}
