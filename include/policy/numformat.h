/*
 * numformat: what a spreadsheet's number format makes of a number, as far as it matters to whoever reads the cell.
 *
 * Codes are those of ECMA-376 Part 1, 18.8.30 and 18.8.31: sections (`;`), quoted text, escapes, [colours], [conditions],
 * [$-locales], and m, which is a minute behind h and before s and else a month.  The first section counts; if another
 * one is of another kind, the number is shown as it is.
 *
 * Texts: 15 significant digits at most, for a spreadsheet keeps no more; 1234, 0.5, 1.23E+15 from 10^15 on and where
 * rounding makes a number whole that has so many digits, 1E-07; 28.5%; 2026-11-30, 2026-11-30T15:04:05 (also at
 * midnight), 15:04:05; 30:04:05 for [h]:mm; 1.20E+04 for 0.00E+00.  Seconds are rounded.  Serials are days, of
 * 1900-01-01 as 1 with a 1900-02-29 that never was, or of 1904-01-01 as 0.  One that is no date stays a number.
 *
 * A mask has two zeros or more, text that is shown as it stands, and nothing else: 00000, 0000-0000, "ID-"0000,
 * (000) 000-0000.  Whole numbers from 0 on are shown in it (00123, 0012-3456, ID-0042), by the section that is theirs;
 * all others stay numbers.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_NUMFORMAT_H
#define CLAIMPIPE_POLICY_NUMFORMAT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum numformat_kind {
    NUMFORMAT_NUMBER,
    NUMFORMAT_PERCENT,
    NUMFORMAT_DATE,
    NUMFORMAT_TIME,
    NUMFORMAT_DATETIME,
    NUMFORMAT_DURATION,
    NUMFORMAT_SCIENTIFIC,
    NUMFORMAT_MASK
};

struct numformat {
    enum numformat_kind kind;
    struct slice code; /* of SCIENTIFIC and MASK */
};

/* Borrows the code. */
struct numformat numformat_of(struct slice code);
/* Those that have a number and no code: 0 to 49, and the East Asian dates of 27 to 36 and 50 to 58. */
struct numformat numformat_builtin(unsigned id);

#define NUMFORMAT_TEXT_MAX 64
/* Writes the text and its NUL: how long it is.  The value is finite. */
size_t numformat_text(struct numformat f, double value, bool from_1904,
                      char out[NUMFORMAT_TEXT_MAX]);
/* 00:14:24, 30:04:05; not negative. */
size_t numformat_duration(int64_t seconds, char out[NUMFORMAT_TEXT_MAX]);
/* 2026-11-30T15:04:05.6, which an XML file says, to the second; 0: it is no such text, or has a zone. */
size_t numformat_datetime(struct slice iso, char out[NUMFORMAT_TEXT_MAX]);

#endif
