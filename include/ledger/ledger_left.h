/*
 * ledger_left: what a row had come to when a run took its item over for the opposite: what was added is removed, or what
 * was removed is added again.  The item goes on for that run; the row goes on to say what was done for it.
 *
 * Kept in the row's own of_run, of_line and error, for which an owner's row has no other use.  Errors, threads and
 * transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_LEFT_H
#define CLAIMPIPE_LEDGER_LEDGER_LEFT_H

#include "base/err.h"
#include "base/state.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;
struct ledger_run;

struct ledger_left {
    int64_t to_run; /* 0: none took it */
    enum state state;
    bool removed; /* the row was to remove it; what took it over adds it again */
    unsigned tries;
    int http_status;
    int64_t changed_ms;
};

/* The run is about to take the item over: the row that owns it until now, if it is of another run, keeps its state. */
int ledger_left_put(struct ledger *l, const struct ledger_run *run, int64_t item,
                    struct err *e) MUST_CHECK;
/* From an owner's of_run and of_line. */
int ledger_left_read(struct ledger *l, int64_t of_run, int64_t of_line, struct ledger_left *out,
                     struct err *e) MUST_CHECK;

#endif
