/* api: the door (limit, key, credits) and what lies behind it. */
#include "sandbox/api.h"

#include "base/clock.h"
#include "policy/identity.h"
#include "sandbox/attempts.h"

#include <stdio.h>
#include <string.h>

#define API_TOP_UP_URL "/developer?tab=apiKeys"
#define API_CREDIT_DECIMALS 6

typedef void api_handler(struct world *w, const struct request *q, struct reply *r);

static void api_unknown_route(struct world *w, const struct request *q, struct reply *r)
{
    (void)w, (void)q;
    reply_error(r, 404, "Not found");
}

static api_handler *const api_handlers[ROUTE_COUNT] = {
    [ROUTE_COMPLETE] = claimroutes_complete, [ROUTE_SIMULATE] = claimroutes_complete,
    [ROUTE_STATUS] = claimroutes_status,     [ROUTE_SUCCESS] = claimroutes_success,
    [ROUTE_ATTEMPTS] = claimroutes_attempts, [ROUTE_CLAIM] = claimroutes_claim,
    [ROUTE_FETCH] = claimroutes_fetch,       [ROUTE_RESERVED] = claimroutes_reserved,
    [ROUTE_CODES] = claimroutes_codes,       [ROUTE_STORE] = storeroutes_actions,
    [ROUTE_BATCH] = storeroutes_actions,     [ROUTE_VALUE] = storeroutes_value,
    [ROUTE_VALUES] = storeroutes_values,     [ROUTE_ACTIVITY] = storeroutes_activity,
    [ROUTE_OTHER] = api_unknown_route,
};

void api_missing(const struct world *w, struct reply *r)
{
    if (w->behaviour == BEHAVIOUR_IDX)
        reply_error(r, 500, "No doc found");
    else
        reply_error(r, 404, "Not found");
}

void api_needs_session(struct reply *r, const char *why)
{
    reply_error(r, 401, "Unauthorized. %s", why);
    json_object_set_new(r->json, "unauthorized", json_true());
}

bool api_address(const char *given, char *out, struct reply *r)
{
    if (!identity_canonical(slice_of(given), out))
        return true;
    reply_error(r, 500, "%s", API_BAD_ADDRESS);
    return false;
}

/* Whom the request is about, for faults; "" if nobody. */
static void api_about(const struct world *w, const struct request *q, char out[IDENTITY_TEXT_MAX])
{
    const char *given = NULL;
    const struct attempt *a;
    switch (q->route) {
    case ROUTE_COMPLETE:
    case ROUTE_SIMULATE:
    case ROUTE_SUCCESS:
    case ROUTE_RESERVED:
        given = q->args[1];
        break;
    case ROUTE_ATTEMPTS:
        given = request_query(q, "address");
        break;
    case ROUTE_VALUE:
        given = request_query(q, "key");
        break;
    case ROUTE_STATUS:
        a = attempts_find(w, q->args[0]);
        given = a ? a->person->address : NULL;
        break;
    case ROUTE_STORE:
        given = json_string_value(json_object_get(json_object_get(q->body, "payload"), "address"));
        break;
    default:
        break;
    }
    if (!given || identity_canonical(slice_of(given), out))
        out[0] = '\0';
}

static void api_count(struct world *w, const struct request *q, int64_t now)
{
    struct stats *s = &w->stats;
    s->total++;
    s->routes[q->route]++;
    s->bad_content_type += q->wrong_type ? 1 : 0;
    snprintf(s->last_agent, sizeof(s->last_agent), "%s", !q->agent ? "" : q->agent);
    ratelimit_note(&w->ratelimit, now);
}

/* S26 sells credits; IDX had a daily quota for each key. */
static void api_refuse_credits(const struct world *w, struct reply *r)
{
    if (w->behaviour == BEHAVIOUR_IDX) {
        reply_error(r, 401, "Unauthorized. Exceeded daily request limit.");
        return;
    }
    reply_json(r, json_pack("{s:s,s:s,s:s,s:I,s:I,s:i,s:i}", "error", "Insufficient credits",
                            "errorMessage", "Insufficient credits. Please top up.", "topUpUrl",
                            API_TOP_UP_URL, "onChainTotal", (json_int_t)w->credits, "used",
                            (json_int_t)w->credits_used, "remaining", 0, "decimals",
                            API_CREDIT_DECIMALS));
    r->status = 402;
}

/* Of a request without a key; all come from one IP address.  They cost no credit. */
static bool api_admits_keyless(struct world *w, struct reply *r, int64_t now)
{
    if (!ratelimit_refuses(&w->keyless, now, r))
        return true;
    w->stats.limited++;
    return false;
}

static bool api_spend_credit(struct world *w, struct reply *r)
{
    if (w->credits >= 0 && w->credits_used >= w->credits) {
        api_refuse_credits(w, r);
        return false;
    }
    w->credits_used++;
    if (journal_kept(&w->journal) &&
        journal_write(&w->journal, json_pack("{s:s,s:I}", "event", "credits", "used",
                                             (json_int_t)w->credits_used)) != 0) {
        reply_error(r, 500, "Internal server error");
        return false;
    }
    return true;
}

static bool api_admits(struct world *w, const struct request *q, struct reply *r, int64_t now)
{
    if (!q->key && w->keyless.limit > 0)
        return api_admits_keyless(w, r, now);
    if (ratelimit_refuses(&w->ratelimit, now, r)) {
        w->stats.limited++;
        return false;
    }
    if (w->keys.len > 0 && (!q->key || !table_get(&w->keys, q->key))) {
        reply_error(r, 401,
                    "Unauthorized request. This route is only accessible with an API key. %s",
                    !q->key ? "None was given." : "The one given is not valid.");
        return false;
    }
    return api_spend_credit(w, r);
}

static void api_process(struct world *w, const struct request *q, struct reply *r, int64_t now)
{
    if (!api_admits(w, q, r, now))
        return;
    if (q->too_large)
        reply_text(r, 413, "text/html", "<!DOCTYPE html><pre>PayloadTooLargeError</pre>\n");
    else if (q->malformed)
        reply_text(r, 400, "text/html",
                   "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Error</title></head>\n"
                   "<body>\n<pre>SyntaxError: Unexpected token in JSON</pre>\n</body>\n</html>\n");
    else
        api_handlers[q->route](w, q, r);
}

void api_serve(struct world *w, const struct request *q, struct reply *r)
{
    char about[IDENTITY_TEXT_MAX] = "";
    int64_t now = clock_now_ns();
    api_count(w, q, now);
    if (faults_want_address(&w->faults))
        api_about(w, q, about);
    const struct fault *f = faults_pick(&w->faults, q->route, about, (uint64_t)w->seed);
    if (!f || fault_processes(f))
        api_process(w, q, r, now);
    if (f) {
        fault_apply(f, r);
        w->stats.faults[fault_kind(f)]++;
    }
    r->date_ms = w->date_clock_ms;
    if (r->manner == REPLY_WHOLE || r->manner == REPLY_TRUNCATED)
        w->stats.statuses[r->status]++;
}
