/*
 * ceiling: the pace of a server that has a limit and does not tell it, found by its refusals (429).
 *
 *   free -- refused --> blocked -- accepted again --> paced: as many as were accepted from the beginning of the last
 *                                                     phase to the end of the blockade, a little less
 *   paced -- refused --> blocked
 *   paced -- so many accepted --> paced, a little faster; once it is no slower than our own pace, that alone counts
 *
 * The blockade belongs to the measure, for most servers let all of a window through at once and then nothing.  If the
 * next refusal comes at once, the phase goes on that was measured.  Each time that the ceiling is touched again, twice as
 * many are accepted before the next attempt to go faster: the refusals become rare.  While it is blocked, one request at
 * a time tries (policy/limit.h).
 *
 * Additive increase by a fixed share of the pace found, as AIMD (Chiu and Jain, 1989) has it, over a measured rate
 * in the place of a blind halving.  Pure.  Times are a monotonic clock's nanoseconds.
 */
#ifndef CLAIMPIPE_POLICY_CEILING_H
#define CLAIMPIPE_POLICY_CEILING_H

#include <stdbool.h>
#include <stdint.h>

struct ceiling {
    int64_t interval_ns; /* between two requests; 0: none is known */
    bool blocked;
    int64_t began_ns, accepted;         /* the phase, and what was accepted in it */
    int64_t before_ns, accepted_before; /* the phase before it; 0: there is none */
    int64_t unrefused;                  /* accepted since the pace was last changed */
    int64_t patience; /* as many must be, before it is changed; 0: not known yet */
};

/* An answer that was no refusal came at now_ns; held: to a request that may have left before the refusal. */
void ceiling_accepted(struct ceiling *c, bool held, int64_t now_ns);
/* A refusal came. */
void ceiling_refused(struct ceiling *c);

#endif
