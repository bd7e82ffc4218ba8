/*
 * codeuse: which of a claim's codes are used, and how that is known.
 *
 * A claim that shows its state tells the numbers of its used codes (`usedCodeRanges`); else its list of attempts tells who
 * has claimed, which says it of recipients who are addresses.  The number of a code is where the claim has it: of a seed's
 * that is what it was made by, and of a list's what stands behind the last hyphen of a code that a seed has made; of
 * other lists only somebody who knows their order can say.  What neither tells is not guessed.
 *
 * Ranges are added, sealed, then asked.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_CODEUSE_H
#define CLAIMPIPE_POLICY_CODEUSE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codeuse_range {
    int64_t first, last;
};
struct codeuse {
    struct codeuse_range *ranges;
    size_t n, cap;
};

/* Zeroed is empty. */
void codeuse_release(struct codeuse *u);
/* 0 <= first <= last.  0, or -1 when memory runs out. */
int codeuse_add(struct codeuse *u, int64_t first, int64_t last);
void codeuse_seal(struct codeuse *u);
bool codeuse_has(const struct codeuse *u, int64_t number);
/* Of how many codes. */
uint64_t codeuse_count(const struct codeuse *u);

/* `…-17`, 64 hex digits before it: the number by which a seed has made the code; -1: no seed has. */
int64_t codeuse_number(struct slice code);

enum codeuse_rule {
    CODEUSE_BY_CODE,   /* by the numbers of used codes */
    CODEUSE_BY_PERSON, /* by who has claimed */
    CODEUSE_UNTOLD
};
struct codeuse_facts {
    bool shown;  /* the claim shows which codes are used */
    bool listed; /* it keeps a list of attempts */
    /* Of the seeds and lists that gave its codes: seeds, lists whose codes have their numbers, lists that are said to be
     * in the claim's order, and those of which nothing tells the numbers. */
    uint64_t seeds, numbered, ordered, untold;
    uint64_t codes, addresses; /* that are in question, and how many were given to an address */
};
enum codeuse_rule codeuse_choose(const struct codeuse_facts *f);
/* Why its codes' numbers do not tell, or why its list of attempts does not; NULL: it does. */
const char *codeuse_no_code(const struct codeuse_facts *f);
const char *codeuse_no_person(const struct codeuse_facts *f);

/* Somebody who has claimed fewer times than they have codes has used some of them, and nobody knows which: each may be
 * open. */
bool codeuse_person_is_done(uint64_t codes, uint64_t claimed);
/* Was it given at least so long ago? */
bool codeuse_is_old(int64_t given_ms, int64_t now_ms, int64_t least_ns);

#endif
