/*
 * rowlike: does a record that goes over several lines look like that many rows?
 *
 * Two quotes that were none make one record of all rows between them, and no syntax tells that from a cell of
 * many lines.  But then each of its lines has as many delimiters as a row, and in one column all of them have
 * a value: an e-mail address, a wallet, a number.  Of two columns a postal address may well have two such
 * lines, so that there it takes three.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ROWLIKE_H
#define CLAIMPIPE_POLICY_ROWLIKE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* The record's n fields; columns: how many a row has. */
bool rowlike(const struct slice *fields, size_t n, char delimiter, size_t columns);

#endif
