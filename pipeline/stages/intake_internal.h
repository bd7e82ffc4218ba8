/*
 * intake_internal: what intake.c and intake_link.c share.
 */
#ifndef CLAIMPIPE_STAGES_INTAKE_INTERNAL_H
#define CLAIMPIPE_STAGES_INTAKE_INTERNAL_H

#include "stages/intake.h"

/* What spool_open does; but a URL that is a link to a page is followed to the file behind it, which notices tell: to the
 * whole workbook, if a sheet is asked for by its name. */
struct spool *intake_link_open(const char *path, const struct intake_wishes *w,
                               struct text *notices, struct err *e) MUST_CHECK;

#endif
