/*
 * imap: the messages of a mailbox on a server (RFC 9051, RFC 3501), which is only looked at: it is opened by EXAMINE, and
 * messages are fetched by BODY.PEEK[], so that nothing is marked or deleted.
 *
 *   opened (connected, TLS, logged in, mailbox examined) -> searched -> messages one after the other -> closed
 *
 * imaps://HOST[:PORT]/MAILBOX, or imap://HOST/MAILBOX, which turns to TLS before the login; without TLS only on loopback.
 * Certificates are checked.  Of a message longer than MAILBOX_MESSAGE_MAX only the beginning is given.  All failures are
 * EXIT_INPUT, but for a URL that is none (EXIT_USAGE) and a signal (EXIT_INTERRUPTED).  Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_IMAP_H
#define CLAIMPIPE_ADAPTERS_IMAP_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct imap_options {
    const char *url, *user, *password, *cacert; /* borrowed; cacert: NULL: the system's */
    int64_t connect_timeout_ns, timeout_ns;     /* timeout: without a byte from the server */
};
struct imap;

bool imap_is_url(const char *mailbox);
/* Borrows the options. */
struct imap *imap_open(const struct imap_options *o, struct err *e) MUST_CHECK;
/* How many messages there are, which imap_next then gives: with this Message-ID (without <>); NULL: all.  -1. */
int64_t imap_search(struct imap *i, const char *message_id, struct err *e) MUST_CHECK;
/* 1 and *out, valid until the next call; 0: there are no more; -1. */
int imap_next(struct imap *i, struct slice *out, struct err *e) MUST_CHECK;
void imap_close(struct imap *i); /* NULL is fine */

#endif
