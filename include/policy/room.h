/*
 * room: how many requests may be under way to a target that takes only so many more.
 *
 * What is refused in the target's queue has failed, and what is not sent is merely unsent: so no more is under way
 * than there are places left, as far as is known.  When none is left, one request at a time goes: a refusal
 * closes the target, and if it gets a place, the target takes more than it has said: one more is assumed then, and
 * twice as many each time that these are taken.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ROOM_H
#define CLAIMPIPE_POLICY_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: nothing is known. */
struct room {
    bool known;
    int64_t left;
    int64_t grant; /* so many places were assumed last beyond those that it has said */
};

/* left: what the target says, before anything was sent to it; below 0: it does not say. */
void room_set(struct room *r, int64_t left);
/* What was sent has got a place; or what an earlier run has sent (not ours), which may have been counted. */
void room_taken(struct room *r, bool ours);
/* So many stay in the queue beyond this run, and with them their places.  Is there none left? */
bool room_hold(struct room *r, size_t n);
/* May another request leave, while so many are sent and not decided? */
bool room_allows(const struct room *r, size_t under_way);

#endif
