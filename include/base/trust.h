/*
 * trust: may a ledger be worked with?  Decided from what is found on the disk, before anything is done.
 *
 *   file found -> trust_file -> (made new | opened) -> trust_content -> (looked through ->) worked with
 *
 * Beside a ledger lies its seal (ledger/ledger_seal.h): which ledger it is, how many transactions it had,
 * and whether it was closed since.  A ledger holds the same three itself, so that each tells on the other:
 * of a file that was put back, cut, or carried away without its -wal.  Pure.
 */
#ifndef CLAIMPIPE_BASE_TRUST_H
#define CLAIMPIPE_BASE_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#define TRUST_ID_SIZE 17 /* 16 hex digits */

enum trust {
    TRUST_GOOD,  /* as it was left */
    TRUST_FRESH, /* there is none, and nothing says that there was: one is made */
    TRUST_CHECK, /* it was not closed, or nobody knows: good if a look at the whole of it says so */
    /* Refused, whatever the user says: */
    TRUST_EMPTY,   /* a file of 0 bytes: it was cut, or made by somebody else */
    TRUST_LINKED,  /* it has two names, and only beside one of them is its -wal */
    TRUST_MOUNTED, /* likewise: it is mounted alone, without its folder */
    TRUST_STRAY,   /* only its -wal is left */
    TRUST_DAMAGED, /* by the look at the whole of it */
    /* Refused, unless the user takes it as it is: */
    TRUST_GONE,    /* there is none, and its seal says that there was */
    TRUST_CHANGED, /* since it was closed */
    TRUST_OLDER,   /* it lacks what it had */
    TRUST_OTHER,   /* the seal is of another ledger */
    TRUST_PART,    /* a copy that was made while it was worked with, without its -wal */
    TRUST_KINDS
};

struct trust_file {
    bool there;
    int64_t size;
    int64_t links;
    bool mounted; /* it is a mount point itself */
    bool wal;     /* a -wal is beside it, and holds something */
};

/* Of the seal, or of the ledger itself. */
struct trust_state {
    bool there; /* false: of no seal */
    char id[TRUST_ID_SIZE];
    int64_t seq; /* transactions */
    bool closed;
};

/* Before it is opened.  TRUST_CHECK: go on, and ask trust_content. */
enum trust trust_file(const struct trust_file *file, const struct trust_state *seal);

/* Afterwards.  alone: no other process has it open.  unchanged: it is, byte by byte, what was sealed when
 * it was closed. */
enum trust trust_content(const struct trust_state *seal, const struct trust_state *ledger,
                         bool alone, bool unchanged);

/* May a copy take the place of what is there (each of seal and present as far as it is known)?  TRUST_GOOD,
 * or TRUST_OLDER, TRUST_OTHER, TRUST_PART. */
enum trust trust_restore(const struct trust_state *seal, const struct trust_state *present,
                         const struct trust_state *copy);

/* Results know which ledger they are of, and how far it was: is it this one? */
enum trust trust_results(const struct trust_state *results, const struct trust_state *ledger);

/* May the user take it as it is? */
bool trust_may_accept(enum trust trust);

/* What is wrong, and what to do; NULL of the first three. */
const char *trust_words(enum trust trust);

#endif
