/*
 * plan: what to send for a trigger.
 *
 * The body of a claim holds one object for each plugin instance, such as
 * `"password-1":{"password":"…"}`; its members come from settings INSTANCE.FIELD=VALUE.  The payload of
 * a store is one object, whose members come from settings FIELD=VALUE, and from the recipient if none of
 * them is its field.  A VALUE may hold columns (policy/template.h), a secret is taken as it is.  Nothing
 * is sent for a row that lacks something.
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
    const char *instance; /* NULL: the field stands by itself */
    const char *field, *value;
    bool literal; /* value is a secret's value: braces in it mean nothing */
};

struct plan;

/* Keeps nothing of its arguments but the names of c.  recipient: the field that holds the recipient if no setting does;
 * NULL: none.  NULL with EXIT_USAGE. */
struct plan *plan_new(const struct plan_setting *settings, size_t n, const char *recipient,
                      const struct columns *c, struct err *e) MUST_CHECK;
void plan_free(struct plan *p);

/* The members of the body as JSON without the outer braces, into out (cleared first), for a row with
 * these fields.  NULL, or why it can't be sent, in a.  Check text_ok(out) afterwards. */
const char *plan_row(const struct plan *p, const char *recipient, const struct slice *fields,
                     size_t nfields, struct arena *a, struct text *out);

#endif
