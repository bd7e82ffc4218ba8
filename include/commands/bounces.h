/*
 * bounces: the command `claimpipe bounces MAILBOX`: reads what came back of mail and notes it in the ledger, each report
 * once; a mail that came back stays a success, which says "handed over".
 *
 *   recipient,came_back_at,kind,status,words,letter,run,line      (kind: failed, delayed; by run and line)
 *
 * is what -o writes: of all mail that the ledger knows to have come back.  With `archive` the mailbox has copies of what was
 * sent: what was unknown and is found there is a success.  The mailbox is only read.
 */
#ifndef CLAIMPIPE_COMMANDS_BOUNCES_H
#define CLAIMPIPE_COMMANDS_BOUNCES_H

#include "base/err.h"
#include "base/observer.h"

#include <stdbool.h>
#include <stdint.h>

struct bounces_options {
    const char *mailbox;         /* as in adapters/mailbox.h, or a URL as in adapters/imap.h */
    const char *user, *password; /* of the URL, or NULL */
    const char *cacert;
    int64_t connect_timeout_ns, timeout_ns;
    bool archive;
    const char *ledger; /* path; must be there */
    bool accept_ledger; /* as in job.h */
    const char *output; /* path, "-": standard output; NULL: none */
    bool force;         /* whatever is there may be replaced */
    bool quiet, json_log;
    const struct observer *observer; /* or NULL */
};

/* The process's exit code; if e is set, it says why.  EXIT_INPUT: the mailbox can't be read; what was read before stays
 * noted. */
int bounces(const struct bounces_options *o, struct err *e) MUST_CHECK;

#endif
