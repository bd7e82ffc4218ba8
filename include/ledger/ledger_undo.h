/*
 * ledger_undo: what a run has done, row by row, and who has had the last word since.  Errors and threads: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_UNDO_H
#define CLAIMPIPE_LEDGER_LEDGER_UNDO_H

#include "base/err.h"
#include "base/records.h"
#include "base/state.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* By these words, and the number of the run, the undo of a run is told from other runs (ledger_run_begin's variant). */
#define LEDGER_UNDO_VARIANT "undo"

struct ledger_undo_row {
    uint64_t line; /* of the run's input */
    int64_t target;
    const char *action, *url, *name; /* of the target; texts are valid during the callback only */
    const char *keyed;               /* what its items are kept by, as struct ledger_target's key */
    const char *recipient, *attempt;
    uint8_t key[KEY_SIZE];
    int64_t code; /* its number, or -1 */
    enum state state;
    bool removed;
    bool own;     /* the run was the last to have it */
    bool undoing; /* or an undo of the run was, which has ended (`ended`) or not */
    bool ended;
    bool also; /* another run has done the same for the recipient, as another item of the target */
};
typedef int ledger_undo_callback(void *context, const struct ledger_undo_row *row, struct err *e);

/* All rows of the run that had an item, in their order. */
int ledger_undo_rows(struct ledger *l, int64_t run, ledger_undo_callback *callback, void *context,
                     struct err *e) MUST_CHECK;

#endif
