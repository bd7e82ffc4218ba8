/*
 * traces: the results of earlier runs know their ledger (adapters/trace.h): is it this one, and has it all
 * that they tell of?
 *
 *   opened and registered -> traces_refuse -> traces_leave -> acting -> reported -> traces_leave
 *
 * Whoever keeps a ledger beside its results, and removes it with all that belongs to it, begins anew: that is
 * said, and goes on.  A ledger elsewhere may be gone without anybody having meant it, and is missed.
 *
 * The trace is in the folder of the results; in that of the input, if the results go to standard output; in
 * none, if the input comes from elsewhere as well.
 */
#ifndef CLAIMPIPE_STAGES_TRACES_H
#define CLAIMPIPE_STAGES_TRACES_H

#include "base/err.h"

struct ledger;
struct ledger_run;
struct prepared;

/* -1 with EXIT_OUTPUT: another ledger, or a newer state of this one, was worked with for one of the
 * targets.  0, and what is to be said in `anew`, or "". */
int traces_refuse(const struct prepared *p, struct ledger *l, char anew[ERR_TEXT_MAX],
                  struct err *e) MUST_CHECK;
/* From now on they know this one, as it is now.  In the input's folder nothing may be writable. */
int traces_leave(const struct prepared *p, struct ledger *l, const struct ledger_run *run,
                 struct err *e) MUST_CHECK;

#endif
