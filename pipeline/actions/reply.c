/*
 * reply: reads what any answer of the API may be, before an action looks at what it means.
 *
 * The vendor's documentation and its open-source server disagree in places, so both forms are understood.  An answer that
 * is not the API's (a gateway's page) is told from one that is: it proves nothing of the request.  Words of the server are
 * shown only after the secrets of the request are taken out of them, and before they are cut.
 */
#include "actions/reply.h"

#include "base/step.h"
#include "base/visible.h"
#include "policy/redact.h"

#include <stdio.h>
#include <string.h>

#define CHALLENGES "One or more of the challenges were not satisfied ("
#define ERROR_PREFIX "Error: "

/* ---- words ---- */

bool reply_contains(struct slice s, const char *what)
{
    return s.ptr && memmem(s.ptr, s.len, what, strlen(what));
}

static bool begins(struct slice s, const char *with, size_t len)
{
    return s.len > len && memcmp(s.ptr, with, len) == 0;
}

/* ---- secrets ---- */

struct hiding {
    struct redaction *x;
    const struct step *step;
};

static int hide_member(void *context, struct slice name, const struct json *value)
{
    const struct hiding *h = context;
    const struct target *t = h->step ? h->step->target : NULL;
    struct slice text = json_text(value);

    if (text.ptr && (redact_is_secret_name(name.ptr) ||
                     (t && t->hides_values && !slice_equal(text, slice_of(h->step->recipient)))))
        redaction_hide(h->x, text);
    return json_each(value, hide_member, context);
}

/* A step's fields, `"code-1":{"code":"…"}`.  false: no memory. */
static bool hide_fields(struct redaction *x, const struct step *step, const char *fields)
{
    struct hiding hiding = {x, step};
    struct text object;
    struct json *doc;

    if (!fields || !*fields)
        return true;
    text_init(&object);
    text_printf(&object, "{%s}", fields);
    doc = text_ok(&object) ? json_parse((struct slice){object.ptr, object.len}) : NULL;
    json_each(doc, hide_member, &hiding);
    json_free(doc);
    text_release(&object);
    return doc != NULL;
}

/* Before anything of s is cut or tidied, for then it is not found any more. */
char *reply_line(const struct answer *a, const struct json *doc, struct slice s, char *out,
                 size_t size)
{
    struct redaction *x = redaction_new(s);
    bool ok = true;

    if (a->secrets)
        redaction_hide_all(x, a->secrets);
    for (const struct step *step = a->steps; step && ok; step = step->next)
        ok = hide_fields(x, step, step->fields);
    ok = ok && hide_fields(x, a->steps, a->fields);
    if (json_text(json_get(doc, "code")).ptr)
        redaction_hide(x, json_text(json_get(doc, "code")));
    redaction_end(x, out, size);
    return ok ? out : visible_line(slice_of("(no memory to show it)"), out, size);
}

static char *line(const struct verdict *v, struct slice s, char *out, size_t size)
{
    return v->answer ? reply_line(v->answer, v->doc, s, out, size) : visible_line(s, out, size);
}

/* ---- saying ---- */

void reply_say(struct verdict *v, struct slice s)
{
    line(v, s, v->text, sizeof(v->text));
}

void reply_say_advice(struct verdict *v, struct slice s, const char *advice)
{
    char said[ACTION_TEXT_MAX / 2];

    line(v, s, said, sizeof(said));
    snprintf(v->text, sizeof(v->text), "%s: %s", said, advice);
}

void reply_say_gateway(struct verdict *v, const struct answer *a)
{
    snprintf(v->text, sizeof(v->text), "HTTP %d without the API's JSON", a->status);
}

