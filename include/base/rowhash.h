/*
 * rowhash: 32 bits that stand for the values of a table's row, so that a value which nobody has written
 * is noticed.
 *
 * FNV-1a (Fowler, Noll, Vo; 64 bits, folded) over each value with its kind and length before it.  It finds
 * damage, no forger.  Ledgers hold it: it never changes.
 */
#ifndef CLAIMPIPE_BASE_ROWHASH_H
#define CLAIMPIPE_BASE_ROWHASH_H

#include "base/fnv.h"

#include <stddef.h>
#include <stdint.h>

enum rowhash_kind { ROWHASH_NULL = 0, ROWHASH_INT = 1, ROWHASH_BYTES = 2 };

#define ROWHASH_INIT FNV_INIT

uint64_t rowhash_null(uint64_t h);
uint64_t rowhash_int(uint64_t h, int64_t n);
uint64_t rowhash_bytes(uint64_t h, const void *bytes, size_t len); /* a text or a blob */
/* 0 .. 2^32 - 1, so that as many of them as a table may have rows can be summed up. */
int64_t rowhash_end(uint64_t h);

#endif
