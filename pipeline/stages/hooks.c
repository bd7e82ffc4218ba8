/*
 * hooks: one call after the other.
 *
 * A call is: tried -> taken | refused | (tried again, after a wait)* -> given up.
 */
#include "stages/hooks.h"

#include "adapters/http.h"
#include "adapters/json.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/err.h"
#include "policy/ratefields.h"
#include "stages/job.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define USER_AGENT "claimpipe/" CLAIMPIPE_VERSION
#define TURN_NS (100 * CLOCK_NS_PER_MS)
#define WAIT_NS (500 * CLOCK_NS_PER_MS) /* after the first try; then twice as long */

#define SLOW_NS CLOCK_NS_PER_S

struct call {
    const struct job *job;
    struct hook hook;
    const struct text *path, *body; /* body NULL: it is a GET */
    unsigned tries;                 /* at most */
    int64_t until_ns;               /* no further try is begun after it */
    int status;                     /* of the last answer; 0: none came */
    int64_t wait_ns;                /* as long as the answer wants, or -1 */
    int64_t tell_ns;                /* when it is said that it takes long; 0: it was */
    char problem[160];
};

/* ---- one call ---- */

static void note_answer(struct call *c, const struct answer *got)
{
    struct rate_facts facts = RATE_FACTS_NONE;

    c->status = got->fate == FATE_ANSWERED ? got->status : 0;
    if (c->status)
        snprintf(c->problem, sizeof(c->problem), "HTTP %d", c->status);
    else
        snprintf(c->problem, sizeof(c->problem), "%.*s", (int)sizeof(c->problem) - 1, got->problem);
    ratefields_read_head(&facts, (struct slice){got->head.ptr, got->head.len}, got->wall_ms);
    c->wait_ns = c->status == 429 ? facts.retry_after_ns : -1;
}

/* Nobody waits for a silent server without a word. */
static void say_slow(struct call *c, const struct hooks_say *to)
{
    char text[HOOK_HOST_MAX + 64];

    if (c->tell_ns == 0 || clock_now_ns() < c->tell_ns)
        return;
    c->tell_ns = 0;
    snprintf(text, sizeof(text), "telling %s takes a while", c->hook.host);
    if (to->slow)
        to->slow(to->context, text);
}

/* The pool has but this exchange. */
static void transfer(struct call *c, struct http_pool *pool, const struct hooks_say *to)
{
    struct exchange x;
    struct err ignored = ERR_INIT; /* what it means is in the answer */

    exchange_init(&x, c);
    text_append(&x.request.path, c->path->ptr, c->path->len);
    x.request.post = c->body != NULL;
    if (c->body)
        text_append(&x.request.body, c->body->ptr, c->body->len);
    http_pool_submit(pool, &x);
    while (!http_pool_collect(pool, 0)) {
        err_ignore(http_pool_turn(pool, 0, TURN_NS, &ignored));
        say_slow(c, to);
    }
    note_answer(c, &x.answer);
    exchange_release(&x);
}

static void try_once(struct call *c, const struct hooks_say *to)
{
    struct http_options o = {.cacert = c->job->cacert,
                             .user_agent = USER_AGENT,
                             .connect_timeout_ns = HOOKS_TRY_NS,
                             .timeout_ns = HOOKS_TRY_NS,
                             .lanes = 1};
    struct err e = ERR_INIT;
    struct http_pool *pool = NULL;
    struct text origin;

    c->status = 0;
    text_init(&origin);
    text_append(&origin, c->hook.origin.ptr, c->hook.origin.len);
    o.base_url = origin.ptr;
    if (text_ok(&origin))
        pool = http_pool_new(&o, &e);
    if (pool)
        transfer(c, pool, to);
    else
        snprintf(c->problem, sizeof(c->problem), "it could not be tried");
    http_pool_free(pool);
    text_release(&origin);
}

/* Until the next try; false: there is none. */
static bool wait_again(const struct call *c, unsigned tried)
{
    int64_t now = clock_now_ns(), wait_ns = c->wait_ns >= 0 ? c->wait_ns : WAIT_NS << (tried - 1);

    if (tried >= c->tries || stop_signal() || !hook_again(c->status) || now + wait_ns > c->until_ns)
        return false;
    for (int64_t end = now + wait_ns; now < end && !stop_signal(); now = clock_now_ns()) {
        struct timespec turn = {.tv_nsec = TURN_NS < end - now ? TURN_NS : (long)(end - now)};

        nanosleep(&turn, NULL);
    }
    return true;
}

/* what it is, for the warning. */
static void make(struct call *c, const char *what, const struct hooks_say *to)
{
    char text[HOOK_HOST_MAX + 256];
    unsigned tried = 0;

    if (!text_ok(c->path) || (c->body && !text_ok(c->body)))
        return;
    c->tell_ns = clock_now_ns() + SLOW_NS;
    do
        try_once(c, to);
    while (!hook_taken(c->status) && wait_again(c, ++tried));
    if (hook_taken(c->status))
        return;
    snprintf(text, sizeof(text), "%s could not be told (%s): %s%s", c->hook.host, what, c->problem,
             c->status >= 300 && c->status < 500 && c->status != 429
                 ? ": see whether its URL is right"
                 : "");
    to->say(to->context, text);
}

/* ---- dead-man switches ---- */

