/*
 * issue: the loop by itself, in a time of its own, against a server that is an array.  The clock and
 * the pool are replaced; the ledger is a real one, and a second handle looks into it at every request
 * that does something: its intents must be durable before the request leaves.  Requests that carry several
 * steps are those of an action made up for it.
 *
 * What is asked afterwards is how often each recipient was completed, as the server knows it.  The server
 * may be odd in every way that is known, or feared: its lists behind, empty or frozen, its clocks off, its
 * answers about somebody else, its attempts forgotten.
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

#include "actions/reply.h"
#include "base/row.h"
#include "policy/identity.h"

#include "fixture.h"
#include "items.h"

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
#define TARGETS_MAX 4
#define REQUESTS_MAX 1024
#define BODY_MAX 8192
#define TAKEN_MAX 1024
#define CACHED_MAX 512
#define PAGE 2      /* attempts on a page of an address's … */
#define PAGE_ALL 25 /* … and of all */

/* ---- the world ---- */

enum what {
    LOSE_AFTER,  /* taken, but the answer is lost */
    LOSE_BEFORE, /* not taken, which nobody can know */
    LOSE_LATE,   /* a gateway hands it on w.late_ns later, and the answer is lost */
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
    struct attempt {
        char id[24];
        int64_t at_ms, settles_ns;
        bool fails;       /* in the queue */
        bool said_failed; /* by its status alone */
        bool forgotten;   /* its status knows nothing of it */
        bool misnamed;    /* its status names somebody else */
        bool older;       /* before any run */
    } attempts[ATTEMPTS_MAX];
    size_t n;
};

/* A row of the driver's: of one step, or of two, each with its target. */
struct driven {
    struct row row; /* the first, which is all that issue sees of it */
    char recipient[64];
    uint8_t key[KEY_SIZE];
    size_t steps, targets[2];
    size_t at; /* its present step */
    int64_t items[2];
    unsigned handed, rested; /* how often to issue, and back */
    struct driven *next;
};

/* Somebody in a store. */
struct stored {
    char who[80]; /* STORE/RECIPIENT */
    unsigned times;
    int64_t settles_ns;
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
    int64_t skew_ms; /* the clock that stamps, before ours … */
    int64_t date_ms; /* … and the one that it sends along */
    bool hidden;     /* it shows neither attempts nor counts */
    bool no_list, no_count;
    bool idx;             /* a pending attempt is "No doc found", and a status names nobody */
    bool queue_fails;     /* attempts fail in the queue */
    int64_t lag_ns;       /* what is read is so old */
    int64_t frozen_ns;    /* … and no younger than this; 0: it is not frozen */
    int64_t cache_ns;     /* the answer to a question is given again for so long; 0: never */
    bool empty;           /* it shows that there is nothing */
    bool empty_of_one;    /* … of an address */
    size_t page_all;      /* attempts on a page of all; 0: PAGE_ALL */
    int64_t torn_ns;      /* all pages of them but the first are no younger; 0: they are */
    const char *left_out; /* an address whose attempts no list has */
    bool endless;         /* beneath the first page of the claim's list there is always more */
    bool nameless;        /* the claim's list does not say whose its attempts are */
    bool numberless;      /* … nor give them numbers */
    bool vague; /* the claim does not say whether it is on-chain: nothing is settled by its list */
    /* Every so-manieth attempt, from the first on; 0: none.  It … */
    unsigned forget_every;     /* is forgotten by its status, … */
    bool forgotten_fail;       /* … and has not come to anything */
    unsigned misname_every;    /* is somebody else's, as its status says */
    unsigned say_failed_every; /* is done, but its status says that it has failed */
    unsigned wrong_id_every;   /* is answered with the id of the one before it */
    unsigned zeros_every;      /* is answered with zeros */
    unsigned cached_every;     /* is not taken: the answer is that of the one before it */
    struct {
        size_t person, attempt;
    } taken[TAKEN_MAX]; /* in their order */
    size_t n_taken;
    struct {
        char address[64];
        int64_t at_ns;
    } late[ROWS_MAX];
    size_t n_late;
    int64_t late_ns;
    struct {
        char path[256];
        struct text body;
        int64_t until_ns;
    } cached[CACHED_MAX];
    size_t n_cached;
    unsigned lists, pages, counts; /* how often it was asked for them */
    const char *claimed;           /* an address that has claimed by another way */
    unsigned n_attempts;
    unsigned completes, polls, asks, requests;
    int64_t complete_at_ns[ROWS_MAX]; /* when the first requests for claims came */
    int64_t last_request_ns;
    struct rule rules[RULES_MAX];
    struct stored stored[2 * ROWS_MAX];
    size_t n_stored;
    bool mute;    /* stores tell about one recipient only */
    bool at_once; /* stores take at once */
    struct {
        char store[8];
        size_t n; /* recipients */
    } batches[REQUESTS_MAX], looks[REQUESTS_MAX];
    unsigned n_batches, n_looks;
    unsigned asks_of[TARGETS_MAX];
    uint64_t chaos;       /* != 0: faults at random from this seed, … */
    unsigned fault_every; /* … in one of so many requests */
    bool odd_faults;      /* … of which some are worse than a wire's */

    /* the wires */
    struct exchange *first;
    size_t on_wire, most_on_wire;
    bool aborted;

    /* the driver */
    struct ledger *l, *witness;
    struct ledger_run run;
    struct driven rows[ROWS_MAX];
    size_t n_rows, at;
    struct driven *ready, **ready_end; /* whose next step has its turn */
    unsigned rested;
    size_t later_every; /* rows after which next() is busy with something else; 0: never */
    bool was_later;
    unsigned laters;
    bool resend_unknown, retry_failed;
    bool unloaded;   /* what earlier runs left is not loaded: the rows bring it */
    int64_t wall_ms; /* our wall clock, before what it was at the beginning */
    int64_t wall_step_ns, wall_step_ms; /* when it is set, and by how much */
    int64_t crash_ns;                   /* the process dies then; 0: never */
    unsigned crash_at;                  /* … or at this request for a claim, … */
    bool crash_after;                   /* … which has been taken then */
    bool crashed;
    jmp_buf crash;
    int64_t signal_ns;
    size_t fail_next_at;
    const char *slow_path; /* what such requests ask takes so long; NULL: none */
    int64_t slow_ns;
    size_t most_waiting;
    unsigned said;
    bool meddle; /* somebody else changes the ledger */

    /* the issue */
    struct target targets[TARGETS_MAX];
    struct claimed claimed_set;
    struct stoprule stoprule;
    struct redact secrets;
    struct budget budget;
    int64_t rate; /* requests a second; 0: as many as can be */
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
    return WALL_START + w.wall_ms + w.now_ns / MS +
           (w.wall_step_ns && w.now_ns >= w.wall_step_ns ? w.wall_step_ms : 0);
}

