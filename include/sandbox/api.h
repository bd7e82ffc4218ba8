/*
 * api: from a request to its reply, by the rules of the BitBadges API (v0).
 *
 * Source: the vendor's documentation of September 2026, the OpenAPI of its JavaScript SDK 0.42.0,
 * and the open-source server of July 2024; where these differ, `behaviour` decides.
 */
#ifndef CLAIMPIPE_SANDBOX_API_H
#define CLAIMPIPE_SANDBOX_API_H

#include "sandbox/request.h"
#include "sandbox/world.h"

#define API_BAD_ADDRESS "Could not convert. Please make sure inputted address is well-formed"

/* Counts the request, lets faults happen, asks limit, key and credits, and serves.  Call with the
 * world's lock held. */
void api_serve(struct world *w, const struct request *q, struct reply *r);

/* The answer for something that does not exist. */
void api_missing(const struct world *w, struct reply *r);
/* The refusal where the API wants a user's session: 401 with "unauthorized". */
void api_needs_session(struct reply *r, const char *why);
/* The canonical form of an address in out; false: the reply is the refusal. */
bool api_address(const char *given, char *out, struct reply *r);

/* The routes. */
void claimroutes_complete(struct world *w, const struct request *q, struct reply *r);
void claimroutes_status(struct world *w, const struct request *q, struct reply *r);
void claimroutes_success(struct world *w, const struct request *q, struct reply *r);
void claimroutes_attempts(struct world *w, const struct request *q, struct reply *r);
void claimroutes_claim(struct world *w, const struct request *q, struct reply *r);
void claimroutes_fetch(struct world *w, const struct request *q, struct reply *r);
void claimroutes_reserved(struct world *w, const struct request *q, struct reply *r);
void claimroutes_codes(struct world *w, const struct request *q, struct reply *r);
void storeroutes_actions(struct world *w, const struct request *q, struct reply *r);
void storeroutes_value(struct world *w, const struct request *q, struct reply *r);
void storeroutes_values(struct world *w, const struct request *q, struct reply *r);
void storeroutes_activity(struct world *w, const struct request *q, struct reply *r);

#endif
