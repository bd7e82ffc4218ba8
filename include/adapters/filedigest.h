/*
 * filedigest: the SHA-256 of a file's bytes, as it is now.
 *
 * The file is read to its end; what it is ("job file") is for messages.  Errors are EXIT_USAGE, as plainfile.h has them.
 */
#ifndef CLAIMPIPE_ADAPTERS_FILEDIGEST_H
#define CLAIMPIPE_ADAPTERS_FILEDIGEST_H

#include "adapters/digest.h"
#include "base/err.h"

int filedigest(const char *path, const char *what, uint8_t out[DIGEST_SIZE],
               struct err *e) MUST_CHECK;

#endif
