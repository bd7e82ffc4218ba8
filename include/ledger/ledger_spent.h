/*
 * ledger_spent: what those who send requests to an API tell each other of them, so that together they keep its limits
 * (policy/limit.h, stages/budget.h).
 *
 *   sender   joined -> (holding so many requests, that are open or may yet leave)* -> left | died
 *   request  held by its sender -> spent: answered, or lost
 *
 * What a sender that died has held is lost.  A copy of a ledger (ledger_open_copy) has senders of its own; to it those
 * that it found have died, for it hears no more of them.  Errors, threads and transactions: ledger.h; nothing here commits, and what
 * others do in between is kept away by ledger_begin.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_SPENT_H
#define CLAIMPIPE_LEDGER_LEDGER_SPENT_H

#include "base/err.h"

#include <stdint.h>

struct ledger;

/* Requests of one sender, of which it has told at once. */
struct ledger_spent {
    int64_t id;    /* grows */
    int64_t at_ms; /* the wall clock then */
    int64_t answered, lost;
};

/* A new sender to the API at this URL (in any spelling), which holds nothing, until it has left or the ledger is
 * closed. */
int ledger_spent_join(struct ledger *l, const char *url, int64_t *sender, struct err *e) MUST_CHECK;
void ledger_spent_leave(struct ledger *l, int64_t sender, struct err *e);
/* It holds so many from now on, and has spent others at s->at_ms. */
int ledger_spent_tell(struct ledger *l, int64_t sender, int64_t holds, const struct ledger_spent *s,
                      struct err *e) MUST_CHECK;

/* How many all others at the same API hold.  What those have held that died is spent at now_ms. */
int ledger_spent_others(struct ledger *l, int64_t sender, int64_t now_ms, int64_t *holds,
                        struct err *e) MUST_CHECK;
typedef int ledger_spent_callback(void *context, const struct ledger_spent *s, struct err *e);
/* All at the sender's API of an id greater than `after`, in the order of their ids; also what it has told itself. */
int ledger_spent_each(struct ledger *l, int64_t sender, int64_t after,
                      ledger_spent_callback *callback, void *context, struct err *e) MUST_CHECK;
/* What was spent a while before now_ms is summed up by the minute, later by the hour; and what is older than any limit
 * is forgotten. */
int ledger_spent_tidy(struct ledger *l, int64_t now_ms, struct err *e) MUST_CHECK;

#endif
