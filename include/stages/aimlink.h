/*
 * aimlink: the link of those for whom a step's target was done, as the ledger has kept it (policy/link.h).
 */
#ifndef CLAIMPIPE_STAGES_AIMLINK_H
#define CLAIMPIPE_STAGES_AIMLINK_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct claimfacts;
struct ledger;
struct ledger_aim;

/* What is said of a success at an on-chain claim, which its link goes with. */
#define AIMLINK_RESERVED                                                                           \
    "reserved: the recipient has still to sign in by the link and claim it on the chain"

/* All of it filled in but a code, as a C string of the caller's; NULL: no memory. */
char *aimlink_fill(const struct ledger_aim *aim);
/* The same of one of these, with the code, if it has one; mem_forget it. */
char *aimlink_of(const char *action, const char *name, const char *link,
                 const struct claimfacts *facts, struct slice code);
/* The same for a target of a run, for the caller to free; *link NULL: the run does not aim at it. */
int aimlink_find(struct ledger *l, int64_t run, int64_t target, char **link,
                 struct err *e) MUST_CHECK;

#endif