static void ping_all(struct call *c, enum hook_event event, const char *words,
                     const struct hooks_say *to)
{
    const struct jobtell_hooks *hooks = &c->job->tell.ping;
    struct text path, body;

    text_init(&path);
    text_init(&body);
    text_puts(&body, words);
    for (size_t i = 0; i < hooks->n; i++) {
        bool has_body;

        if (hook_read(&c->hook, hooks->urls[i]))
            continue; /* it was refused when it was set */
        for (size_t k = 0; hook_ping(&c->hook, event, k, words, &path, &has_body); k++) {
            c->path = &path;
            c->body = has_body ? &body : NULL;
            make(c, "ping", to);
        }
    }
    c->path = c->body = NULL;
    text_release(&body);
    text_release(&path);
}

void hooks_start(const struct job *j, const struct hooks_say *to)
{
    struct call c = {.job = j, .tries = 1};

    ping_all(&c, HOOK_START, "", to);
}

/* ---- webhooks ---- */

/* As much of a text as there is room for, cut between characters. */
static void put_cut(struct text *out, const char *words, size_t most)
{
    size_t len = strlen(words);

    if (len > most)
        for (len = most; len > 0 && ((unsigned char)words[len] & 0xc0) == 0x80;)
            len--;
    text_append(out, words, len);
    if (words[len])
        text_puts(out, "…");
}

static void put_json(struct text *out, struct slice words)
{
    if (json_quote(out, words) != 0)
        out->failed = true;
}

/* What Slack takes for links and mentions is none of ours. */
static void body_slack(const struct text *words, struct text *out)
{
    struct text escaped;

    text_init(&escaped);
    for (size_t i = 0; i < words->len; i++)
        switch (words->ptr[i]) {
        case '&':
            text_puts(&escaped, "&amp;");
            break;
        case '<':
            text_puts(&escaped, "&lt;");
            break;
        case '>':
            text_puts(&escaped, "&gt;");
            break;
        default:
            text_append(&escaped, words->ptr + i, 1);
        }
    text_puts(out, "{\"text\":");
    put_json(out, (struct slice){escaped.ptr, escaped.len});
    text_puts(out, "}");
    out->failed = out->failed || !text_ok(&escaped);
    text_release(&escaped);
}

/* A block for each line: a line end in a text is none there. */
static void body_teams(const struct text *words, struct text *out)
{
    const char *line = words->ptr;

    text_puts(out, "{\"type\":\"message\",\"attachments\":[{\"contentType\":"
                   "\"application/vnd.microsoft.card.adaptive\",\"contentUrl\":null,\"content\":{"
                   "\"$schema\":\"http://adaptivecards.io/schemas/adaptive-card.json\","
                   "\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[");
    for (;;) {
        size_t len = strcspn(line, "\n");

        text_puts(out, "{\"type\":\"TextBlock\",\"wrap\":true,\"spacing\":\"None\",\"text\":");
        put_json(out, (struct slice){line, len});
        text_puts(out, line[len] ? "}," : "}");
        if (!line[len])
            break;
        line += len + 1;
    }
    text_puts(out, "]}}]}");
}

void hooks_body(enum hook_form form, const char *text, const char *json, struct text *out)
{
    struct text words;

    text_init(&words);
    put_cut(&words, text, hook_text_max(form));
    switch (form) {
    case HOOK_SUMMARY:
        text_puts(out, json);
        break;
    case HOOK_SLACK:
        body_slack(&words, out);
        break;
    case HOOK_TEAMS:
        body_teams(&words, out);
        break;
    case HOOK_DISCORD:
        /* Names in it mention nobody. */
        text_puts(out, "{\"allowed_mentions\":{\"parse\":[]},\"content\":");
        put_json(out, (struct slice){words.ptr, words.len});
        text_puts(out, "}");
        break;
    }
    out->failed = out->failed || !text_ok(&words);
    text_release(&words);
}

static void put_whole_path(struct text *out, const struct hook *h)
{
    text_append(out, h->path.ptr, h->path.len);
    if (h->path.len == 0)
        text_puts(out, "/");
    if (h->query.len > 0) {
        text_puts(out, "?");
        text_append(out, h->query.ptr, h->query.len);
    }
}

static void notify_all(struct call *c, const struct hooks_end *end, const struct hooks_say *to)
{
    const struct jobtell_hooks *hooks = &c->job->tell.notify;

    for (size_t i = 0; i < hooks->n; i++) {
        struct text path, body;

        if (hook_read(&c->hook, hooks->urls[i]))
            continue; /* it was refused when it was set */
        text_init(&path);
        text_init(&body);
        put_whole_path(&path, &c->hook);
        hooks_body(hook_form(&c->hook), end->text, end->json, &body);
        c->path = &path;
        c->body = &body;
        make(c, "notify", to);
        c->path = c->body = NULL;
        text_release(&body);
        text_release(&path);
    }
}

void hooks_end(const struct job *j, const struct hooks_end *end, const struct hooks_say *to)
{
    struct call c = {.job = j, .tries = HOOKS_TRIES, .until_ns = clock_now_ns() + HOOKS_END_NS};

    ping_all(&c, hook_event_of(end->exit_code), end->text, to);
    if (!end->quiet)
        notify_all(&c, end, to);
}
