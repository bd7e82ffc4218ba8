/*
 * flowed: text as `format=flowed` (RFC 3676), whose lines are broken for the eye alone: a line that ends with a blank goes
 * on in the next one, if both are quoted as deeply.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_FLOWED_H
#define CLAIMPIPE_POLICY_FLOWED_H

#include "base/slice.h"
#include "base/text.h"

#include <stdbool.h>

/* Appends the text, whose lines end with LF, with each paragraph as one line.  delsp: the blanks at which lines were broken
 * are no part of it.  Check text_ok(out). */
void flowed_join(struct slice text, bool delsp, struct text *out);

#endif
