/*
 * jobsteps: the steps of a job file (see jobfile.h).
 */
#ifndef CLAIMPIPE_SETTINGS_JOBSTEPS_H
#define CLAIMPIPE_SETTINGS_JOBSTEPS_H

#include "settings/jobfields.h"

/* A list of steps into r->job, of which it is known already what its recipients are. */
jobfields_take jobsteps_take;
/* What becomes of rows of which no address is known: more steps, behind those. */
jobfields_take jobsteps_take_otherwise;

#endif
