/*
 * jobmail: the mail server that a job hands its messages to, or the folder in its place; a part of struct job, and
 * borrowed like it.
 */
#ifndef CLAIMPIPE_STAGES_JOBMAIL_H
#define CLAIMPIPE_STAGES_JOBMAIL_H

#include "policy/limit.h"

#include <stddef.h>
#include <stdint.h>

/* None: only the server's word counts. */
struct job_rates {
    struct rate_policy list[LIMIT_OWN_MAX];
    size_t n;
};

struct jobmail {
    const char *url;    /* smtp://HOST[:PORT] or smtps://…; or */
    const char *outbox; /* a folder in which messages are written instead */
    const char *user;   /* with a password, or a token (OAuth 2); NULL: none */
    const char *password, *token;
    const char *hello; /* the name said in EHLO; NULL: the host's */
    struct job_rates rates;
    int64_t burst;
    size_t in_flight;
    unsigned per_connection; /* messages over one connection */
    int64_t later_ns;        /* how long a message that is put off is tried again */
    int64_t timeout_ns;      /* of the last reply */
};

#endif
