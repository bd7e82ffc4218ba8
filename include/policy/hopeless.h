/*
 * hopeless: is there any point in going on with a target?  Its first answers tell.
 *
 *   watching -> taken     (one was no refusal, or was refused for another reason: nothing is told any more)
 *            -> hopeless  (the first HOPELESS_ANSWERS are refusals, all for the same reason)
 *
 * Who is refused for having it already says nothing of the others, and is passed over.
 * As long as it is watched, no more requests are under way than could make it hopeless: so a mistake costs that
 * many rows, however many might be under way.  Reasons are compared by their gist (policy/refusal.h).  Pure.
 */
#ifndef CLAIMPIPE_POLICY_HOPELESS_H
#define CLAIMPIPE_POLICY_HOPELESS_H

#include "policy/refusal.h"

#include <stdbool.h>
#include <stddef.h>

#define HOPELESS_ANSWERS 25

/* All zero: watching, and no answer yet. */
struct hopeless {
    unsigned refused;
    bool over;
    char gist[REFUSAL_GIST_MAX];
};

/* An answer that is no refusal. */
void hopeless_taken(struct hopeless *h);
/* A refusal of this recipient.  true, once: now it is hopeless. */
bool hopeless_refused(struct hopeless *h, const char *reason, const char *recipient);
/* May another request leave, while so many are under way? */
bool hopeless_allows(const struct hopeless *h, size_t under_way);

#endif
