/* claim: complete a claim for an address, or let the API simulate it.  Each request carries one step. */
#include "actions/action.h"
#include "actions/claimfacts.h"
#include "actions/claimplugins.h"
#include "actions/reply.h"
#include "adapters/json.h"
#include "adapters/jsoncut.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "base/percent.h"
#include "policy/baseline.h"
#include "policy/identity.h"
#include "policy/link.h"
#include "policy/redact.h"
#include "policy/segment.h"
#include "policy/sweep.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who has claimed may be a long list: about 60 bytes an address, of which 20 are kept. */
#define CLAIMED_ANSWER_MAX ((size_t)128 << 20)
/* Without it: an allowlist may stand there. */
#define CLAIM_ANSWER_MAX JSONCUT_REST_MAX
#define UPDATED "Claim has been updated"

/* ---- the claim itself ---- */

/* Nothing can be sent without. */
static bool needs_claim(const struct target *t)
{
    return t->version == ACTION_VERSION_UNKNOWN || (t->claimed && !t->claimed->sealed);
}

static bool wants_claim(const struct target *t)
{
    return t->untold || needs_claim(t);
}

/* A simulation leaves nothing that would have to be found again, and an on-demand claim shows nothing. */
static bool wants_baseline(const struct target *t)
{
    return !t->simulate && !t->baselined && !t->facts.on_demand;
}

static bool is_open(const struct target *t)
{
    return wants_claim(t) || wants_baseline(t);
}

/* Each step is sent once, mostly, and then asked about, with others if the list of attempts shows it; a simulation
 * is answered at once. */
static int64_t cost(const struct target *t, int64_t n)
{
    int64_t questions = t->facts.on_demand || t->facts.vague ? n : sweep_cost(n);

    return n + (t->simulate ? 0 : questions) + wants_claim(t) + wants_baseline(t);
}

static void put_attempts(const struct target *t, struct request *out)
{
    text_puts(&out->path, "/api/v0/claims/");
    percent_append(&out->path, slice_of(t->id));
    text_puts(&out->path, "/attempts");
}

static int add_claimed(void *context, struct slice address, const struct json *numbers)
{
    return json_holds_array(numbers) && json_count(numbers) == 0 ? 0
                                                                 : claimed_add(context, address);
}

/* A claim's answer, of which the list of who has claimed goes right into the set: it may be a hundred times
 * as large as the rest.  A claim that hides its state has none: then nobody is known to have claimed. */
struct claim_taker {
    struct request_taker taker;
    struct jsoncut *cut;
};

static int taker_take(struct request_taker *t, struct slice bytes)
{
    return jsoncut_feed(((struct claim_taker *)t)->cut, bytes);
}

static void taker_free(struct request_taker *t)
{
    jsoncut_free(((struct claim_taker *)t)->cut);
    free(t);
}

/* NULL: no memory. */
static struct request_taker *taker_new(struct claimed *claimed)
{
    static const char *const path[] = {"claim",       "plugins",      "*",
                                       "publicState", "claimedUsers", NULL};
    struct claim_taker *t = mem_zero(1, sizeof(*t));

    if (!t)
        return NULL;
    t->taker = (struct request_taker){taker_take, taker_free};
    t->cut = jsoncut_new(path, 0, add_claimed, claimed);
    if (t->cut)
        return &t->taker;
    free(t);
    return NULL;
}

static void ask(const struct target *t, struct request *out)
{
    if (!wants_claim(t)) {
        put_attempts(t, out);
        return;
    }
    text_puts(&out->path, "/api/v0/claim/");
    percent_append(&out->path, slice_of(t->id));
    out->answer_max = CLAIM_ANSWER_MAX;
    if (!t->claimed)
        return;
    text_puts(&out->path, "?fetchAllClaimedUsers=true");
    out->answer_max = CLAIMED_ANSWER_MAX;
    claimed_release(t->claimed); /* an answer before may have broken off */
    out->taker = taker_new(t->claimed);
    out->path.failed = out->path.failed || !out->taker;
}

