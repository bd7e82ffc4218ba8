/*
 * store: put recipients into a dynamic store, or take them out of it.
 *
 * Many steps travel in one request, which is taken or refused as a whole.  Adding twice is adding once,
 * so what is lost is sent again.  What is taken waits in the store's own queue and has no id:
 *
 *   ACCEPTED --(its key is not among what the store shows as pending)--> DONE
 *      \--(the store does not show that: it is mute)--> asked about one by one: is the key in the store?
 *
 * The API wants the store's secret in the query of both questions.
 */
#include "actions/action.h"
#include "actions/reply.h"
#include "adapters/json.h"
#include "adapters/jsoncut.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/percent.h"
#include "policy/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 10000
/* What is pending may be a long list: about 100 bytes an action. */
#define ACTIVITY_ANSWER_MAX ((size_t)64 << 20)
#define WRONG_SECRET "Invalid data secret"
#define UNKNOWN_STORE "Dynamic data doc not found"

static int64_t cost(const struct target *t, int64_t n)
{
    int64_t batch = (int64_t)t->batch;
    int64_t requests = n / batch + (n % batch > 0);

    return t->simulate ? requests : 2 * requests;
}

/* ---- the secret ---- */

static bool has_secret(const struct target *t)
{
    return t->secret && *t->secret;
}

static void append_secret(struct text *path, const struct target *t)
{
    if (!has_secret(t))
        return;
    text_puts(path, "&dataSecret=");
    percent_append(path, slice_of(t->secret));
}

/* ---- sending ---- */

static void quote(struct text *out, const char *s)
{
    if (json_quote(out, slice_of(s)) != 0)
        out->failed = true; /* no UTF-8: options let none through */
}

static void send(const struct target *t, const struct step *steps, struct request *out)
{
    struct text *body = &out->body;

    out->post = true;
    text_puts(&out->path, "/api/v0/storeActions/batch");
    text_puts(body, "{\"dynamicDataId\":");
    quote(body, t->id);
    text_puts(body, ",\"actions\":[");
    for (const struct step *s = steps; s; s = s->next) {
        text_puts(body, s == steps ? "" : ",");
        text_puts(body, t->remove ? "{\"actionName\":\"remove\",\"payload\":{"
                                  : "{\"actionName\":\"add\",\"payload\":{");
        text_puts(body, s->fields ? s->fields : "");
        text_puts(body, "}}");
    }
    text_puts(body, "]");
    if (has_secret(t)) {
        text_puts(body, ",\"dataSecret\":");
        quote(body, t->secret);
    }
    text_puts(body, t->simulate ? ",\"_isSimulation\":true}" : "}");
}

/* A store or a secret that is not known holds for every row. */
static bool is_unknown_store(const struct answer *a, struct slice error)
{
    return a->status == 404 || reply_contains(error, UNKNOWN_STORE) ||
           reply_contains(error, REPLY_UNFOUND);
}

static void read_sent(const struct target *t, const struct answer *a, const struct json *doc,
                      struct verdict *v)
{
    struct slice error = reply_error(doc);

    if (a->status == 200 && json_holds_object(doc) && !error.ptr) {
        /* Queued, and the server gives no id for it. */
        v->kind = t->simulate ? VERDICT_DONE : VERDICT_ACCEPTED;
    } else if (reply_refuses(a, doc) && reply_contains(error, WRONG_SECRET)) {
        v->kind = VERDICT_STOP;
        reply_say_advice(v, error, "check the store's secret (--secret-from)");
    } else if (reply_refuses(a, doc) && is_unknown_store(a, error)) {
        v->kind = VERDICT_STOP;
        reply_say_advice(v, error, "check the store id");
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
}

/* ---- what the store knows a step by ---- */

/* In the form in which texts are compared: addresses canonical, anything else as it is. */
static struct slice canonical(struct slice s, char address[IDENTITY_TEXT_MAX])
{
    return s.ptr && !identity_canonical(s, address) ? slice_of(address) : s;
}

struct seek {
    struct slice recipient;
    struct arena *arena;
    struct slice first;
};

enum { SEEK_ON = 0, SEEK_FOUND = 1, SEEK_NOMEM = -1 };

static int seek_recipient(void *context, struct slice name, const struct json *value)
{
    struct seek *k = context;
    char address[IDENTITY_TEXT_MAX];
    struct slice text = canonical(json_text(value), address);

    (void)name;
    if (!text.len)
        return SEEK_ON;
    if (slice_equal(text, k->recipient))
        return SEEK_FOUND;
    if (!k->first.ptr)
        k->first = (struct slice){arena_copy(k->arena, text.ptr, text.len), text.len};
    return k->first.ptr ? SEEK_ON : SEEK_NOMEM;
}

/* A step's key is its recipient; or the first text of a payload that was set to something else.  -1: no
 * memory. */
static int key_of(const struct step *s, struct arena *arena, struct slice *key)
{
    struct seek k = {.recipient = slice_of(s->recipient), .arena = arena};
    struct text payload;
    struct json *doc;
    int rc = SEEK_NOMEM;

    *key = k.recipient;
    if (!s->fields)
        return 0;
    text_init(&payload);
    text_puts(&payload, "{");
    text_puts(&payload, s->fields);
    text_puts(&payload, "}");
    doc = text_ok(&payload) ? json_parse((struct slice){payload.ptr, payload.len}) : NULL;
    if (doc)
        rc = json_each(doc, seek_recipient, &k);
    json_free(doc);
    text_release(&payload);
    if (rc == SEEK_ON && k.first.ptr)
        *key = k.first;
    return rc == SEEK_NOMEM ? -1 : 0;
}

struct keys {
    struct arena arena;
    struct slice *of; /* sorted */
    size_t n;
};

static int compare(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    int c = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);

