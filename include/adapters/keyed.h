/*
 * keyed: a table of keys and values on disk, for as long as it is open: what a run must look up about more
 * rows than fit into memory.  A temporary SQLite file, by adapters/db.h; memory is its page cache.
 *
 * Functions return 0 (or what they say), or -1 with EXIT_OUTPUT.  One thread at a time.
 */
#ifndef CLAIMPIPE_ADAPTERS_KEYED_H
#define CLAIMPIPE_ADAPTERS_KEYED_H

#include "base/err.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define KEYED_KEY_SIZE 16

struct keyed;

struct keyed *keyed_new(struct err *e) MUST_CHECK;
void keyed_free(struct keyed *k);
/* The key of a text: its SHA-256, cut. */
int keyed_key(struct slice s, uint8_t key[KEYED_KEY_SIZE], struct err *e) MUST_CHECK;
/* In place of what there was. */
int keyed_put(struct keyed *k, const uint8_t key[KEYED_KEY_SIZE], struct slice value,
              struct err *e) MUST_CHECK;
/* 1 with the value in out (cleared first), 0 if there is none. */
int keyed_get(struct keyed *k, const uint8_t key[KEYED_KEY_SIZE], struct text *out,
              struct err *e) MUST_CHECK;

#endif
