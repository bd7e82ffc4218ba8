/*
 * bookopen: the codes that are to be given out: a seed's, or those of a list that no spreadsheet has damaged
 * (policy/codeshape.h).
 */
#ifndef CLAIMPIPE_STAGES_BOOKOPEN_H
#define CLAIMPIPE_STAGES_BOOKOPEN_H

#include "base/err.h"

#include <stdbool.h>

struct codebook;

/* seed, or else the path of a list; odd: which is taken as it is.  NULL as codebook.h has it. */
struct codebook *bookopen(const char *seed, const char *codes, bool odd, struct err *e) MUST_CHECK;

#endif
