/*
 * formula: does a spreadsheet take a cell for a formula?
 *
 * By its first character: = + - @, tab, CR, LF (OWASP, "CSV Injection"; CWE-1236), and ＝ ＋ － ＠ (U+FF1D,
 * U+FF0B, U+FF0D, U+FF20), which spreadsheets take for the same where such characters are typed.  Behind a
 * blank it is text, and so it is behind an apostrophe, which is put there to say so.  Pure.
 */
#ifndef CLAIMPIPE_BASE_FORMULA_H
#define CLAIMPIPE_BASE_FORMULA_H

#include "base/text.h"

#include <stdbool.h>

bool formula_begins(struct slice cell);

#endif
