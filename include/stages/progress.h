/*
 * progress: how far a run is, in one line: `312/500 rows  62%  148/s  ETA 0:02  14 waiting  3 failed`.
 * No ETA is given when all that is left waits for the server.  Pure; times in nanoseconds.
 */
#ifndef CLAIMPIPE_STAGES_PROGRESS_H
#define CLAIMPIPE_STAGES_PROGRESS_H

#include "base/text.h"

#include <stdint.h>

struct progress {
    uint64_t done, total;     /* rows */
    uint64_t failed, invalid; /* of those done */
    uint64_t acted; /* rows done by requests in this run: the rate and the ETA go by them */
    size_t waiting; /* sent, and not yet known what became of them */
    int64_t started_ns;
    int64_t held_ns;     /* how long nothing may be sent; 0: not held */
    char down_since[16]; /* hours and minutes since when the server does not answer; "": it does */
    int64_t next_ns;     /* … when it is tried again; INT64_MAX: just now */
};

void progress_line(const struct progress *p, int64_t now_ns, struct text *out);

#endif
