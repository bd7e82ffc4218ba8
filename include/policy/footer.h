/*
 * footer: is a record at the end of a file no row of its table, but what a report says beneath it?
 *
 *   sums          Total,,57   Grand Totals (2 records)   Gesamtergebnis,12   Average,,3.5
 *   counts        (2 rows)    3 rows exported
 *   small print   Confidential Information - Do Not Distribute   Copyright (c) 2026 …   Report generated on …
 *
 * All of a sum's other cells are empty or numbers; counts and small print stand alone in their record.  So does
 * other prose: several words in a record that is shorter than a row, and only behind an empty line, for it could
 * be a row that is cut off.  The caller knows where the file ends.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_FOOTER_H
#define CLAIMPIPE_POLICY_FOOTER_H

#include "base/text.h"

#include <stddef.h>

enum footer {
    FOOTER_NONE,
    FOOTER_BEHIND_GAP, /* if it stands behind an empty line, or behind another footer */
    FOOTER_SURE
};

/* The record's n cells; columns: how many a row has. */
enum footer footer_look(const struct slice *cells, size_t n, size_t columns);

#endif
