/* claim: complete a claim for an address, or let the API simulate it.  Each request carries one step. */
#include "actions/action.h"
#include "actions/reply.h"
#include "adapters/json.h"
#include "base/percent.h"
#include "policy/identity.h"
#include "policy/link.h"
#include "policy/ratefields.h"

#include <stdio.h>
#include <string.h>

/* Who has claimed may be a long list: about 60 bytes an address. */
#define CLAIMED_ANSWER_MAX ((size_t)64 << 20)
#define UPDATED "Claim has been updated"

/* ---- the claim itself ---- */

static bool is_open(const struct target *t)
{
    return t->version == ACTION_VERSION_UNKNOWN || (t->claimed && !t->claimed->sealed);
}

/* Each step is sent and asked about once, mostly; a simulation is answered at once. */
static int64_t cost(const struct target *t, int64_t n)
{
    return (t->simulate ? n : 2 * n) + is_open(t);
}

static void ask(const struct target *t, struct request *out)
{
    text_puts(&out->path, "/api/v0/claim/");
    percent_append(&out->path, slice_of(t->id));
    if (t->claimed) {
        text_puts(&out->path, "?fetchAllClaimedUsers=true");
        out->answer_max = CLAIMED_ANSWER_MAX;
    }
}

static int add_claimed(void *context, struct slice address, const struct json *numbers)
{
    return json_holds_array(numbers) && json_count(numbers) == 0 ? 0
                                                                 : claimed_add(context, address);
}