/* The claim, of an answer that was taken in; NULL: it is of no use. */
static struct json *read_taken(const struct answer *a)
{
    return jsoncut_end(((struct claim_taker *)a->taken)->cut);
}

/* The version is only taken over if nobody has given another to expect. */
static bool read_version(struct target *t, const struct json *claim)
{
    int64_t version;

    if (json_int(json_get(claim, "version"), &version) != 0 || version < 0)
        return t->version != ACTION_VERSION_UNKNOWN;
    if (t->version == ACTION_VERSION_UNKNOWN)
        t->version = version;
    return true;
}

/* What it says of itself, if anything. */
static void read_facts(struct target *t, const struct json *claim)
{
    t->untold = false;
    if (!json_holds_object(claim))
        return;
    claimfacts_read(claim, &t->facts);
    t->news = true;
}

/* Before the first row leaves it is known whether any can come to something. */
static void judge_plugins(struct target *t, const struct json *claim, struct verdict *v)
{
    struct claimfit_claim c;
    char why[CLAIMFIT_TEXT_MAX], text[CLAIMFIT_TEXT_MAX + 128];
    enum claimfit fit;

    claimplugins_read(claim, &c);
    t->left = claimfit_left(&c);
    t->per_address = claimfit_per_address(&c);
    fit = claimfit_judge(&c, t->given, t->n_given, t->shared, why);
    if (fit == CLAIMFIT_FITS || t->forced)
        return;
    v->kind = VERDICT_STOP;
    v->usage = fit == CLAIMFIT_WRONG;
    snprintf(text, sizeof(text), "claim %.64s: %s; --force tries it all the same", t->id, why);
    reply_say(v, slice_of(text));
}

/* It can't be had: an earlier run may have been told more. */
static void go_without(struct target *t)
{
    t->untold = false;
    t->facts.vague = !t->facts.on_chain;
}

static void read_claim(struct target *t, const struct answer *a, struct verdict *v)
{
    struct json *doc;

    if (reply_common_question(a, v, &doc)) {
        if (a->too_large)
            t->claimed = NULL; /* too many to be told: go on without */
        v->spare = !needs_claim(t);
        if (v->spare && reply_wants_session(a)) { /* it is not for keys to see */
            go_without(t);
            v->kind = VERDICT_DONE;
        }
        return;
    }
    if (a->taken)
        doc = read_taken(a);
    if (a->status == 200 && read_version(t, json_get(doc, "claim"))) {
        v->kind = VERDICT_DONE;
        read_facts(t, json_get(doc, "claim"));
        if (t->claimed)
            claimed_seal(t->claimed);
        judge_plugins(t, json_get(doc, "claim"), v);
    } else if (a->status == 200 && doc) {
        v->kind = VERDICT_REFUSED;
        reply_say(v, slice_of("the server's answer names no claim version (give it by "
                              "--claim-version)"));
    } else if (reply_refuses(a, doc)) {
        v->kind = VERDICT_REFUSED;
        reply_say(v, reply_error(doc));
    } else {
        v->kind = a->status >= 500 || a->status == 200 ? VERDICT_AGAIN : VERDICT_REFUSED;
        v->spare = !needs_claim(t);
        reply_say_gateway(v, a);
    }
    json_free(doc);
}

/* ---- attempts ---- */

/* One attempt of a list. */
struct shown {
    struct slice id;
    char address[IDENTITY_TEXT_MAX]; /* canonical; "": none can be read */
    int64_t at_ms;                   /* BASELINE_NO_STAMP: none can be read */
    bool success;
};

