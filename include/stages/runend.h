/*
 * runend: tells those who did not look on how a run began and ended: --summary, --metrics, --notify, --ping.
 *
 *   runend_init -> runend_begin (not, if the run is refused before) -> (the caller fills in the summary as far as it comes) -> runend_tell, in any case
 *
 * A dry run pings nobody, posts nothing and leaves the metrics as they are.  Borrows the job.  One thread; blocks as
 * long as stages/hooks.h says, so that no lock should be held.
 */
#ifndef CLAIMPIPE_STAGES_RUNEND_H
#define CLAIMPIPE_STAGES_RUNEND_H

#include "base/err.h"
#include "stages/summary.h"

#include <stdbool.h>
#include <stdint.h>

struct runend {
    struct summary summary;
    int64_t started_ns;
    bool begun; /* its files are in nobody's way */
    char stopped[ERR_TEXT_MAX], error[ERR_TEXT_MAX];
};

void runend_init(struct runend *r, const struct job *j);
/* EXIT_USAGE, EXIT_OUTPUT: a file that is to be written is another one that is needed, or can't be. */
int runend_begin(struct runend *r, struct err *e) MUST_CHECK;
void runend_stopped(struct runend *r, const char *why);
/* The exit code, with what e says if something went wrong; the one that the run ends with, which is another only if
 * all went well until a file could not be written (e then says so). */
int runend_tell(struct runend *r, int exit_code, struct err *e) MUST_CHECK;

#endif
