/*
 * percent: percent-encoding of a path segment or query value (RFC 3986, 2.1): everything but the
 * unreserved characters (letters, digits, `-._~`) becomes %XX.
 */
#ifndef CLAIMPIPE_BASE_PERCENT_H
#define CLAIMPIPE_BASE_PERCENT_H

#include "base/text.h"

void percent_append(struct text *out, struct slice raw);

#endif
