/*
 * smtp_internal: a lane of mail, as http.c's pool has it: one connection to the mail server, and one message at a time.
 */
#ifndef CLAIMPIPE_ADAPTERS_SMTP_INTERNAL_H
#define CLAIMPIPE_ADAPTERS_SMTP_INTERNAL_H

#include "adapters/exchange.h"
#include "adapters/smtp.h"
#include "base/err.h"

#include <stdatomic.h>

struct smtp_lane;

/* aborted: what is under way is given up once it is set.  Borrows both.  NULL: no memory, or the URL is none. */
struct smtp_lane *smtp_lane_new(const struct smtp_options *o, const atomic_bool *aborted,
                                struct err *e) MUST_CHECK;
/* Says goodbye to the server. */
void smtp_lane_free(struct smtp_lane *l);

/* Until the answer is there; of the lane's thread. */
void smtp_lane_carry(struct smtp_lane *l, struct exchange *x);

#endif
