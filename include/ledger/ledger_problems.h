/*
 * ledger_problems: which rows a person was told of already: the table `problems`.
 *
 * A problem is a row that needs a person, and why: its print is a hash of both, so that it is the same wherever the
 * row stands in a later file.  It is known to later runs of the same job (the run's target) over the same kind of input
 * once a run that has told of it has finished; it is forgotten when a finished run over that kind does not have it any
 * more, and when the run that had it last is pruned.  Inputs are of one kind if their names are the same but for what
 * problem_append_kind takes away, and the number that watch has added, and the same rows were chosen.  So files that
 * take turns forget nothing of each other's, and who sees to one is told of its rows whatever another has.
 *
 *   ledger_problems_begin -> ledger_problems_add* -> ledger_problems_end -> ledger_problems_keep or _withhold, or nothing of it was
 *
 * Rows that a target refused all alike, until the run stopped for it, tell nothing of themselves: they are withheld, and
 * so are new to every run until they were tried again, or are gone.
 *
 * What a run has gathers in a temporary table, on the disk.  Errors, threads and transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_PROBLEMS_H
#define CLAIMPIPE_LEDGER_LEDGER_PROBLEMS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_PRINT_SIZE 16

struct ledger;

/* run: which is to be told of. */
int ledger_problems_begin(struct ledger *l, int64_t run, struct err *e) MUST_CHECK;
/* The run has it, perhaps once more: *since is the run that has first told of it, or 0: it is new.  A problem is known
 * so many times as the last run had it.  alike: it was refused as all were.  May be called while a cursor is open. */
int ledger_problems_add(struct ledger *l, const uint8_t print[LEDGER_PRINT_SIZE], bool alike,
                        int64_t *since, struct err *e) MUST_CHECK;
/* No more are added.  Until then nothing else may be written. */
void ledger_problems_end(struct ledger *l);
/* What the run has is known from now on.  whole: it looked at all rows, so that what it does not have is gone;
 * retried: it tried again what had failed, so that what was withheld is known, too.  Not committed. */
int ledger_problems_keep(struct ledger *l, int64_t run, bool whole, bool retried,
                         struct err *e) MUST_CHECK;
/* What was refused alike is withheld from now on; nothing becomes known.  Not committed. */
int ledger_problems_withhold(struct ledger *l, int64_t run, struct err *e) MUST_CHECK;

#endif
