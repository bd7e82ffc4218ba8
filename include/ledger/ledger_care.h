/*
 * ledger_care: looking after a ledger.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_CARE_H
#define CLAIMPIPE_LEDGER_LEDGER_CARE_H

#include "base/err.h"
#include "ledger/ledger_items.h"

#include <stdint.h>

#define LEDGER_FINDINGS_MAX                                                                        \
    20 /* that are told of one kind of fault; one more says that there are more */

struct ledger;

/* Is the file sound, and does everything in it agree?  One callback for each thing that is wrong (the
 * text is valid during it): how many there were, or -1. */
typedef int ledger_finding_callback(void *context, const char *finding, struct err *e);
int ledger_check(struct ledger *l, ledger_finding_callback *callback, void *context,
                 struct err *e) MUST_CHECK;

/* Every item, by id.  All texts are valid during the callback only. */
struct ledger_exported {
    const char *action, *url, *target, *error;
    int http_status;
    struct ledger_item item;
};
typedef int ledger_export_callback(void *context, const struct ledger_exported *x, struct err *e);
int ledger_export(struct ledger *l, ledger_export_callback *callback, void *context,
                  struct err *e) MUST_CHECK;

/* Forget the rows of runs that have finished before, and the errors of items that these runs owned last and that
 * came to rest before, and the problems that such runs had last.  Keys, states and recipients stay, so that nobody is issued twice, and attempt ids, by
 * which an attempt is told from that of another row, also if the service answers with an old one.  Committed, and
 * the file made small.  All targets must be free; they are locked from then on. */
struct ledger_pruned {
    int64_t runs, rows, items;
};
int ledger_prune(struct ledger *l, int64_t before_ms, struct ledger_pruned *out,
                 struct err *e) MUST_CHECK;

#endif
