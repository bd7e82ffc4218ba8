/*
 * refusal: what the service's words for a refusal say about.
 *
 * Most are about the row: who is not in the allowlist may be followed by somebody who is.  Some are about the
 * claim itself, and hold for every row alike, whoever it is: it is used up, halted, or not open at this time.  The
 * service has no code for that, only sentences, of which several are known; so they are told by their words.
 * A sentence that names a person or a code is about that one ("User already exceeded max uses").  Pure.
 */
#ifndef CLAIMPIPE_POLICY_REFUSAL_H
#define CLAIMPIPE_POLICY_REFUSAL_H

#include "base/text.h"

#include <stdbool.h>

#define REFUSAL_GIST_MAX 256

enum refusal {
    REFUSAL_OF_ROW,  /* or not known to be anything else */
    REFUSAL_USED_UP, /* the rest is about the target */
    REFUSAL_HALTED,
    REFUSAL_NOT_NOW
};

enum refusal refusal_read(struct slice reason);

/* Does it say that this one has it already, or as often as may be?  That tells nothing of the others. */
bool refusal_is_of_done(struct slice reason);

/* The same for all refusals that differ only by whom or what they name: quoted texts, the recipient, and words with
 * a digit or an '@' (numbers, addresses, ids, times) become "…".  Returns out. */
char *refusal_gist(struct slice reason, struct slice recipient, char out[REFUSAL_GIST_MAX]);

#endif
