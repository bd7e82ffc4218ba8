/*
 * added: the columns that a results CSV has behind those of its input.
 *
 * A name that the input has already takes the prefix `claimpipe_`.  A results CSV that is read as
 * input is recognised by its last columns.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ADDED_H
#define CLAIMPIPE_POLICY_ADDED_H

#include "base/text.h"
#include "policy/columns.h"

#include <stddef.h>

enum added {
    ADDED_STATUS,
    ADDED_ERROR,
    ADDED_NOTE,
    ADDED_ACTION,
    ADDED_TARGET,
    ADDED_RECIPIENT,
    ADDED_ATTEMPT,
    ADDED_CODE,
    ADDED_LINK,
    ADDED_TRIES,
    ADDED_HTTP_STATUS,
    ADDED_FINISHED,
    ADDED_COUNT
};

/* How many columns of a header are the input's own: all, but for the added ones of a results CSV. */
size_t added_at(const struct columns *header);

/* The name of an added column beside the first `own` columns of header. */
void added_append_name(const struct columns *header, size_t own, size_t added, struct text *out);

#endif
