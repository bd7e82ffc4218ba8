/*
 * admit: what to do with a row whose key the ledger may know already.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ADMIT_H
#define CLAIMPIPE_POLICY_ADMIT_H

#include "base/state.h"

#include <stdbool.h>
#include <stdint.h>

/* What the ledger knows of the key. */
struct admit_facts {
    enum state state;
    bool this_run;  /* its item belongs to this run … */
    bool this_pass; /* … and a row of this pass over the input has taken it already */
};

struct admit_wishes {
    bool retry_failed;
    bool resend_unknown;
    bool send_claimed; /* even to those who have claimed by another way */
};

enum admission {
    ADMIT_SEND,     /* the item is planned, or goes back to it: send */
    ADMIT_FOLLOW,   /* something is under way: settle or reconcile it, send only if found absent */
    ADMIT_KEEP,     /* at rest: the row takes the item and shows what became of it */
    ADMIT_DUPLICATE /* done for another row */
};

/* Which run an item failed in, and which has it now. */
struct admit_failure {
    int64_t run, pass; /* it failed in; run 0: nobody knows */
    int64_t now_run, now_pass;
};

/* As run `told` is told of: has it kept what failed before, without trying it again? */
bool admit_was_kept(const struct admit_failure *f, int64_t told);

enum admission admit_decide(const struct admit_facts *f, const struct admit_wishes *w);

#endif
