/*
 * columns: which column a name means.
 *
 * A name is looked for three times, each time less strictly, and the first way that finds anything
 * decides: byte for byte; without case and outer blanks (U+00A0 is a blank); letters and digits only,
 * without case.  Case is that of ASCII, other letters stand for themselves.  Found more than once in the
 * same way is an error (duplicate headers), never "the last one wins".  A name of blanks is never found.
 * `@trigger` and the like are the aliases that a preset gives; `#3` is the third column.  If a column is
 * really called so (in one of the first two ways), it is that one; the third way is none for such names.
 * Borrows the names.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_COLUMNS_H
#define CLAIMPIPE_POLICY_COLUMNS_H

#include "base/err.h"
#include "base/records.h"
#include "base/text.h"
#include "policy/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLUMNS_NONE SIZE_MAX

/* The column called name, or -1 with EXIT_USAGE: `completions.csv:1: no column "Walet": nearest is
 * "Wallet"; columns are: …` or `… column "Email" stands twice (columns 3 and 7): rename one, or say #3 or #7`.
 * asked_by is what asked for it, such as "--address". */
int columns_find(const struct columns *c, struct slice name, const char *asked_by, size_t *out,
                 struct err *e) MUST_CHECK;

/* The same without aliases, `#3` and messages: how many columns the name means, and the first of them. */
size_t columns_count(const struct columns *c, struct slice name, size_t *first);

/* The column that names the recipients of that kind, by its usual names (address: address, wallet,
 * wallet address, eth address, …; email: email, e-mail, user email, …; id: id, user id, student id, …;
 * username: username, login, handle, …; letters and digits only, without case); or if none has one, of addresses and
 * e-mail addresses by a word in it (Email (Billing), HolderAddress; not Email status, Shipping Address).  None, or
 * several: -1 with EXIT_USAGE, the columns that exist, the nearest, and how to say which (--address, --email,
 * --id, --username). */
int columns_recipient(const struct columns *c, enum identity_kind kind, size_t *out,
                      struct err *e) MUST_CHECK;

/* The same, but said with another option than --email and so on. */
int columns_person(const struct columns *c, enum identity_kind kind, const char *flag, size_t *out,
                   struct err *e) MUST_CHECK;
/* How many columns it finds: 0, or 2 and more, which is an error there. */
size_t columns_recipients(const struct columns *c, enum identity_kind kind);

/* Is it one of these usual names as they stand, of any kind, or of this one? */
bool columns_is_usual(struct slice name);
bool columns_is_usual_of(struct slice name, enum identity_kind kind);

/* Is candidate near to name (Damerau-Levenshtein over letters and digits without case; at most a third
 * of name would change), and nearer than *best (SIZE_MAX at first)?  Then *best is its distance. */
bool columns_is_nearer(struct slice name, struct slice candidate, size_t *best);
/* The index among n candidates of the nearest one, or COLUMNS_NONE where nothing is near. */
size_t columns_nearest(struct slice name, const struct slice *candidates, size_t n);

#endif
