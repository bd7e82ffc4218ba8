/*
 * action: what can be done for a trigger, as a table.
 *
 * An action says how a step becomes requests and what each answer means.  It neither sends nor waits
 * nor decides what follows: issue does that, by the verdict.  Adding an action is one new file and
 * one row in action.c.  All functions are pure; any number of threads may call them.
 */
#ifndef CLAIMPIPE_ACTIONS_ACTION_H
#define CLAIMPIPE_ACTIONS_ACTION_H

#include "base/answer.h"
#include "base/request.h"
#include "base/step.h"
#include "policy/claimed.h"
#include "policy/reconcile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACTION_TEXT_MAX 512
#define ACTION_VERSION_UNKNOWN INT64_MIN

enum verdict_kind {
    VERDICT_ACCEPTED, /* queued by the server; attempt is set */
    VERDICT_DONE,     /* success, confirmed */
    VERDICT_REFUSED,  /* final no; text says why */
    VERDICT_PENDING,  /* not known yet: ask again */
    VERDICT_AGAIN,    /* certainly no effect: try again after a back-off */
    VERDICT_LIMITED,  /* certainly no effect: try again when the server's limit allows */
    VERDICT_LOST,     /* may have had its effect: reconcile */
    VERDICT_STOP      /* certainly no effect, and so it will be for every other row: stop the run */
};

struct verdict {
    enum verdict_kind kind;
    bool reserved; /* DONE: on-chain claim, the recipient has still to sign */
    char attempt[STEP_ATTEMPT_MAX];
    char text[ACTION_TEXT_MAX];
};

/* What the steps of a run are aimed at. */
struct target {
    const char *id;  /* claim id */
    int64_t version; /* sent as _expectedVersion; -1: no check; ACTION_VERSION_UNKNOWN: ask first */
    struct claimed *claimed; /* who has claimed already: asked for if not NULL, and then sealed */
};
/* Must the server be asked before anything is sent? */
bool target_is_open(const struct target *t);

struct action {
    const char *name;
    bool repeatable; /* may a lost request simply be sent again? */
    /* Where a recipient finishes what was only reserved. */
    void (*link)(const char *target, struct text *out);

    /* The question whose answer tells the target's version, and who has claimed. */
    void (*ask)(const struct target *t, struct request *out);
    /* Reads it: DONE (t is filled in), AGAIN, LIMITED, STOP, or REFUSED (no such target). */
    void (*read_ask)(struct target *t, const struct answer *a, struct verdict *v);

    void (*send)(const struct target *t, const struct step *s, struct request *out);
    void (*read_send)(const struct answer *a, struct verdict *v);

    void (*poll)(const struct target *t, const struct step *s, struct request *out);
    void (*read_poll)(const struct answer *a, struct verdict *v);

    /* The next question of a reconciliation, by what l holds already; false: nothing is left to ask. */
    bool (*lookup)(const struct target *t, const struct step *s, const struct lookup *l,
                   struct request *out);
    /* Reads its answer into l.  AGAIN, LIMITED and STOP mean that it told nothing; else PENDING. */
    void (*read_lookup)(const struct step *s, struct lookup *l, const struct answer *a,
                        struct verdict *v);
};

/* The action of that name, or NULL. */
const struct action *action_find(const char *name);

extern const struct action action_claim;

#endif
