/*
 * dialect: which delimiter and which quotes a CSV has, by the first of its text.
 *
 * A first line `sep=;` (also quoted, after a mark) says it: Excel's word, no record.  Otherwise each of
 * , ; tab | with each kind of quotes is tried over the text, and that one wins with which the records are most
 * alike: each of two fields and more counts, twice if another has as many, and more for its first and for its
 * last field if no other delimiter stands in it (a comma before a blank, or in a number, is none; beside several
 * tabs no comma is); all counts half if another delimiter stands in the text before the first record that has
 * this one.  Records are taken apart as csvio does it, so that a delimiter in quotes does not count; faulty ones
 * count once.  A tie goes to tabs, else to the first of , ; |.  A text that has a delimiter
 * in less than every fourth record is a single column: that has commas.
 *
 * Quotes are " unless most records have fields in ' and none is in "; or none at all if fields begin with one, none
 * ends with it, and without them more records are alike.  Backslashes are escapes if with them more records are
 * alike; a quote behind blanks is one if no fewer are.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_DIALECT_H
#define CLAIMPIPE_POLICY_DIALECT_H

#include "base/text.h"

#include <stdbool.h>

#define DIALECT_UNSAID (-1)

struct dialect {
    char delimiter;
    char quote;          /* 0: none */
    char escape;         /* 0: none */
    bool blanks;         /* a quote may stand behind blanks */
    size_t sep_line;     /* bytes of the line sep=… with its end, or 0 */
    size_t records, odd; /* in the text, and of them those whose quotes it does not explain */
};

/* What the user says. */
struct dialect_said {
    char delimiter;    /* or 0 */
    int quote, escape; /* 0 for none, or DIALECT_UNSAID */
};
#define DIALECT_NOTHING_SAID ((struct dialect_said){'\0', DIALECT_UNSAID, DIALECT_UNSAID})

/* first: UTF-8, without a mark, cut anywhere if there is more. */
struct dialect dialect_find(struct slice first, bool more, struct dialect_said said);

#endif
