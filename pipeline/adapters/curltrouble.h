/*
 * curltrouble: what kept an answer from coming, by libcurl's verdict on a transfer.
 */
#ifndef CLAIMPIPE_ADAPTERS_CURLTROUBLE_H
#define CLAIMPIPE_ADAPTERS_CURLTROUBLE_H

#include "base/answer.h"

/* code: a CURLcode. */
enum trouble curltrouble_of(unsigned code);

#endif
