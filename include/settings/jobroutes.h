/*
 * jobroutes: the routes of one step, from its job file or a CSV, to its targets.
 *
 * Filled, then built.  Equal targets become one; two that are the same claim, store, seed or list, and yet
 * not equal, are an error.  One thread.
 */
#ifndef CLAIMPIPE_SETTINGS_JOBROUTES_H
#define CLAIMPIPE_SETTINGS_JOBROUTES_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOBROUTES_MAX 100000

struct job_step;
struct job_target;
struct jobtexts;

struct jobroute {
    const char *value;
    const char *id;               /* the step's own target with this id, or */
    const struct job_target *own; /* a target of its own */
    uint64_t line;                /* of the CSV; 0: none */
};

struct jobroutes {
    struct jobtexts *t; /* owns the texts, and what is built */
    bool of_claims;     /* a CSV's targets may be links to claims */
    bool of_files;      /* targets are files, seen from this folder */
    struct slice folder;
    struct jobroute *list;
    size_t n, cap;
};

void jobroutes_init(struct jobroutes *r, struct jobtexts *t);
void jobroutes_release(struct jobroutes *r);

/* Borrows the texts and the target.  asked_by: where they come from, for messages. */
int jobroutes_add(struct jobroutes *r, const struct jobroute *route, const char *asked_by,
                  struct err *e) MUST_CHECK;
/* Those of a CSV with a header, whose two columns are values and ids: EXIT_USAGE, `routes.csv:7: …`. */
int jobroutes_read_csv(struct jobroutes *r, const char *path, struct err *e) MUST_CHECK;

/* What tells one target of an action from another: its seed, list or id; NULL: nothing yet. */
const char *jobroutes_identity(const struct job_target *target);
/* Sets the step's targets and routes; its only target so far is what the routes have in common. */
int jobroutes_build(struct jobroutes *r, struct job_step *step, const char *asked_by,
                    struct err *e) MUST_CHECK;

#endif
