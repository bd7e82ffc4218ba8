/*
 * numformat: what a spreadsheet's number format makes of a number, as far as it matters to whoever reads the cell.
 *
 * Codes are those of ECMA-376 Part 1, 18.8.30 and 18.8.31: sections (`;`), quoted text, escapes, [colours], [conditions],
 * [$-locales], and m, which is a minute behind h and before s and else a month.  The first section counts; if another
 * one is of another kind, the number is shown as it is.
 *
 * Texts: 15 significant digits at most, for a spreadsheet keeps no more; 1234, 0.5, 1.23E+15 from 10^15 on, 1E-07;
 * 28.5%; 2026-11-30, 2026-11-30T15:04:05 (also at midnight), 15:04:05; 30:04:05 for [h]:mm; 00123.  Serials are days, of
 * 1900-01-01 as 1 with a 1900-02-29 that never was, or of 1904-01-01 as 0.  One that is no date stays a number.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_NUMFORMAT_H
#define CLAIMPIPE_POLICY_NUMFORMAT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum numformat_kind {
    NUMFORMAT_NUMBER,
    NUMFORMAT_PERCENT,
    NUMFORMAT_DATE,
    NUMFORMAT_TIME,
    NUMFORMAT_DATETIME,
    NUMFORMAT_DURATION,
    NUMFORMAT_PADDED /* whole numbers with leading zeros */
};

struct numformat {
    enum numformat_kind kind;
    unsigned digits; /* of PADDED */
};

struct numformat numformat_of(struct slice code);
/* Those that have a number and no code: 0 to 49, and the East Asian dates of 27 to 36 and 50 to 58. */
struct numformat numformat_builtin(unsigned id);

#define NUMFORMAT_TEXT_MAX 64
/* Writes the text and its NUL: how long it is.  The value is finite. */
size_t numformat_text(struct numformat f, double value, bool from_1904,
                      char out[NUMFORMAT_TEXT_MAX]);

#endif
