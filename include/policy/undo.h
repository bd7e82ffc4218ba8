/*
 * undo: what can be taken back of what a run has done for a row, by what the ledger says of its item now.
 *
 * The last word counts: what a later run did stays.  Only what is added to a store can be taken back.  Whom a run has
 * removed may never have been in the store, so nobody is added by an undo.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_UNDO_H
#define CLAIMPIPE_POLICY_UNDO_H

#include "base/state.h"
#include "policy/identity.h"

#include <stdbool.h>
#include <stdint.h>

struct undo_facts {
    bool store;   /* it is about a store; else a claim or a code */
    bool own;     /* the run was the last to have the item … */
    bool undoing; /* … or an undo of it was */
    bool ended;   /* which has ended */
    bool also;    /* another run has added the same recipient to the store, as another item */
    bool removed; /* the last thing was to remove it */
    enum state state;
};

enum undo_verdict {
    UNDO_BACK,    /* it is to be removed again */
    UNDO_BEGUN,   /* an undo has begun with it, and goes on */
    UNDO_DONE,    /* it was removed again */
    UNDO_ALSO,    /* it stays, for another run has added it, too */
    UNDO_LATER,   /* a later run has the last word */
    UNDO_OPEN,    /* it is still under way */
    UNDO_REMOVED, /* the run has removed it */
    UNDO_KEPT,    /* a claim or code, which nobody can take back */
    UNDO_NOTHING, /* nothing came of it */
    UNDO_VERDICTS
};

enum undo_verdict undo_judge(const struct undo_facts *f);
/* For a list: "would be removed", "can't be taken back: …". */
const char *undo_words(enum undo_verdict v);

/* What recipients are whose items are kept by these words (struct ledger_target's key), by one of them: 0, or -1: nobody
 * can tell. */
int undo_kind(const char *keyed, const char *recipient, enum identity_kind *out);

#endif
