/*
 * baseline: what the service showed of a target before anything was sent to it.  How it is made and what it
 * proves: policy/baseline.h.
 */
#ifndef CLAIMPIPE_BASE_BASELINE_H
#define CLAIMPIPE_BASE_BASELINE_H

#include <stdint.h>

#define BASELINE_NO_STAMP INT64_MIN
#define BASELINE_IDS_MAX 4096 /* bytes */

struct baseline {
    /* The oldest stamp of those whose id is kept, in ms since 1970 by the service\'s clock;
     * BASELINE_NO_STAMP: there is none. */
    int64_t oldest_ms;
    /* The page's ids, each behind a blank.  One that does not fit any more is left out, and so is not
     * proved older by it. */
    char ids[BASELINE_IDS_MAX];
};

#endif
