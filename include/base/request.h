/*
 * request: an HTTP request to be made, below the API's base URL.
 */
#ifndef CLAIMPIPE_BASE_REQUEST_H
#define CLAIMPIPE_BASE_REQUEST_H

#include "base/text.h"

#include <stdbool.h>

struct request {
    bool post;
    struct text path;  /* with its query */
    struct text body;  /* POST only */
    size_t answer_max; /* bytes; 0: as usual */
};

#endif
