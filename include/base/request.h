/*
 * request: an HTTP request to be made, below the API's base URL.
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

struct request {
    bool post;
    struct text path;            /* with its query */
    struct text body;            /* POST only */
    size_t answer_max;           /* bytes, unpacked; 0: as usual */
    struct request_taker *taker; /* or NULL; it goes with the request */
};

#endif
