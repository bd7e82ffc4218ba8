/*
 * dialect: which delimiter and which quotes a CSV has, by the first of its text.
 *
 * A first line `sep=;` (also quoted, after a mark) says it: Excel's word, no record.  Otherwise each of
 * , ; tab | with each kind of quotes is tried over the text, and that one wins with which the records are most
 * alike: each of two fields and more counts, twice if another has as many, and more for its first and for its
 * last field if no other delimiter stands in it (a comma before a blank, or in a number, is none); all counts
 * half if another delimiter stands in the text before the first record that has this one.  Records are
 * taken apart as csvio does it, so that a delimiter in quotes does not count; faulty ones do not either.
 * A tie goes to the first of , ; tab |.  A text that has a delimiter in less than every fourth record is a
 * single column: that has commas.  Quotes are " unless most records have fields in ' and none is in ".  Pure.
 */
#ifndef CLAIMPIPE_POLICY_DIALECT_H
#define CLAIMPIPE_POLICY_DIALECT_H

#include "base/text.h"

#include <stdbool.h>

#define DIALECT_QUOTE_UNSAID (-1)

struct dialect {
    char delimiter;
    char quote;      /* 0: none */
    size_t sep_line; /* bytes of the line sep=… with its end, or 0 */
};

/* first: UTF-8, without a mark, cut anywhere if there is more.  delimiter: what the user says, or 0;
 * quote: likewise, 0 for none, or DIALECT_QUOTE_UNSAID. */
struct dialect dialect_find(struct slice first, bool more, char delimiter, int quote);

#endif