/* A claim that hides its state says nothing here: then nobody is known to have claimed. */
static int read_claimed(struct target *t, const struct json *claim)
{
    const struct json *plugins = json_get(claim, "plugins");

    for (size_t i = 0; t->claimed && i < json_count(plugins); i++) {
        const struct json *users =
            json_get(json_get(json_at(plugins, i), "publicState"), "claimedUsers");

        if (json_each(users, add_claimed, t->claimed) != 0)
            return -1;
    }
    if (t->claimed)
        claimed_seal(t->claimed);
    return 0;
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

static void read_ask(struct target *t, const struct answer *a, struct verdict *v)
{
    struct json *doc;

    if (reply_common_question(a, v, &doc)) {
        if (a->too_large)
            t->claimed = NULL; /* too many to be told: go on without */
        return;
    }
    if (a->status == 200 && read_version(t, json_get(doc, "claim"))) {
        v->kind = read_claimed(t, json_get(doc, "claim")) == 0 ? VERDICT_DONE : VERDICT_AGAIN;
    } else if (a->status == 200 && doc) {
        v->kind = VERDICT_REFUSED;
        reply_say(v, slice_of("the server's answer names no claim version (give it by "
                              "--claim-version)"));
    } else if (reply_refuses(a, doc)) {
        v->kind = VERDICT_REFUSED;
        reply_say(v, reply_error(doc));
    } else {
        v->kind = a->status >= 500 || a->status == 200 ? VERDICT_AGAIN : VERDICT_REFUSED;
        reply_say_gateway(v, a);
    }
    json_free(doc);
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

static void read_sent(const struct target *t, const struct answer *a, const struct json *doc,
                      struct verdict *v)
{
    struct slice attempt = json_text(json_get(doc, "claimAttemptId"));

    if (a->status == 200 && attempt.len > 0 && attempt.len < sizeof(v->attempt)) {
        v->kind = t->simulate ? VERDICT_DONE : VERDICT_ACCEPTED;
        if (!t->simulate) /* else it is zeros */
            memcpy(v->attempt, attempt.ptr, attempt.len);
    } else if (reply_contains(reply_error(doc), UPDATED)) {
        v->kind = VERDICT_STOP;
        reply_say(v, slice_of("the claim was changed while the run was going on: look at it, then "
                              "run the same command again"));
    } else {
        reply_not_taken(a, doc, v);
    }
}

static void read_send(const struct target *t, const struct answer *a, struct verdict *v)
{
    struct json *doc;

    if (!reply_common(a, v, &doc)) {
        read_sent(t, a, doc, v);
        json_free(doc);
    }
    if (t->simulate && v->kind == VERDICT_LOST)
        v->kind = VERDICT_AGAIN; /* whatever became of it, it had no effect */
}

/* ---- status ---- */

static void poll(const struct target *t, const struct step *s, struct request *out)
{
    (void)t;
    text_puts(&out->path, "/api/v0/claims/status/");
    percent_append(&out->path, slice_of(s->attempt));
}

static void read_poll(struct target *t, struct step *steps, const struct answer *a,
                      struct verdict *v)
{
    struct json *doc;
    struct slice error;

    (void)t;
    (void)steps;
    if (reply_common_question(a, v, &doc))
        return;
    error = json_text(json_get(doc, "error"));
    if (a->status == 200 && json_holds_true(json_get(doc, "success"))) {
        v->kind = VERDICT_DONE;
        v->reserved = json_text(json_get(doc, "code")).len > 0;
    } else if (a->status == 200 && json_holds_object(doc)) {
        v->kind = error.len > 0 ? VERDICT_REFUSED : VERDICT_PENDING;
        if (error.len > 0)
            reply_say_refusal(v, error);
    } else if ((a->status == 500 || a->status == 404) &&
               reply_contains(reply_error(doc), REPLY_UNFOUND)) {
        v->kind = VERDICT_PENDING; /* the server of 2024 says so of attempts still in the queue */
        reply_say(v, slice_of("the server does not know the attempt yet"));
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

static bool lookup(const struct step *s, const struct reconcile_lookup *l, struct request *out)
{
    const struct target *t = s->target;

    if (!l->pages_done && !l->pages_denied) {
        text_puts(&out->path, "/api/v0/claims/");
        percent_append(&out->path, slice_of(t->id));
        text_puts(&out->path, "/attempts?address=");
        percent_append(&out->path, slice_of(s->recipient));
        if (l->bookmark[0]) {
            text_puts(&out->path, "&bookmark=");
            percent_append(&out->path, slice_of(l->bookmark));
        }
        return true;
    }
    if (l->pages_done && !l->count_done && !l->count_denied) {
        text_puts(&out->path, "/api/v0/claims/success/");
        percent_append(&out->path, slice_of(t->id));
        text_puts(&out->path, "/");
        percent_append(&out->path, slice_of(s->recipient));
        return true;
    }
    return false;
}

static void keep_candidate(struct reconcile_lookup *l, struct slice attempt, bool success)
{
    unsigned n = l->n_candidates;

    if (!attempt.len || attempt.len >= sizeof(l->candidates[0].attempt))
        return;
    if (n == RECONCILE_CANDIDATES_MAX) {
        l->pages_denied = true;
        snprintf(l->text, sizeof(l->text), "more than %d new attempts of this address",
                 RECONCILE_CANDIDATES_MAX);
        return;
    }
    memcpy(l->candidates[n].attempt, attempt.ptr, attempt.len);
    l->candidates[n].attempt[attempt.len] = '\0';
    l->candidates[n].success = success;
    l->n_candidates++;
}

static bool is_of(struct slice address, const struct step *s)
{
    char canonical[IDENTITY_TEXT_MAX];

    return identity_canonical(address, canonical) == NULL && strcmp(canonical, s->recipient) == 0;
}

/* One page of attempts, newest first.  The API has no hasMore: the list ends with an empty page, or an
 * absent or repeated bookmark. */
static void read_page(const struct step *s, struct reconcile_lookup *l, const struct json *doc,
                      const struct answer *a)
{
    const struct json *docs = json_get(doc, "docs");
    struct slice bookmark = json_text(json_get(doc, "bookmark"));
    int64_t date_ms = ratefields_date((struct slice){a->head.ptr, a->head.len});

    for (size_t i = 0; i < json_count(docs); i++) {
        const struct json *d = json_at(docs, i);
        struct slice of = json_text(json_get(d, "bitbadgesAddress"));
        bool success = json_holds_true(json_get(d, "success"));
        int64_t at_ms = 0;

        if (of.len && !is_of(of, s)) {
            /* It must never be taken for ours; and who knows what is not shown instead. */
            l->pages_denied = true;
            snprintf(l->text, sizeof(l->text), "it shows attempts of another address");
        } else if (json_int(json_get(d, "attemptedAt"), &at_ms) == 0 &&
                   reconcile_is_older(at_ms, l->intent_ms, date_ms, a->wall_ms))
            l->older += success;
        else
            keep_candidate(l, json_text(json_get(d, "claimAttemptId")), success);
    }
    l->pages++;
    if (json_count(docs) == 0 || !bookmark.len || slice_equal(bookmark, slice_of(l->bookmark))) {
        l->pages_done = true;
    } else if (bookmark.len >= sizeof(l->bookmark)) {
        l->pages_denied = true;
        snprintf(l->text, sizeof(l->text), "a bookmark of %zu bytes", bookmark.len);
    } else if (l->pages == RECONCILE_PAGES_MAX) {
        l->pages_denied = true;
        snprintf(l->text, sizeof(l->text), "more than %d pages of attempts", RECONCILE_PAGES_MAX);
    } else {
        memcpy(l->bookmark, bookmark.ptr, bookmark.len);
        l->bookmark[bookmark.len] = '\0';
    }
}

static void read_denial(struct reconcile_lookup *l, const struct answer *a, const struct json *doc)
{
    struct slice error = reply_error(doc);

    *(l->pages_done ? &l->count_denied : &l->pages_denied) = true;
    if (error.ptr)
        reply_line(a, doc, error, l->text, sizeof(l->text));
    else
        snprintf(l->text, sizeof(l->text), "HTTP %d", a->status);
}

static void read_lookup(const struct step *s, struct reconcile_lookup *l, const struct answer *a,
                        struct verdict *v)
{
    struct json *doc;

    if (reply_common_question(a, v, &doc))
        return;
    v->kind = VERDICT_PENDING;
    if (a->status == 200 && !l->pages_done && json_holds_array(json_get(doc, "docs"))) {
        read_page(s, l, doc, a);
    } else if (a->status == 200 && l->pages_done &&
               json_int(json_get(doc, "successCount"), &l->count) == 0) {
        l->count_done = true;
    } else if ((a->status == 200 && doc) || (a->status >= 400 && a->status < 500) ||
               reply_error(doc).ptr) {
        read_denial(l, a, doc);
    } else {
        v->kind = VERDICT_AGAIN;
        reply_say_gateway(v, a);
    }
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
    .lookup = lookup,
    .read_lookup = read_lookup,
};
