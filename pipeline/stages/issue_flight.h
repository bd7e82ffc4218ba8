/*
 * issue_flight: what issue has under way, and what waits for it.
 *
 * A flight is what travels in one request: steps of one target.  Its states (those of its items in the
 * ledger in brackets):
 *
 *   ASKING               the question about a target, which has no steps
 *   READY    [planned]   to be sent, in `resends`
 *   RESEND   [sending, unknown]  to be sent again, in `timers` or `resends`
 *   SENDING  [sending]   its request is at a lane
 *   PENDING  [accepted]  to be asked about, in `timers` or `questions`, or asked about at a lane
 *   LOST     [sending, unknown; accepted, failed]  to be looked up (policy/reconcile.h), likewise, or
 *                        one of its aim's `seekers`; always of one step
 *   LISTING              a page of what the target shows (policy/listing.h), which has no steps
 *
 * A flight whose steps come to rest, or have to be left where they are, is freed.
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_FLIGHT_H
#define CLAIMPIPE_STAGES_ISSUE_FLIGHT_H

#include "adapters/http.h"
#include "base/step.h"
#include "policy/hopeless.h"
#include "policy/reconcile.h"
#include "policy/room.h"
#include "stages/settle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flight_state {
    FLIGHT_ASKING,
    FLIGHT_READY,
    FLIGHT_RESEND,
    FLIGHT_SENDING,
    FLIGHT_PENDING,
    FLIGHT_LOST,
    FLIGHT_LISTING
};

struct aim;
struct wave;

struct flight {
    enum flight_state state;
    struct aim *aim;
    struct step *steps;
    size_t n;
    struct exchange x;
    struct flight *prev, *next; /* in `all` */
    struct flight *queued;      /* the next in `resends` or `questions` */
    char *fields, *recipient;   /* LOST: of a row that attached itself, or NULL */
    bool loaded;                /* its steps stand in `loaded` */
    bool retried;      /* failed in an earlier run: that it fails again tells nothing new */
    bool doubtful;     /* an earlier request of it may have had its effect */
    unsigned failures; /* of the present request, in a row */
    unsigned limited;  /* 429 in a row */
    unsigned losses;   /* how often it was lost, and found absent */
    unsigned asked;    /* questions about what was accepted */
    uint64_t turn;     /* counts what was sent; 0: by an earlier run, or nobody knows when */
    int64_t sent_ns;   /* when */
    int64_t floor;     /* the item of a success that was known before it was first sent; 0: none */
    int64_t accepted_ns; /* for settle */

    /* LOST only. */
    enum reconcile_case what;
    bool resend;      /* send it, once, even if the server can't tell */
    bool far;         /* its floor is further down than a list is read: it is not read again */
    int64_t lost_ns;  /* when that was known; of an earlier run's: when this one began */
    int64_t quiet_ns; /* a look since which the queue was still; 0: no look yet */
    struct reconcile_facts facts; /* of the present look, as far as they are known as it begins */
    struct reconcile_lookup *lookup;
    struct baseline *baseline;
};

struct line {
    struct flight *first, **end;
    size_t n;
};

/* A target, and the steps that wait for it. */
struct aim {
    struct target *target;
    struct step *ready, **ready_end; /* planned */
    size_t n_ready;
    struct aim *next; /* in the circle of those that have steps to send */
    bool in_turn;
    struct flight *ask;                /* the question about the target, while it is open */
    size_t sending;                    /* flights that are SENDING */
    size_t queued;                     /* steps that are accepted and not settled */
    struct hopeless answers, outcomes; /* to what was sent; of what was accepted */
    struct room room;
    char *why; /* it is closed; NULL: it is not */
    bool told; /* … and something was left out for it */
    struct settle settle;
    /* The success of this run that was sent last: by it a list shows that it can be believed. */
    struct {
        int64_t item; /* 0: none yet */
        uint64_t turn;
        int64_t sent_ns;
    } fence;
    int64_t
        lag_ns; /* how old a fence was when it first showed, at the least; INT64_MAX: none has */
    struct line seekers; /* LOST, to be looked for in the next reading of the list */
    struct wave *wave;   /* those of the present reading, or NULL */
    struct flight
        *following; /* of the refill of that number: takes steps that were accepted before */
    unsigned following_refill;
};

#endif
