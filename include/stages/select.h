/*
 * select: which records are triggers, for whom, and what makes them the same trigger again.
 *
 * Pure.  A struct select is filled once and then only read: any number of threads may use it.
 */
#ifndef CLAIMPIPE_STAGES_SELECT_H
#define CLAIMPIPE_STAGES_SELECT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/records.h"
#include "policy/columns.h"
#include "policy/identity.h"

#include <stddef.h>

#define SELECT_KEY_MAX 16

struct select {
    const struct columns *columns;
    enum identity_kind kind;
    size_t recipient;           /* the recipient's column */
    size_t key[SELECT_KEY_MAX]; /* the columns of the key; none: the recipient is the key */
    size_t n_key;
    int64_t again;
};

/* recipient: their column, or NULL to find it by its usual names.  key: COLUMN,... or NULL.
 * again: the n-th issue of the same triggers, which have other keys than the first.  -1 with
 * EXIT_USAGE. */
int select_init(struct select *s, const struct columns *c, enum identity_kind kind,
                const char *recipient, const char *key, int64_t again, struct err *e);

/* One record to one trigger, with its texts in a.  -1 when memory runs out. */
int select_row(const struct select *s, const struct record *r, struct arena *a,
               struct trigger *out);

#endif
