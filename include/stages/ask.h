/*
 * ask: one question after the other, for commands that need a few GETs and no parallelism.
 *
 * A question is asked until it is answered: again with back-off when the server can't be reached, the
 * answer is lost or is not the API's (a gateway's page, a 5xx without errorMessage), which a GET may
 * be; when the limit allows after a 429.  Every request keeps the limit; Retry-After and RateLimit-* are
 * obeyed.  A signal (adapters/stop.h) ends the waiting.
 *
 * Errors: EXIT_INTERRUPTED upon a signal; EXIT_STOPPED when the tries are used up, for 401, 402, a
 * redirect, an answer over HTTP_ANSWER_MAX.  A struct ask belongs to one thread.
 */
#ifndef CLAIMPIPE_STAGES_ASK_H
#define CLAIMPIPE_STAGES_ASK_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct answer;
struct budget;
struct json;

/* Borrowed. */
struct ask_options {
    const char *api_url; /* in its one form: http_base_url */
    const char *api_key; /* NULL: none is sent */
    const char *cacert;  /* as in adapters/http.h */
    int64_t connect_timeout_ns, timeout_ns;
    struct budget *budget; /* open, and nobody else's while a question is asked */
    unsigned tries_max;    /* of one question that finds no answer, 429 not counted */
    uint64_t seed;         /* of the back-off's jitter */
    /* Something that a person may want to know while waiting. */
    void (*say)(void *context, const char *text);
    void *context;
};

/* Valid until the next question. */
struct ask_answer {
    int status;
    const struct json *doc; /* what status 200 came with; never NULL then */
    const char *refusal;    /* why, for any other status; else "" */
    bool of_api;            /* it is the API's own, not a gateway's page */
};

struct ask;
struct ask *ask_new(const struct ask_options *o, struct err *e) MUST_CHECK;
void ask_free(struct ask *a);

/* path: below the API's URL, with its query, encoded.  0, also for a refusal; or -1. */
int ask_get(struct ask *a, const char *path, struct ask_answer *out, struct err *e) MUST_CHECK;
/* The last answer as it came, also where it meant -1: its head, or what went wrong.  Its body is gone. */
const struct answer *ask_last(const struct ask *a);
/* How many requests have left so far. */
uint64_t ask_requests(const struct ask *a);

#endif
