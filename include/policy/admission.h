/*
 * admission: what to do with a row whose key the ledger may know already.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ADMISSION_H
#define CLAIMPIPE_POLICY_ADMISSION_H

#include "base/state.h"

#include <stdbool.h>
#include <stdint.h>

/* What the ledger knows of the key. */
struct admission_facts {
    enum state state;
    bool this_run;     /* its item belongs to this run … */
    bool this_pass;    /* … and a row of this pass over the input has taken it already */
    bool asked;        /* the row says itself that it is to be tried again, if it has failed */
    const char *error; /* failed: why, as far as anybody knows; or NULL */
};

struct admission_wishes {
    bool retry_failed;
    const char *retry_reason; /* … of these only those for this reason; NULL: for any */
    bool resend_unknown;
    bool send_claimed; /* even to those who have claimed by another way */
};

enum admission {
    ADMIT_SEND,     /* the item is planned, or goes back to it: send */
    ADMIT_FOLLOW,   /* something is under way: settle or reconcile it, send only if found absent */
    ADMIT_KEEP,     /* at rest: the row takes the item and shows what became of it */
    ADMIT_DUPLICATE /* done for another row */
};

/* Is that the reason of `error`?  If it is a part of it, in any case, also as the summary shows it (policy/reasons.h). */
bool admission_is_reason(const char *reason, const char *error);

/* As run `told` is told of: has it kept what failed before it, in run `failed` (0: nobody knows), without trying it
 * again?  A run that was begun again where it had stopped is the same run. */
bool admission_was_kept(int64_t failed, int64_t told);

enum admission admission_decide(const struct admission_facts *f, const struct admission_wishes *w);

#endif
