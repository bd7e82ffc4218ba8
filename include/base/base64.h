/*
 * base64: bytes as letters (RFC 4648, 4), in one line.  Pure.
 */
#ifndef CLAIMPIPE_BASE_BASE64_H
#define CLAIMPIPE_BASE_BASE64_H

#include <stddef.h>

/* So many letters n bytes become. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Writes them, without a NUL; returns how many. */
size_t base64_encode(const void *bytes, size_t n, char *to);

#endif
