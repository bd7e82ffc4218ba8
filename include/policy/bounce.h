/*
 * bounce: what a message that came back says, and about which of ours: delivery reports (RFC 3464), and what stands in
 * their place.
 *
 * A message of ours is known by a token of 32 hex digits: in its Message-ID (<TOKEN@domain>) and in the address that its
 * reports go to (local+TOKEN@domain).  All that is read here was written by anybody: it is never more than a note.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_BOUNCE_H
#define CLAIMPIPE_POLICY_BOUNCE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOUNCE_TOKEN 32
#define BOUNCE_TOKEN_MAX (BOUNCE_TOKEN + 1)
#define BOUNCE_DOMAIN_MAX 256
#define BOUNCE_STATUS_MAX 12
#define BOUNCE_WORDS_MAX 256

/* The first address of the form local+TOKEN@domain in the text of a field, or of a report.  token: in lower case. */
bool bounce_address(struct slice text, char token[BOUNCE_TOKEN_MAX]);
/* The first <TOKEN@domain> in it; in Message-ID, References, or the text of what is no RFC 3464. */
bool bounce_message_id(struct slice text, char token[BOUNCE_TOKEN_MAX],
                       char domain[BOUNCE_DOMAIN_MAX]);

/* What is known of a message; NULL: nothing.  Of a report of several recipients: of the one at hand. */
struct bounce_facts {
    bool report; /* it has a message/delivery-status, whose fields these are … */
    const char *action, *status, *diagnostic; /* … and what follows is the whole message's */
    const char *failed_recipients;            /* X-Failed-Recipients */
    const char *auto_submitted, *precedence, *auto_reply; /* auto_reply: X-Autoreply and its like */
    const char *from, *subject;
    struct slice text; /* its first text part */
};

enum bounce {
    BOUNCE_NONE,    /* no report: an auto-reply, an answer, whatever */
    BOUNCE_UNCLEAR, /* perhaps one, that does not say what became of the message */
    BOUNCE_FAILED,
    BOUNCE_DELAYED,
    BOUNCE_DELIVERED
};
/* status: "5.1.1" or ""; words: the server's, in one line without control characters. */
enum bounce bounce_judge(const struct bounce_facts *f, char status[BOUNCE_STATUS_MAX],
                         char words[BOUNCE_WORDS_MAX]);

/* For a person: `came back 2026-11-30: 5.1.1 no such user`.  The status is not said twice. */
#define BOUNCE_NOTE_MAX (BOUNCE_WORDS_MAX + 64)
void bounce_note(enum bounce says, int64_t at_ms, const char *status, const char *words,
                 char out[BOUNCE_NOTE_MAX]);

#endif