void reply_say_refusal(struct verdict *v, struct slice s)
{
    const char *name, *sep, *reason;
    char said[ACTION_TEXT_MAX * 3 / 4], by[ACTION_TEXT_MAX / 5];

    if (begins(s, ERROR_PREFIX, sizeof(ERROR_PREFIX) - 1))
        s = (struct slice){s.ptr + sizeof(ERROR_PREFIX) - 1, s.len - (sizeof(ERROR_PREFIX) - 1)};
    if (!begins(s, CHALLENGES, sizeof(CHALLENGES) - 1)) {
        reply_say(v, s);
        return;
    }
    name = s.ptr + sizeof(CHALLENGES) - 1;
    sep = memmem(name, s.len - (size_t)(name - s.ptr), ") : ", 4);
    if (!sep) {
        reply_say(v, s);
        return;
    }
    reason = sep + 4;
    line(v, (struct slice){reason, s.len - (size_t)(reason - s.ptr)}, said, sizeof(said));
    line(v, (struct slice){name, (size_t)(sep - name)}, by, sizeof(by));
    snprintf(v->text, sizeof(v->text), "%s (%s)", said, by);
}

/* ---- answers ---- */

struct slice reply_error(const struct json *doc)
{
    return json_text(json_get(doc, "errorMessage"));
}

bool reply_refuses(const struct answer *a, const struct json *doc)
{
    return reply_error(doc).ptr && (a->status == 500 || (a->status >= 400 && a->status < 500));
}

bool reply_wants_session(const struct answer *a)
{
    struct json *doc;
    bool wants;

    if (a->fate != FATE_ANSWERED || a->status != 401)
        return false;
    doc = json_parse((struct slice){a->body.ptr, a->body.len});
    wants = json_holds_true(json_get(doc, "unauthorized"));
    json_free(doc);
    return wants;
}

/* 401 and 402 hold for every request of this key. */
static void stop_for_account(const struct answer *a, const struct json *doc, struct verdict *v)
{
    struct slice error = reply_error(doc);
    char said[ACTION_TEXT_MAX / 2];

    v->kind = VERDICT_STOP;
    line(v, error.ptr ? error : slice_of("refused"), said, sizeof(said));
    snprintf(v->text, sizeof(v->text), "HTTP %d: %s: %s", a->status, said,
             a->status == 401 ? "check the API key (BITBADGES_API_KEY)"
                              : "top up the account's credits");
}

/* Nothing is followed: the API key goes nowhere but to the host that the user has named. */
static void stop_for_redirect(const struct answer *a, struct verdict *v)
{
    bool undone = a->status == 307 || a->status == 308;

    v->kind = undone ? VERDICT_STOP : VERDICT_LOST;
    v->stop_after = !undone;
    snprintf(v->text, sizeof(v->text),
             "HTTP %d: the server answers with a redirect, which is not followed: check the API's "
             "URL (BITBADGES_API_URL)",
             a->status);
}

bool reply_common(const struct answer *a, struct verdict *v, struct json **doc)
{
    *doc = NULL;
    memset(v, 0, sizeof(*v));
    v->answer = a;
    if (a->fate != FATE_ANSWERED) {
        v->kind = a->fate == FATE_NOT_SENT ? VERDICT_AGAIN : VERDICT_LOST;
        reply_say(v, slice_of(a->problem));
        return true;
    }
    if (a->status == 429) {
        v->kind = VERDICT_LIMITED;
        reply_say(v, slice_of("the server's rate limit (429)"));
        return true;
    }
    if (a->status >= 300 && a->status < 400) {
        stop_for_redirect(a, v);
        return true;
    }
    v->doc = *doc = json_parse((struct slice){a->body.ptr, a->body.len});
    if (a->status != 401 && a->status != 402)
        return false;
    stop_for_account(a, *doc, v);
    json_free(*doc);
    v->doc = *doc = NULL;
    return true;
}

bool reply_common_question(const struct answer *a, struct verdict *v, struct json **doc)
{
    bool decided = reply_common(a, v, doc);

    if (decided && v->kind == VERDICT_LOST)
        v->kind = v->stop_after ? VERDICT_STOP : VERDICT_AGAIN;
    v->stop_after = false;
    return decided;
}

void reply_not_taken(const struct answer *a, const struct json *doc, struct verdict *v)
{
    if (reply_refuses(a, doc)) {
        v->kind = VERDICT_REFUSED;
        reply_say_refusal(v, reply_error(doc));
        return;
    }
    /* The API answers malformed JSON with 400 and HTML; any other page is a gateway's. */
    v->kind = a->status == 400 || a->status == 413 ? VERDICT_REFUSED : VERDICT_LOST;
    reply_say_gateway(v, a);
}
