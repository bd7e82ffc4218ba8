/*
 * pace: when a run makes its requests, noted for the ledger (ledger/ledger_pace.h).
 *
 *   begun (what is known of a run that is resumed) -> noted, often -> kept
 *
 * One thread.
 */
#ifndef CLAIMPIPE_STAGES_PACE_H
#define CLAIMPIPE_STAGES_PACE_H

#include "base/err.h"
#include "policy/timeline.h"

#include <stdint.h>

struct ledger;
struct ledger_run;
struct limit;

struct pace {
    struct timeline times;
    uint64_t noted; /* requests of this process */
};

int pace_begin(struct pace *p, struct ledger *l, const struct ledger_run *run,
               struct err *e) MUST_CHECK;
/* So many requests has this process made until now. */
void pace_note(struct pace *p, uint64_t requests);
/* l: the limit that it kept.  Committed. */
int pace_keep(const struct pace *p, const struct limit *limit, struct ledger *l, int64_t run,
              struct err *e) MUST_CHECK;

#endif
