/*
 * report_problems: tells rows that need a person for the first time from those that a person was told of before
 * (ledger/ledger_problems.h).  For one thread, which has the ledger.
 */
#ifndef CLAIMPIPE_STAGES_REPORT_PROBLEMS_H
#define CLAIMPIPE_STAGES_REPORT_PROBLEMS_H

#include "report_internal.h"

struct digest;

/* With about 0 it does nothing. */
struct report_problems {
    struct ledger *ledger;
    int64_t about;
    bool alike; /* report_options */
    const struct columns *header;
    struct digest *digest;
    struct text reason;
};
/* End it in any case. */
int report_problems_begin(struct report_problems *p, struct ledger *l,
                          const struct report_options *o, const struct columns *header,
                          struct err *e) MUST_CHECK;
/* Fills in `since` of a whole row. */
int report_problems_look(struct report_problems *p, const struct record *r, struct report_cells *c,
                         struct err *e) MUST_CHECK;
void report_problems_end(struct report_problems *p);

#endif