/* Why a list can't be believed, or NULL. */
static const char *read_shown(const struct target *t, const struct json *doc, struct shown *out)
{
    struct slice of = json_text(json_get(doc, "claimId"));

    if (of.ptr && !slice_equal(of, slice_of(t->id)) && !crashpoint_breaks("list"))
        return "it shows attempts of another claim";
    out->id = json_text(json_get(doc, "claimAttemptId"));
    out->success = json_holds_true(json_get(doc, "success"));
    if (json_int(json_get(doc, "attemptedAt"), &out->at_ms) != 0)
        out->at_ms = BASELINE_NO_STAMP;
    if (identity_canonical(json_text(json_get(doc, "bitbadgesAddress")), out->address))
        out->address[0] = '\0';
    return NULL;
}

/* A list that is refused or is not about this claim gives no baseline: then what is lost can't be told from
 * what was there before. */
static void keep_baseline(struct target *t, const struct json *docs)
{
    struct baseline *b = mem_zero(1, sizeof(*b));
    const char *why = NULL;

    if (!b)
        return;
    baseline_init(b);
    for (size_t i = 0; i < json_count(docs) && !why; i++) {
        struct shown shown;

        why = read_shown(t, json_at(docs, i), &shown);
        if (!why)
            baseline_add(b, shown.id, shown.at_ms);
    }
    if (!why)
        t->shown = b;
    else
        free(b);
}

static void read_baseline(struct target *t, const struct answer *a, struct verdict *v)
{
    bool denied = a->too_large || reply_wants_session(a);
    struct json *doc = NULL;

    memset(v, 0, sizeof(*v));
    if (!denied && reply_common_question(a, v, &doc))
        return;
    if (!denied && !reply_refuses(a, doc) && (a->status >= 500 || (a->status == 200 && !doc))) {
        v->kind = VERDICT_AGAIN;
        v->spare = true;
        reply_say_gateway(v, a);
    } else {
        v->kind = VERDICT_DONE;
        t->baselined = true;
        if (a->status == 200 && json_holds_array(json_get(doc, "docs")))
            keep_baseline(t, json_get(doc, "docs"));
    }
    json_free(doc);
}

static void read_ask(struct target *t, const struct answer *a, struct verdict *v)
{
    if (!a && wants_claim(t))
        go_without(t);
    else if (!a)
        t->baselined = true;
    else if (wants_claim(t))
        read_claim(t, a, v);
    else
        read_baseline(t, a, v);
}

/* ---- complete and simulate ---- */

static void send(const struct target *t, const struct step *s, struct request *out)
{
    out->post = true;
    text_puts(&out->path, t->simulate ? "/api/v0/claims/simulate/" : "/api/v0/claims/complete/");
    percent_append(&out->path, slice_of(t->id));
    text_puts(&out->path, "/");
    percent_append(&out->path, slice_of(s->recipient));
    /* A number: the documentation's examples have a string, which the schema refuses. */
    text_printf(&out->body, "{\"_expectedVersion\":%lld", (long long)t->version);
    if (s->fields && *s->fields) {
        text_puts(&out->body, ",");
        text_puts(&out->body, s->fields);
    }
    text_puts(&out->body, "}");
}

/* A simulation's attempt, of which the server says for ever that it is a success. */
static bool is_zeros(struct slice attempt)
{
    size_t i = 0;

    while (i < attempt.len && attempt.ptr[i] == '0')
        i++;
    return i == attempt.len && !crashpoint_breaks("zeros");
}

/* An id goes into the ledger, the results and URLs as it is.  (What would be taken for a code is mostly one.) */
static bool tells_secret(const struct answer *a, struct slice attempt)
{
    const struct redact none = {.n = 0}, *secrets = a->secrets ? a->secrets : &none;
    char shown[STEP_ATTEMPT_MAX];

    for (size_t i = 0; i < secrets->n; i++)
        if (memmem(attempt.ptr, attempt.len, secrets->secrets[i], strlen(secrets->secrets[i])))
            return true;
    memcpy(shown, attempt.ptr, attempt.len);
    shown[attempt.len] = '\0';
    if (strspn(shown, "0123456789abcdefABCDEF") == attempt.len)
        return false;
    redact_apply(secrets, shown);
    return !slice_equal(attempt, slice_of(shown));
}

