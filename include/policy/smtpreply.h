/*
 * smtpreply: what a mail server's reply means for a message, by how far that had come (RFC 5321, 4.2 and 4.5.4).
 *
 *   250 after its end             it was handed over: no more than that
 *   4xx for its recipient, or     this message is put off: greylisting, a full mailbox
 *   after its end
 *   421, 454; 4xx before          all messages are
 *   5xx for its recipient, or     this one is refused
 *   later
 *   5xx before; no TLS            and so will be every other
 *   5.4.5, 4.4.5, 4.7.28          a limit of who sends: of all messages, whatever it answers
 *   no reply                      it had not come to its end: again; else nobody knows
 *
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_SMTPREPLY_H
#define CLAIMPIPE_POLICY_SMTPREPLY_H

#include "base/answer.h"
#include "base/text.h"

enum smtpreply {
    SMTPREPLY_HANDED_OVER,
    SMTPREPLY_REFUSED_ROW,
    SMTPREPLY_LATER_ROW,
    SMTPREPLY_LATER_ALL,
    SMTPREPLY_STOP,
    SMTPREPLY_AGAIN, /* certainly not taken, for no fault of its own */
    SMTPREPLY_LOST   /* it may have been taken */
};

/* The words for a person are appended, in one line: the server's own, or what went wrong.  Check text_ok(words). */
enum smtpreply smtpreply_read(const struct answer *a, struct text *words);

#endif
