/*
 * jobfile: a job that stands in a file, as JSON.
 *
 *   { "input":   { "address": "Wallet" },          or email, id, username
 *     "key":     ["Email", "Course"],
 *     "steps":   [ { "action": "code", "seed_from": "env:SEED", "count": 500 },
 *                  { "action": "claim", "claim": "ID", "set": { "codes-1.code": "{{step1.code}}" } },
 *                  { "action": "store", "route": "Course", "otherwise": "skip",
 *                    "routes": { "Go 101": "ID", "Rust": { "store": "ID", "secret_from": "env:S" } } } ],
 *     "limits":  { "rate": "5000/m", "max_failures": "5%" },
 *     "results": "done.csv" }
 *
 * samples/job.schema.json has all of it.  Only steps must be there; each has its action, and of the rest what
 * goes with that action.  Paths (results, ledger, codes, routes, file:…) are relative to the job file's folder.
 * A route is a target's id, or an object of what is other than in the step; its settings come to the step's,
 * in place of those of the same name.  routes may also name a CSV of two columns with a header: value and
 * target.  Two targets of a step are one if they agree in everything; a claim or store (a code: its seed or
 * list) that would be reached in two ways is an error, over all steps.
 *
 * Errors (EXIT_USAGE) name the file, and what is wrong in it by its line and column, or as
 * `job.json: step2.routes.Rust.set codes-1.code: …`, where steps count from 1, as in {{step1.code}}.
 */
#ifndef CLAIMPIPE_SETTINGS_JOBFILE_H
#define CLAIMPIPE_SETTINGS_JOBFILE_H

#include "base/err.h"

struct jobtexts;

#define JOBFILE_SIZE_MAX (16u << 20) /* bytes */

/* Into t->job, which holds the defaults; t owns everything.  What the file does not say stays as it is.
 * After -1, too, jobtexts_release leaves nothing behind. */
int jobfile_read(const char *path, struct jobtexts *t, struct err *e) MUST_CHECK;

#endif
