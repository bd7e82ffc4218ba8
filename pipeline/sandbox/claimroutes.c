/* claimroutes: the API's routes about claims. */
#include "base/clock.h"
#include "policy/identity.h"
#include "sandbox/api.h"
#include "sandbox/attempts.h"
#include "sandbox/chance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why the body of complete and simulate does not fit its schema, or NULL. */
static const char *claimroutes_schema(const struct request *q)
{
    size_t i;
    json_t *v, *ids = json_object_get(q->body, "_specificInstanceIds");
    if (!json_is_number(json_object_get(q->body, "_expectedVersion")))
        return "$input._expectedVersion must be a number.";
    if (ids && !json_is_array(ids))
        return "$input._specificInstanceIds must be an array.";
    json_array_foreach (ids, i, v)
        if (!json_is_string(v))
            return "$input._specificInstanceIds must hold strings.";
    return NULL;
}

static void claimroutes_accept(struct world *w, const struct request *q, struct claim *c,
                               const char *address, int64_t code, struct reply *r)
{
    if (q->route == ROUTE_SIMULATE) {
        int zeros = w->behaviour == BEHAVIOUR_IDX ? 64 : 32;
        char id[65];
        snprintf(id, sizeof(id), "%0*d", zeros, 0);
        reply_json(r, json_pack("{s:s}", "claimAttemptId", id));
        return;
    }
    const struct attempt *a = attempts_submit(w, c, address, code);
    if (!a)
        reply_error(r, 500, "Internal server error");
    else
        reply_json(r, json_pack("{s:s}", "claimAttemptId", a->id));
}

/* Judges a request to a claim that is known. */
static void claimroutes_try(struct world *w, const struct request *q, struct claim *c,
                            struct reply *r)
{
    char address[IDENTITY_TEXT_MAX];
    int64_t code;
    if (!api_address(q->args[1], address, r))
        return;
    double expected = json_number_value(json_object_get(q->body, "_expectedVersion"));
    if (expected != -1.0 && expected != (double)c->version) {
        reply_error(r, 500, "Claim has been updated since last fetch");
        return;
    }
    struct verdict v = claims_judge(c, address, q->body, q->route == ROUTE_SIMULATE, &code);
    if (v.why)
        reply_error(r, 500, "One or more of the challenges were not satisfied (%s) : %s", v.who,
                    v.why);
    else
        claimroutes_accept(w, q, c, address, code, r);
}

void claimroutes_complete(struct world *w, const struct request *q, struct reply *r)
{
    const char *schema = claimroutes_schema(q);
    struct claim *c = table_get(&w->claims, q->args[0]);
    if (schema) {
        reply_error(r, 400, "Invalid request payload. %s", schema);
    } else if (!c) {
        api_missing(w, r);
    } else {
        claimroutes_try(w, q, c, r);
        if (q->route == ROUTE_COMPLETE)
            c->refused += r->status != 200;
        else if (r->status == 200)
            c->simulated++;
        else
            c->simulated_refused++;
    }
}

/* What an on-chain claim still asks its recipient to sign with, by claim number. */
static json_t *claimroutes_code(const struct world *w, int64_t number)
{
    char code[33];
    uint64_t seed = (uint64_t)w->seed, n = (uint64_t)number;
    snprintf(code, sizeof(code), "%016" PRIx64 "%016" PRIx64,
             chance_bits(seed, CHANCE_ON_CHAIN_CODE, 2 * n),
             chance_bits(seed, CHANCE_ON_CHAIN_CODE, 2 * n + 1));
    return json_string(code);
}

/* It is for the recipient's own eyes: an API key gets it only where the configuration says so. */
static void claimroutes_add_code(const struct world *w, const struct attempt *a, json_t *body)
{
    if (a->claim->on_chain && a->claim->shows_code && a->state == ATTEMPT_COMPLETED)
        json_object_set_new(body, "code", claimroutes_code(w, a->number));
}

static json_t *claimroutes_status_idx(const struct attempt *a)
{
    if (a->state == ATTEMPT_COMPLETED)
        return json_pack("{s:b}", "success", 1);
    char error[512];
    snprintf(error, sizeof(error), "Error: %s", a->error);
    return json_pack("{s:b,s:s}", "success", 0, "error", error);
}

void claimroutes_status(struct world *w, const struct request *q, struct reply *r)
{
    const struct attempt *a = attempts_find(w, q->args[0]);
    bool idx = w->behaviour == BEHAVIOUR_IDX;
    if (!a || (idx && a->state == ATTEMPT_QUEUED)) {
        api_missing(w, r);
        return;
    }
    json_t *body = idx ? claimroutes_status_idx(a)
                       : json_pack("{s:b,s:s,s:s}", "success", a->state == ATTEMPT_COMPLETED,
                                   "error", a->state == ATTEMPT_FAILED ? a->error : "",
                                   "bitbadgesAddress", a->person->address);
    claimroutes_add_code(w, a, body);
    reply_json(r, body);
}

