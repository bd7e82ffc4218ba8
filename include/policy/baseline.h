/*
 * baseline: what the service showed of a target before anything was sent to it.
 *
 * One page of a claim's attempts, newest first, asked before the first send of a run and kept in the
 * ledger with each intent.  An attempt that shows later is older than the intent if its id stood on that
 * page.  One that did not stand there, and is older, came before all that did: so it seems older if its
 * stamp is before the oldest of that page, by more than BASELINE_SLACK_MS.  Both stamps are the service's
 * own, and the slack is for a service of several hosts whose clocks differ.  But a clock that is put back
 * stamps ours so as well: then it is neither taken for ours, nor taken for none of ours.  No clock of ours
 * is ever compared with one of the service's: ours may be set, and so may the clock behind its Date field.
 *
 * What does not even seem older may be ours.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_BASELINE_H
#define CLAIMPIPE_POLICY_BASELINE_H

#include "base/baseline.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define BASELINE_SLACK_MS INT64_C(60000)

void baseline_init(struct baseline *b);
/* The next one of the page.  at_ms: BASELINE_NO_STAMP if it can't be read. */
void baseline_add(struct baseline *b, struct slice id, int64_t at_ms);
enum baseline_age { BASELINE_NEW, BASELINE_SEEMS_OLDER, BASELINE_OLDER };
/* Was this attempt made before the page was read?  b NULL: nobody knows, so BASELINE_NEW. */
enum baseline_age baseline_age(const struct baseline *b, struct slice id, int64_t at_ms);

#endif
