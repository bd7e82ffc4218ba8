/*
 * issue: sends the steps, and follows each until it has come to rest.
 *
 * One loop, poked by every event: it takes in the answers, writes what they mean into the ledger
 * together with the intents of what is to leave next, commits, and only then lets the requests go, as
 * many as the limiter and --in-flight allow.  There is no barrier: a slow row holds up no other.
 *
 *   next() -> ready -> [intent committed] -> at the server -> accepted -> asked about -> at rest
 *                ^                               |
 *                |                               +-> lost -> looked up -> accepted, at rest …
 *                +-- certainly no effect --------+                 |
 *                +-- certainly absent -----------------------------+
 *
 * What was accepted is asked about together where the target shows what became of all (policy/sweep.h).
 *
 * The service and the mail server are two channels: each has its own limit, and is waited for by itself.
 *
 * Steps of one target wait in one line; targets of a channel take turns.  An action may carry several steps of a
 * target in one request (struct flight, issue_flight.h).
 *
 * The ledger is never behind what the server may have: see base/state.h.  Calls from one thread; the
 * pool's lanes are served by others.
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_H
#define CLAIMPIPE_STAGES_ISSUE_H

#include "actions/action.h"
#include "base/err.h"
#include "base/step.h"
#include "policy/limit.h"
#include "policy/stoprule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Accepted attempts that are followed at once; more are not sent before some have settled. */
#define ISSUE_PENDING_MAX 10000
/* How long an interrupted run waits for answers that are under way before it gives them up. */
#define ISSUE_GRACE_NS INT64_C(10000000000)

struct ledger;
struct ledger_run;
struct http_pool;

struct issue_options {
    struct target *targets; /* what it is to know of them is filled in */
    size_t n_targets;
    struct ledger *ledger;
    const struct ledger_run *run; /* NULL: there is none, and nothing is sent: ledger_looks_own */
    struct http_pool *pool;
    struct budget *budget; /* open */
    size_t in_flight;
    struct budget *mail_budget; /* of the mail server, likewise */
    size_t mail_in_flight;
    int64_t mail_later_ns; /* how long a message that is put off is tried again */
    unsigned tries_max;    /* of one request that never left, before the run stops */
    int64_t timeout_ns;    /* of a whole request */
    int64_t patience_ns;   /* with a server that can't be reached (policy/outage.h) */
    int64_t settle_timeout_ns;
    bool no_settle;         /* what was accepted, or lost, is left where it is */
    bool asks_only;         /* nothing is sent: what was loaded is asked about, and no more */
    int64_t queue_delay_ns; /* the longest time that an accepted request may lie in the queue */
    uint64_t seed;          /* of the back-off's jitter */
    const struct stoprule *stoprule;
    const struct redact *secrets; /* never to be written anywhere */
};

enum issue_next {
    ISSUE_STEP,  /* here are steps */
    ISSUE_LATER, /* not yet: something was done that needs no request, or commits; ask again */
    ISSUE_NONE   /* no more, unless one that is under way brings another when it has come to rest */
};

/* What the loop asks of its driver.  All are called from the loop's thread. */
struct issue_driver {
    void *context;
    /* The next steps, at most so many, in a list that issue owns now: an enum issue_next, or -1.  They are planned,
     * and will be sent; or, of an action that may be repeated, accepted by an earlier run, and will be asked about.
     * What would be sent to a target that is closed is not handed over (issue_leave_out). */
    int (*next)(void *context, size_t most, struct step **out, struct err *e);
    /* A step has come to rest (s->state), or this run leaves it where it is; s is freed afterwards,
     * its row is the driver's again. */
    void (*rested)(void *context, const struct step *s);
    /* Called often; waiting: steps that were sent and have not come to rest.  Returns a signal's number
     * if the run is to be interrupted, else 0. */
    int (*tick)(void *context, size_t waiting, int64_t now_ns);
    /* Something that a person may want to know. */
    void (*say)(void *context, const char *text);
};

/* How the run went. */
struct issue_end {
    int signal;                    /* != 0: interrupted */
    char stopped[ACTION_TEXT_MAX]; /* != "": why sending stopped early */
    bool usage;                    /* … for what the user has set */
    bool alike;                    /* … since a target refused its first rows all alike */
    bool mend;                     /* … for what the same command can only meet again */
    uint64_t requests;             /* to the service */
    uint64_t messages;             /* to the mail server */
};

struct issue;
/* Options and driver are borrowed.  NULL: no memory. */
struct issue *issue_new(const struct issue_options *o, const struct issue_driver *d,
                        struct err *e) MUST_CHECK;
void issue_free(struct issue *is);

/* Load what earlier runs left under way; call once, before issue_run.  That of an action which may be
 * repeated is not followed: it is simply sent again, by its row. */
int issue_load(struct issue *is, struct err *e) MUST_CHECK;
/* Does issue follow the item since issue_load? */
bool issue_follows(const struct issue *is, int64_t item);
/* A row has come along whose item it follows: the row is waited for, and sent to this recipient with these fields if it turns out
 * to be absent (resend: also if the server can't tell); row is handed back when it has come to rest. */
int issue_attach(struct issue *is, int64_t item, const char *recipient, const char *fields,
                 bool resend, struct row *row, struct err *e) MUST_CHECK;
/* A row was not handed over because this target of it is closed: so the run has not come to its end. */
void issue_leave_out(struct issue *is, const struct target *t);
/* Can the server not be reached?  For how long, and in how long it is tried again. */
bool issue_is_down(const struct issue *is, int64_t now_ns, int64_t *since_ns, int64_t *next_ns);
/* In how long the next question is asked, while nothing is under way: 0: something is; INT64_MAX: none is to be asked. */
int64_t issue_idle(const struct issue *is, int64_t now_ns);
/* Work until everything has come to rest, or has to be left where it is. */
int issue_run(struct issue *is, struct issue_end *end, struct err *e) MUST_CHECK;

#endif
