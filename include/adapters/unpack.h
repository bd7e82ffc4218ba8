/*
 * unpack: gzip and zstd (also xz and bzip2), by their first bytes; the sole user of zlib, with which gzip is read,
 * since libarchive (adapters/members.h) does not look at its checksums.
 */
#ifndef CLAIMPIPE_ADAPTERS_UNPACK_H
#define CLAIMPIPE_ADAPTERS_UNPACK_H

#include "base/err.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What is unpacked may have so many bytes at most: a few kilobytes can hold any number. */
#define UNPACK_MAX ((int64_t)16 << 30)

/* "gzip", "zstd", "xz", "bzip2" if these first bytes of a file are such a one's, else NULL. */
const char *unpack_kind(struct slice first);
/* All of the file behind from (from offset 0, also several members, one after the other) into to, at most max
 * bytes (UNPACK_MAX).  EXIT_INPUT: it is damaged or cut off (what was unpacked until then does not count), too
 * large, or `to` can't take it; EXIT_INTERRUPTED: a signal came.  name, folder: for messages. */
int unpack_file(int from, int to, int64_t max, const char *name, const char *folder,
                struct err *e) MUST_CHECK;

/* What DEFLATE (RFC 1951) has packed from *at on, piece by piece; *at is then behind it, and *crc (of RFC 1952) that
 * of all.  -1: it is damaged or cut off, there is no memory, or take has returned other than 0. */
typedef int unpack_taker(void *context, const void *bytes, size_t len);
int unpack_deflated(int from, off_t *at, unpack_taker *take, void *context,
                    uint32_t *crc) MUST_CHECK;

#endif
