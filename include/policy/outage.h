/*
 * outage: the server does not answer at all.
 *
 *   up -> (so many connections in a row fail) -> down: one request at a time probes, after growing waits
 *    ^                                              |                    |
 *    +------------------ any answer ----------------+                    +-> patience is over: the run ends
 *
 * A request that never left has had no effect, so each may be tried again at any time: this is about not trying all of
 * them, for minutes, at a server that is gone.  Pure; times are monotonic, in nanoseconds.
 */
#ifndef CLAIMPIPE_POLICY_OUTAGE_H
#define CLAIMPIPE_POLICY_OUTAGE_H

#include "base/answer.h"

#include <stdbool.h>
#include <stdint.h>

#define OUTAGE_FAILURES 5
#define OUTAGE_WAIT_MIN_NS INT64_C(1000000000)
#define OUTAGE_WAIT_MAX_NS INT64_C(30000000000)

/* All zero: up. */
struct outage {
    unsigned failures; /* in a row */
    int64_t since_ns;  /* the first of them */
    int64_t next_ns;   /* down: the next probe leaves no sooner */
    int64_t wait_ns;
    bool probing; /* one is under way, */
    bool probed;  /* or has failed */
};

/* What became of a request: of a probe, or of one that left while it seemed up.  The latter may be lost as it goes down. */
void outage_note(struct outage *o, bool probe, enum fate fate, int64_t now_ns);
bool outage_is_down(const struct outage *o);
/* How long until a request may leave, as far as this goes; 0: now.  INT64_MAX: a probe is under way. */
int64_t outage_wait(const struct outage *o, int64_t now_ns);
/* A request leaves: is it a probe? */
bool outage_sent(struct outage *o);
/* Has it been down for so long, and was it tried meanwhile? */
bool outage_over(const struct outage *o, int64_t patience_ns, int64_t now_ns);

#endif
