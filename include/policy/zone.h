/*
 * zone: time zones by their names, as exports put them behind a time, without a locale and without a file of zones.
 *
 *   EST   PDT   CEST   MESZ   ET   Eastern Time   Central European Summer Time   US/Eastern   Europe/Berlin
 *
 * Of abbreviations that several places use, one is meant: CST is US Central, AST Atlantic, BST British Summer, IST
 * India.  Names without a season (ET, Europe/Berlin) follow today's rules for it: the US's since 2007, the EU's
 * since 1996, Australia's south-east's since 2008; of the hour that comes twice it is the second.  A name that is not
 * known is none.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ZONE_H
#define CLAIMPIPE_POLICY_ZONE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum zone_rule { ZONE_FIXED, ZONE_US, ZONE_EU, ZONE_AU };

struct zone {
    int minutes; /* ahead of UTC, without summer time */
    enum zone_rule rule;
};

/* The whole slice, in any case. */
bool zone_find(struct slice name, struct zone *out);
/* How far it is ahead of UTC, in ms, at a local time (ms since 1970 as its clock shows it). */
int64_t zone_ahead(const struct zone *z, int year, int64_t local_ms);

/* Days since 1970-01-01 (the proleptic Gregorian calendar). */
int64_t zone_days(int year, int month, int day);

#endif
