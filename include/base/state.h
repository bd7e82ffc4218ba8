/*
 * state: what the ledger says of one item (one key of one target), and what may follow what.
 *
 *     planned -> sending -> accepted -> success
 *        ^          |           |
 *        |          |           +-----> failed
 *        |          +-> success, failed (answered at once)
 *        |          +-> unknown  (sent, answer lost, the server could not tell)
 *        |          |
 *        +----------+   (certainly had no effect; sent again: sending -> sending, with a new time)
 *
 *     unknown -> accepted, success, failed   (found out after all)
 *     unknown -> planned                     (found absent)
 *     unknown -> sending                     (--resend-unknown, once)
 *     failed  -> planned                     (--retry-failed, and nothing was found)
 *     failed  -> accepted, success           (--retry-failed: it was taken all the same)
 *     accepted -> unknown                    (the server has forgotten it)
 *     planned -> success, failed             (a code is given, or there are none left: no server)
 *     planned -> success, unknown            (sent before, refused for the target's sake: it was taken,
 *                                             or nobody can tell)
 *     accepted -> accepted                   (what the server says of it meanwhile)
 *     planned -> elsewhere -> planned        (--no-skip-claimed)
 *     any but elsewhere -> planned           (turned: what may be repeated is done again, or undone)
 *
 * planned   nothing of it has left; a run that ends leaves it `unsent`
 * sending   the intent is durable; a request may be on its way, or was when the process died
 * accepted  the server has queued it and gave it an attempt id
 * elsewhere the recipient has claimed by another way; nothing was sent
 * success, failed, unknown, elsewhere   at rest
 *
 * Each transition is durable before its effect can be seen outside.  Pure.
 */
#ifndef CLAIMPIPE_BASE_STATE_H
#define CLAIMPIPE_BASE_STATE_H

#include "base/records.h"

#include <stdbool.h>
#include <stdint.h>

/* The numbers stand in ledgers: never change one. */
enum state {
    STATE_PLANNED = 0,
    STATE_SENDING = 1,
    STATE_ACCEPTED = 2,
    STATE_SUCCESS = 3,
    STATE_FAILED = 4,
    STATE_UNKNOWN = 5,
    STATE_ELSEWHERE = 6,
    STATE_COUNT
};

const char *state_name(enum state s);
bool state_may(enum state from, enum state to);
/* Bit s is set for every state s from which `to` may be entered. */
unsigned state_sources(enum state to);
/* … from which an item may be turned. */
unsigned state_turn_sources(void);
/* It has got what it was to get. */
bool state_is_done(enum state s);
/* The row status that an item in this state has once its run has ended. */
enum status state_status(enum state s);

#endif
