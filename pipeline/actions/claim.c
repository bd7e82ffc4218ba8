/*
 * claim: complete a claim for an address.
 *
 * Routes and answers as in the vendor's documentation of September 2026, and as its open-source server
 * of July 2024 answers where the two differ: both are understood.
 */
#include "actions/action.h"
#include "adapters/json.h"
#include "base/percent.h"
#include "policy/identity.h"
#include "policy/ratefields.h"

#include <stdio.h>
#include <string.h>

/* Who has claimed may be a long list: about 60 bytes an address. */
#define CLAIMED_ANSWER_MAX ((size_t)64 << 20)
#define UNFOUND "No doc found"
#define UPDATED "Claim has been updated"
#define CHALLENGES "One or more of the challenges were not satisfied ("

static bool contains(struct slice s, const char *what)
{
    return s.ptr && memmem(s.ptr, s.len, what, strlen(what)) != NULL;
}

static void say(struct verdict *v, struct slice s)
{
    slice_line(s, v->text, sizeof(v->text));
}

/* "One or more of the challenges were not satisfied (NAME) : REASON" -> "REASON (NAME)", both with
 * and without "Error: " before it. */
static void say_refusal(struct verdict *v, struct slice s)
{
    const char *name, *sep, *reason;
    char said[ACTION_TEXT_MAX * 3 / 4], by[ACTION_TEXT_MAX / 5];

    if (s.len > 7 && memcmp(s.ptr, "Error: ", 7) == 0)
        s = (struct slice){s.ptr + 7, s.len - 7};
    name = s.ptr + sizeof(CHALLENGES) - 1;
    if (s.len < sizeof(CHALLENGES) || memcmp(s.ptr, CHALLENGES, sizeof(CHALLENGES) - 1) != 0 ||
        !(sep = memmem(name, s.len - (size_t)(name - s.ptr), ") : ", 4))) {
        say(v, s);
        return;
    }
    reason = sep + 4;
    slice_line((struct slice){reason, s.len - (size_t)(reason - s.ptr)}, said, sizeof(said));
    slice_line((struct slice){name, (size_t)(sep - name)}, by, sizeof(by));
    snprintf(v->text, sizeof(v->text), "%s (%s)", said, by);
}

/* What every answer may be, whichever question it answers.  Returns true if v is thereby decided;
 * else *doc is the parsed body (or NULL), which the caller frees. */
static bool common(const struct answer *a, struct verdict *v, struct json **doc)
{
    struct slice error;
    char said[ACTION_TEXT_MAX / 2];

    *doc = NULL;
    memset(v, 0, sizeof(*v));
    if (a->fate != FATE_ANSWERED) {
        v->kind = a->fate == FATE_NOT_SENT ? VERDICT_AGAIN : VERDICT_LOST;
        say(v, slice_of(a->problem));
        return true;
    }
    if (a->status == 429) {
        v->kind = VERDICT_LIMITED;
        say(v, slice_of("the server's rate limit (429)"));
        return true;
    }
    *doc = json_parse((struct slice){a->body.ptr, a->body.len});
    error = json_text(json_get(*doc, "errorMessage"));
    if (a->status == 401 || a->status == 402) {
        v->kind = VERDICT_STOP;
        slice_line(error.ptr ? error : slice_of("refused"), said, sizeof(said));
        snprintf(v->text, sizeof(v->text), "HTTP %d: %s: %s", a->status, said,
                 a->status == 401 ? "check the API key (BITBADGES_API_KEY)"
                                  : "top up the account's credits");
    } else if (a->status >= 300 && a->status < 400) {
        v->kind = VERDICT_STOP;
        say(v, slice_of("the server answers with a redirect, which is not followed"));
    } else {
        return false;
    }
    json_free(*doc);
    *doc = NULL;
    return true;
}

/* The API's own errorMessage, or a slice with ptr NULL if the body is not the API's. */
static struct slice api_error(const struct json *doc)
{
    return json_text(json_get(doc, "errorMessage"));
}

static void say_gateway(struct verdict *v, const struct answer *a)
{
    snprintf(v->text, sizeof(v->text), "HTTP %d without the API's JSON", a->status);
}

/* ---- the claim itself ---- */

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
    struct slice error;

    if (common(a, v, &doc)) {
        if (v->kind == VERDICT_LOST)
            v->kind = VERDICT_AGAIN;
        if (a->too_large)
            t->claimed = NULL; /* too many to be told: go on without */
        return;
    }
    error = api_error(doc);
    if (a->status == 200 && read_version(t, json_get(doc, "claim"))) {
        v->kind = read_claimed(t, json_get(doc, "claim")) == 0 ? VERDICT_DONE : VERDICT_AGAIN;
    } else if (a->status == 200 && doc) {
        v->kind = VERDICT_REFUSED;
        say(v, slice_of("the server's answer names no claim version (give it by --claim-version)"));
    } else if (error.ptr && (a->status == 500 || (a->status >= 400 && a->status < 500))) {
        v->kind = VERDICT_REFUSED;
        say(v, error);
    } else {
        v->kind = a->status >= 500 || a->status == 200 ? VERDICT_AGAIN : VERDICT_REFUSED;
        say_gateway(v, a);
    }
    json_free(doc);
}