static void crash(void)
{
    w.crashed = true;
    longjmp(w.crash, 1);
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

static bool is_nth(unsigned every)
{
    return every && (w.n_attempts - 1) % every == 0;
}

static int64_t stamp_ms(void)
{
    return WALL_START + w.now_ns / MS + w.skew_ms;
}

static struct attempt *server_queue(const char *address)
{
    struct person *p = server_person(address);
    struct attempt *a = &p->attempts[p->n];

    assert_true(p->n < ATTEMPTS_MAX && w.n_taken < TAKEN_MAX);
    memset(a, 0, sizeof *a);
    snprintf(a->id, sizeof a->id, "attempt%u", ++w.n_attempts);
    a->at_ms = stamp_ms();
    if (!w.one_by_one || w.busy_until_ns < w.now_ns)
        w.busy_until_ns = w.now_ns;
    w.busy_until_ns = w.queue_ns == NEVER ? NEVER : w.busy_until_ns + w.queue_ns;
    a->settles_ns = w.busy_until_ns;
    a->forgotten = is_nth(w.forget_every);
    a->fails = w.queue_fails || (a->forgotten && w.forgotten_fail);
    a->misnamed = is_nth(w.misname_every);
    a->said_failed = is_nth(w.say_failed_every);
    w.taken[w.n_taken].person = (size_t)(p - w.people);
    w.taken[w.n_taken++].attempt = p->n++;
    return a;
}

static struct attempt *taken_at(size_t i)
{
    return &w.people[w.taken[i].person].attempts[w.taken[i].attempt];
}

static const char *server_take(const char *address)
{
    return server_queue(address)->id;
}

/* Somebody has the claim already, by another way, for so long. */
static void server_had(const char *address, int64_t ago_ns)
{
    int64_t now = w.now_ns;
    struct attempt *a;

    w.now_ns -= ago_ns;
    a = server_queue(address);
    a->settles_ns = w.now_ns;
    a->older = true;
    w.now_ns = now;
}

/* What a gateway has held back for long enough. */
static void server_catch_up(void)
{
    int64_t now = w.now_ns;

    for (size_t i = 0; i < w.n_late; i++) {
        if (!w.late[i].at_ns || w.late[i].at_ns > now)
            continue;
        w.now_ns = w.late[i].at_ns;
        w.late[i].at_ns = 0;
        server_queue(w.late[i].address);
        w.now_ns = now;
    }
}

static void server_hold_back(const char *address)
{
    assert_true(w.n_late < ROWS_MAX);
    snprintf(w.late[w.n_late].address, sizeof w.late[0].address, "%s", address);
    w.late[w.n_late++].at_ns = w.now_ns + w.late_ns;
}

static void server_complete(const char *address, struct answer *a)
{
    const char *id, *last = w.n_taken ? taken_at(w.n_taken - 1)->id : NULL;

    if (last && w.cached_every && w.completes % w.cached_every == 0) {
        text_printf(&a->body, "{\"claimAttemptId\":\"%s\"}", last);
        return;
    }
    id = server_take(address);
    if (last && is_nth(w.wrong_id_every))
        id = last;
    if (is_nth(w.zeros_every))
        id = "00000000000000000000000000000000";
    text_printf(&a->body, "{\"claimAttemptId\":\"%s\"}", id);
}

static const char *address_of(size_t taken)
{
    const struct attempt *a = taken_at(taken);
    size_t person = w.taken[taken].person;

    return a->misnamed ? w.people[(person + 1) % w.n_people].address : w.people[person].address;
}

/* Of an attempt that is known and settled: the rest is pending. */
static void server_status(const char *id, struct answer *a)
{
    for (size_t i = 0; i < w.n_taken; i++) {
        const struct attempt *at = taken_at(i);

        if (strcmp(at->id, id) != 0 || at->settles_ns > w.now_ns || at->forgotten)
            continue;
        text_printf(&a->body, "{\"success\":%s",
                    at->fails || at->said_failed ? "false,\"error\":\"Code already used\""
                                                 : "true,\"error\":\"\"");
        if (!w.idx)
            text_printf(&a->body, ",\"bitbadgesAddress\":\"%s\"", address_of(i));
        text_puts(&a->body, "}");
        return;
    }
    a->status = w.idx || w.forget_every ? 500 : 200;
    text_puts(&a->body, a->status == 500 ? "{\"errorMessage\":\"No doc found\"}"
                                         : "{\"success\":false,\"error\":\"\"}");
}

/* As of when it shows things. */
static int64_t shown_ns(void)
{
    int64_t at = w.now_ns - w.lag_ns;

    return w.frozen_ns && at > w.frozen_ns ? w.frozen_ns : at;
}

static bool shows_nothing(const struct person *p)
{
    return w.empty || (p && w.empty_of_one);
}

/* There is always one more. */
static void server_old(size_t from, struct answer *a)
{
    text_printf(&a->body,
                "{\"docs\":[{\"success\":true,\"claimAttemptId\":\"old%zu\","
                "\"bitbadgesAddress\":\"%s\"}],\"bookmark\":\"%zu\"}",
                from, w.rows[ROWS_MAX - 1].recipient, from + 1);
}

/* Is it among what a list of p's, or of the claim's, shows as of then? */
static bool is_shown(size_t taken, const struct person *p, int64_t as_of)
{
    const struct person *of = &w.people[w.taken[taken].person];
    const struct attempt *at = taken_at(taken);

    return (!p || of == p) && at->settles_ns <= as_of && !(at->forgotten && w.forgotten_fail) &&
           !(w.left_out && strcmp(of->address, w.left_out) == 0);
}

/* The settled ones of the claim, or of p, newest first, so many a page. */
static void server_attempts(const struct person *p, size_t from, size_t page, struct answer *a)
{
    int64_t as_of = !p && from > 0 && w.torn_ns ? w.torn_ns : shown_ns();
    size_t seen = 0, shown = 0;

    text_puts(&a->body, "{\"docs\":[");
    for (size_t i = shows_nothing(p) ? 0 : w.n_taken; i-- > 0;) {
        const struct person *of = &w.people[w.taken[i].person];
        const struct attempt *at = taken_at(i);

        if (!is_shown(i, p, as_of) || seen++ < from || shown == page)
            continue;
        text_printf(&a->body,
                    "%s{\"success\":%s,\"attemptedAt\":\"%lld\",\"claimAttemptId\":\"%s\","
                    "\"claimId\":\"id\",\"bitbadgesAddress\":\"%s\",\"%s\":%d}",
                    shown++ ? "," : "", at->fails ? "false" : "true", (long long)at->at_ms, at->id,
                    w.nameless && !p ? "" : of->address, w.numberless ? "no" : "claimNumber",
                    at->fails ? -1 : (int)i);
    }
    text_printf(&a->body, "],\"bookmark\":\"%zu\"}", from + shown);
}

static void server_count(const struct person *p, struct answer *a)
{
    unsigned n = 0;

    for (size_t i = shows_nothing(p) ? p->n : 0; i < p->n; i++)
        n += p->attempts[i].settles_ns <= shown_ns() && !p->attempts[i].fails;
    text_printf(&a->body, "{\"successCount\":%u}", n);
}

static void server_claim(struct answer *a)
{
    w.asks++;
    text_printf(&a->body,
                "{\"claim\":{\"version\":\"7\",%s\"plugins\":[{\"pluginId\":\"numUses\","
                "\"publicState\":{",
                w.vague ? "" : "\"standaloneClaim\":true,");
    if (w.claimed)
        text_printf(&a->body, "\"claimedUsers\":{\"%s\":[1]}", w.claimed);
    text_puts(&a->body, "}}]}}");
}

/* ---- the stores: an action made up, several of whose steps travel together ---- */

static void join(const struct step *steps, struct text *out)
{
    for (const struct step *s = steps; s; s = s->next)
        text_printf(out, "%s%s", s == steps ? "" : ",", s->recipient);
}

static bool store_is_open(const struct target *t)
{
    return t->version == ACTION_VERSION_UNKNOWN;
}

static void store_ask(const struct target *t, struct request *out)
{
    text_printf(&out->path, "/ask/%s", t->id);
}

static void store_send(const struct target *t, const struct step *steps, struct request *out)
{
    for (const struct step *s = steps; s; s = s->next)
        assert_string_equal(s->fields, FIELDS);
    out->post = true;
    text_printf(&out->path, "/batch/%s", t->id);
    join(steps, &out->body);
}

static void store_poll(const struct target *t, const struct step *steps, struct request *out)
{
    text_printf(&out->path, "/look/%s?", t->id);
    join(steps, &out->path);
}

/* What a wire that breaks, or a gateway, means for each of them. */
static bool read_usual(const struct answer *a, struct verdict *v)
{
    memset(v, 0, sizeof *v);
    reply_line(a, NULL,
               a->fate == FATE_ANSWERED ? (struct slice){a->body.ptr, a->body.len}
                                        : slice_of(a->problem),
               v->text, sizeof v->text);
    v->kind = a->fate == FATE_NOT_SENT ? VERDICT_AGAIN
              : a->fate == FATE_LOST   ? VERDICT_LOST
              : a->status == 429       ? VERDICT_LIMITED
              : a->status == 401       ? VERDICT_STOP
              : a->status == 400       ? VERDICT_REFUSED
              : a->status >= 500       ? VERDICT_LOST
                                       : VERDICT_DONE;
    return v->kind != VERDICT_DONE;
}

static void store_read_ask(struct target *t, const struct answer *a, struct verdict *v)
{
    if (read_usual(a, v))
        v->kind = v->kind == VERDICT_LOST ? VERDICT_AGAIN : v->kind;
    else
        t->version = 1;
}

static void store_read_send(const struct target *t, const struct answer *a, struct verdict *v)
{
    (void)t;
    if (read_usual(a, v))
        return;
    v->kind = strcmp(v->text, "taken") == 0  ? VERDICT_ACCEPTED
              : strcmp(v->text, "done") == 0 ? VERDICT_DONE
                                             : VERDICT_LOST;
}

/* "pending", or "pending: WORDS"; "split"; "done". */
static void store_read_poll(struct target *t, struct step *steps, const struct answer *a,
                            struct verdict *v)
{
    (void)t;
    (void)steps;
    if (read_usual(a, v)) {
        v->kind = v->kind == VERDICT_LOST ? VERDICT_AGAIN : v->kind;
    } else if (strcmp(v->text, "split") == 0) {
        v->kind = VERDICT_SPLIT;
    } else if (strncmp(v->text, "pending", 7) == 0) {
        v->kind = VERDICT_PENDING;
        if (v->text[7] == '\0')
            v->text[0] = '\0';
    } else if (strcmp(v->text, "done") != 0) {
        v->kind = VERDICT_AGAIN;
    }
}

static const struct action action_batch = {.name = "store",
                                           .of = "store id",
                                           .repeatable = true,
                                           .batch_max = ROWS_MAX,
                                           .is_open = store_is_open,
                                           .ask = store_ask,
                                           .read_ask = store_read_ask,
                                           .send = store_send,
                                           .read_send = store_read_send,
                                           .poll = store_poll,
                                           .read_poll = store_read_poll};

static struct stored *store_find(const char *who)
{
    for (size_t i = 0; i < w.n_stored; i++)
        if (strcmp(w.stored[i].who, who) == 0)
            return &w.stored[i];
    assert_true(w.n_stored < COUNT(w.stored));
    snprintf(w.stored[w.n_stored].who, sizeof w.stored[0].who, "%.79s", who);
    return &w.stored[w.n_stored++];
}

/* How often a recipient was put into a store. */
static unsigned stored(const char *store, const char *recipient)
{
    char who[80];

    snprintf(who, sizeof who, "%.7s/%.63s", store, recipient);
    return store_find(who)->times;
}

/* Calls for each of "A,B,C": how many. */
static size_t store_each(const char *store, const char *list, void (*each)(struct stored *s))
{
    char copy[BODY_MAX], who[80], *rest = copy, *one;
    size_t n = 0;

    snprintf(copy, sizeof copy, "%s", list);
    for (; (one = strsep(&rest, ",")); n++) {
        snprintf(who, sizeof who, "%.7s/%.63s", store, one);
        if (each)
            each(store_find(who));
    }
    return n;
}

static void store_put(struct stored *s)
{
    s->times++;
    if (!w.one_by_one || w.busy_until_ns < w.now_ns)
        w.busy_until_ns = w.now_ns;
    w.busy_until_ns = w.queue_ns == NEVER ? NEVER : w.busy_until_ns + w.queue_ns;
    s->settles_ns = w.busy_until_ns;
}

static bool all_settled;

static void store_see(struct stored *s)
{
    all_settled &= s->settles_ns <= w.now_ns;
}

static void store_look(const char *store, const char *list, struct answer *a)
{
    size_t n;

    all_settled = true;
    n = store_each(store, list, store_see);
    text_puts(&a->body, w.mute && n > 1 ? "split" : all_settled ? "done" : "pending");
}

/* A batch is taken as a whole, or refused if anybody in it is bad. */
static void store_take(const char *store, const char *list, struct answer *a)
{
    if (strstr(list, "bad")) {
        a->status = 400;
        text_puts(&a->body, strchr(list, ',') ? "somebody is bad" : "is bad");
        return;
    }
    store_each(store, list, store_put);
    text_puts(&a->body, w.at_once ? "done" : "taken");
}

static bool store_answer(const struct request *r, struct answer *a)
{
    char store[8];

    if (sscanf(r->path.ptr, "/ask/%7s", store) == 1)
        return true;
    if (sscanf(r->path.ptr, "/batch/%7s", store) == 1)
        store_take(store, r->body.ptr, a);
    else if (sscanf(r->path.ptr, "/look/%7[^?]", store) == 1)
        store_look(store, strchr(r->path.ptr, '?') + 1, a);
    else
        return false;
    return true;
}

/* What was asked for, whatever is answered. */
static void store_note(const struct request *r)
{
    char store[8];

    if (sscanf(r->path.ptr, "/ask/%7s", store) == 1) {
        for (size_t i = 0; i < w.o.n_targets; i++)
            w.asks_of[i] += strcmp(w.targets[i].id, store) == 0;
    } else if (sscanf(r->path.ptr, "/batch/%7s", store) == 1) {
        assert_true(w.n_batches < REQUESTS_MAX);
        memcpy(w.batches[w.n_batches].store, store, sizeof store);
        w.batches[w.n_batches++].n = store_each(store, r->body.ptr, NULL);
    } else if (sscanf(r->path.ptr, "/look/%7[^?]", store) == 1) {
        assert_true(w.n_looks < REQUESTS_MAX);
        memcpy(w.looks[w.n_looks].store, store, sizeof store);
        w.looks[w.n_looks++].n = store_each(store, strchr(r->path.ptr, '?') + 1, NULL);
    }
}

static void deny(struct answer *a)
{
    a->status = 403;
    text_puts(&a->body, "{\"errorMessage\":\"only for the manager\"}");
}

/* The attempts of the claim, or of one address. */
static void server_list(const char *path, struct answer *a)
{
    const char *of = strstr(path, "?address="), *bookmark = strstr(path, "bookmark=");
    size_t from = bookmark ? strtoul(bookmark + 9, NULL, 10) : 0;
    char address[64];

    w.pages += of != NULL;
    w.lists += of == NULL;
    if (w.hidden || w.no_list) {
        deny(a);
        return;
    }
    snprintf(address, sizeof address, "%.*s", of ? (int)strcspn(of + 9, "&") : 0, of ? of + 9 : "");
    if (!of && from > 0 && w.endless) {
        server_old(from, a);
        return;
    }
    server_attempts(of ? server_person(address) : NULL, from,
                    of           ? PAGE
                    : w.page_all ? w.page_all
                                 : PAGE_ALL,
                    a);
}

static void server_answer(const struct request *r, struct answer *a)
{
    static const char complete[] = "/api/v0/claims/complete/id/",
                      status[] = "/api/v0/claims/status/",
                      attempts[] = "/api/v0/claims/id/attempts",
                      success[] = "/api/v0/claims/success/id/";
    const char *path = r->path.ptr;

    a->status = 200;
    server_catch_up();
    if (store_answer(r, a)) {
        return;
    } else if (strncmp(path, complete, sizeof complete - 1) == 0) {
        assert_string_equal(r->body.ptr, "{\"_expectedVersion\":7," FIELDS "}");
        server_complete(path + sizeof complete - 1, a);
    } else if (strncmp(path, status, sizeof status - 1) == 0) {
        server_status(path + sizeof status - 1, a);
    } else if (strncmp(path, "/api/v0/claim/id", 16) == 0) {
        server_claim(a);
        if (r->taker) {
            assert_int_equal(r->taker->take(r->taker, (struct slice){a->body.ptr, a->body.len}), 0);
            a->taken = r->taker;
            text_clear(&a->body);
        }
    } else if (strncmp(path, attempts, sizeof attempts - 1) == 0) {
        server_list(path, a);
    } else if (strncmp(path, success, sizeof success - 1) == 0) {
        w.counts++;
        if (w.hidden || w.no_count)
            deny(a);
        else
            server_count(server_person(path + sizeof success - 1), a);
    } else {
        fail_msg("no such route: %s", path);
    }
}

/* What was read lately is given again, whatever has become of it. */
static void server_or_cache(const struct request *r, struct answer *a)
{
    bool cached = w.cache_ns && !r->post && !strstr(r->path.ptr, "/status/");

    for (size_t i = 0; cached && i < w.n_cached; i++)
        if (strcmp(w.cached[i].path, r->path.ptr) == 0 && w.now_ns < w.cached[i].until_ns) {
            a->status = 200;
            text_puts(&a->body, w.cached[i].body.ptr);
            return;
        }
    server_answer(r, a);
    if (!cached || a->status != 200)
        return;
    assert_true(w.n_cached < CACHED_MAX);
    snprintf(w.cached[w.n_cached].path, sizeof w.cached[0].path, "%s", r->path.ptr);
    text_init(&w.cached[w.n_cached].body);
    text_puts(&w.cached[w.n_cached].body, a->body.ptr);
    w.cached[w.n_cached++].until_ns = w.now_ns + w.cache_ns;
}

/* What every answer carries: the server's clock. */
static void put_head(struct answer *a, const char *more)
{
    time_t at = (time_t)((stamp_ms() + w.date_ms) / 1000);
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

static const struct rule *chaos_for(bool complete)
{
    static const struct rule of_completes[] = {
        {.what = LOSE_LATE},
        {.what = SAY_AFTER, .status = 500, .body = "{\"errorMessage\":\"broke afterwards\"}"},
    };
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

    if (r % w.fault_every)
        return NULL;
    r /= w.fault_every;
    if (complete && w.odd_faults && r % 4 == 0)
        return &of_completes[r / 4 % COUNT(of_completes)];
    return &faults[r / 4 % COUNT(faults)];
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
        server_or_cache(q, a);
    if (r->what == LOSE_LATE)
        server_hold_back(strrchr(q->path.ptr, '/') + 1);
    if (r->what == SAY || r->what == SAY_AFTER) {
        text_clear(&a->body);
        a->status = r->status;
        text_puts(&a->body, r->body ? r->body : "");
        put_head(a, r->head);
    } else {
        lose_it(a, r->what == NOT_SENT ? FATE_NOT_SENT : FATE_LOST);
    }
}

/* The row whose step has this item. */
static struct driven *row_of(int64_t item)
{
    for (size_t i = 0; i < w.n_rows; i++)
        for (size_t k = 0; k < w.rows[i].steps; k++)
            if (w.rows[i].items[k] == item)
                return &w.rows[i];
    fail_msg("a step is sent that nobody asked for");
    return NULL;
}

/* The items of a request that does something are in the file as being sent, before any byte leaves. */
static void assert_durable(const struct exchange *x)
{
    const struct flight *f = x->owner;
    struct err e = ERR_INIT;
    size_t n = 0;

    assert_true(f->n >= 1 && f->n <= f->aim->target->batch);
    for (const struct step *s = f->steps; s; s = s->next, n++) {
        struct ledger_item item;

        assert_ptr_equal(s->target, f->aim->target);
        assert_int_equal(
            ledger_find(w.witness, s->target->ledger_id, row_of(s->item)->key, &item, &e), 1);
        assert_int_equal(item.id, s->item);
        assert_int_equal(item.state, STATE_SENDING);
        assert_int_equal(item.intent_ms, fake_wall_ms());
        assert_int_equal(item.tries, s->tries);
        if (w.meddle) {
            const struct ledger_move m = {.to = STATE_SUCCESS}; /* which may become nothing else */
            assert_int_equal(ledger_move(w.witness, item.id, &m, &e), 0);
            assert_int_equal(ledger_commit(w.witness, &e), 0);
        }
    }
    assert_int_equal(n, f->n);
}

static int64_t takes_ns(const struct request *r)
{
    return w.slow_path && strstr(r->path.ptr, w.slow_path) ? w.slow_ns : 5 * MS;
}

void fake_submit(struct http_pool *p, struct exchange *x)
{
    struct exchange **end = &w.first;
    bool complete = strstr(x->request.path.ptr, "/complete/") != NULL;
    const struct rule *r = rule_for(x->request.path.ptr);

    (void)p;
    if (!r && w.chaos)
        r = chaos_for(complete);
    assert_int_equal(x->request.post, complete || strncmp(x->request.path.ptr, "/batch/", 7) == 0);
    if (x->request.post)
        assert_durable(x);
    if (complete && w.completes < ROWS_MAX)
        w.complete_at_ns[w.completes] = w.now_ns;
    w.completes += complete;
    if (complete && w.completes == w.crash_at) {
        if (w.crash_after)
            server_take(strrchr(x->request.path.ptr, '/') + 1);
        crash();
    }
    store_note(&x->request);
    w.polls += strstr(x->request.path.ptr, "/status/") != NULL;
    w.requests++;
    w.last_request_ns = w.now_ns;
    x->answer.fate = FATE_ANSWERED;
    if (r) {
        obey(r, &x->request, &x->answer);
    } else {
        server_or_cache(&x->request, &x->answer);
        put_head(&x->answer, NULL);
    }
    /* when it comes back: the pool's own field serves as the time */
    x->sent = (size_t)(r && r->what == HANG ? NEVER : w.now_ns + takes_ns(&x->request));
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

/* The item goes back to be sent, of an action which may be repeated. */
static int driver_back(const struct target *t, const struct ledger_item *known, struct err *e)
{
    if (!known || known->state == STATE_PLANNED || !t->action->repeatable ||
        known->state == STATE_ACCEPTED)
        return 0;
    return ledger_turn(w.l, known->id, false, e);
}

/* A step that is to be sent; or, if it may be repeated, one that was accepted in an earlier run; or else
 * one that was sent before, which is looked up first. */
static int driver_step(struct driven *row, const struct ledger_item *known, struct step **out,
                       struct err *e)
{
    struct target *t = &w.targets[row->targets[row->at]];
    int64_t *item = &row->items[row->at];
    bool as_it_is = known && (known->state == STATE_ACCEPTED || !t->action->repeatable);

    if (!known &&
        add_item(w.l, &w.run, t->ledger_id, row->key, row->recipient, w.at, w.at + 1, item, e))
        return -1;
    if (driver_back(t, known, e) != 0)
        return -1;
    *out = step_new(t, row->recipient, FIELDS);
    (*out)->item = *item;
    (*out)->state = as_it_is ? known->state : STATE_PLANNED;
    (*out)->tries = known ? known->tries : 0;
    (*out)->row = &row->row;
    row->handed++;
    return 0;
}

/* What is done about a row whose key the ledger knows: 1 if nothing is to be sent for it. */
static int driver_known(void *context, struct driven *row, const struct ledger_item *known,
                        struct err *e)
{
    bool follows = issue_follows(context, known->id);

    row->items[row->at] = known->id;
    if (known->state == STATE_PLANNED)
        return 0;
    if (known->state == STATE_FAILED)
        return !w.retry_failed;
    if (known->state == STATE_SUCCESS || known->state == STATE_ELSEWHERE)
        return 1;
    row->handed += follows;
    if (follows)
        return issue_attach(context, known->id, row->recipient, FIELDS, w.resend_unknown, &row->row,
                            e) == 0
                   ? 1
                   : -1;
    if (w.targets[row->targets[row->at]].action->repeatable)
        return 0;
    return !w.resend_unknown || known->state != STATE_UNKNOWN;
}

/* The row's next step that is not done: *out is NULL if there is nothing to send for it. */
static int driver_row(void *context, struct driven *row, struct step **out, struct err *e)
{
    struct ledger_item known = {.state = STATE_SUCCESS};
    int found = 1, rc = 1;

    for (size_t at = row->at; found == 1 && known.state == STATE_SUCCESS && at < row->steps; at++) {
        row->at = at;
        found = ledger_find(w.l, w.targets[row->targets[at]].ledger_id, row->key, &known, e);
        rc = found == 1 ? driver_known(context, row, &known, e) : found;
    }
    if (rc == 0 && w.targets[row->targets[row->at]].closed)
        issue_leave_out(context, &w.targets[row->targets[row->at]]);
    else if (rc == 0)
        rc = driver_step(row, found ? &known : NULL, out, e);
    return rc < 0 ? -1 : 0;
}

static int driver_one(void *context, struct step **out, struct err *e)
{
    struct driven *row;

    for (*out = NULL; !*out;) {
        row = w.ready;
        if (row) {
            w.ready = row->next;
            if (!w.ready)
                w.ready_end = &w.ready;
        } else if (w.at == w.n_rows) {
            return ISSUE_NONE;
        } else if (w.later_every && w.at % w.later_every == 0 && !w.was_later) {
            w.laters++;
            w.was_later = true;
            return ISSUE_LATER;
        } else {
            row = &w.rows[w.at++];
            w.was_later = false;
        }
        if (w.at == w.fail_next_at)
            return err_set(e, EXIT_INPUT, "the input broke");
        if (driver_row(context, row, out, e) != 0)
            return -1;
    }
    return ISSUE_STEP;
}

/* Nothing of them is sent, for the input broke behind them. */
static void forget_steps(struct step *s)
{
    for (struct step *next; s; s = next) {
        next = s->next;
        ((struct driven *)s->row)->handed--;
        step_free(s);
    }
}

static int driver_next(void *context, size_t most, struct step **out, struct err *e)
{
    struct step **end = out, *s;

    *out = NULL;
    for (size_t n = 0; n < most; n++) {
        int next = driver_one(context, &s, e);

        if (next < 0)
            forget_steps(*out);
        if (next == ISSUE_LATER && *out) { /* which is said when it is asked for more */
            w.laters--;
            w.was_later = false;
        }
        if (next != ISSUE_STEP)
            return next >= 0 && *out ? ISSUE_STEP : next;
        *end = s;
        end = &s->next;
    }
    return ISSUE_STEP;
}

static void driver_rested(void *context, const struct step *s)
{
    struct driven *row = (struct driven *)s->row;

    (void)context;
    w.rested++;
    if (!row)
        return;
    assert_int_equal(row->items[row->at], s->item);
    row->rested++;
    assert_int_equal(row->rested, row->handed); /* handed back before the next is taken */
    if (s->state != STATE_SUCCESS || row->at + 1 == row->steps)
        return;
    row->at++;
    row->next = NULL;
    *w.ready_end = row;
    w.ready_end = &row->next;
}

static int driver_tick(void *context, size_t waiting, int64_t now_ns)
{
    (void)context;
    w.most_waiting = waiting > w.most_waiting ? waiting : w.most_waiting;
    if (w.crash_ns && now_ns >= w.crash_ns)
        crash();
    return w.signal_ns && now_ns >= w.signal_ns ? SIGINT : 0;
}

static void driver_say(void *context, const char *text)
{
    (void)context;
    assert_true(text[0] != '\0');
    w.said++;
}

/* ---- scenes ---- */

/* A world with so many rows, each for its own recipient. */
static void world_begin(size_t rows)
{
    char hex[64];

    for (size_t i = 0; i < w.n_cached; i++)
        text_release(&w.cached[i].body);
    memset(&w, 0, sizeof w);
    w.now_ns = 100000 * S;
    w.n_rows = rows;
    for (size_t i = 0; i < rows; i++) {
        snprintf(hex, sizeof hex, "0x%040zx", i + 1);
        assert_null(identity_canonical(slice_of(hex), w.rows[i].recipient));
        memcpy(w.rows[i].key, &i, sizeof i);
        w.rows[i].key[KEY_SIZE - 1] = 1;
        w.rows[i].steps = 1;
    }
    w.targets[0] = (struct target){.action = &action_claim,
                                   .id = "id",
                                   .batch = 1,
                                   .version = ACTION_VERSION_UNKNOWN,
                                   .left = CLAIMFIT_UNKNOWN};
    w.queue_ns = S;
    w.fault_every = 5;
    w.late_ns = QUEUE_DELAY / 2;
    w.o = (struct issue_options){.n_targets = 1,
                                 .in_flight = IN_FLIGHT,
                                 .tries_max = 4,
                                 .timeout_ns = 60 * S,
                                 .patience_ns = 120 * S,
                                 .settle_timeout_ns = 300 * S,
                                 .queue_delay_ns = QUEUE_DELAY,
                                 .seed = 1};
    assert_int_equal(redact_add(&w.secrets, PASSWORD), 0);
}

static void open_ledgers(void)
{
    static const uint8_t hash[LEDGER_HASH_SIZE];

    w.e = (struct err)ERR_INIT;
    w.l = ledger_open("ledger.db", &w.e);
    w.witness = ledger_open("ledger.db", &w.e);
    assert_non_null(w.l);
    assert_non_null(w.witness);
    for (size_t i = 0; i < w.o.n_targets; i++) {
        const struct ledger_target t = {
            .action = w.targets[i].action->name, .url = "https://x", .name = w.targets[i].id};
        assert_int_equal(ledger_target_id(w.l, &t, &w.targets[i].ledger_id, &w.e), 0);
        w.targets[i].number = i;
    }
    assert_int_equal(
        ledger_run_begin(
            w.l, w.targets[0].ledger_id, "",
            &(struct ledger_input){.name = "in.csv", .hash = hash, .rows = w.n_rows, .reading = ""},
            &w.run, &w.e),
        0);
    assert_int_equal(ledger_commit(w.l, &w.e), 0);
}

static void close_ledgers(void)
{
    ledger_close(w.witness);
    ledger_close(w.l);
    w.l = w.witness = NULL;
}

static void run_begin(void)
{
    w.at = 0;
    w.rested = 0;
    w.aborted = w.was_later = w.crashed = false;
    w.ready = NULL;
    w.ready_end = &w.ready;
    for (size_t i = 0; i < w.n_rows; i++)
        w.rows[i].at = w.rows[i].handed = w.rows[i].rested = 0;
    assert_int_equal(budget_open(&w.budget, NULL, "", &(struct rate_policy){w.rate, S}, w.rate > 0,
                                 1, &(struct err)ERR_INIT),
                     0);
    /* what a process knows of its targets by itself */
    for (size_t i = 0; i < w.o.n_targets; i++) {
        w.targets[i].baselined = w.targets[i].closed = false;
        w.targets[i].baseline = 0;
    }
    w.o.targets = w.targets;
    w.o.pool = (struct http_pool *)(void *)&w; /* it is not looked into */
    w.o.ledger = w.l;
    w.o.run = &w.run;
    w.o.budget = &w.budget;
    w.o.stoprule = &w.stoprule;
    w.o.secrets = &w.secrets;
}

/* One run over all rows; what issue_run gave. */
static int world_run(void)
{
    struct issue_driver d = {
        .next = driver_next, .rested = driver_rested, .tick = driver_tick, .say = driver_say};
    struct issue *volatile is;
    volatile int rc = 0;

    open_ledgers();
    run_begin();
    is = issue_new(&w.o, &d, &w.e);
    assert_non_null(is);
    d.context = is;
    if (setjmp(w.crash) == 0) {
        if (!w.unloaded)
            assert_int_equal(issue_load(is, &w.e), 0);
        rc = issue_run(is, &w.end, &w.e);
    } else { /* what was on the wires is forgotten */
        w.first = NULL;
        w.on_wire = 0;
        for (size_t i = 0; i < w.n_rows; i++)
            w.rows[i].rested = w.rows[i].handed;
        for (size_t i = 0; i < w.o.n_targets; i++) {
            free(w.targets[i].shown);
            w.targets[i].shown = NULL;
        }
    }
    issue_free(is);
    assert_int_equal(w.on_wire, 0); /* every exchange came back */
    assert_true(w.most_on_wire <= w.o.in_flight);
    for (size_t i = 0; i < w.n_rows; i++) /* each row came back */
        assert_int_equal(w.rows[i].rested, w.rows[i].handed);
    return rc;
}

static void world_must_run(void)
{
    if (world_run() != 0)
        fail_msg("%s", w.e.text);
    close_ledgers();
}

static enum state state_of_step(size_t i, size_t step)
{
    struct ledger_item item;
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open("ledger.db", &e);
    int64_t target = w.targets[w.rows[i].targets[step]].ledger_id;
    int found = ledger_find(l, target, w.rows[i].key, &item, &e);

    ledger_close(l);
    assert_true(found >= 0);
    return found ? item.state : STATE_PLANNED;
}

static enum state state_of_row(size_t i)
{
    return state_of_step(i, 0);
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
        .kind = LEDGER_ROW_OWNER, .step = 1, .row = 1, .line = 2, .item = w.rows[i].items[0]};
    struct ledger_result r;
    struct ledger_cursor *c;

    assert_int_equal(ledger_put_rows(l, &w.run, &row, 1, &e), 0);
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
    assert_int_equal(w.targets[0].version, 7);
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
    w.targets[0].version = 7;
    world_must_run();
    assert_int_equal(w.asks, 0);
    assert_states(0, 3, STATE_SUCCESS);
}

static void test_pending_in_both_forms(void **state)
{
    for (int idx = 0; idx < 2; idx++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(5);
        w.idx = idx;
        w.queue_ns = 20 * S;
        world_must_run();
        assert_states(0, 5, STATE_SUCCESS);
        assert_true(w.polls > 5);
        assert_int_equal(leave_folder(state), 0);
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
    assert_true(w.now_ns - 100000 * S >= w.o.settle_timeout_ns);
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

/* ---- what proves a lost request absent ---- */

/* How often the rows' recipients have been completed, as the server knows it. */
static void assert_times(size_t from, size_t to, unsigned want)
{
    for (size_t i = from; i < to; i++) {
        const struct person *p = server_person(w.rows[i].recipient);
        unsigned n = 0;

        for (size_t k = 0; k < p->n; k++)
            n += !p->attempts[k].fails && !p->attempts[k].older;
        if (n != want)
            fail_msg("row %zu: completed %u times, not %u", i, n, want);
    }
}

static void assert_error(size_t i, const char *want)
{
    char error[ACTION_TEXT_MAX];

    error_of_row(i, error);
    assert_says(error, want);
}

static struct rule lose(unsigned nth, enum what what)
{
    return (struct rule){.path = "/complete/", .first = nth, .last = nth, .what = what};
}

/* Others are sent all the time: one of them shows when the queue's delay has passed. */
static void test_lost_amid_others(void **state)
{
    static const struct {
        enum what what;
        int64_t lag_ns;
        bool one_by_one;
        unsigned completes;
    } cases[] = {
        {LOSE_BEFORE, 0, false, 101},      {LOSE_BEFORE, 10 * S, false, 101},
        {LOSE_BEFORE, 70 * S, false, 101}, {LOSE_BEFORE, 0, true, 101},
        {LOSE_AFTER, 0, false, 100},       {LOSE_AFTER, 10 * S, false, 100},
        {LOSE_AFTER, 70 * S, false, 100},  {LOSE_AFTER, 180 * S, false, 100},
        {LOSE_LATE, 0, false, 100},        {LOSE_LATE, 70 * S, false, 100},
        {LOSE_LATE, 10 * S, true, 100},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 2;
        w.lag_ns = cases[i].lag_ns;
        w.one_by_one = cases[i].one_by_one;
        w.late_ns = QUEUE_DELAY - 5 * S;
        w.rules[0] = lose(3, cases[i].what);
        world_must_run();
        assert_states(0, 100, STATE_SUCCESS);
        assert_int_equal(w.completes, cases[i].completes);
        assert_times(0, 100, 1);
        if (w.completes == 101) /* sent again when the delay had passed, at the soonest */
            for (unsigned k = 0; k < w.n_taken; k++)
                if (strcmp(w.people[w.taken[k].person].address, w.rows[2].recipient) == 0)
                    assert_true(taken_at(k)->settles_ns >= w.complete_at_ns[2] + QUEUE_DELAY);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Nothing is sent after the last row: how far the list is behind has to be waited for as well. */
static void test_lost_at_the_end(void **state)
{
    static const int64_t lags[] = {0, S, 30 * S, QUEUE_DELAY, 2 * QUEUE_DELAY};
    static const enum what whats[] = {LOSE_BEFORE, LOSE_AFTER, LOSE_LATE};

    for (size_t i = 0; i < COUNT(lags) * COUNT(whats); i++) {
        enum what what = whats[i % COUNT(whats)];

        assert_int_equal(enter_folder(state), 0);
        world_begin(10);
        w.lag_ns = lags[i / COUNT(whats)];
        w.rules[0] = lose(10, what);
        world_must_run();
        assert_states(0, 10, STATE_SUCCESS);
        assert_times(0, 10, 1);
        assert_int_equal(w.completes, what == LOSE_BEFORE ? 11 : 10);
        if (what == LOSE_BEFORE)
            assert_true(w.complete_at_ns[10] - w.complete_at_ns[9] >= QUEUE_DELAY + w.lag_ns);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* One row alone: nothing ever shows that a list which shows nothing can be believed. */
static void test_lost_alone(void **state)
{
    static const enum what whats[] = {LOSE_BEFORE, LOSE_AFTER};

    for (size_t i = 0; i < COUNT(whats); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(1);
        w.rules[0] = lose(1, whats[i]);
        world_must_run();
        assert_int_equal(w.completes, 1);
        assert_states(0, 1, whats[i] == LOSE_AFTER ? STATE_SUCCESS : STATE_UNKNOWN);
        if (whats[i] == LOSE_BEFORE)
            assert_error(0, "nothing that was sent later shows that its list can be believed");
        assert_int_equal(leave_folder(state), 0);
    }
}

/* An empty list with a count of 0: nobody is absent for all that, and a server that loses all is not sent
 * the whole file. */
static void test_empty_lists(void **state)
{
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.empty = true;
        w.rules[0] = (struct rule){.path = "/complete/", .what = taken ? LOSE_AFTER : LOSE_BEFORE};
        world_must_run();
        assert_says(w.end.stopped, "no usable answer");
        assert_in_range(w.completes, IN_FLIGHT + 20, 2 * IN_FLIGHT + 20);
        assert_times(0, w.completes, taken ? 1 : 0);
        assert_times(w.completes, 100, 0);
        assert_states(0, w.completes, STATE_UNKNOWN);
        assert_states(w.completes, 100, STATE_PLANNED);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Only some are lost: each row is sent once. */
static void test_empty_lists_and_some_lost(void **state)
{
    (void)state;
    world_begin(40);
    w.empty = true;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 5, .last = 12, .what = LOSE_AFTER};
    w.rules[1] = lose(20 - 8, LOSE_BEFORE); /* it does not count what the other rule takes */
    world_must_run();
    assert_int_equal(w.completes, 40);
    assert_states(4, 12, STATE_UNKNOWN);
    assert_states(19, 20, STATE_UNKNOWN);
    assert_error(4, "does not show what was accepted, so it proves nothing");
    assert_times(0, 19, 1);
    assert_states(20, 40, STATE_SUCCESS);
    world_must_run(); /* and in the next run as well */
    assert_int_equal(w.completes, 40);
}

/* What is asked by address comes from a host that is behind: the claim's own list decides, however small its
 * pages. */
static void test_empty_addresses(void **state)
{
    static const size_t pages[] = {0, 1, 2, 7};

    for (size_t i = 0; i < 2 * COUNT(pages); i++) {
        bool taken = i % 2;

        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 2;
        w.empty_of_one = true;
        w.page_all = pages[i / 2];
        w.rules[0] = lose(3, taken ? LOSE_AFTER : LOSE_BEFORE);
        world_must_run();
        assert_int_equal(w.completes, taken ? 100 : 101);
        assert_times(0, 100, 1);
        assert_states(0, 100, STATE_SUCCESS);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* … and so do the further pages of the claim's list: then nothing is proved. */
static void test_torn_list(void **state)
{
    static const size_t pages[] = {2, 7, 25};

    for (size_t i = 0; i < 2 * COUNT(pages); i++) {
        bool taken = i % 2;

        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 2;
        w.empty_of_one = true;
        w.page_all = pages[i / 2];
        w.torn_ns = w.now_ns + S;
        w.rules[0] = lose(6, taken ? LOSE_AFTER : LOSE_BEFORE);
        world_must_run();
        assert_int_equal(w.completes, 100); /* it may be found before it is on a further page */
        assert_times(5, 6, taken ? 1 : 0);
        if (!taken)
            assert_error(5, "its list has gaps, or does not reach back");
        assert_int_equal(leave_folder(state), 0);
    }
}

/* The lists lack the attempt that was lost, and show later ones; or they do not say whose it is. */
static void test_veiled_lists(void **state)
{
    for (unsigned i = 0; i < 8; i++) {
        bool taken = i % 2;
        unsigned row = i / 4 * 2; /* the very first one, too */

        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 2;
        w.empty_of_one = true;
        w.nameless = i / 2 % 2;
        w.left_out = w.nameless ? NULL : w.rows[row].recipient;
        w.rules[0] = lose(row + 1, taken ? LOSE_AFTER : LOSE_BEFORE);
        world_must_run();
        assert_int_equal(w.completes, taken || w.nameless ? 100 : 101);
        assert_times(row, row + 1, taken || !w.nameless);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Pages of the claim's list settle what was accepted: nobody is asked about alone. */
static void test_settled_by_pages(void **state)
{
    static const struct {
        size_t page_all;
        bool nameless, fails;
        unsigned polls_min, polls_max, lists_max;
    } cases[] = {
        {25, false, false, 0, 8, 40},    /* 8 pages of 25, and a few that are not full */
        {2, false, false, 0, 200, 150},  /* small ones, too, for a while at least */
        {25, true, false, 200, 300, 40}, /* whose they are is not told: then it is asked */
        {25, false, true, 200, 300, 40}, /* that they have failed is told, but not why */
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(200);
        w.rate = 50;
        w.page_all = cases[i].page_all;
        w.nameless = cases[i].nameless;
        w.queue_fails = w.stoprule.keep_going = cases[i].fails;
        world_must_run();
        assert_int_equal(w.completes, 200);
        assert_states(0, 200, cases[i].fails ? STATE_FAILED : STATE_SUCCESS);
        assert_in_range(w.polls, cases[i].polls_min, cases[i].polls_max);
        assert_in_range(w.lists, 8, cases[i].lists_max);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* A list that is behind is waited for, a while; one that stands still, or is denied, is done without. */
static void test_settled_in_spite_of_lists(void **state)
{
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 20;
        if (i == 0)
            w.lag_ns = 5 * S;
        else if (i == 1)
            w.lag_ns = 1000 * S;
        else if (i == 2)
            w.frozen_ns = w.now_ns + 2 * S;
        else
            w.no_list = true;
        w.one_by_one = i == 4;
        world_must_run();
        assert_int_equal(w.completes, 100);
        assert_states(0, 100, STATE_SUCCESS);
        assert_in_range(w.polls, i == 0 ? 0 : 20, i == 0 ? 10 : i == 4 ? 700 : 250);
        assert_true(w.now_ns < 100200 * S);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* What a process that was killed had lost is looked for down to what it knew, not to where it began. */
static void test_floor_of_a_crash(void **state)
{
    (void)state;
    world_begin(ROWS_MAX);
    w.rate = 20;
    w.page_all = 5;
    w.vague = true;
    w.crash_at = ROWS_MAX - 20;
    world_run();
    close_ledgers();
    w.crash_at = 0;
    w.lists = 0;
    world_must_run();
    assert_times(0, ROWS_MAX, 1);
    assert_states(0, ROWS_MAX, STATE_SUCCESS);
    assert_in_range(w.lists, 1, ROWS_MAX / 5);
}

/* A list that is too long to be read down to the floor is read once, and not again at each look. */
static void test_endless_list(void **state)
{
    (void)state;
    world_begin(ROWS_MAX);
    w.rate = 20;
    w.endless = true;
    w.crash_at = 60;
    world_run();
    close_ledgers();
    w.crash_at = 0;
    w.lists = 0;
    world_must_run();
    assert_in_range(w.lists, 1000, 1100);
    assert_times(59, 60, 0);
    assert_states(59, 60, STATE_UNKNOWN);
    assert_states(60, ROWS_MAX, STATE_SUCCESS);
}

/* What is lost together is looked for together: the list is not read once for each. */
static void test_losses_in_waves(void **state)
{
    (void)state;
    world_begin(200);
    w.rate = 50;
    w.vague = true;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 20, .last = 27, .what = LOSE_AFTER};
    w.rules[1] = (struct rule){.path = "/complete/", .first = 20, .last = 27, .what = LOSE_BEFORE};
    world_must_run();
    assert_times(0, 200, 1);
    assert_states(0, 200, STATE_SUCCESS);
    assert_in_range(w.pages, 4, 16);
    assert_in_range(w.lists, 1, 32);
}

/* A list that was frozen before the run, or in its midst before any of it showed. */
static void test_frozen_lists(void **state)
{
    static const int64_t after[] = {-100 * S, 0, S / 2};
    static const enum what whats[] = {LOSE_BEFORE, LOSE_AFTER};

    for (size_t i = 0; i < COUNT(after) * COUNT(whats); i++) {
        bool taken = whats[i % COUNT(whats)] == LOSE_AFTER;

        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 2;
        w.frozen_ns = w.now_ns + after[i / COUNT(whats)];
        w.rules[0] = lose(3, whats[i % COUNT(whats)]);
        world_must_run();
        assert_int_equal(w.completes, 100);
        assert_times(2, 3, taken ? 1 : 0);
        assert_states(2, 3, STATE_UNKNOWN);
        assert_states(3, 100, STATE_SUCCESS);
        w.frozen_ns = 0; /* it thaws: what is shown is found, the rest is still not proved absent */
        world_must_run();
        assert_int_equal(w.completes, 100);
        assert_states(2, 3, taken ? STATE_SUCCESS : STATE_UNKNOWN);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Whatever the clocks say, theirs and ours, and while ours is set. */
static void test_clocks(void **state)
{
    static const int64_t skews[] = {0, 3600000, -3600000, 7 * 86400000LL, -7 * 86400000LL};
    static const int64_t steps[] = {0, 3600000, -3600000};

    for (size_t i = 0; i < COUNT(skews) * COUNT(steps); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 2;
        w.skew_ms = skews[i % COUNT(skews)];
        w.date_ms = -skews[(i + 1) % COUNT(skews)];
        w.wall_step_ns = w.now_ns + 20 * S;
        w.wall_step_ms = steps[i / COUNT(skews)];
        server_had(w.rows[2].recipient, 500 * S); /* which is none of this run's */
        server_had(w.rows[4].recipient, 500 * S);
        server_had(w.rows[9].recipient, S);
        w.rules[0] = lose(3, LOSE_BEFORE);
        w.rules[1] = lose(5 - 1, LOSE_AFTER);
        world_must_run();
        assert_states(0, 100, STATE_SUCCESS);
        assert_times(0, 100, 1);
        assert_int_equal(w.completes, 101);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Who had the claim before is not shown as done by that, nor sent twice for it. */
static void test_lost_and_had_before(void **state)
{
    static const struct {
        int64_t ago_ns;
        enum what what;
    } cases[] = {{3600 * S, LOSE_BEFORE}, {3600 * S, LOSE_AFTER}, {S, LOSE_BEFORE},
                 {S, LOSE_AFTER},         {0, LOSE_BEFORE},       {0, LOSE_AFTER}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(10);
        server_had(w.rows[2].recipient, cases[i].ago_ns + S);
        server_had(w.rows[2].recipient, cases[i].ago_ns);
        server_had(w.rows[5].recipient, cases[i].ago_ns);
        w.rules[0] = lose(3, cases[i].what);
        world_must_run();
        assert_states(0, 10, STATE_SUCCESS);
        assert_times(0, 10, 1);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* No page could be had before the first send: then what is there may be ours, and is taken for it, rather
 * than sent twice. */
static void test_no_baseline(void **state)
{
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(20);
        server_had(w.rows[2].recipient, 3600 * S);
        w.rules[0] = (struct rule){
            .path = "/attempts", .first = 1, .last = w.o.tries_max, .what = SAY, .status = 502};
        w.rules[1] = lose(3, taken ? LOSE_AFTER : LOSE_BEFORE);
        world_must_run();
        assert_states(0, 20, STATE_SUCCESS);
        assert_int_equal(w.completes, 20);
        assert_times(2, 3, taken ? 1 : 0);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* What is found of a row may be years old: by it no list shows that it is of the present. */
static void test_what_is_found_is_no_fence(void **state)
{
    (void)state;
    world_begin(2);
    server_had(w.rows[1].recipient, 3600 * S);
    w.frozen_ns = w.now_ns;
    w.rules[0] = (struct rule){
        .path = "/attempts", .first = 1, .last = w.o.tries_max, .what = SAY, .status = 502};
    w.rules[1] = lose(1, LOSE_AFTER);
    w.rules[2] = lose(2, LOSE_BEFORE);
    world_must_run();
    assert_int_equal(w.completes, 2);
    assert_times(0, 1, 1);
    assert_states(0, 1, STATE_UNKNOWN);
}

/* ---- resent on purpose ---- */

/* Once more, and no more than that, whichever way the row comes. */
static void test_resend_unknown(void **state)
{
    for (int unloaded = 0; unloaded < 2; unloaded++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(1);
        w.rules[0] = (struct rule){.path = "/complete/", .what = LOSE_BEFORE};
        world_must_run();
        assert_states(0, 1, STATE_UNKNOWN);
        w.unloaded = unloaded;
        world_must_run();
        assert_int_equal(w.completes, 1);
        w.resend_unknown = true;
        world_must_run();
        assert_states(0, 1, STATE_UNKNOWN);
        assert_int_equal(w.completes, 2);
        world_must_run();
        assert_int_equal(w.completes, 3);
        memset(w.rules, 0, sizeof w.rules);
        world_must_run();
        assert_states(0, 1, STATE_SUCCESS);
        assert_int_equal(w.completes, 4);
        assert_times(0, 1, 1);
        world_must_run();
        assert_int_equal(w.completes, 4);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* It is looked for first, and what is found is not sent. */
static void test_resend_finds(void **state)
{
    for (int unloaded = 0; unloaded < 2; unloaded++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(3);
        w.empty = true;
        w.rules[0] = lose(2, LOSE_AFTER);
        world_must_run();
        assert_states(1, 2, STATE_UNKNOWN);
        w.empty = false;
        w.unloaded = unloaded;
        w.resend_unknown = true;
        world_must_run();
        assert_states(0, 3, STATE_SUCCESS);
        assert_int_equal(w.completes, 3);
        assert_times(0, 3, 1);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Where it can't be looked for nothing is sent, though it was asked for. */
static void test_resend_and_no_answers(void **state)
{
    (void)state;
    world_begin(1);
    w.rules[0] = lose(1, LOSE_BEFORE);
    world_must_run();
    assert_states(0, 1, STATE_UNKNOWN);
    w.resend_unknown = true;
    w.rules[0] = (struct rule){.path = "/attempts", .what = SAY, .status = 502};
    world_must_run();
    assert_states(0, 1, STATE_UNKNOWN);
    assert_int_equal(w.completes, 1);
}

/* Refused, because the first request was taken: it is looked up, and not shown as failed. */
static void test_resent_and_refused(void **state)
{
    (void)state;
    world_begin(1);
    w.hidden = true;
    w.rules[0] = lose(1, LOSE_AFTER);
    world_must_run();
    assert_states(0, 1, STATE_UNKNOWN);
    w.resend_unknown = true;
    w.rules[0] = (struct rule){.path = "/complete/",
                               .what = SAY,
                               .status = 500,
                               .body = "{\"errorMessage\":\"Code already used\"}"};
    world_must_run();
    assert_states(0, 1, STATE_UNKNOWN);
    assert_times(0, 1, 1);
    w.hidden = false;
    world_must_run();
    assert_states(0, 1, STATE_SUCCESS);
    assert_int_equal(w.completes, 2);
    assert_times(0, 1, 1);
}

/* … by the queue, and then it is seen that the first was taken. */
static void test_resent_and_refused_by_the_queue(void **state)
{
    for (int shown = 0; shown < 2; shown++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(1);
        w.hidden = true;
        w.rules[0] = lose(1, LOSE_AFTER);
        world_must_run();
        assert_states(0, 1, STATE_UNKNOWN);
        w.resend_unknown = w.queue_fails = true;
        w.rules[0] = (struct rule){
            .path = "id/attempts?", .first = 1, .last = 2, .what = SAY, .status = 403};
        w.rules[1] = (struct rule){
            .path = "claims/success/", .first = 1, .last = 2, .what = SAY, .status = 403};
        w.hidden = !shown;
        world_must_run();
        assert_int_equal(w.completes, 2);
        assert_times(0, 1, 1);
        assert_states(0, 1, shown ? STATE_SUCCESS : STATE_UNKNOWN);
        if (!shown)
            assert_error(0, "sent twice, and the second time refused");
        assert_int_equal(leave_folder(state), 0);
    }
}

/* The attempts are hidden, and the claim counts a success of the address: it is not sent again. */
static void test_resend_and_a_count(void **state)
{
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(1);
        w.no_list = true;
        w.rules[0] = lose(1, taken ? LOSE_AFTER : LOSE_BEFORE);
        world_must_run();
        assert_states(0, 1, STATE_UNKNOWN);
        w.resend_unknown = true;
        world_must_run();
        assert_int_equal(w.completes, taken ? 1 : 2);
        assert_times(0, 1, 1);
        assert_states(0, 1, taken ? STATE_UNKNOWN : STATE_SUCCESS);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* What had no baseline gets none with a resend: by that its first attempt would be older. */
static void test_resend_gets_no_baseline(void **state)
{
    (void)state;
    world_begin(100);
    w.rate = 2;
    w.n_rows = 1;
    w.hidden = true;
    w.rules[0] = lose(1, LOSE_AFTER);
    world_must_run();
    assert_states(0, 1, STATE_UNKNOWN);
    w.hidden = false;
    w.resend_unknown = w.no_count = true;
    w.rules[0] = lose(1, LOSE_BEFORE);
    w.rules[1] = (struct rule){.path = "attempts?address", .what = SAY, .status = 403};
    world_must_run();
    assert_int_equal(w.completes, 2);
    assert_states(0, 1, STATE_UNKNOWN);
    w.n_rows = 100;
    w.resend_unknown = w.no_count = false;
    memset(w.rules, 0, sizeof w.rules);
    world_must_run();
    assert_int_equal(w.completes, 101);
    assert_times(0, 100, 1);
    assert_states(0, 100, STATE_SUCCESS);
}

/* ---- failed, and to be tried again ---- */

static void test_retry_failed(void **state)
{
    static const struct {
        const char *what;
        bool taken; /* it was done all the same */
        bool no_list, no_count;
        bool broken; /* the questions fail */
        enum state want;
        unsigned completes;
    } cases[] = {
        {"done, as the list shows", true, false, true, false, STATE_SUCCESS, 2},
        {"done, as the count shows", true, true, false, false, STATE_SUCCESS, 2},
        {"done, as both show", true, false, false, false, STATE_SUCCESS, 2},
        {"not done", false, false, false, false, STATE_SUCCESS, 3},
        {"not done, and nothing is shown", false, true, true, false, STATE_FAILED, 2},
        {"nobody answers", false, false, false, true, STATE_FAILED, 2},
        {"nobody answers, and it was done", true, false, false, true, STATE_FAILED, 2},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(2);
        w.rules[0] = (struct rule){.path = "/complete/",
                                   .first = 1,
                                   .last = 1,
                                   .what = cases[i].taken ? SAY_AFTER : SAY,
                                   .status = 500,
                                   .body = "{\"errorMessage\":\"broke\"}"};
        world_must_run();
        assert_states(0, 1, STATE_FAILED);
        world_must_run(); /* not asked for: it stays */
        assert_int_equal(w.completes, 2);
        w.retry_failed = true;
        w.no_list = cases[i].no_list;
        w.no_count = cases[i].no_count;
        w.rules[0] = (struct rule){.path = NULL};
        if (cases[i].broken)
            w.rules[0] = (struct rule){.path = "address=", .what = SAY, .status = 502};
        world_must_run();
        if (state_of_row(0) != cases[i].want || w.completes != cases[i].completes)
            fail_msg("%s: %s, sent %u times", cases[i].what, state_name(state_of_row(0)),
                     w.completes);
        assert_times(0, 1, cases[i].taken || cases[i].want == STATE_SUCCESS ? 1 : 0);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* The server of 2024 may say of what it has done that it has failed. */
static void test_said_to_have_failed(void **state)
{
    (void)state;
    world_begin(4);
    w.idx = true;
    w.vague = true;
    w.say_failed_every = 2;
    world_must_run();
    assert_states(0, 1, STATE_FAILED);
    assert_states(1, 2, STATE_SUCCESS);
    w.retry_failed = true;
    world_must_run();
    assert_states(0, 4, STATE_SUCCESS);
    assert_int_equal(w.completes, 4);
    assert_times(0, 4, 1);
}

/* Two rows of one recipient: the success of one is not taken for that of the other, which has failed, not
 * even if it comes about between the two questions of its look. */
static void test_retry_while_another_is_done(void **state)
{
    static const int64_t queues[] = {0, 50 * MS, 100 * MS, 300 * MS, S, 3 * S};

    for (size_t i = 0; i < COUNT(queues) * 4; i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(1);
        w.rules[0] = (struct rule){.path = "/complete/",
                                   .first = 1,
                                   .last = 1,
                                   .what = SAY,
                                   .status = 500,
                                   .body = "{\"errorMessage\":\"broke\"}"};
        world_must_run();
        w.n_rows = 2;
        w.rows[1] = w.rows[0];
        w.rows[i % 2].key[1] = 99; /* whichever comes first in the file */
        w.retry_failed = true;
        w.queue_ns = queues[i / 4];
        w.no_list = i / 2 % 2;
        w.rules[0] =
            (struct rule){.path = "/success/", .first = 1, .last = 1, .what = SAY, .status = 502};
        world_must_run();
        assert_states(0, 2, STATE_SUCCESS);
        assert_times(0, 1, 2);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* ---- attempts that are forgotten, or somebody else's ---- */

static void test_forgotten(void **state)
{
    static const struct {
        const char *what;
        bool fail, no_list, no_count, idx;
        enum state want;
    } cases[] = {
        {"done, and shown", false, false, false, true, STATE_SUCCESS},
        {"done, and the list shows it", false, false, true, false, STATE_SUCCESS},
        {"done, and the count shows it", false, true, false, true, STATE_SUCCESS},
        {"done, and nothing is shown", false, true, true, false, STATE_UNKNOWN},
        {"not done", true, false, false, true, STATE_UNKNOWN},
        {"not done, and nothing is shown", true, true, true, true, STATE_UNKNOWN},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(3);
        w.idx = cases[i].idx;
        w.forget_every = 3;
        w.forgotten_fail = cases[i].fail;
        w.no_list = cases[i].no_list;
        w.no_count = cases[i].no_count;
        world_must_run();
        if (state_of_row(0) != cases[i].want)
            fail_msg("%s: %s", cases[i].what, state_name(state_of_row(0)));
        if (cases[i].want == STATE_UNKNOWN)
            assert_error(0, "does not know of it any more");
        assert_states(1, 3, STATE_SUCCESS);
        assert_int_equal(w.completes, 3);
        assert_times(0, 1, cases[i].fail ? 0 : 1);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* What the server tells of another is no success of ours. */
static void test_anothers_attempt(void **state)
{
    static const struct {
        const char *what;
        unsigned misname_every, wrong_id_every, cached_every, zeros_every;
    } cases[] = {
        {"a status that names another", 2, 0, 0, 0},
        {"the id of the row before it", 0, 2, 0, 0},
        {"of each", 0, 1, 0, 0},
        {"an answer that was given before", 0, 0, 2, 0},
        {"zeros", 0, 0, 0, 2},
        {"zeros, always", 0, 0, 0, 1},
    };

    for (size_t i = 0; i < COUNT(cases) * 2; i++) {
        size_t k = i / 2;

        assert_int_equal(enter_folder(state), 0);
        world_begin(12);
        w.rate = i % 2 ? 2 : 0;
        w.misname_every = cases[k].misname_every;
        w.wrong_id_every = cases[k].wrong_id_every;
        w.cached_every = cases[k].cached_every;
        w.zeros_every = cases[k].zeros_every;
        world_must_run();
        assert_once();
        for (size_t row = 0; row < 12; row++)
            if (state_of_row(row) == STATE_SUCCESS)
                assert_times(row, row + 1, 1);
            else if (state_of_row(row) != STATE_UNKNOWN)
                fail_msg("%s: row %zu is %s", cases[k].what, row, state_name(state_of_row(row)));
        if (!w.cached_every) /* all are there, and found */
            assert_states(0, 12, STATE_SUCCESS);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* ---- a process that dies ---- */

static void test_crash(void **state)
{
    static const struct {
        bool after;       /* the request has been taken when it dies */
        unsigned at;      /* at the so-manieth request */
        int64_t gap_ns;   /* until the next run */
        int64_t wall_ms;  /* by which our clock is set meanwhile */
        bool later_sends; /* others are sent in that run, long enough */
    } cases[] = {
        {false, 5, 0, 0, true},
        {true, 5, 0, 0, true},
        {false, 5, 100 * S, 3600000, true},
        {true, 5, 100 * S, 3600000, true},
        {false, 5, S, -3600000, true},
        {true, 5, S, -3600000, true},
        {false, 100, 0, 0, false},
        {true, 100, 0, 0, false},
        {true, 100, 9000 * S, -3600000, false},
        {false, 100, 9000 * S, 3600000, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(100);
        w.rate = 2;
        w.crash_at = cases[i].at;
        w.crash_after = cases[i].after;
        world_run();
        close_ledgers();
        assert_true(w.crashed);
        w.crash_at = 0;
        w.now_ns += cases[i].gap_ns;
        w.wall_ms = cases[i].wall_ms;
        world_must_run();
        assert_int_equal(w.n_people, 100);
        assert_states(0, cases[i].at - IN_FLIGHT < cases[i].at ? cases[i].at - IN_FLIGHT : 0,
                      STATE_SUCCESS);
        assert_once();
        for (size_t row = 0; row < 100; row++) {
            enum state at = state_of_row(row);

            assert_true(at == STATE_SUCCESS || (!cases[i].later_sends && at == STATE_UNKNOWN));
            if (at == STATE_SUCCESS)
                assert_times(row, row + 1, 1);
        }
        if (cases[i].after) /* what was taken is found */
            assert_states(0, 100, STATE_SUCCESS);
        assert_int_equal(leave_folder(state), 0);
    }
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
    w.targets[0].version = 7;
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
        {{.max_failure_percent = 50, .keep_going = true},
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
    w.targets[0].claimed = &w.claimed_set;
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
    w.signal_ns = 100000 * S + 12 * MS;
    world_must_run();
    assert_int_equal(w.end.signal, SIGINT);
    assert_false(w.aborted); /* what was on its way came back in time */
    assert_true(w.n_attempts > 0 && w.n_attempts < 40);
    assert_states(0, w.n_attempts, STATE_ACCEPTED);
    assert_states(w.n_attempts, 40, STATE_PLANNED);
    assert_true(w.now_ns < 100001 * S);
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
    w.signal_ns = 100001 * S;
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
    assert_int_equal(add_item(w.l, &w.run, w.targets[w.rows[i].targets[0]].ledger_id, w.rows[i].key,
                              w.rows[i].recipient, i, i + 1, &w.rows[i].items[0], &w.e),
                     0);
    assert_int_equal(ledger_move(w.l, w.rows[i].items[0], &m, &w.e), 0);
    w.now_ns -= ago_ns;
    if (taken)
        attempt = server_take(w.rows[i].recipient);
    w.now_ns = now;
    m = (struct ledger_move){.to = to, .now_ms = m.now_ms, .attempt = attempt};
    if (to != STATE_SENDING)
        assert_int_equal(ledger_move(w.l, w.rows[i].items[0], &m, &w.e), 0);
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

/* Items that no row of this run wants any more are found out about, but not sent; and without a later send
 * that shows nothing proves anybody absent. */
static void test_after_a_crash_without_the_rows(void **state)
{
    (void)state;
    world_begin(4);
    leave_behind(0, STATE_SENDING, true, 3600 * S);
    leave_behind(1, STATE_SENDING, false, 3600 * S);
    leave_behind(2, STATE_ACCEPTED, true, 3600 * S);
    w.n_rows = 0;
    world_must_run();
    w.n_rows = 3;
    assert_states(0, 1, STATE_SUCCESS);
    assert_states(1, 2, STATE_UNKNOWN);
    assert_states(2, 3, STATE_SUCCESS);
    assert_int_equal(w.completes, 0);
    world_must_run(); /* the row is back, and nothing else is sent */
    assert_states(1, 2, STATE_UNKNOWN);
    assert_int_equal(w.completes, 0);
    w.n_rows = 4;
    world_must_run(); /* with the last row there is */
    assert_states(0, 4, STATE_SUCCESS);
    assert_int_equal(w.completes, 2);
    assert_once();
}

/* ---- several targets, and several steps in a request ---- */

/* So many rows, dealt out to so many stores, whose requests carry so many each. */
static void stores_begin(size_t rows, size_t stores, size_t batch)
{
    static const char *const ids[TARGETS_MAX] = {"a", "b", "c", "d"};

    world_begin(rows);
    w.o.n_targets = stores;
    for (size_t i = 0; i < stores; i++)
        w.targets[i] = (struct target){.action = &action_batch,
                                       .id = ids[i],
                                       .batch = batch,
                                       .version = 1,
                                       .left = CLAIMFIT_UNKNOWN};
    for (size_t i = 0; i < rows; i++)
        w.rows[i].targets[0] = i % stores;
}

/* Whose turn it was, as "ab…", and how many went with each request, as "10 10 5 ". */
static const char *turns(void)
{
    static char text[REQUESTS_MAX + 1];

    for (unsigned i = 0; i < w.n_batches; i++)
        text[i] = w.batches[i].store[0];
    text[w.n_batches] = '\0';
    return text;
}

static const char *sizes(void)
{
    static char text[BODY_MAX];
    size_t n = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < w.n_batches; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%zu ", w.batches[i].n);
    return text;
}

/* Of the requests that asked what became of some. */
static const char *look_sizes(void)
{
    static char text[BODY_MAX];
    size_t n = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < w.n_looks; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%zu ", w.looks[i].n);
    return text;
}

static void assert_stored(size_t from, size_t to, unsigned times)
{
    for (size_t i = from; i < to; i++)
        assert_int_equal(stored(w.targets[w.rows[i].targets[0]].id, w.rows[i].recipient), times);
}

/* One that takes ten seconds for each answer does not hold up the other, though its rows come as often. */
static void test_a_slow_target_holds_nobody_up(void **state)
{
    const char *last;
    size_t n = 0;

    (void)state;
    stores_begin(100, 2, 1);
    w.o.in_flight = 8;
    w.slow_path = "/batch/a";
    w.slow_ns = 10 * S;
    world_must_run();
    assert_stored(0, 100, 1);
    last = strrchr(turns(), 'b');
    for (const char *at = turns(); at < last; at++)
        n += *at == 'a';
    assert_in_range(n, 1, 8); /* its half, and the first moments */
}

static void test_more_and_more_under_way(void **state)
{
    (void)state;
    world_begin(60);
    w.o.in_flight = 64;
    world_must_run();
    assert_in_range(w.most_on_wire, FLOW_FIRST + 1, 64);
}

/* What is too much for the server, by its word, is halved, and grows slowly from there. */
static void test_fewer_under_way_for_a_strained_server(void **state)
{
    (void)state;
    world_begin(60);
    w.o.in_flight = 64;
    w.rules[0] = (struct rule){.path = "/complete/", .what = SAY, .status = 503, .last = 1};
    world_must_run();
    assert_states(0, 60, STATE_SUCCESS);
    assert_int_equal(w.most_on_wire, FLOW_FIRST);
}

static void test_targets_take_turns(void **state)
{
    static const struct {
        const char *rows, *turns;
        size_t batch;
    } cases[] = {
        {"abab", "abab", 1},     {"aaaabbbb", "abababab", 1}, {"aaaaabbc", "abcabaaa", 1},
        {"cbaaaa", "cbaaaa", 1}, {"aaaabbb", "aba", 2 + 1},   {"aaaaaabb", "aba", 4},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].rows);

        assert_int_equal(enter_folder(state), 0);
        stores_begin(n, 3, cases[i].batch);
        for (size_t k = 0; k < n; k++)
            w.rows[k].targets[0] = (size_t)(cases[i].rows[k] - 'a');
        world_must_run();
        assert_string_equal(turns(), cases[i].turns);
        assert_states(0, n, STATE_SUCCESS);
        assert_stored(0, n, 1);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* A target that nothing is sent to is not asked about; the others once, and nothing is sent before. */
static void test_asks_each_target_once(void **state)
{
    (void)state;
    stores_begin(30, 3, 1);
    for (size_t i = 0; i < 30; i++)
        w.rows[i].targets[0] = i % 2;
    for (size_t i = 0; i < 3; i++)
        w.targets[i].version = ACTION_VERSION_UNKNOWN;
    world_must_run();
    assert_int_equal(w.asks_of[0], 1);
    assert_int_equal(w.asks_of[1], 1);
    assert_int_equal(w.asks_of[2], 0);
    assert_states(0, 30, STATE_SUCCESS);
    assert_stored(0, 30, 1);
}

/* One that does not answer holds up no other. */
static void test_asks_again(void **state)
{
    size_t first_a = 0;

    (void)state;
    stores_begin(8, 2, 1);
    w.targets[0].version = w.targets[1].version = ACTION_VERSION_UNKNOWN;
    w.rules[0] = (struct rule){.path = "/ask/a", .first = 1, .last = 2, .what = SAY, .status = 503};
    world_must_run();
    assert_int_equal(w.asks_of[0], 3);
    assert_int_equal(w.asks_of[1], 1);
    assert_states(0, 8, STATE_SUCCESS);
    while (turns()[first_a] != 'a')
        first_a++;
    assert_int_equal(first_a, 4); /* all of b went before */
}

static void test_a_target_that_is_not(void **state)
{
    (void)state;
    stores_begin(20, 2, 5);
    w.targets[0].version = w.targets[1].version = ACTION_VERSION_UNKNOWN;
    w.rules[0] =
        (struct rule){.path = "/ask/b", .what = SAY, .status = 400, .body = "no such thing"};
    world_must_run();
    assert_says(w.end.stopped, "store b: no such thing");
    assert_int_equal(w.asks_of[1], 1);
    for (size_t i = 0; i < 20; i++) {
        assert_true(w.rows[i].handed <= 1);
        assert_true(state_of_row(i) == STATE_PLANNED || i % 2 == 0);
    }
}

static void test_batches(void **state)
{
    static const struct {
        size_t rows, batch, later_every;
        const char *sizes;
    } cases[] = {
        {1, 10, 0, "1 "},
        {10, 10, 0, "10 "},
        {25, 10, 0, "10 10 5 "},
        {11, 10, 0, "10 1 "},
        {25, 10, 3, "10 10 5 "},
        {25, 10, 1, "10 10 5 "},
        {199, 100, 7, "100 99 "},
        {3, 1, 0, "1 1 1 "},
        {100, 10, 10, "10 10 10 10 10 10 10 10 10 10 "},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        stores_begin(cases[i].rows, 1, cases[i].batch);
        w.later_every = cases[i].later_every; /* they are not half empty for all that */
        world_must_run();
        assert_string_equal(sizes(), cases[i].sizes);
        assert_string_equal(look_sizes(), cases[i].sizes);
        assert_states(0, cases[i].rows, STATE_SUCCESS);
        assert_stored(0, cases[i].rows, 1);
        assert_int_equal(w.rested, cases[i].rows);
        assert_true(w.n_batches <= IN_FLIGHT || w.most_on_wire == IN_FLIGHT);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Taken at once: there is nothing to ask about. */
static void test_batches_at_once(void **state)
{
    (void)state;
    stores_begin(25, 1, 10);
    w.at_once = true;
    world_must_run();
    assert_string_equal(sizes(), "10 10 5 ");
    assert_int_equal(w.n_looks, 0);
    assert_states(0, 25, STATE_SUCCESS);
}

static void test_refused_batch_is_halved(void **state)
{
    static const struct {
        const char *rows; /* x: a bad one */
        unsigned requests;
    } cases[] = {
        {"........", 1}, {"x.......", 7},  {".......x", 7},  {"...x....", 7}, {"x......x", 11},
        {"xx......", 7}, {"x.x.x.x.", 15}, {"xxxxxxxx", 15}, {"....x", 7},    {"x", 1},
        {"x.", 3},       {"..x", 5},       {"x..", 3},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].rows);
        char error[ACTION_TEXT_MAX];

        assert_int_equal(enter_folder(state), 0);
        stores_begin(n, 1, 8);
        for (size_t k = 0; k < n; k++)
            if (cases[i].rows[k] == 'x')
                snprintf(w.rows[k].recipient, sizeof w.rows[k].recipient, "bad%zu", k);
        world_must_run();
        if (w.n_batches != cases[i].requests)
            fail_msg("%s: %u requests: %s", cases[i].rows, w.n_batches, sizes());
        for (size_t k = 0; k < n; k++) {
            bool bad = cases[i].rows[k] == 'x';

            assert_int_equal(state_of_row(k), bad ? STATE_FAILED : STATE_SUCCESS);
            assert_stored(k, k + 1, !bad);
            error_of_row(k, error);
            assert_string_equal(error, bad ? "is bad" : "");
        }
        assert_int_equal(w.rested, n);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Halves that are held up by the limit, or do not get through, are sent again; and are left as they
 * certainly are when the run ends then. */
static void test_halves_in_bad_weather(void **state)
{
    (void)state;
    stores_begin(8, 1, 8);
    snprintf(w.rows[3].recipient, sizeof w.rows[3].recipient, "bad3");
    w.rules[0] = (struct rule){.path = "/batch/", .first = 2, .last = 3, .what = NOT_SENT};
    w.rules[1] =
        (struct rule){.path = "/batch/", .first = 4, .last = 4, .what = SAY, .status = 429};
    world_must_run();
    assert_states(0, 3, STATE_SUCCESS);
    assert_states(3, 4, STATE_FAILED);
    assert_states(4, 8, STATE_SUCCESS);
    assert_int_equal(w.n_batches, 7 + 3);
}

/* ---- lost batches ---- */

static void test_lost_batch_is_sent_again(void **state)
{
    static const struct rule rules[] = {
        {.path = "/batch/", .first = 1, .last = 1, .what = LOSE_AFTER},
        {.path = "/batch/", .first = 1, .last = 2, .what = LOSE_BEFORE},
        {.path = "/batch/", .first = 2, .last = 2, .what = SAY_AFTER, .status = 502},
        {.path = "/batch/", .first = 2, .last = 3, .what = SAY, .status = 500},
        {.path = "/batch/", .first = 1, .last = 1, .what = SAY_AFTER, .status = 200, .body = "ta"},
    };

    for (size_t i = 0; i < COUNT(rules); i++) {
        assert_int_equal(enter_folder(state), 0);
        stores_begin(20, 1, 10);
        w.rules[0] = rules[i];
        world_must_run();
        assert_states(0, 20, STATE_SUCCESS);
        assert_int_equal(w.n_batches, 2 + rules[i].last - rules[i].first + 1);
        for (unsigned k = 0; k < w.n_batches; k++)
            assert_int_equal(w.batches[k].n, 10); /* the same once more, together */
        for (size_t k = 0; k < 20; k++)
            assert_in_range(stored("a", w.rows[k].recipient), 1, 2);
        assert_int_equal(w.requests, w.n_batches + w.n_looks); /* it is not looked up */
        assert_int_equal(leave_folder(state), 0);
    }
}

/* What may have had its effect is not said to be unsent. */
static void test_lost_batch_at_the_end(void **state)
{
    static const struct {
        const char *what;
        struct rule rules[2];
        bool bad, signal;
        enum state want;
        const char *says;
    } cases[] = {
        {"lost for good",
         {{.path = "/batch/", .what = LOSE_AFTER}},
         false,
         false,
         STATE_SENDING,
         "the server gives no usable answer: the wire broke"},
        {"never sent",
         {{.path = "/batch/", .what = NOT_SENT}},
         false,
         false,
         STATE_PLANNED,
         "the server can't be reached: the wire broke"},
        {"lost, and then not sent any more",
         {{.path = "/batch/", .first = 1, .last = 1, .what = LOSE_AFTER},
          {.path = "/batch/", .what = NOT_SENT}},
         false,
         false,
         STATE_SENDING,
         "the server can't be reached: the wire broke"},
        {"lost, and then limited",
         {{.path = "/batch/", .first = 1, .last = 1, .what = LOSE_AFTER},
          {.path = "/batch/", .what = SAY, .status = 429, .head = "Retry-After: 1\r\n"}},
         false,
         false,
         STATE_SENDING,
         "429"},
        {"limited",
         {{.path = "/batch/", .what = SAY, .status = 429}},
         false,
         false,
         STATE_PLANNED,
         "429"},
        {"lost, then refused, and its halves not sent",
         {{.path = "/batch/", .first = 1, .last = 1, .what = LOSE_BEFORE},
          {.path = "/batch/", .first = 2, .what = NOT_SENT}},
         true,
         false,
         STATE_SENDING,
         "the server can't be reached: the wire broke"},
        {"refused, and its halves not sent",
         {{.path = "/batch/", .first = 2, .what = NOT_SENT}},
         true,
         false,
         STATE_PLANNED,
         "the server can't be reached: the wire broke"},
        {"interrupted", {{.path = "/batch/", .what = LOSE_AFTER}}, false, true, STATE_SENDING, ""},
        {"interrupted while it hangs",
         {{.path = "/batch/", .what = HANG}},
         false,
         true,
         STATE_SENDING,
         ""},
        {"stopped",
         {{.path = "/batch/", .what = SAY, .status = 401, .body = "who?"}},
         false,
         false,
         STATE_PLANNED,
         "who?"},
        {"lost, and then stopped",
         {{.path = "/batch/", .first = 1, .last = 1, .what = LOSE_BEFORE},
          {.path = "/batch/", .what = SAY, .status = 401, .body = "who?"}},
         false,
         false,
         STATE_SENDING,
         "who?"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        stores_begin(6, 1, 6);
        if (cases[i].bad)
            snprintf(w.rows[2].recipient, sizeof w.rows[2].recipient, "bad2");
        memcpy(w.rules, cases[i].rules, sizeof cases[i].rules);
        w.signal_ns = cases[i].signal ? w.now_ns + 20 * MS : 0;
        world_must_run();
        assert_says(w.end.stopped, cases[i].says);
        for (size_t k = 0; k < 6; k++)
            if (state_of_row(k) != cases[i].want)
                fail_msg("%s: row %zu is %s", cases[i].what, k, state_name(state_of_row(k)));
        assert_int_equal(w.n_looks, 0);
        memset(w.rules, 0, sizeof w.rules); /* and the next run brings it to its end */
        w.signal_ns = 0;
        world_must_run();
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(state_of_row(k),
                             cases[i].bad && k == 2 ? STATE_FAILED : STATE_SUCCESS);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* ---- what became of a batch ---- */

static void test_batch_is_asked_about_again(void **state)
{
    (void)state;
    stores_begin(20, 1, 10);
    w.queue_ns = 20 * S;
    world_must_run();
    assert_states(0, 20, STATE_SUCCESS);
    assert_true(w.n_looks > 2);
    for (unsigned i = 0; i < w.n_looks; i++)
        assert_int_equal(w.looks[i].n, 10); /* together, as they were sent */
    assert_int_equal(w.n_batches, 2);
}

/* When time is up each is asked about by itself, for one may hold up the others. */
static void test_part_of_a_batch_is_done(void **state)
{
    size_t done = 0;

    (void)state;
    stores_begin(10, 1, 10);
    w.o.settle_timeout_ns = 55 * S;
    w.queue_ns = 10 * S;
    w.one_by_one = true;
    world_must_run();
    while (done < 10 && state_of_row(done) == STATE_SUCCESS)
        done++;
    assert_in_range(done, 5, 8);
    assert_states(done, 10, STATE_ACCEPTED);
    for (unsigned i = 0; i < w.n_looks; i++)
        assert_int_equal(w.looks[i].n, i + 10 < w.n_looks ? 10 : 1);
    assert_int_equal(w.rested, 10);
    w.o.settle_timeout_ns = 300 * S;
    w.n_looks = 0;
    world_must_run(); /* those that are not are asked about again, together */
    assert_states(0, 10, STATE_SUCCESS);
    for (unsigned i = 0; i < w.n_looks; i++)
        assert_int_equal(w.looks[i].n, 10 - done);
    assert_int_equal(w.n_batches, 1);
    assert_stored(0, 10, 1);
}

static void test_split_into_singles(void **state)
{
    (void)state;
    stores_begin(7, 1, 4);
    w.mute = true;
    world_must_run();
    assert_states(0, 7, STATE_SUCCESS);
    assert_string_equal(sizes(), "4 3 ");
    assert_string_equal(look_sizes(), "4 3 1 1 1 1 1 1 1 ");
    assert_int_equal(w.rested, 7);
}

/* One alone can't be split: it is asked about again. */
static void test_split_of_one(void **state)
{
    (void)state;
    stores_begin(1, 1, 4);
    w.rules[0] = (struct rule){
        .path = "/look/", .first = 1, .last = 3, .what = SAY, .status = 200, .body = "split"};
    world_must_run();
    assert_states(0, 1, STATE_SUCCESS);
    assert_int_equal(w.n_looks, 4);
}

static void test_refused_by_the_store(void **state)
{
    char error[ACTION_TEXT_MAX];

    (void)state;
    stores_begin(6, 1, 3);
    w.rules[0] = (struct rule){
        .path = "/look/", .first = 1, .last = 1, .what = SAY, .status = 400, .body = "not allowed"};
    world_must_run();
    assert_states(0, 3, STATE_FAILED);
    assert_states(3, 6, STATE_SUCCESS);
    error_of_row(2, error);
    assert_string_equal(error, "not allowed");
}

static void test_giving_up_keeps_the_word(void **state)
{
    char error[ACTION_TEXT_MAX];

    (void)state;
    stores_begin(5, 1, 5);
    w.rules[0] = (struct rule){.path = "/look/",
                               .what = SAY,
                               .status = 200,
                               .body = "pending: the store is full of " PASSWORD};
    world_must_run();
    assert_states(0, 5, STATE_ACCEPTED);
    assert_true(w.now_ns - 100000 * S >= w.o.settle_timeout_ns);
    error_of_row(4, error);
    assert_says(error, "pending: the store is full of ***");
    assert_silent(error, PASSWORD);
    memset(w.rules, 0, sizeof w.rules);
    world_must_run();
    assert_states(0, 5, STATE_SUCCESS);
    assert_int_equal(w.n_batches, 1);
    error_of_row(4, error);
    assert_string_equal(error, "");
}

/* Questions that get lost, or meet the limit, are asked again. */
static void test_questions_about_batches_in_bad_weather(void **state)
{
    (void)state;
    stores_begin(12, 1, 6);
    w.rules[0] = (struct rule){.path = "/look/", .first = 1, .last = 2, .what = LOSE_AFTER};
    w.rules[1] = (struct rule){.path = "/look/", .first = 1, .last = 2, .what = SAY, .status = 429};
    w.rules[2] = (struct rule){.path = "/look/", .first = 1, .last = 1, .what = SAY, .status = 503};
    world_must_run();
    assert_states(0, 12, STATE_SUCCESS);
    assert_int_equal(w.n_batches, 2);
}

/* ---- the driver's time ---- */

/* As long as next() is busy the loop goes on with what it has, and comes back. */
static void test_next_is_busy(void **state)
{
    (void)state;
    world_begin(23);
    w.later_every = 5;
    world_must_run();
    assert_states(0, 23, STATE_SUCCESS);
    assert_int_equal(w.laters, 5);
    assert_int_equal(w.completes, 23);
    world_must_run(); /* and if nothing comes of it at all */
    assert_int_equal(w.laters, 10);
    assert_int_equal(w.completes, 23);
}

/* A row's second step has its turn when the first is done, also when next() had said that there is no
 * more. */
static void test_rested_brings_another(void **state)
{
    for (int claim_first = 0; claim_first < 2; claim_first++) {
        assert_int_equal(enter_folder(state), 0);
        stores_begin(30, 2, 7);
        w.targets[1] = (struct target){.action = &action_claim,
                                       .id = "id",
                                       .batch = 1,
                                       .version = 7,
                                       .left = CLAIMFIT_UNKNOWN};
        for (size_t i = 0; i < 30; i++) {
            w.rows[i].steps = i % 3 ? 2 : 1;
            w.rows[i].targets[0] = (size_t)claim_first;
            w.rows[i].targets[1] = (size_t)!claim_first;
        }
        world_must_run();
        assert_states(0, 30, STATE_SUCCESS);
        for (size_t i = 0; i < 30; i++) {
            bool both = i % 3 != 0;

            assert_int_equal(w.rows[i].handed, both ? 2 : 1);
            assert_int_equal(stored("a", w.rows[i].recipient), both || !claim_first);
            if (both)
                assert_int_equal(state_of_step(i, 1), STATE_SUCCESS);
        }
        assert_int_equal(w.completes, claim_first ? 30 : 20);
        assert_int_equal(w.rested, 50);
        assert_once();
        world_must_run(); /* nothing is done again */
        assert_int_equal(w.rested, 0);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* A row whose first step fails, or is left where it is, does not come to the second. */
static void test_rested_brings_no_other(void **state)
{
    (void)state;
    stores_begin(12, 2, 4);
    w.targets[1] = (struct target){
        .action = &action_claim, .id = "id", .batch = 1, .version = 7, .left = CLAIMFIT_UNKNOWN};
    for (size_t i = 0; i < 12; i++) {
        w.rows[i].steps = 2;
        w.rows[i].targets[0] = 1;
        w.rows[i].targets[1] = 0;
    }
    w.rules[0] = (struct rule){.path = "/complete/",
                               .first = 1,
                               .last = 4,
                               .what = SAY,
                               .status = 400,
                               .body = "{\"errorMessage\":\"no\"}"};
    w.rules[1] = (struct rule){.path = "/complete/", .first = 4, .last = 4, .what = LOSE_BEFORE};
    w.hidden = true;
    world_must_run();
    assert_states(0, 4, STATE_FAILED);
    assert_states(7, 8, STATE_UNKNOWN);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(stored("a", w.rows[i].recipient), i >= 4 && i != 7);
}

/* ---- no point in going on ---- */

#define NO_PASSWORD                                                                                \
    "{\"errorMessage\":\"One or more of the challenges were not satisfied (Password) : no\"}"
#define HALTED                                                                                     \
    "{\"errorMessage\":\"One or more of the challenges were not satisfied (Claim) : Claim "        \
    "halted\"}"

static struct rule refuse(unsigned first, unsigned last, const char *body)
{
    return (struct rule){.path = "/complete/",
                         .first = first,
                         .last = last,
                         .what = SAY,
                         .status = 500,
                         .body = body};
}

/* However many may be under way, so many rows are lost and no more. */
static void test_first_answers_all_refuse(void **state)
{
    static const size_t in_flight[] = {1, 8, 25, 26, 64};

    for (size_t i = 0; i < COUNT(in_flight); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(90);
        w.o.in_flight = in_flight[i];
        w.rules[0] = refuse(0, 0, NO_PASSWORD);
        world_must_run();
        assert_says(w.end.stopped, "claim id: its first 25 answers all refuse");
        assert_says(w.end.stopped, "no (Password)");
        assert_says(w.end.stopped, "--keep-going");
        assert_int_equal(w.completes, HOPELESS_ANSWERS);
        assert_states(0, 25, STATE_FAILED);
        assert_states(25, 90, STATE_PLANNED);
        memset(w.rules, 0, sizeof w.rules);
        world_must_run(); /* those that have failed are tried again on purpose only */
        assert_string_equal(w.end.stopped, "");
        assert_int_equal(w.completes, 90);
        assert_states(0, 25, STATE_FAILED);
        assert_states(25, 90, STATE_SUCCESS);
        w.retry_failed = true;
        world_must_run();
        assert_states(0, 90, STATE_SUCCESS);
        assert_once();
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Nothing is stopped where nothing is left, or where there is a point in going on. */
static void test_some_answers_refuse(void **state)
{
    static const struct {
        size_t rows;
        unsigned first, last;
        bool keep_going;
        size_t failed;
    } cases[] = {
        {25, 0, 0, false, 25},  {24, 0, 0, false, 24}, {60, 1, 24, false, 24},
        {60, 2, 60, false, 59}, {60, 0, 0, true, 60},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t failed = 0;

        assert_int_equal(enter_folder(state), 0);
        world_begin(cases[i].rows);
        w.stoprule.keep_going = cases[i].keep_going;
        w.rules[0] = refuse(cases[i].first, cases[i].last, NO_PASSWORD);
        world_must_run();
        assert_string_equal(w.end.stopped, "");
        assert_int_equal(w.completes, cases[i].rows);
        for (size_t k = 0; k < cases[i].rows; k++)
            failed += state_of_row(k) == STATE_FAILED;
        assert_int_equal(failed, cases[i].failed);
        assert_int_equal(leave_folder(state), 0);
    }
}

static void test_the_queue_refuses_all(void **state)
{
    size_t failed = 0, planned = 0;

    (void)state;
    world_begin(ROWS_MAX);
    w.queue_fails = true;
    w.queue_ns = 10 * MS;
    w.rate = 50;
    world_must_run();
    assert_says(w.end.stopped, "Code already used");
    for (size_t i = 0; i < ROWS_MAX; i++) {
        failed += state_of_row(i) == STATE_FAILED;
        planned += state_of_row(i) == STATE_PLANNED;
    }
    assert_int_equal(failed, w.completes); /* what was accepted is followed to its end */
    assert_in_range(failed, HOPELESS_ANSWERS, ROWS_MAX - 1);
    assert_int_equal(failed + planned, ROWS_MAX);
}

/* What is the claim's matter is none of the rows': they are as if it had not been their turn. */
static void test_a_claim_that_takes_no_more(void **state)
{
    for (int keep_going = 0; keep_going < 2; keep_going++) {
        char error[ACTION_TEXT_MAX];

        assert_int_equal(enter_folder(state), 0);
        world_begin(60);
        w.stoprule.keep_going = keep_going;
        w.rules[0] = refuse(11, 0, HALTED);
        world_must_run();
        assert_states(0, 10, STATE_SUCCESS);
        assert_states(10, 60, keep_going ? STATE_FAILED : STATE_PLANNED);
        assert_in_range(w.completes, 11, keep_going ? 60 : 10 + IN_FLIGHT);
        error_of_row(10, error);
        assert_string_equal(error, "Claim halted (Claim)");
        if (keep_going)
            assert_string_equal(w.end.stopped, "");
        else
            assert_says(w.end.stopped, "claim id is halted (Claim halted (Claim)): nothing more");
        memset(w.rules, 0, sizeof w.rules);
        world_must_run();
        assert_states(0, keep_going ? 10 : 60, STATE_SUCCESS);
        assert_once();
        assert_int_equal(leave_folder(state), 0);
    }
}

/* What was lost before is looked for all the same, and sent by a later run. */
static void test_closed_while_some_are_lost(void **state)
{
    static const enum what losses[] = {LOSE_AFTER, LOSE_BEFORE};

    for (size_t i = 0; i < COUNT(losses); i++) {
        assert_int_equal(enter_folder(state), 0);
        world_begin(40);
        w.rules[0] = (struct rule){.path = "/complete/", .first = 3, .last = 4, .what = losses[i]};
        w.rules[1] = refuse(21, 0, HALTED);
        world_must_run();
        assert_says(w.end.stopped, "is halted");
        assert_states(2, 4, losses[i] == LOSE_AFTER ? STATE_SUCCESS : STATE_PLANNED);
        for (size_t k = 0; k < 40; k++)
            assert_true(state_of_row(k) == STATE_SUCCESS || state_of_row(k) == STATE_PLANNED);
        memset(w.rules, 0, sizeof w.rules);
        world_must_run();
        assert_states(0, 40, STATE_SUCCESS);
        assert_once();
        assert_int_equal(leave_folder(state), 0);
    }
}

/* Steps that a limit has held up when the claim closes go back, too. */
static void test_closed_while_some_wait(void **state)
{
    (void)state;
    world_begin(60);
    w.rules[0] = (struct rule){.path = "/complete/",
                               .first = 5,
                               .last = 6,
                               .what = SAY,
                               .status = 429,
                               .head = "Retry-After: 2\r\n"};
    w.rules[1] = refuse(5, 0, HALTED); /* of those that the rule before it lets through */
    world_must_run();
    assert_says(w.end.stopped, "is halted");
    assert_int_equal(w.n_attempts, 4);
    assert_states(0, 4, STATE_SUCCESS);
    assert_states(4, 60, STATE_PLANNED);
}

/* The others go on, to the end. */
static void test_one_of_several_targets_closes(void **state)
{
    (void)state;
    stores_begin(120, 3, 1);
    w.rules[0] = (struct rule){.path = "/batch/b", .what = SAY, .status = 400, .body = "not there"};
    world_must_run();
    assert_says(w.end.stopped, "store b: its first 25 answers");
    assert_int_equal(w.said, 1);
    for (size_t i = 0; i < 120; i++)
        assert_int_equal(state_of_row(i), i % 3 != 1                 ? STATE_SUCCESS
                                          : i / 3 < HOPELESS_ANSWERS ? STATE_FAILED
                                                                     : STATE_PLANNED);
}

static void test_all_of_several_targets_close(void **state)
{
    size_t handed = 0;

    (void)state;
    stores_begin(ROWS_MAX, 2, 1);
    w.o.in_flight = 1;
    w.rules[0] = (struct rule){.path = "/batch/", .what = SAY, .status = 400, .body = "not there"};
    world_must_run();
    assert_says(w.end.stopped, "; the same for store ");
    assert_int_equal(w.n_batches, 2 * HOPELESS_ANSWERS);
    for (size_t i = 0; i < ROWS_MAX; i++)
        handed += w.rows[i].handed;
    assert_true(handed < ROWS_MAX); /* the rest of the input is not read */
}

/* Of a batch only those count that stand alone at last. */
static void test_batches_of_bad_rows(void **state)
{
    stores_begin(ROWS_MAX, 1, 40);
    for (size_t k = 0; k < ROWS_MAX; k += 5)
        snprintf(w.rows[k].recipient, sizeof w.rows[k].recipient, "bad%zu", k);
    world_must_run();
    assert_string_equal(w.end.stopped, "");
    for (size_t k = 0; k < ROWS_MAX; k++)
        assert_int_equal(state_of_row(k), k % 5 ? STATE_SUCCESS : STATE_FAILED);
    assert_int_equal(leave_folder(state), 0);
    assert_int_equal(enter_folder(state), 0);
    stores_begin(ROWS_MAX, 1, 40);
    for (size_t k = 0; k < ROWS_MAX; k++)
        snprintf(w.rows[k].recipient, sizeof w.rows[k].recipient, "bad%zu", k);
    world_must_run();
    assert_says(w.end.stopped, "is bad");
    for (size_t k = 0, failed = 0; k < ROWS_MAX; k++) {
        failed += state_of_row(k) == STATE_FAILED;
        assert_true(state_of_row(k) == STATE_FAILED || state_of_row(k) == STATE_PLANNED);
        assert_true(failed < ROWS_MAX - 40);
    }
}

/* ---- stopped while steps are ready ---- */

/* How many rows were handed over, and how many of these have been sent. */
static size_t handed(size_t *sent)
{
    size_t n = 0;

    *sent = 0;
    for (unsigned i = 0; i < w.n_batches; i++)
        *sent += w.batches[i].n;
    for (size_t i = 0; i < w.n_rows; i++) {
        n += w.rows[i].handed;
        assert_int_equal(w.rows[i].handed, w.rows[i].rested);
        assert_true(w.rows[i].handed <= 1);
    }
    return n;
}

static void test_ready_steps_are_handed_back(void **state)
{
    static const struct {
        struct rule rule;
        struct stoprule stop;
        bool open; /* the targets are still to be asked about */
        int64_t signal_ns;
    } cases[] = {
        {.rule = {.path = "/batch/", .first = 2, .what = SAY, .status = 401, .body = "who?"}},
        {.rule = {.path = "/batch/", .first = 2, .what = NOT_SENT}},
        {.rule = {.path = "/ask/", .what = SAY, .status = 401, .body = "who?"}, .open = true},
        {.rule = {.path = "/ask/", .what = HANG}, .open = true, .signal_ns = 10 * MS},
        {.rule = {.path = "/batch/", .what = HANG}, .signal_ns = 10 * MS},
        {.stop = {.max_credits = 4}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n, sent;

        assert_int_equal(enter_folder(state), 0);
        stores_begin(90, 2, 10);
        w.o.in_flight = 2;
        if (cases[i].open)
            w.targets[0].version = w.targets[1].version = ACTION_VERSION_UNKNOWN;
        w.rules[0] = cases[i].rule;
        w.stoprule = cases[i].stop;
        w.signal_ns = cases[i].signal_ns ? w.now_ns + cases[i].signal_ns : 0;
        world_must_run();
        n = handed(&sent);
        assert_true(n > 0);
        assert_int_equal(sent > 0, !cases[i].open);
        assert_true(n > sent || !cases[i].open);
        assert_int_equal(state_of_row(89), STATE_PLANNED);
        assert_int_equal(w.rested, n);
        for (size_t k = 0; k < 90; k++) {
            enum state at = state_of_row(k);

            assert_true(at == STATE_PLANNED || at == STATE_SUCCESS || at == STATE_SENDING ||
                        at == STATE_ACCEPTED);
        }
        if (w.stoprule.max_credits)
            assert_true((int64_t)w.requests <= w.stoprule.max_credits);
        memset(w.rules, 0, sizeof w.rules);
        memset(&w.stoprule, 0, sizeof w.stoprule);
        w.signal_ns = 0;
        world_must_run();
        assert_states(0, 90, STATE_SUCCESS);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* What an earlier run has left of an action that may be repeated is for its rows to bring: what was
 * accepted is asked about together, the rest is sent again. */
static void test_batches_after_a_crash(void **state)
{
    (void)state;
    stores_begin(8, 1, 10);
    leave_behind(0, STATE_SENDING, false, 10 * S);
    leave_behind(1, STATE_ACCEPTED, false, 3600 * S);
    leave_behind(2, STATE_ACCEPTED, false, 10 * S);
    w.n_rows = 0;
    world_must_run(); /* without its rows nothing is asked, and nothing sent */
    assert_int_equal(w.requests, 0);
    w.n_rows = 8;
    assert_states(0, 1, STATE_SENDING);
    assert_states(1, 3, STATE_ACCEPTED);
    world_must_run();
    assert_string_equal(sizes(), "6 ");
    assert_string_equal(look_sizes(), "2 6 ");
    assert_states(0, 8, STATE_SUCCESS);
    assert_stored(0, 1, 1);
    assert_stored(1, 3, 0);
    assert_stored(3, 8, 1);
}

/* Interrupted while many batches are in the store's queue: each is asked about as one again, whatever
 * targets they have and however the driver's time is. */
static void test_accepted_batches_are_asked_about_together(void **state)
{
    static const struct {
        size_t rows, batch, later_every;
        const char *looks;
    } cases[] = {
        {25, 10, 0, "10 10 5 "},
        {10, 10, 0, "10 "},
        {25, 10, 5, "5 5 5 5 5 "},
        {3, 1, 0, "1 1 1 "},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(enter_folder(state), 0);
        stores_begin(cases[i].rows, 1, cases[i].batch);
        w.queue_ns = 30 * S;
        w.signal_ns = w.now_ns + 10 * S;
        world_must_run();
        assert_states(0, cases[i].rows, STATE_ACCEPTED);
        w.signal_ns = 0;
        w.now_ns += 60 * S;
        w.n_looks = w.n_batches = 0;
        w.later_every = cases[i].later_every;
        world_must_run();
        assert_states(0, cases[i].rows, STATE_SUCCESS);
        assert_string_equal(look_sizes(), cases[i].looks);
        assert_int_equal(w.n_batches, 0);
        assert_stored(0, cases[i].rows, 1);
        assert_int_equal(leave_folder(state), 0);
    }
}

/* They are left as they are when the run may not ask. */
static void test_accepted_steps_are_handed_back(void **state)
{
    (void)state;
    stores_begin(30, 2, 5);
    w.queue_ns = 30 * S;
    w.signal_ns = w.now_ns + 10 * S;
    world_must_run();
    assert_states(0, 30, STATE_ACCEPTED);
    w.signal_ns = 0;
    w.rules[0] = (struct rule){.path = "/look/", .what = SAY, .status = 401, .body = "who?"};
    world_must_run();
    assert_string_equal(w.end.stopped, "who?");
    assert_states(0, 30, STATE_ACCEPTED);
    memset(w.rules, 0, sizeof w.rules);
    world_must_run();
    assert_states(0, 30, STATE_SUCCESS);
    assert_stored(0, 30, 1);
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
    w.targets[0].version = 7;
    w.meddle = true;
    w.rules[0] = (struct rule){.path = "/complete/", .first = 5, .last = 5, .what = HANG};
    assert_int_equal(world_run(), -1);
    close_ledgers();
    assert_int_equal(w.e.code, EXIT_OUTPUT);
    assert_true(w.aborted);
    assert_true(w.completes <= IN_FLIGHT);
    assert_once();
}

/* ---- anything may go wrong ---- */

/* What everybody may rely on, whatever has happened.  again: runs that were told to send once more what is
 * unknown, or has failed. */
static void assert_promises(uint64_t seed, unsigned again)
{
    for (size_t i = 0; i < w.n_people; i++) {
        const struct person *p = &w.people[i];
        unsigned n = 0, rows = 0, succeeded = 0;

        for (size_t k = 0; k < p->n; k++)
            n += !p->attempts[k].fails && !p->attempts[k].older;
        for (size_t k = 0; k < w.n_rows; k++)
            if (strcmp(w.rows[k].recipient, p->address) == 0) {
                rows++;
                succeeded += state_of_row(k) == STATE_SUCCESS;
            }
        if (n > rows * (1 + again))
            fail_msg("seed %llu: %s has the claim %u times", (unsigned long long)seed, p->address,
                     n);
        if (succeeded > server_completed(p))
            fail_msg("seed %llu: %s is shown as done %u times, and has the claim %u times",
                     (unsigned long long)seed, p->address, succeeded, server_completed(p));
    }
}

/* Each row that is not done says why. */
static void assert_all_is_said(uint64_t seed)
{
    for (size_t i = 0; i < w.n_rows; i++) {
        enum state at = state_of_row(i);
        char error[ACTION_TEXT_MAX];

        if (at != STATE_UNKNOWN && at != STATE_FAILED)
            continue;
        error_of_row(i, error);
        if (!error[0])
            fail_msg("seed %llu: row %zu is %s, and nobody says why", (unsigned long long)seed, i,
                     state_name(at));
    }
}

static uint64_t one_of(uint64_t n)
{
    return retry_random(&w.chaos) % n;
}

/* Each of these, in every third world or so. */
static void odd_world(void)
{
    static const int64_t lags[] = {0, 0, S, 10 * S, 50 * S, 70 * S, 200 * S},
                         skews[] = {0, 3600000, -3600000, 100000000, -100000000};
    bool named;

    w.fault_every = 3 + (unsigned)one_of(10);
    w.odd_faults = true;
    w.late_ns = (int64_t)one_of(QUEUE_DELAY / S) * S;
    w.queue_ns = (int64_t)one_of(7) * 3 * S;
    w.one_by_one = one_of(5) == 0;
    w.idx = one_of(2);
    w.skew_ms = skews[one_of(COUNT(skews))];
    w.date_ms = skews[one_of(COUNT(skews))];
    w.lag_ns = lags[one_of(COUNT(lags))];
    w.empty = one_of(12) == 0;
    w.hidden = one_of(12) == 0;
    w.no_list = one_of(12) == 0;
    w.no_count = one_of(12) == 0;
    named = !w.idx;
    w.forget_every = one_of(4) ? 0 : 1 + (unsigned)one_of(6);
    w.forgotten_fail = one_of(2);
    w.misname_every = named && one_of(4) == 0 ? 2 + (unsigned)one_of(6) : 0;
    w.say_failed_every = one_of(6) ? 0 : 1 + (unsigned)one_of(6);
    w.wrong_id_every = named && one_of(4) == 0 ? 2 + (unsigned)one_of(6) : 0;
    w.cached_every = named && one_of(6) == 0 ? 2 + (unsigned)one_of(6) : 0;
    w.zeros_every = one_of(6) ? 0 : 1 + (unsigned)one_of(6);
    for (size_t i = 0; i < w.n_rows; i++)
        if (one_of(6) == 0)
            server_had(w.rows[i].recipient, (int64_t)one_of(400) * S);
    for (size_t i = 1; i < w.n_rows; i++) /* several rows of one recipient */
        if (one_of(12) == 0)
            memcpy(w.rows[i].recipient, w.rows[i - 1].recipient, sizeof w.rows[i].recipient);
}

/* How this run comes to its end, and what time it is meanwhile. */
static void odd_run(bool last)
{
    uint64_t kind = last ? 9 : one_of(6);
    int64_t soon = w.now_ns + (int64_t)one_of(90 * S);

    w.signal_ns = kind == 0 ? soon : 0;
    w.crash_ns = kind == 1 ? soon : 0;
    w.crash_at = kind == 2 || kind == 3 ? w.completes + 1 + (unsigned)one_of(w.n_rows) : 0;
    w.crash_after = kind == 3;
    w.wall_ms = ((int64_t)one_of(3) - 1) * 3600000;
    w.wall_step_ns = one_of(2) ? w.now_ns + (int64_t)one_of(60 * S) : 0;
    w.wall_step_ms = one_of(2) ? 3600000 : -3600000;
}

static void run_of_chaos(uint64_t seed)
{
    int rc = world_run();

    if (rc != 0 && !w.crashed)
        fail_msg("seed %llu: %s", (unsigned long long)seed, w.e.text);
    close_ledgers();
    w.now_ns += (int64_t)one_of(200) * S;
    server_catch_up();
}

/* An odd server, run after run, some of which die on the way. */
static void chaos_of(uint64_t seed)
{
    enum { RUNS = 4 };
    unsigned again = 0;

    world_begin(8 + seed % 9);
    w.chaos = seed * 7919;
    odd_world();
    for (int run = 0; run < RUNS; run++) {
        odd_run(run + 1 == RUNS);
        w.resend_unknown = seed % 3 == 0 && run > 0 && one_of(2);
        w.retry_failed = seed % 3 == 1 && run > 0 && one_of(2);
        w.unloaded = run > 0 && one_of(4) == 0;
        again += w.resend_unknown || w.retry_failed;
        run_of_chaos(seed);
        assert_promises(seed, again);
    }
    assert_all_is_said(seed);
}

static void test_chaos(void **state)
{
    const char *only = getenv("CHAOS_SEED");
    const char *seeds = getenv("CHAOS_SEEDS"); /* fewer where each takes long */
    uint64_t from = only ? strtoull(only, NULL, 10) : 1;
    uint64_t to = only ? from : seeds ? strtoull(seeds, NULL, 10) : 150;

    assert_true(to > 0);

    for (uint64_t seed = from; seed <= to; seed++) {
        assert_int_equal(enter_folder(state), 0);
        chaos_of(seed);
        assert_int_equal(leave_folder(state), 0);
    }
}

static const struct CMUnitTest tests[] = {
    IN_FOLDER(test_all_succeed),
    IN_FOLDER(test_no_rows),
    IN_FOLDER(test_version_given),
    cmocka_unit_test(test_pending_in_both_forms),
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
    cmocka_unit_test(test_lost_amid_others),
    cmocka_unit_test(test_lost_at_the_end),
    cmocka_unit_test(test_lost_alone),
    cmocka_unit_test(test_empty_lists),
    IN_FOLDER(test_empty_lists_and_some_lost),
    cmocka_unit_test(test_frozen_lists),
    cmocka_unit_test(test_clocks),
    cmocka_unit_test(test_lost_and_had_before),
    cmocka_unit_test(test_no_baseline),
    IN_FOLDER(test_what_is_found_is_no_fence),
    IN_FOLDER(test_losses_in_waves),
    cmocka_unit_test(test_empty_addresses),
    cmocka_unit_test(test_torn_list),
    cmocka_unit_test(test_veiled_lists),
    cmocka_unit_test(test_settled_by_pages),
    cmocka_unit_test(test_settled_in_spite_of_lists),
    IN_FOLDER(test_floor_of_a_crash),
    IN_FOLDER(test_endless_list),
    cmocka_unit_test(test_resend_unknown),
    cmocka_unit_test(test_resend_finds),
    IN_FOLDER(test_resend_and_no_answers),
    IN_FOLDER(test_resent_and_refused),
    cmocka_unit_test(test_resent_and_refused_by_the_queue),
    cmocka_unit_test(test_resend_and_a_count),
    IN_FOLDER(test_resend_gets_no_baseline),
    cmocka_unit_test(test_retry_failed),
    IN_FOLDER(test_said_to_have_failed),
    cmocka_unit_test(test_retry_while_another_is_done),
    cmocka_unit_test(test_forgotten),
    cmocka_unit_test(test_anothers_attempt),
    cmocka_unit_test(test_crash),
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
    cmocka_unit_test(test_first_answers_all_refuse),
    cmocka_unit_test(test_some_answers_refuse),
    IN_FOLDER(test_the_queue_refuses_all),
    cmocka_unit_test(test_a_claim_that_takes_no_more),
    cmocka_unit_test(test_closed_while_some_are_lost),
    IN_FOLDER(test_closed_while_some_wait),
    IN_FOLDER(test_one_of_several_targets_closes),
    IN_FOLDER(test_all_of_several_targets_close),
    IN_FOLDER(test_batches_of_bad_rows),
    IN_FOLDER(test_credits_settle_what_was_sent),
    IN_FOLDER(test_claimed_elsewhere),
    IN_FOLDER(test_signal),
    IN_FOLDER(test_signal_with_a_hanging_server),
    cmocka_unit_test(test_after_a_crash),
    IN_FOLDER(test_after_a_crash_without_the_rows),
    IN_FOLDER(test_a_slow_target_holds_nobody_up),
    IN_FOLDER(test_more_and_more_under_way),
    IN_FOLDER(test_fewer_under_way_for_a_strained_server),
    cmocka_unit_test(test_targets_take_turns),
    IN_FOLDER(test_asks_each_target_once),
    IN_FOLDER(test_asks_again),
    IN_FOLDER(test_a_target_that_is_not),
    cmocka_unit_test(test_batches),
    IN_FOLDER(test_batches_at_once),
    cmocka_unit_test(test_refused_batch_is_halved),
    IN_FOLDER(test_halves_in_bad_weather),
    cmocka_unit_test(test_lost_batch_is_sent_again),
    cmocka_unit_test(test_lost_batch_at_the_end),
    IN_FOLDER(test_batch_is_asked_about_again),
    IN_FOLDER(test_part_of_a_batch_is_done),
    IN_FOLDER(test_split_into_singles),
    IN_FOLDER(test_split_of_one),
    IN_FOLDER(test_refused_by_the_store),
    IN_FOLDER(test_giving_up_keeps_the_word),
    IN_FOLDER(test_questions_about_batches_in_bad_weather),
    IN_FOLDER(test_next_is_busy),
    cmocka_unit_test(test_rested_brings_another),
    IN_FOLDER(test_rested_brings_no_other),
    cmocka_unit_test(test_ready_steps_are_handed_back),
    IN_FOLDER(test_batches_after_a_crash),
    cmocka_unit_test(test_accepted_batches_are_asked_about_together),
    IN_FOLDER(test_accepted_steps_are_handed_back),
    IN_FOLDER(test_input_breaks),
    IN_FOLDER(test_ledger_breaks),
    cmocka_unit_test(test_chaos),
};

int main(void)
{
    /* What is durable is seen by the witness; a disk would only take its time. */
    if (access("/dev/shm", W_OK | X_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests_name("issue", tests, NULL, NULL);
}
