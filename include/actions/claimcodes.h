/*
 * claimcodes: how many codes a claim has, and which of them are used, by what it says of its codes plugin.  Pure.
 */
#ifndef CLAIMPIPE_ACTIONS_CLAIMCODES_H
#define CLAIMPIPE_ACTIONS_CLAIMCODES_H

#include <stdbool.h>
#include <stdint.h>

struct codeuse;
struct json;
struct text;

/* Appends the path of the question. */
void claimcodes_ask(const char *claim, struct text *path);
/* NULL: it has codes; or why it is not known to have any. */
const char *claimcodes_fault(const struct json *doc);
/* Reads its answer: NULL and *n > 0, or why it does not tell. */
const char *claimcodes_read(const struct json *doc, int64_t *n);
/* A range of numbers of used codes, both ends included, as `usedCodeRanges` has it: true, if it can be one of n codes. */
bool claimcodes_range(const struct json *range, int64_t n, int64_t *first, int64_t *last);
/* Into used, which is sealed: 1; or 0, if the claim does not show its used codes, or not in a form that can be believed.
 * -1: no memory. */
int claimcodes_used(const struct json *doc, struct codeuse *used);

#endif
