/*
 * action: what can be done for a trigger, as a table.
 *
 * An action says how a step becomes requests and what each answer means.  It neither sends nor waits
 * nor decides what follows: issue does that, by the verdict.  Adding an action is one new file and
 * one row in action.c.  All functions are pure; any number of threads may call them.
 */
#ifndef CLAIMPIPE_ACTIONS_ACTION_H
#define CLAIMPIPE_ACTIONS_ACTION_H

#include "actions/target.h"
#include "base/answer.h"
#include "base/request.h"
#include "base/step.h"
#include "policy/listing.h"
#include "policy/reconcile.h"
#include "policy/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACTION_TEXT_MAX 512

struct json;

enum verdict_kind {
    VERDICT_ACCEPTED, /* queued by the server; attempt is set */
    VERDICT_DONE,     /* success, confirmed */
    VERDICT_REFUSED,  /* final no; text says why */
    VERDICT_PENDING,  /* not known yet: ask again */
    VERDICT_AGAIN,    /* certainly no effect: try again after a back-off */
    VERDICT_LATER,    /* certainly no effect: this row is tried again later, by itself */
    VERDICT_LIMITED,  /* certainly no effect: try again when the server's limit allows */
    VERDICT_LOST,     /* may have had its effect: reconcile */
    VERDICT_SPLIT,    /* of several steps: not known of all together, ask about each by itself */
    VERDICT_STOP      /* certainly no effect, and so it will be for every other row: stop the run */
};

struct verdict {
    enum verdict_kind kind;
    bool reserved;   /* DONE: on-chain claim, the recipient has still to sign */
    bool spare;      /* AGAIN, to the question about a target: it can be done without the answer */
    bool astray;     /* PENDING: the server knows no such attempt, or tells of somebody else's */
    bool usage;      /* STOP: for what the user has set */
    bool stop_after; /* LOST: and so it would be for every other row: send no more */
    enum refusal refusal; /* REFUSED, to what was sent: what it is about */
    char attempt[STEP_ATTEMPT_MAX];
    char text[ACTION_TEXT_MAX];
    /* Reply's, as long as an answer is read: what it is, and its document. */
    const struct answer *answer;
    const struct json *doc;
};

struct action {
    const char *name;
    const char *of; /* what the target's id is, in words */
    bool local;     /* needs no server: the ledger itself gives (and no function below is called) */
    bool mails;     /* its requests are messages to the mail server, not requests to the service */
    bool repeatable;  /* may a lost request simply be sent again? */
    bool fields_bare; /* settings are FIELD=VALUE, not INSTANCE.FIELD=VALUE */
    size_t batch_max; /* steps that a request may carry; 1: each has its own */
    const char *link; /* for recipients, as policy/link.h has it; NULL: none */
    /* How many requests n steps take, in all. */
    int64_t (*cost)(const struct target *t, int64_t n);

    /* Must the server be asked before anything is sent?  NULL: never. */
    bool (*is_open)(const struct target *t);
    /* The next question; is_open says whether there is another one. */
    void (*ask)(const struct target *t, struct request *out);
    /* Reads it: DONE (t is filled in), AGAIN, LIMITED, STOP, or REFUSED (no such target).  a NULL: it is done
     * without the answer (`spare`), which is not asked for again. */
    void (*read_ask)(struct target *t, const struct answer *a, struct verdict *v);

    /* One request for all of these steps, which are at most t->batch.  If it is REFUSED, each half is
     * sent by itself, until those that are refused stand alone. */
    void (*send)(const struct target *t, const struct step *steps, struct request *out);
    void (*read_send)(const struct target *t, const struct answer *a, struct verdict *v);

    /* What became of these steps, which were ACCEPTED together.  SPLIT: ask about each by itself.  When
     * time is up and they are PENDING, this is done as well. */
    void (*poll)(const struct target *t, const struct step *steps, struct request *out);
    void (*read_poll)(struct target *t, struct step *steps, const struct answer *a,
                      struct verdict *v);

    /* The next page of a listing (policy/listing.h), and its answer: AGAIN, LIMITED and STOP mean that it told
     * nothing; else PENDING.  NULL if it is repeatable. */
    void (*list)(const struct target *t, const struct listing *l, struct request *out);
    void (*read_list)(const struct target *t, struct listing *l, const struct answer *a,
                      struct verdict *v);
    /* The next question of a look (policy/reconcile.h), by what l holds already; false: nothing is left to
     * ask.  NULL if it is repeatable: then it is sent again. */
    bool (*lookup)(const struct step *s, const struct reconcile_lookup *l, struct request *out);
    /* Reads its answer into l.  AGAIN, LIMITED and STOP mean that it told nothing; else PENDING. */
    void (*read_lookup)(const struct step *s, struct reconcile_lookup *l, const struct answer *a,
                        struct verdict *v);
};

/* The action of that name, or NULL. */
const struct action *action_find(const char *name);
/* Does a server tell later what became of what was sent (settle, lost answers)? */
bool action_is_followed(const struct action *a);
/* Are the requests of the one of that name messages to the mail server? */
bool action_mails(const char *name);
/* One after the other; NULL behind the last. */
const struct action *action_at(size_t i);

extern const struct action action_claim, action_code, action_store, action_mail;

#endif