static void read_sent(const struct target *t, const struct answer *a, const struct json *doc,
                      struct verdict *v)
{
    struct slice attempt = json_text(json_get(doc, "claimAttemptId"));

    if (a->status == 200 && attempt.len < sizeof(v->attempt) && !segment_fault(attempt) &&
        !tells_secret(a, attempt) && (t->simulate || !is_zeros(attempt))) {
        v->kind = t->simulate ? VERDICT_DONE : VERDICT_ACCEPTED;
        if (!t->simulate) /* else it is zeros */
            memcpy(v->attempt, attempt.ptr, attempt.len);
    } else if (reply_contains(reply_error(doc), UPDATED)) {
        v->kind = VERDICT_STOP;
        reply_say(v, slice_of("the claim was changed while the run was going on: look at it, then "
                              "run the same command again"));
    } else {
        reply_not_taken(a, doc, v);
        if (v->kind == VERDICT_REFUSED)
            v->refusal = refusal_read(reply_error(doc));
    }
}

static void read_send(const struct target *t, const struct answer *a, struct verdict *v)
{
    struct json *doc;

    if (!reply_common(a, v, &doc)) {
        read_sent(t, a, doc, v);
        json_free(doc);
    }
    if (t->simulate && v->kind == VERDICT_LOST) /* whatever became of it, it had no effect */
        v->kind = v->stop_after ? VERDICT_STOP : VERDICT_AGAIN;
}

/* ---- status ---- */

static void poll(const struct target *t, const struct step *s, struct request *out)
{
    (void)t;
    text_puts(&out->path, "/api/v0/claims/status/");
    percent_append(&out->path, slice_of(s->attempt));
}

/* What a server says of somebody else's attempt is not about ours.  The server of 2024 names nobody. */
static bool is_anothers(const struct json *doc, const struct step *s)
{
    struct slice of = json_text(json_get(doc, "bitbadgesAddress"));
    char canonical[IDENTITY_TEXT_MAX];

    if (crashpoint_breaks("status"))
        return false;
    return of.len && (identity_canonical(of, canonical) || strcmp(canonical, s->recipient) != 0);
}

/* The server of 2024 says so of attempts still in the queue as well. */
static bool is_unfound(const struct answer *a, const struct json *doc)
{
    static const char *const words[] = {REPLY_UNFOUND, "not found", "Not found", "not exist"};
    struct slice error = reply_error(doc);

    if (a->status == 404 || a->status == 410 || (a->status == 200 && doc))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (a->status >= 400 && a->status <= 500 && reply_contains(error, words[i]))
            return true;
    return false;
}

/* Whoever has but an API key is not shown the code. */
static bool is_reserved(const struct target *t, const struct json *doc)
{
    return t->facts.on_chain || json_text(json_get(doc, "code")).len > 0;
}

static void read_status(const struct target *t, const struct step *s, const struct json *doc,
                        struct verdict *v)
{
    struct slice error = json_text(json_get(doc, "error"));

    if (is_anothers(doc, s)) {
        v->kind = VERDICT_PENDING;
        v->astray = true;
        reply_say(v, slice_of("the server tells of another recipient's attempt"));
    } else if (json_holds_true(json_get(doc, "success"))) {
        v->kind = VERDICT_DONE;
        v->reserved = is_reserved(t, doc);
    } else {
        v->kind = error.len > 0 ? VERDICT_REFUSED : VERDICT_PENDING;
        v->astray = !json_get(doc, "success"); /* it tells of no attempt */
        v->refusal = refusal_read(error);
        if (error.len > 0)
            reply_say_refusal(v, error);
    }
}

static void read_poll(struct target *t, struct step *steps, const struct answer *a,
                      struct verdict *v)
{
    struct json *doc;

