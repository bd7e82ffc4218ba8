/*
 * answer: what came back for one request, as facts.  What it means is for the action to say
 * (actions/action.h), what to do about it for policy/retry.h.
 */
#ifndef CLAIMPIPE_BASE_ANSWER_H
#define CLAIMPIPE_BASE_ANSWER_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct request_taker;

enum fate {
    FATE_ANSWERED, /* a whole answer came; status and body are set */
    FATE_NOT_SENT, /* no byte of the request left: it certainly had no effect */
    FATE_LOST      /* bytes left, no whole answer came: it may have had its effect */
};

/* What kind of problem kept an answer from coming, as far as that is known. */
enum trouble {
    TROUBLE_NONE,
    TROUBLE_NAME,    /* the host's name has no address */
    TROUBLE_PROXY,   /* likewise the proxy's, or it can't be reached */
    TROUBLE_CONNECT, /* nobody accepts the connection */
    TROUBLE_TLS,     /* no TLS, or a certificate that is not trusted */
    TROUBLE_TIME,    /* no answer in time */
    TROUBLE_MESSAGE, /* of this message alone: an attachment can't be read, or the server can't take its like */
    TROUBLE_LOGIN,  /* the mail server offers no way to log in that can be gone */
    TROUBLE_OUTBOX, /* messages can't be written there */
    TROUBLE_OTHER
};

/* How far a message has come: what the mail server's last reply answers, or what is without one (RFC 5321). */
enum mail_stage {
    MAIL_GREETING, /* the connection, EHLO, STARTTLS */
    MAIL_AUTH,
    MAIL_FROM, /* the envelope's sender */
    MAIL_COPY, /* the archive's address */
    MAIL_TO,   /* the recipient */
    MAIL_DATA, /* the command, and the content up to its final dot */
    MAIL_END   /* the final dot has left, or may have */
};

/* So many requests in any window of that length. */
struct rate_policy {
    int64_t limit, window_ns;
};
#define RATE_POLICIES_MAX 4

/* The rate-limit fields of an answer; -1 where absent or unusable.  Times are lengths from the moment
 * the answer came.  See policy/ratefields.h for their forms. */
struct rate_facts {
    int64_t retry_after_ns;
    int64_t limit;
    int64_t window_ns;
    int64_t remaining;
    int64_t reset_ns;
    struct rate_policy more[RATE_POLICIES_MAX - 1]; /* beside limit and window_ns */
    unsigned n_more;
};
#define RATE_FACTS_NONE                                                                            \
    {                                                                                              \
        .retry_after_ns = -1, .limit = -1, .window_ns = -1, .remaining = -1, .reset_ns = -1        \
    }

struct redact; /* policy/redact.h */
struct step;   /* base/step.h */

struct answer {
    enum fate fate;
    int status;            /* HTTP status, or the reply code of the mail server; 0 if none came */
    enum mail_stage stage; /* of a message */
    bool too_large;        /* LOST, for the answer was more than is taken */
    struct request_taker *taken; /* the request's, if it has taken the whole body in; else NULL */
    struct text
        body; /* as received, unless it was taken in; of a message: the last reply's lines */
    struct text head;     /* the fields of its head, as received: `Name: value` lines */
    int64_t wall_ms;      /* our wall clock when it came */
    char problem[256];    /* for NOT_SENT and LOST: what went wrong, in words */
    enum trouble trouble; /* … and of which kind it is */

    /* Whoever shows words of it leaves these out of them; set by whoever asked, each may be NULL. */
    const struct redact *secrets;
    const struct step *steps; /* in whose fields there are some */
    const char *fields;       /* others, likewise: as struct step has them */
};

#endif