    return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

static void keys_release(struct keys *k)
{
    free(k->of);
    arena_release(&k->arena);
}

/* To be released in any case; -1: no memory. */
static int keys_init(struct keys *k, const struct step *steps)
{
    size_t n = 0;

    memset(k, 0, sizeof(*k));
    arena_init(&k->arena);
    for (const struct step *s = steps; s; s = s->next)
        n++;
    k->of = mem_zero(n, sizeof(*k->of));
    if (!k->of)
        return -1;
    for (const struct step *s = steps; s; s = s->next)
        if (key_of(s, &k->arena, &k->of[k->n++]) != 0)
            return -1;
    qsort(k->of, k->n, sizeof(*k->of), compare);
    return 0;
}

static int seek_key(void *context, struct slice name, const struct json *value)
{
    const struct keys *k = context;
    char address[IDENTITY_TEXT_MAX];
    struct slice text = canonical(json_text(value), address);

    (void)name;
    return text.ptr && bsearch(&text, k->of, k->n, sizeof(*k->of), compare) ? SEEK_FOUND : SEEK_ON;
}

/* ---- what is pending ---- */

enum pending { PENDING_NONE, PENDING_OURS, PENDING_UNREADABLE };

/* What a store shows as pending is looked through entry by entry. */
struct search {
    struct keys keys;
    enum pending found;
    struct text said; /* what the store has to say of an entry that is ours, as it came */
};

/* Is one of our keys in the payload of one of these actions? */
static enum pending find_ours(struct keys *k, const struct json *actions)
{
    if (!json_holds_array(actions))
        return PENDING_UNREADABLE;
    for (size_t i = 0; i < json_count(actions); i++) {
        const struct json *payload = json_get(json_at(actions, i), "payload");

        if (!json_holds_object(payload))
            return PENDING_UNREADABLE;
        if (json_each(payload, seek_key, k) == SEEK_FOUND)
            return PENDING_OURS;
    }
    return PENDING_NONE;
}

/* PENDING_UNREADABLE counts only where nothing is known to be ours: never is DONE said for want of
 * understanding. */
static int search_entry(void *context, struct slice name, const struct json *entry)
{
    struct search *s = context;
    struct slice error = json_text(json_get(entry, "error"));
    enum pending one;

    (void)name;
    if (s->said.len) /* it is known to be ours, and why */
        return 0;
    one = find_ours(&s->keys, json_get(entry, "actions"));
    if (one == PENDING_OURS)
        text_append(&s->said, error.ptr, error.len);
    if (one == PENDING_OURS || s->found == PENDING_NONE)
        s->found = one;
    return 0;
}

/* The list may be long, and the history beside it as well, which nobody reads. */
struct store_taker {
    struct request_taker taker;
    struct jsoncut *cut;
    struct search search;
};

static int taker_take(struct request_taker *t, struct slice bytes)
{
    return jsoncut_feed(((struct store_taker *)t)->cut, bytes);
}

static void taker_free(struct request_taker *taker)
{
    struct store_taker *t = (struct store_taker *)taker;

    jsoncut_free(t->cut);
    keys_release(&t->search.keys);
    text_release(&t->search.said);
    free(t);
}

/* NULL: no memory. */
static struct request_taker *taker_new(const struct step *steps)
{
    static const char *const path[] = {"pending", "*", NULL};
    struct store_taker *t = mem_zero(1, sizeof(*t));

