/*
 * baseline: what the service showed of a target before anything was sent to it.
 *
 * One page of a claim's attempts, asked before the first send of a run and kept in the ledger with each
 * intent.  An attempt that shows later is older than the intent if its id stood on that page, or if its
 * stamp is more than BASELINE_SLACK_MS before the newest stamp of that page: both stamps are the
 * service's own.  No clock of ours is ever compared with one of the service's: ours may be set, and so
 * may the clock behind the service's Date field.  The slack is for a service of several hosts whose
 * clocks differ, or whose clock is put back.
 *
 * What is not proved older may be ours.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_BASELINE_H
#define CLAIMPIPE_POLICY_BASELINE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define BASELINE_SLACK_MS INT64_C(60000)
#define BASELINE_NO_STAMP INT64_MIN
#define BASELINE_IDS_MAX 4096 /* bytes */

struct baseline {
    int64_t newest_ms; /* the newest stamp; BASELINE_NO_STAMP: there was none */
    /* Ids that no stamp proves older, each behind a blank.  One that does not fit any more is left out,
     * and so is not proved older. */
    char ids[BASELINE_IDS_MAX];
};

void baseline_init(struct baseline *b);
/* Newest first is best: the ids of those that are older than the slack are not kept.  at_ms:
 * BASELINE_NO_STAMP if it can't be read. */
void baseline_add(struct baseline *b, struct slice id, int64_t at_ms);
/* Was this attempt certainly made before the page was read?  b NULL: never. */
bool baseline_is_older(const struct baseline *b, struct slice id, int64_t at_ms);

#endif
