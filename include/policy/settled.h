/*
 * settled: what a command that only asks has found out of what was under way, in words, and what to do next.
 *
 *   120 under way: 117 success, 2 failed, 1 still pending
 *     claim c2: 1 failed (Incorrect password), 1 still pending
 *
 * Of a store nothing is asked: a request to it may be repeated, so that the same command simply sends it again.  What
 * is under way there stays pending.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_SETTLED_H
#define CLAIMPIPE_POLICY_SETTLED_H

#include "base/records.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTLED_WHY_MAX 200
#define SETTLED_SHOWN_MAX 20 /* targets that are told of by themselves */

/* One target, and what has become of what was under way there. */
struct settled {
    const char *action, *id; /* borrowed */
    bool asked;              /* false: a store */
    uint64_t
        rows[STATUS_COUNT]; /* success, failed, pending, unknown; unsent: certainly not taken */
    char why[STATUS_COUNT][SETTLED_WHY_MAX]; /* the first reason of each; "": none */
};

/* One more, as it was left.  why: as the ledger has it, or "". */
void settled_add(struct settled *s, enum status status, const char *why);
/* Of all of them.  The sum is what was under way. */
uint64_t settled_sum(const struct settled *list, size_t n, uint64_t rows[STATUS_COUNT]);
/* Is all of it success? */
bool settled_is_done(const struct settled *list, size_t n);
/* Appends what was found out, and a line for each target where something is not success. */
void settled_words(const struct settled *list, size_t n, struct text *out);
/* Appends what to do now, each on a line of its own that begins with a line end; nothing if nothing was under way. */
void settled_next(const struct settled *list, size_t n, struct text *out);

#endif
