/*
 * columns: which column a name means.
 *
 * A name is looked for three times, each time less strictly, and the first way that finds anything
 * decides: byte for byte; without case and outer blanks; letters and digits only, without case.
 * Found more than once in the same way is an error (duplicate headers), never "the last one wins".
 * Borrows the names.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_COLUMNS_H
#define CLAIMPIPE_POLICY_COLUMNS_H

#include "base/err.h"
#include "base/records.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define COLUMNS_NONE SIZE_MAX

/* The column called name, or -1 with EXIT_USAGE: `completions.csv:1: no column "Walet": nearest is
 * "Wallet"; columns are: …` or `… column "Email" stands twice (columns 3 and 7): rename one`.
 * asked_by is what asked for it, such as "--address". */
int columns_find(const struct columns *c, struct slice name, const char *asked_by, size_t *out,
                 struct err *e);

/* The column that names the recipient, by its usual names (address, wallet, wallet address,
 * bitbadges address, eth address, …; letters and digits only, without case).  None, or several that
 * differ: -1 with EXIT_USAGE, the columns that exist, the nearest, and how to say which
 * (--address). */
int columns_recipient(const struct columns *c, size_t *out, struct err *e);

/* The index among n candidates of the one nearest to name (Damerau-Levenshtein over letters and
 * digits without case), or COLUMNS_NONE where nothing is near (more than a third of it would
 * change). */
size_t columns_nearest(struct slice name, const struct slice *candidates, size_t n);

#endif
