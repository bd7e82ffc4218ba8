/*
 * reply: what an answer of this API may be, whichever question it answers.
 *
 * Routes and answers as in the vendor's documentation of September 2026, and as its open-source server
 * of July 2024 answers where the two differ: both are understood.  Pure.
 */
#ifndef CLAIMPIPE_ACTIONS_REPLY_H
#define CLAIMPIPE_ACTIONS_REPLY_H

#include "actions/action.h"
#include "adapters/json.h"

#include <stdbool.h>

/* What is said of ids that the server does not know. */
#define REPLY_UNFOUND "No doc found"

/* Failures below HTTP, 429, 401, 402 and redirects decide v: true.  Else *doc is the parsed body (NULL
 * if it is no JSON), which the caller frees.  v is cleared either way.  A redirect means that nothing was
 * done only if it says to send the same request elsewhere (307, 308); any other may be how a server, or a
 * gateway before it, answers what it has done (RFC 9110, 15.4): LOST, with stop_after. */
bool reply_common(const struct answer *a, struct verdict *v, struct json **doc);
/* The same for a question, which may be asked again: then what is LOST is AGAIN, or STOP. */
bool reply_common_question(const struct answer *a, struct verdict *v, struct json **doc);

/* The API's own errorMessage, or a slice with ptr NULL if the body is not the API's. */
struct slice reply_error(const struct json *doc);
/* Is it a refusal by the API itself, with its reason?  500 is its ordinary one. */
bool reply_refuses(const struct answer *a, const struct json *doc);
/* Is it a 401 that asks for a user's own session?  Then the API key is not what is wrong. */
bool reply_wants_session(const struct answer *a);
bool reply_contains(struct slice s, const char *what);

/* The server's words s as a line, without secrets: those of the run, of what was sent, and the code that the
 * answer itself gives.  Returns out. */
char *reply_line(const struct answer *a, const struct json *doc, struct slice s, char *out,
                 size_t size);
/* Each puts such words into v->text: what is said; the same with what to do about it; "HTTP 502 without the
 * API's JSON"; and a refusal, of which "Error: " is left out, and "One or more of the challenges were
 * not satisfied (NAME) : REASON" becomes "REASON (NAME)". */
void reply_say(struct verdict *v, struct slice s);
void reply_say_advice(struct verdict *v, struct slice s, const char *advice);
void reply_say_gateway(struct verdict *v, const struct answer *a);
void reply_say_refusal(struct verdict *v, struct slice s);

/* The usual answer to something sent that was not taken: REFUSED by the API's simulation or schema (or
 * too large for a gateway, which then passes nothing on), or LOST if the body is a gateway's. */
void reply_not_taken(const struct answer *a, const struct json *doc, struct verdict *v);

#endif
