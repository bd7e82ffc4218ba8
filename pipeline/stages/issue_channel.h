/*
 * issue_channel: a server of issue's, the service or the mail server: what is to go there, and how it fares.
 *
 * One thread.  The budget is borrowed; flights (issue_flight.h) belong to `all`, and aims to issue.
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_CHANNEL_H
#define CLAIMPIPE_STAGES_ISSUE_CHANNEL_H

#include "issue_aim.h"
#include "policy/flow.h"
#include "policy/heed.h"
#include "policy/outage.h"

#include <stdbool.h>
#include <stddef.h>

struct budget;

/* A server: how much it may be sent, and how it is. */
struct channel {
    bool mails;            /* it is the mail server */
    struct budget *budget; /* NULL: nothing is sent to it */
    struct heed heed;
    struct flow flow;
    struct outage outage;
    struct aim *turn, **turn_end; /* aims with ready steps, the next one first */
    size_t n_turn;
    struct line resends;   /* READY and RESEND */
    struct line questions; /* due now */
    size_t at_lanes;
    size_t alive;          /* flights */
    size_t in_flight;      /* at the most */
    size_t n_put_off;      /* flights that wait, for their recipients' sake */
    size_t losses;         /* in a row, with no answer in between */
    bool said_unreachable; /* since the last answer */
    char unreached[256];   /* why, the last time */
};
enum { CHANNEL_SERVICE, CHANNEL_MAIL, CHANNELS };

#endif
