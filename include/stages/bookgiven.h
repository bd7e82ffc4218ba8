/*
 * bookgiven: does a list of codes agree with what the ledger says was given?
 *
 * The ledger knows a list by its first code, and each code that was given by a mark, which is the same in every list
 * that has it.  A list that has given codes must have them where they were.  One that has given none may have none that
 * another list gave: else it may be that list in another order, and everybody in it would be given a second code.
 *
 * One thread; changes nothing.  Flat memory: the list is gone through once, each code looked up by the index of marks,
 * and only before the list gives its first.
 */
#ifndef CLAIMPIPE_STAGES_BOOKGIVEN_H
#define CLAIMPIPE_STAGES_BOOKGIVEN_H

#include "base/err.h"

#include <stdint.h>

struct codebook;
struct ledger;

/* target: the book's own, in the ledger.  EXIT_USAGE: it does not agree.  A seed always does.  No message shows a
 * code. */
int bookgiven_verify(const struct codebook *b, struct ledger *l, int64_t target,
                     struct err *e) MUST_CHECK;

#endif
