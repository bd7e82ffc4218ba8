/*
 * issue_internal: what the files of issue share: issue.c (the loop, and what leaves), issue_answers.c
 * (what comes back), issue_lookup.c (what was lost), issue_listing.c (readings of a target's list),
 * issue_sweep.c (what was accepted, settled by them), issue_close.c (targets that take nothing more), issue_flights.c
 * (flights and their lines).
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_INTERNAL_H
#define CLAIMPIPE_STAGES_ISSUE_INTERNAL_H

#include "base/heap.h"
#include "issue_channel.h"
#include "issue_flights.h"
#include "ledger/ledger.h"
#include "stages/issue.h"

/* What issue_load found. */
struct loaded {
    int64_t item;
    struct step *step; /* NULL: it has gone */
    struct flight *flight;
};

/*
 * What the driver has for issue.  Each refill begins at LATER, and so does a step that comes to rest:
 *
 *   LATER    it may have more, and is asked again at once; a request that could carry more steps waits for them
 *     -> ENOUGH   as many steps are at hand as are worth having
 *     -> NONE     there are no more, unless a step that comes to rest brings one
 *     -> BROKEN   it has failed: nothing more is sent, for good
 */
enum supply { SUPPLY_LATER, SUPPLY_ENOUGH, SUPPLY_NONE, SUPPLY_BROKEN };

/*
 * What the run still does; it never goes back, and may pass over a state:
 *
 *   SENDING --> FOLLOWING (it asks what became of what was sent) --> LEAVING (it waits for the answers that are under
 *   way) --> ABORTED (a signal's grace is over: these are given up)
 */
enum course { COURSE_SENDING, COURSE_FOLLOWING, COURSE_LEAVING, COURSE_ABORTED };

struct issue {
    const struct issue_options *o;
    const struct issue_driver *d;
    struct aim *aims;
    struct channel channels[CHANNELS];
    struct flight *all;
    struct loaded *loaded; /* by item */
    size_t n_loaded, cap_loaded;
    struct flight **swept;      /* PENDING, by their attempts; NULL: none was */
    size_t n_swept, n_sweeping; /* flights, and their aims */
    size_t n_to_sweep;          /* flights that are SENDING and then swept, if they are accepted */
    struct heap timers;
    int64_t moved_ns; /* when a queue was last seen to move */
    size_t queued;    /* steps in queues that decide on lookups: accepted, and not repeatable */
    size_t pending;   /* steps that are accepted and not settled */
    size_t aloft;     /* steps in flights */
    size_t n_ready;   /* steps in the lines of aims */
    size_t ready_max;
    size_t alive;          /* flights */
    size_t looked_up;      /* steps that are looked up before they are sent */
    uint64_t turns;        /* flights that were sent */
    int64_t tried, failed; /* steps that came to rest by an answer */
    int64_t began_ns;
    uint64_t random;
    unsigned refills;
    size_t n_told; /* targets for which something was left out */
    enum supply supply;
    enum course course;
    int64_t interrupted_ns; /* 0: by no signal */
    bool gave_up;           /* an accepted attempt was left pending */
    struct issue_end *end;
};

/* ---- issue_flights.c, besides issue_flights.h ---- */

/* Requests at the lanes, to whichever server. */
size_t issue_at_lanes(const struct issue *is);
/* As a person is told of it. */
const char *issue_server_name(const struct channel *c);

/* On to this state, if it is not past it. */
void issue_go(struct issue *is, enum course to);
/* … and say why. */
__attribute__((format(printf, 3, 4))) void issue_stop(struct issue *is, enum course to,
                                                      const char *fmt, ...);

/* ---- issue_answers.c ---- */

/* What an answer that came for f means; f->x holds it. */
int issue_handle(struct issue *is, struct flight *f, struct err *e) MUST_CHECK;
/* shown: it is known to have succeeded as well. */
int issue_accept(struct issue *is, struct flight *f, const char *attempt, bool shown, int64_t now,
                 struct err *e) MUST_CHECK;
/* It is accepted: ask about it first when due. */
int issue_follow(struct issue *is, struct flight *f, int64_t now, int64_t due,
                 struct err *e) MUST_CHECK;

/* A list has shown it as done. */
int issue_shown(struct issue *is, struct flight *f, int64_t now, struct err *e) MUST_CHECK;
/* The clock of f's queue. */
struct settle *issue_settle_of(const struct issue *is, const struct flight *f);

/* ---- issue_close.c ---- */

/* A refusal that is about the target closes it: what is about to be sent to it comes to rest as it is.  queued: it is
 * an outcome, so the step has failed. */
int issue_heed_closing(struct issue *is, struct aim *aim, const struct verdict *v, bool queued,
                       struct err *e) MUST_CHECK;
/* f is given up, and stays in the queue: if it may take the last place, the target is closed. */
int issue_hold_places(struct issue *is, const struct flight *f, struct err *e) MUST_CHECK;
/* A refusal of one step, by its answer or by its outcome: if it is the last of so many, the target is closed. */
int issue_heed_refusal(struct issue *is, struct flight *f, struct hopeless *h,
                       const struct verdict *v, struct err *e) MUST_CHECK;

/* Of what nobody can be asked about. */
#define ISSUE_UNTOLD "sent, but the answer was lost: nobody can tell whether it was taken"
#define ISSUE_UNUSABLE "the %s gives no usable answer: %s"
#define ISSUE_UNREACHABLE "the %s can't be reached: %s"

#endif
