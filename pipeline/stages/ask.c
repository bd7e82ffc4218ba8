/*
 * ask: puts one question after the other, and waits for each, for commands that need no more.
 *
 * States of a question: waiting for its turn -> under way -> answered, given up, or waiting again.  There
 * is but one at a time, so that a back-off is simply a hold of the limiter.
 */
#include "stages/ask.h"

#include "actions/reply.h"
#include "adapters/http.h"
#include "adapters/json.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/mem.h"
#include "policy/heed.h"
#include "policy/redact.h"
#include "policy/retry.h"
#include "stages/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define USER_AGENT "claimpipe/" CLAIMPIPE_VERSION
#define TICK_NS (100 * CLOCK_NS_PER_MS) /* how long a signal may go unheeded */

struct ask {
    const struct ask_options *o;
    struct http_options http;
    struct http_pool *pool;
    struct heed heed;
    struct redact secrets;
    struct exchange x;
    struct json *doc;
    struct verdict verdict; /* on the answer at hand */
    uint64_t random, requests;
    unsigned failures, limited; /* of the present question */
};

/* ---- what an answer means ---- */

/* DONE: the answer.  REFUSED: that is the answer.  AGAIN, LIMITED, STOP. */
static void judge(struct ask *a, struct verdict *v)
{
    const struct answer *got = &a->x.answer;
    struct slice error;

    if (reply_common_question(got, v, &a->doc)) {
        if (got->fate != FATE_ANSWERED && got->too_large)
            v->kind = VERDICT_STOP; /* it would be as large again */
        return;
    }
    v->kind = VERDICT_DONE;
    if (got->status == 200 && a->doc)
        return;
    error = reply_error(a->doc);
    if (error.ptr)
        reply_say(v, error);
    else
        reply_say_gateway(v, got);
    /* 500 with the API's own words is its ordinary refusal. */
    v->kind = (got->status >= 400 && got->status < 500) || (got->status == 500 && error.ptr)
                  ? VERDICT_REFUSED
                  : VERDICT_AGAIN;
}

/* ---- waiting ---- */

static int interrupted(struct err *e)
{
    return err_set(e, EXIT_INTERRUPTED, "interrupted: run the same command again");
}

/* Until the limiter lets a request go. */
static int wait_turn(struct ask *a, struct err *e)
{
    int64_t wait_ns;

    while (!stop_signal()) {
        struct timespec tick;

        if (budget_take(a->o->budget, clock_now_ns(), &wait_ns, e) != 0 ||
            budget_commit(a->o->budget, e) != 0)
            return -1;
        if (wait_ns == 0)
            return 0;
        if (wait_ns > TICK_NS)
            wait_ns = TICK_NS;
        tick = (struct timespec){.tv_nsec = (long)wait_ns};
        nanosleep(&tick, NULL);
    }
    return interrupted(e);
}

/* What the answer says about waiting is obeyed; a person is told if it means a long wait. */
static void heed(struct ask *a, int64_t now)
{
    int64_t wait_ns =
        heed_answer(&a->heed, &a->o->budget->limit, &a->x.answer, 0, retry_random(&a->random), now);
    char text[128];

    if (wait_ns == 0)
        return;
    snprintf(text, sizeof(text), HEED_SAID, (long long)(wait_ns / CLOCK_NS_PER_S));
    a->o->say(a->o->context, text);
}

static int limited(struct ask *a, struct err *e)
{
    const char *why = heed_refused(&a->heed, &a->limited);

    return why ? err_set(e, EXIT_STOPPED, "%s", why) : 0;
}

static int again(struct ask *a, int64_t now, struct err *e)
{
    bool reached = a->x.answer.fate == FATE_ANSWERED;
    char text[ACTION_TEXT_MAX + 64];

    if (++a->failures >= a->o->tries_max)
        return err_set(e, EXIT_STOPPED,
                       reached ? "the server gives no usable answer: %s"
                               : "the server can't be reached: %s",
                       a->verdict.text);
    if (a->failures == 1 && !reached) {
        snprintf(text, sizeof(text), "the server can't be reached, trying again: %s",
                 a->verdict.text);
        a->o->say(a->o->context, text);
    }
    limit_hold(&a->o->budget->limit, now + retry_backoff_ns(a->failures, retry_random(&a->random)));
    return 0;
}