    if (!t)
        return NULL;
    text_init(&t->search.said);
    t->taker = (struct request_taker){taker_take, taker_free};
    t->cut = jsoncut_new(path, 1, search_entry, &t->search);
    if (keys_init(&t->search.keys, steps) == 0 && t->cut)
        return &t->taker;
    taker_free(&t->taker);
    return NULL;
}

/* ---- asking ---- */

static void poll_activity(const struct target *t, const struct step *steps, struct request *out)
{
    text_puts(&out->path, "/api/v0/dynamicStores/activity?dynamicDataId=");
    percent_append(&out->path, slice_of(t->id));
    append_secret(&out->path, t);
    out->answer_max = ACTIVITY_ANSWER_MAX;
    out->taker = taker_new(steps);
    out->path.failed = out->path.failed || !out->taker;
}

static void poll_value(const struct target *t, const struct step *s, struct request *out)
{
    struct arena arena;
    struct slice key;

    arena_init(&arena);
    if (key_of(s, &arena, &key) != 0)
        out->path.failed = true;
    text_puts(&out->path, "/api/v0/dynamicStore/");
    percent_append(&out->path, slice_of(t->id));
    text_puts(&out->path, "/value?key=");
    percent_append(&out->path, key);
    append_secret(&out->path, t);
    arena_release(&arena);
}

static void poll(const struct target *t, const struct step *steps, struct request *out)
{
    /* One that was held up to the end together with others is asked about by itself then. */
    if (t->mute || (steps->held && !steps->next))
        poll_value(t, steps, out);
    else
        poll_activity(t, steps, out);
}

/* What is pending can't be seen: from now on steps are asked about one by one; and if that is refused as
 * well, it may be allowed later. */
static void turn_mute(struct target *t, const struct step *steps, struct slice why,
                      struct verdict *v)
{
    v->kind = t->mute && !steps->next ? VERDICT_PENDING : VERDICT_SPLIT;
    t->mute = true;
    reply_say(v, why.ptr ? why : slice_of("the store does not show what it holds"));
}

static void say_pending(struct verdict *v, const struct text *error)
{
    char said[ACTION_TEXT_MAX - 32];

    if (!error->len)
        return;
    reply_line(v->answer, NULL, (struct slice){error->ptr, error->len}, said, sizeof(said));
    snprintf(v->text, sizeof(v->text), "the store says: %s", said);
}

static void read_pending(struct target *t, struct step *steps, const struct search *k,
                         struct verdict *v)
{
    switch (k->found) {
    case PENDING_NONE:
        v->kind = VERDICT_DONE;
        break;
    case PENDING_OURS:
        v->kind = VERDICT_PENDING;
        say_pending(v, &k->said);
        for (struct step *s = steps; s && steps->next; s = s->next)
            s->held = true;
        break;
    case PENDING_UNREADABLE:
        turn_mute(t, steps, (struct slice){NULL, 0}, v);
        break;
    }
}

static void read_polled(struct target *t, struct step *steps, const struct answer *a,
                        const struct json *doc, struct verdict *v)
{
    const struct json *pending = json_get(doc, "pending"), *in = json_get(doc, "inStore");

    /* Which question it answers is told by the answer: the store may have turned mute meanwhile. */
    if (a->taken && json_holds_array(pending)) {
        read_pending(t, steps, &((struct store_taker *)a->taken)->search, v);
    } else if (a->status == 200 && !steps->next && json_holds_bool(in)) {
        v->kind = json_holds_true(in) != t->remove ? VERDICT_DONE : VERDICT_PENDING;
    } else if ((a->status == 200 && doc) || (a->status >= 400 && a->status < 500) ||
               reply_refuses(a, doc)) {
        turn_mute(t, steps, reply_error(doc), v);
    } else {
        v->kind = VERDICT_AGAIN;
        reply_say_gateway(v, a);
    }
}

static void read_poll(struct target *t, struct step *steps, const struct answer *a,
                      struct verdict *v)
{
    struct json *doc;

    if (reply_wants_session(a) || (a->too_large && !t->mute)) {
        memset(v, 0, sizeof(*v));
        turn_mute(t, steps, (struct slice){NULL, 0}, v);
        return;
    }
    if (!reply_common_question(a, v, &doc)) {
        if (a->taken)
            doc = jsoncut_end(((struct store_taker *)a->taken)->cut);
        read_polled(t, steps, a, doc, v);
        json_free(doc);
    }
}

const struct action action_store = {
    .name = "store",
    .of = "store id",
    .repeatable = true,
    .fields_bare = true,
    .batch_max = BATCH_MAX,
    .cost = cost,
    .send = send,
    .read_send = read_send,
    .poll = poll,
    .read_poll = read_poll,
};