    if (reply_common_question(a, v, &doc))
        return;
    if (a->status == 200 && json_holds_object(doc)) {
        read_status(t, steps, doc, v);
    } else if (is_unfound(a, doc)) {
        v->kind = VERDICT_PENDING;
        v->astray = true;
        reply_say(v, slice_of("the server does not know the attempt"));
    } else {
        v->kind = VERDICT_AGAIN;
        if (reply_error(doc).ptr)
            reply_say(v, reply_error(doc));
        else
            reply_say_gateway(v, a);
    }
    json_free(doc);
}

/* ---- reconciliation ---- */

static void put_list(const struct target *t, const char *address, const char *bookmark,
                     struct request *out)
{
    put_attempts(t, out);
    if (address) {
        text_puts(&out->path, "?address=");
        percent_append(&out->path, slice_of(address));
    }
    if (bookmark[0]) {
        text_puts(&out->path, address ? "&bookmark=" : "?bookmark=");
        percent_append(&out->path, slice_of(bookmark));
    }
}

static bool lookup(const struct step *s, const struct reconcile_lookup *l, struct request *out)
{
    switch (reconcile_next(l)) {
    case RECONCILE_ASK_PAGE:
        put_list(s->target, s->recipient, l->bookmark, out);
        return true;
    case RECONCILE_ASK_COUNT:
        text_puts(&out->path, "/api/v0/claims/success/");
        percent_append(&out->path, slice_of(s->target->id));
        text_puts(&out->path, "/");
        percent_append(&out->path, slice_of(s->recipient));
        return true;
    case RECONCILE_ASK_NOTHING:
        break;
    }
    return false;
}

static void list(const struct target *t, const struct listing *l, struct request *out)
{
    put_list(t, NULL, l->bookmark, out);
}

__attribute__((format(printf, 2, 3))) static void deny_pages(struct reconcile_lookup *l,
                                                             const char *fmt, ...)
{
    va_list args;

    l->pages_denied = true;
    va_start(args, fmt);
    vsnprintf(l->text, sizeof(l->text), fmt, args);
    va_end(args);
}

/* The list is over with an empty page, or an absent or repeated bookmark: the API has no hasMore.  Else
 * the next page is that of the bookmark (of RECONCILE_BOOKMARK_MAX), which is kept; why: it can't be. */
static bool is_last_page(char *bookmark, const struct json *doc, const char **why)
{
    struct slice next = json_text(json_get(doc, "bookmark"));

    if (json_count(json_get(doc, "docs")) == 0 || !next.len ||
        slice_equal(next, slice_of(bookmark)))
        return true;
    if (next.len >= RECONCILE_BOOKMARK_MAX) {
        *why = "a bookmark that is too long";
        return true;
    }
    memcpy(bookmark, next.ptr, next.len);
    bookmark[next.len] = '\0';
    return false;
}

/* One page of all attempts of the claim. */
static void read_all(const struct target *t, struct listing *l, const struct json *doc)
{
    const struct json *docs = json_get(doc, "docs");
    const char *why = NULL;
    bool last;

    for (size_t i = 0; i < json_count(docs) && !why; i++) {
        const struct json *at = json_at(docs, i);
        struct listing_attempt a = {.number = LISTING_NO_NUMBER};
        struct shown shown;

        why = read_shown(t, at, &shown);
        if (why)
            continue;
        a.id = shown.id;
        a.address = shown.address;
        a.at_ms = shown.at_ms;
        a.success = shown.success;
        if (json_int(json_get(at, "claimNumber"), &a.number) != 0)
            a.number = LISTING_NO_NUMBER;
        listing_add(l, &a);
    }
    last = is_last_page(l->bookmark, doc, &why);
    if (why)
        listing_deny(l);
    else
        listing_turn(l, last);
}