void claimroutes_success(struct world *w, const struct request *q, struct reply *r)
{
    char address[IDENTITY_TEXT_MAX];
    struct claim *c = table_get(&w->claims, q->args[0]);
    if (!c) {
        api_missing(w, r);
        return;
    }
    if (!api_address(q->args[1], address, r))
        return;
    if (claims_is_on_demand(c)) {
        reply_json(r, json_pack("{s:i}", "successCount", 1));
        return;
    }
    if (c->hidden) {
        reply_error(r, 500, "The claim hides its current state");
        return;
    }
    const struct person *p = claims_person(c, address);
    json_t *numbers = json_array();
    size_t n = p ? claims_shown(p, world_read_until(w)) : 0;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(numbers, json_integer(p->numbers[i].number));
    reply_json(r, json_pack("{s:I,s:o}", "successCount", (json_int_t)n, "claimNumbers", numbers));
}

/* A parameter of the query, or of the body of a POST; NULL if absent. */
static const char *claimroutes_parameter(const struct request *q, const char *name)
{
    const char *s = request_query(q, name);
    return s ? s : json_string_value(json_object_get(q->body, name));
}

void claimroutes_attempts(struct world *w, const struct request *q, struct reply *r)
{
    char address[IDENTITY_TEXT_MAX];
    struct claim *c = table_get(&w->claims, q->args[0]);
    const char *errors = claimroutes_parameter(q, "includeErrors");
    const char *given = claimroutes_parameter(q, "address");
    if (!c) {
        api_missing(w, r);
        return;
    }
    bool wanted = (errors && strcmp(errors, "true") == 0) ||
                  json_is_true(json_object_get(q->body, "includeErrors"));
    if (wanted && c->list.errors == ERRORS_SESSION) {
        api_needs_session(r, "You must be signed in as the manager.");
        return;
    }
    if (given && !api_address(given, address, r))
        return;
    reply_json(r,
               attemptlist_page(w, c, claimroutes_parameter(q, "bookmark"), !given ? NULL : address,
                                wanted || c->list.errors == ERRORS_ALWAYS));
}

/* The codes that the recipient has still to use on the chain; without a session nobody gets them. */
void claimroutes_reserved(struct world *w, const struct request *q, struct reply *r)
{
    char address[IDENTITY_TEXT_MAX];
    const struct claim *c = table_get(&w->claims, q->args[0]);
    if (!c) {
        api_missing(w, r);
        return;
    }
    if (!api_address(q->args[1], address, r))
        return;
    if (!c->shows_code) {
        api_needs_session(r, "You must be signed in.");
        return;
    }
    const struct person *p = claims_person(c, address);
    json_t *codes = json_array();
    for (size_t i = 0; c->on_chain && p && i < p->nnumbers; i++)
        json_array_append_new(codes, claimroutes_code(w, p->numbers[i].number));
    reply_json(r, json_pack("{s:o,s:[]}", "reservedCodes", codes, "leafSignatures"));
}

void claimroutes_claim(struct world *w, const struct request *q, struct reply *r)
{
    const struct claim *c = table_get(&w->claims, q->args[0]);
    const char *all = request_query(q, "fetchAllClaimedUsers");
    if (!c)
        api_missing(w, r);
    else
        reply_json(r,
                   json_pack("{s:o}", "claim",
                             claims_json(c, all && strcmp(all, "true") == 0, world_read_until(w))));
}

/* Many at once; those that are not known are left out. */
void claimroutes_fetch(struct world *w, const struct request *q, struct reply *r)
{
    size_t i;
    json_t *v, *list = json_object_get(q->body, "claimsToFetch"), *claims;
    if (!json_is_array(list)) {
        reply_error(r, 400, "Invalid request payload. claimsToFetch must be an array.");
        return;
    }
    claims = json_array();
    json_array_foreach (list, i, v) {
        const char *id = json_string_value(json_object_get(v, "claimId"));
        const struct claim *c = id ? table_get(&w->claims, id) : NULL;
        bool all = json_is_true(json_object_get(v, "fetchAllClaimedUsers"));
        if (c)
            json_array_append_new(claims, claims_json(c, all, world_read_until(w)));
    }
    reply_json(r, json_pack("{s:o}", "claims", claims));
}

void claimroutes_codes(struct world *w, const struct request *q, struct reply *r)
{
    char code[PLUGINS_CODE_MAX], *end;
    const char *seed = request_query(q, "seedCode"), *idx = request_query(q, "idx");
    (void)w;
    long long i = !idx || *idx == '\0' ? -1 : strtoll(idx, &end, 10);
    if (!seed || i < 0 || *end != '\0') {
        reply_error(r, 400, "Invalid request payload. seedCode and idx are needed.");
        return;
    }
    plugins_code(seed, i, code);
    reply_json(r, json_pack("{s:s}", "code", code));
}
