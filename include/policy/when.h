/*
 * when: dates and times as exports write them, without a locale.
 *
 *   2026-10-01   2026/10/01   2026-10-01 16:32:40   2026-07-02 15:04   2012-01-01 11:13:25 -0500
 *   2024-08-15T09:10:18.000Z   2023-08-24T07:25:08.7300000+07:00   2026/09/27 3:00:00 PM GMT+3
 *   8/4/2025 23:25:41   11/29/24 22:28   08/09/2026 10:50:00 AM   7/20/23, 4:16:29 PM   21.10.2022
 *   Sep 26, 2026 7:05 PM   Mar 22, 2025 19:13:27   21 Oct 2022   Monday, 3 March 2025, 4:05 PM
 *   Thu Sep 10 2026 14:30:00 GMT-0400 (EDT)   Thu Sep 10 14:30:00 EDT 2026   2026-09-10 14:30 Europe/Berlin
 *   10. September 2026   3 févr. 2026 à 08:15   10 de septiembre de 2026
 *
 * With / or - or . between them and the year last, which of the first two is the month must be said, unless
 * one is over 12; what contradicts the order that was said is no date.  26-10-01 must be said, too.  A year of
 * two digits is 20yy.  Without a zone a time is UTC; offsets are known, and zones by their names (policy/zone.h).
 * Names of months and weekdays are English, German, French, Spanish, Italian, Portuguese or Dutch.  What is left over
 * makes it no date.  Pure: now is given.
 */
#ifndef CLAIMPIPE_POLICY_WHEN_H
#define CLAIMPIPE_POLICY_WHEN_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum when_order { WHEN_ORDER_UNSAID, WHEN_ORDER_MDY, WHEN_ORDER_DMY, WHEN_ORDER_YMD };
/* "mdy", "dmy", "ymd": 0 or -1. */
int when_order_read(const char *s, enum when_order *out);

enum when_reading {
    WHEN_OK,
    WHEN_NONE,     /* no date */
    WHEN_AMBIGUOUS /* month and day can't be told apart: say the order */
};

/* From from_ms up to, but without, to_ms (since 1970, UTC): a day without a time is 24 hours, a time
 * without seconds a minute, else it is a second (or a millisecond). */
struct when {
    int64_t from_ms, to_ms;
};

/* The whole slice, but for outer blanks.  order YMD: only that one is taken for what is all digits. */
enum when_reading when_read(struct slice s, enum when_order order, struct when *out);

/* `now`, `today`, or a time before or after now: -1d -12h -30m -2w +1d; from_ms == to_ms but for today.
 * -1: it is none of these. */
int when_relative(struct slice s, int64_t now_ms, struct when *out);

#endif
