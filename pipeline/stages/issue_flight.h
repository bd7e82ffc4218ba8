/*
 * issue_flight: what issue has under way, and what waits for it.
 *
 * A flight is what travels in one request: steps of one target.  Its states (those of its items in the
 * ledger in brackets):
 *
 *   ASKING               the question about a target, which has no steps
 *   READY    [planned]   to be sent, in `resends`; or put off, in `timers`
 *   RESEND   [sending, unknown]  to be sent again, in `timers` or `resends`
 *   SENDING  [sending]   its request is at a lane
 *   PENDING  [accepted]  to be asked about: together with others (one of its aim's `swept`); or by itself, in
 *                        `timers` or `questions`, or at a lane
 *   LOST     [sending, unknown; accepted, failed]  to be looked up (policy/reconcile.h), likewise, or
 *                        one of its aim's `seekers`; always of one step
 *   LISTING              a page of what the target shows (policy/listing.h), which has no steps
 *   TIME                 in `timers`: its aim's list may be due to be read
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_FLIGHT_H
#define CLAIMPIPE_STAGES_ISSUE_FLIGHT_H

#include "adapters/http.h"
#include "base/step.h"
#include "policy/reconcile.h"

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
    FLIGHT_LISTING,
    FLIGHT_TIME
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
    struct flight *queued;      /* the next in `resends` or `questions` of its channel */
    char *fields, *recipient;   /* LOST: of a row that attached itself, or NULL */
    bool loaded;                /* its steps stand in `loaded` */
    bool retried;      /* failed in an earlier run: that it fails again tells nothing new */
    bool doubtful;     /* an earlier request of it may have had its effect */
    bool put_off;      /* counted in its channel's n_put_off */
    bool is_probe;     /* its present request sees whether the server is back (policy/outage.h) */
    unsigned failures; /* of the present request, in a row */
    unsigned limited;  /* 429 in a row */
    unsigned losses;   /* how often it was lost, and found absent */
    unsigned asked;    /* questions about what was accepted */
    uint64_t turn;     /* counts what was sent; 0: by an earlier run, or nobody knows when */
    int64_t sent_ns;   /* when */
    int64_t left_ns;   /* when its last request left, of any kind */
    int64_t floor;     /* the item of a success that was known before it was first sent; 0: none */
    int64_t accepted_ns; /* for settle */

    bool swept;                     /* PENDING only: it is asked about together with others: */
    struct flight *older, *younger; /* those of its aim, as they were accepted */
    struct flight *same;            /* the next in is->swept of the same hash */
    bool to_sweep;                  /* counted in is->n_to_sweep */
    bool probes;                    /* it is asked about by itself, to see how far the queue is */
    struct wave *wave;              /* LISTING only */
    /* LOST only. */
    enum reconcile_case what;
    bool resend;      /* send it, once, even if the server can't tell */
    bool far;         /* its floor is further down than a list is read: it is not read again */
    unsigned looked;  /* its look is over, and waits for those of others: how often */
    int64_t lost_ns;  /* when that was known; of an earlier run's: when this one began */
    int64_t quiet_ns; /* since then the queue was still, as far as is known; 0: nothing is */
    bool crowded;     /* another run had something under way when quiet_ns was last judged */
    struct reconcile_facts facts; /* of the present look, as far as they are known as it begins */
    struct reconcile_lookup *lookup;
    struct baseline *baseline;
};

struct line {
    struct flight *first, **end;
    size_t n;
};

#endif
