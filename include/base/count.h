/*
 * count: how many of something, as people read it: "1 request", "1,505 requests".  Pure; any thread.
 */
#ifndef CLAIMPIPE_BASE_COUNT_H
#define CLAIMPIPE_BASE_COUNT_H

#include <stdint.h>

struct text;

#define COUNT_MAX 32 /* of a number with commas */

/* "1,505"; out is returned. */
const char *count_commas(uint64_t n, char out[COUNT_MAX]);
/* The word that goes with n. */
const char *count_word(uint64_t n, const char *one, const char *many);
/* Appends "1,505". */
void count_number(struct text *out, uint64_t n);
/* Appends "1 request" or "1,505 requests". */
void count_put(struct text *out, uint64_t n, const char *one, const char *many);

#endif
