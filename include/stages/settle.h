/*
 * settle: when to ask what became of an accepted attempt.
 *
 * A 200 from complete means queued.  How long the queue takes is not known and changes: so the first
 * question comes when answers have lately been ready, learned from them (`first_ns`): a quarter later
 * than what was waited in vain; and a little sooner when answers were ready at the first question, but
 * only once in each such time, for what is on its way was still asked about by the older rule.  About
 * one question in ten then comes too early.  The following ones come at half the attempt's age, so that
 * their number grows with the logarithm of the wait.
 *
 * The deadline counts from the moment when the attempt was accepted, or when the queue last moved if
 * that is later: a long queue that moves is not a queue that is stuck.  Pure; times are monotonic, in
 * nanoseconds.
 */
#ifndef CLAIMPIPE_STAGES_SETTLE_H
#define CLAIMPIPE_STAGES_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#define SETTLE_FIRST_START_NS INT64_C(1000000000)
#define SETTLE_FIRST_MIN_NS INT64_C(50000000)
#define SETTLE_FIRST_MAX_NS INT64_C(600000000000)
#define SETTLE_GAP_MIN_NS INT64_C(500000000)
#define SETTLE_GAP_MAX_NS INT64_C(60000000000)

struct settle {
    int64_t timeout_ns;
    int64_t first_ns;
    int64_t moved_ns;   /* when the queue last moved */
    int64_t lowered_ns; /* when first_ns was last lowered */
};

void settle_init(struct settle *s, int64_t timeout_ns, int64_t now_ns);
/* When to ask about an attempt accepted at accepted_ns that was asked about `asked` times. */
int64_t settle_due(const struct settle *s, int64_t accepted_ns, unsigned asked, int64_t now_ns);
/* Until when it is asked about. */
int64_t settle_deadline(const struct settle *s, int64_t accepted_ns);
/* Is its time over?  It is then left `pending` for a later run. */
bool settle_over(const struct settle *s, int64_t accepted_ns, int64_t now_ns);
#define SETTLE_LATER 2 /* not by the first question */
/* Learn from the answer to the asked-th question (1: the first). */
void settle_learn(struct settle *s, int64_t accepted_ns, unsigned asked, bool settled,
                  int64_t now_ns);

#endif
