/*
 * progress: how far a run is, in one line of at most 79 columns:
 * `312/500 rows  62%  148/s  ETA 0:02  14 waiting  3 failed`, and what it waits for, if it does.
 *
 * The rate is that of the last minute or so: rows and time, both discounted by age, are divided by each other.  So it
 * is the plain average at first, follows a change within a minute, and one slow answer does not shake the ETA.  There
 * is no ETA when all that is left waits for the server, or the server is down.  What does not fit is left out, the least
 * important first.  Pure; times in nanoseconds.
 */
#ifndef CLAIMPIPE_STAGES_PROGRESS_H
#define CLAIMPIPE_STAGES_PROGRESS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_COLUMNS 79
#define PROGRESS_CLOCK_MAX 16 /* of 14:05:10 */

enum progress_stop {
    PROGRESS_GOES,
    PROGRESS_LIMITED, /* by the rate limit */
    PROGRESS_HELD,    /* the server asks to wait */
    PROGRESS_DOWN,    /* the server can't be reached */
    PROGRESS_IDLE     /* all that is left lies with the server, which is asked again then */
};

struct progress {
    uint64_t done, total;     /* rows */
    uint64_t failed, invalid; /* of those done */
    uint64_t acted; /* rows done by requests in this run: the rate and the ETA go by them */
    size_t waiting; /* sent, and not yet known what became of them */
    bool mails;     /* messages, which wait for their turn: nothing of them is settled later */
    int64_t started_ns;
    enum progress_stop stop;
    char since[PROGRESS_CLOCK_MAX]; /* PROGRESS_DOWN: by the wall clock, */
    char until[PROGRESS_CLOCK_MAX]; /* and until when it stops; "": until an answer comes */
    int64_t seen_ns;                /* of progress_see: when, what, and discounted */
    uint64_t seen_acted;
    double recent_rows, recent_s;
};

/* Takes in what was done up to now_ns, for the rate.  Time never goes back. */
void progress_see(struct progress *p, int64_t now_ns);
/* Into out, which is cleared; by what was seen last. */
void progress_line(const struct progress *p, struct text *out);

#endif
