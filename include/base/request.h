/*
 * request: an HTTP request to be made, below the API's base URL; or a message to be handed over to the mail server.
 */
#ifndef CLAIMPIPE_BASE_REQUEST_H
#define CLAIMPIPE_BASE_REQUEST_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes in the body of a 200 as it comes, where that would be too much to be kept whole.  Of its own thread,
 * but only while the request is under way. */
struct request_taker {
    /* 0; or -1: it is more than is taken, or of no use. */
    int (*take)(struct request_taker *t, struct slice bytes);
    void (*free)(struct request_taker *t);
};

/* A file whose content, in base64, stands before byte `at` of a message's body. */
struct request_file {
    size_t at;
    const char *path;
};

/* A message, to one recipient.  Borrows all that it points to. */
struct request_mail {
    const char *from; /* the envelope's sender; "": nobody, who gets no bounces */
    const char *to;
    const char *copy;                 /* one more recipient, the archive; or NULL */
    const char *id;                   /* its Message-ID, without angle brackets */
    const struct request_file *files; /* by `at` */
    size_t n_files;
    void *held; /* what the above lies in, or NULL: goes with the request by */
    void (*release)(void *held);
};

struct request {
    bool post;
    struct text path;            /* with its query */
    struct text body;            /* of a POST; or the message, with CRLF, not dot-stuffed */
    struct request_mail mail;    /* to is NULL: it is HTTP */
    size_t answer_max;           /* bytes, unpacked; 0: as usual */
    struct request_taker *taker; /* or NULL; it goes with the request */
};

#endif
