/*
 * claimcodes: how many codes a claim has, by what it says of its codes plugin.  Pure.
 */
#ifndef CLAIMPIPE_ACTIONS_CLAIMCODES_H
#define CLAIMPIPE_ACTIONS_CLAIMCODES_H

#include <stdint.h>

struct json;
struct text;

/* Appends the path of the question. */
void claimcodes_ask(const char *claim, struct text *path);
/* Reads its answer: NULL and *n > 0, or why it does not tell. */
const char *claimcodes_read(const struct json *doc, int64_t *n);

#endif
