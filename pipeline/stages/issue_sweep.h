/*
 * issue_sweep: what was accepted, settled by readings of its target's list (policy/sweep.h).  Parts of issue, as
 * issue_internal.h.
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_SWEEP_H
#define CLAIMPIPE_STAGES_ISSUE_SWEEP_H

#include "issue_internal.h"
#include "policy/listing.h"

/* Is f, which is accepted, settled by readings of its target's list? */
bool issue_sweeps(const struct flight *f);
int issue_sweep(struct issue *is, struct flight *f, int64_t now, struct err *e) MUST_CHECK;
/* It is no longer one of them. */
void issue_unsweep(struct issue *is, struct flight *f);
/* f does not tell any more how far the queue is. */
void issue_unprobe(struct flight *f);
/* A question about f alone was answered: it has settled, as a success or not. */
int issue_probed(struct issue *is, struct flight *f, bool success, int64_t now,
                 struct err *e) MUST_CHECK;

/* What a reading shows of those that are swept. */
struct sweeping {
    struct issue *is;
    struct aim *aim;
    struct sweep_reading r;
    struct line found, odd; /* on the present page: done; or to be asked about by themselves */
    char top[STEP_ATTEMPT_MAX];
    int64_t sent_ns, intent_ms; /* the latest of what was found; 0: nothing was */
};

/* Is a reading worth its pages now?  Those that are not to wait for one are asked about by themselves. */
bool issue_sweep_is_due(struct issue *is, struct aim *aim, int64_t now);
/* When this should be asked again; INT64_MAX: not before something is accepted. */
int64_t issue_sweep_due(const struct issue *is, const struct aim *aim);
/* The list may be due then. */
int issue_set_time(struct issue *is, struct aim *aim, int64_t due_ns, struct err *e) MUST_CHECK;
/* Of a reading that begins: what it shows of those that are swept is seen. */
void issue_sweep_begin(struct aim *aim, struct sweeping *w, int64_t now);
void issue_sweep_see(void *sweeping, const struct listing_attempt *a);
/* A page is over, and can be believed or not: 1 if the next one is wanted for these. */
int issue_sweep_turn(struct issue *is, struct sweeping *w, bool believed, int64_t now,
                     struct err *e) MUST_CHECK;
void issue_sweep_end(struct issue *is, struct sweeping *w, bool believed, int64_t now);

#endif
