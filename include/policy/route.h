/*
 * route: which target a row goes to, by the value of one column.
 *
 * A value is compared byte for byte, without outer blanks; one without a route is never guessed.
 * Filled, sealed, then only asked: any number of threads may ask.
 */
#ifndef CLAIMPIPE_POLICY_ROUTE_H
#define CLAIMPIPE_POLICY_ROUTE_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define ROUTE_NONE SIZE_MAX
/* Among more routes none is guessed: each wrong row would take long. */
#define ROUTE_NEAREST_MAX 1000

struct route_entry {
    struct slice value;
    size_t target;
};

struct route {
    struct route_entry *entries; /* sorted when sealed */
    size_t n, cap;
};

void route_init(struct route *r);
void route_release(struct route *r);
/* value is trimmed, and borrowed: 0, or -1 when memory runs out. */
int route_add(struct route *r, struct slice value, size_t target);
/* The index among the entries (now sorted) of a value that stands there twice, or ROUTE_NONE. */
size_t route_seal(struct route *r);

/* The target of value, or ROUTE_NONE. */
size_t route_find(const struct route *r, struct slice value);
/* The entries of each target, in their order: first has a place for each of them, next one for each entry;
 * ROUTE_NONE ends. */
void route_group(const struct route *r, size_t n_targets, size_t *first, size_t *next);
/* The value that is most like it, or a slice with ptr NULL. */
struct slice route_nearest(const struct route *r, struct slice value);

#endif
