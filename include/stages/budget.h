/*
 * budget: leave to send requests to an API, within its limits (policy/limit.h), together with all who use the same
 * ledger: now, and before (ledger/ledger_spent.h).
 *
 *   opened (what others have sent is known) -> {taken -> done}* -> closed
 *
 * Leave is reserved in the ledger's transaction, which the caller commits (budget_commit) before anything that was
 * taken leaves.  A process that dies leaves its reservations behind, which then count as lost.
 *
 * Errors: those of the ledger.  A struct budget belongs to one thread; all times are clock_now_ns().
 */
#ifndef CLAIMPIPE_STAGES_BUDGET_H
#define CLAIMPIPE_STAGES_BUDGET_H

#include "base/err.h"
#include "policy/limit.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* For a wait at the beginning that is worth a word; in seconds. */
#define BUDGET_WAIT                                                                                \
    "requests that were sent before count for the limit: nothing is sent for %lld s, so that it "  \
    "is kept"

struct budget {
    struct limit limit; /* to be observed, held and waited for as it is */
    struct ledger *ledger;
    int64_t sender;
    int64_t heard, heard_ns; /* up to this id; when */
    int64_t told_ns, holds;  /* what they were told: so many are held */
    int64_t taken_ns;
    int64_t again_ns; /* others have it all: nothing is reserved before; 0: they have not */
    int64_t due_ns;   /* how long others may be left without word */
    bool is_written;  /* and not committed */
};

/* n limits of our own.  ledger: borrowed; NULL: nobody shares.  Committed. */
int budget_open(struct budget *b, struct ledger *ledger, const char *api_url,
                const struct rate_policy *own, size_t n, int64_t burst, struct err *e) MUST_CHECK;
/* For how many seconds nothing is sent; 0: not worth a word. */
int64_t budget_wait_s(const struct budget *b, int64_t now_ns);

/* Leave for one request: *wait_ns 0, or how long to wait; one that is granted ends in budget_done. */
int budget_take(struct budget *b, int64_t now_ns, int64_t *wait_ns, struct err *e) MUST_CHECK;
void budget_done(struct budget *b, enum fate fate, int64_t now_ns);
/* Others learn what has come of it, when it is time; what was reserved and not taken is theirs again. */
int budget_tell(struct budget *b, int64_t now_ns, struct err *e) MUST_CHECK;
/* What these two have written, if they have.  Others wait for it. */
int budget_commit(struct budget *b, struct err *e) MUST_CHECK;

/* Others learn all that there is to tell; committed. */
int budget_rest(struct budget *b, struct err *e) MUST_CHECK;

/* whole: nothing has failed, and all is told; committed.  Else, and if something is under way, what is held counts as
 * lost. */
int budget_close(struct budget *b, bool whole, struct err *e) MUST_CHECK;

#endif
