/*
 * exchange: one request and its answer, as a pool carries it (adapters/http.h).
 *
 * Threads: whoever owns it at the moment, and nobody else.
 */
#ifndef CLAIMPIPE_ADAPTERS_EXCHANGE_H
#define CLAIMPIPE_ADAPTERS_EXCHANGE_H

#include "base/answer.h"
#include "base/request.h"

#include <stddef.h>

struct http_transfers;

/* The caller owns the memory and sets the first part; between submit and collect it belongs to the pool. */
struct exchange {
    struct request request;
    void *owner; /* the caller's */

    struct answer answer;

    size_t sent;                      /* the pool's: bytes of the body handed to libcurl */
    size_t received;                  /* … and of the answer's body, unpacked */
    size_t held;                      /* of these, kept until it is collected */
    struct http_transfers *transfers; /* of the lane that carries it */
    unsigned left;                    /* likewise: how often libcurl was about to send it */
    struct exchange *next;
};

void exchange_init(struct exchange *x, void *owner);
void exchange_release(struct exchange *x); /* may be used again afterwards */
void exchange_reset(struct exchange *x);   /* ready for another request; memory is kept */

/* The answer was read: its body, what took it in, and what a message borrowed are given back. */
void exchange_forget(struct exchange *x);

#endif