/* ---- complete ---- */

static void send(const struct target *t, const struct step *s, struct request *out)
{
    out->post = true;
    text_puts(&out->path, "/api/v0/claims/complete/");
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

static void read_send(const struct answer *a, struct verdict *v)
{
    struct json *doc;
    struct slice attempt, error;

    if (common(a, v, &doc))
        return;
    attempt = json_text(json_get(doc, "claimAttemptId"));
    error = api_error(doc);
    if (a->status == 200 && attempt.ptr && attempt.len > 0 && attempt.len < sizeof(v->attempt)) {
        v->kind = VERDICT_ACCEPTED;
        memcpy(v->attempt, attempt.ptr, attempt.len);
    } else if (contains(error, UPDATED)) {
        v->kind = VERDICT_STOP;
        say(v,
            slice_of("the claim was changed while the run was going on: look at it, then run the "
                     "same command again"));
    } else if (error.ptr && a->status == 500) {
        /* The API's ordinary refusal: its simulation said no, and nothing was queued. */
        v->kind = VERDICT_REFUSED;
        say_refusal(v, error);
    } else if (a->status >= 400 && a->status < 500 && (error.ptr || a->status == 400)) {
        /* The API answers malformed JSON with 400 and HTML; any other page is a gateway's. */
        v->kind = VERDICT_REFUSED;
        if (error.ptr)
            say_refusal(v, error);
        else
            say_gateway(v, a);
    } else {
        v->kind = VERDICT_LOST;
        say_gateway(v, a);
    }
    json_free(doc);
}

/* ---- status ---- */

static void poll(const struct target *t, const struct step *s, struct request *out)
{
    (void)t;
    text_puts(&out->path, "/api/v0/claims/status/");
    percent_append(&out->path, slice_of(s->attempt));
}

static void read_poll(const struct answer *a, struct verdict *v)
{
    struct json *doc;
    struct slice error;

    if (common(a, v, &doc)) {
        if (v->kind == VERDICT_LOST)
            v->kind = VERDICT_AGAIN; /* a question may be asked again */
        return;
    }
    error = json_text(json_get(doc, "error"));
    if (a->status == 200 && json_holds_true(json_get(doc, "success"))) {
        v->kind = VERDICT_DONE;
        v->reserved = json_text(json_get(doc, "code")).len > 0;
    } else if (a->status == 200 && json_holds_object(doc)) {
        v->kind = error.len > 0 ? VERDICT_REFUSED : VERDICT_PENDING;
        if (error.len > 0)
            say_refusal(v, error);
    } else if ((a->status == 500 || a->status == 404) && contains(api_error(doc), UNFOUND)) {
        v->kind = VERDICT_PENDING; /* the server of 2024 says so of attempts still in the queue */
        say(v, slice_of("the server does not know the attempt yet"));
    } else {
        v->kind = VERDICT_AGAIN;
        if (api_error(doc).ptr)
            say(v, api_error(doc));
        else
            say_gateway(v, a);
    }
    json_free(doc);
}

/* ---- reconciliation ---- */

static bool lookup(const struct target *t, const struct step *s, const struct lookup *l,
                   struct request *out)
{
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

static void keep_candidate(struct lookup *l, struct slice attempt, bool success)
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
static void read_page(const struct step *s, struct lookup *l, const struct json *doc,
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

static void read_denial(struct lookup *l, const struct answer *a, const struct json *doc)
{
    struct slice error = api_error(doc);

    *(l->pages_done ? &l->count_denied : &l->pages_denied) = true;
    if (error.ptr)
        slice_line(error, l->text, sizeof(l->text));
    else
        snprintf(l->text, sizeof(l->text), "HTTP %d", a->status);
}

static void read_lookup(const struct step *s, struct lookup *l, const struct answer *a,
                        struct verdict *v)
{
    struct json *doc;

    if (common(a, v, &doc)) {
        if (v->kind == VERDICT_LOST)
            v->kind = VERDICT_AGAIN;
        return;
    }
    v->kind = VERDICT_PENDING;
    if (a->status == 200 && !l->pages_done && json_holds_array(json_get(doc, "docs"))) {
        read_page(s, l, doc, a);
    } else if (a->status == 200 && l->pages_done &&
               json_int(json_get(doc, "successCount"), &l->count) == 0) {
        l->count_done = true;
    } else if ((a->status == 200 && doc) || (a->status >= 400 && a->status < 500) ||
               api_error(doc).ptr) {
        read_denial(l, a, doc);
    } else {
        v->kind = VERDICT_AGAIN;
        say_gateway(v, a);
    }
    json_free(doc);
}

static void make_link(const char *target, struct text *out)
{
    text_puts(out, "https://bitbadges.io/claims/");
    percent_append(out, slice_of(target));
}

const struct action action_claim = {
    .name = "claim",
    .repeatable = false,
    .link = make_link,
    .ask = ask,
    .read_ask = read_ask,
    .send = send,
    .read_send = read_send,
    .poll = poll,
    .read_poll = read_poll,
    .lookup = lookup,
    .read_lookup = read_lookup,
};
