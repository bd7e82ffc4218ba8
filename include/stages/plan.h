/*
 * plan: what to send for a trigger.
 *
 * The body of a claim holds one object for each plugin instance, such as
 * `"password-1":{"password":"…"}`.  Its members come from settings `INSTANCE.FIELD=VALUE`; a VALUE
 * may hold columns (policy/template.h), a secret is taken as it is.  Nothing is sent for a row that
 * lacks something.
 *
 * Pure.  A compiled plan is immutable: any number of threads may use it.
 */
#ifndef CLAIMPIPE_STAGES_PLAN_H
#define CLAIMPIPE_STAGES_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/records.h"
#include "base/text.h"
#include "policy/columns.h"

#include <stdbool.h>
#include <stddef.h>

struct plan_setting {
    const char *instance, *field, *value;
    bool literal; /* value is a secret's value: braces in it mean nothing */
};

struct plan;

/* Keeps nothing of its arguments but c.  NULL with EXIT_USAGE. */
struct plan *plan_new(const struct plan_setting *settings, size_t n, const struct columns *c,
                      struct err *e);
void plan_free(struct plan *p);

/* The members of the body as JSON without the outer braces, into out (cleared first).  NULL, or why
 * the row can't be sent, in a.  Check text_ok(out) afterwards. */
const char *plan_row(const struct plan *p, const struct trigger *t, struct arena *a,
                     struct text *out);

#endif
