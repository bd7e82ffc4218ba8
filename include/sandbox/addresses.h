/*
 * addresses: a set of addresses out of JSON: a table from the canonical form to a struct address,
 * to be released with free.
 */
#ifndef CLAIMPIPE_SANDBOX_ADDRESSES_H
#define CLAIMPIPE_SANDBOX_ADDRESSES_H

#include "policy/identity.h"
#include "sandbox/fields.h"
#include "sandbox/table.h"

struct address {
    char text[IDENTITY_TEXT_MAX];
    int64_t hits; /* for whoever owns the set to count with; 0 at first */
};

/* Adds the array called key, in which each item must be an address; absent: nothing. */
int addresses_read(struct table *set, const struct fields *f, const char *key);

#endif
