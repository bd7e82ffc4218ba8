/*
 * smtp: messages to a mail server, or into a folder in its place; libcurl's user, and a part of the pool in adapters/http.h,
 * which has a lane of its own for each message that may be under way: libcurl waits for the reply to a message's end
 * without doing anything else.
 *
 * What is promised of every message:
 * - It is handed over whole at most once: libcurl gives up what it can't send, and its body can't be rewound.
 * - fate is ANSWERED if the server has replied to the last that was said, whatever it said; NOT_SENT if it certainly was not
 *   taken: its end had not left; LOST if its end may have left and no reply came.  (Measured with libcurl 7.88: a server
 *   that dies after the final dot is error 56 with the reply code 354; at MAIL on a kept connection, 56 with 0.)
 * - TLS 1.2 or newer with a certificate that is checked, before any name or address; plain text on this machine alone.
 * - One recipient, and before it the archive's address, so that a refusal is about one of them.
 *
 * A connection is used again, up to per_connection times; after a refusal a new one is made, and so it is, within the same
 * try, where the server has closed one that was kept before any of the message was begun.
 */
#ifndef CLAIMPIPE_ADAPTERS_SMTP_H
#define CLAIMPIPE_ADAPTERS_SMTP_H

#include "base/err.h"

#include <stdint.h>

struct exchange;

/* All borrowed. */
struct smtp_options {
    const char *url;                      /* smtp://HOST[:PORT] or smtps://…; NULL: see outbox */
    const char *user, *password, *bearer; /* with a password, or a token of OAuth 2; NULL: none */
    const char *cacert;                   /* as in struct http_options */
    const char *outbox; /* a folder in which messages are written instead (adapters/outbox.h) */
    const char *hello;  /* the name said in EHLO; NULL: the host's */
    unsigned per_connection; /* messages over one connection; 0: no end */
    unsigned lanes;          /* messages under way at once, at the most */
    int64_t
        connect_timeout_ns; /* to reach the server; to be greeted and to log in may take two minutes more */
    int64_t timeout_ns; /* for the reply to a message's end (RFC 5321, 4.5.3.2.6) */
};

/* Connects and logs in as for a message, and goes: nothing is sent.  x->answer is ANSWERED if that went well, or the server
 * refuses; else as of a message.  -1: no memory, or the URL is none. */
int smtp_probe(const struct smtp_options *o, struct exchange *x, struct err *e) MUST_CHECK;

#endif
