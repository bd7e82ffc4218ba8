/*
 * kind: what a cell is by its looks alone: a name, a value, or an account.
 *
 * Headers consist of names; rows have values and accounts as well.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_KIND_H
#define CLAIMPIPE_POLICY_KIND_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum kind {
    KIND_NOTHING, /* empty, or it stands for nobody */
    KIND_NAME,
    KIND_VALUE,  /* a number, a date, a phone number */
    KIND_ACCOUNT /* an address, or an e-mail address */
};

enum kind kind_of(struct slice cell);
/* How many of n cells are of that kind. */
size_t kind_count(const struct slice *cells, size_t n, enum kind kind);

/* Is it a word that heads columns in exports (Name, First name, Town, Score …), and hardly ever is a value?
 * Letters and digits count, without case; some German, French, Spanish and Italian ones, too. */
bool kind_is_title(struct slice name);

#endif
