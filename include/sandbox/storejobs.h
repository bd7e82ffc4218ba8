/*
 * storejobs: the actions of one request on their way into a store.
 *
 * At its turn a job applies all its actions but those whose key is to fail; while any is left it
 * stays pending, with the first error met, and is tried again with those alone.  What has been
 * applied is not applied again.  Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_STOREJOBS_H
#define CLAIMPIPE_SANDBOX_STOREJOBS_H

#include "base/err.h"

#include <jansson.h>

struct store;
struct store_job;
struct world;

/* Accepts actions that were not refused; -1: could not be kept, nothing has happened. */
int storejobs_submit(struct world *w, struct store *s, json_t *actions);
/* {"pending", "history"}: all that is pending, on every page; NULL when memory runs out. */
json_t *storejobs_activity(const struct store *s, const char *bookmark);
/* Frees a job and all that are older. */
void storejobs_free(struct store_job *newest);

/* Lines of the journal: "actions" and "tried". */
int storejobs_replay_actions(struct world *w, json_t *line, struct err *e);
int storejobs_replay_tried(struct world *w, json_t *line, struct err *e);
/* Queues what the journal left open. */
int storejobs_resume(struct world *w, struct err *e);

#endif
