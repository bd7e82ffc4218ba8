/*
 * issue_aim: a target of issue's, with the steps that wait for it, and what its answers and its list have shown.
 *
 * One thread.  Times are of the monotonic clock, in nanoseconds.  Its flights (issue_flight.h) belong to `all`.
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_AIM_H
#define CLAIMPIPE_STAGES_ISSUE_AIM_H

#include "issue_flight.h"
#include "policy/flow.h"
#include "policy/hopeless.h"
#include "policy/room.h"
#include "policy/sweep.h"
#include "stages/settle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct target;

struct aim {
    struct target *target;
    struct channel *channel;
    struct step *ready, **ready_end; /* planned */
    size_t n_ready;
    struct aim *next; /* in the circle of those that have steps to send */
    bool in_turn;
    struct flight *ask;                /* the question about the target, while it is open */
    size_t sending;                    /* flights that are SENDING */
    size_t queued;                     /* steps that are accepted and not settled */
    struct flow_times times;           /* of what was sent */
    struct hopeless answers, outcomes; /* to what was sent; of what was accepted */
    struct room room;
    char *why;        /* it is closed; NULL: it is not */
    bool mend;        /* … for what has to be put right before anything more is sent */
    bool told;        /* … and something was left out for it */
    bool said_silent; /* a person knows that it does not say what became of what it has accepted */
    struct settle settle;
    /* The success of this run that was sent last: by it a list shows that it can be believed. */
    struct {
        int64_t item; /* 0: none yet */
        uint64_t turn;
        int64_t sent_ns;
    } fence;
    int64_t
        lag_ns; /* how old a fence was when it first showed, at the least; INT64_MAX: none has */
    struct line seekers; /* LOST, to be looked for in a reading of the list */
    int64_t gather_ns;   /* when it begins, if there are any */
    struct {
        struct flight *oldest, *youngest;
        size_t n;
        size_t probes; /* that are asked about by themselves */
    } swept;
    struct sweep sweep;
    char mark[STEP_ATTEMPT_MAX]; /* at the top of the list, when it was last read; "": it was not */
    char witness[STEP_ATTEMPT_MAX]; /* a success that no reading has shown yet; "": there is none */
    int64_t witness_ns;             /* when that was learned */
    struct flight time;             /* the one in TIME, */
    int64_t time_ns;                /* which is due then; INT64_MAX: it is not there */
    struct wave *seeking, *sweeping; /* the present readings, which may be one, or NULL */
    struct flight *following; /* of the refill of that number: takes what was accepted before */
    unsigned following_refill;
};

#endif
