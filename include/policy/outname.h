/*
 * outname: what a name for an output stands for: `results-{date}.csv` is results-2026-11-30.csv.
 *
 * {date} is the day and {time} the time of day, {n} the first of 1, 2, 3, … whose name is free.  Only what follows the
 * last slash is looked at.  {word} with another word of letters is refused, for it is most likely a typo; `{{}` is a
 * brace, and all other braces stand for themselves.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_OUTNAME_H
#define CLAIMPIPE_POLICY_OUTNAME_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct outname_facts {
    const char *date, *time;
    int64_t n;
};

/* Appends it.  *numbered: {n} is in it.  EXIT_USAGE: another word is. */
int outname_expand(const char *name, const struct outname_facts *f, struct text *out,
                   bool *numbered, struct err *e) MUST_CHECK;

/* Appends what stands for this very name. */
void outname_escape(const char *name, struct text *out);

#endif
