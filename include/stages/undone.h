/*
 * undone: what a job is told that takes back what a run has done (commands/undo.h).
 *
 * Its input is a list of ours: each row says, in the column UNDONE_KEY, by which key the ledger has its item, for that may
 * be made of what the run's input had and the list has not.
 */
#ifndef CLAIMPIPE_STAGES_UNDONE_H
#define CLAIMPIPE_STAGES_UNDONE_H

#include <stdint.h>

#define UNDONE_KEY "key"

struct undone {
    int64_t run;
    const char *keyed; /* what its items are kept by, in the ledger's words */
};

#endif