/* ---- asking ---- */

/* One request, until it is collected. */
static int transfer(struct ask *a, const char *path, struct err *e)
{
    int rc = 0;

    json_free(a->doc);
    a->doc = NULL;
    exchange_reset(&a->x);
    text_puts(&a->x.request.path, path);
    if (!text_ok(&a->x.request.path))
        return err_nomem(e);
    a->requests++;
    http_pool_submit(a->pool, &a->x);
    while (!http_pool_collect(a->pool, 0)) {
        if (stop_signal())
            http_pool_abort(a->pool);
        if (http_pool_turn(a->pool, 0, TICK_NS, e) != 0)
            rc = -1; /* what was under way has been failed, and is collected next */
    }
    budget_done(a->o->budget, a->x.answer.fate, clock_now_ns());
    return stop_signal() ? interrupted(e) : rc;
}

/* What is to be done before the question is asked again. */
static int prepare_again(struct ask *a, int64_t now, struct err *e)
{
    if (a->verdict.kind == VERDICT_LIMITED)
        return limited(a, e);
    if (a->verdict.kind == VERDICT_AGAIN)
        return again(a, now, e);
    return err_set(e, EXIT_STOPPED, "%s", a->verdict.text);
}

int ask_get(struct ask *a, const char *path, struct ask_answer *out, struct err *e)
{
    struct verdict *v = &a->verdict;

    a->failures = a->limited = 0;
    for (;;) {
        int64_t now;

        if (wait_turn(a, e) != 0 || transfer(a, path, e) != 0)
            return -1;
        now = clock_now_ns();
        heed(a, now);
        judge(a, v);
        exchange_forget(&a->x);
        if (v->kind == VERDICT_DONE || v->kind == VERDICT_REFUSED)
            break;
        if (prepare_again(a, now, e) != 0)
            return -1;
    }
    *out = (struct ask_answer){.status = a->x.answer.status,
                               .doc = a->doc,
                               .refusal = v->text,
                               .of_api = v->kind == VERDICT_DONE || reply_error(a->doc).ptr};
    return 0;
}

const struct answer *ask_last(const struct ask *a)
{
    return &a->x.answer;
}

uint64_t ask_requests(const struct ask *a)
{
    return a->requests;
}

/* ---- beginning and end ---- */

static void say_wait(const struct ask *a)
{
    const struct ask_options *o = a->o;
    int64_t seconds = budget_wait_s(o->budget, clock_now_ns());
    char text[160];

    if (seconds == 0)
        return;
    snprintf(text, sizeof(text), BUDGET_WAIT, (long long)seconds);
    o->say(o->context, text);
}

struct ask *ask_new(const struct ask_options *o, struct err *e)
{
    struct ask *a = mem_zero(1, sizeof(*a));

    if (!a) {
        err_nomem(e);
        return NULL;
    }
    a->o = o;
    a->http = (struct http_options){.base_url = o->api_url,
                                    .api_key = o->api_key,
                                    .cacert = o->cacert,
                                    .user_agent = USER_AGENT,
                                    .connect_timeout_ns = o->connect_timeout_ns,
                                    .timeout_ns = o->timeout_ns,
                                    .lanes = 1};
    a->random = o->seed;
    if (o->api_key)
        redact_add(&a->secrets, o->api_key);
    exchange_init(&a->x, a);
    a->x.answer.secrets = &a->secrets;
    a->pool = http_pool_new(&a->http, e);
    if (!a->pool) {
        ask_free(a);
        return NULL;
    }
    say_wait(a);
    return a;
}

void ask_free(struct ask *a)
{
    if (!a)
        return;
    http_pool_free(a->pool);
    json_free(a->doc);
    exchange_release(&a->x);
    free(a);
}