/* One page of the address's attempts, newest first. */
static void read_page(const struct step *s, struct reconcile_lookup *l, const struct json *doc)
{
    const struct json *docs = json_get(doc, "docs");
    const char *why = NULL;

    for (size_t i = 0; i < json_count(docs) && !why; i++) {
        struct shown shown;

        why = read_shown(s->target, json_at(docs, i), &shown);
        /* It must never be taken for ours; and who knows what is not shown instead. */
        if (!why && strcmp(shown.address, s->recipient) != 0 && !crashpoint_breaks("list"))
            why = shown.address[0] ? "it shows attempts of another address"
                                   : "it shows attempts of nobody";
        if (!why)
            reconcile_add(l, shown.id, shown.at_ms, shown.success, true);
    }
    l->pages_done = is_last_page(l->bookmark, doc, &why) || why;
    if (why)
        deny_pages(l, "%s", why);
    else if (!l->pages_done && ++l->pages == RECONCILE_PAGES_MAX)
        deny_pages(l, "more than %d pages of attempts", RECONCILE_PAGES_MAX);
}

static void read_denial(struct reconcile_lookup *l, enum reconcile_question asked,
                        const struct answer *a, const struct json *doc)
{
    struct slice error = reply_error(doc);

    *(asked == RECONCILE_ASK_COUNT ? &l->count_denied : &l->pages_denied) = true;
    if (l->text[0]) /* the first one is told */
        return;
    if (error.ptr)
        reply_line(a, doc, error, l->text, sizeof(l->text));
    else
        snprintf(l->text, sizeof(l->text), "HTTP %d", a->status);
}

/* Takes in what was asked for: false if the answer has nothing of it. */
static bool read_shown_of(const struct step *s, struct reconcile_lookup *l,
                          enum reconcile_question asked, const struct json *doc)
{
    if (asked == RECONCILE_ASK_COUNT) {
        l->count_done = json_int(json_get(doc, "successCount"), &l->count) == 0;
        return l->count_done;
    }
    if (!json_holds_array(json_get(doc, "docs")))
        return false;
    read_page(s, l, doc);
    return true;
}

/* An answer to a question of a look that tells nothing of what was asked for: was it denied?  Else it is asked
 * again. */
static bool is_denied(const struct answer *a, const struct json *doc, struct verdict *v)
{
    if ((a->status == 200 && doc) || (a->status >= 400 && a->status < 500) || reply_error(doc).ptr)
        return true;
    v->kind = VERDICT_AGAIN;
    reply_say_gateway(v, a);
    return false;
}

static void read_lookup(const struct step *s, struct reconcile_lookup *l, const struct answer *a,
                        struct verdict *v)
{
    enum reconcile_question asked = reconcile_next(l);
    bool denied = a->too_large || reply_wants_session(a);
    struct json *doc = NULL;

    memset(v, 0, sizeof(*v));
    if (!denied && reply_common_question(a, v, &doc))
        return;
    v->kind = VERDICT_PENDING;
    if ((a->status != 200 || !read_shown_of(s, l, asked, doc)) && (denied || is_denied(a, doc, v)))
        read_denial(l, asked, a, doc);
    json_free(doc);
}

static void read_list(const struct target *t, struct listing *l, const struct answer *a,
                      struct verdict *v)
{
    bool denied = a->too_large || reply_wants_session(a);
    struct json *doc = NULL;

    memset(v, 0, sizeof(*v));
    if (!denied && reply_common_question(a, v, &doc))
        return;
    v->kind = VERDICT_PENDING;
    if (a->status == 200 && json_holds_array(json_get(doc, "docs")))
        read_all(t, l, doc);
    else if (denied || is_denied(a, doc, v))
        listing_deny(l);
    json_free(doc);
}

const struct action action_claim = {
    .name = "claim",
    .of = "claim id",
    .batch_max = 1,
    .link = LINK_CLAIM,
    .cost = cost,
    .is_open = is_open,
    .ask = ask,
    .read_ask = read_ask,
    .send = send,
    .read_send = read_send,
    .poll = poll,
    .read_poll = read_poll,
    .list = list,
    .read_list = read_list,
    .lookup = lookup,
    .read_lookup = read_lookup,
};
